/* rows.c - one row as one piece of memory. */
#include "config.h"
#include "core/exec/rows.h"

#include "storage/spill.h"

void
row_shape_init(struct row_shape *s, struct arena *a, int ncols, const struct type *const *types)
{
	bool *byref = ARENA_ARRAY(a, bool, ncols + 1);

	*s = (struct row_shape){ .ncols = ncols, .byref = byref };
	for (int i = 0; i < ncols; i++) {
		byref[i] = !types[i]->byval;
		s->any_byref |= byref[i];
	}
	s->null_at = (uint32_t) ncols * (uint32_t) sizeof(union datum);
	s->fixed = s->null_at + (uint32_t) ncols;
}

const struct type **
plan_types(struct arena *a, const struct plan *p)
{
	const struct type **types = ARENA_ARRAY(a, const struct type *, p->ncols + 1);

	for (int i = 0; i < p->ncols; i++)
		types[i] = p->cols[i].type;
	return types;
}

size_t
row_size(const struct row_shape *s, const struct vec *cols, int row)
{
	size_t size = s->fixed;

	if (s->any_byref)
		for (int c = 0; c < s->ncols; c++)
			if (s->byref[c] && !vec_null(&cols[c], row))
				size += sizeof(uint32_t) + bytes_len(vec_at(&cols[c], row).b);
	return size;
}

struct row *
row_copy(struct arena *a, const struct row_shape *s, size_t head, const struct vec *cols, int row)
{
	char *base = (char *) arena_alloc(a, head + row_size(s, cols, row) + 1) + head;
	union datum *v = (union datum *) base;
	uint8_t *null = (uint8_t *) base + s->null_at;
	char *at = base + s->fixed;

	for (int c = 0; c < s->ncols; c++) {
		null[c] = vec_null(&cols[c], row);
		if (null[c]) {
			v[c].i = 0;
			continue;
		}
		v[c] = vec_at(&cols[c], row);
		if (s->byref[c]) {
			size_t len = sizeof(uint32_t) + bytes_len(v[c].b);
			memcpy(at, v[c].b, len);
			v[c].b = (const struct bytes *) at;
			at += len;
		}
	}
	return (struct row *) base;
}

struct row *
row_shallow(struct arena *a, const struct row_shape *s, const struct vec *cols, int row)
{
	struct row *r = arena_alloc(a, s->fixed + 1);
	uint8_t *null = (uint8_t *) r + s->null_at;

	for (int c = 0; c < s->ncols; c++) {
		null[c] = vec_null(&cols[c], row);
		r->v[c] = vec_at(&cols[c], row);
	}
	return r;
}

size_t
row_bytes(const struct row_shape *s, const struct row *r)
{
	size_t size = s->fixed;

	if (s->any_byref)
		for (int c = 0; c < s->ncols; c++)
			if (s->byref[c] && !row_null(s, r, c))
				size += sizeof(uint32_t) + bytes_len(r->v[c].b);
	return size;
}

void
rows_gather(const struct row_shape *s, const struct row *const *rows, int n, struct vec *out)
{
	for (int c = 0; c < s->ncols; c++) {
		union datum *v = out[c].v;
		uint8_t *null = out[c].null;
		uint8_t any = 0;

		for (int i = 0; i < n; i++) {
			const struct row *r = rows[i];
			v[i] = r != NULL ? r->v[c] : datum_int(0);
			null[i] = r != NULL ? row_nulls(s, r)[c] : 1;
			any |= null[i];
		}
		if (any == 0)
			out[c].null = NULL;
		out[c].stride = 1;
	}
}

void
rows_scatter(const struct row_shape *s, const struct row *const *rows, const uint16_t *at, int n,
	     struct vec *out)
{
	for (int c = 0; c < s->ncols; c++) {
		union datum *v = out[c].v;
		uint8_t *null = out[c].null;
		uint8_t any = 0;

		for (int i = 0; i < n; i++) {
			const struct row *r = rows[i];
			v[at[i]] = r != NULL ? r->v[c] : datum_int(0);
			null[at[i]] = r != NULL ? row_nulls(s, r)[c] : 1;
			any |= null[at[i]];
		}
		if (any == 0)
			out[c].null = NULL;
		out[c].stride = 1;
	}
}

int
row_write(struct spill *to, const struct row_shape *s, const struct row *r, struct err *e)
{
	uint32_t size = (uint32_t) row_bytes(s, r), at = s->fixed;
	union datum fixed[64], *v = fixed;
	int rc = spill_write(to, &size, sizeof size, e);

	for (int c = 0; c < s->ncols && rc == ERR_OK; c += 64) {
		int n = s->ncols - c < 64 ? s->ncols - c : 64;
		for (int i = 0; i < n; i++) {
			v[i] = r->v[c + i];
			if (s->byref[c + i] && !row_null(s, r, c + i)) {
				uint32_t len = bytes_len(v[i].b) + (uint32_t) sizeof(uint32_t);
				v[i].u = at;
				at += len;
			}
		}
		rc = spill_write(to, v, (size_t) n * sizeof *v, e);
	}
	if (rc == ERR_OK)
		rc = spill_write(to, row_nulls(s, r), (size_t) s->ncols, e);
	if (!s->any_byref)
		return rc;
	for (int c = 0; c < s->ncols && rc == ERR_OK; c++)
		if (s->byref[c] && !row_null(s, r, c))
			rc = spill_write(to, r->v[c].b, sizeof(uint32_t) + bytes_len(r->v[c].b), e);
	return rc;
}

struct row *
row_restore(const struct row_shape *s, void *image)
{
	struct row *r = image;

	if (s->any_byref)
		for (int c = 0; c < s->ncols; c++)
			if (s->byref[c] && !row_null(s, r, c))
				r->v[c].b =
					(const struct bytes *) ((const char *) image + r->v[c].u);
	return r;
}

int
row_read(struct spill *from, const struct row_shape *s, struct arena *a, size_t head,
	 struct row **ret, struct err *e)
{
	uint32_t size;
	bool more;
	int rc = spill_read(from, &size, sizeof size, &more, e);

	if (rc != ERR_OK)
		return rc;
	if (!more) {
		*ret = NULL;
		return ERR_OK;
	}
	char *image = (char *) arena_alloc(a, head + size + 1) + head;
	rc = spill_read(from, image, size, &more, e);
	if (rc == ERR_OK)
		*ret = row_restore(s, image);
	return rc;
}
