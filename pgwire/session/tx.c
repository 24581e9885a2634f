/* tx.c - the life of a transaction as PostgreSQL's clients see it.
 *
 *   idle -> implicit (a statement) -> idle
 *   idle, implicit -> block (BEGIN) -> idle (COMMIT, ROLLBACK)
 *   block -> failed (an error) -> idle (COMMIT, ROLLBACK) or block (ROLLBACK TO)
 *
 * A block that fails outside of any savepoint is aborted at once: its locks and snapshot are
 * given back though the client has yet to say ROLLBACK.
 *
 * Not here: savepoints and SET TRANSACTION (txcmd.c), what statements do. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/type/datetime.h"
#include "pgwire/session/portal.h"

/* -- Beginning --------------------------------------------------------------------------------------- */
static unsigned
lock_timeout(void *arg)
{
	const struct session *s = arg;

	return (unsigned) settings_int(&s->settings, SET_lock_timeout);
}

static unsigned
deadlock_timeout(void *arg)
{
	const struct session *s = arg;

	return (unsigned) settings_int(&s->settings, SET_deadlock_timeout);
}

static int
run_action(void *arg, struct write_unit *u, const struct fk_action *a, struct err *e)
{
	struct session *s = arg;

	return session_fk_action(s, u, a, e);
}

static void
show_transaction(struct session *s, enum setting_id id, int64_t value, const char *text)
{
	int64_t now = id == SET_transaction_isolation ? settings_int(&s->settings, id)
	                                              : settings_bool(&s->settings, id);
	if (now != value)
		settings_force(&s->settings, id, text);
}

/* The four levels as settings name them, and the three that there are. */
static const char *const level_names[] = { "serializable", "repeatable read", "read committed", "read uncommitted" };
static const enum txn_isolation levels[] = { TXN_SERIALIZABLE, TXN_REPEATABLE_READ, TXN_READ_COMMITTED,
                                             TXN_READ_COMMITTED };

void
tx_show(struct session *s, int level, bool read_only, bool deferrable)
{
	show_transaction(s, SET_transaction_isolation, level, level_names[level]);
	show_transaction(s, SET_transaction_read_only, read_only, read_only ? "on" : "off");
	show_transaction(s, SET_transaction_deferrable, deferrable, deferrable ? "on" : "off");
}

enum txn_isolation
tx_level(int level)
{
	return levels[level];
}

/* A new engine transaction with what the transaction_ settings say. */
static int
begin_txn(struct session *s, struct err *e)
{
	const struct txn_options o = {
		.isolation = levels[settings_int(&s->settings, SET_transaction_isolation)],
		.read_only = settings_bool(&s->settings, SET_transaction_read_only),
		.deferrable = settings_bool(&s->settings, SET_transaction_deferrable),
		.async_commit = settings_int(&s->settings, SET_synchronous_commit) ==
		                setting_enum_index(setting_at(SET_synchronous_commit), "off"),
		.actor = s->actor,
		.scope = s->database_oid,
	};

	int rc = txn_begin(s->server->store, &o, &s->txn, e);
	if (rc == ERR_OK)
		rc = unit_begin(s->txn, &s->hooks, &s->unit, e);
	if (rc != ERR_OK) {
		txn_abort(&s->txn);
		return rc;
	}
	s->tx_now = s->stmt_now;
	if (s->activity != NULL) {
		struct activity_info *a = activity_edit(s->activity);
		a->xact_start = s->tx_now;
		a->txn = txn_id(s->txn);
		activity_done(s->activity);
	}
	return ERR_OK;
}

void
tx_init(struct session *s)
{
	s->hooks = (struct unit_hooks) { .arg = s, .action = run_action, .lock_timeout_ms = lock_timeout,
	                                 .deadlock_timeout_ms = deadlock_timeout };
}

int
tx_begin(struct session *s, struct err *e)
{
	if (s->txn != NULL || s->tx == TX_FAILED)
		return ERR_OK;
	if (s->tx == TX_IDLE) {
		tx_show(s, (int) settings_int(&s->settings, SET_default_transaction_isolation),
		        settings_bool(&s->settings, SET_default_transaction_read_only),
		        settings_bool(&s->settings, SET_default_transaction_deferrable));
	}
	int rc = begin_txn(s, e);
	if (rc == ERR_OK && s->tx == TX_IDLE)
		s->tx = TX_IMPLICIT;
	return rc;
}

/* -- Ending --------------------------------------------------------------------------------------------- */
void
tx_forget_savepoints(struct session *s, int level)
{
	while (s->level > level) {
		struct savepoint *inner = s->savepoints;
		s->savepoints = inner->outer;
		s->level--;
		free(inner->name);
		free(inner);
	}
}

static void
ended(struct session *s)
{
	unit_end(&s->unit);
	draft_done(&s->draft);
	tx_forget_savepoints(s, 0);
	if (s->activity != NULL) {
		struct activity_info *a = activity_edit(s->activity);
		a->xact_start = 0;
		a->txn = 0;
		activity_done(s->activity);
	}
}

