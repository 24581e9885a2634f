/* planner.h - what the files of core/plan share; nobody else includes it.
 *
 * The way of a query: rewrite.c simplifies the bound tree (folds constants, pulls sub-queries
 * up, turns EXISTS and IN into semi-joins); from.c takes FROM and WHERE apart into items and
 * conditions; scanpath.c and join.c find the cheapest way to read and join them; select.c puts
 * grouping, windows, order and limit on top; sublink.c attaches what remains of sub-queries.
 *
 * A path is a plan and its layout: the bound expression that each of its columns stands for.
 * Expressions become slots (layout_slots) the moment a node is made, so there is no later pass
 * to fix references. */
#ifndef CORE_PLAN_PLANNER_H
#define CORE_PLAN_PLANNER_H

#include <math.h>

#include "core/plan/plan.h"
#include "core/query/walk.h"

/* -- Sets of items -------------------------------------------------------------------- */
enum { ITEMS_MAX = 256, DP_ITEMS_MAX = 10 };

struct itemset { uint64_t w[ITEMS_MAX / 64]; };

static inline struct itemset
set_one(int i)
{
	struct itemset s = { { 0 } };

	s.w[i >> 6] = UINT64_C(1) << (i & 63);
	return s;
}

static inline struct itemset
set_or(struct itemset a, struct itemset b)
{
	for (int i = 0; i < ITEMS_MAX / 64; i++)
		a.w[i] |= b.w[i];
	return a;
}

static inline bool
set_subset(struct itemset a, struct itemset b)          /* a within b */
{
	for (int i = 0; i < ITEMS_MAX / 64; i++)
		if ((a.w[i] & ~b.w[i]) != 0)
			return false;
	return true;
}

static inline bool
set_overlap(struct itemset a, struct itemset b)
{
	for (int i = 0; i < ITEMS_MAX / 64; i++)
		if ((a.w[i] & b.w[i]) != 0)
			return true;
	return false;
}

static inline bool set_has(struct itemset s, int i) { return (s.w[i >> 6] >> (i & 63) & 1) != 0; }
static inline bool set_empty(struct itemset s) { return set_subset(s, (struct itemset) { { 0 } }); }

/* -- Layouts and paths ----------------------------------------------------------------- */
struct layout {
	int n, cap;
	struct expr **at;
};

struct path {
	struct plan  *plan;
	struct layout out;
	int   norder;                   /* rows come in this order; in a dependent plan keys are */
	struct sort_key *order;         /* seen within one ordinal only when order[0] is the ordinal */
	double rows, cost;
};

/* The enclosing rows that a dependent query refers to. */
struct outer {
	struct layout vars;             /* at[0] is the ordinal, then variables of enclosing queries */
	double rows;                    /* how many enclosing rows are expected in all */
};

struct planner {
	struct plan_env  *env;
	struct arena     *arena;
	struct plan_stmt *stmt;
	struct list       ctes;         /* struct plan_cte * in the order of their index */
	struct list       recursions;   /* struct recursion *: those being planned */
	struct list       inits;        /* struct plan_once * in the order of their number */
	struct list       rules;        /* struct known_rules *: of indexes met (indexexpr.c) */
	int   next_ordinal, next_recursive, next_subplan;
	int   depth;
};

enum { PLAN_DEPTH_MAX = 200 };

/* One query level while it is planned. */
struct level {
	struct planner *pl;
	struct query   *q;
	struct outer   *outer;          /* NULL: not dependent */
	struct layout   needed;         /* variables of this level's ranges that anything refers to */
};

