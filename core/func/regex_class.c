/* regex_class.c - escapes and bracket expressions of regular expressions.
 *
 * Classes are Unicode's for letters, ASCII's for digits, as PostgreSQL's are in C.UTF-8. */
#include "config.h"
#include "core/func/regex_parse.h"

#include <ctype.h>
#include <string.h>

#include "core/type/text.h"

#define SPACE_SET "\\t-\\r \\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}"

const char *
rx_char_text(struct arena *a, uint32_t c)
{
	if (c < 0x80 && isalnum((int) c))
		return arena_printf(a, "%c", (char) c);
	return arena_printf(a, "\\x{%x}", c);
}

/* ---- \ followed by something.  What it stands for: */
enum escape { ESC_CHAR, ESC_SET, ESC_NOT_SET, ESC_ASSERT, ESC_BACKREF, ESC_BAD };

struct escaped {
	enum escape kind;
	uint32_t c;                     /* character, or number of the back reference */
	const char *text;               /* members of the set; the assertion */
};

static uint32_t
hex(struct rx_parser *x, int min, int max, bool *ok)
{
	uint32_t v = 0;
	int n = 0;

	for (; n < max && x->p < x->end && isxdigit((unsigned char) *x->p); n++, x->p++) {
		char ch = (char) tolower((unsigned char) *x->p);
		v = (v & 0xfffffff) << 4 | (uint32_t) (ch <= '9' ? ch - '0' : ch - 'a' + 10);
	}
	*ok = n >= min && v <= 0x10ffff && !(v >= 0xd800 && v <= 0xdfff);
	return v;
}

/* \0, \1 ... \377: a back reference when there is such a group, else an octal character. */
static struct escaped
number(struct rx_parser *x, bool in_bracket)
{
	const char *from = x->p;
	int v = 0, octal = 0, n = 0;

	if (*x->p == '0') {
		for (; n < 3 && x->p < x->end && *x->p >= '0' && *x->p <= '7'; n++, x->p++)
			octal = octal * 8 + (*x->p - '0');
		return (struct escaped) { octal > 255 ? ESC_BAD : ESC_CHAR, (uint32_t) octal, NULL };
	}
	for (; x->p < x->end && isdigit((unsigned char) *x->p) && v < 1000; x->p++)
		v = v * 10 + (*x->p - '0');
	if (!in_bracket && (x->p - from == 1 || v <= x->closed))
		return (struct escaped) { ESC_BACKREF, (uint32_t) v, NULL };
	x->p = from;
	for (; n < 3 && x->p < x->end && *x->p >= '0' && *x->p <= '7'; n++, x->p++)
		octal = octal * 8 + (*x->p - '0');
	return (struct escaped) { n == 0 || octal > 255 ? ESC_BAD : ESC_CHAR, (uint32_t) octal, NULL };
}

static struct escaped
control(struct rx_parser *x)
{
	if (x->p >= x->end)
		return (struct escaped) { .kind = ESC_BAD };
	uint32_t c = utf8_decode(x->p) & 037;
	x->p += utf8_char_len(*x->p);
	return (struct escaped) { ESC_CHAR, c, NULL };
}

