/* runsql.c - SQL run from within a function, inside the statement that called it.
 *
 * Each text is a little transaction of its own: when it fails, what it did is undone and the
 * error is the caller's to look at. */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "core/type/text.h"
#include "pgwire/session/portal.h"

enum { NESTING_MAX = 12 };

struct sink_dest {
	struct dest d;
	const struct sql_sink *sink;
	struct row_shape shape;
	struct session *s;
};

static int
sink_start(struct dest *d, const struct row_shape *shape, struct err *e)
{
	struct sink_dest *k = (struct sink_dest *) d;
	ARENA_AUTO struct arena a = { 0 };
	const char **names = ARENA_ARRAY(&a, const char *, shape->ncols + 1);
	const struct type **types = ARENA_ARRAY(&a, const struct type *, shape->ncols + 1);

	for (int i = 0; i < shape->ncols; i++) {
		names[i] = shape->cols[i].name;
		types[i] = shape->cols[i].type;
	}
	if (k->sink == NULL || k->sink->columns == NULL)
		return ERR_OK;
	return k->sink->columns(k->sink->arg, shape->ncols, names, types, e);
}

static int
sink_rows(struct dest *d, const struct batch *b, int from, int n, struct err *e)
{
	struct sink_dest *k = (struct sink_dest *) d;
	ARENA_AUTO struct arena a = { 0 };
	union datum *values = ARENA_ARRAY(&a, union datum, b->ncols + 1);
	bool *nulls = ARENA_ARRAY(&a, bool, b->ncols + 1);
	int rc = ERR_OK;

	if (k->sink == NULL || k->sink->row == NULL)
		return ERR_OK;
	for (int i = from; i < from + n && rc == ERR_OK; i++) {
		int row = batch_row(b, i);
		for (int c = 0; c < b->ncols; c++) {
			nulls[c] = vec_null(&b->cols[c], row);
			values[c] = vec_at(&b->cols[c], row);
		}
		rc = k->sink->row(k->sink->arg, b->ncols, values, nulls, e);
	}
	return rc;
}

static int
run_one(struct session *s, const struct raw_stmt *raw, const char *text, struct sink_dest *to, struct err *e)
{
	const struct raw_stmt_info *info = raw_stmt_info(raw);
	struct analysis *a;
	struct portal *p;
	bool done;

	if (info->is_transaction)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in a function", info->tag);
	int rc = analysis_new(s, raw, text, false, 0, NULL, &a, e);
	if (rc != ERR_OK)
		return rc;
	rc = portal_new(s, s->entered % 2 == 0 ? "<function 0>" : "<function 1>", &p, e);
	if (rc != ERR_OK) {
		analysis_unref(&a);
		return rc;
	}
	p->text = text;
	portal_set_analysis(p, a);
	rc = portal_run(p, 0, &to->d, false, &done, e);
	portal_drop(s, p);
	return rc;
}

int
session_run_sql(void *self, const char *sql, const struct sql_sink *sink, struct err *e)
{
	struct session *s = self;
	ARENA_AUTO struct arena a = { 0 };
	struct sink_dest to = { .d = { .start = sink_start, .rows = sink_rows }, .sink = sink, .s = s };
	struct list raws = { 0 };

	if (s->entered > NESTING_MAX)
		return err_set(e, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
	const char *text = arena_strdup(&a, sql);
	struct unit_mark mark = unit_savepoint(s->unit);
	size_t settings = settings_mark(&s->settings);
	int rc = utf8_check(text, strlen(text), e);
	if (rc == ERR_OK)
		rc = sql_parse(&a, text, &raws, e);
	txn_command_next(s->txn);       /* what the caller's earlier calls did is seen */
	for (int i = 0; i < raws.n && rc == ERR_OK; i++)
		rc = run_one(s, LIST_AT(const struct raw_stmt, &raws, i), text, &to, e);
	if (rc != ERR_OK) {
		unit_rollback_to(s->unit, mark);
		settings_rollback_to(&s->settings, settings);
	}
	return rc;
}
