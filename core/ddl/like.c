/* like.c - the definition that makes an object like one that is there: indexes of LIKE and of new
 * partitions.
 *
 * Pure: it reads a relation and writes a command's parts, so that translating needs no catalog for it. */
#include "config.h"
#include "core/base/arena.h"
#include "core/catalog/object.h"
#include "core/ddl/command.h"

struct def_index_column *
ddl_index_column_like(struct arena *a, const struct relation *rel, const struct index_column *c)
{
	struct def_index_column *def = ARENA_NEW(a, struct def_index_column);

	*def = (struct def_index_column){
		.name = c->attnum != 0 ? rel->cols[c->attnum - 1].name : NULL,
		.expr_sql = c->expr_sql,
		.type = c->type,
		.desc = c->desc,
		.nulls_first = c->nulls_first,
		.nulls_given = c->nulls_first != c->desc, /* a hash has neither */
		.opclass = c->opclass,
		.collation = c->collation,
	};
	return def;
}
