/* refused.c - types and functions that PostgreSQL has and this server does not: said by name, with
 * what to do instead.
 *
 * Not here: the list of all that is left out (doc/FUNCTIONS.md). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

#define TEXT_SEARCH "Use LIKE, regular expressions or similarity in the client."
#define GEOMETRY    "Keep the coordinates in columns of type double precision."
#define XML         "Keep the document as text, or use jsonb."

struct refusal {
	const char *name, *what, *hint;
};

static const struct refusal types[] = {
	{ "money", "the type money", "Use numeric." },
	{ "xml", "the type xml", XML },
	{ "point", "the geometric type point", GEOMETRY },
	{ "line", "the geometric type line", GEOMETRY },
	{ "lseg", "the geometric type lseg", GEOMETRY },
	{ "box", "the geometric type box", GEOMETRY },
	{ "path", "the geometric type path", GEOMETRY },
	{ "polygon", "the geometric type polygon", GEOMETRY },
	{ "circle", "the geometric type circle", GEOMETRY },
	{ "tsvector", "text search (the type tsvector)", TEXT_SEARCH },
	{ "tsquery", "text search (the type tsquery)", TEXT_SEARCH },
	{ "regconfig", "text search (the type regconfig)", TEXT_SEARCH },
	{ "regdictionary", "text search (the type regdictionary)", TEXT_SEARCH },
	{ "pg_snapshot", "the type pg_snapshot", NULL },
	{ "txid_snapshot", "the type txid_snapshot", NULL },
};

/* Ends in '*': all names that begin so. */
static const struct refusal functions[] = {
	{ "to_tsvector", "text search (to_tsvector)", TEXT_SEARCH },
	{ "to_tsquery", "text search (to_tsquery)", TEXT_SEARCH },
	{ "plainto_tsquery", "text search (plainto_tsquery)", TEXT_SEARCH },
	{ "phraseto_tsquery", "text search (phraseto_tsquery)", TEXT_SEARCH },
	{ "websearch_to_tsquery", "text search (websearch_to_tsquery)", TEXT_SEARCH },
	{ "jsonb_to_tsvector", "text search (jsonb_to_tsvector)", TEXT_SEARCH },
	{ "json_to_tsvector", "text search (json_to_tsvector)", TEXT_SEARCH },
	{ "array_to_tsvector", "text search (array_to_tsvector)", TEXT_SEARCH },
	{ "get_current_ts_config", "text search (get_current_ts_config)", TEXT_SEARCH },
	{ "ts_*", "text search", TEXT_SEARCH },
	{ "xml*", "XML", XML },
	{ "xpath*", "XML", XML },
	{ "query_to_xml*", "XML", XML },
	{ "table_to_xml*", "XML", XML },
	{ "lo_*", "large objects", "Use a column of type bytea." },
	{ "loread", "large objects", "Use a column of type bytea." },
	{ "lowrite", "large objects", "Use a column of type bytea." },
	{ "pg_read_file", "reading files of the server", "Use COPY ... FROM STDIN." },
	{ "pg_read_binary_file", "reading files of the server", "Use COPY ... FROM STDIN." },
	{ "pg_ls_*", "listing files of the server", NULL },
	{ "pg_stat_file", "reading files of the server", NULL },
	{ "pg_current_snapshot", "the type pg_snapshot", NULL },
	{ "txid_current_snapshot", "the type txid_snapshot", NULL },
};

static bool
refuse(struct binder *b, const struct refusal *all, size_t n, const char *name, int position)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(all[i].name);
		bool prefix = all[i].name[len - 1] == '*';
		if (prefix ? strncmp(name, all[i].name, len - 1) == 0
			   : strcmp(name, all[i].name) == 0) {
			bind_unsupported(b, position, all[i].what, all[i].hint);
			return true;
		}
	}
	return false;
}

bool
refuse_type(struct binder *b, const char *name, int position)
{
	return refuse(b, types, ARRAY_LEN(types), name, position);
}

bool
refuse_function(struct binder *b, const char *name, int position)
{
	return refuse(b, functions, ARRAY_LEN(functions), name, position);
}
