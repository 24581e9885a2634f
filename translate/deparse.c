/* deparse.c - bound expressions back to SQL, as PostgreSQL's pg_get_expr prints them.
 *
 * Every operator is parenthesised; conversions nobody wrote are not shown; constants carry
 * their type unless it shows.  The text is also what the catalog keeps, so it must bind again
 * to the same tree.
 *
 * Not here: constants and names (deparse_const.c), queries (deparse_query.c). */
#include "config.h"
#include "translate/deparse.h"

#include <string.h>

static void
put(struct deparse *d, const char *s)
{
	strbuf_puts(d->to, s);
}

/* -- Casts --------------------------------------------------------------------- */
static void
deparse_cast(struct deparse *d, const struct expr *x)
{
	const struct expr *arg = x->args[0];
	const struct type *t = x->type;

	if (arg->kind == EXPR_CONST && arg->type->oid == t->oid && arg->typmod == -1) {
		deparse_const(d, arg, -1);
	} else {
		strbuf_putc(d->to, '(');
		deparse_hidden(d, arg);
		strbuf_putc(d->to, ')');
	}
	put(d, "::");
	deparse_type(d, t, x->typmod);
}

static bool
is_implicit_cast(const struct expr *x)
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

/* A conversion nobody wrote is not shown here. */
void
deparse_hidden(struct deparse *d, const struct expr *x)
{
	while (is_implicit_cast(x))
		x = x->args[0];
	deparse_expr(d, x);
}

/* -- Lists and calls ----------------------------------------------------------- */
static void
deparse_args(struct deparse *d, int n, struct expr *const *args, bool variadic)
{
	for (int i = 0; i < n; i++) {
		if (i > 0)
			put(d, ", ");
		if (variadic && i == n - 1)
			put(d, "VARIADIC ");
		deparse_expr(d, args[i]);
	}
}

/* Columns of a table follow its renames, unless the query renamed them itself. */
const char *
deparse_column_name(struct deparse *d, const struct range *r, int col)
{
	const char *bound = r->cols[col - 1].name;

	if (r->rel != NULL && col <= r->rel->ncols && r->rel->cols[col - 1].name != NULL &&
	    strcmp(bound, r->rel->cols[col - 1].name) == 0) {
		const struct relation *now = deparse_relation_now(d, r->rel);

		if (col <= now->ncols)
			return now->cols[col - 1].name;
	}
	return bound;
}

/* A relation without an alias goes by the name that it has now. */
const char *
deparse_range_name(struct deparse *d, const struct range *r)
{
	return r->rel != NULL && strcmp(r->alias, r->rel->o.name) == 0
		       ? deparse_relation_now(d, r->rel)->o.name
		       : r->alias;
}

static void
deparse_variable(struct deparse *d, const struct expr *x)
{
	static const char *const system[] = { [-COL_ROW_KEY] = "ctid",
					      [-COL_CTID] = "ctid",
					      [-COL_XMIN] = "xmin",
					      [-COL_TABLEOID] = "tableoid",
					      [-COL_VERSION] = "_version",
					      [-COL_XMAX] = "xmax" };

	if (d->qualify && x->range->alias != NULL && x->cast_form != 'm') {
		quote_ident(d->to, deparse_range_name(d, x->range));
		if (x->col == 0) {
			put(d, ".*");
			return;
		}
		strbuf_putc(d->to, '.');
	}
	if (x->col > 0)
		quote_ident(d->to, deparse_column_name(d, x->range, x->col));
	else if (x->col < 0)
		put(d, system[-x->col]);
	else
		quote_ident(d->to, deparse_range_name(d, x->range));
}

static void
deparse_func_name(struct deparse *d, const struct func *f)
{
	const struct object *o =
		f->oid >= OID_FIRST_USER ? catalog_object(d->catalog, OBJ_FUNCTION, f->oid) : NULL;

	if (o != NULL)
		deparse_schema(d, OBJ_FUNCTION, o->schema, o->name);
	quote_ident(d->to, o != NULL ? o->name : f->name);
}

