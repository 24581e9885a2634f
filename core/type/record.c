/* record.c - the record value and its methods.
 *
 * Text is `(1,"a b",)`: a null is nothing between commas. */
#include "config.h"
#include "core/type/record.h"

#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"

enum { FIELD_NULL, FIELD_WORD, FIELD_BYTES, FIELD_HEAD = 5 };

void
record_open(const struct type *t, const struct bytes *b, struct record *ret)
{
	uint32_t n;

	memcpy(&n, b->data, sizeof n);
	*ret = (struct record){
		.type = t, .n = (int) n, .data = b->data + sizeof n, .p = b->data + sizeof n
	};
}

int
record_count(const struct bytes *b)
{
	uint32_t n;

	memcpy(&n, b->data, sizeof n);
	return (int) n;
}

static const char *
skip_field(const char *p)
{
	char kind = p[4];

	p += FIELD_HEAD;
	return kind == FIELD_NULL   ? p
	       : kind == FIELD_WORD ? p + 8
				    : p + 4 + bytes_len((const struct bytes *) p);
}

union datum
record_get(struct record *r, int i, const struct type **ret_type, bool *ret_null)
{
	union datum d = { .u = 0 };
	uint32_t oid;

	if (i < r->at) {
		r->at = 0;
		r->p = r->data;
	}
	for (; r->at < i; r->at++)
		r->p = skip_field(r->p);
	memcpy(&oid, r->p, sizeof oid);
	*ret_null = r->p[4] == FIELD_NULL;
	if (r->type != NULL && i < r->type->nattrs && r->type->attrs[i].type->oid == oid)
		*ret_type = r->type->attrs[i].type;
	else
		*ret_type = type_lookup(oid);
	if (r->p[4] == FIELD_WORD)
		memcpy(&d.u, r->p + FIELD_HEAD, 8);
	else if (r->p[4] == FIELD_BYTES)
		d.b = (const struct bytes *) (r->p + FIELD_HEAD);
	return d;
}

const struct bytes *
record_make(struct arena *a, int n, const struct type *const *types, const union datum *v,
	    const bool *nulls)
{
	size_t size = 4;
	uint32_t count = (uint32_t) n;

	for (int i = 0; i < n; i++)
		size += FIELD_HEAD + (nulls[i] ? 0 : types[i]->byval ? 8 : 4 + bytes_len(v[i].b));
	struct bytes *b = bytes_make(a, NULL, size);
	char *p = b->data;
	memcpy(p, &count, 4);
	p += 4;
	for (int i = 0; i < n; i++) {
		memcpy(p, &types[i]->oid, 4);
		p[4] = nulls[i] ? FIELD_NULL : types[i]->byval ? FIELD_WORD : FIELD_BYTES;
		p += FIELD_HEAD;
		if (nulls[i])
			continue;
		size_t len = types[i]->byval ? 8 : 4 + bytes_len(v[i].b);
		memcpy(p, types[i]->byval ? (const void *) &v[i].u : (const void *) v[i].b, len);
		p += len;
	}
	return b;
}

struct type *
type_make_record(struct arena *a, const struct type_attr *attrs, int n)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = *type_builtin(OID_RECORD);
	t->attrs = attrs;
	t->nattrs = n;
	return t;
}

/* ---- Text */

static int
malformed(struct err *e, const char *s, size_t len, const char *detail)
{
	(void) err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "malformed record literal: \"%.*s\"",
		       (int) len, s);
	return err_detail(e, "%s", detail);
}

/* One column's text at p, unescaped; NULL on a missing end. */
static const char *
read_column(const char *p, const char *end, struct strbuf *to)
{
	bool quoted = false;

	strbuf_clear(to);
	for (; quoted || p == end || (*p != ',' && *p != ')'); p++) {
		if (p == end)
			return NULL;
		if (*p == '\\') {
			if (++p == end)
				return NULL;
			strbuf_putc(to, *p);
		} else if (*p == '"') {
			if (quoted && p + 1 < end && p[1] == '"')
				strbuf_putc(to, *++p);
			else
				quoted = !quoted;
		} else {
			strbuf_putc(to, *p);
		}
	}
	return p;
}

