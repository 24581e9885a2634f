/* indexmatch.c - from conditions to index bounds.
 *
 * A bound must have exactly the column's type.  Integers of other widths are converted: a
 * constant when it fits, anything else by a CASE that yields null (no match) when it does not. */
#include "config.h"
#include "core/plan/indexmatch.h"

#include <math.h>

/* The column behind binary-compatible relabelling of texts and integers. */
static const struct expr *
bare(const struct expr *x)
{
	while (x->kind == EXPR_RELABEL && x->type->byval == x->args[0]->type->byval)
		x = x->args[0];
	return x;
}

static bool
is_key(const struct expr *x, const struct expr *key)
{
	if (key->kind != EXPR_VAR)
		return expr_equal(x, key) || expr_equal(bare(x), key);
	x = bare(x);
	return x->kind == EXPR_VAR && x->range == key->range && x->col == key->col;
}

static bool
is_int(oid_t t)
{
	return t == OID_INT2 || t == OID_INT4 || t == OID_INT8;
}

static bool
is_text(oid_t t)
{
	return t == OID_TEXT || t == OID_VARCHAR;
}

static struct expr *
relabel(struct planner *pl, struct expr *x, const struct type *t)
{
	struct expr *r = expr_new(pl->arena, EXPR_RELABEL, t, 1);

	r->args[0] = x;
	return r;
}

/* x of a wider integer type as type t; null when it does not fit (and so equals nothing). */
static struct expr *
narrow(struct planner *pl, struct expr *x, const struct type *t)
{
	const struct operator* ge = operator_exact(">=", OID_INT8, OID_INT8),
			       *le = operator_exact("<=", OID_INT8, OID_INT8);
	const struct type *big = type_builtin(OID_INT8);
	int64_t max = t->oid == OID_INT2 ? INT16_MAX : INT32_MAX;
	struct expr *wide = x->type == big ? x : relabel(pl, x, big);

	if (x->kind == EXPR_CONST) {
		if (x->is_null || (x->value.i >= -max - 1 && x->value.i <= max)) {
			struct expr *c = expr_const(pl->arena, t, x->value);
			c->is_null = x->is_null;
			return c;
		}
		return expr_null(pl->arena, t);
	}
	struct expr *c = expr_new(pl->arena, EXPR_CASE, t, 2);
	c->args[0] = expr_and(
		pl->arena,
		expr_op(pl->arena, ge, wide, expr_const(pl->arena, big, datum_int(-max - 1))),
		expr_op(pl->arena, le, wide, expr_const(pl->arena, big, datum_int(max))));
	c->args[1] = relabel(pl, x, t);
	return c;
}

/* Comparisons of these types convert the one to the other: so may we, before. */
static struct expr *
as_time(struct planner *pl, struct expr *x, const struct type *t)
{
	const oid_t from = x->type->oid, to = t->oid;
	const bool widens = (from == OID_DATE && (to == OID_TIMESTAMP || to == OID_TIMESTAMPTZ)) ||
			    (from == OID_TIMESTAMP && to == OID_TIMESTAMPTZ);
	const struct cast *c = widens ? cast_find(from, to) : NULL;
	const struct func *f = c != NULL && c->func != 0 ? func_by_oid(c->func) : NULL;

	if (f == NULL)
		return NULL;
	struct expr **args = arena_dup(pl->arena, &x, sizeof x);
	return fold_expr(pl, expr_func(pl->arena, f, t, 1, args));
}

/* x as a key of the column; NULL: not possible.  `equality` allows the lossy narrowing. */
static struct expr *
as_key(struct planner *pl, struct expr *x, const struct type *t, bool equality)
{
	if (x->type == t)
		return x;
	if (is_text(x->type->oid) && is_text(t->oid))
		return relabel(pl, x, t);
	if (!is_int(x->type->oid) || !is_int(t->oid))
		return as_time(pl, x, t);
	if (t->oid == OID_INT8 || (t->oid == OID_INT4 && x->type->oid == OID_INT2)) {
		if (x->kind == EXPR_CONST)
			return narrow(pl, x, t->oid == OID_INT8 ? type_builtin(OID_INT8) : t);
		return relabel(pl, x, t);
	}
	if (equality)
		return narrow(pl, x, t);
	if (x->kind == EXPR_CONST && !x->is_null) {
		struct expr *c = narrow(pl, x, t);
		return c->is_null ? NULL : c;
	}
	return NULL;
}

static bool
free_of(struct planner *pl, struct expr *x, const struct range *r)
{
	(void) pl;
	return !expr_uses_range(x, r) && !has_sublink(x) && !expr_has_volatile(x);
}

/* qual is column OP x: its operator's name as seen from the column, and x. */
static const char *
comparison(struct planner *pl, const struct range *r, const struct expr *key, struct expr *qual,
	   struct expr **ret_x)
{
	if (qual->kind != EXPR_FUNC || qual->nargs != 2)
		return NULL;
	const struct operator* op = comparison_of(qual->func);
	if (op == NULL)
		return NULL;
	if (is_key(qual->args[0], key) && free_of(pl, qual->args[1], r)) {
		*ret_x = qual->args[1];
		return op->name;
	}
	if (is_key(qual->args[1], key) && free_of(pl, qual->args[0], r)) {
		*ret_x = qual->args[0];
		switch (op->name[0]) {
		case '<':
			return op->name[1] == '=' ? ">=" : ">";
		case '>':
			return op->name[1] == '=' ? "<=" : "<";
		default:
			return op->name;
		}
	}
	return NULL;
}

