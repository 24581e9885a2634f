/* index.h - index kinds behind one vtable, and the keys of index entries.
 *
 * An index is a file of entries, one per row whose predicate holds.  Entry key: the encoded
 * columns, then the row's key unless the columns alone are unique (a unique index and no null
 * among them).  Entry value: where the row's key is, then the INCLUDE columns.
 *
 * Owner     the caller's strbufs.
 * Thread    any.
 * Failure   54000 for an entry above TXN_KEY_MAX, 42704 when a type has no order or no hash. */
#ifndef CORE_ACCESS_INDEX_H
#define CORE_ACCESS_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/strbuf.h"
#include "core/catalog/catalog.h"

struct index_kind {
	const char *name; /* pg_am.amname */
	oid_t oid;        /* pg_am.oid */
	bool ordered;     /* ranges, ORDER BY */
	bool unique;      /* can enforce uniqueness */
	bool multi;       /* several columns */
	bool include;     /* INCLUDE columns */
	bool lossless;    /* an entry holds the column's value: index-only, no recheck */
	/* 42704 "data type %s has no default operator class for access method ..." */
	int (*check_type)(const struct index *ix, int col, struct err *e);
	/* Append column `col` of the key (never null here). */
	void (*add)(const struct index *ix, int col, union datum v, struct strbuf *to);
};

const struct index_kind *index_kind_find(const char *name); /* NULL: no such method */
int index_kind_count(void);
const struct index_kind *index_kind_at(int i);
uint64_t index_stable_hash(const char *p, size_t len); /* never changes: it is stored */
static inline bool
index_has_own_file(const struct index *ix)
{
	return !ix->clustered;
}

/* The values of an index's columns (keys, then INCLUDE) for one row. */
struct index_row {
	union datum v[INDEX_COLS_MAX];
	bool null[INDEX_COLS_MAX];
};

/* Append the first `n` key columns; *ret_has_null: one of them is null. */
void index_key_add(const struct index *ix, const union datum *v, const bool *null, int n,
		   struct strbuf *to, bool *ret_has_null);
/* A whole entry. */
int index_entry(const struct index *ix, const struct index_row *row, const void *row_key,
		size_t rklen, struct strbuf *key, struct strbuf *value, struct err *e) MUST_CHECK;
/* Is the row's key part of the entry's key? */
bool index_key_has_row(const struct index *ix, bool has_null);
/* Where in an entry the row's key is. */
bool index_entry_row_key(const struct index *ix, const uint8_t *key, size_t klen,
			 const uint8_t *value, size_t vlen, const uint8_t **ret_key,
			 size_t *ret_len);
/* Read column `col` back (key column of a lossless encoding, or INCLUDE column). */
bool index_can_return(const struct index *ix, int16_t attnum);
/* Decode all columns of an entry; only if index_can_return() holds for those wanted. */
bool index_entry_decode(const struct index *ix, const uint8_t *key, size_t klen,
			const uint8_t *value, size_t vlen, struct arena *a, struct index_row *ret);
/* The key of a row in a table clustered by its primary key. */
void index_row_key(const struct index *primary, const union datum *values, struct strbuf *to);

/* The primary key whose encoded columns are the rows' keys; NULL: hidden row ids. */
static inline const struct index *
relation_cluster(const struct relation *r)
{
	return r->primary != NULL && r->primary->clustered ? r->primary : NULL;
}

#endif
