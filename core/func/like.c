/* like.c - LIKE and ILIKE.
 *
 * A pattern is run by a matcher that remembers only its last %, so its time is bounded by the
 * product of the lengths.  A batch against one constant pattern first classifies it: exact,
 * prefix%, %suffix and %middle% need no matcher.
 * Not here: SIMILAR TO and ~ (regex.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/text.h"

static int
fail_trailing_escape(struct err *e)
{
	return err_set(e, ERR_INVALID_ESCAPE_SEQUENCE,
	               "LIKE pattern must not end with escape character");
}

/* Past one character: of text, or one byte of bytea. */
static inline size_t
step(const char *p, bool by_bytes)
{
	return by_bytes ? 1 : (size_t) utf8_char_len(*p);
}

static int
match(const char *t, size_t tlen, const char *p, size_t plen, bool by_bytes, bool *ret,
      struct err *e)
{
	const char *tend = t + tlen, *pend = p + plen;
	const char *star_p = NULL, *star_t = NULL;      /* after the last %: where to try again */

	*ret = false;
	for (;;) {
		if (p < pend && *p == '%') {
			while (p < pend && *p == '%')
				p++;
			if (p == pend) {
				*ret = true;
				return ERR_OK;
			}
			if (*p == '\\' && p + 1 == pend)
				return fail_trailing_escape(e);
			star_p = p;
			star_t = t;
			continue;
		}
		if (p == pend && t == tend) {
			*ret = true;
			return ERR_OK;
		}
		if (p < pend && t < tend) {
			if (*p == '_') {
				p++;
				t += step(t, by_bytes);
				continue;
			}
			const char *lit = p;
			if (*lit == '\\' && ++lit == pend)
				return fail_trailing_escape(e);
			if (*lit == *t) {
				p = lit + 1;
				t++;
				continue;
			}
		}
		if (star_p == NULL || star_t >= tend || t >= tend)
			return ERR_OK;
		star_t += step(star_t, by_bytes);
		t = star_t;
		p = star_p;
	}
}

static int
like(union datum text, union datum pattern, bool by_bytes, bool *ret, struct err *e)
{
	return match(bytes_data(text.b), bytes_len(text.b), bytes_data(pattern.b),
	             bytes_len(pattern.b), by_bytes, ret, e);
}

DEFINE_FUNC(fn_text_like)
{
	bool r = false;
	int rc = like(args[0], args[1], false, &r, e);

	if (rc == ERR_OK)
		ret->i = r;
	return rc;
}

DEFINE_FUNC(fn_text_not_like)
{
	bool r = false;
	int rc = like(args[0], args[1], false, &r, e);

	if (rc == ERR_OK)
		ret->i = !r;
	return rc;
}

DEFINE_FUNC(fn_bytea_like)
{
	bool r = false;
	int rc = like(args[0], args[1], true, &r, e);

	if (rc == ERR_OK)
		ret->i = r;
	return rc;
}

DEFINE_FUNC(fn_bytea_not_like)
{
	bool r = false;
	int rc = like(args[0], args[1], true, &r, e);

	if (rc == ERR_OK)
		ret->i = !r;
	return rc;
}

/* ---- Batches */
enum shape { SHAPE_EXACT, SHAPE_PREFIX, SHAPE_SUFFIX, SHAPE_CONTAINS, SHAPE_OTHER };

struct simple { enum shape shape; const char *p; size_t len; };

static struct simple
classify(const char *p, size_t len)
{
	struct simple s = { SHAPE_EXACT, p, len };
	bool head = false, tail = false;

	while (s.len > 0 && *s.p == '%') {
		s.p++;
		s.len--;
		head = true;
	}
	while (s.len > 0 && s.p[s.len - 1] == '%') {
		s.len--;
		tail = true;
	}
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '%' || s.p[i] == '_' || s.p[i] == '\\')
			return (struct simple) { SHAPE_OTHER, p, len };
	s.shape = head ? (tail || s.len == 0 ? SHAPE_CONTAINS : SHAPE_SUFFIX)
	               : tail ? SHAPE_PREFIX : SHAPE_EXACT;
	return s;
}

