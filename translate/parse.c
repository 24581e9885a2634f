/* parse.c - SQL text to libpg_query's trees.
 *
 * The grammar is PostgreSQL's own.  Its tree comes as protobuf bytes in malloc'ed memory and is
 * unpacked onto our arena, so that it needs no freeing and lives as long as the statement.
 * libpg_query reports no SQLSTATE: the few errors of grammar and scanner that are not 42601
 * are told by their texts.
 *
 * Not here: the limit of nesting (nesting.c), what the trees mean (bind.c and the others). */
#include "config.h"
#include "translate/parse.h"

#include <ctype.h>
#include <pg_query.h>
#include <string.h>

enum { TEXT_MAX = 256 * 1024 * 1024 };

static void *
unpack_alloc(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void
unpack_free(void *arena, void *p)
{
	(void) arena;
	(void) p;
}

/* Texts of errors that have a code of their own; everything else is a syntax error. */
static enum err_code
parse_error_code(const char *message)
{
	static const struct {
		const char *text;
		enum err_code code;
	} known[] = {
		{ "not yet implemented", ERR_FEATURE_NOT_SUPPORTED },
		{ "is not implemented", ERR_FEATURE_NOT_SUPPORTED },
		{ "LIMIT #,#", ERR_SYNTAX_ERROR },
		{ "is not supported", ERR_FEATURE_NOT_SUPPORTED },
		{ "is only supported for ON DELETE actions", ERR_FEATURE_NOT_SUPPORTED },
		{ "are not supported", ERR_FEATURE_NOT_SUPPORTED },
		{ "current database cannot be changed", ERR_FEATURE_NOT_SUPPORTED },
		{ "cannot include schema elements", ERR_FEATURE_NOT_SUPPORTED },
		{ "cannot be marked", ERR_FEATURE_NOT_SUPPORTED },
		{ "unsafe use of", ERR_NONSTANDARD_USE_OF_ESCAPE_CHARACTER },
		{ "invalid Unicode", ERR_SYNTAX_ERROR },
		{ "invalid escape string", ERR_INVALID_ESCAPE_SEQUENCE },
		{ "invalid byte sequence", ERR_CHARACTER_NOT_IN_REPERTOIRE },
		{ "column name list not allowed in", ERR_FEATURE_NOT_SUPPORTED },
		{ "frame starting from", ERR_WINDOWING_ERROR },
		{ "frame start cannot be", ERR_WINDOWING_ERROR },
		{ "frame end cannot be", ERR_WINDOWING_ERROR },
		{ "precision for type float must be", ERR_INVALID_PARAMETER_VALUE },
	};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		if (strstr(message, known[i].text) != NULL)
			return known[i].code;
	return ERR_SYNTAX_ERROR;
}

/* The byte of a 1-based character position. */
static const char *
byte_at(const char *text, int position)
{
	for (int i = 1; i < position && *text != '\0'; i++)
		do
			text++;
		while (((unsigned char) *text & 0xC0) == 0x80);
	return text;
}

/* "trailing junk after numeric literal": later releases quote the whole word. */
static int
trailing_junk(const PgQueryError *pe, const char *text, struct err *e)
{
	const char *quote = strchr(pe->message, '"'), *from = byte_at(text, pe->cursorpos);

	const char *to = from + strlen(quote) - 2;
	while (*to == '_' || *to == '$' || isalnum((unsigned char) *to) ||
	       (unsigned char) *to >= 0x80)
		to++;
	err_set(e, ERR_SYNTAX_ERROR, "%.*s\"%.*s\"", (int) (quote - pe->message), pe->message,
		(int) (to - from), from);
	return err_at(e, pe->cursorpos);
}

/* "invalid Unicode escape": E'' and U&'' spell escapes differently. */
static int
unicode_escape(const PgQueryError *pe, const char *text, struct err *e)
{
	const char *c = byte_at(text, pe->cursorpos);

	while (c > text && *c != '\'' && *c != '"')
		c--;
	if (c > text && c[-1] == '&') {
		err_set(e, ERR_SYNTAX_ERROR, "%s", pe->message);
		err_hint(e, "Unicode escapes must be \\XXXX or \\+XXXXXX.");
	} else {
		err_set(e, ERR_INVALID_ESCAPE_SEQUENCE, "%s", pe->message);
		err_hint(e, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
	}
	return err_at(e, pe->cursorpos);
}

static int
parse_failed(const PgQueryError *pe, const char *text, struct err *e)
{
	const char *m = pe->message != NULL ? pe->message : "syntax error";

	if (strncmp(m, "trailing junk after", 19) == 0 && strchr(m, '"') != NULL &&
	    pe->cursorpos > 0 && strlen(strchr(m, '"')) <= strlen(text) + 2)
		return trailing_junk(pe, text, e);

	if (strcmp(m, "invalid Unicode escape") == 0 && pe->cursorpos > 0)
		return unicode_escape(pe, text, e);
	if (strcmp(m, "out of memory") == 0)
		return err_set(e, ERR_OUT_OF_MEMORY, "%s", m);
	err_set(e, parse_error_code(m), "%s", m);
	if (strncmp(m, "LIMIT #,#", 9) == 0)
		err_hint(e, "Use separate LIMIT and OFFSET clauses.");
	if (strncmp(m, "syntax error at or near \"", 25) == 0)
		guess_keyword(e, m + 25);
	if (strncmp(m, "frame ", 6) == 0 ||
	    strncmp(m, "VALUES in FROM must have an alias", 33) == 0 ||
	    strncmp(m, "subquery in FROM must have an alias", 35) == 0)
		if (m[0] != 'f')
			err_hint(e, "For example, FROM (%s ...) [AS] foo.",
				 m[0] == 'V' ? "VALUES" : "SELECT");
	return pe->cursorpos > 0 ? err_at(e, pe->cursorpos) : e->code;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char) *s >= 0x80)
			return false;
	return true;
}

