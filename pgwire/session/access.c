/* access.c - may this role?  The session's questions to core/security and the catalog. */
#include "config.h"
#include "pgwire/session/session.h"

#include "core/security/privilege.h"

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
	return privilege_check_query(c, s->role_oid, q, e);
}

int
access_check_object(struct session *s, const struct catalog *c, const struct object *o, const char *any_of,
                    struct err *e)
{
	return privilege_check(c, s->role_oid, o, any_of, e);
}

/* nextval() for an identity column is the column's affair; else the sequence must be granted. */
int
access_check_sequence(struct session *s, const struct catalog *c, const struct relation *r, const char *any_of,
                      struct err *e)
{
	const struct relation *owner = r->seq == NULL || r->seq->owner_table == 0
	                               ? NULL : catalog_relation_by_oid(c, r->seq->owner_table);
	int n = owner == NULL ? 0 : r->seq->owner_attnum;

	if (n > 0 && n <= owner->ncols && owner->cols[n - 1].identity != 0)
		return ERR_OK;
	return privilege_check(c, s->role_oid, &r->o, any_of, e);
}

/* LOCK TABLE: reading needs only to be allowed to read. */
int
access_check_lock(struct session *s, const struct catalog *c, const struct relation *r, enum lock_mode mode,
                  struct err *e)
{
	return privilege_check(c, s->role_oid, &r->o, mode == LOCK_ACCESS_SHARE ? "rawdD"
	                       : mode == LOCK_ROW_SHARE || mode == LOCK_ROW_EXCLUSIVE ? "awdD" : "wdD", e);
}
