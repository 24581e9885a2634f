/* bind.h - what the files of the binder share.  Inside translate/ only.
 *
 * A binder binds one statement.  Functions that make an expression or a query return NULL
 * after they have stored the error in b->e; the exceptions say so.
 *
 * Owner     env->arena.  Thread: one. */
#ifndef TRANSLATE_BIND_H
#define TRANSLATE_BIND_H

#include "core/func/session_api.h"
#include "core/query/walk.h"
#include "translate/parse.h"

typedef const PgQuery__Node Node; /* libpg_query's name is the only typedef we meet all day */

/* Where in a statement an expression stands: decides what it may contain, and error texts. */
/* Most columns of a select list, and of a row. */
enum { TARGETS_MAX = 1664 };

enum place {
	PLACE_OTHER,
	PLACE_SELECT,
	PLACE_WHERE,
	PLACE_HAVING,
	PLACE_FILTER,
	PLACE_JOIN_ON,
	PLACE_JOIN_USING,
	PLACE_FROM_SUBSELECT,
	PLACE_FROM_FUNCTION,
	PLACE_GROUP_BY,
	PLACE_ORDER_BY,
	PLACE_DISTINCT_ON,
	PLACE_LIMIT,
	PLACE_OFFSET,
	PLACE_RETURNING,
	PLACE_VALUES,
	PLACE_VALUES_SINGLE,
	PLACE_INSERT_TARGET,
	PLACE_UPDATE_SOURCE,
	PLACE_WINDOW_PARTITION,
	PLACE_WINDOW_ORDER,
	PLACE_WINDOW_RANGE,
	PLACE_WINDOW_ROWS,
	PLACE_WINDOW_GROUPS,
	PLACE_CHECK,
	PLACE_DOMAIN_CHECK,
	PLACE_DEFAULT,
	PLACE_GENERATED,
	PLACE_INDEX_EXPR,
	PLACE_INDEX_WHERE,
	PLACE_PARTITION_KEY,
	PLACE_ALTER_USING,
	PLACE_EXECUTE,
	PLACE_POLICY,
	PLACE_COPY_WHERE,
	PLACE_MERGE_WHEN,
	PLACE_TABLESAMPLE,
	PLACE_CALL,
	PLACE_PARTITION_BOUND,
};
const char *place_name(enum place p); /* "WHERE", "GROUP BY" ... as PostgreSQL's messages call it */

struct write_target;

enum coerce_ctx { COERCE_IMPLICIT, COERCE_ASSIGNMENT, COERCE_EXPLICIT };

struct binder {
	struct arena *arena;
	struct bind_env *env;
	const struct catalog *catalog;
	struct err *e;
	const char *text; /* that locations count in; NULL: positions are not told */
	bool ascii;
	int last_byte, last_char; /* a known pair, near the next one asked for */
	int depth;                /* of expressions and queries, against the stack */
	struct list views;        /* struct relation: views being expanded */
	bool fixed_path; /* catalog texts: pg_catalog and public, whatever the user's path */
	bool dropping;   /* DROP: errors say "table" rather than "relation" */
	bool calling;    /* CALL: procedures, not functions */
	const struct raw_stmt *raw;
};

/* Something FROM has put in scope. */
struct nsitem {
	const char *name;    /* NULL: a join without alias */
	struct range *range; /* NULL: a join */
	int ncols;           /* join: its columns */
	const char **names;
	struct expr **exprs;
	bool rel_visible, cols_visible, lateral_only, lateral_ok;
};

struct scope {
	struct scope *outer;
	struct query *q;         /* NULL: an expression that stands alone */
	struct list items;       /* struct nsitem */
	struct list ctes;        /* struct cte */
	struct list future_ctes; /* char: names of this WITH that are not visible yet */
	enum place place;
	bool lateral_active;       /* lateral_only items may be seen */
	bool in_agg, in_window;    /* within an aggregate's or window function's arguments */
	struct expr *default_slot; /* what VALUE means in a domain's CHECK */
};

