/* conflict.c - ON CONFLICT: which unique index is meant, and DO UPDATE. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

struct infer {
	int ncols;
	int16_t cols[INDEX_COLS_MAX];
	struct list exprs; /* struct expr over the rules' row */
	struct expr *where;
};

static int
missing_inferred(struct binder *b, struct scope *s, const char *name, int position)
{
	const char *table, *hint = guess_column(b, s, NULL, name, &table);

	(void) bind_error(b, position, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", name);
	return hint == NULL ? b->e->code : err_hint(b->e, "%s", hint);
}

static int
read_inference(struct binder *b, const struct table_rules *rules, const PgQuery__InferClause *c,
	       struct infer *to)
{
	struct scope s;

	scope_init(&s, NULL, NULL);
	(void) scope_add(b, &s, rules->row, true, true);
	for (size_t i = 0; i < c->n_index_elems; i++) {
		const PgQuery__IndexElem *el = c->index_elems[i]->index_elem;

		if (el->ordering > PG_QUERY__SORT_BY_DIR__SORTBY_DEFAULT)
			return bind_error(b, at(b, c->location), ERR_INVALID_COLUMN_REFERENCE,
					  "ASC/DESC is not allowed in ON CONFLICT clause");
		if (el->nulls_ordering > PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT)
			return bind_error(b, at(b, c->location), ERR_INVALID_COLUMN_REFERENCE,
					  "NULLS FIRST/LAST is not allowed in ON CONFLICT clause");
		if (el->name != NULL && el->name[0] != '\0') {
			const struct column *col = relation_column(rules->rel, el->name);

			if (col == NULL)
				return missing_inferred(b, &s, el->name, at(b, c->location));
			if (to->ncols < INDEX_COLS_MAX)
				to->cols[to->ncols++] = col->attnum;
			continue;
		}
		struct expr *x = bind_expr_at(b, &s, el->expr, PLACE_INDEX_EXPR);
		if (x == NULL)
			return b->e->code;
		list_push(&to->exprs, b->arena, x);
	}
	if (c->where_clause != NULL) {
		to->where = bind_where(b, &s, c->where_clause, PLACE_INDEX_WHERE, "WHERE");
		if (to->where == NULL)
			return b->e->code;
	}
	return ERR_OK;
}

/* Does the inferred WHERE say everything the index's predicate asks? */
static bool
implies(const struct expr *given, const struct expr *needed)
{
	if (needed == NULL)
		return true;
	if (given == NULL)
		return false;
	if (expr_equal(given, needed))
		return true;
	if (needed->kind == EXPR_AND) {
		for (int i = 0; i < needed->nargs; i++)
			if (!implies(given, needed->args[i]))
				return false;
		return true;
	}
	if (given->kind == EXPR_AND)
		for (int i = 0; i < given->nargs; i++)
			if (implies(given->args[i], needed))
				return true;
	return false;
}

static bool
index_matches(const struct table_rules *rules, int i, const struct infer *f)
{
	const struct index *ix = rules->rel->indexes[i];
	int plain = 0, exprs = 0;

	if (!ix->unique || ix->state != INDEX_VALID)
		return false;
	for (int k = 0; k < ix->nkeys; k++) {
		bool found = false;

		if (ix->cols[k].attnum != 0) {
			for (int j = 0; j < f->ncols; j++)
				found |= f->cols[j] == ix->cols[k].attnum;
			plain++;
		} else {
			for (int j = 0; j < f->exprs.n; j++)
				found |= expr_equal(f->exprs.at[j], rules->index_exprs[i][k]);
			exprs++;
		}
		if (!found)
			return false;
	}
	for (int j = 0; j < f->ncols; j++) { /* and nothing inferred that it does not have */
		bool found = false;

		for (int k = 0; k < ix->nkeys; k++)
			found |= ix->cols[k].attnum == f->cols[j];
		if (!found)
			return false;
	}
	return (plain > 0 || f->ncols == 0) && (exprs > 0 || f->exprs.n == 0) &&
	       implies(f->where, rules->index_where[i]);
}

static int
find_arbiters(struct binder *b, const struct table_rules *rules, const PgQuery__InferClause *c,
	      struct on_conflict *oc)
{
	const struct relation *rel = rules->rel;
	struct infer f = { 0 };

	if (c->conname != NULL && c->conname[0] != '\0') {
		for (int i = 0; i < rel->nconstraints; i++) {
			const struct constraint *con = &rel->constraints[i];

			if (strcmp(con->name, c->conname) != 0)
				continue;
			if (con->type != CON_PRIMARY && con->type != CON_UNIQUE)
				return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
						  "constraint in ON CONFLICT clause has no associated index");
			for (int k = 0; k < rel->nindexes; k++)
				if (rel->indexes[k]->o.oid == con->index)
					list_push(&oc->narbiters, b->arena, rel->indexes[k]);
		}
		if (oc->narbiters.n == 0)
			return bind_error(b, 0, ERR_UNDEFINED_OBJECT,
					  "constraint \"%s\" for table \"%s\" does not exist",
					  c->conname, rel->o.name);
	} else {
		int rc = read_inference(b, rules, c, &f);

		if (rc != ERR_OK)
			return rc;
		for (int i = 0; i < rel->nindexes; i++)
			if (index_matches(rules, i, &f))
				list_push(&oc->narbiters, b->arena, rel->indexes[i]);
		if (oc->narbiters.n == 0)
			return bind_error(b, 0, ERR_INVALID_COLUMN_REFERENCE,
					  "there is no unique or exclusion constraint matching the "
					  "ON CONFLICT specification");
	}
	oc->arbiter = oc->narbiters.at[0];
	return ERR_OK;
}

static struct range *
excluded_range(struct binder *b, struct query *q)
{
	const struct relation *rel = q->target->rel;
	struct range *r = range_table(b->arena, NULL, rel, "excluded");

	r->kind = RANGE_EXCLUDED;
	r->query = q;
	return r;
}

int
bind_on_conflict(struct binder *b, struct scope *outer, const struct write_target *t,
		 const PgQuery__OnConflictClause *c)
{
	struct query *q = outer->q;
	struct on_conflict *oc = ARENA_NEW(b->arena, struct on_conflict);
	struct scope s;
	int rc = ERR_OK;

	if (t->view != NULL) {
		bind_unsupported(b, at(b, c->location), "ON CONFLICT on a view", "Name the table.");
		return b->e->code;
	}
	oc->update = c->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
	if (oc->update && c->infer == NULL) {
		bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
			   "ON CONFLICT DO UPDATE requires inference specification or constraint "
			   "name");
		return err_hint(b->e, "For example, ON CONFLICT (column_name).");
	}
	if (c->infer != NULL)
		rc = find_arbiters(b, q->rules, c->infer, oc);
	if (rc != ERR_OK)
		return rc;
	q->conflict = oc;
	oc->excluded = excluded_range(b, q);
	if (!oc->update)
		return ERR_OK;
	scope_init(&s, outer->outer, q);
	s.ctes = outer->ctes;
	(void) scope_add(b, &s, q->target, true, true);
	(void) scope_add(b, &s, oc->excluded, true, true);
	rc = bind_set_clause(b, &s, t, c->n_target_list, c->target_list, &oc->sets);
	if (rc == ERR_OK && c->where_clause != NULL) {
		oc->where = bind_where(b, &s, c->where_clause, PLACE_WHERE, "WHERE");
		rc = b->e->code;
	}
	return rc;
}
