/* plan.c - from a bound query to a plan: the entry. */
#include "config.h"
#include "core/plan/planner.h"

static int
keep_writing_ctes(struct planner *pl, struct query *q, struct err *e)
{
	struct plan_cte *kept;

	for (int i = 0; i < q->ctes.n; i++) {
		const struct cte *c = q->ctes.at[i];
		if (c->query->kind == QUERY_SELECT)
			continue;
		int rc = plan_kept_cte(pl, c, &kept, e);
		if (rc != ERR_OK)
			return rc;
		pl->stmt->writes = true;
	}
	return ERR_OK;
}

int
plan_query(struct plan_env *env, struct query *q, struct plan_stmt **ret, struct err *e)
{
	struct planner pl = { .env = env, .arena = env->arena };
	struct path p;
	int rc;

	pl.stmt = ARENA_NEW(pl.arena, struct plan_stmt);
	rc = fold_query(&pl, q, e);
	if (rc == ERR_OK)
		rc = rewrite_query(&pl, q, e);
	if (rc == ERR_OK)
		rc = keep_writing_ctes(&pl, q, e);
	if (rc == ERR_OK)
		rc = plan_level(&pl, q, NULL, ALL_ROWS, &p, e);
	if (rc != ERR_OK)
		return rc;

	struct plan_stmt *s = pl.stmt;
	s->root = p.plan;
	s->op = q->kind;
	s->writes |= q->kind != QUERY_SELECT || q->row_marks.n > 0;
	s->nctes = pl.ctes.n;
	s->ctes = ARENA_ARRAY(pl.arena, struct plan_cte, pl.ctes.n);
	for (int i = 0; i < pl.ctes.n; i++)
		s->ctes[i] = *LIST_AT(struct plan_cte, &pl.ctes, i);
	s->ninits = pl.inits.n;
	s->inits = ARENA_ARRAY(pl.arena, struct plan_once, pl.inits.n);
	for (int i = 0; i < pl.inits.n; i++)
		s->inits[i] = *LIST_AT(struct plan_once, &pl.inits, i);
	s->targets = ARENA_ARRAY(pl.arena, struct target *, q->targets.n);
	if (q->kind == QUERY_SELECT || q->returning)
		for (int i = 0; i < q->targets.n; i++)
			if (!LIST_AT(struct target, &q->targets, i)->hidden)
				s->targets[s->nvisible++] = q->targets.at[i];
	s->catalog_version = catalog_version(env->catalog);
	*ret = s;
	return arena_check(pl.arena, e);
}
