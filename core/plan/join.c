/* join.c - the order of joining a group's items, and the method of each join.
 *
 * Up to DP_ITEMS_MAX items: dynamic programming over subsets (bushy trees too); above: the
 * cheapest pair first.  An item on the right of an outer, semi or anti join may be added to any
 * set that holds what it needs; conditions are applied at the first set that holds all they
 * refer to.
 *
 * Source: Selinger et al., Access path selection in a relational DBMS (SIGMOD 1979). */
#include "config.h"
#include "core/plan/planner.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>

/* -- Which calls are comparisons ----------------------------------------------------------------- */

static struct map comparisons; /* oid of a function -> its operator */
static pthread_once_t comparisons_once = PTHREAD_ONCE_INIT;

static void
comparisons_fill(void)
{
	for (int i = 0; i < operator_count(); i++) {
		const struct operator* op = operator_at(i);
		if (strcmp(op->name, "=") == 0 || strcmp(op->name, "<") == 0 ||
		    strcmp(op->name, "<=") == 0 || strcmp(op->name, ">") == 0 ||
		    strcmp(op->name, ">=") == 0)
			(void) map_put(&comparisons, &op->func, sizeof op->func, (void *) op);
	}
}

const struct operator* comparison_of(const struct func *f)
{
	(void) pthread_once(&comparisons_once, comparisons_fill);
	return map_get(&comparisons, &f->oid, sizeof f->oid);
}

static bool
is_integer(oid_t t)
{
	return t == OID_INT2 || t == OID_INT4 || t == OID_INT8;
}

static struct expr *
relabel(struct planner *pl, struct expr *x, oid_t type)
{
	struct expr *r = expr_new(pl->arena, EXPR_RELABEL, type_builtin(type), 1);

	r->args[0] = x;
	return r;
}

/* x is l = r for a hashable type: its sides, made to be of one type. */
int
match_equal(struct planner *pl, struct expr *x, struct expr **ret_l, struct expr **ret_r,
	    const struct func **ret_eq)
{
	if (x->kind != EXPR_FUNC || x->nargs != 2)
		return 0;
	const struct operator* cmp = comparison_of(x->func);
	if (cmp == NULL || strcmp(cmp->name, "=") != 0)
		return 0;
	struct expr *l = x->args[0], *r = x->args[1];
	if (l->type != r->type) {
		if (!is_integer(l->type->oid) || !is_integer(r->type->oid))
			return 0;
		const struct operator* op = operator_exact("=", OID_INT8, OID_INT8);
		if (l->type->oid != OID_INT8)
			l = relabel(pl, l, OID_INT8);
		if (r->type->oid != OID_INT8)
			r = relabel(pl, r, OID_INT8);
		*ret_eq = func_by_oid(op->func);
	} else {
		*ret_eq = x->func;
	}
	if (l->type->ops == NULL || l->type->ops->hash == NULL)
		return 0;
	*ret_l = l;
	*ret_r = r;
	return 1;
}

/* -- One join ----------------------------------------------------------------------------------------- */

struct part { /* a joined subset */
	struct itemset set;
	struct path path;
	bool ok;
};

struct joiner {
	struct level *lv;
	struct group *g;
	struct err *e;
	bool keep_order;                /* only joins that keep the order of their left side */
	struct list implied;            /* struct implied */
};

/* Items are read with what a disjunction, or an equality of columns that are fixed, says of them: it keeps
 * that much more of what is left. */
struct implied {
	const struct expr *qual;
	double share;
};

static struct item *
item_at(const struct joiner *j, int i)
{
	return j->g->items.at[i];
}

/* Conditions of the group that become decidable when l and r meet. */
static void
new_quals(struct joiner *j, struct itemset l, struct itemset r, struct list *joining,
	  struct list *late, const struct item *right)
{
	struct itemset s = set_or(l, r);
	uint64_t met = 0; /* classes of equals: one condition makes all of both parts' equal */

