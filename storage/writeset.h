/* writeset.h - what a transaction has written: per file an ordered map of keys to versions.
 * Private to storage/.
 *
 * A version carries the command that wrote it; the newest stands first.  Undoing takes
 * versions off again in reverse order; entries stay, so pointers into the map remain good for
 * the whole transaction.
 *
 * Thread    the transaction's.  Once committed it no longer changes and may be read by all.
 * Failure   ws_put() returns NULL beyond the limit or without memory.
 * Cost      beyond 32 MB it lies in a nameless file, mapped: memory that the system can take back;
 *           appending in key order: no search; else a skip list. */
#ifndef STORAGE_WRITESET_H
#define STORAGE_WRITESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

enum { WS_LEVELS = 14, WS_DELETED = 0x100 };    /* flags: TXN_STAMP and WS_DELETED */

struct ws_version {
	struct ws_version *older;       /* of the same key */
	struct ws_version *undo;        /* written before it, any key */
	struct ws_entry   *of;
	size_t   seq;                   /* its place in the undo order */
	uint32_t command;
	uint32_t vlen;
	unsigned flags;
	uint8_t *value;
};

struct ws_entry {
	struct ws_version *head;        /* NULL: all undone */
	struct ws_entry *prev;
	uint64_t prefix;                /* the key's first 8 bytes, big-endian */
	uint32_t klen;
	uint32_t height;
	struct ws_entry *next[];        /* then the key */
};

struct ws_file {
	uint32_t file;
	uint32_t first_command;         /* of its oldest write */
	bool     loaded, made;          /* past the log, the file is there: newborn.c */
	size_t   bytes;                 /* of keys and values written, also those undone */
	struct ws_entry *head[WS_LEVELS];
	struct ws_entry *tail[WS_LEVELS];       /* the last entry of each level */
};

struct ws {
	char *next, *end;               /* the free part of the newest piece */
	struct ws_piece *pieces;
	size_t total;                   /* of all pieces */
	const char *dir;                /* for the file; NULL: none */
	int    fd;                      /* -1: none yet */
	off_t  file_size;
	int    error;                   /* errno that kept it from growing; 0: the limit, or memory */
	struct ws_file **files;         /* ascending */
	int    nfiles, cap;
	size_t limit, bytes;
	size_t undo_count, mark;        /* versions below mark must survive as they are */
	struct ws_version *undo;
	uint64_t random;
	struct ws_file *last;           /* the file written last */
};

struct ws *ws_new(size_t limit, const char *dir);        /* dir: where large ones go; may be NULL */
void       ws_free(struct ws *ws);

/* ws_memory.c */
void *ws_take(struct ws *ws, size_t size);
void  ws_let_go(struct ws *ws);         /* out of memory with what has gone to the file */
void  ws_free_memory(struct ws *ws);

struct ws_version *ws_put(struct ws *ws, uint32_t file, const void *key, size_t klen,
                          const void *value, size_t vlen, unsigned flags, uint32_t command);
struct ws_file    *ws_find(const struct ws *ws, uint32_t file);
size_t             ws_mark(struct ws *ws);
void               ws_rollback(struct ws *ws, size_t mark);

struct ws_entry *ws_get(const struct ws_file *f, const void *key, size_t klen);
struct ws_entry *ws_first_ge(const struct ws_file *f, const void *key, size_t klen);
struct ws_entry *ws_last_lt(const struct ws_file *f, const void *key, size_t klen);
static inline struct ws_entry *ws_first(const struct ws_file *f) { return f->head[0]; }
static inline struct ws_entry *ws_last(const struct ws_file *f)  { return f->tail[0]; }

static inline const uint8_t *
ws_key(const struct ws_entry *n)
{
	return (const uint8_t *) &n->next[n->height];
}

/* The newest version that a reader of commands below `before` sees; NULL: none. */
static inline const struct ws_version *
ws_visible(const struct ws_entry *n, uint32_t before)
{
	const struct ws_version *v = n->head;

	while (v != NULL && v->command >= before)
		v = v->older;
	return v;
}

static inline int
key_compare(const void *a, size_t alen, const void *b, size_t blen)
{
	size_t n = alen < blen ? alen : blen;
	int c = n == 0 ? 0 : memcmp(a, b, n);

	return c != 0 ? c : (alen > blen) - (alen < blen);
}

#endif
