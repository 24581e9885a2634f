/* locks.c - pg_locks, pg_blocking_pids(), and what sessions wait for.
 *
 * PostgreSQL keeps row locks in the rows and shows only the queue for them: the first in the
 * queue holds the tuple's lock and waits for the transaction that has the row, the others wait
 * for the tuple.  People's monitoring joins such rows, so ours are shown the same way. */
#include "config.h"
#include "core/syscat/row.h"

#include <stdio.h>
#include <string.h>

#include "core/base/activity.h"
#include "core/syscat/funcs.h"
#include "core/syscat/locks.h"
#include "core/type/array.h"
#include "storage/lock.h"
#include "storage/store.h"
#include "storage/txn.h"

enum { BLOCKERS_MAX = 256 };

/* -- pg_locks ---------------------------------------------------------------------------------- */
static void
start_lock(struct rows *w, const struct lock_info *l, const char *type, const char *mode, bool granted)
{
	char number[48];

	row_start(w);
	row_text(w, pg_locks_locktype, type);
	(void) snprintf(number, sizeof number, "%d/%llu", l->pid, (unsigned long long) l->txn);
	row_text(w, pg_locks_virtualtransaction, number);
	row_int(w, pg_locks_pid, l->pid);
	row_text(w, pg_locks_mode, mode);
	row_int(w, pg_locks_granted, granted);
	row_int(w, pg_locks_fastpath, false);
	if (!granted && l->wait_start_us != 0)
		row_int(w, pg_locks_waitstart, (int64_t) l->wait_start_us - INT64_C(946684800000000));
}

static void
transaction_lock(struct rows *w, const struct lock_info *l, uint64_t number, const char *mode, bool granted)
{
	start_lock(w, l, "transactionid", mode, granted);
	row_int(w, pg_locks_transactionid, (int64_t) (uint32_t) number);
	(void) row_push(w);
}

/* The lock in a table's family that conflicts as the row lock does. */
static const char *
tuple_mode(enum lock_mode m)
{
	static const enum lock_mode modes[] = {
		[LOCK_KEY_SHARE] = LOCK_ACCESS_SHARE,
		[LOCK_SHARE] = LOCK_ROW_SHARE,
		[LOCK_NO_KEY_UPDATE] = LOCK_EXCLUSIVE,
		[LOCK_UPDATE] = LOCK_ACCESS_EXCLUSIVE,
	};

	return lock_mode_name(modes[m]);
}

static void
row_waiter(struct rows *w, const struct lock_info *l)
{
	if (l->space == LOCK_ROW) {
		start_lock(w, l, "tuple", tuple_mode(l->mode), !l->behind);
		row_int(w, pg_locks_database, l->database);
		row_int(w, pg_locks_relation, l->object);
		(void) row_push(w);
	}
	if (l->holder != 0 && (l->space == LOCK_UNIQUE || !l->behind))
		transaction_lock(w, l, l->holder, "ShareLock", false);
}

static void
advisory_lock(struct rows *w, const struct lock_info *l)
{
	struct lock_advisory a;

	memcpy(&a, l->bytes, sizeof a);
	start_lock(w, l, "advisory", lock_mode_name(l->mode), l->granted);
	row_int(w, pg_locks_database, l->database);
	row_int(w, pg_locks_classid, (int64_t) ((uint64_t) a.key >> 32));
	row_int(w, pg_locks_objid, (int64_t) (uint32_t) a.key);
	row_int(w, pg_locks_objsubid, a.two_keys != 0 ? 2 : 1);
	(void) row_push(w);
}

static void
object_lock(struct rows *w, const struct lock_info *l)
{
	bool relation = l->space == LOCK_RELATION;

	start_lock(w, l, relation ? "relation" : "object", lock_mode_name(l->mode), l->granted);
	row_int(w, pg_locks_database, l->database);
	row_int(w, relation ? pg_locks_relation : pg_locks_objid, l->object);
	(void) row_push(w);
}

