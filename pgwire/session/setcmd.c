/* setcmd.c - SET, SHOW, RESET, DISCARD, ALTER SYSTEM; SET ROLE and SET SESSION AUTHORIZATION. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pgwire/session/portal.h"

static struct setting_change
change(const struct session *s, bool local)
{
	return (struct setting_change) { .as = s->superuser ? CTX_SUPERUSER : CTX_USER, .source = SOURCE_SESSION,
	                                 .local = local, .transactional = true };
}

/* -- Roles ------------------------------------------------------------------------------------------ */
/* The roles follow their settings, whatever way these changed (SET, RESET, rollback). */
void
session_follow_roles(struct session *s)
{
	struct catalog *c = session_catalog(s);
	const char *role = settings_text(&s->settings, SET_role);
	const struct role *user = catalog_role(c, settings_text(&s->settings, SET_session_authorization));
	const struct role *r = strcmp(role, "none") == 0 ? NULL : catalog_role(c, role);

	if (user != NULL)
		s->user_oid = user->o.oid;
	s->role_oid = s->acting != 0 ? s->acting : r != NULL ? r->o.oid : s->user_oid;
	session_set_role(s, c);
	catalog_release(c);
}

void
session_act_as(struct session *s, oid_t role)
{
	s->acting = role;
	session_follow_roles(s);
}

static int
set_role(struct session *s, const char *name, bool local, struct err *e)
{
	struct setting_change how = change(s, local);
	struct catalog *c = session_catalog(s);
	int rc = ERR_OK;

	how.as = CTX_INTERNAL;
	if (strcmp(name, "none") != 0) {
		const struct role *r = catalog_role(c, name);
		if (r == NULL)
			rc = err_set(e, ERR_INVALID_PARAMETER_VALUE, "role \"%s\" does not exist", name);
		else if (!s->user_superuser && !access_is_member(c, s->user_oid, r->o.oid))
			rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set role \"%s\"", name);
	}
	catalog_release(c);
	if (rc == ERR_OK)
		rc = settings_set(&s->settings, "role", name, &how, e);
	if (rc == ERR_OK)
		session_follow_roles(s);
	return rc;
}

static int
set_authorization(struct session *s, const char *name, bool local, struct err *e)
{
	struct setting_change how = change(s, local);
	struct catalog *c = session_catalog(s);
	const char *to = name != NULL ? name : s->user;
	const struct role *r = catalog_role(c, to);
	int rc = ERR_OK;

	how.as = CTX_INTERNAL;
	if (r == NULL)
		rc = err_set(e, ERR_INVALID_PARAMETER_VALUE, "role \"%s\" does not exist", to);
	else if (!s->user_superuser && strcmp(to, s->user) != 0)
		rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set session authorization");
	catalog_release(c);
	if (rc == ERR_OK)
		rc = settings_set(&s->settings, "session_authorization", to, &how, e);
	if (rc == ERR_OK)
		rc = settings_set(&s->settings, "role", "none", &how, e);
	if (rc == ERR_OK)
		session_follow_roles(s);
	return rc;
}

/* -- SET and RESET ------------------------------------------------------------------------------------ */
int
session_set(struct session *s, const char *name, const char *value, bool local, struct err *e)
{
	struct setting_change how = change(s, local);
	int id = setting_find(name);

	if (id >= 0 && (setting_at((enum setting_id) id)->flags & SF_TXN) != 0)
		return value == NULL ? ERR_OK : tx_set_mode(s, (enum setting_id) id, value, e);
	if (id == SET_role)
		return set_role(s, value != NULL ? value : settings_reset_text(&s->settings, id), local, e);
	if (id == SET_session_authorization)
		return set_authorization(s, value, local, e);
	int rc = settings_set(&s->settings, name, value, &how, e);
	if (rc == ERR_OK && id == SET_application_name && s->activity != NULL) {
		struct activity_info *a = activity_edit(s->activity);
		snprintf(a->application, sizeof a->application, "%s", settings_text(&s->settings, SET_application_name));
		activity_done(s->activity);
	}
	if (rc == ERR_OK)
		session_refresh(s);
	return rc;
}

static int
set(struct utility *u, const struct cmd_set *c, struct err *e)
{
	if (c->local && u->single && u->s->tx != TX_BLOCK)
		(void) tx_warn_block(u->s, "SET LOCAL");
	return session_set(u->s, c->name, c->value, c->local, e);
}

static int
reset(struct session *s, const char *name, struct err *e)
{
	if (name != NULL)
		return session_set(s, name, NULL, false, e);
	settings_reset_all(&s->settings, true);
	session_refresh(s);
	return ERR_OK;
}

/* -- SHOW ------------------------------------------------------------------------------------------------ */
static bool
may_see(const struct session *s, int id)
{
	return id >= SETTING_COUNT || s->superuser ||
	       (setting_at((enum setting_id) id)->flags & SF_SECRET) == 0;
}

