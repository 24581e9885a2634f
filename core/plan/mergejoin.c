/* mergejoin.c - joins of sides that come in the order of their keys.
 *
 * An order to join in is a sequence of the join's equalities.  Those tried are the orders that a
 * side has, those that an index of a table would give it, what is wanted above, and, where nothing
 * may be hashed, the conditions as they are written; what a side lacks is sorted.  Where an order goes on for only some of the
 * equalities, these alone may be keys, and the others are conditions on each pair.
 *
 * Values that are equal by a condition order alike, so the result of one merge join is ready for
 * the next one. */
#include "config.h"
#include "core/plan/joiner.h"

enum { CLAUSES_MAX = 16, ORDERS_MAX = 8, EQUAL_STEPS = 3 };
/* Of fewer rows it matters little how they are joined. */
enum { MERGE_ROWS = 500 };

/* -- Orders ------------------------------------------------------------------------------------- */

/* x without what does not change its order. */
static struct expr *
order_expr(struct expr *x)
{
	while (x->kind == EXPR_RELABEL) {
		const oid_t to = x->type->oid, from = x->args[0]->type->oid;
		const bool numbers = (to == OID_INT8 || to == OID_INT4) &&
				     (from == OID_INT8 || from == OID_INT4 || from == OID_INT2);
		const bool texts = (to == OID_TEXT || to == OID_VARCHAR) && (from == OID_TEXT || from == OID_VARCHAR);
		if (!numbers && !texts)
			break;
		x = x->args[0];
	}
	return x;
}

static void
add_equality(struct joiner *j, const struct qual *q, bool everywhere)
{
	struct planner *pl = j->lv->pl;
	struct expr *l, *r;
	const struct func *eq;

	if (!match_equal(pl, q->expr, &l, &r, &eq))
		return;
	struct equality *x = ARENA_NEW(pl->arena, struct equality);
	*x = (struct equality){ q->expr, order_expr(l), order_expr(r), .refs = q->refs, .everywhere = everywhere };
	x->lrefs = group_refs(j->g, pl, l);
	x->rrefs = group_refs(j->g, pl, r);
	list_push(&j->equal, pl->arena, x);
}

static bool
same_expr(const struct expr *a, const struct expr *b)
{
	if (a == b)
		return true;
	if (a->kind == EXPR_VAR || b->kind == EXPR_VAR)
		return a->kind == b->kind && a->range == b->range && a->col == b->col;
	return expr_equal(a, b);
}

/* Equalities that share a value with q, and those that share one with them, may make values equal. */
static void
spread_class(struct joiner *j, struct equality *q, int class)
{
	q->class = class;
	for (int i = 0; i < j->equal.n; i++) {
		struct equality *x = j->equal.at[i];
		if (x->class == 0 && (same_expr(x->l, q->l) || same_expr(x->l, q->r) || same_expr(x->r, q->l) ||
				      same_expr(x->r, q->r)))
			spread_class(j, x, class);
	}
}

void
equalities_find(struct joiner *j)
{
	for (int i = 0; i < j->g->quals.n; i++)
		add_equality(j, j->g->quals.at[i], true);
	for (int i = 0; i < j->g->items.n; i++) {
		const struct item *it = item_at(j, i);
		for (int k = 0; k < it->on.n; k++) {
			struct qual q = *LIST_AT(struct qual, &it->on, k);
			q.refs = set_or(q.refs, set_one(i));
			add_equality(j, &q, false);
		}
	}
	for (int i = 0; i < j->equal.n; i++)
		if (LIST_AT(struct equality, &j->equal, i)->class == 0)
			spread_class(j, LIST_AT(struct equality, &j->equal, i), i + 1);
}

static int
class_of(const struct joiner *j, const struct expr *x)
{
	for (int i = 0; i < j->equal.n; i++) {
		const struct equality *q = j->equal.at[i];
		if (same_expr(x, q->l) || same_expr(x, q->r))
			return q->class;
	}
	return 0;
}

/* By at most so many equalities that hold in every row of `set`. */
static bool
reaches(const struct joiner *j, struct itemset set, const struct expr *a, const struct expr *b, int steps)
{
	if (same_expr(a, b))
		return true;
	for (int i = 0; steps > 0 && i < j->equal.n; i++) {
		const struct equality *q = j->equal.at[i];
		if (!q->everywhere || !set_subset(q->refs, set))
			continue;
		if ((same_expr(a, q->l) && reaches(j, set, q->r, b, steps - 1)) ||
		    (same_expr(a, q->r) && reaches(j, set, q->l, b, steps - 1)))
			return true;
	}
	return false;
}

