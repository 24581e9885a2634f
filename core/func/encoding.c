/* encoding.c - bytes as text and back: hex, base64 (lines of 76), escape. */
#include "config.h"
#include "core/func/encoding.h"

#include <stdint.h>
#include <strings.h>

#include "core/type/text.h"

enum { BASE64_LINE = 76 };

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
hex_encode(const char *s, size_t len, struct strbuf *to)
{
	for (size_t i = 0; i < len; i++) {
		strbuf_putc(to, "0123456789abcdef"[(unsigned char) s[i] >> 4]);
		strbuf_putc(to, "0123456789abcdef"[s[i] & 15]);
	}
}

static int
hex_digit(char ch)
{
	return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
	       : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

static int
hex_decode(const char *s, size_t len, struct strbuf *to, struct err *e)
{
	int high = -1;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r')
			if (high < 0)
				continue;
		int d = hex_digit(s[i]);
		if (d < 0)
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "invalid hexadecimal digit: \"%.*s\"", utf8_char_len(s[i]), s + i);
		if (high < 0) {
			high = d;
			if (i + 1 == len)
				return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				               "invalid hexadecimal data: odd number of digits");
			continue;
		}
		strbuf_putc(to, (char) (high << 4 | d));
		high = -1;
	}
	return ERR_OK;
}

static void
base64_encode(const char *s, size_t len, struct strbuf *to)
{
	size_t line = to->len;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t) (unsigned char) s[i] << 16;
		if (n > 1)
			v |= (uint32_t) (unsigned char) s[i + 1] << 8;
		if (n > 2)
			v |= (unsigned char) s[i + 2];
		strbuf_putc(to, base64[v >> 18]);
		strbuf_putc(to, base64[v >> 12 & 63]);
		strbuf_putc(to, n > 1 ? base64[v >> 6 & 63] : '=');
		strbuf_putc(to, n > 2 ? base64[v & 63] : '=');
		if (n == 3 && to->len - line >= BASE64_LINE) {
			strbuf_putc(to, '\n');
			line = to->len;
		}
	}
}

static int
base64_decode(const char *s, size_t len, struct strbuf *to, struct err *e)
{
	uint32_t v = 0;
	int have = 0, pads = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r')
			continue;
		uint32_t d = 0;
		if (s[i] == '=') {
			if (pads == 0 && have != 2 && have != 3)
				return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				               "unexpected \"=\" while decoding base64 sequence");
			if (pads == 0)
				pads = have == 2 ? 1 : 2;
		} else {
			const char *at = s[i] == '\0' ? NULL : strchr(base64, s[i]);
			if (at == NULL)
				return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				               "invalid symbol \"%.*s\" found while decoding base64 sequence",
				               utf8_char_len(s[i]), s + i);
			d = (uint32_t) (at - base64);
		}
		v = v << 6 | d;
		if (++have < 4)
			continue;
		strbuf_putc(to, (char) (v >> 16));
		if (pads == 0 || pads > 1)
			strbuf_putc(to, (char) (v >> 8));
		if (pads == 0 || pads > 2)
			strbuf_putc(to, (char) v);
		v = 0;
		have = 0;
	}
	if (have == 0)
		return ERR_OK;
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid base64 end sequence");
	return err_hint(e, "Input data is missing padding, is truncated, or is otherwise corrupted.");
}

static void
escape_encode(const char *s, size_t len, struct strbuf *to)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char) s[i];
		if (ch == 0 || ch >= 0x80)
			strbuf_printf(to, "\\%03o", ch);
		else if (ch == '\\')
			strbuf_puts(to, "\\\\");
		else
			strbuf_putc(to, s[i]);
	}
}

static bool
octal(const char *s, const char *end, char *ret)
{
	if (end - s < 3 || s[0] < '0' || s[0] > '3' || s[1] < '0' || s[1] > '7' || s[2] < '0' ||
	    s[2] > '7')
		return false;
	*ret = (char) ((s[0] - '0') << 6 | (s[1] - '0') << 3 | (s[2] - '0'));
	return true;
}

static int
escape_decode(const char *s, size_t len, struct strbuf *to, struct err *e)
{
	const char *end = s + len;
	char ch;

	while (s < end) {
		if (*s != '\\') {
			strbuf_putc(to, *s++);
		} else if (octal(s + 1, end, &ch)) {
			strbuf_putc(to, ch);
			s += 4;
		} else if (s + 1 < end && s[1] == '\\') {
			strbuf_putc(to, '\\');
			s += 2;
		} else {
			return err_set(e, ERR_INVALID_TEXT_REPRESENTATION,
			               "invalid input syntax for type bytea");
		}
	}
	return ERR_OK;
}

static int
fail_format(const char *format, struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "unrecognized encoding: \"%s\"", format);
}

int
encoding_encode(const char *format, const char *s, size_t len, struct strbuf *to, struct err *e)
{
	if (strcasecmp(format, "hex") == 0)
		hex_encode(s, len, to);
	else if (strcasecmp(format, "base64") == 0)
		base64_encode(s, len, to);
	else if (strcasecmp(format, "escape") == 0)
		escape_encode(s, len, to);
	else
		return fail_format(format, e);
	return ERR_OK;
}

int
encoding_decode(const char *format, const char *s, size_t len, struct strbuf *to, struct err *e)
{
	if (strcasecmp(format, "hex") == 0)
		return hex_decode(s, len, to, e);
	if (strcasecmp(format, "base64") == 0)
		return base64_decode(s, len, to, e);
	if (strcasecmp(format, "escape") == 0)
		return escape_decode(s, len, to, e);
	return fail_format(format, e);
}
