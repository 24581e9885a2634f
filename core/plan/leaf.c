/* leaf.c - the tables that a Modify writes to, and which of them takes a row.
 *
 * A statement's target is one leaf, or a partitioned table with one leaf for each partition.
 * What belongs to a leaf (checks, generated columns, index expressions) is bound over its own
 * columns; what the statement says about the target's is moved there.
 *
 * Not here: the Modify itself (modify.c), placing keys (core/access/partition.h). */
#include "config.h"
#include "core/plan/planner.h"

#include "core/catalog/partition.h"

/* -- Expressions over a leaf's row ---------------------------------------------------------- */

struct row_map {
	struct planner *pl;
	const struct range *a, *b, *excluded; /* any of them NULL */
	const int16_t *map;                   /* of their columns; NULL: the same in the row */
	int ncols;                            /* of the row */
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
	int col = m->map != NULL ? m->map[x->col - 1] : x->col;
	struct expr *s = expr_slot(m->pl->arena, base + col - 1, x->type, x->typmod);
	s->collation = x->collation;
	return s;
}

static struct expr *
over_row(const struct row_map *m, struct expr *x)
{
	return x == NULL ? NULL
			 : expr_map(m->pl->arena, fold_expr(m->pl, x), row_slot, (void *) m, false);
}

/* -- What the table demands ----------------------------------------------------------------- */

static void
fill_rules(struct planner *pl, struct plan_leaf *l, const struct table_rules *rules)
{
	const struct relation *rel = l->rel;
	const struct row_map rows = { .pl = pl, .a = rules->row, .b = rules->row, .ncols = rel->ncols };

	l->generated = ARENA_ARRAY(pl->arena, struct expr *, rel->ncols);
	for (int i = 0; i < rel->ncols && rules->generated != NULL; i++)
		l->generated[i] = over_row(&rows, rules->generated[i]);
	l->nchecks = rules->checks.n;
	l->checks = ARENA_ARRAY(pl->arena, struct expr *, l->nchecks);
	l->check_cons = ARENA_ARRAY(pl->arena, const struct constraint *, l->nchecks);
	for (int i = 0; i < l->nchecks; i++) {
		const struct check_rule *c = rules->checks.at[i];
		l->check_cons[i] = c->con;
		l->checks[i] = over_row(&rows, c->expr);
	}
	l->index_exprs = ARENA_ARRAY(pl->arena, struct expr **, rel->nindexes);
	l->index_where = ARENA_ARRAY(pl->arena, struct expr *, rel->nindexes);
	for (int i = 0; i < rel->nindexes; i++) {
		const struct index *ix = rel->indexes[i];
		if (rules->index_where != NULL)
			l->index_where[i] = over_row(&rows, rules->index_where[i]);
		if (rules->index_exprs == NULL || rules->index_exprs[i] == NULL)
			continue;
		l->index_exprs[i] = ARENA_ARRAY(pl->arena, struct expr *, ix->ncols);
		for (int k = 0; k < ix->ncols; k++)
			l->index_exprs[i][k] = over_row(&rows, rules->index_exprs[i][k]);
	}
}

/* Is there anything in the catalog's texts that a written row must be asked? */
static bool
has_rules(const struct relation *rel)
{
	for (int i = 0; i < rel->ncols; i++)
		if (rel->cols[i].generated != 0)
			return true;
	for (int i = 0; i < rel->nconstraints; i++)
		if (rel->constraints[i].type == CON_CHECK)
			return true;
	for (int i = 0; i < rel->nindexes; i++) {
		const struct index *ix = rel->indexes[i];
		for (int k = 0; k < ix->ncols; k++)
			if (ix->cols[k].attnum == 0)
				return true;
		if (ix->where_sql != NULL)
			return true;
	}
	return false;
}

/* -- What the statement says ---------------------------------------------------------------- */

static void
fill_write_checks(struct planner *pl, struct plan_leaf *l, const struct query *q,
		  const struct row_map *rows)
{
	l->nwrite_checks = q->write_check.n;
	l->write_checks = ARENA_ARRAY(pl->arena, struct expr *, l->nwrite_checks);
	l->write_check_names = ARENA_ARRAY(pl->arena, const char *, l->nwrite_checks);
	for (int i = 0; i < l->nwrite_checks; i++) {
		const struct check_rule *c = q->write_check.at[i];
		l->write_checks[i] = over_row(rows, c->expr);
		l->write_check_names[i] = c->con != NULL ? c->con->name : q->target->rel->o.name;
	}
}