/* Are a and b equal in every row of `set`? */
static bool
same_value(const struct joiner *j, struct itemset set, const struct expr *a, const struct expr *b)
{
	if (same_expr(a, b))
		return true;
	const int class = j != NULL ? class_of(j, a) : 0;

	return class != 0 && class == class_of(j, b) && reaches(j, set, a, b, EQUAL_STEPS);
}

bool
sorted_like(struct joiner *j, struct itemset set, const struct path *p, int n, const struct sort_key *keys)
{
	if (n > p->norder)
		return false;
	for (int i = 0; i < n; i++)
		if (p->order[i].desc != keys[i].desc || p->order[i].nulls_first != keys[i].nulls_first ||
		    !same_value(j, set, order_expr(p->order[i].expr), order_expr(keys[i].expr)))
			return false;
	return true;
}

bool
order_is_useful(struct joiner *j, struct itemset set, int n, const struct sort_key *keys)
{
	if (n == 0)
		return false;
	const struct expr *first = order_expr(keys[0].expr);
	if (j->want != NULL && j->want->n > 0 &&
	    same_value(j, set, first, order_expr(j->want->keys[0].expr)))
		return true;
	for (int i = 0; i < j->equal.n; i++) {
		const struct equality *q = j->equal.at[i];
		if (!set_subset(q->refs, set) && (same_value(j, set, first, q->l) ||
						  same_value(j, set, first, q->r)))
			return true;
	}
	return false;
}

/* -- What can be merged ---------------------------------------------------------------------------- */

struct clause {
	struct expr *qual;
	struct expr *side[2];
};

struct order {
	int n, clause[CLAUSES_MAX];
	bool desc[CLAUSES_MAX], nulls_first[CLAUSES_MAX];
};

struct merging {
	struct level *lv;
	struct joiner *j;               /* NULL: of a FULL JOIN */
	const struct part *part[2];
	struct item *table[2];          /* the part is this table alone; NULL: it is not */
	int nclauses, norders;
	struct clause clauses[CLAUSES_MAX];
	struct order orders[ORDERS_MAX];
};

/* Not its arrays, most of which will not be used. */
static void
merging_init(struct merging *m, struct level *lv, struct joiner *j, const struct part *l, const struct part *r)
{
	m->lv = lv;
	m->j = j;
	m->part[0] = l;
	m->part[1] = r;
	m->table[0] = m->table[1] = NULL;
	m->nclauses = m->norders = 0;
}

static bool
sortable(const struct expr *x)
{
	const struct type *t = x->type;

	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	return t->ops != NULL && t->ops->cmp != NULL;
}

static void
add_clause(struct merging *m, struct expr *qual, struct expr *l, struct expr *r)
{
	if (m->nclauses < CLAUSES_MAX && sortable(l))
		m->clauses[m->nclauses++] = (struct clause){ qual, { l, r } };
}

/* One that has been taken apart already. */
static bool
known_clause(struct merging *m, struct expr *qual)
{
	for (int i = 0; m->j != NULL && i < m->j->equal.n; i++) {
		const struct equality *q = m->j->equal.at[i];
		const struct itemset l = m->part[0]->set, r = m->part[1]->set;
		if (q->qual != qual)
			continue;
		if (set_empty(q->lrefs) || set_empty(q->rrefs))
			return true;
		if (set_subset(q->lrefs, l) && set_subset(q->rrefs, r))
			add_clause(m, qual, q->l, q->r);
		else if (set_subset(q->lrefs, r) && set_subset(q->rrefs, l))
			add_clause(m, qual, q->r, q->l);
		return true;
	}
	return false;
}

/* False: there is a condition that no merge join can take. */
static bool
find_clauses(struct merging *m, const struct list *quals)
{
	struct planner *pl = m->lv->pl;
	const struct layout *l = &m->part[0]->path.out, *r = &m->part[1]->path.out;

	for (int i = 0; i < quals->n; i++) {
		struct expr *a, *b;
		const struct func *eq;
		if (has_sublink(quals->at[i]))
			return false;
		if (known_clause(m, quals->at[i]) || !match_equal(pl, quals->at[i], &a, &b, &eq))
			continue;
		if (layout_covers(pl, l, a) && layout_covers(pl, r, b))
			add_clause(m, quals->at[i], order_expr(a), order_expr(b));
		else if (layout_covers(pl, l, b) && layout_covers(pl, r, a))
			add_clause(m, quals->at[i], order_expr(b), order_expr(a));
	}
	return true;
}

