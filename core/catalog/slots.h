/* slots.h - private to core/catalog: the sorted arrays of a snapshot.
 *
 * A new snapshot's array is the old one without what is gone, merged with what is new: one pass.
 *
 * Owner     the catalog the array belongs to frees `at`; the count of each holder is its own.
 * Thread    immutable once built.
 * Failure   none; out of memory ends the process.  Cost: linear merge, binary search. */
#ifndef CORE_CATALOG_SLOTS_H
#define CORE_CATALOG_SLOTS_H

#include "core/catalog/object.h"

void *slots_memory(size_t n, size_t size) NONNULL_RETURN; /* zeroed; free() it */
struct slot slot_make(struct holder *h);                  /* h->o may be stored or linked */

int slot_by_oid(const void *a, const void *b);
int slot_by_name(const void *a, const void *b);
int type_slot_by_oid(const void *a, const void *b);
int type_slot_by_name(const void *a, const void *b);

bool oids_have(const oid_t *sorted, int n, oid_t oid);

/* `gone` are elements of `old`, each once; `add` is sorted in place by cmp. */
struct slots slots_merge(const struct slots *old, const struct slot *gone, int ngone,
			 struct slot *add, int nadd, int (*cmp)(const void *, const void *));
struct type_slots type_slots_merge(const struct type_slots *old, const struct type_slot *gone,
				   int ngone, struct type_slot *add, int nadd,
				   int (*cmp)(const void *, const void *));

struct slot *slots_find(const struct slots *s, oid_t oid);
struct slot *slots_find_name(const struct slots *s, oid_t schema, const char *name);
const struct type *type_slots_find(const struct type_slots *s, oid_t oid);
const struct type *type_slots_find_name(const struct type_slots *s, oid_t schema, const char *name);

#endif