static void
fill_arbiters(struct planner *pl, struct plan_leaf *l, const struct on_conflict *c,
	      const struct relation *target)
{
	const int n = c->narbiters.n != 0 ? c->narbiters.n : c->arbiter != NULL ? 1 : -1;

	l->narbiters = n;
	l->arbiters = ARENA_ARRAY(pl->arena, const struct index *, c->narbiters.n + 1);
	for (int i = 0; i < n; i++) {
		const struct index *ix = c->narbiters.n != 0 ? c->narbiters.at[i] : c->arbiter;
		l->arbiters[i] = l->rel == target
					 ? ix
					 : partition_index(pl->env->catalog, l->rel, ix->o.oid);
	}
}

/* What DO UPDATE sets, and WHERE; with sub-queries m->p.inner says it instead (plan_conflict). */
static void
fill_conflict(struct planner *pl, struct plan_leaf *l, const struct plan_modify *m)
{
	const struct query *q = m->query;
	const struct on_conflict *c = q->conflict;
	const struct row_map rows = { pl, q->target, q->rules->row, c->excluded, l->map, l->rel->ncols };

	fill_arbiters(pl, l, c, q->target->rel);
	l->nconflict_sets = c->sets.n;
	l->conflict_attnums = ARENA_ARRAY(pl->arena, int16_t, c->sets.n);
	l->conflict_sets = ARENA_ARRAY(pl->arena, struct expr *, c->sets.n);
	for (int i = 0; i < c->sets.n; i++) {
		const struct assignment *s = c->sets.at[i];
		l->conflict_attnums[i] = l->map != NULL ? l->map[s->attnum - 1] : s->attnum;
		if (m->p.inner == NULL)
			l->conflict_sets[i] = over_row(&rows, s->expr);
	}
	if (m->p.inner == NULL)
		l->conflict_where = over_row(&rows, c->where);
}

/* -- A leaf --------------------------------------------------------------------------------- */

static void
fill_leaf(struct planner *pl, const struct plan_modify *m, const struct table_rules *rules,
	  struct plan_leaf *l)
{
	const struct query *q = m->query;
	const struct row_map rows = { pl, q->target, q->rules != NULL ? q->rules->row : NULL, NULL,
				      l->map, l->rel->ncols };

	if (rules != NULL)
		fill_rules(pl, l, rules);
	fill_write_checks(pl, l, q, &rows);
	if (q->conflict != NULL)
		fill_conflict(pl, l, m);
}

int
plan_leaf(const struct plan_env *env, struct arena *a, const struct plan_modify *m,
	  const struct relation *rel, const struct plan_leaf **ret, struct err *e)
{
	struct plan_env own = *env;
	struct planner pl = { .env = &own, .arena = a };
	struct plan_leaf *l = arena_zalloc(a, sizeof *l);
	struct table_rules *rules = NULL;
	int rc = ERR_OK;

	own.arena = a;
	l->rel = rel;
	l->map = partition_map(a, m->rel, rel);
	if (has_rules(rel))
		rc = env->hooks->table_rules(env->hooks->self, a, rel, &rules, e);
	if (rc == ERR_OK)
		fill_leaf(&pl, m, rules, l);
	*ret = l;
	return rc;
}

/* The one leaf of a target that is not partitioned. */
void
plan_own_leaf(struct planner *pl, struct plan_modify *m)
{
	struct plan_leaf *l = ARENA_NEW(pl->arena, struct plan_leaf);

	l->rel = m->rel;
	m->leaf = l;
	fill_leaf(pl, m, m->query->rules, l);
}

/* -- Which leaf takes a row ----------------------------------------------------------------- */

struct router {
	struct planner *pl;
	struct plan_modify *m;
	struct list nodes;  /* struct plan_route_node */
	struct list leaves; /* struct relation */
};

