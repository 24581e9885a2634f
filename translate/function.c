/* function.c - functions in FROM: f(...), ROWS FROM, WITH ORDINALITY, column definition lists. */
#include "config.h"
#include "core/type/record.h"
#include "translate/from.h"
#include "translate/graph/funcs.h"

#include <string.h>

struct columns {
	struct range_column *at;
	int n, cap;
};

static void
add_column(struct binder *b, struct columns *c, const char *name, const struct type *t,
	   int32_t typmod)
{
	if (c->n == c->cap) {
		struct range_column *at =
			ARENA_ARRAY(b->arena, struct range_column, c->cap * 2 + 8);

		if (c->n > 0)
			memcpy(at, c->at, (size_t) c->n * sizeof *at);
		c->at = at;
		c->cap = c->cap * 2 + 8;
	}
	c->at[c->n++] = (struct range_column){ name, t, typmod, type_default_collation(t) };
}

/* The type of an OUT column, which may be polymorphic in the arguments. */
static const struct type *
out_type(struct binder *b, const struct expr *x, oid_t oid)
{
	const struct type **types = ARENA_ARRAY(b->arena, const struct type *, x->nargs + 1);
	oid_t *declared = ARENA_ARRAY(b->arena, oid_t, x->nargs + 1);

	if (!type_is_poly(oid))
		return type_of(b, oid);
	for (int i = 0; i < x->nargs; i++) {
		types[i] = x->args[i]->type;
		declared[i] = i < x->func->nargs ? x->func->args[i] : OID_ANY;
	}
	return poly_enforce(b, x->nargs, types, declared, oid, false);
}

static bool
defined_columns(struct binder *b, size_t n, PgQuery__Node *const *defs, struct columns *to)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__ColumnDef *d = defs[i]->column_def;
		int32_t typmod;
		const struct type *t = bind_type(b, d->type_name, &typmod);

		if (t == NULL)
			return false;
		for (int k = 0; k < to->n; k++)
			if (strcmp(to->at[k].name, d->colname) == 0) {
				bind_error(b, 0, ERR_DUPLICATE_COLUMN,
					   "column name \"%s\" specified more than once",
					   d->colname);
				return false;
			}
		add_column(b, to, d->colname, t, typmod);
	}
	return true;
}

static const struct type *
record_type(struct binder *b, const struct range_column *cols, int n)
{
	struct type_attr *attrs = ARENA_ARRAY(b->arena, struct type_attr, n);

	for (int i = 0; i < n; i++)
		attrs[i] = (struct type_attr){ cols[i].name, cols[i].type, cols[i].typmod };
	return type_make_record(b->arena, attrs, n);
}

/* Columns one function gives. */
static bool
function_columns(struct binder *b, struct expr *x, const char *scalar_name, size_t ndefs,
		 PgQuery__Node *const *defs, struct columns *to)
{
	const struct func *f = x->kind == EXPR_FUNC ? x->func : NULL;
	const struct type *row = base_type(x->type, NULL);

	if (ndefs > 0) {
		if (x->type->oid != OID_RECORD || (f != NULL && f->nouts > 0)) {
			bind_error(b, at(b, defs[0]->column_def->location), ERR_SYNTAX_ERROR,
				   f != NULL && f->nouts > 0
					   ? "a column definition list is redundant for a function "
					     "with OUT parameters"
					   : "a column definition list is only allowed for "
					     "functions returning \"record\"");
			return false;
		}
		int first = to->n;
		if (!defined_columns(b, ndefs, defs, to))
			return false;
		x->type = record_type(b, to->at + first,
				      to->n - first); /* tells the function what is wanted */
		return true;
	}
	if (f != NULL && f->nouts > 1) {
		for (int i = 0; i < f->nouts; i++) {
			const struct type *t = out_type(b, x, f->outs[i].type);

			if (t == NULL)
				return false;
			add_column(b, to,
				   f->outs[i].name != NULL ? f->outs[i].name
							   : printf_str(b, "column%d", i + 1),
				   t, -1);
		}
		return true;
	}
	if (row->kind == TYPE_COMPOSITE) {
		for (int i = 0; i < row->nattrs; i++)
			add_column(b, to, row->attrs[i].name, row->attrs[i].type,
				   row->attrs[i].typmod);
		return true;
	}
	if (x->type->oid == OID_RECORD && f != NULL) {
		bind_error(
			b, x->position, ERR_SYNTAX_ERROR,
			"a column definition list is required for functions returning \"record\"");
		return false;
	}
	if (f != NULL && f->nouts == 1 && f->outs[0].name != NULL)
		scalar_name = f->outs[0].name;
	add_column(b, to, scalar_name, x->type, x->typmod);
	return true;
}

static bool
is_many_unnest(Node *n)
{
	return n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL && n->func_call->n_args > 1 &&
	       strcmp(node_str(n->func_call->funcname[n->func_call->n_funcname - 1]), "unnest") ==
		       0 &&
	       n->func_call->n_agg_order == 0 && n->func_call->agg_filter == NULL &&
	       n->func_call->over == NULL && !n->func_call->func_variadic;
}

