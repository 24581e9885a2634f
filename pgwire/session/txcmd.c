/* txcmd.c - BEGIN, COMMIT, ROLLBACK, SAVEPOINT and SET TRANSACTION. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire/session/portal.h"

/* cmd_transaction.isolation (0 read committed ...) as an index of the setting's words. */
static int
word_of(int isolation)
{
	static const int words[] = { 2, 1, 0 };

	return words[isolation];
}

/* ISOLATION LEVEL, READ ONLY, DEFERRABLE of BEGIN or SET TRANSACTION. */
static int
set_modes(struct session *s, const struct cmd_transaction *c, struct err *e)
{
	int level = (int) settings_int(&s->settings, SET_transaction_isolation);
	bool read_only = settings_bool(&s->settings, SET_transaction_read_only);
	bool deferrable = settings_bool(&s->settings, SET_transaction_deferrable);
	struct err mine = { 0 };

	if (c->snapshot != NULL)
		return txn_snapshot_import(s->txn, c->snapshot, e);
	if (c->isolation >= 0)
		level = word_of(c->isolation);
	if (c->read_only >= 0)
		read_only = c->read_only != 0;
	if (c->deferrable >= 0)
		deferrable = c->deferrable != 0;
	if (c->isolation < 0 && c->read_only < 0 && c->deferrable < 0)
		return ERR_OK;
	if (s->txn != NULL && txn_set_modes(s->txn, tx_level(level), read_only, deferrable, &mine) != ERR_OK) {
		/* Once something was read only a stricter mode can be asked for. */
		if (tx_level(level) != txn_isolation(s->txn))
			return err_set(e, ERR_ACTIVE_SQL_TRANSACTION,
			               "SET TRANSACTION ISOLATION LEVEL must be called before any query");
		if (!read_only && settings_bool(&s->settings, SET_transaction_read_only))
			return err_set(e, ERR_ACTIVE_SQL_TRANSACTION,
			               "transaction read-write mode must be set before any query");
		if (deferrable != settings_bool(&s->settings, SET_transaction_deferrable))
			return err_set(e, ERR_ACTIVE_SQL_TRANSACTION,
			               "SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
	}
	tx_show(s, level, read_only, deferrable);
	return ERR_OK;
}

int
tx_set_mode(struct session *s, enum setting_id id, const char *value, struct err *e)
{
	struct cmd_transaction c = { .isolation = -1, .read_only = -1, .deferrable = -1 };
	struct setting_number n;

	int rc = setting_parse(setting_at(id), value, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (id == SET_transaction_isolation)
		c.isolation = n.i == 0 ? 2 : n.i == 1 ? 1 : 0;
	else if (id == SET_transaction_read_only)
		c.read_only = (int) n.i;
	else
		c.deferrable = (int) n.i;
	return set_modes(s, &c, e);
}

static int
begin(struct session *s, const struct cmd_transaction *c, struct err *e)
{
	if (s->tx == TX_BLOCK) {
		session_notice(s, LOG_WARNING, ERR_ACTIVE_SQL_TRANSACTION,
		               "there is already a transaction in progress");
		return set_modes(s, c, e);
	}
	s->tx = TX_BLOCK;
	return set_modes(s, c, e);
}

/* AND CHAIN: a new block with the modes of the old. */
static int
chain(struct session *s, struct err *e)
{
	s->tx = TX_BLOCK;
	return tx_begin(s, e);
}

static int
end(struct session *s, const struct cmd_transaction *c, bool commit, char tag[64], struct err *e)
{
	enum tx_state was = s->tx;
	int rc = ERR_OK;

	if (was == TX_IDLE || was == TX_IMPLICIT) {
		if (c->chain)
			return err_set(e, ERR_NO_ACTIVE_SQL_TRANSACTION, "%s AND CHAIN can only be used in transaction blocks",
			               commit ? "COMMIT" : "ROLLBACK");
		session_notice(s, LOG_WARNING, ERR_NO_ACTIVE_SQL_TRANSACTION, "there is no transaction in progress");
	}
	s->tx = TX_IDLE;
	if (commit && was != TX_FAILED) {
		rc = tx_commit(s, e);
	} else {
		tx_abort(s);
		snprintf(tag, 64, "ROLLBACK");
	}
	if (rc == ERR_OK && c->chain)
		rc = chain(s, e);
	return rc;
}

/* -- Savepoints ------------------------------------------------------------------------------------ */
static int
savepoint(struct session *s, const char *name, struct err *e)
{
	int rc = tx_require_block(s, "SAVEPOINT", e);

	if (rc != ERR_OK)
		return rc;
	struct savepoint *sp = calloc(1, sizeof *sp);
	char *copy = strdup(name);
	if (sp == NULL || copy == NULL) {
		free(sp);
		free(copy);
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	sp->name = copy;
	sp->mark = unit_savepoint(s->unit);
	sp->settings = settings_mark(&s->settings);
	sp->level = ++s->level;
	sp->outer = s->savepoints;
	s->savepoints = sp;
	return ERR_OK;
}

static int
find_savepoint(struct session *s, const char *name, struct savepoint **ret, struct err *e)
{
	for (struct savepoint *sp = s->savepoints; sp != NULL; sp = sp->outer)
		if (strcmp(sp->name, name) == 0) {
			*ret = sp;
			return ERR_OK;
		}
	return err_set(e, ERR_S_E_INVALID_SPECIFICATION, "savepoint \"%s\" does not exist", name);
}

static int
release(struct session *s, const char *name, struct err *e)
{
	struct savepoint *sp;
	int rc = tx_require_block(s, "RELEASE SAVEPOINT", e);

	if (rc == ERR_OK)
		rc = find_savepoint(s, name, &sp, e);
	if (rc == ERR_OK) {
		portals_release(s, sp->level);
		notify_release(s, sp->level);
		tx_forget_savepoints(s, sp->level - 1);
	}
	return rc;
}

static int
rollback_to(struct session *s, const char *name, struct err *e)
{
	struct savepoint *sp;
	int rc = tx_require_block(s, "ROLLBACK TO SAVEPOINT", e);

	if (rc == ERR_OK)
		rc = find_savepoint(s, name, &sp, e);
	if (rc != ERR_OK)
		return rc;
	tx_undo_to(s, sp);
	tx_forget_savepoints(s, sp->level);
	s->tx = TX_BLOCK;
	return ERR_OK;
}

/* -- SET TRANSACTION ---------------------------------------------------------------------------------- */
static int
set_session_default(struct session *s, const struct cmd_transaction *c, struct err *e)
{
	static const char *const names[] = { "read committed", "repeatable read", "serializable" };
	const struct setting_change how = { .as = CTX_USER, .source = SOURCE_SESSION, .transactional = true };
	int rc = ERR_OK;

	if (c->isolation >= 0)
		rc = settings_set(&s->settings, "default_transaction_isolation", names[c->isolation], &how, e);
	if (rc == ERR_OK && c->read_only >= 0)
		rc = settings_set(&s->settings, "default_transaction_read_only", c->read_only ? "on" : "off", &how, e);
	if (rc == ERR_OK && c->deferrable >= 0)
		rc = settings_set(&s->settings, "default_transaction_deferrable", c->deferrable ? "on" : "off", &how, e);
	return rc;
}

int
tx_command(struct session *s, const struct cmd_transaction *cmd, char tag[64], struct err *e)
{
	switch (cmd->c.kind) {
	case CMD_BEGIN:
		return begin(s, cmd, e);
	case CMD_COMMIT:
		return end(s, cmd, true, tag, e);
	case CMD_ROLLBACK:
		return end(s, cmd, false, tag, e);
	case CMD_SAVEPOINT:
		return savepoint(s, cmd->name, e);
	case CMD_RELEASE:
		return release(s, cmd->name, e);
	case CMD_ROLLBACK_TO:
		return rollback_to(s, cmd->name, e);
	default:
		if (cmd->session_default)
			return set_session_default(s, cmd, e);
		(void) tx_warn_block(s, "SET TRANSACTION");
		return set_modes(s, cmd, e);
	}
}
