/* ddl_index.c - CREATE INDEX. */
#include "config.h"
#include "translate/utility.h"

#include "core/catalog/partition.h"
#include "core/func/opclass.h"

#include <string.h>

static int
index_expr(struct binder *b, struct range *row, const PgQuery__IndexElem *el,
	   struct def_index_column *to)
{
	struct scope s;

	scope_init(&s, NULL, NULL);
	(void) scope_add(b, &s, row, true, true);
	struct expr *x = bind_expr_at(b, &s, el->expr, PLACE_INDEX_EXPR);
	if (x != NULL)
		x = resolve_unknown(b, x);
	if (x == NULL)
		return b->e->code;
	if (x->kind == EXPR_VAR && x->col > 0) { /* (a) is just a */
		to->name = row->cols[x->col - 1].name;
		to->type = x->type;
		to->collation = x->collation;
		return ERR_OK;
	}
	if (expr_walk(x, visit_not_immutable, NULL, true) != 0)
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "functions in index expression must be marked IMMUTABLE");
	to->expr_sql = expr_text(b, x);
	to->type = x->type;
	to->collation = x->collation;
	return ERR_OK;
}

/* The class by its name, of the method, for the type; of methods that we do not have the statement
 * fails later. */
int
bind_opclass(struct binder *b, const char *method, size_t n, PgQuery__Node *const *names,
	     const struct type *t, oid_t *ret)
{
	const struct opclass *c;
	const char *name;

	*ret = 0;
	if (n == 0 || (strcmp(method, "btree") != 0 && strcmp(method, "hash") != 0))
		return ERR_OK;
	name = node_str(names[n - 1]);
	c = opclass_by_name(method, name);
	if (n > 1 && strcmp(node_str(names[n - 2]), "pg_catalog") != 0) {
		if (catalog_schema(b->catalog, node_str(names[n - 2])) == NULL)
			return bind_error(b, 0, ERR_INVALID_SCHEMA_NAME, "schema \"%s\" does not exist",
					  node_str(names[n - 2]));
		c = NULL;
	}
	if (c == NULL)
		return bind_error(b, 0, ERR_UNDEFINED_OBJECT,
				  "operator class \"%s\" does not exist for access method \"%s\"",
				  names_text(b, n, names), method);
	if (!opclass_accepts(c, t))
		return bind_error(b, 0, ERR_DATATYPE_MISMATCH,
				  "operator class \"%s\" does not accept data type %s",
				  names_text(b, n, names), type_show(b, t));
	*ret = c->oid;
	return ERR_OK;
}

static int
index_column(struct binder *b, const struct relation *rel, struct range *row,
	     const PgQuery__IndexElem *el, const char *method, struct list *to)
{
	struct def_index_column *d = ARENA_NEW(b->arena, struct def_index_column);
	int rc = ERR_OK;

	if (given(el->name)) {
		const struct column *c = relation_column(rel, el->name);

		if (c == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
					  "column \"%s\" does not exist", el->name);
		d->name = c->name;
		d->type = c->type;
		d->collation = c->collation;
	} else {
		rc = index_expr(b, row, el, d);
	}
	if (rc != ERR_OK)
		return rc;
	d->desc = el->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
	d->nulls_given = el->nulls_ordering > PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT;
	d->nulls_first = d->nulls_given
				 ? el->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST
				 : d->desc;
	if (el->n_collation > 0) {
		bool found;

		d->collation = bind_collation(b, el->n_collation, el->collation, 0, &found);
		if (!found)
			return b->e->code;
	}
	rc = bind_opclass(b, method, el->n_opclass, el->opclass, d->type, &d->opclass);
	if (rc != ERR_OK)
		return rc;
	if (el->n_opclassopts > 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE, "operator class %s has no options",
				  el->n_opclass > 0 ? node_str(el->opclass[el->n_opclass - 1])
						    : "without a name");
	list_push(to, b->arena, d);
	return ERR_OK;
}

int
bind_create_index(struct binder *b, const PgQuery__IndexStmt *x, struct statement *st)
{
	struct cmd_create_index *c = COMMAND_NEW(b, cmd_create_index, CMD_CREATE_INDEX, st);
	struct range *row;
	int rc = ERR_OK;

	c->rel = bind_relation_plain(b, x->relation);
	if (c->rel == NULL)
		return b->e->code;
	if ((c->rel->kind != REL_TABLE && c->rel->kind != REL_MATVIEW) ||
	    relation_sysrel(c->rel) != NULL) {
		bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot create index on relation \"%s\"",
			   c->rel->o.name);
		return err_detail(b->e, "This operation is not supported for %s.",
				  c->rel->kind == REL_VIEW       ? "views"
				  : c->rel->kind == REL_INDEX    ? "indexes"
				  : c->rel->kind == REL_SEQUENCE ? "sequences"
								 : "this relation");
	}
	if (bind_tablespace(b, x->table_space) != ERR_OK)
		return b->e->code;
	c->name = given(x->idxname) ? x->idxname : NULL;
	c->kind = given(x->access_method) ? x->access_method : "btree";
	c->unique = x->unique;
	c->nulls_not_distinct = x->nulls_not_distinct;
	c->concurrently = x->concurrent;
	c->if_not_exists = x->if_not_exists;
	c->only = !x->relation->inh;
	if (c->concurrently && relation_is_partitioned(c->rel))
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "cannot create index on partitioned table \"%s\" concurrently",
				  c->rel->o.name);
	row = range_table(b->arena, NULL, c->rel, NULL);
	for (size_t i = 0; rc == ERR_OK && i < x->n_index_params; i++)
		rc = index_column(b, c->rel, row, x->index_params[i]->index_elem, c->kind, &c->columns);
	for (size_t i = 0; rc == ERR_OK && i < x->n_index_including_params; i++) {
		const PgQuery__IndexElem *el = x->index_including_params[i]->index_elem;

		if (!given(el->name))
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "expressions are not supported in included columns");
		if (relation_column(c->rel, el->name) == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
					  "column \"%s\" does not exist", el->name);
		list_push(&c->include, b->arena, el->name);
	}
	if (rc == ERR_OK && x->where_clause != NULL) {
		struct scope s;

		scope_init(&s, NULL, NULL);
		(void) scope_add(b, &s, row, true, true);
		struct expr *w = bind_where(b, &s, x->where_clause, PLACE_INDEX_WHERE, "WHERE");
		if (w == NULL)
			return b->e->code;
		if (expr_walk(w, visit_not_immutable, NULL, true) != 0)
			return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
					  "functions in index predicate must be marked IMMUTABLE");
		c->where_sql = expr_text(b, w);
	}
	return rc == ERR_OK ? bind_options(b, options_of_index(c->kind), x->n_options, x->options, &c->options) : rc;
}
