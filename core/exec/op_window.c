/* op_window.c - window functions: a partition at a time, kept in memory.
 *
 * The child comes sorted by partition and order.  A kept row is the child's columns, the
 * order columns and, for each function, its arguments and filter.  Aggregates are stepped as
 * their frame moves: forward while it only grows, backward with unstep, else from its start.
 *
 * Not here: frames (window_frame.c), the functions (core/func/window.h). */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/keys.h"
#include "core/exec/window_frame.h"
#include "core/func/window.h"

struct win_fn {
	const struct window_item *item;
	const struct partition_rows *rows;
	int arg_at; /* columns of a kept row: arguments, then the filter */
	bool has_filter;
	struct window_call call; /* window functions */
	struct agg_call agg;     /* aggregates */
	void *state;
	int64_t from, to; /* rows stepped into the state */
	bool begun;
	union datum *values; /* per row of the partition */
	bool *nulls;
};

struct window_state {
	struct prog *part, *extra;   /* extra: order columns, arguments, filters */
	struct vec *part_cols, *all; /* all: child's columns, then extra */
	int nextra;
	struct key_type *part_types;
	struct row_shape part_shape;
	struct partition_rows rows;
	struct row *key; /* of the partition in hand */
	struct win_fn *fns;
	const struct batch *in;
	struct arena in_arena;
	int at;
	bool input_done, ready;
	int64_t given;
};

/* -- opening ---------------------------------------------------------------------------------- */
static int
arg_value(struct window_call *w, int i, int64_t at, union datum *ret, bool *ret_null,
	  struct err *e UNUSED)
{
	const struct win_fn *f = w->op;
	const struct row *r = f->rows->rows[at];

	*ret_null = row_null(&f->rows->shape, r, f->arg_at + i);
	*ret = r->v[f->arg_at + i];
	return ERR_OK;
}

static int
fn_open(struct op *op, struct win_fn *f, const struct window_item *it, struct err *e)
{
	struct window_state *s = op->state;
	struct exec *x = op->x;
	const struct type **types = ARENA_ARRAY(&x->arena, const struct type *, it->nargs + 1);

	for (int i = 0; i < it->nargs; i++)
		types[i] = it->args[i]->type;
	const struct fcall fc = {
		.func = it->func,
		.env = &x->env,
		.nargs = it->nargs,
		.arg_types = types,
		.ret_type = it->ret,
		.collation = it->nargs != 0 ? it->args[0]->collation : 0,
	};
	f->item = it;
	f->rows = &s->rows;
	if (it->func->window != NULL)
		f->call = (struct window_call){
			.fcall = fc, .arena = &s->rows.arena, .arg = arg_value, .op = f
		};
	else if (it->func->agg != NULL && !it->func->agg->ordered_set)
		f->agg = (struct agg_call){ .fcall = fc, .arena = &s->rows.arena };
	else
		return err_unsupported(e, it->func->name, NULL);
	return ERR_OK;
}

/* Order columns, arguments and filters: what is kept of a row beside the child's columns. */
static int
extra_open(struct op *op, struct err *e)
{
	const struct plan_window *p = PLAN_AS(plan_window, op->plan);
	struct window_state *s = op->state;
	struct arena *a = &op->x->arena;
	const int nchild = op->plan->child->ncols;
	int max = p->norder, n = 0, rc = ERR_OK;

	for (int i = 0; i < p->nitems; i++)
		max += p->items[i].nargs + 1;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, max + 1);
	const struct type **types = ARENA_ARRAY(a, const struct type *, nchild + max + 1);
	s->rows.order_types = ARENA_ARRAY(a, const struct type *, p->norder + 1);
	for (int c = 0; c < nchild; c++)
		types[c] = op->plan->child->cols[c].type;
	for (int k = 0; k < p->norder; k++) {
		s->rows.order_types[k] = key_type(p->order[k].expr->type).type;
		exprs[n++] = p->order[k].expr;
	}
	s->fns = ARENA_ARRAY(a, struct win_fn, p->nitems + 1);
	for (int i = 0; i < p->nitems && rc == ERR_OK; i++) {
		const struct window_item *it = &p->items[i];
		s->fns[i].arg_at = nchild + n;
		for (int k = 0; k < it->nargs; k++)
			exprs[n++] = it->args[k];
		s->fns[i].has_filter = it->filter != NULL;
		if (it->filter != NULL)
			exprs[n++] = it->filter;
		rc = fn_open(op, &s->fns[i], it, e);
	}
	for (int i = 0; i < n; i++)
		types[nchild + i] = exprs[i]->type;
	s->nextra = n;
	s->all = ARENA_ARRAY(a, struct vec, nchild + n + 1);
	row_shape_init(&s->rows.shape, a, nchild + n, types);
	s->rows.order_at = nchild;
	return rc != ERR_OK ? rc : prog_compile(op->x, exprs, n, BATCH_ROWS, &s->extra, e);
}

