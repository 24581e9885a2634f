/* query.c - checks of SQL: what it throws, what it returns. */
#include "config.h"
#include "contrib/pgtap/pgtap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/func/session_api.h"

struct collect {
	struct fcall *call;
	struct tap_rows *rows;
};

static int
take_columns(void *arg, int n, const char *const *names UNUSED, const struct type *const *types,
             struct err *e UNUSED)
{
	struct collect *to = arg;

	to->rows->ncols = n;
	to->rows->types = arena_dup(to->call->env->type.arena, types, (size_t) n * sizeof *types);
	return ERR_OK;
}

static int
take_row(void *arg, int n, const union datum *values, const bool *nulls, struct err *e UNUSED)
{
	struct collect *to = arg;
	struct tap_rows *rows = to->rows;
	struct arena *a = to->call->env->type.arena;

	if (rows->n == rows->cap) {
		const char ***old = rows->row;
		rows->cap = rows->cap == 0 ? 16 : rows->cap * 2;
		rows->row = ARENA_ARRAY(a, const char **, rows->cap);
		if (rows->n != 0)
			memcpy(rows->row, old, (size_t) rows->n * sizeof *old);
	}
	const char **cells = ARENA_ARRAY(a, const char *, n + 1);
	for (int i = 0; i < n; i++)
		if (nulls == NULL || !nulls[i])
			cells[i] = type_text(rows->types[i], &to->call->env->type, values[i]);
	rows->row[rows->n++] = cells;
	return ERR_OK;
}

/* pgTAP takes the name of a prepared statement, too: a text without blanks. */
static const char *
statement_of(struct fcall *c, const char *sql)
{
	if (*sql != '"')
		for (const char *at = sql; *at != '\0'; at++)
			if (isspace((unsigned char) *at))
				return sql;
	return tap_printf(c, "EXECUTE %s", sql);
}

int
tap_query(struct fcall *c, const char *sql, struct tap_rows *ret, struct err *sql_error, struct err *e)
{
	const struct session_api *s = c->env->session;
	struct collect to = { c, ret };
	const struct sql_sink sink = { &to, take_columns, take_row };

	*ret = (struct tap_rows) { 0 };
	err_init(sql_error);
	(void) s->run_sql(s->self, statement_of(c, sql), &sink, sql_error);
	if (sql_error->code == ERR_QUERY_CANCELED)
		return err_set(e, ERR_QUERY_CANCELED, "%s", sql_error->message);
	return ERR_OK;
}

int
tap_ask(struct fcall *c, const char *sql, const char **ret, struct err *e)
{
	const struct session_api *s = c->env->session;
	struct tap_rows rows = { 0 };
	struct collect to = { c, &rows };
	const struct sql_sink sink = { &to, take_columns, take_row };
	int rc = s->run_sql(s->self, sql, &sink, e);

	if (rc == ERR_OK)
		*ret = rows.n > 0 && rows.ncols > 0 ? rows.row[0][0] : NULL;
	return rc;
}

const char *
tap_row_text(struct fcall *c, const struct tap_rows *rows, int i)
{
	struct strbuf b;

	strbuf_init(&b, c->env->type.arena);
	strbuf_putc(&b, '(');
	for (int j = 0; j < rows->ncols; j++) {
		const char *cell = rows->row[i][j];
		if (j > 0)
			strbuf_putc(&b, ',');
		if (cell == NULL)
			continue;
		bool quote = *cell == '\0' || strpbrk(cell, "(),\"\\ \t\n\r\v\f") != NULL;
		if (quote)
			strbuf_putc(&b, '"');
		for (const char *at = cell; *at != '\0'; at++) {
			if (*at == '"' || *at == '\\')
				strbuf_putc(&b, *at);
			strbuf_putc(&b, *at);
		}
		if (quote)
			strbuf_putc(&b, '"');
	}
	strbuf_putc(&b, ')');
	return b.data;
}

/* -- Errors ---------------------------------------------------------------------------------- */

