/* readset.c - remembering ranges, and asking whether a write set meets them.  Who asks, and
 * when, is certify.c's. */
#include "config.h"
#include "storage/readset.h"

#include <stdlib.h>

#include "core/base/arena.h"

enum { RANGES_MAX = 20000 };            /* of one file */

struct range {
	struct range *next;
	const uint8_t *lo, *hi;         /* NULL: no bound */
	uint32_t lolen, hilen;
	bool hi_exclusive;
};

struct read_file {
	struct read_file *next;
	uint32_t file;
	uint32_t nranges;
	bool     whole;
	struct range *ranges;
};

struct readset {
	struct arena arena;
	struct read_file *files, *last;
	bool everything;                /* out of memory: assume the worst */
};

struct readset *
readset_new(void)
{
	struct readset *r = calloc(1, sizeof *r);

	if (r != NULL)
		arena_init(&r->arena, 0);
	return r;
}

void
readset_free(struct readset *r)
{
	if (r == NULL)
		return;
	arena_done(&r->arena);
	free(r);
}

size_t
readset_bytes(const struct readset *r)
{
	return r->arena.used;
}

static struct read_file *
file_of(struct readset *r, uint32_t file)
{
	if (r->last != NULL && r->last->file == file)
		return r->last;
	struct read_file *f = r->files;
	while (f != NULL && f->file != file)
		f = f->next;
	if (f == NULL && (f = arena_try_alloc(&r->arena, sizeof *f)) != NULL) {
		*f = (struct read_file) { .next = r->files, .file = file };
		r->files = f;
	}
	return r->last = f;
}

static bool
copy(struct readset *r, const void *bytes, size_t len, const uint8_t **ret)
{
	if (bytes == NULL) {
		*ret = NULL;
		return true;
	}
	uint8_t *p = arena_try_alloc(&r->arena, len + 1);
	if (p == NULL)
		return false;
	memcpy(p, bytes, len);
	*ret = p;
	return true;
}

static bool
same_as_last(const struct range *g, const void *lo, size_t lolen, const void *hi, size_t hilen,
             bool hi_exclusive)
{
	return g != NULL && g->lo != NULL && g->hi != NULL && lo != NULL && hi != NULL
	    && g->hi_exclusive == hi_exclusive && g->lolen == lolen && g->hilen == hilen
	    && memcmp(g->lo, lo, lolen) == 0 && memcmp(g->hi, hi, hilen) == 0;
}

void
readset_add(struct readset *r, uint32_t file, const void *lo, size_t lolen, const void *hi,
            size_t hilen, bool hi_exclusive)
{
	if (r->everything)
		return;
	struct read_file *f = file_of(r, file);
	if (f == NULL) {
		r->everything = true;
		return;
	}
	if (f->whole || same_as_last(f->ranges, lo, lolen, hi, hilen, hi_exclusive))
		return;
	struct range *g = NULL;
	if (f->nranges < RANGES_MAX && (lo != NULL || hi != NULL))
		g = arena_try_alloc(&r->arena, sizeof *g);
	if (g == NULL || !copy(r, lo, lolen, &g->lo) || !copy(r, hi, hilen, &g->hi)) {
		f->whole = true;
		return;
	}
	g->lolen = (uint32_t) lolen;
	g->hilen = (uint32_t) hilen;
	g->hi_exclusive = hi_exclusive;
	g->next = f->ranges;
	f->ranges = g;
	f->nranges++;
}

static bool
range_meets(const struct range *g, const struct ws_file *w)
{
	struct ws_entry *n = g->lo == NULL ? ws_first(w) : ws_first_ge(w, g->lo, g->lolen);

	for (; n != NULL; n = n->next[0]) {
		if (g->hi != NULL) {
			int c = key_compare(ws_key(n), n->klen, g->hi, g->hilen);
			if (c > 0 || (c == 0 && g->hi_exclusive))
				return false;
		}
		if (n->head != NULL)            /* undone entries are no writes */
			return true;
	}
	return false;
}

static bool
file_written(const struct ws_file *w)
{
	for (struct ws_entry *n = ws_first(w); n != NULL; n = n->next[0])
		if (n->head != NULL)
			return true;
	return false;
}

bool
readset_meets(const struct readset *r, const struct ws *ws)
{
	if (r->everything)
		return true;
	for (const struct read_file *f = r->files; f != NULL; f = f->next) {
		const struct ws_file *w = ws_find(ws, f->file);
		if (w == NULL)
			continue;
		if (f->whole) {
			if (file_written(w))
				return true;
			continue;
		}
		for (const struct range *g = f->ranges; g != NULL; g = g->next)
			if (range_meets(g, w))
				return true;
	}
	return false;
}
