/* index.c - CREATE INDEX, and the indexes of constraints.
 *
 * Not here: building them (build.c). */
#include "config.h"
#include "core/ddl/partition.h"

#include <ctype.h>

#include "core/access/index.h"
#include "core/query/walk.h"
#include "storage/store.h"

/* The relation entry of an index, its file and oid; built when there may be rows. */
int
ddl_new_index(struct ddl *d, struct new_index *n, struct err *e)
{
	const struct index_kind *kind = index_kind_find(n->ix.kind);
	struct relation r = {
		.o = { .class = OBJ_RELATION,
		       .oid = draft_new_oid(d->draft),
		       .schema = n->table->o.schema,
		       .owner = n->table->o.owner,
		       .name = n->name },
		.kind = REL_INDEX,
		.persistence = n->table->persistence,
		.access_method = n->ix.kind,
		.part_of = n->part_of,
	};
	const bool stored = !relation_is_partitioned(n->table); /* else the partitions' are */
	int rc;

	rc = ddl_lock_name(d, r.o.schema, n->name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_relation(d->c, r.o.schema, n->name) != NULL)
		return err_set(e, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", n->name);
	n->ix.o = r.o;
	n->ix.table_oid = n->table->o.oid;
	n->ix.state = n->online ? INDEX_BUILDING : INDEX_VALID;
	for (int i = 0; i < n->ix.nkeys; i++) {
		rc = kind->check_type(&n->ix, i, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (!n->ix.clustered && stored) {
		rc = ddl_new_file(d, STORE_INDEX, &n->ix.file, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (n->build && stored) {
		struct index ix = n->ix;

		ix.table = n->table;
		n->ix.valid_from = store_change_horizon(catalog_store_store(d->env->store));
		rc = ddl_build_index(d, n->table, &ix, e);
		if (rc != ERR_OK)
			return rc;
	}
	r.index = &n->ix;
	draft_put(d->draft, &r.o);
	return ERR_OK;
}

/* --- CREATE INDEX ----------------------------------------------------------------------------- */

static int
check_kind(const struct cmd_create_index *cmd, const struct index_kind **ret, struct err *e)
{
	const struct index_kind *kind = index_kind_find(cmd->kind);

	if (kind == NULL) {
		static const char *const later[] = { "gin",  "gist",     "spgist",
						     "brin", "columnar", "rtree" };

		for (unsigned i = 0; i < ARRAY_LEN(later); i++)
			if (strcmp(cmd->kind, later[i]) == 0)
				return err_unsupported(e, "this index method",
						       "Use btree or hash.");
		return err_set(e, ERR_UNDEFINED_OBJECT, "access method \"%s\" does not exist",
			       cmd->kind);
	}
	if (cmd->unique && !kind->unique)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "access method \"%s\" does not support unique indexes", cmd->kind);
	if (cmd->include.n > 0 && !kind->include)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "access method \"%s\" does not support included columns", cmd->kind);
	if (cmd->columns.n > 1 && !kind->multi)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "access method \"%s\" does not support multicolumn indexes",
			       cmd->kind);
	if (cmd->columns.n + cmd->include.n > INDEX_COLS_MAX)
		return err_set(e, ERR_TOO_MANY_COLUMNS,
			       "cannot use more than %d columns in an index", INDEX_COLS_MAX);
	*ret = kind;
	return ERR_OK;
}

static int
is_mutable(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_SQL_VALUE || x->kind == EXPR_NEXTVAL ||
	       ((x->kind == EXPR_FUNC || x->kind == EXPR_ANY || x->kind == EXPR_ALL) &&
		x->func != NULL && x->func->volatility != 'i');
}

static int
immutable(struct expr *x, const char *what, struct err *e)
{
	if (expr_walk(x, is_mutable, NULL, true) == 0)
		return ERR_OK;
	return err_set(e, ERR_INVALID_OBJECT_DEFINITION,
		       "functions in index %s must be marked IMMUTABLE", what);
}

static int
fill_column(struct ddl *d, const struct relation *r, const struct def_index_column *def,
	    const struct index_kind *kind, struct index_column *to, struct err *e)
{
	const struct column *c;
	struct range *row;
	struct expr *x;
	int16_t *cols;
	int ncols, rc;

	if ((def->desc || def->nulls_given) && !kind->ordered)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "access method \"%s\" does not support ASC/DESC options",
			       kind->name);
	to->desc = def->desc;
	to->nulls_first = def->nulls_given ? def->nulls_first : def->desc;
	to->collation = def->collation;
	to->opclass = def->opclass;
	if (def->expr_sql != NULL) {
		rc = ddl_bind_any(d, r, def->expr_sql, 0, &row, &x, &cols, &ncols, e);
		if (rc == ERR_OK)
			rc = immutable(x, "expression", e);
		if (rc != ERR_OK)
			return rc;
		to->expr_sql = def->expr_sql;
		to->type = x->type;
		return ERR_OK;
	}
	c = relation_column(r, def->name);
	if (c == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", def->name);
	to->attnum = c->attnum;
	to->type = c->type;
	if (to->collation == 0)
		to->collation = c->collation;
	return ERR_OK;
}

/* How a key column is called in the index's name: the column, the function, or "expr". */
static const char *
column_name(struct ddl *d, const struct def_index_column *def)
{
	const char *p = def->expr_sql;
	size_t len = 0;

	if (def->name != NULL || p == NULL)
		return def->name != NULL ? def->name : "expr";
	while (p[len] != '\0' && (isalnum((unsigned char) p[len]) || p[len] == '_'))
		len++;
	if (p[len] == '.') { /* of a schema */
		p += len + 1;
		for (len = 0; p[len] != '\0' && (isalnum((unsigned char) p[len]) || p[len] == '_');)
			len++;
	}
	return len > 0 && p[len] == '(' && !isdigit((unsigned char) *p)
		       ? arena_strndup(d->a, p, len)
		       : "expr";
}

static const char *
choose_name(struct ddl *d, const struct relation *r, const struct cmd_create_index *cmd)
{
	const char **names = ARENA_ARRAY(d->a, const char *, cmd->columns.n + cmd->include.n);
	int n = 0;

	for (int i = 0; i < cmd->columns.n; i++) {
		const char *base = column_name(
				   d, LIST_AT(const struct def_index_column, &cmd->columns, i)),
			   *name = base;

		for (int k = 1;; k++) { /* names within an index differ: expr, expr1 ... */
			int same = 0;

			while (same < n && strcmp(names[same], name) != 0)
				same++;
			if (same == n)
				break;
			name = arena_printf(d->a, "%s%d", base, k);
		}
		names[n++] = name;
	}
	for (int i = 0; i < cmd->include.n; i++)
		names[n++] = LIST_AT(const char, &cmd->include, i);
	return ddl_choose_relation_name(d, r->o.schema, r->o.name, ddl_join_names(d->a, names, n),
					"idx", false);
}

static int
fill_columns(struct ddl *d, const struct relation *r, const struct cmd_create_index *cmd,
	     const struct index_kind *kind, struct index *ix, struct err *e)
{
	struct index_column *cols = ARENA_ARRAY(d->a, struct index_column, INDEX_COLS_MAX);
	int rc = ERR_OK;

	ix->cols = cols;
	ix->nkeys = cmd->columns.n;
	for (int i = 0; rc == ERR_OK && i < ix->nkeys; i++)
		rc = fill_column(d, r, LIST_AT(const struct def_index_column, &cmd->columns, i),
				 kind, &cols[i], e);
	ix->ncols = ix->nkeys;
	for (int i = 0; rc == ERR_OK && i < cmd->include.n; i++) {
		const char *name = LIST_AT(const char, &cmd->include, i);
		const struct column *c = relation_column(r, name);

		if (c == NULL)
			return err_set(e, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist",
				       name);
		cols[ix->ncols++] = (struct index_column){ .attnum = c->attnum, .type = c->type };
	}
	if (rc == ERR_OK && cmd->where_sql != NULL) {
		struct range *row;
		struct expr *x;
		int16_t *used;
		int n;

		rc = ddl_bind_check(d, r, cmd->where_sql, &row, &x, &used, &n, e);
		if (rc == ERR_OK)
			rc = immutable(x, "predicate", e);
		ix->where_sql = cmd->where_sql;
	}
	return rc;
}

int
ddl_prepare_index(struct ddl *d, const struct cmd_create_index *cmd, enum lock_mode lock,
		  struct new_index *n, bool *ret_skip, struct err *e)
{
	const struct index_kind *kind = NULL;
	const struct relation *r;
	int rc;

	*ret_skip = false;
	rc = check_kind(cmd, &kind, e);
	if (rc == ERR_OK)
		rc = ddl_lock_relation(d, cmd->rel->o.oid, lock, &r, e);
	if (rc == ERR_OK)
		rc = ddl_check_relation_owner(d, r, e);
	if (rc != ERR_OK)
		return rc;
	if (r->kind != REL_TABLE && r->kind != REL_MATVIEW) {
		err_set(e, ERR_WRONG_OBJECT_TYPE, "cannot create index on relation \"%s\"",
			r->o.name);
		return err_detail(e, "This operation is not supported for %s.",
				  r->kind == REL_VIEW ? "views" : "this relation");
	}
	n->name = cmd->name != NULL ? cmd->name : choose_name(d, r, cmd);
	if (cmd->if_not_exists && catalog_relation(d->c, r->o.schema, n->name) != NULL) {
		ddl_notice(d, LOG_NOTICE, ERR_DUPLICATE_TABLE,
			   "relation \"%s\" already exists, skipping", n->name);
		*ret_skip = true;
		return ERR_OK;
	}
	n->table = r;
	n->ix = (struct index){
		.kind = kind->name,
		.unique = cmd->unique,
		.nulls_not_distinct = cmd->nulls_not_distinct,
		.comment = cmd->comment,
		.noptions = cmd->options.n,
		.options = (const char *const *) cmd->options.at,
	};
	return fill_columns(d, r, cmd, kind, &n->ix, e);
}

/* On each partition in turn; an index that is there already and says the same will do. */
int
ddl_create_index_of(struct ddl *d, const struct cmd_create_index *cmd, oid_t part_of, struct err *e)
{
	struct new_index n = { .build = true, .part_of = part_of };
	bool skip;
	int rc;

	rc = ddl_prepare_index(d, cmd, LOCK_TABLE_SHARE, &n, &skip, e);
	if (rc == ERR_OK && !skip)
		rc = ddl_check_unique_key(n.table, &n.ix, "UNIQUE", e);
	if (rc != ERR_OK || skip)
		return rc;
	rc = ddl_new_index(d, &n, e);
	if (rc == ERR_OK && n.table->nparts > 0 && cmd->only) {
		n.ix.state = INDEX_INVALID; /* until each partition's is attached */
		ddl_put_index(d, &n.ix);
	}
	if (rc != ERR_OK || n.table->nparts == 0 || cmd->only)
		return rc;
	rc = ddl_seal(d, e);
	for (int i = 0; rc == ERR_OK && i < n.table->nparts; i++)
		rc = ddl_partition_index(d, n.ix.o.oid, n.table->parts[i]->o.oid, false, e);
	return rc;
}

int
ddl_create_index(struct ddl *d, const struct cmd_create_index *cmd, struct err *e)
{
	return ddl_create_index_of(d, cmd, 0, e);
}
