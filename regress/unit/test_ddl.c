/* test_ddl.c - tables made and changed by commands; constraints between tables. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/access/live.h"
#include "core/access/row.h"
#include "core/access/table.h"
#include "core/access/write.h"
#include "core/ddl/ddl.h"
#include "core/func/session_api.h"
#include "core/security/privilege.h"
#include "regress/unit/tap.h"
#include "storage/store.h"
#include "storage/txn.h"

static struct store *store;
static struct catalogs *databases;
static struct catalog_store *cs;
static struct arena arena;
static struct strbuf notices;

struct session {
	struct txn *txn;
	struct draft *draft;
	struct write_unit *unit;
	struct exec_env env;
	struct ddl_env ddl;
	struct catalog *catalog;
};

static void
must(int rc, const struct err *e, const char *what)
{
	if (rc != ERR_OK)
		bail("%s: %s %s (%s)", what, err_sqlstate(e->code), e->message, e->detail);
}

static void
note(void *self, int level, const struct err *what)
{
	(void) self, (void) level;
	strbuf_printf(&notices, "%s%s", notices.len > 0 ? "; " : "", what->message);
	if (what->detail[0] != '\0')
		strbuf_printf(&notices, " (%s)", what->detail);
}

static int
path(void *self, bool implicit, const oid_t **ret)
{
	static const oid_t schemas[] = { OID_PUBLIC };

	(void) self, (void) implicit;
	*ret = schemas;
	return 1;
}

static const struct session_api api = { .notice = note, .search_path = path };

static int
give_draft(void *arg, struct draft **ret, struct err *e)
{
	(void) e;
	*ret = ((struct session *) arg)->draft;
	return ERR_OK;
}

static void
begin(struct session *s)
{
	struct err e = { 0 };

	memset(s, 0, sizeof *s);
	must(txn_begin(store, &(struct txn_options){ .async_commit = true }, &s->txn, &e), &e,
	     "begin");
	must(draft_new(cs, s->txn, &s->draft, &e), &e, "draft");
	must(unit_begin(s->txn, NULL, &s->unit, &e), &e, "unit");
}

static void
statement(struct session *s)
{
	struct err e = { 0 };

	must(txn_statement_begin(s->txn, &e), &e, "statement");
	s->catalog = draft_catalog(s->draft);
	catalog_retain(s->catalog);
	s->env = (struct exec_env){
		.type = { .arena = &arena, .fmt = &fmt_default, .catalog = s->catalog },
		.stmt_arena = &arena,
		.catalog = s->catalog,
		.txn = s->txn,
		.session = &api,
	};
	s->ddl = (struct ddl_env){ .exec = &s->env,
				   .unit = s->unit,
				   .store = cs,
				   .user = OID_BOOTSTRAP_ROLE,
				   .arg = s,
				   .draft = give_draft };
	unit_statement_begin(s->unit, &s->env);
}

static int
statement_end(struct session *s, struct err *e)
{
	int rc = unit_statement_end(s->unit, &s->env, e);

	txn_statement_end(s->txn);
	catalog_release(s->catalog);
	s->catalog = NULL;
	return rc;
}

static int
commit(struct session *s, struct err *e)
{
	int rc = txn_commit(&s->txn, e);

	unit_end(&s->unit);
	draft_done(&s->draft);
	return rc;
}

static void
rollback(struct session *s)
{
	txn_abort(&s->txn);
	unit_end(&s->unit);
	draft_done(&s->draft);
	catalog_release(s->catalog);
}

/* One command in a transaction of its own. */
static int
run(const struct command *cmd, struct err *e)
{
	struct session s;
	int rc;

	strbuf_clear(&notices);
	begin(&s);
	statement(&s);
	rc = ddl_execute(&s.ddl, cmd, e);
	if (rc == ERR_OK)
		rc = statement_end(&s, e);
	if (rc == ERR_OK)
		return commit(&s, e);
	rollback(&s);
	return rc;
}

static void
ran(const struct command *cmd, const char *what)
{
	struct err e = { 0 };

	must(run(cmd, &e), &e, what);
	ok(true, "%s", what);
}

static void
fails(const struct command *cmd, int code, const char *message, const char *detail,
      const char *what)
{
	struct err e = { 0 };

	is_int(code, run(cmd, &e), "%s", what);
	is_str(message, e.message, "message");
	if (detail != NULL)
		is_str(detail, e.detail, "detail");
}

/* --- building commands ------------------------------------------------------------------------ */

