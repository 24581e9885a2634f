/* array_type.c - the methods of T[], int2vector, oidvector and anyarray. */
#include "config.h"
#include "core/type/array_impl.h"

#include "core/base/hash.h"
#include "core/type/int.h"
#include "core/type/key.h"
#include "core/type/ops.h"

static int
in_array(const struct type *t, struct type_env *env, const char *s, size_t len, int32_t typmod,
         union datum *ret, struct err *e)
{
	return array_parse(t->elem, env, s, len, typmod, &ret->b, e);
}

static void
out_array(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	array_put(t->elem, env, d.b, to);
}

/* ---- Binary form: dimensions, null flag, element oid; sizes and bounds; the elements */

static void
send_array(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	struct array a;
	union datum v;
	bool null;

	array_open(t->elem, d.b, &a);
	put_be32(to, (uint32_t) a.ndim);
	put_be32(to, a.nulls != NULL);
	put_be32(to, a.elem_oid);
	for (int i = 0; i < a.ndim; i++) {
		put_be32(to, (uint32_t) a.dim[i]);
		put_be32(to, (uint32_t) a.lower[i]);
	}
	for (struct array_iter it = array_iter(&a); array_next(&it, &v, &null); ) {
		size_t at = to->len;
		put_be32(to, UINT32_MAX);
		if (null)
			continue;
		t->elem->ops->send(t->elem, env, v, to);
		uint32_t len = __builtin_bswap32((uint32_t) (to->len - at - 4));
		memcpy(to->data + at, &len, sizeof len);
	}
}

static int
bad(struct err *e, const char *text)
{
	return err_set(e, ERR_INVALID_BINARY_REPRESENTATION, "%s", text);
}

static int
recv_head(const struct type *t, const unsigned char *p, size_t len, int *ret_ndim, int32_t *dim,
          int32_t *lower, struct err *e)
{
	if (len < 12)
		return bad_binary(e, 0, 1);
	int32_t ndim = (int32_t) get_be32(p), flags = (int32_t) get_be32(p + 4);
	oid_t elem = get_be32(p + 8);
	if (ndim < 0)
		return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "invalid number of dimensions: %d", ndim);
	if (ndim > ARRAY_DIM_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "number of array dimensions (%d) exceeds the maximum allowed (%d)",
			       ndim, ARRAY_DIM_MAX);
	if (flags != 0 && flags != 1)
		return bad(e, "invalid array flags");
	if (elem != t->elem->oid) {
		const struct type *got = type_lookup(elem);
		return err_set(
			e, ERR_DATATYPE_MISMATCH,
			"binary data has array element type %u (%s) instead of expected %u (%s)",
			elem, got != NULL ? type_sql_name(got) : "???", t->elem->oid,
			type_sql_name(t->elem));
	}
	if (len < 12 + 8 * (size_t) ndim)
		return bad_binary(e, 0, 1);
	for (int i = 0; i < ndim; i++) {
		dim[i] = (int32_t) get_be32(p + 12 + 8 * i);
		lower[i] = (int32_t) get_be32(p + 16 + 8 * i);
		if (dim[i] < 0)
			return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
				       "array size exceeds the maximum allowed (%d)",
				       ARRAY_ITEMS_MAX);
		if ((int64_t) lower[i] + dim[i] > INT32_MAX)
			return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			               "array lower bound is too large: %d", lower[i]);
	}
	*ret_ndim = ndim;
	return ERR_OK;
}

static int
recv_array(const struct type *t, struct type_env *env, const void *at, size_t len, int32_t typmod,
           union datum *ret, struct err *e)
{
	int32_t dim[ARRAY_DIM_MAX], lower[ARRAY_DIM_MAX];
	const unsigned char *p = at, *end = p + len;
	struct array_build all;
	int ndim = 0, n = 0;

	int rc = recv_head(t, p, len, &ndim, dim, lower, e);
	if (rc == ERR_OK)
		rc = array_count_items(ndim, dim, &n, e);
	if (rc != ERR_OK)
		return rc;
	array_build_init(&all, env->arena, t->elem);
	p += 12 + 8 * ndim;
	for (int i = 0; i < n; i++) {
		union datum d = { .u = 0 };
		if (end - p < 4)
			return bad_binary(e, 0, 1);
		int32_t size = (int32_t) get_be32(p);
		p += 4;
		if (size < -1 || size > end - p)
			return bad(e, "insufficient data left in message");
		if (size >= 0) {
			rc = t->elem->ops->recv(t->elem, env, p, (size_t) size, typmod, &d, e);
			if (rc != ERR_OK)
				return rc;
			p += size;
		}
		array_build_add_own(&all, d, size < 0);
	}
	if (p != end)
		return bad(e, "incorrect binary data format");
	return array_make_nd(env->arena, t->elem, n == 0 ? 0 : ndim, dim, lower, all.v,
	                     all.any_null ? all.nulls : NULL, &ret->b, e);
}

/* ---- Order */

static int
cmp_array(const struct type *t, union datum a, union datum b)
{
	return array_cmp(t->elem, a.b, b.b);
}

static uint64_t
hash_array(const struct type *t, union datum d)
{
	struct array a;
	union datum v;
	bool null;
	uint64_t h = 1;

	array_open(t->elem, d.b, &a);
	for (struct array_iter it = array_iter(&a); array_next(&it, &v, &null); )
		h = hash_mix(h, null ? 0 : t->elem->ops->hash(t->elem, v));
	return h;
}

