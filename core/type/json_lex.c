/* json_lex.c - reading JSON text: tokens, structure, and errors as PostgreSQL tells them.
 *
 * The walk keeps its own stack of open brackets, so depth costs memory and not the thread's
 * stack; the limit is JSON_DEPTH_MAX. */
#include "config.h"
#include "core/type/json_lex.h"

#include <stdio.h>

#include "core/type/ops.h"
#include "core/type/text.h"

enum token {
	TOK_NONE,
	TOK_END,
	TOK_STRING,
	TOK_NUMBER,
	TOK_TRUE,
	TOK_FALSE,
	TOK_NULL,
	TOK_OPEN_OBJECT,
	TOK_CLOSE_OBJECT,
	TOK_OPEN_ARRAY,
	TOK_CLOSE_ARRAY,
	TOK_COMMA,
	TOK_COLON
};

struct lexer {
	const char *input, *p, *end;
	const char *start, *stop;       /* the token, or the part of it that is wrong */
	const char *line;
	int  lineno;
	enum token tok;
	bool unescape;
	struct strbuf text;             /* an unescaped string */
	const char *str;                /* the string's characters: in text, or in the input */
	size_t str_len;
	struct err *e;
};

/* ---- Errors */

static bool
is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
	       c == '_' || (unsigned char) c >= 0x80;
}

/* The line up to the offending token, its start left out when it is long. */
static int
add_context(struct lexer *l)
{
	const char *from = l->line, *to = l->stop;

	while (to - from >= 50)
		from += utf8_char_len(*from);
	if (from - l->line <= 3)
		from = l->line;
	bool more = l->tok != TOK_END && to < l->end && *to != '\n' && *to != '\r';
	return err_context(l->e, "JSON data, line %d: %s%.*s%s", l->lineno,
			   from > l->line ? "..." : "", (int) (to - from), from, more ? "..." : "");
}

static int PRINTF_LIKE(2, 3)
bad_json(struct lexer *l, const char *detail, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, detail);
	vsnprintf(text, sizeof text, detail, ap);
	va_end(ap);
	(void) err_set(l->e, ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json");
	(void) err_detail(l->e, "%s", text);
	return add_context(l);
}

static int
bad_token(struct lexer *l)
{
	return bad_json(l, "Token \"%.*s\" is invalid.", (int) (l->stop - l->start), l->start);
}

/* The token at hand is not what had to come. */
static int
unexpected(struct lexer *l, const char *wanted)
{
	if (l->tok == TOK_END)
		return bad_json(l, "The input string ended unexpectedly.");
	return bad_json(l, "Expected %s, but found \"%.*s\".", wanted, (int) (l->stop - l->start),
			l->start);
}

/* ---- Strings */

/* Four hexadecimal digits at l->p, which moves past them. */
static int
read_hex(struct lexer *l, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		if (l->p >= l->end) {
			l->stop = l->p;
			return bad_token(l);
		}
		char c = ascii_lower(*l->p);
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
			l->stop = l->p + utf8_char_len(*l->p);
			if (l->stop > l->end)
				l->stop = l->end;
			return bad_json(l, "\"\\u\" must be followed by four hexadecimal digits.");
		}
		v = v << 4 | (uint32_t) (c <= '9' ? c - '0' : c - 'a' + 10);
		l->p++;
	}
	*ret = v;
	return ERR_OK;
}

/* After `\u`: one unit of UTF-16; *high keeps the first of a pair. */
static int
read_unicode(struct lexer *l, uint32_t *high)
{
	char utf8[4];
	uint32_t c = 0;

	int rc = read_hex(l, &c);
	if (rc != ERR_OK || !l->unescape)
		return rc;
	l->stop = l->p;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (*high != 0)
			return bad_json(l,
					"Unicode high surrogate must not follow a high surrogate.");
		*high = c;
		return ERR_OK;
	}
	if (c >= 0xdc00 && c <= 0xdfff) {
		if (*high == 0)
			return bad_json(l, "Unicode low surrogate must follow a high surrogate.");
		c = 0x10000 + ((*high - 0xd800) << 10) + (c - 0xdc00);
		*high = 0;
	} else if (*high != 0) {
		return bad_json(l, "Unicode low surrogate must follow a high surrogate.");
	}
	if (c == 0) {
		(void) err_set(l->e, ERR_UNTRANSLATABLE_CHARACTER,
			       "unsupported Unicode escape sequence");
		(void) err_detail(l->e, "\\u0000 cannot be converted to text.");
		return add_context(l);
	}
	strbuf_add(&l->text, utf8, (size_t) utf8_encode(c, utf8));
	return ERR_OK;
}

