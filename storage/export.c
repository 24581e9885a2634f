/* export.c - a snapshot that other transactions may take too: pg_export_snapshot().
 *
 * The engine keeps it under a name from the export to the end of the exporting transaction;
 * who imports it meanwhile has it for as long as he wants.  Named snapshots are used for this
 * alone: later versions of the engine do not have them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/txn_private.h"

struct exported {
	struct exported *next;          /* in order.exports */
	struct exported *of_txn;        /* the transaction's own list */
	char name[TXN_SNAPSHOT_NAME];
	struct view shown;              /* what is known of it; no engine session of its own */
	uint64_t engine_serial;
	bool certified, read_only;
	uint32_t scope;
	uint64_t certify_serial;
};

static int
invalid(const char *name, struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid snapshot identifier: \"%s\"", name);
}

static bool
copy_inflight(struct view *to, const struct view *from)
{
	to->inflight = malloc((size_t) (from->ninflight + 1) * sizeof *to->inflight);
	if (to->inflight == NULL)
		return false;
	if (from->ninflight != 0)
		memcpy(to->inflight, from->inflight, (size_t) from->ninflight * sizeof *to->inflight);
	to->ninflight = from->ninflight;
	to->next = from->next;
	to->ticket = from->ticket;
	to->commit_seq = from->commit_seq;
	to->order_serial = from->order_serial;
	return true;
}

int
txn_snapshot_export(struct txn *txn, char ret_name[TXN_SNAPSHOT_NAME], struct err *e)
{
	struct order *o = &txn->store->order;
	struct view *v = txn_frame(txn)->view;
	struct exported *x = calloc(1, sizeof *x);
	char config[TXN_SNAPSHOT_NAME + 8];

	if (x == NULL || !copy_inflight(&x->shown, v)) {
		free(x);
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	snprintf(x->name, sizeof x->name, "%08llX-%08llX-1", (unsigned long long) txn->id & 0xFFFFFFFF,
	         (unsigned long long) atomic_fetch_add(&txn->store->txn_id, 1) & 0xFFFFFFFF);
	snprintf(config, sizeof config, "name=%s", x->name);
	int wt = WT(v->g->wt->snapshot(v->g->wt, config));
	if (wt != 0) {
		free(x->shown.inflight);
		free(x);
		return engine_fail(wt, e, "export a snapshot");
	}
	x->engine_serial = atomic_load(&v->g->serial);
	x->certified = txn->certifying;
	x->read_only = txn->opt.read_only;
	x->scope = txn->opt.scope;
	x->certify_serial = txn->serial;
	x->of_txn = txn->exports;
	txn->exports = x;
	pthread_mutex_lock(&o->mutex);
	x->next = o->exports;
	o->exports = x;
	pthread_mutex_unlock(&o->mutex);
	strcpy(ret_name, x->name);
	return ERR_OK;
}

void
exports_end(struct txn *txn)
{
	struct order *o = &txn->store->order;
	struct engine *g = NULL;
	struct err ignored = { 0 };
	char config[TXN_SNAPSHOT_NAME + 24];

	if (txn->exports == NULL)
		return;
	bool session = engine_acquire_reserved(txn->store, &g, &ignored) == ERR_OK;
	for (struct exported *x = txn->exports, *next; x != NULL; x = next) {
		next = x->of_txn;
		pthread_mutex_lock(&o->mutex);
		struct exported **at = &o->exports;
		while (*at != x)
			at = &(*at)->next;
		*at = x->next;
		pthread_mutex_unlock(&o->mutex);
		snprintf(config, sizeof config, "drop=(names=[%s])", x->name);
		if (session)            /* else it stays until the server ends: room, not harm */
			(void) WT(g->wt->snapshot(g->wt, config));
		free(x->shown.inflight);
		free(x);
	}
	if (session)
		engine_release(txn->store, &g);
	txn->exports = NULL;
}

/* The exported snapshot as this transaction's view; certifying starts where the exporter's did. */
static int
adopt(struct txn *txn, struct view *v, const char *name, struct err *e)
{
	struct order *o = &txn->store->order;
	const bool serializable = txn->opt.isolation == TXN_SERIALIZABLE;
	const char *why = NULL;

	pthread_mutex_lock(&o->mutex);
	struct exported *x = o->exports;
	while (x != NULL && strcmp(x->name, name) != 0)
		x = x->next;
	bool copied = x != NULL && copy_inflight(v, &x->shown);
	if (copied && x->scope != txn->opt.scope)
		why = "cannot import a snapshot from a different database";
	else if (copied && serializable && !x->certified)
		why = "a serializable transaction cannot import a snapshot from a non-serializable transaction";
	else if (copied && serializable && x->read_only && !txn->opt.read_only)
		why = "a non-read-only serializable transaction cannot import a snapshot from a read-only transaction";
	if (copied && why == NULL) {    /* the exporter still keeps what this serial keeps */
		atomic_store(&v->g->serial, x->engine_serial);
		v->g->seen = v->commit_seq;
		if (serializable && x->certify_serial < txn->serial)
			txn->serial = x->certify_serial;
	}
	pthread_mutex_unlock(&o->mutex);
	if (x == NULL)
		return invalid(name, e);
	if (!copied)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	return why == NULL ? ERR_OK : err_set(e, ERR_FEATURE_NOT_SUPPORTED, "%s", why);
}

static int
import(struct txn *txn, struct view *v, const char *name, struct err *e)
{
	char config[TXN_SNAPSHOT_NAME + 16];
	int rc = engine_acquire(txn->store, &v->g, e);

	if (rc != ERR_OK)
		return rc;
	rc = adopt(txn, v, name, e);
	snprintf(config, sizeof config, "snapshot=%s", name);
	if (rc == ERR_OK && WT(v->g->wt->begin_transaction(v->g->wt, config)) != 0)
		rc = invalid(name, e);  /* its exporter has just ended */
	if (rc != ERR_OK) {
		atomic_store(&v->g->serial, 0);
		engine_release(txn->store, &v->g);
	}
	return rc;
}

int
txn_snapshot_import(struct txn *txn, const char *name, struct err *e)
{
	const bool serializable = txn->opt.isolation == TXN_SERIALIZABLE;
	int rc = ERR_OK;

	if (txn->command != 0 || txn->view != NULL)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION,
		               "SET TRANSACTION SNAPSHOT must be called before any query");
	if (txn->opt.isolation == TXN_READ_COMMITTED)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
		               "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ");
	if (strlen(name) >= TXN_SNAPSHOT_NAME || strspn(name, "0123456789ABCDEF-") != strlen(name))
		return invalid(name, e);
	struct view *v = calloc(1, sizeof *v);
	if (v == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	v->refs = 1;
	v->generation = 1;
	v->inflight = v->fixed;
	if (serializable && !txn->opt.read_only)
		rc = txn_announce(txn, e);
	if (rc == ERR_OK && serializable)
		rc = certify_begin(txn, e);
	if (rc == ERR_OK)
		rc = import(txn, v, name, e);
	if (rc != ERR_OK) {
		if (serializable)
			certify_forget(txn);
		if (v->inflight != v->fixed)
			free(v->inflight);
		free(v);
		return rc;
	}
	txn->view = v;
	txn->snapshot_serial = v->order_serial;
	return ERR_OK;
}