static struct def_column *
col(const char *name, oid_t type)
{
	struct def_column *c = ARENA_NEW(&arena, struct def_column);

	c->name = name;
	c->type = type_builtin(type);
	c->typmod = -1;
	return c;
}

static struct def_constraint *
con(char type, const char *column)
{
	struct def_constraint *c = ARENA_NEW(&arena, struct def_constraint);

	c->type = type;
	list_push(&c->columns, &arena, column);
	return c;
}

static struct cmd_create_table *
table(const char *name)
{
	struct cmd_create_table *t = ARENA_NEW(&arena, struct cmd_create_table);

	t->c.kind = CMD_CREATE_TABLE;
	t->schema = OID_PUBLIC;
	t->name = name;
	t->persistence = 'p';
	return t;
}

static struct catalog *held;

static const struct relation *
look(const char *name)
{
	catalog_release(held);
	held = catalog_current(cs);
	return catalog_relation(held, OID_PUBLIC, name);
}

static struct cmd_drop *
drop(enum object_kind kind, const char *name, bool cascade)
{
	struct cmd_drop *c = ARENA_NEW(&arena, struct cmd_drop);
	struct object_ref *o = ARENA_NEW(&arena, struct object_ref);
	const struct relation *r = look(name);

	c->c.kind = CMD_DROP;
	c->cascade = cascade;
	o->kind = kind;
	if (r != NULL)
		o->oid = r->o.oid;
	else
		o->missing = name;
	list_push(&c->objects, &arena, o);
	return c;
}

static struct cmd_alter_table *
alter(const char *name, struct alter_action *a)
{
	struct cmd_alter_table *c = ARENA_NEW(&arena, struct cmd_alter_table);

	c->c.kind = CMD_ALTER_TABLE;
	c->rel = look(name);
	list_push(&c->actions, &arena, a);
	return c;
}

/* --- rows ------------------------------------------------------------------------------------- */

static int
insert(const char *name, int a, int b, struct err *e)
{
	struct table_writer *w = NULL;
	struct session s;
	union datum v[] = { datum_int(a), datum_int(b), datum_int(0), datum_int(0) };
	bool nulls[] = { a < 0, b < 0, true, true };
	int rc;

	begin(&s);
	statement(&s);
	must(table_writer_open(s.unit, &s.env, catalog_relation(s.catalog, OID_PUBLIC, name), &w,
			       e),
	     e, "writer");
	rc = table_insert(w, v, nulls, NULL, NULL, 0, NULL, NULL, e);
	table_writer_close(&w);
	if (rc == ERR_OK)
		rc = statement_end(&s, e);
	if (rc == ERR_OK)
		return commit(&s, e);
	rollback(&s);
	return rc;
}

static const char *
rows(const char *name, int ncols)
{
	static const int16_t cols[] = { 1, 2, 3, 4 };
	struct session s;
	struct table_scan *scan = NULL;
	union datum v[4][BATCH_ROWS];
	uint8_t null[4][BATCH_ROWS];
	struct vec out[4];
	struct err e = { 0 };
	struct strbuf b;
	int n;

	strbuf_init(&b, &arena);
	strbuf_puts(&b, "");
	begin(&s);
	statement(&s);
	struct scan_request req = { .rel = catalog_relation(s.catalog, OID_PUBLIC, name),
				    .ncols = ncols,
				    .cols = cols };
	must(table_scan_open(&s.env, &req, &scan, &e), &e, "scan");
	for (;;) {
		for (int c = 0; c < ncols; c++)
			out[c] = (struct vec){ v[c], null[c], 1 };
		must(table_scan_next(scan, &arena, out, &n, &e), &e, "next");
		if (n == 0)
			break;
		for (int i = 0; i < n; i++) {
			strbuf_puts(&b, b.len > 0 ? " " : "");
			for (int c = 0; c < ncols; c++) {
				strbuf_puts(&b, c > 0 ? ":" : "");
				if (vec_null(&out[c], i))
					strbuf_putc(&b, '-');
				else
					strbuf_int(&b, vec_at(&out[c], i).i);
			}
		}
	}
	table_scan_close(&scan);
	must(statement_end(&s, &e), &e, "end");
	rollback(&s);
	return b.data;
}

