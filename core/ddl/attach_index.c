/* attach_index.c - ALTER INDEX ... ATTACH PARTITION: an index of a partition becomes a part of one
 * of the partitioned table.
 *
 * An index of ONLY the partitioned table is not valid until each partition has its part of it;
 * then it is, and so may be the index that it is itself a part of.
 *
 * Not here: ATTACH of tables (attach.c), parts that are made with the whole (partition.c). */
#include "config.h"
#include "core/ddl/partition.h"

static int
refuse(const struct relation *whole, const struct relation *part, enum err_code code, struct err *e)
{
	return err_set(e, code, "cannot attach index \"%s\" as a partition of index \"%s\"",
		       part->o.name, whole->o.name);
}

static int
check(struct ddl *d, const struct relation *whole, const struct relation *part, struct err *e)
{
	const struct index *of = whole->index, *ix = part->index;

	if (partition_index(d->c, ix->table, whole->o.oid) != NULL) {
		refuse(whole, part, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, e);
		return err_detail(e, "Another index is already attached for partition \"%s\".",
				  ix->table->o.name);
	}
	if (part->part_of != 0) {
		refuse(whole, part, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, e);
		return err_detail(e, "Index \"%s\" is already attached to another index.",
				  part->o.name);
	}
	if (ix->table->part_of != of->table_oid) {
		refuse(whole, part, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, e);
		return err_detail(e, "Index \"%s\" is not an index on any partition of table \"%s\".",
				  part->o.name, of->table->o.name);
	}
	if (!ddl_same_index(of, ix)) {
		refuse(whole, part, ERR_INVALID_OBJECT_DEFINITION, e);
		return err_detail(e, "The index definitions do not match.");
	}
	if (of->constraint != 0 && ix->constraint == 0) {
		refuse(whole, part, ERR_INVALID_OBJECT_DEFINITION, e);
		return err_detail(e,
				  "The index \"%s\" belongs to a constraint in table \"%s\" but no "
				  "constraint exists for index \"%s\".",
				  whole->o.name, of->table->o.name, part->o.name);
	}
	return ERR_OK;
}

/* Has each partition a valid part? */
static bool
is_complete(struct ddl *d, const struct index *whole)
{
	for (int i = 0; i < whole->table->nparts; i++) {
		const struct index *ix = partition_index(d->c, whole->table->parts[i], whole->o.oid);

		if (ix == NULL || ix->state != INDEX_VALID)
			return false;
	}
	return true;
}

static int
validate(struct ddl *d, oid_t oid, struct err *e)
{
	int rc = ERR_OK;

	while (rc == ERR_OK && oid != 0) {
		const struct index *whole = catalog_index_by_oid(d->c, oid);
		struct index *valid;

		if (whole->state == INDEX_VALID || !is_complete(d, whole))
			return ERR_OK;
		valid = arena_dup(d->a, whole, sizeof *whole);
		valid->state = INDEX_VALID;
		ddl_put_index(d, valid);
		rc = ddl_seal(d, e);
		oid = catalog_relation_by_oid(d->c, oid)->part_of;
	}
	return rc;
}

int
ddl_attach_index(struct ddl *d, const struct relation *whole, const struct relation *part,
		 struct err *e)
{
	const oid_t oid = whole->o.oid;
	int rc;

	if (part->index == NULL)
		return err_set(e, ERR_INVALID_OBJECT_DEFINITION, "\"%s\" is not an index", part->o.name);
	if (part->part_of == oid)
		return ERR_OK;
	rc = check(d, whole, part, e);
	if (rc != ERR_OK)
		return rc;
	ddl_set_index_parent(d, part->o.oid, oid);
	if (part->index->constraint != 0 && whole->index->constraint != 0)
		ddl_set_constraint_parent(d, part->index->table_oid, part->index->constraint,
					  whole->index->constraint);
	rc = ddl_seal(d, e);
	return rc == ERR_OK ? validate(d, oid, e) : rc;
}
