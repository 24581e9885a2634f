/* eval_value.c - building and taking apart arrays and records; values of the session. */
#include "config.h"
#include "core/exec/prog_int.h"

#include "core/func/session_api.h"
#include "core/type/array.h"
#include "core/type/datetime.h"
#include "core/type/json.h"
#include "core/type/record.h"

static const struct type *
base_of(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	return t;
}

/* -- ARRAY[...], ROW(...) --------------------------------------------------------------------- */
struct build {
	const struct type *type; /* array: the element's; row: its own */
	const struct type **fields;
	union datum *v;
	bool *nulls;
};

static void
build_load(struct prog *p, const struct insn *i, struct build *b, int row)
{
	for (int a = 0; a < i->nargs; a++) {
		const struct vec *in = &p->regs[i->args[a]];
		b->nulls[a] = vec_null(in, row);
		b->v[a] = b->nulls[a] ? datum_int(0) : vec_at(in, row);
	}
}

static int
run_array(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct build *b = i->aux;
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		build_load(p, i, b, row);
		dst->v[row].b = i->nargs == 0
					? array_empty(p->arena, b->type)
					: array_make(p->arena, b->type, i->nargs, b->v, b->nulls);
	}
	return ERR_OK;
}

static int
run_array_stack(struct prog *p, struct insn *i, struct err *e)
{
	struct build *b = i->aux;
	struct vec *dst = reg_out(p, i->dst);
	const struct bytes **parts = ARENA_ARRAY(p->arena, const struct bytes *, i->nargs);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		build_load(p, i, b, row);
		for (int a = 0; a < i->nargs; a++)
			parts[a] = b->nulls[a] ? NULL : b->v[a].b;
		int rc = array_stack(p->arena, b->type, i->nargs, parts, &dst->v[row].b, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static struct build *
build_new(struct compiler *c, const struct type *t, int n)
{
	struct build *b = ARENA_NEW(c->arena, struct build);

	b->type = t;
	b->v = ARENA_ARRAY(c->arena, union datum, n + 1);
	b->nulls = ARENA_ARRAY(c->arena, bool, n + 1);
	return b;
}

int
compile_array(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	const struct type *t = base_of(x->type);
	bool stack = x->nargs != 0 && type_is_array(base_of(x->args[0]->type));

	return compile_simple(c, x->args, x->nargs, stack ? run_array_stack : run_array,
			      build_new(c, t->elem, x->nargs), ret_reg, e);
}

int
record_fields(const struct type *t, union datum d, struct arena *a, const union datum **ret_v,
	      const bool **ret_nulls)
{
	const struct type *type;
	struct record r;

	record_open(t, d.b, &r);
	union datum *v = ARENA_ARRAY(a, union datum, r.n + 1);
	bool *nulls = ARENA_ARRAY(a, bool, r.n + 1);
	for (int i = 0; i < r.n; i++)
		v[i] = record_get(&r, i, &type, &nulls[i]);
	*ret_v = v;
	*ret_nulls = nulls;
	return r.n;
}

static int
run_row(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct build *b = i->aux;
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		build_load(p, i, b, row);
		dst->v[row] =
			datum_bytes(record_make(p->arena, i->nargs, b->fields, b->v, b->nulls));
	}
	return ERR_OK;
}

int
compile_row(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct build *b = build_new(c, base_of(x->type), x->nargs);

	b->fields = ARENA_ARRAY(c->arena, const struct type *, x->nargs + 1);
	for (int a = 0; a < x->nargs; a++)
		b->fields[a] = x->args[a]->type;
	return compile_simple(c, x->args, x->nargs, run_row, b, ret_reg, e);
}

struct field {
	const struct type *record;
	int col;
};

static int
run_field(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct field *f = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool null = true;
		if (!vec_null(&in, row)) {
			const struct type *type;
			struct record r;
			record_open(f->record, vec_at(&in, row).b, &r);
			if (f->col <= r.n)
				dst->v[row] = record_get(&r, f->col - 1, &type, &null);
		}
		if (null)
			reg_nulls(p, i->dst)[row] = 1;
	}
	return ERR_OK;
}

