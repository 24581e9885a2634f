/* statements.c - pg_cursors, pg_prepared_statements: what the session itself has made. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/func/session_api.h"

int
rows_pg_cursors(const struct sysrel *sys, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_cursors);
	const struct session_api *api = env->session;
	struct session_cursor c;

	(void) sys;
	for (int i = 0; api != NULL && api->cursor_at != NULL && api->cursor_at(api->self, i, &c); i++) {
		row_start(&w);
		row_text(&w, pg_cursors_name, c.name);
		row_text(&w, pg_cursors_statement, c.text);
		row_int(&w, pg_cursors_is_holdable, c.hold);
		row_int(&w, pg_cursors_is_binary, c.binary);
		row_int(&w, pg_cursors_is_scrollable, c.scroll);
		row_int(&w, pg_cursors_creation_time, c.created);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_prepared_statements(const struct sysrel *sys, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_prepared_statements);
	const struct session_api *api = env->session;
	struct session_prepared p;

	(void) sys;
	for (int i = 0; api != NULL && api->prepared_at != NULL && api->prepared_at(api->self, i, &p); i++) {
		struct strbuf types;

		strbuf_init(&types, w.arena);
		strbuf_putc(&types, '{');
		for (int k = 0; k < p.ntypes; k++)
			strbuf_printf(&types, "%s%u", k > 0 ? "," : "", p.types[k]);
		strbuf_putc(&types, '}');
		row_start(&w);
		row_text(&w, pg_prepared_statements_name, p.name);
		row_text(&w, pg_prepared_statements_statement, p.text);
		row_int(&w, pg_prepared_statements_prepare_time, p.created);
		row_input(&w, pg_prepared_statements_parameter_types, type_builtin(OID_REGTYPE_ARRAY), types.data);
		row_int(&w, pg_prepared_statements_from_sql, p.from_sql);
		row_int(&w, pg_prepared_statements_generic_plans, p.generic);
		row_int(&w, pg_prepared_statements_custom_plans, p.custom);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}
