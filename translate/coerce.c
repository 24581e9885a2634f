/* coerce.c - conversions: which exist, and the nodes that make them.
 *
 * PostgreSQL's rules (chapter 10, and pg_cast).  A path from one type to another is nothing,
 * a relabel (same bytes), a function, the text form out and in again, or element by element.
 * An unknown literal is not converted but read by the target's input function, here and now,
 * so that its errors point at the literal.
 *
 * Not here: the common type of several expressions (common.c), parameters (params.c). */
#include "config.h"
#include "translate/bind.h"

enum path { PATH_NONE, PATH_RELABEL, PATH_FUNC, PATH_IO, PATH_ARRAY };

static bool
cast_allowed(const struct cast *c, enum coerce_ctx ctx)
{
	switch (c->context) {
	case 'i':
		return true;
	case 'a':
		return ctx >= COERCE_ASSIGNMENT;
	default:
		return ctx >= COERCE_EXPLICIT;
	}
}

static enum path
find_path(struct binder *b, const struct type *from, const struct type *to, enum coerce_ctx ctx,
	  const struct cast **ret)
{
	from = base_type(from, NULL);
	to = base_type(to, NULL);
	if (from->oid == to->oid)
		return PATH_RELABEL;

	const struct cast *c = cast_find(from->oid, to->oid);
	if (c != NULL) {
		if (!cast_allowed(c, ctx))
			return PATH_NONE;
		if (ret != NULL)
			*ret = c;
		return c->method == 'f' ? PATH_FUNC : c->method == 'b' ? PATH_RELABEL : PATH_IO;
	}
	if (to->kind == TYPE_MULTIRANGE && to->sub->oid == from->oid && ctx >= COERCE_EXPLICIT) {
		if (ret != NULL)
			*ret = cast_find(OID_INT4RANGE, OID_INT4MULTIRANGE); /* its function makes any */
		return PATH_FUNC;
	}
	if (type_is_array(from) && type_is_array(to) && to->oid != OID_OIDVECTOR &&
	    to->oid != OID_INT2VECTOR && find_path(b, from->elem, to->elem, ctx, NULL) != PATH_NONE)
		return PATH_ARRAY;
	if ((ctx >= COERCE_ASSIGNMENT && to->category == 'S') ||
	    (ctx >= COERCE_EXPLICIT && from->category == 'S'))
		return PATH_IO;
	return PATH_NONE;
}

bool
can_coerce_one(struct binder *b, const struct type *from, const struct type *to,
	       enum coerce_ctx ctx)
{
	return can_coerce(b, 1, &from, &to->oid, ctx);
}

static bool
can_coerce_to(struct binder *b, const struct type *from, oid_t to_oid, enum coerce_ctx ctx,
	      bool *poly)
{
	if (from->oid == to_oid || to_oid == OID_ANY)
		return true;
	if (type_is_poly(to_oid)) {
		*poly = true;
		return true;
	}
	if (from->oid == OID_UNKNOWN)
		return true;
	const struct type *to = type_of(b, to_oid);
	if (to == NULL)
		return false;
	if (find_path(b, from, to, ctx, NULL) != PATH_NONE)
		return true;
	if (from->oid == OID_RECORD && base_type(to, NULL)->kind == TYPE_COMPOSITE)
		return true;
	if (to_oid == OID_RECORD && base_type(from, NULL)->kind == TYPE_COMPOSITE)
		return true;
	return to_oid == OID_RECORD_ARRAY && type_is_array(from) &&
	       from->elem->kind == TYPE_COMPOSITE;
}

bool
can_coerce(struct binder *b, int n, const struct type *const *from, const oid_t *to,
	   enum coerce_ctx ctx)
{
	bool poly = false;

	for (int i = 0; i < n; i++)
		if (!can_coerce_to(b, from[i], to[i], ctx, &poly))
			return false;
	return !poly || poly_consistent(b, n, from, to);
}

/* -- Making conversions -------------------------------------------------------- */
static void
keep_collation(struct expr *to, const struct expr *from)
{
	if (to->collation != 0 && from->collation != 0)
		to->collation = from->collation;
}

static struct expr *
relabel(struct binder *b, struct expr *x, const struct type *t, int32_t typmod, char form)
{
	struct expr *r;

	if (x->kind == EXPR_CONST &&
	    x->type->byval == t->byval) { /* a constant simply has the type */
		r = arena_dup(b->arena, x, sizeof *x);
		r->type = t;
		r->typmod = typmod;
		r->cast_form = form;
		r->collation = type_default_collation(t);
		keep_collation(r, x);
		return r;
	}
	/* A relabel of a relabel: only the last matters, unless the user wrote the inner one. */
	if (x->kind == EXPR_RELABEL && x->cast_form != 'e')
		x = x->args[0];
	r = expr_new(b->arena, EXPR_RELABEL, t, 1);
	r->args[0] = x;
	r->typmod = typmod;
	r->position = x->position;
	r->cast_form = form;
	keep_collation(r, x);
	return r;
}