static struct escaped
escape(struct rx_parser *x, bool in_bracket)
{
	static const char letters[] = "abBefnrtv";
	static const char codes[] = "\a\b\\\033\f\n\r\t\v";
	bool good = true;
	uint32_t c;

	if (++x->p >= x->end)
		return (struct escaped) { .kind = ESC_BAD };
	char ch = *x->p;
	if (!isalnum((unsigned char) ch)) {
		c = utf8_decode(x->p);
		x->p += utf8_char_len(ch);
		return (struct escaped) { ESC_CHAR, c, NULL };
	}
	if (isdigit((unsigned char) ch))
		return number(x, in_bracket);
	x->p++;
	const char *simple = strchr(letters, ch);
	if (simple != NULL)
		return (struct escaped) { ESC_CHAR, (uint32_t) codes[simple - letters], NULL };
	switch (ch) {
	case 'c':
		return control(x);
	case 'u':
		c = hex(x, 4, 4, &good);
		return (struct escaped) { good ? ESC_CHAR : ESC_BAD, c, NULL };
	case 'U':
		c = hex(x, 8, 8, &good);
		return (struct escaped) { good ? ESC_CHAR : ESC_BAD, c, NULL };
	case 'x':
		c = hex(x, 1, 255, &good);
		return (struct escaped) { good ? ESC_CHAR : ESC_BAD, c, NULL };
	case 'd':
		return (struct escaped) { ESC_SET, 0, "0-9" };
	case 'D':
		return (struct escaped) { ESC_NOT_SET, 0, "0-9" };
	case 's':
		return (struct escaped) { ESC_SET, 0, SPACE_SET };
	case 'S':
		return (struct escaped) { ESC_NOT_SET, 0, SPACE_SET };
	case 'w':
		return (struct escaped) { ESC_SET, 0, "\\w" };
	case 'W':
		return (struct escaped) { ESC_NOT_SET, 0, "\\w" };
	case 'A':
		return (struct escaped) { ESC_ASSERT, 0, "\\A" };
	case 'Z':
		return (struct escaped) { ESC_ASSERT, 0, "\\z" };
	case 'm':
		return (struct escaped) { ESC_ASSERT, 0, "(?:\\b(?=\\w))" };
	case 'M':
		return (struct escaped) { ESC_ASSERT, 0, "(?:\\b(?<=\\w))" };
	case 'y':
		return (struct escaped) { ESC_ASSERT, 0, "\\b" };
	case 'Y':
		return (struct escaped) { ESC_ASSERT, 0, "\\B" };
	default:
		return (struct escaped) { .kind = ESC_BAD };
	}
}

struct rx_node *
rx_parse_escape(struct rx_parser *x)
{
	struct escaped e = escape(x, false);
	const char *nl = (x->tree->flags & REGEX_NL_STOP) != 0 ? "\\n" : "";

	switch (e.kind) {
	case ESC_CHAR:
		return rx_node(x, RX_CHAR, rx_char_text(x->arena, e.c));
	case ESC_SET:
		return rx_node(x, RX_CHAR, arena_printf(x->arena, "[%s]", e.text));
	case ESC_NOT_SET:
		return rx_node(x, RX_CHAR, arena_printf(x->arena, "[^%s%s]", e.text, nl));
	case ESC_ASSERT:
		return rx_node(x, RX_ASSERT, e.text);
	case ESC_BACKREF:
		if (e.c > (uint32_t) x->tree->ngroups || e.c > (uint32_t) x->closed || x->look > 0) {
			(void) rx_fail(x, "invalid backreference number");
			return NULL;
		}
		x->tree->backrefs = true;
		struct rx_node *n = rx_node(x, RX_BACKREF, NULL);
		n->number = (int) e.c;
		n->choice = true;
		return n;
	default:
		(void) rx_fail(x, "invalid escape \\ sequence");
		return NULL;
	}
}

/* ---- [ ... ] */
static const struct { const char *name, *set; } classes[] = {
	{ "alnum", "\\p{L}\\p{N}" },
	{ "alpha", "\\p{L}\\p{Nl}" },
	{ "ascii", "\\x{0}-\\x{7f}" },
	{ "blank", " \\t\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{205f}\\x{3000}" },
	{ "cntrl", "\\p{Cc}\\x{2028}\\x{2029}" },
	{ "digit", "0-9" },
	{ "graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\x{a0}" },
	{ "lower", "\\p{Ll}" },
	{ "print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}" },
	{ "punct", "!-/:-@\\x{5b}-`{-~\\p{P}\\p{S}" },
	{ "space", SPACE_SET },
	{ "upper", "\\p{Lu}" },
	{ "word", "\\w" },
	{ "xdigit", "0-9A-Fa-f" },
};

static bool
starts(const struct rx_parser *x, const char *s)
{
	size_t n = strlen(s);

	return (size_t) (x->end - x->p) >= n && memcmp(x->p, s, n) == 0;
}

