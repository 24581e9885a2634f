/* scope.c - names of tables and columns in scope.
 *
 * A scope is one query level.  A name is looked for in the innermost scope first, then outwards;
 * within one scope it must be unique.
 *
 * Not here: what to suggest for a name that is not there (hints.c). */
#include "config.h"
#include "core/type/record.h"
#include "translate/bind.h"

#include <string.h>

void
scope_init(struct scope *s, struct scope *outer, struct query *q)
{
	*s = (struct scope){ .outer = outer, .q = q };
}

struct nsitem *
scope_add(struct binder *b, struct scope *s, struct range *r, bool rel_visible, bool cols_visible)
{
	struct nsitem *it = ARENA_NEW(b->arena, struct nsitem);

	it->name = r->alias;
	it->range = r;
	it->rel_visible = rel_visible;
	it->cols_visible = cols_visible;
	it->lateral_ok = true;
	list_push(&s->items, b->arena, it);
	return it;
}

void
scope_push(struct binder *b, struct scope *s, struct nsitem *it)
{
	list_push(&s->items, b->arena, it);
}

int
item_ncols(const struct nsitem *it)
{
	return it->range != NULL ? it->range->ncols : it->ncols;
}

const char *
item_col_name(const struct nsitem *it, int i)
{
	return it->range != NULL ? it->range->cols[i].name : it->names[i];
}

struct expr *
item_expr(struct binder *b, struct nsitem *it, int i)
{
	if (item_col_name(it, i) == NULL)
		return NULL;
	if (it->range == NULL)
		return it->exprs[i];
	return expr_var(b->arena, it->range, i + 1);
}

static struct expr *
positioned(struct binder *b, struct expr *x, int position)
{
	if (x->position == position)
		return x;
	x = arena_dup(b->arena, x, sizeof *x);
	x->position = position;
	return x;
}

static int
system_column(const struct range *r, const char *name)
{
	static const struct {
		const char *name;
		int col;
	} cols[] = {
		{ "ctid", COL_CTID },
		{ "xmin", COL_XMIN },
		{ "tableoid", COL_TABLEOID },
		{ "_version", COL_VERSION },
		{ "xmax", COL_XMAX },
	};

	if (r == NULL || r->kind != RANGE_TABLE)
		return 0;
	for (unsigned i = 0; i < ARRAY_LEN(cols); i++)
		if (strcmp(cols[i].name, name) == 0)
			return cols[i].col;
	return 0;
}

/* Index of the column of this name, -1: none, -2: several. */
static int
item_find(const struct nsitem *it, const char *name)
{
	int n = item_ncols(it), found = -1;

	for (int i = 0; i < n; i++) {
		const char *c = item_col_name(it, i);

		if (c == NULL || c[0] != name[0] || strcmp(c, name) != 0)
			continue;
		if (found >= 0)
			return -2;
		found = i;
	}
	return found;
}

static void *
ambiguous(struct binder *b, const char *name, int position)
{
	return bind_fail(b, position, ERR_AMBIGUOUS_COLUMN, "column reference \"%s\" is ambiguous",
			 name);
}

/* NULL without error: the item has no such column. */
struct expr *
item_column(struct binder *b, struct nsitem *it, const char *name, int position)
{
	int i = item_find(it, name);

	if (i == -2)
		return ambiguous(b, name, position);
	if (i >= 0)
		return positioned(b, item_expr(b, it, i), position);
	int sys = system_column(it->range, name);
	return sys != 0 ? positioned(b, expr_var(b->arena, it->range, sys), position) : NULL;
}