/* After a backslash. */
static int
read_escape(struct lexer *l, uint32_t *high)
{
	static const char codes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";

	if (l->p == l->end) {
		l->stop = l->p;
		return bad_token(l);
	}
	if (*l->p == 'u') {
		l->p++;
		return read_unicode(l, high);
	}
	const char *at = *l->p != '\0' ? strchr(codes, *l->p) : NULL;
	if (*high != 0) {
		l->stop = l->p + 1;
		return bad_json(l, "Unicode low surrogate must follow a high surrogate.");
	}
	if (at == NULL) {
		l->start = l->p;
		l->stop = l->p + utf8_char_len(*l->p);
		if (l->stop > l->end)
			l->stop = l->end;
		return bad_json(l, "Escape sequence \"\\%.*s\" is invalid.",
				(int) (l->stop - l->start), l->start);
	}
	if (l->unescape)
		strbuf_putc(&l->text, values[at - codes]);
	l->p++;
	return ERR_OK;
}

static inline bool
plain_char(char c)
{
	return (unsigned char) c >= ' ' && c != '"' && c != '\\';
}

static int
read_string(struct lexer *l)
{
	const char *run = ++l->p;
	uint32_t high = 0;
	bool copied = false;

	strbuf_clear(&l->text);
	for (;;) {
		while (l->p < l->end && plain_char(*l->p))
			l->p++;
		if (l->p == l->end) {
			l->stop = l->p;
			return bad_token(l);
		}
		if (high != 0 && (l->p > run || *l->p != '\\')) {
			l->stop = l->p > run ? run + 1 : l->p;
			return bad_json(l, "Unicode low surrogate must follow a high surrogate.");
		}
		if (*l->p == '"' && !copied) {
			l->str = run;
			l->str_len = (size_t) (l->p - run);
			break;
		}
		if (l->unescape)
			strbuf_add(&l->text, run, (size_t) (l->p - run));
		copied = true;
		if (*l->p == '"') {
			l->str = l->text.data;
			l->str_len = l->text.len;
			break;
		}
		if ((unsigned char) *l->p < ' ') {
			l->stop = l->p;
			return bad_json(l, "Character with value 0x%02x must be escaped.",
					(unsigned char) *l->p);
		}
		l->p++;
		int rc = read_escape(l, &high);
		if (rc != ERR_OK)
			return rc;
		run = l->p;
	}
	l->stop = ++l->p;
	l->tok = TOK_STRING;
	return ERR_OK;
}

/* ---- Numbers and words */

static bool
digit_at(const struct lexer *l)
{
	return l->p < l->end && *l->p >= '0' && *l->p <= '9';
}

static bool
skip_digits(struct lexer *l)
{
	bool any = digit_at(l);

	while (digit_at(l))
		l->p++;
	return any;
}

static int
read_number(struct lexer *l)
{
	bool good = true;

	if (*l->p == '-')
		l->p++;
	if (l->p < l->end && *l->p == '0')
		l->p++;
	else
		good = skip_digits(l);
	if (l->p < l->end && *l->p == '.') {
		l->p++;
		good &= skip_digits(l);
	}
	if (l->p < l->end && (*l->p == 'e' || *l->p == 'E')) {
		l->p++;
		if (l->p < l->end && (*l->p == '+' || *l->p == '-'))
			l->p++;
		good &= skip_digits(l);
	}
	for (; l->p < l->end && is_word_char(*l->p); l->p++)
		good = false;
	l->stop = l->p;
	if (!good)
		return bad_token(l);
	l->tok = TOK_NUMBER;
	return ERR_OK;
}

