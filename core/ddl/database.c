/* database.c - CREATE, ALTER and DROP DATABASE.
 *
 * A database is its objects in the catalog file and the files that they name.  CREATE copies both
 * from the template inside one transaction, DROP removes them inside one: so a crash leaves a whole
 * database or none, and files that no catalog names go at the next start.  Oids are kept by the copy
 * (rows may have oids in them: enum labels), file numbers are new.
 *
 * Who works with a whole database (copies, renames, drops it) has it locked against logins.
 *
 * Not here: who may connect (pgwire/session/login.c), the list of databases (core/catalog). */
#include "config.h"
#include "core/ddl/private.h"

#include "core/security/privilege.h"
#include "storage/cursor.h"

static const struct database *
database(const struct ddl *d, oid_t oid)
{
	return (const struct database *) catalog_object(d->c, OBJ_DATABASE, oid);
}

static bool
may_create(const struct ddl *d)
{
	const struct role *r = catalog_role_by_oid(d->c, d->env->user);

	return r != NULL && (r->superuser || r->create_db);
}

/* It must be empty of sessions; this one does not count. */
static int
check_unused(struct ddl *d, const char *what, const char *name, oid_t oid, bool force, struct err *e)
{
	int n, rc;

	rc = d->env->sessions_in(d->env->arg, oid, force, &n, e);
	if (rc != ERR_OK || n == 0)
		return rc;
	err_set(e, ERR_OBJECT_IN_USE, "%s \"%s\" is being accessed by other users", what, name);
	return n == 1 ? err_detail(e, "There is 1 other session using the database.")
		      : err_detail(e, "There are %d other sessions using the database.", n);
}

/* --- copying ---------------------------------------------------------------------------------- */

struct renumbered {
	uint32_t from, to;
};

struct copy {
	struct ddl *d;
	oid_t to;
	struct list files; /* struct renumbered: those that were met */
};

static int
copy_rows(struct ddl *d, uint32_t from, uint32_t to, struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	STORE_BULK_AUTO struct store_bulk *bulk = NULL;
	bool found;
	int rc;

	rc = store_bulk_open(catalog_store_store(d->env->store), to, &bulk, e);
	if (rc == ERR_OK)
		rc = cursor_open_latest(d->env->exec->txn, from, &c, e);
	if (rc == ERR_OK)
		rc = cursor_first(c, &found, e);
	while (rc == ERR_OK && found) {
		rc = store_bulk_append(bulk, c->key, c->klen, c->value, c->vlen, 0, e);
		if (rc == ERR_OK)
			rc = lock_check_cancel(d->env->exec->cancel, e);
		if (rc == ERR_OK)
			rc = cursor_next(c, &found, e);
	}
	return rc == ERR_OK ? store_bulk_close(&bulk, e) : rc;
}

/* The new number of a file, which is copied when it is met first. */
static int
copy_file(struct copy *c, uint32_t *file, struct err *e)
{
	struct renumbered *r;
	int rc;

	if (*file == 0)
		return ERR_OK;
	for (int i = 0; i < c->files.n; i++) {
		r = LIST_AT(struct renumbered, &c->files, i);
		if (r->from == *file) {
			*file = r->to;
			return ERR_OK;
		}
	}
	r = ARENA_NEW(c->d->a, struct renumbered);
	r->from = *file;
	rc = ddl_new_file(c->d, store_file_kind(*file), &r->to, e);
	if (rc == ERR_OK && store_file_exists(catalog_store_store(c->d->env->store), *file))
		rc = copy_rows(c->d, r->from, r->to, e);
	if (rc != ERR_OK)
		return rc;
	list_push(&c->files, c->d->a, r);
	*file = r->to;
	return ERR_OK;
}

static int
copy_relation(struct copy *c, struct catalog_store *from, const struct relation *r, struct err *e)
{
	struct relation *to = ddl_copy_relation(c->d, r);
	int rc;

	if (r->index != NULL) {
		struct index *ix = arena_dup(c->d->a, r->index, sizeof *ix);

		rc = copy_file(c, &ix->file, e);
		to->index = ix;
	} else {
		rc = copy_file(c, &to->file, e);
	}
	if (rc == ERR_OK && r->seq != NULL)
		rc = sequence_copy(c->d->env->exec->txn, from, c->to, r, e);
	if (rc == ERR_OK)
		draft_put_in(c->d->draft, c->to, &to->o);
	return rc;
}

static int
copy_objects(struct copy *c, struct catalog_store *from, const struct catalog *source, struct err *e)
{
	int rc = ERR_OK;

	for (int class = 0; class < OBJ_CLASS_COUNT; class ++)
		for (int i = 0; rc == ERR_OK && i < catalog_count(source, class); i++) {
			const struct object *o = catalog_at(source, class, i);

			if (catalog_is_shared(o))
				continue;
			if (o->class == OBJ_RELATION)
				rc = copy_relation(c, from, (const struct relation *) o, e);
			else
				draft_put_in(c->d->draft, c->to, o);
		}
	return rc;
}

