/* aggregates.c - stepping aggregates: arguments, filters, order and distinctness within a group. */
#include "config.h"
#include "core/exec/aggregates.h"

#include "core/base/hash.h"

static size_t
align8(size_t n)
{
	return (n + 7) & ~(size_t) 7;
}

/* -- opening ---------------------------------------------------------------------------------- */
static void
call_init(struct agg_fn *f, struct exec *x)
{
	const struct agg_item *it = f->item;
	struct arena *a = &x->arena;
	const int n = it->ndirect + it->nargs;
	const struct type **types = ARENA_ARRAY(a, const struct type *, n + 1);
	bool *desc = ARENA_ARRAY(a, bool, it->norder + 1),
	     *first = ARENA_ARRAY(a, bool, it->norder + 1);

	for (int i = 0; i < it->ndirect; i++)
		types[i] = it->direct[i]->type;
	for (int i = 0; i < it->nargs; i++)
		types[it->ndirect + i] = it->args[i]->type;
	for (int i = 0; i < it->norder; i++) {
		desc[i] = it->order[i].desc;
		first[i] = it->order[i].nulls_first;
	}
	f->call = (struct agg_call) {
		.fcall = {
			.func = it->func,
			.env = &x->env,
			.nargs = n,
			.arg_types = types,
			.ret_type = it->ret,
			.collation = it->nargs != 0 ? it->args[0]->collation : 0,
			.variadic = it->variadic,
		},
		.distinct = it->distinct, .ordered = it->norder != 0, .ndirect = it->ndirect,
		.order_desc = desc, .order_nulls_first = first,
	};
}

static bool
same_expr(const struct expr *a, const struct expr *b)
{
	while (a->kind == EXPR_RELABEL)
		a = a->args[0];
	while (b->kind == EXPR_RELABEL)
		b = b->args[0];
	return a == b || (a->kind == EXPR_SLOT && b->kind == EXPR_SLOT && a->slot == b->slot);
}

/* Sorted by group number, ORDER BY, then for DISTINCT every argument that is not in ORDER BY. */
static int
sorter_open(struct agg_fn *f, struct exec *x, struct err *e)
{
	const struct agg_item *it = f->item;
	struct arena *a = &x->arena;
	const int max = 1 + it->norder + it->nargs;
	struct sort_col *keys = ARENA_ARRAY(a, struct sort_col, max);
	const struct type **types = ARENA_ARRAY(a, const struct type *, it->nargs + 2);
	int n = 0;

	f->key_args = ARENA_ARRAY(a, int, max);
	keys[n++] = (struct sort_col){ .type = type_builtin(OID_INT8) };
	for (int i = 0; i < it->norder; i++) {
		f->key_args[n] = it->nargs + i;
		keys[n++] = (struct sort_col){ it->order[i].expr->type, it->order[i].desc,
					       it->order[i].nulls_first };
	}
	for (int i = 0; it->distinct && i < it->nargs; i++) {
		bool there = false;
		for (int k = 0; k < it->norder; k++)
			there |= same_expr(it->order[k].expr, it->args[i]);
		if (there)
			continue;
		f->key_args[n] = i;
		keys[n++] = (struct sort_col){ .type = it->args[i]->type };
	}
	for (int k = 0; k < n; k++) {
		while (keys[k].type->kind == TYPE_DOMAIN)
			keys[k].type = keys[k].type->base;
		if (keys[k].type->ops->cmp == NULL)
			return err_set(e, ERR_UNDEFINED_FUNCTION,
				       "could not identify an ordering operator for type %s",
				       type_sql_name(keys[k].type));
	}
	f->nkeys = n;
	types[0] = keys[0].type;
	f->arg_keys = ARENA_ARRAY(a, struct key_type, it->nargs + 1);
	for (int i = 0; i < it->nargs; i++) {
		types[i + 1] = it->args[i]->type;
		f->arg_keys[i] = key_type(it->args[i]->type);
	}
	f->sort_cols = ARENA_ARRAY(a, struct vec, it->nargs + 1);
	f->sort_keys = ARENA_ARRAY(a, struct vec, n);
	sorter_init(&f->sorter, x, it->nargs + 1, types, n, keys, exec_work_mem(x));
	return ERR_OK;
}