/* Elements as 02 key or 03 (null, above all), then 01 and the shape. */
static void
key_array(const struct type *t, union datum d, struct strbuf *to)
{
	struct array a;
	union datum v;
	bool null;

	array_open(t->elem, d.b, &a);
	for (struct array_iter it = array_iter(&a); array_next(&it, &v, &null); ) {
		strbuf_putc(to, null ? 3 : 2);
		if (!null)
			t->elem->ops->key(t->elem, v, to);
	}
	strbuf_putc(to, 1);
	strbuf_putc(to, (char) a.ndim);
	for (int i = 0; i < a.ndim; i++)
		key_put_int(to, a.dim[i], 4);
	for (int i = 0; i < a.ndim; i++)
		key_put_int(to, a.lower[i], 4);
}

/* ---- typmod: each element's */

static int
coerce_array(const struct type *t, struct type_env *env, union datum d, int32_t typmod,
             bool explicit_cast, union datum *ret, struct err *e)
{
	struct array a;
	union datum *v;
	bool *nulls;

	if (t->elem->ops->coerce == NULL || typmod < 0) {
		*ret = d;
		return ERR_OK;
	}
	array_open(t->elem, d.b, &a);
	array_to_datums(&a, env->arena, &v, &nulls);
	for (int i = 0; i < a.n; i++) {
		if (nulls[i])
			continue;
		int rc = t->elem->ops->coerce(t->elem, env, v[i], typmod, explicit_cast, &v[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return array_make_nd(env->arena, t->elem, a.ndim, a.dim, a.lower, v, nulls, &ret->b, e);
}

static int
typmod_in_array(const struct type *t, const int32_t *args, int n, int32_t *ret, struct err *e)
{
	if (t->elem->ops->typmod_in == NULL)
		return err_set(e, ERR_SYNTAX_ERROR, "type modifier is not allowed for type \"%s\"",
		               t->elem->name);
	return t->elem->ops->typmod_in(t->elem, args, n, ret, e);
}

static void
typmod_out_array(const struct type *t, int32_t typmod, struct strbuf *to)
{
	if (t->elem->ops->typmod_out != NULL)
		t->elem->ops->typmod_out(t->elem, typmod, to);
}

const struct type_ops type_ops_array = {
	.in = in_array, .out = out_array, .recv = recv_array, .send = send_array,
	.cmp = cmp_array, .hash = hash_array, .key = key_array,
	.coerce = coerce_array, .typmod_in = typmod_in_array, .typmod_out = typmod_out_array,
};

/* ---- int2vector, oidvector: arrays from 0, without nulls, shown as numbers and spaces */

static int
in_vector(const struct type *t, struct type_env *env, const char *s, size_t len,
          int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	struct array_build all;
	const char *p = s, *end = s + len;
	int32_t lower = 0;

	array_build_init(&all, env->arena, t->elem);
	for (;;) {
		union datum d;
		while (p < end && ascii_space(*p))
			p++;
		if (p == end)
			break;
		const char *word = p;
		while (p < end && !ascii_space(*p))
			p++;
		int rc = t->elem->ops->in(t->elem, env, word, (size_t) (p - word), -1, &d, e);
		if (rc != ERR_OK)
			return rc;
		array_build_add_own(&all, d, false);
	}
	return array_make_nd(env->arena, t->elem, 1, &all.n, &lower, all.v, NULL, &ret->b, e);
}

static void
out_vector(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	struct array a;
	union datum v;
	bool null;

	array_open(t->elem, d.b, &a);
	for (struct array_iter it = array_iter(&a); array_next(&it, &v, &null); ) {
		if (it.i > 1)
			strbuf_putc(to, ' ');
		t->elem->ops->out(t->elem, env, v, to);
	}
}

/* Shorter vectors come first, as oidvector's operators have it. */
static int
cmp_vector(const struct type *t, union datum a, union datum b)
{
	int na = array_count(a.b), nb = array_count(b.b);

	return na != nb ? (na < nb ? -1 : 1) : array_cmp(t->elem, a.b, b.b);
}

static void
key_vector(const struct type *t, union datum d, struct strbuf *to)
{
	key_put_int(to, array_count(d.b), 4);
	key_array(t, d, to);
}

const struct type_ops type_ops_vector = {
	.in = in_vector, .out = out_vector, .recv = recv_array, .send = send_array,
	.cmp = cmp_vector, .hash = hash_array, .key = key_vector,
};

/* ---- anyarray: columns of statistics views; the value tells its element type */

static int
in_any(const struct type *t, struct type_env *env UNUSED, const char *s UNUSED, size_t len UNUSED,
       int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", t->name);
}

static int
recv_any(const struct type *t, struct type_env *env UNUSED, const void *p UNUSED, size_t len UNUSED,
         int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", t->name);
}

static void
out_any(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	const struct type *elem = type_lookup(array_elem_oid(d.b));

	if (elem != NULL)
		array_put(elem, env, d.b, to);
}

static void
send_any(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	const struct type *elem = type_lookup(array_elem_oid(d.b));
	struct type array = { .elem = elem };

	if (elem != NULL)
		send_array(&array, env, d, to);
}

const struct type_ops type_ops_anyarray = {
	.in = in_any, .out = out_any, .recv = recv_any, .send = send_any,
};
