/* class.c - pg_class, pg_attribute, pg_attrdef, pg_index, pg_sequence, pg_rewrite. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/access/table.h"
#include "core/catalog/partition.h"
#include "core/syscat/funcs.h"
#include "core/syscat/oids.h"
#include "storage/txn.h"

/* Calls fn for every relation there is: the user's, then the system's. */
int
each_relation(const struct catalog *c, int (*fn)(void *arg, const struct relation *r), void *arg)
{
	int rc = ERR_OK;

	for (int i = 0; i < catalog_count(c, OBJ_RELATION) && rc == ERR_OK; i++)
		rc = fn(arg, (const struct relation *) catalog_at(c, OBJ_RELATION, i));
	for (int i = 0; i < catalog_system_count() && rc == ERR_OK; i++)
		rc = fn(arg, catalog_system_at(i));
	return rc;
}

static oid_t
access_method(const struct relation *r)
{
	switch (r->kind) {
	case REL_TABLE:
		return relation_is_partitioned(r) ? 0 : AM_HEAP;
	case REL_MATVIEW:
		return AM_HEAP;
	case REL_INDEX:
		return r->index != NULL ? am_oid(r->index->kind) : AM_BTREE;
	default:
		return 0;
	}
}

static int
count_checks(const struct relation *r)
{
	int n = 0;

	for (int i = 0; i < r->nconstraints; i++)
		n += r->constraints[i].type == CON_CHECK;
	return n;
}

static bool
has_keys(const struct catalog *c, const struct relation *r)
{
	for (int i = 0; i < r->nconstraints; i++)
		if (r->constraints[i].type == CON_FOREIGN)
			return true;
	for (; r != NULL; r = partition_parent(c, r))
		if (r->nrefs > 0)
			return true;
	return false;
}

/* Its parts have what is stored: a table, or an index of one. */
static bool
is_partitioned(const struct relation *r)
{
	return r->index != NULL ? r->index->table != NULL && relation_is_partitioned(r->index->table) : relation_is_partitioned(r);
}

static char
shown_kind(const struct relation *r)
{
	if (r->sys != NULL && r->sys->kind != 0)
		return r->sys->kind;
	return is_partitioned(r) ? (r->index != NULL ? 'I' : 'p') : r->kind;
}

/* WITH CHECK OPTION is an option among others. */
static void
put_options(struct rows *w, const struct relation *r)
{
	const int own = r->index != NULL ? r->index->noptions : r->noptions, n = own + (r->check_option != 0);
	const char **all = ARENA_ARRAY(w->arena, const char *, n + 1);

	if (n == 0)
		return;
	for (int i = 0; i < own; i++)
		all[i] = r->index != NULL ? r->index->options[i] : r->options[i];
	if (r->check_option != 0)
		all[n - 1] = r->check_option == 1 ? "check_option=local" : "check_option=cascaded";
	row_texts(w, pg_class_reloptions, n, all);
}

static int
class_row(void *arg, const struct relation *r)
{
	struct rows *w = arg;
	struct table_size size = { 0 };

	if ((r->kind == REL_TABLE || r->kind == REL_MATVIEW) && r->sys == NULL && w->env->txn != NULL)
		size = table_size(txn_store(w->env->txn), r);
	row_start(w);
	row_int(w, pg_class_oid, r->o.oid);
	row_text(w, pg_class_relname, r->o.name);
	row_int(w, pg_class_relnamespace, r->o.schema);
	row_int(w, pg_class_reltype, r->row_type);
	row_int(w, pg_class_reloftype, 0);
	row_int(w, pg_class_relowner, r->o.owner != 0 ? r->o.owner : OID_BOOTSTRAP_ROLE);
	row_int(w, pg_class_relam, access_method(r));
	row_int(w, pg_class_relfilenode, is_partitioned(r) ? 0 : r->file);
	row_int(w, pg_class_reltablespace, 0);
	row_int(w, pg_class_relpages, (int64_t) (size.bytes / 8192));
	row_float(w, pg_class_reltuples, r->stats != NULL ? r->stats->rows : r->kind == REL_TABLE && r->sys == NULL ? -1 : 0);
	row_int(w, pg_class_relallvisible, 0);
	row_int(w, pg_class_reltoastrelid, 0);
	row_int(w, pg_class_relhasindex, r->nindexes > 0);
	row_int(w, pg_class_relisshared, false);
	row_int(w, pg_class_relpersistence, r->persistence != 0 ? r->persistence : 'p');
	row_int(w, pg_class_relkind, shown_kind(r));
	row_int(w, pg_class_relnatts, r->kind == REL_INDEX && r->index != NULL ? r->index->ncols : r->ncols);
	row_int(w, pg_class_relchecks, count_checks(r));
	row_int(w, pg_class_relhasrules, r->kind == REL_VIEW || r->kind == REL_MATVIEW);
	row_int(w, pg_class_relhastriggers, has_keys(w->env->catalog, r));
	row_int(w, pg_class_relhassubclass, is_partitioned(r) && (r->index != NULL ? r->index->table : r)->nparts > 0);
	row_int(w, pg_class_relrowsecurity, r->rls_enabled);
	row_int(w, pg_class_relforcerowsecurity, r->rls_forced);
	row_int(w, pg_class_relispopulated, r->kind != REL_MATVIEW || r->populated);
	row_int(w, pg_class_relreplident, (r->kind != REL_TABLE && r->kind != REL_MATVIEW) || r->sys != NULL ? 'n'
	                                   : r->replica_identity != 0 ? r->replica_identity : 'd');
	row_int(w, pg_class_relispartition, r->part_of != 0);
	row_text(w, pg_class_relpartbound, bound_text(w->arena, w->env->catalog, r));
	row_int(w, pg_class_relrewrite, 0);
	row_int(w, pg_class_relfrozenxid, 0);
	row_int(w, pg_class_relminmxid, 0);
	row_access(w, pg_class_relacl, r->o.acl);
	put_options(w, r);
	return row_push(w);
}

