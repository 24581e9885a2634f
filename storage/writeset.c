/* writeset.c - the skip lists behind a transaction's writes.  Merging them with the engine's
 * rows is cursor.c's, applying them commit.c's, their memory ws_memory.c's. */
#include "config.h"
#include "storage/writeset.h"

#include <assert.h>
#include <stdlib.h>

struct ws *
ws_new(size_t limit, const char *dir)
{
	struct ws *ws = calloc(1, sizeof *ws);

	if (ws == NULL)
		return NULL;
	ws->limit = limit;
	ws->dir = dir;
	ws->fd = -1;
	ws->random = UINT64_C(0x9e3779b97f4a7c15) ^ (uintptr_t) ws;
	return ws;
}

void
ws_free(struct ws *ws)
{
	if (ws == NULL)
		return;
	free(ws->files);
	ws_free_memory(ws);
	free(ws);
}

/* --- files ----------------------------------------------------------------------------------- */

static int
file_place(const struct ws *ws, uint32_t file)
{
	int lo = 0, hi = ws->nfiles;

	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (ws->files[mid]->file < file)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct ws_file *
ws_find(const struct ws *ws, uint32_t file)
{
	if (ws->last != NULL && ws->last->file == file)
		return ws->last;
	int i = file_place(ws, file);
	return i < ws->nfiles && ws->files[i]->file == file ? ws->files[i] : NULL;
}

static struct ws_file *
find_or_add(struct ws *ws, uint32_t file, uint32_t command)
{
	struct ws_file *f = ws_find(ws, file);

	if (f != NULL)
		return ws->last = f;
	if (ws->nfiles == ws->cap) {
		int cap = ws->cap == 0 ? 8 : ws->cap * 2;
		struct ws_file **to = realloc(ws->files, (size_t) cap * sizeof *to);
		if (to == NULL)
			return NULL;
		ws->files = to;
		ws->cap = cap;
	}
	f = ws_take(ws, sizeof *f);
	if (f == NULL)
		return NULL;
	memset(f, 0, sizeof *f);
	f->file = file;
	f->first_command = command;
	int at = file_place(ws, file);
	memmove(ws->files + at + 1, ws->files + at, (size_t) (ws->nfiles - at) * sizeof *ws->files);
	ws->files[at] = f;
	ws->nfiles++;
	return ws->last = f;
}

/* --- the skip list ------------------------------------------------------------------------------ */

static inline uint64_t
prefix_of(const uint8_t *key, size_t klen)
{
	uint64_t v = 0;

	if (klen >= 8) {
		memcpy(&v, key, 8);
		return __builtin_bswap64(v);
	}
	for (size_t i = 0; i < klen; i++)
		v |= (uint64_t) key[i] << (56 - 8 * i);
	return v;
}

static inline int
compare(const struct ws_entry *n, uint64_t prefix, const void *key, size_t klen)
{
	if (n->prefix != prefix)
		return n->prefix < prefix ? -1 : 1;
	return key_compare(ws_key(n), n->klen, key, klen);
}

/* The last entry before the key (NULL: none); with `path`, on every level. */
static struct ws_entry *
before(const struct ws_file *f, const void *key, size_t klen, struct ws_entry **path)
{
	uint64_t prefix = prefix_of(key, klen);
	struct ws_entry *at = NULL;

	for (int level = WS_LEVELS - 1; level >= 0; level--) {
		struct ws_entry *n = at == NULL ? f->head[level] : at->next[level];
		while (n != NULL && compare(n, prefix, key, klen) < 0) {
			at = n;
			n = n->next[level];
		}
		if (path != NULL)
			path[level] = at;
	}
	return at;
}

struct ws_entry *
ws_last_lt(const struct ws_file *f, const void *key, size_t klen)
{
	return before(f, key, klen, NULL);
}

struct ws_entry *
ws_first_ge(const struct ws_file *f, const void *key, size_t klen)
{
	struct ws_entry *n = before(f, key, klen, NULL);

	return n == NULL ? f->head[0] : n->next[0];
}

struct ws_entry *
ws_get(const struct ws_file *f, const void *key, size_t klen)
{
	struct ws_entry *n = ws_first_ge(f, key, klen);

	return n != NULL && compare(n, prefix_of(key, klen), key, klen) == 0 ? n : NULL;
}

static uint32_t
random_height(struct ws *ws)
{
	uint32_t height = 1;

	ws->random ^= ws->random << 13;
	ws->random ^= ws->random >> 7;
	ws->random ^= ws->random << 17;
	for (uint64_t r = ws->random; (r & 3) == 0 && height < WS_LEVELS; r >>= 2)
		height++;
	return height;
}

static struct ws_entry *
insert(struct ws *ws, struct ws_file *f, const void *key, size_t klen, struct ws_entry **path)
{
	uint32_t height = random_height(ws);
	struct ws_entry *n = ws_take(ws, sizeof *n + height * sizeof n->next[0] + klen);

	if (n == NULL)
		return NULL;
	n->head = NULL;
	n->prefix = prefix_of(key, klen);
	n->klen = (uint32_t) klen;
	n->height = height;
	memcpy(&n->next[height], key, klen);
	n->prev = path[0];              /* path may be f->tail, which changes now */
	for (uint32_t level = 0; level < height; level++) {
		struct ws_entry **link = path[level] == NULL ? &f->head[level] : &path[level]->next[level];
		n->next[level] = *link;
		*link = n;
		if (n->next[level] == NULL)
			f->tail[level] = n;
	}
	if (n->next[0] != NULL)
		n->next[0]->prev = n;
	return n;
}

static struct ws_entry *
find_or_insert(struct ws *ws, struct ws_file *f, const void *key, size_t klen)
{
	struct ws_entry *path[WS_LEVELS], *last = f->tail[0];
	uint64_t prefix = prefix_of(key, klen);

	if (last == NULL || compare(last, prefix, key, klen) < 0)
		return insert(ws, f, key, klen, f->tail);
	struct ws_entry *n = before(f, key, klen, path);
	n = n == NULL ? f->head[0] : n->next[0];
	if (n != NULL && compare(n, prefix, key, klen) == 0)
		return n;
	return insert(ws, f, key, klen, path);
}

/* --- versions -------------------------------------------------------------------------------------- */

struct ws_version *
ws_put(struct ws *ws, uint32_t file, const void *key, size_t klen, const void *value, size_t vlen,
       unsigned flags, uint32_t command)
{
	struct ws_file *f = find_or_add(ws, file, command);
	if (f == NULL)
		return NULL;
	struct ws_entry *n = find_or_insert(ws, f, key, klen);
	if (n == NULL)
		return NULL;

	struct ws_version *v = n->head;
	uint8_t *bytes = NULL;
	/* The same command writing again, with nothing to go back to in between, replaces. */
	bool replace = v != NULL && v->command == command && v->seq >= ws->mark;
	if (replace && v->vlen >= vlen)
		bytes = v->value;
	else if (vlen != 0 && (bytes = ws_take(ws, vlen)) == NULL)
		return NULL;
	if (!replace) {
		v = ws_take(ws, sizeof *v);
		if (v == NULL)
			return NULL;
		v->older = n->head;
		v->of = n;
		v->command = command;
		v->seq = ws->undo_count++;
		v->undo = ws->undo;
		ws->undo = v;
		n->head = v;
	}
	if (vlen != 0)
		memmove(bytes, value, vlen);    /* it may be this very version's */
	f->bytes += klen + vlen;
	v->value = bytes;
	v->vlen = (uint32_t) vlen;
	v->flags = flags;
	return v;
}

size_t
ws_mark(struct ws *ws)
{
	return ws->mark = ws->undo_count;
}

void
ws_rollback(struct ws *ws, size_t mark)
{
	assert(mark <= ws->undo_count);
	while (ws->undo_count > mark) {
		struct ws_version *v = ws->undo;
		v->of->head = v->older;
		ws->undo = v->undo;
		ws->undo_count--;
	}
	ws->mark = mark;
}