/* Calls that have a syntax of their own: EXTRACT, POSITION, SUBSTRING, TRIM, AT TIME ZONE. */
static bool
deparse_sql_syntax(struct deparse *d, const struct expr *x)
{
	const char *f = x->func->name;

	if (strcmp(f, "timezone") == 0 && x->nargs == 2) {
		strbuf_putc(d->to, '(');
		deparse_expr(d, x->args[1]);
		put(d, " AT TIME ZONE ");
		deparse_expr(d, x->args[0]);
		strbuf_putc(d->to, ')');
		return true;
	}
	if (strcmp(f, "extract") == 0 && x->nargs == 2 && x->args[0]->kind == EXPR_CONST &&
	    !x->args[0]->is_null) {
		put(d, "EXTRACT(");
		strbuf_add(d->to, bytes_data(x->args[0]->value.b), bytes_len(x->args[0]->value.b));
		put(d, " FROM ");
		deparse_expr(d, x->args[1]);
		strbuf_putc(d->to, ')');
		return true;
	}
	if (strcmp(f, "position") == 0 && x->nargs == 2) {
		put(d, "POSITION((");
		deparse_expr(d, x->args[1]);
		put(d, ") IN (");
		deparse_expr(d, x->args[0]);
		put(d, "))");
		return true;
	}
	if (strcmp(f, "substring") == 0 && x->nargs >= 2) {
		put(d, "SUBSTRING(");
		deparse_expr(d, x->args[0]);
		put(d, " FROM ");
		deparse_expr(d, x->args[1]);
		if (x->nargs == 3) {
			put(d, " FOR ");
			deparse_expr(d, x->args[2]);
		}
		strbuf_putc(d->to, ')');
		return true;
	}
	if (strcmp(f, "btrim") == 0 || strcmp(f, "ltrim") == 0 || strcmp(f, "rtrim") == 0) {
		put(d, f[0] == 'b' ? "TRIM(BOTH" : f[0] == 'l' ? "TRIM(LEADING" : "TRIM(TRAILING");
		if (x->nargs == 2) {
			strbuf_putc(d->to, ' ');
			deparse_expr(d, x->args[1]);
		}
		put(d, " FROM ");
		deparse_expr(d, x->args[0]);
		strbuf_putc(d->to, ')');
		return true;
	}
	return false;
}

static void
deparse_operator(struct deparse *d, const struct expr *x)
{
	strbuf_putc(d->to, '(');
	if (x->nargs == 2) {
		deparse_expr(d, x->args[0]);
		strbuf_printf(d->to, " %s ", x->op->name);
		deparse_expr(d, x->args[1]);
	} else {
		strbuf_printf(d->to, "%s ", x->op->name);
		deparse_expr(d, x->args[0]);
	}
	strbuf_putc(d->to, ')');
}

static void
deparse_call(struct deparse *d, const struct expr *x)
{
	if (is_collation_key(x)) { /* binding its argument makes it again */
		deparse_expr(d, x->args[0]);
		return;
	}
	if (x->op != NULL) {
		deparse_operator(d, x);
		return;
	}
	if (x->cast_form == 'e' || x->cast_form == 'i') {
		deparse_cast(d, x);
		return;
	}
	if (x->cast_form == 's' && deparse_sql_syntax(d, x))
		return;
	deparse_func_name(d, x->func);
	strbuf_putc(d->to, '(');
	deparse_args(d, x->nargs, x->args, x->variadic);
	strbuf_putc(d->to, ')');
}

static void
deparse_aggregate(struct deparse *d, const struct expr *x)
{
	quote_ident(d->to, x->func->name);
	strbuf_putc(d->to, '(');
	if (x->agg_distinct)
		put(d, "DISTINCT ");
	if (x->agg_direct.n > 0) {
		deparse_args(d, x->agg_direct.n, (struct expr *const *) x->agg_direct.at, false);
		put(d, ") WITHIN GROUP (ORDER BY ");
		deparse_sort(d, &x->agg_order);
	} else {
		if (x->agg_star)
			strbuf_putc(d->to, '*');
		else
			deparse_args(d, x->nargs, x->args, x->variadic);
		if (x->agg_order.n > 0) {
			put(d, " ORDER BY ");
			deparse_sort(d, &x->agg_order);
		}
	}
	strbuf_putc(d->to, ')');
	if (x->filter != NULL) {
		put(d, " FILTER (WHERE ");
		deparse_expr(d, x->filter);
		strbuf_putc(d->to, ')');
	}
	if (x->kind == EXPR_WINDOW) {
		put(d, " OVER ");
		if (x->window->name != NULL)
			quote_ident(d->to, x->window->name);
		else
			deparse_window(d, x->window);
	}
}

