/* row.c - encoding and decoding row images.
 *
 * Not here: what a row means to indexes and constraints (write.c). */
#include "config.h"
#include "core/access/row.h"

#include <assert.h>

#include "core/query/query.h" /* COL_ROW_KEY ... */

struct row_layouts {
	int n;
	struct row_layout at[];
};

static const uint8_t rep_size[] = {
	[REP_U8] = 1,  [REP_I16] = 2, [REP_I32] = 4, [REP_U32] = 4,
	[REP_I64] = 8, [REP_F32] = 4, [REP_F64] = 8, [REP_VAR] = 0,
};

enum column_rep
row_rep(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN && t->base != NULL)
		t = t->base;
	if (!t->byval)
		return REP_VAR;
	if (t->is_float)
		return t->len == 4 ? REP_F32 : REP_F64;
	switch (t->oid) {
	case OID_BOOL:
		return REP_U8;
	case OID_CHAR: /* room for either reading of its sign */
	case OID_INT2:
		return REP_I16;
	case OID_INT4:
	case OID_DATE:
		return REP_I32;
	default:
		return t->len == 4 ? REP_U32 : REP_I64;
	}
}

/* --- layouts ---------------------------------------------------------------------------------- */

static void
make_layout(struct arena *a, const struct layout_def *def, struct row_layout *to)
{
	struct row_col *cols = ARENA_ARRAY(a, struct row_col, def->ncols);
	uint32_t at = ROW_HEADER + ((uint32_t) def->ncols + 7) / 8;

	to->version = def->version;
	to->ncols = def->ncols;
	for (int i = 0; i < def->ncols; i++) {
		struct row_col *c = &cols[i];

		c->attnum = def->cols[i].attnum;
		c->rep = def->cols[i].rep;
		c->bit = (uint16_t) i;
		assert(i == 0 || c->attnum > cols[i - 1].attnum);
		if (c->rep == REP_VAR) {
			c->pos = (uint32_t) to->nvar++;
		} else {
			c->pos = at;
			at += rep_size[c->rep];
		}
	}
	to->fixed = at;
	to->cols = cols;
}

/* Only of the layout that most rows have: a table of many dropped columns has many layouts, and each
 * column that ever was would take room in each. */
static void
index_columns(struct arena *a, const struct relation *rel, struct row_layout *l)
{
	int16_t *by = arena_alloc(a, (size_t) rel->ncols * sizeof *by + 1);

	for (int i = 0; i < rel->ncols; i++)
		by[i] = -1;
	for (int i = 0; i < l->ncols; i++)
		if (l->cols[i].attnum >= 1 && l->cols[i].attnum <= rel->ncols)
			by[l->cols[i].attnum - 1] = (int16_t) i;
	l->by_attnum = by;
	l->natts = rel->ncols;
}

const void *
row_layouts_make(struct arena *a, const struct relation *rel)
{
	struct row_layouts *l;

	l = arena_zalloc(a, sizeof *l + (size_t) rel->nlayouts * sizeof l->at[0]);
	l->n = rel->nlayouts;
	for (int i = 0; i < l->n; i++) {
		make_layout(a, &rel->layout_defs[i], &l->at[i]);
		if (l->at[i].version == rel->layout)
			index_columns(a, rel, &l->at[i]);
	}
	return l;
}

const struct row_layout *
row_layout(const struct relation *rel, uint16_t version)
{
	const struct row_layouts *l = rel->layouts;

	for (int i = l != NULL ? l->n - 1 : -1; i >= 0; i--) /* the newest is wanted most */
		if (l->at[i].version == version)
			return &l->at[i];
	return NULL;
}

/* --- encoding --------------------------------------------------------------------------------- */