static void
transaction_flags(const PgQuery__Node *n, struct raw_stmt_info *info)
{
	if (n->node_case != PG_QUERY__NODE__NODE_TRANSACTION_STMT)
		return;
	info->is_transaction = true;
	switch (n->transaction_stmt->kind) {
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
		info->ends_transaction = true;
		break;
	default:
		break;
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* The relation that a statement creates; NULL: none. */
static const PgQuery__RangeVar *
created_relation(const PgQuery__Node *n)
{
	const PgQuery__SelectStmt *select;

	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		return n->create_stmt->relation;
	case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
		return n->create_table_as_stmt->into->rel;
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		return n->view_stmt->view;
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		return n->create_seq_stmt->sequence;
	case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
		return n->composite_type_stmt->typevar;
	case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
		return created_relation(n->explain_stmt->query);
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		for (select = n->select_stmt; select->larg != NULL; select = select->larg)
			;
		return select->into_clause != NULL ? select->into_clause->rel : NULL;
	default:
		return NULL;
	}
}

static bool
makes_temporary(const PgQuery__Node *n)
{
	const PgQuery__RangeVar *rel = created_relation(n);

	return rel != NULL &&
	       ((rel->relpersistence != NULL && rel->relpersistence[0] == 't') ||
		(rel->schemaname != NULL && strcmp(rel->schemaname, "pg_temp") == 0));
}

static struct raw_stmt *
raw_make(struct arena *a, const char *text, size_t text_len, bool ascii, const PgQuery__RawStmt *r)
{
	struct raw_stmt *s = ARENA_NEW(a, struct raw_stmt);
	int from = r->stmt_location, to = r->stmt_len > 0 ? from + r->stmt_len : (int) text_len;

	while (from < to && is_space(text[from]))
		from++;
	while (to > from && (is_space(text[to - 1]) || text[to - 1] == ';'))
		to--;
	s->info.offset = from;
	s->info.len = to - from;
	s->info.text = arena_strndup(a, text + from, (size_t) (to - from));
	s->info.tag = stmt_tag(r->stmt);
	transaction_flags(r->stmt, &s->info);
	s->info.makes_temporary = makes_temporary(r->stmt);
	s->node = r->stmt;
	s->whole = text;
	s->ascii = ascii;
	return s;
}

static int
parse_tree(struct arena *a, const char *text, PgQuery__ParseResult **ret, struct err *e)
{
	ProtobufCAllocator alloc = { unpack_alloc, unpack_free, a };
	int rc = nesting_check(text, e);

	if (rc != ERR_OK)
		return rc;
	PgQueryProtobufParseResult r = pg_query_parse_protobuf(text);
	if (r.error != NULL) {
		rc = parse_failed(r.error, text, e);
	} else {
		*ret = pg_query__parse_result__unpack(&alloc, r.parse_tree.len,
						      (const uint8_t *) r.parse_tree.data);
		if (*ret == NULL)
			rc = err_set(e, ERR_INTERNAL_ERROR, "cannot read the parse tree");
	}
	pg_query_free_protobuf_parse_result(r);
	return rc;
}

int
sql_parse(struct arena *a, const char *text, struct list *ret, struct err *e)
{
	size_t len = strlen(text);
	struct list stmts = { 0 };
	PgQuery__ParseResult *tree;

	if (len > TEXT_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "statement of %zu bytes is longer than %d", len, TEXT_MAX);
	text = arena_strndup(a, text, len);
	int rc = parse_tree(a, text, &tree, e);
	if (rc != ERR_OK)
		return rc;
	bool ascii = is_ascii(text);
	for (size_t i = 0; i < tree->n_stmts; i++)
		list_push(&stmts, a, raw_make(a, text, len, ascii, tree->stmts[i]));
	rc = arena_check(a, e);
	if (rc == ERR_OK)
		*ret = stmts;
	return rc;
}

const struct raw_stmt_info *
raw_stmt_info(const struct raw_stmt *s)
{
	return &s->info;
}

int
parse_expr(struct arena *a, const char *sql, const PgQuery__Node **ret, struct err *e)
{
	PgQuery__ParseResult *tree;
	int rc = parse_tree(a, arena_printf(a, "SELECT %s", sql), &tree, e);

	if (rc != ERR_OK)
		return rc;
	if (tree->n_stmts == 1 &&
	    tree->stmts[0]->stmt->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
		const PgQuery__SelectStmt *s = tree->stmts[0]->stmt->select_stmt;

		if (s->n_target_list == 1 && s->n_from_clause == 0) {
			*ret = s->target_list[0]->res_target->val;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_SYNTAX_ERROR, "not one expression: %s", sql);
}
