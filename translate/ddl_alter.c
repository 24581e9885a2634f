/* ddl_alter.c - ALTER TABLE, and the same actions on indexes, views and sequences. */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

#include "core/base/log.h"
#include "core/catalog/partition.h"

struct alter {
	struct binder *b;
	const PgQuery__AlterTableStmt *stmt;
	const struct relation *rel;
	struct table_def t;
	struct cmd_alter_table *cmd;
};

static struct alter_action *
action_new(struct alter *a, enum alter_kind kind, const PgQuery__AlterTableCmd *c)
{
	struct alter_action *x = ARENA_NEW(a->b->arena, struct alter_action);

	x->kind = kind;
	x->name = given(c->name) ? c->name : NULL;
	x->if_exists = c->missing_ok;
	x->cascade = c->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	list_push(&a->cmd->actions, a->b->arena, x);
	return x;
}

static int
refuse(struct alter *a, const char *what, const char *hint)
{
	bind_unsupported(a->b, 0, what, hint);
	return a->b->e->code;
}

/* An existing column, or one that this very statement adds. */
static const struct type *
known_column(struct alter *a, const char *name, int32_t *typmod)
{
	const struct column *c = relation_column(a->rel, name);
	const struct def_column *d = find_def_column(&a->t, name);

	if (c != NULL) {
		*typmod = c->typmod;
		return c->type;
	}
	if (d != NULL) {
		*typmod = d->typmod;
		return d->type;
	}
	bind_error(a->b, 0, ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
		   name, a->rel->o.name);
	return NULL;
}

/* Does this very statement drop the column?  It does so first. */
static bool
dropped_here(const struct alter *a, const char *name)
{
	for (size_t i = 0; i < a->stmt->n_cmds; i++) {
		const PgQuery__AlterTableCmd *c = a->stmt->cmds[i]->alter_table_cmd;

		if (c->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn && strcmp(c->name, name) == 0)
			return true;
	}
	return false;
}

/* -- Columns ------------------------------------------------------------------- */
static int
add_column(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct alter_action *x = action_new(a, ALTER_ADD_COLUMN, c);
	struct list made = { 0 };
	struct def_column *col;
	int rc;

	x->name = c->def->column_def->colname;
	x->if_not_exists = c->missing_ok;
	x->if_exists = false;
	if (relation_column(a->rel, x->name) != NULL && !dropped_here(a, x->name)) {
		if (!c->missing_ok)
			return bind_error(a->b, 0, ERR_DUPLICATE_COLUMN,
					  "column \"%s\" of relation \"%s\" already exists",
					  x->name, a->rel->o.name);
		rc = bind_column_def(a->b, &a->t, c->def->column_def, &x->column);
		return rc;
	}
	rc = bind_column_def(a->b, &a->t, c->def->column_def, &col);
	if (rc != ERR_OK)
		return rc;
	list_push(a->t.columns, a->b->arena, col);
	struct list *was = a->t.constraints;
	a->t.constraints = &made;
	rc = bind_column_constraints(a->b, &a->t, c->def->column_def, col);
	a->t.constraints = was;
	x->column = col;
	for (int i = 0; rc == ERR_OK && i < made.n; i++) {
		struct alter_action *k = ARENA_NEW(a->b->arena, struct alter_action);

		k->kind = ALTER_ADD_CONSTRAINT;
		k->constraint = made.at[i];
		list_push(&a->cmd->actions, a->b->arena, k);
	}
	return rc;
}

static int
drop_column(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const struct column *col = relation_column(a->rel, c->name);

	if (col == NULL && !c->missing_ok)
		return bind_error(a->b, 0, ERR_UNDEFINED_COLUMN,
				  "column \"%s\" of relation \"%s\" does not exist", c->name,
				  a->rel->o.name);
	action_new(a, ALTER_DROP_COLUMN, c);
	return ERR_OK;
}