int
compile_field(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct field *f = ARENA_NEW(c->arena, struct field);

	*f = (struct field){ base_of(x->args[0]->type), x->col };
	if (x->col < 1)
		return compile_fail(e, x);
	return compile_simple(c, x->args, 1, run_field, f, ret_reg, e);
}

/* -- a[i], a[l:u], j['key'] ------------------------------------------------------------------- */
struct subscript {
	const struct type *elem; /* NULL: jsonb */
	int n;                   /* dimensions */
	bool slice;
	bool has_lower[ARRAY_DIM_MAX], has_upper[ARRAY_DIM_MAX];
	const struct type *types[ARRAY_DIM_MAX * 2]; /* jsonb: of the keys */
};

/* The integers of one row; false: one of them is null. */
static bool
subs_load(struct prog *p, const struct insn *i, const struct subscript *s, int row, int32_t *lower,
	  int32_t *upper)
{
	int at = 1;

	for (int d = 0; d < s->n; d++) {
		lower[d] = upper[d] = 0;
		if (s->has_lower[d]) {
			const struct vec *v = &p->regs[i->args[at++]];
			if (vec_null(v, row))
				return false;
			lower[d] = (int32_t) vec_at(v, row).i;
		}
		if (s->has_upper[d]) {
			const struct vec *v = &p->regs[i->args[at++]];
			if (vec_null(v, row))
				return false;
			upper[d] = (int32_t) vec_at(v, row).i;
		}
	}
	return true;
}

static int
run_subscript(struct prog *p, struct insn *i, struct err *e)
{
	const struct subscript *s = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);
	int32_t lower[ARRAY_DIM_MAX], upper[ARRAY_DIM_MAX];

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool null = vec_null(&in, row) || !subs_load(p, i, s, row, lower, upper);
		if (!null && s->slice) {
			int rc = array_slice(p->arena, s->elem, vec_at(&in, row).b, s->n, lower,
					     upper, s->has_lower, s->has_upper, &dst->v[row].b, e);
			if (rc != ERR_OK)
				return rc;
		} else if (!null) {
			struct array a;
			array_open(s->elem, vec_at(&in, row).b, &a);
			dst->v[row] = array_element(&a, s->n, lower, &null);
		}
		if (null)
			reg_nulls(p, i->dst)[row] = 1;
	}
	return ERR_OK;
}

/* The array with one element or slice changed; its registers: array, subscripts, new value. */
static int
run_subscript_set(struct prog *p, struct insn *i, struct err *e)
{
	const struct subscript *s = i->aux;
	const struct vec in = p->regs[i->args[0]], value = p->regs[i->args[i->nargs - 1]];
	struct vec *dst = reg_out(p, i->dst);
	int32_t lower[ARRAY_DIM_MAX], upper[ARRAY_DIM_MAX];

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool null = vec_null(&value, row);
		const struct bytes *old = vec_null(&in, row) ? NULL : vec_at(&in, row).b, *new;
		union datum v = null ? datum_int(0) : vec_at(&value, row);

		if (!subs_load(p, i, s, row, lower, upper))
			return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
				       "array subscript in assignment must not be null");
		int rc = s->slice ? array_set_slice(p->arena, s->elem, old, s->n, lower, upper,
						    s->has_lower, s->has_upper, null ? NULL : v.b,
						    &new, e)
				  : array_set(p->arena, s->elem, old, s->n, lower, v, null, &new, e);
		if (rc != ERR_OK)
			return rc;
		if (new == NULL)
			reg_nulls(p, i->dst)[row] = 1;
		else
			dst->v[row].b = new;
	}
	return ERR_OK;
}

/* The n keys of one row, in registers behind the document; false: one of them is null. */
static bool
keys_load(struct prog *p, const struct insn *i, int n, int row, const char **keys, size_t *lens)
{
	const struct subscript *s = i->aux;

	for (int d = 0; d < n; d++) {
		const struct vec *sub = &p->regs[i->args[d + 1]];
		if (vec_null(sub, row))
			return false;
		if (s->types[d]->byval) {
			char *text = arena_printf(p->arena, "%lld", (long long) vec_at(sub, row).i);
			keys[d] = text;
			lens[d] = strlen(text);
		} else {
			keys[d] = bytes_data(vec_at(sub, row).b);
			lens[d] = bytes_len(vec_at(sub, row).b);
		}
	}
	return true;
}

