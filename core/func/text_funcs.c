/* text_funcs.c - measuring, cutting, trimming and searching text.
 *
 * Positions are characters, counted from 1; text is valid UTF-8.  ASCII is the common case:
 * when a text has as many characters as bytes, positions are offsets.
 * Not here: building text (text_edit.c), quoting (text_quote.c), patterns (like.c, regex.c),
 * bytea (bytea_funcs.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/collation.h"
#include "core/type/text.h"

struct span { const char *p; size_t len; };

static inline struct span
arg_span(union datum d)
{
	return (struct span) { bytes_data(d.b), bytes_len(d.b) };
}

static struct span
without_padding(struct span s)
{
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* ---- Lengths */
DEFINE_FUNC(fn_text_length)
{
	struct span s = arg_span(args[0]);

	ret->i = (int64_t) utf8_length(s.p, s.len);
	return ERR_OK;
}

DEFINE_FUNC(fn_bpchar_length)
{
	struct span s = without_padding(arg_span(args[0]));

	ret->i = (int64_t) utf8_length(s.p, s.len);
	return ERR_OK;
}

DEFINE_FUNC(fn_bytes_length) { ret->i = bytes_len(args[0].b); return ERR_OK; }
DEFINE_FUNC(fn_bytes_bit_length) { ret->i = (int64_t) bytes_len(args[0].b) * 8; return ERR_OK; }

