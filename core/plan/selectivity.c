/* selectivity.c - what share of rows a condition keeps, how many values a column has.
 *
 * From the statistics of ANALYZE where there are any; else PostgreSQL's default guesses.
 * Source: the formulas of PostgreSQL 15's manual, chapter 76 (row estimation examples). */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

#include "core/access/table.h"
#include "core/catalog/partition.h"
#include "storage/txn.h"

static const double DEFAULT_EQ = 0.005, DEFAULT_RANGE = 1.0 / 3, DEFAULT_LIKE = 0.005,
		    DEFAULT_DISTINCT = 200, ANY_ELEMENTS = 10;

static struct table_size
size_of(struct planner *pl, const struct relation *rel)
{
	const struct exec_env *x = pl->env->exec;

	if (relation_sysrel(rel) != NULL)
		return (struct table_size){ .rows = 300, .bytes = 300 * 100, .width = 100 };
	if (rel->kind == REL_SEQUENCE)
		return (struct table_size){ .rows = 1, .bytes = 24, .width = 24 };
	if (x == NULL || x->txn == NULL)
		return (struct table_size){ .rows = 1000, .bytes = 100000, .width = 100 };
	return table_size(txn_store(x->txn), rel);
}

double
table_rows(struct planner *pl, const struct relation *rel)
{
	if (relation_is_partitioned(rel)) {
		double rows = 0;
		for (int i = 0; i < rel->nparts; i++)
			rows += table_rows(pl, rel->parts[i]);
		return fmax(1, rows);
	}
	return fmax(1, size_of(pl, rel).rows);
}

static const struct expr *
bare(const struct expr *x)
{
	while (x->kind == EXPR_RELABEL || x->kind == EXPR_TYPMOD)
		x = x->args[0];
	return x;
}

/* The largest partition that has been analyzed: it speaks for a whole that has not been. */
static const struct relation *
largest_part(const struct relation *rel)
{
	const struct relation *best = NULL;

	for (int i = 0; i < rel->nparts; i++) {
		const struct relation *r = rel->parts[i]->stats != NULL ? rel->parts[i]
									: largest_part(rel->parts[i]);
		if (r != NULL && (best == NULL || r->stats->rows > best->stats->rows))
			best = r;
	}
	return best;
}

static const struct column_stats *
stats_of(const struct expr *x, const struct relation **ret_rel)
{
	x = bare(x);
	if (x->kind != EXPR_VAR || x->range->kind != RANGE_TABLE || x->col <= 0 ||
	    x->range->rel == NULL)
		return NULL;
	*ret_rel = x->range->rel;
	const struct relation *rel = x->range->rel;
	int16_t attnum = x->col;
	if (rel->stats == NULL && rel->nparts > 0) {
		const struct relation *part = largest_part(rel);
		const struct column *c =
			part != NULL ? relation_column(part, rel->cols[attnum - 1].name) : NULL;
		if (c == NULL)
			return NULL;
		rel = part;
		attnum = c->attnum;
	}
	const struct table_stats *t = rel->stats;
	for (int i = 0; t != NULL && i < t->ncols; i++)
		if (t->cols[i].attnum == attnum)
			return &t->cols[i];
	return NULL;
}

static bool
is_unique_column(const struct expr *x)
{
	x = bare(x);
	if (x->kind != EXPR_VAR || x->range->kind != RANGE_TABLE || x->range->rel == NULL)
		return false;
	for (int i = 0; i < x->range->rel->nindexes; i++) {
		const struct index *ix = x->range->rel->indexes[i];
		if (ix->unique && ix->nkeys == 1 && ix->where_sql == NULL &&
		    ix->cols[0].attnum == x->col)
			return true;
	}
	return false;
}

double
distinct_values(struct planner *pl, struct expr *x, double rows)
{
	const struct relation *rel = NULL;
	const struct column_stats *s = stats_of(x, &rel);

	if (s != NULL && s->n_distinct != 0) {
		double all = table_rows(pl, rel);
		double n = s->n_distinct < 0 ? -(double) s->n_distinct * all : s->n_distinct;
		return fmax(1, n);
	}
	if (is_unique_column(x))
		return fmax(1, table_rows(pl, bare(x)->range->rel));
	if (x->type->oid == OID_BOOL)
		return 2;
	return fmax(1, fmin(DEFAULT_DISTINCT, rows));
}

static double
equal_share(struct planner *pl, struct expr *col, const struct expr *value)
{
	const struct relation *rel = NULL;
	const struct column_stats *s = stats_of(col, &rel);
	double left = 1, n;

	if (s == NULL) {
		if (is_unique_column(col))
			return 1 / fmax(1, table_rows(pl, bare(col)->range->rel));
		return bare(col)->kind == EXPR_VAR ? 1 / distinct_values(pl, col, 1e9) : DEFAULT_EQ;
	}
	/* Of a value that is not known: what one has on the average. */
	if (value == NULL || bare(value)->kind != EXPR_CONST)
		return fmax(1e-9, (1 - s->null_frac) / distinct_values(pl, col, 1e9));
	for (int i = 0; i < s->nmcv; i++) {
		left -= s->mcv_freq[i];
		if (value->kind == EXPR_CONST && !value->is_null &&
		    bare(col)->type == bare(value)->type &&
		    type_eq(bare(col)->type, s->mcv[i], value->value))
			return s->mcv_freq[i];
	}
	n = distinct_values(pl, col, 1e9) - s->nmcv;
	left = fmax(0, left - s->null_frac);
	return fmax(1e-9, n >= 1 ? left / n : left);
}

