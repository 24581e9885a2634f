/* range_type.c - the methods of range types. */
#include "config.h"
#include "core/type/range_impl.h"

#include "core/base/hash.h"
#include "core/type/ops.h"

static int
malformed(struct err *e, const char *s, size_t len, const char *detail)
{
	(void) err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "malformed range literal: \"%.*s\"",
		       (int) len, s);
	return err_detail(e, "%s", detail);
}

/* A bound's text, unescaped; returns where it ends, NULL at the end of the input. */
static const char *
read_bound(const char *p, const char *end, struct strbuf *to)
{
	bool quoted = false;

	strbuf_clear(to);
	for (; quoted || p == end || strchr(",)]", *p) == NULL; p++) {
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

struct range_text {
	struct range r;
	struct strbuf lo, up;
};

static int
read_range(struct range_text *t, const char *s, size_t len, struct err *e)
{
	const char *p = s, *end = s + len;

	while (p < end && ascii_space(*p))
		p++;
	if (end - p >= 5 && same_word(p, 5, "empty")) {
		for (p += 5; p < end; p++)
			if (!ascii_space(*p))
				return malformed(e, s, len, "Junk after \"empty\" key word.");
		t->r.empty = true;
		return ERR_OK;
	}
	if (p == end || (*p != '[' && *p != '('))
		return malformed(e, s, len, "Missing left parenthesis or bracket.");
	t->r.lo = (struct range_bound) { .inclusive = *p++ == '[', .lower = true };
	t->r.lo.infinite = p < end && *p == ',';
	if (!t->r.lo.infinite) {
		if (p < end && (*p == ')' || *p == ']'))
			return malformed(e, s, len, "Missing comma after lower bound.");
		p = read_bound(p, end, &t->lo);
		if (p == NULL)
			return malformed(e, s, len, "Unexpected end of input.");
	}
	if (*p != ',')
		return malformed(e, s, len, "Missing comma after lower bound.");
	p++;
	t->r.up.infinite = p < end && (*p == ')' || *p == ']');
	if (!t->r.up.infinite) {
		p = read_bound(p, end, &t->up);
		if (p == NULL)
			return malformed(e, s, len, "Unexpected end of input.");
	}
	if (*p == ',')
		return malformed(e, s, len, "Too many commas.");
	t->r.up.inclusive = *p++ == ']';
	for (; p < end; p++)
		if (!ascii_space(*p))
			return malformed(e, s, len, "Junk after right parenthesis or bracket.");
	return ERR_OK;
}

int
range_parse(const struct type *t, struct type_env *env, const char *s, size_t len,
	    const struct bytes **ret, struct err *e)
{
	struct range_text text = { 0 };
	const struct type *sub = t->sub;

	strbuf_init(&text.lo, env->arena);
	strbuf_init(&text.up, env->arena);
	int rc = read_range(&text, s, len, e);
	if (rc == ERR_OK && !text.r.empty && !text.r.lo.infinite)
		rc = sub->ops->in(sub, env, text.lo.data, text.lo.len, -1, &text.r.lo.v, e);
	if (rc == ERR_OK && !text.r.empty && !text.r.up.infinite)
		rc = sub->ops->in(sub, env, text.up.data, text.up.len, -1, &text.r.up.v, e);
	return rc != ERR_OK ? rc : range_make(env->arena, t, &text.r, ret, e);
}

static void
put_bound(const struct type *sub, struct type_env *env, union datum d, struct strbuf *to)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct strbuf text;

	strbuf_init(&text, &tmp);
	sub->ops->out(sub, env, d, &text);
	bool quote = text.len == 0;
	for (size_t i = 0; i < text.len && !quote; i++)
		quote = strchr("\"\\()[],", text.data[i]) != NULL || ascii_space(text.data[i]);
	if (!quote) {
		strbuf_add(to, text.data, text.len);
		return;
	}
	strbuf_putc(to, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			strbuf_putc(to, text.data[i]);
		strbuf_putc(to, text.data[i]);
	}
	strbuf_putc(to, '"');
}

void
range_put(const struct type *t, struct type_env *env, const struct bytes *b, struct strbuf *to)
{
	struct range r;

	range_get(t, b, &r);
	if (r.empty) {
		strbuf_puts(to, "empty");
		return;
	}
	strbuf_putc(to, r.lo.inclusive ? '[' : '(');
	if (!r.lo.infinite)
		put_bound(t->sub, env, r.lo.v, to);
	strbuf_putc(to, ',');
	if (!r.up.infinite)
		put_bound(t->sub, env, r.up.v, to);
	strbuf_putc(to, r.up.inclusive ? ']' : ')');
}

static void
send_bound(const struct type *sub, struct type_env *env, const struct range_bound *b,
	   struct strbuf *to)
{
	if (b->infinite)
		return;
	size_t at = to->len;
	put_be32(to, 0);
	sub->ops->send(sub, env, b->v, to);
	uint32_t len = __builtin_bswap32((uint32_t) (to->len - at - 4));
	memcpy(to->data + at, &len, sizeof len);
}

void
range_send(const struct type *t, struct type_env *env, const struct bytes *b, struct strbuf *to)
{
	struct range r;

	range_get(t, b, &r);
	strbuf_putc(to, b->data[0]);
	if (!r.empty) {
		send_bound(t->sub, env, &r.lo, to);
		send_bound(t->sub, env, &r.up, to);
	}
}

static int
recv_bound(const struct type *sub, struct type_env *env, const char **p, const char *end,
	   int32_t typmod, struct range_bound *b, struct err *e)
{
	if (b->infinite)
		return ERR_OK;
	if (end - *p < 4)
		return bad_binary(e, 0, 1);
	uint32_t len = get_be32(*p);
	*p += 4;
	if (len > (size_t) (end - *p))
		return bad_binary(e, 0, 1);
	int rc = sub->ops->recv(sub, env, *p, len, typmod, &b->v, e);
	*p += len;
	return rc;
}

int
range_recv(const struct type *t, struct type_env *env, const void *at, size_t len, int32_t typmod,
           const struct bytes **ret, struct err *e)
{
	const char *p = at, *end = p + len;
	struct range r = { 0 };

	if (len < 1)
		return bad_binary(e, len, 1);
	int flags = *p++ & 31;
	r.empty = (flags & 1) != 0;
	r.lo = (struct range_bound){ .lower = true,
				     .inclusive = (flags & 2) != 0,
				     .infinite = (flags & 8) != 0 };
	r.up = (struct range_bound){ .inclusive = (flags & 4) != 0, .infinite = (flags & 16) != 0 };
	int rc = r.empty ? ERR_OK : recv_bound(t->sub, env, &p, end, typmod, &r.lo, e);
	if (rc == ERR_OK && !r.empty)
		rc = recv_bound(t->sub, env, &p, end, typmod, &r.up, e);
	if (rc == ERR_OK && p != end)
		rc = bad_binary(e, 1, 0);
	return rc != ERR_OK ? rc : range_make(env->arena, t, &r, ret, e);
}

uint64_t
range_hash(const struct type *t, const struct bytes *b)
{
	struct range r;
	uint64_t h = (unsigned char) b->data[0];

	range_get(t, b, &r);
	if (!r.empty && !r.lo.infinite)
		h = hash_mix(h, t->sub->ops->hash(t->sub, r.lo.v));
	if (!r.empty && !r.up.infinite)
		h = hash_mix(h, t->sub->ops->hash(t->sub, r.up.v));
	return hash_u64(h);
}

void
range_key(const struct type *t, const struct bytes *b, struct strbuf *to)
{
	struct range r;

	range_get(t, b, &r);
	strbuf_putc(to, !r.empty);
	if (r.empty)
		return;
	strbuf_putc(to, r.lo.infinite ? 0 : 1);
	if (!r.lo.infinite) {
		t->sub->ops->key(t->sub, r.lo.v, to);
		strbuf_putc(to, !r.lo.inclusive);
	}
	strbuf_putc(to, r.up.infinite ? 2 : 1);
	if (!r.up.infinite) {
		t->sub->ops->key(t->sub, r.up.v, to);
		strbuf_putc(to, r.up.inclusive);
	}
}

static int
in_range(const struct type *t, struct type_env *env, const char *s, size_t len,
	 int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	return range_parse(t, env, s, len, &ret->b, e);
}

static void
out_range(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	range_put(t, env, d.b, to);
}

static int
recv_range(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
           union datum *ret, struct err *e)
{
	return range_recv(t, env, p, len, typmod, &ret->b, e);
}

static void
send_range(const struct type *t, struct type_env *env, union datum d, struct strbuf *to)
{
	range_send(t, env, d.b, to);
}

static int
cmp_range(const struct type *t, union datum a, union datum b)
{
	struct range x, y;

	range_get(t, a.b, &x);
	range_get(t, b.b, &y);
	return range_cmp(t, &x, &y);
}

static uint64_t
hash_range(const struct type *t, union datum d)
{
	return range_hash(t, d.b);
}

static void
key_range(const struct type *t, union datum d, struct strbuf *to)
{
	range_key(t, d.b, to);
}

const struct type_ops type_ops_range = {
	.in = in_range, .out = out_range, .recv = recv_range, .send = send_range,
	.cmp = cmp_range, .hash = hash_range, .key = key_range,
};
