/* plan.h - the plan algebra: what the planner makes of a bound query and the executor runs.
 *
 * A plan is a read-only tree; all run-time state lives in operators, so one plan serves many
 * sessions at once.  Every node produces rows of `ncols` typed columns; expressions in a node
 * see their input row through EXPR_SLOT: slots count the columns of the (only, or outer)
 * child first and, for joins, those of the inner child after them.
 *
 * Dependent plans.  A sub-query that refers to enclosing rows is not run once per row.  It is
 * planned with a leaf PLAN_OUTER that stands for a batch of enclosing rows: column 0 is the
 * ordinal (int8) of the enclosing row in the batch, the others are the values it is asked for.
 * Everything above that leaf keeps the ordinal as its column 0: joins carry it, sorts and
 * limits work per ordinal (`part`), aggregates group by it.  So any correlated sub-query, any
 * LATERAL and any graph include runs in one pass for a whole batch of parents; PLAN_NEST is the
 * node that hands over the batch and attaches what comes back.
 *
 * Owner     the arena of the cached statement.  Thread: immutable.
 * Source    the unnesting of arbitrary queries by Neumann and Kemper (BTW 2015). */
#ifndef CORE_PLAN_PLAN_H
#define CORE_PLAN_PLAN_H

#include <limits.h>

#include "core/query/query.h"

struct explain_options;
struct explain_times;

enum plan_kind {
	PLAN_ONE_ROW,           /* no columns, one row: SELECT without FROM */
	PLAN_EMPTY,             /* no rows */
	PLAN_SCAN, PLAN_CURRENT_OF, PLAN_VALUES, PLAN_FUNCTION, PLAN_CTE_SCAN, PLAN_WORK_TABLE, PLAN_OUTER, PLAN_COPY_SOURCE,
	PLAN_FILTER, PLAN_PROJECT, PLAN_PROJECT_SET,
	PLAN_JOIN_HASH, PLAN_JOIN_MERGE, PLAN_JOIN_LOOP, PLAN_JOIN_LOOKUP,
	PLAN_NEST, PLAN_INIT,
	PLAN_AGGREGATE, PLAN_WINDOW, PLAN_SORT, PLAN_LIMIT, PLAN_DISTINCT, PLAN_SETOP, PLAN_APPEND, PLAN_MERGE_APPEND,
	PLAN_RECURSIVE, PLAN_LOCK_ROWS, PLAN_MODIFY, PLAN_BUDGET,
};

struct plan_column { const struct type *type; int32_t typmod; oid_t collation; const char *name; };

struct plan {
	enum plan_kind kind;
	int   ncols;
	struct plan_column *cols;
	struct plan *child, *inner;     /* inner: second input of joins, the dependent plan of NEST */
	bool  dependent;                /* column 0 is the ordinal of PLAN_OUTER's batch */
	double rows, cost_start, cost;  /* estimates; rows of a dependent plan: per batch of 1,024 */
	int   id;                       /* 0..nnodes-1: where ANALYZE counts */
};

/* A prefix of an index's (or the table's) key columns, as expressions without slots: constants,
 * parameters, stable functions.  eq columns first, then optionally one range column. */
struct key_range {
	int   neq;
	struct expr **eq;
	bool *eq_is_null;               /* IS NULL: eq[i] is ignored */
	struct expr *lo, *hi;           /* on column neq; NULL: open */
	bool  lo_incl, hi_incl;
	bool  not_null;                 /* column neq IS NOT NULL */
	struct expr *in_list;           /* on column neq instead of lo/hi: an array, each element an
	                                 * equality (IN lists); results are in key order, no duplicates */
};

