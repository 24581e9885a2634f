/* userfunc.c - functions that users wrote in SQL: by name, their parameters in the body, and
 * what the body's last statement must give.
 *
 * Not here: CREATE FUNCTION (ddl_function.c), putting bodies in place of calls (inline.c). */
#include "config.h"
#include "core/func/user.h"
#include "translate/bind.h"

#include <string.h>

/* -- By name ------------------------------------------------------------------- */
const struct func *
function_of(struct binder *b, const struct function *def)
{
	struct list *known = &b->env->functions;

	for (int i = 0; i < known->n; i++)
		if (func_definition(known->at[i]) == def)
			return known->at[i];
	const struct func *f = user_func(b->env->arena, def);
	list_push(known, b->env->arena, (void *) (uintptr_t) f);
	return f;
}

static bool
same_arguments(const struct func *f, const struct function *def)
{
	return f->nargs == def->nargs &&
	       memcmp(f->args, def->args, (size_t) def->nargs * sizeof *def->args) == 0;
}

/* What an earlier schema has under the same arguments hides what a later one has. */
static void
add_schema(struct binder *b, oid_t schema, const char *name, struct list *to)
{
	int first, n = catalog_functions(b->catalog, schema, name, &first), before = to->n;

	for (int i = first; i < first + n; i++) {
		const struct function *def = catalog_function(b->catalog, i);
		bool hidden = false;

		for (int k = 0; k < before && !hidden; k++)
			hidden = same_arguments(to->at[k], def);
		if (!hidden)
			list_push(to, b->arena, (void *) (uintptr_t) function_of(b, def));
	}
}

void
functions_named(struct binder *b, const char *schema, const char *name, struct list *to)
{
	const struct schema *s = schema != NULL ? catalog_schema(b->catalog, schema) : NULL;
	const struct func *const *built_in;
	const oid_t *path;

	if (schema == NULL ||
	    (s != NULL && (s->o.oid == OID_PG_CATALOG || s->o.oid == OID_INFORMATION_SCHEMA))) {
		int n = func_candidates(name, &built_in);

		for (int i = 0; i < n; i++)
			list_push(to, b->arena, (void *) (uintptr_t) built_in[i]);
	}
	if (catalog_count(b->catalog, OBJ_FUNCTION) == 0)
		return;
	if (schema != NULL) {
		if (s != NULL)
			add_schema(b, s->o.oid, name, to);
		return;
	}
	int n = search_path(b, true, &path);
	for (int i = 0; i < n; i++)
		add_schema(b, path[i], name, to);
}

/* -- In the body --------------------------------------------------------------- */
struct expr *
body_parameter(struct binder *b, const char *function, const char *name, int position)
{
	const struct function *def = b->env->function != NULL ? b->env->function->def : NULL;
	int input = 0;

	if (def == NULL || (function != NULL && strcmp(function, def->o.name) != 0))
		return NULL;
	for (int i = 0; i < def->nall; i++) {
		if (def->all_modes[i] == 'o' || def->all_modes[i] == 't')
			continue;
		input++;
		if (strcmp(def->all_names[i], name) == 0)
			return bind_param(b, input, position);
	}
	return NULL;
}

/* -- The result ---------------------------------------------------------------- */
static void *
mismatch(struct binder *b, const struct type *ret, const char *detail)
{
	bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
		   "return type mismatch in function declared to return %s", type_show(b, ret));
	err_detail(b->e, "%s", detail);
	return NULL;
}

bool
fits_nothing(const struct bind_function *f)
{
	return f->ret->oid == OID_VOID;
}

struct wanted {
	int n;
	const struct type **types; /* NULL: any */
	int32_t *typmods;
};

/* The columns of the declared result; false: it is a single value, or any row. */
static bool
wanted_columns(struct binder *b, const struct bind_function *f, struct wanted *to)
{
	const struct type *row = base_type(f->ret, NULL);
	int n = f->def->nall + row->nattrs + 1;

	to->types = ARENA_ARRAY(b->arena, const struct type *, n);
	to->typmods = ARENA_ARRAY(b->arena, int32_t, n);
	for (int i = 0; i < f->def->nall; i++)
		if (function_mode_is_out(f->def->all_modes[i])) {
			oid_t t = f->def->all_types[i];

			to->typmods[to->n] = -1;
			to->types[to->n++] = type_is_poly(t) ? NULL : type_of(b, t);
		}
	if (to->n > 1 || (to->n == 1 && f->def->kind == FUNC_PROCEDURE))
		return true;
	to->n = 0;
	if (row->kind != TYPE_COMPOSITE)
		return false;
	for (int i = 0; i < row->nattrs; i++) {
		to->typmods[to->n] = row->attrs[i].typmod;
		to->types[to->n++] = row->attrs[i].type;
	}
	return true;
}

/* Column i of the result becomes t; false: it cannot.  The query may get a wrapper. */
static bool
fit_column(struct binder *b, struct query **q, int i, const struct type *t, int32_t typmod)
{
	struct expr *x = query_column(*q, i)->expr;

	if (t == NULL || x->type->oid == t->oid)
		return true;
	if ((*q)->kind == QUERY_SELECT && x->kind != EXPR_CONST)
		*q = castable_query(b, *q);
	struct target *col = query_column(*q, i);
	x = coerce_to(b, col->expr, t, typmod, COERCE_ASSIGNMENT, 'i', 0);
	if (x == NULL)
		return false;
	col->expr = x;
	return true;
}

static struct query *
fit_row(struct binder *b, const struct bind_function *f, struct query *q, const struct wanted *w)
{
	int n = query_visible_targets(q);
	const struct expr *first = n == 1 ? query_column(q, 0)->expr : NULL;

	if (first != NULL && w->n != 1 &&
	    (first->type->oid == f->ret->oid || first->type->oid == OID_RECORD))
		return q; /* the row as one value */
	if (n != w->n)
		return mismatch(b, f->ret,
				n < w->n ? "Final statement returns too few columns."
					 : "Final statement returns too many columns.");
	for (int i = 0; i < n; i++) {
		const struct type *is = query_column(q, i)->expr->type;

		if (fit_column(b, &q, i, w->types[i], w->typmods[i]))
			continue;
		if (b->e->code != ERR_OK)
			return NULL;
		return mismatch(b, f->ret,
				printf_str(b, "Final statement returns %s instead of %s at column "
					      "%d.",
					   type_show(b, is), type_show(b, w->types[i]), i + 1));
	}
	return q;
}

struct query *
fit_result(struct binder *b, const struct bind_function *f, struct query *q)
{
	struct wanted w = { 0 };

	if (fits_nothing(f))
		return q;
	if (q == NULL || (q->kind != QUERY_SELECT && !q->returning))
		return mismatch(b, f->ret,
				"Function's final statement must be SELECT or "
				"INSERT/UPDATE/DELETE RETURNING.");
	if (wanted_columns(b, f, &w))
		return fit_row(b, f, q, &w);
	if (f->ret->oid == OID_RECORD)
		return q;
	if (query_visible_targets(q) != 1)
		return mismatch(b, f->ret, "Final statement must return exactly one column.");
	const struct type *is = query_column(q, 0)->expr->type;
	if (fit_column(b, &q, 0, type_is_poly(f->ret->oid) ? NULL : f->ret, -1))
		return q;
	return b->e->code != ERR_OK ? NULL
				    : mismatch(b, f->ret,
					       printf_str(b, "Actual return type is %s.",
							  type_show(b, is)));
}
