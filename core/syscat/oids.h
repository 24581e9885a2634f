/* oids.h - oids that are not stored: access methods, operator classes, derived objects. */
#ifndef CORE_SYSCAT_OIDS_H
#define CORE_SYSCAT_OIDS_H

#include "core/catalog/catalog.h"

enum { AM_HEAP = 2, AM_BTREE = 403, AM_HASH = 405, AM_COLUMNAR = 9990 };

oid_t am_oid(const char *kind);
const char *am_name(oid_t oid);

/* The default operator class of a type for an index kind; 0: none. */
oid_t opclass_of(const struct type *t, const char *kind);

/* An oid for something that has none of its own (a column's default): stable, above all others. */
static inline oid_t derived_oid(oid_t of, int sub) { return (oid_t) (UINT32_C(0x80000000) | (of * 2048u + (unsigned) sub)); }

int each_relation(const struct catalog *c, int (*fn)(void *arg, const struct relation *r), void *arg);

enum { LANGUAGE_INTERNAL = 12, LANGUAGE_SQL = 14 };

#endif
