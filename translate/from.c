/* from.c - the FROM clause: tables, sub-queries, functions; what each puts in scope.
 *
 * Not here: joins (join.c), views' texts (view.c). */
#include "config.h"
#include "translate/from.h"

#include <string.h>

/* Columns named by the user: FROM t AS x (a, b). */
int
rename_columns(struct binder *b, struct range *r, const PgQuery__Alias *alias)
{
	size_t k = 0;

	if (alias == NULL || alias->n_colnames == 0)
		return ERR_OK;
	for (int i = 0; i < r->ncols && k < alias->n_colnames; i++)
		if (r->cols[i].name != NULL)
			r->cols[i].name = node_str(alias->colnames[k++]);
	if (k < alias->n_colnames) {
		int live = 0;

		for (int i = 0; i < r->ncols; i++)
			live += r->cols[i].name != NULL;
		return bind_error(b, 0, ERR_INVALID_COLUMN_REFERENCE,
				  "table \"%s\" has %d columns available but %zu columns specified",
				  r->alias != NULL ? r->alias : "unnamed", live, alias->n_colnames);
	}
	return ERR_OK;
}

/* A range over a bound query: its visible columns. */
struct range *
range_of_query(struct binder *b, struct query *q, struct query *sub, const char *alias)
{
	struct range *r = range_new(b->arena, q, RANGE_SUBQUERY, alias, query_visible_targets(sub));
	int n = 0;

	r->sub = sub;
	for (int i = 0; i < sub->targets.n; i++) {
		const struct target *t = LIST_AT(struct target, &sub->targets, i);

		if (t->hidden)
			continue;
		r->cols[n].name = t->name;
		r->cols[n].type = t->expr->type;
		r->cols[n].typmod = t->expr->typmod;
		r->cols[n++].collation = t->expr->collation;
	}
	return r;
}

static struct range *
range_of_cte(struct binder *b, struct scope *s, struct cte *cte, const char *alias)
{
	struct range *r = range_new(b->arena, s->q, RANGE_CTE, alias, cte->ncols);

	r->cte = cte;
	cte->refs++;
	if (cte->ncols > 0)
		memcpy(r->cols, cte->cols, (size_t) cte->ncols * sizeof *r->cols);
	return r;
}

/* A relation of any kind that has rows. */
struct range *
range_of_relation(struct binder *b, struct scope *s, const struct relation *rel, const char *alias,
		  int position)
{
	switch (rel->kind) {
	case REL_VIEW:
		return range_of_view(b, s, rel, alias, position);
	case REL_INDEX:
	case REL_COMPOSITE:
		bind_error(b, position, ERR_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"",
			   rel->o.name);
		err_detail(b->e, "This operation is not supported for %s.",
			   rel->kind == REL_INDEX ? "indexes" : "composite types");
		return NULL;
	default: {
		struct range *r = range_table(b->arena, s->q, rel, alias);

		r->position = position;
		return r;
	}
	}
}

static const char *
alias_name(const PgQuery__Alias *a)
{
	return a != NULL && a->aliasname != NULL && a->aliasname[0] != '\0' ? a->aliasname : NULL;
}

static struct range *
missing_relation(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv)
{
	bool bare = rv->schemaname == NULL || rv->schemaname[0] == '\0';

	for (; bare && s != NULL; s = s->outer)
		for (int i = 0; i < s->future_ctes.n; i++)
			if (strcmp(s->future_ctes.at[i], rv->relname) == 0) {
				err_detail(b->e,
					   "There is a WITH item named \"%s\", but it cannot be "
					   "referenced from this part of the query.",
					   rv->relname);
				err_hint(b->e, "Use WITH RECURSIVE, or re-order the WITH items to "
					       "remove forward references.");
				return NULL;
			}
	return NULL;
}

static struct range *
from_relation(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv)
{
	const char *alias = alias_name(rv->alias);
	struct range *r;

	if (rv->schemaname == NULL || rv->schemaname[0] == '\0') {
		struct cte *cte = scope_find_cte(s, rv->relname);

		if (cte != NULL) {
			if (cte->query != NULL && cte->query->kind != QUERY_SELECT &&
			    !cte->query->returning)
				return bind_fail(
					b, at(b, rv->location), ERR_FEATURE_NOT_SUPPORTED,
					"WITH query \"%s\" does not have a RETURNING clause",
					cte->name);
			r = range_of_cte(b, s, cte, alias != NULL ? alias : cte->name);
			r->position = at(b, rv->location);
			return rename_columns(b, r, rv->alias) == ERR_OK ? r : NULL;
		}
	}
	const struct relation *rel = bind_relation(b, rv);
	if (rel == NULL)
		return missing_relation(b, s, rv);
	r = range_of_relation(b, s, rel, alias != NULL ? alias : rel->o.name, at(b, rv->location));
	if (r == NULL || rename_columns(b, r, rv->alias) != ERR_OK)
		return NULL;
	r->only = !rv->inh;
	return r;
}

static struct range *
from_subselect(struct binder *b, struct scope *s, const PgQuery__RangeSubselect *rs)
{
	enum place was = s->place;
	bool lateral = s->lateral_active;

	s->place = PLACE_FROM_SUBSELECT;
	s->lateral_active = rs->lateral;
	struct query *sub = bind_query(b, s, rs->subquery, true);
	s->lateral_active = lateral;
	s->place = was;
	if (sub == NULL)
		return NULL;
	struct range *r = range_of_query(b, s->q, sub, alias_name(rs->alias));
	r->lateral = rs->lateral;
	return rename_columns(b, r, rs->alias) == ERR_OK ? r : NULL;
}