struct plan_scan {
	struct plan p;                  /* columns: the wanted ones, in this order */
	const struct relation *rel;
	const struct range *range;      /* name for EXPLAIN */
	const struct index *index;      /* NULL: the table's own order */
	bool  backward;
	bool  index_only;
	bool  keep_order;               /* what is above relies on the index's order */
	int   first;                    /* rows read at first, one of many scans that give a few; 0: as usual */
	struct key_range key;           /* what bounds the scan; neq 0 and no lo, hi: all */
	int16_t *attnums;               /* per column of p; negative: COL_ROW_KEY ... */
	struct expr *filter;            /* over the scan's columns; NULL: none */
	int   sample_method; struct expr *sample_percent, *sample_seed;
	const char *cursor;             /* CURRENT_OF: whose row it is; no index, no key */
};
struct plan_values { struct plan p; int nrows; struct expr ***rows; };
struct plan_function { struct plan p; int nfuncs; struct expr **funcs;  /* without slots, or over `child` when
                       * lateral: then the columns of child come first */ bool ordinality; };
struct plan_cte { const struct cte *cte; struct plan *plan; int index; };
struct plan_cte_scan { struct plan p; int cte;  /* index into plan_stmt.ctes; evaluated once, kept */ };
struct plan_work_table { struct plan p; int recursive_id; };    /* the rows of the previous round */
struct plan_outer { struct plan p; };           /* col 0 ordinal, then the nest's `pass` expressions */
struct plan_filter { struct plan p; struct expr *cond; };
struct plan_project { struct plan p; struct expr **exprs; };
/* exprs[i] with srf[i] set is a set-returning call (EXPR_FUNC, retset); they run in lockstep,
 * shorter ones padded with nulls; the others repeat. */
struct plan_project_set { struct plan p; struct expr **exprs; bool *srf; };

struct plan_join {
	struct plan p;                  /* columns: child's then inner's; SEMI and ANTI: child's only */
	enum join_type type;            /* INNER LEFT RIGHT FULL SEMI ANTI; child is the left side */
	int   nkeys;
	struct expr **left_keys, **right_keys;  /* over child's resp. inner's own slots */
	const struct func **eq;         /* HASH, MERGE: equality per key, types equal to the keys' */
	bool *null_equal;               /* IS NOT DISTINCT FROM keys */
	struct expr *filter;            /* rest of ON, over the joined row */
	bool  null_aware;               /* ANTI for NOT IN: a null anywhere makes the result unknown */
	/* MERGE: both sides are sorted by the keys, like this: */
	bool *desc, *nulls_first;
	/* LOOKUP: inner is a plan_scan whose index is probed with left_keys (a prefix of its key);
	 * its own key is not used, its filter is applied to fetched rows.  Of a partitioned table it is
	 * a plan_append of such scans, with routes.  After the keys there may be a range of the
	 * index's next column: */
	bool not_null;                  /* there is, and its rows are not null there */
	struct expr *lo, *hi;           /* over child's slots; NULL: open */
	bool lo_incl, hi_incl;
	/* LOOKUP by a disjunction: a lookup for each of its arms, not run as a plan: its inner, keys,
	 * range, and as filter what else the arm says and that no arm before it is true.  inner is a
	 * plan_append of theirs. */
	int   narms; struct plan_join **arms;
	struct expr *each;              /* of each table, first in the order of its index, only so many
	                                 * rows for a left row; without slots; NULL: all */
};

/* For each batch of child rows, run `inner` (a dependent plan) once over the batch and attach
 * one column per row, by kind; or, for LATERAL joins (kind NEST_JOIN), join the rows. */
enum nest_kind { NEST_SUBLINK, NEST_JOIN };
struct plan_nest {
	struct plan p;                  /* SUBLINK: child's columns + 1; JOIN: child's + inner's less ordinal */
	enum nest_kind kind;
	enum sublink_kind sublink;
	enum join_type join;            /* JOIN: INNER or LEFT, SEMI, ANTI */
	int   npass;
	struct expr **pass;             /* over child's slots: PLAN_OUTER's columns 1.. */
	/* ANY, ALL, ROW: test expressions over child's slots, compared with inner's columns 1.. */
	int   ntests; struct expr **tests; const struct func **ops; enum row_cmp cmp;
	struct expr *join_filter;       /* JOIN: over child's columns then inner's */
	const char *label;              /* EXPLAIN: "SubPlan 1", include path "books.reviews" */
};
/* Uncorrelated sub-queries with tests (IN, ANY, ALL, rows): run at most once per execution, on first
 * use; the value is appended to every row of child (same meaning of sublink kinds and tests as NEST;
 * inner not dependent).  Those without tests are EXPR_INIT (planner: inits.c). */
