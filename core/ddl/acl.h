/* acl.h - private to core/ddl: access lists taken apart.
 *
 * Owner: the statement's arena.  Thread: one.  Failure: none.  Cost: linear. */
#ifndef CORE_DDL_ACL_H
#define CORE_DDL_ACL_H

#include "core/ddl/private.h"

enum { ACL_LETTERS = 12 };

struct acl_item {
	const char *grantee; /* "": PUBLIC */
	const char *grantor;
	bool has[ACL_LETTERS], option[ACL_LETTERS];
};

struct acl {
	struct acl_item *at;
	int n, cap;
};

/* The one of these two, added when there is none. */
struct acl_item *acl_item(struct ddl *d, struct acl *acl, const char *grantee, const char *grantor);
int acl_letter(char c); /* its place in has[]; -1: none */
void acl_parse(struct ddl *d, const char *text, struct acl *acl);
const char *acl_print(struct ddl *d, const struct acl *acl);

/* A list as text with one role in another's place; NULL is NULL. */
const char *acl_replace(struct ddl *d, const char *text, const char *from, const char *to);

#endif