/* -- Samples ------------------------------------------------------------------- */
static struct range *
from_sample(struct binder *b, struct scope *s, const PgQuery__RangeTableSample *ts)
{
	const char *method = node_str(ts->method[ts->n_method - 1]);
	int pos = at(b, ts->location);
	struct range *r = ts->relation->node_case == PG_QUERY__NODE__NODE_RANGE_VAR
				  ? from_relation(b, s, ts->relation->range_var)
				  : NULL;

	if (r == NULL)
		return NULL;
	if (r->kind != RANGE_TABLE || (r->rel->kind != REL_TABLE && r->rel->kind != REL_MATVIEW))
		return bind_fail(
			b, r->position, ERR_FEATURE_NOT_SUPPORTED,
			"TABLESAMPLE clause can only be applied to tables and materialized views");
	r->sample_method = strcmp(method, "bernoulli") == 0 ? 1
			   : strcmp(method, "system") == 0  ? 2
							    : 0;
	if (r->sample_method == 0)
		return bind_fail(b, pos, ERR_UNDEFINED_OBJECT,
				 "tablesample method %s does not exist", method);
	if (ts->n_args != 1)
		return bind_fail(b, pos, ERR_INVALID_TABLESAMPLE_ARGUMENT,
				 "tablesample method %s requires 1 argument, not %zu", method,
				 ts->n_args);
	struct expr *x = bind_expr_at(b, s, ts->args[0], PLACE_FROM_FUNCTION);
	r->sample_percent =
		x != NULL ? coerce_to(b, x, type_builtin(OID_FLOAT4), -1, COERCE_IMPLICIT, 'i', 0)
			  : NULL;
	if (r->sample_percent == NULL && b->e->code == ERR_OK)
		bind_error(b, x->position, ERR_DATATYPE_MISMATCH,
			   "argument of TABLESAMPLE must be type real, not type %s",
			   type_show(b, x->type));
	if (r->sample_percent != NULL && ts->repeatable != NULL) {
		x = bind_expr_at(b, s, ts->repeatable, PLACE_FROM_FUNCTION);
		r->sample_seed = x != NULL ? coerce_specific(b, x, OID_FLOAT8, "REPEATABLE") : NULL;
	}
	return b->e->code == ERR_OK ? r : NULL;
}

/* -- Putting it in scope ------------------------------------------------------- */
void
items_lateral(struct list *items, bool lateral_only, bool lateral_ok)
{
	for (int i = 0; i < items->n; i++) {
		struct nsitem *it = LIST_AT(struct nsitem, items, i);

		it->lateral_only = lateral_only;
		it->lateral_ok = lateral_ok;
	}
}

/* The same name twice on one level, unless one is a table and the other its namesake in
 * another schema. */
int
items_conflict(struct binder *b, const struct list *l, const struct list *r)
{
	for (int i = 0; i < l->n; i++) {
		const struct nsitem *x = LIST_AT(struct nsitem, l, i);

		if (!x->rel_visible || x->name == NULL)
			continue;
		for (int k = 0; k < r->n; k++) {
			const struct nsitem *y = LIST_AT(struct nsitem, r, k);

			if (!y->rel_visible || y->name == NULL || strcmp(x->name, y->name) != 0)
				continue;
			if (x->range != NULL && y->range != NULL && x->range->kind == RANGE_TABLE &&
			    y->range->kind == RANGE_TABLE && x->range->rel != y->range->rel &&
			    strcmp(x->range->rel->o.name, x->name) == 0 &&
			    strcmp(y->range->rel->o.name, y->name) == 0)
				continue;
			return bind_error(b, 0, ERR_DUPLICATE_ALIAS,
					  "table name \"%s\" specified more than once", y->name);
		}
	}
	return ERR_OK;
}

static struct from *
leaf(struct binder *b, struct range *r, struct list *ret_items)
{
	struct nsitem *it;

	if (r == NULL)
		return NULL;
	it = ARENA_NEW(b->arena, struct nsitem);
	it->name = r->alias;
	it->range = r;
	it->rel_visible = r->alias != NULL;
	it->cols_visible = true;
	it->lateral_ok = true;
	list_push(ret_items, b->arena, it);
	return from_range(b->arena, r);
}

/* One item of FROM; *ret_items: what it puts in scope. */
struct from *
bind_from_item(struct binder *b, struct scope *s, Node *n, struct list *ret_items)
{
	struct from *f = NULL;

	if (!bind_enter(b))
		return NULL;
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_RANGE_VAR:
		f = leaf(b, from_relation(b, s, n->range_var), ret_items);
		break;
	case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
		f = leaf(b, from_subselect(b, s, n->range_subselect), ret_items);
		break;
	case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
		f = leaf(b, from_function(b, s, n->range_function), ret_items);
		break;
	case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE:
		f = leaf(b, from_sample(b, s, n->range_table_sample), ret_items);
		break;
	case PG_QUERY__NODE__NODE_JOIN_EXPR:
		f = bind_join(b, s, n->join_expr, ret_items);
		break;
	default:
		bind_unsupported(b, 0, "XMLTABLE", "Use json functions.");
		break;
	}
	bind_leave(b);
	return f;
}

int
bind_from(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *items)
{
	for (size_t i = 0; i < n; i++) {
		struct list mine = { 0 };
		struct from *f = bind_from_item(b, s, items[i], &mine);

		if (f == NULL || items_conflict(b, &s->items, &mine) != ERR_OK)
			return b->e->code;
		items_lateral(&mine, true, true);
		list_push(&s->q->from, b->arena, f);
		for (int k = 0; k < mine.n; k++)
			list_push(&s->items, b->arena, mine.at[k]);
	}
	items_lateral(&s->items, false, true);
	return ERR_OK;
}