int
rows_pg_class(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_class);

	(void) s;
	return each_relation(env->catalog, class_row, &w);
}

/* -- pg_attribute ---------------------------------------------------------------------------------- */

static void
attribute_type(struct rows *w, const struct type *t)
{
	row_int(w, pg_attribute_atttypid, t != NULL ? t->oid : 0);
	row_int(w, pg_attribute_attlen, t != NULL ? t->len : 4);
	row_int(w, pg_attribute_attbyval, t != NULL && t->len > 0 && t->len <= 8 && t->byval);
	row_int(w, pg_attribute_attalign, t != NULL && t->align != 0 ? t->align : 'i');
	row_int(w, pg_attribute_attstorage, t != NULL && t->storage != 0 ? t->storage : 'p');
	row_int(w, pg_attribute_attndims, t != NULL && type_is_array(t) ? 1 : 0);
	row_int(w, pg_attribute_attcollation, t != NULL && t->collatable ? (t->oid == OID_NAME ? 950 : 100) : 0);
}

static void
attribute_common(struct rows *w, oid_t rel, const char *name, int num)
{
	row_start(w);
	row_int(w, pg_attribute_attrelid, rel);
	row_text(w, pg_attribute_attname, name);
	row_int(w, pg_attribute_attstattarget, -1);
	row_int(w, pg_attribute_attnum, num);
	row_int(w, pg_attribute_attcacheoff, -1);
	row_int(w, pg_attribute_atttypmod, -1);
	row_int(w, pg_attribute_attcompression, 0);
	row_int(w, pg_attribute_attnotnull, false);
	row_int(w, pg_attribute_atthasdef, false);
	row_int(w, pg_attribute_atthasmissing, false);
	row_int(w, pg_attribute_attidentity, 0);
	row_int(w, pg_attribute_attgenerated, 0);
	row_int(w, pg_attribute_attisdropped, false);
	row_int(w, pg_attribute_attislocal, true);
	row_int(w, pg_attribute_attinhcount, 0);
}

/* A call gives its function's name, another expression "expr"; later ones of a name a number. */
static size_t
call_name_len(const char *sql)
{
	size_t n = strspn(sql, "abcdefghijklmnopqrstuvwxyz_0123456789");

	return n > 0 && sql[n] == '(' && sql[strlen(sql) - 1] == ')' ? n : 0;
}

static const char *
expression_name(struct rows *w, const struct index *ix, int i)
{
	const char *sql = ix->cols[i].expr_sql;
	size_t len = call_name_len(sql);
	const char *base = len > 0 ? arena_strndup(w->arena, sql, len) : "expr";
	int n = 0;

	for (int k = 0; k < i; k++)
		if (ix->cols[k].attnum == 0 && call_name_len(ix->cols[k].expr_sql) == len &&
		    strncmp(ix->cols[k].expr_sql, sql, len) == 0)
			n++;
	return n == 0 ? base : arena_printf(w->arena, "%s%d", base, n);
}

static int
index_attributes(struct rows *w, const struct relation *r)
{
	const struct index *ix = r->index;

	for (int i = 0; ix != NULL && i < ix->ncols; i++) {
		const struct index_column *c = &ix->cols[i];
		const struct column *col = c->attnum > 0 && ix->table != NULL ? &ix->table->cols[c->attnum - 1] : NULL;
		attribute_common(w, r->o.oid, col != NULL ? col->name : expression_name(w, ix, i), i + 1);
		attribute_type(w, c->type);
		row_int(w, pg_attribute_atttypmod, col != NULL ? col->typmod : -1);
		if (strcmp(ix->kind, "hash") == 0) {
			attribute_type(w, type_builtin(OID_INT4));      /* what a hash index keeps */
			row_int(w, pg_attribute_atttypmod, -1);
		}
		if (row_push(w) != ERR_OK)
			return w->rc;
	}
	return ERR_OK;
}

