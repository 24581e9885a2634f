/* relation.h - the relations of an entity, derived from foreign keys.
 *
 * Every foreign key gives one relation in each direction; a join table gives its two ends a
 * direct relation to each other.  Names follow the rules of the graph language (doc/graph.md,
 * "Relations"); a comment '@relation name inverse' on the constraint overrides both.
 *
 * Owner     the arena given.  Thread: any.  Failure: none; an unknown name is NULL.
 * Cost      one pass over the foreign keys that touch the entity. */
#ifndef CORE_GRAPH_RELATION_H
#define CORE_GRAPH_RELATION_H

#include "core/catalog/catalog.h"

struct graph_relation {
	const char *name;
	const struct relation *from, *to;
	bool  many;                     /* to-many: an array; else an object or null */
	bool  optional;                 /* to-one: may be null */
	/* from.from_cols = to.to_cols, or through a join table: from.from_cols = via.via_from and
	 * via.via_to = to.to_cols. */
	int   ncols, nto;
	const int16_t *from_cols, *to_cols;
	const struct relation *via;
	const int16_t *via_from, *via_to;
	const struct constraint *con;   /* the key itself; through a join table: the one to the far side */
	const struct constraint *near;  /* through a join table: its key to `from` */
	bool  owns;                     /* the key's columns are in `from` */
};

/* All relations of an entity: own keys, keys that point to it, join tables, in that order. */
void graph_relations(struct arena *a, const struct catalog *c, const struct relation *rel, struct list *ret);
const struct graph_relation *graph_relation_find(const struct list *relations, const char *name);

#endif
