/* with.c - WITH: named queries, and recursive ones.
 *
 * WITH RECURSIVE lets items refer to items further down; they are bound in the order of their
 * dependencies.  An item that refers to itself must be `first UNION [ALL] again`. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

struct item {
	const PgQuery__CommonTableExpr *ast;
	struct cte *cte;
	bool self, bound;
	bool *needs; /* per item */
};

/* -- Who refers to whom: a walk over any message of the tree ------------------- */
/* References to a name: how many, and where the first and the second are. */
struct refs {
	const char *name;
	int n, at[2];
};

static void
note_ref(struct refs *r, const PgQuery__RangeVar *rv)
{
	if ((rv->schemaname != NULL && rv->schemaname[0] != '\0') ||
	    strcmp(rv->relname, r->name) != 0)
		return;
	if (r->n < 2)
		r->at[r->n] = rv->location;
	r->n++;
}

static void
walk_refs(const ProtobufCMessage *m, struct refs *r)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;

	if (d == &pg_query__range_var__descriptor) {
		note_ref(r, (const PgQuery__RangeVar *) m);
		return;
	}
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const char *at_field = (const char *) m + f->offset;

		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
		    *(const uint32_t *) ((const char *) m + f->quantifier_offset) != f->id)
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			size_t count = *(const size_t *) ((const char *) m + f->quantifier_offset);
			ProtobufCMessage *const *list =
				*(ProtobufCMessage *const *const *) at_field;

			for (size_t k = 0; k < count; k++)
				walk_refs(list[k], r);
		} else {
			const ProtobufCMessage *sub = *(const ProtobufCMessage *const *) at_field;

			if (sub != NULL)
				walk_refs(sub, r);
		}
	}
}

static struct refs
refs_in(const ProtobufCMessage *m, const char *name)
{
	struct refs r = { .name = name };

	walk_refs(m, &r);
	return r;
}

/* -- One item ------------------------------------------------------------------ */
static int
named_columns(struct binder *b, const PgQuery__CommonTableExpr *ast, struct cte *cte)
{
	int own = cte->ncols - cte->hidden;

	if (ast->n_aliascolnames > (size_t) own)
		return bind_error(
			b, at(b, ast->location), ERR_INVALID_COLUMN_REFERENCE,
			"WITH query \"%s\" has %d columns available but %zu columns specified",
			cte->name, own, ast->n_aliascolnames);
	for (size_t i = 0; i < ast->n_aliascolnames; i++)
		cte->cols[i].name = node_str(ast->aliascolnames[i]);
	return ERR_OK;
}

static int
bind_plain(struct binder *b, struct scope *s, struct item *it)
{
	struct cte *cte = it->cte;
	bool dml = it->ast->ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT;

	if (dml && (s->outer != NULL && s->outer->q != NULL))
		return bind_error(b, at(b, it->ast->location), ERR_FEATURE_NOT_SUPPORTED,
				  "WITH clause containing a data-modifying statement must be at "
				  "the top level");
	if (it->ast->ctequery->node_case == PG_QUERY__NODE__NODE_MERGE_STMT)
		return bind_error(b, at(b, it->ast->location), ERR_FEATURE_NOT_SUPPORTED,
				  "MERGE not supported in WITH query");
	cte->query = bind_query(b, s, it->ast->ctequery, true);
	if (cte->query == NULL)
		return b->e->code;
	cte_columns(b, cte, cte->query);
	return named_columns(b, it->ast, cte);
}

static int
recursion_fail(struct binder *b, const struct item *it, int location, const char *where)
{
	return bind_error(b, at(b, location), ERR_INVALID_RECURSION,
			  "recursive reference to query \"%s\" must not appear %s", it->cte->name,
			  where);
}

/* References in places where the working table may not be read. */
static int
check_recursive_term(struct binder *b, const struct item *it, const PgQuery__SelectStmt *st)
{
	const char *name = it->cte->name;
	struct refs total = refs_in(&st->base, name), right = { 0 };
	int direct = 0;

	if (st->rarg != NULL)
		right = refs_in(&st->rarg->base, name);
	if (st->op == PG_QUERY__SET_OPERATION__SETOP_EXCEPT && right.n > 0)
		return recursion_fail(b, it, right.at[0], "within EXCEPT");
	if (st->op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT && total.n > 0 && st->all)
		return recursion_fail(b, it, total.at[0], "within INTERSECT");
	for (size_t i = 0; i < st->n_from_clause; i++)
		direct += refs_in(&st->from_clause[i]->base, name).n;
	for (size_t i = 0; st->with_clause != NULL && i < st->with_clause->n_ctes; i++)
		direct += refs_in(&st->with_clause->ctes[i]->base, name).n;
	if (st->op == PG_QUERY__SET_OPERATION__SETOP_NONE && total.n > direct)
		return recursion_fail(b, it, total.at[direct > 0 ? 1 : 0], "within a subquery");
	if (total.n > 1)
		return recursion_fail(b, it, total.at[1], "more than once");
	return ERR_OK;
}

