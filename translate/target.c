/* target.c - the select list: expansion of *, names of result columns. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

/* -- Names --------------------------------------------------------------------- */
static const char *
last_string(size_t n, PgQuery__Node *const *fields)
{
	const char *name = NULL;

	for (size_t i = 0; i < n; i++)
		if (fields[i]->node_case == PG_QUERY__NODE__NODE_STRING)
			name = node_str(fields[i]);
	return name;
}

static const char *
sql_value_name(int op)
{
	static const char *const names[] = {
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE] = "current_date",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME] = "current_time",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N] = "current_time",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP] = "current_timestamp",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N] = "current_timestamp",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME] = "localtime",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N] = "localtime",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP] = "localtimestamp",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N] = "localtimestamp",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE] = "current_role",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER] = "current_user",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER] = "user",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER] = "session_user",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG] = "current_catalog",
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA] = "current_schema",
	};

	return op > 0 && op < (int) ARRAY_LEN(names) ? names[op] : NULL;
}

/* How good a name is: 0 none, 1 of a type or CASE (gives way to a better one), 2. */
static int
figure(Node *n, const char **name)
{
	int strength;

	if (n == NULL)
		return 0;
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_COLUMN_REF: {
		const char *s = last_string(n->column_ref->n_fields, n->column_ref->fields);

		if (s == NULL)
			return 0;
		*name = s;
		return 2;
	}
	case PG_QUERY__NODE__NODE_A_INDIRECTION: {
		const char *s =
			last_string(n->a_indirection->n_indirection, n->a_indirection->indirection);

		if (s == NULL)
			return figure(n->a_indirection->arg, name);
		*name = s;
		return 2;
	}
	case PG_QUERY__NODE__NODE_FUNC_CALL:
		*name = last_string(n->func_call->n_funcname, n->func_call->funcname);
		return 2;
	case PG_QUERY__NODE__NODE_A_EXPR:
		if (n->a_expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF)
			return 0;
		*name = "nullif";
		return 2;
	case PG_QUERY__NODE__NODE_TYPE_CAST:
		strength = figure(n->type_cast->arg, name);
		if (strength <= 1) {
			*name = last_string(n->type_cast->type_name->n_names,
					    n->type_cast->type_name->names);
			return 1;
		}
		return strength;
	case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
		return figure(n->collate_clause->arg, name);
	case PG_QUERY__NODE__NODE_GROUPING_FUNC:
		*name = "grouping";
		return 2;
	case PG_QUERY__NODE__NODE_SUB_LINK:
		if (n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
			*name = "exists";
			return 2;
		}
		if (n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) {
			*name = "array";
			return 2;
		}
		if (n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK &&
		    n->sub_link->subselect->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
			const PgQuery__SelectStmt *st = n->sub_link->subselect->select_stmt;

			while (st->larg != NULL)
				st = st->larg;
			if (st->n_values_lists > 0) {
				*name = "column1";
				return 2;
			}
			if (st->n_target_list == 0)
				return 0;
			const PgQuery__ResTarget *t = st->target_list[0]->res_target;
			*name = t->name != NULL && t->name[0] != '\0' ? t->name
								      : figure_name(t->val);
			return 2;
		}
		return 0;
	case PG_QUERY__NODE__NODE_CASE_EXPR:
		strength = figure(n->case_expr->defresult, name);
		if (strength <= 1) {
			*name = "case";
			return 1;
		}
		return strength;
	case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
		*name = "array";
		return 2;
	case PG_QUERY__NODE__NODE_ROW_EXPR:
		*name = "row";
		return 2;
	case PG_QUERY__NODE__NODE_COALESCE_EXPR:
		*name = "coalesce";
		return 2;
	case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
		*name = n->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest"
										 : "least";
		return 2;
	case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
		*name = sql_value_name(n->sqlvalue_function->op);
		return *name != NULL ? 2 : 0;
	default:
		return 0;
	}
}

const char *
figure_name(Node *n)
{
	const char *name = NULL;

	(void) figure(n, &name);
	return name != NULL ? name : "?column?";
}

/* -- Star ---------------------------------------------------------------------- */
bool
is_star(Node *n)
{
	if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || n->column_ref->n_fields == 0)
		return false;
	return n->column_ref->fields[n->column_ref->n_fields - 1]->node_case ==
	       PG_QUERY__NODE__NODE_A_STAR;
}

static void
expand_item(struct binder *b, struct nsitem *it, int position, struct list *exprs,
	    struct list *names)
{
	int n = item_ncols(it);

	if (it->range != NULL && it->range->kind == RANGE_CTE)
		n -= it->range->cte->hidden;
	for (int i = 0; i < n; i++) {
		struct expr *x = item_expr(b, it, i);

		if (x == NULL)
			continue;
		if (it->range == NULL)
			x = arena_dup(b->arena, x, sizeof *x);
		x->position = position;
		list_push(exprs, b->arena, x);
		list_push(names, b->arena, item_col_name(it, i));
	}
}

int
expand_star(struct binder *b, struct scope *s, const PgQuery__ColumnRef *c, struct list *ret_exprs,
	    struct list *ret_names)
{
	int pos = at(b, c->location), found = 0;

