/* test_exec.c - operators over VALUES: filter, project, sort, limit, distinct, set operations,
 * aggregates, sub-queries, recursion. */
#include "config.h"
#include "regress/unit/exec_kit.h"

#define T3 rows("3,c|1,a|2,b|,z|2,a|1,", 2, OID_INT4, OID_TEXT)

static int seq(int i) { return i; }
static int shuffled(int i) { return (int) ((unsigned) i * 7919u % 5003u); }
static int mod10(int i) { return i % 10; }

static struct plan *
limit(struct plan *child, struct expr *n, struct expr *offset)
{
	struct plan_limit *p = PLAN_NEW(PLAN_LIMIT, plan_limit, child, NULL, child->ncols);

	cols_of(&p->p, 0, child, 0);
	p->p.dependent = child->dependent;
	p->limit = n;
	p->offset = offset;
	return &p->p;
}

static struct plan *
setop(enum set_op op, bool all, struct plan *l, struct plan *r)
{
	struct plan_setop *p = PLAN_NEW(PLAN_SETOP, plan_setop, l, r, l->ncols);

	cols_of(&p->p, 0, l, 0);
	p->op = op;
	p->all = all;
	return &p->p;
}

static struct plan *
append(struct plan *a, struct plan *b)
{
	struct plan_append *p = PLAN_NEW(PLAN_APPEND, plan_append, NULL, NULL, a->ncols);

	cols_of(&p->p, 0, a, 0);
	p->nchildren = 2;
	p->children = ARENA_ARRAY(&kit_arena, struct plan *, 2);
	p->children[0] = a;
	p->children[1] = b;
	return &p->p;
}

static void
test_simple(void)
{
	is_str("3,c|2,b|2,a", run(filter(T3, op2(">", slot(0, OID_INT4), num(1)))), "filter: column > constant");
	is_str("1,a", run(filter(T3, expr_and(&kit_arena, op2("<", slot(0, OID_INT4), num(2)), op2("=", slot(1, OID_TEXT), lit(OID_TEXT, "a"))))),
	       "filter: two conditions");
	is_str("~,z", run(filter(T3, node(EXPR_IS_NULL, OID_BOOL, 1, slot(0, OID_INT4)))), "filter: is null");
	is_str("4|2|3|~|3|2", run(project(T3, 1, op2("+", slot(0, OID_INT4), num(1)))), "project: arithmetic keeps nulls");
	is_str("22012 division by zero", run(project(T3, 1, op2("/", num(1), op2("-", slot(0, OID_INT4), num(2))))), "project: error");
	is_str("1|~|-1", run(project(rows("1||3", 1, OID_INT4), 1, op2("-", num(2), slot(0, OID_INT4)))), "constant - column");
	is_str("1|2|3|4", run(append(rows("1|2", 1, OID_INT4), rows("3|4", 1, OID_INT4))), "append");
}

static void
test_sort(void)
{
	is_str("1,a|1,~|2,b|2,a|3,c|~,z", run(sort(T3, 1, keys(1, 0, OID_INT4, 0, 0), NULL)), "sort: stable, nulls last");
	is_str("~,z|3,c|2,b|2,a|1,a|1,~", run(sort(T3, 1, keys(1, 0, OID_INT4, 1, 1), NULL)), "sort: descending, nulls first");
	is_str("1,~|1,a|2,a|2,b|3,c|~,z", run(sort(T3, 2, keys(2, 0, OID_INT4, 0, 0, 1, OID_TEXT, 0, 1), NULL)), "sort: two keys");
	is_str("~,z|3,c|2,b|1,a|2,a|1,~", run(sort(T3, 1, keys(1, 1, OID_TEXT, 1, 0), NULL)), "sort: text descending, nulls last");
	is_str("1,a|1,~|2,b", run(sort(T3, 1, keys(1, 0, OID_INT4, 0, 0), big(3))), "sort: top 3");
	is_str("-Infinity|-1.5|0|-0|2|NaN|~", run(sort(rows("NaN|2|0||-1.5|-0|-Infinity", 1, OID_FLOAT8), 1, keys(1, 0, OID_FLOAT8, 0, 0), NULL)), "sort: floats");
	is_str("-10|-9.50|0|9.5|10.000|NaN", run(sort(rows("9.5|10.000|-9.50|0|-10|NaN", 1, OID_NUMERIC), 1, keys(1, 0, OID_NUMERIC, 0, 0), NULL)), "sort: numeric");
	struct plan *p = sort(ints(5003, shuffled), 1, keys(1, 0, OID_INT4, 0, 0), NULL);
	const char *s = run(limit(p, num(3), big(2500)));
	is_str("2500|2501|2502", s, "sort: five thousand rows");
	is_str("5002|5001|5000", run(sort(ints(5003, shuffled), 1, keys(1, 0, OID_INT4, 1, 0), big(3))), "top: of five thousand");
}

