/* walk.c - visiting, rewriting and comparing bound trees.
 *
 * Everything is built on two enumerations: the places (slots) of an expression that hold other
 * expressions, and the same of a query.  A new field that holds an expression is added there
 * and nowhere else (and in shell_copy, if it lives in a list or struct of its own).
 *
 * A window function's partition and order belong to the query (query->windows), not to the
 * call: query_walk and query_map meet them once, expr_walk and expr_map do not.  The same
 * holds for a table's rules (query->rules), which queries share: nothing here enters them. */
#include "config.h"
#include "core/query/walk.h"

typedef int slot_visit(struct expr **slot, void *arg);

static int
list_slots(struct list *l, slot_visit *fn, void *arg)
{
	for (int i = 0; i < l->n; i++) {
		int rc = l->at[i] != NULL ? fn((struct expr **) &l->at[i], arg) : 0;
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
array_slots(struct expr **at, int n, slot_visit *fn, void *arg)
{
	for (int i = 0; i < n; i++) {
		int rc = at[i] != NULL ? fn(&at[i], arg) : 0;
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
sort_slots(struct list *l, slot_visit *fn, void *arg)
{
	for (int i = 0; i < l->n; i++) {
		int rc = fn(&LIST_AT(struct sort_key, l, i)->expr, arg);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
one_slot(struct expr **slot, slot_visit *fn, void *arg)
{
	return *slot != NULL ? fn(slot, arg) : 0;
}

/* The expressions directly below x, in the order of evaluation where that matters. */
static int
expr_slots(struct expr *x, slot_visit *fn, void *arg)
{
	int rc = x->kind == EXPR_CASE ? one_slot(&x->test, fn, arg) : 0;

	if (rc == 0)
		rc = array_slots(x->args, x->nargs, fn, arg);
	if (rc != 0)
		return rc;

	switch (x->kind) {
	case EXPR_SUBLINK:
		return list_slots(&x->sub->test, fn, arg);
	case EXPR_SUBSCRIPT:
		return array_slots(x->subs, x->nsubs, fn, arg);
	case EXPR_CAST_ARRAY:
		return one_slot(&x->elem_cast, fn, arg);
	case EXPR_DOMAIN_CHECK:
		for (int i = 0; rc == 0 && i < x->checks.n; i++)
			rc = fn(&LIST_AT(struct domain_check, &x->checks, i)->expr, arg);
		return rc;
	case EXPR_AGG:
	case EXPR_WINDOW:
		rc = sort_slots(&x->agg_order, fn, arg);
		if (rc == 0)
			rc = list_slots(&x->agg_direct, fn, arg);
		return rc != 0 ? rc : one_slot(&x->filter, fn, arg);
	default:
		return 0;
	}
}

static int
from_slots(struct from *f, slot_visit *fn, void *arg)
{
	int rc;

	if (!f->is_join)
		return 0;
	rc = from_slots(f->left, fn, arg);
	if (rc == 0)
		rc = from_slots(f->right, fn, arg);
	if (rc == 0)
		rc = one_slot(&f->on, fn, arg);
	if (rc == 0 && f->join_range != NULL && f->join_exprs != NULL)
		rc = array_slots(f->join_exprs, f->join_range->ncols, fn, arg);
	return rc;
}

static int
range_slots(struct range *r, slot_visit *fn, void *arg)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < r->rows.n; i++)
		rc = list_slots(LIST_AT(struct list, &r->rows, i), fn, arg);
	if (rc == 0)
		rc = list_slots(&r->funcs, fn, arg);
	if (rc == 0)
		rc = one_slot(&r->sample_percent, fn, arg);
	return rc != 0 ? rc : one_slot(&r->sample_seed, fn, arg);
}

static int
window_slots(struct window *w, slot_visit *fn, void *arg)
{
	int rc = list_slots(&w->partition, fn, arg);

	if (rc == 0)
		rc = sort_slots(&w->order, fn, arg);
	if (rc == 0)
		rc = one_slot(&w->start_offset, fn, arg);
	return rc != 0 ? rc : one_slot(&w->end_offset, fn, arg);
}

static int
assignment_slots(struct list *l, slot_visit *fn, void *arg)
{
	for (int i = 0; i < l->n; i++) {
		int rc = one_slot(&LIST_AT(struct assignment, l, i)->expr, fn, arg);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
write_slots(struct query *q, slot_visit *fn, void *arg)
{
	int rc = assignment_slots(&q->assignments, fn, arg);

	if (rc == 0 && q->conflict != NULL) {
		rc = assignment_slots(&q->conflict->sets, fn, arg);
		if (rc == 0)
			rc = one_slot(&q->conflict->where, fn, arg);
	}
	for (int i = 0; rc == 0 && i < q->write_check.n; i++)
		rc = one_slot(&LIST_AT(struct check_rule, &q->write_check, i)->expr, fn, arg);
	if (rc == 0)
		rc = one_slot(&q->merge_on, fn, arg);
	for (int i = 0; rc == 0 && i < q->merge_actions.n; i++) {
		struct merge_action *m = LIST_AT(struct merge_action, &q->merge_actions, i);

		rc = one_slot(&m->when, fn, arg);
		if (rc == 0)
			rc = assignment_slots(&m->sets, fn, arg);
	}
	return rc;
}

/* Every expression of q itself, not of the queries below it. */
static int
query_slots(struct query *q, slot_visit *fn, void *arg)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < q->ranges.n; i++)
		rc = range_slots(LIST_AT(struct range, &q->ranges, i), fn, arg);
	if (rc == 0 && q->grouped != NULL)
		rc = range_slots(q->grouped, fn, arg);
	for (int i = 0; rc == 0 && i < q->from.n; i++)
		rc = from_slots(LIST_AT(struct from, &q->from, i), fn, arg);
	if (rc == 0)
		rc = one_slot(&q->where, fn, arg);
	for (int i = 0; rc == 0 && i < q->targets.n; i++)
		rc = one_slot(&LIST_AT(struct target, &q->targets, i)->expr, fn, arg);
	if (rc == 0)
		rc = list_slots(&q->group_by, fn, arg);
	if (rc == 0)
		rc = one_slot(&q->having, fn, arg);
	for (int i = 0; rc == 0 && i < q->windows.n; i++)
		rc = window_slots(LIST_AT(struct window, &q->windows, i), fn, arg);
	if (rc == 0)
		rc = list_slots(&q->distinct_on, fn, arg);
	if (rc == 0)
		rc = sort_slots(&q->order_by, fn, arg);
	if (rc == 0)
		rc = one_slot(&q->limit, fn, arg);
	if (rc == 0)
		rc = one_slot(&q->offset, fn, arg);
	return rc != 0 ? rc : write_slots(q, fn, arg);
}

/* The queries below q that are not inside expressions. */
static int
query_children(struct query *q, int (*fn)(struct query *child, void *arg), void *arg)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < q->ctes.n; i++)
		if (LIST_AT(struct cte, &q->ctes, i)->query != NULL)
			rc = fn(LIST_AT(struct cte, &q->ctes, i)->query, arg);
	for (int i = 0; rc == 0 && i < q->ranges.n; i++)
		if (LIST_AT(struct range, &q->ranges, i)->sub != NULL)
			rc = fn(LIST_AT(struct range, &q->ranges, i)->sub, arg);
	if (rc == 0 && q->left != NULL)
		rc = fn(q->left, arg);
	if (rc == 0 && q->right != NULL)
		rc = fn(q->right, arg);
	return rc;
}

/* -- Visiting ------------------------------------------------------------------ */
struct walk {
	expr_visit *fn;
	void *arg;
	bool enter;
};

static int
walk_slot(struct expr **slot, void *arg)
{
	struct walk *w = arg;

	return expr_walk(*slot, w->fn, w->arg, w->enter);
}

static int
walk_query(struct query *q, void *arg)
{
	struct walk *w = arg;
	int rc = query_slots(q, walk_slot, w);

	return rc != 0 ? rc : query_children(q, walk_query, w);
}

int
expr_walk(struct expr *x, expr_visit *fn, void *arg, bool enter_queries)
{
	struct walk w = { fn, arg, enter_queries };
	int rc;

	if (x == NULL)
		return 0;
	rc = fn(x, arg);
	if (rc == 0)
		rc = expr_slots(x, walk_slot, &w);
	if (rc == 0 && enter_queries && x->kind == EXPR_SUBLINK)
		rc = walk_query(x->sub->query, &w);
	return rc;
}

int
query_walk(struct query *q, expr_visit *fn, void *arg)
{
	struct walk w = { fn, arg, true };

	return walk_query(q, &w);
}

/* -- Rewriting ----------------------------------------------------------------- */
struct mapping {
	struct arena *arena;
	expr_change *fn;
	void *arg;
	bool enter;
	struct list mapped; /* results for the slots of one node, in slot order */
	bool changed;
	int next;
};

static struct list
sort_copy(struct arena *a, const struct list *l)
{
	struct list to = { 0 };

	for (int i = 0; i < l->n; i++)
		list_push(&to, a, arena_dup(a, l->at[i], sizeof(struct sort_key)));
	return to;
}

static struct list
list_copy(struct arena *a, const struct list *l)
{
	struct list to = { 0 };

	for (int i = 0; i < l->n; i++)
		list_push(&to, a, l->at[i]);
	return to;
}

/* A copy of x that shares no slot with it. */
static struct expr *
shell_copy(struct arena *a, const struct expr *x)
{
	struct expr *c = arena_dup(a, x, sizeof *x);

	if (x->nargs != 0)
		c->args = arena_dup(a, x->args, (size_t) x->nargs * sizeof *x->args);
	switch (x->kind) {
	case EXPR_SUBLINK:
		c->sub = arena_dup(a, x->sub, sizeof *x->sub);
		c->sub->test = list_copy(a, &x->sub->test);
		break;
	case EXPR_SUBSCRIPT:
		c->subs = arena_dup(a, x->subs, (size_t) x->nsubs * sizeof *x->subs);
		break;
	case EXPR_DOMAIN_CHECK:
		c->checks = (struct list){ 0 };
		for (int i = 0; i < x->checks.n; i++)
			list_push(&c->checks, a,
				  arena_dup(a, x->checks.at[i], sizeof(struct domain_check)));
		break;
	case EXPR_AGG:
	case EXPR_WINDOW:
		c->agg_order = sort_copy(a, &x->agg_order);
		c->agg_direct = list_copy(a, &x->agg_direct);
		break;
	default:
		break;
	}
	return c;
}

static int
map_slot(struct expr **slot, void *arg)
{
	struct mapping *m = arg;
	struct expr *to = expr_map(m->arena, *slot, m->fn, m->arg, m->enter);

	m->changed |= to != *slot;
	list_push(&m->mapped, m->arena, to);
	return 0;
}

static int
store_slot(struct expr **slot, void *arg)
{
	struct mapping *m = arg;

	*slot = m->mapped.at[m->next++];
	return 0;
}

static int
map_slot_in_place(struct expr **slot, void *arg)
{
	struct mapping *m = arg;

	*slot = expr_map(m->arena, *slot, m->fn, m->arg, m->enter);
	return 0;
}

static int
map_query(struct query *q, void *arg)
{
	(void) query_slots(q, map_slot_in_place, arg);
	return query_children(q, map_query, arg);
}

struct expr *
expr_map(struct arena *a, struct expr *x, expr_change *fn, void *arg, bool enter_queries)
{
	struct mapping m = { .arena = a, .fn = fn, .arg = arg, .enter = enter_queries };

	if (x == NULL)
		return NULL;
	(void) expr_slots(x, map_slot, &m);
	if (enter_queries && x->kind == EXPR_SUBLINK)
		query_map(a, x->sub->query, fn, arg);
	if (m.changed) {
		x = shell_copy(a, x);
		(void) expr_slots(x, store_slot, &m);
	}
	return fn(x, arg);
}

void
query_map(struct arena *a, struct query *q, expr_change *fn, void *arg)
{
	struct mapping m = { .arena = a, .fn = fn, .arg = arg, .enter = true };

	(void) map_query(q, &m);
}

void
query_map_level(struct arena *a, struct query *q, expr_change *fn, void *arg)
{
	struct mapping m = { .arena = a, .fn = fn, .arg = arg, .enter = false };

	(void) query_slots(q, map_slot_in_place, &m);
}

static int
adopt_sublink(struct expr *x, void *arg)
{
	if (x->kind == EXPR_SUBLINK)
		x->sub->query->parent = arg;
	return 0;
}

void
expr_adopt_sublinks(struct expr *x, struct query *q)
{
	(void) expr_walk(x, adopt_sublink, q, false);
}

static int
adopt_slot(struct expr **slot, void *arg)
{
	expr_adopt_sublinks(*slot, arg);
	return 0;
}

void
query_move_range(struct arena *a, struct range *r, struct query *to)
{
	query_drop_range(r->query, r);
	list_push(&to->ranges, a, r);
	r->query = to;
	if (r->sub != NULL)
		r->sub->parent = to;
	(void) range_slots(r, adopt_slot, to);
}
