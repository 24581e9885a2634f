/* session_cmd.c - statements the session itself carries out: transactions, settings, prepared
 * statements, cursors, notifications.
 *
 * Not here: VACUUM and its like (maintenance.c). */
#include "config.h"
#include "translate/utility.h"

#include <limits.h>
#include <string.h>

#include "core/base/settings.h"
#include <strings.h>

/* -- Transactions -------------------------------------------------------------- */
static int
transaction_modes(struct binder *b, size_t n, PgQuery__Node *const *list,
		  struct cmd_transaction *to)
{
	static const char *const levels[] = { "read committed", "repeatable read", "serializable" };

	to->isolation = to->read_only = to->deferrable = -1;
	for (size_t i = 0; i < n; i++) {
		const PgQuery__DefElem *d = list[i]->def_elem;
		const char *v = def_text(b, d);

		if (strcmp(d->defname, "transaction_isolation") == 0) {
			to->isolation = 0; /* read uncommitted is read committed */
			for (int k = 0; k < 3; k++)
				if (strcasecmp(levels[k], v) == 0)
					to->isolation = k;
		} else if (strcmp(d->defname, "transaction_read_only") == 0) {
			to->read_only = strcmp(v, "0") != 0 && strcmp(v, "false") != 0;
		} else if (strcmp(d->defname, "transaction_deferrable") == 0) {
			to->deferrable = strcmp(v, "0") != 0 && strcmp(v, "false") != 0;
		}
	}
	return ERR_OK;
}

int
bind_transaction(struct binder *b, const PgQuery__TransactionStmt *t, struct statement *st)
{
	static const enum command_kind kinds[] = {
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN] = CMD_BEGIN,
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START] = CMD_BEGIN,
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT] = CMD_COMMIT,
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK] = CMD_ROLLBACK,
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT] = CMD_SAVEPOINT,
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE] = CMD_RELEASE,
		[PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO] = CMD_ROLLBACK_TO,
	};

	if (t->kind <= 0 || t->kind >= (int) ARRAY_LEN(kinds)) {
		bind_unsupported(b, 0, "two-phase commit", "Commit in one phase.");
		return b->e->code;
	}
	struct cmd_transaction *c = COMMAND_NEW(b, cmd_transaction, kinds[t->kind], st);
	st->read_only = true;
	c->name = given(t->savepoint_name) ? t->savepoint_name : NULL;
	c->chain = t->chain;
	return transaction_modes(b, t->n_options, t->options, c);
}

/* -- Settings ------------------------------------------------------------------ */
/* Settings whose value is a list of names, each quoted when it must be. */
static bool
is_name_list(const char *name)
{
	return strcasecmp(name, "search_path") == 0 || strcasecmp(name, "temp_tablespaces") == 0 ||
	       strcasecmp(name, "session_preload_libraries") == 0 ||
	       strcasecmp(name, "local_preload_libraries") == 0;
}

