/* jsonpath_lex.c - splitting a path: numbers, strings with escapes, names, signs. */
#include "config.h"
#include "core/type/jsonpath_lex.h"

#include "core/type/ops.h"
#include "core/type/text.h"

int
jp_error(struct jp_lexer *l, const char *message)
{
	if (l->start >= l->end)
		return err_set(l->e, ERR_SYNTAX_ERROR, "%s at end of jsonpath input", message);
	return err_set(l->e, ERR_SYNTAX_ERROR, "%s at or near \"%.*s\" of jsonpath input", message,
		       (int) (l->p - l->start), l->start);
}

bool
jp_keyword(const struct jp_lexer *l, const char *word)
{
	bool exact = strcmp(word, "true") == 0 || strcmp(word, "false") == 0 ||
		     strcmp(word, "null") == 0;

	if (l->tok != JPT_IDENT)
		return false;
	if (exact)
		return l->len == strlen(word) && memcmp(l->str, word, l->len) == 0;
	return same_word(l->str, l->len, word);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* May a character stand in a name without quotes? */
static bool
is_other(char c)
{
	return c != '\0' && strchr("?%$.[]{}()|&!=<>@#,*:-+/\\\" \t\n\r\f", c) == NULL;
}

static char at(const struct jp_lexer *l) { return l->p < l->end ? *l->p : '\0'; }

static int
bad_escape(struct jp_lexer *l, const char *message)
{
	return jp_error(l, message);
}

static int
bad_surrogate(struct jp_lexer *l)
{
	(void) err_set(l->e, ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s",
		       "jsonpath");
	return err_detail(l->e, "Unicode low surrogate must follow a high surrogate.");
}

/* n hexadecimal digits; false: they are not. */
static bool
hex_digits(struct jp_lexer *l, int min, int max, uint32_t *ret)
{
	uint32_t v = 0;
	int n = 0;

	for (; n < max && l->p < l->end; n++, l->p++) {
		char c = ascii_lower(*l->p);
		if (is_digit(c))
			v = v << 4 | (uint32_t) (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t) (c - 'a' + 10);
		else
			break;
	}
	*ret = v;
	return n >= min;
}

static int
read_unicode(struct jp_lexer *l, struct strbuf *to)
{
	char utf8[4];
	uint32_t c, low;

	if (at(l) == '{') {
		l->p++;
		if (!hex_digits(l, 1, 6, &c) || at(l) != '}')
			return bad_escape(l, "invalid Unicode escape sequence");
		l->p++;
	} else if (!hex_digits(l, 4, 4, &c)) {
		return bad_escape(l, "invalid Unicode escape sequence");
	}
	if (c >= 0xd800 && c <= 0xdbff) {
		if (l->end - l->p < 2 || l->p[0] != '\\' || l->p[1] != 'u')
			return bad_surrogate(l);
		l->p += 2;
		if (!hex_digits(l, 4, 4, &low) || low < 0xdc00 || low > 0xdfff)
			return bad_surrogate(l);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c == 0) {
		(void) err_set(l->e, ERR_UNTRANSLATABLE_CHARACTER,
			       "unsupported Unicode escape sequence");
		return err_detail(l->e, "\\u0000 cannot be converted to text.");
	}
	if (c >= 0xdc00 && c <= 0xdfff)
		return bad_surrogate(l);
	if (c > 0x10ffff)
		return bad_escape(l, "invalid Unicode escape sequence");
	strbuf_add(to, utf8, (size_t) utf8_encode(c, utf8));
	return ERR_OK;
}

/* After a backslash. */
static int
read_escape(struct jp_lexer *l, struct strbuf *to)
{
	static const char codes[] = "bfnrtv", values[] = "\b\f\n\r\t\v";
	uint32_t c;

	if (l->p == l->end)
		return bad_escape(l, "unexpected end after backslash");
	char ch = *l->p++;
	const char *code = strchr(codes, ch);
	if (ch == 'u')
		return read_unicode(l, to);
	if (ch == 'x') {
		if (!hex_digits(l, 2, 2, &c))
			return bad_escape(l, "invalid hexadecimal character sequence");
		char utf8[4];
		strbuf_add(to, utf8, (size_t) utf8_encode(c, utf8));
		return ERR_OK;
	}
	strbuf_putc(to, code != NULL ? values[code - codes] : ch);
	return ERR_OK;
}

static int
read_quoted(struct jp_lexer *l)
{
	struct strbuf b;

	strbuf_init(&b, l->a);
	for (l->p++; l->p < l->end && *l->p != '"'; ) {
		if (*l->p != '\\') {
			strbuf_putc(&b, *l->p++);
			continue;
		}
		l->p++;
		int rc = read_escape(l, &b);
		if (rc != ERR_OK)
			return rc;
	}
	if (l->p == l->end) {
		l->start = l->end;
		return jp_error(l, "unexpected end of quoted string");
	}
	l->p++;
	l->str = b.data;
	l->len = (uint32_t) b.len;
	return ERR_OK;
}

static int
read_name(struct jp_lexer *l)
{
	struct strbuf b;

	strbuf_init(&b, l->a);
	while (l->p < l->end && (is_other(*l->p) || *l->p == '\\')) {
		if (l->end - l->p >= 2 && l->p[0] == '/' && l->p[1] == '*')
			break;
		if (*l->p != '\\') {
			strbuf_putc(&b, *l->p++);
			continue;
		}
		l->p++;
		int rc = read_escape(l, &b);
		if (rc != ERR_OK)
			return rc;
	}
	l->str = b.data;
	l->len = (uint32_t) b.len;
	return ERR_OK;
}

static int
read_number(struct jp_lexer *l)
{
	l->tok = JPT_INT;
	if (at(l) == '0')
		l->p++;
	else
		while (is_digit(at(l)))
			l->p++;
	if (at(l) == '.') {
		l->tok = JPT_NUMBER;
		for (l->p++; is_digit(at(l)); )
			l->p++;
	}
	const char *mark = l->p;
	if (at(l) == 'e' || at(l) == 'E') {
		l->p++;
		if (at(l) == '+' || at(l) == '-')
			l->p++;
		if (is_digit(at(l))) {
			l->tok = JPT_NUMBER;
			while (is_digit(at(l)))
				l->p++;
		} else {
			l->p = mark;
		}
	}
	l->str = l->start;
	l->len = (uint32_t) (l->p - l->start);
	if (is_other(at(l))) {
		l->p++;
		return jp_error(l, "trailing junk after numeric literal");
	}
	return ERR_OK;
}

static bool
skip_blank(struct jp_lexer *l)
{
	for (;;) {
		while (l->p < l->end && ascii_space(*l->p) && *l->p != '\v')
			l->p++;
		if (l->end - l->p < 2 || l->p[0] != '/' || l->p[1] != '*')
			return true;
		const char *close = memmem(l->p + 2, (size_t) (l->end - l->p - 2), "*/", 2);
		if (close == NULL)
			return false;
		l->p = close + 2;
	}
}

static bool
two(struct jp_lexer *l, const char *sign, enum jp_token tok)
{
	if (l->end - l->p < 2 || l->p[0] != sign[0] || l->p[1] != sign[1])
		return false;
	l->p += 2;
	l->tok = tok;
	return true;
}

int
jp_next(struct jp_lexer *l)
{
	if (!skip_blank(l)) {
		l->start = l->end;
		return jp_error(l, "unexpected end of comment");
	}
	l->start = l->p;
	if (l->p == l->end) {
		l->tok = JPT_END;
		return ERR_OK;
	}
	if (two(l, "**", JPT_ANY) || two(l, "&&", JPT_AND) || two(l, "||", JPT_OR) ||
	    two(l, "==", JPT_EQ) || two(l, "!=", JPT_NE) || two(l, "<>", JPT_NE) ||
	    two(l, "<=", JPT_LE) || two(l, ">=", JPT_GE))
		return ERR_OK;
	char c = *l->p;
	if (is_digit(c) || (c == '.' && l->end - l->p > 1 && is_digit(l->p[1])))
		return read_number(l);
	if (c == '"') {
		l->tok = JPT_STRING;
		return read_quoted(l);
	}
	if (c == '$' && l->end - l->p > 1 &&
	    (is_other(l->p[1]) || l->p[1] == '"' || l->p[1] == '\\')) {
		l->tok = JPT_VARIABLE;
		l->p++;
		return *l->p == '"' ? read_quoted(l) : read_name(l);
	}
	if (is_other(c) || c == '\\') {
		l->tok = JPT_IDENT;
		return read_name(l);
	}
	l->tok = JPT_CHAR;
	l->ch = c;
	l->p++;
	return ERR_OK;
}
