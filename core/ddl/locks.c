/* locks.c - locking what a command changes, and may it?
 *
 * Not here: privileges of queries (core/security). */
#include "config.h"
#include "core/ddl/private.h"

#include "core/security/privilege.h"

static const char *object_kind_name(enum object_class class)
{
	switch (class) {
	case OBJ_SCHEMA:
		return "schema";
	case OBJ_TYPE:
		return "type";
	case OBJ_ROLE:
		return "role";
	case OBJ_DATABASE:
		return "database";
	default:
		return "object";
	}
}

int
ddl_lock_relation(struct ddl *d, oid_t oid, enum lock_mode mode, const struct relation **ret,
		  struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, oid);
	bool waited;
	int rc;

	if (r != NULL && r->sys != NULL)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			       "permission denied: \"%s\" is a system catalog", r->o.name);
	rc = table_lock(d->env->unit, oid, NULL, mode, LOCK_WAIT, &waited, e);
	if (rc != ERR_OK)
		return rc;
	ddl_refresh(d);
	*ret = catalog_relation_by_oid(d->c, oid);
	if (*ret == NULL)
		return err_set(e, ERR_UNDEFINED_TABLE, "relation with OID %u does not exist", oid);
	return ERR_OK;
}

static int
lock(struct ddl *d, enum lock_space space, oid_t object, const char *name, enum lock_mode mode,
     const char *what, struct err *e)
{
	struct lock_key key = {
		.space = space, .object = object, .bytes = name, .len = name != NULL ? strlen(name) : 0,
	};
	struct lock_how how = { .policy = LOCK_WAIT, .what = what };
	enum lock_result result;
	int rc;

	rc = lock_acquire(txn_locks(d->env->exec->txn), &key, mode, &how, &result, e);
	if (rc == ERR_OK)
		ddl_refresh(d);
	return rc;
}

int
ddl_lock_name(struct ddl *d, oid_t schema, const char *name, struct err *e)
{
	int rc = ERR_OK;

	if (schema != 0)
		rc = ddl_lock_object(d, OBJ_SCHEMA, schema, LOCK_ACCESS_SHARE, e);
	if (rc != ERR_OK)
		return rc;
	return lock(d, LOCK_OBJECT, schema, name, LOCK_ACCESS_EXCLUSIVE, "object", e);
}

int
ddl_lock_shared_name(struct ddl *d, const char *name, struct err *e)
{
	return lock(d, LOCK_SHARED_OBJECT, 0, name, LOCK_ACCESS_EXCLUSIVE, "object", e);
}

int
ddl_lock_object(struct ddl *d, enum object_class class, oid_t oid, enum lock_mode mode,
		struct err *e)
{
	bool shared = class == OBJ_ROLE || class == OBJ_DATABASE;
	int rc;

	rc = lock(d, shared ? LOCK_SHARED_OBJECT : LOCK_OBJECT, oid, NULL, mode,
		  object_kind_name(class), e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_object(d->c, class, oid) == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "%s with OID %u does not exist",
			       object_kind_name(class), oid);
	return ERR_OK;
}

/* --- may the user? ---------------------------------------------------------------------------- */

bool
ddl_is_superuser(const struct ddl *d)
{
	const struct role *r = catalog_role_by_oid(d->c, d->env->user);

	return r != NULL && r->superuser;
}

bool
ddl_has_role(const struct ddl *d, oid_t role)
{
	return privilege_is_member(d->c, d->env->user, role);
}

int
ddl_check_owner(struct ddl *d, const struct object *o, const char *what, struct err *e)
{
	if (ddl_has_role(d, o->owner))
		return ERR_OK;
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be owner of %s %s", what, o->name);
}

int
ddl_check_relation_owner(struct ddl *d, const struct relation *r, struct err *e)
{
	const char *what = "table";

	if (r->kind == REL_VIEW)
		what = "view";
	else if (r->kind == REL_MATVIEW)
		what = "materialized view";
	else if (r->kind == REL_SEQUENCE)
		what = "sequence";
	else if (r->kind == REL_INDEX)
		what = "index";
	else if (r->kind == REL_COMPOSITE)
		what = "type";
	return ddl_check_owner(d, &r->o, what, e);
}

int
ddl_check_create(struct ddl *d, oid_t schema, struct err *e)
{
	const struct schema *s = catalog_schema_by_oid(d->c, schema);

	if (s == NULL)
		return err_set(e, ERR_UNDEFINED_SCHEMA, "schema with OID %u does not exist",
			       schema);
	/* pg_temp_N is a session's own. */
	if ((strncmp(s->o.name, "pg_", 3) == 0 && strncmp(s->o.name, "pg_temp_", 8) != 0) ||
	    schema == OID_INFORMATION_SCHEMA) {
		err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			"permission denied to create in schema \"%s\"", s->o.name);
		return err_detail(e, "System catalog modifications are currently disallowed.");
	}
	return privilege_check(d->c, d->env->user, &s->o, "C", e);
}