	for (int i = 0; i < j->g->quals.n; i++) {
		struct qual *q = j->g->quals.at[i];
		if (set_empty(q->refs) || !set_subset(q->refs, s) || set_subset(q->refs, l) ||
		    (set_subset(q->refs, r) && (right == NULL || right->type == JOIN_INNER)))
			continue;
		if (q->class != 0 && (met >> q->class & 1) != 0)
			continue;
		met |= q->class != 0 ? (uint64_t) 1 << q->class : 0;
		if (has_sublink(q->expr) || (right != NULL && right->type != JOIN_INNER))
			list_push(late, j->lv->pl->arena, q->expr);
		else
			list_push(joining, j->lv->pl->arena, q->expr);
	}
}

static double
join_share(struct joiner *j, struct expr *qual)
{
	struct expr *a, *b;
	const struct func *eq;
	double share = match_equal(j->lv->pl, qual, &a, &b, &eq) ? join_selectivity(j->lv->pl, a, b)
								 : qual_selectivity(j->lv->pl, qual);

	for (int i = 0; i < j->implied.n; i++) {
		const struct implied *m = j->implied.at[i];
		if (m->qual == qual)
			share = fmin(1, share / fmax(1e-9, m->share));
	}
	return share;
}

static double
joined_rows(struct joiner *j, const struct path *l, const struct path *r, enum join_type type,
	    const struct list *quals)
{
	double sel = 1;

	for (int i = 0; i < quals->n; i++)
		sel *= join_share(j, quals->at[i]);
	double inner = l->rows * r->rows * sel;
	switch (type) {
	case JOIN_LEFT:
		return fmax(l->rows, inner);
	case JOIN_SEMI:
		return fmax(1, fmin(l->rows, inner));
	case JOIN_ANTI:
		return fmax(1, l->rows - fmin(l->rows * 0.9, inner));
	default:
		return fmax(1, inner);
	}
}

static void
join_layout(struct planner *pl, const struct path *l, const struct path *r, enum join_type type,
	    struct layout *out)
{
	layout_append(pl->arena, out, &l->out);
	if (type != JOIN_SEMI && type != JOIN_ANTI)
		layout_append(pl->arena, out, &r->out);
}

struct attaching {
	struct level *lv;
	struct path *l, *r;
	struct err *e;
	int rc;
};

static int
attach_one(struct attaching *a, struct expr *sublink)
{
	struct layout vars = { 0 };
	bool in_l = true, in_r = true;

	collect_vars(a->lv->pl, sublink, &vars);
	for (int k = 0; k < vars.n; k++) {
		in_l &= layout_find(&a->l->out, vars.at[k]) >= 0;
		in_r &= layout_find(&a->r->out, vars.at[k]) >= 0;
	}
	if (!in_l && !in_r)
		return err_unsupported(a->e, "a sub-query in FULL JOIN's ON that reads both sides",
				       "Write it as a LEFT JOIN and a UNION ALL of the "
				       "unmatched rows.");
	return attach_sublinks(a->lv, in_l ? a->l : a->r, 1, &sublink, a->e);
}

static int
attach_found(struct expr *x, void *arg)
{
	struct attaching *a = arg;

	if (x->kind == EXPR_SUBLINK && layout_find(&a->l->out, x) < 0 &&
	    layout_find(&a->r->out, x) < 0)
		a->rc = attach_one(a, x);
	return a->rc;
}

/* Sub-queries in an ON condition: the side that holds their variables gets the column.  Only a
 * full join's may look at both sides still (straddle.c). */
static int
attach_on(struct level *lv, struct path *l, struct path *r, const struct list *quals, struct err *e)
{
	struct attaching a = { lv, l, r, e, ERR_OK };

	for (int i = 0; i < quals->n && a.rc == ERR_OK; i++)
		(void) expr_walk(quals->at[i], attach_found, &a, false);
	return a.rc;
}