static int
column_type(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct binder *b = a->b;
	const PgQuery__ColumnDef *d = c->def->column_def;
	struct alter_action *x = action_new(a, ALTER_COLUMN_TYPE, c);
	const struct column *old = relation_column(a->rel, c->name);
	struct def_column *to;
	PgQuery__ColumnDef named = *d;
	struct expr *v, *y;

	if (old == NULL)
		return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
				  "column \"%s\" of relation \"%s\" does not exist", c->name,
				  a->rel->o.name);
	named.colname = c->name;
	named.n_constraints = 0;
	const char *text = b->text;
	b->text = NULL;
	int rc = bind_column_def(b, &a->t, &named, &to);
	b->text = text;
	if (rc != ERR_OK)
		return rc;
	x->column = to;
	struct range *row = range_table(b->arena, NULL, a->rel, NULL);
	struct scope s;
	scope_init(&s, NULL, NULL);
	(void) scope_add(b, &s, row, true, true);
	if (d->raw_default != NULL) {
		v = bind_expr_at(b, &s, d->raw_default, PLACE_ALTER_USING);
		if (v == NULL)
			return b->e->code;
	} else {
		v = expr_var(b->arena, row, old->attnum);
	}
	y = coerce_to(b, v, to->type, to->typmod, COERCE_ASSIGNMENT, 'i', 0);
	if (y == NULL && b->e->code == ERR_OK && d->raw_default != NULL) {
		bind_error(b, 0, ERR_DATATYPE_MISMATCH,
			   "result of USING clause for column \"%s\" cannot be cast automatically "
			   "to type %s",
			   c->name, type_show(b, to->type));
		return err_hint(b->e, "You might need to add an explicit cast.");
	}
	if (y == NULL && b->e->code == ERR_OK) {
		struct strbuf q;
		bool generated = old->generated != 0;

		bind_error(b, 0, ERR_DATATYPE_MISMATCH,
			   "column \"%s\" cannot be cast automatically to type %s", c->name,
			   type_show(b, to->type));
		strbuf_init(&q, b->arena);
		quote_ident(&q, c->name);
		strbuf_puts(&q, "::");
		type_format(to->type, to->typmod, &q);
		return generated
			       ? b->e->code
			       : err_hint(b->e, "You might need to specify \"USING %s\".", q.data);
	}
	if (y == NULL)
		return b->e->code;
	x->sql = d->raw_default != NULL ? expr_text(b, y) : NULL;
	return ERR_OK;
}

static int
column_default(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	int32_t typmod;
	const struct type *t = known_column(a, c->name, &typmod);
	const struct column *col = relation_column(a->rel, c->name);

	if (t == NULL)
		return a->b->e->code;
	if (col != NULL && col->identity != 0) {
		bind_error(a->b, 0, ERR_SYNTAX_ERROR,
			   "column \"%s\" of relation \"%s\" is an identity column", c->name,
			   a->rel->o.name);
		return c->def == NULL ? err_hint(a->b->e, "Use ALTER TABLE ... ALTER COLUMN ... "
							  "DROP IDENTITY instead.")
				      : a->b->e->code;
	}
	if (col != NULL && col->generated != 0)
		return bind_error(a->b, 0, ERR_SYNTAX_ERROR,
				  "column \"%s\" of relation \"%s\" is a generated column", c->name,
				  a->rel->o.name);
	struct alter_action *x =
		action_new(a, c->def != NULL ? ALTER_SET_DEFAULT : ALTER_DROP_DEFAULT, c);
	if (c->def != NULL)
		x->sql = default_text(a->b, c->def, c->name, t, typmod);
	return a->b->e->code;
}

static int
column_flag(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	int32_t typmod;

	if (known_column(a, c->name, &typmod) == NULL)
		return a->b->e->code;
	action_new(a, kind, c);
	return ERR_OK;
}

static int
identity(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	int32_t typmod;
	const struct type *t = known_column(a, c->name, &typmod);
	struct alter_action *x;

	if (t == NULL)
		return a->b->e->code;
	x = action_new(a, kind, c);
	if (kind == ALTER_DROP_IDENTITY)
		return ERR_OK;
	if (t->oid != OID_INT2 && t->oid != OID_INT4 && t->oid != OID_INT8)
		return bind_error(a->b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "identity column type must be smallint, integer, or bigint");
	x->sequence = ARENA_NEW(a->b->arena, struct def_sequence);
	x->sequence->default_name = printf_str(a->b, "%s_%s_seq", a->rel->o.name, c->name);
	x->column = ARENA_NEW(a->b->arena, struct def_column);
	x->column->name = c->name;
	x->column->type = t;
	if (kind == ALTER_ADD_IDENTITY) {
		const PgQuery__Constraint *k = c->def->constraint;

		x->column->identity = given(k->generated_when) ? k->generated_when[0] : 'a';
		return sequence_options(a->b, k->n_options, k->options, x->sequence);
	}
	struct list rest = { 0 };
	const PgQuery__List *l = c->def->list;
	for (size_t i = 0; i < l->n_items; i++) {
		const PgQuery__DefElem *d = l->items[i]->def_elem;

		if (strcmp(d->defname, "generated") == 0)
			x->column->identity = (char) (d->arg->integer->ival);
		else
			list_push(&rest, a->b->arena, l->items[i]);
	}
	return sequence_options(a->b, (size_t) rest.n, (PgQuery__Node *const *) rest.at,
				x->sequence);
}