struct plan_init { struct plan p; enum sublink_kind sublink; int ntests; struct expr **tests;
                   const struct func **ops; enum row_cmp cmp; const char *label; };

struct agg_item {
	const struct func *func;
	int   nargs; struct expr **args;        /* over child's slots */
	bool  distinct;
	int   norder; struct sort_key *order;
	int   ndirect; struct expr **direct;
	struct expr *filter;
	const struct type *ret;
	bool  variadic;
};
struct plan_aggregate {
	struct plan p;                  /* group columns, then one per agg, then, if nsets, one int4: which set */
	int   ngroups; struct expr **groups;    /* over child's slots; dependent: groups[0] is slot 0 */
	int   naggs; struct agg_item *aggs;
	bool  sorted;                   /* child is sorted by groups: stream */
	bool  always;                   /* no GROUP BY (or an empty grouping set): a row for no input;
	                                 * dependent: one per ordinal of the batch */
	int   nsets; uint64_t *sets;    /* grouping sets: bit i = groups[i] is grouped; 0: plain */
};
struct window_item { const struct func *func; int nargs; struct expr **args; struct expr *filter; const struct type *ret; };
struct plan_window {
	struct plan p;                  /* child's columns, then one per item */
	const struct window *win;       /* frame */
	int   npart; struct expr **part;
	int   norder; struct sort_key *order;   /* child is sorted by part, order */
	struct expr *start_offset, *end_offset; /* over no slots */
	int   nitems; struct window_item *items;
};
struct plan_sort {
	struct plan p;
	int   nkeys; struct sort_key *keys;     /* over child's slots; dependent: keys[0] is slot 0 */
	int   presorted;                /* the first n keys are sorted already: incremental */
	struct expr *top;               /* keep only this many (limit + offset); dependent: per ordinal; NULL: all */
};
struct plan_limit { struct plan p; struct expr *limit, *offset; bool per_row;  /* they are over the child's columns */
                    bool with_ties; int nties; struct sort_key *ties; };
struct plan_distinct { struct plan p; int nkeys; int *keys;  /* columns; DISTINCT ON and sorted: first of each run */ bool sorted; };
/* UNION ALL is APPEND; the others compare whole rows (dependent: with the ordinal). */
struct plan_setop { struct plan p; enum set_op op; bool all; };
/* Partitions that a key known when the plan starts cannot be in: those of `rel` have the children
 * first[i] .. first[i + 1] - 1. */
struct plan_prune { const struct relation *rel; struct key_range key; int *first; };
/* Of a lookup join into a partitioned table: the parts of `rel` that a row's keys can be in, by the
 * keys that its partition key begins with.  A part that is partitioned itself has another route. */
struct plan_probe_route { const struct relation *rel; int nkeys, *keys;  /* into the join's keys */
                          bool ranged;  /* the key's next column is the one that has the join's range */
                          int *first, *below;  /* per part: its children as in plan_prune; its route, -1: none */ };
struct plan_append { struct plan p; int nchildren; struct plan **children;
                     bool backward;  /* the last child first */
                     int nkeys; struct sort_key *keys;  /* MERGE_APPEND: the children are sorted by them */
                     int nprunes; struct plan_prune **prunes;
                     int nroutes; struct plan_probe_route **routes; };
/* child: the first rows; inner: one round over PLAN_WORK_TABLE.  distinct: UNION. */
struct plan_recursive { struct plan p; int recursive_id; bool distinct; };
struct lock_item { const struct relation *rel; const struct range *range; int key_slot; enum lock_strength strength; enum lock_wait wait;
                   int nslots; int *slots; int16_t *attnums;  /* child columns to refresh from the locked row */
                   int version_slot;  /* COL_VERSION, when it is given; 0: the executor reads it itself */
                   int table_slot;  /* COL_TABLEOID of a partitioned table's row; -1: it is rel's */ };
