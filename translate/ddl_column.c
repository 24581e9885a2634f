/* ddl_column.c - column definitions of CREATE TABLE and ALTER TABLE ADD COLUMN.
 *
 * Not here: constraints over several columns (ddl_constraint.c). */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

const char *
expr_text(struct binder *b, const struct expr *x)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	sql_deparse_expr(&s, x, b->catalog, false);
	return s.data;
}

struct def_column *
find_def_column(const struct table_def *t, const char *name)
{
	for (int i = 0; t->columns != NULL && i < t->columns->n; i++)
		if (strcmp(LIST_AT(struct def_column, t->columns, i)->name, name) == 0)
			return t->columns->at[i];
	return NULL;
}

/* The table's columns as something expressions can name. */
struct range *
table_row(struct binder *b, struct table_def *t)
{
	int n = t->columns != NULL ? t->columns->n : 0, old = t->rel != NULL ? t->rel->ncols : 0;

	if (t->row != NULL && t->row->ncols == old + n)
		return t->row;
	struct range *r = range_new(b->arena, NULL, RANGE_VALUES, t->name, old + n);
	for (int i = 0; i < old; i++) {
		const struct column *c = &t->rel->cols[i];

		r->cols[i] = (struct range_column){ c->dropped ? NULL : c->name, c->type, c->typmod,
						    c->collation };
	}
	for (int i = 0; i < n; i++) {
		const struct def_column *c = LIST_AT(struct def_column, t->columns, i);

		r->cols[old + i] =
			(struct range_column){ c->name, c->type, c->typmod, c->collation };
	}
	t->row = r;
	return r;
}

/* -- Types --------------------------------------------------------------------- */
static const struct type *
serial_type(const PgQuery__TypeName *tn)
{
	static const struct {
		const char *name;
		oid_t type;
	} serials[] = {
		{ "smallserial", OID_INT2 }, { "serial2", OID_INT2 },   { "serial", OID_INT4 },
		{ "serial4", OID_INT4 },     { "bigserial", OID_INT8 }, { "serial8", OID_INT8 },
	};

	if (tn->n_names != 1 || tn->pct_type)
		return NULL;
	for (unsigned i = 0; i < ARRAY_LEN(serials); i++)
		if (strcmp(serials[i].name, node_str(tn->names[0])) == 0)
			return type_builtin(serials[i].type);
	return NULL;
}

static int
check_column_type(struct binder *b, const char *column, const struct type *t)
{
	if (t->kind == TYPE_PSEUDO)
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "column \"%s\" has pseudo-type %s", column, type_show(b, t));
	return ERR_OK;
}

static int
column_type(struct binder *b, const PgQuery__ColumnDef *c, struct def_column *to)
{
	to->typmod = -1;
	to->type = serial_type(c->type_name);
	if (to->type != NULL) {
		if (c->type_name->n_array_bounds > 0)
			return bind_error(b, at(b, c->type_name->location),
					  ERR_FEATURE_NOT_SUPPORTED,
					  "array of serial is not implemented");
		to->serial = true;
		to->not_null = true;
	} else {
		to->type = bind_type(b, c->type_name, &to->typmod);
		if (to->type == NULL || check_column_type(b, c->colname, to->type) != ERR_OK)
			return b->e->code;
	}
	to->collation = type_default_collation(to->type);
	if (c->coll_clause != NULL) {
		bool found;
		int pos = at(b, c->coll_clause->location);

		if (!to->type->collatable)
			return bind_error(b, pos, ERR_DATATYPE_MISMATCH,
					  "collations are not supported by type %s",
					  type_show(b, to->type));
		to->collation = bind_collation(b, c->coll_clause->n_collname,
					       c->coll_clause->collname, pos, &found);
		if (!found)
			return b->e->code;
	}
	return ERR_OK;
}

