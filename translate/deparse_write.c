/* deparse_write.c - bound INSERT, UPDATE and DELETE back to SQL: bodies of functions that are kept as
 * statements.
 *
 * Not here: what such a body may not have (deparse_refuses()) is refused when it is given. */
#include "config.h"
#include "translate/deparse.h"

#include <string.h>

static bool
is_default(const struct query *q, const struct expr *x, int16_t attnum)
{
	return x == q->rules->defaults[attnum - 1] ||
	       (x->kind == EXPR_CONST && x->is_null && x->position == 0 &&
		q->rules->defaults[attnum - 1] == NULL);
}

static const struct column *
column_named(const struct query *q, const char *name)
{
	return relation_column(q->target->rel, name);
}

/* -- What cannot be shown -------------------------------------------------------------- */
static int
names_source(struct expr *x, void *arg)
{
	const struct query *q = arg;

	return x->kind == EXPR_VAR && x->range == q->source ? x->col : 0;
}

/* The source's column that the assignment takes; 0: none. */
static int
source_column(const struct query *q, const struct assignment *a)
{
	return a->is_default ? 0
			     : expr_walk(a->expr, names_source, (void *) (uintptr_t) q, false);
}

static int
is_multi(struct expr *x, void *arg UNUSED)
{
	return x->kind == EXPR_SUBLINK && x->sub->kind == SUBLINK_MULTI;
}

/* Part of a column: (a[1]), (b.x). */
static bool
is_part(const struct expr *x)
{
	while (x->kind == EXPR_RELABEL || x->kind == EXPR_DOMAIN_CHECK || x->kind == EXPR_TYPMOD)
		x = x->args[0];
	return x->kind == EXPR_SUBSCRIPT && x->nargs > 1;
}

const char *
deparse_refuses(const struct query *q)
{
	for (int i = 0; i < q->ctes.n; i++) {
		const char *what = deparse_refuses(LIST_AT(struct cte, &q->ctes, i)->query);
		if (what != NULL)
			return what;
	}
	if (q->kind == QUERY_SELECT)
		return NULL;
	if (q->kind == QUERY_MERGE)
		return "MERGE in BEGIN ATOMIC";
	if (q->target->view != NULL)
		return "writing to a view in BEGIN ATOMIC";
	for (int i = 0; i < q->assignments.n; i++) {
		const struct assignment *a = LIST_AT(struct assignment, &q->assignments, i);
		if (is_part(a->expr))
			return "an assignment to a part of a column in BEGIN ATOMIC";
		if (expr_walk(a->expr, is_multi, NULL, false) != 0)
			return "SET of several columns from a sub-query in BEGIN ATOMIC";
	}
	return NULL;
}

/* -- Clauses ---------------------------------------------------------------------------- */
static void
put_target(struct deparse *d, const struct query *q)
{
	const char *alias = deparse_range_name(d, q->target);

	if (q->target->only)
		strbuf_puts(d->to, "ONLY ");
	deparse_relation_name(d, q->target->rel);
	if (strcmp(alias, deparse_relation_now(d, q->target->rel)->o.name) != 0) {
		strbuf_puts(d->to, " AS ");
		quote_ident(d->to, alias);
	}
}

static void
put_value(struct deparse *d, const struct query *q, const struct expr *x, int16_t attnum)
{
	if (is_default(q, x, attnum))
		strbuf_puts(d->to, "DEFAULT");
	else
		deparse_hidden(d, x);
}

static void
put_sets(struct deparse *d, const struct query *q, const struct list *sets)
{
	const char *sep = " SET ";

	for (int i = 0; i < sets->n; i++) {
		const struct assignment *a = LIST_AT(struct assignment, sets, i);

		strbuf_puts(d->to, sep);
		quote_ident(d->to, deparse_column_name(d, q->target, a->attnum));
		strbuf_puts(d->to, " = ");
		put_value(d, q, a->expr, a->attnum);
		sep = ", ";
	}
}

static void
put_where(struct deparse *d, const struct query *q)
{
	if (q->where == NULL && q->target->current_of == NULL)
		return;
	deparse_newline(d, 2);
	strbuf_puts(d->to, "WHERE ");
	if (q->target->current_of != NULL) {
		strbuf_puts(d->to, "CURRENT OF ");
		quote_ident(d->to, q->target->current_of);
	} else {
		deparse_hidden(d, q->where);
	}
}

/* The other items of FROM: the target is the first. */
static void
put_others(struct deparse *d, const struct query *q, const char *word)
{
	for (int i = 1; i < q->from.n; i++) {
		if (i == 1) {
			deparse_newline(d, 3);
			strbuf_puts(d->to, word);
		} else {
			strbuf_putc(d->to, ',');
			deparse_newline(d, 4);
		}
		deparse_from(d, q->from.at[i]);
	}
}

