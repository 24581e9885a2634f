/* text.c - UTF-8 and case. */
#include "config.h"
#include "core/type/text.h"

#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "core/type/ops.h"

/* Is there a byte that is zero or above 0x7f among these eight? */
static inline bool
word_is_plain(const char *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
	return ((w | (w - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0;
}

/* Length of the legal character at p with n bytes left; 0: none. */
static int
legal_char(const unsigned char *p, size_t n)
{
	unsigned char c = p[0];

	if (c < 0x80)
		return c != 0;
	if (c < 0xc2)
		return 0;
	if (c < 0xe0)
		return n >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;
	if (c < 0xf0) {
		if (n < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
			return 0;
		if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f))
			return 0;
		return 3;
	}
	if (c > 0xf4 || n < 4 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 ||
	    (p[3] & 0xc0) != 0x80)
		return 0;
	if ((c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
		return 0;
	return 4;
}

size_t
utf8_valid_prefix(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		while (i + 8 <= len && word_is_plain(s + i))
			i += 8;
		if (i == len)
			break;
		int n = legal_char((const unsigned char *) s + i, len - i);
		if (n == 0)
			break;
		i += (size_t) n;
	}
	return i;
}

int
utf8_check(const char *s, size_t len, struct err *e)
{
	size_t good = utf8_valid_prefix(s, len);
	char text[32];
	int at = 0;

	if (good == len)
		return ERR_OK;
	unsigned char c = (unsigned char) s[good];
	size_t show = c < 0xc0 || c >= 0xf8 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (show > len - good)
		show = len - good;
	for (size_t i = 0; i < show; i++)
		at += snprintf(text + at, sizeof text - (size_t) at, i == 0 ? "0x%02x" : " 0x%02x",
		               (unsigned char) s[good + i]);
	return err_set(e, ERR_CHARACTER_NOT_IN_REPERTOIRE,
	               "invalid byte sequence for encoding \"UTF8\": %s", text);
}

size_t
utf8_length(const char *s, size_t len)
{
	size_t n = 0, i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t w;
		memcpy(&w, s + i, 8);
		/* bytes 10xxxxxx continue a character */
		w = (w >> 7) & (~w >> 6) & UINT64_C(0x0101010101010101);
		n += 8 - (size_t) (w * UINT64_C(0x0101010101010101) >> 56);
	}
	for (; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

size_t
utf8_offset(const char *s, size_t len, size_t n)
{
	size_t i = 0;

	while (n >= 8 && i + 8 <= len) {
		uint64_t w;
		memcpy(&w, s + i, 8);
		if ((w & UINT64_C(0x8080808080808080)) != 0)
			break;
		i += 8;
		n -= 8;
	}
	for (; n > 0 && i < len; n--)
		i += (size_t) utf8_char_len(s[i]);
	return i < len ? i : len;
}

size_t
utf8_clip(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && (s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

uint32_t
utf8_decode(const char *s)
{
	const unsigned char *p = (const unsigned char *) s;

	switch (utf8_char_len(*s)) {
	case 1:
		return p[0];
	case 2:
		return (uint32_t) (p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	case 3:
		return (uint32_t) (p[0] & 0x0f) << 12 | (uint32_t) (p[1] & 0x3f) << 6 |
		       (p[2] & 0x3f);
	default:
		return (uint32_t) (p[0] & 0x07) << 18 | (uint32_t) (p[1] & 0x3f) << 12 |
		       (uint32_t) (p[2] & 0x3f) << 6 | (p[3] & 0x3f);
	}
}

int
utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char) c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char) (0xc0 | c >> 6);
		out[1] = (char) (0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char) (0xe0 | c >> 12);
		out[1] = (char) (0x80 | (c >> 6 & 0x3f));
		out[2] = (char) (0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char) (0xf0 | c >> 18);
	out[1] = (char) (0x80 | (c >> 12 & 0x3f));
	out[2] = (char) (0x80 | (c >> 6 & 0x3f));
	out[3] = (char) (0x80 | (c & 0x3f));
	return 4;
}

size_t
utf8_width(const char *s, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i += (size_t) utf8_char_len(s[i])) {
		if ((s[i] & 0x80) == 0) {
			width++;
			continue;
		}
		UChar32 c = (UChar32) utf8_decode(s + i);
		int kind = u_charType(c);
		if (kind == U_NON_SPACING_MARK || kind == U_ENCLOSING_MARK || kind == U_FORMAT_CHAR)
			continue;
		int wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
		width += wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
	}
	return width;
}

uint32_t
char_lower(uint32_t c)
{
	if (c < 0x80)
		return (uint32_t) (unsigned char) ascii_lower((char) c);
	return (uint32_t) u_tolower((UChar32) c);
}

uint32_t
char_upper(uint32_t c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
	return (uint32_t) u_toupper((UChar32) c);
}

bool
char_is_alpha(uint32_t c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	return u_isUAlphabetic((UChar32) c);
}

bool
char_is_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || char_is_alpha(c) || (c >= 0x80 && u_isdigit((UChar32) c));
}

bool
char_is_space(uint32_t c)
{
	if (c < 0x80)
		return ascii_space((char) c);
	return u_isUWhiteSpace((UChar32) c);
}

void
text_map_case(enum text_case how, const char *s, size_t len, struct strbuf *to)
{
	bool in_word = false;

	for (size_t i = 0; i < len; ) {
		uint32_t c = utf8_decode(s + i), mapped = c;
		i += (size_t) utf8_char_len(s[i]);
		if (how == TEXT_LOWER || (how == TEXT_INITCAP && in_word))
			mapped = char_lower(c);
		else
			mapped = char_upper(c);
		if (how == TEXT_INITCAP)
			in_word = char_is_alnum(c);
		if (mapped < 0x80)
			strbuf_putc(to, (char) mapped);
		else
			strbuf_wrote(to, (size_t) utf8_encode(mapped, strbuf_room(to, 4)));
	}
}

static const UNormalizer2 *
normalizer(const char *form, struct err *e)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *n = NULL;

	if (same_word(form, strlen(form), "NFC"))
		n = unorm2_getNFCInstance(&status);
	else if (same_word(form, strlen(form), "NFD"))
		n = unorm2_getNFDInstance(&status);
	else if (same_word(form, strlen(form), "NFKC"))
		n = unorm2_getNFKCInstance(&status);
	else if (same_word(form, strlen(form), "NFKD"))
		n = unorm2_getNFKDInstance(&status);
	if (n == NULL)
		(void) err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid normalization form: %s",
			       form);
	return n;
}

