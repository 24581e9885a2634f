/* domain.c - ALTER DOMAIN.
 *
 * A new rule is looked for in the rows of all columns that are of the domain: each value is made one
 * of the changed domain again.
 *
 * Not here: CREATE DOMAIN (usertype.c), names and owners (rename.c). */
#include "config.h"
#include "core/ddl/private.h"

static int
find_check(const struct user_type *u, const char *name)
{
	for (int i = 0; i < u->nchecks; i++)
		if (strcmp(u->checks[i].name, name) == 0)
			return i;
	return -1;
}

static int
no_check(const struct user_type *u, const char *name, struct err *e)
{
	return err_set(e, ERR_UNDEFINED_OBJECT, "constraint \"%s\" of domain \"%s\" does not exist", name,
		       u->o.name);
}

/* --- the rows that are there ------------------------------------------------------------------ */
static int
push_nothing(struct ddl_rows *to UNUSED, const union datum *values UNUSED, const bool *nulls UNUSED,
	     struct err *e UNUSED)
{
	return ERR_OK;
}

/* "column"::base, to be coerced to the domain. */
static const char *
value_text(struct ddl *d, const struct column *c, const struct type *base)
{
	const struct object *o = catalog_object(d->c, OBJ_TYPE, base->oid);
	struct strbuf b;

	strbuf_init(&b, d->a);
	ddl_quote(&b, c->name);
	strbuf_puts(&b, "::");
	if (o == NULL) {
		type_format(base, -1, &b);
		return b.data;
	}
	ddl_quote(&b, ddl_schema_name(d, o->schema));
	strbuf_putc(&b, '.');
	ddl_quote(&b, o->name);
	return b.data;
}

static int
check_column(struct ddl *d, const struct relation *r, const struct column *c, const struct type *domain,
	     struct err *e)
{
	struct ddl_rows rows = { .push = push_nothing };
	struct range *row = range_table(d->a, NULL, r, NULL);
	struct expr *x;
	int rc;

	rc = d->env->bind_expr(d->env->arg, d->c, value_text(d, c, domain->base), row, domain->oid, -1, &x,
			       e);
	if (rc == ERR_OK)
		rc = d->env->eval_rows(d->env->arg, d->c, r, row, 1, &x, &rows, e);
	if (rc != ERR_CHECK_VIOLATION && rc != ERR_NOT_NULL_VIOLATION)
		return rc;
	err_init(e);
	err_set(e, (enum err_code) rc,
		rc == ERR_CHECK_VIOLATION
			? "column \"%s\" of table \"%s\" contains values that violate the new constraint"
			: "column \"%s\" of table \"%s\" contains null values",
		c->name, r->o.name);
	return err_object(e, ddl_schema_name(d, r->o.schema), r->o.name, c->name, NULL);
}

static int
check_rows(struct ddl *d, oid_t domain, struct err *e)
{
	const struct type *t = catalog_type(d->c, domain);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(d->c, OBJ_RELATION, i);
		oid_t oid = r->o.oid;

		if ((r->kind != REL_TABLE && r->kind != REL_MATVIEW) || r->partkey != NULL)
			continue;
		for (int k = 0; rc == ERR_OK && k < r->ncols; k++) {
			if (r->cols[k].dropped || r->cols[k].type->oid != domain)
				continue;
			rc = ddl_lock_relation(d, oid, LOCK_TABLE_SHARE, &r, e);
			if (rc == ERR_OK)
				rc = check_column(d, r, &r->cols[k], t, e);
		}
	}
	return rc;
}

/* --- its rules -------------------------------------------------------------------------------- */
static const char *
free_name(struct ddl *d, const struct user_type *u)
{
	for (int pass = 0;; pass++) {
		const char *name = ddl_object_name(d->a, u->o.name, NULL,
						   pass == 0 ? "check"
							     : arena_printf(d->a, "check%d", pass));

		if (find_check(u, name) < 0)
			return name;
	}
}