static void
set_arg(struct binder *b, const PgQuery__VariableSetStmt *v, Node *n, struct strbuf *to)
{
	if (n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) { /* SET TIME ZONE INTERVAL '...' */
		if (n->type_cast->arg->node_case != PG_QUERY__NODE__NODE_A_CONST) {
			PgQuery__DefElem odd = PG_QUERY__DEF_ELEM__INIT;

			odd.arg = n->type_cast->arg;
			(void) def_text(b, &odd);
			return;
		}
		const PgQuery__AConst *c = n->type_cast->arg->a_const;

		strbuf_printf(to, "INTERVAL '%s'",
			      c->val_case == PG_QUERY__A__CONST__VAL_SVAL ? c->sval->sval : "");
		return;
	}
	PgQuery__DefElem d = PG_QUERY__DEF_ELEM__INIT;
	d.arg = (PgQuery__Node *) n;
	const char *s = def_text(b, &d);
	if (is_name_list(v->name) && n->node_case == PG_QUERY__NODE__NODE_A_CONST &&
	    n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
		quote_ident(to, s);
	else
		strbuf_puts(to, s);
}

/* The value as one text; NULL: DEFAULT. */
const char *
set_value(struct binder *b, const PgQuery__VariableSetStmt *v)
{
	struct strbuf s;

	if (v->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
		return NULL;
	strbuf_init(&s, b->arena);
	strbuf_puts(&s, "");
	for (size_t i = 0; i < v->n_args; i++) {
		if (i > 0)
			strbuf_puts(&s, ", ");
		set_arg(b, v, v->args[i], &s);
	}
	return s.data != NULL ? s.data : "";
}

int
check_kept_setting(struct binder *b, const PgQuery__VariableSetStmt *v)
{
	if (!given(v->name))
		return ERR_OK;
	return settings_validate(v->name, set_value(b, v), CTX_SUPERUSER, b->e);
}

static int
set_transaction(struct binder *b, const PgQuery__VariableSetStmt *v, struct statement *st)
{
	struct cmd_transaction *c = COMMAND_NEW(b, cmd_transaction, CMD_SET_TRANSACTION, st);

	c->session_default = strcmp(v->name, "SESSION CHARACTERISTICS") == 0;
	if (strcmp(v->name, "TRANSACTION SNAPSHOT") == 0) {
		c->isolation = c->read_only = c->deferrable = -1;
		c->snapshot =
			v->n_args > 0 && v->args[0]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
					v->args[0]->a_const->val_case ==
						PG_QUERY__A__CONST__VAL_SVAL
				? v->args[0]->a_const->sval->sval
				: "";
		return ERR_OK;
	}
	return transaction_modes(b, v->n_args, v->args, c);
}

int
bind_set(struct binder *b, const PgQuery__VariableSetStmt *v, struct statement *st)
{
	st->read_only = true;
	switch (v->kind) {
	case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI:
		return set_transaction(b, v, st);
	case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
	case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL: {
		struct cmd_name *c = COMMAND_NEW(b, cmd_name, CMD_RESET, st);

		c->name = v->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ? v->name : NULL;
		return ERR_OK;
	}
	case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_CURRENT:
		bind_unsupported(b, 0, "SET ... FROM CURRENT", NULL);
		return b->e->code;
	default: {
		struct cmd_set *c = COMMAND_NEW(b, cmd_set, CMD_SET, st);

		c->name = v->name;
		c->value = set_value(b, v);
		c->local = v->is_local;
		return ERR_OK;
	}
	}
}

/* -- Prepared statements, cursors ---------------------------------------------- */
static int
bind_prepare(struct binder *b, const PgQuery__PrepareStmt *p, struct statement *st)
{
	struct cmd_prepare *c = COMMAND_NEW(b, cmd_prepare, CMD_PREPARE, st);
	struct raw_stmt *raw = arena_dup(b->arena, b->raw, sizeof *raw);

	st->kind = STMT_PREPARE;
	st->read_only = true;
	c->name = p->name;
	for (size_t i = 0; i < p->n_argtypes; i++) {
		int32_t typmod;
		const struct type *t = bind_type(b, p->argtypes[i]->type_name, &typmod);

		if (t == NULL)
			return b->e->code;
		list_push(&c->types, b->arena, t);
	}
	raw->node = p->query;
	raw->info.tag = stmt_tag(p->query);
	c->body = raw;
	c->body_text = b->raw->info.text;
	return ERR_OK;
}

static int
bind_execute_args(struct binder *b, size_t n, PgQuery__Node *const *list, struct list *ret)
{
	struct scope s;

	scope_init(&s, NULL, NULL);
	s.place = PLACE_EXECUTE;
	return bind_exprs(b, &s, n, list, ret);
}

static int
bind_execute(struct binder *b, const PgQuery__ExecuteStmt *x, struct statement *st)
{
	struct cmd_execute *c = COMMAND_NEW(b, cmd_execute, CMD_EXECUTE, st);

	st->kind = STMT_EXECUTE;
	st->read_only = true; /* the prepared statement says for itself */
	c->name = x->name;
	return bind_execute_args(b, x->n_params, x->params, &c->args);
}

/* A cursor that locks reads forward, within its transaction. */
static int
declare_locking(struct binder *b, const struct cmd_cursor *c, bool insensitive)
{
	static const char *const clauses[] = {
		[LOCK_FOR_KEY_SHARE] = "FOR KEY SHARE",
		[LOCK_FOR_SHARE] = "FOR SHARE",
		[LOCK_FOR_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
		[LOCK_FOR_UPDATE] = "FOR UPDATE",
	};
	const char *what = clauses[LIST_AT(struct row_mark, &c->query->row_marks, 0)->strength];

	if (c->hold) {
		bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
			   "DECLARE CURSOR WITH HOLD ... %s is not supported", what);
		return err_detail(b->e, "Holdable cursors must be READ ONLY.");
	}
	if (c->scroll) {
		bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
			   "DECLARE SCROLL CURSOR ... %s is not supported", what);
		return err_detail(b->e, "Scrollable cursors must be READ ONLY.");
	}
	if (insensitive) {
		bind_error(b, 0, ERR_INVALID_CURSOR_DEFINITION,
			   "DECLARE INSENSITIVE CURSOR ... %s is not valid", what);
		return err_detail(b->e, "Insensitive cursors must be READ ONLY.");
	}
	return ERR_OK;
}

static int
bind_declare(struct binder *b, const PgQuery__DeclareCursorStmt *d, struct statement *st)
{
	enum { BINARY = 1, SCROLL = 2, NO_SCROLL = 4, INSENSITIVE = 8, ASENSITIVE = 0x10, HOLD = 0x20 };
	struct cmd_cursor *c = COMMAND_NEW(b, cmd_cursor, CMD_DECLARE, st);

	st->kind = STMT_DECLARE_CURSOR;
	st->read_only = true;
	c->name = d->portalname;
	c->binary = d->options & BINARY;
	c->scroll = d->options & SCROLL;
	c->no_scroll = d->options & NO_SCROLL;
	c->hold = d->options & HOLD;
	if (c->scroll && c->no_scroll)
		return bind_error(b, 0, ERR_INVALID_CURSOR_DEFINITION,
				  "cannot specify both %s and %s", "SCROLL", "NO SCROLL");
	if ((d->options & ASENSITIVE) && (d->options & INSENSITIVE))
		return bind_error(b, 0, ERR_INVALID_CURSOR_DEFINITION,
				  "cannot specify both %s and %s", "ASENSITIVE", "INSENSITIVE");
	c->query = bind_query(b, NULL, d->query, true);
	if (c->query == NULL)
		return b->e->code;
	c->query->positioned = true;
	if (c->query->kind != QUERY_SELECT)
		return bind_error(
			b, 0, ERR_INVALID_CURSOR_DEFINITION,
			"DECLARE CURSOR must not contain data-modifying statements in WITH");
	for (int i = 0; i < c->query->ctes.n; i++)
		if (LIST_AT(struct cte, &c->query->ctes, i)->query->kind != QUERY_SELECT)
			return bind_error(
				b, 0, ERR_FEATURE_NOT_SUPPORTED,
				"DECLARE CURSOR must not contain data-modifying statements in WITH");
	if (c->query->row_marks.n > 0) {
		if (declare_locking(b, c, d->options & INSENSITIVE) != ERR_OK)
			return b->e->code;
		c->no_scroll = true;
	}
	st->query = c->query;
	return params_check(b, c->query);
}

static int
bind_fetch(struct binder *b, const PgQuery__FetchStmt *f, struct statement *st)
{
	struct cmd_fetch *c = COMMAND_NEW(b, cmd_fetch, f->ismove ? CMD_MOVE : CMD_FETCH, st);

	st->read_only = true;
	c->name = f->portalname;
	c->direction = f->direction == PG_QUERY__FETCH_DIRECTION__FETCH_BACKWARD   ? FETCH_BACKWARD
		       : f->direction == PG_QUERY__FETCH_DIRECTION__FETCH_ABSOLUTE ? FETCH_ABSOLUTE
		       : f->direction == PG_QUERY__FETCH_DIRECTION__FETCH_RELATIVE ? FETCH_RELATIVE
										   : FETCH_FORWARD;
	c->count = f->how_many;
	return ERR_OK;
}

/* -- Names --------------------------------------------------------------------- */
static int
bind_name(struct binder *b, enum command_kind kind, const char *name, const char *payload,
	  struct statement *st)
{
	struct cmd_name *c = COMMAND_NEW(b, cmd_name, kind, st);

	st->read_only = true;
	c->name = given(name) ? name : NULL;
	c->payload = given(payload) ? payload : NULL;
	return ERR_OK;
}

static int
bind_discard(struct binder *b, const PgQuery__DiscardStmt *d, struct statement *st)
{
	static const char *const names[] = {
		[PG_QUERY__DISCARD_MODE__DISCARD_ALL] = "ALL",
		[PG_QUERY__DISCARD_MODE__DISCARD_PLANS] = "PLANS",
		[PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES] = "SEQUENCES",
		[PG_QUERY__DISCARD_MODE__DISCARD_TEMP] = "TEMP",
	};

	return bind_name(b, CMD_DISCARD, names[d->target], NULL, st);
}

/* -- Tables -------------------------------------------------------------------- */
static int
bind_lock(struct binder *b, const PgQuery__LockStmt *l, struct statement *st)
{
	struct cmd_lock *c = COMMAND_NEW(b, cmd_lock, CMD_LOCK_TABLE, st);

	st->read_only = true;
	c->mode = l->mode;
	c->nowait = l->nowait;
	for (size_t i = 0; i < l->n_relations; i++) {
		const struct relation *r = bind_relation_plain(b, l->relations[i]->range_var);

		if (r == NULL)
			return b->e->code;
		if (r->kind != REL_TABLE && r->kind != REL_VIEW) {
			bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot lock relation \"%s\"",
				   r->o.name);
			return err_detail(b->e, "This operation is not supported for %s.",
					  r->kind == REL_SEQUENCE ? "sequences"
					  : r->kind == REL_MATVIEW ? "materialized views"
					  : r->kind == REL_COMPOSITE ? "composite types"
								   : "indexes");
		}
		list_push(&c->tables, b->arena, r);
	}
	return ERR_OK;
}

