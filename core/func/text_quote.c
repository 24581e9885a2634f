/* text_quote.c - quoting identifiers and literals; identifiers taken apart; the key words.
 *
 * Not here: format() (text_format.c). */
#include "config.h"
#include "core/func/impl.h"

#include <stdlib.h>

#include "core/func/textual.h"
#include "core/type/array.h"

static const struct keyword { const char *word; char category; bool bare; } keywords[] = {
#define KEYWORD(word, category, bare) { word, category, bare },
#include "core/func/keywords.def"
};

static int
keyword_order(const void *key, const void *elem)
{
	return strcmp(key, ((const struct keyword *) elem)->word);
}

static bool
must_quote(const char *s, size_t len)
{
	char word[64];

	if (len == 0 || !((*s >= 'a' && *s <= 'z') || *s == '_'))
		return true;
	for (size_t i = 1; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '_'))
			return true;
	if (len >= sizeof word)
		return false;
	memcpy(word, s, len);
	word[len] = '\0';
	const struct keyword *k = bsearch(word, keywords, ARRAY_LEN(keywords), sizeof keywords[0],
	                                  keyword_order);
	return k != NULL && k->category != 'U';
}

/* s between quotes, each quote inside doubled. */
static void
put_quoted(struct strbuf *to, const char *s, size_t len, char quote)
{
	strbuf_putc(to, quote);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == quote)
			strbuf_putc(to, quote);
		strbuf_putc(to, s[i]);
	}
	strbuf_putc(to, quote);
}

void
put_ident(struct strbuf *to, const char *s, size_t len)
{
	if (must_quote(s, len))
		put_quoted(to, s, len, '"');
	else
		strbuf_add(to, s, len);
}

void
put_literal(struct strbuf *to, const char *s, size_t len)
{
	if (memchr(s, '\\', len) == NULL) {
		put_quoted(to, s, len, '\'');
		return;
	}
	strbuf_puts(to, "E'");
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\'' || s[i] == '\\')
			strbuf_putc(to, s[i]);
		strbuf_putc(to, s[i]);
	}
	strbuf_putc(to, '\'');
}

DEFINE_FUNC(fn_quote_ident)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	put_ident(&b, bytes_data(args[0].b), bytes_len(args[0].b));
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

/* Of text, or of anything seen as text. */
DEFINE_FUNC(fn_quote_literal)
{
	struct strbuf text, b;

	strbuf_init(&text, fcall_arena(c));
	strbuf_init(&b, fcall_arena(c));
	text_of(c, c->arg_types[0], args[0], &text);
	put_literal(&b, text.data, text.len);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_quote_nullable)
{
	if (!nulls[0])
		return fn_quote_literal(c, args, nulls, ret, ret_null, e);
	*ret = cstring_datum(fcall_arena(c), "NULL");
	return ERR_OK;
}

/* ---- pg_get_keywords */
static const char *
category_name(char category)
{
	switch (category) {
	case 'U':
		return "unreserved";
	case 'C':
		return "unreserved (cannot be function or type name)";
	case 'T':
		return "reserved (can be function or type name)";
	default:
		return "reserved";
	}
}

DEFINE_SRF(fn_pg_get_keywords)
{
	static const bool no_nulls[5] = { false };
	struct arena *a = fcall_arena(c);

	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		const struct keyword *k = &keywords[i];
		const union datum row[5] = {
			cstring_datum(a, k->word), datum_int(k->category), datum_int(k->bare),
			cstring_datum(a, category_name(k->category)),
			cstring_datum(a, k->bare ? "can be bare label" : "requires AS"),
		};
		int rc = to->push(to, row, no_nulls, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* ---- parse_ident: "a".b.c into its parts */
static bool
ident_start(const char *p)
{
	return *p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p & 0x80) != 0;
}

static bool
ident_part(const char *p)
{
	return ident_start(p) || (*p >= '0' && *p <= '9') || *p == '$';
}

static int
fail_ident(struct err *e, const char *all, const char *detail, const char *arg)
{
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "string is not a valid identifier: \"%s\"", all);
	if (detail != NULL && arg != NULL)
		return err_detail(e, "No valid identifier %s \"%s\".", detail, arg);
	return detail != NULL ? err_detail(e, "%s", detail) : e->code;
}

/* One part at *p, which is moved behind it. */
static int
ident_next(struct fcall *c, const char *all, const char **at, struct array_build *out, struct err *e)
{
	const char *p = *at;
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	if (*p == '"') {
		for (p++; ; p++) {
			if (*p == '\0')
				return fail_ident(e, all, "String has unclosed double quotes.", NULL);
			if (*p == '"' && *++p != '"')
				break;
			strbuf_putc(&b, *p);
		}
		if (b.len == 0)
			return fail_ident(e, all, "Quoted identifier must not be empty.", NULL);
	} else {
		for (; *p != '\0' && ident_part(p); p++)
			strbuf_putc(&b, *p >= 'A' && *p <= 'Z' ? (char) (*p + 32) : *p);
	}
	array_build_add(out, strbuf_datum(fcall_arena(c), &b), false);
	*at = p;
	return ERR_OK;
}

static const char *
skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '\f' || *p == '\v')
		p++;
	return p;
}

DEFINE_FUNC(fn_parse_ident)
{
	const char *all = arg_cstring(c, args[0]), *p = skip_space(all);
	bool strict = args[1].i != 0, after_dot = false;
	struct array_build out;

	array_build_init(&out, fcall_arena(c), type_builtin(OID_TEXT));
	for (;;) {
		if (*p != '"' && !ident_start(p)) {
			if (*p == '.')
				return fail_ident(e, all, "before", ".");
			return after_dot ? fail_ident(e, all, "after", ".") : fail_ident(e, all, NULL, NULL);
		}
		int rc = ident_next(c, all, &p, &out, e);
		if (rc != ERR_OK)
			return rc;
		p = skip_space(p);
		if (*p == '.') {
			after_dot = true;
			p = skip_space(p + 1);
			continue;
		}
		if (*p == '\0' || !strict)
			break;
		return fail_ident(e, all, NULL, NULL);
	}
	ret->b = array_build_done(&out, fcall_arena(c));
	return ERR_OK;
}