static void
store_fixed(uint8_t *to, uint8_t rep, union datum v)
{
	float f;

	switch (rep) {
	case REP_U8:
		*to = (uint8_t) v.u;
		break;
	case REP_I16:
		memcpy(to, &v.i, 2);
		break;
	case REP_I32:
	case REP_U32:
		memcpy(to, &v.i, 4);
		break;
	case REP_F32:
		f = (float) v.f;
		memcpy(to, &f, 4);
		break;
	default:
		memcpy(to, &v.i, 8);
		break;
	}
}

static size_t
var_size(const struct row_layout *l, const union datum *values, const bool *nulls)
{
	size_t size = 0;

	if (l->nvar == 0)
		return 0;
	for (int i = 0; i < l->ncols; i++) {
		int att = l->cols[i].attnum - 1;

		if (l->cols[i].rep == REP_VAR && !nulls[att])
			size += sizeof(uint32_t) + bytes_len(values[att].b);
	}
	return size;
}

void
row_encode(const struct relation *rel, const union datum *values, const bool *nulls,
	   uint64_t header, struct strbuf *to)
{
	const struct row_layout *l = row_layout_current(rel);
	size_t var = var_size(l, values, nulls);
	bool wide = l->fixed + 2 * (size_t) l->nvar + var > 0xffff;
	size_t at = l->fixed + (wide ? 4 : 2) * (size_t) l->nvar, size = at + var;
	uint8_t *image = (uint8_t *) strbuf_room(to, size), *offset = image + l->fixed;
	uint16_t version = l->version | (wide ? ROW_WIDE : 0);

	header = __builtin_bswap64(header);
	memcpy(image, &header, sizeof header);
	memcpy(image + sizeof header, &version, sizeof version);
	memset(image + ROW_HEADER, 0, l->fixed - ROW_HEADER);
	for (int i = 0; i < l->ncols; i++) {
		const struct row_col *c = &l->cols[i];
		union datum v = values[c->attnum - 1];
		bool null = nulls[c->attnum - 1];
		uint32_t len, pos = null ? 0 : (uint32_t) at;

		if (null)
			image[ROW_HEADER + c->bit / 8] |= (uint8_t) (1u << c->bit % 8);
		if (c->rep != REP_VAR) {
			if (!null)
				store_fixed(image + c->pos, c->rep, v);
			continue;
		}
		memcpy(offset, &pos, wide ? 4 : 2); /* little-endian: the low half comes first */
		offset += wide ? 4 : 2;
		if (null)
			continue;
		len = (uint32_t) sizeof(uint32_t) + bytes_len(v.b);
		memcpy(image + at, v.b, len);
		at += len;
	}
	assert(at == size);
	strbuf_wrote(to, size);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "row offsets are written low half first");

/* --- decoding --------------------------------------------------------------------------------- */

static uint16_t
image_version(const uint8_t *image)
{
	uint16_t v;

	memcpy(&v, image + 8, sizeof v);
	return v;
}

uint64_t
row_change(const void *image)
{
	uint64_t v;

	memcpy(&v, image, sizeof v);
	return __builtin_bswap64(v);
}

static inline bool
is_null(const uint8_t *image, const struct row_col *c)
{
	return (image[ROW_HEADER + c->bit / 8] >> c->bit % 8 & 1) != 0;
}

static inline const struct bytes *
load_var(const struct row_layout *l, const uint8_t *image, bool wide, uint32_t number)
{
	uint32_t pos = 0;

	if (wide)
		memcpy(&pos, image + l->fixed + 4 * number, 4);
	else
		memcpy(&pos, image + l->fixed + 2 * number, 2);
	return (const struct bytes *) (image + pos);
}

static union datum
load_fixed(const uint8_t *p, uint8_t rep)
{
	union datum d = { 0 };
	int16_t i16;
	int32_t i32;
	uint32_t u32;
	float f;

	switch (rep) {
	case REP_U8:
		d.i = *p;
		break;
	case REP_I16:
		memcpy(&i16, p, 2);
		d.i = i16;
		break;
	case REP_I32:
		memcpy(&i32, p, 4);
		d.i = i32;
		break;
	case REP_U32:
		memcpy(&u32, p, 4);
		d.i = u32;
		break;
	case REP_F32:
		memcpy(&f, p, 4);
		d.f = f;
		break;
	default:
		memcpy(&d, p, 8);
		break;
	}
	return d;
}

