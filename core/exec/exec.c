/* exec.c - running a plan: the tree of operators, cancel, counts.
 *
 * Not here: any operator (op_*.c), any expression (compile.c, eval*.c). */
#include "config.h"
#include "core/exec/exec.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"
#include "storage/lock.h"
#include "storage/txn.h"

static const struct op_class *const classes[] = {
	[PLAN_ONE_ROW] = &op_one_row_class,
	[PLAN_EMPTY] = &op_empty_class,
	[PLAN_SCAN] = &op_scan_class,
	[PLAN_CURRENT_OF] = &op_current_class,
	[PLAN_VALUES] = &op_values_class,
	[PLAN_FUNCTION] = &op_function_class,
	[PLAN_CTE_SCAN] = &op_cte_scan_class,
	[PLAN_WORK_TABLE] = &op_work_table_class,
	[PLAN_OUTER] = &op_outer_class,
	[PLAN_COPY_SOURCE] = &op_copy_source_class,
	[PLAN_FILTER] = &op_filter_class,
	[PLAN_PROJECT] = &op_project_class,
	[PLAN_PROJECT_SET] = &op_project_set_class,
	[PLAN_JOIN_HASH] = &op_join_hash_class,
	[PLAN_JOIN_MERGE] = &op_join_merge_class,
	[PLAN_JOIN_LOOP] = &op_join_loop_class,
	[PLAN_JOIN_LOOKUP] = &op_join_lookup_class,
	[PLAN_NEST] = &op_nest_class,
	[PLAN_INIT] = &op_init_class,
	[PLAN_AGGREGATE] = &op_aggregate_class,
	[PLAN_WINDOW] = &op_window_class,
	[PLAN_SORT] = &op_sort_class,
	[PLAN_LIMIT] = &op_limit_class,
	[PLAN_DISTINCT] = &op_distinct_class,
	[PLAN_SETOP] = &op_setop_class,
	[PLAN_APPEND] = &op_append_class,
	[PLAN_MERGE_APPEND] = &op_merge_append_class,
	[PLAN_RECURSIVE] = &op_recursive_class,
	[PLAN_LOCK_ROWS] = &op_lock_rows_class,
	[PLAN_MODIFY] = &op_modify_class,
	[PLAN_BUDGET] = &op_budget_class,
};

const struct op_class *
op_class_of(enum plan_kind kind)
{
	assert((size_t) kind < ARRAY_LEN(classes));
	assert(classes[kind] == NULL || classes[kind]->plan_kind == kind);
	return classes[kind];
}

int
exec_may_scan(const struct relation *rel, struct err *e)
{
	if (rel->kind != REL_MATVIEW || rel->populated)
		return ERR_OK;
	err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
		"materialized view \"%s\" has not been populated", rel->o.name);
	return err_hint(e, "Use the REFRESH MATERIALIZED VIEW command.");
}

int
exec_check(struct exec *x, struct err *e)
{
	return lock_check_cancel(x->env.cancel, e);
}

