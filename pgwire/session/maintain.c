/* maintain.c - ANALYZE, VACUUM, SET CONSTRAINTS, passwords of roles, indexes built online. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>

#include "pgwire/net/scram.h"
#include "pgwire/session/portal.h"

/* -- Statistics ---------------------------------------------------------------------------------------- */
static int
analyze_one(struct ddl_env *env, void *arg, struct err *e)
{
	return ddl_analyze(env, arg, e);
}

static bool
may_analyze(const struct session *s, const struct relation *r)
{
	return s->superuser || r->o.owner == s->role_oid;
}

/* Storage keeps no dead rows: VACUUM has nothing else to do than ANALYZE. */
static bool
can_maintain(struct session *s, const struct relation *r, const struct cmd_tables *c)
{
	const char *what = c->c.kind == CMD_VACUUM ? "vacuum" : "analyze";

	if (!may_analyze(s, r)) {
		session_notice(s, LOG_WARNING, ERR_WARNING, "skipping \"%s\" --- only table or database owner can %s it",
		               r->o.name, what);
		return false;
	}
	if (r->kind != REL_TABLE && r->kind != REL_MATVIEW) {
		session_notice(s, LOG_WARNING, ERR_WARNING,
		               "skipping \"%s\" --- cannot %s non-tables or special system tables", r->o.name, what);
		return false;
	}
	if (c->verbose)
		session_notice(s, LOG_INFO, ERR_OK, "%s \"%s\"", c->cascade ? "analyzing" : "vacuuming", r->o.name);
	return c->cascade && r->sys == NULL;
}

/* A table and its partitions. */
static int
analyze_tree(struct session *s, struct arena *a, const struct relation *r, struct err *e)
{
	int rc = session_ddl(s, a, analyze_one, (void *) (uintptr_t) r, e);

	for (int i = 0; i < r->nparts && rc == ERR_OK; i++)
		rc = analyze_tree(s, a, r->parts[i], e);
	return rc;
}

/* All tables, in order of oid; those made or dropped meanwhile do not matter. */
static int
analyze_all(struct session *s, struct arena *a, struct err *e)
{
	struct catalog *c = session_catalog(s);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < catalog_count(c, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(c, OBJ_RELATION, i);
		if ((r->kind == REL_TABLE || r->kind == REL_MATVIEW) && r->sys == NULL && may_analyze(s, r))
			rc = session_ddl(s, a, analyze_one, (void *) (uintptr_t) r, e);
	}
	catalog_release(c);
	return rc;
}

int
maintain_command(struct utility *u, const struct cmd_tables *c, struct err *e)
{
	struct session *s = u->s;
	int rc = ERR_OK;

	if (c->c.kind == CMD_VACUUM) {
		rc = tx_prevent_block(s, "VACUUM", e);
		if (rc != ERR_OK)
			return rc;
	}
	if (c->tables.n == 0)
		return c->cascade ? analyze_all(s, u->arena, e) : ERR_OK;
	for (int i = 0; rc == ERR_OK && i < c->tables.n; i++) {
		const struct relation *r = LIST_AT(const struct relation, &c->tables, i);
		if (can_maintain(s, r, c))
			rc = analyze_tree(s, u->arena, r, e);
	}
	return rc;
}

/* -- SET CONSTRAINTS --------------------------------------------------------------------------------------- */
static const struct constraint *
find_constraint(struct session *s, const struct catalog *c, const char *name)
{
	const oid_t *path;
	int n = session_search_path(s, true, &path);

	for (int p = 0; p < n; p++)
		for (int i = 0; i < catalog_count(c, OBJ_RELATION); i++) {
			const struct relation *r = (const struct relation *) catalog_at(c, OBJ_RELATION, i);
			for (int k = 0; r->o.schema == path[p] && k < r->nconstraints; k++)
				if (strcmp(r->constraints[k].name, name) == 0)
					return &r->constraints[k];
		}
	return NULL;
}