/* What a domain asks of its values, and the domains below it. */
static bool
domain_checks(struct binder *b, const struct type *t, struct list *to)
{
	const struct user_type *u =
		(const struct user_type *) catalog_object(b->catalog, OBJ_TYPE, t->oid);
	struct expr *value;

	if (t->base->kind == TYPE_DOMAIN && !domain_checks(b, t->base, to))
		return false;
	if (u == NULL)
		return true;
	value = expr_new(b->arena, EXPR_CASE_VALUE, base_type(t, NULL), 0);
	if (u->not_null) {
		struct domain_check *c = ARENA_NEW(b->arena, struct domain_check);

		c->expr = expr_new(b->arena, EXPR_IS_NOT_NULL, type_builtin(OID_BOOL), 1);
		c->expr->args[0] = value;
		list_push(to, b->arena, c);
	}
	for (int i = 0; i < u->nchecks; i++) {
		struct domain_check *c = ARENA_NEW(b->arena, struct domain_check);

		c->name = u->checks[i].name;
		c->expr = domain_rule(b, u->checks[i].check_sql, value);
		if (c->expr == NULL)
			return false;
		list_push(to, b->arena, c);
	}
	return true;
}

static struct expr *
domain_check(struct binder *b, struct expr *x, const struct type *t, char form, int position)
{
	if (t->kind != TYPE_DOMAIN)
		return x;
	struct expr *r = expr_new(b->arena, EXPR_DOMAIN_CHECK, t, 1);
	r->args[0] = x;
	r->cast_form = form;
	r->position = position;
	keep_collation(r, x);
	struct list checks = { 0 };
	if (!domain_checks(b, t, &checks))
		return NULL;
	r->checks = checks;
	return r;
}

static struct expr *
cast_function(struct binder *b, struct expr *x, const struct cast *c, const struct type *t,
	      int32_t typmod, enum coerce_ctx ctx)
{
	const struct func *f = func_by_oid(c->func);

	if (f == NULL)
		return bind_unsupported(
			b, x->position,
			printf_str(b, "cast from %s to %s", type_show(b, x->type), type_show(b, t)),
			NULL);
	int n = f->nargs < 3 ? f->nargs : 3;
	struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 3);
	args[0] = x;
	args[1] = expr_const(b->arena, type_builtin(OID_INT4), datum_int(typmod));
	args[2] = expr_bool(b->arena, ctx == COERCE_EXPLICIT);
	struct expr *r = expr_func(b->arena, f, t, n, args);
	/* A binary-coercible source (varchar for a function of text) is relabelled first. */
	if (f->nargs > 0 && f->args[0] != x->type->oid && !type_is_poly(f->args[0])) {
		const struct type *in = type_of(b, f->args[0]);

		if (in != NULL && in->byval == x->type->byval)
			args[0] = relabel(b, x, in, -1, 'i');
	}
	if (n > 1)
		r->typmod = typmod;
	return r;
}

static struct expr *
cast_array(struct binder *b, struct expr *x, const struct type *t, int32_t typmod,
	   enum coerce_ctx ctx, char form)
{
	struct expr *elem = expr_new(b->arena, EXPR_CASE_VALUE, base_type(x->type, NULL)->elem, 0);
	struct expr *r = expr_new(b->arena, EXPR_CAST_ARRAY, t, 1);

	if (x->typmod == typmod)
		elem->typmod = x->typmod;
	r->args[0] = x;
	r->typmod = typmod;
	elem = coerce_to(b, elem, t->elem, typmod, ctx, form, x->position);
	if (elem == NULL)
		return NULL;
	r->elem_cast = elem;
	return r;
}

static struct expr *
cast_io(struct binder *b, struct expr *x, const struct type *t)
{
	struct expr *r = expr_new(b->arena, EXPR_CAST_IO, t, 1);

	r->args[0] = x;
	return r;
}