static bool
order_has(const struct order *o, int clause)
{
	for (int i = 0; i < o->n; i++)
		if (o->clause[i] == clause)
			return true;
	return false;
}

static void
order_push(struct order *o, int clause, bool desc, bool nulls_first)
{
	o->clause[o->n] = clause;
	o->desc[o->n] = desc;
	o->nulls_first[o->n++] = nulls_first;
}

static void
add_order(struct merging *m, const struct order *o)
{
	for (int i = 0; i < m->norders; i++) {
		const struct order *x = &m->orders[i];
		bool same = x->n == o->n;
		for (int k = 0; k < o->n && same; k++)
			same = x->clause[k] == o->clause[k] && x->desc[k] == o->desc[k] &&
			       x->nulls_first[k] == o->nulls_first[k];
		if (same)
			return;
	}
	if (o->n > 0 && m->norders < ORDERS_MAX)
		m->orders[m->norders++] = *o;
}

/* The order of one side as far as equalities follow it: by itself, and gone on with. */
static void
follow(struct merging *m, int side, const struct sort_key *keys, int n)
{
	struct order o;

	o.n = 0;
	for (int i = 0; i < n && o.n == i; i++)
		for (int c = 0; c < m->nclauses && o.n == i; c++)
			if (!order_has(&o, c) &&
			    same_value(m->j, m->part[side]->set, order_expr(keys[i].expr), m->clauses[c].side[side]))
				order_push(&o, c, keys[i].desc, keys[i].nulls_first);
	if (o.n == 0)
		return;
	add_order(m, &o);
	for (int c = 0; c < m->nclauses; c++)
		if (!order_has(&o, c))
			order_push(&o, c, false, false);
	add_order(m, &o);
}

static void
follow_indexes(struct merging *m, int side)
{
	struct range *r = m->table[side]->range;

	for (int i = 0; i < r->rel->nindexes; i++) {
		const struct index *ix = r->rel->indexes[i];
		struct sort_key keys[INDEX_COLS_MAX];
		int n = 0;
		if (strcmp(ix->kind, "btree") != 0 || !index_usable(ix))
			continue;
		for (; n < ix->nkeys && ix->cols[n].attnum != 0; n++)
			keys[n] = (struct sort_key){ expr_var(m->lv->pl->arena, r, ix->cols[n].attnum),
						     ix->cols[n].desc, ix->cols[n].nulls_first };
		follow(m, side, keys, n);
	}
}

static void
find_orders(struct merging *m)
{
	struct order o;

	o.n = 0;
	if (m->j != NULL && m->j->want != NULL)
		for (int side = 0; side < 2; side++)
			follow(m, side, m->j->want->keys, m->j->want->n);
	for (int side = 0; side < 2; side++) {
		const struct part *p = m->part[side];
		follow(m, side, p->path.order, p->path.norder);
		for (int i = 0; p->sorted != NULL && i < p->sorted->n; i++)
			follow(m, side, p->sorted->at[i].order, p->sorted->at[i].norder);
		if (m->table[side] != NULL)
			follow_indexes(m, side);
	}
	/* To sort both sides for the join's sake costs more than to hash one. */
	for (int c = 0; c < m->nclauses && avoid(m->lv->pl, OFF_HASHJOIN) > 0; c++)
		order_push(&o, c, false, false);
	add_order(m, &o);
}

/* -- One side in order -------------------------------------------------------------------------- */

struct sorted_side {
	const struct path *path;
	struct sort_key *keys;
	bool sort;
	double start, cost;
};

