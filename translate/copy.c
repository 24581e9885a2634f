/* copy.c - COPY: options, columns, and the query that reads or writes the rows. */
#include "config.h"
#include "translate/utility.h"

#include "core/catalog/partition.h"
#include "core/type/charset.h"

#include <string.h>
#include <strings.h>

/* What check_options() asks about the options given. */
struct given {
	bool quote, escape, delimiter, null_text, force_quote, force_not_null, force_null;
};

/* -- Options that name columns ------------------------------------------------- */
static bool
is_list(const PgQuery__DefElem *d)
{
	return d->arg != NULL && d->arg->node_case == PG_QUERY__NODE__NODE_LIST;
}

static const char *
copied_name(const struct cmd_copy *c, int i)
{
	return c->rel != NULL ? LIST_AT(const struct column, &c->columns, i)->name
			      : query_column(c->query, i)->name;
}

/* The columns that an option names, as flags over the columns of the COPY. */
static bool *
copy_columns(struct binder *b, const struct cmd_copy *c, const PgQuery__DefElem *d,
	     const char *option)
{
	const int n = c->rel != NULL ? c->columns.n : query_visible_targets(c->query);
	bool *chosen = ARENA_ARRAY(b->arena, bool, n + 1);

	for (size_t i = 0; i < d->arg->list->n_items; i++) {
		const char *name = node_str(d->arg->list->items[i]);
		int k = 0;

		while (k < n && strcmp(copied_name(c, k), name) != 0)
			k++;
		if (k == n && c->rel == NULL)
			return bind_fail(b, 0, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist",
					 name);
		if (k == n && relation_column(c->rel, name) == NULL)
			return bind_fail(b, 0, ERR_UNDEFINED_COLUMN,
					 "column \"%s\" of relation \"%s\" does not exist", name,
					 c->rel->o.name);
		if (k == n)
			return bind_fail(b, 0, ERR_INVALID_COLUMN_REFERENCE,
					 "%s column \"%s\" not referenced by COPY",
					 option, name);
		if (chosen[k])
			return bind_fail(b, 0, ERR_DUPLICATE_COLUMN,
					 "column \"%s\" specified more than once", name);
		chosen[k] = true;
	}
	return chosen;
}

/* The options that name columns, once the columns are known. */
static int
force_columns(struct binder *b, struct cmd_copy *c, const PgQuery__CopyStmt *s)
{
	const struct {
		const char *key, *option;
		bool **flags;
	} lists[] = { { "force_quote", "FORCE_QUOTE", &c->force_quote },
		      { "force_not_null", "FORCE_NOT_NULL", &c->force_not_null },
		      { "force_null", "FORCE_NULL", &c->force_null } };

	for (size_t i = 0; i < s->n_options; i++)
		for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
			const PgQuery__DefElem *d = s->options[i]->def_elem;

			if (strcmp(d->defname, lists[k].key) != 0 || !is_list(d))
				continue;
			*lists[k].flags = copy_columns(b, c, d, lists[k].option);
			if (*lists[k].flags == NULL)
				return b->e->code;
		}
	return ERR_OK;
}

/* -- Options ------------------------------------------------------------------- */
static int
one_byte(struct binder *b, const char *what, const char *v, char *ret)
{
	if (strlen(v) != 1)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "COPY %s must be a single one-byte character", what);
	*ret = v[0];
	return ERR_OK;
}

