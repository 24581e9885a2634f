/* enum.c - enums: the value is the label's oid, the order that of the labels in the type. */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"
#include "core/type/text.h"

static const struct enum_label *
label_of(const struct type *t, oid_t oid)
{
	for (int i = 0; i < t->nlabels; i++)
		if (t->labels[i].oid == oid)
			return &t->labels[i];
	return NULL;
}

static const char *
enum_name(const struct type *t)
{
	return t->kind == TYPE_DOMAIN && t->base != NULL ? enum_name(t->base) : t->name;
}

static int
in_enum(const struct type *t, struct type_env *env UNUSED, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	for (int i = 0; i < t->nlabels; i++) {
		const char *name = t->labels[i].name;
		if (strlen(name) == len && memcmp(name, s, len) == 0) {
			ret->u = t->labels[i].oid;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID_TEXT_REPRESENTATION,
		       "invalid input value for enum %s: \"%.*s\"", enum_name(t), (int) len, s);
}

static void
out_enum(const struct type *t, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	const struct enum_label *l = label_of(t, (oid_t) d.u);

	if (l != NULL)
		strbuf_puts(to, l->name);
	else
		strbuf_int(to, (int64_t) d.u);  /* a label of a newer catalog than ours */
}

static int
recv_enum(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
          union datum *ret, struct err *e)
{
	int rc = utf8_check(p, len, e);

	return rc != ERR_OK ? rc : in_enum(t, env, p, len, typmod, ret, e);
}

static int
cmp_enum(const struct type *t, union datum a, union datum b)
{
	if (a.u == b.u)
		return 0;
	const struct enum_label *x = label_of(t, (oid_t) a.u), *y = label_of(t, (oid_t) b.u);
	if (x != NULL && y != NULL && x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return a.u < b.u ? -1 : 1;
}

static uint64_t
hash_enum(const struct type *t UNUSED, union datum d)
{
	return hash_u64(d.u);
}

/* Sort order, then oid: labels added later stand between their neighbours. */
static void
key_enum(const struct type *t, union datum d, struct strbuf *to)
{
	const struct enum_label *l = label_of(t, (oid_t) d.u);

	key_put_double(to, l != NULL ? l->order : 0);
	key_put_uint(to, d.u, 4);
}

static size_t
unkey_enum(const struct type *t UNUSED, struct arena *a UNUSED, const void *p, size_t len,
	   union datum *ret)
{
	return len < 12 ? 0 : 8 + key_get_uint((const char *) p + 8, 4, 4, &ret->u);
}

const struct type_ops type_ops_enum = {
	.in = in_enum, .out = out_enum, .recv = recv_enum, .send = out_enum,
	.cmp = cmp_enum, .hash = hash_enum, .key = key_enum, .unkey = unkey_enum,
};
