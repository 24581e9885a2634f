/* quote.c - identifiers and literals as PostgreSQL quotes them: only where it must. */
#include "config.h"
#include "translate/bind.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Key words that an identifier may not be without quotes: all but the unreserved ones.
 * Source: PostgreSQL 15, appendix C. */
static const char *const quoted_words[] = {
	"all",
	"analyse",
	"analyze",
	"and",
	"any",
	"array",
	"as",
	"asc",
	"asymmetric",
	"authorization",
	"between",
	"bigint",
	"binary",
	"bit",
	"boolean",
	"both",
	"case",
	"cast",
	"char",
	"character",
	"check",
	"coalesce",
	"collate",
	"collation",
	"column",
	"concurrently",
	"constraint",
	"create",
	"cross",
	"current_catalog",
	"current_date",
	"current_role",
	"current_schema",
	"current_time",
	"current_timestamp",
	"current_user",
	"dec",
	"decimal",
	"default",
	"deferrable",
	"desc",
	"distinct",
	"do",
	"else",
	"end",
	"except",
	"exists",
	"extract",
	"false",
	"fetch",
	"float",
	"for",
	"foreign",
	"freeze",
	"from",
	"full",
	"grant",
	"greatest",
	"group",
	"grouping",
	"having",
	"ilike",
	"in",
	"initially",
	"inner",
	"inout",
	"int",
	"integer",
	"intersect",
	"interval",
	"into",
	"is",
	"isnull",
	"join",
	"lateral",
	"leading",
	"least",
	"left",
	"like",
	"limit",
	"localtime",
	"localtimestamp",
	"national",
	"natural",
	"nchar",
	"none",
	"normalize",
	"not",
	"notnull",
	"null",
	"nullif",
	"numeric",
	"offset",
	"on",
	"only",
	"or",
	"order",
	"out",
	"outer",
	"overlaps",
	"overlay",
	"placing",
	"position",
	"precision",
	"primary",
	"real",
	"references",
	"returning",
	"right",
	"row",
	"select",
	"session_user",
	"setof",
	"similar",
	"smallint",
	"some",
	"substring",
	"symmetric",
	"table",
	"tablesample",
	"then",
	"time",
	"timestamp",
	"to",
	"trailing",
	"treat",
	"trim",
	"true",
	"union",
	"unique",
	"user",
	"using",
	"values",
	"varchar",
	"variadic",
	"verbose",
	"when",
	"where",
	"window",
	"with",
	"xmlattributes",
	"xmlconcat",
	"xmlelement",
	"xmlexists",
	"xmlforest",
	"xmlnamespaces",
	"xmlparse",
	"xmlpi",
	"xmlroot",
	"xmlserialize",
	"xmltable",
};

static int
compare_words(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *) b);
}

void
quote_ident(struct strbuf *to, const char *name)
{
	const char *p = name;
	bool plain = islower((unsigned char) *p) || *p == '_';

	for (; plain && *p != '\0'; p++)
		plain = islower((unsigned char) *p) || isdigit((unsigned char) *p) || *p == '_';
	if (plain && bsearch(name, quoted_words, ARRAY_LEN(quoted_words), sizeof quoted_words[0],
			     compare_words) == NULL) {
		strbuf_puts(to, name);
		return;
	}
	strbuf_putc(to, '"');
	for (p = name; *p != '\0'; p++) {
		if (*p == '"')
			strbuf_putc(to, '"');
		strbuf_putc(to, *p);
	}
	strbuf_putc(to, '"');
}

void
quote_literal(struct strbuf *to, const char *s, size_t len)
{
	if (memchr(s, '\\', len) != NULL)
		strbuf_putc(to, 'E');
	strbuf_putc(to, '\'');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\'' || s[i] == '\\')
			strbuf_putc(to, s[i]);
		strbuf_putc(to, s[i]);
	}
	strbuf_putc(to, '\'');
}