/* -- Special forms ------------------------------------------------------------- */
/* Inside a query every part of a CASE has a line of its own. */
static void
case_break(struct deparse *d, int shift)
{
	if (!d->lines) {
		if (shift > 0)
			strbuf_putc(d->to, ' ');
		return;
	}
	while (d->to->len > 0 && d->to->data[d->to->len - 1] == ' ')
		d->to->len--;
	strbuf_putc(d->to, '\n');
	for (int i = 0; i < d->indent + d->case_depth * 4 + 8 + shift; i++)
		strbuf_putc(d->to, ' ');
}

static void
deparse_case(struct deparse *d, const struct expr *x)
{
	case_break(d, 0);
	put(d, "CASE");
	if (x->test != NULL) {
		strbuf_putc(d->to, ' ');
		deparse_expr(d, x->test);
	}
	d->case_depth++;
	for (int i = 0; i + 1 < x->nargs; i += 2) {
		const struct expr *w = x->args[i];

		d->case_depth--;
		case_break(d, 4);
		d->case_depth++;
		put(d, "WHEN ");
		if (x->test != NULL && w->kind == EXPR_FUNC && w->nargs == 2)
			deparse_hidden(d, w->args[1]);
		else
			deparse_hidden(d, w);
		put(d, " THEN ");
		deparse_expr(d, x->args[i + 1]);
	}
	d->case_depth--;
	if (x->nargs % 2 == 1) {
		case_break(d, 4);
		put(d, "ELSE ");
		d->case_depth++;
		deparse_expr(d, x->args[x->nargs - 1]);
		d->case_depth--;
	}
	if (d->lines)
		case_break(d, 0);
	else
		strbuf_putc(d->to, ' ');
	put(d, "END");
}

static void
deparse_logic(struct deparse *d, const struct expr *x)
{
	const char *word = x->kind == EXPR_AND ? " AND " : " OR ";

	strbuf_putc(d->to, '(');
	for (int i = 0; i < x->nargs; i++) {
		if (i > 0)
			put(d, word);
		deparse_hidden(d, x->args[i]);
	}
	strbuf_putc(d->to, ')');
}

static void
deparse_test(struct deparse *d, const struct expr *x, const char *suffix)
{
	strbuf_putc(d->to, '(');
	if (x->kind == EXPR_IS_NULL || x->kind == EXPR_IS_NOT_NULL)
		deparse_expr(d, x->args[0]);
	else
		deparse_hidden(d, x->args[0]);
	put(d, suffix);
	strbuf_putc(d->to, ')');
}

void
deparse_item(struct deparse *d, const struct expr *x)
{
	deparse_expr(d, x);
	if (x->kind == EXPR_VAR && x->col == 0 && d->qualify && x->cast_form != 'm' && x->type->oid != OID_RECORD) {
		put(d, "::");
		deparse_type(d, x->type, -1);
	}
}

static void
deparse_row(struct deparse *d, int n, struct expr *const *args)
{
	put(d, "ROW(");
	for (int i = 0; i < n; i++) {
		put(d, i > 0 ? ", " : "");
		deparse_item(d, args[i]);
	}
	strbuf_putc(d->to, ')');
}

static const char *const cmp_text[] = {
	[ROWCMP_EQ] = "=",  [ROWCMP_NE] = "<>", [ROWCMP_LT] = "<",
	[ROWCMP_LE] = "<=", [ROWCMP_GT] = ">",  [ROWCMP_GE] = ">="
};

