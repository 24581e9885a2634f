/* srf.c - running set-returning functions. */
#include "config.h"
#include "core/exec/srf.h"

#include "core/type/record.h"

/* Several OUT columns where one is wanted: in a select list the row is a record. */
static const struct type **
pack_types(struct arena *a, const struct expr *x)
{
	const struct type **types = ARENA_ARRAY(a, const struct type *, x->func->nouts);
	const struct catalog *c = catalog_entered();

	for (int i = 0; i < x->func->nouts; i++) {
		oid_t t = x->func->outs[i].type;
		types[i] = t == OID_ANYELEMENT && x->args[0]->type->elem != NULL ? x->args[0]->type->elem
			   : t >= OID_FIRST_USER && c != NULL ? catalog_type(c, t)
							      : type_builtin(t);
	}
	return types;
}

static int
call_open(struct srf_set *s, struct srf_call *c, struct expr *x, int ncols,
	  const struct type *const *columns, struct err *e)
{
	struct arena *a = &s->x->arena;
	struct compiler comp = { .x = s->x, .arena = a };

	while (x->kind == EXPR_RELABEL)
		x = x->args[0];
	c->ncols = ncols;
	c->types = columns;
	c->type = x->type;
	/* As a value in a select list the record stays one; OUT columns are no record. */
	c->expand = (x->type->kind == TYPE_COMPOSITE || x->type->oid == OID_RECORD) &&
		    !(ncols == 1 && columns[0]->oid == x->type->oid) &&
		    !(x->kind == EXPR_FUNC && x->func->retset && x->func->nouts > 0);
	if (x->kind != EXPR_FUNC || !x->func->retset) {
		c->cols = ARENA_ARRAY(a, struct vec, 1);
		return prog_compile(s->x, &x, 1, BATCH_ROWS, &c->value, e);
	}
	if (x->func->srf == NULL)
		return err_unsupported(e, x->func->name, NULL);
	const struct type **types = ARENA_ARRAY(a, const struct type *, x->nargs + 1);
	for (int i = 0; i < x->nargs; i++)
		types[i] = x->args[i]->type;
	c->nargs = x->nargs;
	c->call = call_new(&comp, x->func, types, x->nargs, x->type, x->collation, x->variadic);
	c->cols = ARENA_ARRAY(a, struct vec, x->nargs + 1);
	if (ncols == 1 && x->func->nouts > 1)
		c->pack = pack_types(a, x);
	return prog_compile(s->x, x->args, x->nargs, BATCH_ROWS, &c->args, e);
}

int
srf_open(struct srf_set *s, struct exec *x, struct expr *const *exprs, int n, const int *ncols,
	 const struct type *const *types, bool ordinality, struct err *e)
{
	struct arena *a = &x->arena;
	int total = 0;

	*s = (struct srf_set){ .x = x, .n = n, .ordinality = ordinality };
	s->calls = ARENA_ARRAY(a, struct srf_call, n + 1);
	for (int i = 0; i < n; i++) {
		int rc = call_open(s, &s->calls[i], exprs[i], ncols[i], types + total, e);
		if (rc != ERR_OK)
			return rc;
		total += ncols[i];
	}
	const struct type **row = ARENA_ARRAY(a, const struct type *, total + 3);
	row[0] = type_builtin(OID_INT4);
	for (int i = 0; i < total; i++)
		row[i + 1] = types[i];
	row[total + 1] = type_builtin(OID_INT8);
	s->ncols = total + ordinality;
	rowset_init(&s->rows, x, 1 + s->ncols, row, exec_work_mem(x));
	return ERR_OK;
}

void
srf_close(struct srf_set *s)
{
	if (s->x == NULL)
		return;
	rowset_reader_done(&s->reader);
	if (s->rows.x != NULL)
		rowset_done(&s->rows);
	arena_done(&s->scratch);
}

/* -- one call: straight to the rows kept ------------------------------------------------------ */
struct direct_sink {
	struct row_sink sink;
	struct srf_set *s;
	int row;
	int64_t nth;
	struct vec *cols; /* constants: what is pushed */
	uint8_t *nulls;
};

static int
push_direct(struct row_sink *sink, const union datum *values, const bool *nulls, struct err *e)
{
	struct direct_sink *d = (struct direct_sink *) sink;
	const int n = sink->ncols;

	d->cols[0].v[0].i = d->row;
	for (int c = 0; c < n; c++) {
		d->nulls[c] = nulls != NULL && nulls[c];
		d->cols[c + 1].v[0] = d->nulls[c] ? datum_int(0) : values[c];
	}
	d->nth++;
	if (d->s->ordinality)
		d->cols[n + 1].v[0].i = d->nth;
	if ((d->nth & 0xfff) == 0) {
		int rc = exec_check(d->s->x, e);
		if (rc != ERR_OK)
			return rc;
	}
	return rowset_add_row(&d->s->rows, d->cols, 0, e);
}