/* The share of rows below a constant, by the histogram. */
static double
below_share(const struct column_stats *s, const struct type *t, union datum v)
{
	double share = 0, mcv = 0;

	for (int i = 0; i < s->nmcv; i++) {
		mcv += s->mcv_freq[i];
		if (t->ops->cmp(t, s->mcv[i], v) < 0)
			share += s->mcv_freq[i];
	}
	if (s->nhist < 2)
		return share;
	int lo = 0, hi = s->nhist;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (t->ops->cmp(t, s->hist[mid], v) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	double at = lo == 0 ? 0 : lo == s->nhist ? s->nhist - 1 : lo - 0.5;
	return share + fmax(0, 1 - mcv - s->null_frac) * at / (s->nhist - 1);
}

static double
range_share(const struct expr *x, const char *op, bool commuted)
{
	const struct expr *col = commuted ? x->args[1] : x->args[0],
			  *v = commuted ? x->args[0] : x->args[1];
	const struct relation *rel = NULL;
	const struct column_stats *s = stats_of(col, &rel);
	bool less = (op[0] == '<') != commuted;

	if (s == NULL || v->kind != EXPR_CONST || v->is_null || v->type != bare(col)->type ||
	    v->type->ops->cmp == NULL)
		return DEFAULT_RANGE;
	double below = below_share(s, v->type, v->value);
	return fmin(1, fmax(1e-6, less ? below : 1 - below - s->null_frac));
}

static double
call_share(struct planner *pl, struct expr *x)
{
	if (x->nargs != 2)
		return x->type->oid == OID_BOOL && x->nargs == 0 ? 0.5 : DEFAULT_RANGE;
	const struct operator* op = comparison_of(x->func);
	bool commuted = bare(x->args[0])->kind != EXPR_VAR && bare(x->args[1])->kind == EXPR_VAR;
	if (op != NULL && op->name[0] == '=')
		return equal_share(pl, x->args[commuted ? 1 : 0], x->args[commuted ? 0 : 1]);
	if (op != NULL)
		return range_share(x, op->name, commuted);
	if (x->op != NULL && strcmp(x->op->name, "<>") == 0)
		return 1 - equal_share(pl, x->args[commuted ? 1 : 0], x->args[commuted ? 0 : 1]);
	if (x->op != NULL && (strcmp(x->op->name, "~~") == 0 || strcmp(x->op->name, "~~*") == 0 ||
			      strcmp(x->op->name, "~") == 0))
		return DEFAULT_LIKE * 4;
	return DEFAULT_RANGE;
}

/* The share of rows that equal one of the array's elements. */
static double
element_shares(struct planner *pl, struct expr *col, struct expr *array)
{
	const double average = equal_share(pl, col, NULL);
	double sum = 0;

	if (array->kind != EXPR_ARRAY)
		return ANY_ELEMENTS * average;
	for (int i = 0; i < array->nargs; i++)
		sum += bare(array->args[i])->kind == EXPR_CONST ? equal_share(pl, col, array->args[i]) : average;
	return sum;
}

static double
any_share(struct planner *pl, struct expr *x)
{
	const double sum = fmin(1, element_shares(pl, x->args[0], x->args[1]));

	return x->kind == EXPR_ANY ? sum : 1 - sum;
}

static double
null_share(const struct expr *x)
{
	const struct relation *rel = NULL;
	const struct column_stats *s = stats_of(x, &rel);
	const struct expr *b = bare(x);

	if (s != NULL)
		return s->null_frac;
	if (b->kind == EXPR_VAR && b->col > 0 && b->range->kind == RANGE_TABLE &&
	    b->range->rel->cols[b->col - 1].not_null)
		return 0;
	return DEFAULT_EQ;
}

double
qual_selectivity(struct planner *pl, struct expr *x)
{
	double s = 1;

	switch (x->kind) {
	case EXPR_CONST:
		return x->is_null || x->value.i == 0 ? 0 : 1;
	case EXPR_AND:
		for (int i = 0; i < x->nargs; i++)
			s *= qual_selectivity(pl, x->args[i]);
		return s;
	case EXPR_OR:
		for (int i = 0; i < x->nargs; i++)
			s *= 1 - qual_selectivity(pl, x->args[i]);
		return 1 - s;
	case EXPR_NOT:
		return 1 - qual_selectivity(pl, x->args[0]);
	case EXPR_IS_NULL:
		return null_share(x->args[0]);
	case EXPR_IS_NOT_NULL:
		return 1 - null_share(x->args[0]);
	case EXPR_FUNC:
		return call_share(pl, x);
	case EXPR_ANY:
	case EXPR_ALL:
		return any_share(pl, x);
	default:
		return 0.5;
	}
}

double
join_selectivity(struct planner *pl, struct expr *l, struct expr *r)
{
	double dl = bare(l)->kind == EXPR_VAR || bare(l)->kind == EXPR_CONST
			    ? distinct_values(pl, l, 1e9)
			    : DEFAULT_DISTINCT;
	double dr = bare(r)->kind == EXPR_VAR || bare(r)->kind == EXPR_CONST
			    ? distinct_values(pl, r, 1e9)
			    : DEFAULT_DISTINCT;

	if (bare(l)->kind == EXPR_SLOT) /* ordinals: one of each */
		return 1 / fmax(1, dr);
	return 1 / fmax(dl, dr);
}

double
group_count(struct planner *pl, int n, struct expr **groups, double rows)
{
	double d = 1;

	for (int i = 0; i < n; i++)
		d *= distinct_values(pl, groups[i], rows);
	return fmax(1, fmin(d, rows));
}