static int
check_outer_joins(struct binder *b, const struct item *it, Node *n, bool nullable)
{
	int rc;

	if (n->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
		struct refs r = refs_in(&n->base, it->cte->name);

		return nullable && r.n > 0 ? recursion_fail(b, it, r.at[0], "within an outer join")
					   : ERR_OK;
	}
	if (n->node_case != PG_QUERY__NODE__NODE_JOIN_EXPR)
		return ERR_OK;
	const PgQuery__JoinExpr *j = n->join_expr;
	bool left = j->jointype == PG_QUERY__JOIN_TYPE__JOIN_LEFT,
	     right = j->jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT;
	bool full = j->jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL;
	rc = check_outer_joins(b, it, j->larg, nullable || right || full);
	return rc != ERR_OK ? rc : check_outer_joins(b, it, j->rarg, nullable || left || full);
}

static int
find_aggregate(struct expr *x, void *arg)
{
	if (x->kind == EXPR_AGG && *(int *) arg == 0)
		*(int *) arg = x->position;
	return 0;
}

/* A round sees only the rows of the round before: an aggregate over them means nothing. */
int
recursive_round_check(struct binder *b, const struct query *round)
{
	int position = 0;

	if (round->setop != SETOP_NONE || !round->has_aggs)
		return ERR_OK;
	for (int i = 0; i < round->targets.n; i++)
		(void) expr_walk(LIST_AT(struct target, &round->targets, i)->expr, find_aggregate,
				 &position, false);
	if (round->having != NULL)
		(void) expr_walk(round->having, find_aggregate, &position, false);
	return bind_error(
		b, position, ERR_INVALID_RECURSION,
		"aggregate functions are not allowed in a recursive query's recursive term");
}

static int
bind_recursive(struct binder *b, struct scope *s, struct item *it)
{
	const PgQuery__CommonTableExpr *ast = it->ast;
	struct cte *cte = it->cte;
	const PgQuery__SelectStmt *st = ast->ctequery->node_case == PG_QUERY__NODE__NODE_SELECT_STMT
						? ast->ctequery->select_stmt
						: NULL;
	struct scope inner;
	int rc;

	if (st == NULL)
		return bind_error(
			b, at(b, ast->location), ERR_INVALID_RECURSION,
			"recursive query \"%s\" must not contain data-modifying statements",
			cte->name);
	if (st->op != PG_QUERY__SET_OPERATION__SETOP_UNION)
		return bind_error(b, at(b, ast->location), ERR_INVALID_RECURSION,
				  "recursive query \"%s\" does not have the form "
				  "non-recursive-term UNION [ALL] recursive-term",
				  cte->name);
	struct refs left = refs_in(&st->larg->base, cte->name);
	if (left.n > 0)
		return recursion_fail(b, it, left.at[0], "within its non-recursive term");
	if (st->n_sort_clause > 0)
		return bind_error(b, at(b, node_location(st->sort_clause[0]->sort_by->node)),
				  ERR_FEATURE_NOT_SUPPORTED,
				  "ORDER BY in a recursive query is not implemented");
	if (st->limit_offset != NULL || st->limit_count != NULL)
		return bind_error(b,
				  at(b, node_location(st->limit_offset != NULL ? st->limit_offset
									       : st->limit_count)),
				  ERR_FEATURE_NOT_SUPPORTED,
				  "%s in a recursive query is not implemented",
				  st->limit_offset != NULL ? "OFFSET" : "LIMIT");
	if (st->n_locking_clause > 0)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "FOR UPDATE/SHARE in a recursive query is not implemented");
	rc = check_recursive_term(b, it, st->rarg);
	for (size_t i = 0; rc == ERR_OK && i < st->rarg->n_from_clause; i++)
		rc = check_outer_joins(b, it, st->rarg->from_clause[i], false);
	if (rc != ERR_OK)
		return rc;

	struct query *q = query_new(b->arena, QUERY_SELECT, s->q);
	scope_init(&inner, s, q);
	cte->recursive = true;
	cte->query = q;
	cte->ncols = (int) ast->n_aliascolnames;
	cte->cols = ARENA_ARRAY(b->arena, struct range_column, cte->ncols + 1);
	for (int i = 0; i < cte->ncols; i++)
		cte->cols[i].name = node_str(ast->aliascolnames[i]);
	if (st->with_clause != NULL && bind_with(b, &inner, st->with_clause) != ERR_OK)
		return b->e->code;
	if (bind_setop(b, &inner, st, ast, cte) == NULL)
		return b->e->code;
	rc = named_columns(b, ast, cte);
	cte->hidden = 0;
	for (int i = 0; i < cte->ncols; i++)
		cte->cols[i].collation = q->setop_range->cols[i].collation;
	return rc;
}

