/* env.c - what statements of a session run in: catalog, settings, clock, role.
 *
 * Not here: names (path.c, names.c), what functions ask of the session (api.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "core/type/datetime.h"

struct catalog *
session_catalog(struct session *s)
{
	if (s->draft != NULL && !draft_empty(s->draft)) {
		struct catalog *c = draft_catalog(s->draft);
		catalog_retain(c);
		return c;
	}
	return catalog_current(s->catalog);
}

/* Settings that types look at, read from texts only when something has changed. */
void
session_refresh(struct session *s)
{
	int style = DATESTYLE_ISO, order = DATEORDER_MDY;

	if (s->fmt.tz != NULL && s->fmt_version == s->settings.version)
		return;
	(void) datestyle_parse(settings_text(&s->settings, SET_DateStyle), &style, &order);
	const char *zone = settings_text(&s->settings, SET_TimeZone);
	const struct timezone *tz = timezone_parse(zone, strlen(zone));
	s->fmt.date_style = style;
	s->fmt.date_order = order;
	s->fmt.interval_style = (int) settings_int(&s->settings, SET_IntervalStyle);
	s->fmt.extra_float_digits = (int) settings_int(&s->settings, SET_extra_float_digits);
	s->fmt.bytea_output = (int) settings_int(&s->settings, SET_bytea_output);
	s->fmt.tz = tz != NULL ? tz : tz_utc;
	session_set_charset(s);
	if (s->phase == PHASE_READY)
		session_follow_roles(s);        /* SET ROLE, or its end with a transaction */
	s->fmt_version = s->settings.version;
}

/* Types find others in the catalog that the thread has entered; statements nest. */
void
session_enter(struct session *s, const struct catalog *c)
{
	if (s->entered < (int) ARRAY_LEN(s->catalogs))
		s->catalogs[s->entered] = c;
	s->entered++;
	catalog_enter(c);
}

void
session_leave(struct session *s)
{
	s->entered--;
	catalog_enter(s->entered == 0 ? NULL : s->catalogs[s->entered <= (int) ARRAY_LEN(s->catalogs)
	                                                   ? s->entered - 1 : (int) ARRAY_LEN(s->catalogs) - 1]);
}

void
session_env(struct session *s, const struct catalog *c, struct arena *stmt, struct exec_env *ret)
{
	session_refresh(s);
	s->fmt.now = s->tx_now;
	*ret = (struct exec_env) {
		.type = { .arena = stmt, .fmt = &s->fmt, .catalog = c, .names = &s->names },
		.stmt_arena = stmt,
		.now = s->tx_now,
		.stmt_now = s->stmt_now,
		.catalog = c,
		.txn = s->txn,
		.session = &s->api,
		.cancel = &s->cancel,
		.unit = settings_bool(&s->settings, SET_transaction_read_only) ? NULL : s->unit,
		.planner = &s->planner_hooks,
		.work_mem = (size_t) settings_int(&s->settings, SET_work_mem) * 1024,
	};
}

void
session_set_role(struct session *s, const struct catalog *c)
{
	const struct role *r = catalog_role_by_oid(c, s->role_oid);
	bool super = r != NULL && r->superuser;

	if (super != s->superuser)
		settings_force(&s->settings, SET_is_superuser, super ? "on" : "off");
	s->superuser = super;
}