/* Hash join, or loop when nothing can be hashed; inner is the side that is built. */
int
hash_join(struct level *lv, struct path l, struct path r, enum join_type type, bool null_aware,
	  const struct list *quals, double rows, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct path p = { .rows = rows };
	struct list rest = { 0 };
	const bool loop = avoid(pl, OFF_HASHJOIN) > 0 && !null_aware && type != JOIN_FULL && type != JOIN_RIGHT;
	int rc = attach_on(lv, &l, &r, quals, e);

	if (rc != ERR_OK)
		return rc;
	join_layout(pl, &l, &r, type, &p.out);
	struct plan_join *n =
		(struct plan_join *) node_new(pl, sizeof *n, PLAN_JOIN_HASH, &p.out, l.plan);
	n->p.inner = r.plan;
	n->p.dependent = l.plan->dependent || r.plan->dependent;
	n->type = type;
	n->null_aware = null_aware;
	n->left_keys = ARENA_ARRAY(pl->arena, struct expr *, quals->n);
	n->right_keys = ARENA_ARRAY(pl->arena, struct expr *, quals->n);
	n->eq = ARENA_ARRAY(pl->arena, const struct func *, quals->n);
	n->null_equal = ARENA_ARRAY(pl->arena, bool, quals->n);
	for (int i = 0; i < quals->n; i++) {
		struct expr *a, *b, *as, *bs;
		const struct func *eq;
		struct err ignore = { 0 };
		if (!loop && match_equal(pl, quals->at[i], &a, &b, &eq)) {
			bool straight = layout_slots(pl, &l.out, a, &as, &ignore) == ERR_OK &&
					layout_slots(pl, &r.out, b, &bs, &ignore) == ERR_OK;
			err_init(&ignore);
			if (straight || (layout_slots(pl, &l.out, b, &as, &ignore) == ERR_OK &&
					 layout_slots(pl, &r.out, a, &bs, &ignore) == ERR_OK)) {
				n->left_keys[n->nkeys] = as;
				n->right_keys[n->nkeys] = bs;
				n->eq[n->nkeys++] = eq;
				continue;
			}
		}
		list_push(&rest, pl->arena, quals->at[i]);
	}
	struct layout both = { 0 };
	layout_append(pl->arena, &both, &l.out);
	layout_append(pl->arena, &both, &r.out);
	if (rest.n > 0) {
		rc = layout_slots(pl, &both, conjunction(pl, &rest), &n->filter, e);
		if (rc != ERR_OK)
			return rc;
	}
	for (int i = 0; i < n->p.ncols; i++)
		n->p.cols[i].name = i < l.plan->ncols ? l.plan->cols[i].name
						      : r.plan->cols[i - l.plan->ncols].name;
	if (n->nkeys == 0) {
		n->p.kind = PLAN_JOIN_LOOP;
		p.cost = l.cost + r.cost + l.rows * r.rows * (COST_EVAL + 0.05) + avoid(pl, OFF_NESTLOOP);
	} else {
		p.cost = l.cost + r.cost + r.rows * COST_HASH * 1.5 + l.rows * COST_HASH +
			 rows * COST_EVAL * (1 + rest.n);
	}
	n->p.rows = rows;
	n->p.cost = p.cost;
	p.plan = &n->p;
	*ret = p;
	return ERR_OK;
}

static void
keep_cheapest(struct part *to, const struct path *p, struct itemset set)
{
	if (to->ok && to->path.cost <= p->cost)
		return;
	to->path = *p;
	to->set = set;
	to->ok = true;
}

/* Join two parts in every way that fits and keep the cheapest in *to.  right: the item that r
 * is, or NULL when r is a joined set. */
static int
join_parts(struct joiner *j, const struct part *l, const struct part *r, struct item *right,
	   struct part *to)
{
	struct planner *pl = j->lv->pl;
	struct list quals = { 0 }, late = { 0 };
	enum join_type type = right != NULL ? right->type : JOIN_INNER;
	struct itemset set = set_or(l->set, r->set);
	struct part best = { 0 };
	struct path p;
	int rc;

	if (type != JOIN_INNER)
		for (int i = 0; i < right->on.n; i++)
			list_push(&quals, pl->arena, LIST_AT(struct qual, &right->on, i)->expr);
	new_quals(j, l->set, r->set, &quals, &late, right);

