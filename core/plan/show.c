/* show.c - expressions of a plan as text, for EXPLAIN.
 *
 * Slots are shown by the name of the column they stand for.  Meant for people: it follows
 * SQL's notation but is not parsed again (translate/deparse.c prints SQL that is). */
#include "config.h"
#include "core/plan/show.h"

static void show(struct strbuf *to, const struct expr *x, const struct plan *l,
		 const struct plan *r);

static const char *
slot_name(int slot, const struct plan *l, const struct plan *r)
{
	if (l != NULL && slot < l->ncols)
		return l->cols[slot].name;
	slot -= l != NULL ? l->ncols : 0;
	return r != NULL && slot >= 0 && slot < r->ncols ? r->cols[slot].name : NULL;
}

static void
show_list(struct strbuf *to, const struct expr *x, int from, const struct plan *l,
	  const struct plan *r)
{
	for (int i = from; i < x->nargs; i++) {
		if (i > from)
			strbuf_puts(to, ", ");
		show(to, x->args[i], l, r);
	}
}

static void
show_joined(struct strbuf *to, const struct expr *x, const char *word, const struct plan *l,
	    const struct plan *r)
{
	strbuf_putc(to, '(');
	for (int i = 0; i < x->nargs; i++) {
		if (i > 0)
			strbuf_puts(to, word);
		show(to, x->args[i], l, r);
	}
	strbuf_putc(to, ')');
}

static void
show_const(struct strbuf *to, const struct expr *x)
{
	struct arena a = { 0 };
	struct type_env env = { .arena = &a, .fmt = &fmt_default };

	if (x->is_null) {
		strbuf_puts(to, "NULL");
	} else if (x->type->oid == OID_BOOL) {
		strbuf_puts(to, x->value.i != 0 ? "true" : "false");
	} else if (x->type->category == 'N' && x->type->byval) {
		x->type->ops->out(x->type, &env, x->value, to);
	} else {
		strbuf_putc(to, '\'');
		x->type->ops->out(x->type, &env, x->value, to);
		strbuf_puts(to, "'::");
		strbuf_puts(to, type_sql_name(x->type));
	}
	arena_done(&a);
}

static void
show_call(struct strbuf *to, const struct expr *x, const struct plan *l, const struct plan *r)
{
	if (x->op != NULL && x->nargs == 2) {
		strbuf_putc(to, '(');
		show(to, x->args[0], l, r);
		strbuf_printf(to, " %s ", x->op->name);
		show(to, x->args[1], l, r);
		strbuf_putc(to, ')');
		return;
	}
	if (x->cast_form == 'e' && x->nargs >= 1) {
		strbuf_putc(to, '(');
		show(to, x->args[0], l, r);
		strbuf_printf(to, ")::%s", type_sql_name(x->type));
		return;
	}
	strbuf_puts(to, x->func->name);
	strbuf_putc(to, '(');
	show_list(to, x, 0, l, r);
	strbuf_putc(to, ')');
}

static void
show_postfix(struct strbuf *to, const struct expr *x, const char *word, const struct plan *l,
	     const struct plan *r)
{
	strbuf_putc(to, '(');
	show(to, x->args[0], l, r);
	strbuf_puts(to, word);
	strbuf_putc(to, ')');
}

static void
show_case(struct strbuf *to, const struct expr *x, const struct plan *l, const struct plan *r)
{
	int i = 0;

	strbuf_puts(to, "CASE ");
	if (x->test != NULL)
		show(to, x->test, l, r);
	for (; i + 1 < x->nargs; i += 2) {
		strbuf_puts(to, " WHEN ");
		show(to, x->args[i], l, r);
		strbuf_puts(to, " THEN ");
		show(to, x->args[i + 1], l, r);
	}
	if (i < x->nargs) {
		strbuf_puts(to, " ELSE ");
		show(to, x->args[i], l, r);
	}
	strbuf_puts(to, " END");
}

static void
show(struct strbuf *to, const struct expr *x, const struct plan *l, const struct plan *r)
{
	const char *name;

	switch (x->kind) {
	case EXPR_CONST:
		show_const(to, x);
		return;
	case EXPR_PARAM:
	case EXPR_INIT:
		strbuf_printf(to, "$%d", x->number);
		return;
	case EXPR_SLOT:
		name = slot_name(x->slot, l, r);
		if (name != NULL)
			strbuf_puts(to, name);
		else
			strbuf_printf(to, "#%d", x->slot);
		return;
	case EXPR_VAR:
		name = x->col > 0 ? x->range->cols[x->col - 1].name : "ctid";
		strbuf_printf(to, "%s.%s", x->range->alias, name != NULL ? name : "?");
		return;
	case EXPR_FUNC:
		show_call(to, x, l, r);
		return;
	case EXPR_AND:
		show_joined(to, x, " AND ", l, r);
		return;
	case EXPR_OR:
		show_joined(to, x, " OR ", l, r);
		return;
	case EXPR_NOT:
		strbuf_puts(to, "(NOT ");
		show(to, x->args[0], l, r);
		strbuf_putc(to, ')');
		return;
	case EXPR_IS_NULL:
		show_postfix(to, x, " IS NULL", l, r);
		return;
	case EXPR_IS_NOT_NULL:
		show_postfix(to, x, " IS NOT NULL", l, r);
		return;
	case EXPR_IS_TRUE:
		show_postfix(to, x, " IS TRUE", l, r);
		return;
	case EXPR_IS_NOT_TRUE:
		show_postfix(to, x, " IS NOT TRUE", l, r);
		return;
	case EXPR_IS_FALSE:
		show_postfix(to, x, " IS FALSE", l, r);
		return;
	case EXPR_IS_NOT_FALSE:
		show_postfix(to, x, " IS NOT FALSE", l, r);
		return;
	case EXPR_DISTINCT:
		show_joined(to, x, " IS DISTINCT FROM ", l, r);
		return;
	case EXPR_NOT_DISTINCT:
		show_joined(to, x, " IS NOT DISTINCT FROM ", l, r);
		return;
	case EXPR_ANY:
	case EXPR_ALL:
		strbuf_putc(to, '(');
		show(to, x->args[0], l, r);
		strbuf_printf(to, " %s %s (", x->op != NULL ? x->op->name : "=",
			      x->kind == EXPR_ANY ? "ANY" : "ALL");
		show(to, x->args[1], l, r);
		strbuf_puts(to, "))");
		return;
	case EXPR_CASE:
		show_case(to, x, l, r);
		return;
	case EXPR_COALESCE:
		strbuf_puts(to, "COALESCE(");
		show_list(to, x, 0, l, r);
		strbuf_putc(to, ')');
		return;
	case EXPR_RELABEL:
	case EXPR_TYPMOD:
		show(to, x->args[0], l, r);
		return;
	case EXPR_CAST_IO:
		strbuf_putc(to, '(');
		show(to, x->args[0], l, r);
		strbuf_printf(to, ")::%s", type_sql_name(x->type));
		return;
	case EXPR_ROW:
		strbuf_puts(to, "ROW(");
		show_list(to, x, 0, l, r);
		strbuf_putc(to, ')');
		return;
	case EXPR_ARRAY:
		strbuf_puts(to, "ARRAY[");
		show_list(to, x, 0, l, r);
		strbuf_putc(to, ']');
		return;
	default:
		strbuf_puts(to, "(...)");
		return;
	}
}

void
plan_show_expr(struct strbuf *to, const struct expr *x, const struct plan *left,
	       const struct plan *right)
{
	show(to, x, left, right);
}
