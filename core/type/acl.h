/* acl.h - aclitem: who may do what, and who said so.
 *
 * Owner     results on the arena given.  Thread: any.  Failure: none.  Cost: constant. */
#ifndef CORE_TYPE_ACL_H
#define CORE_TYPE_ACL_H

#include "core/type/datum.h"
#include "core/type/type.h"

/* Letters of the rights, from bit 0. */
#define ACL_LETTERS "arwdDxtXUCTcsA"

struct aclitem {
	oid_t grantee;                  /* 0: PUBLIC */
	oid_t grantor;
	uint16_t rights;                /* bits in the order of ACL_LETTERS */
	uint16_t grant_options;
};

static inline struct aclitem
acl_get(union datum d)
{
	struct aclitem v;
	memcpy(&v, d.b->data, sizeof v);
	return v;
}
static inline union datum
acl_datum(struct arena *a, struct aclitem v)
{
	return datum_bytes(bytes_make(a, &v, sizeof v));
}

#endif
