/* datum.h - one SQL value in eight bytes, and vectors of them.
 *
 * A datum carries no type and no null flag; both travel beside it.  Fixed types that fit live
 * in the word itself; every other type is a pointer to `struct bytes`: a length and that many
 * bytes, with no alignment, so that a datum may point into a row image as it lies in storage.
 *
 *   in the word, .i   bool int2 int4 int8 "char" oid reg* xid date time timestamp timestamptz
 *                     enum (the label's oid): sign-extended or zero-extended to 64 bits
 *   in the word, .f   float4 float8 (a float4 is kept as the double of equal value)
 *   .b                text varchar char name bytea numeric interval timetz uuid json jsonb,
 *                     arrays, records, vectors of oid, ...; formats: the type's own file
 *
 * Owner     the arena the bytes were made on; a datum is copied to a longer-lived arena by
 *           datum_copy().
 * Cost      one word; vectors are plain arrays, so kernels over .i and .f auto-vectorise. */
#ifndef CORE_TYPE_DATUM_H
#define CORE_TYPE_DATUM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"

struct bytes {
	uint32_t len;                   /* of data; native byte order, read with bytes_len() */
	char     data[];
} __attribute__((packed));

union datum {
	int64_t  i;
	uint64_t u;
	double   f;
	const struct bytes *b;
};

enum { BATCH_ROWS = 1024 };

/* A column of up to BATCH_ROWS values.  null[i] != 0: v[i] is meaningless (but readable).
 * A constant vector has stride 0: element 0 stands for every row. */
struct vec {
	union datum *v;
	uint8_t     *null;              /* NULL: no element is null */
	uint8_t      stride;            /* 1, or 0 for a constant */
};

static inline union datum
vec_at(const struct vec *c, int i)
{
	return c->v[(size_t) i * c->stride];
}
static inline bool
vec_null(const struct vec *c, int i)
{
	return c->null != NULL && c->null[(size_t) i * c->stride] != 0;
}

static inline uint32_t
bytes_len(const struct bytes *b)
{
	uint32_t n;
	memcpy(&n, &b->len, sizeof n);
	return n;
}
static inline const char *bytes_data(const struct bytes *b) { return b->data; }

static inline union datum datum_int(int64_t i) { return (union datum) { .i = i }; }
static inline union datum datum_float(double f) { return (union datum) { .f = f }; }
static inline union datum datum_bytes(const struct bytes *b) { return (union datum) { .b = b }; }

/* A new value with a copy of these bytes; or with room to be filled by the caller. */
static inline struct bytes *
bytes_make(struct arena *a, const void *data, size_t len)
{
	struct bytes *b = (struct bytes *) arena_alloc(a, sizeof(uint32_t) + len);
	uint32_t n = (uint32_t) len;

	memcpy(&b->len, &n, sizeof n);
	if (data != NULL && len != 0)
		memcpy(b->data, data, len);
	return b;
}

/* Sizes a user can choose (repeat, lpad, ||): NULL when too large (over 1 GiB - 1) or no memory. */
static inline struct bytes *
bytes_try_make(struct arena *a, size_t len)
{
	if (len > 0x3fffffff)
		return NULL;
	struct bytes *b = (struct bytes *) arena_try_alloc(a, sizeof(uint32_t) + len);
	uint32_t n = (uint32_t) len;

	if (b != NULL)
		memcpy(&b->len, &n, sizeof n);
	return b;
}

static inline union datum
datum_copy(struct arena *a, union datum d, bool byval)
{
	if (byval)
		return d;
	return datum_bytes(
		(const struct bytes *) arena_dup(a, d.b, sizeof(uint32_t) + bytes_len(d.b)));
}

#endif