static int
copy_database(struct ddl *d, oid_t template, oid_t to, struct err *e)
{
	struct catalog_store *from = catalogs_find(catalog_store_all(d->env->store), template);
	struct copy c = { .d = d, .to = to };
	struct catalog *source;
	int rc;

	if (from == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "database %u has no catalog", template);
	source = catalog_current(from);
	rc = copy_objects(&c, from, source, e);
	catalog_release(source);
	return rc;
}

/* --- CREATE ----------------------------------------------------------------------------------- */

static int
check_owner_given(struct ddl *d, oid_t owner, struct err *e)
{
	if (ddl_has_role(d, owner))
		return ERR_OK;
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"",
		       catalog_role_by_oid(d->c, owner)->o.name);
}

static int
lock_template(struct ddl *d, const char *name, const struct database **ret, struct err *e)
{
	const struct database *t = catalog_database(d->c, name);
	int rc;

	if (t != NULL) {
		rc = ddl_lock_object(d, OBJ_DATABASE, t->o.oid, LOCK_TABLE_SHARE, e);
		if (rc != ERR_OK && rc != ERR_UNDEFINED_OBJECT)
			return rc;
		err_init(e);
		t = catalog_database(d->c, name);
	}
	if (t == NULL)
		return err_set(e, ERR_UNDEFINED_DATABASE,
			       "template database \"%s\" does not exist", name);
	if (!t->is_template && !ddl_has_role(d, t->o.owner))
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			       "permission denied to copy database \"%s\"", name);
	*ret = t;
	return ERR_OK;
}

static int
check_limit(const struct cmd_database *cmd, struct err *e)
{
	if (cmd->set_limit && cmd->conn_limit < -1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid connection limit: %d",
			       cmd->conn_limit);
	return ERR_OK;
}

static void
fill(struct database *db, const struct cmd_database *cmd)
{
	if (cmd->set_limit)
		db->conn_limit = cmd->conn_limit;
	if (cmd->allow_conn >= 0)
		db->allow_conn = cmd->allow_conn != 0;
	if (cmd->is_template >= 0)
		db->is_template = cmd->is_template != 0;
}

int
ddl_create_database(struct ddl *d, const struct cmd_database *cmd, struct err *e)
{
	struct database db = {
		.o = { .class = OBJ_DATABASE,
		       .name = cmd->name,
		       .owner = cmd->owner != 0 ? cmd->owner : d->env->user },
		.conn_limit = -1,
		.allow_conn = true,
	};
	const struct database *template = NULL;
	int rc;

	if (!may_create(d))
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied to create database");
	rc = check_limit(cmd, e);
	if (rc == ERR_OK)
		rc = check_owner_given(d, db.o.owner, e);
	if (rc == ERR_OK)
		rc = lock_template(d, cmd->template != NULL ? cmd->template : "template1", &template, e);
	if (rc == ERR_OK)
		rc = ddl_lock_shared_name(d, cmd->name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_database(d->c, cmd->name) != NULL)
		return err_set(e, ERR_DUPLICATE_DATABASE, "database \"%s\" already exists", cmd->name);
	rc = check_unused(d, "source database", template->o.name, template->o.oid, false, e);
	if (rc != ERR_OK)
		return rc;
	fill(&db, cmd);
	db.o.oid = draft_new_oid(d->draft);
	draft_put(d->draft, &db.o);
	return copy_database(d, template->o.oid, db.o.oid, e);
}

/* --- DROP ------------------------------------------------------------------------------------- */

static int
drop_objects(struct ddl *d, oid_t oid, const struct catalog *c, struct err *e)
{
	int rc = ERR_OK;

	for (int class = 0; class < OBJ_CLASS_COUNT; class ++)
		for (int i = 0; rc == ERR_OK && i < catalog_count(c, class); i++) {
			const struct object *o = catalog_at(c, class, i);
			const struct relation *r =
				class == OBJ_RELATION ? (const struct relation *) o : NULL;

			if (catalog_is_shared(o))
				continue;
			draft_remove_in(d->draft, oid, class, o->oid);
			if (r != NULL && r->seq != NULL)
				rc = sequence_remove(d->env->exec->txn, oid, r, e);
			if (rc == ERR_OK && r != NULL && (r->index == NULL || !r->index->clustered))
				rc = ddl_drop_file(d, r->index != NULL ? r->index->file : r->file, e);
		}
	return rc;
}