/* The operator behind a sub-query's comparison. */
static const char *
operator_of(const struct func *f, enum row_cmp cmp)
{
	for (int i = 0; i < operator_count(); i++)
		if (operator_at(i)->func == f->oid)
			return operator_at(i)->name;
	return cmp_text[cmp];
}

static void
deparse_sublink(struct deparse *d, const struct expr *x)
{
	const struct sublink *s = x->sub;
	const char *word = s->kind == SUBLINK_ALL ? "ALL " : s->kind == SUBLINK_ANY ? "ANY " : "";

	if (s->kind == SUBLINK_EXISTS)
		put(d, "(EXISTS ");
	else if (s->kind == SUBLINK_ARRAY)
		put(d, "ARRAY");
	else if (s->test.n > 0) {
		const char *op = s->test.n == 1 ? operator_of(s->ops[0], s->cmp) : cmp_text[s->cmp];

		strbuf_putc(d->to, '(');
		if (s->test.n == 1) {
			deparse_expr(d, s->test.at[0]);
		} else {
			strbuf_putc(d->to, '(');
			deparse_args(d, s->test.n, (struct expr *const *) s->test.at, false);
			strbuf_putc(d->to, ')');
		}
		if (s->kind == SUBLINK_ANY && strcmp(op, "=") == 0)
			put(d, " IN ");
		else
			strbuf_printf(d->to, " %s %s", op, word);
	}
	strbuf_putc(d->to, '(');
	struct deparse inner = *d;
	inner.indent += 8;
	inner.case_depth = 0;
	inner.names_visible = s->kind == SUBLINK_SCALAR || s->kind == SUBLINK_ARRAY;
	inner.result = NULL;
	deparse_select(&inner, s->query);
	strbuf_putc(d->to, ')');
	if (s->kind == SUBLINK_EXISTS || s->test.n > 0)
		strbuf_putc(d->to, ')');
}

static void
deparse_subscript(struct deparse *d, const struct expr *x)
{
	bool bare = x->args[0]->kind == EXPR_VAR || x->args[0]->kind == EXPR_FIELD ||
		    x->args[0]->kind == EXPR_SUBSCRIPT;
	int step = x->is_slice ? 2 : 1;

	if (!bare)
		strbuf_putc(d->to, '(');
	deparse_expr(d, x->args[0]);
	if (!bare)
		strbuf_putc(d->to, ')');
	for (int i = 0; i < x->nsubs; i += step) {
		strbuf_putc(d->to, '[');
		if (x->subs[i] != NULL)
			deparse_expr(d, x->subs[i]);
		if (x->is_slice) {
			strbuf_putc(d->to, ':');
			if (x->subs[i + 1] != NULL)
				deparse_expr(d, x->subs[i + 1]);
		}
		strbuf_putc(d->to, ']');
	}
}

static const char *
field_name(struct deparse *d, const struct expr *x)
{
	const struct expr *a = x->args[0];
	const struct type *t = base_type(a->type, NULL);

	if (t->kind == TYPE_COMPOSITE && x->col <= t->nattrs)
		return t->attrs[x->col - 1].name;
	if (a->kind == EXPR_FUNC && x->col <= a->func->nouts &&
	    a->func->outs[x->col - 1].name != NULL)
		return a->func->outs[x->col - 1].name;
	return arena_printf(d->env.arena, "f%d", x->col);
}

static void
deparse_sql_value(struct deparse *d, const struct expr *x)
{
	static const char *const names[] = {
		[SQLV_CURRENT_DATE] = "CURRENT_DATE",
		[SQLV_CURRENT_TIME] = "CURRENT_TIME",
		[SQLV_CURRENT_TIMESTAMP] = "CURRENT_TIMESTAMP",
		[SQLV_LOCALTIME] = "LOCALTIME",
		[SQLV_LOCALTIMESTAMP] = "LOCALTIMESTAMP",
		[SQLV_CURRENT_USER] = "CURRENT_USER",
		[SQLV_SESSION_USER] = "SESSION_USER",
		[SQLV_CURRENT_CATALOG] = "CURRENT_CATALOG",
		[SQLV_CURRENT_SCHEMA] = "CURRENT_SCHEMA",
		[SQLV_USER] = "USER",
		[SQLV_CURRENT_ROLE] = "CURRENT_ROLE",
	};

	put(d, names[x->sqlvalue]);
	if (x->typmod >= 0)
		strbuf_printf(d->to, "(%d)", x->typmod);
}