struct plan_lock_rows {
	struct plan p;
	int   nitems; struct lock_item *items;
	struct expr *recheck;           /* of a row that has changed: filter to evaluate again; NULL: none */
	bool  whole;                    /* instead: run the child again for that row (exec/again.h) */
};

/* What is done to a row: the statement's own action, or one of MERGE's. */
struct plan_action {
	enum query_kind op;             /* INSERT, UPDATE, DELETE; SELECT: nothing */
	bool  matched;                  /* MERGE: for rows that the target has */
	struct expr *when;              /* MERGE: over child's slots; NULL: always */
	/* UPDATE: the SET list.  INSERT of MERGE: every column, attnum i+1 at i (dropped and
	 * generated: null).  Over child's slots. */
	int   nsets; int16_t *set_attnums; struct expr **sets;
	bool  moves;                    /* they include a column of a partition key */
};

/* A table whose rows are written: the target or, where that is partitioned, a partition. */
struct plan_leaf {
	const struct relation *rel;
	const int16_t *map;             /* the target's columns here: by attnum - 1; NULL: the same */
	/* Over the new full row as slots 0..ncols-1 (attnum - 1): */
	struct expr **generated;        /* per attnum - 1 or NULL */
	int   nchecks; const struct constraint **check_cons; struct expr **checks;
	struct expr ***index_exprs;     /* [rel->indexes order][column] or NULL */
	struct expr **index_where;      /* [index] or NULL */
	int   nwrite_checks; struct expr **write_checks; const char **write_check_names;
	/* ON CONFLICT: expressions over existing row (0..ncols-1) then excluded row (ncols..2*ncols-1) */
	int   narbiters; const struct index **arbiters;  /* -1: any unique index */
	int   nconflict_sets; int16_t *conflict_attnums; struct expr **conflict_sets;
	struct expr *conflict_where;    /* ... unless p.inner of the Modify says what is set */
};

/* Which leaf takes a row: from the topmost partitioned table down. */
enum { ROUTE_OUTSIDE = INT_MIN };       /* a partition that the target has no part in */
struct plan_route_node {
	const struct relation *rel;
	bool  below;                    /* it is the target, or below it */
	struct expr **key;              /* over the target's row: slots attnum - 1 */
	int  *parts;                    /* per part of rel: its leaf; -1 - n: node n; ROUTE_OUTSIDE */
};
struct plan_route { int nnodes; struct plan_route_node **nodes; int nleaves; const struct relation **leaves; };

struct plan_modify {
	/* RETURNING's columns; none: one row of nothing is counted only.  inner: ON CONFLICT DO UPDATE
	 * that takes sub-queries: over an ordinal and, in the target's columns, the row in the way and
	 * the excluded one; gives what is set, or no row; else NULL. */
	struct plan p;
	enum query_kind op;             /* INSERT, UPDATE, DELETE, MERGE */
	const struct relation *rel;
	const struct range *range;
	/* INSERT: child gives the full row, column i = attnum i+1 (dropped and generated: null).
	 * The others: child gives columns as in `attnums` (full old row, COL_ROW_KEY), then
	 * whatever the expressions below need; all these expressions are over child's slots.
	 * MERGE: no key, no row: not matched. */
	int   key_slot;                 /* COL_ROW_KEY */
	int   row_slot;                 /* first column of the full old row (attnum 1) */
	int   version_slot;             /* COL_VERSION, when it is given; 0: the executor reads it itself */
	int   nactions; struct plan_action *actions;    /* one; MERGE: in order */
	struct expr *recheck;           /* WHERE (MERGE: ON) again, after the row was found changed; NULL: none */
	bool  whole;                    /* instead: run the child again for that row (exec/again.h) */
	const struct query *query;      /* what leaves are made of when they are met (plan_leaf) */
	const struct plan_leaf *leaf;   /* of a target that is not partitioned; else NULL */
	const struct plan_route *route; /* of partitioned tables and partitions; else NULL */
	int   table_slot;               /* COL_TABLEOID of a partitioned target's row; else -1 */
	const struct on_conflict *conflict;
	bool  conflict_moves;           /* DO UPDATE sets a column of a partition key */
	/* RETURNING: over new full row (old for DELETE) as slots 0..ncols-1, then with
	 * returning_system its ctid, tableoid and xmax, then child's columns. */
	struct expr **returning;        /* p.ncols of them */
	bool  returning_system;
	bool  has_returning;
};
struct plan_budget { struct plan p; const struct fetch_budget *budget; };