/* The name of [:name:], [.name.] or [=name=]; x->p moves behind it. */
static const char *
bracket_name(struct rx_parser *x, char kind, size_t *ret_len)
{
	const char *from = x->p + 2, *q = from;

	while (q + 1 < x->end && !(q[0] == kind && q[1] == ']'))
		q++;
	if (q + 1 >= x->end)
		return NULL;
	*ret_len = (size_t) (q - from);
	x->p = q + 2;
	return from;
}

static int
put_class(struct rx_parser *x, struct strbuf *to)
{
	size_t len = 0;
	const char *name = bracket_name(x, ':', &len);

	if (name == NULL)
		return rx_fail(x, "brackets [] not balanced");
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strlen(classes[i].name) == len && memcmp(classes[i].name, name, len) == 0) {
			bool any_case = (x->tree->flags & REGEX_ICASE) != 0 &&
			                (len == 5 && (memcmp(name, "lower", 5) == 0 || memcmp(name, "upper", 5) == 0));
			strbuf_puts(to, any_case ? "\\p{Ll}\\p{Lu}" : classes[i].set);
			return ERR_OK;
		}
	return rx_fail(x, "invalid character class");
}

/* The names of POSIX for characters: [.hyphen.]. */
static const struct { const char *name; unsigned char ch; } elements[] = {
	{ "NUL", 0 }, { "SOH", 1 }, { "STX", 2 }, { "ETX", 3 }, { "EOT", 4 }, { "ENQ", 5 },
	{ "ACK", 6 }, { "BEL", 7 }, { "alert", 7 }, { "BS", 8 }, { "backspace", 8 }, { "HT", 9 },
	{ "tab", 9 }, { "LF", 10 }, { "newline", 10 }, { "VT", 11 }, { "vertical-tab", 11 },
	{ "FF", 12 }, { "form-feed", 12 }, { "CR", 13 }, { "carriage-return", 13 }, { "SO", 14 },
	{ "SI", 15 }, { "DLE", 16 }, { "DC1", 17 }, { "DC2", 18 }, { "DC3", 19 }, { "DC4", 20 },
	{ "NAK", 21 }, { "SYN", 22 }, { "ETB", 23 }, { "CAN", 24 }, { "EM", 25 }, { "SUB", 26 },
	{ "ESC", 27 }, { "IS4", 28 }, { "FS", 28 }, { "IS3", 29 }, { "GS", 29 }, { "IS2", 30 },
	{ "RS", 30 }, { "IS1", 31 }, { "US", 31 }, { "space", 32 }, { "exclamation-mark", 33 },
	{ "quotation-mark", 34 }, { "number-sign", 35 }, { "dollar-sign", 36 },
	{ "percent-sign", 37 }, { "ampersand", 38 }, { "apostrophe", 39 },
	{ "left-parenthesis", 40 }, { "right-parenthesis", 41 }, { "asterisk", 42 },
	{ "plus-sign", 43 }, { "comma", 44 }, { "hyphen", 45 }, { "hyphen-minus", 45 },
	{ "period", 46 }, { "full-stop", 46 }, { "slash", 47 }, { "solidus", 47 }, { "zero", 48 },
	{ "one", 49 }, { "two", 50 }, { "three", 51 }, { "four", 52 }, { "five", 53 },
	{ "six", 54 }, { "seven", 55 }, { "eight", 56 }, { "nine", 57 }, { "colon", 58 },
	{ "semicolon", 59 }, { "less-than-sign", 60 }, { "equals-sign", 61 },
	{ "greater-than-sign", 62 }, { "question-mark", 63 }, { "commercial-at", 64 },
	{ "left-square-bracket", 91 }, { "backslash", 92 }, { "reverse-solidus", 92 },
	{ "right-square-bracket", 93 }, { "circumflex", 94 }, { "circumflex-accent", 94 },
	{ "underscore", 95 }, { "low-line", 95 }, { "grave-accent", 96 }, { "left-brace", 123 },
	{ "left-curly-bracket", 123 }, { "vertical-line", 124 }, { "right-brace", 125 },
	{ "right-curly-bracket", 125 }, { "tilde", 126 }, { "DEL", 127 },
};

