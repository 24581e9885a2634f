/* object.h - private to core/catalog: objects in memory, and the arrays a snapshot is made of.
 *
 * An object exists twice: as stored (decoded from its bytes, pointing at no other object; user
 * types are stubs that carry an oid only) and as linked (a shell that shares the stored one's
 * innards and points into its snapshot).  Both are counted; a linked one holds its stored one.
 *
 * Owner     whoever holds a count.  Thread: counts are atomic, the rest immutable.
 * Failure   out of memory ends the process: catalogs are small.  Cost: one arena each. */
#ifndef CORE_CATALOG_OBJECT_H
#define CORE_CATALOG_OBJECT_H

#include <stdatomic.h>
#include <urcu-bp.h>

#include "core/base/strbuf.h"
#include "core/catalog/catalog.h"
#include "core/catalog/draft.h"

struct holder {
	atomic_uint refs;
	struct arena arena;
	struct holder *stored; /* of a linked one; NULL: this is the stored one */
	struct object *o;
	/* Linked: the types this object defines. */
	const struct type *type, *array;
};

struct holder *holder_new(struct holder *stored);
void holder_retain(struct holder *h);
void holder_release(struct holder *h);
static inline struct holder *
holder_stored(struct holder *h)
{
	return h->stored != NULL ? h->stored : h;
}

/* Objects that only the catalog file knows. */
struct meta_object {
	struct object o;
	oid_t next_oid;
};
enum { META_OID = 1 };

void catalog_encode(const struct object *o, struct strbuf *to);
/* A new stored holder. */
int catalog_decode(enum object_class class, oid_t oid, const void *bytes, size_t len,
		   struct holder **ret, struct err *e) MUST_CHECK;

/* --- snapshots -------------------------------------------------------------------------------- */
enum { SLOT_FKEY = 1, SLOT_USES_TYPES = 2 };

struct slot {
	oid_t oid;
	oid_t parent; /* an index's table */
	oid_t part_of; /* a partition's table */
	unsigned flags;
	struct holder *h;
};
struct slots {
	int n;
	struct slot *at;
};

struct type_slot {
	oid_t oid;
	const struct type *t;
};
struct type_slots {
	int n;
	struct type_slot *at;
};

struct catalog {
	atomic_uint refs;
	uint64_t version;
	struct catalog_store *cs;
	struct catalog *base; /* of a draft's: what it was made from; NULL: a published one */
	struct slots by_oid[OBJ_CLASS_COUNT], by_name[OBJ_CLASS_COUNT];
	struct type_slots types_by_oid, types_by_name;
	struct rcu_head rcu;
};

/* One change: h is the stored object, NULL for a removal; database 0: of what all share. */
struct change {
	oid_t database;
	enum object_class class;
	oid_t oid;
	struct holder *h;
};

uint64_t catalog_next_version(void);
void catalog_version_seen(uint64_t version); /* at start: it is on disk */
/* A new catalog: base with those of the changes that are for its database or for all (later ones
 * win), linked. */
struct catalog *catalog_derive(const struct catalog *base, const struct change *changes, int n,
			       uint64_t version);
struct holder *catalog_find(const struct catalog *c, enum object_class class, oid_t oid);
const struct type *catalog_find_type(const struct catalog *c, oid_t oid);

/* A key of the catalog file. */
enum { CATALOG_KEY_SIZE = 9 };
void catalog_key(oid_t database, enum object_class class, oid_t oid, struct strbuf *to);
extern const void *(*catalog_layout_maker)(struct arena *a, const struct relation *rel);

#endif