static int
bind_item(struct binder *b, struct scope *s, struct item *it)
{
	int rc;

	if (!it->self && (it->ast->search_clause != NULL || it->ast->cycle_clause != NULL))
		return bind_error(b, at(b, it->ast->location), ERR_SYNTAX_ERROR,
				  "WITH query is not recursive");
	rc = it->self ? bind_recursive(b, s, it) : bind_plain(b, s, it);

	if (rc == ERR_OK) {
		it->bound = true;
		list_push(&s->ctes, b->arena, it->cte);
		list_push(&s->q->ctes, b->arena, it->cte);
	}
	return rc;
}

/* -- The clause ---------------------------------------------------------------- */
static int
find_dependencies(struct binder *b, struct item *items, size_t n, bool recursive)
{
	for (size_t i = 0; i < n; i++) {
		items[i].needs = ARENA_ARRAY(b->arena, bool, n);
		for (size_t k = 0; recursive && k < n; k++) {
			bool used =
				refs_in(&items[i].ast->ctequery->base, items[k].cte->name).n > 0;

			if (k == i)
				items[i].self = used;
			else
				items[i].needs[k] = used;
		}
	}
	return ERR_OK;
}

static int
bind_in_order(struct binder *b, struct scope *s, struct item *items, size_t n)
{
	for (size_t done = 0; done < n;) {
		size_t before = done;

		for (size_t i = 0; i < n; i++) {
			bool ready = !items[i].bound;

			for (size_t k = 0; ready && k < n; k++)
				ready = !items[i].needs[k] || items[k].bound;
			if (!ready)
				continue;
			int rc = bind_item(b, s, &items[i]);
			if (rc != ERR_OK)
				return rc;
			done++;
		}
		if (done == before)
			for (size_t i = 0; i < n; i++)
				if (!items[i].bound)
					return bind_error(b, at(b, items[i].ast->location),
							  ERR_FEATURE_NOT_SUPPORTED,
							  "mutual recursion between WITH items is "
							  "not implemented");
	}
	return ERR_OK;
}

int
bind_with(struct binder *b, struct scope *s, const PgQuery__WithClause *w)
{
	struct item *items = ARENA_ARRAY(b->arena, struct item, w->n_ctes);

	for (size_t i = 0; i < w->n_ctes; i++) {
		const PgQuery__CommonTableExpr *ast = w->ctes[i]->common_table_expr;

		for (size_t k = 0; k < i; k++)
			if (strcmp(items[k].cte->name, ast->ctename) == 0)
				return bind_error(b, at(b, ast->location), ERR_DUPLICATE_ALIAS,
						  "WITH query name \"%s\" specified more than once",
						  ast->ctename);
		items[i].ast = ast;
		items[i].cte = ARENA_NEW(b->arena, struct cte);
		items[i].cte->name = ast->ctename;
		items[i].cte->materialized =
			ast->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways ? 'm'
			: ast->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever
				? 'n'
				: 0;
	}
	find_dependencies(b, items, w->n_ctes, w->recursive);
	if (w->recursive)
		return bind_in_order(b, s, items, w->n_ctes);
	for (size_t i = 0; i < w->n_ctes; i++) {
		s->future_ctes.n = 0;
		for (size_t k = i; k < w->n_ctes; k++)
			list_push(&s->future_ctes, b->arena, items[k].cte->name);
		int rc = bind_item(b, s, &items[i]);
		if (rc != ERR_OK)
			return rc;
	}
	s->future_ctes.n = 0;
	return ERR_OK;
}