static int
window_open(struct op *op, struct err *e)
{
	const struct plan_window *p = PLAN_AS(plan_window, op->plan);
	struct window_state *s = op->state;
	struct arena *a = &op->x->arena;
	const struct type **types = ARENA_ARRAY(a, const struct type *, p->npart + 1);
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	op_out_init(op);
	s->rows.plan = p;
	s->part_types = ARENA_ARRAY(a, struct key_type, p->npart + 1);
	for (int k = 0; k < p->npart; k++) {
		types[k] = p->part[k]->type;
		s->part_types[k] = key_type(types[k]);
	}
	row_shape_init(&s->part_shape, a, p->npart, types);
	s->part_cols = ARENA_ARRAY(a, struct vec, p->npart + 1);
	rc = prog_compile(op->x, p->part, p->npart, BATCH_ROWS, &s->part, e);
	return rc != ERR_OK ? rc : extra_open(op, e);
}

/* -- a partition ------------------------------------------------------------------------------ */
static int
read_batch(struct op *op, struct err *e)
{
	struct window_state *s = op->state;
	const int nchild = op->plan->child->ncols;
	int rc = op_next(op->child, &s->in, e);

	s->at = 0;
	s->input_done = rc == ERR_OK && s->in == NULL;
	if (rc != ERR_OK || s->in == NULL)
		return rc;
	arena_reset(&s->in_arena);
	rc = prog_run(s->part, s->in, &s->in_arena, s->part_cols, e);
	if (nchild != 0)
		memcpy(s->all, s->in->cols, (size_t) nchild * sizeof *s->all);
	return rc != ERR_OK ? rc : prog_run(s->extra, s->in, &s->in_arena, s->all + nchild, e);
}

static bool
same_partition(const struct window_state *s, int row)
{
	for (int k = 0; k < s->part_shape.ncols; k++) {
		bool a = row_null(&s->part_shape, s->key, k), b = vec_null(&s->part_cols[k], row);
		if (a != b || (!a && !key_equal(&s->part_types[k], s->key->v[k],
						vec_at(&s->part_cols[k], row))))
			return false;
	}
	return true;
}

static void
keep_row(struct window_state *s, int row)
{
	struct partition_rows *p = &s->rows;

	if (p->n == p->cap) {
		int64_t cap = p->cap == 0 ? 256 : p->cap * 2;
		struct row **more = arena_alloc(&p->arena, (size_t) cap * sizeof *more);
		if (p->n != 0)
			memcpy(more, p->rows, (size_t) p->n * sizeof *more);
		p->rows = more;
		p->cap = cap;
	}
	p->rows[p->n++] = row_copy(&p->arena, &p->shape, 0, s->all, row);
}