static inline bool
simple_match(const struct simple *s, const char *t, size_t len)
{
	switch (s->shape) {
	case SHAPE_EXACT:
		return len == s->len && memcmp(t, s->p, len) == 0;
	case SHAPE_PREFIX:
		return len >= s->len && memcmp(t, s->p, s->len) == 0;
	case SHAPE_SUFFIX:
		return len >= s->len && memcmp(t + len - s->len, s->p, s->len) == 0;
	default:
		return s->len == 0 || memmem(t, len, s->p, s->len) != NULL;
	}
}

static int
like_batch(const struct vec *args, const uint16_t *sel, int n, bool negate, struct vec *ret,
           struct err *e)
{
	struct simple s = { .shape = SHAPE_OTHER };

	if (args[1].stride == 0 && !vec_null(&args[1], 0))
		s = classify(bytes_data(args[1].v[0].b), bytes_len(args[1].v[0].b));
	for (int k = 0; k < n; k++) {
		int i = sel_at(sel, k);
		bool r = false;
		if (vec_null(ret, i))
			continue;
		union datum t = vec_at(&args[0], i);
		if (s.shape != SHAPE_OTHER) {
			r = simple_match(&s, bytes_data(t.b), bytes_len(t.b));
		} else {
			int rc = like(t, vec_at(&args[1], i), false, &r, e);
			if (rc != ERR_OK)
				return rc;
		}
		ret->v[i].i = r != negate;
	}
	return ERR_OK;
}

DEFINE_VEC(fn_text_like_vec)     { return like_batch(args, sel, n, false, ret, e); }
DEFINE_VEC(fn_text_not_like_vec) { return like_batch(args, sel, n, true, ret, e); }

/* ---- ILIKE: both sides in lower case */
static int
ilike(struct fcall *c, const union datum *args, bool *ret, struct err *e)
{
	struct strbuf t, p;

	strbuf_init(&t, fcall_arena(c));
	strbuf_init(&p, fcall_arena(c));
	text_map_case(TEXT_LOWER, bytes_data(args[0].b), bytes_len(args[0].b), &t);
	text_map_case(TEXT_LOWER, bytes_data(args[1].b), bytes_len(args[1].b), &p);
	return match(t.data, t.len, p.data, p.len, false, ret, e);
}

DEFINE_FUNC(fn_text_ilike)
{
	bool r = false;
	int rc = ilike(c, args, &r, e);

	if (rc == ERR_OK)
		ret->i = r;
	return rc;
}

DEFINE_FUNC(fn_text_not_ilike)
{
	bool r = false;
	int rc = ilike(c, args, &r, e);

	if (rc == ERR_OK)
		ret->i = !r;
	return rc;
}

/* ---- LIKE ... ESCAPE 'x': the pattern rewritten to escape with backslashes */
static int
like_escape(struct fcall *c, const union datum *args, bool by_bytes, union datum *ret,
            struct err *e)
{
	size_t len, elen;
	const char *p = arg_text(args[0], &len), *esc = arg_text(args[1], &elen);
	bool after_escape = false;
	struct strbuf b;

	if (elen != 0 && step(esc, by_bytes) != elen) {
		err_set(e, ERR_INVALID_ESCAPE_SEQUENCE, "invalid escape string");
		return err_hint(e, "Escape string must be empty or one character.");
	}
	if (elen == 1 && *esc == '\\') {
		*ret = args[0];
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	for (size_t i = 0; i < len; ) {
		size_t n = step(p + i, by_bytes);
		if (elen != 0 && n == elen && memcmp(p + i, esc, n) == 0 && !after_escape) {
			strbuf_putc(&b, '\\');
			after_escape = true;
		} else {
			if (p[i] == '\\' && !after_escape)
				strbuf_putc(&b, '\\');
			strbuf_add(&b, p + i, n);
			after_escape = false;
		}
		i += n;
	}
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_like_escape)  { return like_escape(c, args, false, ret, e); }
DEFINE_FUNC(fn_bytea_like_escape) { return like_escape(c, args, true, ret, e); }
