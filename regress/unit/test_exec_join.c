/* test_exec_join.c - hash, merge and loop joins of every type, with nulls, a rest of ON, many matches. */
#include "config.h"
#include "regress/unit/exec_kit.h"

#define L rows("1,a|2,b|,n|3,c|2,d", 2, OID_INT4, OID_TEXT)
#define R rows("2,x|2,y|,m|4,z|3,w", 2, OID_INT4, OID_TEXT)

static const struct {
	enum join_type type;
	const char *plain, *rest;       /* rest: and left.b <> 'd' and right.b <> 'y' */
} cases[] = {
	{ JOIN_INNER, "2,b,2,x|2,b,2,y|2,d,2,x|2,d,2,y|3,c,3,w", "2,b,2,x|3,c,3,w" },
	{ JOIN_LEFT,  "1,a,~,~|2,b,2,x|2,b,2,y|2,d,2,x|2,d,2,y|3,c,3,w|~,n,~,~", "1,a,~,~|2,b,2,x|2,d,~,~|3,c,3,w|~,n,~,~" },
	{ JOIN_RIGHT, "2,b,2,x|2,b,2,y|2,d,2,x|2,d,2,y|3,c,3,w|~,~,4,z|~,~,~,m", "2,b,2,x|3,c,3,w|~,~,2,y|~,~,4,z|~,~,~,m" },
	{ JOIN_FULL,  "1,a,~,~|2,b,2,x|2,b,2,y|2,d,2,x|2,d,2,y|3,c,3,w|~,n,~,~|~,~,4,z|~,~,~,m",
	              "1,a,~,~|2,b,2,x|2,d,~,~|3,c,3,w|~,n,~,~|~,~,2,y|~,~,4,z|~,~,~,m" },
	{ JOIN_SEMI,  "2,b|2,d|3,c", "2,b|3,c" },
	{ JOIN_ANTI,  "1,a|~,n", "1,a|2,d|~,n" },
};

static struct expr *
rest(void)
{
	return expr_and(&kit_arena, op2("<>", slot(1, OID_TEXT), lit(OID_TEXT, "d")), op2("<>", slot(3, OID_TEXT), lit(OID_TEXT, "y")));
}

static struct expr *
equal(void)
{
	return op2("=", slot(0, OID_INT4), slot(2, OID_INT4));
}

static int seq(int i) { return i; }
static int mod7(int i) { return i % 7; }

static void
test_many(void)
{
	/* 5,000 rows against 700: 100 partners for each of 7 keys; more pairs than a batch per left batch. */
	struct plan_join *j = join(PLAN_JOIN_HASH, JOIN_INNER, ints(700, mod7), ints(700, mod7), 0, 0, NULL);
	int n = 0;
	for (const char *s = run(&j->p); *s != '\0'; s++)
		n += *s == '|';
	is_int(7 * 100 * 100, n + 1, "many to many");
	j = join(PLAN_JOIN_HASH, JOIN_LEFT, ints(5000, seq), ints(5000, seq), 0, 0, op2("<", slot(1, OID_INT4), num(2)));
	is_str("0,0|1,1|2,~|3,~|4,~", arena_strndup(&kit_arena, run(&j->p), 19), "left join keeps the order of its left side");
	j = join(PLAN_JOIN_LOOP, JOIN_INNER, ints(3, seq), ints(1500, seq), -1, -1, op2(">", slot(1, OID_INT4), num(1498)));
	is_str("0,1499|1,1499|2,1499", run(&j->p), "loop join over several batches");
}

static void
test_null_aware(void)
{
	struct plan_join *j = join(PLAN_JOIN_HASH, JOIN_ANTI, L, rows("2|4", 1, OID_INT4), 0, 0, NULL);
	j->null_aware = true;
	is_str("1,a|3,c", sorted(run(&j->p)), "NOT IN: a null on the left is unknown");
	j = join(PLAN_JOIN_HASH, JOIN_ANTI, L, R, 0, 0, NULL);
	j->null_aware = true;
	is_str("", run(&j->p), "NOT IN: a null on the right leaves nothing");
	j = join(PLAN_JOIN_HASH, JOIN_ANTI, L, filter(R, expr_bool(&kit_arena, false)), 0, 0, NULL);
	j->null_aware = true;
	is_str("1,a|2,b|~,n|3,c|2,d", run(&j->p), "NOT IN of nothing keeps all");
	j = join(PLAN_JOIN_HASH, JOIN_ANTI, L, R, 0, 0, op2("<>", slot(3, OID_TEXT), lit(OID_TEXT, "m")));
	j->null_aware = true;
	is_str("1,a", run(&j->p), "NOT IN with a condition: the null row does not count");
}

/* Both sides sorted by their first columns. */
static struct plan_join *
merge(enum join_type type, bool desc, bool nulls_first, struct expr *filter)
{
	struct plan_join *j = join(PLAN_JOIN_MERGE, type, sort(L, 1, keys(1, 0, OID_INT4, desc, nulls_first), NULL),
	                           sort(R, 1, keys(1, 0, OID_INT4, desc, nulls_first), NULL), 0, 0, filter);

	j->desc[0] = desc;
	j->nulls_first[0] = nulls_first;
	return j;
}