static int
copy_option(struct binder *b, struct cmd_copy *c, const PgQuery__DefElem *d)
{
	const char *v = def_text(b, d), *name = d->defname;

	if (strcmp(name, "format") == 0) {
		if (strcmp(v, "text") != 0 && strcmp(v, "csv") != 0 && strcmp(v, "binary") != 0)
			return bind_error(b, at(b, d->location), ERR_INVALID_PARAMETER_VALUE,
					  "COPY format \"%s\" not recognized", v);
		c->format = v[0] == 't' ? COPY_TEXT : v[0] == 'c' ? COPY_CSV : COPY_BINARY;
		return ERR_OK;
	}
	if (strcmp(name, "freeze") == 0)
		return def_bool(b, d, &c->freeze) ? ERR_OK : b->e->code;
	if (strcmp(name, "delimiter") == 0)
		return one_byte(b, "delimiter", v, &c->delimiter);
	if (strcmp(name, "quote") == 0)
		return one_byte(b, "quote", v, &c->quote);
	if (strcmp(name, "escape") == 0)
		return one_byte(b, "escape", v, &c->escape);
	if (strcmp(name, "null") == 0) {
		c->null_text = v;
		return ERR_OK;
	}
	if (strcmp(name, "header") == 0) {
		c->header_match = strcasecmp(v, "match") == 0;
		c->header = c->header_match;
		if (c->header_match && !c->from)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "cannot use \"%s\" with HEADER in COPY TO", v);
		return c->header_match || def_bool(b, d, &c->header) ? ERR_OK : b->e->code;
	}
	if (strncmp(name, "force_", 6) == 0) { /* force_columns() reads the lists */
		c->force_quote_all = strcmp(name, "force_quote") == 0 && d->arg != NULL &&
				     d->arg->node_case == PG_QUERY__NODE__NODE_A_STAR;
		return c->force_quote_all || is_list(d)
			       ? ERR_OK
			       : bind_error(b, at(b, d->location), ERR_INVALID_PARAMETER_VALUE,
					    "argument to option \"%s\" must be a list of column "
					    "names",
					    name);
	}
	if (strcmp(name, "encoding") == 0) {
		c->encoding = v;
		return charset_by_name(v) != NULL
			       ? ERR_OK
			       : bind_error(b, at(b, d->location), ERR_INVALID_PARAMETER_VALUE,
					    "argument to option \"%s\" must be a valid encoding name", name);
	}
	return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR, "option \"%s\" not recognized",
			  name);
}

static int
fail(struct binder *b, enum err_code code, const char *text)
{
	return bind_error(b, 0, code, "%s", text);
}

static int
check_options(struct binder *b, struct cmd_copy *c, const struct given *g)
{
	bool csv = c->format == COPY_CSV;

	if (c->format == COPY_BINARY && g->delimiter)
		return fail(b, ERR_SYNTAX_ERROR, "cannot specify DELIMITER in BINARY mode");
	if (c->format == COPY_BINARY && g->null_text)
		return fail(b, ERR_SYNTAX_ERROR, "cannot specify NULL in BINARY mode");
	if (c->format == COPY_BINARY && c->header)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED, "cannot specify HEADER in BINARY mode");
	if (c->delimiter == 0)
		c->delimiter = csv ? ',' : '\t';
	if (c->null_text == NULL)
		c->null_text = csv ? "" : "\\N";
	if (c->delimiter == '\r' || c->delimiter == '\n')
		return fail(b, ERR_INVALID_PARAMETER_VALUE,
			    "COPY delimiter cannot be newline or carriage return");
	if (strpbrk(c->null_text, "\r\n") != NULL)
		return fail(b, ERR_INVALID_PARAMETER_VALUE,
			    "COPY null representation cannot use newline or carriage return");
	if (!csv && strchr("\\.abcdefghijklmnopqrstuvwxyz0123456789", c->delimiter) != NULL)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "COPY delimiter cannot be \"%c\"", c->delimiter);
	if (!csv && g->quote)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED, "COPY quote available only in CSV mode");
	if (!csv && g->escape)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED, "COPY escape available only in CSV mode");
	if (!csv && g->force_quote)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY force quote available only in CSV mode");
	if (c->from && g->force_quote)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY force quote only available using COPY TO");
	if (!csv && g->force_not_null)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY force not null available only in CSV mode");
	if (!c->from && g->force_not_null)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY force not null only available using COPY FROM");
	if (!csv && g->force_null)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY force null available only in CSV mode");
	if (!c->from && g->force_null)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY force null only available using COPY FROM");
	if (csv && c->quote == 0)
		c->quote = '"';
	if (csv && c->escape == 0)
		c->escape = c->quote;
	if (csv && c->delimiter == c->quote)
		return fail(b, ERR_INVALID_PARAMETER_VALUE,
			    "COPY delimiter and quote must be different");
	if (strchr(c->null_text, c->delimiter) != NULL && c->null_text[0] != '\0')
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "COPY delimiter must not appear in the NULL specification");
	if (csv && strchr(c->null_text, c->quote) != NULL)
		return fail(b, ERR_FEATURE_NOT_SUPPORTED,
			    "CSV quote character must not appear in the NULL specification");
	return ERR_OK;
}