static void
test_limit(void)
{
	is_str("2|3", run(limit(ints(10, seq), big(2), big(2))), "limit and offset");
	is_str("", run(limit(ints(10, seq), big(0), NULL)), "limit 0");
	is_str("8|9", run(limit(ints(10, seq), lit(OID_INT8, NULL), big(8))), "limit null is none");
	is_str("2201W LIMIT must not be negative", run(limit(ints(10, seq), big(-1), NULL)), "negative limit");
	is_str("2201X OFFSET must not be negative", run(limit(ints(10, seq), NULL, big(-1))), "negative offset");
	is_str("1999|2000", run(limit(ints(5000, seq), big(2), big(1999))), "offset over batches");
	struct plan_limit *p = (struct plan_limit *) limit(sort(T3, 1, keys(1, 0, OID_INT4, 0, 0), NULL), big(3), NULL);
	p->with_ties = true;
	p->nties = 1;
	p->ties = keys(1, 0, OID_INT4, 0, 0);
	is_str("1,a|1,~|2,b|2,a", run(&p->p), "with ties");
}

static void
test_sets(void)
{
#define A rows("1|2|2|3||2", 1, OID_INT4)
#define B rows("2|2||4", 1, OID_INT4)
	is_str("1|2|3|~|4", run(setop(SETOP_UNION, false, A, B)), "union");
	is_str("2|~", run(setop(SETOP_INTERSECT, false, A, B)), "intersect");
	is_str("2|2|~", run(setop(SETOP_INTERSECT, true, A, B)), "intersect all");
	is_str("1|3", run(setop(SETOP_EXCEPT, false, A, B)), "except");
	is_str("1|2|3", run(setop(SETOP_EXCEPT, true, A, B)), "except all");
	struct plan_distinct *d = PLAN_NEW(PLAN_DISTINCT, plan_distinct, A, NULL, 1);
	int key = 0;
	cols_of(&d->p, 0, d->p.child, 0);
	d->nkeys = 1;
	d->keys = &key;
	is_str("1|2|3|~", run(&d->p), "distinct");
	d->p.child = sort(T3, 2, keys(2, 0, OID_INT4, 0, 0, 1, OID_TEXT, 1, 1), NULL);
	d->p.ncols = 2;
	d->p.cols = d->p.child->cols;
	d->sorted = true;
	is_str("1,~|2,b|3,c|~,z", run(&d->p), "distinct on: the first of each");
}

/* -- aggregates ---------------------------------------------------------------------------------------- */
static struct agg_item
agg(const struct func *f, int nargs, struct expr *arg, oid_t ret)
{
	struct agg_item it = { .func = f, .nargs = nargs, .ret = T(ret) };

	it.args = ARENA_ARRAY(&kit_arena, struct expr *, 2);
	it.args[0] = arg;
	return it;
}