/* Does the order of its rows not change the result? */
static bool
order_free(const struct agg_item *it)
{
	static const char *const any[] = { "count", "min",     "max",    "bool_and", "bool_or",
					   "every", "bit_and", "bit_or", "bit_xor" };
	const char *name = it->func->name;

	if (it->norder != 0 || it->nargs != 1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(any); i++)
		if (strcmp(name, any[i]) == 0)
			return true;
	/* Sums of floats do depend on it, in their last digits. */
	return (strcmp(name, "sum") == 0 || strcmp(name, "avg") == 0) &&
	       !it->args[0]->type->is_float;
}

static int
fn_open(struct aggs *a, struct agg_fn *f, const struct agg_item *it, struct err *e)
{
	struct arena *ar = &a->x->arena;
	const int n = it->nargs + it->norder + it->ndirect;
	struct expr **exprs = ARENA_ARRAY(ar, struct expr *, n + 1);
	int m = 0, rc;

	f->item = it;
	f->agg = it->func->agg;
	if (f->agg == NULL)
		return err_unsupported(e, it->func->name, NULL);
	call_init(f, a->x);
	f->state_at = a->state_size;
	a->state_size += align8(f->agg->state_size);
	f->direct_at = a->state_size;
	a->state_size += align8((size_t) it->ndirect * (sizeof(union datum) + sizeof(bool)));
	for (int i = 0; i < it->nargs; i++)
		exprs[m++] = it->args[i];
	for (int i = 0; i < it->norder; i++)
		exprs[m++] = it->order[i].expr;
	for (int i = 0; i < it->ndirect; i++)
		exprs[m++] = it->direct[i];
	f->cols = ARENA_ARRAY(ar, struct vec, n + 1);
	f->collected = it->distinct || it->norder != 0;
	a->any_collected |= f->collected;
	rc = filter_compile(a->x, it->filter, BATCH_ROWS, &f->filter, e);
	if (rc == ERR_OK)
		rc = prog_compile(a->x, exprs, n, BATCH_ROWS, &f->prog, e);
	if (rc == ERR_OK && f->collected)
		rc = sorter_open(f, a->x, e);
	f->hashed = rc == ERR_OK && it->distinct && order_free(it) &&
		    key_type(it->args[0]->type).type->ops->hash != NULL;
	if (f->hashed) {
		const struct type **types = ARENA_ARRAY(ar, const struct type *, 2);
		types[0] = type_builtin(OID_INT8);
		types[1] = it->args[0]->type;
		distinct_set_init(&f->seen, ar, 2, types);
	}
	return rc;
}

