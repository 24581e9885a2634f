/* modify_action.c - referential actions: CASCADE, SET NULL, SET DEFAULT as statements.
 *
 * The action is planned once per call as an UPDATE or DELETE of the child table over
 * PLAN_OUTER, and fed with the keys that are gone, up to a batch at a time. */
#include "config.h"
#include "core/exec/exec.h"

#include "core/access/write.h"

static void
key_columns(const struct fk_action *a, int from, int n, struct vec *cols, struct arena *arena)
{
	const int w = a->ncols;

	for (int c = 0; c < 1 + w * 2; c++) {
		cols[c] = (struct vec){ .v = ARENA_ARRAY(arena, union datum, n),
					.null = ARENA_ARRAY(arena, uint8_t, n),
					.stride = 1 };
		for (int i = 0; i < n; i++) {
			const size_t at = (size_t) (from + i) * (size_t) w;
			if (c == 0) {
				cols[c].v[i].i = i;
			} else if (c <= w) {
				cols[c].v[i] = a->old_keys[at + (size_t) (c - 1)];
			} else {
				const size_t k = at + (size_t) (c - 1 - w);
				bool null = !a->update || a->new_keys == NULL ||
					    (a->new_nulls != NULL && a->new_nulls[k]);
				cols[c].null[i] = null;
				if (!null)
					cols[c].v[i] = a->new_keys[k];
			}
		}
	}
}

static int
run_plan(const struct plan_stmt *plan, const struct exec_options *o, struct err *e)
{
	struct exec *x = NULL;
	const struct batch *b = NULL;
	int rc = exec_open(plan, o, &x, e);

	do {
		if (rc == ERR_OK)
			rc = exec_next(x, BATCH_ROWS, &b, e);
	} while (rc == ERR_OK && b != NULL);
	exec_close(&x);
	return rc;
}

int
exec_fk_action(const struct exec_options *o, const struct fk_action *a, struct err *e)
{
	struct exec_options opts = *o;
	struct plan_env env = *o->planner;
	struct plan_stmt *plan;
	struct arena arena;
	int rc;

	arena_init(&arena, 0);
	env.arena = &arena;
	opts.copy = NULL;
	opts.params = (struct exec_params){ 0 };
	opts.analyze = false;
	rc = plan_fk_action(&env, a->child, a->con, !a->update, &plan, e);
	for (int at = 0; at < a->n && rc == ERR_OK; at += BATCH_ROWS) {
		const int n = a->n - at < BATCH_ROWS ? a->n - at : BATCH_ROWS;
		struct vec *cols = ARENA_ARRAY(&arena, struct vec, 1 + a->ncols * 2);
		const struct batch keys = { .n = n, .ncols = 1 + a->ncols * 2, .cols = cols };

		key_columns(a, at, n, cols, &arena);
		opts.outer = &keys;
		rc = run_plan(plan, &opts, e);
	}
	arena_done(&arena);
	return rc;
}
