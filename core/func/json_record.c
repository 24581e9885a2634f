/* json_record.c - rows out of json: json_populate_record, json_to_recordset and their kin.
 *
 * A member becomes the column of its name: null and missing ones are null (or stay as they are
 * in the base row), strings are read as the column's type reads text, arrays and objects become
 * arrays and composite values, column by column.
 * Not here: json_each and the other functions that do not look at types (json_funcs.c). */
#include "config.h"
#include "core/func/jsonish.h"

#include "core/type/array.h"
#include "core/type/record.h"

struct filler {
	struct fcall *c;
	struct err *e;
	int depth;
};

enum { DEPTH_MAX = 1000 };

static int fill_value(struct filler *f, const struct type *t, int32_t typmod, struct json_val v,
                      const char *key, union datum *ret, bool *ret_null);

static int
fail_not_array(struct filler *f, const char *key)
{
	err_set(f->e, ERR_INVALID_TEXT_REPRESENTATION, "expected JSON array");
	return key != NULL ? err_hint(f->e, "See the value of key \"%s\".", key) : f->e->code;
}

/* Through the text that a cast would read. */
static int
fill_scalar(struct filler *f, const struct type *t, int32_t typmod, struct json_val v,
            union datum *ret)
{
	struct type_env *env = &f->c->env->type;
	const struct bytes *text = NULL;

	if (t->oid == OID_JSON) {
		*ret = text_datum(env->arena, v.p, v.len);
		return ERR_OK;
	}
	if (t->oid == OID_JSONB) {
		ret->b = json_to_jsonb_val(env->arena, v);
		return ERR_OK;
	}
	(void) json_as_text(v, env->arena, &text);
	char *s = arena_strndup(env->arena, bytes_data(text), bytes_len(text));
	return t->ops->in(t, env, s, bytes_len(text), typmod, ret, f->e);
}

/* ---- Arrays: the shape is that of the first element at each depth */
struct shape {
	struct filler *f;
	const struct type *elem;
	int32_t typmod;
	const char *key;
	int ndim;
	int32_t dim[ARRAY_DIM_MAX];
	struct array_build out;
};

static int
fill_array_level(struct shape *s, struct json_val v, int level)
{
	struct json_val key, item;
	int n = json_count(v);

	if (s->dim[level] < 0)
		s->dim[level] = n;
	else if (s->dim[level] != n) {
		err_set(s->f->e, ERR_INVALID_TEXT_REPRESENTATION, "malformed JSON array");
		return err_detail(s->f->e, "Multidimensional arrays must have sub-arrays with matching dimensions.");
	}
	for (struct json_iter it = json_iter(v); json_next(&it, &key, &item); ) {
		union datum d = { 0 };
		bool null = false, array = json_kind(item) == JSON_ARRAY;
		if (s->ndim == 0 && (!array || level + 1 == ARRAY_DIM_MAX))
			s->ndim = level + 1;
		if (s->ndim != level + 1) {
			if (!array)
				return fail_not_array(s->f, s->key);
			int rc = fill_array_level(s, item, level + 1);
			if (rc != ERR_OK)
				return rc;
			continue;
		}
		int rc = fill_value(s->f, s->elem, s->typmod, item, s->key, &d, &null);
		if (rc != ERR_OK)
			return rc;
		array_build_add(&s->out, d, null);
	}
	if (s->ndim == 0)               /* an empty array decides the depth */
		s->ndim = level + 1;
	return ERR_OK;
}

static int
fill_array(struct filler *f, const struct type *t, int32_t typmod, struct json_val v,
           const char *key, union datum *ret)
{
	struct arena *a = fcall_arena(f->c);
	struct shape s = { .f = f, .elem = t->elem, .typmod = typmod, .key = key };
	int32_t lower[ARRAY_DIM_MAX];

	if (json_kind(v) == JSON_STRING)
		return fill_scalar(f, t, typmod, v, ret);
	if (json_kind(v) != JSON_ARRAY)
		return fail_not_array(f, key);
	for (int i = 0; i < ARRAY_DIM_MAX; i++) {
		s.dim[i] = -1;
		lower[i] = 1;
	}
	array_build_init(&s.out, a, t->elem);
	int rc = fill_array_level(&s, v, 0);
	if (rc != ERR_OK)
		return rc;
	if (s.out.n == 0) {
		ret->b = array_empty(a, t->elem);
		return ERR_OK;
	}
	return array_make_nd(a, t->elem, s.ndim, s.dim, lower, s.out.v, s.out.nulls, &ret->b, f->e);
}

/* ---- Rows */
/* base: the values to start from, NULL: nulls. */
static int
fill_columns(struct filler *f, const struct type *t, struct json_val v, const struct bytes *base,
             union datum *to, bool *nulls)
{
	struct record r;

