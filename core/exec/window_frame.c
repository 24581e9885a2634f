/* window_frame.c - which rows a window function sees from each row. */
#include "config.h"
#include "core/exec/window_frame.h"

/* -- offsets: evaluated once, checked as PostgreSQL does -------------------------------------- */
static int
bad_offset(struct err *e, const char *which, const char *what)
{
	return err_set(e, ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE, "frame %s offset must not be %s",
		       which, what);
}

static int
offset_value(struct partition_rows *p, struct exec *x, struct expr *expr, const char *which,
	     union datum *ret, struct err *e)
{
	bool null;

	if (expr == NULL)
		return ERR_OK;
	int rc = eval_now(x, expr, &x->arena, ret, &null, e);
	if (rc != ERR_OK)
		return rc;
	if (null)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "frame %s offset must not be null",
			       which);
	if (p->plan->win->mode != FRAME_RANGE && ret->i < 0)
		return bad_offset(e, which, "negative");
	return ERR_OK;
}

int
partition_offsets(struct partition_rows *p, struct exec *x, struct err *e)
{
	const struct window *w = p->plan->win;
	struct compiler c = { .x = x, .arena = &x->arena };
	int rc = offset_value(p, x, p->plan->start_offset, "starting", &p->start_offset, e);

	p->have_offsets = true;
	if (rc == ERR_OK)
		rc = offset_value(p, x, p->plan->end_offset, "ending", &p->end_offset, e);
	if (rc != ERR_OK || w->mode != FRAME_RANGE ||
	    (p->plan->start_offset == NULL && p->plan->end_offset == NULL))
		return rc;
	const struct expr *offset =
		p->plan->start_offset != NULL ? p->plan->start_offset : p->plan->end_offset;
	const struct type **types = ARENA_ARRAY(&x->arena, const struct type *, 2);
	types[0] = p->order_types[0];
	types[1] = offset->type;
	if (w->range_add == NULL || w->range_sub == NULL)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "RANGE with offset PRECEDING/FOLLOWING is not supported for column "
			       "type %s and offset type %s",
			       type_sql_name(types[0]), type_sql_name(types[1]));
	p->add = call_new(&c, w->range_add, types, 2, types[0], 0, false);
	p->sub = call_new(&c, w->range_sub, types, 2, types[0], 0, false);
	return ERR_OK;
}

/* RANGE: a negative offset is one only where there are rows: value + offset would lie before the
 * value. */
int
partition_check_offsets(const struct partition_rows *p, struct exec *x, struct err *e)
{
	const struct expr *offset =
		p->plan->start_offset != NULL ? p->plan->start_offset : p->plan->end_offset;

	if (p->plan->win->mode != FRAME_RANGE || offset == NULL)
		return ERR_OK;
	const struct type *t = offset->type;
	struct type_env *env = &x->env.type;
	union datum zero;
	if (t->ops->in(t, env, t->oid == OID_INTERVAL ? "0 s" : "0",
			      t->oid == OID_INTERVAL ? 3 : 1, -1, &zero, e) != ERR_OK)
		return e->code;
	const bool bad_start = p->plan->start_offset != NULL &&
			       t->ops->cmp(t, p->start_offset, zero) < 0;
	const bool bad_end = p->plan->end_offset != NULL &&
			     t->ops->cmp(t, p->end_offset, zero) < 0;
	if (bad_start || bad_end)
		return err_set(e, ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
			       "invalid preceding or following size in window function");
	return ERR_OK;
}

/* -- peers ------------------------------------------------------------------------------------ */
bool
partition_peers(const struct partition_rows *p, int64_t a, int64_t b)
{
	const struct row *ra = p->rows[a], *rb = p->rows[b];

	for (int k = 0; k < p->plan->norder; k++) {
		const int c = p->order_at + k;
		const bool na = row_null(&p->shape, ra, c), nb = row_null(&p->shape, rb, c);
		if (na != nb || (!na && !type_eq(p->order_types[k], ra->v[c], rb->v[c])))
			return false;
	}
	return true;
}

void
partition_begin(struct partition_rows *p)
{
	p->peer_start = p->peer_end = 0;
	p->group = -1;
	p->ngroups = 0;
	p->group_start = arena_alloc(&p->arena, ((size_t) p->n + 1) * sizeof *p->group_start);
	for (int64_t i = 0; i < p->n; i++)
		if (i == 0 || !partition_peers(p, i - 1, i))
			p->group_start[p->ngroups++] = i;
	p->group_start[p->ngroups] = p->n;
}

/* -- bounds ----------------------------------------------------------------------------------- */
static int64_t
clip(const struct partition_rows *p, int64_t v)
{
	return v < 0 ? 0 : v > p->n ? p->n : v;
}