	if (right != NULL && (right->kind == ITEM_LATERAL || right->kind == ITEM_FUNCTION)) {
		struct path left = l->path;
		rc = lateral_join(j->lv, &left, right, &quals, &p, j->e);
		if (rc != ERR_OK)
			return rc;
		keep_cheapest(&best, &p, set);
	} else {
		double rows = joined_rows(j, &l->path, &r->path, type, &quals);
		double guess =
			l->path.cost + r->path.cost + (l->path.rows + r->path.rows) * COST_HASH;
		if (right != NULL && right->kind == ITEM_TABLE &&
		    (!to->ok || l->path.cost + l->path.rows * COST_PROBE < to->path.cost ||
		     guess < to->path.cost)) {
			rc = lookup_path(j->lv, &l->path, right, type, &quals, NULL, NULL, &p, j->e);
			if (rc != ERR_OK)
				return rc;
			if (p.plan != NULL) {
				p.rows = p.plan->rows = rows;
				keep_cheapest(&best, &p, set);
			}
		}
		if (!j->keep_order && (!best.ok || best.path.cost > l->path.cost + r->path.cost)) {
			bool swap = type == JOIN_INNER && l->path.rows < r->path.rows;
			rc = hash_join(j->lv, swap ? r->path : l->path, swap ? l->path : r->path,
				       type, right != NULL && right->null_aware, &quals, rows, &p,
				       j->e);
			if (rc != ERR_OK)
				return rc;
			keep_cheapest(&best, &p, set);
		}
	}
	if (!best.ok)
		return ERR_OK;
	if (late.n > 0) {
		rc = attach_sublinks(j->lv, &best.path, late.n, (struct expr **) late.at, j->e);
		if (rc == ERR_OK)
			rc = path_filter(pl, &best.path, &late, j->e);
		if (rc != ERR_OK)
			return rc;
	}
	keep_cheapest(to, &best.path, set);
	return ERR_OK;
}

static bool
connected(struct joiner *j, struct itemset l, struct itemset r)
{
	for (int i = 0; i < j->g->quals.n; i++) {
		const struct qual *q = j->g->quals.at[i];
		if (set_overlap(q->refs, l) && set_overlap(q->refs, r))
			return true;
	}
	return false;
}

static bool
may_start(const struct item *it)
{
	return it->type == JOIN_INNER && set_empty(it->needs);
}

static bool
needs_own_left(const struct item *it)
{
	return it->type != JOIN_INNER || it->kind == ITEM_LATERAL || it->kind == ITEM_FUNCTION;
}

/* -- Few items: all orders ------------------------------------------------------------------------- */

static struct itemset
mask_set(unsigned mask)
{
	struct itemset s = { { mask } };

	return s;
}

