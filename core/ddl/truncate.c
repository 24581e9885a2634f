/* truncate.c - TRUNCATE and REINDEX: new files, old ones doomed at commit. */
#include "config.h"
#include "core/ddl/partition.h"

#include "core/access/index.h"
#include "core/security/privilege.h"

static bool
has(const struct list *tables, oid_t oid)
{
	for (int i = 0; i < tables->n; i++)
		if (LIST_AT(const struct relation, tables, i)->o.oid == oid)
			return true;
	return false;
}

/* The table and, of a partitioned one, all below it. */
static int
add_tree(struct ddl *d, struct list *tables, const struct relation *r, struct err *e)
{
	int rc = ERR_OK;

	if (!has(tables, r->o.oid))
		list_push(tables, d->a, (void *) (uintptr_t) r);
	for (int i = 0; i < r->nparts && rc == ERR_OK; i++) {
		const struct relation *part;

		rc = ddl_lock_relation(d, r->parts[i]->o.oid, LOCK_ACCESS_EXCLUSIVE, &part, e);
		if (rc == ERR_OK)
			rc = add_tree(d, tables, part, e);
	}
	return rc;
}

static int
add_child(struct ddl *d, struct list *tables, const struct relation *r,
	  const struct relation *child, bool cascade, struct err *e)
{
	const struct relation *locked;
	int rc;

	if (has(tables, child->o.oid))
		return ERR_OK;
	if (!cascade) {
		err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			"cannot truncate a table referenced in a foreign key constraint");
		(void) err_detail(e, "Table \"%s\" references \"%s\".", child->o.name, r->o.name);
		return err_hint(e,
				"Truncate table \"%s\" at the same time, or use TRUNCATE ... "
				"CASCADE.",
				child->o.name);
	}
	ddl_notice(d, LOG_NOTICE, ERR_OK, "truncate cascades to table \"%s\"", child->o.name);
	rc = ddl_lock_relation(d, child->o.oid, LOCK_ACCESS_EXCLUSIVE, &locked, e);
	if (rc == ERR_OK)
		rc = privilege_check(d->c, d->env->user, &locked->o, "D", e);
	return rc == ERR_OK ? add_tree(d, tables, locked, e) : rc;
}

