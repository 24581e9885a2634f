/* join_spill.c - partitions of a hash join on disk.
 *
 * A row goes to the partition that 6 bits from the middle of its hash name, so that the rows of
 * one partition still spread over the directory (upper bits) and its filters (lower bits). */
#include "config.h"
#include "core/exec/join_spill.h"

#include <stdlib.h>

#include "storage/spill.h"

enum { PARTITIONS = 64 };

struct join_spill {
	struct exec *x;
	struct row_shape left_shape, right_shape;
	int nleft;
	struct spill *left[PARTITIONS], *right[PARTITIONS];
	int at;             /* the partition being joined; -1: none yet */
	struct arena arena; /* of the left batch */
	struct vec *cols;
	struct batch batch;
};

static inline int
partition_of(uint64_t hash)
{
	return (int) (hash >> 20 & (PARTITIONS - 1));
}

int
join_spill_open(struct exec *x, const struct join_table *t, const struct plan *left,
		struct join_spill **ret, struct err *e)
{
	struct join_spill *s = calloc(1, sizeof *s);
	int rc = ERR_OK;

	if (s == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	*ret = s;
	s->x = x;
	s->at = -1;
	s->nleft = left->ncols;
	s->right_shape = t->shape;
	row_shape_init(&s->left_shape, &x->arena, left->ncols, plan_types(&x->arena, left));
	s->cols = ARENA_ARRAY(&x->arena, struct vec, left->ncols + 1);
	for (int i = 0; i < PARTITIONS && rc == ERR_OK; i++) {
		rc = spill_open(exec_store(x), NULL, &s->left[i], e);
		if (rc == ERR_OK)
			rc = spill_open(exec_store(x), NULL, &s->right[i], e);
	}
	return rc;
}

void
join_spill_close(struct join_spill **spill)
{
	struct join_spill *s = *spill;

	if (s == NULL)
		return;
	*spill = NULL;
	for (int i = 0; i < PARTITIONS; i++) {
		spill_close(&s->left[i]);
		spill_close(&s->right[i]);
	}
	arena_done(&s->arena);
	free(s);
}

int
join_spill_right(struct join_spill *s, struct join_head *h, struct err *e)
{
	struct spill *to = s->right[partition_of(h->hash)];
	int rc = spill_write(to, &h->hash, sizeof h->hash, e);

	return rc != ERR_OK ? rc : row_write(to, &s->right_shape, join_row(h), e);
}

int
join_spill_left(struct join_spill *s, uint64_t hash, const struct vec *cols, int row, struct err *e)
{
	arena_reset(&s->arena);
	const struct row *r = row_shallow(&s->arena, &s->left_shape, cols, row);

	return row_write(s->left[partition_of(hash)], &s->left_shape, r, e);
}

int
join_spill_ready(struct join_spill *s, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < PARTITIONS && rc == ERR_OK; i++) {
		rc = spill_rewind(s->left[i], e);
		if (rc == ERR_OK)
			rc = spill_rewind(s->right[i], e);
	}
	return rc;
}

bool
join_spill_begun(const struct join_spill *s)
{
	return s->at >= 0;
}

int
join_spill_next(struct join_spill *s, struct join_table *t, bool *ret_more, struct err *e)
{
	*ret_more = false;
	if (s->at >= 0) { /* give its disk space back */
		spill_close(&s->left[s->at]);
		spill_close(&s->right[s->at]);
	}
	if (++s->at >= PARTITIONS) {
		s->at = PARTITIONS - 1;
		return ERR_OK;
	}
	for (;;) {
		uint64_t hash;
		bool more;
		struct row *r;
		int rc = spill_read(s->right[s->at], &hash, sizeof hash, &more, e);
		if (rc == ERR_OK && more)
			rc = row_read(s->right[s->at], &t->shape, &t->arena,
				      sizeof(struct join_head), &r, e);
		if (rc != ERR_OK)
			return rc;
		if (!more)
			break;
		join_table_link(t, (struct join_head *) r - 1, hash, join_table_row_has_null(t, r));
	}
	*ret_more = true;
	return arena_check(&t->arena, e);
}

int
join_spill_next_left(struct join_spill *s, struct op *op UNUSED, const struct batch **ret,
		     struct err *e)
{
	const struct row *rows[BATCH_ROWS];
	int n = 0;

	*ret = NULL;
	if (s->left[s->at] == NULL)
		return ERR_OK;
	arena_reset(&s->arena);
	while (n < BATCH_ROWS) {
		struct row *r;
		int rc = row_read(s->left[s->at], &s->left_shape, &s->arena, 0, &r, e);
		if (rc != ERR_OK)
			return rc;
		if (r == NULL)
			break;
		rows[n++] = r;
	}
	if (n == 0)
		return ERR_OK;
	for (int c = 0; c < s->nleft; c++)
		s->cols[c] = vec_new(&s->arena, n);
	rows_gather(&s->left_shape, rows, n, s->cols);
	s->batch = (struct batch){ .n = n, .ncols = s->nleft, .cols = s->cols };
	*ret = &s->batch;
	return ERR_OK;
}

uint64_t
join_spill_bytes(const struct join_spill *s)
{
	uint64_t sum = 0;

	for (int i = 0; i < PARTITIONS; i++)
		sum += spill_bytes(s->left[i]) + spill_bytes(s->right[i]);
	return sum;
}