static bool
named_element(const char *name, size_t len, uint32_t *ret)
{
	for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
		if (strlen(elements[i].name) == len && memcmp(elements[i].name, name, len) == 0) {
			*ret = elements[i].ch;
			return true;
		}
	return false;
}

enum item { ITEM_CHAR, ITEM_SET, ITEM_ERROR };

/* One element: a character in *ret, or a set written to the class. */
static enum item
bracket_item(struct rx_parser *x, struct strbuf *to, uint32_t *ret)
{
	if (starts(x, "[:"))
		return put_class(x, to) == ERR_OK ? ITEM_SET : ITEM_ERROR;
	if (starts(x, "[.") || starts(x, "[=")) {
		size_t len = 0;
		const char *name = bracket_name(x, x->p[1], &len);
		if (name == NULL) {
			(void) rx_fail(x, "brackets [] not balanced");
			return ITEM_ERROR;
		}
		if (named_element(name, len, ret))
			return ITEM_CHAR;
		if (len == 0 || (size_t) utf8_char_len(*name) != len) {
			(void) rx_fail(x, "invalid collating element");
			return ITEM_ERROR;
		}
		*ret = utf8_decode(name);
		return ITEM_CHAR;
	}
	if (*x->p == '\\') {
		struct escaped e = escape(x, true);
		if (e.kind == ESC_CHAR) {
			*ret = e.c;
			return ITEM_CHAR;
		}
		if (e.kind == ESC_SET) {
			strbuf_puts(to, e.text);
			return ITEM_SET;
		}
		if (e.kind == ESC_NOT_SET && strcmp(e.text, SPACE_SET) != 0) {
			strbuf_puts(to, *e.text == '0' ? "\\x{0}-/:-\\x{10ffff}" : "\\W");
			return ITEM_SET;
		}
		if (e.kind == ESC_NOT_SET) {
			strbuf_puts(to, "\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{167f}\\x{1681}-\\x{1fff}\\x{2007}"
			                "\\x{200b}-\\x{2027}\\x{202a}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}");
			return ITEM_SET;
		}
		(void) rx_fail(x, "invalid escape \\ sequence");
		return ITEM_ERROR;
	}
	*ret = utf8_decode(x->p);
	x->p += utf8_char_len(*x->p);
	return ITEM_CHAR;
}

struct rx_node *
rx_parse_bracket(struct rx_parser *x)
{
	struct strbuf b;
	bool first = true;

	if (starts(x, "[[:<:]]") || starts(x, "[[:>:]]")) {
		const char *text = x->p[3] == '<' ? "(?:\\b(?=\\w))" : "(?:\\b(?<=\\w))";
		x->p += 7;
		return rx_node(x, RX_ASSERT, text);
	}
	strbuf_init(&b, x->arena);
	strbuf_putc(&b, '[');
	x->p++;
	if (x->p < x->end && *x->p == '^') {
		strbuf_puts(&b, (x->tree->flags & REGEX_NL_STOP) != 0 ? "^\\n" : "^");
		x->p++;
	}
	for (; x->p < x->end && (first || *x->p != ']'); first = false) {
		uint32_t from = 0, to = 0;
		enum item kind = bracket_item(x, &b, &from);
		if (kind == ITEM_ERROR)
			return NULL;
		bool range = x->end - x->p >= 2 && x->p[0] == '-' && x->p[1] != ']';
		if (kind == ITEM_SET) {
			if (range) {
				(void) rx_fail(x, "invalid character range");
				return NULL;
			}
			continue;
		}
		to = from;
		if (range) {
			x->p++;
			kind = bracket_item(x, &b, &to);
			if (kind == ITEM_ERROR)
				return NULL;
			if (kind == ITEM_SET || to < from) {
				(void) rx_fail(x, "invalid character range");
				return NULL;
			}
		}
		strbuf_printf(&b, "\\x{%x}", from);
		if (to != from)
			strbuf_printf(&b, "-\\x{%x}", to);
	}
	if (x->p >= x->end) {
		(void) rx_fail(x, "brackets [] not balanced");
		return NULL;
	}
	x->p++;
	strbuf_putc(&b, ']');
	return rx_node(x, RX_CHAR, arena_strndup(x->arena, b.data, b.len));
}
