/* usertype.c - CREATE TYPE AS ENUM, ALTER TYPE ADD and RENAME VALUE, CREATE DOMAIN.
 *
 * Not here: composite types, which are relations (table.c); ranges (rangetype.c). */
#include "config.h"
#include "core/ddl/acl.h"

int
ddl_check_new_type(struct ddl *d, oid_t schema, const char *name, struct err *e)
{
	int rc;

	rc = ddl_check_create(d, schema, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, schema, name, e);
	if (rc != ERR_OK)
		return rc;
	if (ddl_type_exists(d, schema, name))
		return err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
	return ERR_OK;
}

/* The array type's name: _name, with more underscores while taken. */
static const char *
array_name(struct ddl *d, oid_t schema, const char *name)
{
	const char *base = name;

	for (;;) {
		base = arena_printf(d->a, "_%.*s", NAME_MAX_LEN - 1, base);
		if (!ddl_type_exists(d, schema, base) || strlen(base) == NAME_MAX_LEN)
			return base;
	}
}

void
ddl_put_type(struct ddl *d, oid_t schema, const char *name, struct user_type *u, struct type *t)
{
	struct type *array = ARENA_NEW(d->a, struct type);

	if (u->o.oid == 0) {
		u->o = (struct object){ .class = OBJ_TYPE,
					.oid = draft_new_oid(d->draft),
					.schema = schema,
					.owner = d->env->user,
					.name = name };
		u->o.acl = ddl_default_acl(d, &u->o);
		array->oid = draft_new_oid(d->draft);
		array->name = array_name(d, schema, name);
		u->array = array;
	}
	t->oid = u->o.oid;
	u->type = t;
	draft_put(d->draft, &u->o);
}

static int
check_label(const char *label, struct err *e)
{
	if (strlen(label) <= NAME_MAX_LEN)
		return ERR_OK;
	err_set(e, ERR_INVALID_NAME, "invalid enum label \"%s\"", label);
	return err_detail(e, "Labels must be %d bytes or less.", NAME_MAX_LEN);
}

int
ddl_create_enum(struct ddl *d, const struct cmd_create_enum *cmd, struct err *e)
{
	struct enum_label *labels = ARENA_ARRAY(d->a, struct enum_label, cmd->labels.n);
	struct type t = {
		.kind = TYPE_ENUM, .labels = labels, .nlabels = cmd->labels.n, .base_typmod = -1
	};
	struct user_type u = { 0 };
	int rc;

	rc = ddl_check_new_type(d, cmd->schema, cmd->name, e);
	for (int i = 0; rc == ERR_OK && i < t.nlabels; i++) {
		labels[i].name = LIST_AT(const char, &cmd->labels, i);
		rc = check_label(labels[i].name, e);
		for (int k = 0; rc == ERR_OK && k < i; k++)
			if (strcmp(labels[k].name, labels[i].name) == 0) {
				err_set(e, ERR_UNIQUE_VIOLATION,
					"duplicate key value violates unique constraint "
					"\"pg_enum_typid_label_index\"");
				rc = e->code;
			}
		labels[i].oid = draft_new_oid(d->draft);
		labels[i].order = (float) (i + 1);
	}
	if (rc != ERR_OK)
		return rc;
	ddl_put_type(d, cmd->schema, cmd->name, &u, &t);
	return ERR_OK;
}

static int
label_number(const struct type *t, const char *name)
{
	for (int i = 0; i < t->nlabels; i++)
		if (strcmp(t->labels[i].name, name) == 0)
			return i;
	return -1;
}

static int
rename_label(struct ddl *d, const struct user_type *old, const struct cmd_alter_enum *cmd,
	     struct err *e)
{
	struct user_type u = *old;
	struct type t = *old->type;
	struct enum_label *labels = arena_dup(d->a, t.labels, (size_t) t.nlabels * sizeof *labels);
	int at = label_number(&t, cmd->old_label);

	if (at < 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "\"%s\" is not an existing enum label", cmd->old_label);
	if (label_number(&t, cmd->label) >= 0)
		return err_set(e, ERR_DUPLICATE_OBJECT, "enum label \"%s\" already exists",
			       cmd->label);
	labels[at].name = cmd->label;
	t.labels = labels;
	ddl_put_type(d, u.o.schema, u.o.name, &u, &t);
	return ERR_OK;
}