/* All rows of the next partition; none: the input has ended. */
static int
read_partition(struct op *op, struct err *e)
{
	struct window_state *s = op->state;

	arena_reset(&s->rows.arena);
	s->rows.n = s->rows.cap = s->given = 0;
	s->key = NULL;
	while (!s->input_done) {
		if (s->in == NULL || s->at == s->in->n) {
			int rc = read_batch(op, e);
			if (rc == ERR_OK)
				rc = arena_check(&s->rows.arena, e);
			if (rc != ERR_OK)
				return rc;
			continue;
		}
		int row = batch_row(s->in, s->at);
		if (s->key == NULL)
			s->key = row_copy(&s->rows.arena, &s->part_shape, 0, s->part_cols, row);
		else if (!same_partition(s, row))
			break;
		keep_row(s, row);
		s->at++;
	}
	return ERR_OK;
}

/* -- aggregates over frames ------------------------------------------------------------------- */
static bool
in_frame(const struct frame *f, int64_t row, int64_t at)
{
	return at < f->skip_start || at >= f->skip_end || (f->skip_keeps_row && at == row);
}

static int
agg_row(const struct window_state *s, struct win_fn *f, int64_t at,
	int (*step)(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
		    struct err *e),
	struct err *e)
{
	const struct row *r = s->rows.rows[at];
	bool nulls[FUNC_ARGS_MAX];
	const int n = f->item->nargs;

	if (f->has_filter &&
	    (row_null(&s->rows.shape, r, f->arg_at + n) || r->v[f->arg_at + n].i == 0))
		return ERR_OK;
	for (int i = 0; i < n; i++) {
		nulls[i] = row_null(&s->rows.shape, r, f->arg_at + i);
		if (nulls[i] && f->item->func->agg->skip_nulls)
			return ERR_OK;
	}
	return step(&f->agg, f->state, r->v + f->arg_at, nulls, e);
}

/* Bring the state to the frame [start, end) less what is excluded. */
static int
agg_move(const struct window_state *s, struct win_fn *f, int64_t row, const struct frame *fr,
	 struct err *e)
{
	const struct agg *agg = f->item->func->agg;
	const int64_t end = fr->end < fr->start ? fr->start : fr->end;
	const bool excluding = s->rows.plan->win->exclude != EXCLUDE_NONE;
	const bool forward = f->begun && !excluding && fr->start >= f->from && end >= f->to &&
			     fr->start <= f->to;
	int rc = ERR_OK;

	if (!forward || (fr->start > f->from && agg->unstep == NULL)) {
		memset(f->state, 0, agg->state_size);
		f->from = f->to = fr->start;
		f->begun = true;
	}
	for (; f->from < fr->start && rc == ERR_OK; f->from++)
		rc = agg_row(s, f, f->from, agg->unstep, e);
	for (; f->to < end && rc == ERR_OK; f->to++)
		if (!excluding || in_frame(fr, row, f->to))
			rc = agg_row(s, f, f->to, agg->step, e);
	if (excluding)
		f->begun = false; /* the next row excludes others */
	return rc;
}

static int
agg_value(struct op *op, struct win_fn *f, int64_t row, const struct frame *fr, struct err *e)
{
	struct window_state *s = op->state;
	const int64_t from = f->from, to = f->to;
	const bool begun = f->begun;
	int rc = agg_move(s, f, row, fr, e);

	if (rc != ERR_OK)
		return rc;
	if (begun && f->begun && from == f->from && to == f->to &&
	    row > 0) { /* peers share a value */
		f->values[row] = f->values[row - 1];
		f->nulls[row] = f->nulls[row - 1];
		return ERR_OK;
	}
	f->nulls[row] = false;
	f->values[row].i = 0;
	rc = f->item->func->agg->final(&f->agg, f->state, &f->values[row], &f->nulls[row], e);
	/* A result may lie in the state, which moves on. */
	if (rc == ERR_OK && !f->nulls[row])
		f->values[row] = datum_copy(&s->rows.arena, f->values[row], f->item->ret->byval);
	return rc;
}

static int
call_value(struct win_fn *f, int64_t row, const struct partition_rows *p, const struct frame *fr,
	   struct err *e)
{
	struct window_call *w = &f->call;

