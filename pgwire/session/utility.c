/* utility.c - statements that are not queries: who does them, and what rows they return.
 *
 * Not here: doing them (txcmd.c, setcmd.c, cursor.c, prepare.c, explain.c, copy.c, notify.c,
 * schema.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>

#include "pgwire/session/portal.h"

/* It may have been dropped while it was waited for. */
static int
still_there(struct session *s, const struct relation *r, struct err *e)
{
	struct catalog *c = session_catalog(s);
	bool found = catalog_relation_by_oid(c, r->o.oid) != NULL;

	catalog_release(c);
	return found ? ERR_OK : err_set(e, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", r->o.name);
}

/* The table and the partitions below it: who may lock it may lock them. */
static int
lock_tree(struct utility *u, const struct relation *r, enum lock_mode mode, bool nowait, struct err *e)
{
	bool waited;
	int rc = table_lock(u->s->unit, r->o.oid, r->o.name, mode, nowait ? LOCK_NOWAIT : LOCK_WAIT, &waited, e);

	for (int i = 0; i < r->nparts && rc == ERR_OK; i++)
		rc = lock_tree(u, r->parts[i], mode, nowait, e);
	return rc;
}

static int
lock_tables(struct utility *u, const struct cmd_lock *c, struct err *e)
{
	int rc = ERR_OK;

	if (u->single)
		rc = tx_require_block(u->s, "LOCK TABLE", e);
	for (int i = 0; rc == ERR_OK && i < c->tables.n; i++) {
		const struct relation *r = LIST_AT(const struct relation, &c->tables, i);
		/* PostgreSQL numbers the table modes from 1. */
		enum lock_mode mode = (enum lock_mode) (LOCK_ACCESS_SHARE + c->mode - 1);
		rc = access_check_lock(u->s, u->a->catalog, r, mode, e);
		if (rc == ERR_OK)
			rc = lock_tree(u, r, mode, c->nowait, e);
		if (rc == ERR_OK)
			rc = still_there(u->s, r, e);
	}
	return rc;
}

static int
checkpoint(struct utility *u, struct err *e)
{
	if (!u->s->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
		               "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT");
	return store_checkpoint(u->s->server->store, e);
}

static int
run_command(struct utility *u, const struct command *c, struct err *e)
{
	switch (c->kind) {
	case CMD_BEGIN: case CMD_COMMIT: case CMD_ROLLBACK: case CMD_SAVEPOINT: case CMD_RELEASE:
	case CMD_ROLLBACK_TO: case CMD_SET_TRANSACTION:
		return tx_command(u->s, (const struct cmd_transaction *) c, u->tag, e);
	case CMD_SET: case CMD_SHOW: case CMD_RESET: case CMD_DISCARD: case CMD_ALTER_SYSTEM:
		return settings_command(u, c, e);
	case CMD_DEALLOCATE: case CMD_EXECUTE: case CMD_PREPARE:
		return prepare_command(u, c, e);
	case CMD_DECLARE: case CMD_FETCH: case CMD_MOVE: case CMD_CLOSE:
		return cursor_command(u, c, e);
	case CMD_LISTEN: case CMD_UNLISTEN: case CMD_NOTIFY:
		return notify_command(u, c, e);
	case CMD_CHECKPOINT:
		return checkpoint(u, e);
	case CMD_LOCK_TABLE:
		return lock_tables(u, (const struct cmd_lock *) c, e);
	case CMD_COPY:
		return copy_command(u, e);
	case CMD_CREATE_TABLE_AS:
		return table_as_command(u, e);
	case CMD_CALL:
		return call_command(u, e);
	case CMD_REFRESH_MATVIEW:
		return refresh_command(u, e);
	default:
		return ddl_command(u, c, e);
	}
}

int
utility_run(struct utility *u, struct err *e)
{
	const struct statement *st = u->a->stmt;

	snprintf(u->tag, sizeof u->tag, "%s", st->tag != NULL ? st->tag : "");
	if (st->kind == STMT_EXPLAIN)
		return explain_command(u, e);
	if (st->command == NULL)
		return ERR_OK;          /* an empty statement */
	return run_command(u, st->command, e);
}

/* -- What rows it returns --------------------------------------------------------------------------------- */
static void
text_shape(struct arena *a, int n, const char *const *names, struct row_shape *ret)
{
	ret->ncols = n;
	ret->cols = ARENA_ARRAY(a, struct out_column, n);
	for (int i = 0; i < n; i++)
		ret->cols[i] = (struct out_column) { .name = names[i], .type = type_builtin(OID_TEXT), .typmod = -1 };
}

static int
show_shape(struct session *s, const struct cmd_name *c, struct arena *a, struct row_shape *ret, struct err *e)
{
	static const char *const all[] = { "name", "setting", "description" };
	const char *name;

	if (c->name == NULL) {
		text_shape(a, 3, all, ret);
		return ERR_OK;
	}
	int id = settings_id(&s->settings, c->name, e);
	if (id < 0)
		return e->code;
	name = arena_strdup(a, settings_name(&s->settings, id));
	text_shape(a, 1, &name, ret);
	return ERR_OK;
}

int
utility_shape(struct session *s, const struct statement *st, struct arena *a, bool *ret_rows,
              struct row_shape *ret, struct err *e)
{
	static const char *const plan[] = { "QUERY PLAN" };
	struct prepared *p;
	struct portal *portal;
	struct analysis *an;
	int rc = ERR_OK;

	*ret_rows = false;
	if (st->kind == STMT_EXPLAIN) {
		text_shape(a, 1, plan, ret);
		if (st->explain.format == EXPLAIN_JSON)
			ret->cols[0].type = type_builtin(OID_JSON);
		*ret_rows = true;
		return ERR_OK;
	}
	if (st->command == NULL)
		return ERR_OK;
	switch (st->command->kind) {
	case CMD_SHOW:
		*ret_rows = true;
		return show_shape(s, (const struct cmd_name *) st->command, a, ret, e);
	case CMD_FETCH:
		portal = portal_find(s, ((const struct cmd_fetch *) st->command)->name);
		if (portal == NULL)
			return ERR_OK;  /* the error comes when it runs */
		*ret = portal->shape;
		*ret_rows = true;
		return ERR_OK;
	case CMD_EXECUTE:
		p = prepared_find(s, ((const struct cmd_execute *) st->command)->name);
		if (p == NULL || p->raw == NULL)
			return ERR_OK;
		rc = prepared_analysis(s, p, &an, e);
		if (rc == ERR_OK) {
			*ret = an->shape;
			*ret_rows = an->returns_rows;
		}
		return rc;
	default:
		return ERR_OK;
	}
}
