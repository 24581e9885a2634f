/* modify.c - INSERT, UPDATE, DELETE, MERGE and referential actions.
 *
 * The source of rows is planned like any SELECT; PLAN_MODIFY on top carries everything that
 * writing a row needs, as expressions over slots: generated columns, checks, index expressions,
 * ON CONFLICT, RETURNING. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

/* -- Expressions over rows of the target --------------------------------------------------------- */

struct row_map {
	struct planner *pl;
	const struct range *a, *b, *excluded;
	int ncols;
};

static struct expr *
row_slot(struct expr *x, void *arg)
{
	const struct row_map *m = arg;

	if (x->kind != EXPR_VAR || x->col <= 0)
		return x;
	int base = x->range == m->a || x->range == m->b             ? 0
		   : x->range == m->excluded && m->excluded != NULL ? m->ncols
								    : -1;
	if (base < 0)
		return x;
	struct expr *s = expr_slot(m->pl->arena, base + x->col - 1, x->type, x->typmod);
	s->collation = x->collation;
	return s;
}

static struct expr *
over_row(const struct row_map *m, struct expr *x)
{
	return x == NULL ? NULL : expr_map(m->pl->arena, x, row_slot, (void *) m, false);
}

static void
fill_rules(struct planner *pl, struct plan_modify *m, const struct row_map *rows,
	   const struct table_rules *rules)
{
	const struct relation *rel = m->rel;

	m->rules = (struct table_rules *) rules;
	m->generated = ARENA_ARRAY(pl->arena, struct expr *, rel->ncols);
	for (int i = 0; i < rel->ncols && rules->generated != NULL; i++)
		m->generated[i] = over_row(rows, fold_expr(pl, rules->generated[i]));
	m->nchecks = rules->checks.n;
	m->checks = ARENA_ARRAY(pl->arena, struct expr *, m->nchecks);
	m->check_cons = ARENA_ARRAY(pl->arena, const struct constraint *, m->nchecks);
	for (int i = 0; i < m->nchecks; i++) {
		const struct check_rule *c = rules->checks.at[i];
		m->check_cons[i] = c->con;
		m->checks[i] = over_row(rows, fold_expr(pl, c->expr));
	}
	m->index_exprs = ARENA_ARRAY(pl->arena, struct expr **, rel->nindexes);
	m->index_where = ARENA_ARRAY(pl->arena, struct expr *, rel->nindexes);
	for (int i = 0; i < rel->nindexes; i++) {
		const struct index *ix = rel->indexes[i];
		if (rules->index_where != NULL)
			m->index_where[i] = over_row(rows, fold_expr(pl, rules->index_where[i]));
		if (rules->index_exprs == NULL || rules->index_exprs[i] == NULL)
			continue;
		m->index_exprs[i] = ARENA_ARRAY(pl->arena, struct expr *, ix->ncols);
		for (int k = 0; k < ix->ncols; k++)
			m->index_exprs[i][k] =
				over_row(rows, fold_expr(pl, rules->index_exprs[i][k]));
	}
}

static int
fill_conflict(struct planner *pl, struct plan_modify *m, struct query *q, struct err *e)
{
	const struct on_conflict *c = q->conflict;
	struct row_map rows = { pl, q->target, q->rules->row, c->excluded, m->rel->ncols };

	m->conflict = c;
	m->nconflict_sets = c->sets.n;
	m->conflict_attnums = ARENA_ARRAY(pl->arena, int16_t, c->sets.n);
	m->conflict_sets = ARENA_ARRAY(pl->arena, struct expr *, c->sets.n);
	for (int i = 0; i < c->sets.n; i++) {
		const struct assignment *s = c->sets.at[i];
		if (has_sublink(s->expr))
			return err_unsupported(e, "a sub-query in ON CONFLICT DO UPDATE",
					       "Use MERGE-like steps in one transaction.");
		m->conflict_attnums[i] = s->attnum;
		m->conflict_sets[i] = over_row(&rows, fold_expr(pl, s->expr));
	}
	if (has_sublink(c->where))
		return err_unsupported(e, "a sub-query in ON CONFLICT DO UPDATE WHERE", NULL);
	m->conflict_where = over_row(&rows, fold_expr(pl, c->where));
	return ERR_OK;
}

static const int returned_system[] = { COL_CTID, COL_TABLEOID };

static int
is_returned_system(struct expr *x, void *arg)
{
	const struct range *target = arg;

	return x->kind == EXPR_VAR && x->range == target &&
	       (x->col == COL_CTID || x->col == COL_TABLEOID);
}

static int
is_change_number(struct expr *x, void *arg)
{
	return x->kind == EXPR_VAR && x->range == arg &&
	       (x->col == COL_XMIN || x->col == COL_VERSION);
}

/* The number of a change is known when it commits. */
static int
check_returning(const struct query *q, struct err *e)
{
	for (int i = 0; q->kind == QUERY_INSERT && i < q->targets.n; i++)
		if (expr_walk(LIST_AT(struct target, &q->targets, i)->expr, is_change_number,
			      q->target, true) != 0)
			return err_unsupported(e, "RETURNING xmin or _version of an inserted row",
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
	struct expr *key = expr_var(pl->arena, t, COL_ROW_KEY);

	for (int i = 0; i < rel->ncols; i++) {
		struct expr *v = expr_var(pl->arena, t, i + 1);
		if (!rel->cols[i].dropped && layout_find(&lv->needed, v) < 0)
			layout_add(pl->arena, &lv->needed, v);
	}
	if (layout_find(&lv->needed, key) < 0)
		layout_add(pl->arena, &lv->needed, key);
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

static int
fill_write_checks(struct planner *pl, struct plan_modify *m, const struct query *q,
		  const struct row_map *rows)
{
	m->nwrite_checks = q->write_check.n;
	m->write_checks = ARENA_ARRAY(pl->arena, struct expr *, m->nwrite_checks);
	m->write_check_names = ARENA_ARRAY(pl->arena, const char *, m->nwrite_checks);
	for (int i = 0; i < m->nwrite_checks; i++) {
		const struct check_rule *c = q->write_check.at[i];
		m->write_checks[i] = over_row(rows, fold_expr(pl, c->expr));
		m->write_check_names[i] = c->con != NULL ? c->con->name : m->rel->o.name;
	}
	return ERR_OK;
}

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
	struct plan_modify slots = { 0 };
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
	struct row_map rows = { pl, q->target, q->rules != NULL ? q->rules->row : NULL, NULL,
				m->rel->ncols };
	if (q->rules != NULL)
		fill_rules(pl, m, &rows, q->rules);
	if (q->conflict != NULL)
		rc = fill_conflict(pl, m, q, e);
	if (rc == ERR_OK)
		rc = fill_actions(&lv, m, &src, e);
	if (rc == ERR_OK && q->kind != QUERY_INSERT)
		rc = plan_recheck(&lv, &src.out, &m->recheck, &m->whole, e);
	if (rc == ERR_OK)
		rc = fill_write_checks(pl, m, q, &rows);
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
		if (cascade_delete)
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