/* -- Constraints --------------------------------------------------------------- */
static int
add_constraint(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	struct alter_action *x = action_new(a, ALTER_ADD_CONSTRAINT, c);
	int rc = bind_table_constraint(a->b, &a->t, c->def->constraint, &x->constraint);

	if (rc == ERR_OK)
		list_push(a->t.constraints, a->b->arena, x->constraint);
	return rc;
}

static const struct constraint *
find_constraint(const struct relation *r, const char *name)
{
	for (int i = 0; i < r->nconstraints; i++)
		if (strcmp(r->constraints[i].name, name) == 0)
			return &r->constraints[i];
	return NULL;
}

static int
named_constraint(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	const char *name = kind == ALTER_CONSTRAINT ? c->def->constraint->conname : c->name;
	const struct constraint *con = find_constraint(a->rel, name);

	if (con == NULL && !c->missing_ok)
		return bind_error(a->b, 0, ERR_UNDEFINED_OBJECT,
				  "constraint \"%s\" of relation \"%s\" does not exist", name,
				  a->rel->o.name);
	struct alter_action *x = action_new(a, kind, c);
	x->name = name;
	if (kind != ALTER_CONSTRAINT)
		return ERR_OK;
	if (con->type != CON_FOREIGN)
		return bind_error(
			a->b, 0, ERR_WRONG_OBJECT_TYPE,
			"constraint \"%s\" of relation \"%s\" is not a foreign key constraint",
			name, a->rel->o.name);
	x->constraint = ARENA_NEW(a->b->arena, struct def_constraint);
	x->constraint->name = name;
	x->constraint->type = CON_FOREIGN;
	x->constraint->deferrable = c->def->constraint->deferrable;
	x->constraint->deferred = c->def->constraint->initdeferred;
	return ERR_OK;
}

/* -- The rest ------------------------------------------------------------------ */
static enum options_of
options_of(const struct relation *r)
{
	if (r->kind == REL_INDEX)
		return options_of_index(r->index->kind);
	if (r->kind == REL_VIEW)
		return OPTIONS_VIEW;
	return relation_is_partitioned(r) ? OPTIONS_NONE : OPTIONS_TABLE;
}

static int
check_option_allowed(struct binder *b, const struct relation *view)
{
	struct query *q = bind_view_text(b, view, NULL);

	return q == NULL ? b->e->code : check_option_query(b, q);
}

static int
options(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	struct alter_action *x = action_new(a, kind, c);

	if (c->def == NULL || c->def->node_case != PG_QUERY__NODE__NODE_LIST)
		return ERR_OK;
	const size_t n = c->def->list->n_items;
	PgQuery__Node *const *items = c->def->list->items;
	if (kind == ALTER_RESET_OPTIONS)
		return bind_option_names(a->b, n, items, &x->options);
	int rc = bind_options(a->b, options_of(a->rel), n, items, &x->options);
	for (int i = 0; rc == ERR_OK && a->rel->kind == REL_VIEW && i < x->options.n; i++)
		if (strncmp(LIST_AT(const char, &x->options, i), "check_option=", 13) == 0)
			rc = check_option_allowed(a->b, a->rel);
	return rc;
}

static int
owner(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const struct role *r = bind_role(a->b, c->newowner);

	if (r == NULL)
		return a->b->e->code;
	action_new(a, ALTER_OWNER, c)->owner = r->o.oid;
	return ERR_OK;
}

static int
plain(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	action_new(a, kind, c);
	return ERR_OK;
}

static int
statistics(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	enum { TARGET_MAX = 10000 };
	struct alter_action *x = action_new(a, ALTER_SET_STATISTICS, c);

	x->number = c->def != NULL && c->def->node_case == PG_QUERY__NODE__NODE_INTEGER
			    ? c->def->integer->ival
			    : -1;
	if (x->name == NULL && a->rel->kind != REL_INDEX)
		return err_set(a->b->e, ERR_FEATURE_NOT_SUPPORTED,
			       "cannot refer to non-index column by number");
	if (x->name == NULL)
		return refuse(a, "SET STATISTICS of an index's column",
			      "ANALYZE collects statistics of the table's columns");
	if (x->number < -1)
		return err_set(a->b->e, ERR_INVALID_PARAMETER_VALUE,
			       "statistics target %d is too low", (int) x->number);
	if (x->number > TARGET_MAX) {
		struct err what = { 0 };

		(void) err_set(&what, ERR_INVALID_PARAMETER_VALUE,
			       "lowering statistics target to %d", TARGET_MAX);
		a->b->env->session->notice(a->b->env->session->self, LOG_WARNING, &what);
		x->number = TARGET_MAX;
	}
	return ERR_OK;
}

