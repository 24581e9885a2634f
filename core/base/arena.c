/* arena.c - bump allocation from doubling blocks, and the reserve behind it. */
#include "config.h"
#include "core/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

enum {
	BLOCK_FIRST = 4096,
	BLOCK_MAX   = 1 << 20,
	SMALL       = 64 * 1024,
};

struct arena_block {
	struct arena_block *older;
	size_t size;                    /* of the bytes that follow */
	_Alignas(16) char bytes[];
};

void
arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena) { .limit = limit };
}

void
arena_done(struct arena *a)
{
	for (struct arena_block *b = a->blocks, *older; b != NULL; b = older) {
		older = b->older;
		free(b);
	}
	*a = (struct arena) { .limit = a->limit };
}

void
arena_reset(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	a->failed = false;
	if (keep == NULL)
		return;
	for (struct arena_block *b = keep->older, *older; b != NULL; b = older) {
		older = b->older;
		free(b);
	}
	if (keep->size > BLOCK_MAX) {           /* one big value must not stay for ever */
		free(keep);
		*a = (struct arena) { .limit = a->limit };
		return;
	}
	keep->older = NULL;
#ifdef ORMDB_DEBUG
	memset(keep->bytes, 0xA5, keep->size);
#endif
	a->next = keep->bytes;
	a->end = keep->bytes + keep->size;
	a->used = keep->size;
}

int
arena_check(struct arena *a, struct err *e)
{
	if (!a->failed)
		return ERR_OK;
	err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	if (a->limit != 0 && a->used >= a->limit)
		err_detail(e, "The statement has reached its limit of %zu bytes.", a->limit);
	return e->code;
}

/* A new block that can hold `size`; false when limit or system say no. */
static bool
grow(struct arena *a, size_t size, bool over_limit)
{
	size_t want = a->blocks == NULL ? BLOCK_FIRST : a->blocks->size * 2;

	if (want > BLOCK_MAX)
		want = BLOCK_MAX;
	if (want < size || (size > SMALL && a->blocks != NULL))
		want = size;            /* a big piece has a block of its own size: see take() */
	if (a->limit != 0 && !over_limit && a->used + want > a->limit)
		return false;
	struct arena_block *b = malloc(sizeof *b + want);
	if (b == NULL)
		return false;
	b->size = want;
	a->used += want;
	if (size > SMALL && a->blocks != NULL) {        /* big pieces go behind: keep filling the head */
		b->older = a->blocks->older;
		a->blocks->older = b;
		return true;
	}
	b->older = a->blocks;
	a->blocks = b;
	a->next = b->bytes;
	a->end = b->bytes + want;
	return true;
}

static void *
take(struct arena *a, size_t size, bool over_limit)
{
	size_t padded = (size + 7) & ~(size_t) 7;

	if (padded < size)
		return NULL;
	if (LIKELY((size_t) (a->end - a->next) >= padded)) {
		void *p = a->next;
		a->next += padded;
		return p;
	}
	if (!grow(a, padded, over_limit))
		return NULL;
	if (padded > SMALL && a->blocks->older != NULL && a->blocks->older->size == padded)
		return a->blocks->older->bytes;
	void *p = a->next;
	a->next += padded;
	return p;
}

void *
arena_try_alloc(struct arena *a, size_t size)
{
	return take(a, size, false);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size, false);

	if (LIKELY(p != NULL))
		return p;
	/* Mark the failure and go a little over the limit, so that the code in progress can
	 * end normally and report it; when the system itself has nothing left, stop. */
	a->failed = true;
	p = take(a, size, true);
	if (p == NULL) {
		log_write(LOG_FATAL, "out of memory: %zu bytes", size);
		abort();
	}
	return p;
}

void *
arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

void *
arena_dup(struct arena *a, const void *p, size_t size)
{
	void *copy = arena_alloc(a, size);

	if (size != 0)
		memcpy(copy, p, size);
	return copy;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (len != 0)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	char *s = arena_alloc(a, (size_t) (n < 0 ? 0 : n) + 1);
	vsnprintf(s, (size_t) (n < 0 ? 0 : n) + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}
