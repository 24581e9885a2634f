/* expr.h - bound expressions: every name resolved, every type known, every cast explicit.
 *
 * Both front ends (SQL text, graph JSON) build these; the planner rewrites them; the executor
 * compiles them.  An expression is a node with a kind and the fields that the kind uses.
 *
 * Owner     the statement's arena.  Nodes may be shared; passes that change copy first
 *           (expr_map in walk.h).
 * Thread    immutable after planning: cached plans share them between sessions.
 * Positions are 1-based characters in the statement's text, 0 when made by the system. */
#ifndef CORE_QUERY_EXPR_H
#define CORE_QUERY_EXPR_H

#include "core/base/list.h"
#include "core/func/func.h"
#include "core/type/type.h"

struct range;
struct query;
struct window;

enum expr_kind {
	EXPR_CONST,             /* value, is_null */
	EXPR_PARAM,             /* number: $1 is 1 */
	EXPR_VAR,               /* range, col */
	EXPR_SLOT,              /* slot: column of the operator's input row (after planning only) */
	EXPR_FUNC,              /* func, args; op when written as an operator; also casts by function */
	EXPR_AND, EXPR_OR, EXPR_NOT,                    /* args */
	EXPR_IS_NULL, EXPR_IS_NOT_NULL,                 /* args[0]; rows: all fields (SQL's rule) */
	EXPR_IS_TRUE, EXPR_IS_NOT_TRUE, EXPR_IS_FALSE, EXPR_IS_NOT_FALSE,
	EXPR_IS_UNKNOWN, EXPR_IS_NOT_UNKNOWN,
	EXPR_DISTINCT, EXPR_NOT_DISTINCT,               /* func: the equality, args: two */
	EXPR_NULLIF,            /* func: the equality, args: two */
	EXPR_CASE,              /* args: when, then, when, then, ..., else (odd count: has else).  CASE x
	                         * WHEN y: bound with EXPR_CASE_VALUE in the whens and x in `test` */
	EXPR_CASE_VALUE,        /* the value of the nearest enclosing CASE's `test` */
	EXPR_COALESCE, EXPR_GREATEST, EXPR_LEAST,       /* args */
	EXPR_ARRAY,             /* args: elements (or sub-arrays when their type is the result type) */
	EXPR_ROW,               /* args: fields; type record or a named composite */
	EXPR_ROW_COMPARE,       /* cmp, ops (one per column), args: left fields then right fields */
	EXPR_ANY, EXPR_ALL,     /* func: boolean operator; args[0] op ANY (args[1] array); IN lists too */
	EXPR_RELABEL,           /* args[0] seen as `type`: binary-coercible, no run-time work */
	EXPR_CAST_IO,           /* args[0] through its text form: out, then in */
	EXPR_CAST_ARRAY,        /* args[0] array, element by element: func or io of `elem_cast` over EXPR_CASE_VALUE */
	EXPR_TYPMOD,            /* args[0] made to fit `typmod` (explicit_cast says how strictly) */
	EXPR_DOMAIN_CHECK,      /* args[0] checked against the domain `type`; checks over EXPR_CASE_VALUE in `checks` */
	EXPR_SUBSCRIPT,         /* args[0][subs...]; slice when is_slice: lower, upper pairs (NULL: omitted).
	                         * With args[1]: the whole array with that put there */
	EXPR_FIELD,             /* (args[0]).field number `col` */
	EXPR_SQL_VALUE,         /* sqlvalue: CURRENT_DATE ... */
	EXPR_AGG,               /* func, args, order, distinct, filter, direct */
	EXPR_GROUPING,          /* GROUPING(args): args are grouping expressions */
	EXPR_WINDOW,            /* func, args, filter, window */
	EXPR_SUBLINK,           /* sub: see struct sublink */
	EXPR_INIT,              /* number: value of the plan's init plan (after planning only) */
	EXPR_JSON_OBJECT,       /* names[i]: args[i] -> jsonb text in this key order */
	EXPR_SET_DEFAULT,       /* DEFAULT in VALUES or SET, replaced by the binder before planning */
	EXPR_NEXTVAL,           /* sequence oid in `col` (identity and serial defaults) */
};

enum sql_value { SQLV_CURRENT_DATE, SQLV_CURRENT_TIME, SQLV_CURRENT_TIMESTAMP, SQLV_LOCALTIME,
                 SQLV_LOCALTIMESTAMP, SQLV_CURRENT_USER, SQLV_SESSION_USER, SQLV_CURRENT_CATALOG,
                 SQLV_CURRENT_SCHEMA, SQLV_USER, SQLV_CURRENT_ROLE };