struct item {
	struct expr *x;
	const char *name;
	size_t ndefs;
	PgQuery__Node *const *defs;
};

static bool
bind_one(struct binder *b, struct scope *s, Node *n, size_t ndefs, PgQuery__Node *const *defs,
	 struct list *to)
{
	struct item *it = ARENA_NEW(b->arena, struct item);

	if (is_many_unnest(n)) { /* unnest(a, b): ROWS FROM (unnest(a), unnest(b)) */
		for (size_t i = 0; i < n->func_call->n_args; i++) {
			PgQuery__FuncCall call = *n->func_call;
			PgQuery__Node node = *n;

			call.n_args = 1;
			call.args = n->func_call->args + i;
			node.func_call = &call;
			if (!bind_one(b, s, &node, 0, NULL, to))
				return false;
		}
		return true;
	}
	it->x = bind_expr_at(b, s, n, PLACE_FROM_FUNCTION);
	it->name = figure_name(n);
	it->ndefs = ndefs;
	it->defs = defs;
	if (it->x != NULL)
		it->x = resolve_unknown(b, it->x);
	if (it->x == NULL)
		return false;
	list_push(to, b->arena, it);
	return true;
}

static int
visit_lateral(struct expr *x, void *arg)
{
	return x->kind == EXPR_VAR && x->range->query == arg;
}

/* The column definition list behind the alias: for one function alone. */
static int
check_definitions(struct binder *b, const PgQuery__RangeFunction *f, const struct list *items)
{
	int pos = at(b, f->coldeflist[0]->column_def->location);

	for (int i = 0; i < items->n; i++)
		if (LIST_AT(struct item, items, i)->ndefs > 0)
			return bind_error(b, pos, ERR_SYNTAX_ERROR,
					  "multiple column definition lists are not allowed for the "
					  "same function");
	if (items->n > 1 && f->is_rowsfrom) {
		bind_error(b, pos, ERR_SYNTAX_ERROR,
			   "ROWS FROM() with multiple functions cannot have a column definition list");
		return err_hint(b->e, "Put a separate column definition list for each function inside "
				      "ROWS FROM().");
	}
	if (items->n > 1) {
		bind_error(b, pos, ERR_SYNTAX_ERROR,
			   "UNNEST() with multiple arguments cannot have a column definition list");
		return err_hint(b->e, "Use separate UNNEST() calls inside ROWS FROM(), and attach a "
				      "column definition list to each one.");
	}
	if (!f->ordinality)
		return ERR_OK;
	bind_error(b, pos, ERR_SYNTAX_ERROR,
		   "WITH ORDINALITY cannot be used with a column definition list");
	return err_hint(b->e, "Put the column definition list inside ROWS FROM().");
}

struct range *
from_function(struct binder *b, struct scope *s, const PgQuery__RangeFunction *f)
{
	struct list items = { 0 };
	struct columns cols = { 0 };
	const char *alias = f->alias != NULL ? f->alias->aliasname : NULL;
	bool lateral = s->lateral_active, ok = true;

	s->lateral_active = true; /* functions are lateral without saying so */
	for (size_t i = 0; ok && i < f->n_functions; i++) {
		const PgQuery__List *pair = f->functions[i]->list;
		const PgQuery__List *defs =
			pair->n_items > 1 && pair->items[1]->node_case == PG_QUERY__NODE__NODE_LIST
				? pair->items[1]->list
				: NULL;

		ok = bind_one(b, s, pair->items[0], defs != NULL ? defs->n_items : 0,
			      defs != NULL ? defs->items : NULL, &items);
	}
	s->lateral_active = lateral;
	if (!ok)
		return NULL;
	if (f->n_coldeflist > 0 && check_definitions(b, f, &items) != ERR_OK)
		return NULL;
	for (int i = 0; i < items.n; i++) {
		struct item *it = LIST_AT(struct item, &items, i);
		bool own = it->ndefs > 0;
		const char *name = items.n == 1 && alias != NULL ? alias : it->name;

		if (!function_columns(b, it->x, name,
				      own      ? it->ndefs
				      : i == 0 ? f->n_coldeflist
					       : 0,
				      own ? it->defs : f->coldeflist, &cols))
			return NULL;
	}
	if (f->ordinality)
		add_column(b, &cols, "ordinality", type_builtin(OID_INT8), -1);

	const char *shown = alias != NULL ? alias : LIST_AT(struct item, &items, 0)->name;
	struct range *r = range_new(b->arena, s->q, RANGE_FUNCTION, shown, 0);
	r->ncols = cols.n;
	r->cols = cols.at;
	r->ordinality = f->ordinality;
	for (int i = 0; i < items.n; i++) {
		struct expr *x = LIST_AT(struct item, &items, i)->x;

		list_push(&r->funcs, b->arena, x);
		r->lateral |= expr_walk(x, visit_lateral, s->q, true) != 0;
	}
	r->position = LIST_AT(struct item, &items, 0)->x->position;
	if (graph_inline(b, r) != ERR_OK)
		return NULL;
	return rename_columns(b, r, f->alias) == ERR_OK ? r : NULL;
}
