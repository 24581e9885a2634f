/* ops.h - the operators: one const record each, in the file of its name. */
#ifndef CORE_EXEC_OPS_H
#define CORE_EXEC_OPS_H

struct op_class;

extern const struct op_class op_one_row_class, op_empty_class, op_scan_class, op_current_class, op_values_class,
	op_function_class, op_cte_scan_class, op_work_table_class, op_outer_class,
	op_copy_source_class, op_filter_class, op_project_class, op_project_set_class,
	op_join_hash_class, op_join_loop_class, op_join_lookup_class, op_join_merge_class,
	op_nest_class, op_init_class, op_aggregate_class, op_window_class, op_sort_class, op_limit_class,
	op_distinct_class, op_setop_class, op_append_class, op_merge_append_class, op_recursive_class,
	op_lock_rows_class, op_modify_class, op_budget_class;

#endif
