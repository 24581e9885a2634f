/* func.h - functions, operators, casts and aggregates: the tables, and how a call is made.
 *
 * funcs.def, operators.def, casts.def and aggs.def list what exists under PostgreSQL's names,
 * oids and signatures; pg_proc, pg_operator, pg_cast, pg_aggregate and the manual are made from
 * the same tables.  Translation resolves names to these records; the executor calls them.
 *
 * Thread    tables are constant; a struct fcall belongs to one call site of one running query.
 * Failure   a call returns ERR_OK or an err_code with *e filled.
 * Source    PostgreSQL 15's pg_proc, pg_operator, pg_cast, pg_aggregate. */
#ifndef CORE_FUNC_FUNC_H
#define CORE_FUNC_FUNC_H

#include "core/type/type.h"

enum { FUNC_ARGS_MAX = 100 };   /* as PostgreSQL's FUNC_MAX_ARGS */

struct catalog;
struct planner_hooks;
struct session_api;
struct write_unit;

/* Where a statement runs: shared by all its calls.  Filled by the session, read by functions. */
struct exec_env {
	struct type_env   type;         /* arena of the current batch; settings; name resolver */
	struct arena     *stmt_arena;   /* lives as long as the statement's execution */
	int64_t           now;          /* transaction_timestamp(), microseconds since 2000-01-01 */
	int64_t           stmt_now;     /* statement_timestamp() */
	const struct catalog *catalog;
	struct txn       *txn;
	const struct session_api *session;      /* session_api.h: current_user, settings, nextval ... */
	const int        *cancel;       /* set (atomically) when the statement must stop */
	size_t            work_mem;     /* bytes */
	/* For functions that run queries themselves (graph_query ...): */
	struct write_unit *unit;        /* NULL: read-only */
	const struct planner_hooks *planner;    /* plan.h */
};

/* One call site. */
struct fcall {
	const struct func *func;
	struct exec_env   *env;
	int                nargs;
	const struct type *const *arg_types;    /* actual types (polymorphic functions look) */
	const struct type *ret_type;
	oid_t              collation;
	bool               variadic;    /* VARIADIC "any" called with one VARIADIC array; for other
	                                 * variadic types the binder has made the array itself */
	void              *memo;        /* the function's own, on stmt_arena: compiled regex ... */
};

/* A value function: all arguments, their null flags (strict functions never see a null, and for
 * them `nulls` may be NULL).  The caller has set *ret_null to false. */
typedef int func_impl(struct fcall *c, const union datum *args, const bool *nulls,
                      union datum *ret, bool *ret_null, struct err *e);

/* The same over a batch: rows sel[0..n) (sel NULL: rows 0..n).  Results go to ret->v[row].
 * For strict functions the caller has computed ret->null; rows that are null may be computed
 * with any result but must not fail. */
typedef int func_vec_impl(struct fcall *c, const struct vec *args, const uint16_t *sel, int n,
                          struct vec *ret, struct err *e);

/* A set-returning function pushes rows; columns per its return type (1 unless it has OUT args).
 * push() copies what it keeps: the values may be overwritten by the next row. */
struct row_sink {
	int (*push)(struct row_sink *s, const union datum *values, const bool *nulls, struct err *e);
	int ncols;
};
typedef int func_srf_impl(struct fcall *c, const union datum *args, const bool *nulls,
                          struct row_sink *to, struct err *e);

/* Resolves the return type where the signature does not say (polymorphic beyond the usual rules). */
enum func_kind { FUNC_NORMAL = 'f', FUNC_AGGREGATE = 'a', FUNC_WINDOW = 'w', FUNC_PROCEDURE = 'p' };

struct func_out {                       /* OUT columns of a set-returning function */
	const char *name;
	oid_t type;
};