static void
lock_rows(void *arg, const struct lock_info *l)
{
	struct rows *w = arg;

	if (w->rc != ERR_OK)
		return;
	switch (l->space) {
	case LOCK_ROW:
	case LOCK_UNIQUE:
		if (!l->granted)
			row_waiter(w, l);
		break;
	case LOCK_TXN:
		if (l->granted)
			transaction_lock(w, l, l->txn, "ExclusiveLock", true);
		break;
	case LOCK_ADVISORY:
		advisory_lock(w, l);
		break;
	default:
		object_lock(w, l);
	}
}

/* Every transaction has a lock that CREATE INDEX CONCURRENTLY, there, waits for. */
static void
virtual_lock(void *arg, const struct activity_info *a)
{
	struct rows *w = arg;
	const struct lock_info l = { .pid = a->pid, .txn = a->txn };
	char number[48];

	if (w->rc != ERR_OK || a->txn == 0)
		return;
	start_lock(w, &l, "virtualxid", "ExclusiveLock", true);
	(void) snprintf(number, sizeof number, "%d/%llu", a->pid, (unsigned long long) a->txn);
	row_text(w, pg_locks_virtualxid, number);
	(void) row_push(w);
}

int
rows_pg_locks(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_locks);

	(void) s;
	if (env->txn != NULL)
		lock_list(store_locks(txn_store(env->txn)), lock_rows, &w);
	activity_list(virtual_lock, &w);
	return w.rc;
}

/* -- Who waits --------------------------------------------------------------------------------- */
static const char *
event_of(const struct lock_info *l)
{
	switch (l->space) {
	case LOCK_RELATION:
		return "relation";
	case LOCK_ROW:
		return l->behind ? "tuple" : "transactionid";
	case LOCK_UNIQUE:
		return "transactionid";
	case LOCK_ADVISORY:
		return "advisory";
	case LOCK_TXN:
		return "SafeSnapshot";
	default:
		return "object";
	}
}

static void
collect(void *arg, const struct lock_info *l)
{
	struct lock_waits *w = arg;

	if (l->granted && l->space != LOCK_TXN)
		return;
	struct lock_wait *one = ARENA_NEW(w->arena, struct lock_wait);
	one->pid = l->pid;
	if (l->granted) {
		one->txn = l->txn;
	} else {
		one->type = l->space == LOCK_TXN ? "IPC" : "Lock";
		one->event = event_of(l);
	}
	list_push(&w->waits, w->arena, one);
}

void
lock_waits_collect(struct exec_env *env, struct lock_waits *ret)
{
	*ret = (struct lock_waits){ .arena = env->stmt_arena };
	if (env->txn != NULL)
		lock_list(store_locks(txn_store(env->txn)), collect, ret);
}

const struct lock_wait *
lock_waits_find(const struct lock_waits *w, int pid, bool waiting)
{
	for (int i = 0; i < w->waits.n; i++) {
		const struct lock_wait *one = LIST_AT(const struct lock_wait, &w->waits, i);
		if (one->pid == pid && (one->event != NULL) == waiting)
			return one;
	}
	return NULL;
}

/* -- Functions --------------------------------------------------------------------------------- */
static int
blocking(struct fcall *c, int pid, unsigned spaces, union datum *ret)
{
	int pids[BLOCKERS_MAX];
	union datum v[BLOCKERS_MAX];
	int n = c->env->txn == NULL ? 0 : lock_blockers(store_locks(txn_store(c->env->txn)), pid, spaces, pids, BLOCKERS_MAX);

	n = n < BLOCKERS_MAX ? n : BLOCKERS_MAX;
	for (int i = 0; i < n; i++)
		v[i] = datum_int(pids[i]);
	*ret = datum_bytes(array_make(c->env->type.arena, type_builtin(OID_INT4), n, v, NULL));
	return ERR_OK;
}

int
sys_blocking_pids(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) ret_null, (void) e;
	return blocking(c, (int) args[0].i, ~(1u << LOCK_TXN), ret);
}

int
sys_safe_snapshot_blocking_pids(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) ret_null, (void) e;
	return blocking(c, (int) args[0].i, 1u << LOCK_TXN, ret);
}