static int
storage(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	struct alter_action *x = action_new(a, kind, c);

	x->column = ARENA_NEW(a->b->arena, struct def_column);
	if (kind == ALTER_SET_STORAGE)
		return bind_storage(a->b, node_str(c->def), &x->column->storage);
	x->column->compression = node_str(c->def);
	return ERR_OK;
}

static int
partition(struct alter *a, const PgQuery__AlterTableCmd *c, enum alter_kind kind)
{
	return bind_partition_command(a->b, a->rel, c->def->partition_cmd,
				      kind == ALTER_ATTACH_PARTITION, action_new(a, kind, c));
}

static int
replica_identity(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	const PgQuery__ReplicaIdentityStmt *s = c->def->replica_identity_stmt;
	struct alter_action *x = action_new(a, ALTER_REPLICA_IDENTITY, c);

	if (a->rel->kind != REL_TABLE && a->rel->kind != REL_MATVIEW) {
		bind_error(a->b, 0, ERR_WRONG_OBJECT_TYPE,
			   "ALTER action REPLICA IDENTITY cannot be performed on relation \"%s\"",
			   a->rel->o.name);
		return err_detail(a->b->e, "This operation is not supported for %s.",
				  a->rel->kind == REL_VIEW       ? "views"
				  : a->rel->kind == REL_SEQUENCE ? "sequences"
				  : a->rel->kind == REL_INDEX    ? "indexes"
								 : "composite types");
	}
	x->number = s->identity_type[0];
	x->name = given(s->name) ? s->name : NULL;
	return ERR_OK;
}

