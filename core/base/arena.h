/* arena.h - memory with one lifetime: allocated piece by piece, released all at once.
 *
 * Owner     whoever calls arena_init() calls arena_done(); pieces are never freed alone.
 *           Name an arena for its lifetime: conn, stmt, portal, batch.
 * Thread    one at a time.
 * Failure   arena_alloc() never returns NULL.  When the system has no memory, or the arena
 *           has reached its limit, it is marked failed and small pieces come from a reserve
 *           so that straight-line code can finish; the caller of a statement or batch asks
 *           arena_check() and reports 53200.  Sizes a user can choose go through
 *           arena_try_alloc(), which returns NULL and marks nothing.
 * Cost      a bounds check and an addition; blocks double up to 1 MiB.  arena_reset() keeps
 *           the newest block, so a batch arena in a steady state calls malloc never. */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

struct arena_block;

struct arena {
	char  *next, *end;              /* the free part of the newest block */
	struct arena_block *blocks;
	size_t used;                    /* bytes taken from the system */
	size_t limit;                   /* 0: none */
	bool   failed;
};

#define ARENA_AUTO CLEANUP(arena_done)

void  arena_init(struct arena *a, size_t limit);
void  arena_done(struct arena *a);              /* a zeroed arena is a valid, empty one */
void  arena_reset(struct arena *a);
int   arena_check(struct arena *a, struct err *e) MUST_CHECK;

void *arena_alloc(struct arena *a, size_t size) NONNULL_RETURN;        /* 8-byte aligned */
void *arena_zalloc(struct arena *a, size_t size) NONNULL_RETURN;
void *arena_try_alloc(struct arena *a, size_t size);
void *arena_dup(struct arena *a, const void *p, size_t size) NONNULL_RETURN;
char *arena_strdup(struct arena *a, const char *s) NONNULL_RETURN;
char *arena_strndup(struct arena *a, const char *s, size_t len) NONNULL_RETURN;
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3) NONNULL_RETURN;

#define ARENA_NEW(a, type)       ((type *) arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n)  ((type *) arena_zalloc((a), (size_t) (n) * sizeof(type)))

#endif