static int
dp_extend(struct joiner *j, struct part *best, struct part *single, unsigned s, bool cross)
{
	int n = j->g->items.n, rc;

	for (int i = 0; i < n; i++) {
		if ((s >> i & 1) == 0)
			continue;
		unsigned rest = s & ~(1u << i);
		struct item *it = item_at(j, i);
		if (!best[rest].ok || !set_subset(it->needs, mask_set(rest)))
			continue;
		if (!needs_own_left(it) && !cross && !connected(j, mask_set(rest), set_one(i)))
			continue;
		rc = join_parts(j, &best[rest], &single[i], it, &best[s]);
		if (rc != ERR_OK)
			return rc;
	}
	if (n > 6)
		return ERR_OK;
	for (unsigned l = (s - 1) & s; l != 0; l = (l - 1) & s) {
		unsigned r = s & ~l;
		if (l < r || __builtin_popcount(l) < 2 || __builtin_popcount(r) < 2 ||
		    !best[l].ok || !best[r].ok || !connected(j, mask_set(l), mask_set(r)))
			continue;
		rc = join_parts(j, &best[l], &best[r], NULL, &best[s]);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
dp_join(struct joiner *j, struct part *single, struct part *ret)
{
	int n = j->g->items.n, rc;
	unsigned all = (1u << n) - 1;
	struct part *best = ARENA_ARRAY(j->lv->pl->arena, struct part, (size_t) 1 << n);

	for (int i = 0; i < n; i++)
		if (may_start(item_at(j, i)))
			best[1u << i] = single[i];
	for (unsigned s = 1; s <= all; s++) {
		if (__builtin_popcount(s) < 2)
			continue;
		rc = dp_extend(j, best, single, s, false);
		if (rc == ERR_OK && !best[s].ok)
			rc = dp_extend(j, best, single, s, true);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = best[all];
	return ERR_OK;
}

/* -- Many items: the smallest result first ----------------------------------------------------------- */

/* What joining each pair gives: -1 when no condition connects them, NAN when not known yet. */
struct pairs_table {
	int n;
	double *rows;
};

static double
pair_rows(struct joiner *j, const struct part *parts, struct pairs_table *t, int a, int b, bool cross)
{
	double *rows = &t->rows[a * t->n + b];

	if (isnan(*rows) || (*rows < 0 && cross)) {
		struct list quals = { 0 }, late = { 0 };
		*rows = -1;
		if (!cross && !connected(j, parts[a].set, parts[b].set))
			return INFINITY;
		new_quals(j, parts[a].set, parts[b].set, &quals, &late, NULL);
		*rows = joined_rows(j, &parts[a].path, &parts[b].path, JOIN_INNER, &quals);
	}
	return *rows < 0 ? INFINITY : *rows;
}

/* Part a is another than it was. */
static void
pairs_forget(struct pairs_table *t, int a)
{
	for (int i = 0; i < t->n; i++)
		t->rows[a * t->n + i] = t->rows[i * t->n + a] = NAN;
}

static void
greedy_best(struct joiner *j, const struct part *parts, struct pairs_table *t, bool cross, int *ret_l,
	    int *ret_r)
{
	double least = INFINITY;

	*ret_l = -1;
	for (int a = 0; a < t->n; a++) {
		for (int b = a + 1; b < t->n && parts[a].ok; b++) {
			if (!parts[b].ok)
				continue;
			double rows = pair_rows(j, parts, t, a, b, cross);
			if (rows < least) {
				least = rows;
				*ret_l = a;
				*ret_r = b;
			}
		}
	}
}

static int
greedy_join(struct joiner *j, struct part *single, struct part *ret)
{
	int n = j->g->items.n, left = n, rc = ERR_OK;
	struct part *parts = ARENA_ARRAY(j->lv->pl->arena, struct part, n);
	bool *done = ARENA_ARRAY(j->lv->pl->arena, bool, n);
	struct pairs_table pairs = { n, ARENA_ARRAY(j->lv->pl->arena, double, (size_t) n * (size_t) n) };

	for (int i = 0; i < n; i++) {
		pairs_forget(&pairs, i);
		if (may_start(item_at(j, i))) {
			parts[i] = single[i];
			done[i] = true;
		}
	}
	for (; left > 1 && rc == ERR_OK; left--) {
		struct part to = { 0 };
		int l, r, target = -1;
		/* Optional and lateral items as soon as they can: they need no choice. */
		for (int i = 0; i < n && target < 0; i++) {
			if (done[i])
				continue;
			for (int p = 0; p < n; p++) {
				if (parts[p].ok && set_subset(item_at(j, i)->needs, parts[p].set)) {
					rc = join_parts(j, &parts[p], &single[i], item_at(j, i),
							&to);
					done[i] = true;
					target = p;
					break;
				}
			}
		}
		if (target < 0) {
			greedy_best(j, parts, &pairs, false, &l, &r);
			if (l < 0)
				greedy_best(j, parts, &pairs, true, &l, &r);
			if (l < 0)
				break;
			struct item *only = NULL;
			for (int i = 0; i < n; i++)
				if (set_has(parts[r].set, i) &&
				    set_subset(parts[r].set, set_one(i)))
					only = item_at(j, i);
			rc = join_parts(j, &parts[l], &parts[r], only, &to);
			parts[r].ok = false;
			target = l;
		}
		parts[target] = to;
		pairs_forget(&pairs, target);
	}
	for (int i = 0; i < n; i++)
		if (parts[i].ok)
			*ret = parts[i];
	return rc;
}

/* -- In the wanted order ------------------------------------------------------------------------------------- */

static struct item *
ordering_item(const struct joiner *j, const struct sort_key *want, int nwant)
{
	for (int i = 0; i < j->g->items.n; i++) {
		struct item *it = item_at(j, i);
		bool all = it->kind == ITEM_TABLE && may_start(it);
		for (int k = 0; k < nwant && all; k++)
			all = want[k].expr->kind == EXPR_VAR && want[k].expr->range == it->range;
		if (all)
			return it;
	}
	return NULL;
}

/* One table read in the order that is wanted, the others looked up for its rows: what
 * ORDER BY ... LIMIT over a join asks for.  Replaces *best when it is cheaper than sorting it. */
static int
ordered_join(struct joiner *j, struct part *single, const struct want *want, struct part *best)
{
	struct item *first = ordering_item(j, want->keys, want->n);
	int n = j->g->items.n, done = 1, rc;
	struct part at = { 0 };

	if (first == NULL)
		return ERR_OK;
	rc = item_path(j->lv, first, want, &at.path, j->e);
	if (rc != ERR_OK || !path_is_sorted(&at.path, want->n, want->keys))
		return rc;
	at.set = set_one(first->id);
	at.ok = true;
	for (bool more = true; done < n && more; ) {
		more = false;
		for (int i = 0; i < n; i++) {
			struct item *it = item_at(j, i);
			struct part to = { 0 };
			if (set_has(at.set, i) || !set_subset(it->needs, at.set) ||
			    (!needs_own_left(it) && !connected(j, at.set, set_one(i))))
				continue;
			j->keep_order = true;
			rc = join_parts(j, &at, &single[i], it, &to);
			j->keep_order = false;
			if (rc != ERR_OK)
				return rc;
			if (!to.ok || !path_is_sorted(&to.path, want->n, want->keys))
				continue;
			at = to;
			done++;
			more = true;
		}
	}
	double rows = best->path.rows;
	double share = want_share(j->lv->pl, want, rows);
	double sorted = best->path.cost +
			(want->grouping ? COST_HASH * rows
					: COST_SORT * rows * log2(fmax(2, rows)) + rows * 0.5);
	if (done == n && at.path.plan->cost_start + (at.path.cost - at.path.plan->cost_start) * share < sorted)
		*best = at;
	return ERR_OK;
}

/* Of each enclosing row some rows of one table, in an order that an index has: with a limit no more is
 * read than it lets through.  (Of a partitioned table from each partition; then they are sorted.) */
static int
ordered_probe(struct joiner *j, struct part *single, const struct want *want, struct part *best)
{
	const struct itemset both = set_or(set_one(0), set_one(1));
	struct list quals = { 0 }, late = { 0 };
	struct item *it = item_at(j, 1);
	bool only = true; /* conditions of the join */
	struct path p;

	if (j->g->items.n != 2 || !item_at(j, 0)->is_outer || it->kind != ITEM_TABLE || !may_start(it) ||
	    ordering_item(j, want->keys, want->n) != it)
		return ERR_OK;
	new_quals(j, set_one(0), set_one(1), &quals, &late, it);
	for (int i = 0; i < j->g->quals.n; i++)
		only &= set_subset(both, LIST_AT(struct qual, &j->g->quals, i)->refs);
	if (late.n > 0)
		return ERR_OK;
	struct expr *each = only ? top_rows(j->lv->pl, j->lv->q) : NULL;
	int rc = lookup_path(j->lv, &single[0].path, it, JOIN_INNER, &quals, want, each, &p, j->e);
	if (rc != ERR_OK || p.plan == NULL)
		return rc;
	double sort = p.norder > want->n ? 0 : sort_cost(p.rows);
	if (p.cost + sort < best->path.cost + sort_cost(best->path.rows))
		*best = (struct part){ both, p, true };
	return ERR_OK;
}

/* -- The group --------------------------------------------------------------------------------------------- */

static void
push_implied(struct joiner *j, const struct qual *q)
{
	struct planner *pl = j->lv->pl;

	for (int k = 0; k < j->g->items.n; k++) {
		struct item *it = item_at(j, k);
		struct expr *x = it->type == JOIN_INNER && set_has(q->refs, k)
					 ? or_implied(pl, j->g, q->expr, k)
					 : NULL;
		if (x == NULL)
			continue;
		struct implied *m = ARENA_NEW(pl->arena, struct implied);
		*m = (struct implied){ q->expr, qual_selectivity(pl, x) };
		list_push(&j->implied, pl->arena, m);
		list_push(&it->quals, pl->arena, x);
	}
}

static void
settle_equals(struct joiner *j)
{
	struct list settled = { 0 };

	imply_equals(j->lv->pl, j->g, &settled);
	for (int i = 0; i < settled.n; i++) {
		struct expr *x = settled.at[i];
		struct implied *m = ARENA_NEW(j->lv->pl->arena, struct implied);
		*m = (struct implied){ x, join_share(j, x) };
		list_push(&j->implied, j->lv->pl->arena, m);
	}
}

/* Conditions over one item that is always there are part of reading it. */
static void
push_down(struct joiner *j)
{
	struct list keep = { 0 };

	for (int i = 0; i < j->g->quals.n; i++) {
		struct qual *q = j->g->quals.at[i];
		struct item *only = NULL;
		for (int k = 0; k < j->g->items.n; k++)
			if (set_has(q->refs, k) && set_subset(q->refs, set_one(k)))
				only = item_at(j, k);
		if (only != NULL && only->type == JOIN_INNER && !has_sublink(q->expr))
			list_push(&only->quals, j->lv->pl->arena, q->expr);
		else
			list_push(&keep, j->lv->pl->arena, q);
		if (only == NULL)
			push_implied(j, q);
	}
	j->g->quals = keep;
}

/* What no join decided: conditions on no item at all, or with sub-queries over one item. */
static int
last_quals(struct joiner *j, struct path *p, bool single)
{
	struct list rest = { 0 };

	for (int i = 0; i < j->g->quals.n; i++) {
		struct qual *q = j->g->quals.at[i];
		struct item *only = NULL;
		for (int k = 0; k < j->g->items.n; k++)
			if (set_has(q->refs, k) && set_subset(q->refs, set_one(k)))
				only = item_at(j, k);
		if (set_empty(q->refs) || single || (only != NULL && only->type == JOIN_INNER))
			list_push(&rest, j->lv->pl->arena, q->expr);
	}
	int rc = attach_sublinks(j->lv, p, rest.n, (struct expr **) rest.at, j->e);
	return rc != ERR_OK ? rc : path_filter(j->lv->pl, p, &rest, j->e);
}

/* A condition that is false before a row is read: nothing is read. */
static bool
never_true(const struct group *g)
{
	for (int i = 0; i < g->quals.n; i++) {
		const struct expr *x = LIST_AT(struct qual, &g->quals, i)->expr;
		if (x->kind == EXPR_CONST && (x->is_null || x->value.i == 0))
			return true;
	}
	return false;
}

int
join_group(struct level *lv, struct group *g, const struct want *want, struct path *ret,
	   struct err *e)
{
	struct joiner j = { .lv = lv, .g = g, .e = e };
	int n = g->items.n, rc;

	if (n == 0) {
		*ret = path_one_row(lv->pl);
		return last_quals(&j, ret, true);
	}
	bool never = never_true(g);
	if (n > 1)
		settle_equals(&j);
	push_down(&j);
	if (n == 1) {
		rc = item_path(lv, item_at(&j, 0), want, ret, e);
		if (rc != ERR_OK)
			return rc;
		if (never)
			*ret = path_empty(lv->pl, ret);
		return never ? ERR_OK : last_quals(&j, ret, true);
	}
	struct part *single = ARENA_ARRAY(lv->pl->arena, struct part, n), all = { 0 };
	for (int i = 0; i < n; i++) {
		struct item *it = item_at(&j, i);
		single[i].set = set_one(i);
		single[i].ok = true;
		if (it->kind == ITEM_LATERAL || it->kind == ITEM_FUNCTION)
			continue;
		rc = item_path(lv, it, NULL, &single[i].path, e);
		if (rc != ERR_OK)
			return rc;
	}
	rc = n <= DP_ITEMS_MAX ? dp_join(&j, single, &all) : greedy_join(&j, single, &all);
	if (rc != ERR_OK)
		return rc;
	if (!all.ok)
		return err_set(e, ERR_INTERNAL_ERROR, "no join order satisfies the query");
	if (want != NULL && want->n > 0) {
		rc = lv->outer != NULL ? ordered_probe(&j, single, want, &all)
				       : ordered_join(&j, single, want, &all);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = all.path;
	if (never)
		*ret = path_empty(lv->pl, ret);
	return never ? ERR_OK : last_quals(&j, ret, false);
}
