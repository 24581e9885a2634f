/* util.c - small things that every type's methods share: the usual errors, bytes in network
 * order, decimal digits. */
#include "config.h"
#include "core/type/ops.h"

int
bad_syntax(struct err *e, const char *type, const char *s, size_t len)
{
	return err_set(e, ERR_INVALID_TEXT_REPRESENTATION,
		       "invalid input syntax for type %s: \"%.*s\"", type, (int) len, s);
}

int
out_of_range(struct err *e, const char *type, const char *s, size_t len)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
		       "value \"%.*s\" is out of range for type %s", (int) len, s, type);
}

int
bad_binary(struct err *e, size_t len, size_t want)
{
	if (len < want)
		return err_set(e, ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
	return err_set(e, ERR_INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
}

bool
same_word(const char *s, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++)
		if (word[i] == '\0' || ascii_lower(s[i]) != ascii_lower(word[i]))
			return false;
	return word[len] == '\0';
}

void
put_be16(struct strbuf *to, uint16_t v)
{
	v = __builtin_bswap16(v);
	strbuf_add(to, &v, sizeof v);
}

void
put_be32(struct strbuf *to, uint32_t v)
{
	v = __builtin_bswap32(v);
	strbuf_add(to, &v, sizeof v);
}

void
put_be64(struct strbuf *to, uint64_t v)
{
	v = __builtin_bswap64(v);
	strbuf_add(to, &v, sizeof v);
}

char *
put_digits(char *p, uint64_t v, int width)
{
	char text[24], *at = text + sizeof text;

	do {
		*--at = (char) ('0' + v % 10);
		v /= 10;
	} while (v != 0);
	int n = (int) (text + sizeof text - at);
	for (; width > n; width--)
		*p++ = '0';
	memcpy(p, at, (size_t) n);
	return p + n;
}
