/* private.h - private to core/ddl: a command in progress, and what commands share.
 *
 * Owner     one struct ddl lives for one ddl_execute(); all it makes is on the statement's arena.
 * Thread    the session's.
 * Failure   as ddl.h.  Cost: none. */
#ifndef CORE_DDL_PRIVATE_H
#define CORE_DDL_PRIVATE_H

#include "core/access/index.h"
#include "core/base/log.h"
#include "core/ddl/ddl.h"
#include "storage/store.h"

struct ddl {
	struct ddl_env *env;
	struct draft *draft;
	struct catalog *c; /* as of the last seal; older ones stay alive until the end */
	struct arena *a;
	struct list held; /* struct catalog */
};

enum { NAME_MAX_LEN = 63, COLUMNS_MAX = 1600 };

/* --- execute.c: the frame --------------------------------------------------------------------- */
int ddl_begin(struct ddl *d, struct ddl_env *env, struct err *e) MUST_CHECK;
void ddl_end(struct ddl *d, const struct catalog *before);
/* Seal what was put and go on with the catalog that it makes. */
int ddl_seal(struct ddl *d, struct err *e) MUST_CHECK;
void ddl_refresh(struct ddl *d);
void ddl_notice(struct ddl *d, enum log_level level, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* A notice with a detail (NULL: none). */
void ddl_notice_detail(struct ddl *d, enum err_code code, const char *detail, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* --- locks.c ---------------------------------------------------------------------------------- */
/* Lock, then look again: the relation as it is now.  42P01 when it has gone meanwhile. */
int ddl_lock_relation(struct ddl *d, oid_t oid, enum lock_mode mode, const struct relation **ret,
		      struct err *e) MUST_CHECK;
int ddl_lock_name(struct ddl *d, oid_t schema, const char *name, struct err *e) MUST_CHECK;
/* A role's or a database's. */
int ddl_lock_shared_name(struct ddl *d, const char *name, struct err *e) MUST_CHECK;
int ddl_lock_object(struct ddl *d, enum object_class class, oid_t oid, enum lock_mode mode,
		    struct err *e) MUST_CHECK;
int ddl_check_owner(struct ddl *d, const struct object *o, const char *what,
		    struct err *e) MUST_CHECK;
/* Says what kind of relation it is. */
int ddl_check_relation_owner(struct ddl *d, const struct relation *r, struct err *e) MUST_CHECK;
int ddl_check_create(struct ddl *d, oid_t schema, struct err *e) MUST_CHECK;
bool ddl_is_superuser(const struct ddl *d);
/* The object's access list when it has a new owner: what the old one had and gave is the new one's. */
const char *ddl_acl_of_owner(struct ddl *d, const struct object *o, oid_t owner);
bool ddl_has_role(const struct ddl *d, oid_t role); /* is the user a member of it, or it? */

/* --- edit.c: changing copies ------------------------------------------------------------------ */
struct relation *ddl_copy_relation(struct ddl *d,
				   const struct relation *r); /* arrays are copies too */
struct column *ddl_columns(struct relation *r);               /* of such a copy, writable */
struct constraint *ddl_constraints(struct relation *r);
struct constraint *ddl_add_constraint_slot(struct ddl *d, struct relation *r);
void ddl_put_relation(struct ddl *d, struct relation *r);
void ddl_put_index(struct ddl *d, const struct index *ix); /* an index changed on a copy */
void ddl_new_layout(struct ddl *d, struct relation *r);    /* from the live columns */
int ddl_new_file(struct ddl *d, enum store_kind kind, uint32_t *ret_file, struct err *e) MUST_CHECK;
int ddl_drop_file(struct ddl *d, uint32_t file, struct err *e) MUST_CHECK; /* doomed at commit */
const char *ddl_schema_name(const struct ddl *d, oid_t schema);

/* --- names.c ---------------------------------------------------------------------------------- */
const char *ddl_object_name(struct arena *a, const char *name1, const char *name2,
			    const char *label);
const char *ddl_choose_relation_name(struct ddl *d, oid_t schema, const char *name1,
				     const char *name2, const char *label, bool constraint);
const char *ddl_choose_constraint_name(struct ddl *d, oid_t schema, const char *name1,
				       const char *name2, const char *label);
const char *ddl_join_names(struct arena *a, const char *const *names, int n);
bool ddl_type_exists(const struct ddl *d, oid_t schema, const char *name);
void ddl_quote(struct strbuf *to, const char *ident);             /* "quoted" when it must be */
const char *ddl_qualified(struct ddl *d, const struct object *o); /* as regclass shows it */

/* --- the families ----------------------------------------------------------------------------- */
int ddl_table(struct ddl *d, const struct cmd_create_table *cmd, const struct relation **ret,
	      struct err *e) MUST_CHECK;
int ddl_check_column(const struct ddl *d, const struct def_column *def, struct err *e) MUST_CHECK;
int ddl_fill_column(struct ddl *d, const struct def_column *def, struct column *to,
		    struct err *e) MUST_CHECK;
int ddl_column_sequence(struct ddl *d, const struct relation *r, const struct def_column *def,
			struct column *to, struct err *e) MUST_CHECK;
const char *ddl_nextval_text(struct ddl *d, oid_t schema, const char *name);
int ddl_add_constraint(struct ddl *d, oid_t table, const struct def_constraint *def, bool new_table,
		       struct err *e) MUST_CHECK;
int ddl_add_fkey(struct ddl *d, const struct relation *r, const struct def_constraint *def,
		 bool new_table, struct err *e) MUST_CHECK;
/* A column has another type: do its foreign keys, and those that refer to it, still make sense?  With rows: hold? */
int ddl_recheck_fkeys(struct ddl *d, const struct relation *r, int16_t attnum, bool rows, struct err *e) MUST_CHECK;
bool ddl_is_system_column(const char *name);
/* column_storage.c */
int ddl_set_storage(struct column *c, char storage, struct err *e) MUST_CHECK;
int ddl_set_compression(struct column *c, const char *method, struct err *e) MUST_CHECK;
/* scanrows.c: what the rows that are there say. */
int ddl_check_no_nulls(struct ddl *d, const struct relation *r, const struct column *col,
		       struct err *e) MUST_CHECK;
int ddl_has_rows(struct ddl *d, const struct relation *r, bool *ret, struct err *e) MUST_CHECK;
int ddl_check_rows(struct ddl *d, const struct relation *r, struct range *row, struct expr *x,
		   const char *name, struct err *e) MUST_CHECK;
int ddl_bind_any(struct ddl *d, const struct relation *r, const char *sql, oid_t type,
		 struct range **ret_row, struct expr **ret, int16_t **ret_cols, int *ret_ncols,
		 struct err *e) MUST_CHECK;
int ddl_bind_check(struct ddl *d, const struct relation *r, const char *sql, struct range **ret_row,
		   struct expr **ret, int16_t **ret_cols, int *ret_ncols, struct err *e) MUST_CHECK;
int ddl_create_index(struct ddl *d, const struct cmd_create_index *cmd, struct err *e) MUST_CHECK;

/* A new index, put (not sealed) and built when the table may have rows. */
struct new_index {
	const struct relation *table;
	const char *name;
	struct index ix; /* kind, unique, cols ...: oid, file, state are filled in */
	bool build;      /* false: the table is new, or built later */
	bool online;     /* built later, while writes go on: state INDEX_BUILDING */
	oid_t part_of;   /* the index of a partitioned table that it is a part of; 0: none */
};
int ddl_new_index(struct ddl *d, struct new_index *n, struct err *e) MUST_CHECK;
/* Everything of CREATE INDEX up to there; *ret_skip: IF NOT EXISTS found it. */
int ddl_prepare_index(struct ddl *d, const struct cmd_create_index *cmd, enum lock_mode lock,
		      struct new_index *n, bool *ret_skip, struct err *e) MUST_CHECK;
/* entries.c: each entry that the index should have, in the order of the rows. */
struct entry_walk {
	struct ddl_rows rows; /* first: eval_rows() gets it; .snapshot is the caller's */
	int (*entry)(struct entry_walk *w, const struct index_row *row, struct err *e);
	struct strbuf key, value; /* the entry at hand */
	const struct index *ix;
};
int ddl_walk_entries(struct ddl *d, const struct relation *table, const struct index *ix,
		     struct entry_walk *w, struct err *e) MUST_CHECK;
int ddl_build_index(struct ddl *d, const struct relation *table, const struct index *ix,
		    struct err *e) MUST_CHECK;

int ddl_create_sequence(struct ddl *d, const struct cmd_create_sequence *cmd,
			struct err *e) MUST_CHECK;
int ddl_alter_sequence(struct ddl *d, const struct cmd_alter_sequence *cmd,
		       struct err *e) MUST_CHECK;
/* CREATE or (old given) ALTER: fills *to. */
int ddl_sequence_options(const struct def_sequence *def, bool is_new, struct sequence *to,
			 int64_t *restart, bool *do_restart, struct err *e) MUST_CHECK;
int ddl_put_sequence(struct ddl *d, oid_t schema, const char *name, char persistence,
		     const struct sequence *s, oid_t *ret_oid, struct err *e) MUST_CHECK;

int ddl_create_schema(struct ddl *d, const struct cmd_create_schema *cmd, struct err *e) MUST_CHECK;
int ddl_create_view(struct ddl *d, const struct cmd_create_view *cmd, struct err *e) MUST_CHECK;
int ddl_find_deps(struct ddl *d, const char *sql, struct relation *r, struct err *e) MUST_CHECK;
/* A new type, with an array type beside it; or an old one again (u->o.oid). */
int ddl_check_new_type(struct ddl *d, oid_t schema, const char *name, struct err *e) MUST_CHECK;
void ddl_put_type(struct ddl *d, oid_t schema, const char *name, struct user_type *u, struct type *t);
int ddl_create_range(struct ddl *d, const struct cmd_create_range *cmd, struct err *e) MUST_CHECK;
int ddl_create_enum(struct ddl *d, const struct cmd_create_enum *cmd, struct err *e) MUST_CHECK;
int ddl_alter_enum(struct ddl *d, const struct cmd_alter_enum *cmd, struct err *e) MUST_CHECK;
int ddl_create_domain(struct ddl *d, const struct cmd_create_domain *cmd, struct err *e) MUST_CHECK;
int ddl_alter_domain(struct ddl *d, const struct cmd_alter_domain *cmd, struct err *e) MUST_CHECK;
int ddl_rename_domain_check(struct ddl *d, const struct cmd_rename *cmd, struct err *e) MUST_CHECK;
int ddl_comment(struct ddl *d, const struct cmd_comment *cmd, struct err *e) MUST_CHECK;
int ddl_drop(struct ddl *d, const struct cmd_drop *cmd, struct err *e) MUST_CHECK;
int ddl_alter_table(struct ddl *d, const struct cmd_alter_table *cmd, struct err *e) MUST_CHECK;
int ddl_rename(struct ddl *d, const struct cmd_rename *cmd, struct err *e) MUST_CHECK;
int ddl_set_schema(struct ddl *d, const struct cmd_set_schema *cmd, struct err *e) MUST_CHECK;
int ddl_owner(struct ddl *d, const struct cmd_owner *cmd, struct err *e) MUST_CHECK;
int ddl_empty_table(struct ddl *d, const struct relation *old, struct relation *r,
		    struct err *e) MUST_CHECK;
int ddl_refresh_matview(struct ddl *d, const struct cmd_refresh *cmd, struct err *e) MUST_CHECK;
int ddl_truncate(struct ddl *d, const struct cmd_tables *cmd, struct err *e) MUST_CHECK;
int ddl_role(struct ddl *d, const struct cmd_role *cmd, struct err *e) MUST_CHECK;
int ddl_grant(struct ddl *d, const struct cmd_grant *cmd, struct err *e) MUST_CHECK;
int ddl_grant_role(struct ddl *d, const struct cmd_grant_role *cmd, struct err *e) MUST_CHECK;
int ddl_create_database(struct ddl *d, const struct cmd_database *cmd, struct err *e) MUST_CHECK;
int ddl_alter_database(struct ddl *d, const struct cmd_database *cmd, struct err *e) MUST_CHECK;
/* function.c */
int ddl_create_function(struct ddl *d, const struct cmd_create_function *cmd,
			struct err *e) MUST_CHECK;
int ddl_alter_function(struct ddl *d, const struct cmd_alter_function *cmd,
		       struct err *e) MUST_CHECK;
const struct function *ddl_find_function(struct ddl *d, oid_t schema, const char *name,
					 const struct function *like); /* the same inputs */
/* Does an expression's text call a function of this name? */
bool ddl_calls_function(const char *sql, const char *name);
const char *ddl_function_signature(struct ddl *d, const struct function *f); /* f(integer,text) */
int ddl_reindex(struct ddl *d, const struct cmd_tables *cmd, struct err *e) MUST_CHECK;

/* respell.c: texts that have the word in them, from the names of before to those of now; queries: a
 * column's name, which no expression of another table has. */
int ddl_respell(struct ddl *d, struct catalog *from, const char *word, bool queries,
		struct err *e) MUST_CHECK;
int ddl_rename_role(struct ddl *d, const struct cmd_rename *cmd, struct err *e) MUST_CHECK;
void ddl_change_settings(struct ddl *d, const char *const **settings, int *n, const char *name,
			 const char *value, bool reset_all);
/* default_acl.c, owned.c */
int ddl_default_privileges(struct ddl *d, const struct cmd_default_privileges *cmd,
			   struct err *e) MUST_CHECK;
int ddl_reassign_owned(struct ddl *d, const struct cmd_owned *cmd, struct err *e) MUST_CHECK;
int ddl_drop_owned(struct ddl *d, const struct cmd_owned *cmd, struct err *e) MUST_CHECK;
/* 2BP01 when it owns something or is in an access list, in whatever database. */
int ddl_check_has_nothing(struct ddl *d, const struct role *r, struct err *e) MUST_CHECK;
int ddl_drop_role(struct ddl *d, oid_t oid, struct err *e) MUST_CHECK;
int ddl_drop_database(struct ddl *d, oid_t oid, bool force, struct err *e) MUST_CHECK;
int ddl_rename_database(struct ddl *d, const struct cmd_rename *cmd, struct err *e) MUST_CHECK;
int ddl_own_database(struct ddl *d, const struct cmd_owner *cmd, struct err *e) MUST_CHECK;
int ddl_change_owner(struct ddl *d, struct relation *r, oid_t owner, struct err *e) MUST_CHECK;
/* rewrite.c: all rows into a new file; exprs by attnum - 1, NULL: the column as it is. */
int ddl_rewrite(struct ddl *d, const struct relation *old, struct relation *to, struct range *row,
		struct expr *const *exprs, struct err *e) MUST_CHECK;
/* `old`: as it was when its primary key was its layout; the table has been sealed without it. */
int ddl_uncluster(struct ddl *d, const struct relation *old, struct err *e) MUST_CHECK;
/* alter_column.c */
int ddl_add_column(struct ddl *d, const struct relation *r, const struct alter_action *a,
		   struct err *e) MUST_CHECK;
int ddl_column_type(struct ddl *d, const struct relation *r, const struct alter_action *a,
		    struct err *e) MUST_CHECK;
int ddl_column_attribute(struct ddl *d, const struct relation *r, const struct alter_action *a,
			 struct err *e) MUST_CHECK;
/* Does the expression's text name this column? */
bool ddl_names_column(const char *sql, const char *name);
const char *ddl_rename_in(struct arena *a, const char *sql, const char *old_name,
			  const char *new_name);

/* drop.c: what hangs on an object goes with it, or forbids it. */
struct drop_set;
int ddl_drop_column(struct ddl *d, const struct relation *r, const struct column *col, bool cascade,
		    struct err *e) MUST_CHECK;
int ddl_drop_constraint(struct ddl *d, const struct relation *r, const struct constraint *con,
			bool cascade, struct err *e) MUST_CHECK;

#endif
