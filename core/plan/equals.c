/* equals.c - what the equalities of a group say together.
 *
 * a = b and b = c say a = c: each pair of a class is a condition, so that its members can be joined
 * in any order; of those that two parts meet by, one is enough (join.c).  a = b and b = 5 say a = 5,
 * which narrows what is read of a, the right side of an outer join too. */
#include "config.h"
#include "core/plan/planner.h"

enum { MEMBERS_MAX = 24, CLASSES_MAX = 63 };

struct member {
	struct expr *x;
	int item; /* -1: a constant */
};

struct class
{
	const struct func *eq;
	oid_t collation;
	int n;
	struct member at[MEMBERS_MAX];
};

struct equals {
	struct planner *pl;
	struct group *g;
	int n;
	struct class *classes[CLASSES_MAX + 1]; /* at [1] and on: 0 is none */
};

static const struct expr *
bare(const struct expr *x)
{
	while (x->kind == EXPR_RELABEL)
		x = x->args[0];
	return x;
}

/* A column of an item that is always there, or a constant. */
static bool
as_member(const struct equals *s, struct expr *x, struct member *ret)
{
	const struct expr *b = bare(x);

	*ret = (struct member){ x, -1 };
	if (b->kind == EXPR_CONST)
		return !b->is_null;
	if (b->kind != EXPR_VAR)
		return b->kind == EXPR_PARAM;
	const struct itemset refs = group_refs(s->g, s->pl, x);
	for (int i = 0; i < s->g->items.n; i++) {
		const struct item *it = s->g->items.at[i];
		if (!set_has(refs, i) || !set_subset(refs, set_one(i)))
			continue;
		ret->item = i;
		return it->type == JOIN_INNER;
	}
	return false;
}

/* x is l = r over two members of one type. */
static bool
as_equality(const struct equals *s, const struct expr *x, struct member *l, struct member *r)
{
	if (x->kind != EXPR_FUNC || x->nargs != 2 || x->args[0]->type != x->args[1]->type)
		return false;
	const struct operator* op = comparison_of(x->func);
	return op != NULL && strcmp(op->name, "=") == 0 && as_member(s, x->args[0], l) &&
	       as_member(s, x->args[1], r) && (l->item >= 0 || r->item >= 0);
}

static int
class_of(const struct equals *s, const struct expr *eq, const struct member *m)
{
	for (int c = 1; c <= s->n; c++) {
		const struct class *k = s->classes[c];
		for (int i = 0; k->eq == eq->func && k->collation == eq->collation && i < k->n; i++)
			if (k->at[i].item == m->item && expr_equal(k->at[i].x, m->x))
				return c;
	}
	return 0;
}

/* Constants are not shared: x = 1 and y = 1 are no reason to join x and y. */
static void
add_equality(struct equals *s, const struct expr *eq, const struct member *l,
	     const struct member *r)
{
	int to = l->item >= 0 ? class_of(s, eq, l) : 0,
	    from = r->item >= 0 ? class_of(s, eq, r) : 0;

	if (to == 0 && from == 0) {
		if (s->n == CLASSES_MAX)
			return;
		struct class *made = ARENA_NEW(s->pl->arena, struct class);
		*made = (struct class){
			.eq = eq->func, .collation = eq->collation, .n = 2, .at = { *l, *r }
		};
		s->classes[++s->n] = made;
		return;
	}
	struct class *k = s->classes[to != 0 ? to : from];
	if (to != 0 && from != 0 && to != from) {
		struct class *gone = s->classes[from];
		if (k->n + gone->n > MEMBERS_MAX)
			return;
		memcpy(k->at + k->n, gone->at, (size_t) gone->n * sizeof *k->at);
		k->n += gone->n;
		gone->n = 0;
	} else if ((to == 0 || from == 0) && k->n < MEMBERS_MAX) {
		k->at[k->n++] = to == 0 ? *l : *r;
	}
}

static const struct expr *
constant_of(const struct class *k)
{
	for (int i = 0; i < k->n; i++)
		if (k->at[i].item < 0)
			return k->at[i].x;
	return NULL;
}

/* The condition over two members that is there already. */
static struct qual *
said(const struct equals *s, const struct member *l, const struct member *r)
{
	for (int i = 0; i < s->g->quals.n; i++) {
		struct qual *q = s->g->quals.at[i];
		struct member a, b;
		if (as_equality(s, q->expr, &a, &b) &&
		    ((a.item == l->item && b.item == r->item && expr_equal(a.x, l->x) &&
		      expr_equal(b.x, r->x)) ||
		     (a.item == r->item && b.item == l->item && expr_equal(a.x, r->x) &&
		      expr_equal(b.x, l->x))))
			return q;
	}
	return NULL;
}

