/* modify.c - INSERT, UPDATE, DELETE, MERGE and referential actions.
 *
 * The source of rows is planned like any SELECT; PLAN_MODIFY on top carries what is done to each
 * row and what comes back.
 *
 * Not here: what the written tables demand of a row (leaf.c). */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

#include "core/catalog/partition.h"

/* -- RETURNING ------------------------------------------------------------------------------------- */

static const int returned_system[] = { COL_CTID, COL_TABLEOID, COL_XMAX };

static int
is_returned_system(struct expr *x, void *arg)
{
	const struct range *target = arg;

	return x->kind == EXPR_VAR && x->range == target &&
	       (x->col == COL_CTID || x->col == COL_TABLEOID || x->col == COL_XMAX);
}

static int
is_change_number(struct expr *x, void *arg)
{
	return x->kind == EXPR_VAR && x->range == arg &&
	       (x->col == COL_XMIN || x->col == COL_VERSION);
}

/* The number of a change is known when it commits; a deleted row keeps the one it had. */
static int
check_returning(const struct query *q, struct err *e)
{
	for (int i = 0; q->kind != QUERY_DELETE && i < q->targets.n; i++)
		if (expr_walk(LIST_AT(struct target, &q->targets, i)->expr, is_change_number,
			      q->target, true) != 0)
			return err_unsupported(e, "RETURNING xmin or _version of a written row",
					       "Read it after the transaction has committed.");
	return ERR_OK;
}

/* What RETURNING sees: the written row first, then the columns of the source. */
static void
returning_layout(struct level *lv, struct plan_modify *m, const struct path *src,
		 struct layout *both)
{
	struct arena *a = lv->pl->arena;
	struct range *target = lv->q->target;

	for (int i = 0; i < m->rel->ncols; i++)
		layout_add(a, both, expr_var(a, target, i + 1));
	for (int i = 0; i < lv->q->targets.n; i++)
		if (expr_walk(LIST_AT(struct target, &lv->q->targets, i)->expr, is_returned_system,
			      target, true) != 0)
			m->returning_system = true;
	for (size_t i = 0; m->returning_system && i < ARRAY_LEN(returned_system); i++)
		layout_add(a, both, expr_var(a, target, returned_system[i]));
	layout_append(a, both, &src->out);
}

