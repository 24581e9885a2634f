/* hashjoin.c - equalities as join keys; the join that needs neither index nor order.
 *
 * Not here: which sides are joined, and in which way (join.c). */
#include "config.h"
#include "core/plan/joiner.h"

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

/* -- Keys and the rest ------------------------------------------------------------------------ */

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

struct plan_join *
join_new(struct planner *pl, enum plan_kind kind, const struct path *l, const struct path *r, enum join_type type,
	 int most_keys, struct path *ret)
{
	layout_append(pl->arena, &ret->out, &l->out);
	if (type != JOIN_SEMI && type != JOIN_ANTI)
		layout_append(pl->arena, &ret->out, &r->out);
	struct plan_join *n = (struct plan_join *) node_new(pl, sizeof *n, kind, &ret->out, l->plan);
	n->p.inner = r->plan;
	n->p.dependent = l->plan->dependent || r->plan->dependent;
	n->type = type;
	n->left_keys = ARENA_ARRAY(pl->arena, struct expr *, most_keys);
	n->right_keys = ARENA_ARRAY(pl->arena, struct expr *, most_keys);
	n->eq = ARENA_ARRAY(pl->arena, const struct func *, most_keys);
	n->null_equal = ARENA_ARRAY(pl->arena, bool, most_keys);
	for (int i = 0; i < n->p.ncols; i++)
		n->p.cols[i].name = i < l->plan->ncols ? l->plan->cols[i].name
						       : r->plan->cols[i - l->plan->ncols].name;
	ret->plan = &n->p;
	return n;
}

bool
join_key(struct planner *pl, const struct path *l, const struct path *r, struct expr *qual, struct plan_join *n)
{
	struct expr *a, *b, *as, *bs;
	const struct func *eq;
	struct err ignore = { 0 };

	if (!match_equal(pl, qual, &a, &b, &eq))
		return false;
	bool straight = layout_slots(pl, &l->out, a, &as, &ignore) == ERR_OK &&
			layout_slots(pl, &r->out, b, &bs, &ignore) == ERR_OK;
	err_init(&ignore);
	if (!straight && (layout_slots(pl, &l->out, b, &as, &ignore) != ERR_OK ||
			  layout_slots(pl, &r->out, a, &bs, &ignore) != ERR_OK))
		return false;
	n->left_keys[n->nkeys] = as;
	n->right_keys[n->nkeys] = bs;
	n->eq[n->nkeys++] = eq;
	return true;
}

int
join_rest(struct planner *pl, const struct path *l, const struct path *r, const struct list *rest, struct plan_join *n,
	  struct err *e)
{
	struct layout both = { 0 };

	if (rest->n == 0)
		return ERR_OK;
	layout_append(pl->arena, &both, &l->out);
	layout_append(pl->arena, &both, &r->out);
	return layout_slots(pl, &both, conjunction(pl, rest), &n->filter, e);
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
	struct plan_join *n = join_new(pl, PLAN_JOIN_HASH, &l, &r, type, quals->n, &p);
	n->null_aware = null_aware;
	for (int i = 0; i < quals->n; i++)
		if (loop || !join_key(pl, &l, &r, quals->at[i], n))
			list_push(&rest, pl->arena, quals->at[i]);
	rc = join_rest(pl, &l, &r, &rest, n, e);
	if (rc != ERR_OK)
		return rc;
	if (n->nkeys == 0) {
		n->p.kind = PLAN_JOIN_LOOP;
		p.cost = l.cost + r.cost + l.rows * r.rows * (COST_EVAL + 0.05) + avoid(pl, OFF_NESTLOOP);
	} else {
		p.cost = l.cost + r.cost + r.rows * COST_HASH * 1.5 + l.rows * COST_HASH +
			 rows * COST_EVAL * (1 + rest.n) + avoid(pl, OFF_HASHJOIN);
	}
	n->p.rows = rows;
	n->p.cost = p.cost;
	*ret = p;
	return ERR_OK;
}