static void
test_tables(void)
{
	struct cmd_create_table *t = table("p");
	struct err e = { 0 };

	list_push(&t->columns, &arena, col("id", OID_INT4));
	list_push(&t->columns, &arena, col("x", OID_INT4));
	list_push(&t->constraints, &arena, con(CON_PRIMARY, "id"));
	list_push(&t->constraints, &arena, con(CON_UNIQUE, "x"));
	ran(&t->c, "create table p (id int primary key, x int unique)");
	ok(look("p_pkey") != NULL && look("p_x_key") != NULL,
	   "its indexes are named as PostgreSQL names them");
	ok(look("p")->primary->clustered, "rows are laid out by the key");
	fails(&t->c, ERR_DUPLICATE_TABLE, "relation \"p\" already exists", NULL, "again");
	t->if_not_exists = true;
	ran(&t->c, "if not exists");
	is_str("relation \"p\" already exists, skipping", notices.data, "notice");

	t = table("c");
	list_push(&t->columns, &arena, col("id", OID_INT4));
	list_push(&t->columns, &arena, col("p_id", OID_INT4));
	LIST_AT(struct def_column, &t->columns, 0)->serial = true;
	list_push(&t->constraints, &arena, con(CON_FOREIGN, "p_id"));
	LIST_AT(struct def_constraint, &t->constraints, 0)->ref_table = look("p")->o.oid;
	ran(&t->c, "create table c (id serial, p_id int references p)");
	is_str("c_p_id_fkey", look("c")->constraints[0].name, "name of the foreign key");
	is_int(1, look("p")->nrefs, "the parent knows");
	ok(look("c_id_seq") != NULL && look("c_id_seq")->seq->max == INT32_MAX,
	   "serial's sequence");
	ok(look("c")->cols[0].not_null && look("c")->cols[0].default_sql != NULL,
	   "serial is not null with a default");

	t = table("bad");
	list_push(&t->columns, &arena, col("a", OID_INT4));
	list_push(&t->columns, &arena, col("a", OID_INT4));
	fails(&t->c, ERR_DUPLICATE_COLUMN, "column \"a\" specified more than once", NULL,
	      "a column twice");
	t = table("bad");
	list_push(&t->columns, &arena, col("a", OID_TEXT));
	list_push(&t->constraints, &arena, con(CON_FOREIGN, "a"));
	LIST_AT(struct def_constraint, &t->constraints, 0)->ref_table = look("p")->o.oid;
	fails(&t->c, ERR_DATATYPE_MISMATCH,
	      "foreign key constraint \"bad_a_fkey\" cannot be implemented",
	      "Key columns \"a\" and \"id\" are of incompatible types: text and integer.",
	      "types differ");
	must(insert("p", 1, 10, &e), &e, "insert p");
	must(insert("p", 2, 20, &e), &e, "insert p");
}

static void
test_foreign_keys(void)
{
	struct err e = { 0 };

	must(insert("c", 1, 1, &e), &e, "insert c");
	must(insert("c", 2, -1, &e), &e, "insert c");
	is_int(ERR_FOREIGN_KEY_VIOLATION, insert("c", 3, 7, &e), "no parent");
	is_str("insert or update on table \"c\" violates foreign key constraint \"c_p_id_fkey\"",
	       e.message, "message");
	is_str("Key (p_id)=(7) is not present in table \"p\".", e.detail, "detail");
	e = (struct err){ 0 };
	is_int(ERR_UNIQUE_VIOLATION, insert("p", 3, 10, &e), "unique");
	is_str("Key (x)=(10) already exists.", e.detail, "detail");
	e = (struct err){ 0 };
	is_int(ERR_NOT_NULL_VIOLATION, insert("p", -1, 5, &e), "not null");
	is_str("Failing row contains (null, 5).", e.detail, "detail");
}

static void
test_delete_parent(void)
{
	struct table_writer *w = NULL;
	struct session s;
	struct err e = { 0 };
	union datum v[] = { datum_int(1), datum_int(10) };
	bool nulls[] = { false, false };
	uint8_t key[] = { 0x80, 0, 0, 1 };

	begin(&s);
	statement(&s);
	must(table_writer_open(s.unit, &s.env, catalog_relation(s.catalog, OID_PUBLIC, "p"), &w,
			       &e),
	     &e, "writer");
	must(table_delete(w, key, sizeof key, v, nulls, NULL, &e), &e, "delete");
	table_writer_close(&w);
	is_int(ERR_FOREIGN_KEY_VIOLATION, statement_end(&s, &e), "a parent with children");
	is_str("update or delete on table \"p\" violates foreign key constraint \"c_p_id_fkey\" on "
	       "table \"c\"",
	       e.message, "message");
	is_str("Key (id)=(1) is still referenced from table \"c\".", e.detail, "detail");
	rollback(&s);
}

