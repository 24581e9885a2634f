/* type_oids.h - OID_INT4, OID_TEXT, ... and OID_INT4_ARRAY, ...: the oids of types.def.
 *
 * Constants only: no owner, any thread, cannot fail, no cost. */
#ifndef CORE_TYPE_TYPE_OIDS_H
#define CORE_TYPE_TYPE_OIDS_H

enum type_oid {
	OID_NONE = 0,
#define TYPE(sym, oid, array, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	OID_##sym = oid, OID_##sym##_ARRAY = array,
#define TYPE_ALONE(sym, oid, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	OID_##sym = oid,
#define TYPE_VECTOR(sym, oid, array, name, elem) OID_##sym = oid, OID_##sym##_ARRAY = array,
#define TYPE_RANGE(sym, oid, array, name, align, sub) OID_##sym = oid, OID_##sym##_ARRAY = array,
#define TYPE_MULTIRANGE(sym, oid, array, name, align, range) \
	OID_##sym = oid, OID_##sym##_ARRAY = array,
#include "core/type/types.def"
#undef TYPE
#undef TYPE_ALONE
#undef TYPE_VECTOR
#undef TYPE_RANGE
#undef TYPE_MULTIRANGE
};

#endif
