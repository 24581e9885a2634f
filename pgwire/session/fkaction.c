/* fkaction.c - ON DELETE and ON UPDATE actions: statements of the executor, within this session. */
#include "config.h"
#include "pgwire/session/session.h"

int
session_fk_action(struct session *s, struct write_unit *u, const struct fk_action *f, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct catalog *c = session_catalog(s);
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
	catalog_release(c);
	return rc;
}