/* Constant columns that hold the row being pushed. */
static struct vec *
row_columns(struct arena *a, int n, uint8_t *nulls)
{
	struct vec *cols = ARENA_ARRAY(a, struct vec, n + 2);

	for (int c = 0; c < n + 2; c++)
		cols[c] = (struct vec){ .v = ARENA_NEW(a, union datum),
					.null = c >= 1 && c <= n ? &nulls[c - 1] : NULL };
	return cols;
}

struct pack_sink {
	struct row_sink sink;
	struct row_sink *to;
	const struct type *const *types;
	struct arena *arena;
};

static int
push_packed(struct row_sink *sink, const union datum *values, const bool *nulls, struct err *e)
{
	struct pack_sink *p = (struct pack_sink *) sink;
	union datum row = datum_bytes(record_make(p->arena, sink->ncols, p->types, values, nulls));

	return p->to->push(p->to, &row, (const bool[1]) { false }, e);
}

/* -- records taken apart ----------------------------------------------------------------------- */
struct expand_sink {
	struct row_sink sink;
	struct row_sink *to;
	const struct srf_call *call;
	struct arena *arena;
};

static int
fail_row_shape(struct err *e)
{
	return err_set(e, ERR_DATATYPE_MISMATCH,
		       "function return row and query-specified return row do not match");
}

static int
push_expanded(struct row_sink *sink, const union datum *values, const bool *nulls, struct err *e)
{
	const struct expand_sink *x = (const struct expand_sink *) sink;
	const struct srf_call *c = x->call;
	const bool strict = c->type->oid == OID_RECORD;
	union datum *v = ARENA_ARRAY(x->arena, union datum, c->ncols);
	bool *n = ARENA_ARRAY(x->arena, bool, c->ncols);
	struct record r = { .n = 0 };

	if (!nulls[0])
		record_open(c->type, values[0].b, &r);
	if (strict && !nulls[0] && r.n != c->ncols) {
		(void) fail_row_shape(e);
		return err_detail(e, "Returned row contains %d attribute%s, but query expects %d.", r.n,
				  r.n == 1 ? "" : "s", c->ncols);
	}
	for (int i = 0; i < c->ncols; i++) {
		const struct type *t = NULL;
		n[i] = true;
		if (i < r.n)
			v[i] = record_get(&r, i, &t, &n[i]);
		if (!strict || t == NULL || t->oid == c->types[i]->oid)
			continue;
		(void) fail_row_shape(e);
		return err_detail(e, "Returned type %s at ordinal position %d, but query expects %s.",
				  type_sql_name(t), i + 1, type_sql_name(c->types[i]));
	}
	return x->to->push(x->to, v, n, e);
}

static int
call_row(struct srf_set *s, struct srf_call *c, int row, struct row_sink *to, struct arena *batch,
	 struct err *e)
{
	union datum args[FUNC_ARGS_MAX];
	bool nulls[FUNC_ARGS_MAX];
	struct expand_sink expand = { { push_expanded, 1 }, to, c, batch };

	s->x->env.type.arena = batch;
	if (c->expand)
		to = &expand.sink;
	if (c->value != NULL) {
		nulls[0] = vec_null(&c->cols[0], row);
		args[0] = nulls[0] ? datum_int(0) : vec_at(&c->cols[0], row);
		return to->push(to, args, nulls, e);
	}
	for (int i = 0; i < c->nargs; i++) {
		nulls[i] = vec_null(&c->cols[i], row);
		if (nulls[i] && c->call->func->strict)
			return ERR_OK;
		args[i] = nulls[i] ? datum_int(0) : vec_at(&c->cols[i], row);
	}
	struct pack_sink pack = { .sink = { push_packed, c->call->func->nouts }, .to = to, .types = c->pack, .arena = batch };
	return c->call->func->srf(&c->call->fc, args, nulls, c->pack != NULL ? &pack.sink : to, e);
}

/* -- several calls: rows side by side --------------------------------------------------------- */
struct list_sink {
	struct row_sink sink;
	struct srf_set *s;
	union datum *v; /* ncols per row */
	bool *nulls;
	size_t n, cap;
	const struct type *const *types;
};