/* -- layout.c ------------------------------------------------------------------------------ */
void layout_add(struct arena *a, struct layout *l, struct expr *x);
int  layout_find(const struct layout *l, const struct expr *x);         /* -1: not there */
void layout_append(struct arena *a, struct layout *l, const struct layout *more);
/* Can x, which has variables, be computed from it? */
bool layout_covers(struct planner *pl, const struct layout *l, struct expr *x);
/* x over the columns of l.  A variable that is not there is a mistake of ours: XX000. */
int  layout_slots(struct planner *pl, const struct layout *l, struct expr *x, struct expr **ret, struct err *e);
struct expr *ordinal_new(struct planner *pl);
/* Of any range; of sub-queries only those they take from outside. */
void collect_vars(struct planner *pl, struct expr *x, struct layout *to);
void collect_query_vars(struct planner *pl, struct query *q, struct layout *to);
/* Variables of q that belong to ranges outside of q. */
void free_vars(struct planner *pl, struct query *q, struct layout *to);
bool range_within(const struct range *r, const struct query *q);
/* rewrite.c: do its rows, beside what its inner joins say of them, depend on rows outside of s? */
bool joins_differ(struct planner *pl, const struct query *s, const struct from *f);
/* position.c: columns of the rows' keys for a cursor (query.positioned): wanted, then the last of its plan. */
void positions_need(struct level *lv);
void positions_add(struct level *lv, const struct path *p, struct layout *want);
/* recheck.c: how to look again at a row of `out` that has changed: by a filter or as a whole. */
int  plan_recheck(struct level *lv, const struct layout *out, struct expr **ret_filter, bool *ret_whole, struct err *e);

struct list conjuncts(struct planner *pl, struct expr *x);              /* struct expr */
struct expr *conjunction(struct planner *pl, const struct list *l);     /* NULL: none */

/* -- node.c: making nodes with their columns and costs -------------------------------------- */
struct plan *node_new(struct planner *pl, size_t size, enum plan_kind kind, const struct layout *out, struct plan *child);
int  path_filter(struct planner *pl, struct path *p, const struct list *quals, struct err *e);
/* Columns become exactly these expressions. */
int  path_project(struct planner *pl, struct path *p, int n, struct expr **exprs, struct err *e);
int  path_sort(struct planner *pl, struct path *p, int n, const struct sort_key *keys, struct expr *top, struct err *e);
int  path_sort_groups(struct planner *pl, struct path *p, int n, struct expr **exprs, struct err *e);
bool path_is_sorted(const struct path *p, int n, const struct sort_key *keys);
int  path_distinct(struct planner *pl, struct path *p, struct err *e);
struct path path_one_row(struct planner *pl);
struct path path_empty(struct planner *pl, const struct path *p);

/* -- rewrite.c, alias.c, straddle.c, fold.c -------------------------------------------------------- */
int  rewrite_query(struct planner *pl, struct query *q, struct err *e);
int  rewrite_joins(struct planner *pl, struct query *q, struct err *e);
void replace_aliases(struct planner *pl, struct query *q);
/* Sub-queries in the ON of outer joins of f that look at both sides: they get a LATERAL side. */
int  straddling_on(struct planner *pl, struct query *q, struct from *f, struct err *e);
int  fold_query(struct planner *pl, struct query *q, struct err *e);
struct expr *fold_expr(struct planner *pl, struct expr *x);

/* -- inits.c ----------------------------------------------------------------------------------- */
/* Sub-queries of q's expressions that look at nothing outside become EXPR_INIT. */
int plan_inits(struct planner *pl, struct query *q, struct err *e);

/* -- scalar.c ---------------------------------------------------------------------------------- */
/* May r, a sub-query that these columns are to be IN, be joined?  Then it has each value once. */
bool pull_few(struct planner *pl, struct query *q, struct range *r, const struct list *tests);

/* -- minmax.c ---------------------------------------------------------------------------------- */
/* Aggregates that are the ends of an index become sub-queries that read them. */
void minmax_by_index(struct planner *pl, struct query *q);

/* -- pushquals.c ------------------------------------------------------------------------------- */
/* Conditions of WHERE that sub-queries in FROM can apply earlier go there. */
void push_quals(struct planner *pl, struct query *q);
bool is_barrier(const struct range *r);

/* -- orquals.c --------------------------------------------------------------------------------- */
/* Conditions that every arm of a disjunction has, before it. */
struct expr *or_factor(struct planner *pl, struct expr *x);
struct group;
/* What disjunction x says of this item alone; NULL: nothing. */
struct expr *or_implied(struct planner *pl, const struct group *g, struct expr *x, int item);

