/* reg.c - regclass, regtype, regproc, ...: oids that are read and shown as names.
 *
 * The names are the session's to find (env->names): a search path and a catalog are above
 * this layer.  Without a resolver only numbers and "-" are understood.
 *
 * Also here: the pseudo-types, which have no values, and void, which has one. */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/int.h"
#include "core/type/key.h"
#include "core/type/ops.h"

/* What is looked up, also through a domain. */
static oid_t
reg_kind(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN && t->base != NULL)
		t = t->base;
	return t->oid;
}

static int
in_reg(const struct type *t, struct type_env *env, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	oid_t oid;

	if (len == 1 && s[0] == '-') {
		ret->u = 0;
		return ERR_OK;
	}
	size_t digits = 0;
	while (digits < len && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	if (len > 0 && digits == len) {
		int rc = oid_parse(s, len, &oid, e);
		if (rc == ERR_OK)
			ret->u = oid;
		return rc;
	}
	if (env == NULL || env->names == NULL || env->names->lookup == NULL)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "names of type %s cannot be looked up here", t->name);
	ARENA_AUTO struct arena tmp = { 0 };
	int rc = env->names->lookup(env->names, reg_kind(t), arena_strndup(&tmp, s, len), &oid, e);
	if (rc == ERR_OK)
		ret->u = oid;
	return rc;
}

static void
out_reg(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	if (d.u == 0)
		strbuf_putc(to, '-');
	else if (env != NULL && env->names != NULL && env->names->show != NULL)
		env->names->show(env->names, reg_kind(t), (oid_t) d.u, to);
	else
		int_put_unsigned(d.u, to);
}

static int
recv_reg(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
         int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len != 4)
		return bad_binary(e, len, 4);
	ret->u = get_be32(p);
	return ERR_OK;
}

static void
send_reg(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	put_be32(to, (uint32_t) d.u);
}

static int
cmp_reg(const struct type *t UNUSED, union datum a, union datum b)
{
	return a.u < b.u ? -1 : a.u > b.u;
}

static uint64_t
hash_reg(const struct type *t UNUSED, union datum d)
{
	return hash_u64(d.u);
}

static void
key_reg(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	key_put_uint(to, d.u, 4);
}

static size_t
unkey_reg(const struct type *t UNUSED, struct arena *a UNUSED, const void *p, size_t len,
	  union datum *ret)
{
	return key_get_uint(p, len, 4, &ret->u);
}

const struct type_ops type_ops_reg = {
	.in = in_reg, .out = out_reg, .recv = recv_reg, .send = send_reg,
	.cmp = cmp_reg, .hash = hash_reg, .key = key_reg, .unkey = unkey_reg,
};

/* ---- Pseudo-types */

static int
in_pseudo(const struct type *t, struct type_env *env UNUSED, const char *s UNUSED,
	  size_t len UNUSED, int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", t->name);
}

static int
recv_pseudo(const struct type *t, struct type_env *env UNUSED, const void *p UNUSED,
	    size_t len UNUSED, int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", t->name);
}

static void
show_nothing(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d UNUSED,
             struct strbuf *to UNUSED)
{
}

const struct type_ops type_ops_pseudo = {
	.in = in_pseudo, .out = show_nothing, .recv = recv_pseudo, .send = show_nothing,
};

static int
in_void(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s UNUSED,
        size_t len UNUSED, int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	ret->u = 0;
	return ERR_OK;
}

static int
recv_void(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p UNUSED,
          size_t len UNUSED, int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	ret->u = 0;
	return ERR_OK;
}

const struct type_ops type_ops_void = {
	.in = in_void, .out = show_nothing, .recv = recv_void, .send = show_nothing,
};
