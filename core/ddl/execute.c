/* execute.c - the frame of every schema change, and which function does which command.
 *
 * Not here: the commands. */
#include "config.h"
#include "core/ddl/private.h"

#include <stdio.h>

#include "core/func/session_api.h"

int
ddl_begin(struct ddl *d, struct ddl_env *env, struct err *e)
{
	int rc;

	*d = (struct ddl){ .env = env, .a = env->exec->stmt_arena };
	rc = env->draft(env->arg, &d->draft, e);
	if (rc != ERR_OK)
		return rc;
	ddl_refresh(d);
	return ERR_OK;
}

void
ddl_refresh(struct ddl *d)
{
	struct catalog *c = draft_catalog(d->draft);

	if (c == d->c)
		return;
	catalog_retain(c);
	list_push(&d->held, d->a, c);
	d->c = c;
	d->env->exec->catalog = c;
	d->env->exec->type.catalog = c;
}

int
ddl_seal(struct ddl *d, struct err *e)
{
	int rc = draft_seal(d->draft, e);

	if (rc == ERR_OK)
		ddl_refresh(d);
	return rc;
}

void
ddl_end(struct ddl *d, const struct catalog *before)
{
	draft_forget(d->draft);
	d->env->exec->catalog = before;
	d->env->exec->type.catalog = before;
	for (int i = 0; i < d->held.n; i++)
		catalog_release(LIST_AT(struct catalog, &d->held, i));
}

static void notice(struct ddl *d, enum log_level level, enum err_code code, const char *detail,
		   const char *fmt, va_list ap) PRINTF_LIKE(5, 0);

static void
notice(struct ddl *d, enum log_level level, enum err_code code, const char *detail, const char *fmt,
       va_list ap)
{
	const struct session_api *s = d->env->exec->session;
	struct err what = { 0 };

	if (s == NULL || s->notice == NULL)
		return;
	if (code != ERR_OK)
		(void) err_setv(&what, code, fmt, ap);
	else
		(void) vsnprintf(what.message, sizeof what.message, fmt, ap);
	if (detail != NULL)
		(void) err_detail(&what, "%s", detail);
	s->notice(s->self, level, &what);
}

void
ddl_notice(struct ddl *d, enum log_level level, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	notice(d, level, code, NULL, fmt, ap);
	va_end(ap);
}

void
ddl_notice_detail(struct ddl *d, enum err_code code, const char *detail, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	notice(d, LOG_NOTICE, code, detail, fmt, ap);
	va_end(ap);
}