static void
deparse_converted(struct deparse *d, const struct expr *x)
{
	if (x->cast_form == 'c') {
		strbuf_putc(d->to, '(');
		deparse_expr(d, x->args[0]);
		strbuf_printf(d->to, " COLLATE \"%s\"", collation_name(x->collation));
		strbuf_putc(d->to, ')');
	} else {
		deparse_cast(d, x);
	}
}

static void
deparse_listed(struct deparse *d, const char *name, const struct expr *x)
{
	put(d, name);
	strbuf_putc(d->to, '(');
	deparse_args(d, x->nargs, x->args, false);
	strbuf_putc(d->to, ')');
}

static void
deparse_array(struct deparse *d, const struct expr *x)
{
	put(d, "ARRAY[");
	deparse_args(d, x->nargs, x->args, false);
	strbuf_putc(d->to, ']');
	if (x->nargs == 0) {
		put(d, "::");
		deparse_type(d, x->type, -1);
	}
}

static void
deparse_any_all(struct deparse *d, const struct expr *x)
{
	strbuf_putc(d->to, '(');
	deparse_expr(d, x->args[0]);
	strbuf_printf(d->to, " %s %s (", x->op->name, x->kind == EXPR_ANY ? "ANY" : "ALL");
	deparse_expr(d, x->args[1]);
	strbuf_putc(d->to, ')');
	strbuf_putc(d->to, ')');
}

static void
deparse_row_compare(struct deparse *d, const struct expr *x)
{
	strbuf_putc(d->to, '(');
	deparse_row(d, x->nargs / 2, x->args);
	strbuf_printf(d->to, " %s ", cmp_text[x->cmp]);
	deparse_row(d, x->nargs / 2, x->args + x->nargs / 2);
	strbuf_putc(d->to, ')');
}

static void
deparse_distinct(struct deparse *d, const struct expr *x)
{
	strbuf_putc(d->to, '(');
	if (x->kind == EXPR_NOT_DISTINCT)
		put(d, "NOT (");
	deparse_expr(d, x->args[0]);
	put(d, " IS DISTINCT FROM ");
	deparse_expr(d, x->args[1]);
	if (x->kind == EXPR_NOT_DISTINCT)
		strbuf_putc(d->to, ')');
	strbuf_putc(d->to, ')');
}