static int
add_check(struct ddl *d, struct user_type *u, const struct cmd_alter_domain *cmd, struct err *e)
{
	struct domain_rule *more = ARENA_ARRAY(d->a, struct domain_rule, u->nchecks + 1);

	if (cmd->name != NULL && find_check(u, cmd->name) >= 0)
		return err_set(e, ERR_DUPLICATE_OBJECT,
			       "constraint \"%s\" for domain \"%s\" already exists", cmd->name, u->o.name);
	if (u->nchecks > 0)
		memcpy(more, u->checks, (size_t) u->nchecks * sizeof *more);
	more[u->nchecks] = (struct domain_rule){ draft_new_oid(d->draft),
						 cmd->name != NULL ? cmd->name : free_name(d, u), cmd->sql,
						 !cmd->not_valid };
	u->checks = more;
	u->nchecks++;
	return ERR_OK;
}

static int
drop_check(struct ddl *d, struct user_type *u, const struct cmd_alter_domain *cmd, struct err *e)
{
	struct domain_rule *less = ARENA_ARRAY(d->a, struct domain_rule, u->nchecks + 1);
	int at = find_check(u, cmd->name), n = 0;

	if (at < 0 && !cmd->if_exists)
		return no_check(u, cmd->name, e);
	if (at < 0)
		ddl_notice(d, LOG_NOTICE, ERR_OK,
			   "constraint \"%s\" of domain \"%s\" does not exist, skipping", cmd->name,
			   u->o.name);
	for (int i = 0; i < u->nchecks; i++)
		if (i != at)
			less[n++] = u->checks[i];
	u->checks = less;
	u->nchecks = n;
	return ERR_OK;
}

/* Validated, or under another name. */
static int
change_check(struct ddl *d, struct user_type *u, const char *name, const char *new_name, struct err *e)
{
	struct domain_rule *checks =
		arena_dup(d->a, u->checks, (size_t) u->nchecks * sizeof *checks);
	int at = find_check(u, name);

	if (at < 0 && new_name != NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "constraint \"%s\" for domain %s does not exist", name,
			       u->o.name);
	if (at < 0)
		return no_check(u, name, e);
	if (new_name != NULL && find_check(u, new_name) >= 0)
		return err_set(e, ERR_DUPLICATE_OBJECT,
			       "constraint \"%s\" for domain %s already exists", new_name, u->o.name);
	if (new_name != NULL)
		checks[at].name = new_name;
	else
		checks[at].validated = true;
	u->checks = checks;
	return ERR_OK;
}

static int
open_domain(struct ddl *d, oid_t oid, struct user_type *ret, struct err *e)
{
	int rc = ddl_lock_object(d, OBJ_TYPE, oid, LOCK_ACCESS_EXCLUSIVE, e);

	if (rc != ERR_OK)
		return rc;
	*ret = *(const struct user_type *) catalog_object(d->c, OBJ_TYPE, oid);
	return ddl_check_owner(d, &ret->o, "type", e);
}

int
ddl_alter_domain(struct ddl *d, const struct cmd_alter_domain *cmd, struct err *e)
{
	struct user_type u;
	bool stricter = false;
	int rc = open_domain(d, cmd->domain, &u, e);

	if (rc != ERR_OK)
		return rc;
	switch (cmd->what) {
	case DOMAIN_DEFAULT:
		u.default_sql = cmd->sql;
		break;
	case DOMAIN_SET_NOT_NULL:
		stricter = !u.not_null;
		u.not_null = true;
		break;
	case DOMAIN_DROP_NOT_NULL:
		u.not_null = false;
		break;
	case DOMAIN_ADD_CHECK:
		stricter = !cmd->not_valid;
		rc = add_check(d, &u, cmd, e);
		break;
	case DOMAIN_DROP_CHECK:
		rc = drop_check(d, &u, cmd, e);
		break;
	case DOMAIN_VALIDATE:
		stricter = true;
		rc = change_check(d, &u, cmd->name, NULL, e);
		break;
	}
	if (rc != ERR_OK)
		return rc;
	draft_put(d->draft, &u.o);
	rc = ddl_seal(d, e);
	return rc == ERR_OK && stricter ? check_rows(d, u.o.oid, e) : rc;
}

int
ddl_rename_domain_check(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	struct user_type u;
	int rc = open_domain(d, cmd->object.oid, &u, e);

	if (rc == ERR_OK)
		rc = change_check(d, &u, cmd->object.sub, cmd->new_name, e);
	if (rc == ERR_OK)
		draft_put(d->draft, &u.o);
	return rc;
}