	w->rows = p->n;
	w->row = row;
	w->peer_start = p->peer_start;
	w->peer_end = p->peer_end;
	w->frame_start = fr->start;
	w->frame_end = fr->end;
	w->skip_start = fr->skip_start;
	w->skip_end = fr->skip_end;
	w->skip_keeps_row = fr->skip_keeps_row;
	w->state = f->state;
	f->nulls[row] = false;
	f->values[row].i = 0;
	return f->item->func->window->eval(w, &f->values[row], &f->nulls[row], e);
}

static void
start_partition(struct op *op)
{
	const struct plan_window *p = PLAN_AS(plan_window, op->plan);
	struct window_state *s = op->state;

	partition_begin(&s->rows);
	for (int i = 0; i < p->nitems; i++) {
		struct win_fn *f = &s->fns[i];
		const size_t size = f->item->func->window != NULL
					    ? f->item->func->window->state_size
					    : f->item->func->agg->state_size;
		f->state = arena_zalloc(&s->rows.arena, size + 1);
		f->values = arena_alloc(&s->rows.arena, (size_t) s->rows.n * sizeof *f->values);
		f->nulls = arena_alloc(&s->rows.arena, (size_t) s->rows.n);
		f->begun = false;
	}
	s->given = 0;
	s->ready = true;
}

/* The next rows of the partition in hand, with their values. */
static int
give(struct op *op, struct err *e)
{
	const struct plan_window *p = PLAN_AS(plan_window, op->plan);
	struct window_state *s = op->state;
	const int nchild = op->plan->child->ncols;
	const int n = s->rows.n - s->given < BATCH_ROWS ? (int) (s->rows.n - s->given) : BATCH_ROWS;
	struct row_shape shape = s->rows.shape;

	for (int i = 0; i < n; i++) {
		struct frame fr;
		const int64_t row = s->given + i;
		int rc = partition_frame(&s->rows, op->x, row, &fr, e);
		op->x->env.type.arena = &s->rows.arena;
		for (int k = 0; k < p->nitems && rc == ERR_OK; k++)
			rc = s->fns[k].item->func->window != NULL
				     ? call_value(&s->fns[k], row, &s->rows, &fr, e)
				     : agg_value(op, &s->fns[k], row, &fr, e);
		if (rc != ERR_OK)
			return rc;
	}
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, n);
	shape.ncols = nchild;
	rows_gather(&shape, (const struct row *const *) s->rows.rows + s->given, n, op->out.cols);
	for (int k = 0; k < p->nitems; k++)
		for (int i = 0; i < n; i++) {
			op->out.cols[nchild + k].v[i] = s->fns[k].values[s->given + i];
			op->out.cols[nchild + k].null[i] = s->fns[k].nulls[s->given + i];
		}
	s->given += n;
	op->out.n = n;
	return ERR_OK;
}

static int
window_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct window_state *s = op->state;
	int rc = s->rows.have_offsets ? ERR_OK : partition_offsets(&s->rows, op->x, e);

	*ret = NULL;
	if (rc == ERR_OK && (!s->ready || s->given == s->rows.n)) {
		rc = read_partition(op, e);
		if (rc != ERR_OK || s->rows.n == 0)
			return rc;
		start_partition(op);
		rc = partition_check_offsets(&s->rows, op->x, e);
	}
	if (rc == ERR_OK)
		rc = give(op, e);
	if (rc == ERR_OK)
		*ret = &op->out;
	return rc != ERR_OK ? rc : arena_check(&s->rows.arena, e);
}

static int
window_rescan(struct op *op, struct err *e)
{
	struct window_state *s = op->state;

	s->in = NULL;
	s->input_done = s->ready = s->rows.have_offsets = false;
	s->rows.n = 0;
	return op_rescan(op->child, e);
}

static void
window_close(struct op *op)
{
	struct window_state *s = op->state;

	arena_done(&s->rows.arena);
	arena_done(&s->in_arena);
}

const struct op_class op_window_class = {
	.name = "window",
	.plan_kind = PLAN_WINDOW,
	.state_size = sizeof(struct window_state),
	.open = window_open,
	.next = window_next,
	.rescan = window_rescan,
	.close = window_close,
};
