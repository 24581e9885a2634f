/* utility.h - what the files that bind utility statements share. */
#ifndef TRANSLATE_UTILITY_H
#define TRANSLATE_UTILITY_H

#include "translate/bind.h"

/* A command struct of the given type, its kind and tag set. */
#define COMMAND_NEW(b, type, k, st)                                                                \
	((struct type *) command_init(ARENA_NEW((b)->arena, struct type), (k), (st)))
void *command_init(void *cmd, enum command_kind kind, struct statement *st);

static inline bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* DefElem's values (utility.c). */
const char *def_text(struct binder *b, const PgQuery__DefElem *d); /* as written; "" when absent */
bool def_bool(struct binder *b, const PgQuery__DefElem *d, bool *ret); /* false: error stored */
bool def_int(struct binder *b, const PgQuery__DefElem *d, int64_t *ret);
/* WITH (...) and SET (...): "name=value" each, of parameters that such an object has; RESET (...): names
 * (storage_options.c). */
enum options_of { OPTIONS_NONE, OPTIONS_TABLE, OPTIONS_BTREE, OPTIONS_HASH, OPTIONS_VIEW };
enum options_of options_of_index(const char *method);
int bind_options(struct binder *b, enum options_of of, size_t n, PgQuery__Node *const *list,
		 struct list *ret) MUST_CHECK;
int bind_option_names(struct binder *b, size_t n, PgQuery__Node *const *list, struct list *ret) MUST_CHECK;
int bind_storage(struct binder *b, const char *name, char *ret) MUST_CHECK;
const char *compression_name(const struct column *c); /* NULL: its type's */
/* Takes check_option out of a view's: 0 none, 1 local, 2 cascaded. */
int take_check_option(struct list *options);
const char *names_text(struct binder *b, size_t n, PgQuery__Node *const *names); /* a.b.c */
/* The object a list of names or a RangeVar means. */
const struct relation *relation_by_names(struct binder *b, size_t n, PgQuery__Node *const *names,
					 bool missing_ok);

/* session_cmd.c */
int bind_transaction(struct binder *b, const PgQuery__TransactionStmt *t,
		     struct statement *st) MUST_CHECK;
int bind_set(struct binder *b, const PgQuery__VariableSetStmt *v, struct statement *st) MUST_CHECK;
const char *set_value(struct binder *b, const PgQuery__VariableSetStmt *v);
/* SET of a role, a database, a function: is there such a parameter, and may it have the value? */
int check_kept_setting(struct binder *b, const PgQuery__VariableSetStmt *v) MUST_CHECK;
int bind_session(struct binder *b, Node *n, struct statement *st) MUST_CHECK;

/* maintenance.c */
int bind_vacuum(struct binder *b, const PgQuery__VacuumStmt *v, struct statement *st) MUST_CHECK;
int bind_reindex(struct binder *b, const PgQuery__ReindexStmt *x, struct statement *st) MUST_CHECK;
int bind_cluster(struct binder *b) MUST_CHECK;
/* pg_default, or "" for none, is where everything is; an error for other names. */
int bind_tablespace(struct binder *b, const char *name) MUST_CHECK;

/* copy.c, explain.c */
int bind_copy(struct binder *b, const PgQuery__CopyStmt *c, struct statement *st) MUST_CHECK;
int bind_explain(struct binder *b, const PgQuery__ExplainStmt *x, struct statement *st) MUST_CHECK;

/* The ddl_*.c files. */
int bind_create_table(struct binder *b, const PgQuery__CreateStmt *c,
		      struct statement *st) MUST_CHECK;
int bind_alter_table(struct binder *b, const PgQuery__AlterTableStmt *a,
		     struct statement *st) MUST_CHECK;
int bind_opclass(struct binder *b, const char *method, size_t n, PgQuery__Node *const *names,
		  const struct type *t, oid_t *ret) MUST_CHECK;
int bind_create_index(struct binder *b, const PgQuery__IndexStmt *x,
		      struct statement *st) MUST_CHECK;
int bind_create_as(struct binder *b, const PgQuery__CreateTableAsStmt *c,
		   struct statement *st) MUST_CHECK;
int bind_select_into(struct binder *b, Node *n, struct statement *st) MUST_CHECK;
int bind_create_view(struct binder *b, const PgQuery__ViewStmt *v, struct statement *st) MUST_CHECK;
int bind_refresh(struct binder *b, const PgQuery__RefreshMatViewStmt *r,
		 struct statement *st) MUST_CHECK;