static bool
lateral_usable(struct binder *b, struct nsitem *it, int position)
{
	if (!it->lateral_only || it->lateral_ok)
		return true;
	bind_error(b, position, ERR_INVALID_COLUMN_REFERENCE,
		   "invalid reference to FROM-clause entry for table \"%s\"",
		   it->name != NULL ? it->name : "");
	err_detail(b->e, "The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
	return false;
}

/* A column by its bare name; NULL without error when there is none. */
struct expr *
scope_find_column(struct binder *b, struct scope *s, const char *name, int position,
		  bool local_only)
{
	for (; s != NULL; s = s->outer) {
		struct nsitem *found = NULL;
		int col = -1;

		for (int i = 0; i < s->items.n; i++) {
			struct nsitem *it = LIST_AT(struct nsitem, &s->items, i);

			if (!it->cols_visible || (it->lateral_only && !s->lateral_active))
				continue;
			int c = item_find(it, name);
			if (c == -2 || (c >= 0 && found != NULL))
				return ambiguous(b, name, position);
			if (c >= 0) {
				found = it;
				col = c;
			}
		}
		if (found != NULL) {
			if (!lateral_usable(b, found, position))
				return NULL;
			return positioned(b, item_expr(b, found, col), position);
		}
		/* System columns by bare name: of the only table that has them. */
		struct expr *sys = NULL;
		for (int i = 0; i < s->items.n; i++) {
			struct nsitem *it = LIST_AT(struct nsitem, &s->items, i);
			int c = it->cols_visible ? system_column(it->range, name) : 0;

			if (c == 0)
				continue;
			if (sys != NULL)
				return ambiguous(b, name, position);
			sys = expr_var(b->arena, it->range, c);
		}
		if (sys != NULL)
			return positioned(b, sys, position);
		if (local_only)
			break;
	}
	return NULL;
}

static bool
item_matches(struct binder *b, const struct nsitem *it, const char *schema, const char *name)
{
	if (!it->rel_visible || it->name == NULL || strcmp(it->name, name) != 0)
		return false;
	if (schema == NULL)
		return true;
	const struct schema *s = catalog_schema(b->catalog, schema);
	return s != NULL && it->range != NULL && it->range->rel != NULL &&
	       it->range->rel->o.schema == s->o.oid && strcmp(it->range->rel->o.name, name) == 0;
}

/* A table by its name or alias; NULL without error when there is none. */
struct nsitem *
scope_find_item(struct binder *b, struct scope *s, const char *schema, const char *name,
		int position, int *ret_levels)
{
	for (int level = 0; s != NULL; s = s->outer, level++) {
		struct nsitem *found = NULL;

		for (int i = 0; i < s->items.n; i++) {
			struct nsitem *it = LIST_AT(struct nsitem, &s->items, i);

			if ((it->lateral_only && !s->lateral_active) ||
			    !item_matches(b, it, schema, name))
				continue;
			if (found != NULL)
				return bind_fail(b, position, ERR_AMBIGUOUS_ALIAS,
						 "table reference \"%s\" is ambiguous", name);
			found = it;
		}
		if (found != NULL) {
			if (ret_levels != NULL)
				*ret_levels = level;
			return lateral_usable(b, found, position) ? found : NULL;
		}
	}
	return NULL;
}

/* Rows of a sub-select, a function ...: records whose fields have names. */
static const struct type *
named_record(struct binder *b, const struct range *r)
{
	struct type_attr *attrs = ARENA_ARRAY(b->arena, struct type_attr, r->ncols);
	int n = 0;

	for (int i = 0; i < r->ncols; i++)
		if (r->cols[i].name != NULL)
			attrs[n++] = (struct type_attr){ r->cols[i].name, r->cols[i].type,
							 r->cols[i].typmod };
	return type_make_record(b->arena, attrs, n);
}

/* The row of a range as one value. */
struct expr *
whole_row(struct binder *b, struct range *r, int position)
{
	struct expr *x = expr_var(b->arena, r, 0);
	const struct type *f = r->kind == RANGE_FUNCTION && r->funcs.n == 1 && !r->ordinality
				       ? LIST_AT(struct expr, &r->funcs, 0)->type
				       : NULL;

	if (f != NULL && f->kind == TYPE_COMPOSITE) {
		x->type = f;
	} else if (r->kind == RANGE_TABLE && r->rel->row_type != 0) {
		const struct type *t = type_of(b, r->rel->row_type);

		if (t != NULL)
			x->type = t;
	} else {
		x->type = named_record(b, r);
	}
	/* A function that returns one plain value is that value. */
	if (f != NULL && r->ncols == 1 && !type_is_row(f))
		x = expr_var(b->arena, r, 1);
	x->position = position;
	return x;
}

/* The same of a join: a record of its columns. */
static struct expr *
join_row(struct binder *b, const struct nsitem *it, int position)
{
	struct type_attr *attrs = ARENA_ARRAY(b->arena, struct type_attr, it->ncols);
	struct expr *x = expr_new(b->arena, EXPR_ROW, NULL, it->ncols);

	for (int i = 0; i < it->ncols; i++) {
		x->args[i] = it->exprs[i];
		attrs[i] = (struct type_attr){ it->names[i], it->exprs[i]->type,
					       it->exprs[i]->typmod };
	}
	x->type = type_make_record(b->arena, attrs, it->ncols);
	x->names = it->names;
	x->position = position;
	return x;
}

static struct expr *
item_row(struct binder *b, const struct nsitem *it, int position)
{
	return it->range != NULL ? whole_row(b, it->range, position) : join_row(b, it, position);
}

struct cte *
scope_find_cte(struct scope *s, const char *name)
{
	for (; s != NULL; s = s->outer)
		for (int i = s->ctes.n - 1; i >= 0; i--)
			if (strcmp(LIST_AT(struct cte, &s->ctes, i)->name, name) == 0)
				return LIST_AT(struct cte, &s->ctes, i);
	return NULL;
}

/* -- Column references --------------------------------------------------------- */
static struct expr *
missing_column(struct binder *b, struct scope *s, const char *table, const char *name, int position)
{
	const char *other = NULL, *col;

	if (table != NULL)
		bind_error(b, position, ERR_UNDEFINED_COLUMN, "column %s.%s does not exist", table,
			   name);
	else
		bind_error(b, position, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", name);
	col = guess_column(b, s, table, name, &other);
	if (col != NULL)
		err_hint(b->e, "%s", col);
	return NULL;
}

static struct expr *
bare_name(struct binder *b, struct scope *s, const char *name, int position)
{
	struct expr *x = scope_find_column(b, s, name, position, false);

	if (x != NULL || b->e->code != ERR_OK)
		return x;
	if (s->place == PLACE_DOMAIN_CHECK && strcmp(name, "value") == 0 && s->default_slot != NULL)
		return s->default_slot;
	struct nsitem *it = scope_find_item(b, s, NULL, name, position, NULL);
	if (b->e->code != ERR_OK)
		return NULL;
	if (it != NULL)
		return item_row(b, it, position);
	x = body_parameter(b, NULL, name, position);
	if (x != NULL || b->e->code != ERR_OK)
		return x;
	return missing_column(b, s, NULL, name, position);
}

static struct expr *
item_or_missing(struct binder *b, struct scope *s, struct nsitem *it, const char *name,
		int position)
{
	struct expr *x = item_column(b, it, name, position);

	if (x != NULL || b->e->code != ERR_OK)
		return x;
	if (it->range != NULL) { /* table.function: a call with the row */
		struct expr *row = whole_row(b, it->range, position);
		struct list cands = { 0 };

		functions_named(b, NULL, name, &cands);
		if (cands.n > 0) {
			struct func_match m;

			if (func_resolve(b, NULL, name, 1, &row->type, 0, NULL, true, false, &m) ==
				    MATCH_OK &&
			    m.func != NULL && m.func->kind == FUNC_NORMAL)
				return make_call(b, name, 1, &row, position);
		}
	}
	return missing_column(b, s, it->name, name, position);
}

static const char *
dotted(struct binder *b, const PgQuery__ColumnRef *c)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	for (size_t i = 0; i < c->n_fields; i++)
		strbuf_printf(&s, "%s%s", i > 0 ? "." : "",
			      c->fields[i]->node_case == PG_QUERY__NODE__NODE_A_STAR
				      ? "*"
				      : node_str(c->fields[i]));
	return s.data;
}

struct expr *
bind_column_ref(struct binder *b, struct scope *s, const PgQuery__ColumnRef *c)
{
	int pos = at(b, c->location);
	size_t n = c->n_fields;
	const char *schema = NULL;

	if (c->fields[n - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR && n == 1)
		return bind_fail(b, pos, ERR_SYNTAX_ERROR, "%s",
				 "row expansion via \"*\" is not supported here");
	if (n == 1)
		return bare_name(b, s, node_str(c->fields[0]), pos);
	if (n > 4)
		return bind_fail(b, pos, ERR_SYNTAX_ERROR,
				 "improper qualified name (too many dotted names): %s",
				 dotted(b, c));
	if (n >= 3)
		schema = node_str(c->fields[n - 3]);
	if (n == 4 && b->env->session != NULL &&
	    strcmp(node_str(c->fields[0]), b->env->session->database(b->env->session->self)) != 0)
		return bind_fail(b, pos, ERR_FEATURE_NOT_SUPPORTED,
				 "cross-database references are not implemented: %s.%s.%s.%s",
				 node_str(c->fields[0]), node_str(c->fields[1]),
				 node_str(c->fields[2]), node_str(c->fields[3]));

	const char *table = node_str(c->fields[n - 2]);
	struct nsitem *it = scope_find_item(b, s, schema, table, pos, NULL);
	if (it == NULL && n == 2 && b->env->function != NULL && b->e->code == ERR_OK) {
		const char *name = node_str(c->fields[1]);
		struct expr *x = body_parameter(b, table, name, pos);

		if (x != NULL)
			return x;
		x = body_parameter(b, NULL, table, pos);
		if (x != NULL && type_is_row(x->type))
			return field_of(b, x, name, pos, false);
	}
	if (it == NULL && b->e->code == ERR_OK)
		missing_item(b, s, schema, table, pos);
	if (it == NULL)
		return NULL;
	if (c->fields[n - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR)
		return item_row(b, it, pos);
	return item_or_missing(b, s, it, node_str(c->fields[n - 1]), pos);
}