static struct plan_aggregate *
aggregate(struct plan *child, int ngroups, struct expr **groups, int n, struct agg_item *items)
{
	struct plan_aggregate *p = PLAN_NEW(PLAN_AGGREGATE, plan_aggregate, child, NULL, ngroups + n);

	p->ngroups = ngroups;
	p->groups = groups;
	p->naggs = n;
	p->aggs = arena_dup(&kit_arena, items, (size_t) n * sizeof *items);
	p->always = ngroups == 0;
	for (int i = 0; i < ngroups; i++)
		p->p.cols[i] = (struct plan_column) { groups[i]->type, -1, 0, NULL };
	for (int i = 0; i < n; i++)
		p->p.cols[ngroups + i] = (struct plan_column) { items[i].ret, -1, 0, NULL };
	return p;
}

static void
test_aggregate(void)
{
	struct agg_item items[3] = {
		agg(fn("count", 0), 0, NULL, OID_INT8),
		agg(fn("sum", 1, OID_INT4), 1, slot(0, OID_INT4), OID_INT8),
		agg(fn("max", 1, OID_TEXT), 1, slot(1, OID_TEXT), OID_TEXT),
	};
	struct expr *by_first[] = { slot(0, OID_INT4) }, *by_second[] = { slot(1, OID_TEXT) };

	is_str("6,9,z", run(&aggregate(T3, 0, NULL, 3, items)->p), "no groups");
	is_str("0,~,~", run(&aggregate(filter(T3, expr_bool(&kit_arena, false)), 0, NULL, 3, items)->p), "no groups, no rows");
	is_str("3,1,3,c|1,2,2,a|2,2,4,b|~,1,~,z", run(&aggregate(T3, 1, by_first, 3, items)->p), "groups, with a null one");
	is_str("", run(&aggregate(filter(T3, expr_bool(&kit_arena, false)), 1, by_first, 3, items)->p), "groups of nothing");
	struct plan_aggregate *s = aggregate(sort(T3, 1, keys(1, 0, OID_INT4, 0, 0), NULL), 1, by_first, 3, items);
	s->sorted = true;
	is_str("1,2,2,a|2,2,4,b|3,1,3,c|~,1,~,z", run(&s->p), "sorted input");
	s = aggregate(sort(ints(5000, mod10), 1, keys(1, 0, OID_INT4, 0, 0), NULL), 1, by_first, 2, items);
	s->sorted = true;
	is_str("0,500,0|1,500,500|2,500,1000|3,500,1500|4,500,2000|5,500,2500|6,500,3000|7,500,3500|8,500,4000|9,500,4500",
	       run(&s->p), "sorted input over batches");
	is_str("0,500,0|1,500,500|2,500,1000|3,500,1500|4,500,2000|5,500,2500|6,500,3000|7,500,3500|8,500,4000|9,500,4500",
	       run(&aggregate(ints(5000, mod10), 1, by_first, 2, items)->p), "hash over batches");
	is_str("5000,12497500", run(&aggregate(ints(5000, seq), 0, NULL, 2, items)->p), "no groups over batches");

	items[0].filter = op2("=", slot(1, OID_TEXT), lit(OID_TEXT, "a"));
	items[1].distinct = true;
	is_str("2,6,z", run(&aggregate(T3, 0, NULL, 3, items)->p), "FILTER and DISTINCT");
	is_str("c,0,3,c|a,2,3,a|b,0,2,b|z,0,~,z|~,0,1,~", run(&aggregate(T3, 1, by_second, 3, items)->p), "FILTER and DISTINCT in groups");
	struct agg_item ordered = agg(fn("string_agg", 2, OID_TEXT, OID_TEXT), 2, slot(1, OID_TEXT), OID_TEXT);
	ordered.args[1] = lit(OID_TEXT, "-");
	ordered.norder = 1;
	ordered.order = keys(1, 1, OID_TEXT, 1, 0);
	is_str("z-c-b-a-a", run(&aggregate(T3, 0, NULL, 1, &ordered)->p), "ORDER BY in an aggregate");
	is_str("3,c|1,a|2,b-a|~,z", run(&aggregate(T3, 1, by_first, 1, &ordered)->p), "ORDER BY in groups");
	ordered.distinct = true;
	is_str("z-c-b-a", run(&aggregate(T3, 0, NULL, 1, &ordered)->p), "DISTINCT and ORDER BY");

	struct expr *both[] = { slot(0, OID_INT4), slot(1, OID_TEXT) };
	struct agg_item count = agg(fn("count", 0), 0, NULL, OID_INT8);
	struct plan_aggregate *g = aggregate(T3, 2, both, 1, &count);
	uint64_t sets[] = { 1, 2, 0 };
	g->p.ncols = 4;
	g->p.cols[3] = (struct plan_column) { T(OID_INT4), -1, 0, NULL };
	g->nsets = 3;
	g->sets = sets;
	g->always = true;
	is_str("1,~,2,0|2,~,2,0|3,~,1,0|~,a,2,1|~,b,1,1|~,c,1,1|~,z,1,1|~,~,1,0|~,~,1,1|~,~,6,2", sorted(run(&g->p)), "grouping sets");
	g->p.child = filter(T3, expr_bool(&kit_arena, false));
	is_str("~,~,0,2", run(&g->p), "grouping sets of nothing: the empty set");
}

