/* access.c - may this role?  The session's questions to core/security and the catalog. */
#include "config.h"
#include "pgwire/session/session.h"

enum { MEMBER_DEPTH_MAX = 32 };

static bool
is_member(const struct catalog *c, const struct role *r, oid_t of, int depth)
{
	if (r->o.oid == of)
		return true;
	for (int i = 0; depth > 0 && i < r->nmember_of; i++) {
		const struct role *up = catalog_role_by_oid(c, r->member_of[i]);
		if (up != NULL && is_member(c, up, of, depth - 1))
			return true;
	}
	return false;
}

bool
access_is_member(const struct catalog *c, oid_t role, oid_t of)
{
	const struct role *r = catalog_role_by_oid(c, role);

	return r != NULL && (r->superuser || is_member(c, r, of, MEMBER_DEPTH_MAX));
}

int
access_check_query(struct session *s, const struct catalog *c, const struct query *q, struct err *e)
{
	(void) c;
	(void) q;
	(void) e;
	(void) s;
	return ERR_OK;
}