int
tap_throws_ok(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
              bool *ret_null UNUSED, struct err *e)
{
	const char *sql = tap_arg(c, args, nulls, 0), *second = tap_arg(c, args, nulls, 1);
	const char *code = NULL, *message = NULL, *description = NULL;
	struct tap_rows rows;
	struct err thrown;

	/* A second argument of five bytes is an SQLSTATE, else it is the message. */
	if (c->nargs == 4 || (second != NULL && strlen(second) == 5)) {
		code = second;
		message = tap_arg(c, args, nulls, 2);
		description = tap_arg(c, args, nulls, 3);
	} else {
		message = second;
		description = tap_arg(c, args, nulls, 2);
	}
	if (sql == NULL)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "throws_ok() needs a statement");
	int rc = tap_query(c, sql, &rows, &thrown, e);
	if (rc != ERR_OK)
		return rc;

	const char *wanted = code == NULL && message == NULL ? "an exception" :
	                     message == NULL ? code : code == NULL ? message :
	                     tap_printf(c, "%s: %s", code, message);
	if (description == NULL)
		description = message != NULL ? tap_printf(c, "threw %s", message) :
		              code != NULL ? tap_printf(c, "threw %s", code) : "threw an exception";
	if (thrown.code == ERR_OK)
		return tap_result(c, false, description,
		                  tap_printf(c, "      caught: no exception\n      wanted: %s",
		                             code != NULL ? code : wanted), ret, e);
	const char *state = err_sqlstate(thrown.code);
	bool passed = (code == NULL || strcmp(code, state) == 0) &&
	              (message == NULL || strcmp(message, thrown.message) == 0);
	return tap_result(c, passed, description,
	                  passed ? NULL : tap_printf(c, "      caught: %s: %s\n      wanted: %s", state,
	                                             thrown.message, wanted), ret, e);
}

int
tap_throws_like(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
                bool *ret_null UNUSED, struct err *e)
{
	const char *sql = tap_arg(c, args, nulls, 0), *pattern = tap_arg(c, args, nulls, 1);
	const char *op = strcmp(c->func->name, "throws_like") == 0 ? "LIKE" : "~";
	const char *description = tap_arg(c, args, nulls, 2), *holds = NULL;
	struct tap_rows rows;
	struct err thrown;

	if (sql == NULL || pattern == NULL)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "%s() needs a statement and a pattern", c->func->name);
	int rc = tap_query(c, sql, &rows, &thrown, e);
	if (rc != ERR_OK)
		return rc;
	if (thrown.code == ERR_OK)
		return tap_result(c, false, description, "    no exception thrown", ret, e);
	rc = tap_ask(c, tap_printf(c, "SELECT %s %s %s", tap_literal(c, thrown.message), op,
	                           tap_literal(c, pattern)), &holds, e);
	if (rc != ERR_OK)
		return rc;
	bool passed = holds != NULL && *holds == 't';
	return tap_result(c, passed, description,
	                  passed ? NULL : tap_printf(c, "   error message: %s\n   doesn't match: %s",
	                                             tap_literal(c, thrown.message),
	                                             tap_literal(c, pattern)), ret, e);
}

int
tap_lives_ok(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
             bool *ret_null UNUSED, struct err *e)
{
	const char *sql = tap_arg(c, args, nulls, 0);
	struct tap_rows rows;
	struct err thrown;

	if (sql == NULL)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "lives_ok() needs a statement");
	int rc = tap_query(c, sql, &rows, &thrown, e);
	if (rc != ERR_OK)
		return rc;
	return tap_result(c, thrown.code == ERR_OK, tap_arg(c, args, nulls, 1),
	                  thrown.code == ERR_OK ? NULL :
	                  tap_printf(c, "    died: %s: %s", err_sqlstate(thrown.code), thrown.message),
	                  ret, e);
}

/* -- Rows ------------------------------------------------------------------------------------ */

/* The rows of an argument: SQL, or an array whose elements are rows of one column. */
static int
rows_of(struct fcall *c, const union datum *args, const bool *nulls, int i, struct tap_rows *ret,
        struct err *e)
{
	const struct type *type = c->arg_types[i];
	struct err thrown;
	const char *sql;

	if (nulls != NULL && nulls[i])
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "%s() needs two queries", c->func->name);
	if (type->elem != NULL)
		sql = tap_printf(c, "SELECT * FROM pg_catalog.unnest(%s::%s)",
		                 tap_literal(c, tap_show(c, args, nulls, i)), type_sql_name(type));
	else
		sql = tap_arg(c, args, nulls, i);
	int rc = tap_query(c, sql, ret, &thrown, e);
	if (rc != ERR_OK)
		return rc;
	if (thrown.code != ERR_OK)
		return err_set(e, thrown.code, "%s", thrown.message);
	return ERR_OK;
}