static int
add_label(struct ddl *d, const struct user_type *old, const struct cmd_alter_enum *cmd,
	  struct err *e)
{
	struct user_type u = *old;
	struct type t = *old->type;
	struct enum_label *labels = ARENA_ARRAY(d->a, struct enum_label, t.nlabels + 1);
	int at = t.nlabels;

	if (label_number(&t, cmd->label) >= 0) {
		if (!cmd->if_not_exists)
			return err_set(e, ERR_DUPLICATE_OBJECT, "enum label \"%s\" already exists",
				       cmd->label);
		ddl_notice(d, LOG_NOTICE, ERR_DUPLICATE_OBJECT,
			   "enum label \"%s\" already exists, skipping", cmd->label);
		return ERR_OK;
	}
	if (cmd->neighbour != NULL) {
		at = label_number(&t, cmd->neighbour);
		if (at < 0)
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				       "\"%s\" is not an existing enum label", cmd->neighbour);
		at += cmd->after;
	}
	memcpy(labels, t.labels, (size_t) at * sizeof *labels);
	memcpy(labels + at + 1, t.labels + at, (size_t) (t.nlabels - at) * sizeof *labels);
	labels[at].name = cmd->label;
	labels[at].oid = draft_new_oid(d->draft);
	if (t.nlabels == 0)
		labels[at].order = 1;
	else if (at == t.nlabels)
		labels[at].order = labels[at - 1].order + 1;
	else if (at == 0)
		labels[at].order = labels[1].order - 1;
	else
		labels[at].order = (labels[at - 1].order + labels[at + 1].order) / 2;
	t.nlabels++;
	t.labels = labels;
	ddl_put_type(d, u.o.schema, u.o.name, &u, &t);
	return ERR_OK;
}

int
ddl_alter_enum(struct ddl *d, const struct cmd_alter_enum *cmd, struct err *e)
{
	const struct user_type *u;
	int rc;

	rc = ddl_lock_object(d, OBJ_TYPE, cmd->type->oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	u = (const struct user_type *) catalog_object(d->c, OBJ_TYPE, cmd->type->oid);
	if (u->type->kind != TYPE_ENUM)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "%s is not an enum", u->o.name);
	rc = ddl_check_owner(d, &u->o, "type", e);
	if (rc == ERR_OK)
		rc = check_label(cmd->label, e);
	if (rc != ERR_OK)
		return rc;
	return cmd->old_label != NULL ? rename_label(d, u, cmd, e) : add_label(d, u, cmd, e);
}

int
ddl_create_domain(struct ddl *d, const struct cmd_create_domain *cmd, struct err *e)
{
	struct type t = { .kind = TYPE_DOMAIN, .base = cmd->base, .base_typmod = cmd->typmod };
	struct domain_rule *checks = ARENA_ARRAY(d->a, struct domain_rule, cmd->checks.n);
	struct user_type u = { .not_null = cmd->not_null,
			       .default_sql = cmd->default_sql,
			       .collation = cmd->collation,
			       .checks = checks,
			       .nchecks = cmd->checks.n };
	int rc;

	rc = ddl_check_new_type(d, cmd->schema, cmd->name, e);
	for (int i = 0; rc == ERR_OK && i < u.nchecks; i++) {
		const struct def_constraint *def =
			LIST_AT(const struct def_constraint, &cmd->checks, i);
		const char *name = def->name;

		for (int k = 0; name != NULL && k < i; k++)
			if (strcmp(checks[k].name, name) == 0)
				return err_set(e, ERR_DUPLICATE_OBJECT,
					       "constraint \"%s\" for domain \"%s\" already exists", name, cmd->name);
		for (int pass = 0; name == NULL; pass++) {
			bool taken = false;

			name = ddl_object_name(d->a, cmd->name, NULL,
					       pass == 0 ? "check"
							 : arena_printf(d->a, "check%d", pass));
			for (int k = 0; k < i; k++)
				taken |= strcmp(checks[k].name, name) == 0;
			if (taken)
				name = NULL;
		}
		checks[i] = (struct domain_rule){ draft_new_oid(d->draft), name, def->check_sql,
						  !def->not_valid };
	}
	if (rc != ERR_OK)
		return rc;
	ddl_put_type(d, cmd->schema, cmd->name, &u, &t);
	return ERR_OK;
}