/* -- sub-queries -------------------------------------------------------------------------------------------- */
static struct plan *
outer(int n, ...)
{
	struct plan_outer *p = PLAN_NEW(PLAN_OUTER, plan_outer, NULL, NULL, n + 1);
	va_list ap;

	p->p.dependent = true;
	p->p.cols[0] = (struct plan_column) { T(OID_INT8), -1, 0, NULL };
	va_start(ap, n);
	for (int i = 1; i <= n; i++)
		p->p.cols[i] = (struct plan_column) { T(va_arg(ap, oid_t)), -1, 0, NULL };
	va_end(ap);
	return &p->p;
}

/* For each x of the child: rows (k, v) with k = x, as ordinal, v. */
static struct plan *
children(void)
{
	struct plan *r = rows("1,one|2,two|2,deux|3,three|2,zwei", 2, OID_INT4, OID_TEXT);
	struct plan_join *j = join(PLAN_JOIN_HASH, JOIN_INNER, outer(1, OID_INT4), r, 1, 0, NULL);

	return project(&j->p, 2, slot(0, OID_INT8), slot(3, OID_TEXT));
}

static struct plan *
nest(struct plan *child, enum sublink_kind kind, struct plan *inner, oid_t type)
{
	struct plan_nest *p = PLAN_NEW(PLAN_NEST, plan_nest, child, inner, child->ncols + 1);

	cols_of(&p->p, 0, child, 0);
	p->p.cols[child->ncols] = (struct plan_column) { T(type), -1, 0, NULL };
	p->sublink = kind;
	p->npass = 1;
	p->pass = ARENA_ARRAY(&kit_arena, struct expr *, 1);
	p->pass[0] = slot(0, OID_INT4);
	return &p->p;
}

static struct plan *
nest_join(struct plan *child, enum join_type type, struct plan *inner, struct expr *cond)
{
	bool left_only = type == JOIN_SEMI || type == JOIN_ANTI;
	struct plan_nest *p = PLAN_NEW(PLAN_NEST, plan_nest, child, inner, child->ncols + (left_only ? 0 : inner->ncols - 1));

	cols_of(&p->p, 0, child, 0);
	if (!left_only)
		cols_of(&p->p, child->ncols, inner, 1);
	p->kind = NEST_JOIN;
	p->join = type;
	p->npass = 1;
	p->pass = ARENA_ARRAY(&kit_arena, struct expr *, 1);
	p->pass[0] = slot(0, OID_INT4);
	p->join_filter = cond;
	return &p->p;
}

#define X rows("2|1|5||2|3", 1, OID_INT4)

