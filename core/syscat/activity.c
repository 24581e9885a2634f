/* activity.c - pg_stat_activity: what the sessions are doing and waiting for. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/base/activity.h"
#include "core/syscat/locks.h"

static void
put_time(struct rows *w, int col, int64_t t)
{
	if (t != 0)
		row_int(w, col, t);
}

struct activity_rows {
	struct rows rows;
	struct lock_waits waits;
};

/* Waiting for a lock, or for what its client says next. */
static void
put_wait(struct rows *w, const struct lock_waits *waits, const struct activity_info *a)
{
	const struct lock_wait *wait = lock_waits_find(waits, a->pid, true);

	if (wait != NULL) {
		row_text(w, pg_stat_activity_wait_event_type, wait->type);
		row_text(w, pg_stat_activity_wait_event, wait->event);
	} else if (a->state != ACTIVITY_ACTIVE && a->state != ACTIVITY_STARTING) {
		row_text(w, pg_stat_activity_wait_event_type, "Client");
		row_text(w, pg_stat_activity_wait_event, "ClientRead");
	}
}

static void
activity_row(void *arg, const struct activity_info *a)
{
	struct activity_rows *to = arg;
	struct rows *w = &to->rows;
	const struct lock_wait *self = lock_waits_find(&to->waits, a->pid, false);

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
	put_wait(w, &to->waits, a);
	if (self != NULL)
		row_int(w, pg_stat_activity_backend_xid, (int64_t) (uint32_t) self->txn);
	row_text(w, pg_stat_activity_query, a->query);
	row_text(w, pg_stat_activity_backend_type, "client backend");
	(void) row_push(w);
}

int
rows_pg_stat_activity(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct activity_rows w = { .rows = ROWS(env, to, e, pg_stat_activity) };

	(void) s;
	lock_waits_collect(env, &w.waits);
	activity_list(activity_row, &w);
	return w.rows.rc;
}
