/* ws_memory.c - where a write set lives: in memory, and when it is large in a file.
 *
 * The file has no name and is mapped, so entries keep their addresses and the lists over them know
 * nothing of it; a piece that is full is written out and leaves our memory, to come back page by
 * page when it is walked.  Its room is taken beforehand: a full disk is an error here, not a signal
 * at some later store.
 *
 * Not here: the lists (writeset.c). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "storage/store_private.h"
#include "storage/writeset.h"

enum { PIECE_FIRST = 4096, PIECE_MAX = 1 << 20, MAPPED_PIECE = 64 << 20, MEMORY_MAX = 32 << 20 };

struct ws_piece {
	struct ws_piece *older;
	size_t size;                    /* with this head */
	off_t  at;                      /* in the file; -1: in memory */
};

static void
add(struct ws *ws, struct ws_piece *p, size_t size, off_t at)
{
	p->older = ws->pieces;
	p->size = size;
	p->at = at;
	ws->pieces = p;
	ws->next = (char *) (p + 1);
	ws->end = (char *) p + size;
	ws->total += size;
}

static bool
add_in_memory(struct ws *ws, size_t least)
{
	size_t size = ws->pieces == NULL ? PIECE_FIRST : ws->pieces->size * 2;

	if (size > PIECE_MAX)
		size = PIECE_MAX;
	if (size < least)
		size = least;
	struct ws_piece *p = malloc(size);
	if (p == NULL)
		return false;
	add(ws, p, size, -1);
	return true;
}

static void
let_go(const struct ws *ws, struct ws_piece *p)
{
	if (p != NULL && p->at >= 0 && sync_file_range(ws->fd, p->at, (off_t) p->size, SYNC_FILE_RANGE_WRITE) == 0)
		(void) madvise(p, p->size, MADV_DONTNEED);
}

static bool
add_in_file(struct ws *ws, size_t least)
{
	size_t size = least <= MAPPED_PIECE ? MAPPED_PIECE : (least + 4095) & ~(size_t) 4095;

	if (ws->fd < 0)
		ws->fd = spill_file(ws->dir);
	int code = ws->fd < 0 ? errno : posix_fallocate(ws->fd, ws->file_size, (off_t) size);
	if (code != 0) {
		ws->error = code;
		return false;
	}
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ws->fd, ws->file_size);
	if (at == MAP_FAILED) {
		ws->error = errno;
		return false;
	}
	let_go(ws, ws->pieces);
	add(ws, at, size, ws->file_size);
	ws->file_size += (off_t) size;
	return true;
}

void *
ws_take(struct ws *ws, size_t size)
{
	size_t padded = (size + 7) & ~(size_t) 7, least = padded + sizeof(struct ws_piece);

	if (padded < size || ws->bytes + size > ws->limit)
		return NULL;
	if ((size_t) (ws->end - ws->next) < padded &&
	    !(ws->dir == NULL || ws->total < MEMORY_MAX ? add_in_memory(ws, least) : add_in_file(ws, least)))
		return NULL;
	void *p = ws->next;
	ws->next += padded;
	ws->bytes += size;
	return p;
}

/* What has been walked need not stay in memory. */
void
ws_let_go(struct ws *ws)
{
	for (struct ws_piece *p = ws->pieces, *older; p != NULL && p->at >= 0; p = older) {
		older = p->older;
		let_go(ws, p);
	}
}

void
ws_free_memory(struct ws *ws)
{
	for (struct ws_piece *p = ws->pieces, *older; p != NULL; p = older) {
		older = p->older;
		if (p->at < 0)
			free(p);
		else
			(void) munmap(p, p->size);
	}
	if (ws->fd >= 0)
		(void) close(ws->fd);
}
