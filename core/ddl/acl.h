/* acl.h - private to core/ddl: access lists taken apart, changed and put together.
 *
 * Owner: the statement's arena.  Thread: one.  Failure: as GRANT and REVOKE.  Cost: linear. */
#ifndef CORE_DDL_ACL_H
#define CORE_DDL_ACL_H

#include "core/ddl/private.h"
#include "core/security/access_list.h"

struct acl {
	struct aclitem *at;
	int n, cap;
};

/* The one of these two, added when there is none. */
struct aclitem *acl_entry(struct ddl *d, struct acl *acl, oid_t grantee, oid_t grantor);
void acl_read(struct ddl *d, const char *text, struct acl *acl);        /* NULL: nothing */
const char *acl_text(struct ddl *d, const struct acl *acl);
/* What an object without a list allows. */
void acl_default(struct ddl *d, const struct object *o, struct acl *acl);
void acl_sort(struct acl *acl);           /* by the oids of grantees */
bool acl_equal(const struct acl *a, const struct acl *b);       /* in whatever order */

/* GRANT or REVOKE of these rights by the grantor, for all of the command's grantees. */
int acl_change(struct ddl *d, struct acl *acl, const struct cmd_grant *cmd, oid_t owner, oid_t grantor,
	       uint16_t rights, struct err *e) MUST_CHECK;

/* The letters of a privilege by its name; '\0': there is none. */
char acl_letter_of(const char *name);

/* A list as text with one role in another's place; NULL is NULL. */
const char *acl_replace(struct ddl *d, const char *text, oid_t from, oid_t to);
/* Is the role in it, as grantee or grantor? */
bool acl_mentions(struct ddl *d, const char *text, oid_t role);
/* The list without what the role has and gave. */
const char *acl_without(struct ddl *d, const char *text, oid_t role);

/* default_acl.c: what ALTER DEFAULT PRIVILEGES gives a new object; NULL: what its kind has anyway. */
const char *ddl_default_acl(struct ddl *d, const struct object *o);
const char *ddl_default_acl_of(char kind);      /* 'r': "relations" */
/* The entry without the role: gone when it is the role's own. */
int ddl_default_acl_without(struct ddl *d, oid_t oid, oid_t role, struct err *e) MUST_CHECK;

/* grant.c */
int ddl_lock_grantees(struct ddl *d, const struct cmd_grant *cmd, struct err *e) MUST_CHECK;
void ddl_put_with_acl(struct ddl *d, const struct object *o, const char *acl);

#endif