/* -- Defaults ------------------------------------------------------------------ */
static void
column_error(struct binder *b, const char *column, const struct type *type, const struct expr *x,
	     const char *kind)
{
	bind_error(b, 0, ERR_DATATYPE_MISMATCH,
		   "column \"%s\" is of type %s but %s expression is of type %s", column,
		   type_show(b, type), kind, type_show(b, x->type));
	err_hint(b->e, "You will need to rewrite or cast the expression.");
}

static int
visit_column_ref(const PgQuery__Node *n)
{
	return n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
}

/* The default as the catalog keeps it; NULL with error. */
const char *
default_text(struct binder *b, Node *n, const char *column, const struct type *type, int32_t typmod)
{
	struct scope s;
	struct expr *x, *y;

	scope_init(&s, NULL, NULL);
	s.place = PLACE_DEFAULT;
	if (visit_column_ref(n))
		return bind_fail(b, at(b, node_location(n)), ERR_FEATURE_NOT_SUPPORTED,
				 "cannot use column reference in DEFAULT expression");
	x = bind_expr(b, &s, n);
	if (x == NULL) {
		if (b->e->code == ERR_UNDEFINED_COLUMN) {
			int position = b->e->position;

			err_init(b->e);
			return bind_fail(b, position, ERR_FEATURE_NOT_SUPPORTED,
					 "cannot use column reference in DEFAULT expression");
		}
		return NULL;
	}
	y = coerce_to(b, x, type, typmod, COERCE_ASSIGNMENT, 'i', 0);
	if (y == NULL) {
		if (b->e->code == ERR_OK)
			column_error(b, column, type, x, "default");
		return NULL;
	}
	return expr_text(b, y);
}

/* Does a type's text form depend on settings?  (As pg_proc says of its in and out functions.) */
static bool
stable_text(const struct type *t, bool input)
{
	if (t->elem != NULL || t->kind != TYPE_BASE)
		return true;
	switch (t->oid) {
	case OID_DATE:
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
	case OID_REGCLASS:
	case OID_REGTYPE:
	case OID_REGPROC:
	case OID_REGPROCEDURE:
	case OID_REGOPER:
	case OID_REGOPERATOR:
	case OID_RECORD:
	case OID_INTERVAL:
		return true;
	case OID_TIME:
	case OID_TIMETZ:
		return input;
	default:
		return false;
	}
}

/* What indexes, generated columns and their like may not depend on. */
int
visit_not_immutable(struct expr *x, void *arg)
{
	(void) arg;
	switch (x->kind) {
	case EXPR_FUNC:
		/* text || anything: as good as the other's text. */
		if (x->op != NULL && strcmp(x->op->name, "||") == 0 && x->nargs == 2 &&
		    x->func->ret == OID_TEXT) {
			const struct expr *other =
				x->args[0]->type->oid == OID_TEXT ? x->args[1] : x->args[0];

			return other->type->oid != OID_TEXT && stable_text(other->type, false);
		}
		return x->func != NULL && x->func->volatility != 'i';
	case EXPR_CAST_IO:
		return stable_text(x->args[0]->type, false) || stable_text(x->type, true);
	case EXPR_SQL_VALUE:
	case EXPR_NEXTVAL:
		return 1;
	default:
		return 0;
	}
}

/* Generated columns of the table being made: their own expressions may not be known yet. */
static bool
is_generated(const struct table_def *t, const char *name)
{
	const struct column *old = t->rel != NULL ? relation_column(t->rel, name) : NULL;

	for (int i = 0; i < t->generated.n; i++)
		if (strcmp(t->generated.at[i], name) == 0)
			return true;
	return old != NULL && old->generated != 0;
}

/* The generated column that an expression names; of a whole row: the one it is for. */
struct generated_use {
	const struct table_def *t;
	const char *name;
};