static int
run(struct ddl *d, const struct command *cmd, struct err *e)
{
	const struct relation *made;

	switch (cmd->kind) {
	case CMD_CREATE_TABLE:
		return ddl_table(d, (const struct cmd_create_table *) cmd, &made, e);
	case CMD_CREATE_INDEX:
		return ddl_create_index(d, (const struct cmd_create_index *) cmd, e);
	case CMD_CREATE_SCHEMA:
		return ddl_create_schema(d, (const struct cmd_create_schema *) cmd, e);
	case CMD_CREATE_VIEW:
		return ddl_create_view(d, (const struct cmd_create_view *) cmd, e);
	case CMD_CREATE_SEQUENCE:
		return ddl_create_sequence(d, (const struct cmd_create_sequence *) cmd, e);
	case CMD_CREATE_RANGE:
		return ddl_create_range(d, (const struct cmd_create_range *) cmd, e);
	case CMD_CREATE_ENUM:
		return ddl_create_enum(d, (const struct cmd_create_enum *) cmd, e);
	case CMD_CREATE_DOMAIN:
		return ddl_create_domain(d, (const struct cmd_create_domain *) cmd, e);
	case CMD_CREATE_COMPOSITE:
		return ddl_table(d, (const struct cmd_create_table *) cmd, &made, e);
	case CMD_CREATE_ROLE:
	case CMD_ALTER_ROLE:
		return ddl_role(d, (const struct cmd_role *) cmd, e);
	case CMD_CREATE_DATABASE:
		return ddl_create_database(d, (const struct cmd_database *) cmd, e);
	case CMD_ALTER_DATABASE:
		return ddl_alter_database(d, (const struct cmd_database *) cmd, e);
	case CMD_CREATE_FUNCTION:
		return ddl_create_function(d, (const struct cmd_create_function *) cmd, e);
	case CMD_ALTER_FUNCTION:
		return ddl_alter_function(d, (const struct cmd_alter_function *) cmd, e);
	case CMD_ALTER_TABLE:
		return ddl_alter_table(d, (const struct cmd_alter_table *) cmd, e);
	case CMD_ALTER_SEQUENCE:
		return ddl_alter_sequence(d, (const struct cmd_alter_sequence *) cmd, e);
	case CMD_ALTER_ENUM:
		return ddl_alter_enum(d, (const struct cmd_alter_enum *) cmd, e);
	case CMD_ALTER_DOMAIN:
		return ddl_alter_domain(d, (const struct cmd_alter_domain *) cmd, e);
	case CMD_RENAME:
		return ddl_rename(d, (const struct cmd_rename *) cmd, e);
	case CMD_SET_SCHEMA:
		return ddl_set_schema(d, (const struct cmd_set_schema *) cmd, e);
	case CMD_OWNER:
		return ddl_owner(d, (const struct cmd_owner *) cmd, e);
	case CMD_DROP:
		return ddl_drop(d, (const struct cmd_drop *) cmd, e);
	case CMD_REFRESH_MATVIEW:
		return ddl_refresh_matview(d, (const struct cmd_refresh *) cmd, e);
	case CMD_TRUNCATE:
		return ddl_truncate(d, (const struct cmd_tables *) cmd, e);
	case CMD_COMMENT:
		return ddl_comment(d, (const struct cmd_comment *) cmd, e);
	case CMD_GRANT:
		return ddl_grant(d, (const struct cmd_grant *) cmd, e);
	case CMD_GRANT_ROLE:
		return ddl_grant_role(d, (const struct cmd_grant_role *) cmd, e);
	case CMD_DEFAULT_PRIVILEGES:
		return ddl_default_privileges(d, (const struct cmd_default_privileges *) cmd, e);
	case CMD_REASSIGN_OWNED:
		return ddl_reassign_owned(d, (const struct cmd_owned *) cmd, e);
	case CMD_DROP_OWNED:
		return ddl_drop_owned(d, (const struct cmd_owned *) cmd, e);
	case CMD_REINDEX:
		return ddl_reindex(d, (const struct cmd_tables *) cmd, e);
	default:
		return err_unsupported(e, cmd->tag != NULL ? cmd->tag : "this command", NULL);
	}
}

int
ddl_execute(struct ddl_env *env, const struct command *cmd, struct err *e)
{
	const struct catalog *before = env->exec->catalog;
	struct ddl d;
	int rc;

	rc = ddl_begin(&d, env, e);
	if (rc != ERR_OK)
		return rc;
	rc = run(&d, cmd, e);
	if (rc == ERR_OK)
		rc = ddl_seal(&d, e);
	ddl_end(&d, before);
	return rc;
}

int
ddl_create_table(struct ddl_env *env, const struct cmd_create_table *cmd, oid_t *ret_oid,
		 struct err *e)
{
	const struct catalog *before = env->exec->catalog;
	const struct relation *made = NULL;
	struct ddl d;
	int rc;

	rc = ddl_begin(&d, env, e);
	if (rc != ERR_OK)
		return rc;
	rc = ddl_table(&d, cmd, &made, e);
	if (rc == ERR_OK)
		rc = ddl_seal(&d, e);
	if (rc == ERR_OK)
		*ret_oid = made != NULL ? made->o.oid : 0;
	ddl_end(&d, before);
	return rc;
}