static int
push_list(struct row_sink *sink, const union datum *values, const bool *nulls, struct err *e)
{
	struct list_sink *l = (struct list_sink *) sink;
	struct arena *a = &l->s->scratch;
	const size_t w = (size_t) sink->ncols;

	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 16 : l->cap * 2;
		union datum *v = arena_alloc(a, cap * w * sizeof *v);
		bool *n = arena_alloc(a, cap * w);
		if (l->n != 0) {
			memcpy(v, l->v, l->n * w * sizeof *v);
			memcpy(n, l->nulls, l->n * w);
		}
		l->v = v;
		l->nulls = n;
		l->cap = cap;
	}
	for (size_t c = 0; c < w; c++) {
		bool null = nulls != NULL && nulls[c];
		l->nulls[l->n * w + c] = null;
		l->v[l->n * w + c] =
			null ? datum_int(0) : datum_copy(a, values[c], l->types[c]->byval);
	}
	l->n++;
	return arena_check(a, e);
}

static int
run_lockstep(struct srf_set *s, int row, struct arena *batch, struct err *e)
{
	struct list_sink *lists = ARENA_ARRAY(&s->scratch, struct list_sink, s->n);
	const struct type **types = ARENA_ARRAY(&s->scratch, const struct type *, s->ncols + 1);
	uint8_t *nulls = ARENA_ARRAY(&s->scratch, uint8_t, s->ncols + 1);
	struct vec *cols = row_columns(&s->scratch, s->ncols - s->ordinality, nulls);
	size_t most = 0;
	int first = 0;

	for (int i = 0; i < s->ncols; i++)
		types[i] = s->rows.shape.byref[i + 1] ? type_builtin(OID_TEXT)
						      : type_builtin(OID_INT8);
	for (int i = 0; i < s->n; i++) {
		lists[i] = (struct list_sink){ .sink = { push_list, s->calls[i].ncols },
					       .s = s,
					       .types = types + first };
		int rc = call_row(s, &s->calls[i], row, &lists[i].sink, batch, e);
		if (rc != ERR_OK)
			return rc;
		most = lists[i].n > most ? lists[i].n : most;
		first += s->calls[i].ncols;
	}
	for (size_t r = 0; r < most; r++) {
		cols[0].v[0].i = row;
		int at = 1;
		for (int i = 0; i < s->n; i++)
			for (size_t c = 0, w = (size_t) s->calls[i].ncols; c < w; c++, at++) {
				bool null = r >= lists[i].n || lists[i].nulls[r * w + c];
				nulls[at - 1] = null;
				cols[at].v[0] = null ? datum_int(0) : lists[i].v[r * w + c];
			}
		cols[at].v[0].i = (int64_t) r + 1;
		int rc = rowset_add_row(&s->rows, cols, 0, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

int
srf_run(struct srf_set *s, const struct batch *in, struct arena *batch, struct err *e)
{
	static const struct batch one = { .n = 1 };
	int rc = ERR_OK;

	rowset_reader_done(&s->reader);
	rowset_clear(&s->rows);
	s->reader = rowset_reader(&s->rows);
	if (in == NULL)
		in = &one;
	for (int i = 0; i < s->n && rc == ERR_OK; i++) {
		struct srf_call *c = &s->calls[i];
		rc = prog_run(c->value != NULL ? c->value : c->args, in, batch, c->cols, e);
	}
	struct arena *was = s->x->env.type.arena;
	arena_reset(&s->scratch);
	uint8_t *nulls = ARENA_ARRAY(batch, uint8_t, s->ncols + 1);
	struct direct_sink d = { .sink = { push_direct, s->ncols - s->ordinality },
				 .s = s,
				 .nulls = nulls,
				 .cols = row_columns(batch, s->ncols - s->ordinality, nulls) };
	for (int i = 0; i < in->n && rc == ERR_OK; i++) {
		d.row = batch_row(in, i);
		d.nth = 0;
		if (s->n == 1) {
			rc = call_row(s, &s->calls[0], d.row, &d.sink, batch, e);
			continue;
		}
		rc = run_lockstep(s, d.row, batch, e);
		arena_reset(&s->scratch);
	}
	s->x->env.type.arena = was;
	return rc == ERR_OK ? arena_check(&s->rows.arena, e) : rc;
}

int
srf_read(struct srf_set *s, struct arena *batch, uint16_t *ret_rows, struct vec *cols, int *ret_n,
	 struct err *e)
{
	const struct row *rows[BATCH_ROWS];
	struct vec *all = ARENA_ARRAY(batch, struct vec, s->ncols + 1);
	int n, rc = rowset_read(&s->reader, batch, BATCH_ROWS, rows, &n, e);

	if (rc != ERR_OK)
		return rc;
	for (int c = 0; n != 0 && c < s->ncols + 1; c++)
		all[c] = vec_new(batch, n);
	if (n != 0)
		rows_gather(&s->rows.shape, rows, n, all);
	for (int i = 0; i < n; i++)
		ret_rows[i] = (uint16_t) all[0].v[i].i;
	for (int c = 0; c < s->ncols; c++)
		cols[c] = all[c + 1];
	*ret_n = n;
	return ERR_OK;
}