/* The table read in this order, if that is cheaper than sorting it; NULL: it is not. */
static int
table_in_order(struct merging *m, int side, int n, struct sort_key *keys, const struct path **ret, struct err *e)
{
	struct planner *pl = m->lv->pl;
	struct item *it = m->table[side];
	const struct want want = { .n = n, .keys = keys, .rows = ALL_ROWS };

	*ret = NULL;
	for (int k = 0; k < n; k++)
		if (keys[k].expr->kind != EXPR_VAR || keys[k].expr->range != it->range)
			return ERR_OK;
	struct path *p = NULL;
	for (int i = 0; i < it->ordered.n && p == NULL; i++) {
		struct path *known = it->ordered.at[i];
		if (known->norder == n && path_is_sorted(known, n, keys))
			p = known;
	}
	if (p == NULL) {
		p = ARENA_NEW(pl->arena, struct path);
		int rc = item_path(m->lv, it, &want, p, e);
		if (rc != ERR_OK)
			return rc;
		if (!path_is_sorted(p, n, keys)) /* the answer for the next time: no */
			*p = (struct path){ .norder = n, .order = keys };
		list_push(&it->ordered, pl->arena, p);
	}
	*ret = p->plan != NULL ? p : NULL;
	return ERR_OK;
}

static void
side_take(struct merging *m, int side, const struct order *o, const struct path *p, struct sorted_side *best)
{
	struct planner *pl = m->lv->pl;
	struct sorted_side s = { .path = p, .keys = best->keys, .start = p->plan->cost_start, .cost = p->cost };

	if (!sorted_like(m->j, m->part[side]->set, p, o->n, best->keys)) {
		s.sort = true;
		s.start = s.cost = p->cost + sort_cost(p->rows) + avoid(pl, OFF_SORT);
	}
	if (best->path == NULL || s.cost < best->cost)
		*best = s;
}

static int
side_in_order(struct merging *m, int side, const struct order *o, struct sorted_side *ret, struct err *e)
{
	const struct part *p = m->part[side];
	struct sorted_side best = { .keys = ARENA_ARRAY(m->lv->pl->arena, struct sort_key, o->n) };
	const struct path *table = NULL;
	int rc = ERR_OK;

	for (int k = 0; k < o->n; k++)
		best.keys[k] = (struct sort_key){ m->clauses[o->clause[k]].side[side], o->desc[k],
						  o->nulls_first[k] };
	side_take(m, side, o, &p->path, &best);
	for (int i = 0; p->sorted != NULL && i < p->sorted->n; i++)
		side_take(m, side, o, &p->sorted->at[i], &best);
	if (m->table[side] != NULL && best.sort)
		rc = table_in_order(m, side, o->n, best.keys, &table, e);
	if (table != NULL)
		side_take(m, side, o, table, &best);
	*ret = best;
	return rc;
}

/* -- The join ----------------------------------------------------------------------------------- */

static double
merge_cost(const struct merging *m, const struct sorted_side *s, const struct order *o, int nquals, double rows)
{
	double pairs = s[0].path->rows * s[1].path->rows;

	for (int k = 0; k < o->n; k++)
		pairs *= join_selectivity(m->lv->pl, m->clauses[o->clause[k]].side[0],
					  m->clauses[o->clause[k]].side[1]);
	pairs = nquals == o->n ? rows : fmax(rows, pairs);
	return s[0].cost + s[1].cost + s[0].path->rows * COST_MERGE + s[1].path->rows * COST_MERGE * 1.6 +
	       pairs * COST_EVAL * (1 + nquals - o->n);
}

static int
build(struct merging *m, const struct sorted_side *s, const struct order *o, enum join_type type,
      const struct list *quals, double rows, struct path *ret, struct err *e)
{
	struct planner *pl = m->lv->pl;
	struct path in[2] = { *s[0].path, *s[1].path }, p = { .rows = rows };
	struct list rest = { 0 };
	int rc = ERR_OK;

	for (int i = 0; i < 2 && rc == ERR_OK; i++)
		if (s[i].sort)
			rc = path_sort(pl, &in[i], o->n, s[i].keys, NULL, e);
	if (rc != ERR_OK)
		return rc;
	struct plan_join *n = join_new(pl, PLAN_JOIN_MERGE, &in[0], &in[1], type, o->n, &p);
	n->desc = arena_dup(pl->arena, o->desc, sizeof o->desc);
	n->nulls_first = arena_dup(pl->arena, o->nulls_first, sizeof o->nulls_first);
	for (int k = 0; k < o->n; k++)
		if (!join_key(pl, &in[0], &in[1], m->clauses[o->clause[k]].qual, n))
			return err_set(e, ERR_INTERNAL_ERROR, "a merge join's key is not in its sides");
	for (int i = 0; i < quals->n; i++) {
		bool key = false;
		for (int k = 0; k < o->n; k++)
			key |= m->clauses[o->clause[k]].qual == quals->at[i];
		if (!key)
			list_push(&rest, pl->arena, quals->at[i]);
	}
	rc = join_rest(pl, &in[0], &in[1], &rest, n, e);
	n->p.rows = rows;
	n->p.cost_start = s[0].start + s[1].start;
	n->p.cost = p.cost = merge_cost(m, s, o, quals->n, rows);
	if (type != JOIN_FULL && type != JOIN_RIGHT) {
		p.norder = in[0].norder;
		p.order = in[0].order;
	}
	*ret = p;
	return rc;
}

