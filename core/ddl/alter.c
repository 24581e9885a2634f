/* alter.c - ALTER TABLE: the order of its actions, and those that are not about one column.
 *
 * As in PostgreSQL the actions of one command run in passes: what is dropped goes first, then
 * types change, then columns and constraints come.
 *
 * Not here: columns (alter_column.c), adding constraints (constraint.c). */
#include "config.h"
#include "core/ddl/partition.h"

#include <strings.h>

static int
pass_of(const struct alter_action *a)
{
	switch (a->kind) {
	case ALTER_DROP_COLUMN:
	case ALTER_DROP_CONSTRAINT:
	case ALTER_DROP_DEFAULT:
	case ALTER_DROP_NOT_NULL:
	case ALTER_DROP_IDENTITY:
	case ALTER_DROP_EXPRESSION:
		return 0;
	case ALTER_COLUMN_TYPE:
		return 1;
	case ALTER_ADD_COLUMN:
		return 2;
	case ALTER_ADD_CONSTRAINT:
		return a->constraint->type == CON_FOREIGN ? 5 : 4;
	case ALTER_SET_DEFAULT:
	case ALTER_SET_NOT_NULL:
	case ALTER_ADD_IDENTITY:
	case ALTER_SET_IDENTITY:
		return 3;
	default:
		return 6;
	}
}

enum { PASSES = 7 };

static enum lock_mode
lock_of(const struct alter_action *a)
{
	switch (a->kind) {
	case ALTER_ADD_CONSTRAINT:
		return a->constraint->type == CON_FOREIGN ? LOCK_SHARE_ROW_EXCLUSIVE
							  : LOCK_ACCESS_EXCLUSIVE;
	case ALTER_VALIDATE_CONSTRAINT:
	case ALTER_SET_STATISTICS:
	case ALTER_ATTACH_PARTITION:
		return LOCK_SHARE_UPDATE_EXCLUSIVE;
	default:
		return LOCK_ACCESS_EXCLUSIVE;
	}
}

/* --- constraints ------------------------------------------------------------------------------ */

static const struct constraint *
find_constraint(const struct relation *r, const char *name)
{
	for (int i = 0; i < r->nconstraints; i++)
		if (strcmp(r->constraints[i].name, name) == 0)
			return &r->constraints[i];
	return NULL;
}

static int
no_constraint(const struct relation *r, const char *name, struct err *e)
{
	return err_set(e, ERR_UNDEFINED_OBJECT,
		       "constraint \"%s\" of relation \"%s\" does not exist", name, r->o.name);
}

static int
drop_constraint(struct ddl *d, const struct relation *r, const struct alter_action *a,
		struct err *e)
{
	const struct constraint *con = find_constraint(r, a->name);

	if (con == NULL && !a->if_exists)
		return no_constraint(r, a->name, e);
	if (con == NULL) {
		ddl_notice(d, LOG_NOTICE, ERR_OK,
			   "constraint \"%s\" of relation \"%s\" does not exist, skipping", a->name,
			   r->o.name);
		return ERR_OK;
	}
	return ddl_drop_constraint(d, r, con, a->cascade, e);
}

static int
validate_constraint(struct ddl *d, const struct relation *r, const struct alter_action *a,
		    struct err *e)
{
	const struct constraint *con = find_constraint(r, a->name);
	struct relation *copy;
	struct range *row;
	struct expr *x;
	int16_t *cols;
	int n, rc = ERR_OK;

	if (con == NULL)
		return no_constraint(r, a->name, e);
	if (con->type != CON_FOREIGN && con->type != CON_CHECK)
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "constraint \"%s\" of relation \"%s\" is not a foreign key or check "
			       "constraint",
			       a->name, r->o.name);
	if (con->validated)
		return ERR_OK;
	if (relation_is_partitioned(r)) {
		rc = ERR_OK; /* its partitions are looked at one by one */
	} else if (con->type == CON_FOREIGN) {
		rc = table_check_fkey(d->env->unit, d->env->exec, r, con, e);
	} else {
		rc = ddl_bind_check(d, r, con->check_sql, &row, &x, &cols, &n, e);
		if (rc == ERR_OK)
			rc = ddl_check_rows(d, r, row, x, con->name, e);
	}
	if (rc != ERR_OK)
		return rc;
	copy = ddl_copy_relation(d, r);
	ddl_constraints(copy)[con - r->constraints].validated = true;
	ddl_put_relation(d, copy);
	return ERR_OK;
}

static int
alter_constraint(struct ddl *d, const struct relation *r, const struct alter_action *a,
		 struct err *e)
{
	const struct constraint *con = find_constraint(r, a->name);
	struct relation *copy;
	struct constraint *to;