static int
column_attribute(struct rows *w, const struct relation *r, const struct column *c)
{
	attribute_common(w, r->o.oid, c->dropped ? arena_printf(w->arena, "........pg.dropped.%d........", c->attnum) : c->name,
	                 c->attnum);
	attribute_type(w, c->dropped ? NULL : c->type);
	if (c->stats_target != 0)
		row_int(w, pg_attribute_attstattarget, c->stats_target);
	if (c->storage != 0)
		row_int(w, pg_attribute_attstorage, c->storage);
	row_int(w, pg_attribute_attcompression, c->compression);
	row_access(w, pg_attribute_attacl, c->acl);
	bool collated = !c->dropped && (c->type->collatable || (type_is_array(c->type) && c->type->elem->collatable));
	if (collated && (c->type->oid == OID_NAME || r->sys != NULL))
		row_int(w, pg_attribute_attcollation, 950);     /* "C", as all catalogs */
	else if (collated && c->collation != 0)
		row_int(w, pg_attribute_attcollation, c->collation);
	row_int(w, pg_attribute_atttypmod, c->typmod);
	row_int(w, pg_attribute_attnotnull, c->not_null);
	row_int(w, pg_attribute_atthasdef, c->default_sql != NULL);
	row_int(w, pg_attribute_atthasmissing, c->has_missing);
	row_int(w, pg_attribute_attidentity, c->identity);
	row_int(w, pg_attribute_attgenerated, c->generated);
	row_int(w, pg_attribute_attisdropped, c->dropped);
	row_int(w, pg_attribute_attislocal, r->part_of == 0 || c->dropped);
	row_int(w, pg_attribute_attinhcount, r->part_of != 0 && !c->dropped);
	return row_push(w);
}

static const struct { const char *name; int num; oid_t type; } system_columns[] = {
	{ "tableoid", -6, OID_OID }, { "cmax", -5, OID_CID }, { "xmax", -4, OID_XID },
	{ "cmin", -3, OID_CID }, { "xmin", -2, OID_XID }, { "ctid", -1, OID_TID },
};

static int
attribute_rows(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	if (r->kind == REL_INDEX)
		return index_attributes(w, r);
	for (int i = 0; i < r->ncols; i++)
		if (column_attribute(w, r, &r->cols[i]) != ERR_OK)
			return w->rc;
	for (size_t i = 0; (r->kind == REL_TABLE || r->kind == REL_MATVIEW) && i < ARRAY_LEN(system_columns); i++) {
		attribute_common(w, r->o.oid, system_columns[i].name, system_columns[i].num);
		attribute_type(w, type_builtin(system_columns[i].type));
		row_int(w, pg_attribute_attnotnull, true);
		if (row_push(w) != ERR_OK)
			return w->rc;
	}
	return ERR_OK;
}

int
rows_pg_attribute(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_attribute);

	(void) s;
	return each_relation(env->catalog, attribute_rows, &w);
}

/* -- pg_attrdef: oids are those of the table and the column ------------------------------------------- */

static int
attrdef_rows(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	for (int i = 0; i < r->ncols; i++) {
		const struct column *c = &r->cols[i];
		if (c->default_sql == NULL || c->dropped)
			continue;
		row_start(w);
		row_int(w, pg_attrdef_oid, derived_oid(r->o.oid, c->attnum));
		row_int(w, pg_attrdef_adrelid, r->o.oid);
		row_int(w, pg_attrdef_adnum, c->attnum);
		row_text(w, pg_attrdef_adbin, c->default_sql);
		if (row_push(w) != ERR_OK)
			return w->rc;
	}
	return ERR_OK;
}

int
rows_pg_attrdef(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_attrdef);

	(void) s;
	return each_relation(env->catalog, attrdef_rows, &w);
}

/* -- pg_index ------------------------------------------------------------------------------------------ */

static bool
is_immediate(const struct index *ix)
{
	for (int i = 0; ix->table != NULL && i < ix->table->nconstraints; i++)
		if (ix->table->constraints[i].oid == ix->constraint)
			return !ix->table->constraints[i].deferrable;
	return true;
}