static int64_t
row_bound(const struct partition_rows *p, enum frame_bound b, int64_t row, int64_t offset, bool end)
{
	switch (b) {
	case BOUND_UNBOUNDED_PRECEDING:
		return 0;
	case BOUND_UNBOUNDED_FOLLOWING:
		return p->n;
	case BOUND_CURRENT:
		return row + end;
	case BOUND_PRECEDING:
		return offset > row + end ? 0 : clip(p, row + end - offset);
	default:
		return offset > p->n ? p->n : clip(p, row + end + offset);
	}
}

static int64_t
group_bound(const struct partition_rows *p, enum frame_bound b, int64_t offset, bool end)
{
	int64_t g = p->group;

	switch (b) {
	case BOUND_UNBOUNDED_PRECEDING:
		return 0;
	case BOUND_UNBOUNDED_FOLLOWING:
		return p->n;
	case BOUND_CURRENT:
		break;
	case BOUND_PRECEDING:
		g = offset > g ? -1 : g - offset;
		break;
	default:
		g = offset > p->ngroups ? p->ngroups : g + offset;
		break;
	}
	g += end;
	return g <= 0 ? 0 : g >= p->ngroups ? p->n : p->group_start[g];
}

/* Is the row's value before `limit` in the window's order?  Nulls lie at one end. */
static int
compare_value(const struct partition_rows *p, int64_t row, union datum limit)
{
	const struct sort_key *k = &p->plan->order[0];
	const struct row *r = p->rows[row];

	if (row_null(&p->shape, r, p->order_at))
		return k->nulls_first ? -1 : 1;
	int c = p->order_types[0]->ops->cmp(p->order_types[0], r->v[p->order_at], limit);
	return k->desc ? -c : c;
}

/* RANGE with an offset: the first row at or after (end: past) value +/- offset. */
static int
range_bound(struct partition_rows *p, struct exec *x, enum frame_bound b, int64_t row,
	    union datum offset, bool end, int64_t *ret, struct err *e)
{
	const struct row *r = p->rows[row];
	const bool following = b == BOUND_FOLLOWING;
	union datum args[2], limit = { .i = 0 };
	const bool desc = p->plan->norder > 0 && p->plan->order[0].desc;
	bool null;

	if (b == BOUND_UNBOUNDED_PRECEDING || b == BOUND_UNBOUNDED_FOLLOWING) {
		*ret = b == BOUND_UNBOUNDED_PRECEDING ? 0 : p->n;
		return ERR_OK;
	}
	if (b == BOUND_CURRENT || row_null(&p->shape, r, p->order_at)) {
		*ret = end ? p->peer_end : p->peer_start;
		return ERR_OK;
	}
	args[0] = r->v[p->order_at];
	args[1] = offset;
	x->env.type.arena = &p->arena;
	struct err over = { 0 };
	int rc = call_one(following != desc ? p->add : p->sub, args, NULL, &limit, &null, &over);
	if (rc ==
	    ERR_NUMERIC_VALUE_OUT_OF_RANGE) { /* past what the type can hold: past every row */
		*ret = following ? p->n : 0;
		return ERR_OK;
	}
	if (rc != ERR_OK)
		return err_set(e, (enum err_code) rc, "%s", over.message);
	int64_t lo = 0, hi = p->n;
	while (lo < hi) {
		int64_t mid = lo + (hi - lo) / 2;
		int c = compare_value(p, mid, limit);
		if (end ? c <= 0 : c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret = lo;
	return ERR_OK;
}

static void
exclude(const struct partition_rows *p, int64_t row, struct frame *f)
{
	f->skip_start = f->skip_end = 0;
	f->skip_keeps_row = false;
	switch (p->plan->win->exclude) {
	case EXCLUDE_CURRENT:
		f->skip_start = row;
		f->skip_end = row + 1;
		break;
	case EXCLUDE_TIES:
		f->skip_keeps_row = true;
		/* fall through */
	case EXCLUDE_GROUP:
		f->skip_start = p->peer_start;
		f->skip_end = p->peer_end;
		break;
	default:
		break;
	}
}

int
partition_frame(struct partition_rows *p, struct exec *x, int64_t row, struct frame *ret,
		struct err *e)
{
	const struct window *w = p->plan->win;
	int rc = ERR_OK;

	if (row >= p->peer_end) {
		p->group++;
		p->peer_start = p->group_start[p->group];
		p->peer_end = p->group_start[p->group + 1];
	}
	switch (w->mode) {
	case FRAME_ROWS:
		ret->start = row_bound(p, w->start, row, p->start_offset.i, false);
		ret->end = row_bound(p, w->end, row, p->end_offset.i, true);
		break;
	case FRAME_GROUPS:
		ret->start = group_bound(p, w->start, p->start_offset.i, false);
		ret->end = group_bound(p, w->end, p->end_offset.i, true);
		break;
	default:
		rc = range_bound(p, x, w->start, row, p->start_offset, false, &ret->start, e);
		if (rc == ERR_OK)
			rc = range_bound(p, x, w->end, row, p->end_offset, true, &ret->end, e);
		break;
	}
	exclude(p, row, ret);
	return rc;
}