	if (con == NULL)
		return no_constraint(r, a->name, e);
	if (con->type != CON_FOREIGN)
		return err_set(
			e, ERR_WRONG_OBJECT_TYPE,
			"constraint \"%s\" of relation \"%s\" is not a foreign key constraint",
			a->name, r->o.name);
	copy = ddl_copy_relation(d, r);
	to = &ddl_constraints(copy)[con - r->constraints];
	to->deferrable = a->constraint->deferrable;
	to->deferred = a->constraint->deferred;
	ddl_put_relation(d, copy);
	return ERR_OK;
}

/* --- the rest --------------------------------------------------------------------------------- */

static size_t
option_name_len(const char *option)
{
	return strcspn(option, "=");
}

/* SET (a=1, b=2) replaces and adds; RESET (a) removes. */
static void
change_options(struct ddl *d, const struct alter_action *a, int *n, const char *const **options)
{
	const char **to = ARENA_ARRAY(d->a, const char *, *n + a->options.n);
	int kept = 0;

	for (int i = 0; i < *n; i++) {
		const char *had = (*options)[i];
		bool named = false;

		for (int k = 0; k < a->options.n; k++) {
			const char *o = LIST_AT(const char, &a->options, k);

			named |= option_name_len(o) == option_name_len(had) &&
				 strncmp(o, had, option_name_len(o)) == 0;
		}
		if (!named)
			to[kept++] = had;
	}
	for (int k = 0; a->kind == ALTER_SET_OPTIONS && k < a->options.n; k++)
		to[kept++] = LIST_AT(const char, &a->options, k);
	*options = to;
	*n = kept;
}

/* A view's check option is no text. */
static void
change_check_option(struct relation *view, const struct alter_action *a)
{
	int n = 0;

	for (int k = 0; k < a->options.n; k++) {
		const char *o = LIST_AT(const char, &a->options, k);

		if (option_name_len(o) == 12 && strncmp(o, "check_option", 12) == 0)
			view->check_option = a->kind != ALTER_SET_OPTIONS ? 0 : strcasecmp(o, "check_option=local") == 0 ? 1 : 2;
	}
	const char **to = (const char **) (uintptr_t) view->options;
	for (int i = 0; i < view->noptions; i++)
		if (strncmp(view->options[i], "check_option=", 13) != 0)
			to[n++] = view->options[i];
	view->noptions = n;
}

static void
set_options(struct ddl *d, struct relation *r, const struct alter_action *a)
{
	if (r->kind == REL_INDEX) {
		struct index *ix = arena_dup(d->a, r->index, sizeof *ix);

		change_options(d, a, &ix->noptions, &ix->options);
		ddl_put_index(d, ix);
		return;
	}
	change_options(d, a, &r->noptions, &r->options);
	if (r->kind == REL_VIEW)
		change_check_option(r, a);
	ddl_put_relation(d, r);
}

/* May the index stand for its rows? */
static int
check_identity(const struct relation *r, const struct index *ix, struct err *e)
{
	const char *name = ix->o.name;

	if (!ix->unique)
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "cannot use non-unique index \"%s\" as replica identity", name);
	for (int i = 0; i < r->nconstraints; i++)
		if (r->constraints[i].oid == ix->constraint && ix->constraint != 0 &&
		    r->constraints[i].deferrable)
			return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				       "cannot use non-immediate index \"%s\" as replica identity", name);
	for (int i = 0; i < ix->nkeys; i++)
		if (ix->cols[i].attnum == 0)
			return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				       "cannot use expression index \"%s\" as replica identity", name);
	if (ix->where_sql != NULL)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "cannot use partial index \"%s\" as replica identity", name);
	for (int i = 0; i < ix->nkeys; i++)
		if (!r->cols[ix->cols[i].attnum - 1].not_null)
			return err_set(e, ERR_WRONG_OBJECT_TYPE,
				       "index \"%s\" cannot be used as replica identity because column "
				       "\"%s\" is nullable",
				       name, r->cols[ix->cols[i].attnum - 1].name);
	return ERR_OK;
}

static int
replica_identity(struct ddl *d, const struct relation *old, const struct alter_action *a, struct err *e)
{
	struct relation *r = ddl_copy_relation(d, old);
	const struct relation *named;

	r->replica_identity = a->number == 'd' ? '\0' : (char) a->number;
	r->replica_index = 0;
	if (a->name != NULL) {
		named = catalog_relation(d->c, old->o.schema, a->name);
		if (named == NULL)
			return err_set(e, ERR_UNDEFINED_OBJECT, "index \"%s\" for table \"%s\" does not exist",
				       a->name, old->o.name);
		if (named->index == NULL || named->index->table_oid != old->o.oid)
			return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index for table \"%s\"",
				       a->name, old->o.name);
		if (check_identity(old, named->index, e) != ERR_OK)
			return e->code;
		r->replica_index = named->o.oid;
	}
	ddl_put_relation(d, r);
	return ERR_OK;
}