/* Tables whose foreign keys point into the set come along, or forbid it. */
static int
add_referencing(struct ddl *d, struct list *tables, bool cascade, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < tables->n; i++) {
		const struct relation *r = LIST_AT(const struct relation, tables, i);

		for (const struct relation *up = r; up != NULL; up = partition_parent(d->c, up))
			for (int k = 0; k < up->nrefs && rc == ERR_OK; k++)
				rc = add_child(d, tables, r, up->refs[k].table, cascade, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
new_index_file(struct ddl *d, const struct index *old, struct index **ret, struct err *e)
{
	struct index *ix = arena_dup(d->a, old, sizeof *ix);
	int rc;

	rc = ddl_drop_file(d, old->file, e);
	if (rc == ERR_OK)
		rc = ddl_new_file(d, STORE_INDEX, &ix->file, e);
	if (rc == ERR_OK)
		*ret = ix;
	return rc;
}

/* New, empty files for the table and its indexes; r: a copy of old, put when all is well. */
int
ddl_empty_table(struct ddl *d, const struct relation *old, struct relation *r, struct err *e)
{
	int rc;

	if (d->env->check_unused != NULL) {
		rc = d->env->check_unused(d->env->arg, old->o.oid,
					  old->kind == REL_MATVIEW ? "REFRESH MATERIALIZED VIEW"
								   : "TRUNCATE",
					  e);
		if (rc != ERR_OK)
			return rc;
	}
	rc = ddl_drop_file(d, old->file, e);
	if (rc == ERR_OK)
		rc = ddl_new_file(d, STORE_ROWS, &r->file, e);
	for (int i = 0; rc == ERR_OK && i < old->nindexes; i++) {
		struct index *ix;

		if (old->indexes[i]->clustered)
			continue;
		rc = new_index_file(d, old->indexes[i], &ix, e);
		if (rc == ERR_OK)
			ddl_put_index(d, ix);
	}
	if (rc == ERR_OK)
		ddl_put_relation(d, r);
	return rc;
}

static int
truncate_one(struct ddl *d, const struct relation *old, struct err *e)
{
	if (relation_is_partitioned(old)) /* its rows are elsewhere */
		return ERR_OK;
	return ddl_empty_table(d, old, ddl_copy_relation(d, old), e);
}

static void
restart_sequences(struct ddl *d, oid_t table)
{
	for (int i = 0; i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *s =
			(const struct relation *) catalog_at(d->c, OBJ_RELATION, i);
		struct relation *copy;
		struct sequence *q;

		if (s->seq == NULL || s->seq->owner_table != table)
			continue;
		copy = ddl_copy_relation(d, s);
		q = (struct sequence *) (uintptr_t) copy->seq;
		q->count++;
		q->restart = q->start;
		ddl_put_relation(d, copy);
	}
}

int
ddl_truncate(struct ddl *d, const struct cmd_tables *cmd, struct err *e)
{
	struct list tables = { 0 };
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->tables.n; i++) {
		const struct relation *r = LIST_AT(const struct relation, &cmd->tables, i);

		rc = ddl_lock_relation(d, r->o.oid, LOCK_ACCESS_EXCLUSIVE, &r, e);
		if (rc == ERR_OK && r->kind != REL_TABLE)
			rc = err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table", r->o.name);
		if (rc == ERR_OK)
			rc = privilege_check(d->c, d->env->user, &r->o, "D", e);
		if (rc == ERR_OK)
			rc = add_tree(d, &tables, r, e);
	}
	if (rc == ERR_OK)
		rc = add_referencing(d, &tables, cmd->cascade, e);
	for (int i = 0; rc == ERR_OK && i < tables.n; i++) {
		oid_t oid = LIST_AT(const struct relation, &tables, i)->o.oid;

		rc = truncate_one(d, catalog_relation_by_oid(d->c, oid), e);
		if (rc == ERR_OK && cmd->restart_identity)
			restart_sequences(d, oid);
	}
	return rc;
}

static int
reindex_table(struct ddl *d, const struct relation *r, oid_t only, struct err *e)
{
	int rc = ERR_OK;

	for (int k = 0; rc == ERR_OK && k < r->nindexes; k++) {
		struct index *ix;

		if (r->indexes[k]->clustered ||
		    (only != 0 &&
		     !partition_is_below(d->c, catalog_relation_by_oid(d->c, r->indexes[k]->o.oid), only)))
			continue;
		rc = new_index_file(d, r->indexes[k], &ix, e);
		if (rc != ERR_OK)
			break;
		ix->state = INDEX_VALID;
		ix->valid_from = store_change_horizon(catalog_store_store(d->env->store));
		rc = ddl_build_index(d, r, ix, e);
		ddl_put_index(d, ix);
	}
	return rc;
}

/* Of a partitioned table or index: of all its partitions. */
int
ddl_reindex(struct ddl *d, const struct cmd_tables *cmd, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->tables.n; i++) {
		const struct relation *r = LIST_AT(const struct relation, &cmd->tables, i), *leaf;
		const struct relation *given = r;
		oid_t only = r->index != NULL ? r->o.oid : 0;
		struct list leaves = { 0 };

		rc = ddl_lock_relation(d, only != 0 ? r->index->table_oid : r->o.oid,
				       LOCK_TABLE_SHARE, &r, e);
		if (rc == ERR_OK)
			rc = ddl_check_relation_owner(d, only != 0 ? given : r, e);
		if (rc == ERR_OK)
			partition_leaves(d->a, r, &leaves);
		for (int k = 0; rc == ERR_OK && k < leaves.n; k++) {
			leaf = LIST_AT(const struct relation, &leaves, k);
			rc = ddl_lock_relation(d, leaf->o.oid, LOCK_TABLE_SHARE, &leaf, e);
			if (rc == ERR_OK)
				rc = reindex_table(d, leaf, only, e);
		}
	}
	return rc;
}
