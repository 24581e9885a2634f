/* sqlfunc.c - running the body of a function in SQL; CALL.
 *
 * Each statement is analysed and run like one that a client sends, with the arguments as its
 * parameters; the rows of the last are the function's.  It runs within the statement that calls:
 * an error ends that one too.
 *
 * Not here: bodies that became part of the calling query (translate/inline.c), SQL given as text
 * to functions (runsql.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>

#include "core/func/user.h"
#include "pgwire/session/portal.h"

enum { NESTING_MAX = 64 };

struct body_call {
	struct session *s;
	const struct fcall *c;
	const struct function *def;
	struct exec_params params;
	oid_t *types;
	const struct sql_sink *sink;
};

/* -- Rows ------------------------------------------------------------------------------------------------- */
struct body_dest { struct dest d; const struct sql_sink *sink; };

static int
body_start(struct dest *d, const struct row_shape *shape, struct err *e)
{
	const struct sql_sink *sink = ((struct body_dest *) d)->sink;
	ARENA_AUTO struct arena a = { 0 };
	const char **names = ARENA_ARRAY(&a, const char *, shape->ncols + 1);
	const struct type **types = ARENA_ARRAY(&a, const struct type *, shape->ncols + 1);

	for (int i = 0; i < shape->ncols; i++) {
		names[i] = shape->cols[i].name;
		types[i] = shape->cols[i].type;
	}
	return sink != NULL ? sink->columns(sink->arg, shape->ncols, names, types, e) : ERR_OK;
}

static int
body_rows(struct dest *d, const struct batch *b, int from, int n, struct err *e)
{
	const struct sql_sink *sink = ((struct body_dest *) d)->sink;
	ARENA_AUTO struct arena a = { 0 };
	union datum *values = ARENA_ARRAY(&a, union datum, b->ncols + 1);
	bool *nulls = ARENA_ARRAY(&a, bool, b->ncols + 1);
	int rc = ERR_OK;

	for (int i = from; i < from + n && rc == ERR_OK && sink != NULL; i++) {
		int row = batch_row(b, i);
		for (int c = 0; c < b->ncols; c++) {
			nulls[c] = vec_null(&b->cols[c], row);
			values[c] = nulls[c] ? datum_int(0) : vec_at(&b->cols[c], row);
		}
		rc = sink->row(sink->arg, b->ncols, values, nulls, e);
	}
	return rc;
}

/* -- Statements ------------------------------------------------------------------------------------------- */
static int
run_statement(struct body_call *k, const struct raw_stmt *raw, bool last, struct err *e)
{
	struct session *s = k->s;
	const struct bind_function fn = { .def = k->def, .ret = k->c->ret_type, .last = last };
	struct body_dest to = { .d = { .start = body_start, .rows = body_rows }, .sink = last ? k->sink : NULL };
	const char *text = raw_stmt_info(raw)->text;
	struct analysis *a;
	struct portal *p;
	char name[32];
	bool done;

	if (raw_stmt_info(raw)->is_transaction)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in an SQL function",
		               raw_stmt_info(raw)->tag);
	int rc = analysis_of_body(s, raw, &fn, k->params.n, k->types, &a, e);
	if (rc != ERR_OK)
		return rc;
	if (k->def->volatility != 'v' && !a->stmt->read_only) {
		analysis_unref(&a);
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in a non-volatile function",
		               raw_stmt_info(raw)->tag);
	}
	snprintf(name, sizeof name, "<function %d>", s->calls);
	rc = portal_new(s, name, &p, e);
	if (rc != ERR_OK) {
		analysis_unref(&a);
		return rc;
	}
	p->text = text;
	portal_set_analysis(p, a);
	p->params = k->params;
	rc = portal_run(p, 0, &to.d, false, &done, e);
	portal_drop(s, p);
	return rc;
}

static int
run_body(struct body_call *k, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct list raws = { 0 };

	int rc = sql_parse(&a, k->def->body, &raws, e);
	for (int i = 0; i < raws.n && rc == ERR_OK; i++) {
		/* What the statements before it did is seen. */
		if (k->def->volatility == 'v' && k->s->unit != NULL)
			txn_command_next(k->s->txn);
		rc = run_statement(k, LIST_AT(const struct raw_stmt, &raws, i), i == raws.n - 1, e);
	}
	if (rc != ERR_OK)
		e->position = 0;        /* counts in the body, which the client has not sent */
	return rc;
}

/* -- Rights and settings of its own ------------------------------------------------------------------------- */
static int
own_settings(struct session *s, const struct function *f, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < f->nsettings && rc == ERR_OK; i++) {
		ARENA_AUTO struct arena a = { 0 };
		const char *item = f->settings[i], *eq = strchr(item, '=');
		if (eq != NULL)
			rc = s->api.setting_set(s, arena_strndup(&a, item, (size_t) (eq - item)), eq + 1, true, e);
	}
	return rc;
}

int
session_call_function(void *self, const struct fcall *c, const struct function *f, const union datum *args,
                      const bool *nulls, const struct sql_sink *sink, struct err *e)
{
	struct session *s = self;
	ARENA_AUTO struct arena a = { 0 };
	struct body_call k = { .s = s, .c = c, .def = f, .sink = sink };
	const oid_t acting = s->acting;
	static const bool none[FUNC_ARGS_MAX];

	if (s->calls >= NESTING_MAX) {
		err_set(e, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
		return err_hint(e, "A function calls itself, or calls nest deeper than %d.", NESTING_MAX);
	}
	k.types = ARENA_ARRAY(&a, oid_t, c->nargs + 1);
	for (int i = 0; i < c->nargs; i++)
		k.types[i] = c->arg_types[i]->oid;
	k.params = (struct exec_params) { .n = c->nargs, .values = args, .nulls = nulls != NULL ? nulls : none,
	                                  .types = c->arg_types };
	size_t mark = settings_mark(&s->settings);
	s->calls++;
	if (f->secdef)
		session_act_as(s, f->o.owner != 0 ? f->o.owner : OID_BOOTSTRAP_ROLE);
	int rc = own_settings(s, f, e);
	if (rc == ERR_OK)
		rc = run_body(&k, e);
	if (f->nsettings > 0)
		settings_rollback_to(&s->settings, mark);
	if (s->acting != acting)
		session_act_as(s, acting);
	s->calls--;
	return rc;
}

/* -- CALL ------------------------------------------------------------------------------------------------- */
int
call_command(struct utility *u, struct err *e)
{
	const struct cmd_call *c = (const struct cmd_call *) u->a->stmt->command;
	struct session *s = u->s;
	struct exec_env env;
	union datum value;
	bool null;

	const struct function *f = func_definition(c->call->func);
	int rc = f != NULL ? access_check_object(s, u->a->catalog, &f->o, "X", e) : ERR_OK;
	if (rc != ERR_OK)
		return rc;
	session_env(s, u->a->catalog, u->arena, &env);
	rc = tx_statement_begin(s, &env, e);
	if (rc != ERR_OK)
		return rc;
	rc = exec_eval(&env, u->params, c->call, &value, &null, e);
	return tx_statement_end(s, &env, rc, e);
}
