/* orquals.c - what a disjunction says that can be used before the whole of it is decided.
 *
 * (a = b AND p) OR (a = b AND q) is a = b AND (p OR q): then a = b can be a join's key.
 * (x = 1 AND y = 2) OR (x = 3 AND z = 4) implies x IN (1, 3), which confines the reading of x's
 * table; the disjunction itself is still needed above.
 *
 * Both hold in three-valued logic: AND distributes over OR there as well. */
#include "config.h"
#include "core/plan/planner.h"

#include <string.h>

static bool
contains(const struct list *l, const struct expr *x)
{
	for (int i = 0; i < l->n; i++)
		if (l->at[i] == x || expr_equal(l->at[i], x))
			return true;
	return false;
}

static struct expr *
disjunction(struct planner *pl, const struct list *arms)
{
	if (arms->n == 1)
		return arms->at[0];
	struct expr *any = expr_new(pl->arena, EXPR_OR, type_builtin(OID_BOOL), arms->n);
	for (int i = 0; i < arms->n; i++)
		any->args[i] = arms->at[i];
	return any;
}

/* The conditions that every arm has. */
static struct list
common_conjuncts(struct planner *pl, const struct list *arms, int n)
{
	struct list common = { 0 };

	for (int i = 0; i < arms[0].n; i++) {
		struct expr *x = arms[0].at[i];
		bool all = !expr_has_volatile(x) && !has_sublink(x) && !contains(&common, x);
		for (int k = 1; k < n && all; k++)
			all = contains(&arms[k], x);
		if (all)
			list_push(&common, pl->arena, x);
	}
	return common;
}

static struct expr *
factor_or(struct planner *pl, struct expr *x)
{
	if (x->kind != EXPR_OR)
		return x;
	struct list *arms = ARENA_ARRAY(pl->arena, struct list, x->nargs);
	struct list rest = { 0 };

	for (int i = 0; i < x->nargs; i++)
		arms[i] = conjuncts(pl, x->args[i]);
	struct list common = common_conjuncts(pl, arms, x->nargs);
	if (common.n == 0)
		return x;
	bool decided = false; /* an arm of nothing else: the others add nothing */
	for (int i = 0; i < x->nargs; i++) {
		struct list keep = { 0 };
		for (int k = 0; k < arms[i].n; k++)
			if (!contains(&common, arms[i].at[k]))
				list_push(&keep, pl->arena, arms[i].at[k]);
		decided |= keep.n == 0;
		if (keep.n > 0)
			list_push(&rest, pl->arena, conjunction(pl, &keep));
	}
	if (!decided)
		list_push(&common, pl->arena, disjunction(pl, &rest));
	return conjunction(pl, &common);
}

/* arm is column = constant. */
static bool
is_column_equal(const struct expr *arm)
{
	if (arm->kind != EXPR_FUNC || arm->nargs != 2 || arm->args[0]->kind != EXPR_VAR ||
	    arm->args[1]->kind != EXPR_CONST || arm->args[1]->is_null ||
	    arm->args[1]->type->array == 0)
		return false;
	const struct operator* op = comparison_of(arm->func);
	return op != NULL && strcmp(op->name, "=") == 0;
}

/* x = 1 OR x = 2 is x = ANY (ARRAY[1, 2]): one lookup in a set, one list of keys for an index. */
static struct expr *
merge_equalities(struct planner *pl, struct expr *x)
{
	struct list arms = { 0 };
	bool *taken = ARENA_ARRAY(pl->arena, bool, x->nargs);

	for (int i = 0; i < x->nargs; i++) {
		const struct expr *arm = x->args[i];
		struct list values = { 0 };
		if (taken[i])
			continue;
		for (int k = i; is_column_equal(arm) && k < x->nargs; k++) {
			const struct expr *other = x->args[k];
			if (!taken[k] && is_column_equal(other) && other->func == arm->func &&
			    other->collation == arm->collation &&
			    expr_equal(other->args[0], arm->args[0])) {
				taken[k] = true;
				list_push(&values, pl->arena, other->args[1]);
			}
		}
		if (values.n < 2) {
			list_push(&arms, pl->arena, x->args[i]);
			continue;
		}
		const struct type *array =
			catalog_type(pl->env->catalog, arm->args[1]->type->array);
		struct expr *list = expr_new(pl->arena, EXPR_ARRAY, array, values.n);
		memcpy(list->args, values.at, (size_t) values.n * sizeof *list->args);
		struct expr *any = expr_new(pl->arena, EXPR_ANY, type_builtin(OID_BOOL), 2);
		any->args[0] = arm->args[0];
		any->args[1] = list;
		any->func = arm->func;
		any->op = arm->op != NULL ? arm->op : comparison_of(arm->func);
		any->collation = arm->collation;
		list_push(&arms, pl->arena, any);
	}
	return arms.n == x->nargs ? x : disjunction(pl, &arms);
}

struct expr *
or_factor(struct planner *pl, struct expr *x)
{
	struct list quals = conjuncts(pl, x);

	for (int i = 0; i < quals.n; i++) {
		struct expr *q = quals.at[i];
		if (q->kind == EXPR_OR)
			quals.at[i] = factor_or(pl, merge_equalities(pl, q));
	}
	return conjunction(pl, &quals);
}

struct expr *
or_implied(struct planner *pl, const struct group *g, struct expr *x, int item)
{
	struct list arms = { 0 };

	if (x->kind != EXPR_OR)
		return NULL;
	for (int i = 0; i < x->nargs; i++) {
		struct list all = conjuncts(pl, x->args[i]), own = { 0 };
		for (int k = 0; k < all.n; k++) {
			struct expr *c = all.at[k];
			struct itemset refs = group_refs(g, pl, c);
			if (set_has(refs, item) && set_subset(refs, set_one(item)) &&
			    !has_sublink(c) && !expr_has_volatile(c))
				list_push(&own, pl->arena, c);
		}
		if (own.n == 0)
			return NULL;
		list_push(&arms, pl->arena, conjunction(pl, &own));
	}
	return disjunction(pl, &arms);
}