static int
compare_ids(const void *a, const void *b)
{
	return strcasecmp(setting_at(*(const enum setting_id *) a)->name, setting_at(*(const enum setting_id *) b)->name);
}

static int
show_all(struct utility *u, struct err *e)
{
	enum setting_id ids[SETTING_COUNT];
	int n = 0;

	for (int i = 0; i < SETTING_COUNT; i++)
		if ((setting_at((enum setting_id) i)->flags & SF_HIDDEN) == 0 && may_see(u->s, i))
			ids[n++] = (enum setting_id) i;
	qsort(ids, (size_t) n, sizeof ids[0], compare_ids);
	for (int i = 0; i < n; i++) {
		struct strbuf value;
		strbuf_init(&value, u->arena);
		settings_show(&u->s->settings, (int) ids[i], &value);
		const char *const row[3] = { setting_at(ids[i])->name, value.data, setting_at(ids[i])->text };
		int rc = dest_text_row(u->to, u->arena, 3, row, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
show(struct utility *u, const struct cmd_name *c, struct err *e)
{
	struct session *s = u->s;
	struct strbuf value;
	int rc = ERR_OK, id = 0;

	if (c->name != NULL) {
		id = settings_id(&s->settings, c->name, e);
		if (id < 0)
			return e->code;
		if (!may_see(s, id))
			return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			               "must be superuser or have privileges of pg_read_all_settings to examine \"%s\"",
			               settings_name(&s->settings, id));
	}
	if (u->to->start != NULL)
		rc = u->to->start(u->to, &u->a->shape, e);
	if (rc != ERR_OK)
		return rc;
	if (c->name == NULL)
		return show_all(u, e);
	strbuf_init(&value, u->arena);
	settings_show(&s->settings, id, &value);
	const char *const row[1] = { value.data };
	return dest_text_row(u->to, u->arena, 1, row, e);
}

/* -- DISCARD --------------------------------------------------------------------------------------------- */
static int
discard(struct utility *u, const struct cmd_name *c, struct err *e)
{
	struct session *s = u->s;
	const char *what = c->name == NULL ? "all" : c->name;
	int rc = ERR_OK;

	if (strcasecmp(what, "plans") == 0) {
		for (struct prepared *p = s->prepared; p != NULL; p = p->next)
			if (p->a != NULL)
				p->a->catalog_version = 0;
		return ERR_OK;
	}
	if (strcasecmp(what, "sequences") == 0) {
		sequence_discard(s->sequences);
		return ERR_OK;
	}
	if (strcasecmp(what, "temp") == 0 || strcasecmp(what, "temporary") == 0)
		return session_drop_temp(s, e);
	if (u->single)
		rc = tx_prevent_block(s, "DISCARD ALL", e);
	if (rc != ERR_OK)
		return rc;
	portals_drop_all(s);
	rc = set_authorization(s, NULL, false, e);
	if (rc == ERR_OK)
		rc = reset(s, NULL, e);
	if (rc == ERR_OK)
		rc = session_drop_temp(s, e);
	if (rc != ERR_OK)
		return rc;
	for (struct prepared **at = &s->prepared; *at != NULL; ) {
		struct prepared *p = *at;
		if (p->a == u->a) {     /* this very statement */
			at = &p->next;
			continue;
		}
		*at = p->next;
		prepared_unref(&p);
	}
	notify_unlisten_all(s);
	lock_release_all(s->session_locks);
	sequence_discard(s->sequences);
	return ERR_OK;
}

/* -- ALTER SYSTEM -------------------------------------------------------------------------------------------- */
static int
alter_system(struct utility *u, const struct cmd_set *c, struct err *e)
{
	struct session *s = u->s;

	if (!s->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set parameter \"%s\"",
		               c->name != NULL ? c->name : "all");
	int rc = u->single ? tx_prevent_block(s, "ALTER SYSTEM", e) : ERR_OK;
	if (rc == ERR_OK && c->name != NULL && setting_find(c->name) < 0)
		rc = err_set(e, ERR_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"", c->name);
	if (rc == ERR_OK && c->name != NULL)
		rc = settings_validate(c->name, c->value, CTX_POSTMASTER, e);
	if (rc == ERR_OK)
		rc = settings_file_alter(s->server->data_dir, c->name, c->value, e);
	return rc;
}

int
settings_command(struct utility *u, const struct command *c, struct err *e)
{
	switch (c->kind) {
	case CMD_SET:
		return set(u, (const struct cmd_set *) c, e);
	case CMD_SHOW:
		return show(u, (const struct cmd_name *) c, e);
	case CMD_RESET:
		return reset(u->s, ((const struct cmd_name *) c)->name, e);
	case CMD_DISCARD:
		return discard(u, (const struct cmd_name *) c, e);
	default:
		return alter_system(u, (const struct cmd_set *) c, e);
	}
}
