/* matview.c - the catalog's side of REFRESH MATERIALIZED VIEW.
 *
 * Not here: its rows, which the session writes as an INSERT of the view's query. */
#include "config.h"
#include "core/ddl/private.h"

/* CONCURRENTLY tells rows apart by a unique index over plain columns of all rows. */
static bool
has_row_identity(const struct relation *r)
{
	for (int i = 0; i < r->nindexes; i++) {
		const struct index *ix = r->indexes[i];
		bool plain = ix->unique && ix->where_sql == NULL && ix->state == INDEX_VALID;

		for (int k = 0; k < ix->nkeys; k++)
			plain &= ix->cols[k].attnum != 0;
		if (plain)
			return true;
	}
	return false;
}

static int
check_concurrent(struct ddl *d, const struct relation *r, struct err *e)
{
	if (!r->populated)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "CONCURRENTLY cannot be used when the materialized view is not "
			       "populated");
	if (has_row_identity(r))
		return ERR_OK;
	err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
		"cannot refresh materialized view \"%s.%s\" concurrently",
		ddl_schema_name(d, r->o.schema), r->o.name);
	return err_hint(e, "Create a unique index with no WHERE clause on one or more columns of "
			   "the materialized view.");
}

int
ddl_refresh_matview(struct ddl *d, const struct cmd_refresh *cmd, struct err *e)
{
	const struct relation *r;
	int rc = ddl_lock_relation(d, cmd->rel->o.oid,
				   cmd->concurrently ? LOCK_EXCLUSIVE : LOCK_ACCESS_EXCLUSIVE,
				   &r, e);

	if (rc == ERR_OK)
		rc = ddl_check_owner(d, &r->o, "materialized view", e);
	if (rc == ERR_OK && cmd->concurrently)
		return check_concurrent(d, r, e);
	if (rc != ERR_OK)
		return rc;
	struct relation *to = ddl_copy_relation(d, r);
	to->populated = cmd->with_data;
	return ddl_empty_table(d, r, to, e);
}