struct store *
exec_store(struct exec *x)
{
	return x->env.txn != NULL ? txn_store(x->env.txn) : NULL;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

/* -- operators -------------------------------------------------------------------------------- */
int
op_open(struct exec *x, const struct plan *plan, struct op **ret, struct err *e)
{
	const struct op_class *class = op_class_of(plan->kind);
	struct op *op = ARENA_NEW(&x->arena, struct op);

	if (class == NULL)
		return err_unsupported(e, "this kind of plan", NULL);
	op->class = class;
	op->plan = plan;
	op->x = x;
	op->state = arena_zalloc(&x->arena, class->state_size + 1);
	arena_init(&op->arena, 0);
	*ret = op; /* also when open fails: op_close() ends what there is */
	int rc = class->open(op, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < 2; i++) {
		const struct op *in = i == 0 ? op->child : op->inner;
		if (in == NULL || (i == 1 && (plan->kind == PLAN_NEST || plan->kind == PLAN_MODIFY)))
			continue; /* what the inner plan depends on is given by the operator itself */
		op->varies_outer |= in->varies_outer;
		op->varies_round |= in->varies_round;
	}
	if (plan->kind == PLAN_NEST)
		op->varies_round |= op->inner->varies_round;
	return ERR_OK;
}

int
op_open_inputs(struct op *op, struct err *e)
{
	int rc = ERR_OK;

	if (op->plan->child != NULL)
		rc = op_open(op->x, op->plan->child, &op->child, e);
	if (rc == ERR_OK && op->plan->inner != NULL)
		rc = op_open(op->x, op->plan->inner, &op->inner, e);
	return rc;
}

static int
next_counted(struct op *op, const struct batch **ret, struct err *e)
{
	struct plan_counts *c = op_counts(op);
	double start = now_ms();
	int rc = op->class->next(op, ret, e);

	c->loops += !op->asked;
	op->asked = true;
	c->ms_total += now_ms() - start;
	if (rc == ERR_OK && *ret != NULL) {
		if (c->rows == 0)
			c->ms_start = c->ms_total;
		c->rows += (uint64_t) (*ret)->n;
	}
	if (op->arena.used > c->bytes_peak)
		c->bytes_peak = op->arena.used;
	return rc;
}

int
op_next_some(struct op *op, int want, const struct batch **ret, struct err *e)
{
	int rc = exec_check(op->x, e);

	if (UNLIKELY(rc != ERR_OK))
		return rc;
	if (UNLIKELY(op->held != NULL)) {
		*e = *op->held;
		return e->code;
	}
	arena_reset(&op->arena);
	op->want = want;
	rc = op->x->counts != NULL ? next_counted(op, ret, e) : op->class->next(op, ret, e);
	if (rc != ERR_OK)
		return rc;
	assert(*ret == NULL || (*ret)->n > 0);
	return arena_check(&op->arena, e);
}

int
op_rescan(struct op *op, struct err *e)
{
	op->done = false;
	op->held = NULL;
	op->asked = false;
	return op->class->rescan(op, e);
}

int
op_rescan_child(struct op *op, struct err *e)
{
	return op_rescan(op->child, e);
}

void
op_close(struct op **op)
{
	struct op *o = *op;

	if (o == NULL)
		return;
	*op = NULL;
	op_close(&o->child);
	op_close(&o->inner);
	if (o->class->close != NULL)
		o->class->close(o);
	arena_done(&o->arena);
}

/* -- executions ------------------------------------------------------------------------------- */
static void
exec_init(struct exec *x, const struct exec_options *o)
{
	arena_init(&x->arena, 0);
	x->env = *o->env;
	if (x->env.type.fmt == NULL)
		x->env.type.fmt = &fmt_default;
	x->env.type.arena = &x->arena;
	if (x->env.stmt_arena == NULL)
		x->env.stmt_arena = &x->arena;
	x->params = o->params;
	x->unit = o->unit;
	x->planner = o->planner;
	x->copy = o->copy;
	x->top_outer.batch = o->outer;
	x->outer = &x->top_outer;
}

int
exec_open(const struct plan_stmt *plan, const struct exec_options *o, struct exec **ret,
	  struct err *e)
{
	struct exec *x = calloc(1, sizeof *x);

	if (x == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	exec_init(x, o);
	x->plan = plan;
	if (o->analyze)
		x->counts = ARENA_ARRAY(&x->arena, struct plan_counts, plan->nnodes);
	inits_init(x);
	int rc = ctes_open(x, e);
	if (rc == ERR_OK)
		rc = inits_open(x, e);
	if (rc == ERR_OK)
		rc = op_open(x, plan->root, &x->root, e);
	if (rc == ERR_OK)
		rc = arena_check(&x->arena, e);
	if (rc != ERR_OK) {
		exec_close(&x);
		return rc;
	}
	*ret = x;
	return ERR_OK;
}

int
exec_next(struct exec *x, int64_t want, const struct batch **ret, struct err *e)
{
	const struct batch *b = NULL;
	int rc = op_next_some(x->root, want < BATCH_ROWS ? (int) want : BATCH_ROWS, &b, e);

	if (rc == ERR_OK && b == NULL)
		rc = ctes_finish(x, e);
	if (rc == ERR_OK)
		rc = arena_check(&x->arena, e);
	if (rc == ERR_OK)
		*ret = b;
	return rc;
}

uint64_t
exec_affected(const struct exec *x)
{
	return x->affected;
}

const struct plan_counts *
exec_counts(const struct exec *x)
{
	return x->counts;
}

void
exec_close(struct exec **x)
{
	struct exec *it = *x;

	if (it == NULL)
		return;
	*x = NULL;
	op_close(&it->root);
	inits_close(it);
	ctes_close(it);
	arena_done(&it->arena);
	free(it);
}

int
exec_eval(struct exec_env *env, const struct exec_params *params, struct expr *expr,
	  union datum *ret, bool *ret_null, struct err *e)
{
	struct exec x = { 0 };
	const struct exec_options o = { .env = env,
					.params = params != NULL ? *params
								 : (struct exec_params){ 0 } };
	struct arena *result = env->type.arena;

	exec_init(&x, &o);
	int rc = eval_now(&x, expr, result, ret, ret_null, e);
	if (rc == ERR_OK && !*ret_null) /* it may be a constant of x's */
		*ret = datum_copy(result, *ret, expr->type->byval);
	arena_done(&x.arena);
	return rc;
}