int
set_constraints(struct utility *u, const struct cmd_constraints *cmd, struct err *e)
{
	struct session *s = u->s;
	struct catalog *c = session_catalog(s);
	struct exec_env env;
	int rc = ERR_OK;

	if (u->single)
		(void) tx_warn_block(s, "SET CONSTRAINTS");
	session_env(s, c, u->arena, &env);
	rc = tx_statement_begin(s, &env, e);
	if (rc != ERR_OK) {
		catalog_release(c);
		return rc;
	}
	if (cmd->names.n == 0)
		rc = unit_set_constraints(s->unit, &env, NULL, cmd->deferred, e);
	for (int i = 0; rc == ERR_OK && i < cmd->names.n; i++) {
		const char *name = LIST_AT(const char, &cmd->names, i);
		const struct constraint *con = find_constraint(s, c, name);
		if (con == NULL)
			rc = err_set(e, ERR_UNDEFINED_OBJECT, "constraint \"%s\" does not exist", name);
		else if (!con->deferrable)
			rc = err_set(e, ERR_WRONG_OBJECT_TYPE, "constraint \"%s\" is not deferrable", name);
		else
			rc = unit_set_constraints(s->unit, &env, con, cmd->deferred, e);
	}
	rc = tx_statement_end(s, &env, rc, e);
	catalog_release(c);
	return rc;
}

/* -- Roles ---------------------------------------------------------------------------------------------------- */
static int
run_ddl(struct ddl_env *env, void *arg, struct err *e)
{
	return ddl_execute(env, arg, e);
}

/* Passwords are kept as verifiers; only here does one pass as text. */
int
role_command(struct utility *u, struct cmd_role *c, struct err *e)
{
	struct scram_verifier v;
	struct cmd_role mine = *c;

	if (c->set_password && c->password != NULL && *c->password == '\0') {
		session_notice(u->s, LOG_NOTICE, ERR_WARNING, "empty string is not a valid password, clearing password");
		mine.password = NULL;
	} else if (c->set_password && c->password != NULL && strncmp(c->password, "md5", 3) == 0 &&
	           strlen(c->password) == 35) {
		err_unsupported(e, "an MD5 password", "Give the password itself, or a SCRAM-SHA-256 verifier.");
		return e->code;
	} else if (c->set_password && c->password != NULL && !scram_verifier_parse(c->password, &v)) {
		struct strbuf text;
		strbuf_init(&text, u->arena);
		if (!scram_verifier_make(c->password, &text))
			return err_set(e, ERR_INTERNAL_ERROR, "could not generate random salt");
		mine.password = text.data;
	}
	return session_ddl(u->s, u->arena, run_ddl, &mine, e);
}

/* -- CREATE INDEX CONCURRENTLY: a chain of transactions of its own ------------------------------------------------ */
struct online {
	struct session *s;
	struct arena *a;
	struct catalog *c;
	struct exec_env env;
	struct ddl_env de;
	bool open;
};

static struct ddl_env *
online_begin(void *arg, struct err *e)
{
	struct online *o = arg;

	if (tx_begin(o->s, e) != ERR_OK)
		return NULL;
	o->c = session_catalog(o->s);
	session_env(o->s, o->c, o->a, &o->env);
	if (tx_statement_begin(o->s, &o->env, e) != ERR_OK) {
		catalog_release(o->c);
		return NULL;
	}
	session_ddl_env(o->s, &o->env, &o->de);
	o->open = true;
	return &o->de;
}

static int
online_end(struct online *o, int rc, struct err *e)
{
	if (!o->open)
		return rc;
	o->open = false;
	rc = tx_statement_end(o->s, &o->env, rc, e);
	catalog_release(o->c);
	return rc;
}

static int
online_commit(void *arg, struct err *e)
{
	struct online *o = arg;

	int rc = online_end(o, ERR_OK, e);
	return rc == ERR_OK ? tx_commit(o->s, e) : rc;
}

static void
online_abort(void *arg)
{
	struct online *o = arg;
	struct err ignored = { 0 };

	if (online_end(o, ERR_INTERNAL_ERROR, &ignored) != ERR_OK)
		tx_abort(o->s);
}

int
index_online(struct utility *u, const struct cmd_create_index *cmd, struct err *e)
{
	struct online o = { .s = u->s, .a = u->arena };
	const struct ddl_online on = { .begin = online_begin, .commit = online_commit, .abort = online_abort, .arg = &o };

	int rc = tx_commit(u->s, e);    /* nothing was done in it */
	if (rc == ERR_OK)
		rc = ddl_index_online(&on, cmd, e);
	arena_reset(&u->s->ddl_arena);
	if (rc != ERR_OK)
		return rc;
	u->s->tx = TX_IDLE;
	return tx_begin(u->s, e);
}