/* -- INSERT ----------------------------------------------------------------------------- */
/* The columns as they were listed. */
static int
listed_columns(struct deparse *d, const struct query *q, int16_t *cols)
{
	const struct range *s = q->source;
	int n = 0;

	if (s->kind == RANGE_VALUES) {
		for (int i = 0; i < s->ncols; i++)
			cols[n++] = column_named(q, s->cols[i].name)->attnum;
		return n;
	}
	for (int i = 0; i < q->assignments.n; i++) {
		const struct assignment *a = LIST_AT(struct assignment, &q->assignments, i);
		int at = source_column(q, a);

		if (at > 0) {
			cols[at - 1] = a->attnum;
			n = at > n ? at : n;
		}
	}
	(void) d;
	return n;
}

static void
put_rows(struct deparse *d, const struct query *q, const int16_t *cols)
{
	const bool many = q->source->rows.n > 1;

	if (!many)
		deparse_newline(d, 2);
	strbuf_puts(d->to, many ? " VALUES " : "VALUES ");
	for (int i = 0; i < q->source->rows.n; i++) {
		const struct list *row = LIST_AT(struct list, &q->source->rows, i);

		strbuf_puts(d->to, i > 0 ? ", (" : "(");
		for (int k = 0; k < row->n; k++) {
			strbuf_puts(d->to, k == 0 ? "" : many ? "," : ", ");
			put_value(d, q, row->at[k], cols[k]);
		}
		strbuf_putc(d->to, ')');
	}
}

static void
put_conflict(struct deparse *d, const struct query *q)
{
	const struct on_conflict *c = q->conflict;
	const struct index *ix = c->arbiter;

	strbuf_puts(d->to, " ON CONFLICT");
	for (int i = 0; ix != NULL && i < ix->nkeys; i++) {
		strbuf_puts(d->to, i == 0 ? "(" : ", ");
		if (ix->cols[i].attnum > 0)
			quote_ident(d->to, deparse_column_name(d, q->target, ix->cols[i].attnum));
		else
			strbuf_printf(d->to, "(%s)", ix->cols[i].expr_sql);
	}
	strbuf_puts(d->to, ix != NULL ? ")" : "");
	if (ix != NULL && ix->where_sql != NULL)
		strbuf_printf(d->to, " WHERE (%s)", ix->where_sql);
	if (!c->update) {
		strbuf_puts(d->to, " DO NOTHING");
		return;
	}
	strbuf_puts(d->to, " DO UPDATE");
	put_sets(d, q, &c->sets);
	if (c->where != NULL) {
		deparse_newline(d, 2);
		strbuf_puts(d->to, "WHERE ");
		deparse_hidden(d, c->where);
	}
}

static void
put_insert(struct deparse *d, const struct query *q)
{
	int16_t *cols = ARENA_ARRAY(d->env.arena, int16_t, q->target->rel->ncols + 1);
	const int n = listed_columns(d, q, cols);
	bool system = false;

	strbuf_puts(d->to, " INSERT INTO ");
	put_target(d, q);
	for (int i = 0; i < n; i++) {
		const struct column *c = &q->target->rel->cols[cols[i] - 1];

		strbuf_puts(d->to, i == 0 ? " (" : ", ");
		quote_ident(d->to, deparse_column_name(d, q->target, cols[i]));
		for (int k = 0; k < q->assignments.n && c->identity == 'a'; k++) {
			const struct assignment *a = LIST_AT(struct assignment, &q->assignments, k);
			system |= a->attnum == cols[i] && !is_default(q, a->expr, a->attnum);
		}
	}
	strbuf_puts(d->to, n > 0 ? ")" : " DEFAULT VALUES");
	if (system)
		strbuf_puts(d->to, " OVERRIDING SYSTEM VALUE");
	if (n > 0 && q->source->kind == RANGE_VALUES) {
		put_rows(d, q, cols);
	} else if (n > 0) {
		struct deparse inner = *d;
		inner.indent += 8;
		inner.result = NULL;
		inner.names_visible = false;
		strbuf_putc(d->to, ' ');
		deparse_select(&inner, q->source->sub);
	}
	if (q->conflict != NULL)
		put_conflict(d, q);
}

void
deparse_write(struct deparse *d, const struct query *q)
{
	switch (q->kind) {
	case QUERY_INSERT:
		put_insert(d, q);
		break;
	case QUERY_UPDATE:
		strbuf_puts(d->to, " UPDATE ");
		put_target(d, q);
		put_sets(d, q, &q->assignments);
		put_others(d, q, "FROM ");
		put_where(d, q);
		break;
	default:
		strbuf_puts(d->to, " DELETE FROM ");
		put_target(d, q);
		put_others(d, q, "USING ");
		put_where(d, q);
		break;
	}
	if (q->returning) {
		deparse_newline(d, 2);
		strbuf_puts(d->to, "RETURNING");
		deparse_targets(d, q);
	}
}