/* Its comment, and what was set for roles in it. */
static void
drop_shared(struct ddl *d, oid_t oid)
{
	for (int i = 0; i < catalog_count(d->c, OBJ_ROLE_SETTING); i++) {
		const struct role_setting *s =
			(const struct role_setting *) catalog_at(d->c, OBJ_ROLE_SETTING, i);

		if (s->database == oid)
			draft_remove(d->draft, OBJ_ROLE_SETTING, s->o.oid);
	}
	for (int i = 0; i < catalog_count(d->c, OBJ_COMMENT); i++) {
		const struct comment *k = (const struct comment *) catalog_at(d->c, OBJ_COMMENT, i);

		if (k->on_class == OBJ_DATABASE && k->on == oid)
			draft_remove(d->draft, OBJ_COMMENT, k->o.oid);
	}
}

int
ddl_drop_database(struct ddl *d, oid_t oid, bool force, struct err *e)
{
	const struct database *db;
	struct catalog *c;
	int rc;

	rc = ddl_lock_object(d, OBJ_DATABASE, oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	db = database(d, oid);
	rc = ddl_check_owner(d, &db->o, "database", e);
	if (rc != ERR_OK)
		return rc;
	if (db->is_template)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "cannot drop a template database");
	if (oid == catalog_store_database(d->env->store))
		return err_set(e, ERR_OBJECT_IN_USE, "cannot drop the currently open database");
	rc = check_unused(d, "database", db->o.name, oid, force, e);
	if (rc != ERR_OK)
		return rc;
	c = catalog_current(catalogs_find(catalog_store_all(d->env->store), oid));
	rc = drop_objects(d, oid, c, e);
	catalog_release(c);
	drop_shared(d, oid);
	draft_remove(d->draft, OBJ_DATABASE, oid);
	return rc == ERR_OK ? ddl_seal(d, e) : rc;
}

/* --- ALTER ------------------------------------------------------------------------------------ */

int
ddl_alter_database(struct ddl *d, const struct cmd_database *cmd, struct err *e)
{
	const struct database *old = catalog_database(d->c, cmd->name);
	struct database db;
	int rc;

	if (old == NULL)
		return err_set(e, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", cmd->name);
	rc = ddl_lock_object(d, OBJ_DATABASE, old->o.oid, LOCK_SHARE_UPDATE_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	db = *database(d, old->o.oid);
	rc = ddl_check_owner(d, &db.o, "database", e);
	if (rc == ERR_OK)
		rc = check_limit(cmd, e);
	if (rc != ERR_OK)
		return rc;
	if (cmd->allow_conn == 0 && db.o.oid == catalog_store_database(d->env->store))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "cannot disallow connections for current database");
	fill(&db, cmd);
	if (cmd->set_name != NULL || cmd->reset_all)
		ddl_change_settings(d, &db.settings, &db.nsettings, cmd->set_name, cmd->set_value,
				    cmd->reset_all);
	draft_put(d->draft, &db.o);
	return ERR_OK;
}

int
ddl_rename_database(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	oid_t oid = cmd->object.oid;
	struct database db;
	int rc;

	rc = ddl_lock_object(d, OBJ_DATABASE, oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	db = *database(d, oid);
	rc = ddl_check_owner(d, &db.o, "database", e);
	if (rc == ERR_OK && !may_create(d))
		rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied to rename database");
	if (rc == ERR_OK)
		rc = ddl_lock_shared_name(d, cmd->new_name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_database(d->c, cmd->new_name) != NULL)
		return err_set(e, ERR_DUPLICATE_DATABASE, "database \"%s\" already exists",
			       cmd->new_name);
	if (oid == catalog_store_database(d->env->store))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "current database cannot be renamed");
	rc = check_unused(d, "database", db.o.name, oid, false, e);
	if (rc != ERR_OK)
		return rc;
	db.o.name = cmd->new_name;
	draft_put(d->draft, &db.o);
	return ERR_OK;
}

int
ddl_own_database(struct ddl *d, const struct cmd_owner *cmd, struct err *e)
{
	struct database db;
	int rc;

	rc = ddl_lock_object(d, OBJ_DATABASE, cmd->object.oid, LOCK_SHARE_UPDATE_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	db = *database(d, cmd->object.oid);
	if (db.o.owner == cmd->owner)
		return ERR_OK;
	rc = ddl_check_owner(d, &db.o, "database", e);
	if (rc == ERR_OK)
		rc = check_owner_given(d, cmd->owner, e);
	if (rc == ERR_OK && !may_create(d))
		rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			     "permission denied to change owner of database");
	if (rc != ERR_OK)
		return rc;
	db.o.acl = ddl_acl_of_owner(d, &db.o, cmd->owner);
	db.o.owner = cmd->owner;
	draft_put(d->draft, &db.o);
	return ERR_OK;
}