static int
index_row(void *arg, const struct relation *r)
{
	struct rows *w = arg;
	const struct index *ix = r->index;
	int16_t keys[INDEX_COLS_MAX], options[INDEX_COLS_MAX];
	oid_t classes[INDEX_COLS_MAX], collations[INDEX_COLS_MAX];
	struct strbuf exprs;

	if (r->kind != REL_INDEX || ix == NULL)
		return ERR_OK;
	strbuf_init(&exprs, w->arena);
	for (int i = 0; i < ix->ncols; i++) {
		keys[i] = ix->cols[i].attnum;
		options[i] = (int16_t) ((ix->cols[i].desc ? 1 : 0) | (ix->cols[i].nulls_first ? 2 : 0));
		classes[i] = ix->cols[i].opclass != 0 ? ix->cols[i].opclass : opclass_of(ix->cols[i].type, ix->kind);
		collations[i] = ix->cols[i].collation != 0 ? ix->cols[i].collation : ix->cols[i].type->collatable ? 100 : 0;
		if (ix->cols[i].attnum == 0)
			strbuf_printf(&exprs, "%s%s", exprs.len > 0 ? ", " : "", ix->cols[i].expr_sql);
	}
	row_start(w);
	row_int(w, pg_index_indexrelid, ix->o.oid);
	row_int(w, pg_index_indrelid, ix->table_oid);
	row_int(w, pg_index_indnatts, ix->ncols);
	row_int(w, pg_index_indnkeyatts, ix->nkeys);
	row_int(w, pg_index_indisunique, ix->unique);
	row_int(w, pg_index_indnullsnotdistinct, ix->nulls_not_distinct);
	row_int(w, pg_index_indisprimary, ix->primary);
	row_int(w, pg_index_indisexclusion, false);
	row_int(w, pg_index_indimmediate, is_immediate(ix));
	row_int(w, pg_index_indisclustered, false);
	row_int(w, pg_index_indisvalid, ix->state == INDEX_VALID);
	row_int(w, pg_index_indcheckxmin, false);
	row_int(w, pg_index_indisready, ix->state != INDEX_INVALID || is_partitioned(r));
	row_int(w, pg_index_indislive, true);
	row_int(w, pg_index_indisreplident, ix->table != NULL && ix->table->replica_index == ix->o.oid);
	row_int2s(w, pg_index_indkey, type_builtin(OID_INT2VECTOR), ix->ncols, keys);
	row_oids(w, pg_index_indcollation, type_builtin(OID_OIDVECTOR), ix->nkeys, collations);
	row_oids(w, pg_index_indclass, type_builtin(OID_OIDVECTOR), ix->nkeys, classes);
	row_int2s(w, pg_index_indoption, type_builtin(OID_INT2VECTOR), ix->nkeys, options);
	row_text(w, pg_index_indexprs, exprs.len > 0 ? exprs.data : NULL);
	row_text(w, pg_index_indpred, ix->where_sql);
	return row_push(w);
}

int
rows_pg_index(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_index);

	(void) s;
	return each_relation(env->catalog, index_row, &w);
}

/* -- pg_sequence, pg_rewrite ---------------------------------------------------------------------------- */

static int
sequence_row(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	if (r->kind != REL_SEQUENCE || r->seq == NULL)
		return ERR_OK;
	row_start(w);
	row_int(w, pg_sequence_seqrelid, r->o.oid);
	row_int(w, pg_sequence_seqtypid, r->seq->type->oid);
	row_int(w, pg_sequence_seqstart, r->seq->start);
	row_int(w, pg_sequence_seqincrement, r->seq->increment);
	row_int(w, pg_sequence_seqmax, r->seq->max);
	row_int(w, pg_sequence_seqmin, r->seq->min);
	row_int(w, pg_sequence_seqcache, r->seq->cache);
	row_int(w, pg_sequence_seqcycle, r->seq->cycle);
	return row_push(w);
}

int
rows_pg_sequence(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_sequence);

	(void) s;
	return each_relation(env->catalog, sequence_row, &w);
}

static int
rewrite_row(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	if (r->kind != REL_VIEW && r->kind != REL_MATVIEW)
		return ERR_OK;
	row_start(w);
	row_int(w, pg_rewrite_oid, derived_oid(r->o.oid, 1));
	row_text(w, pg_rewrite_rulename, "_RETURN");
	row_int(w, pg_rewrite_ev_class, r->o.oid);
	row_int(w, pg_rewrite_ev_type, '1');
	row_int(w, pg_rewrite_ev_enabled, 'O');
	row_int(w, pg_rewrite_is_instead, true);
	row_text(w, pg_rewrite_ev_qual, "<>");
	row_text(w, pg_rewrite_ev_action, r->view_sql);
	return row_push(w);
}

int
rows_pg_rewrite(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_rewrite);

	(void) s;
	return each_relation(env->catalog, rewrite_row, &w);
}
