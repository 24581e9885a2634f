/* test_func_window.c - window functions over one partition, against PostgreSQL 15's answers.
 *
 * The partition: (1,10) (1,20) (2,30) (3,null) (3,50) (3,60) (4,70), ordered by the first. */
#include "config.h"
#include "core/func/window.h"

#include <stdio.h>
#include <string.h>

#include "regress/unit/tap.h"

enum { ROWS = 7 };

static const int keys[ROWS] = { 1, 1, 2, 3, 3, 3, 4 };
static const int values[ROWS] = { 10, 20, 30, -1, 50, 60, 70 };         /* -1: null */

enum frame { WHOLE, NEAR, NEAR_BUT_SELF, ALL_BUT_GROUP, ALL_BUT_TIES };

static const struct {
	const char *name;
	int nargs;
	enum frame frame;
	int arg1, arg2;
	const char *want[ROWS];
} cases[] = {
	{ "row_number", 0, WHOLE, 0, 0, { "1", "2", "3", "4", "5", "6", "7" } },
	{ "rank", 0, WHOLE, 0, 0, { "1", "1", "3", "4", "4", "4", "7" } },
	{ "dense_rank", 0, WHOLE, 0, 0, { "1", "1", "2", "3", "3", "3", "4" } },
	{ "percent_rank", 0, WHOLE, 0, 0, { "0", "0", "0.3333333333333333", "0.5", "0.5", "0.5", "1" } },
	{ "cume_dist", 0, WHOLE, 0, 0, { "0.2857142857142857", "0.2857142857142857",
	  "0.42857142857142855", "0.8571428571428571", "0.8571428571428571", "0.8571428571428571",
	  "1" } },
	{ "ntile", 1, WHOLE, 3, 0, { "1", "1", "1", "2", "2", "3", "3" } },
	{ "lag", 1, WHOLE, 0, 0, { NULL, "10", "20", "30", NULL, "50", "60" } },
	{ "lag", 3, WHOLE, 2, -5, { "-5", "-5", "10", "20", "30", NULL, "50" } },
	{ "lead", 1, WHOLE, 0, 0, { "20", "30", NULL, "50", "60", "70", NULL } },
	{ "first_value", 1, NEAR, 0, 0, { "10", "10", "20", "30", NULL, "50", "60" } },
	{ "last_value", 1, NEAR, 0, 0, { "20", "30", NULL, "50", "60", "70", "70" } },
	{ "nth_value", 2, NEAR, 2, 0, { "20", "20", "30", NULL, "50", "60", "70" } },
	{ "first_value", 1, NEAR_BUT_SELF, 0, 0, { "20", "10", "20", "30", NULL, "50", "60" } },
	{ "last_value", 1, NEAR_BUT_SELF, 0, 0, { "20", "30", NULL, "50", "60", "70", "60" } },
	{ "nth_value", 2, NEAR_BUT_SELF, 2, 0, { NULL, "30", NULL, "50", "60", "70", NULL } },
	{ "first_value", 1, ALL_BUT_GROUP, 0, 0, { "30", "30", "10", "10", "10", "10", "10" } },
	{ "last_value", 1, ALL_BUT_GROUP, 0, 0, { "70", "70", "70", "70", "70", "70", "60" } },
	{ "nth_value", 2, ALL_BUT_GROUP, 2, 0, { NULL, NULL, "20", "20", "20", "20", "20" } },
	{ "nth_value", 2, ALL_BUT_TIES, 2, 0, { "30", "30", "20", "20", "20", "20", "20" } },
};

static struct arena arena;
static struct exec_env env;
static int arg1, arg2;
static bool ranks;                      /* ntile: its only argument is the number */

static int
give_arg(struct window_call *w, int i, int64_t at, union datum *ret, bool *ret_null, struct err *e)
{
	(void) w;
	(void) e;
	*ret_null = false;
	if (i == 0 && !ranks) {
		*ret_null = values[at] < 0;
		ret->i = values[at];
	} else {
		ret->i = i == 2 ? arg2 : arg1;
	}
	return ERR_OK;
}

