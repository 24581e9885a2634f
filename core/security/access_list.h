/* access_list.h - access lists as catalog objects keep them.
 *
 * A text of entries, {grantee=letters/grantor,...}, a star after a letter for its grant option; roles
 * are oids, so that they may be renamed; nothing before the = is PUBLIC.  NULL is no list: what the
 * kind of object allows by default.  Catalog files of before had names: those are looked up.
 *
 * Owner     access_next() keeps nothing; texts are made on the arena given.
 * Thread    any.
 * Failure   none: what cannot be read ends the list.
 * Cost      linear in the text. */
#ifndef CORE_SECURITY_ACCESS_LIST_H
#define CORE_SECURITY_ACCESS_LIST_H

#include "core/base/strbuf.h"
#include "core/catalog/catalog.h"
#include "core/type/acl.h"

/* The next entry; false: none left.  *at begins as the list itself. */
bool access_next(const struct catalog *c, const char **at, struct aclitem *ret);
/* A list's text, entry by entry: begins with access_begin(), ends with access_end(). */
void access_begin(struct strbuf *to);
void access_add(struct strbuf *to, const struct aclitem *item);
const char *access_end(struct strbuf *to);

/* The bits of letters, as struct aclitem has them. */
uint16_t access_bits(const char *letters);

/* What the owner of an object has, and what everybody has, while it has no list. */
const char *access_owner_default(const struct object *o);
const char *access_public_default(const struct object *o);

#endif