static int
bind_action(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	switch (c->subtype) {
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
		return add_column(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
		return drop_column(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
		return column_type(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
		return column_default(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
		return column_flag(a, c, ALTER_SET_NOT_NULL);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
		return column_flag(a, c, ALTER_DROP_NOT_NULL);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
		return column_flag(a, c, ALTER_DROP_EXPRESSION);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
		return identity(a, c, ALTER_ADD_IDENTITY);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
		return identity(a, c, ALTER_SET_IDENTITY);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
		return identity(a, c, ALTER_DROP_IDENTITY);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
		return add_constraint(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
		return named_constraint(a, c, ALTER_DROP_CONSTRAINT);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
		return named_constraint(a, c, ALTER_VALIDATE_CONSTRAINT);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint:
		return named_constraint(a, c, ALTER_CONSTRAINT);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
		return statistics(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
		return options(a, c, ALTER_SET_OPTIONS);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
		return options(a, c, ALTER_RESET_OPTIONS);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity:
		return plain(a, c, ALTER_ENABLE_RLS);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity:
		return plain(a, c, ALTER_DISABLE_RLS);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity:
		return plain(a, c, ALTER_FORCE_RLS);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity:
		return plain(a, c, ALTER_NO_FORCE_RLS);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
		return owner(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
		return plain(a, c, ALTER_SET_LOGGED);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged:
		return plain(a, c, ALTER_SET_UNLOGGED);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
		return storage(a, c, ALTER_SET_STORAGE);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
		return storage(a, c, ALTER_SET_COMPRESSION);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit:
		return refuse(a, "INHERIT", "Use PARTITION BY and ATTACH PARTITION, or separate tables and a view.");
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
		return partition(a, c, ALTER_ATTACH_PARTITION);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
		return partition(a, c, ALTER_DETACH_PARTITION);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize:
		return refuse(a, "DETACH PARTITION FINALIZE",
			      "DETACH PARTITION is never left half done.");
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster: /* none ever is */
		return ERR_OK;
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
		return refuse(a, "CLUSTER ON", "A table is clustered by its primary key.");
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
		return refuse(a, "triggers",
			      "Use constraints, generated columns or the application.");
	case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity:
		return replica_identity(a, c);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DropOids:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
		return ERR_OK; /* there are none */
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
		return bind_tablespace(a->b, c->name);
	default:
		return refuse(a, "this form of ALTER TABLE", NULL);
	}
}

/* Actions that other relations than tables take too. */
static bool
action_fits(struct alter *a, const PgQuery__AlterTableCmd *c)
{
	static const struct {
		int subtype;
		const char *kinds, *name;
	} actions[] = {
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn, "c", "ADD COLUMN" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn, "c", "DROP COLUMN" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType, "c",
		  "ALTER COLUMN ... SET DATA TYPE" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault, "v",
		  "ALTER COLUMN ... SET DEFAULT" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull, "", "ALTER COLUMN ... SET NOT NULL" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull, "",
		  "ALTER COLUMN ... DROP NOT NULL" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint, "", "ADD CONSTRAINT" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint, "", "DROP CONSTRAINT" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics, "mi",
		  "ALTER COLUMN ... SET STATISTICS" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage, "m", "ALTER COLUMN ... SET STORAGE" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression, "m", "ALTER COLUMN ... SET COMPRESSION" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions, "vmi", "SET" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions, "vmi", "RESET" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner, "vmiSc", "OWNER TO" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged, "S", "SET LOGGED" },
		{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged, "S", "SET UNLOGGED" },
	};
	char kind = a->rel->kind;

	for (unsigned i = 0; kind != REL_TABLE && i < ARRAY_LEN(actions); i++)
		if (actions[i].subtype == (int) c->subtype &&
		    strchr(actions[i].kinds, kind) == NULL) {
			bind_error(a->b, 0, ERR_WRONG_OBJECT_TYPE,
				   "ALTER action %s cannot be performed on relation \"%s\"",
				   actions[i].name, a->rel->o.name);
			err_detail(a->b->e, "This operation is not supported for %s.",
				   kind == REL_VIEW       ? "views"
				   : kind == REL_MATVIEW  ? "materialized views"
				   : kind == REL_INDEX    ? "indexes"
				   : kind == REL_SEQUENCE ? "sequences"
							  : "composite types");
			return false;
		}
	return true;
}

static bool
right_kind(struct alter *a, const PgQuery__AlterTableStmt *s)
{
	static const struct {
		int objtype;
		char kind;
		const char *name;
	} kinds[] = {
		{ PG_QUERY__OBJECT_TYPE__OBJECT_INDEX, REL_INDEX, "an index" },
		{ PG_QUERY__OBJECT_TYPE__OBJECT_VIEW, REL_VIEW, "a view" },
		{ PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW, REL_MATVIEW, "a materialized view" },
		{ PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE, REL_SEQUENCE, "a sequence" },
		{ PG_QUERY__OBJECT_TYPE__OBJECT_TYPE, REL_COMPOSITE, "a composite type" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if ((int) s->objtype == kinds[i].objtype && a->rel->kind != kinds[i].kind) {
			bind_error(a->b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not %s",
				   a->rel->o.name, kinds[i].name);
			return false;
		}
	if (relation_sysrel(a->rel) != NULL) {
		bind_error(a->b, 0, ERR_INSUFFICIENT_PRIVILEGE,
			   "permission denied: \"%s\" is a system catalog", a->rel->o.name);
		return false;
	}
	return true;
}

int
bind_alter_table(struct binder *b, const PgQuery__AlterTableStmt *s, struct statement *st)
{
	struct cmd_alter_table *cmd = COMMAND_NEW(b, cmd_alter_table, CMD_ALTER_TABLE, st);
	struct list columns = { 0 }, constraints = { 0 };
	struct alter a = { .b = b, .stmt = s, .cmd = cmd };
	int rc = ERR_OK;

	a.rel = find_relation(b, s->relation->schemaname, s->relation->relname);
	if (a.rel == NULL) {
		if (s->missing_ok) {
			cmd->missing_name = s->relation->relname;
			return ERR_OK;
		}
		a.rel = bind_relation_plain(b, s->relation);
		return b->e->code;
	}
	if (!right_kind(&a, s))
		return b->e->code;
	cmd->rel = a.rel;
	cmd->only = !s->relation->inh;
	a.t = (struct table_def){ .name = a.rel->o.name,
				  .rel = a.rel,
				  .columns = &columns,
				  .constraints = &constraints };
	const char *text = b->text;
	for (size_t i = 0; rc == ERR_OK && i < s->n_cmds; i++) {
		const PgQuery__AlterTableCmd *c = s->cmds[i]->alter_table_cmd;
		bool told = c->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn ||
			    c->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType;

		b->text = told ? text : NULL; /* where PostgreSQL tells positions */
		rc = action_fits(&a, c) ? bind_action(&a, c) : b->e->code;
	}
	b->text = text;
	return rc;
}