static int
visit_generated(struct expr *x, void *arg)
{
	struct generated_use *u = arg;

	if (x->kind != EXPR_VAR || x->col < 0)
		return 0;
	u->name = x->col == 0 ? u->name : x->range->cols[x->col - 1].name;
	return x->col == 0 || is_generated(u->t, u->name) ? x->position + 1 : 0;
}

static int
generated_text(struct binder *b, struct table_def *t, Node *n, struct def_column *col)
{
	struct scope s;
	struct expr *x, *y;

	scope_init(&s, NULL, NULL);
	s.place = PLACE_GENERATED;
	(void) scope_add(b, &s, table_row(b, t), true, true);
	x = bind_expr(b, &s, n);
	if (x == NULL)
		return b->e->code;
	struct generated_use use = { .t = t, .name = col->name };
	int bad = expr_walk(x, visit_generated, &use, false);
	if (bad != 0) {
		bind_error(b, bad - 1, ERR_INVALID_OBJECT_DEFINITION,
			   "cannot use generated column \"%s\" in column generation expression",
			   use.name);
		return err_detail(b->e,
				  "A generated column cannot reference another generated column.");
	}
	if (expr_walk(x, visit_not_immutable, NULL, true) != 0)
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "generation expression is not immutable");
	y = coerce_to(b, x, col->type, col->typmod, COERCE_ASSIGNMENT, 'i', 0);
	if (y == NULL) {
		if (b->e->code == ERR_OK)
			column_error(b, col->name, col->type, x, "generation");
		return b->e->code;
	}
	col->generated_sql = expr_text(b, y);
	return ERR_OK;
}

/* -- Column constraints -------------------------------------------------------- */
struct seen {
	bool null, not_null, default_given, identity, generated;
};

static int
twice(struct binder *b, const struct table_def *t, const PgQuery__Constraint *c, const char *column,
      const char *what)
{
	return bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
			  "%s for column \"%s\" of table \"%s\"", what, column, t->name);
}

static int
identity(struct binder *b, const struct table_def *t, const PgQuery__Constraint *c,
	 struct def_column *col)
{
	if (col->type->oid != OID_INT2 && col->type->oid != OID_INT4 && col->type->oid != OID_INT8)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "identity column type must be smallint, integer, or bigint");
	col->identity = given(c->generated_when) ? c->generated_when[0] : 'a';
	col->not_null = true;
	if (c->n_options == 0)
		return ERR_OK;
	col->sequence = ARENA_NEW(b->arena, struct def_sequence);
	col->sequence->default_name = printf_str(b, "%s_%s_seq", t->name, col->name);
	return sequence_options(b, c->n_options, c->options, col->sequence);
}

static int
column_constraint(struct binder *b, struct table_def *t, const PgQuery__Constraint *c,
		  struct def_column *col, struct seen *seen, struct def_constraint **last)
{
	struct def_constraint *made;
	int rc = ERR_OK;

