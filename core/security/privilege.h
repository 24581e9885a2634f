/* privilege.h - may this role do this to this object?
 *
 * Privileges are the letters of PostgreSQL's aclitem: r SELECT, a INSERT, w UPDATE, d DELETE,
 * D TRUNCATE, x REFERENCES, t TRIGGER, U USAGE, C CREATE, c CONNECT, T TEMPORARY, X EXECUTE.  Roles
 * have what they own, what is granted to them or to PUBLIC, and through membership what the roles
 * they inherit from have.  Superusers have everything.
 *
 * Owner     nothing is kept.
 * Thread    any.
 * Failure   42501 with PostgreSQL's texts.
 * Cost      nothing for superusers; else some string comparisons per relation. */
#ifndef CORE_SECURITY_PRIVILEGE_H
#define CORE_SECURITY_PRIVILEGE_H

#include "core/catalog/catalog.h"
#include "core/query/query.h"

/* Does the role act with the rights of `of`?  (membership, followed where roles inherit) */
bool privilege_is_member(const struct catalog *c, oid_t role, oid_t of);
bool privilege_has(const struct catalog *c, oid_t role, const struct object *o, char letter);
/* May the role hand it on?  Owners may, and who has the grant option. */
bool privilege_may_grant(const struct catalog *c, oid_t role, const struct object *o, char letter);
/* At least one of the letters; 42501 "permission denied for table t" otherwise. */
int privilege_check(const struct catalog *c, oid_t role, const struct object *o, const char *any_of,
		    struct err *e) MUST_CHECK;

/* The same for a column, by what was granted on it alone. */
bool privilege_has_column(const struct catalog *c, oid_t role, const struct relation *r, int attnum,
			  char letter);

/* Everything a bound statement reads and writes; what is inside a view is asked of the view's
 * owner. */
int privilege_check_query(const struct catalog *c, oid_t role, const struct query *q,
			  struct err *e) MUST_CHECK;

#endif