static int
compare_cells(const char *const *a, const char *const *b, int n)
{
	for (int i = 0; i < n; i++) {
		if (a[i] == NULL || b[i] == NULL) {
			if (a[i] != b[i])
				return a[i] == NULL ? 1 : -1;
			continue;
		}
		int rc = strcmp(a[i], b[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static const char *
first_difference(struct fcall *c, const struct tap_rows *have, const struct tap_rows *want)
{
	int n = have->n > want->n ? have->n : want->n;

	for (int i = 0; i < n; i++) {
		bool both = i < have->n && i < want->n;
		if (both && have->ncols != want->ncols)
			return tap_printf(c, "    Number of columns or their types differ between the queries:\n"
			                  "        have: %s\n        want: %s",
			                  tap_row_text(c, have, i), tap_row_text(c, want, i));
		if (both && compare_cells(have->row[i], want->row[i], have->ncols) == 0)
			continue;
		return tap_printf(c, "    Results differ beginning at row %d:\n"
		                  "        have: %s\n        want: %s", i + 1,
		                  i < have->n ? tap_row_text(c, have, i) : "NULL",
		                  i < want->n ? tap_row_text(c, want, i) : "NULL");
	}
	return NULL;
}

int
tap_results_eq(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
               bool *ret_null UNUSED, struct err *e)
{
	bool equal = strcmp(c->func->name, "results_eq") == 0;
	struct tap_rows have, want;

	int rc = rows_of(c, args, nulls, 0, &have, e);
	if (rc == ERR_OK)
		rc = rows_of(c, args, nulls, 1, &want, e);
	if (rc != ERR_OK)
		return rc;
	const char *difference = first_difference(c, &have, &want);
	return tap_result(c, equal == (difference == NULL), tap_arg(c, args, nulls, 2),
	                  equal ? difference : NULL, ret, e);
}

/* Rows of `a` that `b` lacks, one "        (…)" a line.  A set counts each row once. */
static const char *
surplus(struct fcall *c, const struct tap_rows *a, const struct tap_rows *b, bool set)
{
	bool *used = ARENA_ARRAY(c->env->type.arena, bool, b->n + 1);
	struct strbuf text;

	strbuf_init(&text, c->env->type.arena);
	for (int i = 0; i < a->n; i++) {
		int j = 0;
		while (j < b->n && ((!set && used[j]) ||
		                    compare_cells(a->row[i], b->row[j], a->ncols) != 0))
			j++;
		if (j < b->n) {
			used[j] = true;
			continue;
		}
		bool again = false;
		for (int k = 0; set && k < i && !again; k++)
			again = compare_cells(a->row[i], a->row[k], a->ncols) == 0;
		if (!again)
			strbuf_printf(&text, "\n        %s", tap_row_text(c, a, i));
	}
	return text.data;
}

static const char *
column_types(struct fcall *c, const struct tap_rows *rows)
{
	struct strbuf b;

	strbuf_init(&b, c->env->type.arena);
	for (int i = 0; i < rows->ncols; i++)
		strbuf_printf(&b, "%s%s", i == 0 ? "" : ",", type_sql_name(rows->types[i]));
	return b.data;
}

int
tap_set_eq(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
           bool *ret_null UNUSED, struct err *e)
{
	bool set = strcmp(c->func->name, "set_eq") == 0;
	const char *description = tap_arg(c, args, nulls, 2);
	struct tap_rows have, want;

	int rc = rows_of(c, args, nulls, 0, &have, e);
	if (rc == ERR_OK)
		rc = rows_of(c, args, nulls, 1, &want, e);
	if (rc != ERR_OK)
		return rc;
	if (have.ncols != want.ncols)
		return tap_result(c, false, description,
		                  tap_printf(c, "    Columns differ between queries:\n"
		                             "        have: (%s)\n        want: (%s)",
		                             column_types(c, &have), column_types(c, &want)), ret, e);
	const char *extra = surplus(c, &have, &want, set), *missing = surplus(c, &want, &have, set);
	bool passed = *extra == '\0' && *missing == '\0';
	return tap_result(c, passed, description, passed ? NULL :
	                  tap_printf(c, "%s%s%s%s%s", *extra != '\0' ? "    Extra records:" : "", extra,
	                             *extra != '\0' && *missing != '\0' ? "\n" : "",
	                             *missing != '\0' ? "    Missing records:" : "", missing), ret, e);
}

int
tap_is_empty(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
             bool *ret_null UNUSED, struct err *e)
{
	bool want_empty = strcmp(c->func->name, "is_empty") == 0;
	struct tap_rows rows;
	struct strbuf text;

	int rc = rows_of(c, args, nulls, 0, &rows, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&text, c->env->type.arena);
	strbuf_puts(&text, "    Unexpected records:");
	for (int i = 0; i < rows.n; i++)
		strbuf_printf(&text, "\n        %s", tap_row_text(c, &rows, i));
	return tap_result(c, want_empty == (rows.n == 0), tap_arg(c, args, nulls, 1),
	                  want_empty ? text.data : NULL, ret, e);
}