static int
read_word(struct lexer *l)
{
	while (l->p < l->end && is_word_char(*l->p))
		l->p++;
	size_t n = (size_t) (l->p - l->start);
	l->stop = n == 0 ? l->p + 1 : l->p;
	if (n == 4 && memcmp(l->start, "true", 4) == 0)
		l->tok = TOK_TRUE;
	else if (n == 4 && memcmp(l->start, "null", 4) == 0)
		l->tok = TOK_NULL;
	else if (n == 5 && memcmp(l->start, "false", 5) == 0)
		l->tok = TOK_FALSE;
	else
		return bad_token(l);
	return ERR_OK;
}

static int
next(struct lexer *l)
{
	while (l->p < l->end && (*l->p == ' ' || *l->p == '\n' || *l->p == '\t' || *l->p == '\r'))
		if (*l->p++ == '\n') {
			l->lineno++;
			l->line = l->p;
		}
	l->start = l->stop = l->p;
	if (l->p == l->end) {
		l->tok = TOK_END;
		return ERR_OK;
	}
	switch (*l->p) {
	case '{':
		l->tok = TOK_OPEN_OBJECT;
		break;
	case '}':
		l->tok = TOK_CLOSE_OBJECT;
		break;
	case '[':
		l->tok = TOK_OPEN_ARRAY;
		break;
	case ']':
		l->tok = TOK_CLOSE_ARRAY;
		break;
	case ',':
		l->tok = TOK_COMMA;
		break;
	case ':':
		l->tok = TOK_COLON;
		break;
	case '"':
		return read_string(l);
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
	case '8': case '9':
		return read_number(l);
	default:
		return read_word(l);
	}
	l->stop = ++l->p;
	return ERR_OK;
}

/* ---- Structure */

enum want { WANT_VALUE, WANT_VALUE_OR_END, WANT_KEY, WANT_KEY_OR_END, AFTER_VALUE };

struct walker {
	struct lexer l;
	const struct json_events *ev;
	struct strbuf open;             /* the brackets that are open, as characters */
	int  max_depth;
	enum want want;
};

static int
tell_scalar(struct walker *w)
{
	const struct json_events *ev = w->ev;
	struct lexer *l = &w->l;
	uint32_t pos = (uint32_t) (l->start - l->input);

	switch (l->tok) {
	case TOK_STRING:
		return ev->string != NULL ? ev->string(ev->arg, l->str, l->str_len, pos, l->e)
					  : ERR_OK;
	case TOK_NUMBER:
		return ev->number != NULL ? ev->number(ev->arg, l->start,
						       (size_t) (l->stop - l->start), pos, l->e)
					  : ERR_OK;
	case TOK_TRUE:
	case TOK_FALSE:
	case TOK_NULL:
		if (ev->word == NULL)
			return ERR_OK;
		return ev->word(ev->arg,
				l->tok == TOK_TRUE    ? JSON_TRUE
				: l->tok == TOK_FALSE ? JSON_FALSE
						      : JSON_NULL,
				pos, l->e);
	default:
		return unexpected(l, "JSON value");
	}
}