	if (base != NULL)
		record_open(t, base, &r);
	for (int i = 0; i < t->nattrs; i++) {
		const struct type_attr *a = &t->attrs[i];
		const struct type *was = NULL;
		struct json_val m = json_get(v, a->name, strlen(a->name));
		nulls[i] = true;
		to[i] = (union datum) { 0 };
		if (m.p == NULL) {
			if (base != NULL && i < r.n)
				to[i] = record_get(&r, i, &was, &nulls[i]);
			continue;
		}
		int rc = fill_value(f, a->type, a->typmod, m, a->name, &to[i], &nulls[i]);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static union datum
make_row(struct fcall *c, const struct type *t, const union datum *v, const bool *nulls)
{
	const struct type **types = ARENA_ARRAY(fcall_arena(c), const struct type *, t->nattrs + 1);

	for (int i = 0; i < t->nattrs; i++)
		types[i] = t->attrs[i].type;
	return datum_bytes(record_make(fcall_arena(c), t->nattrs, types, v, nulls));
}

static int
fill_row(struct filler *f, const struct type *t, struct json_val v, const struct bytes *base,
         union datum *ret)
{
	struct arena *a = fcall_arena(f->c);
	union datum *values = ARENA_ARRAY(a, union datum, t->nattrs + 1);
	bool *nulls = ARENA_ARRAY(a, bool, t->nattrs + 1);
	int rc = fill_columns(f, t, v, base, values, nulls);

	if (rc == ERR_OK)
		*ret = make_row(f->c, t, values, nulls);
	return rc;
}

static int
fail_not_object(struct filler *f, enum json_kind kind)
{
	return err_set(f->e, ERR_INVALID_PARAMETER_VALUE, "cannot call populate_composite on %s",
	               kind == JSON_ARRAY ? "an array" : "a scalar");
}

static int
fill_value(struct filler *f, const struct type *t, int32_t typmod, struct json_val v,
           const char *key, union datum *ret, bool *ret_null)
{
	enum json_kind kind = json_kind(v);

	*ret_null = kind == JSON_NULL;
	if (*ret_null)
		return ERR_OK;
	if (f->depth >= DEPTH_MAX)
		return err_set(f->e, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
	f->depth++;
	int rc;
	if (type_is_array(t))
		rc = fill_array(f, t, typmod, v, key, ret);
	else if (t->kind == TYPE_COMPOSITE && kind != JSON_STRING)
		rc = kind == JSON_OBJECT ? fill_row(f, t, v, NULL, ret) : fail_not_object(f, kind);
	else
		rc = fill_scalar(f, t, typmod, v, ret);
	f->depth--;
	return rc;
}

/* ---- The functions.  Their row type is known from the call. */
static int
need_row_type(struct fcall *c, struct err *e)
{
	if (c->ret_type->nattrs > 0)
		return ERR_OK;
	if (c->func->args[0] != OID_ANYELEMENT) {
		(void) err_set(e, ERR_FEATURE_NOT_SUPPORTED,
		               "function returning record called in context that cannot accept type record");
		return err_hint(e, "Try calling the function in the FROM clause using a column definition list.");
	}
	if (c->ret_type->oid != OID_RECORD && c->ret_type->kind != TYPE_COMPOSITE)
		return err_set(e, ERR_DATATYPE_MISMATCH, "first argument of %s must be a row type",
		               c->func->name);
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "could not determine row type for result of %s",
	        c->func->name);
	return err_hint(e, "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.");
}

static int
one_row(struct fcall *c, union datum json, const struct bytes *base, union datum *ret,
        struct err *e)
{
	struct filler f = { .c = c, .e = e };
	struct json_val v = json_val(json.b);
	int rc = need_row_type(c, e);

	if (rc != ERR_OK)
		return rc;
	if (json_kind(v) != JSON_OBJECT)
		return fail_not_object(&f, json_kind(v));
	return fill_row(&f, c->ret_type, v, base, ret);
}

DEFINE_FUNC(fn_json_populate_record)
{
	if (nulls[1]) {
		*ret_null = nulls[0];
		*ret = args[0];
		return ERR_OK;
	}
	return one_row(c, args[1], nulls[0] ? NULL : args[0].b, ret, e);
}

DEFINE_FUNC(fn_json_to_record) { return one_row(c, args[0], NULL, ret, e); }

static int
all_rows(struct fcall *c, union datum json, const struct bytes *base, struct row_sink *to,
         struct err *e)
{
	struct filler f = { .c = c, .e = e };
	struct json_val key, item, v = json_val(json.b);
	const struct type *t = c->ret_type;
	static const bool not_null = false;
	int rc = need_row_type(c, e);

	if (rc != ERR_OK)
		return rc;
	if (json_kind(v) != JSON_ARRAY)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot call %s on %s", c->func->name,
		               c->func->args[c->func->nargs > 1] == OID_JSONB ? "a non-array"
		               : json_kind(v) == JSON_OBJECT                  ? "an object"
		                                                              : "a scalar");
	union datum *values = ARENA_ARRAY(fcall_arena(c), union datum, t->nattrs + 1);
	bool *nulls = ARENA_ARRAY(fcall_arena(c), bool, t->nattrs + 1);
	for (struct json_iter it = json_iter(v); json_next(&it, &key, &item); ) {
		if (json_kind(item) != JSON_OBJECT)
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "argument of %s must be an array of objects", c->func->name);
		rc = fill_columns(&f, t, item, base, values, nulls);
		if (rc != ERR_OK)
			return rc;
		union datum row = make_row(c, t, values, nulls);
		rc = to->push(to, &row, &not_null, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_json_populate_recordset)
{
	return nulls[1] ? ERR_OK : all_rows(c, args[1], nulls[0] ? NULL : args[0].b, to, e);
}

DEFINE_SRF(fn_json_to_recordset) { return nulls[0] ? ERR_OK : all_rows(c, args[0], NULL, to, e); }