void
tx_abort(struct session *s)
{
	portals_end(s);
	if (s->txn != NULL)
		txn_abort(&s->txn);
	ended(s);
	settings_rollback_to(&s->settings, 0);
	session_refresh(s);
	notify_rollback(s, 0);
}

static int
check_deferred(struct session *s, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct catalog *c = session_catalog(s);
	struct exec_env env;

	session_env(s, c, &a, &env);
	int rc = tx_statement_begin(s, &env, e);
	if (rc == ERR_OK)
		rc = tx_statement_end(s, &env, unit_before_commit(s->unit, &env, e), e);
	catalog_release(c);
	return rc;
}

/* Commit what is open; afterwards there is no transaction, whatever is returned. */
int
tx_commit(struct session *s, struct err *e)
{
	int rc = portals_before_commit(s, e);

	if (rc == ERR_OK && s->temp_tables != NULL)
		rc = temp_before_commit(s, e);
	if (rc == ERR_OK && s->txn != NULL)
		rc = check_deferred(s, e);
	if (rc == ERR_OK && s->txn != NULL && !txn_has_writes(s->txn))
		rc = txn_wait_visible_durable(s->txn, e);
	if (rc != ERR_OK) {
		tx_abort(s);
		return rc;
	}
	portals_end(s);
	if (s->txn != NULL)
		rc = txn_commit(&s->txn, e);
	if (rc != ERR_OK) {
		tx_abort(s);
		return rc;
	}
	ended(s);
	settings_commit(&s->settings);
	session_refresh(s);
	notify_commit(s);
	return ERR_OK;
}

int
tx_end_command(struct session *s, struct err *e)
{
	if (s->tx != TX_IMPLICIT)
		return ERR_OK;
	s->tx = TX_IDLE;
	return tx_commit(s, e);
}

void
tx_fail(struct session *s)
{
	switch (s->tx) {
	case TX_IDLE:
	case TX_IMPLICIT:
		tx_abort(s);
		s->tx = TX_IDLE;
		break;
	case TX_BLOCK:
		s->tx = TX_FAILED;
		if (s->savepoints == NULL || s->txn == NULL) {
			tx_abort(s);
			break;
		}
		tx_undo_to(s, s->savepoints);
		break;
	case TX_FAILED:
		break;
	}
}

/* Undo what was done since a savepoint, which stays. */
void
tx_undo_to(struct session *s, struct savepoint *to)
{
	portals_rollback(s, to->level);
	unit_rollback_to(s->unit, to->mark);
	settings_rollback_to(&s->settings, to->settings);
	session_refresh(s);
	notify_rollback(s, to->level);
}

void
tx_abandon(struct session *s)
{
	if (s->tx != TX_IDLE || s->txn != NULL)
		tx_abort(s);
	s->tx = TX_IDLE;
}

char
tx_status(const struct session *s)
{
	return s->tx == TX_BLOCK ? 'T' : s->tx == TX_FAILED ? 'E' : 'I';
}

/* -- Rules ---------------------------------------------------------------------------------------------------- */
int
tx_check_failed(struct session *s, const struct raw_stmt_info *info, struct err *e)
{
	if (s->tx != TX_FAILED || info->ends_transaction)
		return ERR_OK;
	return err_set(e, ERR_IN_FAILED_SQL_TRANSACTION,
	               "current transaction is aborted, commands ignored until end of transaction block");
}

int
tx_require_block(struct session *s, const char *what, struct err *e)
{
	if (s->tx == TX_BLOCK || s->tx == TX_FAILED)
		return ERR_OK;
	return err_set(e, ERR_NO_ACTIVE_SQL_TRANSACTION, "%s can only be used in transaction blocks", what);
}

bool
tx_warn_block(struct session *s, const char *what)
{
	if (s->tx == TX_BLOCK || s->tx == TX_FAILED)
		return true;
	session_notice(s, LOG_WARNING, ERR_NO_ACTIVE_SQL_TRANSACTION, "%s can only be used in transaction blocks", what);
	return false;
}

int
tx_prevent_block(struct session *s, const char *what, struct err *e)
{
	if (s->tx == TX_BLOCK || s->tx == TX_FAILED)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block", what);
	return ERR_OK;
}

int
tx_draft(struct session *s, struct draft **ret, struct err *e)
{
	int rc = ERR_OK;

	if (s->draft == NULL)
		rc = draft_new(s->catalog, s->txn, &s->draft, e);
	if (rc == ERR_OK)
		*ret = s->draft;
	return rc;
}

/* -- Around a statement ------------------------------------------------------------------------------------------ */
int
tx_statement_begin(struct session *s, struct exec_env *env, struct err *e)
{
	int rc = txn_statement_begin(s->txn, e);

	if (rc != ERR_OK)
		return rc;
	unit_statement_begin(s->unit, env);
	session_enter(s, env->catalog);
	return ERR_OK;
}

int
tx_statement_end(struct session *s, struct exec_env *env, int rc, struct err *e)
{
	if (rc == ERR_OK)
		rc = unit_statement_end(s->unit, env, e);
	else
		unit_statement_abort(s->unit);
	txn_statement_end(s->txn);
	session_leave(s);
	return rc;
}