/* To UTF-16 and its normal form, both on the arena of `to`'s caller; lengths in units. */
static int
normal_form(const UNormalizer2 *norm, struct arena *a, const char *s, size_t len, UChar **ret_in,
            int32_t *ret_nin, UChar **ret_out, int32_t *ret_nout, struct err *e)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t nin = 0, nout = 0;

	UChar *in = arena_alloc(a, (len + 1) * sizeof *in);
	u_strFromUTF8(in, (int32_t) len + 1, &nin, s, (int32_t) len, &status);
	if (U_SUCCESS(status)) {
		nout = unorm2_normalize(norm, in, nin, NULL, 0, &status);
		status = U_ZERO_ERROR;
	}
	UChar *out = arena_alloc(a, ((size_t) nout + 1) * sizeof *out);
	nout = unorm2_normalize(norm, in, nin, out, nout + 1, &status);
	if (U_FAILURE(status))
		return err_set(e, ERR_INTERNAL_ERROR, "normalization failed: %s",
			       u_errorName(status));
	*ret_in = in;
	*ret_nin = nin;
	*ret_out = out;
	*ret_nout = nout;
	return ERR_OK;
}

int
text_normalize(const char *form, const char *s, size_t len, struct strbuf *to, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const UNormalizer2 *norm = normalizer(form, e);
	UChar *in, *out;
	int32_t nin, nout, bytes = 0;
	UErrorCode status = U_ZERO_ERROR;

	if (norm == NULL)
		return e->code;
	int rc = normal_form(norm, &a, s, len, &in, &nin, &out, &nout, e);
	if (rc != ERR_OK)
		return rc;
	u_strToUTF8(strbuf_room(to, (size_t) nout * 3), nout * 3 + 1, &bytes, out, nout, &status);
	if (U_FAILURE(status))
		return err_set(e, ERR_INTERNAL_ERROR, "normalization failed: %s",
			       u_errorName(status));
	strbuf_wrote(to, (size_t) bytes);
	return ERR_OK;
}

int
text_is_normalized(const char *form, const char *s, size_t len, bool *ret, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const UNormalizer2 *norm = normalizer(form, e);
	UChar *in, *out;
	int32_t nin, nout;

	if (norm == NULL)
		return e->code;
	int rc = normal_form(norm, &a, s, len, &in, &nin, &out, &nout, e);
	if (rc != ERR_OK)
		return rc;
	*ret = nin == nout && memcmp(in, out, (size_t) nin * sizeof *in) == 0;
	return ERR_OK;
}