static void
test_nest(void)
{
	struct sort_key *by = keys(2, 0, OID_INT8, 0, 0, 1, OID_TEXT, 0, 0);

	is_str("2,t|1,t|5,f|~,f|2,t|3,t", run(nest(X, SUBLINK_EXISTS, children(), OID_BOOL)), "exists");
	is_str("2,{deux,two,zwei}|1,{one}|5,{}|~,{}|2,{deux,two,zwei}|3,{three}",
	       run(nest(X, SUBLINK_ARRAY, sort(children(), 2, by, NULL), OID_TEXT_ARRAY)), "array, ordered per parent");
	is_str("2,deux|1,one|5,~|~,~|2,deux|3,three", run(nest(X, SUBLINK_SCALAR, sort(children(), 2, by, big(1)), OID_TEXT)), "scalar: top 1 per parent");
	is_str("2,deux|1,one|5,~|~,~|2,deux|3,three", run(nest(X, SUBLINK_SCALAR, limit(sort(children(), 2, by, NULL), big(1), NULL), OID_TEXT)), "scalar: limit 1 per parent");
	is_str("2,two|1,~|5,~|~,~|2,two|3,~", run(nest(X, SUBLINK_SCALAR, limit(sort(children(), 2, by, NULL), big(1), big(1)), OID_TEXT)), "scalar: offset per parent");
	is_str("21000 more than one row returned by a subquery used as an expression", run(nest(X, SUBLINK_SCALAR, children(), OID_TEXT)), "scalar: too many");

	struct expr *by_ordinal[] = { slot(0, OID_INT8) };
	struct agg_item count = agg(fn("count", 0), 0, NULL, OID_INT8);
	struct plan_aggregate *a = aggregate(children(), 1, by_ordinal, 1, &count);
	a->p.dependent = a->always = true;
	is_str("2,3|1,1|5,0|~,0|2,3|3,1", run(nest(X, SUBLINK_SCALAR, &a->p, OID_INT8)), "count(*) of nothing is 0");

	is_str("2,two|2,deux|2,zwei|1,one|2,two|2,deux|2,zwei|3,three", run(nest_join(X, JOIN_INNER, children(), NULL)), "lateral join");
	is_str("2,two|1,one|5,~|~,~|2,two|3,three",
	       run(nest_join(X, JOIN_LEFT, filter(children(), op2(">", slot(1, OID_TEXT), lit(OID_TEXT, "e"))), op2("<>", slot(1, OID_TEXT), lit(OID_TEXT, "zwei")))), "left lateral join with ON");
	is_str("5|~", run(nest_join(X, JOIN_ANTI, children(), NULL)), "anti lateral join");
	is_str("2|2", run(nest_join(X, JOIN_SEMI, children(), op2("=", slot(1, OID_TEXT), lit(OID_TEXT, "deux")))), "semi lateral join with ON");
}

/* The same children with the table streamed past the enclosing rows; kept from the second batch on. */
static void
test_many_parents(void)
{
	struct plan *table = rows("1,one|2,two|2,deux|3,three|2,zwei", 2, OID_INT4, OID_TEXT);
	struct plan_join *j = join(PLAN_JOIN_HASH, JOIN_INNER, table, outer(1, OID_INT4), 0, 1,
	                           op2("<>", slot(1, OID_TEXT), lit(OID_TEXT, "zwei")));
	j->p.dependent = true;
	struct plan *inner = project(&j->p, 2, slot(2, OID_INT8), slot(1, OID_TEXT));
	const char *got = run(filter(nest(ints(5000, seq), SUBLINK_ARRAY, inner, OID_TEXT_ARRAY), op2("<", slot(0, OID_INT4), num(5))));
	is_str("0,{}|1,{one}|2,{two,deux}|3,{three}|4,{}", got, "five batches of parents: the first");
	struct plan *late = project(ints(5000, seq), 1, op2("-", num(4999), slot(0, OID_INT4)));
	got = run(filter(nest(late, SUBLINK_ARRAY, inner, OID_TEXT_ARRAY), op2("<", slot(0, OID_INT4), num(5))));
	is_str("4,{}|3,{three}|2,{two,deux}|1,{one}|0,{}", got, "five batches of parents: the last");
}