static void
test_alter(void)
{
	struct alter_action add = { .kind = ALTER_ADD_COLUMN, .column = col("y", OID_INT4) };
	struct alter_action again = { .kind = ALTER_ADD_COLUMN, .column = col("y", OID_INT4) };
	struct alter_action wider = { .kind = ALTER_COLUMN_TYPE,
				      .name = "y",
				      .column = col("y", OID_INT8) };
	struct alter_action del = { .kind = ALTER_DROP_COLUMN, .name = "x" };
	struct alter_action key = { .kind = ALTER_DROP_CONSTRAINT, .name = "p_pkey" };
	struct alter_action key_cascade = { .kind = ALTER_DROP_CONSTRAINT,
					    .name = "p_pkey",
					    .cascade = true };
	struct err e = { 0 };

	ran(&alter("p", &add)->c, "add column");
	is_str("1:10:- 2:20:-", rows("p", 3), "old rows have null there");
	must(insert("p", 3, 30, &e), &e, "insert");
	is_str("1:10:- 2:20:- 3:30:-", rows("p", 3), "new rows too");
	fails(&alter("p", &again)->c, ERR_DUPLICATE_COLUMN,
	      "column \"y\" of relation \"p\" already exists", NULL, "add it twice");
	ran(&alter("p", &wider)->c, "int to bigint touches no row");
	ran(&alter("p", &del)->c, "drop column x");
	ok(look("p_x_key") == NULL && look("p")->nconstraints == 1,
	   "its index and constraint went too");
	is_str("1 2 3", rows("p", 1), "rows are still there");
	fails(&alter("p", &key)->c, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
	      "cannot drop constraint p_pkey on table p because other objects depend on it",
	      "constraint c_p_id_fkey on table c depends on index p_pkey", "drop the primary key");
	ran(&alter("p", &key_cascade)->c, "drop it with cascade");
	is_str("drop cascades to constraint c_p_id_fkey on table c", notices.data, "notice");
	is_str("1 2 3", rows("p", 1), "the rows got ids of their own");
	must(insert("p", 1, -1, &e), &e, "insert a duplicate");
	is_str("1 2 3 1", rows("p", 1), "which is allowed now");
}

static void
test_drop(void)
{
	struct cmd_create_table *t = table("q");

	list_push(&t->columns, &arena, col("id", OID_INT4));
	list_push(&t->constraints, &arena, con(CON_PRIMARY, "id"));
	ran(&t->c, "create table q");
	t = table("r");
	list_push(&t->columns, &arena, col("q_id", OID_INT4));
	list_push(&t->constraints, &arena, con(CON_FOREIGN, "q_id"));
	LIST_AT(struct def_constraint, &t->constraints, 0)->ref_table = look("q")->o.oid;
	ran(&t->c, "create table r");
	fails(&drop(OBJECT_TABLE, "q", false)->c, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
	      "cannot drop table q because other objects depend on it",
	      "constraint r_q_id_fkey on table r depends on table q", "drop table q");
	fails(&drop(OBJECT_INDEX, "q_pkey", false)->c, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
	      "cannot drop index q_pkey because constraint q_pkey on table q requires it", NULL,
	      "drop its index");
	ran(&drop(OBJECT_TABLE, "q", true)->c, "drop table q cascade");
	is_str("drop cascades to constraint r_q_id_fkey on table r", notices.data, "notice");
	ok(look("q") == NULL && look("q_pkey") == NULL && look("r")->nconstraints == 0, "gone");
	ran(&drop(OBJECT_TABLE, "q", false)->c, "drop table if exists");
	is_str("table \"q\" does not exist, skipping", notices.data, "notice");
	ran(&drop(OBJECT_TABLE, "c", false)->c, "drop table c");
	ok(look("c_id_seq") == NULL, "with its sequence");
}

static const struct role *
role(const char *name)
{
	(void) look("");
	return catalog_role(held, name);
}

static struct cmd_grant *
grant(bool give, const char *privilege, const char *table_name, const struct role *to)
{
	struct cmd_grant *g = ARENA_NEW(&arena, struct cmd_grant);
	struct object_ref *o = ARENA_NEW(&arena, struct object_ref);
	struct def_privilege *p = ARENA_NEW(&arena, struct def_privilege);

	p->name = privilege;
	g->c.kind = CMD_GRANT;
	g->grant = give;
	o->kind = OBJECT_TABLE;
	o->oid = look(table_name)->o.oid;
	list_push(&g->objects, &arena, o);
	list_push(&g->privileges, &arena, p);
	list_push(&g->grantees, &arena, to);
	return g;
}