static int
copy_options(struct binder *b, struct cmd_copy *c, const PgQuery__CopyStmt *s)
{
	struct given g = { 0 };

	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *d = s->options[i]->def_elem;

		for (size_t k = 0; k < i; k++)
			if (strcmp(s->options[k]->def_elem->defname, d->defname) == 0)
				return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
						  "conflicting or redundant options");
		g.quote |= strcmp(d->defname, "quote") == 0;
		g.escape |= strcmp(d->defname, "escape") == 0;
		g.delimiter |= strcmp(d->defname, "delimiter") == 0;
		g.null_text |= strcmp(d->defname, "null") == 0;
		g.force_quote |= strcmp(d->defname, "force_quote") == 0;
		g.force_not_null |= strcmp(d->defname, "force_not_null") == 0;
		g.force_null |= strcmp(d->defname, "force_null") == 0;
		int rc = copy_option(b, c, d);
		if (rc != ERR_OK)
			return rc;
	}
	return check_options(b, c, &g);
}

/* -- Columns and rows ---------------------------------------------------------- */
static int
read_columns(struct binder *b, struct cmd_copy *c, const PgQuery__CopyStmt *s)
{
	for (size_t i = 0; i < s->n_attlist; i++) {
		const char *name = node_str(s->attlist[i]);
		const struct column *col = relation_column(c->rel, name);

		if (col == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
					  "column \"%s\" of relation \"%s\" does not exist", name,
					  c->rel->o.name);
		if (col->generated != 0) {
			bind_error(b, 0, ERR_INVALID_COLUMN_REFERENCE,
				   "column \"%s\" is a generated column", name);
			return err_detail(b->e, "Generated columns cannot be used in COPY.");
		}
		for (int k = 0; k < c->columns.n; k++)
			if (c->columns.at[k] == col)
				return bind_error(b, 0, ERR_DUPLICATE_COLUMN,
						  "column \"%s\" specified more than once", name);
		list_push(&c->columns, b->arena, col);
	}
	for (int i = 0; s->n_attlist == 0 && i < c->rel->ncols; i++)
		if (!c->rel->cols[i].dropped && c->rel->cols[i].generated == 0)
			list_push(&c->columns, b->arena, &c->rel->cols[i]);
	return ERR_OK;
}

/* COPY table TO: SELECT columns FROM table. */
static struct query *
read_query(struct binder *b, struct cmd_copy *c)
{
	struct query *q = query_new(b->arena, QUERY_SELECT, NULL);
	struct range *r = range_table(b->arena, q, c->rel, NULL);

	list_push(&q->from, b->arena, from_range(b->arena, r));
	for (int i = 0; i < c->columns.n; i++) {
		const struct column *col = c->columns.at[i];

		query_add_target(b->arena, q, expr_var(b->arena, r, col->attnum), col->name);
	}
	return q;
}

struct copied_row {
	struct binder *b;
	const struct query *q;
	const struct range *row;        /* the whole row of the table */
};

/* A column of the row is what is written to it: one of the file's, or its default. */
static struct expr *
copied_column(struct expr *x, void *arg)
{
	const struct copied_row *r = arg;

	if (x->kind != EXPR_VAR || x->range != r->row)
		return x;
	for (int i = 0; i < r->q->assignments.n; i++) {
		const struct assignment *a = r->q->assignments.at[i];
		if (a->attnum == x->col)
			return a->expr;
	}
	return expr_null(r->b->arena, x->type);
}

/* WHERE of COPY FROM sees the row as it is to be written. */
static int
bind_copy_where(struct binder *b, struct query *q, const struct relation *rel, Node *where)
{
	struct range *row = range_new(b->arena, q, RANGE_COPY, rel->o.name, rel->ncols);
	struct copied_row r = { b, q, row };
	struct scope s;

	for (int i = 0; i < rel->ncols; i++) {
		const struct column *col = &rel->cols[i];
		row->cols[i] = (struct range_column){ col->dropped ? NULL : col->name, col->type,
						      col->typmod, col->collation };
	}
	row->alias = rel->o.name;
	scope_init(&s, NULL, q);
	(void) scope_add(b, &s, row, true, true);
	q->where = bind_where(b, &s, where, PLACE_COPY_WHERE, "WHERE");
	if (q->where == NULL)
		return b->e->code;
	const bool was_volatile = expr_has_volatile(q->where);
	q->where = expr_map(b->arena, q->where, copied_column, &r, false);
	if (!was_volatile && expr_has_volatile(q->where))
		bind_unsupported(b, 0, "COPY ... WHERE over a column with a volatile default",
				 "List the column, or filter afterwards.");
	return b->e->code;
}