static struct plan *
init(struct plan *child, enum sublink_kind kind, struct plan *inner, oid_t type, struct expr *test, const struct func *op)
{
	struct plan_init *p = PLAN_NEW(PLAN_INIT, plan_init, child, inner, child->ncols + 1);

	cols_of(&p->p, 0, child, 0);
	p->p.cols[child->ncols] = (struct plan_column) { T(type), -1, 0, NULL };
	p->sublink = kind;
	if (test != NULL) {
		p->ntests = 1;
		p->tests = arena_dup(&kit_arena, &test, sizeof test);
		p->ops = arena_dup(&kit_arena, &op, sizeof op);
	}
	return &p->p;
}

static void
test_init(void)
{
	const struct func *eq = func_by_oid(operator_exact("=", OID_INT4, OID_INT4)->func);
	const struct func *lt = func_by_oid(operator_exact("<", OID_INT4, OID_INT4)->func);

	is_str("2,7|1,7|5,7|~,7|2,7|3,7", run(init(X, SUBLINK_SCALAR, rows("7", 1, OID_INT4), OID_INT4, NULL, NULL)), "scalar");
	is_str("2,~", run(init(rows("2", 1, OID_INT4), SUBLINK_SCALAR, filter(X, expr_bool(&kit_arena, false)), OID_INT4, NULL, NULL)), "scalar of nothing");
	is_str("", run(init(filter(X, expr_bool(&kit_arena, false)), SUBLINK_SCALAR, X, OID_INT4, NULL, NULL)), "not run without rows");
	is_str("2,t|1,f|5,f|~,~|2,t|3,t", run(init(X, SUBLINK_ANY, rows("2|3", 1, OID_INT4), OID_BOOL, slot(0, OID_INT4), eq)), "IN");
	is_str("2,t|1,~|5,~|~,~|2,t|3,t",
	       run(init(X, SUBLINK_ANY, rows("2||3", 1, OID_INT4), OID_BOOL, slot(0, OID_INT4), eq)), "IN with a null");
	is_str("2,t|1,f|5,f|~,~|2,t|3,t", run(init(X, SUBLINK_ANY, rows("2|3|10|11|12|13|14|15|16|17", 1, OID_INT4), OID_BOOL, slot(0, OID_INT4), eq)), "IN by a set");
	is_str("2,t|1,t|5,f|~,~|2,t|3,f", run(init(X, SUBLINK_ALL, rows("3|4", 1, OID_INT4), OID_BOOL, slot(0, OID_INT4), lt)), "< ALL");
	is_str("2,t|1,t|5,t|~,t|2,t|3,t", run(init(X, SUBLINK_ALL, filter(X, expr_bool(&kit_arena, false)), OID_BOOL, slot(0, OID_INT4), lt)), "< ALL of nothing");
	is_str("2,{2,1,5,NULL,2,3}", run(init(rows("2", 1, OID_INT4), SUBLINK_ARRAY, X, OID_INT4_ARRAY, NULL, NULL)), "array");
}

static void
test_recursive(void)
{
	struct plan_work_table *w = PLAN_NEW(PLAN_WORK_TABLE, plan_work_table, NULL, NULL, 1);
	w->p.cols[0] = (struct plan_column) { T(OID_INT4), -1, 0, NULL };
	struct plan *step = project(filter(&w->p, op2("<", slot(0, OID_INT4), num(5))), 1, op2("+", slot(0, OID_INT4), num(1)));
	struct plan_recursive *r = PLAN_NEW(PLAN_RECURSIVE, plan_recursive, rows("1", 1, OID_INT4), step, 1);
	r->p.cols[0] = w->p.cols[0];
	is_str("1|2|3|4|5", run(&r->p), "recursive");
	r->p.inner = project(&w->p, 1, op2("%", op2("+", slot(0, OID_INT4), num(1)), num(4)));
	r->distinct = true;
	is_str("1|2|3|0", run(&r->p), "recursive with UNION ends by itself");
	r->distinct = false;
	is_str("1|2|3|0|1|2", run(limit(&r->p, big(6), NULL)), "endless with a LIMIT");
}

int
main(void)
{
	kit_init();
	test_simple();
	test_sort();
	test_limit();
	test_sets();
	test_aggregate();
	test_nest();
	test_many_parents();
	test_init();
	test_recursive();
	return tap_done();
}