/* -- equals.c ---------------------------------------------------------------------------------- */
/* Adds what the group's equalities say together; *settled: those that hold of all rows read (struct expr). */
void imply_equals(struct planner *pl, struct group *g, struct list *settled);

/* -- from.c, fulljoin.c, join.c, scanpath.c -------------------------------------------------------------- */
struct qual {
	struct expr *expr;
	struct itemset refs;
	int class;                      /* of columns that are equal; 0: none (equals.c) */
};

enum item_kind { ITEM_TABLE, ITEM_PATH, ITEM_GROUP, ITEM_FUNCTION, ITEM_LATERAL };

struct item {
	enum item_kind kind;
	int   id;
	struct range *range;            /* TABLE, FUNCTION, LATERAL */
	enum join_type type;            /* INNER, or how it is joined as the right side */
	bool  null_aware;
	struct itemset needs;           /* items that must be on its left */
	struct list on;                 /* struct qual: of its outer, semi or anti join */
	struct list quals;              /* struct expr: over this item alone, applied when it is read */
	struct group *group;            /* GROUP */
	struct path path;               /* PATH, and the others once made */
	bool  has_path;
	bool  is_outer;                 /* PLAN_OUTER's leaf */
	struct list ordered;            /* struct path *: of a table, in orders that were asked for */
};

struct group {
	struct list items;              /* struct item */
	struct list quals;              /* struct qual: over two or more, or late */
};

/* What a level would like of its FROM: rows in this order, of which the first `rows` will do. */
#define ALL_ROWS INFINITY
struct want {
	int   n;
	struct sort_key *keys;
	double rows;                    /* grouping: groups */
	bool  grouping;                 /* only equal keys have to come together */
};

/* want: NULL when any order will do. */
int  plan_from(struct level *lv, const struct want *want, struct path *ret, struct err *e);
int  build_group(struct level *lv, struct from **items, int n, const struct list *quals, bool with_outer,
                 struct group **ret, struct err *e);
void add_ordinal_quals(struct level *lv, struct group *g);
int  full_join(struct level *lv, struct from *f, struct path *ret, struct err *e);
/* The one way to join that needs no index; quals over both sides. */
int  hash_join(struct level *lv, struct path l, struct path r, enum join_type type, bool null_aware,
               const struct list *quals, double rows, struct path *ret, struct err *e);
int  join_group(struct level *lv, struct group *g, const struct want *want, struct path *ret, struct err *e);
/* Are rows in index order, the first neq columns being fixed, in the wanted one?  In which direction? */
bool index_gives_order(struct level *lv, struct range *r, const struct index *ix, int neq, const struct want *want,
                       bool *ret_backward);
int  item_path(struct level *lv, struct item *it, const struct want *want, struct path *ret, struct err *e);
int  scan_path(struct level *lv, struct range *r, const struct list *quals, const struct want *want,
               struct path *ret, struct err *e);
/* partition.c: the same of a partitioned table. */
int  partitioned_path(struct level *lv, struct range *r, const struct list *quals, const struct want *want,
                      struct path *ret, struct err *e);
/* The inner side of a lookup join into it: an Append of what probe_scan() makes of each leaf. */
/* The index is probed with nkeys of its columns and, when ranged, with a range of the next. */
int  partitioned_probe(struct level *lv, struct range *r, const struct list *quals, const struct index *ix, int nkeys,
                       bool ranged, struct plan_append **ret, struct err *e);
int  probe_scan(struct level *lv, struct range *r, const struct list *quals, const struct index *ix,
                struct plan_scan **ret, struct err *e);
/* Columns of r that anything refers to. */
void wanted_columns(struct level *lv, struct range *r, struct layout *out);
bool index_usable(const struct index *ix);
double sort_cost(double rows);
/* What share of `rows` rows in order has to be read; 1 when there is no order to read them in. */
double want_share(struct planner *pl, const struct want *want, double rows);
/* A lookup join of left with table `it` on these conditions; ret->plan NULL: no index serves.
 * want: the order, and how many, of the rows of each left row that are wanted; or NULL.  each: as
 * an expression, when nothing after the join takes rows away or puts them in order; or NULL. */
