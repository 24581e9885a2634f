/* query.h - the bound tree of one statement that reads or writes rows.
 *
 * The one meeting point of the front ends: SQL and graph JSON are both bound to this, security
 * edits it, the planner reads it.  A `range` is anything with columns in FROM; a variable names
 * its range by pointer, so no level counting: a range that is not in the query's own list
 * belongs to an enclosing query, and the variable is a correlation.
 *
 * Owner     the statement's arena.  Thread: one, until planned. */
#ifndef CORE_QUERY_QUERY_H
#define CORE_QUERY_QUERY_H

#include "core/catalog/catalog.h"
#include "core/query/expr.h"

/* -- Ranges ------------------------------------------------------------------------- */
enum range_kind { RANGE_TABLE, RANGE_SUBQUERY, RANGE_FUNCTION, RANGE_VALUES, RANGE_CTE, RANGE_JOIN,
                  RANGE_EXCLUDED,       /* ON CONFLICT's "excluded" row: columns of the target */
                  RANGE_COPY,           /* rows from a COPY stream: columns of the COPY's list */
                  RANGE_GROUP };        /* a group's row as sub-queries see it: query->grouped */

struct range_column {
	const char *name;
	const struct type *type;
	int32_t typmod;
	oid_t   collation;
};

struct range {
	enum range_kind kind;
	const char *alias;              /* as seen in the statement; the relation's name by default */
	struct query *query;            /* the query whose FROM it is in */
	int   ncols;
	struct range_column *cols;      /* var col is 1-based into these; 0: whole row */
	bool  lateral;                  /* may refer to ranges on its left */
	bool  only;                     /* TABLE: without the partitions that hold its rows */
	const char *current_of;         /* TABLE, a write's target: the row that this cursor is on; NULL: any */
	const struct range *whole;      /* made by the planner: of the partitioned table it is a part of */
	int   position;

	const struct relation *rel;     /* TABLE (tables, matviews, sequences, system relations).  cols
	                                 * follow attnums: dropped columns stay with name NULL */
	const struct relation *view;    /* a write's target: the view it was named by, whose privileges
	                                 * count; NULL: the table itself */
	struct query *sub;              /* SUBQUERY, and views after expansion */
	struct cte *cte;                /* CTE */
	struct list rows;               /* VALUES: struct list of struct expr */
	struct list funcs;              /* FUNCTION: struct expr (ROWS FROM has several); GROUP: what
	                                 * each column is, an aggregate or one of group_by */
	bool  ordinality;               /* last column is the row number */
	const struct fetch_budget *budget;      /* graph: counted rows; NULL: none */
	int   sample_method;            /* 0 none, 1 bernoulli, 2 system */
	struct expr *sample_percent, *sample_seed;
};

/* System columns of a table range: negative var columns. */
enum { COL_ROW_KEY = -1,        /* the row's storage key as bytea; not visible by name */
       COL_CTID = -2, COL_XMIN = -3, COL_TABLEOID = -4,
       COL_VERSION = -5,        /* _version: change number of the last writer, int8 */
       COL_XMAX = -6 };         /* 0, but for a row that ON CONFLICT DO UPDATE returns */

/* -- FROM ----------------------------------------------------------------------------- */
enum join_type { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_SEMI, JOIN_ANTI };

struct from {
	bool is_join;
	struct range *range;            /* leaf */
	enum join_type type;            /* join; CROSS is INNER without `on` */
	struct from *left, *right;
	struct expr *on;
	int   nusing;                   /* JOIN ... USING: the first columns of join_range are merged ones */
	struct range *join_range;       /* alias of the join itself (JOIN ... AS j, USING's merged columns):
	                                 * kind JOIN, join_exprs gives each column; NULL: none */
	struct expr **join_exprs;
};

/* -- Statement ------------------------------------------------------------------------- */
enum query_kind { QUERY_SELECT, QUERY_INSERT, QUERY_UPDATE, QUERY_DELETE, QUERY_MERGE };

struct target {
	struct expr *expr;
	const char  *name;              /* result column name */
	bool  hidden;                   /* only for ORDER BY, GROUP BY ... */
	oid_t origin_table;             /* RowDescription: table oid and attnum, 0 when not a plain column */
	int16_t origin_col;
};

enum set_op { SETOP_NONE, SETOP_UNION, SETOP_INTERSECT, SETOP_EXCEPT };

enum frame_mode { FRAME_RANGE, FRAME_ROWS, FRAME_GROUPS };
enum frame_bound { BOUND_UNBOUNDED_PRECEDING, BOUND_PRECEDING, BOUND_CURRENT, BOUND_FOLLOWING, BOUND_UNBOUNDED_FOLLOWING };
enum frame_exclude { EXCLUDE_NONE, EXCLUDE_CURRENT, EXCLUDE_GROUP, EXCLUDE_TIES };

struct window {
	const char *name;
	struct list partition;          /* struct expr */
	struct list order;              /* struct sort_key */
	enum frame_mode mode;
	enum frame_bound start, end;
	struct expr *start_offset, *end_offset;
	enum frame_exclude exclude;
	/* RANGE offset: value +/- offset compared with; found by the binder. */
	const struct func *range_add, *range_sub;
};

struct cte {
	const char *name;
	struct query *query;            /* recursive: a SETOP_UNION whose right side reads this cte */
	bool  recursive;
	char  materialized;             /* 0 default, 'm', 'n' */
	int   refs;                     /* how many ranges read it */
	int   hidden;                   /* last columns that * leaves out, while it is being bound */
	int   ncols;
	struct range_column *cols;
};