static struct expr *
equality(const struct equals *s, const struct class *k, struct expr *l, struct expr *r)
{
	struct expr **args = ARENA_ARRAY(s->pl->arena, struct expr *, 2);

	args[0] = l;
	args[1] = r;
	struct expr *x = expr_func(s->pl->arena, k->eq, type_builtin(OID_BOOL), 2, args);

	x->collation = k->collation;
	return x;
}

static bool
is_outer(const struct equals *s, const struct member *m)
{
	return m->item >= 0 && LIST_AT(struct item, &s->g->items, m->item)->is_outer;
}

/* Enclosing rows are not filtered, so two of their columns, or one and a constant, do not meet by themselves:
 * all that is said of them must stay. */
static bool
outer_must_meet(const struct equals *s, const struct class *k)
{
	int n = 0;

	for (int i = 0; i < k->n; i++)
		n += is_outer(s, &k->at[i]);
	return n > 1 || (n == 1 && constant_of(k) != NULL);
}

/* Every two members of the class meet in a condition that is marked as the class's. */
static void
complete(const struct equals *s, int c, struct list *settled)
{
	const struct class *k = s->classes[c];
	const bool fixed = constant_of(k) != NULL;

	if (outer_must_meet(s, k))
		return;
	for (int i = 0; i < k->n; i++)
		for (int m = i + 1; m < k->n; m++) {
			const struct member *l = &k->at[i], *r = &k->at[m];
			struct qual *q = l->item < 0 && r->item < 0 ? NULL : said(s, l, r);
			const bool one = l->item < 0 || r->item < 0 || l->item == r->item;
			if (q == NULL &&
			    ((l->item < 0 && r->item < 0) || (fixed && !one)))
				continue;
			if (q == NULL) {
				q = ARENA_NEW(s->pl->arena, struct qual);
				q->expr = equality(s, k, l->x, r->x);
				q->refs = group_refs(s->g, s->pl, q->expr);
				list_push(&s->g->quals, s->pl->arena, q);
			}
			if (fixed && !one)
				list_push(settled, s->pl->arena, q->expr);
			if (!fixed && !one)
				q->class = c;
		}
}

/* ON says that a column of the right side is one that is fixed. */
static void
narrow_right(const struct equals *s, struct item *it, const struct expr *on)
{
	const struct operator* op = on->kind == EXPR_FUNC && on->nargs == 2
		? comparison_of(on->func)
		: NULL;
	struct member left;

	if (op == NULL || strcmp(op->name, "=") != 0 || on->args[0]->type != on->args[1]->type)
		return;
	for (int side = 0; side < 2; side++) {
		struct expr *mine = on->args[side];
		int c = as_member(s, on->args[1 - side], &left) && left.item >= 0
				? class_of(s, on, &left)
				: 0;
		const struct expr *fixed = c != 0 ? constant_of(s->classes[c]) : NULL;
		if (fixed == NULL || bare(mine)->kind != EXPR_VAR ||
		    !set_subset(group_refs(s->g, s->pl, mine), set_one(it->id)))
			continue;
		list_push(&it->quals, s->pl->arena,
			  equality(s, s->classes[c], mine, (struct expr *) fixed));
	}
}

void
imply_equals(struct planner *pl, struct group *g, struct list *settled)
{
	struct equals s = { .pl = pl, .g = g };
	const int written = g->quals.n;
	struct member l, r;

	for (int i = 0; i < written; i++) {
		const struct qual *q = g->quals.at[i];
		if (as_equality(&s, q->expr, &l, &r))
			add_equality(&s, q->expr, &l, &r);
	}
	for (int c = 1; c <= s.n; c++)
		if (s.classes[c]->n > 2)
			complete(&s, c, settled);
	for (int i = 0; i < g->items.n; i++) {
		struct item *it = g->items.at[i];
		if ((it->kind != ITEM_TABLE && it->kind != ITEM_PATH) || it->null_aware ||
		    (it->type != JOIN_LEFT && it->type != JOIN_SEMI && it->type != JOIN_ANTI))
			continue;
		for (int k = 0; k < it->on.n; k++)
			narrow_right(&s, it, LIST_AT(struct qual, &it->on, k)->expr);
	}
}