/* ---- Case */
static int
map_case(struct fcall *c, enum text_case how, union datum arg, union datum *ret)
{
	struct span s = arg_span(arg);
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	const struct collation *by = collation_by_oid(c->collation);
	if (by != NULL)
		collation_map_case(by, how, s.p, s.len, &b);
	else
		text_map_case(how, s.p, s.len, &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_lower)   { return map_case(c, TEXT_LOWER, args[0], ret); }
DEFINE_FUNC(fn_text_upper)   { return map_case(c, TEXT_UPPER, args[0], ret); }
DEFINE_FUNC(fn_text_initcap) { return map_case(c, TEXT_INITCAP, args[0], ret); }

/* What texts are ordered by under a collation of ICU. */
DEFINE_FUNC(fn_collation_key)
{
	const struct collation *by = collation_by_oid((oid_t) args[1].u);
	struct span s = arg_span(args[0]);
	struct strbuf b;

	if (by == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "collation with OID %u does not exist",
		               (unsigned) args[1].u);
	strbuf_init(&b, fcall_arena(c));
	collation_key(by, s.p, s.len, &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

/* ---- Cutting.  Characters from start (1-based, may be below 1) up to but not including end;
 * both are 64-bit so that sums of two integers cannot overflow. */
static union datum
cut(struct fcall *c, struct span s, int64_t start, int64_t end)
{
	if (start < 1)
		start = 1;
	if (end <= start)
		return text_datum(fcall_arena(c), "", 0);
	size_t from = utf8_offset(s.p, s.len, (size_t) (start - 1));
	size_t len = utf8_offset(s.p + from, s.len - from, (size_t) (end - start));
	return text_datum(fcall_arena(c), s.p + from, len);
}

static int
fail_negative_length(struct err *e)
{
	return err_set(e, ERR_SUBSTRING_ERROR, "negative substring length not allowed");
}

DEFINE_FUNC(fn_text_substr)
{
	int64_t end = INT64_MAX;

	if (c->nargs > 2) {
		if (args[2].i < 0)
			return fail_negative_length(e);
		end = args[1].i + args[2].i;
	}
	*ret = cut(c, arg_span(args[0]), args[1].i, end);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_left)
{
	struct span s = arg_span(args[0]);
	int64_t n = args[1].i;

	if (n < 0)
		n += (int64_t) utf8_length(s.p, s.len);
	*ret = cut(c, s, 1, n + 1);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_right)
{
	struct span s = arg_span(args[0]);
	int64_t n = args[1].i;
	int64_t skip = n < 0 ? -n : (int64_t) utf8_length(s.p, s.len) - n;

	*ret = cut(c, s, skip + 1, INT64_MAX);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_overlay)
{
	struct arena *a = fcall_arena(c);
	struct span s = arg_span(args[0]), by = arg_span(args[1]);
	int64_t start = args[2].i;
	int64_t count = c->nargs > 3 ? args[3].i : (int64_t) utf8_length(by.p, by.len);

	if (start <= 0)
		return fail_negative_length(e);
	int64_t past = start + count;
	if (past > INT32_MAX)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
	size_t head = utf8_offset(s.p, s.len, (size_t) (start - 1));
	size_t tail = past < 1 ? 0 : utf8_offset(s.p, s.len, (size_t) (past - 1));
	size_t len = head + by.len + (s.len - tail);
	struct bytes *b = bytes_try_make(a, len);
	if (b == NULL)
		return fail_too_long(e);
	memcpy(b->data, s.p, head);
	memcpy(b->data + head, by.p, by.len);
	memcpy(b->data + head + by.len, s.p + tail, s.len - tail);
	ret->b = b;
	return ERR_OK;
}

/* ---- Trimming any of a set of characters */
static bool
set_has(struct span set, const char *ch, size_t n)
{
	for (size_t i = 0; i < set.len; i += (size_t) utf8_char_len(set.p[i]))
		if ((size_t) utf8_char_len(set.p[i]) == n && memcmp(set.p + i, ch, n) == 0)
			return true;
	return false;
}

static union datum
trim(struct fcall *c, const union datum *args, bool left, bool right)
{
	struct span s = arg_span(args[0]);
	struct span set = c->nargs > 1 ? arg_span(args[1]) : (struct span) { " ", 1 };

	while (left && s.len > 0) {
		size_t n = (size_t) utf8_char_len(*s.p);
		if (!set_has(set, s.p, n))
			break;
		s.p += n;
		s.len -= n;
	}
	while (right && s.len > 0) {
		size_t at = s.len - 1;
		while (at > 0 && ((unsigned char) s.p[at] & 0xc0) == 0x80)
			at--;
		if (!set_has(set, s.p + at, s.len - at))
			break;
		s.len = at;
	}
	return text_datum(fcall_arena(c), s.p, s.len);
}

DEFINE_FUNC(fn_text_btrim) { *ret = trim(c, args, true, true); return ERR_OK; }
DEFINE_FUNC(fn_text_ltrim) { *ret = trim(c, args, true, false); return ERR_OK; }
DEFINE_FUNC(fn_text_rtrim) { *ret = trim(c, args, false, true); return ERR_OK; }

/* ---- Searching */
DEFINE_FUNC(fn_text_position)
{
	struct span s = arg_span(args[0]), needle = arg_span(args[1]);
	const char *at = needle.len == 0 ? s.p : memmem(s.p, s.len, needle.p, needle.len);

	ret->i = at == NULL ? 0 : (int64_t) utf8_length(s.p, (size_t) (at - s.p)) + 1;
	return ERR_OK;
}

/* ---- Characters and numbers */
DEFINE_FUNC(fn_text_ascii)
{
	struct span s = arg_span(args[0]);

	ret->i = s.len == 0 ? 0 : utf8_decode(s.p);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_chr)
{
	int64_t v = args[0].i;
	char out[4];

	if (v < 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "character number must be positive");
	if (v == 0)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "null character not permitted");
	if (v > 0x10ffff)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "requested character too large for encoding: %u", (unsigned) v);
	if (v >= 0xd800 && v <= 0xdfff)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "requested character not valid for encoding: %u", (unsigned) v);
	int n = utf8_encode((uint32_t) v, out);
	*ret = text_datum(fcall_arena(c), out, (size_t) n);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_to_hex)
{
	char out[17];
	uint64_t v = c->arg_types[0]->len == 4 ? (uint32_t) args[0].i : args[0].u;
	int n = 0;

	do {
		out[sizeof out - 1 - (size_t) n++] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v != 0);
	*ret = text_datum(fcall_arena(c), out + sizeof out - n, (size_t) n);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_normalize)
{
	struct span s = arg_span(args[0]);
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	int rc = text_normalize(arg_cstring(c, args[1]), s.p, s.len, &b, e);
	if (rc != ERR_OK)
		return rc;
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_is_normalized)
{
	struct span s = arg_span(args[0]);
	bool r = false;
	int rc = text_is_normalized(arg_cstring(c, args[1]), s.p, s.len, &r, e);

	if (rc != ERR_OK)
		return rc;
	ret->i = r;
	return ERR_OK;
}