/* COPY table FROM: an INSERT whose source is the stream. */
static struct query *
write_query(struct binder *b, struct cmd_copy *c, Node *where)
{
	struct query *q = query_new(b->arena, QUERY_INSERT, NULL);
	struct range *src = range_new(b->arena, q, RANGE_COPY, "*COPY*", c->columns.n);

	q->target = range_table(b->arena, NULL, c->rel, NULL);
	q->target->query = q;
	q->rules = rules_of(b, c->rel);
	if (q->rules == NULL)
		return NULL;
	q->source = src;
	list_push(&q->from, b->arena, from_range(b->arena, src));
	for (int i = 0; i < c->columns.n; i++) {
		const struct column *col = c->columns.at[i];

		src->cols[i] =
			(struct range_column){ col->name, col->type, col->typmod, col->collation };
	}
	for (int i = 0; i < c->rel->ncols; i++) {
		const struct column *col = &c->rel->cols[i];
		struct assignment *a = ARENA_NEW(b->arena, struct assignment);

		if (col->dropped || col->generated != 0)
			continue;
		a->attnum = col->attnum;
		a->is_default = true;
		a->expr = q->rules->defaults[i] != NULL ? q->rules->defaults[i]
							: expr_null(b->arena, col->type);
		for (int k = 0; k < c->columns.n; k++)
			if (c->columns.at[k] == col) {
				a->is_default = false;
				a->expr = expr_var(b->arena, src, k + 1);
			}
		list_push(&q->assignments, b->arena, a);
	}
	if (where != NULL && bind_copy_where(b, q, c->rel, where) != ERR_OK)
		return NULL;
	return q;
}

static int
check_relation(struct binder *b, const struct cmd_copy *c)
{
	const char *name = c->rel->o.name;

	if (c->from) {
		if (c->rel->kind == REL_TABLE && relation_sysrel(c->rel) == NULL)
			return ERR_OK;
		if (c->rel->kind == REL_VIEW)
			bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot copy to view \"%s\"", name);
		else if (c->rel->kind == REL_TABLE)
			return bind_error(b, 0, ERR_INSUFFICIENT_PRIVILEGE,
					  "permission denied: \"%s\" is a system catalog", name);
		else
			return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot copy to %s \"%s\"",
					  c->rel->kind == REL_SEQUENCE  ? "sequence"
					  : c->rel->kind == REL_MATVIEW ? "materialized view"
									: "non-table relation",
					  name);
		return err_hint(
			b->e, "To enable copying to a view, provide an INSTEAD OF INSERT trigger.");
	}
	if (c->rel->kind == REL_TABLE && relation_is_partitioned(c->rel)) {
		bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
			   "cannot copy from partitioned table \"%s\"", name);
		return err_hint(b->e, "Try the COPY (SELECT ...) TO variant.");
	}
	if (c->rel->kind == REL_TABLE)
		return ERR_OK;
	bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot copy from %s \"%s\"",
		   c->rel->kind == REL_VIEW       ? "view"
		   : c->rel->kind == REL_MATVIEW  ? "materialized view"
		   : c->rel->kind == REL_SEQUENCE ? "sequence"
						  : "non-table relation",
		   name);
	if (c->rel->kind == REL_VIEW || c->rel->kind == REL_MATVIEW)
		err_hint(b->e, "Try the COPY (SELECT ...) TO variant.");
	return b->e->code;
}

int
bind_copy(struct binder *b, const PgQuery__CopyStmt *s, struct statement *st)
{
	struct cmd_copy *c = COMMAND_NEW(b, cmd_copy, CMD_COPY, st);
	int rc = ERR_OK;

	st->kind = STMT_COPY;
	st->read_only = !s->is_from;
	c->from = s->is_from;
	c->program = s->is_program;
	c->filename = given(s->filename) ? s->filename : NULL;
	if (s->relation != NULL) {
		c->rel = bind_relation_plain(b, s->relation);
		if (c->rel == NULL)
			return b->e->code;
		rc = check_relation(b, c);
		if (rc == ERR_OK)
			rc = read_columns(b, c, s);
	} else {
		c->query = bind_query(b, NULL, s->query, true);
		if (c->query == NULL)
			return b->e->code;
		if (c->query->kind != QUERY_SELECT && !c->query->returning)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "COPY query must have a RETURNING clause");
		st->read_only = c->query->kind == QUERY_SELECT;
		rc = params_check(b, c->query);
	}
	if (rc == ERR_OK)
		rc = copy_options(b, c, s);
	if (rc != ERR_OK)
		return rc;
	if (s->where_clause != NULL && !s->is_from)
		return bind_error(b, 0, ERR_SYNTAX_ERROR, "WHERE clause not allowed with COPY TO");
	if (c->query == NULL)
		c->query = s->is_from ? write_query(b, c, s->where_clause) : read_query(b, c);
	st->query = c->query;
	return c->query != NULL ? force_columns(b, c, s) : b->e->code;
}
