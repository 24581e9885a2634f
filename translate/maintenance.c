/* maintenance.c - VACUUM, ANALYZE, REINDEX, CLUSTER, and the names of tablespaces.
 *
 * Storage needs no vacuuming, and its tables are ordered by their keys; the options are read as
 * PostgreSQL reads them all the same, so that a wrong one is told. */
#include "config.h"
#include "core/catalog/partition.h"
#include "translate/utility.h"

#include <string.h>

/* -- VACUUM and ANALYZE -------------------------------------------------------- */
struct vacuum_options {
	bool analyze, full, disable_page_skipping, verbose;
	int64_t parallel;
};

static int
parallel_option(struct binder *b, const PgQuery__DefElem *d, int64_t *ret)
{
	if (d->arg == NULL)
		return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
				  "parallel option requires a value between 0 and %d", 1024);
	if (!def_int(b, d, ret))
		return b->e->code;
	if (*ret < 0 || *ret > 1024)
		return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
				  "parallel workers for vacuum must be between 0 and %d", 1024);
	return ERR_OK;
}

static int
vacuum_option(struct binder *b, const PgQuery__DefElem *d, bool vacuum, struct vacuum_options *to)
{
	bool other;
	const struct {
		const char *name;
		bool vacuum_only, *to;
	} flags[] = {
		{ "verbose", false, &to->verbose },
		{ "skip_locked", false, &other },
		{ "analyze", true, &to->analyze },
		{ "freeze", true, &other },
		{ "full", true, &to->full },
		{ "disable_page_skipping", true, &to->disable_page_skipping },
		{ "process_toast", true, &other },
		{ "truncate", true, &other },
	};

	for (unsigned i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i].name, d->defname) == 0 && (vacuum || !flags[i].vacuum_only))
			return def_bool(b, d, flags[i].to) ? ERR_OK : b->e->code;
	if (vacuum && strcmp(d->defname, "index_cleanup") == 0)
		return strcmp(def_text(b, d), "auto") == 0 || def_bool(b, d, &other) ? ERR_OK
										       : b->e->code;
	if (vacuum && strcmp(d->defname, "parallel") == 0)
		return parallel_option(b, d, &to->parallel);
	return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR, "unrecognized %s option \"%s\"",
			  vacuum ? "VACUUM" : "ANALYZE", d->defname);
}

static int
vacuum_columns(struct binder *b, const struct relation *r, const PgQuery__VacuumRelation *v)
{
	for (size_t i = 0; i < v->n_va_cols; i++) {
		const char *name = node_str(v->va_cols[i]);

		if (relation_column(r, name) == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
					  "column \"%s\" of relation \"%s\" does not exist", name, r->o.name);
		for (size_t k = 0; k < i; k++)
			if (strcmp(node_str(v->va_cols[k]), name) == 0)
				return bind_error(b, 0, ERR_DUPLICATE_COLUMN,
						  "column \"%s\" of relation \"%s\" appears more than once",
						  name, r->o.name);
	}
	return ERR_OK;
}

int
bind_vacuum(struct binder *b, const PgQuery__VacuumStmt *v, struct statement *st)
{
	const bool vacuum = v->is_vacuumcmd;
	struct vacuum_options o = { .analyze = !vacuum };
	int rc = ERR_OK;

	for (size_t i = 0; rc == ERR_OK && i < v->n_options; i++)
		rc = vacuum_option(b, v->options[i]->def_elem, vacuum, &o);
	if (rc != ERR_OK)
		return rc;
	if (o.full && o.parallel > 0)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED, "VACUUM FULL cannot be performed in parallel");
	if (o.full && o.disable_page_skipping)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL");
	struct cmd_tables *c = COMMAND_NEW(b, cmd_tables, vacuum ? CMD_VACUUM : CMD_ANALYZE, st);
	c->verbose = o.verbose;
	c->cascade = o.analyze; /* VACUUM (ANALYZE) */
	for (size_t i = 0; rc == ERR_OK && i < v->n_rels; i++) {
		const PgQuery__VacuumRelation *one = v->rels[i]->vacuum_relation;

		if (one->n_va_cols > 0 && !o.analyze)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "ANALYZE option must be specified when a column list is provided");
		const struct relation *r = bind_relation_plain(b, one->relation);
		if (r == NULL)
			return b->e->code;
		list_push(&c->tables, b->arena, r);
		rc = vacuum_columns(b, r, one);
	}
	return rc;
}