static int
set_flag(struct ddl *d, const struct relation *old, const struct alter_action *a, struct err *e)
{
	struct relation *r = ddl_copy_relation(d, old);

	switch (a->kind) {
	case ALTER_SET_OPTIONS:
	case ALTER_RESET_OPTIONS:
		set_options(d, r, a);
		return ERR_OK;
	case ALTER_ENABLE_RLS:
	case ALTER_DISABLE_RLS:
		r->rls_enabled = a->kind == ALTER_ENABLE_RLS;
		break;
	case ALTER_FORCE_RLS:
	case ALTER_NO_FORCE_RLS:
		r->rls_forced = a->kind == ALTER_FORCE_RLS;
		break;
	case ALTER_SET_LOGGED:
	case ALTER_SET_UNLOGGED:
		r->persistence = a->kind == ALTER_SET_LOGGED ? 'p' : 'u';
		break;
	case ALTER_OWNER:
		return ddl_change_owner(d, r, a->owner, e);
	default:
		return err_unsupported(e, "this form of ALTER TABLE", NULL);
	}
	ddl_put_relation(d, r);
	return ERR_OK;
}

int
ddl_run_action(struct ddl *d, const struct relation *r, const struct alter_action *a, struct err *e)
{
	switch (a->kind) {
	case ALTER_ADD_COLUMN:
		return ddl_add_column(d, r, a, e);
	case ALTER_COLUMN_TYPE:
		return ddl_column_type(d, r, a, e);
	case ALTER_DROP_COLUMN:
	case ALTER_SET_DEFAULT:
	case ALTER_DROP_DEFAULT:
	case ALTER_SET_NOT_NULL:
	case ALTER_DROP_NOT_NULL:
	case ALTER_ADD_IDENTITY:
	case ALTER_SET_IDENTITY:
	case ALTER_DROP_IDENTITY:
	case ALTER_DROP_EXPRESSION:
	case ALTER_SET_STATISTICS:
	case ALTER_SET_STORAGE:
	case ALTER_SET_COMPRESSION:
		return ddl_column_attribute(d, r, a, e);
	case ALTER_ADD_CONSTRAINT:
		return ddl_add_constraint(d, r->o.oid, a->constraint, false, e);
	case ALTER_DROP_CONSTRAINT:
		return drop_constraint(d, r, a, e);
	case ALTER_VALIDATE_CONSTRAINT:
		return validate_constraint(d, r, a, e);
	case ALTER_CONSTRAINT:
		return alter_constraint(d, r, a, e);
	case ALTER_ATTACH_PARTITION:
		return ddl_attach(d, r, a, e);
	case ALTER_DETACH_PARTITION:
		return ddl_detach(d, r, a, e);
	case ALTER_REPLICA_IDENTITY:
		return replica_identity(d, r, a, e);
	default:
		return set_flag(d, r, a, e);
	}
}

int
ddl_alter_table(struct ddl *d, const struct cmd_alter_table *cmd, struct err *e)
{
	enum lock_mode mode = LOCK_SHARE_UPDATE_EXCLUSIVE;
	const struct relation *r;
	oid_t oid;
	int rc;

	if (cmd->rel == NULL) {
		ddl_notice(d, LOG_NOTICE, ERR_OK, "relation \"%s\" does not exist, skipping",
			   cmd->missing_name);
		return ERR_OK;
	}
	for (int i = 0; i < cmd->actions.n; i++)
		if (lock_of(LIST_AT(const struct alter_action, &cmd->actions, i)) > mode)
			mode = lock_of(LIST_AT(const struct alter_action, &cmd->actions, i));
	oid = cmd->rel->o.oid;
	rc = ddl_lock_relation(d, oid, mode, &r, e);
	if (rc == ERR_OK)
		rc = ddl_check_relation_owner(d, r, e);
	for (int pass = 0; rc == ERR_OK && pass < PASSES; pass++)
		for (int i = 0; rc == ERR_OK && i < cmd->actions.n; i++) {
			const struct alter_action *a =
				LIST_AT(const struct alter_action, &cmd->actions, i);

			if (pass_of(a) != pass)
				continue;
			rc = ddl_alter_one(d, oid, a, cmd->only, mode, e);
		}
	return rc;
}
