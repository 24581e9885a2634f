/* relation.c - names of relations, schemas and roles, by the search path. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

int
search_path(struct binder *b, bool implicit, const oid_t **ret)
{
	static const oid_t fixed[] = { OID_PG_CATALOG, OID_PUBLIC };
	const struct session_api *s = b->env->session;

	if (s != NULL && s->search_path != NULL && !b->fixed_path)
		return s->search_path(s->self, implicit, ret);
	*ret = implicit ? fixed : fixed + 1;
	return implicit ? 2 : 1;
}

const char *
current_user_name(struct binder *b)
{
	const struct session_api *s = b->env->session;

	return s != NULL ? s->current_user(s->self) : "postgres";
}

const struct relation *
find_relation(struct binder *b, const char *schema, const char *name)
{
	const struct relation *r = NULL;
	const oid_t *path;

	if (schema != NULL && schema[0] != '\0') {
		if (strcmp(schema, "pg_temp") == 0) {
			int n = search_path(b, true, &path);

			for (int i = 0; r == NULL && i < n; i++) {
				const struct schema *t = catalog_schema_by_oid(b->catalog, path[i]);

				if (t != NULL && strncmp(t->o.name, "pg_temp", 7) == 0)
					r = catalog_relation(b->catalog, path[i], name);
			}
			return r;
		}
		const struct schema *s = catalog_schema(b->catalog, schema);
		return s != NULL ? catalog_relation(b->catalog, s->o.oid, name) : NULL;
	}
	int n = search_path(b, true, &path);
	for (int i = 0; r == NULL && i < n; i++)
		r = catalog_relation(b->catalog, path[i], name);
	return r;
}

/* schema and name as messages show them. */
static const char *
shown_name(struct binder *b, const PgQuery__RangeVar *rv)
{
	if (rv->schemaname != NULL && rv->schemaname[0] != '\0')
		return printf_str(b, "%s.%s", rv->schemaname, rv->relname);
	return rv->relname;
}

/* "Perhaps you meant": of the schema that was named, or of the search path. */
static void
hint_relation(struct binder *b, const PgQuery__RangeVar *rv)
{
	const bool named = rv->schemaname != NULL && rv->schemaname[0] != '\0';
	const struct schema *s = named ? catalog_schema(b->catalog, rv->schemaname) : NULL;
	const oid_t *path;

	if (s != NULL) {
		guess_relation(b, &s->o.oid, 1, rv->relname);
	} else if (!named) {
		int n = search_path(b, false, &path);

		guess_relation(b, path, n, rv->relname);
	}
}

const struct relation *
bind_relation(struct binder *b, const PgQuery__RangeVar *rv)
{
	const struct session_api *s = b->env->session;

	if (rv->catalogname != NULL && rv->catalogname[0] != '\0' && s != NULL &&
	    strcmp(rv->catalogname, s->database(s->self)) != 0)
		return bind_fail(b, at(b, rv->location), ERR_FEATURE_NOT_SUPPORTED,
				 "cross-database references are not implemented: \"%s.%s.%s\"",
				 rv->catalogname, rv->schemaname, rv->relname);
	const struct relation *r = find_relation(b, rv->schemaname, rv->relname);
	if (r == NULL) {
		bind_error(b, at(b, rv->location), ERR_UNDEFINED_TABLE,
			   "relation \"%s\" does not exist", shown_name(b, rv));
		hint_relation(b, rv);
	}
	return r;
}

/* The same for statements where PostgreSQL tells no position. */
const struct relation *
bind_relation_plain(struct binder *b, const PgQuery__RangeVar *rv)
{
	const struct relation *r = bind_relation(b, rv);

	if (r == NULL)
		b->e->position = 0;
	return r;
}

const struct schema *
bind_schema(struct binder *b, const char *name, int position)
{
	const struct schema *s = catalog_schema(b->catalog, name);

	if (s == NULL)
		return bind_fail(b, position, ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist",
				 name);
	return s;
}

/* Where a new relation goes. */
oid_t
create_schema_oid(struct binder *b, const PgQuery__RangeVar *rv, char *persistence)
{
	const oid_t *path;
	char p = rv->relpersistence != NULL && rv->relpersistence[0] != '\0' ? rv->relpersistence[0]
									     : 'p';

	if (rv->schemaname != NULL && rv->schemaname[0] != '\0' &&
	    strcmp(rv->schemaname, "pg_temp") != 0) {
		const struct schema *s = bind_schema(b, rv->schemaname, at(b, rv->location));

		if (s == NULL)
			return 0;
		if (p == 't' && strncmp(s->o.name, "pg_temp", 7) != 0) {
			bind_error(b, at(b, rv->location), ERR_INVALID_TABLE_DEFINITION,
				   "cannot create temporary relation in non-temporary schema");
			return 0;
		}
		if (strncmp(s->o.name, "pg_temp", 7) == 0)
			p = 't';
		*persistence = p;
		return s->o.oid;
	}
	if (rv->schemaname != NULL && strcmp(rv->schemaname, "pg_temp") == 0)
		p = 't';
	*persistence = p;
	int n = search_path(b, p == 't', &path);
	for (int i = 0; i < n; i++) {
		const struct schema *s = catalog_schema_by_oid(b->catalog, path[i]);

		if (s != NULL && (p != 't' || strncmp(s->o.name, "pg_temp", 7) == 0))
			return path[i];
	}
	if (p == 't')
		bind_unsupported(b, at(b, rv->location), "temporary relations in this session",
				 NULL);
	else
		bind_error(b, at(b, rv->location), ERR_UNDEFINED_SCHEMA,
			   "no schema has been selected to create in");
	return 0;
}

const struct role *
bind_role(struct binder *b, const PgQuery__RoleSpec *r)
{
	const char *name = r->rolename;

	switch (r->roletype) {
	case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_ROLE:
	case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_USER:
		name = current_user_name(b);
		break;
	case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_SESSION_USER:
		if (b->env->session != NULL)
			name = b->env->session->session_user(b->env->session->self);
		break;
	case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC:
		return bind_fail(b, 0, ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist",
				 "public");
	default:
		break;
	}
	const struct role *role = catalog_role(b->catalog, name);
	if (role == NULL)
		return bind_fail(b, 0, ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist", name);
	return role;
}