static int
fill_returning(struct level *lv, struct plan_modify *m, const struct path *src, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct layout both = { 0 };
	struct list exprs = { 0 };

	m->has_returning = q->returning;
	if (!q->returning)
		return ERR_OK;
	returning_layout(lv, m, src, &both);
	for (int i = 0; i < q->targets.n; i++)
		list_push(&exprs, pl->arena, LIST_AT(struct target, &q->targets, i)->expr);
	m->returning = ARENA_ARRAY(pl->arena, struct expr *, exprs.n);
	for (int i = 0; i < exprs.n; i++) {
		int rc = layout_slots(pl, &both, exprs.at[i], &m->returning[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* RETURNING with sub-queries: the writes hand up their rows, the sub-queries run above them. */
static bool
returning_has_sublinks(const struct query *q)
{
	for (int i = 0; i < q->targets.n; i++)
		if (has_sublink(LIST_AT(struct target, &q->targets, i)->expr))
			return true;
	return false;
}

static struct plan_modify *
modify_node(struct planner *pl, struct query *q, const struct layout *out, struct path *src)
{
	struct plan_modify *m =
		(struct plan_modify *) node_new(pl, sizeof *m, PLAN_MODIFY, out, src->plan);

	m->p.dependent = false;
	m->op = q->kind;
	m->rel = q->target->rel;
	m->range = q->target;
	m->query = q;
	m->conflict = q->conflict;
	m->p.cost = src->cost + src->rows * 10;
	m->p.cost_start = m->p.cost;
	return m;
}

/* -- Sources ---------------------------------------------------------------------------------------- */

static int
attach_to_source(struct level *lv, struct path *p, struct list *exprs, struct err *e)
{
	return attach_sublinks(lv, p, exprs->n, (struct expr **) exprs->at, e);
}

/* INSERT: full rows of the table, column i is attnum i + 1, then the source's own columns. */
static int
insert_source(struct level *lv, struct path *p, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	const struct relation *rel = q->target->rel;
	struct layout want = { 0 };
	struct list exprs = { 0 };

	for (int i = 0; i < q->assignments.n; i++)
		list_push(&exprs, pl->arena, LIST_AT(struct assignment, &q->assignments, i)->expr);
	int rc = plan_from(lv, NULL, p, e);
	if (rc == ERR_OK)
		rc = attach_to_source(lv, p, &exprs, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < rel->ncols; i++) {
		struct expr *x = NULL;
		for (int k = 0; k < q->assignments.n; k++)
			if (LIST_AT(struct assignment, &q->assignments, k)->attnum == i + 1)
				x = LIST_AT(struct assignment, &q->assignments, k)->expr;
		const struct type *t =
			rel->cols[i].type != NULL ? rel->cols[i].type : type_builtin(OID_INT4);
		layout_add(pl->arena, &want, x != NULL ? x : expr_null(pl->arena, t));
	}
	return path_project(pl, p, want.n, want.at, e);
}

/* UPDATE, DELETE, MERGE: the full old row, its key, then every other column there is. */
static int
changed_rows(struct level *lv, struct path *p, struct plan_modify *slots, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct range *t = q->target;
	const struct relation *rel = t->rel;
	struct layout want = { 0 };
	struct list exprs = { 0 };
	struct expr *key = expr_var(pl->arena, t, COL_ROW_KEY),
		    *table = expr_var(pl->arena, t, COL_TABLEOID);
	const bool parts = relation_is_partitioned(rel);

	for (int i = 0; i < rel->ncols; i++) {
		struct expr *v = expr_var(pl->arena, t, i + 1);
		if (!rel->cols[i].dropped && layout_find(&lv->needed, v) < 0)
			layout_add(pl->arena, &lv->needed, v);
	}
	if (layout_find(&lv->needed, key) < 0)
		layout_add(pl->arena, &lv->needed, key);
	if (parts && layout_find(&lv->needed, table) < 0)
		layout_add(pl->arena, &lv->needed, table);
	for (int i = 0; i < q->assignments.n; i++)
		list_push(&exprs, pl->arena, LIST_AT(struct assignment, &q->assignments, i)->expr);
	for (int i = 0; i < q->merge_actions.n; i++) {
		const struct merge_action *m = q->merge_actions.at[i];
		if (m->when != NULL)
			list_push(&exprs, pl->arena, m->when);
		for (int k = 0; k < m->sets.n; k++)
			list_push(&exprs, pl->arena, LIST_AT(struct assignment, &m->sets, k)->expr);
	}
	int rc = plan_from(lv, NULL, p, e);
	if (rc == ERR_OK)
		rc = attach_to_source(lv, p, &exprs, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < rel->ncols; i++)
		layout_add(pl->arena, &want,
			   rel->cols[i].dropped ? expr_null(pl->arena, type_builtin(OID_INT4))
						: expr_var(pl->arena, t, i + 1));
	layout_add(pl->arena, &want, key);
	for (int i = 0; i < p->out.n; i++)
		if (layout_find(&want, p->out.at[i]) < 0 && !(p->out.at[i]->kind == EXPR_SLOT))
			layout_add(pl->arena, &want, p->out.at[i]);
	slots->row_slot = 0;
	slots->key_slot = rel->ncols;
	if (parts)
		slots->table_slot = layout_find(&want, table);
	return path_project(pl, p, want.n, want.at, e);
}

static int
fill_sets(struct level *lv, struct plan_action *to, const struct list *sets, const struct path *p,
	  struct err *e)
{
	to->nsets = sets->n;
	to->set_attnums = ARENA_ARRAY(lv->pl->arena, int16_t, to->nsets);
	to->sets = ARENA_ARRAY(lv->pl->arena, struct expr *, to->nsets);
	for (int i = 0; i < to->nsets; i++) {
		const struct assignment *s = sets->at[i];
		to->set_attnums[i] = s->attnum;
		int rc = layout_slots(lv->pl, &p->out, s->expr, &to->sets[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* The columns of a row that MERGE inserts, in the order of the table. */
static int
fill_new_row(struct level *lv, struct plan_action *to, const struct relation *rel,
	     const struct list *sets, const struct path *p, struct err *e)
{
	to->nsets = rel->ncols;
	to->set_attnums = ARENA_ARRAY(lv->pl->arena, int16_t, rel->ncols);
	to->sets = ARENA_ARRAY(lv->pl->arena, struct expr *, rel->ncols);
	for (int i = 0; i < rel->ncols; i++) {
		to->set_attnums[i] = (int16_t) (i + 1);
		to->sets[i] = expr_null(lv->pl->arena, rel->cols[i].dropped
							       ? type_builtin(OID_INT4)
							       : rel->cols[i].type);
	}
	for (int i = 0; i < sets->n; i++) {
		const struct assignment *s = sets->at[i];
		int rc = layout_slots(lv->pl, &p->out, s->expr, &to->sets[s->attnum - 1], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
fill_merge(struct level *lv, struct plan_modify *m, const struct path *p, struct err *e)
{
	static const enum query_kind ops[] = { [MERGE_NOTHING] = QUERY_SELECT,
					       [MERGE_INSERT] = QUERY_INSERT,
					       [MERGE_UPDATE] = QUERY_UPDATE,
					       [MERGE_DELETE] = QUERY_DELETE };
	const struct list *actions = &lv->q->merge_actions;
	int rc = ERR_OK;

	m->nactions = actions->n;
	m->actions = ARENA_ARRAY(lv->pl->arena, struct plan_action, actions->n);
	for (int i = 0; i < actions->n && rc == ERR_OK; i++) {
		const struct merge_action *from = actions->at[i];
		struct plan_action *to = &m->actions[i];

		to->op = ops[from->what];
		to->matched = from->matched;
		if (from->when != NULL)
			rc = layout_slots(lv->pl, &p->out, fold_expr(lv->pl, from->when), &to->when, e);
		if (rc == ERR_OK && to->op == QUERY_INSERT)
			rc = fill_new_row(lv, to, m->rel, &from->sets, p, e);
		else if (rc == ERR_OK)
			rc = fill_sets(lv, to, &from->sets, p, e);
	}
	return rc;
}

static int
fill_actions(struct level *lv, struct plan_modify *m, const struct path *p, struct err *e)
{
	if (m->op == QUERY_MERGE)
		return fill_merge(lv, m, p, e);
	m->nactions = 1;
	m->actions = ARENA_NEW(lv->pl->arena, struct plan_action);
	m->actions->op = m->op;
	m->actions->matched = true;
	return m->op == QUERY_UPDATE ? fill_sets(lv, m->actions, &lv->q->assignments, p, e) : ERR_OK;
}

/* -- ON CONFLICT DO UPDATE ------------------------------------------------------------------------- */

static void
add_row(struct planner *pl, struct range *r, struct layout *to)
{
	for (int i = 0; i < r->rel->ncols; i++)
		layout_add(pl->arena, to,
			   r->rel->cols[i].dropped ? expr_null(pl->arena, type_builtin(OID_INT4))
						   : expr_var(pl->arena, r, i + 1));
}

/* What DO UPDATE sets, when it takes sub-queries: a plan over the row in the way and the excluded
 * one. */
static int
plan_conflict(struct level *lv, struct plan_modify *m, struct err *e)
{
	struct planner *pl = lv->pl;
	const struct on_conflict *c = lv->q->conflict;
	struct list exprs = { 0 }, where = conjuncts(pl, c->where);
	struct layout rows = { 0 };
	bool nested = has_sublink(c->where);

	for (int i = 0; i < c->sets.n; i++) {
		struct expr *x = LIST_AT(struct assignment, &c->sets, i)->expr;

		nested |= has_sublink(x);
		list_push(&exprs, pl->arena, x);
	}
	if (!nested)
		return ERR_OK;
	add_row(pl, lv->q->target, &rows);
	add_row(pl, c->excluded, &rows);
	struct path p = outer_leaf(pl, outer_new(pl, &rows, 1));
	p.plan->dependent = false;
	int rc = attach_to_source(lv, &p, &where, e);
	if (rc == ERR_OK)
		rc = path_filter(pl, &p, &where, e);
	if (rc == ERR_OK)
		rc = attach_to_source(lv, &p, &exprs, e);
	if (rc == ERR_OK)
		rc = path_project(pl, &p, exprs.n, (struct expr **) exprs.at, e);
	m->p.inner = p.plan;
	return rc;
}

/* -- The whole ------------------------------------------------------------------------------------- */

static void
collect_level_needed(struct level *lv)
{
	struct layout all = { 0 };

	collect_query_vars(lv->pl, lv->q, &all);
	for (int i = 0; i < all.n; i++)
		if (all.at[i]->range->query == lv->q &&
		    !(lv->q->kind == QUERY_INSERT && all.at[i]->range == lv->q->target))
			layout_add(lv->pl->arena, &lv->needed, all.at[i]);
}

/* Sub-queries of RETURNING run over what the writes return: the target's columns and the source's. */
static int
returning_above(struct level *lv, struct plan_modify *m, struct path *src, struct path *ret,
		struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct layout out = { 0 };
	struct list exprs = { 0 };

	for (int i = 0; i < m->rel->ncols; i++)
		if (!m->rel->cols[i].dropped)
			layout_add(pl->arena, &out, expr_var(pl->arena, q->target, i + 1));
	struct layout both = { 0 };
	returning_layout(lv, m, src, &both);
	for (int i = m->rel->ncols; i < both.n; i++)
		if (both.at[i]->kind == EXPR_VAR && layout_find(&out, both.at[i]) < 0)
			layout_add(pl->arena, &out, both.at[i]);
	m->has_returning = true;
	m->returning = ARENA_ARRAY(pl->arena, struct expr *, out.n);
	for (int i = 0; i < out.n; i++) {
		int rc = layout_slots(pl, &both, out.at[i], &m->returning[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	m->p.ncols = out.n;
	m->p.cols = ARENA_ARRAY(pl->arena, struct plan_column, out.n);
	for (int i = 0; i < out.n; i++)
		m->p.cols[i] = (struct plan_column){ out.at[i]->type, out.at[i]->typmod,
						     out.at[i]->collation, NULL };
	*ret = (struct path){ .plan = &m->p, .out = out, .rows = m->p.rows, .cost = m->p.cost };
	for (int i = 0; i < q->targets.n; i++)
		list_push(&exprs, pl->arena, LIST_AT(struct target, &q->targets, i)->expr);
	int rc = attach_sublinks(lv, ret, exprs.n, (struct expr **) exprs.at, e);
	return rc != ERR_OK ? rc : path_project(pl, ret, exprs.n, (struct expr **) exprs.at, e);
}

int
plan_modify(struct planner *pl, struct query *q, struct outer *outer, struct path *ret,
	    struct err *e)
{
	struct level lv = { .pl = pl, .q = q, .outer = outer };
	struct plan_modify slots = { .table_slot = -1 };
	struct layout out = { 0 };
	struct path src;
	int rc;

	collect_level_needed(&lv);
	rc = check_returning(q, e);
	if (rc != ERR_OK)
		return rc;
	rc = q->kind == QUERY_INSERT ? insert_source(&lv, &src, e)
				     : changed_rows(&lv, &src, &slots, e);
	if (rc != ERR_OK)
		return rc;
	bool above = q->returning && returning_has_sublinks(q);
	if (q->returning && !above)
		for (int i = 0; i < q->targets.n; i++)
			layout_add(pl->arena, &out, LIST_AT(struct target, &q->targets, i)->expr);
	struct plan_modify *m = modify_node(pl, q, &out, &src);
	m->row_slot = slots.row_slot;
	m->key_slot = slots.key_slot;
	m->table_slot = slots.table_slot;
	rc = fill_actions(&lv, m, &src, e);
	if (rc == ERR_OK && q->conflict != NULL)
		rc = plan_conflict(&lv, m, e);
	if (rc == ERR_OK && !relation_is_partitioned(m->rel))
		plan_own_leaf(pl, m);
	if (rc == ERR_OK)
		rc = plan_route(pl, m, e);
	if (rc == ERR_OK && q->kind != QUERY_INSERT)
		rc = plan_recheck(&lv, &src.out, &m->recheck, &m->whole, e);
	if (rc != ERR_OK)
		return rc;
	if (above)
		return returning_above(&lv, m, &src, ret, e);
	rc = fill_returning(&lv, m, &src, e);
	for (int i = 0; i < out.n; i++)
		m->p.cols[i].name = LIST_AT(struct target, &q->targets, i)->name;
	*ret = (struct path){ .plan = &m->p, .out = out, .rows = src.rows, .cost = m->p.cost };
	return rc;
}

/* -- Referential actions ----------------------------------------------------------------------------- */

static const struct operator* key_equality(const struct type *l, const struct type *r)
{
	const struct operator* op = operator_exact("=", l->oid, r->oid);

	if (op == NULL && l->kind == TYPE_ENUM)
		op = operator_exact("=", OID_ANYENUM, OID_ANYENUM);
	if (op == NULL && type_is_array(l))
		op = operator_exact("=", OID_ANYARRAY, OID_ANYARRAY);
	if (op == NULL && l->oid == OID_VARCHAR)
		op = operator_exact("=", OID_TEXT, OID_TEXT);
	return op;
}

static struct expr *
new_key(struct planner *pl, const struct column *c, const struct constraint *con, bool on_delete,
	struct range *keys, int i, const struct table_rules *rules)
{
	switch (on_delete ? con->on_delete : con->on_update) {
	case 'c': {
		struct expr *v = expr_var(pl->arena, keys, con->ncols + i + 1);
		if (v->type == c->type)
			return v;
		struct expr *r = expr_new(pl->arena, EXPR_CAST_IO, c->type, 1);
		r->args[0] = v;
		return r;
	}
	case 'd':
		if (rules->defaults != NULL && rules->defaults[c->attnum - 1] != NULL)
			return rules->defaults[c->attnum - 1];
		return expr_null(pl->arena, c->type);
	default:
		return expr_null(pl->arena, c->type);
	}
}

/* Does the action write this column of the key? */
static bool
is_set(const struct constraint *con, bool on_delete, int16_t attnum)
{
	for (int i = 0; on_delete && i < con->nset; i++)
		if (con->set_cols[i] == attnum)
			return true;
	return !on_delete || con->nset == 0;
}

int
plan_fk_action(struct plan_env *env, const struct relation *child, const struct constraint *con,
	       bool on_delete, struct plan_stmt **ret, struct err *e)
{
	struct planner pl = { .env = env, .arena = env->arena };
	const struct relation *parent = catalog_relation_by_oid(env->catalog, con->ref_table);
	struct table_rules *rules = NULL;
	struct layout vars = { 0 };
	struct path p;

	pl.stmt = ARENA_NEW(pl.arena, struct plan_stmt);
	int rc = env->hooks->table_rules(env->hooks->self, pl.arena, child, &rules, e);
	if (rc != ERR_OK)
		return rc;
	bool cascade_delete = on_delete && con->on_delete == 'c';
	struct query *q = query_new(pl.arena, cascade_delete ? QUERY_DELETE : QUERY_UPDATE, NULL);
	q->target = range_table(pl.arena, q, child, child->o.name);
	q->rules = rules;
	list_push(&q->from, pl.arena, from_range(pl.arena, q->target));
	/* The old and the new keys: columns of an enclosing row that PLAN_OUTER gives. */
	struct query *enclosing = query_new(pl.arena, QUERY_SELECT, NULL);
	struct range *keys = range_new(pl.arena, enclosing, RANGE_VALUES, "keys", con->ncols * 2);
	for (int i = 0; i < con->ncols * 2; i++) {
		const struct column *c = &parent->cols[con->ref_cols[i % con->ncols] - 1];
		keys->cols[i] = (struct range_column){ c->name, c->type, c->typmod, c->collation };
		layout_add(pl.arena, &vars, expr_var(pl.arena, keys, i + 1));
	}
	for (int i = 0; i < con->ncols; i++) {
		const struct column *c = &child->cols[con->cols[i] - 1];
		struct expr *l = expr_var(pl.arena, q->target, c->attnum), *r = vars.at[i];
		const struct operator* op = key_equality(c->type, r->type);
		if (op == NULL)
			return err_set(e, ERR_INTERNAL_ERROR,
				       "no equality between key types %s and %s", c->type->name,
				       r->type->name);
		q->where = expr_and(pl.arena, q->where, expr_op(pl.arena, op, l, r));
		if (cascade_delete || !is_set(con, on_delete, c->attnum))
			continue;
		struct assignment *s = ARENA_NEW(pl.arena, struct assignment);
		*s = (struct assignment){ .attnum = c->attnum, .expr =
					  new_key(&pl, c, con, on_delete, keys, i, rules) };
		list_push(&q->assignments, pl.arena, s);
	}
	rc = plan_modify(&pl, q, outer_new(&pl, &vars, 100), &p, e);
	if (rc != ERR_OK)
		return rc;
	pl.stmt->root = p.plan;
	pl.stmt->op = q->kind;
	pl.stmt->writes = true;
	pl.stmt->catalog_version = catalog_version(env->catalog);
	*ret = pl.stmt;
	return arena_check(pl.arena, e);
}
