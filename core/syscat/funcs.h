/* funcs.h - functions that read the catalog.  Inside core/syscat. */
#ifndef CORE_SYSCAT_FUNCS_H
#define CORE_SYSCAT_FUNCS_H

#include "core/catalog/catalog.h"
#include "core/func/func.h"

void syscat_register_funcs(void);
void syscat_register_sets(void);        /* sets.c */

/* The implementations, by the names in funcs.def: definitions (define.c), sizes and comments
 * (describe.c, comment.c), visibility and membership (visible.c), privileges (privileges.c),
 * functions (routine.c), yes or no (property.c), who waits (locks.c), partitions (partition.c, partqual.c). */
func_impl sys_get_expr, sys_get_indexdef, sys_get_constraintdef, sys_get_viewdef, sys_get_userbyid, sys_table_is_visible,
	sys_type_is_visible, sys_always_true, sys_always_false, sys_always_null, sys_obj_description, sys_col_description,
	sys_obj_description_any, sys_shobj_description,
	sys_get_serial_sequence, sys_relation_size, sys_total_size, sys_indexes_size, sys_database_size, sys_function_result,
	sys_function_arguments, sys_function_identity, sys_function_default, sys_function_sqlbody, sys_functiondef,
	sys_empty_text, sys_has_role, sys_has_privilege, sys_zero, sys_filenode, sys_blocking_pids,
	sys_safe_snapshot_blocking_pids, sys_sequence_last_value, sys_get_partkeydef, sys_partition_root,
	sys_get_partition_constraintdef, sys_function_is_visible, sys_my_temp_schema, sys_is_other_temp_schema,
	sys_indexam_has_property, sys_index_has_property, sys_index_column_has_property, sys_relation_is_updatable,
	sys_column_is_updatable;

/* CREATE INDEX ... as pg_get_indexdef prints it; FOREIGN KEY ... as pg_get_constraintdef. */
void index_definition(struct strbuf *to, const struct exec_env *env, const struct index *ix, bool pretty);
void constraint_definition(struct strbuf *to, const struct exec_env *env, const struct relation *r, const struct constraint *k, bool pretty);

/* A key that is an expression, as in CREATE INDEX and PARTITION BY. */
void key_expression(struct strbuf *to, const struct exec_env *env, oid_t table, const char *kept, bool pretty);

/* FOR VALUES ... of a partition (partition.c). */
const char *bound_text(struct arena *a, const struct catalog *c, const struct relation *r);
func_impl fn_satisfies_hash_partition;
func_srf_impl srf_partition_tree, srf_partition_ancestors;

/* The text with only the parentheses it needs (pretty.c). */
const char *pretty_sql(struct arena *a, const char *sql);

/* visible.c: a role given by name or oid, the current one; NULL: there is none. */
const struct role *role_argument(struct fcall *c, union datum d, const struct type *t);
int no_role(struct fcall *c, union datum d, const struct type *t, struct err *e);        /* 42704: that argument */
const struct role *current_role(struct fcall *c);
int  text_result(struct fcall *c, const char *s, union datum *ret, bool *ret_null);

#endif
