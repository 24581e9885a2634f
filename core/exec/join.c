/* join.c - pairs of rows as batches of a join's result. */
#include "config.h"
#include "core/exec/join.h"

int
join_out_init(struct join_out *j, struct exec *x, enum join_type type, int nleft,
	      const struct row_shape *right, struct expr *filter, struct err *e)
{
	const int n = nleft + right->ncols;

	j->type = type;
	j->nleft = nleft;
	j->nright = right->ncols;
	j->right = *right;
	j->cols = ARENA_ARRAY(&x->arena, struct vec, n + 1);
	j->bufs = ARENA_ARRAY(&x->arena, struct vec, n + 1);
	j->arena = &x->arena;
	return filter_compile(x, filter, BATCH_ROWS, &j->filter, e);
}

/* Room for the columns of n rows.  A query of many joins has many columns, and mostly few rows: memory that
 * is never written to costs nothing, but a page for each column of a few rows does. */
static void
reserve(struct join_out *j, int n)
{
	if (n <= j->room)
		return;
	j->room = n <= 16 ? 16 : n <= 128 ? 128 : BATCH_ROWS;
	for (int c = 0; c < j->nleft + j->nright; c++)
		j->bufs[c] = vec_new(j->arena, j->room);
}

/* Left rows distinct and in order: the left columns need no copy, positions are left rows. */
static bool
ascending(const struct pairs *p)
{
	for (int i = 1; i < p->n; i++)
		if (p->left[i] <= p->left[i - 1])
			return false;
	return true;
}

/* The pairs as columns; *ret_by_left: at their left row's position rather than the pair's. */
static void
make(struct join_out *j, const struct batch *left, const struct pairs *p, bool *ret_by_left)
{
	const int n = j->nleft + j->nright;

	*ret_by_left = ascending(p);
	reserve(j, *ret_by_left && p->n != 0 ? p->left[p->n - 1] + 1 : p->n);
	if (n != 0)
		memcpy(j->cols, j->bufs, (size_t) n * sizeof *j->cols);
	if (*ret_by_left) {
		if (j->nleft != 0)
			memcpy(j->cols, left->cols, (size_t) j->nleft * sizeof *j->cols);
		rows_scatter(&j->right, p->right, p->left, p->n, j->cols + j->nleft);
		return;
	}
	for (int c = 0; c < j->nleft; c++)
		vec_gather(&left->cols[c], p->left, p->n, j->bufs[c].v, j->bufs[c].null,
			   &j->cols[c]);
	rows_gather(&j->right, p->right, p->n, j->cols + j->nleft);
}

/* pass[i]: the pair has a right row and the filter is true. */
static int
test_pairs(struct join_out *j, const struct pairs *p, bool by_left, struct arena *a, uint8_t *pass,
	   struct err *e)
{
	uint16_t sel[BATCH_ROWS];
	const uint16_t *passed;
	struct batch in = { .sel = sel, .ncols = j->nleft + j->nright, .cols = j->cols };
	int n, k = 0;

	if (j->filter == NULL) {
		for (int i = 0; i < p->n; i++)
			pass[i] = p->right[i] != NULL;
		return ERR_OK;
	}
	for (int i = 0; i < p->n; i++)
		if (p->right[i] != NULL)
			sel[in.n++] = by_left ? p->left[i] : (uint16_t) i;
	int rc = filter_run(j->filter, &in, a, &passed, &n, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < p->n; i++) {
		int at = by_left ? p->left[i] : i;
		pass[i] = p->right[i] != NULL && k < n && (passed != NULL ? passed[k] : k) == at;
		k += pass[i];
	}
	return ERR_OK;
}

/* Is the pair a row of the result? */
static inline bool
counts(struct join_out *j, int left, bool passes, bool real)
{
	const bool before = j->matched[left] != 0;

	if (passes)
		j->matched[left] = 1;
	switch (j->type) {
	case JOIN_SEMI:
		return passes && !before;
	case JOIN_ANTI:
		return !real && !before;
	default:
		return real ? passes : !before;
	}
}

int
join_out_pairs(struct join_out *j, const struct batch *left, const struct pairs *p, struct arena *a,
	       struct batch *ret, struct err *e)
{
	const bool left_only = join_first_only(j);
	uint8_t pass[BATCH_ROWS];
	bool by_left = true;
	int m = 0;

	if (!left_only || j->filter != NULL)
		make(j, left, p, &by_left);
	int rc = test_pairs(j, p, by_left, a, pass, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < p->n; i++) {
		if (pass[i] && j->mark != 0)
			*((uint8_t *) p->right[i] - j->mark) = 1;
		if (counts(j, p->left[i], pass[i], p->right[i] != NULL))
			j->sel[m++] = left_only || by_left ? p->left[i] : (uint16_t) i;
	}
	*ret = (struct batch){
		.n = m,
		.sel = j->sel,
		.ncols = left_only ? j->nleft : j->nleft + j->nright,
		.cols = left_only ? left->cols : j->cols,
	};
	return ERR_OK;
}

void
join_out_right(struct join_out *j, const struct row *const *rows, int n, struct batch *ret)
{
	static uint8_t yes[1] = { 1 };
	static union datum zero[1];
	const int ncols = j->nleft + j->nright;

	reserve(j, n);
	if (ncols != 0)
		memcpy(j->cols, j->bufs, (size_t) ncols * sizeof *j->cols);
	for (int c = 0; c < j->nleft; c++)
		j->cols[c] = (struct vec){ .v = zero, .null = yes, .stride = 0 };
	rows_gather(&j->right, rows, n, j->cols + j->nleft);
	*ret = (struct batch){ .n = n, .ncols = ncols, .cols = j->cols };
}