/* bind.c */
int at(struct binder *b, int location); /* byte offset (-1: none) -> position */
void *bind_fail(struct binder *b, int position, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
int bind_error(struct binder *b, int position, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void *bind_unsupported(struct binder *b, int position, const char *what, const char *hint);
bool bind_enter(struct binder *b); /* false: too deep, error stored */
static inline void
bind_leave(struct binder *b)
{
	b->depth--;
}
const char *node_str(Node *n); /* String's text, "" for others */
int node_location(Node *n);    /* of the whole expression: its leftmost, -1 unknown */
int statement_bind(struct binder *b, Node *n, struct statement **ret) MUST_CHECK;
const char *printf_str(struct binder *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* types.c */
const struct type *type_of(struct binder *b, oid_t oid);
const struct type *base_type(const struct type *t, int32_t *typmod); /* below domains */
const char *type_show(struct binder *b, const struct type *t);
const struct type *bind_type(struct binder *b, const PgQuery__TypeName *tn, int32_t *ret_typmod);
const struct type *find_type(struct binder *b,
			     const PgQuery__TypeName *tn);                /* NULL without error */
const struct type *array_over(struct binder *b, const struct type *elem); /* NULL: none */
bool type_is_row(const struct type *t);
const struct relation *row_type_relation(struct binder *b, const struct type *t);
oid_t bind_collation(struct binder *b, size_t n, PgQuery__Node *const *names, int position,
		     bool *ret_ok);
const char *collation_name(oid_t oid);

/* coerce.c */
void *param_misplaced(struct binder *b, const PgQuery__ParamRef *p);
bool param_is_zero(const struct binder *b, const PgQuery__ParamRef *p);
struct expr *bind_param(struct binder *b, int number, int position);
bool can_coerce(struct binder *b, int n, const struct type *const *from, const oid_t *to,
		enum coerce_ctx ctx);
bool can_coerce_one(struct binder *b, const struct type *from, const struct type *to,
		    enum coerce_ctx ctx);
/* NULL with b->e clear: there is no such conversion, the caller says it in its own words. */
struct expr *coerce_to(struct binder *b, struct expr *x, const struct type *t, int32_t typmod,
		       enum coerce_ctx ctx, char form, int position);
struct expr *coerce_plain(struct binder *b, struct expr *x, const struct type *t, int32_t typmod,
			  enum coerce_ctx ctx, char form,
			  int position); /* no typmod step; must be possible */
struct expr *coerce_typmod(struct binder *b, struct expr *x, int32_t typmod, enum coerce_ctx ctx,
			   char form, bool hide);
struct expr *coerce_bool(struct binder *b, struct expr *x, const char *construct);
struct expr *coerce_specific(struct binder *b, struct expr *x, oid_t type, const char *construct);
struct expr *resolve_unknown(struct binder *b, struct expr *x); /* to text */
struct expr *resolve_unknown_for_test(struct binder *b,
				      struct expr *x); /* IS NULL of a parameter, a literal */
int params_check(struct binder *b, struct query *q) MUST_CHECK; /* all known? */
struct expr *param_coerce(struct binder *b, struct expr *x, const struct type *t, int position);

/* collate.c: order by the rules of a language, through sort keys. */
bool has_language(const struct expr *x);
bool is_collation_key(const struct expr *x);
struct expr *order_key(struct binder *b, struct expr *x); /* x, or its sort key */
struct expr *ordered_value(struct expr *key);             /* what order_key() was given */
int refuse_nested_language(struct binder *b, const struct expr *x) MUST_CHECK;
/* <, <=, >, >= of such texts: the operator of bytea over both keys. */
int collate_comparison(struct binder *b, const struct operator **op, struct expr **in) MUST_CHECK;
/* refused.c: 0A000 for what PostgreSQL has and we do not; false: nothing is known of the name. */
bool refuse_type(struct binder *b, const char *name, int position);
bool refuse_function(struct binder *b, const char *name, int position);

/* common.c: the one type of CASE, UNION, VALUES, ARRAY. */
const struct type *common_type(struct binder *b, int n, struct expr **x, const char *context,
			       int *ret_which);
int32_t common_typmod(int n, struct expr **x, const struct type *t);
struct expr *coerce_common(struct binder *b, struct expr *x, const struct type *t,
			   const char *context);
bool collations_agree(struct binder *b, int n, struct expr **x);
oid_t common_collation(int n, struct expr **x);

/* hints.c */
void guess_relation(struct binder *b, const oid_t *path, int npath, const char *name);
const char *guess_function(const char *name);

/* poly.c: polymorphic signatures. */
bool type_is_poly(oid_t oid);
bool poly_consistent(struct binder *b, int n, const struct type *const *actual,
		     const oid_t *declared);
/* Replaces polymorphic oids of `declared` by actual ones; the return type, NULL with error. */
const struct type *poly_enforce(struct binder *b, int n, const struct type *const *actual,
				oid_t *declared, oid_t ret, bool allow_poly);

/* resolve.c: overloads. */
struct func_match {
	const struct func *func;    /* NULL: `cast_to` */
	const struct type *cast_to; /* f(x) meant as x::f */
	const struct type *ret;
	int nargs;       /* actual ones, defaults included */
	oid_t *declared; /* per actual argument, variadic expanded */
	int ndefaults;   /* of them taken from the end of the signature */
	/* Named notation: argument i of the signature is given as order[i]; -1: its default. */
	int *order;
	int nvariadic; /* > 0: this many last arguments make the variadic array */
};
enum { MATCH_OK, MATCH_NONE, MATCH_AMBIGUOUS };
int func_resolve(struct binder *b, const char *schema, const char *name, int nargs, const struct type *const *types,
		 int nnamed, const char *const *arg_names, bool expand_variadic, bool literal,
		 struct func_match *ret);
/* userfunc.c: functions that users wrote.  Built-in ones come first, then the search path's;
 * schema NULL: unqualified.  to: const struct func. */
void functions_named(struct binder *b, const char *schema, const char *name, struct list *to);
const struct func *function_of(struct binder *b, const struct function *def);
/* A parameter of the function whose body is being bound; NULL: no such name. */
struct expr *body_parameter(struct binder *b, const char *function, const char *name, int position);
/* What a body's last statement gives, made to fit the declared result.  NULL with error.
 * q NULL: a statement that is not a query. */
struct query *fit_result(struct binder *b, const struct bind_function *f, struct query *q);
bool fits_nothing(const struct bind_function *f); /* any last statement will do */
int select_candidate(struct binder *b, int nargs, const struct type *const *types, int n,
		     const oid_t *const *sigs, int *alive);
const struct operator* operator_find(struct binder *b, const char *name, const struct type *l,
				     const struct type *r, int *ret_fail);

/* op.c */
struct expr *make_op(struct binder *b, const char *name, struct expr *l, struct expr *r,
		     int position);
struct expr *make_any_all(struct binder *b, const char *name, bool any, struct expr *l,
			  struct expr *r, int position);
struct expr *bind_a_expr(struct binder *b, struct scope *s, const PgQuery__AExpr *x);
struct expr *make_row_compare(struct binder *b, const char *name, int n, struct expr **l,
			      struct expr **r, int position);
int row_compare_ops(struct binder *b, const char *name, int n, struct expr **l, struct expr **r,
		    const struct func **ops, enum row_cmp *ret_cmp, int position) MUST_CHECK;
const char *op_name(size_t n, PgQuery__Node *const *names);

/* call.c, window.c */
struct expr *bind_func_call(struct binder *b, struct scope *s, const PgQuery__FuncCall *f);
struct expr *make_call(struct binder *b, const char *name, int nargs, struct expr **args,
		       int position);

/* agg.c: aggregates and window functions. */
enum call_kind { CALL_PLAIN, CALL_AGGREGATE, CALL_WINDOW };
struct agg_parts {
	const PgQuery__FuncCall *f;
	const char *shown;
	int position;
	int ndirect;       /* arguments before WITHIN GROUP's */
	struct list order; /* struct sort_key */
	struct expr *filter;
};
enum call_kind call_kind_of(const char *name, const PgQuery__FuncCall *f);
bool read_agg_parts(struct binder *b, struct scope *s, const PgQuery__FuncCall *f,
		    struct list *order, struct expr **filter, int ndirect, struct expr **args);
bool agg_check_form(struct binder *b, const struct func *f, const struct agg_parts *p, int nargs);
bool unify_hypothetical(struct binder *b, const struct func *f, int nargs, struct expr **args,
			const struct agg_parts *p);
struct expr *make_agg(struct binder *b, struct scope *s, const struct func *f,
		      const struct type *ret, int nargs, struct expr **args, bool variadic,
		      const struct agg_parts *p);
struct expr *group_column(struct binder *b, struct query *q, struct expr *x);
const struct window *bind_window(struct binder *b, struct scope *s, const PgQuery__WindowDef *w);
int bind_window_clause(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st) MUST_CHECK;

/* bind_expr.c */
struct expr *bind_expr(struct binder *b, struct scope *s, Node *n);
struct expr *bind_expr_at(struct binder *b, struct scope *s, Node *n, enum place p);
struct expr *bind_where(struct binder *b, struct scope *s, Node *n, enum place p,
			const char *construct);
int bind_exprs(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *nodes,
	       struct list *ret) MUST_CHECK;
struct expr *bind_type_cast(struct binder *b, struct scope *s, const PgQuery__TypeCast *c);
struct expr *bind_const(struct binder *b, const PgQuery__AConst *c);

/* misc_expr.c: CASE, COALESCE, ARRAY, ROW, subscripts ... */
struct expr *bind_misc(struct binder *b, struct scope *s, Node *n);
struct expr *bind_array(struct binder *b, struct scope *s, const PgQuery__AArrayExpr *x,
			const struct type *array, int32_t typmod);
struct expr *bind_subscripts(struct binder *b, struct scope *s, struct expr *x, size_t n,
			     PgQuery__Node *const *ind, int position);
struct expr *field_of(struct binder *b, struct expr *x, const char *name, int position,
		      bool missing_ok);

/* sublink.c */
struct expr *bind_sublink(struct binder *b, struct scope *s, const PgQuery__SubLink *l);
struct query *wrap_query(struct binder *b, struct query *q);
struct query *castable_query(struct binder *b, struct query *q);
struct target *query_column(struct query *q, int i); /* visible column i from 0 */

/* scope.c */
void scope_init(struct scope *s, struct scope *outer, struct query *q);
struct nsitem *scope_add(struct binder *b, struct scope *s, struct range *r, bool rel_visible,
			 bool cols_visible);
struct expr *bind_column_ref(struct binder *b, struct scope *s, const PgQuery__ColumnRef *c);
struct nsitem *scope_find_item(struct binder *b, struct scope *s, const char *schema,
			       const char *name, int position, int *ret_levels);
struct expr *scope_find_column(struct binder *b, struct scope *s, const char *name, int position,
			       bool local_only);
struct expr *item_column(struct binder *b, struct nsitem *it, const char *name, int position);
struct expr *item_expr(struct binder *b, struct nsitem *it,
		       int i); /* column i from 0; NULL: dropped */
int item_ncols(const struct nsitem *it);
const char *item_col_name(const struct nsitem *it, int i);
struct expr *whole_row(struct binder *b, struct range *r, int position);
struct cte *scope_find_cte(struct scope *s, const char *name);
int missing_item(struct binder *b, struct scope *s, const char *schema, const char *name,
		 int position);

/* relation.c: names of schemas, relations, roles. */
const struct relation *find_relation(struct binder *b, const char *schema,
				     const char *name); /* NULL: none */
const struct relation *bind_relation(struct binder *b, const PgQuery__RangeVar *rv);
const struct relation *bind_relation_plain(struct binder *b, const PgQuery__RangeVar *rv);
const struct schema *bind_schema(struct binder *b, const char *name, int position);
oid_t create_schema_oid(struct binder *b, const PgQuery__RangeVar *rv,
			char *persistence); /* 0: error */
const struct role *bind_role(struct binder *b, const PgQuery__RoleSpec *r);
int search_path(struct binder *b, bool implicit, const oid_t **ret);
const char *current_user_name(struct binder *b);

/* target.c */
const char *figure_name(Node *n);
int bind_targets(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *list,
		 enum place p) MUST_CHECK;
int expand_star(struct binder *b, struct scope *s, const PgQuery__ColumnRef *c,
		struct list *ret_exprs, struct list *ret_names) MUST_CHECK;
bool is_star(Node *n);

/* from.c */
int bind_from(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *items) MUST_CHECK;
struct range *range_of_query(struct binder *b, struct query *q, struct query *sub,
			     const char *alias);
int rename_columns(struct binder *b, struct range *r, const PgQuery__Alias *alias) MUST_CHECK;
struct range *range_of_relation(struct binder *b, struct scope *s, const struct relation *rel,
				const char *alias, int position);

/* select.c, group.c, sort.c, setop.c, with.c, values.c */
struct query *bind_query(struct binder *b, struct scope *outer, Node *n,
			 bool resolve); /* SELECT or DML */
struct query *bind_select(struct binder *b, struct scope *outer, const PgQuery__SelectStmt *st,
			  bool resolve);
struct query *bind_setop(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st,
			 const PgQuery__CommonTableExpr *with, struct cte *rec);
struct query *bind_values(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st);
int bind_select_tail(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st) MUST_CHECK;
int bind_with(struct binder *b, struct scope *s, const PgQuery__WithClause *w) MUST_CHECK;
int recursive_round_check(struct binder *b, const struct query *round) MUST_CHECK;
void cte_columns(struct binder *b, struct cte *cte, const struct query *q);
int search_cycle_first(struct binder *b, struct scope *s, const PgQuery__CommonTableExpr *ast,
		       struct cte *cte, struct query **first) MUST_CHECK;
int search_cycle_next(struct binder *b, struct scope *s, const PgQuery__CommonTableExpr *ast,
		      struct cte *cte, struct query **next) MUST_CHECK;
int bind_group_by(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st) MUST_CHECK;
int bind_order_by(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *list,
		  enum place p, bool sql99, struct list *ret) MUST_CHECK;
int bind_distinct(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st) MUST_CHECK;
struct expr *find_target(struct binder *b, struct scope *s, Node *n, enum place p, bool sql99);
struct sort_key *make_sort_key(struct binder *b, struct expr *x, const PgQuery__SortBy *sb);
int check_sortable(struct binder *b, struct expr *x, int position) MUST_CHECK;
int check_hashable_or_sortable(struct binder *b, const struct type *t, int position) MUST_CHECK;
void resolve_targets(struct binder *b, struct query *q);
int check_grouping(struct binder *b, struct scope *s) MUST_CHECK; /* aggcheck.c */
struct expr *bind_limit(struct binder *b, struct scope *s, Node *n, enum place p, const char *what);
/* "FOR UPDATE" and its kin, by the grammar's number. */
const char *locking_name(int strength);
int bind_locking(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st) MUST_CHECK;

/* insert.c, update.c, merge.c, rules.c */
struct query *bind_insert(struct binder *b, struct scope *outer, const PgQuery__InsertStmt *st);
struct query *bind_update(struct binder *b, struct scope *outer, const PgQuery__UpdateStmt *st);
struct query *bind_delete(struct binder *b, struct scope *outer, const PgQuery__DeleteStmt *st);
struct query *bind_merge(struct binder *b, struct scope *outer, const PgQuery__MergeStmt *st);
int bind_merge_insert(struct binder *b, struct scope *s, const struct write_target *t,
		      const PgQuery__MergeWhenClause *w, struct list *ret) MUST_CHECK;
int bind_on_conflict(struct binder *b, struct scope *outer, const struct write_target *t,
		     const PgQuery__OnConflictClause *c) MUST_CHECK;
int bind_returning(struct binder *b, struct scope *s, size_t n,
		   PgQuery__Node *const *list) MUST_CHECK;
/* What a statement writes: a table, maybe under the name of a view. */
struct write_target {
	const struct relation *rel;  /* the table */
	const struct relation *view; /* NULL: named itself */
	struct nsitem *item;         /* in scope for WHERE, RETURNING ... */
};
struct range *bind_target_range(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv,
				struct write_target *to);
struct range *bind_view_target(struct binder *b, struct scope *s, const struct relation *view,
			       const char *alias, struct nsitem **ret_item);
struct check_rule *view_check(struct binder *b, const struct relation *view, struct expr *where);
const struct column *target_column(struct binder *b, const struct write_target *t, const char *name,
				   int position, const char *verb);
void scope_push(struct binder *b, struct scope *s, struct nsitem *it);
/* assign.c: x as a column's value; the part of a column that t names, as if it were a column;
 * x as its value; and the column's value when `base` is given that part. */
struct expr *assign_coerce(struct binder *b, struct expr *x, const struct column *col,
			   int position);
int assign_part_column(struct binder *b, struct scope *s, const PgQuery__ResTarget *t,
		       const struct column *col, struct column *ret_part) MUST_CHECK;
struct expr *assign_part_coerce(struct binder *b, const PgQuery__ResTarget *t,
				const struct column *part, struct expr *x);
struct expr *assign_part(struct binder *b, struct scope *s, const PgQuery__ResTarget *t,
			 const struct column *col, struct expr *base, struct expr *value);
int bind_set_clause(struct binder *b, struct scope *s, const struct write_target *t, size_t n,
		    PgQuery__Node *const *list, struct list *ret) MUST_CHECK;
struct table_rules *rules_of(struct binder *b, const struct relation *rel);
struct expr *domain_rule(struct binder *b, const char *sql, struct expr *value);
struct expr *rule_expr(struct binder *b, const char *sql, struct range *row, const struct type *t,
		       int32_t typmod, enum place p);
int bind_text_expr(struct binder *b, Node *n, struct range *row, const struct type *t,
		   int32_t typmod, enum place p, const char *what, struct expr **ret) MUST_CHECK;
struct binder binder_for_text(struct binder *b); /* another text: no positions */

/* hints.c */
const char *guess_column(struct binder *b, struct scope *s, const char *table, const char *name,
			 const char **ret_table);
int edit_distance(const char *a, const char *b, int max);

/* view.c */
/* WITH CHECK OPTION asks for a view that can be written. */
int check_option_query(struct binder *b, struct query *view) MUST_CHECK;
/* Binds what no statement asks for: rules, views looked at. */
struct binder outside_binder(struct bind_env *env, struct err *e);
struct query *bind_view_text(struct binder *b, const struct relation *rel, struct query *parent);

/* utility.c: statements that are not queries. */
int bind_utility(struct binder *b, Node *n, struct statement *to) MUST_CHECK;

/* quote.c: identifiers and literals as PostgreSQL quotes them. */
void quote_ident(struct strbuf *to, const char *name);
void quote_literal(struct strbuf *to, const char *s, size_t len);

#endif