static int
run_json_subscript(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);
	const int n = i->nargs - 1;
	const char **keys = ARENA_ARRAY(p->arena, const char *, n);
	size_t *lens = ARENA_ARRAY(p->arena, size_t, n);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		struct json_val v = { 0 };
		if (!vec_null(&in, row) && keys_load(p, i, n, row, keys, lens))
			v = json_path(json_val(vec_at(&in, row).b), n, keys, lens);
		if (v.p == NULL)
			reg_nulls(p, i->dst)[row] = 1;
		else
			dst->v[row].b = bytes_make(p->arena, v.p, v.len);
	}
	return ERR_OK;
}

/* The document with the value, its last register, put under the keys. */
static int
run_json_subscript_set(struct prog *p, struct insn *i, struct err *e)
{
	const struct subscript *s = i->aux;
	const struct vec in = p->regs[i->args[0]], value = p->regs[i->args[i->nargs - 1]];
	struct vec *dst = reg_out(p, i->dst);
	const int n = i->nargs - 2;
	const char **keys = ARENA_ARRAY(p->arena, const char *, n);
	size_t *lens = ARENA_ARRAY(p->arena, size_t, n);
	const struct bytes *json_null = bytes_make(p->arena, "null", 4);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		if (!keys_load(p, i, n, row, keys, lens))
			return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
				       "jsonb subscript in assignment must not be null");
		const struct bytes *old = vec_null(&in, row) ? NULL : vec_at(&in, row).b;
		if (old == NULL) /* the first subscript says what it becomes */
			old = bytes_make(p->arena, s->types[0]->byval ? "[]" : "{}", 2);
		int rc = jsonb_set_subscript(p->arena, old, n, keys, lens,
					     vec_null(&value, row) ? json_null : vec_at(&value, row).b,
					     &dst->v[row].b, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* A name is a fixed array of 64 "char", counted from 0. */
static int
run_name_subscript(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct vec name = p->regs[i->args[0]], sub = p->regs[i->args[1]];
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool null = vec_null(&name, row) || vec_null(&sub, row);
		int64_t at = null ? -1 : vec_at(&sub, row).i;

		if (at < 0 || at >= 64) {
			reg_nulls(p, i->dst)[row] = 1;
			continue;
		}
		const struct bytes *b = vec_at(&name, row).b;
		dst->v[row].i = (size_t) at < bytes_len(b) ? bytes_data(b)[at] : 0;
	}
	return ERR_OK;
}

int
compile_subscript(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct subscript *s = ARENA_NEW(c->arena, struct subscript);
	const struct type *t = base_of(x->args[0]->type);
	const bool json = t->oid == OID_JSONB;
	int n = 0;

	s->elem = t->elem;
	s->slice = x->is_slice;
	s->n = x->is_slice ? x->nsubs / 2 : x->nsubs;
	if (json && x->is_slice)
		return err_set(e, ERR_DATATYPE_MISMATCH, "jsonb subscript does not support slices");
	if (s->n > ARRAY_DIM_MAX && !json)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "number of array dimensions (%d) exceeds the maximum allowed (%d)",
			       s->n, ARRAY_DIM_MAX);
	struct expr **args = ARENA_ARRAY(c->arena, struct expr *, x->nsubs + 2);
	args[n++] = x->args[0];
	for (int k = 0; k < x->nsubs; k++) {
		bool *has = x->is_slice && k % 2 != 0 ? s->has_upper : s->has_lower;
		if (!json)
			has[x->is_slice ? k / 2 : k] = x->subs[k] != NULL;
		else if (k < ARRAY_DIM_MAX * 2)
			s->types[k] = x->subs[k]->type;
		else
			return err_unsupported(e, "so many jsonb subscripts",
					       "Use the #> operator.");
		if (x->subs[k] != NULL)
			args[n++] = x->subs[k];
	}
	if (x->nargs == 2)
		args[n++] = x->args[1];
	return compile_simple(c, args, n,
			      x->nargs == 2	   ? (json ? run_json_subscript_set : run_subscript_set)
			      : json		   ? run_json_subscript
			      : t->oid == OID_NAME ? run_name_subscript
						   : run_subscript,
			      s, ret_reg, e);
}

