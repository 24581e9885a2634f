/* settings.c - pg_settings. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/base/settings.h"
#include "core/func/session_api.h"

static const char *const type_names[] = { "bool", "integer", "real", "string", "enum" };

static const char *
number(struct rows *w, const struct setting *s, double v)
{
	return s->type == SETTING_REAL ? arena_printf(w->arena, "%g", v) : arena_printf(w->arena, "%.0f", v);
}

static void
put_limits(struct rows *w, const struct setting *s)
{
	if (s->type != SETTING_INT && s->type != SETTING_REAL)
		return;
	row_text(w, pg_settings_min_val, number(w, s, s->min));
	row_text(w, pg_settings_max_val, number(w, s, s->max));
}

static void
put_values(struct rows *w, const struct setting *s)
{
	struct strbuf b;

	if (s->type != SETTING_ENUM || s->values == NULL)
		return;
	strbuf_init(&b, w->arena);
	setting_enum_values(s, &b);
	row_input(w, pg_settings_enumvals, type_builtin(OID_TEXT_ARRAY), b.data);
}

/* A number is given in the setting's unit, whatever SHOW would make of it. */
static const char *
plain_value(struct rows *w, const struct setting *s, const char *value)
{
	struct setting_number n;
	struct err ignore = { 0 };

	if ((s->type != SETTING_INT && s->type != SETTING_REAL) || value == NULL ||
	    setting_parse(s, value, &n, &ignore) != ERR_OK) {
		err_init(&ignore);
		return value;
	}
	return s->type == SETTING_INT ? arena_printf(w->arena, "%lld", (long long) n.i)
				      : arena_printf(w->arena, "%g", n.f);
}

int
rows_pg_settings(const struct sysrel *sys, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_settings);
	const struct session_api *api = env->session;

	(void) sys;
	for (int i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = setting_at(i);
		const char *value = s->def;
		struct err ignore = { 0 };
		if ((s->flags & SF_HIDDEN) != 0)
			continue;
		if (api != NULL && api->setting_get(api->self, s->name, true, &value, &ignore) != ERR_OK)
			value = s->def;
		value = plain_value(&w, s, value);
		row_start(&w);
		row_text(&w, pg_settings_name, s->name);
		row_text(&w, pg_settings_setting, value);
		row_text(&w, pg_settings_unit, s->unit != NULL && s->unit[0] != '\0' ? s->unit : NULL);
		row_text(&w, pg_settings_category, s->category);
		row_text(&w, pg_settings_short_desc, s->text);
		row_text(&w, pg_settings_context, setting_context_name(s->context));
		row_text(&w, pg_settings_vartype, type_names[s->type]);
		row_text(&w, pg_settings_source, "default");
		put_limits(&w, s);
		put_values(&w, s);
		row_text(&w, pg_settings_boot_val, plain_value(&w, s, s->def));
		row_text(&w, pg_settings_reset_val, value);
		row_int(&w, pg_settings_pending_restart, false);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

/* The views over time zones are the functions of the same names. */
static int
rows_of_function(oid_t oid, struct exec_env *env, struct row_sink *to, struct err *e)
{
	const struct func *f = func_by_oid(oid);
	struct fcall c = { .func = f, .env = env };

	return f->srf(&c, NULL, NULL, to, e);
}

int
rows_pg_timezone_names(const struct sysrel *sys, struct exec_env *env, struct row_sink *to, struct err *e)
{
	(void) sys;
	return rows_of_function(2856, env, to, e);
}

int
rows_pg_timezone_abbrevs(const struct sysrel *sys, struct exec_env *env, struct row_sink *to, struct err *e)
{
	(void) sys;
	return rows_of_function(2599, env, to, e);
}
