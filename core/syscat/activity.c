/* activity.c - pg_stat_activity and pg_locks: what the sessions are doing and waiting for. */
#include "config.h"
#include "core/syscat/row.h"

#include <stdio.h>

#include "core/base/activity.h"
#include "storage/lock.h"
#include "storage/store.h"
#include "storage/txn.h"

static void
put_time(struct rows *w, int col, int64_t t)
{
	if (t != 0)
		row_int(w, col, t);
}

static void
activity_row(void *arg, const struct activity_info *a)
{
	struct rows *w = arg;

	if (w->rc != ERR_OK)
		return;
	row_start(w);
	row_int(w, pg_stat_activity_datid, a->database_oid);
	row_text(w, pg_stat_activity_datname, a->database);
	row_int(w, pg_stat_activity_pid, a->pid);
	row_int(w, pg_stat_activity_usesysid, a->user_oid);
	row_text(w, pg_stat_activity_usename, a->user);
	row_text(w, pg_stat_activity_application_name, a->application);
	row_int(w, pg_stat_activity_client_port, a->client_port);
	if (a->client[0] != '\0')
		row_input(w, pg_stat_activity_client_addr, type_builtin(OID_INET), a->client);
	put_time(w, pg_stat_activity_backend_start, a->backend_start);
	put_time(w, pg_stat_activity_xact_start, a->xact_start);
	put_time(w, pg_stat_activity_query_start, a->query_start);
	put_time(w, pg_stat_activity_state_change, a->state_change);
	row_text(w, pg_stat_activity_state, activity_state_name(a->state));
	if (a->xid != 0)
		row_int(w, pg_stat_activity_backend_xid, (int64_t) (uint32_t) a->xid);
	row_text(w, pg_stat_activity_query, a->query);
	row_text(w, pg_stat_activity_backend_type, "client backend");
	(void) row_push(w);
}

int
rows_pg_stat_activity(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_stat_activity);

	(void) s;
	activity_list(activity_row, &w);
	return w.rc;
}

static const char *
lock_type(enum lock_space space)
{
	switch (space) {
	case LOCK_RELATION:
		return "relation";
	case LOCK_ROW:
		return "tuple";
	case LOCK_UNIQUE:
		return "spectoken";
	case LOCK_ADVISORY:
		return "advisory";
	case LOCK_TXN:
		return "transactionid";
	default:
		return "object";
	}
}

static void
lock_row(void *arg, const struct lock_info *l)
{
	struct rows *w = arg;

	if (w->rc != ERR_OK)
		return;
	row_start(w);
	row_text(w, pg_locks_locktype, lock_type(l->space));
	row_int(w, pg_locks_database, OID_DEFAULT_DATABASE);
	if (l->space == LOCK_RELATION || l->space == LOCK_ROW)
		row_int(w, pg_locks_relation, l->object);
	if (l->space == LOCK_ADVISORY && l->len >= 8) {
		uint32_t part[2];
		memcpy(part, l->bytes, 8);
		row_int(w, pg_locks_classid, __builtin_bswap32(part[0]));
		row_int(w, pg_locks_objid, __builtin_bswap32(part[1]));
		row_int(w, pg_locks_objsubid, l->len > 8 ? 2 : 1);
	}
	row_int(w, pg_locks_pid, l->pid);
	row_text(w, pg_locks_mode, lock_mode_name(l->mode));
	row_int(w, pg_locks_granted, l->granted);
	row_int(w, pg_locks_fastpath, false);
	if (l->wait_start_us != 0)
		row_int(w, pg_locks_waitstart, (int64_t) l->wait_start_us - INT64_C(946684800000000));
	(void) row_push(w);
}

int
rows_pg_locks(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_locks);

	(void) s;
	if (env->txn != NULL)
		lock_list(store_locks(txn_store(env->txn)), lock_row, &w);
	return w.rc;
}
