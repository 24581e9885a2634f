/* privilege.c - what a role may do to an object: what it owns, is granted or inherits.
 *
 * Not here: access lists as such (access_list.c), which privileges a statement needs (query.c). */
#include "config.h"
#include "core/security/privilege.h"

#include "core/security/access_list.h"

enum { ROLES_MAX = 256, ROLE_READ_ALL = 6181, ROLE_WRITE_ALL = 6182 };

/* A role and all it inherits from. */
struct roles {
	oid_t oid[ROLES_MAX];
	int n;
};

/* The owner of the database at hand is pg_database_owner's only member. */
static bool
owns_database(const struct catalog *c, oid_t role)
{
	const struct database *db = catalog_own_database(c);

	return db != NULL && db->o.owner == role;
}

static void
add_role(const struct catalog *c, oid_t oid, struct roles *to)
{
	const struct role *r = catalog_role_by_oid(c, oid);

	for (int i = 0; i < to->n; i++)
		if (to->oid[i] == oid)
			return;
	if (r == NULL || to->n == ROLES_MAX)
		return;
	to->oid[to->n++] = oid;
	for (int i = 0; r->inherit && i < r->nmember_of; i++)
		add_role(c, r->member_of[i], to);
	if (owns_database(c, oid))
		add_role(c, OID_DATABASE_OWNER, to);
}

static bool
has_role(const struct roles *r, oid_t oid)
{
	for (int i = 0; i < r->n; i++)
		if (r->oid[i] == oid)
			return true;
	return false;
}

static bool
is_superuser(const struct catalog *c, oid_t role)
{
	const struct role *r = catalog_role_by_oid(c, role);

	return r != NULL && r->superuser;
}

bool
privilege_is_member(const struct catalog *c, oid_t role, oid_t of)
{
	struct roles roles = { .n = 0 };

	if (is_superuser(c, role))
		return true;
	add_role(c, role, &roles);
	return has_role(&roles, of);
}

/* --- access lists ----------------------------------------------------------------------------- */

static bool
list_grants(const struct catalog *c, const char *acl, const struct roles *roles, char letter,
	    bool option)
{
	const char letters[2] = { letter, '\0' };
	const uint16_t bit = access_bits(letters);
	struct aclitem item;

	while (access_next(c, &acl, &item))
		if ((item.grantee == 0 || has_role(roles, item.grantee)) &&
		    ((option ? item.grant_options : item.rights) & bit) != 0)
			return true;
	return false;
}

/* Computed relations are for everybody to read, but those that hold secrets. */
static bool
system_readable(const struct relation *r, char letter)
{
	static const char *const secret[] = { "pg_authid",        "pg_shadow",
					      "pg_statistic",     "pg_statistic_ext_data",
					      "pg_user_mapping",  "pg_subscription",
					      "pg_largeobject",   "pg_hba_file_rules",
					      "pg_file_settings", "pg_ident_file_mappings" };

	if (letter != 'r')
		return false;
	for (unsigned i = 0; i < ARRAY_LEN(secret); i++)
		if (strcmp(r->o.name, secret[i]) == 0)
			return false;
	return true;
}

static bool
predefined(const struct roles *roles, const struct object *o, char letter)
{
	if (o->class == OBJ_SCHEMA)
		return letter == 'U' &&
		       (has_role(roles, ROLE_READ_ALL) || has_role(roles, ROLE_WRITE_ALL));
	if (o->class != OBJ_RELATION)
		return false;
	if (letter == 'r')
		return has_role(roles, ROLE_READ_ALL);
	return (letter == 'a' || letter == 'w' || letter == 'd') && has_role(roles, ROLE_WRITE_ALL);
}

bool
privilege_has(const struct catalog *c, oid_t role, const struct object *o, char letter)
{
	struct roles roles = { .n = 0 };
	const struct relation *r = o->class == OBJ_RELATION ? (const struct relation *) o : NULL;

	if (is_superuser(c, role))
		return true;
	if (r != NULL && r->sys != NULL)
		return system_readable(r, letter);
	add_role(c, role, &roles);
	if (predefined(&roles, o, letter))
		return true;
	if (o->acl == NULL)
		return has_role(&roles, o->owner) ||
		       strchr(access_public_default(o), letter) != NULL;
	return list_grants(c, o->acl, &roles, letter, false);
}

bool
privilege_may_grant(const struct catalog *c, oid_t role, const struct object *o, char letter)
{
	struct roles roles = { .n = 0 };

	if (is_superuser(c, role))
		return true;
	add_role(c, role, &roles);
	return has_role(&roles, o->owner) ||
	       (o->acl != NULL && list_grants(c, o->acl, &roles, letter, true));
}

bool
privilege_has_column(const struct catalog *c, oid_t role, const struct relation *r, int attnum,
		     char letter)
{
	struct roles roles = { .n = 0 };

	if (attnum < 1 || attnum > r->ncols || r->cols[attnum - 1].acl == NULL)
		return false;
	add_role(c, role, &roles);
	return list_grants(c, r->cols[attnum - 1].acl, &roles, letter, false);
}

static const char *
kind_name(const struct object *o)
{
	switch (o->class) {
	case OBJ_SCHEMA:
		return "schema";
	case OBJ_TYPE:
		return "type";
	case OBJ_DATABASE:
		return "database";
	case OBJ_FUNCTION:
		return ((const struct function *) o)->kind == 'p' ? "procedure" : "function";
	default:
		break;
	}
	switch (((const struct relation *) o)->kind) {
	case REL_VIEW:
		return "view";
	case REL_MATVIEW:
		return "materialized view";
	case REL_SEQUENCE:
		return "sequence";
	default:
		return "table";
	}
}

int
privilege_check(const struct catalog *c, oid_t role, const struct object *o, const char *any_of,
		struct err *e)
{
	for (const char *p = any_of; *p != '\0'; p++)
		if (privilege_has(c, role, o, *p))
			return ERR_OK;
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for %s %s", kind_name(o),
		       o->name);
}