static int
in_record(const struct type *t, struct type_env *env, const char *s, size_t len,
	  int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	const char *p = s, *end = s + len;
	int n = t->nattrs;

	if (n == 0 && t->oid == OID_RECORD)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "input of anonymous composite types is not implemented");
	union datum *v = ARENA_ARRAY(env->arena, union datum, n + 1);
	bool *nulls = ARENA_ARRAY(env->arena, bool, n + 1);
	const struct type **types = ARENA_ARRAY(env->arena, const struct type *, n + 1);
	struct strbuf text;
	strbuf_init(&text, env->arena);
	while (p < end && ascii_space(*p))
		p++;
	if (p == end || *p != '(')
		return malformed(e, s, len, "Missing left parenthesis.");
	p++;
	for (int i = 0; i < n; i++) {
		types[i] = t->attrs[i].type;
		if (i > 0 && (p == end || *p != ','))
			return malformed(e, s, len, "Too few columns.");
		if (i > 0)
			p++;
		nulls[i] = p < end && (*p == ',' || *p == ')');
		if (nulls[i])
			continue;
		p = read_column(p, end, &text);
		if (p == NULL)
			return malformed(e, s, len, "Unexpected end of input.");
		int rc = types[i]->ops->in(types[i], env, text.data, text.len, t->attrs[i].typmod,
					   &v[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	if (p == end || *p != ')')
		return malformed(e, s, len, "Too many columns.");
	for (p++; p < end; p++)
		if (!ascii_space(*p))
			return malformed(e, s, len, "Junk after right parenthesis.");
	*ret = datum_bytes(record_make(env->arena, n, types, v, nulls));
	return ERR_OK;
}

static void
put_column(const char *s, size_t len, struct strbuf *to)
{
	bool quote = len == 0;

	for (size_t i = 0; i < len && !quote; i++)
		quote = s[i] == '"' || s[i] == '\\' || s[i] == '(' || s[i] == ')' || s[i] == ',' ||
			ascii_space(s[i]);
	if (!quote) {
		strbuf_add(to, s, len);
		return;
	}
	strbuf_putc(to, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			strbuf_putc(to, s[i]);
		strbuf_putc(to, s[i]);
	}
	strbuf_putc(to, '"');
}

static void
out_record(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct strbuf text;
	struct record r;

	record_open(t, d.b, &r);
	strbuf_init(&text, &tmp);
	strbuf_putc(to, '(');
	for (int i = 0; i < r.n; i++) {
		const struct type *ft;
		bool null;
		union datum v = record_get(&r, i, &ft, &null);
		if (i > 0)
			strbuf_putc(to, ',');
		if (null || ft == NULL)
			continue;
		strbuf_clear(&text);
		ft->ops->out(ft, env, v, &text);
		put_column(text.data, text.len, to);
	}
	strbuf_putc(to, ')');
}

/* ---- Binary: the number of columns; each with its oid, length and bytes */

static void
send_record(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	struct record r;

	record_open(t, d.b, &r);
	put_be32(to, (uint32_t) r.n);
	for (int i = 0; i < r.n; i++) {
		const struct type *ft;
		bool null;
		union datum v = record_get(&r, i, &ft, &null);
		put_be32(to, ft != NULL ? ft->oid : 0);
		size_t at = to->len;
		put_be32(to, UINT32_MAX);
		if (null || ft == NULL)
			continue;
		ft->ops->send(ft, env, v, to);
		uint32_t len = __builtin_bswap32((uint32_t) (to->len - at - 4));
		memcpy(to->data + at, &len, sizeof len);
	}
}

static int
recv_column(const struct type *t, struct type_env *env, const char **p, const char *end, int i,
            union datum *ret, bool *ret_null, struct err *e)
{
	const struct type_attr *attr = &t->attrs[i];

	if (end - *p < 8)
		return bad_binary(e, 0, 1);
	oid_t oid = get_be32(*p);
	int32_t len = (int32_t) get_be32(*p + 4);
	*p += 8;
	if (oid != attr->type->oid) {
		const struct type *got = type_lookup(oid);
		return err_set(e, ERR_DATATYPE_MISMATCH,
			       "binary data has type %u (%s) instead of expected %u (%s) in record "
			       "column %d",
			       oid, got != NULL ? type_sql_name(got) : "???", attr->type->oid,
			       type_sql_name(attr->type), i + 1);
	}
	*ret_null = len == -1;
	if (len == -1)
		return ERR_OK;
	if (len < 0 || len > end - *p)
		return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "insufficient data left in message");
	int rc = attr->type->ops->recv(attr->type, env, *p, (size_t) len, attr->typmod, ret, e);
	*p += len;
	return rc;
}

static int
recv_record(const struct type *t, struct type_env *env, const void *at, size_t len,
	    int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	const char *p = at, *end = p + len;
	int n = t->nattrs;

	if (n == 0 && t->oid == OID_RECORD)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "input of anonymous composite types is not implemented");
	if (len < 4)
		return bad_binary(e, len, 4);
	if ((int32_t) get_be32(p) != n)
		return err_set(e, ERR_DATATYPE_MISMATCH, "wrong number of columns: %d, expected %d",
		               (int32_t) get_be32(p), n);
	p += 4;
	union datum *v = ARENA_ARRAY(env->arena, union datum, n + 1);
	bool *nulls = ARENA_ARRAY(env->arena, bool, n + 1);
	const struct type **types = ARENA_ARRAY(env->arena, const struct type *, n + 1);
	for (int i = 0; i < n; i++) {
		types[i] = t->attrs[i].type;
		int rc = recv_column(t, env, &p, end, i, &v[i], &nulls[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	if (p != end)
		return bad_binary(e, 1, 0);
	*ret = datum_bytes(record_make(env->arena, n, types, v, nulls));
	return ERR_OK;
}

/* ---- Order: column by column, nulls equal to each other and above all else */

static int
cmp_record(const struct type *t, union datum a, union datum b)
{
	struct record x, y;

	record_open(t, a.b, &x);
	record_open(t, b.b, &y);
	for (int i = 0; i < x.n && i < y.n; i++) {
		const struct type *tx, *ty;
		bool nx, ny;
		union datum u = record_get(&x, i, &tx, &nx), v = record_get(&y, i, &ty, &ny);
		if (nx || ny) {
			if (nx != ny)
				return nx ? 1 : -1;
			continue;
		}
		if (tx == NULL || ty == NULL || tx->oid != ty->oid || tx->ops->cmp == NULL)
			return tx == NULL || ty == NULL ? 0
			       : tx->oid < ty->oid      ? -1
							: tx->oid > ty->oid;
		int c = tx->ops->cmp(tx, u, v);
		if (c != 0)
			return c;
	}
	return x.n < y.n ? -1 : x.n > y.n;
}

static uint64_t
hash_record(const struct type *t, union datum d)
{
	struct record r;
	uint64_t h = 0;

	record_open(t, d.b, &r);
	for (int i = 0; i < r.n; i++) {
		const struct type *ft;
		bool null;
		union datum v = record_get(&r, i, &ft, &null);
		h = hash_mix(h, null || ft == NULL || ft->ops->hash == NULL ? 0
									    : ft->ops->hash(ft, v));
	}
	return h;
}

static void
key_record(const struct type *t, union datum d, struct strbuf *to)
{
	struct record r;

	record_open(t, d.b, &r);
	for (int i = 0; i < r.n; i++) {
		const struct type *ft;
		bool null;
		union datum v = record_get(&r, i, &ft, &null);
		strbuf_putc(to, null ? 3 : 2);
		if (!null && ft != NULL && ft->ops->key != NULL)
			ft->ops->key(ft, v, to);
	}
	strbuf_putc(to, 1);
}

const struct type_ops type_ops_record = {
	.in = in_record, .out = out_record, .recv = recv_record, .send = send_record,
	.cmp = cmp_record, .hash = hash_record, .key = key_record,
};
