/* assign.c - values for columns and for parts of them: SET a[2] = x, SET j['k'] = x, SET c.field = x.
 *
 * A part is assigned by building the whole: an array (or a jsonb) is copied with one element or slice
 * changed (EXPR_SUBSCRIPT with a second argument), a row is made of its own fields and the new
 * one.  `base` is the value that the column has so far. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

struct part {
	struct binder *b;
	struct scope *s;
	const struct column *col;
	int position;
};

/* -- Values -------------------------------------------------------------------- */
struct expr *
assign_coerce(struct binder *b, struct expr *x, const struct column *col, int position)
{
	struct expr *r = coerce_to(b, x, col->type, col->typmod, COERCE_ASSIGNMENT, 'i', 0);

	if (r == NULL && b->e->code == ERR_OK) {
		bind_error(b, x->position != 0 ? x->position : position, ERR_DATATYPE_MISMATCH,
			   "column \"%s\" is of type %s but expression is of type %s", col->name,
			   type_show(b, col->type), type_show(b, x->type));
		err_hint(b->e, "You will need to rewrite or cast the expression.");
	}
	return r;
}

static size_t
subscripts_at(size_t n, PgQuery__Node *const *steps)
{
	size_t k = 0;

	while (k < n && steps[k]->node_case == PG_QUERY__NODE__NODE_A_INDICES)
		k++;
	return k;
}

static struct expr *
field_to_assign(struct part *p, struct expr *base, const char *name, const char *of)
{
	const struct type *row = base_type(base->type, NULL);

	if (row->kind != TYPE_COMPOSITE)
		return bind_fail(p->b, p->position, ERR_DATATYPE_MISMATCH,
				 "cannot assign to field \"%s\" of column \"%s\" because its type "
				 "%s is not a composite type",
				 name, of, type_show(p->b, base->type));
	for (int i = 0; i < row->nattrs; i++)
		if (strcmp(row->attrs[i].name, name) == 0)
			return field_of(p->b, base, name, p->position, false);
	return bind_fail(p->b, p->position, ERR_UNDEFINED_COLUMN,
			 "cannot assign to field \"%s\" of column \"%s\" because there is no such "
			 "column in data type %s",
			 name, of, type_show(p->b, base->type));
}

/* The part as it reads now, and the name that errors give it. */
static struct expr *
part_of(struct part *p, struct expr *x, size_t n, PgQuery__Node *const *steps, const char **ret_name)
{
	const char *name = p->col->name;

	for (size_t i = 0; x != NULL && i < n;) {
		size_t k = subscripts_at(n - i, steps + i);

		if (k > 0 && base_type(x->type, NULL)->oid == OID_NAME)
			return bind_unsupported(p->b, p->position, "assignment to a part of a name",
						"Assign the whole value.");
		if (k > 0) {
			x = bind_subscripts(p->b, p->s, x, k, steps + i, p->position);
			i += k;
		} else if (steps[i]->node_case == PG_QUERY__NODE__NODE_A_STAR) {
			return bind_fail(p->b, p->position, ERR_FEATURE_NOT_SUPPORTED,
					 "row expansion via \"*\" is not supported here");
		} else {
			x = field_to_assign(p, x, node_str(steps[i]), name);
			name = node_str(steps[i++]);
		}
	}
	*ret_name = name;
	return x;
}

int
assign_part_column(struct binder *b, struct scope *s, const PgQuery__ResTarget *t,
		   const struct column *col, struct column *ret_part)
{
	struct part p = { b, s, col, at(b, t->location) };
	const char *name = col->name;
	struct expr *x = expr_null(b->arena, col->type);

	x->typmod = col->typmod;
	x = part_of(&p, x, t->n_indirection, t->indirection, &name);
	if (x == NULL)
		return b->e->code;
	*ret_part = (struct column){ .name = name,
				     .type = x->type,
				     .typmod = x->typmod,
				     .collation = x->collation };
	return ERR_OK;
}

struct expr *
assign_part_coerce(struct binder *b, const PgQuery__ResTarget *t, const struct column *part,
		   struct expr *x)
{
	bool element = t->indirection[t->n_indirection - 1]->node_case ==
		       PG_QUERY__NODE__NODE_A_INDICES;
	struct expr *r = coerce_to(b, x, part->type, part->typmod, COERCE_ASSIGNMENT, 'i', 0);

	if (r == NULL && b->e->code == ERR_OK) {
		bind_error(b, element && x->position != 0 ? x->position : at(b, t->location),
			   ERR_DATATYPE_MISMATCH,
			   element ? "subscripted assignment to \"%s\" requires type %s but "
				     "expression is of type %s"
				   : "subfield \"%s\" is of type %s but expression is of type %s",
			   part->name, type_show(b, part->type), type_show(b, x->type));
		err_hint(b->e, "You will need to rewrite or cast the expression.");
	}
	return r;
}

/* -- The whole ----------------------------------------------------------------- */
static struct expr *whole_with(struct part *p, struct expr *base, size_t n,
			       PgQuery__Node *const *steps, struct expr *value);

static struct expr *
array_with(struct part *p, struct expr *base, size_t n, PgQuery__Node *const *steps,
	   struct expr *value)
{
	struct binder *b = p->b;
	size_t k = subscripts_at(n, steps);
	struct expr *part = bind_subscripts(b, p->s, base, k, steps, p->position);

	value = part == NULL ? NULL : whole_with(p, part, n - k, steps + k, value);
	if (value == NULL)
		return NULL;
	struct expr *whole = expr_new(b->arena, EXPR_SUBSCRIPT, base_type(base->type, NULL), 2);
	whole->args[0] = base;
	whole->args[1] = value;
	whole->subs = part->subs;
	whole->nsubs = part->nsubs;
	whole->is_slice = part->is_slice;
	return whole;
}

static struct expr *
row_with(struct part *p, struct expr *base, size_t n, PgQuery__Node *const *steps,
	 struct expr *value)
{
	const struct type *row = base_type(base->type, NULL);
	struct expr *whole = expr_new(p->b->arena, EXPR_ROW, row, row->nattrs);

	for (int i = 0; i < row->nattrs; i++) {
		struct expr *x = field_of(p->b, base, row->attrs[i].name, p->position, false);

		if (x != NULL && strcmp(row->attrs[i].name, node_str(steps[0])) == 0)
			x = whole_with(p, x, n - 1, steps + 1, value);
		if (x == NULL)
			return NULL;
		whole->args[i] = x;
	}
	return whole;
}

static struct expr *
whole_with(struct part *p, struct expr *base, size_t n, PgQuery__Node *const *steps,
	   struct expr *value)
{
	if (n == 0)
		return value;
	struct expr *x = steps[0]->node_case == PG_QUERY__NODE__NODE_A_INDICES
				 ? array_with(p, base, n, steps, value)
				 : row_with(p, base, n, steps, value);
	if (x == NULL)
		return NULL;
	x->typmod = base->typmod;
	x->position = p->position;
	return coerce_plain(p->b, x, base->type, base->typmod, COERCE_IMPLICIT, 'i', 0);
}

struct expr *
assign_part(struct binder *b, struct scope *s, const PgQuery__ResTarget *t,
	    const struct column *col, struct expr *base, struct expr *value)
{
	struct part p = { b, s, col, at(b, t->location) };

	return whole_with(&p, base, t->n_indirection, t->indirection, value);
}
