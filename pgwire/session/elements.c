/* elements.c - CREATE SCHEMA with what goes into it: one statement after the other.
 *
 * They run as statements of the schema's owner, with the schema first on the path; an error of one
 * is the whole command's. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>

#include "pgwire/session/portal.h"

static int
run_element(struct session *s, const struct raw_stmt *raw, const char *text, struct err *e)
{
	struct dest nowhere = { 0 };
	struct analysis *a;
	struct portal *p;
	char name[40];
	bool done;

	int rc = analysis_new(s, raw, text, false, 0, NULL, &a, e);
	if (rc != ERR_OK)
		return rc;
	snprintf(name, sizeof name, "<schema element %d>", s->calls);
	rc = portal_new(s, name, &p, e);
	if (rc != ERR_OK) {
		analysis_unref(&a);
		return rc;
	}
	p->text = text;
	portal_set_analysis(p, a);
	rc = portal_run(p, 0, &nowhere, false, &done, e);
	portal_drop(s, p);
	return rc;
}

int
schema_elements_command(struct utility *u, const struct cmd_create_schema *c, struct err *e)
{
	struct session *s = u->s;
	const oid_t acting = s->acting;
	struct list raws = { 0 };
	struct strbuf path;

	int rc = sql_schema_elements(u->arena, u->a->raw, c->name, &raws, e);
	if (rc != ERR_OK)
		return rc;
	const size_t mark = settings_mark(&s->settings);
	strbuf_init(&path, u->arena);
	quote_ident(&path, c->name);
	strbuf_printf(&path, ", %s", settings_text(&s->settings, SET_search_path));
	if (c->owner != 0 && c->owner != s->role_oid)
		session_act_as(s, c->owner);
	rc = s->api.setting_set(s, "search_path", path.data, true, e);
	for (int i = 0; i < raws.n && rc == ERR_OK; i++)
		rc = run_element(s, LIST_AT(const struct raw_stmt, &raws, i), u->text, e);
	settings_rollback_to(&s->settings, mark);
	if (s->acting != acting)
		session_act_as(s, acting);
	return rc;
}
