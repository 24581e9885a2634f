/* ddl_grant.c - GRANT and REVOKE of privileges and of roles, default privileges, what roles own. */
#include "config.h"
#include "translate/object.h"

#include <string.h>

static int
grantees(struct binder *b, size_t n, PgQuery__Node *const *list, struct list *to)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__RoleSpec *s = list[i]->role_spec;
		const struct role *r = NULL;

		if (s->roletype != PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC) {
			r = bind_role(b, s);
			if (r == NULL)
				return b->e->code;
		}
		list_push(to, b->arena, r);
	}
	return ERR_OK;
}

static int
privileges(struct binder *b, const PgQuery__GrantStmt *s, struct cmd_grant *c)
{
	for (size_t i = 0; i < s->n_privileges; i++) {
		const PgQuery__AccessPriv *p = s->privileges[i]->access_priv;

		struct def_privilege *d = ARENA_NEW(b->arena, struct def_privilege);

		d->name = given(p->priv_name) ? p->priv_name : NULL;
		for (size_t k = 0; k < p->n_cols; k++)
			list_push(&d->columns, b->arena, (void *) (uintptr_t) node_str(p->cols[k]));
		list_push(&c->privileges, b->arena, d);
	}
	if (s->n_privileges == 0)
		list_push(&c->privileges, b->arena, ARENA_NEW(b->arena, struct def_privilege));
	return ERR_OK;
}

/* ALL TABLES IN SCHEMA: the objects there are now. */
static int
all_in_schema(struct binder *b, const PgQuery__GrantStmt *s, struct cmd_grant *c)
{
	bool sequences = s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE;
	bool routines = s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION ||
			s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE ||
			s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE;
	bool tables = s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE;

	for (size_t i = 0; i < s->n_objects; i++) {
		const struct schema *sc = bind_schema(b, node_str(s->objects[i]), 0);

		if (sc == NULL)
			return b->e->code;
		for (int k = 0; routines && k < catalog_count(b->catalog, OBJ_FUNCTION); k++) {
			const struct object *f = catalog_at(b->catalog, OBJ_FUNCTION, k);
			struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);

			if (f->schema != sc->o.oid)
				continue;
			o->kind = OBJECT_FUNCTION;
			o->oid = f->oid;
			list_push(&c->objects, b->arena, o);
		}
		for (int k = 0; k < catalog_count(b->catalog, OBJ_RELATION); k++) {
			const struct relation *r =
				(const struct relation *) catalog_at(b->catalog, OBJ_RELATION, k);

			if (r->o.schema != sc->o.oid ||
			    !((sequences && r->kind == REL_SEQUENCE) ||
			      (tables && (r->kind == REL_TABLE || r->kind == REL_VIEW ||
					  r->kind == REL_MATVIEW))))
				continue;
			struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);
			o->kind = r->kind == REL_SEQUENCE  ? OBJECT_SEQUENCE
				  : r->kind == REL_VIEW    ? OBJECT_VIEW
				  : r->kind == REL_MATVIEW ? OBJECT_MATVIEW
							   : OBJECT_TABLE;
			o->oid = r->o.oid;
			list_push(&c->objects, b->arena, o);
		}
	}
	return ERR_OK;
}

static int
grant(struct binder *b, const PgQuery__GrantStmt *s, struct statement *st)
{
	struct cmd_grant *c = COMMAND_NEW(b, cmd_grant, CMD_GRANT, st);
	int rc = privileges(b, s, c);

	if (rc == ERR_OK && s->grantor != NULL) {
		const struct role *by = bind_role(b, s->grantor);

		if (by == NULL)
			return b->e->code;
		if (strcmp(by->o.name, current_user_name(b)) != 0)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED, "grantor must be current user");
	}
	c->grant = s->is_grant;
	c->grant_option = s->grant_option;
	c->cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	if (rc == ERR_OK)
		rc = grantees(b, s->n_grantees, s->grantees, &c->grantees);
	if (rc != ERR_OK)
		return rc;
	if (s->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA)
		return all_in_schema(b, s, c);
	for (size_t i = 0; i < s->n_objects; i++) {
		struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);

		rc = bind_object(b, s->objtype, s->objects[i], false,
				 s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, o);
		if (rc != ERR_OK) {
			if (b->e->code == ERR_UNDEFINED_TABLE &&
			    s->objects[i]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
				err_init(b->e);
				(void) bind_relation_plain(b, s->objects[i]->range_var);
			}
			return b->e->code;
		}
		list_push(&c->objects, b->arena, o);
	}
	return ERR_OK;
}