/* A literal: the target's input function reads it now. */
static struct expr *
read_literal(struct binder *b, struct expr *x, const struct type *t, int32_t typmod, char form)
{
	int32_t base_typmod = typmod;
	const struct type *base = base_type(t, &base_typmod);
	int32_t in_typmod = base->oid == OID_INTERVAL ? base_typmod : -1;
	struct expr *c;

	if (x->is_null) {
		c = expr_null(b->arena, base);
	} else {
		union datum v;
		int rc = base->ops->in(base, b->env->type, bytes_data(x->value.b),
				       bytes_len(x->value.b), in_typmod, &v, b->e);
		if (rc != ERR_OK) {
			err_at(b->e, x->position);
			return NULL;
		}
		c = expr_const(b->arena, base, v);
	}
	c->typmod = in_typmod;
	c->position = x->position;
	c->cast_form = form;
	if (base != t) {
		c = coerce_typmod(b, c, base_typmod, COERCE_IMPLICIT, 'i', false);
		if (c == NULL)
			return NULL;
		c = domain_check(b, c, t, form, x->position);
	}
	return c;
}

static struct expr *
along_path(struct binder *b, enum path path, const struct cast *c, struct expr *x,
	   const struct type *t, int32_t typmod, enum coerce_ctx ctx, char form, int position)
{
	int32_t base_typmod = typmod;
	const struct type *base = base_type(t, &base_typmod);
	struct expr *r = x;

	switch (path) {
	case PATH_FUNC:
		r = cast_function(b, x, c, base, base_typmod, ctx);
		break;
	case PATH_IO:
		r = cast_io(b, x, base);
		break;
	case PATH_ARRAY:
		r = cast_array(b, x, base, base_typmod, ctx, form);
		break;
	case PATH_RELABEL:
		/* A domain's value is its base type's; only the label changes. */
		if (x->type->oid != base->oid)
			r = relabel(b, x, base, -1, form);
		break;
	default:
		break;
	}
	if (r == NULL)
		return NULL;
	if (r != x) {
		r->position = position != 0 ? position : x->position;
		r->cast_form = form;
		keep_collation(r, x);
	}
	if (base == t)
		return r;
	if (r->typmod != base_typmod) {
		r = coerce_typmod(b, r, base_typmod, ctx, form, r != x);
		if (r == NULL)
			return NULL;
	}
	return domain_check(b, r, t, form, position != 0 ? position : x->position);
}

static struct expr *
row_mismatch(struct binder *b, const struct expr *x, const struct type *t, int position,
	     const char *detail)
{
	bind_error(b, position, ERR_CANNOT_COERCE, "cannot cast type %s to %s",
		   type_show(b, x->type), type_show(b, t));
	err_detail(b->e, "%s", detail);
	return NULL;
}

/* ROW(...) or a record to a named composite type: field by field. */
static struct expr *
record_to_composite(struct binder *b, struct expr *x, const struct type *t, enum coerce_ctx ctx,
		    char form, int position)
{
	const struct type *row = base_type(t, NULL);
	int pos = position != 0 ? position : x->position;

	if (x->kind != EXPR_ROW)
		return bind_unsupported(
			b, pos, "a record that is not written as ROW(...) as a composite value",
			"Write ROW(...) with the fields in order.");
	if (x->nargs != row->nattrs)
		return row_mismatch(b, x, t, pos,
				    x->nargs < row->nattrs ? "Input has too few columns."
							   : "Input has too many columns.");
	struct expr *r = expr_new(b->arena, EXPR_ROW, row, row->nattrs);
	for (int i = 0; i < row->nattrs; i++) {
		const struct type_attr *a = &row->attrs[i];

		r->args[i] = coerce_to(b, x->args[i], a->type, a->typmod, ctx, 'i', pos);
		if (r->args[i] == NULL && b->e->code == ERR_OK)
			return row_mismatch(b, x, t, pos,
					    printf_str(b, "Cannot cast type %s to %s in column %d.",
						       type_show(b, x->args[i]->type),
						       type_show(b, a->type), i + 1));
		if (r->args[i] == NULL)
			return NULL;
	}
	r->position = pos;
	r->cast_form = form;
	return domain_check(b, r, t, form, pos);
}

struct expr *
coerce_plain(struct binder *b, struct expr *x, const struct type *t, int32_t typmod,
	     enum coerce_ctx ctx, char form, int position)
{
	const struct cast *c = NULL;