/* -- REINDEX, CLUSTER ---------------------------------------------------------- */
static bool
has_indexes(const struct relation *r)
{
	return (r->kind == REL_TABLE || r->kind == REL_MATVIEW) && r->sys == NULL;
}

/* All tables of a schema, or of the database; partitions come by themselves. */
static void
tables_of(struct binder *b, oid_t schema, struct list *ret)
{
	for (int i = 0; i < catalog_count(b->catalog, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(b->catalog, OBJ_RELATION, i);

		if (has_indexes(r) && !relation_is_partitioned(r) && (schema == 0 || r->o.schema == schema))
			list_push(ret, b->arena, r);
	}
}

static int
reindex_target(struct binder *b, const PgQuery__ReindexStmt *x, struct cmd_tables *c)
{
	const struct session_api *s = b->env->session;
	const struct schema *schema = NULL;

	switch (x->kind) {
	case PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SCHEMA:
		c->alone = "REINDEX SCHEMA";
		schema = bind_schema(b, x->name, 0);
		if (schema == NULL)
			return b->e->code;
		tables_of(b, schema->o.oid, &c->tables);
		return ERR_OK;
	case PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SYSTEM:
	case PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_DATABASE:
		if (given(x->name) && s != NULL && strcmp(x->name, s->database(s->self)) != 0)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "can only reindex the currently open database");
		c->alone = x->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SYSTEM
				   ? "REINDEX SYSTEM"
				   : "REINDEX DATABASE";
		/* Catalogs have no indexes of their own. */
		if (x->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_DATABASE)
			tables_of(b, 0, &c->tables);
		return ERR_OK;
	default:
		break;
	}
	const struct relation *r = bind_relation_plain(b, x->relation);
	if (r == NULL)
		return b->e->code;
	const bool index = x->kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX;
	if (index && r->kind != REL_INDEX)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index", r->o.name);
	if (!index && r->kind != REL_TABLE && r->kind != REL_MATVIEW)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table or materialized view",
				  r->o.name);
	if (r->sys == NULL)
		list_push(&c->tables, b->arena, r);
	return ERR_OK;
}

int
bind_reindex(struct binder *b, const PgQuery__ReindexStmt *x, struct statement *st)
{
	struct cmd_tables *c = COMMAND_NEW(b, cmd_tables, CMD_REINDEX, st);
	bool concurrently = false;

	for (size_t i = 0; i < x->n_params; i++) {
		const PgQuery__DefElem *d = x->params[i]->def_elem;

		if (strcmp(d->defname, "verbose") == 0 || strcmp(d->defname, "concurrently") == 0) {
			if (!def_bool(b, d, d->defname[0] == 'v' ? &c->verbose : &concurrently))
				return b->e->code;
		} else if (strcmp(d->defname, "tablespace") == 0) {
			if (bind_tablespace(b, def_text(b, d)) != ERR_OK)
				return b->e->code;
		} else {
			return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
					  "unrecognized REINDEX option \"%s\"", d->defname);
		}
	}
	int rc = reindex_target(b, x, c);
	if (concurrently && c->alone == NULL)
		c->alone = "REINDEX CONCURRENTLY";
	return rc;
}

int
bind_cluster(struct binder *b)
{
	bind_unsupported(b, 0, "CLUSTER", "A table is kept in the order of its primary key.");
	return b->e->code;
}

/* -- Tablespaces ----------------------------------------------------------------- */
int
bind_tablespace(struct binder *b, const char *name)
{
	if (!given(name) || strcmp(name, "pg_default") == 0)
		return ERR_OK;
	if (strcmp(name, "pg_global") == 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "only shared relations can be placed in pg_global tablespace");
	bind_error(b, 0, ERR_UNDEFINED_OBJECT, "tablespace \"%s\" does not exist", name);
	return err_hint(b->e, "All data is in the data directory: there is pg_default alone.");
}
