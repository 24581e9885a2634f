/* query.c - what a bound statement needs.
 *
 * Each table in it is asked for what its place in the statement means: read, written, locked.
 * A query inside a view runs with the rights of the view's owner.
 *
 * Not here: reading access lists (privilege.c). */
#include "config.h"
#include "core/security/privilege.h"

#include <stdlib.h>
#include <string.h>

#include "core/query/walk.h"

struct pointers {
	const void **at;
	int n, cap;
};

struct check {
	const struct catalog *c;
	oid_t role;
	struct pointers queries; /* all in the statement */
	struct pointers read;    /* ranges that a variable names */
	struct pointers views;   /* ranges that are views */
	struct pointers functions; /* of users, called somewhere in it */
	const struct query *top;
};

static void
add(struct pointers *p, const void *what)
{
	for (int i = 0; i < p->n; i++)
		if (p->at[i] == what)
			return;
	if (p->n == p->cap) {
		int cap = p->cap == 0 ? 16 : p->cap * 2;
		const void **more = realloc(p->at, (size_t) cap * sizeof *more);

		if (more == NULL)
			abort();
		p->at = more;
		p->cap = cap;
	}
	p->at[p->n++] = what;
}

static bool
has(const struct pointers *p, const void *what)
{
	for (int i = 0; i < p->n; i++)
		if (p->at[i] == what)
			return true;
	return false;
}

static void
add_query(struct check *k, const struct query *q)
{
	if (q == NULL || has(&k->queries, q))
		return;
	add(&k->queries, q);
	for (int i = 0; i < q->ranges.n; i++) {
		const struct range *r = LIST_AT(const struct range, &q->ranges, i);

		if (r->sub != NULL && r->rel != NULL)
			add(&k->views, r);
		add_query(k, r->sub);
	}
	for (int i = 0; i < q->ctes.n; i++)
		add_query(k, LIST_AT(const struct cte, &q->ctes, i)->query);
	add_query(k, q->left);
	add_query(k, q->right);
}

static int
note_expr(struct expr *x, void *arg)
{
	struct check *k = arg;

	if (x->kind == EXPR_VAR && x->range != NULL)
		add(&k->read, x->range);
	if (x->kind == EXPR_FUNC && x->func != NULL && x->func->oid >= OID_FIRST_USER)
		add(&k->functions, x->func);
	if (x->kind == EXPR_SUBLINK && x->sub != NULL)
		add_query(k, x->sub->query);
	return 0;
}

/* The role whose rights hold inside this query, and whether it is inside a view: with security_invoker what
 * the view reads is asked of its user. */
static oid_t
role_of(const struct check *k, const struct query *q, bool *ret_in_view)
{
	*ret_in_view = true;
	for (const struct query *at = q; at != NULL; at = at->parent)
		for (int i = 0; i < k->views.n; i++) {
			const struct range *v = k->views.at[i];

			if (v->sub == at && !relation_option(v->rel, "security_invoker"))
				return v->rel->o.owner;
		}
	*ret_in_view = false;
	return k->role;
}

static int
need(const struct check *k, oid_t role, const struct relation *rel, char letter, struct err *e)
{
	return privilege_check(k->c, role, &rel->o, (char[2]){ letter, '\0' }, e);
}

/* --- columns ---------------------------------------------------------------------------------- */

struct reading {
	const struct check *k;
	oid_t role;
	const struct range *r;
	bool any;
};

static bool
all_columns(const struct check *k, oid_t role, const struct relation *rel, char letter)
{
	for (int i = 0; i < rel->ncols; i++)
		if (!rel->cols[i].dropped && !privilege_has_column(k->c, role, rel, i + 1, letter))
			return false;
	return true;
}

/* Non-zero: a column that may not be read. */
static int
visit_column(struct expr *x, void *arg)
{
	struct reading *g = arg;

	if (x->kind != EXPR_VAR || x->range != g->r)
		return 0;
	g->any = true;
	if (x->col == 0)
		return !all_columns(g->k, g->role, g->r->rel, 'r');
	return x->col < 0 || !privilege_has_column(g->k->c, g->role, g->r->rel, x->col, 'r');
}

/* Of the table, or of each column that the statement reads; of any when it reads none. */
static int
need_read(const struct check *k, oid_t role, const struct range *r, struct err *e)
{
	struct reading g = { k, role, r, false };

	if (privilege_has(k->c, role, &r->rel->o, 'r'))
		return ERR_OK;
	if (query_walk((struct query *) (uintptr_t) k->top, visit_column, &g) == 0) {
		if (g.any)
			return ERR_OK;
		for (int i = 0; i < r->rel->ncols; i++)
			if (privilege_has_column(k->c, role, r->rel, i + 1, 'r'))
				return ERR_OK;
	}
	return need(k, role, r->rel, 'r', e);
}