int bind_create_sequence(struct binder *b, const PgQuery__CreateSeqStmt *c,
			 struct statement *st) MUST_CHECK;
int bind_alter_sequence(struct binder *b, const PgQuery__AlterSeqStmt *a,
			struct statement *st) MUST_CHECK;
int sequence_options(struct binder *b, size_t n, PgQuery__Node *const *list,
		     struct def_sequence *to) MUST_CHECK;
/* The schema that a type's qualified name goes into; 0 with error. */
oid_t new_type_name(struct binder *b, size_t n, PgQuery__Node *const *names, const char **ret_name);
int check_new_type(struct binder *b, oid_t schema, const char *name) MUST_CHECK;
int bind_create_range(struct binder *b, const PgQuery__CreateRangeStmt *s, struct statement *st) MUST_CHECK;
int bind_type_ddl(struct binder *b, Node *n, struct statement *st) MUST_CHECK;
int bind_role_ddl(struct binder *b, Node *n, struct statement *st) MUST_CHECK;
int bind_object_ddl(struct binder *b, Node *n, struct statement *st) MUST_CHECK;
int bind_grant(struct binder *b, Node *n, struct statement *st) MUST_CHECK;
int bind_create_function(struct binder *b, const PgQuery__CreateFunctionStmt *c,
			 struct statement *st) MUST_CHECK;
int bind_alter_function(struct binder *b, const PgQuery__AlterFunctionStmt *a,
			struct statement *st) MUST_CHECK;
int bind_call(struct binder *b, const PgQuery__CallStmt *c, struct statement *st) MUST_CHECK;
/* The function that DROP, ALTER, COMMENT and GRANT mean; NULL with or (missing_ok) without error. */
const struct function *bind_function_ref(struct binder *b, int object_type,
					 const PgQuery__ObjectWithArgs *f, bool missing_ok,
					 const char **ret_shown);
int bind_create_schema(struct binder *b, const PgQuery__CreateSchemaStmt *c,
		       struct statement *st) MUST_CHECK;

/* Parts of tables, shared by CREATE and ALTER (ddl_column.c, ddl_constraint.c). */
struct table_def {
	const char *name;
	const struct relation *rel; /* ALTER; NULL when the table is being created */
	struct list *columns;       /* struct def_column: of the new table, or added ones */
	struct list *constraints;   /* struct def_constraint */
	struct list *indexes;       /* struct cmd_create_index: of LIKE; NULL: ALTER */
	struct list generated;      /* char: columns that are */
	struct range *row;          /* columns for CHECK and GENERATED; made when first needed */
};
int bind_column_def(struct binder *b, struct table_def *t, const PgQuery__ColumnDef *c,
		    struct def_column **ret) MUST_CHECK;
int bind_column_constraints(struct binder *b, struct table_def *t, const PgQuery__ColumnDef *c,
			    struct def_column *col) MUST_CHECK;
int bind_table_constraint(struct binder *b, struct table_def *t, const PgQuery__Constraint *c,
			  struct def_constraint **ret) MUST_CHECK;
int constraint_attribute(struct binder *b, const PgQuery__Constraint *c,
			 struct def_constraint *last) MUST_CHECK;
struct range *table_row(struct binder *b, struct table_def *t);
/* ddl_partition.c */
int bind_partition_key(struct binder *b, struct table_def *t, const PgQuery__PartitionSpec *s,
		       struct def_partition_key **ret) MUST_CHECK;
int bind_partition_bound(struct binder *b, const struct relation *parent,
			 const PgQuery__PartitionBoundSpec *s,
			 struct def_partition_bound **ret) MUST_CHECK;
int bind_partition_of(struct binder *b, struct table_def *t, const PgQuery__CreateStmt *c,
		      struct cmd_create_table *cmd) MUST_CHECK;
int bind_partition_command(struct binder *b, const struct relation *rel,
			   const PgQuery__PartitionCmd *p, bool attach,
			   struct alter_action *to) MUST_CHECK;
const char *check_text(struct binder *b, struct table_def *t, Node *n);
const char *default_text(struct binder *b, Node *n, const char *column, const struct type *type,
			 int32_t typmod);
const char *expr_text(struct binder *b, const struct expr *x);
int visit_not_immutable(struct expr *x, void *arg); /* an expr_visit */
struct def_column *find_def_column(const struct table_def *t, const char *name);

#endif
