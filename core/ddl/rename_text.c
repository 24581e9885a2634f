/* rename_text.c - columns named in expression texts (checks, defaults, indexes of one table).
 *
 * Such a text names columns without a qualifier, so an identifier is the column unless it is
 * called, qualified or a type name.  Strings and comments are stepped over.
 *
 * Not here: queries (views), which need binding. */
#include "config.h"
#include "core/ddl/private.h"

#include <ctype.h>
#include <strings.h>

struct scan {
	const char *p, *start, *end;
	bool ident;
	struct strbuf *out;
};

static bool
ident_char(char c, bool first)
{
	return c == '_' || isalpha((unsigned char) c) || (unsigned char) c >= 0x80 ||
	       (!first && (isdigit((unsigned char) c) || c == '$'));
}

/* The next token: an identifier, a string, or one character. */
static void
next(struct scan *s)
{
	const char *p = s->p;

	s->start = p;
	s->ident = false;
	if (*p == '\'') {
		do {
			for (p++; *p != '\0' && *p != '\''; p++)
				;
			p += *p == '\'';
		} while (*p == '\'');
	} else if (*p == '"') {
		s->ident = true;
		do {
			for (p++; *p != '\0' && *p != '"'; p++)
				;
			p += *p == '"';
		} while (*p == '"');
	} else if (ident_char(*p, true)) {
		s->ident = true;
		while (ident_char(*p, false))
			p++;
	} else {
		p++;
	}
	s->end = p;
	s->p = p;
}

static bool
ident_is(const struct scan *s, const char *name)
{
	const char *p = s->start, *end = s->end;

	if (*p != '"')
		return (size_t) (end - p) == strlen(name) &&
		       strncasecmp(p, name, (size_t) (end - p)) == 0;
	for (p++, end--; p < end; p++, name++) {
		if (*p != *name)
			return false;
		if (*p == '"')
			p++;
	}
	return *name == '\0';
}

static bool
is_column(const struct scan *s, char before, const char *name)
{
	const char *after = s->end;

	if (!s->ident || before == '.' || before == ':' || !ident_is(s, name))
		return false;
	while (*after == ' ')
		after++;
	return *after != '(' && *after != '.';
}

static bool
walk(const char *sql, const char *name, const char *new_name, struct strbuf *out)
{
	struct scan s = { .p = sql };
	char before = '\0';
	bool found = false;

	while (*s.p != '\0') {
		next(&s);
		if (is_column(&s, before, name)) {
			found = true;
			if (out != NULL)
				ddl_quote(out, new_name);
		} else if (out != NULL) {
			strbuf_add(out, s.start, (size_t) (s.end - s.start));
		}
		if (*s.start != ' ')
			before = s.end[-1];
	}
	return found;
}

bool
ddl_names_column(const char *sql, const char *name)
{
	return walk(sql, name, NULL, NULL);
}

const char *
ddl_rename_in(struct arena *a, const char *sql, const char *old_name, const char *new_name)
{
	struct strbuf b;

	if (sql == NULL || !ddl_names_column(sql, old_name))
		return sql;
	strbuf_init(&b, a);
	(void) walk(sql, old_name, new_name, &b);
	return b.data;
}