/* A sub-query that refers to nothing outside of it: EXPR_INIT, known when it is first asked for. */
struct plan_once { struct plan *plan; enum sublink_kind kind; const struct type *type; };

/* One planned statement. */
/* A table of a cursor: where its rows' keys (COL_ROW_KEY, then COL_TABLEOID) go along. */
struct plan_position { const struct relation *rel; int key_slot; };

struct plan_stmt {
	struct plan *root;
	int   nnodes;                   /* plan.id < nnodes */
	int   nctes; struct plan_cte *ctes;
	int   ninits; struct plan_once *inits;  /* EXPR_INIT's number */
	int   nvisible;                 /* result columns: the first n of root (0 for writes without RETURNING) */
	struct target **targets;        /* their names and origins */
	enum query_kind op;
	bool  writes;
	int   npositions; struct plan_position *positions;      /* of a cursor (position.c) */
	bool  marked;                   /* ... with row locks: the positions are of what they name */
	uint64_t catalog_version;
};

/* Kinds of plans that are avoided where there is another: the settings enable_... */
enum plan_kinds_off {
	OFF_SEQSCAN = 1, OFF_INDEXSCAN = 2, OFF_INDEXONLYSCAN = 4, OFF_BITMAPSCAN = 8, OFF_HASHJOIN = 16,
	OFF_NESTLOOP = 32, OFF_HASHAGG = 64, OFF_SORT = 128, OFF_MERGEJOIN = 256,
};

struct plan_env {
	struct arena *arena;            /* the plan's */
	const struct catalog *catalog;
	struct exec_env *exec;          /* folding of stable and immutable calls with constants; settings */
	/* Rules for tables that referential actions write; NULL where the query carries its own. */
	const struct planner_hooks *hooks;
	unsigned off;                   /* enum plan_kinds_off */
	/* A plan for these values of the parameters alone; NULL: for any. */
	int nknown;
	const union datum *known;
	const bool *known_nulls;
	const struct type *const *known_types;
};
struct planner_hooks {
	void *self;
	int (*table_rules)(void *self, struct arena *a, const struct relation *rel, struct table_rules **ret, struct err *e);
};

int plan_query(struct plan_env *env, struct query *q, struct plan_stmt **ret, struct err *e) MUST_CHECK;

/* What writing to this leaf of a partitioned target needs: made when it is met, on `a`. */
int plan_leaf(const struct plan_env *env, struct arena *a, const struct plan_modify *m,
              const struct relation *rel, const struct plan_leaf **ret, struct err *e) MUST_CHECK;

/* Referential action on `child`: rows whose foreign key equals the old key (PLAN_OUTER columns
 * 1..n) are deleted, or get the new key (columns n+1..2n), nulls or defaults. */
int plan_fk_action(struct plan_env *env, const struct relation *child, const struct constraint *con,
                   bool on_delete, struct plan_stmt **ret, struct err *e) MUST_CHECK;

/* One line per node, as EXPLAIN prints; counts from the executor when analyze (indexed by id). */
struct plan_counts { uint64_t loops, rows, probes; double ms_start, ms_total; uint64_t bytes_peak, spilled; };
void plan_explain(const struct plan_stmt *s, const struct explain_options *o, const struct plan_counts *counts,
                  const struct explain_times *times /* or NULL */, struct strbuf *to);

/* PLAN_* struct access: asserts the kind in debug builds. */
#define PLAN_AS(type, p) ((struct type *) (p))

#endif