struct expr *
index_equality(struct planner *pl, const struct range *r, const struct expr *key,
	       const struct type *t, struct expr *qual)
{
	struct expr *x;
	const char *op = comparison(pl, r, key, qual, &x);

	if (op == NULL || strcmp(op, "=") != 0)
		return NULL;
	return as_key(pl, x, t, true);
}

struct expr *
index_inequality(struct planner *pl, const struct range *r, const struct expr *key,
		 const struct type *t, struct expr *qual, const char **ret_op)
{
	struct expr *x;
	const char *op = comparison(pl, r, key, qual, &x);

	if (op == NULL || strcmp(op, "=") == 0)
		return NULL;
	*ret_op = op;
	return as_key(pl, x, t, false);
}

bool
index_not_null(const struct expr *key, const struct expr *qual)
{
	return qual->kind == EXPR_IS_NOT_NULL && is_key(qual->args[0], key);
}

/* Free of every table: known before the scan starts. */
static bool
is_known(struct planner *pl, struct expr *x)
{
	struct layout vars = { 0 };

	collect_vars(pl, x, &vars);
	return vars.n == 0;
}

static bool
match_equal_column(struct planner *pl, struct range *r, const struct expr *key,
		 const struct type *t, const struct list *quals, struct index_match *m)
{
	int k = m->range.neq;

	for (int i = 0; i < quals->n; i++) {
		struct expr *q = quals->at[i], *value = index_equality(pl, r, key, t, q);
		if (value != NULL && is_known(pl, value)) {
			m->range.eq[k] = value;
			m->selectivity *= qual_selectivity(pl, q);
			m->exact[m->nexact++] = q;
			m->range.neq++;
			return true;
		}
		if (q->kind == EXPR_IS_NULL && is_key(q->args[0], key)) {
			m->range.eq_is_null[k] = true;
			m->range.eq[k] = expr_null(pl->arena, t);
			m->selectivity *= qual_selectivity(pl, q);
			m->exact[m->nexact++] = q;
			m->range.neq++;
			return true;
		}
	}
	return false;
}

/* column = ANY (array known before the scan). */
static bool
match_list(struct planner *pl, struct range *r, const struct expr *key,
		 const struct type *t, const struct list *quals, struct index_match *m)
{
	for (int i = 0; i < quals->n; i++) {
		struct expr *q = quals->at[i];
		if (q->kind != EXPR_ANY || !is_key(q->args[0], key) ||
		    !is_known(pl, q->args[1]) || !free_of(pl, q->args[1], r))
			continue;
		const struct operator* op = comparison_of(q->func);
		const struct type *elem = q->args[1]->type->elem;
		if (op == NULL || strcmp(op->name, "=") != 0 || elem == NULL ||
		    !(elem == t || (is_text(elem->oid) && is_text(t->oid))))
			continue;
		m->range.in_list = q->args[1];
		m->has_list = true;
		m->selectivity *= qual_selectivity(pl, q);
		m->exact[m->nexact++] = q;
		return true;
	}
	return false;
}

static void
match_bounds(struct planner *pl, struct range *r, const struct expr *key,
		 const struct type *t, const struct list *quals, struct index_match *m)
{
	for (int i = 0; i < quals->n; i++) {
		struct expr *q = quals->at[i];
		const char *op;
		if (index_not_null(key, q)) {
			m->range.not_null = true;
			m->selectivity *= qual_selectivity(pl, q);
			m->exact[m->nexact++] = q;
			m->any = true;
			continue;
		}
		struct expr *value = index_inequality(pl, r, key, t, q, &op);
		if (value == NULL || !is_known(pl, value))
			continue;
		bool low = op[0] == '>';
		if ((low ? m->range.lo : m->range.hi) != NULL)
			continue;
		if (low) {
			m->range.lo = value;
			m->range.lo_incl = op[1] == '=';
		} else {
			m->range.hi = value;
			m->range.hi_incl = op[1] == '=';
		}
		m->selectivity *= qual_selectivity(pl, q);
		m->exact[m->nexact++] = q;
		m->any = true;
	}
}

void
index_match(struct planner *pl, struct range *r, const struct index *ix, const struct list *quals,
	    struct index_match *ret)
{
	struct index_match m = { .selectivity = 1 };
	int k = 0;

	m.range.eq = ARENA_ARRAY(pl->arena, struct expr *, ix->nkeys);
	m.range.eq_is_null = ARENA_ARRAY(pl->arena, bool, ix->nkeys);
	struct expr *key = NULL;
	for (; k < ix->nkeys; k++) {
		key = index_key_expr(pl, r, ix, k);
		if (key == NULL || !match_equal_column(pl, r, key, ix->cols[k].type, quals, &m))
			break;
	}
	m.any = k > 0;
	if (k < ix->nkeys && key != NULL) {
		if (match_list(pl, r, key, ix->cols[k].type, quals, &m))
			m.any = true;
		else if (strcmp(ix->kind, "btree") == 0)
			match_bounds(pl, r, key, ix->cols[k].type, quals, &m);
	}
	*ret = m;
}

bool
index_match_exact(const struct index_match *m, const struct expr *qual)
{
	for (int i = 0; i < m->nexact; i++)
		if (m->exact[i] == qual)
			return true;
	return false;
}
