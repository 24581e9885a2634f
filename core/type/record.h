/* record.h - rows as values: composite types and anonymous records.
 *
 * A value tells the type of each field by oid, so a record can be shown, compared and hashed
 * without knowing where it came from.  Layout of the bytes: the number of fields (4), then for
 * each its type's oid (4) and a marker byte: 0 null, 1 a word of 8 bytes, 2 a `struct bytes`.
 *
 * Owner     results are made on the arena given; field datums point into the record.
 * Thread    any.  Failure: 22P02 malformed record literal, 42804 wrong number of columns.
 * Cost      record_get() walks from the last field read. */
#ifndef CORE_TYPE_RECORD_H
#define CORE_TYPE_RECORD_H

#include "core/base/attr.h"
#include "core/type/type.h"

struct record {
	const struct type *type;        /* composite, or record; its attrs may be known */
	int  n;
	const char *data;
	int  at;                        /* field that `p` stands at */
	const char *p;
};

/* t may be NULL. */
void record_open(const struct type *t, const struct bytes *b, struct record *ret);
/* *ret_type NULL: a type that no longer exists. */
union datum record_get(struct record *r, int i, const struct type **ret_type, bool *ret_null);
int  record_count(const struct bytes *b);
const struct bytes *record_make(struct arena *a, int n, const struct type *const *types,
                                const union datum *v, const bool *nulls);
/* A RECORD type whose columns have names: rows of a sub-select. */
struct type *type_make_record(struct arena *a, const struct type_attr *attrs, int n);

#endif