static int
open_container(struct walker *w)
{
	const struct json_events *ev = w->ev;
	struct lexer *l = &w->l;
	bool object = l->tok == TOK_OPEN_OBJECT;

	if (w->open.len >= (size_t) w->max_depth) {
		(void) err_set(l->e, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
		return err_hint(l->e, "JSON values can be nested %d levels deep at most.",
				w->max_depth);
	}
	strbuf_putc(&w->open, object ? '{' : '[');
	w->want = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
	return ev->open != NULL ? ev->open(ev->arg, object, (uint32_t) (l->start - l->input), l->e)
				: ERR_OK;
}

static int
close_container(struct walker *w)
{
	bool object = w->open.data[--w->open.len] == '{';

	w->want = AFTER_VALUE;
	return w->ev->close != NULL ? w->ev->close(w->ev->arg, object, w->l.e) : ERR_OK;
}

static int
take_value(struct walker *w)
{
	struct lexer *l = &w->l;

	if (l->tok == TOK_CLOSE_ARRAY && w->want == WANT_VALUE_OR_END)
		return close_container(w);
	if (l->tok == TOK_OPEN_OBJECT || l->tok == TOK_OPEN_ARRAY)
		return open_container(w);
	w->want = AFTER_VALUE;
	return tell_scalar(w);
}

static int
take_key(struct walker *w)
{
	struct lexer *l = &w->l;
	const struct json_events *ev = w->ev;
	int rc = ERR_OK;

	if (l->tok == TOK_CLOSE_OBJECT && w->want == WANT_KEY_OR_END)
		return close_container(w);
	if (l->tok != TOK_STRING)
		return unexpected(l, w->want == WANT_KEY ? "string" : "string or \"}\"");
	if (ev->key != NULL)
		rc = ev->key(ev->arg, l->str, l->str_len, (uint32_t) (l->start - l->input), l->e);
	if (rc == ERR_OK)
		rc = next(l);
	if (rc != ERR_OK)
		return rc;
	w->want = WANT_VALUE;
	return l->tok == TOK_COLON ? ERR_OK : unexpected(l, "\":\"");
}

static int
take_separator(struct walker *w)
{
	struct lexer *l = &w->l;
	bool object = w->open.data[w->open.len - 1] == '{';

	if (l->tok == (object ? TOK_CLOSE_OBJECT : TOK_CLOSE_ARRAY))
		return close_container(w);
	if (l->tok != TOK_COMMA)
		return unexpected(l, object ? "\",\" or \"}\"" : "\",\" or \"]\"");
	w->want = object ? WANT_KEY : WANT_VALUE;
	return ERR_OK;
}

int
json_walk(const char *s, size_t len, int max_depth, const struct json_events *ev, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct walker w = {
		.l = { .input = s,
		       .p = s,
		       .end = s + len,
		       .line = s,
		       .lineno = 1,
		       .unescape = ev->unescape,
		       .e = e },
		.ev = ev,
		.max_depth = max_depth > 0 ? max_depth : JSON_DEPTH_MAX,
	};
	int rc;

	strbuf_init(&w.open, &tmp);
	strbuf_init(&w.l.text, &tmp);
	do {
		rc = next(&w.l);
		if (rc != ERR_OK)
			return rc;
		if (w.want == AFTER_VALUE)
			rc = take_separator(&w);
		else if (w.want == WANT_KEY || w.want == WANT_KEY_OR_END)
			rc = take_key(&w);
		else
			rc = take_value(&w);
	} while (rc == ERR_OK && (w.open.len > 0 || w.want != AFTER_VALUE));
	if (rc == ERR_OK)
		rc = next(&w.l);
	if (rc == ERR_OK && w.l.tok != TOK_END)
		rc = unexpected(&w.l, "end of input");
	return rc;
}

int
json_check(const char *s, size_t len, struct err *e)
{
	static const struct json_events nothing = { .unescape = false };

	return json_walk(s, len, 0, &nothing, e);
}

/* ---- */

int
json_put_number(struct strbuf *to, const char *s, size_t len, struct err *e)
{
	bool zero = true, plain = len < 1000;

	for (size_t i = 0; i < len && plain; i++) {
		zero &= s[i] == '0' || s[i] == '.' || s[i] == '-';
		plain = s[i] != 'e' && s[i] != 'E';
	}
	if (plain) {                    /* as numeric shows it already, but for -0 */
		if (zero && *s == '-')
			s++, len--;
		strbuf_add(to, s, len);
		return ERR_OK;
	}
	ARENA_AUTO struct arena tmp = { 0 };
	numeric_t n;
	int rc = numeric_parse(&tmp, s, len, -1, &n, e);
	if (rc == ERR_OK)
		numeric_put(n, to);
	return rc;
}
