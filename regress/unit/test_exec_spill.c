/* test_exec_spill.c - operators that outgrow work_mem: the same results through disk. */
#include "config.h"
#include "regress/unit/exec_kit.h"

#include "regress/unit/teststore.h"
#include "storage/txn.h"

enum { N = 20000 };

static int seq(int i) { return i; }
static int shuffled(int i) { return (int) ((unsigned) i * 7919u % 20011u); }
static int pairs_of(int i) { return i / 2; }
static int thirds(int i) { return i * 3; }

static struct plan_aggregate *
totals(struct plan *child, int column)
{
	struct plan_aggregate *p = PLAN_NEW(PLAN_AGGREGATE, plan_aggregate, child, NULL, 2);

	p->naggs = 2;
	p->aggs = ARENA_ARRAY(&kit_arena, struct agg_item, 2);
	p->aggs[0] = (struct agg_item) { .func = fn("count", 0), .ret = T(OID_INT8) };
	p->aggs[1] = (struct agg_item) { .func = fn("sum", 1, OID_INT4), .nargs = 1, .ret = T(OID_INT8) };
	p->aggs[1].args = ARENA_ARRAY(&kit_arena, struct expr *, 1);
	p->aggs[1].args[0] = slot(column, OID_INT4);
	p->always = true;
	p->p.cols[0] = p->p.cols[1] = (struct plan_column) { T(OID_INT8), -1, 0, NULL };
	return p;
}

static const char *
count_sum(long count, long sum)
{
	return arena_printf(&kit_arena, "%ld,%ld", count, sum);
}

/* A text column beside the number, so that rows have bytes of their own. */
static struct plan *
with_text(struct plan *child)
{
	return project(child, 2, slot(0, OID_INT4), node(EXPR_CAST_IO, OID_TEXT, 1, slot(0, OID_INT4)));
}

static void
test_join(void)
{
	const long all = (long) N * (N - 1) / 2;
	struct plan_join *j;

	j = join(PLAN_JOIN_HASH, JOIN_INNER, with_text(ints(N, pairs_of)), with_text(ints(N, seq)), 0, 0, NULL);
	is_str(count_sum(N, 2 * ((long) (N / 2) * (N / 2 - 1) / 2)), run(&totals(&j->p, 2)->p), "inner join");
	j = join(PLAN_JOIN_HASH, JOIN_INNER, with_text(ints(N, seq)), with_text(ints(N, seq)), 1, 1, NULL);
	is_str(count_sum(N, all), run(&totals(&j->p, 0)->p), "join by text");
	/* Left 0..N-1, right every third up to 3(N-1): a third of the left has a partner. */
	const long left_hits = (N + 2) / 3, hit_sum = 3 * (left_hits * (left_hits - 1) / 2);
	j = join(PLAN_JOIN_HASH, JOIN_LEFT, with_text(ints(N, seq)), with_text(ints(N, thirds)), 0, 0, NULL);
	is_str(count_sum(N, hit_sum), run(&totals(&j->p, 2)->p), "left join");
	j = join(PLAN_JOIN_HASH, JOIN_FULL, with_text(ints(N, seq)), with_text(ints(N, thirds)), 0, 0, NULL);
	is_str(count_sum(2L * N - left_hits, all), run(&totals(&j->p, 0)->p), "full join");
	j = join(PLAN_JOIN_HASH, JOIN_SEMI, with_text(ints(N, seq)), with_text(ints(N, thirds)), 0, 0, NULL);
	is_str(count_sum(left_hits, hit_sum), run(&totals(&j->p, 0)->p), "semi join");
	j = join(PLAN_JOIN_HASH, JOIN_ANTI, with_text(ints(N, seq)), with_text(ints(N, thirds)), 0, 0, NULL);
	is_str(count_sum(N - left_hits, all - hit_sum), run(&totals(&j->p, 0)->p), "anti join");
}

static int zero(int i) { return i * 0; }

/* A group of the right side that is larger than work_mem, met by three left rows. */
static void
test_merge_group(void)
{
	const long all = (long) N * (N - 1) / 2;
	struct plan *left = with_text(rows("0|0|0|1|2", 1, OID_INT4));
	/* Right: N rows of key 0 (the last: 1), their numbers as text and by themselves. */
	struct plan *right = project(ints(N, seq), 2, op2("/", slot(0, OID_INT4), num(N - 1)), slot(0, OID_INT4));
	struct expr *late = op2(">=", slot(3, OID_INT4), num(N / 2));
	struct plan_join *j = join(PLAN_JOIN_MERGE, JOIN_INNER, left, right, 0, 0, NULL);

	is_str(count_sum(3L * (N - 1) + 1, 3 * (all - (N - 1)) + N - 1), run(&totals(&j->p, 3)->p), "merge join: a large group");
	j = join(PLAN_JOIN_MERGE, JOIN_FULL, left, right, 0, 0, NULL);
	is_str(count_sum(3L * (N - 1) + 2, 3 * (all - (N - 1)) + N - 1), run(&totals(&j->p, 3)->p), "full join: a large group");
	/* Half of the group passes; the others come once, without a partner. */
	const long low = (long) (N / 2) * (N / 2 - 1) / 2, high = all - low - (N - 1);
	j = join(PLAN_JOIN_MERGE, JOIN_FULL, left, right, 0, 0, late);
	is_str(count_sum(3L * (N / 2 - 1) + N / 2 + 2, 3 * high + low + N - 1), run(&totals(&j->p, 3)->p),
	       "full join with a rest of ON: a large group");
	j = join(PLAN_JOIN_MERGE, JOIN_RIGHT, left, right, 0, 0, late);
	is_str(count_sum(3L * (N / 2 - 1) + N / 2 + 1, 3 * high + low + N - 1), run(&totals(&j->p, 3)->p),
	       "right join with a rest of ON: a large group");
	j = join(PLAN_JOIN_MERGE, JOIN_SEMI, left, right, 0, 0, late);
	is_str(count_sum(4, 1), run(&totals(&j->p, 0)->p), "semi join: a large group");
	j = join(PLAN_JOIN_MERGE, JOIN_ANTI, left, right, 0, 0, late);
	is_str(count_sum(1, 2), run(&totals(&j->p, 0)->p), "anti join: a large group");
	/* The group is the last thing on the right, and the left side ends in it. */
	j = join(PLAN_JOIN_MERGE, JOIN_FULL, rows("0", 1, OID_INT4), ints(N, zero), 0, 0, op2("<", slot(0, OID_INT4), num(0)));
	is_str(count_sum(N + 1, 0), run(&totals(&j->p, 1)->p), "full join: a large group without a partner");
}

