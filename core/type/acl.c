/* acl.c - aclitem's methods: `grantee=rights/grantor`, a star after what may be granted on. */
#include "config.h"
#include "core/type/acl.h"

#include "core/base/hash.h"
#include "core/type/ops.h"

/* A role's name, perhaps in double quotes; returns where it ends. */
static const char *
read_name(const char *p, const char *end, struct strbuf *to)
{
	bool quoted = false;

	strbuf_clear(to);
	for (; p < end; p++) {
		if (*p == '"') {
			if (quoted && p + 1 < end && p[1] == '"')
				strbuf_putc(to, *p++);
			else
				quoted = !quoted;
		} else if (quoted || *p == '_' || (unsigned char) *p >= 0x80 ||
			   (*p >= '0' && *p <= '9') ||
			   (ascii_lower(*p) >= 'a' && ascii_lower(*p) <= 'z')) {
			strbuf_putc(to, *p);
		} else {
			break;
		}
	}
	return p;
}

static int
role_of(struct type_env *env, const char *name, oid_t *ret, struct err *e)
{
	if (env->names == NULL || env->names->lookup == NULL)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "roles cannot be looked up here");
	return env->names->lookup(env->names, OID_REGROLE, name, ret, e);
}

static int
bad_acl(struct err *e, const char *text)
{
	return err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "%s", text);
}

static int
in_acl(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	struct aclitem v = { 0 };
	const char *p = s, *end = s + len;
	struct strbuf name;
	unsigned last = 0;

	strbuf_init(&name, env->arena);
	while (p < end && ascii_space(*p))
		p++;
	p = read_name(p, end, &name);
	if (p == end || *p != '=')
		return bad_acl(e, "missing \"=\" sign");
	if (name.len != 0) {
		int rc = role_of(env, name.data, &v.grantee, e);
		if (rc != ERR_OK)
			return rc;
	}
	for (p++; p < end && *p != '/' && !ascii_space(*p); p++) {
		const char *at = strchr(ACL_LETTERS, *p);
		if (*p == '*') {
			v.grant_options = (uint16_t) (v.grant_options | last);
			continue;
		}
		if (at == NULL)
			return err_set(e, ERR_INVALID_TEXT_REPRESENTATION,
				       "invalid mode character: must be one of \"%s\"",
				       ACL_LETTERS);
		last = 1U << (at - ACL_LETTERS);
		v.rights = (uint16_t) (v.rights | last);
	}
	if (p < end && *p == '/') {
		p = read_name(p + 1, end, &name);
		if (name.len == 0)
			return bad_acl(e, "a name must follow the \"/\" sign");
		int rc = role_of(env, name.data, &v.grantor, e);
		if (rc != ERR_OK)
			return rc;
	}
	while (p < end && ascii_space(*p))
		p++;
	if (p != end)
		return bad_acl(e, "extra garbage at the end of the ACL specification");
	*ret = acl_datum(env->arena, v);
	return ERR_OK;
}

static void
put_role(struct type_env *env, oid_t role, struct strbuf *to)
{
	if (env != NULL && env->names != NULL && env->names->show != NULL)
		env->names->show(env->names, OID_REGROLE, role, to);
	else
		strbuf_int(to, role);
}

static void
out_acl(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	struct aclitem v = acl_get(d);

	if (v.grantee != 0)
		put_role(env, v.grantee, to);
	strbuf_putc(to, '=');
	for (int i = 0; ACL_LETTERS[i] != '\0'; i++) {
		if ((v.rights & 1 << i) != 0)
			strbuf_putc(to, ACL_LETTERS[i]);
		if ((v.grant_options & 1 << i) != 0)
			strbuf_putc(to, '*');
	}
	strbuf_putc(to, '/');
	put_role(env, v.grantor, to);
}

static int
recv_acl(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p UNUSED,
	 size_t len UNUSED, int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_UNDEFINED_FUNCTION,
		       "no binary input function available for type aclitem");
}

static int
cmp_acl(const struct type *t UNUSED, union datum a, union datum b)
{
	int c = memcmp(a.b->data, b.b->data, sizeof(struct aclitem));

	return c < 0 ? -1 : c > 0;
}

static uint64_t
hash_acl(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(d.b->data, sizeof(struct aclitem));
}

/* There is no binary form; send gives the text. */
const struct type_ops type_ops_aclitem = {
	.in = in_acl,
	.out = out_acl,
	.recv = recv_acl,
	.send = out_acl,
	.cmp = cmp_acl,
	.hash = hash_acl,
};