/* -- values of the session -------------------------------------------------------------------- */
struct sql_value_arg {
	enum sql_value which;
	int32_t typmod;
};

static int
session_text(struct prog *p, enum sql_value which, const char **ret)
{
	const struct session_api *s = p->env->session;

	*ret = NULL;
	if (s == NULL)
		return ERR_OK;
	switch (which) {
	case SQLV_SESSION_USER:
		*ret = s->session_user(s->self);
		break;
	case SQLV_CURRENT_CATALOG:
		*ret = s->database(s->self);
		break;
	case SQLV_CURRENT_SCHEMA:
		*ret = s->current_schema(s->self);
		break;
	default:
		*ret = s->current_user(s->self);
		break;
	}
	return ERR_OK;
}

static int
time_value(struct prog *p, const struct sql_value_arg *a, union datum *ret, struct err *e)
{
	const struct timezone *tz = p->env->type.fmt->tz;
	int64_t local;
	int rc = timestamp_to_local(p->env->now, tz, &local, e);

	if (rc != ERR_OK)
		return rc;
	switch (a->which) {
	case SQLV_CURRENT_DATE:
		ret->i = timestamp_to_date(local);
		break;
	case SQLV_CURRENT_TIME: {
		struct timetz t = timestamptz_to_timetz(p->env->now, tz);
		if (a->typmod >= 0)
			t.usec = time_round(t.usec, a->typmod);
		*ret = timetz_datum(p->arena, t);
		break;
	}
	case SQLV_CURRENT_TIMESTAMP:
		ret->i = a->typmod >= 0 ? timestamp_round(p->env->now, a->typmod) : p->env->now;
		break;
	case SQLV_LOCALTIME:
		ret->i = timestamp_to_time(local);
		if (a->typmod >= 0)
			ret->i = time_round(ret->i, a->typmod);
		break;
	default:
		ret->i = a->typmod >= 0 ? timestamp_round(local, a->typmod) : local;
		break;
	}
	return ERR_OK;
}

static int
run_sql_value(struct prog *p, struct insn *i, struct err *e)
{
	const struct sql_value_arg *a = i->aux;
	union datum d = { .i = 0 };
	bool null = false;
	int rc;

	if (a->which <= SQLV_LOCALTIMESTAMP) {
		rc = time_value(p, a, &d, e);
	} else {
		const char *s;
		rc = session_text(p, a->which, &s);
		null = s == NULL;
		if (!null)
			d = datum_bytes(bytes_make(p->arena, s, strlen(s)));
	}
	if (rc != ERR_OK)
		return rc;
	reg_out(p, i->dst);
	for (int k = 0; k < p->n; k++)
		reg_set(p, i->dst, prog_row(p, k), d, null);
	return ERR_OK;
}

int
compile_sql_value(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct sql_value_arg *a = ARENA_NEW(c->arena, struct sql_value_arg);

	*a = (struct sql_value_arg){ x->sqlvalue, x->typmod };
	return compile_simple(c, NULL, 0, run_sql_value, a, ret_reg, e);
}

static int
run_init(struct prog *p, struct insn *i, struct err *e)
{
	union datum d = { .i = 0 };
	bool null = false;
	int rc = init_value(p->x, *(const int *) i->aux, &d, &null, e);

	(void) reg_out(p, i->dst);
	for (int k = 0; k < p->n && rc == ERR_OK; k++)
		reg_set(p, i->dst, prog_row(p, k), d, null);
	return rc;
}

int
compile_init(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	return compile_simple(c, NULL, 0, run_init, &x->number, ret_reg, e);
}

static int
run_nextval(struct prog *p, struct insn *i, struct err *e)
{
	const struct session_api *s = p->env->session;
	struct vec *dst = reg_out(p, i->dst);

	if (s == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "nextval without a session");
	for (int k = 0; k < p->n; k++) {
		int rc = s->nextval(s->self, *(const oid_t *) i->aux, &dst->v[prog_row(p, k)].i, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

int
compile_nextval(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	oid_t *seq = arena_alloc(c->arena, sizeof *seq);

	*seq = (oid_t) x->col;
	c->x->volatile_calls++;
	return compile_simple(c, NULL, 0, run_nextval, seq, ret_reg, e);
}