enum lock_strength { LOCK_FOR_KEY_SHARE, LOCK_FOR_SHARE, LOCK_FOR_NO_KEY_UPDATE, LOCK_FOR_UPDATE };
enum lock_wait { LOCK_WAIT_BLOCK, LOCK_WAIT_NOWAIT, LOCK_WAIT_SKIP };
struct row_mark { struct range *range; enum lock_strength strength; enum lock_wait wait; };

/* What holds for every row written to a table; bound from the catalog's texts by translate.
 * Expressions see the new row through `row`. */
struct table_rules {
	const struct relation *rel;
	struct range *row;              /* a TABLE range over rel that stands for the row being written */
	struct expr **defaults;         /* per attnum - 1: NULL or the default (a typed null when none) */
	struct expr **generated;        /* per attnum - 1: NULL or the generation expression */
	struct list   checks;           /* struct check_rule */
	/* Per index (rel->indexes order): expressions of its expression columns (others NULL), predicate. */
	struct expr ***index_exprs;     /* [index][column] */
	struct expr  **index_where;     /* [index] */
	struct expr  **partition_key;   /* of a partitioned table, per column of its key; else NULL */
};
struct check_rule { const struct constraint *con; struct expr *expr; };

struct assignment {                     /* UPDATE SET, INSERT target, ON CONFLICT DO UPDATE SET */
	int16_t attnum;
	struct expr *expr;
	bool    is_default;             /* the statement did not name the column */
};

struct on_conflict {
	bool  update;                   /* false: DO NOTHING */
	const struct index *arbiter;    /* NULL: any unique violation (DO NOTHING only) */
	struct list narbiters;          /* all indexes that match the inference (struct index) */
	struct range *excluded;
	struct list sets;               /* struct assignment */
	struct expr *where;
};

enum merge_do { MERGE_NOTHING, MERGE_INSERT, MERGE_UPDATE, MERGE_DELETE };
struct merge_action {
	bool  matched;
	struct expr *when;              /* AND condition; NULL: always */
	enum merge_do what;
	struct list sets;               /* struct assignment: as query.assignments of its kind */
};

struct query {
	enum query_kind kind;
	struct query *parent;           /* enclosing query; NULL: the statement itself */
	struct list ctes;               /* struct cte */
	struct list ranges;             /* struct range: all of this level */
	struct list from;               /* struct from: items, cross joined */
	struct expr *where;
	struct list targets;            /* struct target; of RETURNING for writes */

	bool  has_aggs, has_windows, has_srfs, has_sublinks;
	struct list group_by;           /* struct expr */
	struct list grouping_sets;      /* struct list of (intptr_t) index into group_by; empty: plain */
	struct expr *having;
	struct range *grouped;          /* what sub-queries in SELECT, HAVING ... take of a group that is
	                                 * not a plain column; not in ranges; NULL: nothing */
	struct list windows;            /* struct window */
	bool  distinct;
	struct list distinct_on;        /* struct expr */
	struct list order_by;           /* struct sort_key over this query's own expressions; for a set
	                                 * operation over vars of `setop_range` */
	struct expr *limit, *offset;    /* int8 */
	bool  with_ties;
	struct list row_marks;          /* struct row_mark */
	bool  positioned;               /* of a cursor: rows can be named by CURRENT OF */

	enum set_op setop;              /* not NONE: left, right; targets are vars of setop_range */
	bool  setop_all;
	struct query *left, *right;
	struct range *setop_range;      /* kind SUBQUERY without sub: columns of the combined result */

	/* Writes. */
	struct range *target;           /* table written (UPDATE, DELETE: also in ranges) */
	struct table_rules *rules;
	struct list assignments;        /* INSERT: attnum <- expr over the source's columns, complete: every
	                                 * live column has one (defaults filled in) except generated;
	                                 * UPDATE: the SET list incl. generated columns that change */
	struct range *source;           /* INSERT: VALUES, SUBQUERY or COPY range (also in ranges/from) */
	struct on_conflict *conflict;
	bool  returning;
	struct list write_check;        /* struct check_rule-like of views and policies: WITH CHECK OPTION */
	struct list merge_actions;      /* struct merge_action: the first that fits is taken */
	struct expr *merge_on;          /* MERGE: the join's condition once more, to judge again a row
	                                 * that changed while it was waited for */

	/* Graph requests. */
	const struct fetch_budget *budget;
};

/* Limits of a graph request; one struct is shared by all its ranges, `path` by level. */
struct fetch_limits { int64_t depth, entities, edges, time_ms; };
struct fetch_budget { const struct fetch_limits *limits; const char *path; bool root; };

/* Makers and helpers (query.c). */
struct query *query_new(struct arena *a, enum query_kind kind, struct query *parent);
struct range *range_new(struct arena *a, struct query *q, enum range_kind kind, const char *alias, int ncols);
struct range *range_table(struct arena *a, struct query *q, const struct relation *rel, const char *alias);
struct target *query_add_target(struct arena *a, struct query *q, struct expr *x, const char *name);
struct from *from_range(struct arena *a, struct range *r);
int query_visible_targets(const struct query *q);
bool from_has(const struct from *f, const struct range *r);              /* as a leaf */
void query_drop_range(struct query *q, const struct range *r);

#endif
