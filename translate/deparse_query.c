/* deparse_query.c - bound SELECTs back to SQL, laid out as pg_get_viewdef does.
 *
 * Not here: INSERT, UPDATE, DELETE (deparse_write.c). */
#include "config.h"
#include "translate/deparse.h"

#include <string.h>

void
deparse_newline(struct deparse *d, int shift)
{
	strbuf_putc(d->to, '\n');
	for (int i = 0; i < d->indent + shift; i++)
		strbuf_putc(d->to, ' ');
}

/* Sort and group keys: calls are put in parentheses. */
void
deparse_key(struct deparse *d, const struct expr *x)
{
	bool paren = (x->kind == EXPR_FUNC && x->op == NULL) || x->kind == EXPR_AGG ||
		     x->kind == EXPR_WINDOW;

	if (paren)
		strbuf_putc(d->to, '(');
	deparse_expr(d, x);
	if (paren)
		strbuf_putc(d->to, ')');
}

static void
deparse_keys(struct deparse *d, const struct list *l)
{
	for (int i = 0; i < l->n; i++) {
		if (i > 0)
			strbuf_puts(d->to, ", ");
		deparse_key(d, l->at[i]);
	}
}

void
deparse_sort(struct deparse *d, const struct list *keys)
{
	for (int i = 0; i < keys->n; i++) {
		const struct sort_key *k = keys->at[i];

		if (i > 0)
			strbuf_puts(d->to, ", ");
		if (d->query != NULL && d->query->setop != SETOP_NONE &&
		    k->expr->kind == EXPR_VAR && k->expr->range == d->query->setop_range)
			strbuf_int(d->to, k->expr->col);
		else
			deparse_key(d, k->expr);
		if (k->desc)
			strbuf_puts(d->to, " DESC");
		if (k->nulls_first != k->desc)
			strbuf_puts(d->to, k->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	}
}

static void
deparse_list(struct deparse *d, const struct list *l)
{
	for (int i = 0; i < l->n; i++) {
		if (i > 0)
			strbuf_puts(d->to, ", ");
		deparse_expr(d, l->at[i]);
	}
}

static void
deparse_bound(struct deparse *d, enum frame_bound bound, const struct expr *offset)
{
	if (offset != NULL) {
		deparse_hidden(d, offset);
		strbuf_puts(d->to, bound == BOUND_PRECEDING ? " PRECEDING" : " FOLLOWING");
		return;
	}
	strbuf_puts(d->to, bound == BOUND_UNBOUNDED_PRECEDING   ? "UNBOUNDED PRECEDING"
			   : bound == BOUND_UNBOUNDED_FOLLOWING ? "UNBOUNDED FOLLOWING"
								: "CURRENT ROW");
}

void
deparse_window(struct deparse *d, const struct window *w)
{
	const char *sep = "";

	strbuf_putc(d->to, '(');
	if (w->partition.n > 0) {
		strbuf_puts(d->to, "PARTITION BY ");
		deparse_keys(d, &w->partition);
		sep = " ";
	}
	if (w->order.n > 0) {
		strbuf_printf(d->to, "%sORDER BY ", sep);
		deparse_sort(d, &w->order);
		sep = " ";
	}
	if (w->mode != FRAME_RANGE || w->start != BOUND_UNBOUNDED_PRECEDING ||
	    w->end != BOUND_CURRENT || w->exclude != EXCLUDE_NONE) {
		static const char *const exclude[] = { "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP",
						       " EXCLUDE TIES" };

		strbuf_printf(d->to, "%s%s BETWEEN ", sep,
			      w->mode == FRAME_ROWS     ? "ROWS"
			      : w->mode == FRAME_GROUPS ? "GROUPS"
							: "RANGE");
		deparse_bound(d, w->start, w->start_offset);
		strbuf_puts(d->to, " AND ");
		deparse_bound(d, w->end, w->end_offset);
		strbuf_puts(d->to, exclude[w->exclude]);
	}
	strbuf_putc(d->to, ')');
}

/* -- FROM ---------------------------------------------------------------------- */
static void
deparse_columns(struct deparse *d, const struct range *r)
{
	const char *sep = "(";

	for (int i = 0; i < r->ncols; i++) {
		if (r->cols[i].name == NULL)
			continue;
		strbuf_puts(d->to, sep);
		quote_ident(d->to, r->cols[i].name);
		sep = ", ";
	}
	if (sep[0] == ',')
		strbuf_putc(d->to, ')');
}

static void
deparse_alias(struct deparse *d, const struct range *r, bool columns)
{
	if (r->alias == NULL)
		return;
	strbuf_putc(d->to, ' ');
	quote_ident(d->to, deparse_range_name(d, r));
	if (columns)
		deparse_columns(d, r);
}

static bool
renamed(const struct range *r)
{
	const struct relation *rel = r->rel;

	for (int i = 0; rel != NULL && i < r->ncols && i < rel->ncols; i++)
		if (r->cols[i].name != NULL && strcmp(r->cols[i].name, rel->cols[i].name) != 0)
			return true;
	return false;
}

static void
deparse_values(struct deparse *d, const struct range *r)
{
	strbuf_puts(d->to, " VALUES ");
	for (int i = 0; i < r->rows.n; i++) {
		const struct list *row = LIST_AT(struct list, &r->rows, i);

		strbuf_puts(d->to, i > 0 ? ", (" : "(");
		for (int k = 0; k < row->n; k++) {
			if (k > 0)
				strbuf_putc(d->to, ',');
			deparse_hidden(d, row->at[k]);
		}
		strbuf_putc(d->to, ')');
	}
}

/* Were the query's columns renamed by whoever reads it? */
static bool
renames(const struct query *q, const struct range_column *cols, int ncols)
{
	int n = 0;

	for (int i = 0; i < q->targets.n && n < ncols; i++) {
		const struct target *t = LIST_AT(struct target, &q->targets, i);

		if (!t->hidden && strcmp(t->name, cols[n++].name) != 0)
			return true;
	}
	return false;
}

static bool
cte_renamed(const struct range *r)
{
	for (int i = 0; i < r->ncols; i++)
		if (strcmp(r->cols[i].name, r->cte->cols[i].name) != 0)
			return true;
	return false;
}

static void
deparse_sample(struct deparse *d, const struct range *r)
{
	if (r->sample_method == 0)
		return;
	strbuf_printf(d->to, " TABLESAMPLE %s (", r->sample_method == 1 ? "bernoulli" : "system");
	deparse_hidden(d, r->sample_percent);
	strbuf_putc(d->to, ')');
	if (r->sample_seed == NULL)
		return;
	strbuf_puts(d->to, " REPEATABLE (");
	deparse_hidden(d, r->sample_seed);
	strbuf_putc(d->to, ')');
}

/* -- Functions in FROM ---------------------------------------------------------- */

/* Does the statement say which columns the function's records have? */
static bool
says_columns(const struct expr *x)
{
	return x->kind == EXPR_FUNC && x->func->nouts == 0 && x->type->oid == OID_RECORD &&
	       x->type->nattrs > 0;
}

static void
deparse_definitions(struct deparse *d, const struct type *record)
{
	for (int i = 0; i < record->nattrs; i++) {
		strbuf_puts(d->to, i > 0 ? ", " : "(");
		quote_ident(d->to, record->attrs[i].name);
		strbuf_putc(d->to, ' ');
		deparse_type(d, record->attrs[i].type, record->attrs[i].typmod);
	}
	strbuf_putc(d->to, ')');
}

/* Does the range name the columns of its one function's records otherwise than they are looked for? */
static bool
records_renamed(const struct range *r, const struct type *record)
{
	for (int i = 0; i < record->nattrs; i++)
		if (strcmp(r->cols[i].name, record->attrs[i].name) != 0)
			return true;
	return false;
}

static void
deparse_functions(struct deparse *d, const struct range *r)
{
	const struct expr *first = LIST_AT(struct expr, &r->funcs, 0);
	bool alone = r->funcs.n == 1 &&
		     (!says_columns(first) || (!r->ordinality && !records_renamed(r, first->type)));

	strbuf_puts(d->to, alone ? "" : "ROWS FROM(");
	for (int i = 0; i < r->funcs.n; i++) {
		struct expr *x = LIST_AT(struct expr, &r->funcs, i);

		strbuf_puts(d->to, i > 0 ? ", " : "");
		deparse_expr(d, x);
		if (alone || !says_columns(x))
			continue;
		strbuf_puts(d->to, " AS ");
		deparse_definitions(d, x->type);
	}
	strbuf_puts(d->to, alone ? "" : ")");
	strbuf_puts(d->to, r->ordinality ? " WITH ORDINALITY" : "");
	if (!alone || !says_columns(first)) {
		deparse_alias(d, r, true);
		return;
	}
	deparse_alias(d, r, false);
	deparse_definitions(d, first->type);
}

static void
deparse_range(struct deparse *d, const struct range *r)
{
	struct deparse inner = *d;

	if (r->lateral && r->kind == RANGE_SUBQUERY)
		strbuf_puts(d->to, "LATERAL ");
	if (r->rel != NULL) {
		bool cols = renamed(r);

		strbuf_puts(d->to, r->only ? "ONLY " : "");
		deparse_relation_name(d, r->rel);
		if (cols || strcmp(deparse_range_name(d, r), deparse_relation_now(d, r->rel)->o.name) != 0)
			deparse_alias(d, r, cols);
		deparse_sample(d, r);
		return;
	}
	switch (r->kind) {
	case RANGE_SUBQUERY:
		inner.indent += 8;
		inner.names_visible = true;
		inner.result = NULL;
		strbuf_putc(d->to, '(');
		deparse_select(&inner, r->sub);
		strbuf_putc(d->to, ')');
		deparse_alias(d, r, renames(r->sub, r->cols, r->ncols));
		break;
	case RANGE_CTE:
		quote_ident(d->to, r->cte->name);
		if (strcmp(r->cte->name, r->alias) != 0)
			deparse_alias(d, r, r->cte->ncols > 0 && cte_renamed(r));
		break;
	case RANGE_VALUES:
		strbuf_putc(d->to, '(');
		deparse_values(d, r);
		strbuf_putc(d->to, ')');
		deparse_alias(d, r, true);
		break;
	case RANGE_FUNCTION:
		deparse_functions(d, r);
		break;
	default:
		quote_ident(d->to, r->alias);
		break;
	}
}

void
deparse_from(struct deparse *d, const struct from *f)
{
	static const char *const words[] = {
		[JOIN_INNER] = "JOIN ",       [JOIN_LEFT] = "LEFT JOIN ",
		[JOIN_RIGHT] = "RIGHT JOIN ", [JOIN_FULL] = "FULL JOIN ",
		[JOIN_SEMI] = "JOIN ",        [JOIN_ANTI] = "JOIN "
	};
	bool aliased;

	if (!f->is_join) {
		deparse_range(d, f->range);
		return;
	}
	aliased = f->join_range != NULL && f->join_range->alias != NULL;
	strbuf_putc(d->to, '(');
	deparse_from(d, f->left);
	deparse_newline(d, 5);
	strbuf_puts(d->to, f->on == NULL && f->nusing == 0 ? "CROSS JOIN " : words[f->type]);
	deparse_from(d, f->right);
	if (f->nusing > 0) {
		strbuf_puts(d->to, " USING (");
		for (int i = 0; i < f->nusing; i++) {
			strbuf_puts(d->to, i > 0 ? ", " : "");
			quote_ident(d->to, f->join_range->cols[i].name);
		}
		strbuf_putc(d->to, ')');
	} else if (f->on != NULL) {
		strbuf_puts(d->to, " ON (");
		deparse_hidden(d, f->on);
		strbuf_putc(d->to, ')');
	}
	strbuf_putc(d->to, ')');
	if (aliased)
		deparse_alias(d, f->join_range, true);
}

/* -- The statement ------------------------------------------------------------- */
static void
deparse_with(struct deparse *d, const struct query *q)
{
	bool recursive = false;

	for (int i = 0; i < q->ctes.n; i++)
		recursive |= LIST_AT(struct cte, &q->ctes, i)->recursive;
	strbuf_puts(d->to, recursive ? " WITH RECURSIVE " : " WITH ");
	for (int i = 0; i < q->ctes.n; i++) {
		const struct cte *c = LIST_AT(struct cte, &q->ctes, i);
		struct deparse inner = *d;

		if (i > 0)
			strbuf_puts(d->to, ", ");
		quote_ident(d->to, c->name);
		bool named = renames(c->query, c->cols, c->ncols);
		for (int k = 0; named && k < c->ncols; k++) {
			strbuf_puts(d->to, k > 0 ? ", " : "(");
			quote_ident(d->to, c->cols[k].name);
		}
		strbuf_puts(d->to, named ? ") AS " : " AS ");
		strbuf_puts(d->to, c->materialized == 'm'   ? "MATERIALIZED ("
				   : c->materialized == 'n' ? "NOT MATERIALIZED ("
							    : "(");
		inner.indent += 8;
		inner.names_visible = true;
		inner.result = NULL;
		deparse_newline(&inner, 0);
		deparse_select(&inner, c->query);
		deparse_newline(d, 8);
		strbuf_putc(d->to, ')');
	}
	deparse_newline(d, 0);
}

/* The name a result column must show, NULL: its own will do. */
static const char *
shown_name(struct deparse *d, const struct target *t, const char *name)
{
	bool var = t->expr->kind == EXPR_VAR && t->expr->col > 0;

	if (name == NULL ||
	    (var && strcmp(deparse_column_name(d, t->expr->range, t->expr->col), name) == 0))
		return NULL;
	if (!d->names_visible && strcmp(name, "?column?") == 0)
		return NULL;
	return name;
}

void
deparse_targets(struct deparse *d, const struct query *q)
{
	const char *sep = "";
	int n = 0;

	for (int i = 0; i < q->targets.n; i++) {
		const struct target *t = LIST_AT(struct target, &q->targets, i);
		struct deparse inner = *d;
		struct strbuf one;

		if (t->hidden)
			continue;
		strbuf_init(&one, d->env.arena);
		inner.to = &one;
		deparse_item(&inner, t->expr);
		strbuf_puts(d->to, sep);
		if (one.data[0] != '\n') { /* a CASE breaks the line itself */
			if (sep[0] == ',')
				deparse_newline(d, 4);
			else
				strbuf_putc(d->to, ' ');
		}
		strbuf_add(d->to, one.data, one.len);
		const char *name = t->name;
		if (d->result != NULL)
			name = query_column((struct query *) (uintptr_t) d->result, n)->name;
		name = shown_name(d, t, name);
		if (name != NULL) {
			strbuf_puts(d->to, " AS ");
			quote_ident(d->to, name);
		}
		sep = ",";
		n++;
	}
}

static void
deparse_group(struct deparse *d, const struct query *q)
{
	deparse_newline(d, 2);
	strbuf_puts(d->to, "GROUP BY ");
	if (q->grouping_sets.n == 0) {
		deparse_keys(d, &q->group_by);
		return;
	}
	strbuf_puts(d->to, "GROUPING SETS (");
	for (int i = 0; i < q->grouping_sets.n; i++) {
		const struct list *set = LIST_AT(struct list, &q->grouping_sets, i);

		strbuf_puts(d->to, i > 0 ? ", (" : "(");
		for (int k = 0; k < set->n; k++) {
			strbuf_puts(d->to, k > 0 ? ", " : "");
			deparse_expr(d, q->group_by.at[(intptr_t) set->at[k]]);
		}
		strbuf_putc(d->to, ')');
	}
	strbuf_putc(d->to, ')');
}

static void
deparse_plain(struct deparse *d, const struct query *q)
{
	strbuf_puts(d->to, " SELECT");
	if (q->distinct_on.n > 0) {
		strbuf_puts(d->to, " DISTINCT ON (");
		deparse_list(d, &q->distinct_on);
		strbuf_putc(d->to, ')');
	} else if (q->distinct) {
		strbuf_puts(d->to, " DISTINCT");
	}
	deparse_targets(d, q);
	for (int i = 0; i < q->from.n; i++) {
		if (i == 0) {
			deparse_newline(d, 3);
			strbuf_puts(d->to, "FROM ");
		} else {
			strbuf_putc(d->to, ',');
			deparse_newline(d, 4);
		}
		deparse_from(d, q->from.at[i]);
	}
	if (q->where != NULL) {
		deparse_newline(d, 2);
		strbuf_puts(d->to, "WHERE ");
		deparse_hidden(d, q->where);
	}
	if (q->group_by.n > 0 || q->grouping_sets.n > 0)
		deparse_group(d, q);
	if (q->having != NULL) {
		deparse_newline(d, 1);
		strbuf_puts(d->to, "HAVING ");
		deparse_hidden(d, q->having);
	}
	const char *sep = "WINDOW ";
	for (int i = 0; i < q->windows.n; i++) {
		const struct window *w = LIST_AT(struct window, &q->windows, i);

		if (w->name == NULL)
			continue;
		if (sep[0] == 'W')
			deparse_newline(d, 2);
		strbuf_puts(d->to, sep);
		quote_ident(d->to, w->name);
		strbuf_puts(d->to, " AS ");
		deparse_window(d, w);
		sep = ", ";
	}
}

static void
deparse_side(struct deparse *d, const struct query *side, const struct query *q)
{
	bool parens = side->order_by.n > 0 || side->limit != NULL || side->offset != NULL ||
		      side->ctes.n > 0 ||
		      (side->setop != SETOP_NONE &&
		       (side->setop != q->setop || side->setop_all != q->setop_all));

	if (parens)
		strbuf_putc(d->to, '(');
	deparse_select(d, side);
	if (parens)
		strbuf_putc(d->to, ')');
}

static void
deparse_order(struct deparse *d, const struct query *q)
{
	deparse_newline(d, 2);
	strbuf_puts(d->to, "ORDER BY ");
	deparse_sort(d, &q->order_by);
}

void
deparse_select(struct deparse *d, const struct query *q)
{
	struct deparse inner = *d;

	inner.query = q;
	inner.qualify = true;
	inner.lines = true;
	inner.case_depth = 0;
	d = &inner;
	if (q->ctes.n > 0)
		deparse_with(d, q);
	if (q->kind != QUERY_SELECT) {
		deparse_write(d, q);
		return;
	}
	if (q->setop != SETOP_NONE) {
		static const char *const words[] = { [SETOP_UNION] = "UNION",
						     [SETOP_INTERSECT] = "INTERSECT",
						     [SETOP_EXCEPT] = "EXCEPT" };

		deparse_side(d, q->left, q);
		deparse_newline(d, 0);
		strbuf_printf(d->to, "%s%s", words[q->setop], q->setop_all ? " ALL" : "");
		deparse_newline(d, 0);
		inner.names_visible = false;
		deparse_side(d, q->right, q);
	} else if (q->from.n == 1 && q->ranges.n == 1 &&
		   LIST_AT(struct range, &q->ranges, 0)->kind == RANGE_VALUES && q->where == NULL &&
		   strcmp(LIST_AT(struct range, &q->ranges, 0)->alias, "*VALUES*") == 0) {
		deparse_values(d, q->ranges.at[0]);
	} else {
		deparse_plain(d, q);
	}
	if (q->order_by.n > 0)
		deparse_order(d, q);
	if (q->offset != NULL) {
		deparse_newline(d, 1);
		strbuf_puts(d->to, "OFFSET ");
		deparse_hidden(d, q->offset);
	}
	if (q->limit != NULL && q->with_ties) {
		deparse_newline(d, 1);
		strbuf_puts(d->to, "FETCH FIRST (");
		deparse_hidden(d, q->limit);
		strbuf_puts(d->to, ") ROWS WITH TIES");
	} else if (q->limit != NULL) {
		deparse_newline(d, 1);
		strbuf_puts(d->to, "LIMIT ");
		deparse_hidden(d, q->limit);
	}
	for (int i = 0; i < q->row_marks.n; i++) {
		const struct row_mark *m = LIST_AT(struct row_mark, &q->row_marks, i);
		static const char *const words[] = { "FOR KEY SHARE", "FOR SHARE",
						     "FOR NO KEY UPDATE", "FOR UPDATE" };

		deparse_newline(d, 1);
		strbuf_printf(d->to, "%s OF ", words[m->strength]);
		quote_ident(d->to, deparse_range_name(d, m->range));
		strbuf_puts(d->to, m->wait == LOCK_WAIT_NOWAIT ? " NOWAIT"
				   : m->wait == LOCK_WAIT_SKIP ? " SKIP LOCKED"
							       : "");
	}
}

static void
show(struct strbuf *to, const struct query *q, const struct catalog *c, bool names, const oid_t *path, int npath)
{
	struct arena a = { 0 };
	struct deparse d = { .to = to,
			     .catalog = c,
			     .path = path,
			     .npath = npath,
			     .names_visible = names,
			     .result = q,
			     .env = { .arena = &a, .fmt = &fmt_default, .catalog = c } };

	deparse_select(&d, q);
	strbuf_putc(to, ';');
	arena_done(&a);
}

void
sql_show_query(struct strbuf *to, const struct query *q, const struct catalog *c, const oid_t *path, int npath)
{
	show(to, q, c, true, path, npath);
}

void
sql_show_body(struct strbuf *to, const struct query *q, const struct catalog *c, const oid_t *path, int npath)
{
	show(to, q, c, false, path, npath);
}

void
sql_deparse_query(struct strbuf *to, const struct query *q, const struct catalog *c)
{
	show(to, q, c, true, NULL, 0);
}

void
sql_deparse_body(struct strbuf *to, const struct query *q, const struct catalog *c)
{
	show(to, q, c, false, NULL, 0);
}