	switch (c->contype) {
	case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
		if (seen->not_null)
			return twice(b, t, c, col->name, "conflicting NULL/NOT NULL declarations");
		seen->null = true;
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
		if (seen->null)
			return twice(b, t, c, col->name, "conflicting NULL/NOT NULL declarations");
		seen->not_null = true;
		col->not_null = true;
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
		if (col->serial)
			return bind_error(b, 0, ERR_SYNTAX_ERROR,
					  "multiple default values specified for column \"%s\" of "
					  "table \"%s\"",
					  col->name, t->name);
		if (seen->default_given)
			return twice(b, t, c, col->name, "multiple default values specified");
		if (seen->generated)
			return twice(b, t, c, col->name,
				     "both default and generation expression specified");
		seen->default_given = true;
		col->default_sql = default_text(b, c->raw_expr, col->name, col->type, col->typmod);
		if (col->default_sql != NULL && col->type->kind != TYPE_DOMAIN &&
		    strncmp(col->default_sql, "NULL::", 6) == 0)
			col->default_sql = NULL; /* as if there were none */
		rc = b->e->code;
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
		if (seen->identity)
			return twice(b, t, c, col->name, "multiple identity specifications");
		seen->identity = true;
		rc = identity(b, t, c, col);
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
		if (seen->generated)
			return twice(b, t, c, col->name, "multiple generation clauses specified");
		seen->generated = true;
		rc = generated_text(b, t, c->raw_expr, col);
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
	case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
	case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
	case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: {
		PgQuery__Constraint own = *c;
		PgQuery__Node name = PG_QUERY__NODE__INIT, *names[1] = { &name };
		PgQuery__String text = PG_QUERY__STRING__INIT;

		text.sval = (char *) col->name;
		name.node_case = PG_QUERY__NODE__NODE_STRING;
		name.string = &text;
		if (c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) {
			own.n_fk_attrs = 1;
			own.fk_attrs = names;
		} else if (c->contype != PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) {
			own.n_keys = 1;
			own.keys = names;
		}
		rc = bind_table_constraint(b, t, &own, &made);
		if (rc == ERR_OK) {
			list_push(t->constraints, b->arena, made);
			*last = made;
		}
		break;
	}
	case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
		bind_unsupported(b, at(b, c->location), "exclusion constraints",
				 "Use a unique constraint.");
		rc = b->e->code;
		break;
	default:
		rc = constraint_attribute(b, c, *last);
		break;
	}
	return rc;
}

/* After all columns are known: constraints may name columns further down. */
int
bind_column_constraints(struct binder *b, struct table_def *t, const PgQuery__ColumnDef *c,
			struct def_column *col)
{
	struct seen seen = { 0 };
	struct def_constraint *last = NULL;
	int rc = ERR_OK;

	for (size_t i = 0; rc == ERR_OK && i < c->n_constraints; i++) {
		const PgQuery__Constraint *k = c->constraints[i]->constraint;

		rc = column_constraint(b, t, k, col, &seen, &last);
		const char *both = rc != ERR_OK ? NULL
				   : seen.default_given && seen.identity ? "default and identity"
				   : seen.default_given && seen.generated ? "default and generation expression"
				   : seen.identity && seen.generated ? "identity and generation expression"
								     : NULL;
		if (both != NULL)
			return bind_error(b, at(b, k->location), ERR_SYNTAX_ERROR,
					  "both %s specified for column \"%s\" of table \"%s\"", both,
					  col->name, t->name);
	}
	if (rc == ERR_OK && seen.null && (col->serial || col->identity != 0))
		return bind_error(
			b, at(b, c->location), ERR_SYNTAX_ERROR,
			"conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"",
			col->name, t->name);
	return rc;
}

/* Name and type; constraints come later. */
int
bind_column_def(struct binder *b, struct table_def *t, const PgQuery__ColumnDef *c,
		struct def_column **ret)
{
	struct def_column *col = ARENA_NEW(b->arena, struct def_column);
	int rc;

	if (find_def_column(t, c->colname) != NULL)
		return bind_error(b, 0, ERR_DUPLICATE_COLUMN,
				  "column \"%s\" specified more than once", c->colname);
	if (strlen(c->colname) > 63)
		return bind_error(b, at(b, c->location), ERR_NAME_TOO_LONG,
				  "identifier \"%s\" is too long", c->colname);
	if (c->n_fdwoptions > 0) {
		bind_unsupported(b, at(b, c->location), "column options of foreign tables", NULL);
		return b->e->code;
	}
	for (size_t i = 0; i < c->n_constraints; i++)
		if (c->constraints[i]->constraint->contype ==
		    PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED)
			list_push(&t->generated, b->arena, c->colname);
	col->name = c->colname;
	col->position = at(b, c->location);
	col->not_null = c->is_not_null;
	col->compression = given(c->compression) ? c->compression : NULL;
	rc = column_type(b, c, col);
	if (rc == ERR_OK)
		*ret = col;
	return rc;
}
