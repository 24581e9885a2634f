/* schema.h - naming the object of a check: what schema.c and keys.c share.
 *
 * Owner, Thread, Failure, Cost: as pgtap.h. */
#ifndef CONTRIB_PGTAP_SCHEMA_H
#define CONTRIB_PGTAP_SCHEMA_H

#include "contrib/pgtap/pgtap.h"

/* [schema,] object, then `more` arguments, then [description]: split by number and types. */
struct tap_object {
	const char *schema, *name;      /* schema NULL: whatever the search path shows */
	int next;                       /* the first argument behind the name */
	const char *description;
};
struct tap_object tap_object(struct fcall *c, const union datum *args, const bool *nulls, int more);

const char *tap_ident(struct fcall *c, const char *name);       /* quoted where it must be */
const char *tap_object_label(struct fcall *c, const struct tap_object *o);     /* schema.name */
/* "c.relname = 'x' AND pg_table_is_visible(c.oid)" or "... AND n.nspname = 's'". */
const char *tap_relation_is(struct fcall *c, const struct tap_object *o);
/* A name or an array of names as '{a,b}'. */
const char *tap_names(struct fcall *c, const union datum *args, const bool *nulls, int i);
/* '{a,b}' as "a, b". */
const char *tap_names_list(struct fcall *c, const char *array);

bool tap_starts(const struct fcall *c, const char *prefix);     /* of the function's name */

#endif