int  lookup_path(struct level *lv, const struct path *left, struct item *it, enum join_type type,
                 const struct list *quals, const struct want *want, struct expr *each, struct path *ret,
                 struct err *e);
/* The operator = < <= > >= that this function is; NULL: none. */
const struct operator *comparison_of(const struct func *f);
int  match_equal(struct planner *pl, struct expr *qual, struct expr **ret_l, struct expr **ret_r, const struct func **ret_eq);
struct itemset group_refs(const struct group *g, struct planner *pl, struct expr *x);

/* -- select.c, setop.c, cte.c, sublink.c, modify.c ------------------------------------------------ */
/* Columns: the ordinal when outer is given, then the visible targets. */
/* first_rows: how many will be read, ALL_ROWS for all. */
int  plan_level(struct planner *pl, struct query *q, struct outer *outer, double first_rows, struct path *ret, struct err *e);
int  plan_setop(struct planner *pl, struct query *q, struct outer *outer, struct path *ret, struct err *e);
int  plan_subquery_range(struct level *lv, struct range *r, struct query *sub, struct path *ret, struct err *e);
int  plan_cte_range(struct level *lv, struct range *r, struct path *ret, struct err *e);
struct outer *outer_new(struct planner *pl, const struct layout *vars, double rows);
struct path outer_leaf(struct planner *pl, const struct outer *o);
struct outer *outer_again(struct planner *pl, const struct outer *o);
void path_rename(struct planner *pl, struct path *p, struct range *r, bool dependent);
int  plan_kept_cte(struct planner *pl, const struct cte *cte, struct plan_cte **ret, struct err *e);
/* Give the sub-queries in these expressions columns of p. */
int  attach_sublinks(struct level *lv, struct path *p, int n, struct expr **exprs, struct err *e);
bool has_sublink(struct expr *x);
int  lateral_join(struct level *lv, struct path *left, struct item *it, const struct list *on, struct path *ret, struct err *e);
int  limit_bounds(struct level *lv, struct path *p, struct expr *bounds[2], bool *ret_per_row, struct err *e);
struct expr *top_rows(struct planner *pl, const struct query *q);
int  add_project_set(struct level *lv, struct path *p, int n, struct expr **exprs, struct err *e);
int  plan_grouping(struct level *lv, struct path *p, struct list *targets, struct err *e);
int  plan_windows(struct level *lv, struct path *p, struct list *exprs, struct err *e);
/* leaf.c */
void plan_own_leaf(struct planner *pl, struct plan_modify *m);
int  plan_route(struct planner *pl, struct plan_modify *m, struct err *e);
int  plan_modify(struct planner *pl, struct query *q, struct outer *outer, struct path *ret, struct err *e);

/* -- selectivity.c, cost.c --------------------------------------------------------------------------- */
double table_rows(struct planner *pl, const struct relation *rel);
double table_pages(struct planner *pl, const struct relation *rel);
double qual_selectivity(struct planner *pl, struct expr *x);
double join_selectivity(struct planner *pl, struct expr *l, struct expr *r);
double distinct_values(struct planner *pl, struct expr *x, double rows);
double group_count(struct planner *pl, int n, struct expr **groups, double rows);

/* Unit: reading one row of a sequential scan and handing it up. */
#define COST_ROW       1.0
#define COST_PROBE     15.0     /* finding one key in an index or a table */
#define COST_FETCH     15.0     /* one row that an index names, from its table */
#define COST_EVAL      0.25     /* one operator on one row */
#define COST_HASH      1.2      /* one row into a hash table or probed */
#define COST_MERGE     0.5      /* one row of a side that is merged */
#define COST_SORT      0.6      /* one comparison of a sort */
#define COST_AVOID     1e10     /* what a setting forbids and nothing else can do */
#define COST_BATCH     20.0     /* starting a scan or a probe batch */

/* The cost of being one of these: enum plan_kinds_off. */
static inline double
avoid(const struct planner *pl, unsigned kinds)
{
	return (pl->env->off & kinds) != 0 ? COST_AVOID : 0;
}

#endif
