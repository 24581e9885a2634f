/* verify.c - ormdb_verify() and ormdbd --verify: is the database what it should be?
 *
 *     every valid index equals its table
 *     every row of a foreign key has its parent
 *     every file belongs to something in the catalog
 *     (--verify only, for it needs the files to itself) every page of every file is whole
 *
 * Tables are looked at in the statement's snapshot, so writers need not stop.
 *
 * Not here: how each is looked at (core/ddl/verify.c, storage/verify.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/func/session_api.h"
#include "pgwire/session/portal.h"

/* Where problems go: rows of a function, or lines of --verify. */
struct findings {
	struct ddl_report indexes;
	struct store_report files;
	const struct catalog *catalog;
	int (*tell)(struct findings *to, const char *object, const char *problem, struct err *e);
	void *arg;
};

static struct findings *
of_indexes(struct ddl_report *r)
{
	return (struct findings *) (void *) ((char *) r - offsetof(struct findings, indexes));
}

static struct findings *
of_files(struct store_report *r)
{
	return (struct findings *) (void *) ((char *) r - offsetof(struct findings, files));
}

static const char *
schema_name(const struct catalog *c, oid_t oid)
{
	const struct object *o = catalog_object(c, OBJ_SCHEMA, oid);

	return o == NULL ? "" : o->name;
}

static int
say_object(struct ddl_report *r, const struct object *what, const char *problem, struct err *e)
{
	struct findings *to = of_indexes(r);
	struct strbuf name;

	strbuf_init(&name, NULL);
	quote_ident(&name, schema_name(to->catalog, what->schema));
	strbuf_putc(&name, '.');
	quote_ident(&name, what->name);
	int rc = to->tell(to, name.data, problem, e);
	strbuf_done(&name);
	return rc;
}

