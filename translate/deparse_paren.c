/* deparse_paren.c - which parentheses the pretty form leaves out.
 *
 * The plain form puts parentheses around every operator.  The pretty one keeps them only where
 * PostgreSQL's pretty printer does: where the tree would be read differently without, and
 * where it is not sure. */
#include "config.h"
#include "translate/deparse.h"

#include <string.h>

bool
deparse_is_implicit(const struct expr *x)
{
	switch (x->kind) {
	case EXPR_FUNC:
		return x->cast_form == 'i' && x->op == NULL;
	case EXPR_RELABEL:
	case EXPR_CAST_IO:
	case EXPR_CAST_ARRAY:
	case EXPR_TYPMOD:
	case EXPR_DOMAIN_CHECK:
		return x->cast_form == 'i' || x->cast_form == 0;
	default:
		return false;
	}
}

static bool
is_cast(const struct expr *x)
{
	switch (x->kind) {
	case EXPR_FUNC:
		return x->op == NULL && (x->cast_form == 'i' || x->cast_form == 'e');
	case EXPR_RELABEL:
	case EXPR_CAST_IO:
	case EXPR_CAST_ARRAY:
	case EXPR_TYPMOD:
	case EXPR_DOMAIN_CHECK:
		return true;
	default:
		return false;
	}
}

/* 1 for + and -, 2 for * / %, 0 for anything else. */
static int
priority(const struct expr *x)
{
	if (x->kind != EXPR_FUNC || x->op == NULL || x->nargs != 2 || x->op->name[1] != '\0')
		return 0;
	return strchr("+-", x->op->name[0]) != NULL    ? 1
	       : strchr("*/%", x->op->name[0]) != NULL ? 2
						       : 0;
}

/* Does the parent put its arguments between brackets or key words anyway? */
static bool
encloses(const struct expr *parent)
{
	switch (parent->kind) {
	case EXPR_FUNC:
		return parent->op == NULL && parent->cast_form == 0;
	case EXPR_SUBSCRIPT:
	case EXPR_ARRAY:
	case EXPR_ROW:
	case EXPR_COALESCE:
	case EXPR_GREATEST:
	case EXPR_LEAST:
	case EXPR_NULLIF:
	case EXPR_AGG:
	case EXPR_GROUPING:
	case EXPR_WINDOW:
	case EXPR_CASE:
		return true;
	default:
		return false;
	}
}

static bool
is_logic(const struct expr *x)
{
	return x->kind == EXPR_AND || x->kind == EXPR_OR || x->kind == EXPR_NOT;
}

static bool
simple_operator(const struct expr *x, const struct expr *parent)
{
	int mine = priority(x), theirs = priority(parent);

	if (parent->kind == EXPR_FUNC && parent->op != NULL) {
		if (mine == 0 || theirs == 0)
			return false;
		if (mine != theirs)
			return mine > theirs;
		return parent->args[0] == x;
	}
	return is_logic(parent) || encloses(parent);
}

/* May x stand without parentheses below parent? */
static bool
is_simple(const struct expr *x, const struct expr *parent)
{
	switch (x->kind) {
	case EXPR_FUNC:
		if (x->op != NULL)
			return simple_operator(x, parent);
		return true;
	case EXPR_RELABEL:
	case EXPR_CAST_IO:
	case EXPR_CAST_ARRAY:
	case EXPR_TYPMOD:
	case EXPR_DOMAIN_CHECK:
		return is_simple(x->args[0], x);
	case EXPR_FIELD:
		return parent->kind != EXPR_FIELD;
	case EXPR_SUBLINK:
	case EXPR_IS_NULL:
	case EXPR_IS_NOT_NULL:
	case EXPR_IS_TRUE:
	case EXPR_IS_NOT_TRUE:
	case EXPR_IS_FALSE:
	case EXPR_IS_NOT_FALSE:
	case EXPR_IS_UNKNOWN:
	case EXPR_IS_NOT_UNKNOWN:
	case EXPR_DISTINCT:
		return is_logic(parent) || encloses(parent);
	case EXPR_AND:
	case EXPR_NOT:
		return parent->kind == EXPR_AND || parent->kind == EXPR_OR || encloses(parent);
	case EXPR_OR:
		return parent->kind == EXPR_OR || encloses(parent);
	case EXPR_ANY:
	case EXPR_ALL:
	case EXPR_NOT_DISTINCT:
	case EXPR_ROW_COMPARE:
		return false;
	default:
		return true;
	}
}

/* x below parent; shown: a conversion that nobody wrote is shown too. */
void
deparse_child(struct deparse *d, const struct expr *x, const struct expr *parent, bool shown)
{
	while (!shown && deparse_is_implicit(x)) {
		parent = x;
		x = x->args[0];
	}
	bool paren =
		d->pretty && !is_simple(x, parent) && !(is_cast(x) && is_simple(x->args[0], x));
	if (paren)
		strbuf_putc(d->to, '(');
	deparse_expr(d, x);
	if (paren)
		strbuf_putc(d->to, ')');
}

/* The parentheses the plain form always has. */
void
deparse_open(struct deparse *d)
{
	if (!d->pretty)
		strbuf_putc(d->to, '(');
}

void
deparse_close(struct deparse *d)
{
	if (!d->pretty)
		strbuf_putc(d->to, ')');
}
