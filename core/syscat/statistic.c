/* statistic.c - pg_statistic: what ANALYZE has found, in PostgreSQL's slots.
 *
 * A slot has a kind, the operator and collation that it is about, numbers and values; they are
 * filled from the first on: common values, histogram, correlation. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/catalog/partition.h"
#include "core/func/opclass.h"
#include "core/type/array.h"

enum { KIND_MCV = 1, KIND_HISTOGRAM = 2, KIND_CORRELATION = 3 };

struct slots {
	struct rows *w;
	const struct relation *rel;
	const struct column *col;
	oid_t eq, lt;
	int n;
};

static void
put_slot(struct slots *s, int kind, oid_t op, int nnumbers, const float *numbers, int nvalues,
         const union datum *values)
{
	struct rows *w = s->w;
	union datum *v = ARENA_ARRAY(w->arena, union datum, nnumbers + 1);
	const int i = s->n++;

	row_int(w, pg_statistic_stakind1 + i, kind);
	row_int(w, pg_statistic_staop1 + i, op);
	row_int(w, pg_statistic_stacoll1 + i, s->col->type->collatable ? s->col->collation : 0);
	for (int k = 0; k < nnumbers; k++)
		v[k].f = (double) numbers[k];
	if (nnumbers > 0)
		row_value(w, pg_statistic_stanumbers1 + i, array_make(w->arena, type_builtin(OID_FLOAT4), nnumbers, v, NULL));
	if (nvalues > 0)
		row_value(w, pg_statistic_stavalues1 + i, array_make(w->arena, s->col->type, nvalues, values, NULL));
}

static oid_t
operator_of(const struct type *t, const char *name)
{
	const struct opclass *c = opclass_default("btree", t);
	const struct operator *op = c != NULL ? operator_exact(name, c->type, c->type) : NULL;

	return op != NULL ? op->oid : 0;
}

static int
column_row(struct rows *w, const struct relation *r, const struct column_stats *st)
{
	struct slots s = { .w = w, .rel = r, .col = &r->cols[st->attnum - 1] };

	if (s.col->dropped)
		return ERR_OK;
	s.eq = operator_of(s.col->type, "=");
	s.lt = operator_of(s.col->type, "<");
	row_start(w);
	row_int(w, pg_statistic_starelid, r->o.oid);
	row_int(w, pg_statistic_staattnum, st->attnum);
	row_int(w, pg_statistic_stainherit, relation_is_partitioned(r));
	row_float(w, pg_statistic_stanullfrac, (double) st->null_frac);
	row_int(w, pg_statistic_stawidth, st->width);
	row_float(w, pg_statistic_stadistinct, (double) st->n_distinct);
	for (int i = 0; i < 5; i++) {
		row_int(w, pg_statistic_stakind1 + i, 0);
		row_int(w, pg_statistic_staop1 + i, 0);
		row_int(w, pg_statistic_stacoll1 + i, 0);
	}
	if (st->nmcv > 0)
		put_slot(&s, KIND_MCV, s.eq, st->nmcv, st->mcv_freq, st->nmcv, st->mcv);
	if (st->nhist > 0)
		put_slot(&s, KIND_HISTOGRAM, s.lt, 0, NULL, st->nhist, st->hist);
	if (s.lt != 0 && st->nmcv + st->nhist > 0)
		put_slot(&s, KIND_CORRELATION, s.lt, 1, &st->correlation, 0, NULL);
	return row_push(w);
}

int
rows_pg_statistic(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_statistic);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(env->catalog, OBJ_RELATION, i);
		for (int c = 0; r->stats != NULL && r->stats->rows > 0 && c < r->stats->ncols; c++)
			if (column_row(&w, r, &r->stats->cols[c]) != ERR_OK)
				return w.rc;
	}
	return ERR_OK;
}