	if (x->type->oid == t->oid || t->oid == OID_ANY)
		return x;
	if (type_is_poly(t->oid)) {
		const struct type *base = base_type(x->type, NULL);

		if (t->oid == OID_ANYELEMENT || t->oid == OID_ANYNONARRAY ||
		    t->oid == OID_ANYCOMPATIBLE || t->oid == OID_ANYCOMPATIBLENONARRAY ||
		    base == x->type)
			return x;
		return relabel(b, x, base, -1, 'i');
	}
	if (x->type->oid == OID_UNKNOWN) {
		if (x->kind == EXPR_CONST)
			return read_literal(b, x, t, typmod, form);
		if (x->kind == EXPR_PARAM)
			return param_coerce(b, x, t, position);
		struct expr *r = along_path(b, PATH_IO, NULL, x, t, typmod, ctx, form, position);
		return r;
	}
	enum path path = find_path(b, x->type, t, ctx, &c);
	if (path != PATH_NONE)
		return along_path(b, path, c, x, t, typmod, ctx, form, position);
	if (x->type->oid == OID_RECORD && type_is_row(t))
		return record_to_composite(b, x, t, ctx, form, position);
	if (t->oid == OID_RECORD && type_is_row(x->type))
		return x;
	if (t->oid == OID_RECORD_ARRAY)
		return x;
	return bind_fail(b, position, ERR_INTERNAL_ERROR,
			 "failed to find conversion function from %s to %s", type_show(b, x->type),
			 type_show(b, t));
}

static bool
has_typmod_coercion(const struct type *t)
{
	return type_is_array(t) ? t->elem->ops->coerce != NULL : t->ops->coerce != NULL;
}

/* Make x, which has the right type, fit a typmod.  hide: an inner conversion is not shown. */
struct expr *
coerce_typmod(struct binder *b, struct expr *x, int32_t typmod, enum coerce_ctx ctx, char form,
	      bool hide)
{
	struct expr *r;

	if (typmod == x->typmod)
		return x;
	if (hide)
		x->cast_form = x->cast_form != 0 ? 'i' : 0;
	if (typmod < 0 || !has_typmod_coercion(x->type))
		return relabel(b, x, x->type, typmod, form);
	if (type_is_array(x->type)) {
		r = cast_array(b, x, x->type, typmod, ctx, form);
		if (r == NULL)
			return NULL;
	} else {
		r = expr_new(b->arena, EXPR_TYPMOD, x->type, 1);
		r->args[0] = x;
		r->explicit_cast = ctx == COERCE_EXPLICIT;
	}
	r->typmod = typmod;
	r->cast_form = form;
	r->position = x->position;
	keep_collation(r, x);
	return r;
}

struct expr *
coerce_to(struct binder *b, struct expr *x, const struct type *t, int32_t typmod,
	  enum coerce_ctx ctx, char form, int position)
{
	if (!can_coerce_one(b, x->type, t, ctx))
		return NULL;
	struct expr *r = coerce_plain(b, x, t, typmod, ctx, form, position);
	if (r == NULL || t->kind == TYPE_DOMAIN)
		return r;
	return coerce_typmod(b, r, typmod, ctx, form, r != x && r->kind != EXPR_CONST);
}

static int
visit_set(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_FUNC && x->func->retset;
}

/* -- Contexts that want one type ----------------------------------------------- */
struct expr *
coerce_specific(struct binder *b, struct expr *x, oid_t oid, const char *construct)
{
	const struct type *t = type_builtin(oid);

	if (x->type->oid != oid) {
		struct expr *r = coerce_to(b, x, t, -1, COERCE_ASSIGNMENT, 'i', 0);

		if (r == NULL && b->e->code == ERR_OK)
			return bind_fail(b, x->position, ERR_DATATYPE_MISMATCH,
					 "argument of %s must be type %s, not type %s", construct,
					 type_show(b, t), type_show(b, x->type));
		if (r == NULL)
			return NULL;
		x = r;
	}
	if (expr_walk(x, visit_set, NULL, false) != 0)
		return bind_fail(b, x->position, ERR_DATATYPE_MISMATCH,
				 "argument of %s must not return a set", construct);
	return x;
}

struct expr *
coerce_bool(struct binder *b, struct expr *x, const char *construct)
{
	return coerce_specific(b, x, OID_BOOL, construct);
}

/* What is still unknown when nothing says otherwise is text. */
struct expr *
resolve_unknown(struct binder *b, struct expr *x)
{
	if (x->type->oid != OID_UNKNOWN)
		return x;
	return coerce_to(b, x, type_builtin(OID_TEXT), -1, COERCE_IMPLICIT, 'i', 0);
}

/* x IS NULL works for anything; a parameter without any other hint is text there. */
struct expr *
resolve_unknown_for_test(struct binder *b, struct expr *x)
{
	if (x->type->oid == OID_UNKNOWN && x->kind == EXPR_CONST)
		return resolve_unknown(b, x);
	return x;
}
