/* multirange.c - multirange values and the methods of their types. */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"
#include "core/type/range_impl.h"

#include <stdlib.h>

int
multirange_count(const struct bytes *b)
{
	uint32_t n;

	memcpy(&n, b->data, sizeof n);
	return (int) n;
}

const struct bytes *
multirange_at(const struct bytes *b, int i)
{
	const char *p = b->data + 4;

	for (; i > 0; i--)
		p += 4 + bytes_len((const struct bytes *) p);
	return (const struct bytes *) p;
}

static int
order(const void *x, const void *y, void *type)
{
	struct range a, b;

	range_get(type, *(const struct bytes *const *) x, &a);
	range_get(type, *(const struct bytes *const *) y, &b);
	return range_cmp(type, &a, &b);
}

int
multirange_make(struct arena *a, const struct type *t, int n, const struct bytes *const *ranges,
                const struct bytes **ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	const struct bytes **v = arena_alloc(&tmp, sizeof *v * (size_t) (n + 1));
	uint32_t kept = 0;
	size_t size = 4;

	if (n > 0)
		memcpy(v, ranges, sizeof *v * (size_t) n);
	qsort_r(v, (size_t) n, sizeof *v, order, (void *) (uintptr_t) t->sub);
	for (int i = 0; i < n; i++) {
		struct range r, last;
		range_get(t->sub, v[i], &r);
		if (r.empty)
			continue;
		if (kept > 0) {
			range_get(t->sub, v[kept - 1], &last);
			if (range_overlaps(t->sub, &last, &r) ||
			    range_adjacent(t->sub, &last, &r)) {
				int rc = range_union(&tmp, t->sub, &last, &r, &v[kept - 1], e);
				if (rc != ERR_OK)
					return rc;
				continue;
			}
		}
		v[kept++] = v[i];
	}
	for (uint32_t i = 0; i < kept; i++)
		size += 4 + bytes_len(v[i]);
	struct bytes *b = bytes_make(a, NULL, size);
	char *p = b->data;
	memcpy(p, &kept, 4);
	p += 4;
	for (uint32_t i = 0; i < kept; i++) {
		memcpy(p, v[i], 4 + bytes_len(v[i]));
		p += 4 + bytes_len(v[i]);
	}
	*ret = b;
	return ERR_OK;
}

/* ---- Text: {[1,2),(5,7]} */

static int
malformed(struct err *e, const char *s, size_t len, const char *detail)
{
	(void) err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "malformed multirange literal: \"%.*s\"",
		       (int) len, s);
	return err_detail(e, "%s", detail);
}

/* From its bracket to the one that closes it; NULL: not closed. */
static const char *
skip_range(const char *p, const char *end)
{
	bool quoted = false;

	for (p++; p < end; p++) {
		if (*p == '\\') {
			if (++p == end)
				return NULL;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (!quoted && (*p == ']' || *p == ')')) {
			return p + 1;
		}
	}
	return NULL;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && ascii_space(*p))
		p++;
	return p;
}

static int
in_multirange(const struct type *t, struct type_env *env, const char *s, size_t len,
	      int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	const char *end = s + len, *p = skip_space(s, end);
	const struct bytes **v = ARENA_ARRAY(env->arena, const struct bytes *, len / 3 + 1);
	int n = 0;

	if (p == end || *p != '{')
		return malformed(e, s, len, "Missing left brace.");
	p = skip_space(p + 1, end);
	while (p == end || *p != '}' || n > 0) {
		if (p == end)
			return malformed(e, s, len, "Unexpected end of input.");
		bool empty = end - p >= 5 && same_word(p, 5, "empty");
		if (!empty && *p != '[' && *p != '(')
			return malformed(e, s, len, "Expected range start.");
		const char *q = empty ? p + 5 : skip_range(p, end);
		if (q == NULL)
			return malformed(e, s, len, "Unexpected end of input.");
		int rc = range_parse(t->sub, env, p, (size_t) (q - p), &v[n], e);
		if (rc != ERR_OK)
			return rc;
		n++;
		p = skip_space(q, end);
		if (p < end && *p == '}')
			break;
		if (p == end)
			return malformed(e, s, len, "Unexpected end of input.");
		if (*p != ',')
			return malformed(e, s, len, "Expected comma or end of multirange.");
		p = skip_space(p + 1, end);
	}
	if (skip_space(p + 1, end) != end)
		return malformed(e, s, len, "Junk after closing right brace.");
	return multirange_make(env->arena, t, n, v, &ret->b, e);
}

static void
out_multirange(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	int n = multirange_count(d.b);

	strbuf_putc(to, '{');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strbuf_putc(to, ',');
		range_put(t->sub, env, multirange_at(d.b, i), to);
	}
	strbuf_putc(to, '}');
}

/* ---- Binary */

static void
send_multirange(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	int n = multirange_count(d.b);

	put_be32(to, (uint32_t) n);
	for (int i = 0; i < n; i++) {
		size_t at = to->len;
		put_be32(to, 0);
		range_send(t->sub, env, multirange_at(d.b, i), to);
		uint32_t len = __builtin_bswap32((uint32_t) (to->len - at - 4));
		memcpy(to->data + at, &len, sizeof len);
	}
}

static int
recv_multirange(const struct type *t, struct type_env *env, const void *at, size_t len,
		int32_t typmod, union datum *ret, struct err *e)
{
	const char *p = at, *end = p + len;

	if (len < 4)
		return bad_binary(e, len, 4);
	uint32_t n = get_be32(p);
	p += 4;
	if (n > len / 5)
		return bad_binary(e, 0, 1);
	const struct bytes **v = ARENA_ARRAY(env->arena, const struct bytes *, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		if (end - p < 4 || get_be32(p) > (size_t) (end - p) - 4)
			return bad_binary(e, 0, 1);
		size_t size = get_be32(p);
		int rc = range_recv(t->sub, env, p + 4, size, typmod, &v[i], e);
		if (rc != ERR_OK)
			return rc;
		p += 4 + size;
	}
	if (p != end)
		return bad_binary(e, 1, 0);
	return multirange_make(env->arena, t, (int) n, v, &ret->b, e);
}

/* ---- Order: range by range, then the number of them */

static int
cmp_multirange(const struct type *t, union datum a, union datum b)
{
	int na = multirange_count(a.b), nb = multirange_count(b.b);

	for (int i = 0; i < na && i < nb; i++) {
		struct range x, y;
		range_get(t->sub, multirange_at(a.b, i), &x);
		range_get(t->sub, multirange_at(b.b, i), &y);
		int c = range_cmp(t->sub, &x, &y);
		if (c != 0)
			return c;
	}
	return na < nb ? -1 : na > nb;
}

static uint64_t
hash_multirange(const struct type *t, union datum d)
{
	uint64_t h = 1;
	int n = multirange_count(d.b);

	for (int i = 0; i < n; i++)
		h = hash_mix(h, range_hash(t->sub, multirange_at(d.b, i)));
	return h;
}

static void
key_multirange(const struct type *t, union datum d, struct strbuf *to)
{
	int n = multirange_count(d.b);

	for (int i = 0; i < n; i++) {
		strbuf_putc(to, 2);
		range_key(t->sub, multirange_at(d.b, i), to);
	}
	strbuf_putc(to, 1);
}

const struct type_ops type_ops_multirange = {
	.in = in_multirange,
	.out = out_multirange,
	.recv = recv_multirange,
	.send = send_multirange,
	.cmp = cmp_multirange,
	.hash = hash_multirange,
	.key = key_multirange,
};
