/* indexexpr.c - expression columns and predicates of indexes, as expressions over a range.
 *
 * The catalog keeps them as text; the binder gives them back over the range of the table's rules
 * (planner_hooks).  A partial index serves when the query's conditions imply its predicate:
 * proven here for equal conditions, for comparisons of one expression with constants, and for
 * IS NOT NULL. */
#include "config.h"
#include "core/plan/indexmatch.h"

#include <string.h>

/* What is known of one relation's indexes while this statement is planned. */
struct known_rules {
	const struct relation *rel;
	const struct table_rules *rules; /* NULL: they could not be had */
};

static const struct table_rules *
rules_of(struct planner *pl, const struct relation *rel)
{
	const struct planner_hooks *h = pl->env->hooks;
	struct table_rules *rules = NULL;
	struct err ignore;

	for (int i = 0; i < pl->rules.n; i++) {
		const struct known_rules *k = pl->rules.at[i];
		if (k->rel == rel)
			return k->rules;
	}
	err_init(&ignore);
	if (h == NULL || h->table_rules == NULL ||
	    h->table_rules(h->self, pl->arena, rel, &rules, &ignore) != ERR_OK)
		rules = NULL; /* an index less to choose from */
	struct known_rules *k = ARENA_NEW(pl->arena, struct known_rules);
	*k = (struct known_rules){ rel, rules };
	list_push(&pl->rules, pl->arena, k);
	return rules;
}

struct moved {
	struct planner *pl;
	const struct range *from;
	struct range *to;
};

static struct expr *
move_var(struct expr *x, void *arg)
{
	const struct moved *m = arg;

	return x->kind == EXPR_VAR && x->range == m->from ? expr_var(m->pl->arena, m->to, x->col)
							  : x;
}

static struct expr *
over_range(struct planner *pl, const struct table_rules *rules, struct range *r, struct expr *x)
{
	struct moved m = { pl, rules->row, r };

	return fold_expr(pl, expr_map(pl->arena, x, move_var, &m, false));
}

static int
position_of(const struct relation *rel, const struct index *ix)
{
	for (int i = 0; i < rel->nindexes; i++)
		if (rel->indexes[i] == ix)
			return i;
	return -1;
}

struct expr *
index_key_expr(struct planner *pl, struct range *r, const struct index *ix, int k)
{
	if (ix->cols[k].attnum != 0)
		return expr_var(pl->arena, r, ix->cols[k].attnum);
	const struct table_rules *rules = rules_of(pl, r->rel);
	int i = position_of(r->rel, ix);
	if (rules != NULL && ix->o.oid == r->rel->o.oid && rules->partition_key != NULL)
		return over_range(pl, rules, r, rules->partition_key[k]); /* the key as an index */
	if (rules == NULL || i < 0 || rules->index_exprs == NULL || rules->index_exprs[i] == NULL ||
	    rules->index_exprs[i][k] == NULL)
		return NULL;
	return over_range(pl, rules, r, rules->index_exprs[i][k]);
}

/* -- Predicates ------------------------------------------------------------------------------------ */

/* x is expression OP constant, or the reverse; the operator as seen from the expression. */
struct bound {
	const struct expr *of, *value;
	char op; /* = < > or n for <> */
	bool incl;
};

static bool
as_bound(const struct expr *x, struct bound *ret)
{
	if (x->kind != EXPR_FUNC || x->nargs != 2)
		return false;
	const struct operator* op = comparison_of(x->func);
	const char *name = op != NULL ? op->name : x->op != NULL ? x->op->name : "";
	bool swap = x->args[0]->kind == EXPR_CONST;
	const struct expr *v = x->args[swap ? 0 : 1];
	if (v->kind != EXPR_CONST || v->is_null || v->type->ops == NULL ||
	    v->type->ops->cmp == NULL || x->args[swap ? 1 : 0]->type != v->type)
		return false;
	if (strcmp(name, "<>") == 0)
		*ret = (struct bound){ x->args[swap ? 1 : 0], v, 'n', false };
	else if (op == NULL)
		return false;
	else
		*ret = (struct bound){ x->args[swap ? 1 : 0], v, name[0], name[1] == '=' };
	if (swap && (ret->op == '<' || ret->op == '>'))
		ret->op = ret->op == '<' ? '>' : '<';
	return true;
}

/* Everything that q allows, p allows. */
static bool
bound_implies(const struct bound *q, const struct bound *p)
{
	if (!expr_equal(q->of, p->of) || q->value->type != p->value->type)
		return false;
	int cmp = q->value->type->ops->cmp(q->value->type, q->value->value, p->value->value);
	switch (p->op) {
	case '=':
		return q->op == '=' && cmp == 0;
	case '<':
		return (q->op == '=' && (cmp < 0 || (cmp == 0 && p->incl))) ||
		       (q->op == '<' && (cmp < 0 || (cmp == 0 && (p->incl || !q->incl))));
	case '>':
		return (q->op == '=' && (cmp > 0 || (cmp == 0 && p->incl))) ||
		       (q->op == '>' && (cmp > 0 || (cmp == 0 && (p->incl || !q->incl))));
	default:
		return (q->op == '=' && cmp != 0) || (q->op == 'n' && cmp == 0) ||
		       (q->op == '<' && (cmp < 0 || (cmp == 0 && !q->incl))) ||
		       (q->op == '>' && (cmp > 0 || (cmp == 0 && !q->incl)));
	}
}

/* q is true only of rows where x is not null. */
static bool
rejects_null(const struct expr *q, const struct expr *x)
{
	if (q->kind == EXPR_ANY || q->kind == EXPR_IS_NOT_NULL)
		return (q->kind != EXPR_ANY || q->func->strict) && expr_equal(q->args[0], x);
	if (q->kind != EXPR_FUNC || !q->func->strict)
		return false;
	for (int i = 0; i < q->nargs; i++)
		if (expr_equal(q->args[i], x))
			return true;
	return false;
}

static bool
implied(struct planner *pl, const struct list *quals, struct expr *p)
{
	struct bound bp, bq;

	if (p->kind == EXPR_OR) {
		for (int i = 0; i < p->nargs; i++) {
			struct list all = conjuncts(pl, p->args[i]);
			bool each = true;
			for (int k = 0; k < all.n && each; k++)
				each = implied(pl, quals, all.at[k]);
			if (each)
				return true;
		}
	}
	bool bounded = as_bound(p, &bp);
	for (int i = 0; i < quals->n; i++) {
		struct expr *q = quals->at[i];
		if (expr_equal(q, p) ||
		    (p->kind == EXPR_IS_NOT_NULL && rejects_null(q, p->args[0])) ||
		    (bounded && as_bound(q, &bq) && bound_implies(&bq, &bp)))
			return true;
	}
	return false;
}

bool
index_serves(struct planner *pl, struct range *r, const struct index *ix, const struct list *quals,
	     double *ret_share)
{
	*ret_share = 1;
	if (ix->where_sql == NULL)
		return true;
	const struct table_rules *rules = rules_of(pl, r->rel);
	int i = position_of(r->rel, ix);
	if (rules == NULL || i < 0 || rules->index_where == NULL || rules->index_where[i] == NULL)
		return false;
	struct list preds = conjuncts(pl, over_range(pl, rules, r, rules->index_where[i]));
	for (int k = 0; k < preds.n; k++) {
		if (expr_has_volatile(preds.at[k]) || !implied(pl, quals, preds.at[k]))
			return false;
		*ret_share *= qual_selectivity(pl, preds.at[k]);
	}
	return true;
}