static int
key_exprs(struct router *r, const struct relation *rel, struct plan_route_node *to, struct err *e)
{
	struct planner *pl = r->pl;
	const int16_t *map = partition_map(pl->arena, rel, r->m->rel);
	const struct partition_key *key = rel->partkey;
	struct table_rules *rules = NULL;
	bool computed = false;
	int rc = ERR_OK;

	to->key = ARENA_ARRAY(pl->arena, struct expr *, key->ncols);
	for (int i = 0; i < key->ncols; i++)
		computed |= key->cols[i].attnum == 0;
	if (computed)
		rc = pl->env->hooks->table_rules(pl->env->hooks->self, pl->arena, rel, &rules, e);
	for (int i = 0; i < key->ncols && rc == ERR_OK; i++) {
		const struct index_column *c = &key->cols[i];
		if (c->attnum == 0) {
			const struct row_map rows = { pl, rules->row, rules->row, NULL, map, r->m->rel->ncols };
			to->key[i] = over_row(&rows, rules->partition_key[i]);
			continue;
		}
		to->key[i] = expr_slot(pl->arena, (map != NULL ? map[c->attnum - 1] : c->attnum) - 1,
				       c->type, -1);
	}
	return rc;
}

static int
add_node(struct router *r, const struct relation *rel, int *ret, struct err *e)
{
	struct plan_route_node *n = ARENA_NEW(r->pl->arena, struct plan_route_node);
	const struct catalog *c = r->pl->env->catalog;
	int rc = key_exprs(r, rel, n, e);

	*ret = r->nodes.n;
	n->rel = rel;
	n->below = partition_is_below(c, rel, r->m->rel->o.oid);
	n->parts = ARENA_ARRAY(r->pl->arena, int, rel->nparts + 1);
	list_push(&r->nodes, r->pl->arena, n);
	for (int i = 0; i < rel->nparts && rc == ERR_OK; i++) {
		const struct relation *part = rel->parts[i];
		const bool ours = partition_is_below(c, part, r->m->rel->o.oid) ||
				  partition_is_below(c, r->m->rel, part->o.oid);
		int node;

		if (!ours) {
			n->parts[i] = ROUTE_OUTSIDE;
		} else if (relation_is_partitioned(part)) {
			rc = add_node(r, part, &node, e);
			n->parts[i] = -1 - node;
		} else {
			n->parts[i] = r->leaves.n;
			list_push(&r->leaves, r->pl->arena, (void *) (uintptr_t) part);
		}
	}
	return rc;
}

/* Is one of these columns of the target in a key of the route? */
static int
uses_slot(struct expr *x, void *arg)
{
	const int *slot = arg;

	return x->kind == EXPR_SLOT && x->slot == *slot;
}

static bool
in_a_key(const struct plan_route *route, int16_t attnum)
{
	int slot = attnum - 1;

	for (int i = 0; i < route->nnodes; i++)
		for (int k = 0; k < route->nodes[i]->rel->partkey->ncols; k++)
			if (expr_walk(route->nodes[i]->key[k], uses_slot, &slot, false) != 0)
				return true;
	return false;
}

int
plan_route(struct planner *pl, struct plan_modify *m, struct err *e)
{
	struct router r = { .pl = pl, .m = m };
	struct plan_route *route = ARENA_NEW(pl->arena, struct plan_route);
	int top, rc;

	if (m->rel->part_of == 0 && !relation_is_partitioned(m->rel))
		return ERR_OK;
	rc = add_node(&r, partition_root(pl->env->catalog, m->rel), &top, e);
	*route = (struct plan_route){ r.nodes.n, (struct plan_route_node **) r.nodes.at, r.leaves.n,
				      (const struct relation **) r.leaves.at };
	m->route = route;
	for (int i = 0; i < m->nactions; i++)
		for (int k = 0; k < m->actions[i].nsets; k++)
			m->actions[i].moves |= in_a_key(route, m->actions[i].set_attnums[k]);
	for (int i = 0; m->query->conflict != NULL && i < m->query->conflict->sets.n; i++)
		m->conflict_moves |= in_a_key(
			route, LIST_AT(struct assignment, &m->query->conflict->sets, i)->attnum);
	return rc;
}