static void
set_frame(struct window_call *w, enum frame f, int row)
{
	w->row = row;
	w->peer_start = w->peer_end = row;
	while (w->peer_start > 0 && keys[w->peer_start - 1] == keys[row])
		w->peer_start--;
	while (w->peer_end < ROWS && keys[w->peer_end] == keys[row])
		w->peer_end++;
	bool near = f == NEAR || f == NEAR_BUT_SELF;
	w->frame_start = near ? (row > 0 ? row - 1 : 0) : 0;
	w->frame_end = near ? (row + 2 < ROWS ? row + 2 : ROWS) : ROWS;
	w->skip_start = w->skip_end = 0;
	w->skip_keeps_row = f == ALL_BUT_TIES;
	if (f == NEAR_BUT_SELF) {
		w->skip_start = row;
		w->skip_end = row + 1;
	} else if (f == ALL_BUT_GROUP || f == ALL_BUT_TIES) {
		w->skip_start = w->peer_start;
		w->skip_end = w->peer_end;
	}
}

static void
run_case(int k)
{
	const struct func *const *all = NULL;
	const struct func *f = NULL;
	int n = func_candidates(cases[k].name, &all);

	for (int i = 0; i < n; i++)
		if (all[i]->window != NULL && all[i]->nargs == cases[k].nargs)
			f = all[i];
	if (f == NULL) {
		ok(false, "%s: there is no such function", cases[k].name);
		return;
	}
	struct window_call w = { .fcall = { .func = f, .env = &env, .nargs = f->nargs },
	                         .arena = &arena, .rows = ROWS, .arg = give_arg };
	w.state = arena_zalloc(&arena, f->window->state_size + 1);
	arg1 = cases[k].arg1;
	arg2 = cases[k].arg2;
	ranks = strcmp(cases[k].name, "ntile") == 0;
	for (int row = 0; row < ROWS; row++) {
		struct err e = { 0 };
		union datum d = { 0 };
		bool null = false;
		set_frame(&w, cases[k].frame, row);
		int rc = f->window->eval(&w, &d, &null, &e);
		const struct type *t = type_builtin(f->ret == OID_FLOAT8 ? OID_FLOAT8 : OID_INT8);
		const char *got = rc != ERR_OK ? e.message : null ? NULL : type_text(t, &env.type, d);
		is_str(cases[k].want[row], got, "%s, frame %d, row %d", cases[k].name,
		       (int) cases[k].frame, row);
	}
}

static void
test_failures(void)
{
	static const char *const names[] = { "ntile", "nth_value" };
	static const int nargs[] = { 1, 2 };

	arg1 = 0;
	for (int k = 0; k < 2; k++) {
		const struct func *const *all = NULL;
		struct err e = { 0 };
		union datum d = { 0 };
		bool null = false;
		ranks = k == 0;
		if (func_candidates(names[k], &all) == 0)
			continue;
		struct window_call w = { .fcall = { .func = all[0], .env = &env, .nargs = nargs[k] },
		                         .arena = &arena, .rows = ROWS, .arg = give_arg };
		w.state = arena_zalloc(&arena, all[0]->window->state_size + 1);
		set_frame(&w, WHOLE, 0);
		int rc = all[0]->window->eval(&w, &d, &null, &e);
		is_str(k == 0 ? "22014" : "22016", err_sqlstate(rc), "%s of 0", names[k]);
	}
}

int
main(void)
{
	arena_init(&arena, 0);
	env.type.arena = &arena;
	env.type.fmt = &fmt_default;
	for (size_t k = 0; k < ARRAY_LEN(cases); k++)
		run_case((int) k);
	test_failures();
	arena_done(&arena);
	return tap_done();
}
