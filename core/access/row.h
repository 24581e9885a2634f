/* row.h - the bytes of a stored row, and the layouts that explain them.
 *
 *     change number   8 bytes, big-endian: the commit that wrote the row; the storage stamps it.
 *                     Rows of the running transaction carry ROW_OWN | command number
 *     layout          2 bytes: version of the layout; bit 15: 4-byte offsets instead of 2-byte
 *     null bitmap     bit i of the layout's i-th column
 *     fixed columns   at the layout's offsets, native byte order, unaligned
 *     offsets         one per variable column, from the start of the image
 *     values          struct bytes each, so that a datum can point into the image
 *
 * A column that a layout does not have reads as the column's `missing` value, or null: ADD
 * COLUMN, DROP COLUMN and widenings make a new layout and touch no row.
 *
 * Owner     images belong to whoever made the buffer; decoded datums point into them.
 * Thread    layouts are immutable parts of a catalog snapshot.
 * Failure   row_verify() refuses bytes that are no image (XX001); the readers trust it.
 * Cost      any column in O(1), in an old layout's row O(log n). */
#ifndef CORE_ACCESS_ROW_H
#define CORE_ACCESS_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/strbuf.h"
#include "core/catalog/catalog.h"

#define ROW_OWN (UINT64_C(1) << 63)

enum { ROW_HEADER = 10, ROW_WIDE = 0x8000 };

/* One column in one layout. */
struct row_col {
	int16_t attnum;
	uint8_t rep;  /* enum column_rep of catalog.h */
	uint16_t bit; /* in the null bitmap */
	uint32_t pos; /* fixed: offset of the value; variable: number of its offset */
};

struct row_layout {
	uint16_t version;
	int ncols, nvar;
	uint32_t fixed; /* where the offsets begin */
	const struct row_col *cols; /* ascending by attnum */
	const int16_t *by_attnum;   /* attnum - 1 -> index into cols, or -1; NULL: of an old one */
	int natts;                  /* length of by_attnum */
};

/* How values of a type lie in an image. */
enum column_rep row_rep(const struct type *t);

/* The catalog's link step calls this for each table (catalog_set_layout_maker). */
const void *row_layouts_make(struct arena *a, const struct relation *rel);

const struct row_layout *row_layout(const struct relation *rel,
				    uint16_t version); /* NULL: unknown */
static inline const struct row_layout *
row_layout_current(const struct relation *rel)
{
	return row_layout(rel, rel->layout);
}

/* Append the image of a full-width row (values and nulls by attnum - 1). */
void row_encode(const struct relation *rel, const union datum *values, const bool *nulls,
		uint64_t header, struct strbuf *to);

/* Enough for the readers not to leave the image's fixed part; row_verify() looks at everything. */
/* How much of a row's beginning holds these columns, in whatever layout: 0 none of it, SIZE_MAX
 * perhaps all.  Not for the row's key. */
size_t row_prefix(const struct relation *rel, int ncols, const int16_t *attnums);
bool row_plausible(const struct relation *rel, const uint8_t *image, size_t len);
int row_verify(const struct relation *rel, const void *image, size_t len, struct err *e) MUST_CHECK;
uint64_t row_change(const void *image);

/* One column. */
union datum row_get(const struct relation *rel, const uint8_t *image, int16_t attnum,
		    bool *ret_null);
/* All live columns, by attnum - 1; dropped ones become null. */
void row_decode(const struct relation *rel, const uint8_t *image, union datum *values, bool *nulls);
/* One column of many images. */
void row_decode_vec(const struct relation *rel, const uint8_t *const *images, int n, int16_t attnum,
		    struct vec *out);

#endif