static void
test_sort(void)
{
	/* 7919 is prime to 20011, so the first N of the cycle are N different numbers. */
	char seen[20011] = { 0 };
	struct strbuf expect;
	for (int i = 0; i < N; i++)
		seen[shuffled(i)] = 1;
	strbuf_init(&expect, &kit_arena);
	for (int i = 0; i < 20011; i++)
		if (seen[i])
			strbuf_printf(&expect, "%s%d", expect.len != 0 ? "|" : "", i);
	is_str(expect.data, run(project(sort(with_text(ints(N, shuffled)), 1, keys(1, 0, OID_INT4, 0, 0), NULL), 1, slot(0, OID_INT4))),
	       "sort by a number");
	const char *by_text = run(project(sort(with_text(ints(N, shuffled)), 1, keys(1, 1, OID_TEXT, 0, 0), NULL), 1, slot(1, OID_TEXT)));
	bool ordered = true;
	int n = 0;
	char last[16] = "";
	for (const char *s = by_text; *s != '\0'; n++) {
		char now[16] = "";
		size_t len = strcspn(s, "|");
		memcpy(now, s, len);
		ordered &= strcmp(last, now) < 0;
		memcpy(last, now, sizeof last);
		s += len + (s[len] == '|');
	}
	ok(ordered && n == N, "sort by text: %d rows", n);
}

static void
test_groups(void)
{
	struct expr *by[] = { slot(1, OID_TEXT) };
	struct plan_aggregate *g = PLAN_NEW(PLAN_AGGREGATE, plan_aggregate, with_text(ints(N, pairs_of)), NULL, 2);
	const struct type *types[] = { T(OID_TEXT), T(OID_INT4) };

	g->ngroups = 1;
	g->groups = by;
	g->naggs = 1;
	g->aggs = ARENA_NEW(&kit_arena, struct agg_item);
	*g->aggs = (struct agg_item) { .func = fn("max", 1, OID_INT4), .nargs = 1, .ret = T(OID_INT4) };
	g->aggs->args = ARENA_ARRAY(&kit_arena, struct expr *, 1);
	g->aggs->args[0] = slot(0, OID_INT4);
	for (int i = 0; i < 2; i++)
		g->p.cols[i] = (struct plan_column) { types[i], -1, 0, NULL };
	is_str(count_sum(N / 2, (long) (N / 2) * (N / 2 - 1) / 2), run(&totals(&g->p, 1)->p), "groups");

	struct plan_distinct *d = PLAN_NEW(PLAN_DISTINCT, plan_distinct, with_text(ints(N, pairs_of)), NULL, 2);
	int key = 1;
	cols_of(&d->p, 0, d->p.child, 0);
	d->nkeys = 1;
	d->keys = &key;
	is_str(count_sum(N / 2, (long) (N / 2) * (N / 2 - 1) / 2), run(&totals(&d->p, 0)->p), "distinct");

	struct plan_setop *u = PLAN_NEW(PLAN_SETOP, plan_setop, with_text(ints(N, pairs_of)), with_text(ints(N, seq)), 2);
	cols_of(&u->p, 0, u->p.child, 0);
	u->op = SETOP_UNION;
	is_str(count_sum(N, (long) N * (N - 1) / 2), run(&totals(&u->p, 0)->p), "union");
	struct plan_aggregate *t = totals(with_text(ints(N, pairs_of)), 0);
	t->aggs[1].distinct = true;
	is_str(count_sum(N, (long) (N / 2) * (N / 2 - 1) / 2), run(&t->p), "sum of distinct values");
}

int
main(void)
{
	struct store *store = teststore_new();
	struct err e = { 0 };
	const struct txn_options options = { .isolation = TXN_READ_COMMITTED };
	struct txn *txn = NULL;

	kit_init();
	if (txn_begin(store, &options, &txn, &e) != ERR_OK)
		bail("txn_begin: %s", e.message);
	kit_env.txn = txn;
	kit_env.work_mem = 64 * 1024;
	test_join();
	test_merge_group();
	test_sort();
	test_groups();
	txn_abort(&txn);
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
