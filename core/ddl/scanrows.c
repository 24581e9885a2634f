/* scanrows.c - looking at the rows that are there before a constraint is added.
 *
 * Not here: foreign keys (core/access), building indexes (build.c). */
#include "config.h"
#include "core/ddl/private.h"

#include "core/access/table.h"

/* Walk one column of all rows until `stop` says so. */
int
ddl_check_no_nulls(struct ddl *d, const struct relation *r, const struct column *col, struct err *e)
{
	const int16_t cols[] = { col->attnum };
	struct scan_request req = { .rel = r, .ncols = 1, .cols = cols, .latest = true };
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	union datum v[BATCH_ROWS];
	uint8_t null[BATCH_ROWS];
	int n, rc;

	rc = table_scan_open(d->env->exec, &req, &scan, e);
	while (rc == ERR_OK) {
		struct vec out = { v, null, 1 };

		arena_reset(&batch);
		rc = table_scan_next(scan, &batch, &out, &n, e);
		if (rc != ERR_OK || n == 0)
			return rc;
		if (out.null == NULL)
			continue;
		err_set(e, ERR_NOT_NULL_VIOLATION,
			"column \"%s\" of relation \"%s\" contains null values", col->name,
			r->o.name);
		return err_object(e, ddl_schema_name(d, r->o.schema), r->o.name, col->name, NULL);
	}
	return rc;
}

int
ddl_has_rows(struct ddl *d, const struct relation *r, bool *ret, struct err *e)
{
	const int16_t cols[] = { COL_TABLEOID };
	struct scan_request req = { .rel = r, .ncols = 1, .cols = cols, .latest = true };
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	union datum v[BATCH_ROWS];
	uint8_t null[BATCH_ROWS];
	struct vec out = { v, null, 1 };
	int n, rc;

	rc = table_scan_open(d->env->exec, &req, &scan, e);
	if (rc == ERR_OK)
		rc = table_scan_next(scan, &batch, &out, &n, e);
	if (rc == ERR_OK)
		*ret = n > 0;
	return rc;
}

struct check_rows {
	struct ddl_rows rows;
	struct ddl *d;
	const struct relation *r;
	const char *name;
};

static int
push_check(struct ddl_rows *to, const union datum *values, const bool *nulls, struct err *e)
{
	struct check_rows *c = (struct check_rows *) to;

	if (nulls[0] || values[0].i != 0)
		return ERR_OK;
	err_set(e, ERR_CHECK_VIOLATION,
		"check constraint \"%s\" of relation \"%s\" is violated by some row", c->name,
		c->r->o.name);
	return err_object(e, ddl_schema_name(c->d, c->r->o.schema), c->r->o.name, NULL, c->name);
}

int
ddl_check_rows(struct ddl *d, const struct relation *r, struct range *row, struct expr *x,
	       const char *name, struct err *e)
{
	struct check_rows c = { .rows = { .push = push_check }, .d = d, .r = r, .name = name };

	return d->env->eval_rows(d->env->arg, d->c, r, row, 1, &x, &c.rows, e);
}