static union datum
missing(const struct relation *rel, int16_t attnum, bool *ret_null)
{
	const struct column *c = &rel->cols[attnum - 1];

	*ret_null = !c->has_missing || c->dropped;
	return *ret_null ? datum_int(0) : c->missing;
}

static const struct row_col *
search_col(const struct row_layout *l, int16_t attnum)
{
	int lo = 0, hi = l->ncols;

	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (l->cols[mid].attnum < attnum)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->ncols && l->cols[lo].attnum == attnum ? &l->cols[lo] : NULL;
}

/* The column in this image's layout; NULL: the layout does not have it. */
static inline const struct row_col *
find_col(const struct row_layout *l, int16_t attnum)
{
	if (UNLIKELY(l->by_attnum == NULL))
		return search_col(l, attnum);
	int16_t i = attnum <= l->natts ? l->by_attnum[attnum - 1] : -1;

	return i >= 0 ? &l->cols[i] : NULL;
}

static union datum
get(const struct relation *rel, const struct row_layout *l, const uint8_t *image, bool wide,
    int16_t attnum, bool *ret_null)
{
	const struct row_col *c = find_col(l, attnum);

	if (c == NULL)
		return missing(rel, attnum, ret_null);
	*ret_null = is_null(image, c);
	if (*ret_null)
		return datum_int(0);
	if (c->rep == REP_VAR)
		return datum_bytes(load_var(l, image, wide, c->pos));
	return load_fixed(image + c->pos, c->rep);
}

union datum
row_get(const struct relation *rel, const uint8_t *image, int16_t attnum, bool *ret_null)
{
	uint16_t version = image_version(image);
	const struct row_layout *l = row_layout(rel, version & (uint16_t) ~ROW_WIDE);

	return get(rel, l, image, (version & ROW_WIDE) != 0, attnum, ret_null);
}

void
row_decode(const struct relation *rel, const uint8_t *image, union datum *values, bool *nulls)
{
	uint16_t version = image_version(image);
	const struct row_layout *l = row_layout(rel, version & (uint16_t) ~ROW_WIDE);

	for (int i = 0; i < rel->ncols; i++) {
		if (rel->cols[i].dropped) {
			values[i] = datum_int(0);
			nulls[i] = true;
		} else {
			values[i] = get(rel, l, image, (version & ROW_WIDE) != 0, (int16_t) (i + 1),
					&nulls[i]);
		}
	}
}

/* --- columns of many rows --------------------------------------------------------------------- */

/* All images have layout `version`, narrow offsets. */
static bool
same_layout(const uint8_t *const *images, int n, uint16_t version)
{
	uint16_t diff = 0;

	for (int i = 0; i < n; i++)
		diff |= image_version(images[i]) ^ version;
	return diff == 0;
}

#define LOAD_LOOP(ctype, field)                                                                    \
	for (int i = 0; i < n; i++) {                                                              \
		ctype x;                                                                           \
		memcpy(&x, images[i] + pos, sizeof x);                                             \
		out->v[i].field = x;                                                               \
	}                                                                                          \
	break

static void
load_column(const uint8_t *const *images, int n, const struct row_layout *l,
	    const struct row_col *c, struct vec *out)
{
	uint32_t pos = c->pos;

	switch (c->rep) {
	case REP_U8:
		LOAD_LOOP(uint8_t, i);
	case REP_I16:
		LOAD_LOOP(int16_t, i);
	case REP_I32:
		LOAD_LOOP(int32_t, i);
	case REP_U32:
		LOAD_LOOP(uint32_t, i);
	case REP_I64:
		LOAD_LOOP(int64_t, i);
	case REP_F32:
		LOAD_LOOP(float, f);
	case REP_F64:
		LOAD_LOOP(double, f);
	default:
		for (int i = 0; i < n; i++)
			out->v[i] = datum_bytes(load_var(l, images[i], false, pos));
		break;
	}
}