static void
test_merge(enum join_type type, const char *plain, const char *with_rest)
{
	for (int order = 0; order < 4; order++) {
		struct plan_join *j = merge(type, order & 1, order & 2, NULL);
		is_str(plain, sorted(run(&j->p)), "merge join, type %d, order %d", type, order);
		j = merge(type, order & 1, order & 2, rest());
		is_str(with_rest, sorted(run(&j->p)), "merge join with a rest of ON, type %d, order %d", type, order);
	}
}

static int half(int i) { return i / 2; }
static int third(int i) { return i / 3; }
static int hundreds(int i) { return i / 100; }
static int twos(int i) { return i * 2; }

static int
count_rows(struct plan *p)
{
	const char *s = run(p);
	int n = *s != '\0';

	for (; *s != '\0'; s++)
		n += *s == '|';
	return n;
}

static void
test_merge_many(void)
{
	/* 700 rows on each side, 100 of each key: more pairs than a batch for a left batch. */
	struct plan_join *j = join(PLAN_JOIN_MERGE, JOIN_INNER, ints(700, hundreds), ints(700, hundreds), 0, 0, NULL);
	is_int(7 * 100 * 100, count_rows(&j->p), "merge join, many to many");
	/* Groups that end in the next batch of either side: 2,000 keys twice on the left, three times on the right. */
	j = join(PLAN_JOIN_MERGE, JOIN_INNER, ints(4000, half), ints(6000, third), 0, 0, NULL);
	is_int(2000 * 2 * 3, count_rows(&j->p), "groups across batches");
	j = join(PLAN_JOIN_MERGE, JOIN_LEFT, ints(5000, seq), ints(5000, seq), 0, 0, op2("<", slot(1, OID_INT4), num(2)));
	is_str("0,0|1,1|2,~|3,~|4,~", arena_strndup(&kit_arena, run(&j->p), 19), "merge join keeps the order of its left side");
	/* Left 0 .. 2999, right 0, 2 .. 9998: 1,500 partners. */
	j = join(PLAN_JOIN_MERGE, JOIN_FULL, ints(3000, seq), ints(5000, twos), 0, 0, NULL);
	is_int(3000 + 5000 - 1500, count_rows(&j->p), "full: many without a partner on both sides");
	j = join(PLAN_JOIN_MERGE, JOIN_RIGHT, ints(3000, seq), ints(5000, twos), 0, 0, op2("<", slot(0, OID_INT4), num(1000)));
	is_int(5000, count_rows(&j->p), "right: each right row is there");
	j = join(PLAN_JOIN_MERGE, JOIN_ANTI, ints(3000, seq), ints(5000, twos), 0, 0, NULL);
	is_int(1500, count_rows(&j->p), "anti");
	j = join(PLAN_JOIN_MERGE, JOIN_SEMI, ints(6000, third), ints(4000, half), 0, 0, NULL);
	is_int(6000, count_rows(&j->p), "semi: duplicates on both sides");
	j = join(PLAN_JOIN_MERGE, JOIN_FULL, ints(0, seq), ints(3000, seq), 0, 0, NULL);
	is_int(3000, count_rows(&j->p), "full, nothing on the left");
	j = join(PLAN_JOIN_MERGE, JOIN_FULL, ints(3000, seq), ints(0, seq), 0, 0, NULL);
	is_int(3000, count_rows(&j->p), "full, nothing on the right");
	j = join(PLAN_JOIN_MERGE, JOIN_INNER, ints(3000, seq), ints(0, seq), 0, 0, NULL);
	is_int(0, count_rows(&j->p), "inner, nothing on the right");
}

int
main(void)
{
	kit_init();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan_join *j = join(PLAN_JOIN_HASH, cases[i].type, L, R, 0, 0, NULL);
		is_str(cases[i].plain, sorted(run(&j->p)), "hash join, type %d", cases[i].type);
		j = join(PLAN_JOIN_HASH, cases[i].type, L, R, 0, 0, rest());
		is_str(cases[i].rest, sorted(run(&j->p)), "hash join with a rest of ON, type %d", cases[i].type);
		j = join(PLAN_JOIN_LOOP, cases[i].type, L, R, -1, -1, equal());
		is_str(cases[i].plain, sorted(run(&j->p)), "loop join, type %d", cases[i].type);
		j = join(PLAN_JOIN_LOOP, cases[i].type, L, R, -1, -1, expr_and(&kit_arena, equal(), rest()));
		is_str(cases[i].rest, sorted(run(&j->p)), "loop join with a rest of ON, type %d", cases[i].type);
	}
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		test_merge(cases[i].type, cases[i].plain, cases[i].rest);
	test_many();
	test_merge_many();
	test_null_aware();
	return tap_done();
}
