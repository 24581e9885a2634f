/* prepare.c - PREPARE, EXECUTE, DEALLOCATE: prepared statements in SQL's words. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/type/text.h"
#include "pgwire/session/portal.h"

/* Where the statement behind PREPARE name [(types)] AS begins. */
static const char *
body_of(const char *text)
{
	const char *p = text;
	int depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '"') {
			for (p++; *p != '\0' && *p != '"'; p++)
				;
			if (*p == '\0')
				break;
		} else if (p[0] == '-' && p[1] == '-') {
			p += strcspn(p, "\n");
			if (*p == '\0')
				break;
		} else if (p[0] == '/' && p[1] == '*') {
			const char *end = strstr(p + 2, "*/");
			if (end == NULL)
				break;
			p = end + 1;
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')') {
			depth--;
		} else if (depth == 0 && p > text && strncasecmp(p, "as", 2) == 0 &&
		           strchr(" \t\r\n)\"/", p[-1]) != NULL && (strchr(" \t\r\n(\"/-", p[2]) != NULL)) {
			return p + 2;
		}
	}
	return text;
}

static int
prepare(struct utility *u, const struct cmd_prepare *c, struct err *e)
{
	struct session *s = u->s;
	struct prepared *p;
	struct analysis *a;

	if (*c->name == '\0')
		return err_set(e, ERR_INVALID_PSTATEMENT_DEFINITION, "invalid statement name: must not be empty");
	if (prepared_find(s, c->name) != NULL)
		return err_set(e, ERR_DUPLICATE_PSTATEMENT, "prepared statement \"%s\" already exists", c->name);
	oid_t *types = ARENA_ARRAY(u->arena, oid_t, c->types.n + 1);
	for (int i = 0; i < c->types.n; i++)
		types[i] = LIST_AT(const struct type, &c->types, i)->oid;
	char *whole = arena_strndup(u->arena, raw_stmt_info(u->a->raw)->text, (size_t) raw_stmt_info(u->a->raw)->len);
	const char *body = body_of(whole);
	int rc = prepared_new(s, c->name, body, c->types.n, types, &p, e);
	if (rc != ERR_OK)
		return rc;
	p->from_sql = true;
	p->shown_text = arena_strdup(&p->arena, whole);
	rc = prepared_analysis(s, p, &a, e);
	if (rc == ERR_OK)
		rc = prepared_keep(s, p, e);
	if (rc != ERR_OK && e->position > 0)    /* counts in the text that was sent */
		e->position += (int) utf8_length(whole, (size_t) (body - whole));
	if (rc != ERR_OK)
		prepared_unref(&p);
	return rc;
}

/* The arguments of EXECUTE, made to have the parameters' types by the binder. */
static int
eval_args(struct utility *u, struct portal *p, const struct cmd_execute *c, struct err *e)
{
	int n = c->args.n;
	union datum *values = ARENA_ARRAY(&p->arena, union datum, n + 1);
	bool *nulls = ARENA_ARRAY(&p->arena, bool, n + 1);
	struct session *s = u->s;
	struct exec_env env;

	if (n != p->a->nparams) {
		err_set(e, ERR_SYNTAX_ERROR, "wrong number of parameters for prepared statement \"%s\"", c->name);
		return err_detail(e, "Expected %d parameters but got %d.", p->a->nparams, n);
	}
	session_env(s, u->a->catalog, &p->arena, &env);
	int rc = tx_statement_begin(s, &env, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = execute_argument(s, u->a->catalog, &env, u->params, LIST_AT(struct expr, &c->args, i),
		                      p->a->param_types[i], i + 1, &values[i], &nulls[i], e);
	rc = tx_statement_end(s, &env, rc, e);
	p->params = (struct exec_params) { .n = n, .values = values, .nulls = nulls, .types = p->a->param_types };
	return rc;
}

int
execute_portal(struct utility *u, const struct cmd_execute *c, struct portal **ret, struct err *e)
{
	struct session *s = u->s;
	struct prepared *st;
	struct analysis *a;
	struct portal *p;

	*ret = NULL;
	int rc = prepared_get(s, c->name, &st, e);
	if (rc != ERR_OK || st->raw == NULL)
		return rc;
	rc = prepared_analysis(s, st, &a, e);
	if (rc == ERR_OK)
		rc = portal_new(s, "<execute>", &p, e);
	if (rc != ERR_OK)
		return rc;
	p->prepared = st;
	st->refs++;
	p->text = st->text;
	portal_set_analysis(p, analysis_ref(a));
	rc = eval_args(u, p, c, e);
	if (rc != ERR_OK)
		portal_drop(s, p);
	else
		*ret = p;
	return rc;
}

static int
execute(struct utility *u, const struct cmd_execute *c, struct err *e)
{
	struct portal *p;
	bool done;

	int rc = execute_portal(u, c, &p, e);
	if (rc != ERR_OK || p == NULL)
		return rc;
	rc = portal_run(p, 0, u->to, u->single, &done, e);
	if (rc == ERR_OK)
		snprintf(u->tag, sizeof u->tag, "%s", p->tag);
	portal_drop(u->s, p);
	return rc;
}

static int
deallocate(struct utility *u, const struct cmd_name *c, struct err *e)
{
	struct session *s = u->s;
	struct prepared *p;

	if (c->name == NULL) {
		for (struct prepared **at = &s->prepared; *at != NULL; ) {
			p = *at;
			if (*p->name == '\0') {
				at = &p->next;
				continue;
			}
			*at = p->next;
			prepared_unref(&p);
		}
		snprintf(u->tag, sizeof u->tag, "DEALLOCATE ALL");
		return ERR_OK;
	}
	int rc = prepared_get(s, c->name, &p, e);
	if (rc == ERR_OK)
		prepared_drop(s, c->name);
	return rc;
}

int
prepare_command(struct utility *u, const struct command *c, struct err *e)
{
	switch (c->kind) {
	case CMD_PREPARE:
		return prepare(u, (const struct cmd_prepare *) c, e);
	case CMD_EXECUTE:
		return execute(u, (const struct cmd_execute *) c, e);
	default:
		return deallocate(u, (const struct cmd_name *) c, e);
	}
}
