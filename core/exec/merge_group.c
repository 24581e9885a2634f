/* merge_group.c - the right rows of a merge join that have the key in hand. */
#include "config.h"
#include "core/exec/merge_group.h"

#include <stdlib.h>

static inline uint8_t *
mark_of(const struct row *r)
{
	return (uint8_t *) r - MERGE_MARK;
}

void
merge_group_init(struct merge_group *g, struct exec *x, int ncols, const struct type *const *types,
		 bool marking)
{
	rowset_init(&g->more, x, ncols, types, exec_work_mem(x));
	g->more.head = MERGE_MARK;
	g->shape = g->more.shape;
	g->limit = g->more.limit;
	g->marking = marking;
	g->reader = rowset_reader(&g->more);
}

void
merge_group_done(struct merge_group *g)
{
	if (g->more.x != NULL)
		rowset_done(&g->more);
	rowset_reader_done(&g->reader);
	arena_done(&g->arenas[0]);
	arena_done(&g->arenas[1]);
	arena_done(&g->block_arena);
	free(g->rows);
	free(g->marks);
	g->rows = NULL;
	g->marks = NULL;
}

void
merge_group_round(struct merge_group *g)
{
	g->fresh = g->open ? !g->home : 0;
	arena_reset(&g->arenas[g->fresh]);
	if (!g->open)
		arena_reset(&g->arenas[1]);
}

const struct row *
merge_group_lone(struct merge_group *g, const struct vec *cols, int row)
{
	struct row *r = row_copy(&g->arenas[g->fresh], &g->shape, MERGE_MARK, cols, row);

	*mark_of(r) = 0;
	return r;
}

static bool
rows_grow(struct merge_group *g)
{
	size_t cap = g->cap == 0 ? 64 : g->cap * 2;
	const struct row **more = realloc(g->rows, cap * sizeof *more);

	if (more == NULL)
		return false;
	g->rows = more;
	g->cap = cap;
	return true;
}

int
merge_group_add(struct merge_group *g, const struct vec *cols, int row, struct err *e)
{
	if (g->limit != 0 && g->bytes > g->limit)
		return rowset_add_row(&g->more, cols, row, e);
	if (g->n == g->cap && !rows_grow(g))
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	g->rows[g->n] = merge_group_lone(g, cols, row);
	g->bytes += MERGE_MARK + row_bytes(&g->shape, g->rows[g->n]) + sizeof *g->rows;
	g->n++;
	return ERR_OK;
}

void
merge_group_begin(struct merge_group *g)
{
	g->open = true;
	g->home = g->fresh;
	g->n = g->bytes = 0;
}

int
merge_group_ready(struct merge_group *g, struct err *e)
{
	if (g->marking && g->more.total > g->marks_cap) {
		uint8_t *more = realloc(g->marks, g->more.total);
		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		g->marks = more;
		g->marks_cap = g->more.total;
	}
	if (g->marking && g->more.total != 0)
		memset(g->marks, 0, g->more.total);
	return arena_check(&g->arenas[g->home], e);
}

void
merge_group_end(struct merge_group *g)
{
	if (g->more.total != 0)
		rowset_clear(&g->more);
	g->open = false;
}

/* -- Reading ---------------------------------------------------------------------------------- */
void
merge_group_rewind(struct merge_group *g)
{
	g->at = 0;
	g->nblock = g->block_at = 0;
	g->reader.at = 0;
	g->reader.run = NULL;
}

static int
read_block(struct merge_group *g, struct err *e)
{
	arena_reset(&g->block_arena);
	g->block_first = g->reader.at;
	g->block_at = 0;
	return rowset_read(&g->reader, &g->block_arena, BATCH_ROWS, g->block, &g->nblock, e);
}

int
merge_group_next(struct merge_group *g, bool pairs, const struct row **ret, struct err *e)
{
	*ret = NULL;
	if (g->at < g->n) {
		*ret = g->rows[g->at++];
		return ERR_OK;
	}
	if (!merge_group_large(g) || (g->block_at == g->nblock && pairs))
		return ERR_OK;
	int rc = g->block_at < g->nblock ? ERR_OK : read_block(g, e);
	if (rc == ERR_OK && g->block_at < g->nblock)
		*ret = g->block[g->block_at++];
	return rc;
}

bool
merge_group_ended(const struct merge_group *g)
{
	return g->at == g->n && g->block_at == g->nblock && g->reader.at == g->more.total;
}

void
merge_group_note(struct merge_group *g)
{
	if (g->marking && g->open)
		for (int i = 0; i < g->nblock; i++)
			g->marks[g->block_first + (size_t) i] |= *mark_of(g->block[i]);
}

int
merge_group_unmatched(struct merge_group *g, const struct row **rows, int *ret_n, struct err *e)
{
	int n = 0, rc = ERR_OK;

	while (n == 0 && g->reader.at < g->more.total && rc == ERR_OK) {
		rc = read_block(g, e);
		for (int i = 0; i < g->nblock && rc == ERR_OK; i++)
			if (g->marks[g->block_first + (size_t) i] == 0)
				rows[n++] = g->block[i];
	}
	*ret_n = n;
	return rc;
}