enum row_cmp { ROWCMP_EQ, ROWCMP_NE, ROWCMP_LT, ROWCMP_LE, ROWCMP_GT, ROWCMP_GE };

/* A query inside an expression. */
enum sublink_kind {
	SUBLINK_SCALAR,         /* (SELECT x): null when empty, 21000 when more than one row */
	SUBLINK_EXISTS,
	SUBLINK_ANY,            /* test op ANY (SELECT ...): IN is = ANY */
	SUBLINK_ALL,
	SUBLINK_ARRAY,          /* ARRAY(SELECT x) */
	SUBLINK_ROW,            /* (a, b) = (SELECT x, y): test, ops */
	SUBLINK_MULTI,          /* SET (a, b) = (SELECT x, y): the row as a record, fields by EXPR_FIELD */
	SUBLINK_JSON_ARRAY,     /* graph to-many: jsonb array of the single column, [] when empty */
	SUBLINK_JSON_OBJECT,    /* graph to-one: the single jsonb value, null when empty */
};

struct sublink {
	enum sublink_kind kind;
	struct query *query;            /* its vars may name ranges of enclosing queries */
	struct list   test;             /* struct expr: left side of ANY, ALL, ROW */
	const struct func **ops;        /* per test column: the boolean operator's function */
	enum row_cmp  cmp;              /* how several columns combine */
};

struct sort_key {
	struct expr *expr;
	bool desc, nulls_first;
};

struct expr {
	enum expr_kind kind;
	const struct type *type;
	int32_t typmod;                 /* -1: none */
	oid_t   collation;
	int     position;
	char    cast_form;              /* 0: no cast; 'i': implicit, not shown by deparse; 'e': explicit */
	int     nargs;
	struct expr **args;
	union {
		struct { union datum value; bool is_null; };                    /* CONST */
		struct { int number; };                                         /* PARAM, INIT */
		struct { struct range *range; int col; };                       /* VAR (col also FIELD, NEXTVAL) */
		int slot;                                                       /* SLOT */
		enum sql_value sqlvalue;
		struct sublink *sub;                                            /* SUBLINK */
		const char **names;                                             /* JSON_OBJECT, ROW (may be NULL) */
		struct { const struct func **ops; enum row_cmp cmp; };          /* ROW_COMPARE */
		struct expr *test;                                              /* CASE: x of CASE x WHEN */
		struct { struct expr **subs; int nsubs; bool is_slice; };       /* SUBSCRIPT */
		struct { struct expr *elem_cast; };                             /* CAST_ARRAY */
		struct { bool explicit_cast; };                                 /* TYPMOD */
		struct { int collate_position; };                               /* RELABEL by COLLATE */
		struct { struct list checks; };                                 /* DOMAIN_CHECK: struct domain_check */
		struct {                                /* FUNC, DISTINCT, NULLIF, ANY, ALL, AGG, WINDOW */
			const struct func *func;
			const struct operator *op;      /* as written; NULL: function notation or cast */
			bool variadic;
			bool agg_distinct;
			bool agg_star;                  /* count(*) */
			struct list agg_order;          /* struct sort_key */
			struct list agg_direct;         /* struct expr: direct arguments of ordered sets */
			struct expr *filter;
			const struct window *window;
		};
	};
};

struct domain_check { const char *name; struct expr *expr; };

/* Makers (expr.c); all on the arena given. */
struct expr *expr_const(struct arena *a, const struct type *t, union datum v);
struct expr *expr_null(struct arena *a, const struct type *t);
struct expr *expr_bool(struct arena *a, bool v);
struct expr *expr_var(struct arena *a, struct range *r, int col);
struct expr *expr_func(struct arena *a, const struct func *f, const struct type *ret, int nargs, struct expr **args);
struct expr *expr_op(struct arena *a, const struct operator *op, struct expr *l, struct expr *r);
struct expr *expr_and(struct arena *a, struct expr *l, struct expr *r);    /* either may be NULL */
struct expr *expr_slot(struct arena *a, int slot, const struct type *t, int32_t typmod);
struct expr *expr_new(struct arena *a, enum expr_kind kind, const struct type *t, int nargs);

/* Collations by PostgreSQL's oids: what a value of the type has unless told otherwise. */
enum { COLLATION_DEFAULT = 100, COLLATION_C = 950, COLLATION_POSIX = 951 };
oid_t type_default_collation(const struct type *t);

#endif