void
deparse_expr(struct deparse *d, const struct expr *x)
{
	switch (x->kind) {
	case EXPR_CONST:
		deparse_const(d, x, x->cast_form == 'e' ? 1 : 0);
		break;
	case EXPR_PARAM:
		strbuf_printf(d->to, "$%d", x->number);
		break;
	case EXPR_VAR:
		if (x->range->kind == RANGE_GROUP)
			deparse_expr(d, x->range->funcs.at[x->col - 1]);
		else
			deparse_variable(d, x);
		break;
	case EXPR_SLOT:
		strbuf_printf(d->to, "#%d", x->slot);
		break;
	case EXPR_FUNC:
		deparse_call(d, x);
		break;
	case EXPR_AND:
	case EXPR_OR:
		deparse_logic(d, x);
		break;
	case EXPR_NOT:
		strbuf_putc(d->to, '(');
		put(d, "NOT ");
		deparse_hidden(d, x->args[0]);
		strbuf_putc(d->to, ')');
		break;
	case EXPR_IS_NULL:
		deparse_test(d, x, " IS NULL");
		break;
	case EXPR_IS_NOT_NULL:
		deparse_test(d, x, " IS NOT NULL");
		break;
	case EXPR_IS_TRUE:
		deparse_test(d, x, " IS TRUE");
		break;
	case EXPR_IS_NOT_TRUE:
		deparse_test(d, x, " IS NOT TRUE");
		break;
	case EXPR_IS_FALSE:
		deparse_test(d, x, " IS FALSE");
		break;
	case EXPR_IS_NOT_FALSE:
		deparse_test(d, x, " IS NOT FALSE");
		break;
	case EXPR_IS_UNKNOWN:
		deparse_test(d, x, " IS UNKNOWN");
		break;
	case EXPR_IS_NOT_UNKNOWN:
		deparse_test(d, x, " IS NOT UNKNOWN");
		break;
	case EXPR_DISTINCT:
	case EXPR_NOT_DISTINCT:
		deparse_distinct(d, x);
		break;
	case EXPR_NULLIF:
		deparse_listed(d, "NULLIF", x);
		break;
	case EXPR_CASE:
		deparse_case(d, x);
		break;
	case EXPR_CASE_VALUE:
		put(d, "VALUE");
		break;
	case EXPR_COALESCE:
		deparse_listed(d, "COALESCE", x);
		break;
	case EXPR_GREATEST:
		deparse_listed(d, "GREATEST", x);
		break;
	case EXPR_LEAST:
		deparse_listed(d, "LEAST", x);
		break;
	case EXPR_GROUPING:
		deparse_listed(d, "GROUPING", x);
		break;
	case EXPR_ARRAY:
		deparse_array(d, x);
		break;
	case EXPR_ROW:
		deparse_row(d, x->nargs, x->args);
		if (x->type->oid != OID_RECORD) {
			put(d, "::");
			deparse_type(d, x->type, -1);
		}
		break;
	case EXPR_ROW_COMPARE:
		deparse_row_compare(d, x);
		break;
	case EXPR_ANY:
	case EXPR_ALL:
		deparse_any_all(d, x);
		break;
	case EXPR_RELABEL:
	case EXPR_CAST_IO:
	case EXPR_CAST_ARRAY:
	case EXPR_TYPMOD:
	case EXPR_DOMAIN_CHECK:
		deparse_converted(d, x);
		break;
	case EXPR_SUBSCRIPT:
		deparse_subscript(d, x);
		break;
	case EXPR_FIELD:
		strbuf_putc(d->to, '(');
		deparse_expr(d, x->args[0]);
		put(d, ").");
		quote_ident(d->to, field_name(d, x));
		break;
	case EXPR_SQL_VALUE:
		deparse_sql_value(d, x);
		break;
	case EXPR_AGG:
	case EXPR_WINDOW:
		deparse_aggregate(d, x);
		break;
	case EXPR_SUBLINK:
		deparse_sublink(d, x);
		break;
	case EXPR_JSON_OBJECT:
		deparse_listed(d, "jsonb_build_object", x);
		break;
	case EXPR_INIT: /* only in plans */
	case EXPR_SET_DEFAULT:
		put(d, "DEFAULT");
		break;
	case EXPR_NEXTVAL: {
		const struct relation *seq = catalog_relation_by_oid(d->catalog, (oid_t) x->col);
		struct deparse inner = *d;
		struct strbuf name;

		strbuf_init(&name, d->env.arena);
		inner.to = &name;
		if (seq != NULL)
			deparse_relation_name(&inner, seq);
		put(d, "nextval(");
		quote_literal(d->to, name.data != NULL ? name.data : "", name.len);
		put(d, "::regclass)");
		break;
	}
	}
}

void
sql_deparse_expr(struct strbuf *to, const struct expr *x, const struct catalog *c, bool qualify)
{
	struct arena a = { 0 };
	struct deparse d = { .to = to,
			     .catalog = c,
			     .qualify = qualify,
			     .lines = true,
			     .indent = -8,
			     .env = { .arena = &a, .fmt = &fmt_default, .catalog = c } };

	deparse_hidden(&d, x);
	arena_done(&a);
}

void
sql_show_expr(struct strbuf *to, const struct expr *x, const struct catalog *c, const oid_t *path, int npath)
{
	struct arena a = { 0 };
	struct deparse d = { .to = to,
			     .catalog = c,
			     .path = path,
			     .npath = npath,
			     .lines = true,
			     .indent = -8,
			     .env = { .arena = &a, .fmt = &fmt_default, .catalog = c } };

	deparse_hidden(&d, x);
	arena_done(&a);
}