static bool
may(const char *who, const char *table_name, char letter)
{
	const struct relation *r = look(table_name);

	return privilege_has(held, catalog_role(held, who)->o.oid, &r->o, letter);
}

static void
test_privileges(void)
{
	struct cmd_role c = { .c = { .kind = CMD_CREATE_ROLE },
			      .name = "ann",
			      .superuser = -1,
			      .inherit = -1,
			      .create_role = -1,
			      .create_db = -1,
			      .login = -1,
			      .replication = -1,
			      .bypass_rls = -1 };
	struct cmd_grant_role join = { .c = { .kind = CMD_GRANT_ROLE }, .grant = true };

	ran(&c.c, "create role ann");
	c.name = "the \"staff\"";
	ran(&c.c, "create role \"the \"\"staff\"\"\"");
	ok(!may("ann", "p", 'r') && may("postgres", "p", 'r'), "only the owner may read at first");
	ran(&grant(true, "select", "p", role("the \"staff\""))->c, "grant select on p to staff");
	ok(may("the \"staff\"", "p", 'r') && !may("the \"staff\"", "p", 'w') &&
		   !may("ann", "p", 'r'),
	   "staff may");
	char kept[64];
	(void) snprintf(kept, sizeof kept, "{10=arwdDxt/10,%u=r/10}", role("the \"staff\"")->o.oid);
	is_str(kept, look("p")->o.acl, "roles are kept as oids");
	list_push(&join.roles, &arena, role("the \"staff\""));
	list_push(&join.members, &arena, role("ann"));
	ran(&join.c, "grant staff to ann");
	ok(may("ann", "p", 'r'), "ann inherits it");
	ran(&grant(true, "insert", "p", NULL)->c, "grant insert on p to public");
	ok(may("ann", "p", 'a'), "everybody may insert");
	ran(&grant(false, "select", "p", role("the \"staff\""))->c, "revoke select from staff");
	ok(!may("ann", "p", 'r') && may("ann", "p", 'a'), "revoked");
}

static void
test_sequences(void)
{
	struct cmd_create_sequence c = { .c = { .kind = CMD_CREATE_SEQUENCE },
					 .schema = OID_PUBLIC,
					 .name = "s",
					 .persistence = 'p' };
	struct sequence_cache *cache = sequence_cache_new(cs);
	struct err e = { 0 };
	int64_t v;

	c.def.set_max = true;
	c.def.max = 3;
	ran(&c.c, "create sequence s maxvalue 3");
	is_int(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, sequence_currval(cache, look("s"), &v, &e),
	       "currval at first");
	e = (struct err){ 0 };
	for (int i = 1; i <= 3; i++) {
		must(sequence_nextval(cache, look("s"), &v, &e), &e, "nextval");
		is_int64(i, v, "nextval");
	}
	is_int(ERR_SEQUENCE_GENERATOR_LIMIT_EXCEEDED, sequence_nextval(cache, look("s"), &v, &e),
	       "the end");
	is_str("nextval: reached maximum value of sequence \"s\" (3)", e.message, "message");
	e = (struct err){ 0 };
	must(sequence_setval(cache, look("s"), 2, false, &e), &e, "setval");
	must(sequence_nextval(cache, look("s"), &v, &e), &e, "nextval");
	is_int64(2, v, "after setval(2, false)");
	sequence_cache_done(&cache);
}

int
main(void)
{
	char dir[] = "/tmp/ormdb-test-XXXXXX", cmd[64];
	struct err e = { 0 };

	if (mkdtemp(dir) == NULL)
		bail("no temporary directory");
	strbuf_init(&notices, &arena);
	catalog_set_layout_maker(row_layouts_make);
	must(store_create(dir, &e), &e, "create");
	must(store_open(dir, &(struct store_options){ .cache_size = 64 << 20 }, &store, &e), &e,
	     "open");
	must(catalogs_open(store, "postgres", &databases, &e), &e, "catalog");
	cs = catalogs_find(databases, OID_DEFAULT_DATABASE);

	test_tables();
	test_foreign_keys();
	test_delete_parent();
	test_alter();
	test_drop();
	test_sequences();
	test_privileges();

	catalog_release(held);
	catalogs_close(&databases);
	live_forget(store);
	sequence_forget(store);
	must(store_close(&store, &e), &e, "close");
	arena_done(&arena);
	(void) snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	if (system(cmd) != 0)
		diag("%s is left", dir);
	return tap_done();
}