	if (c->n_fields == 1) {
		for (int i = 0; i < s->items.n; i++) {
			struct nsitem *it = LIST_AT(struct nsitem, &s->items, i);

			if (!it->cols_visible || it->lateral_only)
				continue;
			expand_item(b, it, pos, ret_exprs, ret_names);
			found++;
		}
		if (found == 0)
			return bind_error(b, pos, ERR_SYNTAX_ERROR,
					  "SELECT * with no tables specified is not valid");
		return ERR_OK;
	}
	const char *schema = c->n_fields > 2 ? node_str(c->fields[c->n_fields - 3]) : NULL;
	const char *table = node_str(c->fields[c->n_fields - 2]);
	struct nsitem *it = scope_find_item(b, s, schema, table, pos, NULL);
	if (it == NULL)
		return b->e->code != ERR_OK ? b->e->code : missing_item(b, s, schema, table, pos);
	expand_item(b, it, pos, ret_exprs, ret_names);
	return ERR_OK;
}

/* (expression).* */
static int
expand_row(struct binder *b, struct scope *s, const PgQuery__AIndirection *ind, struct list *exprs,
	   struct list *names)
{
	PgQuery__AIndirection inner = *ind;
	PgQuery__Node node = PG_QUERY__NODE__INIT;

	node.node_case = PG_QUERY__NODE__NODE_A_INDIRECTION;
	node.a_indirection = &inner;
	inner.n_indirection--;
	struct expr *x = bind_expr(b, s, inner.n_indirection > 0 ? &node : ind->arg);
	if (x == NULL)
		return b->e->code;
	const struct type *row = base_type(x->type, NULL);
	if (x->kind == EXPR_VAR && x->col == 0) {
		for (int i = 0; i < x->range->ncols; i++)
			if (x->range->cols[i].name != NULL) {
				list_push(exprs, b->arena, expr_var(b->arena, x->range, i + 1));
				list_push(names, b->arena, x->range->cols[i].name);
			}
		return ERR_OK;
	}
	if (row->kind == TYPE_COMPOSITE) {
		for (int i = 0; i < row->nattrs; i++) {
			list_push(exprs, b->arena,
				  field_of(b, x, row->attrs[i].name, x->position, false));
			list_push(names, b->arena, row->attrs[i].name);
		}
		return ERR_OK;
	}
	if (x->kind == EXPR_FUNC && x->func->nouts > 0) {
		for (int i = 0; i < x->func->nouts; i++) {
			list_push(exprs, b->arena,
				  field_of(b, x, x->func->outs[i].name, x->position, false));
			list_push(names, b->arena, x->func->outs[i].name);
		}
		return ERR_OK;
	}
	if (x->kind == EXPR_ROW) {
		for (int i = 0; i < x->nargs; i++) {
			list_push(exprs, b->arena, x->args[i]);
			list_push(names, b->arena, printf_str(b, "f%d", i + 1));
		}
		return ERR_OK;
	}
	return bind_error(b, x->position, ERR_WRONG_OBJECT_TYPE, "type %s is not composite",
			  type_show(b, x->type));
}

static bool
ends_with_star(Node *n)
{
	return n->node_case == PG_QUERY__NODE__NODE_A_INDIRECTION &&
	       n->a_indirection->n_indirection > 0 &&
	       n->a_indirection->indirection[n->a_indirection->n_indirection - 1]->node_case ==
		       PG_QUERY__NODE__NODE_A_STAR;
}

int
bind_targets(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *list, enum place p)
{
	enum place was = s->place;
	int rc = ERR_OK;

	s->place = p;
	for (size_t i = 0; rc == ERR_OK && i < n; i++) {
		const PgQuery__ResTarget *t = list[i]->res_target;
		struct list exprs = { 0 }, names = { 0 };

		if (is_star(t->val)) {
			rc = expand_star(b, s, t->val->column_ref, &exprs, &names);
		} else if (ends_with_star(t->val)) {
			rc = expand_row(b, s, t->val->a_indirection, &exprs, &names);
		} else {
			struct expr *x = bind_expr(b, s, t->val);
			const char *name = t->name != NULL && t->name[0] != '\0'
						   ? t->name
						   : figure_name(t->val);

			if (x == NULL)
				rc = b->e->code;
			else if (x->kind == EXPR_SUBLINK && x->sub->kind == SUBLINK_SCALAR &&
				 strcmp(name, "?column?") == 0)
				name = query_column(x->sub->query, 0)->name;
			list_push(&exprs, b->arena, x);
			list_push(&names, b->arena, name);
		}
		for (int k = 0; rc == ERR_OK && k < exprs.n; k++) {
			if (exprs.at[k] == NULL)
				return b->e->code;
			query_add_target(b->arena, s->q, exprs.at[k], names.at[k]);
		}
	}
	s->place = was;
	return rc;
}

/* Literals that nothing gave a type are text. */
void
resolve_targets(struct binder *b, struct query *q)
{
	for (int i = 0; i < q->targets.n; i++) {
		struct target *t = LIST_AT(struct target, &q->targets, i);

		if (t->expr->type->oid == OID_UNKNOWN) {
			struct expr *x = resolve_unknown(b, t->expr);

			if (x == NULL)
				return;
			t->expr = x;
		}
	}
}
