/* view.c - a view in FROM is the sub-query that its text says.
 *
 * The text was deparsed with every name qualified when the view was made, so the search path
 * does not matter.  Columns carry the view's names and, for privileges, the view itself. */
#include "config.h"
#include "translate/from.h"

/* The query of a view's (or materialized view's) text. */
struct query *
bind_view_text(struct binder *b, const struct relation *rel, struct query *parent)
{
	struct binder inner = binder_for_text(b);
	struct list stmts;
	struct scope outer;

	if (sql_parse(b->arena, rel->view_sql, &stmts, b->e) != ERR_OK)
		return NULL;
	if (stmts.n != 1)
		return bind_fail(b, 0, ERR_DATA_CORRUPTED, "view \"%s\" has no query", rel->o.name);
	scope_init(&outer, NULL, NULL);
	struct query *q =
		bind_query(&inner, &outer, LIST_AT(struct raw_stmt, &stmts, 0)->node, true);
	if (q != NULL)
		q->parent = parent;
	return q;
}

struct range *
range_of_view(struct binder *b, struct scope *s, const struct relation *rel, const char *alias,
	      int position)
{
	for (int i = 0; i < b->views.n; i++)
		if (b->views.at[i] == rel)
			return bind_fail(b, position, ERR_INVALID_OBJECT_DEFINITION,
					 "infinite recursion detected in rules for relation \"%s\"",
					 rel->o.name);
	list_push(&b->views, b->arena, rel);
	struct query *q = bind_view_text(b, rel, s->q);
	b->views.n--;
	if (q == NULL)
		return NULL;
	struct range *r = range_of_query(b, s->q, q, alias);
	r->rel = rel;
	r->position = position;
	for (int i = 0, k = 0; i < rel->ncols && k < r->ncols; i++)
		if (!rel->cols[i].dropped)
			r->cols[k++].name = rel->cols[i].name;
	return r;
}