/* The relation (or index) whose file it is; NULL: none. */
static const struct object *
owner_of(const struct catalog *c, uint32_t file)
{
	for (int i = 0; i < catalog_count(c, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(c, OBJ_RELATION, i);
		if (r->file == file || (r->index != NULL && r->index->file == file))
			return &r->o;
	}
	return NULL;
}

static int
say_file(struct store_report *r, uint32_t file, const char *problem, struct err *e)
{
	struct findings *to = of_files(r);
	const struct object *o = to->catalog == NULL ? NULL : owner_of(to->catalog, file);

	return o == NULL ? to->tell(to, "", problem, e) : say_object(&to->indexes, o, problem, e);
}

/* -- Foreign keys ------------------------------------------------------------------------------------- */
static void
qualified(struct strbuf *to, const struct catalog *c, const struct relation *r)
{
	quote_ident(to, schema_name(c, r->o.schema));
	strbuf_putc(to, '.');
	quote_ident(to, r->o.name);
}

/* How many rows have a key, all of it, and no parent? */
static void
orphans_query(struct strbuf *to, const struct catalog *c, const struct relation *r, const struct constraint *k,
              const struct relation *parent)
{
	strbuf_puts(to, "SELECT count(*) FROM ");
	qualified(to, c, r);
	strbuf_puts(to, " c WHERE NOT EXISTS (SELECT FROM ");
	qualified(to, c, parent);
	strbuf_puts(to, " p WHERE ");
	for (int i = 0; i < k->ncols; i++) {
		strbuf_puts(to, i == 0 ? "p." : " AND p.");
		quote_ident(to, parent->cols[k->ref_cols[i] - 1].name);
		strbuf_puts(to, " = c.");
		quote_ident(to, r->cols[k->cols[i] - 1].name);
	}
	strbuf_putc(to, ')');
	for (int i = 0; i < k->ncols; i++) {
		strbuf_puts(to, " AND c.");
		quote_ident(to, r->cols[k->cols[i] - 1].name);
		strbuf_puts(to, " IS NOT NULL");
	}
}

static int
take_count(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	(void) n, (void) nulls, (void) e;
	*(int64_t *) arg = values[0].i;
	return ERR_OK;
}

static int
verify_fkey(struct session *s, struct findings *to, const struct relation *r, const struct constraint *k,
            struct err *e)
{
	const struct relation *parent = catalog_relation_by_oid(to->catalog, k->ref_table);
	int64_t orphans = 0;
	const struct sql_sink sink = { .row = take_count, .arg = &orphans };
	struct strbuf text;
	char problem[200];

	if (parent == NULL)
		return say_object(&to->indexes, &r->o, "a foreign key has no referenced table", e);
	strbuf_init(&text, NULL);
	orphans_query(&text, to->catalog, r, k, parent);
	int rc = session_run_sql(s, text.data, &sink, e);
	strbuf_done(&text);
	if (rc != ERR_OK || orphans == 0)
		return rc;
	snprintf(problem, sizeof problem, "%" PRId64 " rows break foreign key \"%s\"", orphans, k->name);
	return say_object(&to->indexes, &r->o, problem, e);
}

/* -- All of it ------------------------------------------------------------------------------------------ */
static int
verify_tables(struct session *s, struct ddl_env *de, struct findings *to, struct err *e)
{
	int rc = ERR_OK;

	to->indexes.say = say_object;
	to->catalog = de->exec->catalog;
	for (int i = 0; rc == ERR_OK && i < catalog_count(to->catalog, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(to->catalog, OBJ_RELATION, i);
		if (r->kind != REL_TABLE || r->sys != NULL)
			continue;
		rc = ddl_verify_indexes(de, r, &to->indexes, e);
		for (int k = 0; rc == ERR_OK && k < r->nconstraints; k++)
			if (r->constraints[k].type == CON_FOREIGN && r->constraints[k].validated)
				rc = verify_fkey(s, to, r, &r->constraints[k], e);
	}
	return rc;
}

static int
verify_files(struct server *server, struct findings *to, struct err *e)
{
	struct server_files known = { .server = server };

	to->files.say = say_file;
	int rc = store_files_check(server->store, server_file_is_named, &known, &to->files, e);
	server_files_done(&known);
	return rc;
}

/* -- The function ----------------------------------------------------------------------------------------- */
struct to_rows { struct fcall *c; struct row_sink *sink; };

static int
tell_row(struct findings *to, const char *object, const char *problem, struct err *e)
{
	struct to_rows *rows = to->arg;
	struct arena *a = rows->c->env->stmt_arena;
	const union datum values[] = { datum_bytes(bytes_make(a, object, strlen(object))),
	                               datum_bytes(bytes_make(a, problem, strlen(problem))) };
	const bool nulls[] = { *object == '\0', false };

	return rows->sink->push(rows->sink, values, nulls, e);
}

static int
fn_verify(struct fcall *c, const union datum *args UNUSED, const bool *nulls UNUSED, struct row_sink *sink,
          struct err *e)
{
	struct session *s = c->env->session->self;
	struct to_rows rows = { c, sink };
	struct findings to = { .tell = tell_row, .arg = &rows };
	struct ddl_env de;

	if (!s->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for function ormdb_verify");
	session_ddl_env(s, c->env, &de);
	int rc = verify_tables(s, &de, &to, e);
	return rc == ERR_OK ? verify_files(s->server, &to, e) : rc;
}

/* -- The server's option -------------------------------------------------------------------------------------- */
static int
tell_line(struct findings *to, const char *object, const char *problem, struct err *e)
{
	(void) e;
	printf("%s%s%s\n", object, *object == '\0' ? "" : ": ", problem);
	++*(int *) to->arg;
	return ERR_OK;
}

static int
run_verify(struct ddl_env *env, void *arg, struct err *e)
{
	struct findings to = { .tell = tell_line, .arg = arg };

	return verify_tables(env->arg, env, &to, e);
}

static int
say_damage(struct store_report *r, uint32_t file, const char *problem, struct err *e)
{
	(void) file;
	return tell_line(of_files(r), "", problem, e);
}

static int
verify_database(struct server *server, oid_t database, int *problems, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct session *s = NULL;

	int rc = session_new_internal(server, database, &s, e);
	if (rc != ERR_OK)
		return rc;
	rc = tx_begin(s, e);
	if (rc == ERR_OK)
		rc = session_ddl(s, &a, run_verify, problems, e);
	if (rc == ERR_OK)
		rc = tx_end_command(s, e);
	if (rc != ERR_OK)
		tx_abandon(s);
	session_end_internal(s);
	return rc;
}

int
server_verify(struct server *server, int *ret_problems, struct err *e)
{
	struct findings to = { .files.say = say_damage, .tell = tell_line, .arg = ret_problems };
	oid_t *databases;

	*ret_problems = 0;
	int rc = server_open_store(server, e);
	if (rc == ERR_OK)
		rc = store_verify(server->store, NULL, &to.files, e);
	if (rc != ERR_OK || *ret_problems != 0)
		return rc;              /* what is on damaged pages cannot be compared */
	rc = server_open_catalog(server, e);
	if (rc != ERR_OK)
		return rc;
	int n = server_databases(server, &databases);
	for (int i = 0; rc == ERR_OK && i < n; i++)
		rc = verify_database(server, databases[i], ret_problems, e);
	free(databases);
	return rc == ERR_OK ? verify_files(server, &to, e) : rc;
}

/* -- Backup ------------------------------------------------------------------------------------------------------ */
static int
fn_backup(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null,
          struct err *e)
{
	struct session *s = c->env->session->self;
	struct store_backup done;

	if (!s->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for function ormdb_backup");
	const char *dir = arena_strndup(c->env->stmt_arena, bytes_data(args[0].b), bytes_len(args[0].b));
	int rc = store_backup(s->server->store, dir, c->env->cancel, &done, e);
	if (rc == ERR_OK) {
		*ret = datum_int((int64_t) done.bytes);
		*ret_null = false;
	}
	return rc;
}

static const oid_t one_text[] = { OID_TEXT };
static const struct func_out verify_outs[] = { { "object", OID_TEXT }, { "problem", OID_TEXT } };

static const struct func functions[] = {
	{ .oid = 9895, .name = "ormdb_verify", .kind = FUNC_NORMAL, .volatility = 'v', .ret = OID_RECORD, .retset = true,
	  .nouts = 2, .outs = verify_outs, .srf = fn_verify,
	  .comment = "problems found in indexes, foreign keys and files: no rows when there are none" },
	{ .oid = 9896, .name = "ormdb_backup", .kind = FUNC_NORMAL, .strict = true, .volatility = 'v', .ret = OID_INT8,
	  .nargs = 1, .args = one_text, .impl = fn_backup,
	  .comment = "copy the data directory to a directory of the server's machine; returns the bytes copied" },
};

void
verify_register_funcs(void)
{
	func_register(functions, (int) ARRAY_LEN(functions));
}
