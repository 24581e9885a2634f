/* sorter_runs.c - sorted runs on disk and their merge.
 *
 * A record: prefix, key length and null flag, key bytes, the row.  The merge keeps one row of
 * each run in a heap ordered by row, then by run, so that equal rows stay in the order they
 * came in. */
#include "config.h"
#include "core/exec/sorter.h"

#include <stdlib.h>

#include "storage/spill.h"

struct sort_run {
	struct spill *spill;
	struct sort_entry head;
};

enum { RUNS_MAX = 4096 };

static int
record_write(struct sorter *s, struct spill *to, const struct sort_entry *en, struct err *e)
{
	const struct sort_head *h = sort_head(en->row);
	int rc = spill_write(to, &en->prefix, sizeof en->prefix, e);

	if (rc == ERR_OK)
		rc = spill_write(to, h, sizeof *h, e);
	if (rc == ERR_OK && h->keylen != 0)
		rc = spill_write(to, sort_key_bytes(en->row), h->keylen, e);
	return rc != ERR_OK ? rc : row_write(to, &s->shape, en->row, e);
}

/* NULL row: the run has ended. */
static int
record_read(struct sorter *s, struct spill *from, struct arena *a, struct sort_entry *ret,
	    struct err *e)
{
	struct sort_head h;
	bool more;
	int rc = spill_read(from, &ret->prefix, sizeof ret->prefix, &more, e);

	ret->row = NULL;
	if (rc != ERR_OK || !more)
		return rc;
	rc = spill_read(from, &h, sizeof h, &more, e);
	if (rc != ERR_OK)
		return rc;
	const size_t padded = (h.keylen + 7) & ~7u;
	char *key = NULL;
	if (h.keylen != 0) {
		key = arena_alloc(a, padded);
		rc = spill_read(from, key, h.keylen, &more, e);
	}
	if (rc == ERR_OK)
		rc = row_read(from, &s->shape, a, padded + sizeof h, &ret->row, e);
	if (rc != ERR_OK)
		return rc;
	*sort_head(ret->row) = h;
	if (key != NULL)
		memcpy((char *) sort_head(ret->row) - padded, key, h.keylen);
	return ERR_OK;
}

int
sort_run_write(struct sorter *s, struct err *e)
{
	struct sort_run *more;
	int rc;

	if (s->nruns == RUNS_MAX)
		return err_set(e, ERR_CONFIGURATION_LIMIT_EXCEEDED,
			       "too many sort runs; raise work_mem");
	more = realloc(s->runs, (size_t) (s->nruns + 1) * sizeof *more);
	if (more == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	s->runs = more;
	struct sort_run *r = &s->runs[s->nruns];
	*r = (struct sort_run){ 0 };
	rc = spill_open(exec_store(s->x), NULL, &r->spill, e);
	if (rc != ERR_OK)
		return rc;
	s->nruns++;
	sort_entries(s);
	for (size_t i = 0; i < s->n && rc == ERR_OK; i++) {
		if (i % BATCH_ROWS == 0)
			rc = exec_check(s->x, e);
		if (rc == ERR_OK)
			rc = record_write(s, r->spill, &s->e[i], e);
	}
	if (rc == ERR_OK)
		rc = spill_rewind(r->spill, e);
	s->spilled += spill_bytes(r->spill);
	s->n = 0;
	arena_reset(&s->arenas[s->arena]);
	/* Cuts point into what is gone; they would only save work. */
	memset(s->has_cut, 0, sizeof s->has_cut);
	return rc;
}

void
sort_runs_close(struct sorter *s)
{
	for (int i = 0; i < s->nruns; i++)
		spill_close(&s->runs[i].spill);
	free(s->runs);
	s->runs = NULL;
	s->nruns = 0;
	s->spilled = 0;
}

/* -- the heap: s->tmp[i].prefix is a run's number --------------------------------------------- */
static bool
run_before(const struct sorter *s, uint64_t a, uint64_t b)
{
	int d = sort_compare(s, &s->runs[a].head, &s->runs[b].head);

	return d != 0 ? d < 0 : a < b;
}

static void
sift(struct sorter *s, size_t i)
{
	for (;;) {
		size_t c = i * 2 + 1;
		if (c >= s->n)
			return;
		if (c + 1 < s->n && run_before(s, s->tmp[c + 1].prefix, s->tmp[c].prefix))
			c++;
		if (!run_before(s, s->tmp[c].prefix, s->tmp[i].prefix))
			return;
		struct sort_entry t = s->tmp[i];
		s->tmp[i] = s->tmp[c];
		s->tmp[c] = t;
		i = c;
	}
}

int
sort_runs_begin(struct sorter *s, struct err *e)
{
	int rc = s->n != 0 ? sort_run_write(s, e) : ERR_OK;

	if (rc != ERR_OK)
		return rc;
	free(s->tmp);
	s->tmp = calloc((size_t) s->nruns, sizeof *s->tmp);
	s->tmp_cap = (size_t) s->nruns;
	if (s->tmp == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	if (s->counts == NULL)
		s->counts = malloc(BATCH_ROWS * sizeof *s->counts);
	if (s->counts == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	memset(s->counts, 0, BATCH_ROWS * sizeof *s->counts);
	s->n = 0;
	arena_reset(&s->merge_arena);
	for (int i = 0; i < s->nruns && rc == ERR_OK; i++) {
		rc = record_read(s, s->runs[i].spill, &s->merge_arena, &s->runs[i].head, e);
		if (rc == ERR_OK && s->runs[i].head.row != NULL)
			s->tmp[s->n++].prefix = (uint64_t) i;
	}
	for (size_t i = s->n; i-- > 0 && rc == ERR_OK;)
		sift(s, i);
	memset(s->has_cut, 0, sizeof s->has_cut);
	return rc;
}

/* The heads of the runs live on one arena and the rows given out on the other; the heads that
 * stay are copied over when the two change places. */
static void
turn_arenas(struct sorter *s)
{
	struct arena *to = &s->arenas[!s->arena];

	arena_reset(to);
	for (size_t i = 0; i < s->n; i++) {
		struct sort_entry *h = &s->runs[s->tmp[i].prefix].head;

		h->row = sort_row_move(s, to, h->row);
	}
	s->arena = !s->arena;
	arena_reset(&s->merge_arena);
}

int
sort_runs_next(struct sorter *s, const struct row **rows, int max, int *ret_n, struct err *e)
{
	int n = 0;

	turn_arenas(s);
	while (n < max && s->n != 0) {
		struct sort_run *r = &s->runs[s->tmp[0].prefix];
		struct row *row = r->head.row;
		int rc = record_read(s, r->spill, &s->arenas[s->arena], &r->head, e);

		if (rc != ERR_OK)
			return rc;
		const int o = s->per_ordinal ? (int) (row->v[0].i & (BATCH_ROWS - 1)) : 0;
		if (s->top < 0 || s->counts[o]++ < s->top)
			rows[n++] = row;
		if (r->head.row == NULL)
			s->tmp[0] = s->tmp[--s->n];
		if (s->n != 0)
			sift(s, 0);
		if (s->top >= 0 && !s->per_ordinal && s->counts[0] >= s->top)
			s->n = 0; /* the rest is past the top */
	}
	*ret_n = n;
	return ERR_OK;
}