static struct item *
table_alone(const struct joiner *j, const struct part *p)
{
	for (int i = 0; i < j->g->items.n; i++)
		if (set_has(p->set, i) && set_subset(p->set, set_one(i)))
			return item_at(j, i)->kind == ITEM_TABLE ? item_at(j, i) : NULL;
	return NULL;
}

int
merge_joins(struct joiner *j, const struct part *l, const struct part *r, struct item *right,
	    const struct list *quals, double rows, struct part *best)
{
	const enum join_type type = right != NULL ? right->type : JOIN_INNER;
	const bool swap = type == JOIN_INNER && l->path.rows < r->path.rows;
	const bool few = avoid(j->lv->pl, OFF_HASHJOIN) == 0 && l->path.rows + r->path.rows < MERGE_ROWS;
	const double least = l->path.cost + r->path.cost + (l->path.rows + r->path.rows) * COST_MERGE;

	if (few || avoid(j->lv->pl, OFF_MERGEJOIN) > 0 || (right != NULL && right->null_aware) || l->path.plan->dependent ||
	    r->path.plan->dependent || (best->ok && least > best->path.cost + sort_cost(rows)))
		return ERR_OK;
	struct merging m;
	merging_init(&m, j->lv, j, swap ? r : l, swap ? l : r);
	if (!find_clauses(&m, quals) || m.nclauses == 0)
		return ERR_OK;
	for (int side = 0; side < 2; side++)
		m.table[side] = table_alone(j, m.part[side]);
	find_orders(&m);
	for (int i = 0; i < m.norders; i++) {
		const struct order *o = &m.orders[i];
		const struct itemset set = set_or(l->set, r->set);
		struct sorted_side s[2] = { { 0 } };
		struct path p;
		int rc = side_in_order(&m, 0, o, &s[0], j->e);
		if (rc == ERR_OK)
			rc = side_in_order(&m, 1, o, &s[1], j->e);
		if (rc != ERR_OK)
			return rc;
		const double more = merge_cost(&m, s, o, quals->n, rows) - best->path.cost;
		if (best->ok && more >= 0 &&
		    (more >= sort_cost(rows) || !order_is_useful(j, set, o->n, s[0].keys)))
			continue;
		rc = build(&m, s, o, type, quals, rows, &p, j->e);
		if (rc != ERR_OK)
			return rc;
		keep_path(j, best, &p, set);
	}
	return ERR_OK;
}

int
merge_full(struct level *lv, const struct from *f, const struct path *l, const struct path *r,
	   const struct list *quals, double rows, struct path *best, struct err *e)
{
	const struct part parts[2] = { { .path = *l }, { .path = *r } };
	const struct from *sides[2] = { f->left, f->right };
	struct item items[2] = { { .kind = ITEM_TABLE }, { .kind = ITEM_TABLE } };
	struct merging m;

	if (avoid(lv->pl, OFF_MERGEJOIN) > 0 || l->plan->dependent || r->plan->dependent ||
	    quals->n == 0)
		return ERR_OK;
	merging_init(&m, lv, NULL, &parts[0], &parts[1]);
	if (!find_clauses(&m, quals) || m.nclauses == 0)
		return ERR_OK;
	for (int i = 0; i < 2; i++) {
		items[i].range = sides[i]->range;
		if (!sides[i]->is_join && sides[i]->range->kind == RANGE_TABLE)
			m.table[i] = &items[i];
	}
	find_orders(&m);
	for (int i = 0; i < m.norders; i++) {
		const struct order *o = &m.orders[i];
		struct sorted_side s[2] = { { 0 } };
		int rc = side_in_order(&m, 0, o, &s[0], e);
		if (rc == ERR_OK)
			rc = side_in_order(&m, 1, o, &s[1], e);
		if (rc == ERR_OK && merge_cost(&m, s, o, quals->n, rows) < best->cost)
			rc = build(&m, s, o, JOIN_FULL, quals, rows, best, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}
