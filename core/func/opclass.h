/* opclass.h - operator classes: which order or hash an index keeps.
 *
 * All of one access method and one type order alike here (byte order for text, which is what
 * text_pattern_ops asks for), so a class is a name to check, to keep and to show.
 *
 * Owner     static.  Thread: any.  Failure: none.  Cost: a walk over some eighty entries. */
#ifndef CORE_FUNC_OPCLASS_H
#define CORE_FUNC_OPCLASS_H

#include "core/type/type.h"

struct opclass {
	oid_t oid;
	const char *name;
	oid_t family;
	const char *family_name;
	oid_t am, type;
	bool is_default;
};

int opclass_count(void);
const struct opclass *opclass_at(int i);
const struct opclass *opclass_by_oid(oid_t oid);                /* NULL: none */
/* By the access method's name: "btree", "hash". */
const struct opclass *opclass_by_name(const char *method, const char *name);
const struct opclass *opclass_default(const char *method, const struct type *t);
/* May a value of type t be compared by it as it stands? */
bool opclass_accepts(const struct opclass *c, const struct type *t);

#endif
