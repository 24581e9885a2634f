/* string.c - types whose value is text: text, varchar(n), char(n), name, and the relatives
 * unknown, cstring, refcursor, pg_node_tree.
 *
 * typmod of varchar and char is n + 4, as PostgreSQL keeps it.
 *
 * Not here: UTF-8 itself (text.c), operators (core/func). */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"
#include "core/type/text.h"

enum { NAME_MAX_BYTES = 63, CHAR_LENGTH_MAX = 10485760 };

static int
in_text(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	*ret = datum_bytes(bytes_make(env->arena, s, len));
	return ERR_OK;
}

static void
out_text(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

static int
recv_text(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
          union datum *ret, struct err *e)
{
	int rc = utf8_check(p, len, e);

	if (rc != ERR_OK)
		return rc;
	return t->ops->in(t, env, p, len, typmod, ret, e);
}

static int
compare(const char *a, size_t na, const char *b, size_t nb)
{
	int c = memcmp(a, b, na < nb ? na : nb);

	if (c == 0)
		return na < nb ? -1 : na > nb;
	return c < 0 ? -1 : 1;
}

static int
cmp_text(const struct type *t UNUSED, union datum a, union datum b)
{
	return compare(bytes_data(a.b), bytes_len(a.b), bytes_data(b.b), bytes_len(b.b));
}

static uint64_t
hash_text(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(bytes_data(d.b), bytes_len(d.b));
}

static void
key_text(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	key_put_bytes(to, bytes_data(d.b), bytes_len(d.b));
}

static size_t
unkey_text(const struct type *t UNUSED, struct arena *a, const void *p, size_t len,
	   union datum *ret)
{
	return key_read_bytes(p, len, a, &ret->b);
}

#define TEXT_METHODS \
	.in = in_text, .out = out_text, .recv = recv_text, .send = out_text, \
	.cmp = cmp_text, .hash = hash_text, .key = key_text, .unkey = unkey_text

const struct type_ops type_ops_text = { TEXT_METHODS };
const struct type_ops type_ops_unknown = { TEXT_METHODS };
const struct type_ops type_ops_cstring = { TEXT_METHODS };
const struct type_ops type_ops_refcursor = {
	.in = in_text, .out = out_text, .recv = recv_text, .send = out_text,
	.cmp = cmp_text, .hash = hash_text,
};

static int
in_node_tree(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s UNUSED,
             size_t len UNUSED, int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type pg_node_tree");
}

static int
recv_node_tree(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p UNUSED,
               size_t len UNUSED, int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type pg_node_tree");
}

const struct type_ops type_ops_node_tree = {
	.in = in_node_tree, .out = out_text, .recv = recv_node_tree, .send = out_text,
	.cmp = cmp_text, .hash = hash_text, .key = key_text, .unkey = unkey_text,
};

/* ---- varchar(n) and char(n) */

static int
typmod_in_length(const struct type *t, const int32_t *args, int n, int32_t *ret, struct err *e)
{
	const char *name = t->oid == OID_BPCHAR ? "char" : "varchar";

	if (n != 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid type modifier");
	if (args[0] < 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "length for type %s must be at least 1", name);
	if (args[0] > CHAR_LENGTH_MAX)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "length for type %s cannot exceed %d", name, CHAR_LENGTH_MAX);
	*ret = args[0] + 4;
	return ERR_OK;
}

static void
typmod_out_length(const struct type *t UNUSED, int32_t typmod, struct strbuf *to)
{
	if (typmod > 4) {
		strbuf_putc(to, '(');
		strbuf_int(to, typmod - 4);
		strbuf_putc(to, ')');
	}
}

/* Where text must be cut for a limit of n characters; 22001 if more than spaces would go. */
static int
fit(const char *s, size_t len, size_t n, bool may_cut, const char *type, size_t *ret, struct err *e)
{
	size_t cut = len <= n ? len : utf8_offset(s, len, n);

	if (!may_cut)
		for (size_t i = cut; i < len; i++)
			if (s[i] != ' ')
				return err_set(e, ERR_STRING_DATA_RIGHT_TRUNCATION,
				               "value too long for type %s(%zu)", type, n);
	*ret = cut;
	return ERR_OK;
}

static int
make_varchar(struct arena *a, const char *s, size_t len, int32_t typmod, bool may_cut,
             union datum *ret, struct err *e)
{
	if (typmod > 4) {
		int rc = fit(s, len, (size_t) (typmod - 4), may_cut, "character varying", &len, e);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = datum_bytes(bytes_make(a, s, len));
	return ERR_OK;
}

static int
in_varchar(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
           int32_t typmod, union datum *ret, struct err *e)
{
	return make_varchar(env->arena, s, len, typmod, false, ret, e);
}

static int
coerce_varchar(const struct type *t UNUSED, struct type_env *env, union datum d, int32_t typmod,
               bool explicit_cast, union datum *ret, struct err *e)
{
	if (typmod <= 4 || bytes_len(d.b) <= (size_t) (typmod - 4)) {
		*ret = d;
		return ERR_OK;
	}
	return make_varchar(env->arena, bytes_data(d.b), bytes_len(d.b), typmod, explicit_cast, ret,
			    e);
}

const struct type_ops type_ops_varchar = {
	.in = in_varchar, .out = out_text, .recv = recv_text, .send = out_text,
	.cmp = cmp_text, .hash = hash_text, .key = key_text, .unkey = unkey_text,
	.coerce = coerce_varchar, .typmod_in = typmod_in_length, .typmod_out = typmod_out_length,
};

static int
make_bpchar(struct arena *a, const char *s, size_t len, int32_t typmod, bool may_cut,
            union datum *ret, struct err *e)
{
	size_t pad = 0;

	if (typmod > 4) {
		size_t n = (size_t) (typmod - 4), chars = utf8_length(s, len);
		if (chars > n) {
			int rc = fit(s, len, n, may_cut, "character", &len, e);
			if (rc != ERR_OK)
				return rc;
		} else {
			pad = n - chars;
		}
	}
	struct bytes *b = bytes_make(a, NULL, len + pad);
	if (len != 0)
		memcpy(b->data, s, len);
	memset(b->data + len, ' ', pad);
	*ret = datum_bytes(b);
	return ERR_OK;
}

static int
in_bpchar(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
          int32_t typmod, union datum *ret, struct err *e)
{
	return make_bpchar(env->arena, s, len, typmod, false, ret, e);
}

static int
coerce_bpchar(const struct type *t UNUSED, struct type_env *env, union datum d, int32_t typmod,
              bool explicit_cast, union datum *ret, struct err *e)
{
	return make_bpchar(env->arena, bytes_data(d.b), bytes_len(d.b), typmod, explicit_cast, ret,
			   e);
}

/* Trailing spaces of char(n) mean nothing. */
static size_t
true_length(const struct bytes *b)
{
	size_t n = bytes_len(b);

	while (n > 0 && b->data[n - 1] == ' ')
		n--;
	return n;
}

static int
cmp_bpchar(const struct type *t UNUSED, union datum a, union datum b)
{
	return compare(bytes_data(a.b), true_length(a.b), bytes_data(b.b), true_length(b.b));
}

static uint64_t
hash_bpchar(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(bytes_data(d.b), true_length(d.b));
}

static void
key_bpchar(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	key_put_bytes(to, bytes_data(d.b), true_length(d.b));
}

const struct type_ops type_ops_bpchar = {
	.in = in_bpchar, .out = out_text, .recv = recv_text, .send = out_text,
	.cmp = cmp_bpchar, .hash = hash_bpchar, .key = key_bpchar,
	.coerce = coerce_bpchar, .typmod_in = typmod_in_length, .typmod_out = typmod_out_length,
};

/* ---- name: cut at 63 bytes, between characters */

static int
in_name(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	*ret = datum_bytes(bytes_make(env->arena, s, utf8_clip(s, len, NAME_MAX_BYTES)));
	return ERR_OK;
}

static int
recv_name(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
          union datum *ret, struct err *e)
{
	if (len > NAME_MAX_BYTES) {
		(void) err_set(e, ERR_NAME_TOO_LONG, "identifier too long");
		return err_detail(e, "Identifier must be less than %d characters.",
				  NAME_MAX_BYTES + 1);
	}
	return recv_text(t, env, p, len, typmod, ret, e);
}

const struct type_ops type_ops_name = {
	.in = in_name, .out = out_text, .recv = recv_name, .send = out_text,
	.cmp = cmp_text, .hash = hash_text, .key = key_text, .unkey = unkey_text,
};