static int
bind_constraints(struct binder *b, const PgQuery__ConstraintsSetStmt *s, struct statement *st)
{
	struct cmd_constraints *c = COMMAND_NEW(b, cmd_constraints, CMD_SET_CONSTRAINTS, st);

	st->read_only = true;
	c->deferred = s->deferred;
	for (size_t i = 0; i < s->n_constraints; i++)
		list_push(&c->names, b->arena, s->constraints[i]->range_var->relname);
	return ERR_OK;
}

static int
bind_alter_system(struct binder *b, const PgQuery__AlterSystemStmt *a, struct statement *st)
{
	struct cmd_set *c = COMMAND_NEW(b, cmd_set, CMD_ALTER_SYSTEM, st);

	c->name = a->setstmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL ? NULL
										 : a->setstmt->name;
	c->value = set_value(b, a->setstmt);
	return ERR_OK;
}

int
bind_session(struct binder *b, Node *n, struct statement *st)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
		return bind_name(b, CMD_SHOW,
				 strcasecmp(n->variable_show_stmt->name, "all") == 0
					 ? NULL
					 : n->variable_show_stmt->name,
				 NULL, st);
	case PG_QUERY__NODE__NODE_PREPARE_STMT:
		return bind_prepare(b, n->prepare_stmt, st);
	case PG_QUERY__NODE__NODE_EXECUTE_STMT:
		return bind_execute(b, n->execute_stmt, st);
	case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
		return bind_name(b, CMD_DEALLOCATE, n->deallocate_stmt->name, NULL, st);
	case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
		return bind_declare(b, n->declare_cursor_stmt, st);
	case PG_QUERY__NODE__NODE_FETCH_STMT:
		return bind_fetch(b, n->fetch_stmt, st);
	case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
		return bind_name(b, CMD_CLOSE, n->close_portal_stmt->portalname, NULL, st);
	case PG_QUERY__NODE__NODE_LISTEN_STMT:
		return bind_name(b, CMD_LISTEN, n->listen_stmt->conditionname, NULL, st);
	case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
		return bind_name(b, CMD_UNLISTEN, n->unlisten_stmt->conditionname, NULL, st);
	case PG_QUERY__NODE__NODE_NOTIFY_STMT:
		return bind_name(b, CMD_NOTIFY, n->notify_stmt->conditionname,
				 n->notify_stmt->payload, st);
	case PG_QUERY__NODE__NODE_DISCARD_STMT:
		return bind_discard(b, n->discard_stmt, st);
	case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
		return bind_name(b, CMD_CHECKPOINT, NULL, NULL, st);
	case PG_QUERY__NODE__NODE_LOCK_STMT:
		return bind_lock(b, n->lock_stmt, st);
	case PG_QUERY__NODE__NODE_VACUUM_STMT:
		return bind_vacuum(b, n->vacuum_stmt, st);
	case PG_QUERY__NODE__NODE_REINDEX_STMT:
		return bind_reindex(b, n->reindex_stmt, st);
	case PG_QUERY__NODE__NODE_CLUSTER_STMT:
		return bind_cluster(b);
	case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
		return bind_alter_system(b, n->alter_system_stmt, st);
	default:
		return bind_constraints(b, n->constraints_set_stmt, st);
	}
}