void
row_decode_vec(const struct relation *rel, const uint8_t *const *images, int n, int16_t attnum,
	       struct vec *out)
{
	const struct row_layout *l = row_layout_current(rel);
	const struct row_col *c = l != NULL ? find_col(l, attnum) : NULL;
	uint8_t any = 0;

	out->stride = 1;
	if (c == NULL || !same_layout(images, n, l->version)) {
		for (int i = 0; i < n; i++) {
			bool null;

			out->v[i] = row_get(rel, images[i], attnum, &null);
			out->null[i] = null;
			any |= out->null[i];
		}
	} else {
		uint32_t byte = ROW_HEADER + c->bit / 8u, shift = c->bit % 8;

		for (int i = 0; i < n; i++) {
			out->null[i] = images[i][byte] >> shift & 1;
			any |= out->null[i];
		}
		load_column(images, n, l, c, out);
	}
	if (any == 0)
		out->null = NULL;
}

static bool
is_fixed(const struct row_layout *l, int16_t attnum)
{
	const struct row_col *c = find_col(l, attnum);

	return c != NULL && c->rep != REP_VAR;
}

size_t
row_prefix(const struct relation *rel, int ncols, const int16_t *attnums)
{
	const struct row_layouts *all = rel->layouts;
	size_t need = 0;

	for (int i = 0; i < ncols; i++) {
		if (attnums[i] == COL_ROW_KEY || attnums[i] == COL_CTID ||
		    attnums[i] == COL_TABLEOID || attnums[i] == COL_XMAX)
			continue;
		for (int k = 0; all != NULL && k < all->n; k++) {
			const struct row_layout *l = &all->at[k];
			if (attnums[i] > 0 && !is_fixed(l, attnums[i]))
				return SIZE_MAX;
			need = l->fixed > need ? l->fixed : need;
		}
	}
	return need;
}

/* --- checking --------------------------------------------------------------------------------- */

bool
row_plausible(const struct relation *rel, const uint8_t *image, size_t len)
{
	const struct row_layout *l;
	uint16_t version;

	if (len < ROW_HEADER)
		return false;
	version = image_version(image);
	l = row_layout(rel, version & (uint16_t) ~ROW_WIDE);
	return l != NULL &&
	       len >= l->fixed + ((version & ROW_WIDE) != 0 ? 4u : 2u) * (size_t) l->nvar;
}

int
row_verify(const struct relation *rel, const void *image, size_t len, struct err *e)
{
	const uint8_t *p = image;
	const struct row_layout *l;
	bool wide;

	if (!row_plausible(rel, p, len))
		return err_set(e, ERR_DATA_CORRUPTED, "table \"%s\" has a row of an unknown form",
			       rel->o.name);
	wide = (image_version(p) & ROW_WIDE) != 0;
	l = row_layout(rel, image_version(p) & (uint16_t) ~ROW_WIDE);
	for (int i = 0; i < l->ncols; i++) {
		const uint8_t *b;

		if (l->cols[i].rep != REP_VAR || is_null(p, &l->cols[i]))
			continue;
		b = (const uint8_t *) load_var(l, p, wide, l->cols[i].pos);
		if (b < p || (size_t) (b - p) + sizeof(uint32_t) > len ||
		    bytes_len((const struct bytes *) b) > len - (size_t) (b - p) - sizeof(uint32_t))
			return err_set(e, ERR_DATA_CORRUPTED, "table \"%s\" has a damaged row",
				       rel->o.name);
	}
	return ERR_OK;
}