/* Of the table, or of each column that is named. */
static int
need_write(const struct check *k, oid_t role, const struct relation *rel, char letter,
	   const struct list *sets, struct err *e)
{
	bool all = true, any = false;

	if (privilege_has(k->c, role, &rel->o, letter))
		return ERR_OK;
	for (int i = 0; i < sets->n; i++) {
		const struct assignment *s = sets->at[i];

		if (s->is_default)
			continue;
		any = true;
		all &= privilege_has_column(k->c, role, rel, s->attnum, letter);
	}
	return all && any ? ERR_OK : need(k, role, rel, letter, e);
}

static int
check_merge(const struct check *k, const struct query *q, oid_t role, struct err *e)
{
	static const char letters[] = { [MERGE_INSERT] = 'a',
					[MERGE_UPDATE] = 'w',
					[MERGE_DELETE] = 'd' };
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < q->merge_actions.n; i++) {
		const struct merge_action *m = q->merge_actions.at[i];

		if (m->what != MERGE_NOTHING)
			rc = need_write(k, role, q->target->rel, letters[m->what], &m->sets, e);
	}
	return rc;
}

static int
check_target(const struct check *k, const struct query *q, const struct range *r, oid_t role,
	     struct err *e)
{
	static const char letters[] = { [QUERY_INSERT] = 'a',
					[QUERY_UPDATE] = 'w',
					[QUERY_DELETE] = 'd' };
	int rc = ERR_OK;

	if (r->view != NULL) { /* the user's rights are on the view, its owner's on the table */
		rc = need(k, role, r->view, letters[q->kind], e);
		if (rc == ERR_OK && has(&k->read, r))
			rc = need(k, role, r->view, 'r', e);
		if (rc != ERR_OK)
			return rc;
		if (!relation_option(r->view, "security_invoker"))
			role = r->view->o.owner;
		return need(k, role, r->rel, letters[q->kind], e);
	}
	if (q->kind == QUERY_MERGE)
		rc = check_merge(k, q, role, e);
	else
		rc = need_write(k, role, r->rel, letters[q->kind], &q->assignments, e);
	if (rc == ERR_OK && q->conflict != NULL && q->conflict->update)
		rc = need_write(k, role, r->rel, 'w', &q->conflict->sets, e);
	if (rc == ERR_OK &&
	    (has(&k->read, r) || (q->conflict != NULL && q->conflict->arbiter != NULL)))
		rc = need_read(k, role, r, e);
	return rc;
}

static bool
is_marked(const struct query *q, const struct range *r)
{
	for (int i = 0; i < q->row_marks.n; i++)
		if (LIST_AT(const struct row_mark, &q->row_marks, i)->range == r)
			return true;
	return false;
}

static int
check_range(const struct check *k, const struct query *q, const struct range *r, oid_t role,
	    bool in_view, struct err *e)
{
	const struct schema *s;
	int rc = ERR_OK;

	if (r->rel == NULL || (r->kind != RANGE_TABLE && r->sub == NULL))
		return ERR_OK;
	s = catalog_schema_by_oid(k->c, r->rel->o.schema);
	if (!in_view && s != NULL)
		rc = privilege_check(k->c, role, &s->o, "U", e);
	if (rc != ERR_OK)
		return r->position > 0 ? err_at(e, r->position) : rc;
	if (r == q->target)
		return check_target(k, q, r, role, e);
	rc = need_read(k, role, r, e);
	if (rc == ERR_OK && is_marked(q, r))
		rc = need(k, role, r->rel, 'w', e);
	return rc;
}

static int
check_query(const struct check *k, const struct query *q, struct err *e)
{
	bool in_view, listed = false;
	oid_t role = role_of(k, q, &in_view);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < q->ranges.n; i++) {
		const struct range *r = LIST_AT(const struct range, &q->ranges, i);

		listed |= r == q->target;
		rc = check_range(k, q, r, role, in_view, e);
	}
	if (rc == ERR_OK && q->target != NULL && !listed)
		rc = check_range(k, q, q->target, role, in_view, e);
	return rc;
}

int
privilege_check_query(const struct catalog *c, oid_t role, const struct query *q, struct err *e)
{
	const struct role *r = catalog_role_by_oid(c, role);
	struct check k = { .c = c, .role = role, .top = q };
	int rc = ERR_OK;

	if (q == NULL || (r != NULL && r->superuser))
		return ERR_OK;
	add_query(&k, q);
	/* The walk reads; its visitor's type is that of passes that change. */
	(void) query_walk((struct query *) (uintptr_t) q, note_expr, &k);
	for (int i = 0; rc == ERR_OK && i < k.queries.n; i++)
		rc = check_query(&k, k.queries.at[i], e);
	for (int i = 0; rc == ERR_OK && i < k.functions.n; i++) {
		const struct func *f = k.functions.at[i];
		const struct object *o = catalog_object(c, OBJ_FUNCTION, f->oid);

		if (o != NULL)
			rc = privilege_check(c, role, o, "X", e);
	}
	free(k.functions.at);
	free(k.queries.at);
	free(k.read.at);
	free(k.views.at);
	return rc;
}