struct func {
	oid_t oid;
	const char *name;
	char  kind;                     /* enum func_kind */
	bool  strict;
	bool  retset;
	char  volatility;               /* 'i', 's', 'v' */
	oid_t variadic;                 /* element type of a VARIADIC last argument; 0: none */
	oid_t ret;
	int16_t nargs, ndefaults;
	const oid_t *args;
	const char *const *arg_names;   /* NULL: unnamed */
	const char *const *defaults;    /* SQL text of the last ndefaults arguments */
	int   nouts;
	const struct func_out *outs;
	func_impl     *impl;
	func_vec_impl *vec;             /* NULL: the executor loops over impl */
	func_srf_impl *srf;
	const struct agg *agg;          /* kind 'a' */
	const struct window_func *window; /* kind 'w' (and aggregates over windows through agg) */
	const char *comment;            /* one line, for the manual and obj_description */
};

struct operator {
	oid_t oid;
	const char *name;
	oid_t left, right;              /* left 0: prefix operator */
	oid_t ret;
	oid_t func;                     /* -> struct func */
	oid_t commutator, negator;      /* 0: none */
	char  restrict_class;           /* '=', '<' (any scalar order), 'l' like, '~' regex, '!' , 0: for selectivity */
};

struct cast {
	oid_t source, target;
	oid_t func;                     /* 0: binary-coercible or I/O, as `method` says */
	char  context;                  /* 'i' implicit, 'a' assignment, 'e' explicit */
	char  method;                   /* 'f' function, 'b' binary, 'i' inout */
};

/* Aggregates work on a state of fixed size that lives on the group's arena. */
struct agg_call {
	struct fcall  fcall;            /* arg types, env */
	struct arena *arena;            /* of the groups: survives batches */
	bool          distinct, ordered;/* done by the executor before step is called */
	/* Ordered sets (WITHIN GROUP): fcall.arg_types has the direct arguments first, then the
	 * aggregated ones.  step() gets the aggregated ones alone, in the order asked for; the
	 * direct ones, evaluated once per group, are here when final() is called. */
	int           ndirect;
	const union datum *direct;
	const bool   *direct_nulls;
	const bool   *order_desc, *order_nulls_first;   /* per aggregated argument */
};
struct agg {
	size_t state_size;              /* zeroed before the first step */
	bool   skip_nulls;              /* rows with a null argument are not stepped */
	int  (*step)(struct agg_call *c, void *state, const union datum *args, const bool *nulls, struct err *e);
	/* Steps all n rows of a batch into one state (no GROUP BY, or a run of one group); NULL: loop. */
	int  (*step_vec)(struct agg_call *c, void *state, const struct vec *args, const uint16_t *sel, int n, struct err *e);
	int  (*combine)(struct agg_call *c, void *into, const void *from, struct err *e);   /* NULL: cannot */
	int  (*final)(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e);
	/* Moving frames: undo a step; NULL: the window operator recomputes. */
	int  (*unstep)(struct agg_call *c, void *state, const union datum *args, const bool *nulls, struct err *e);
	bool ordered_set;               /* WITHIN GROUP: direct arguments come first at final */
};

/* Lookup: all of one name (overloads), in the order of the table. */
int  func_candidates(const char *name, const struct func *const **ret);
const struct func *func_by_oid(oid_t oid);
int  func_count(void);
const struct func *func_at(int i);

int  operator_candidates(const char *name, const struct operator *const **ret);
const struct operator *operator_by_oid(oid_t oid);
const struct operator *operator_exact(const char *name, oid_t left, oid_t right);
int  operator_count(void);
const struct operator *operator_at(int i);

const struct cast *cast_find(oid_t source, oid_t target);
int  cast_count(void);
const struct cast *cast_at(int i);

/* Functions of higher layers (core/syscat, core/graph ...) join the lookups: called at start,
 * before any other thread runs; the table stays. */
void func_register(const struct func *table, int n);

/* One scalar call, checking strictness: constant folding, defaults, checks. */
int  func_call(struct fcall *c, const union datum *args, const bool *nulls,
               union datum *ret, bool *ret_null, struct err *e) MUST_CHECK;

#endif