static int
grant_role(struct binder *b, const PgQuery__GrantRoleStmt *s, struct statement *st)
{
	struct cmd_grant_role *c = COMMAND_NEW(b, cmd_grant_role, CMD_GRANT_ROLE, st);
	int rc;

	c->grant = s->is_grant;
	c->admin_option = s->admin_opt;
	for (size_t i = 0; i < s->n_granted_roles; i++) {
		const struct role *r =
			catalog_role(b->catalog, s->granted_roles[i]->access_priv->priv_name);

		if (r == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist",
					  s->granted_roles[i]->access_priv->priv_name);
		list_push(&c->roles, b->arena, r);
	}
	rc = grantees(b, s->n_grantee_roles, s->grantee_roles, &c->members);
	for (int i = 0; rc == ERR_OK && i < c->members.n; i++)
		if (c->members.at[i] == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_OBJECT,
					  "role \"public\" does not exist");
	return rc;
}

/* -- ALTER DEFAULT PRIVILEGES, OWNED BY ---------------------------------------- */
static int
roles_given(struct binder *b, size_t n, PgQuery__Node *const *list, struct list *to)
{
	for (size_t i = 0; i < n; i++) {
		const struct role *r = bind_role(b, list[i]->role_spec);

		if (r == NULL)
			return b->e->code;
		list_push(to, b->arena, r);
	}
	return ERR_OK;
}

static int
default_options(struct binder *b, const PgQuery__AlterDefaultPrivilegesStmt *s,
		struct cmd_default_privileges *c)
{
	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *d = s->options[i]->def_elem;
		const PgQuery__List *l = d->arg->list;

		if (strcmp(d->defname, "roles") == 0) {
			if (c->roles.n > 0)
				return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
						  "conflicting or redundant options");
			if (roles_given(b, l->n_items, l->items, &c->roles) != ERR_OK)
				return b->e->code;
			continue;
		}
		if (c->schemas.n > 0)
			return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
					  "conflicting or redundant options");
		for (size_t k = 0; k < l->n_items; k++) {
			const struct schema *sc = bind_schema(b, node_str(l->items[k]), 0);

			if (sc == NULL)
				return b->e->code;
			list_push(&c->schemas, b->arena, sc);
		}
	}
	if (c->roles.n == 0)
		list_push(&c->roles, b->arena, catalog_role(b->catalog, current_user_name(b)));
	return ERR_OK;
}

static int
default_privileges(struct binder *b, const PgQuery__AlterDefaultPrivilegesStmt *s,
		   struct statement *st)
{
	struct cmd_default_privileges *c =
		COMMAND_NEW(b, cmd_default_privileges, CMD_DEFAULT_PRIVILEGES, st);
	const PgQuery__GrantStmt *g = s->action;
	int rc = default_options(b, s, c);

	c->kind = g->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE      ? 'r'
		  : g->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ? 'S'
		  : g->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE     ? 'T'
		  : g->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA   ? 'n'
									 : 'f';
	c->grant.grant = g->is_grant;
	c->grant.grant_option = g->grant_option;
	c->grant.cascade = g->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	if (rc == ERR_OK)
		rc = privileges(b, g, &c->grant);
	return rc == ERR_OK ? grantees(b, g->n_grantees, g->grantees, &c->grant.grantees) : rc;
}

static int
reassign_owned(struct binder *b, const PgQuery__ReassignOwnedStmt *s, struct statement *st)
{
	struct cmd_owned *c = COMMAND_NEW(b, cmd_owned, CMD_REASSIGN_OWNED, st);
	int rc = roles_given(b, s->n_roles, s->roles, &c->roles);
	const struct role *to = rc == ERR_OK ? bind_role(b, s->newrole) : NULL;

	if (to == NULL)
		return b->e->code;
	c->new_owner = to->o.oid;
	return ERR_OK;
}

static int
drop_owned(struct binder *b, const PgQuery__DropOwnedStmt *s, struct statement *st)
{
	struct cmd_owned *c = COMMAND_NEW(b, cmd_owned, CMD_DROP_OWNED, st);

	c->cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	return roles_given(b, s->n_roles, s->roles, &c->roles);
}

int
bind_grant(struct binder *b, Node *n, struct statement *st)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_GRANT_STMT:
		return grant(b, n->grant_stmt, st);
	case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
		return grant_role(b, n->grant_role_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
		return default_privileges(b, n->alter_default_privileges_stmt, st);
	case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
		return reassign_owned(b, n->reassign_owned_stmt, st);
	default:
		return drop_owned(b, n->drop_owned_stmt, st);
	}
}