int
aggs_open(struct aggs *a, struct exec *x, const struct agg_item *items, int n, struct err *e)
{
	*a = (struct aggs){ .x = x, .n = n, .fns = ARENA_ARRAY(&x->arena, struct agg_fn, n + 1) };
	a->group_number = (struct vec){ .v = ARENA_NEW(&x->arena, union datum), .stride = 0 };
	for (int i = 0; i < n; i++) {
		int rc = fn_open(a, &a->fns[i], &items[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

void
aggs_close(struct aggs *a)
{
	for (int i = 0; a->fns != NULL && i < a->n; i++) {
		sorter_done(&a->fns[i].sorter);
		distinct_set_done(&a->fns[i].seen);
	}
}

void
aggs_clear(struct aggs *a)
{
	for (int i = 0; i < a->n; i++) {
		struct agg_fn *f = &a->fns[i];
		if (f->collected)
			sorter_clear(&f->sorter);
		if (f->hashed)
			distinct_set_clear(&f->seen);
		f->full = false;
	}
}

void
aggs_set_arena(struct aggs *a, struct arena *groups)
{
	for (int i = 0; i < a->n; i++)
		a->fns[i].call.arena = groups;
}

/* -- stepping --------------------------------------------------------------------------------- */
int
aggs_batch(struct aggs *a, const struct batch *in, struct arena *batch, struct err *e)
{
	for (int i = 0; i < a->n; i++) {
		struct agg_fn *f = &a->fns[i];
		struct batch sub = *in;
		int rc = filter_run(f->filter, in, batch, &sub.sel, &sub.n, e);
		if (rc == ERR_OK)
			rc = prog_run(f->prog, &sub, batch, f->cols, e);
		if (rc != ERR_OK)
			return rc;
		f->sel = sub.sel;
		f->n = sub.n;
		f->pos = 0;
		if (f->hashed && exec_store(a->x) != NULL &&
		    distinct_set_bytes(&f->seen) > exec_work_mem(a->x))
			f->full = true;
	}
	a->x->env.type.arena = batch;
	return ERR_OK;
}

void
aggs_init_states(struct aggs *a, char *states, struct arena *groups, int row)
{
	if (a->state_size != 0)
		memset(states, 0, a->state_size);
	for (int i = 0; i < a->n; i++) {
		struct agg_fn *f = &a->fns[i];
		const struct agg_item *it = f->item;
		union datum *v = (union datum *) (states + f->direct_at);
		bool *nulls = (bool *) (v + it->ndirect);

		for (int d = 0; d < it->ndirect; d++) {
			const struct vec *col = &f->cols[it->nargs + it->norder + d];
			/* A filtered row has not been computed: only constants are certain. */
			bool known = row >= 0 && (f->filter == NULL || col->stride == 0) &&
				     col->v != NULL;
			nulls[d] = !known || vec_null(col, row);
			v[d] = nulls[d] ? datum_int(0)
					: datum_copy(groups, vec_at(col, row),
						     it->direct[d]->type->byval);
		}
	}
}

int
agg_step_row(struct agg_fn *f, void *state, int row, struct err *e)
{
	union datum args[FUNC_ARGS_MAX];
	bool nulls[FUNC_ARGS_MAX];
	const int n = f->item->nargs;

	for (int i = 0; i < n; i++) {
		nulls[i] = vec_null(&f->cols[i], row);
		if (nulls[i] && f->agg->skip_nulls)
			return ERR_OK;
		args[i] = nulls[i] ? datum_int(0) : vec_at(&f->cols[i], row);
	}
	return f->agg->step(&f->call, state, args, nulls, e);
}

int
agg_step_run(struct agg_fn *f, char *states, const uint16_t *sel, int n, struct err *e)
{
	void *state = states + f->state_at;

	if (n == 0)
		return ERR_OK;
	if (f->agg->step_vec != NULL)
		return f->agg->step_vec(&f->call, state, f->cols, sel, n, e);
	for (int i = 0; i < n; i++) {
		int rc = agg_step_row(f, state, sel != NULL ? sel[i] : i, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

int
agg_collect(struct aggs *a, struct agg_fn *f, int64_t number, char *states, int row, struct err *e)
{
	const int nargs = f->item->nargs;

	if (f->agg->skip_nulls)
		for (int i = 0; i < nargs; i++)
			if (vec_null(&f->cols[i], row))
				return ERR_OK;
	a->group_number.v[0].i = number;
	f->sort_cols[0] = f->sort_keys[0] = a->group_number;
	for (int i = 0; i < nargs; i++)
		f->sort_cols[i + 1] = f->cols[i];
	if (f->hashed) {
		uint64_t hash = hash_u64((uint64_t) number + 1);
		if (!vec_null(&f->cols[0], row))
			hash = hash_mix(hash, key_hash(&f->arg_keys[0], vec_at(&f->cols[0], row)));
		bool new;
		if (distinct_set_find(&f->seen, f->sort_cols, hash, row, !f->full, &new) != NULL)
			return new ? agg_step_row(f, states + f->state_at, row, e) : ERR_OK;
	}
	for (int k = 1; k < f->nkeys; k++)
		f->sort_keys[k] = f->cols[f->key_args[k]];
	return sorter_add(&f->sorter, f->sort_cols, f->sort_keys, row, e);
}

/* -- what was collected ----------------------------------------------------------------------- */
/* The last row stepped, for DISTINCT: it may be gone when the next batch of rows comes. */
struct last {
	struct arena arena;
	union datum v[FUNC_ARGS_MAX];
	bool nulls[FUNC_ARGS_MAX];
	bool any;
	int64_t group;
};

static bool
is_repeat(const struct agg_fn *f, const struct last *l, const struct row *r)
{
	if (!l->any || l->group != r->v[0].i)
		return false;
	for (int i = 0; i < f->item->nargs; i++) {
		bool null = row_null(&f->sorter.shape, r, i + 1);
		if (null != l->nulls[i] ||
		    (!null && !key_equal(&f->arg_keys[i], l->v[i], r->v[i + 1])))
			return false;
	}
	return true;
}

static void
remember(const struct agg_fn *f, struct last *l, const struct row *r)
{
	arena_reset(&l->arena);
	l->any = true;
	l->group = r->v[0].i;
	for (int i = 0; i < f->item->nargs; i++) {
		l->nulls[i] = row_null(&f->sorter.shape, r, i + 1);
		l->v[i] = l->nulls[i] ? datum_int(0)
				      : datum_copy(&l->arena, r->v[i + 1],
						   f->item->args[i]->type->byval);
	}
}

static int
flush_rows(struct agg_fn *f, struct last *l, char *(*states_of)(void *arg, int64_t number),
	   void *arg, struct err *e)
{
	const struct row *rows[BATCH_ROWS];
	bool nulls[FUNC_ARGS_MAX];
	const int nargs = f->item->nargs;

	for (;;) {
		int n, rc = sorter_next(&f->sorter, rows, BATCH_ROWS, &n, e);
		if (rc != ERR_OK || n == 0)
			return rc;
		for (int i = 0; i < n; i++) {
			const struct row *r = rows[i];
			if (f->item->distinct && is_repeat(f, l, r))
				continue;
			if (f->item->distinct)
				remember(f, l, r);
			for (int a = 0; a < nargs; a++)
				nulls[a] = row_null(&f->sorter.shape, r, a + 1);
			rc = f->agg->step(&f->call, states_of(arg, r->v[0].i) + f->state_at,
					  r->v + 1, nulls, e);
			if (rc != ERR_OK)
				return rc;
		}
		rc = exec_check(f->sorter.x, e);
		if (rc != ERR_OK)
			return rc;
	}
}

int
aggs_flush(struct aggs *a, char *(*states_of)(void *arg, int64_t number), void *arg, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < a->n && rc == ERR_OK; i++) {
		struct agg_fn *f = &a->fns[i];
		struct last l = { .any = false };

		if (!f->collected)
			continue;
		rc = sorter_finish(&f->sorter, e);
		if (rc == ERR_OK)
			rc = flush_rows(f, &l, states_of, arg, e);
		arena_done(&l.arena);
		sorter_clear(&f->sorter);
		if (f->hashed)
			distinct_set_clear(&f->seen);
		f->full = false;
	}
	return rc;
}

int
agg_final(struct aggs *a, struct agg_fn *f, char *states, struct arena *batch, union datum *ret,
	  bool *ret_null, struct err *e)
{
	const union datum *direct = (const union datum *) (states + f->direct_at);

	f->call.direct = direct;
	f->call.direct_nulls = (const bool *) (direct + f->item->ndirect);
	a->x->env.type.arena = batch;
	*ret_null = false;
	ret->i = 0;
	return f->agg->final(&f->call, states + f->state_at, ret, ret_null, e);
}
