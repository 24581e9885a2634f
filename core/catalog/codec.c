/* codec.c - catalog objects as bytes, both directions in one function each.
 *
 * Bytes: codec version, the fields, a checksum of all before it.  A field is written and read by
 * the same line, so the two cannot drift apart; a new field goes to the end of its object under
 * `c->version >= N`.  Reading is sticky: after the first bad byte every field is zero, and one
 * question at the end tells.
 *
 * Not here: where the bytes are kept (store.c, draft.c), pointers between objects (link.c). */
#include "config.h"
#include "core/catalog/object.h"
#include "core/catalog/partition.h"

#include <assert.h>
#include <stdlib.h>

/* 2: columns have access lists; 3: databases may be templates; 4: partitions; 5: replica identities,
 * admin options; 7: how columns are stored; 8: the columns that ON DELETE sets. */
enum { CODEC_VERSION = 8 };

struct codec {
	bool writing, bad;
	int version;
	struct strbuf *out;
	const uint8_t *p, *end;
	struct arena *a;
};

static void
code_raw(struct codec *c, void *bytes, size_t len)
{
	if (c->writing) {
		strbuf_add(c->out, bytes, len);
		return;
	}
	if ((size_t) (c->end - c->p) < len) {
		c->bad = true;
		c->p = c->end;
		memset(bytes, 0, len);
		return;
	}
	memcpy(bytes, c->p, len);
	c->p += len;
}

