/* fkaction.c - ON DELETE and ON UPDATE actions: statements of the executor, within this session.
 *
 * As every writer, an action locks its table before it looks at what the table is: between the
 * statement's beginning and here an index of the child may have come or gone. */
#include "config.h"
#include "pgwire/session/session.h"

/* The same action in the catalog as it is now; false: the constraint is gone. */
static bool
look_again(const struct catalog *c, struct fk_action *f)
{
	const struct relation *child = catalog_relation_by_oid(c, f->child->o.oid);
	const struct relation *parent = catalog_relation_by_oid(c, f->parent->o.oid);

	if (child == NULL || parent == NULL)
		return false;
	for (int i = 0; i < child->nconstraints; i++)
		if (child->constraints[i].oid == f->con->oid) {
			f->con = &child->constraints[i];
			f->child = child;
			f->parent = parent;
			return true;
		}
	return false;
}

static int
run_action(struct session *s, const struct catalog *c, struct write_unit *u, const struct fk_action *f,
           struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct exec_env env;
	struct plan_env pe;

	session_env(s, c, &a, &env);
	session_plan_env(s, &a, c, &env, &pe);
	const struct exec_options o = { .env = &env, .unit = u, .planner = &pe };
	int rc = txn_statement_begin(s->txn, e);
	if (rc == ERR_OK) {
		unit_statement_begin(u, &env);
		session_enter(s, c);
		rc = exec_fk_action(&o, f, e);
		rc = tx_statement_end(s, &env, rc, e);
	}
	return rc;
}

struct related {
	struct write_unit *u;
	struct err *e;
	int rc;
};

static void
lock_related(void *arg, oid_t rel)
{
	struct related *r = arg;
	bool waited;

	if (r->rc == ERR_OK)
		r->rc = table_lock(r->u, rel, NULL, LOCK_ROW_SHARE, LOCK_WAIT, &waited, r->e);
}

/* What the action's own foreign keys look into: its table is locked, so they stay the same. */
static int
lock_all_related(struct write_unit *u, const struct catalog *c, const struct relation *child, struct err *e)
{
	struct related r = { u, e, ERR_OK };

	table_related(c, child, NULL, NULL, lock_related, &r);
	return r.rc;
}

int
session_fk_action(struct session *s, struct write_unit *u, const struct fk_action *f, struct err *e)
{
	struct fk_action now = *f;
	bool waited;

	int rc = table_lock(u, f->child->o.oid, NULL, LOCK_ROW_EXCLUSIVE, LOCK_WAIT, &waited, e);
	if (rc != ERR_OK)
		return rc;
	struct catalog *c = session_catalog(s);
	if (look_again(c, &now))
		rc = lock_all_related(u, c, now.child, e);
	catalog_release(c);
	if (rc != ERR_OK)
		return rc;
	now = *f;
	c = session_catalog(s);         /* as it is under the locks */
	if (look_again(c, &now))
		rc = run_action(s, c, u, &now, e);
	catalog_release(c);
	return rc;
}