static void
code_u8(struct codec *c, uint8_t *v)
{
	code_raw(c, v, 1);
}
static void
code_i16(struct codec *c, int16_t *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_u16(struct codec *c, uint16_t *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_u32(struct codec *c, uint32_t *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_i32(struct codec *c, int32_t *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_i64(struct codec *c, int64_t *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_u64(struct codec *c, uint64_t *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_float(struct codec *c, float *v)
{
	code_raw(c, v, sizeof *v);
}
static void
code_double(struct codec *c, double *v)
{
	code_raw(c, v, sizeof *v);
}

static void
code_bool(struct codec *c, bool *v)
{
	uint8_t b = c->writing && *v;

	code_u8(c, &b);
	*v = b != 0;
}

static void
code_char(struct codec *c, char *v)
{
	uint8_t b = (uint8_t) *v;

	code_u8(c, &b);
	*v = (char) b;
}

static void
code_int(struct codec *c, int *v)
{
	int32_t i = *v;

	code_i32(c, &i);
	*v = i;
}

/* A count; what follows has at least one byte for each. */
static int
code_count(struct codec *c, int *n)
{
	code_int(c, n);
	if (!c->writing && (*n < 0 || *n > c->end - c->p)) {
		c->bad = true;
		c->p = c->end;
		*n = 0;
	}
	return *n;
}

static void
code_str(struct codec *c, const char **s)
{
	uint32_t len = c->writing && *s != NULL ? (uint32_t) strlen(*s) + 1 : 0;

	code_u32(c, &len);
	if (c->writing) {
		if (len != 0)
			strbuf_add(c->out, *s, len - 1);
		return;
	}
	*s = NULL;
	if (len == 0)
		return;
	if ((size_t) (c->end - c->p) < len - 1) {
		c->bad = true;
		c->p = c->end;
		return;
	}
	*s = arena_strndup(c->a, (const char *) c->p, len - 1);
	c->p += len - 1;
}

/* Like code_str, but never NULL after reading. */
static void
code_name(struct codec *c, const char **s)
{
	code_str(c, s);
	if (*s == NULL)
		*s = "";
}

/* User types become stubs that carry their oid; link.c replaces them. */
static void
code_type(struct codec *c, const struct type **t)
{
	oid_t oid = c->writing && *t != NULL ? (*t)->oid : 0;
	struct type *stub;

	code_u32(c, &oid);
	if (c->writing)
		return;
	*t = oid == 0 ? NULL : type_builtin(oid);
	if (oid == 0 || *t != NULL)
		return;
	stub = ARENA_NEW(c->a, struct type);
	stub->oid = oid;
	stub->name = "";
	*t = stub;
}

/* byval is the value's form: given to be written, told when read. */
static void
code_datum(struct codec *c, union datum *d, bool *byval)
{
	uint32_t len;
	struct bytes *b;

	code_bool(c, byval);
	if (*byval) {
		code_i64(c, &d->i);
		return;
	}
	len = c->writing ? bytes_len(d->b) : 0;
	code_u32(c, &len);
	if (c->writing) {
		strbuf_add(c->out, bytes_data(d->b), len);
		return;
	}
	if ((size_t) (c->end - c->p) < len) {
		c->bad = true;
		c->p = c->end;
		len = 0;
	}
	b = bytes_make(c->a, c->p, len);
	c->p += len;
	d->b = b;
}

/* Room for n elements when reading; the array itself when writing. */
#define CODE_ARRAY(c, type, field, n)                                                              \
	((c)->writing ? (type *) (uintptr_t) (field)                                               \
		      : (type *) (uintptr_t) ((field) = ARENA_ARRAY((c)->a, type, (n))))

static void
code_oids(struct codec *c, int *n, const oid_t **oids)
{
	oid_t *at;

	code_count(c, n);
	at = CODE_ARRAY(c, oid_t, *oids, *n);
	for (int i = 0; i < *n; i++)
		code_u32(c, &at[i]);
}

static void
code_attnums(struct codec *c, int n, const int16_t **cols)
{
	int16_t *at = CODE_ARRAY(c, int16_t, *cols, n);

	for (int i = 0; i < n; i++)
		code_i16(c, &at[i]);
}

static void
code_texts(struct codec *c, int *n, const char *const **texts)
{
	const char **at;

	code_count(c, n);
	at = CODE_ARRAY(c, const char *, *texts, *n);
	for (int i = 0; i < *n; i++)
		code_name(c, &at[i]);
}

static void
code_role(struct codec *c, struct role *r)
{
	code_bool(c, &r->superuser);
	code_bool(c, &r->inherit);
	code_bool(c, &r->create_role);
	code_bool(c, &r->create_db);
	code_bool(c, &r->login);
	code_bool(c, &r->replication);
	code_bool(c, &r->bypass_rls);
	code_i32(c, &r->conn_limit);
	code_str(c, &r->password);
	code_i64(c, &r->valid_until);
	code_oids(c, &r->nmember_of, &r->member_of);
	code_texts(c, &r->nsettings, &r->settings);
	if (c->version >= 5)
		code_oids(c, &r->nadmin_of, &r->admin_of);
}

static void
code_database(struct codec *c, struct database *d)
{
	code_i32(c, &d->conn_limit);
	code_bool(c, &d->allow_conn);
	code_texts(c, &d->nsettings, &d->settings);
	if (c->version >= 3)
		code_bool(c, &d->is_template);
}

static void
code_labels(struct codec *c, struct type *t)
{
	struct enum_label *at;

	code_count(c, &t->nlabels);
	at = CODE_ARRAY(c, struct enum_label, t->labels, t->nlabels);
	for (int i = 0; i < t->nlabels; i++) {
		code_u32(c, &at[i].oid);
		code_float(c, &at[i].order);
		code_name(c, &at[i].name);
	}
}

/* Enums, domains, ranges.  The types are stubs with what link.c needs to make them. */
static void
code_user_type(struct codec *c, struct user_type *u)
{
	struct type writing = c->writing ? *u->type : (struct type){ 0 };
	struct type *t = c->writing ? &writing : ARENA_NEW(c->a, struct type);
	struct type *array = c->writing ? NULL : ARENA_NEW(c->a, struct type);
	oid_t array_oid = c->writing && u->array != NULL ? u->array->oid : 0;
	const char *array_name = c->writing && u->array != NULL ? u->array->name : NULL;
	struct domain_rule *checks;

	t->oid = u->o.oid;
	code_char(c, &t->kind);
	code_labels(c, t);
	code_type(c, &t->base);
	code_i32(c, &t->base_typmod);
	code_u32(c, &array_oid);
	code_str(c, &array_name);
	code_bool(c, &u->not_null);
	code_str(c, &u->default_sql);
	code_count(c, &u->nchecks);
	checks = CODE_ARRAY(c, struct domain_rule, u->checks, u->nchecks);
	for (int i = 0; i < u->nchecks; i++) {
		code_u32(c, &checks[i].oid);
		code_name(c, &checks[i].name);
		code_name(c, &checks[i].check_sql);
		code_bool(c, &checks[i].validated);
	}
	if (c->version >= 6) {
		code_type(c, &t->sub);
		code_u32(c, &u->partner);
		code_u32(c, &u->subdiff);
		code_u32(c, &u->opclass);
		code_u32(c, &u->collation);
	}
	if (c->writing)
		return;
	t->name = u->o.name;
	t->schema = u->o.schema;
	t->array = array_oid;
	array->oid = array_oid;
	array->name = array_name != NULL ? array_name : "";
	u->type = t;
	u->array = array_oid != 0 ? array : NULL;
}

static void
code_column(struct codec *c, struct column *col)
{
	code_name(c, &col->name);
	code_i16(c, &col->attnum);
	code_type(c, &col->type);
	code_i32(c, &col->typmod);
	code_u32(c, &col->collation);
	code_bool(c, &col->not_null);
	code_bool(c, &col->dropped);
	code_char(c, &col->identity);
	code_char(c, &col->generated);
	code_u32(c, &col->sequence);
	code_str(c, &col->default_sql);
	code_bool(c, &col->has_missing);
	if (col->has_missing)
		code_datum(c, &col->missing, &col->missing_byval);
	code_i16(c, &col->stats_target);
	code_str(c, &col->comment);
	if (c->version >= 2)
		code_str(c, &col->acl);
	if (c->version >= 7) {
		code_char(c, &col->storage);
		code_char(c, &col->compression);
	}
}

static void
code_constraint(struct codec *c, struct constraint *k)
{
	code_u32(c, &k->oid);
	code_name(c, &k->name);
	code_char(c, &k->type);
	code_bool(c, &k->deferrable);
	code_bool(c, &k->deferred);
	code_bool(c, &k->validated);
	code_bool(c, &k->no_inherit);
	code_count(c, &k->ncols);
	code_attnums(c, k->ncols, &k->cols);
	code_u32(c, &k->index);
	code_u32(c, &k->ref_table);
	if (k->ref_table != 0)
		code_attnums(c, k->ncols, &k->ref_cols);
	code_char(c, &k->on_update);
	code_char(c, &k->on_delete);
	code_char(c, &k->match);
	code_str(c, &k->check_sql);
	code_str(c, &k->comment);
	if (c->version >= 4)
		code_u32(c, &k->parent);
	if (c->version >= 8)
		code_count(c, &k->nset);
	code_attnums(c, k->nset, &k->set_cols);
}

static void
code_sequence(struct codec *c, struct sequence *s)
{
	code_u32(c, &s->owner_table);
	code_i16(c, &s->owner_attnum);
	code_type(c, &s->type);
	code_i64(c, &s->start);
	code_i64(c, &s->increment);
	code_i64(c, &s->min);
	code_i64(c, &s->max);
	code_i64(c, &s->cache);
	code_bool(c, &s->cycle);
	code_u32(c, &s->count);
	code_i64(c, &s->restart);
}

static void
code_index_columns(struct codec *c, const struct index_column **at, int n)
{
	struct index_column *cols = CODE_ARRAY(c, struct index_column, *at, n);

	for (int i = 0; i < n; i++) {
		code_i16(c, &cols[i].attnum);
		code_str(c, &cols[i].expr_sql);
		code_type(c, &cols[i].type);
		code_bool(c, &cols[i].desc);
		code_bool(c, &cols[i].nulls_first);
		code_u32(c, &cols[i].opclass);
		code_u32(c, &cols[i].collation);
	}
}

static void
code_index(struct codec *c, struct index *ix)
{
	int state = ix->state;

	code_u32(c, &ix->table_oid);
	code_u32(c, &ix->file);
	code_name(c, &ix->kind);
	code_bool(c, &ix->primary);
	code_bool(c, &ix->unique);
	code_bool(c, &ix->nulls_not_distinct);
	code_bool(c, &ix->clustered);
	code_int(c, &state);
	ix->state = (enum index_state) state;
	code_int(c, &ix->nkeys);
	code_count(c, &ix->ncols);
	if (ix->ncols > INDEX_COLS_MAX || ix->nkeys > ix->ncols || ix->nkeys < 0)
		c->bad = true;
	code_index_columns(c, &ix->cols, ix->ncols);
	code_str(c, &ix->where_sql);
	code_u32(c, &ix->constraint);
	code_str(c, &ix->comment);
	code_bool(c, &ix->deferrable);
	code_u64(c, &ix->valid_from);
	code_texts(c, &ix->noptions, &ix->options);
}

static void
code_layouts(struct codec *c, struct relation *r)
{
	struct layout_def *defs;

	code_u16(c, &r->layout);
	code_count(c, &r->nlayouts);
	defs = CODE_ARRAY(c, struct layout_def, r->layout_defs, r->nlayouts);
	for (int i = 0; i < r->nlayouts; i++) {
		struct layout_col *cols;

		code_u16(c, &defs[i].version);
		code_count(c, &defs[i].ncols);
		cols = CODE_ARRAY(c, struct layout_col, defs[i].cols, defs[i].ncols);
		for (int k = 0; k < defs[i].ncols; k++) {
			code_i16(c, &cols[k].attnum);
			code_u8(c, &cols[k].rep);
		}
	}
}

static void
code_deps(struct codec *c, int *n, const struct object_dep **at)
{
	struct object_dep *deps;

	code_count(c, n);
	deps = CODE_ARRAY(c, struct object_dep, *at, *n);
	for (int i = 0; i < *n; i++) {
		int class = (int) deps[i].class;

		code_int(c, &class);
		deps[i].class = (enum object_class) class;
		code_u32(c, &deps[i].oid);
		code_i16(c, &deps[i].sub);
	}
}

static void
code_parts(struct codec *c, struct relation *r)
{
	bool has_seq = r->seq != NULL, has_index = r->index != NULL;

	code_bool(c, &has_seq);
	if (has_seq) {
		struct sequence *s = CODE_ARRAY(c, struct sequence, r->seq, 1);
		code_sequence(c, s);
	}
	code_bool(c, &has_index);
	if (has_index) {
		struct index *ix = CODE_ARRAY(c, struct index, r->index, 1);
		if (!c->writing)
			ix->o = r->o;
		code_index(c, ix);
	}
}

static void
code_values(struct codec *c, int *n, const struct partition_value **at)
{
	struct partition_value *values;

	code_count(c, n);
	values = CODE_ARRAY(c, struct partition_value, *at, *n);
	for (int i = 0; i < *n; i++) {
		code_char(c, &values[i].kind);
		code_str(c, &values[i].text);
	}
}

static void
code_bound(struct codec *c, struct partition_bound *b)
{
	union datum *keys;

	code_bool(c, &b->is_default);
	code_i32(c, &b->modulus);
	code_i32(c, &b->remainder);
	code_values(c, &b->nlow, &b->low);
	code_values(c, &b->nhigh, &b->high);
	code_count(c, &b->nkeys);
	keys = CODE_ARRAY(c, union datum, b->keys, b->nkeys);
	for (int i = 0; i < b->nkeys; i++) {
		bool byval = false;

		code_datum(c, &keys[i], &byval);
	}
}

static void
code_partition(struct codec *c, struct relation *r)
{
	bool has_key = r->partkey != NULL, has_bound = r->bound != NULL;

	code_u32(c, &r->part_of);
	code_bool(c, &has_key);
	if (has_key) {
		struct partition_key *key = CODE_ARRAY(c, struct partition_key, r->partkey, 1);

		code_char(c, &key->strategy);
		code_count(c, &key->ncols);
		code_index_columns(c, &key->cols, key->ncols);
	}
	code_bool(c, &has_bound);
	if (has_bound)
		code_bound(c, CODE_ARRAY(c, struct partition_bound, r->bound, 1));
}

static void
code_relation(struct codec *c, struct relation *r)
{
	struct column *cols;
	struct constraint *cons;

	code_char(c, &r->kind);
	code_char(c, &r->persistence);
	code_u32(c, &r->file);
	code_u32(c, &r->row_type);
	code_u32(c, &r->row_type_array);
	code_count(c, &r->ncols);
	cols = CODE_ARRAY(c, struct column, r->cols, r->ncols);
	for (int i = 0; i < r->ncols; i++)
		code_column(c, &cols[i]);
	code_layouts(c, r);
	code_count(c, &r->nconstraints);
	cons = CODE_ARRAY(c, struct constraint, r->constraints, r->nconstraints);
	for (int i = 0; i < r->nconstraints; i++)
		code_constraint(c, &cons[i]);
	code_str(c, &r->view_sql);
	code_parts(c, r);
	code_bool(c, &r->rls_enabled);
	code_bool(c, &r->rls_forced);
	code_texts(c, &r->noptions, &r->options);
	code_str(c, &r->comment);
	code_deps(c, &r->ndeps, &r->deps);
	code_str(c, &r->access_method);
	code_int(c, &r->check_option);
	code_bool(c, &r->populated);
	if (c->version >= 4)
		code_partition(c, r);
	if (c->version >= 5) {
		code_char(c, &r->replica_identity);
		code_u32(c, &r->replica_index);
	}
}

static void
code_column_stats(struct codec *c, struct column_stats *s)
{
	union datum *mcv, *hist;
	float *freq;
	bool byval;

	code_i16(c, &s->attnum);
	code_float(c, &s->null_frac);
	code_float(c, &s->n_distinct);
	code_float(c, &s->correlation);
	code_i32(c, &s->width);
	code_bool(c, &s->byval);
	byval = s->byval;
	code_count(c, &s->nmcv);
	mcv = CODE_ARRAY(c, union datum, s->mcv, s->nmcv);
	freq = CODE_ARRAY(c, float, s->mcv_freq, s->nmcv);
	for (int i = 0; i < s->nmcv; i++) {
		code_datum(c, &mcv[i], &byval);
		code_float(c, &freq[i]);
	}
	code_count(c, &s->nhist);
	hist = CODE_ARRAY(c, union datum, s->hist, s->nhist);
	for (int i = 0; i < s->nhist; i++)
		code_datum(c, &hist[i], &byval);
}

static void
code_stats(struct codec *c, struct stats_object *s)
{
	struct column_stats *cols;

	code_double(c, &s->stats.rows);
	code_double(c, &s->stats.bytes);
	code_i64(c, &s->stats.analyzed_at);
	code_count(c, &s->stats.ncols);
	cols = CODE_ARRAY(c, struct column_stats, s->stats.cols, s->stats.ncols);
	for (int i = 0; i < s->stats.ncols; i++)
		code_column_stats(c, &cols[i]);
}

static void
code_comment(struct codec *c, struct comment *k)
{
	int class = (int) k->on_class;

	code_int(c, &class);
	k->on_class = (enum object_class) class;
	code_u32(c, &k->on);
	code_i32(c, &k->sub);
	code_name(c, &k->text);
}

static void
code_function(struct codec *c, struct function *f)
{
	code_char(c, &f->kind);
	code_bool(c, &f->strict);
	code_bool(c, &f->retset);
	code_bool(c, &f->secdef);
	code_bool(c, &f->leakproof);
	code_char(c, &f->volatility);
	code_char(c, &f->parallel);
	code_double(c, &f->cost);
	code_double(c, &f->rows);
	code_u32(c, &f->ret);
	code_u32(c, &f->variadic);
	code_oids(c, &f->nargs, &f->args);
	code_texts(c, &f->ndefaults, &f->defaults);
	code_oids(c, &f->nall, &f->all_types);
	code_name(c, &f->all_modes);
	code_texts(c, &f->nall, &f->all_names);
	code_name(c, &f->body);
	code_u8(c, &f->form);
	code_texts(c, &f->nsettings, &f->settings);
	code_deps(c, &f->ndeps, &f->deps);
	if (c->version >= 6)
		code_str(c, &f->internal);
}

static void
code_role_setting(struct codec *c, struct role_setting *s)
{
	code_u32(c, &s->role);
	code_u32(c, &s->database);
	code_texts(c, &s->nsettings, &s->settings);
}

static void
code_object(struct codec *c, struct object *o)
{
	code_u32(c, &o->schema);
	code_u32(c, &o->owner);
	code_name(c, &o->name);
	code_str(c, &o->acl);
	code_u64(c, &o->version);
	switch (o->class) {
	case OBJ_RELATION:
		code_relation(c, (struct relation *) o);
		break;
	case OBJ_TYPE:
		code_user_type(c, (struct user_type *) o);
		break;
	case OBJ_ROLE:
		code_role(c, (struct role *) o);
		break;
	case OBJ_DATABASE:
		code_database(c, (struct database *) o);
		break;
	case OBJ_COMMENT:
		code_comment(c, (struct comment *) o);
		break;
	case OBJ_STATISTICS:
		code_stats(c, (struct stats_object *) o);
		break;
	case OBJ_FUNCTION:
		code_function(c, (struct function *) o);
		break;
	case OBJ_META:
		code_u32(c, &((struct meta_object *) o)->next_oid);
		break;
	case OBJ_DEFAULT_ACL:
		code_char(c, &((struct default_acl *) o)->kind);
		break;
	case OBJ_ROLE_SETTING:
		code_role_setting(c, (struct role_setting *) o);
		break;
	case OBJ_SCHEMA:
	case OBJ_CONSTRAINT_UNUSED:
	case OBJ_CLASS_COUNT:
		break;
	}
}

static const size_t object_size[OBJ_CLASS_COUNT] = {
	[OBJ_SCHEMA] = sizeof(struct schema),           [OBJ_RELATION] = sizeof(struct relation),
	[OBJ_TYPE] = sizeof(struct user_type),          [OBJ_ROLE] = sizeof(struct role),
	[OBJ_DATABASE] = sizeof(struct database),       [OBJ_COMMENT] = sizeof(struct comment),
	[OBJ_FUNCTION] = sizeof(struct function),
	[OBJ_STATISTICS] = sizeof(struct stats_object), [OBJ_META] = sizeof(struct meta_object),
	[OBJ_DEFAULT_ACL] = sizeof(struct default_acl), [OBJ_ROLE_SETTING] = sizeof(struct role_setting),
};

/* FNV-1a: finds a torn or foreign value; the engine has checksums of its own. */
static uint32_t
checksum(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

void
catalog_encode(const struct object *o, struct strbuf *to)
{
	struct codec c = { .writing = true, .version = CODEC_VERSION, .out = to };
	size_t start = to->len;
	uint32_t sum;

	assert(object_size[o->class] != 0);
	strbuf_putc(to, CODEC_VERSION);
	code_object(&c, (struct object *) (uintptr_t) o); /* writing changes nothing */
	sum = checksum(to->data + start, to->len - start);
	strbuf_add(to, &sum, sizeof sum);
}

int
catalog_decode(enum object_class class, oid_t oid, const void *bytes, size_t len,
	       struct holder **ret, struct err *e)
{
	const uint8_t *p = bytes;
	struct codec c = { 0 };
	struct holder *h;
	uint32_t sum;

	if ((unsigned) class >= OBJ_CLASS_COUNT || object_size[class] == 0 || len < 1 + sizeof sum)
		return err_set(e, ERR_DATA_CORRUPTED, "catalog object %d/%u is damaged",
			       (int) class, oid);
	memcpy(&sum, p + len - sizeof sum, sizeof sum);
	if (sum != checksum(p, len - sizeof sum))
		return err_set(e, ERR_DATA_CORRUPTED, "catalog object %d/%u has a wrong checksum",
			       (int) class, oid);
	if (p[0] == 0 || p[0] > CODEC_VERSION)
		return err_set(e, ERR_DATA_CORRUPTED, "catalog object %d/%u has unknown version %d",
			       (int) class, oid, p[0]);

	h = holder_new(NULL);
	c.version = p[0];
	c.p = p + 1;
	c.end = p + len - sizeof sum;
	c.a = &h->arena;
	h->o = arena_zalloc(&h->arena, object_size[class]);
	h->o->class = class;
	h->o->oid = oid;
	code_object(&c, h->o);
	if (c.bad || c.p != c.end) {
		holder_release(h);
		return err_set(e, ERR_DATA_CORRUPTED, "catalog object %d/%u is damaged",
			       (int) class, oid);
	}
	*ret = h;
	return ERR_OK;
}
