/* test_access.c - the catalog's drafts, and rows written and read through core/access. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/access/index.h"
#include "core/access/live.h"
#include "core/access/row.h"
#include "core/access/table.h"
#include "core/access/write.h"
#include "core/catalog/draft.h"
#include "regress/unit/tap.h"
#include "storage/store.h"
#include "storage/txn.h"

static struct store *store;
static struct catalogs *databases;
static struct catalog_store *cs;
static struct arena arena;

/* One transaction with all it needs. */
struct session {
	struct txn *txn;
	struct draft *draft;
	struct write_unit *unit;
	struct exec_env env;
	struct catalog *catalog;
};

static void
must(int rc, const struct err *e, const char *what)
{
	if (rc != ERR_OK)
		bail("%s: %s %s (%s)", what, err_sqlstate(e->code), e->message, e->detail);
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
	};
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

static void
commit(struct session *s)
{
	struct err e = { 0 };

	must(txn_commit(&s->txn, &e), &e, "commit");
	unit_end(&s->unit);
	draft_done(&s->draft);
}

static void
rollback(struct session *s)
{
	txn_abort(&s->txn);
	unit_end(&s->unit);
	draft_done(&s->draft);
	catalog_release(s->catalog);
}

/* --- tables made by hand ---------------------------------------------------------------------- */

static uint32_t
new_file(enum store_kind kind)
{
	struct err e = { 0 };
	uint32_t file;

	must(store_file_new(store, kind, &file, &e), &e, "file");
	return file;
}

static oid_t
put_index(struct draft *d, oid_t table, const char *name, const char *kind, bool unique,
	  bool primary, bool clustered, int n, const int16_t *atts, const struct column *cols)
{
	struct index_column *ic = ARENA_ARRAY(&arena, struct index_column, n);
	struct index ix = { .table_oid = table,
			    .kind = kind,
			    .unique = unique,
			    .primary = primary,
			    .clustered = clustered,
			    .nkeys = n,
			    .ncols = n,
			    .cols = ic,
			    .state = INDEX_VALID };
	struct relation r = { .kind = REL_INDEX, .persistence = 'p', .index = &ix };

	for (int i = 0; i < n; i++) {
		ic[i].attnum = atts[i];
		ic[i].type = cols[atts[i] - 1].type;
	}
	r.o = (struct object){ .class = OBJ_RELATION,
			       .oid = draft_new_oid(d),
			       .schema = OID_PUBLIC,
			       .owner = OID_BOOTSTRAP_ROLE,
			       .name = name };
	ix.o = r.o;
	ix.file = clustered ? 0 : new_file(STORE_INDEX);
	draft_put(d, &r.o);
	return r.o.oid;
}

/* t(id int4 primary key, a int4, b text, c float8) */
static oid_t
put_table(struct draft *d, const char *name, bool clustered)
{
	struct column cols[] = {
		{ .name = "id",
		  .attnum = 1,
		  .type = type_builtin(OID_INT4),
		  .typmod = -1,
		  .not_null = true },
		{ .name = "a", .attnum = 2, .type = type_builtin(OID_INT4), .typmod = -1 },
		{ .name = "b", .attnum = 3, .type = type_builtin(OID_TEXT), .typmod = -1 },
		{ .name = "c", .attnum = 4, .type = type_builtin(OID_FLOAT8), .typmod = -1 },
	};
	struct layout_col lc[4];
	struct layout_def def = { .version = 1, .ncols = 4, .cols = lc };
	struct relation r = { .kind = REL_TABLE,
			      .persistence = 'p',
			      .ncols = 4,
			      .cols = cols,
			      .layout = 1,
			      .nlayouts = 1,
			      .layout_defs = &def };
	int16_t id[] = { 1 }, a[] = { 2 };

	for (int i = 0; i < 4; i++)
		lc[i] = (struct layout_col){ cols[i].attnum, (uint8_t) row_rep(cols[i].type) };
	r.o = (struct object){ .class = OBJ_RELATION,
			       .oid = draft_new_oid(d),
			       .schema = OID_PUBLIC,
			       .owner = OID_BOOTSTRAP_ROLE,
			       .name = name };
	r.row_type = draft_new_oid(d);
	r.row_type_array = draft_new_oid(d);
	r.file = new_file(STORE_ROWS);
	draft_put(d, &r.o);
	put_index(d, r.o.oid, arena_printf(&arena, "%s_pkey", name), "btree", true, true, clustered,
		  1, id, cols);
	put_index(d, r.o.oid, arena_printf(&arena, "%s_a_idx", name), "btree", false, false, false,
		  1, a, cols);
	put_index(d, r.o.oid, arena_printf(&arena, "%s_hash", name), "hash", false, false, false, 1,
		  a, cols);
	return r.o.oid;
}

static union datum
text(const char *s)
{
	return datum_bytes(bytes_make(&arena, s, strlen(s)));
}

static int
insert(struct session *s, const struct relation *rel, int id, int a, const char *b, struct err *e)
{
	WRITER_AUTO struct table_writer *w = NULL;
	union datum v[] = { datum_int(id), datum_int(a), b != NULL ? text(b) : datum_int(0),
			    datum_float(id / 2.0) };
	bool nulls[] = { false, a < 0, b == NULL, false };

	must(table_writer_open(s->unit, &s->env, rel, &w, e), e, "writer");
	return table_insert(w, v, nulls, NULL, NULL, 0, NULL, NULL, e);
}

/* Rows of a scan as text, "id:a:b ..." */
static const char *
scan_text(struct session *s, const struct scan_request *base)
{
	static const int16_t cols[] = { 1, 2, 3 };
	struct scan_request req = *base;
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	union datum v[3][BATCH_ROWS];
	uint8_t null[3][BATCH_ROWS];
	struct vec out[3];
	struct err e = { 0 };
	struct strbuf b;
	int n;

	req.ncols = 3;
	req.cols = cols;
	strbuf_init(&b, &arena);
	strbuf_puts(&b, "");
	must(table_scan_open(&s->env, &req, &scan, &e), &e, "scan");
	for (;;) {
		for (int c = 0; c < 3; c++)
			out[c] = (struct vec){ v[c], null[c], 1 };
		must(table_scan_next(scan, &batch, out, &n, &e), &e, "next");
		if (n == 0)
			return b.data;
		for (int i = 0; i < n; i++) {
			strbuf_printf(&b, "%s%d:", b.len == 0 ? "" : " ",
				      (int) vec_at(&out[0], i).i);
			if (vec_null(&out[1], i))
				strbuf_puts(&b, "-:");
			else
				strbuf_printf(&b, "%d:", (int) vec_at(&out[1], i).i);
			if (vec_null(&out[2], i))
				strbuf_puts(&b, "-");
			else
				strbuf_add(&b, bytes_data(vec_at(&out[2], i).b),
					   bytes_len(vec_at(&out[2], i).b));
		}
	}
}

static const struct relation *
find(struct session *s, const char *name)
{
	const struct relation *r = catalog_relation(s->catalog, OID_PUBLIC, name);

	if (r == NULL)
		bail("no relation %s", name);
	return r;
}

static const struct index *
index_named(const struct relation *r, const char *suffix)
{
	for (int i = 0; i < r->nindexes; i++)
		if (strstr(r->indexes[i]->o.name, suffix) != NULL)
			return r->indexes[i];
	bail("no index %s", suffix);
}

static void
test_drafts(void)
{
	struct session s, other;
	struct err e = { 0 };
	struct txn_mark mark;

	begin(&s);
	statement(&s);
	put_table(s.draft, "t", true);
	must(draft_seal(s.draft, &e), &e, "seal");
	must(statement_end(&s, &e), &e, "end");
	statement(&s);
	ok(catalog_relation(s.catalog, OID_PUBLIC, "t") != NULL, "a draft sees its own table");
	ok(find(&s, "t")->primary != NULL && find(&s, "t")->nindexes == 3, "with its indexes");
	must(statement_end(&s, &e), &e, "end");

	begin(&other);
	statement(&other);
	ok(catalog_relation(other.catalog, OID_PUBLIC, "t") == NULL, "others do not");
	put_table(other.draft, "u", false);
	must(draft_seal(other.draft, &e), &e, "seal");
	must(statement_end(&other, &e), &e, "end");
	commit(&other);

	mark = txn_savepoint(s.txn);
	statement(&s);
	ok(catalog_relation(s.catalog, OID_PUBLIC, "u") != NULL,
	   "a committed table of another's shows");
	put_table(s.draft, "w", true);
	must(draft_seal(s.draft, &e), &e, "seal");
	must(statement_end(&s, &e), &e, "end");
	txn_rollback_to(s.txn, mark);
	commit(&s);

	begin(&s);
	statement(&s);
	ok(catalog_relation(s.catalog, OID_PUBLIC, "t") != NULL &&
		   catalog_relation(s.catalog, OID_PUBLIC, "u") != NULL,
	   "both are published");
	ok(catalog_relation(s.catalog, OID_PUBLIC, "w") == NULL, "what a savepoint undid is not");
	ok(index_named(find(&s, "t"), "_a_idx")->table == find(&s, "t"), "indexes point back");
	is_str("t", catalog_type(s.catalog, find(&s, "t")->row_type)->name, "row type");
	is_str("_t", catalog_type(s.catalog, find(&s, "t")->row_type_array)->name, "and its array");
	must(statement_end(&s, &e), &e, "end");
	rollback(&s);
}

static void
fill(const char *name)
{
	struct session s;
	struct err e = { 0 };

	begin(&s);
	statement(&s);
	must(insert(&s, find(&s, name), 3, 30, "three", &e), &e, "insert");
	must(insert(&s, find(&s, name), 1, 10, "one", &e), &e, "insert");
	must(insert(&s, find(&s, name), 2, 10, NULL, &e), &e, "insert");
	must(insert(&s, find(&s, name), 4, -1, "four", &e), &e, "insert");
	is_str("", scan_text(&s, &(struct scan_request){ .rel = find(&s, name) }),
	       "%s: a statement does not see what it writes", name);
	must(statement_end(&s, &e), &e, "end");
	statement(&s);
	ok(strlen(scan_text(&s, &(struct scan_request){ .rel = find(&s, name) })) > 0,
	   "the next one does");
	must(statement_end(&s, &e), &e, "end");
	commit(&s);
}

static void
test_scans(const char *name, const char *all)
{
	struct session s;
	struct err e = { 0 };
	const struct relation *t;
	const struct index *a, *h;
	union datum ten = datum_int(10), twenty = datum_int(20);
	const bool yes[] = { true };

	begin(&s);
	statement(&s);
	t = find(&s, name);
	a = index_named(t, "_a_idx");
	h = index_named(t, "_hash");
	is_str(all, scan_text(&s, &(struct scan_request){ .rel = t }), "%s: all", name);
	is_str("1:10:one 2:10:- 3:30:three 4:-:four",
	       scan_text(&s, &(struct scan_request){ .rel = t, .index = t->primary }), "by key");
	is_str("4:-:four 3:30:three 2:10:- 1:10:one",
	       scan_text(&s,
			 &(struct scan_request){ .rel = t, .index = t->primary, .backward = true }),
	       "backward");
	is_str("3:30:three",
	       scan_text(&s, &(struct scan_request){ .rel = t,
						     .index = a,
						     .bounds = { .lo = { 1, false, &twenty } } }),
	       "a > 20: no nulls");
	is_str("3:30:three",
	       scan_text(&s, &(struct scan_request){ .rel = t,
						     .index = a,
						     .bounds = { .lo = { 1, false, &ten } } }),
	       "a > 10");
	ok(strlen(scan_text(&s, &(struct scan_request){ .rel = t,
							.index = a,
							.bounds = { .hi = { 1, true, &ten } } })) ==
		   strlen("1:10:one 2:10:-"),
	   "a <= 10");
	is_str("",
	       scan_text(&s, &(struct scan_request){ .rel = t,
						     .index = a,
						     .bounds = { .hi = { 1, false, &ten } } }),
	       "a < 10");
	is_str("4:-:four",
	       scan_text(&s,
			 &(struct scan_request){
				 .rel = t,
				 .index = a,
				 .bounds = { .neq = 1, .eq = &ten, .eq_is_null = yes } }),
	       "a is null");
	ok(strlen(scan_text(&s, &(struct scan_request){ .rel = t,
							.index = h,
							.bounds = { .neq = 1, .eq = &ten } })) ==
		   strlen("1:10:one 2:10:-"),
	   "hash a = 10");
	is_str("",
	       scan_text(&s, &(struct scan_request){ .rel = t,
						     .index = h,
						     .bounds = { .neq = 1, .eq = &twenty } }),
	       "hash a = 20");
	must(statement_end(&s, &e), &e, "end");
	rollback(&s);
}

/* Probes: "ordinal=id ..." sorted by ordinal within equal keys as they come. */
static const char *
probe_text(struct session *s, const struct relation *t, const struct index *ix,
	   const union datum *keys, const uint8_t *nulls, int n, int limit)
{
	static const int16_t cols[] = { 1 };
	struct scan_request req = {
		.rel = t, .index = ix, .ncols = 1, .cols = cols, .limit_each = limit
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec key = { (union datum *) (uintptr_t) keys, (uint8_t *) (uintptr_t) nulls, 1 },
		   out;
	union datum v[BATCH_ROWS];
	uint8_t null[BATCH_ROWS];
	uint16_t ordinal[BATCH_ROWS];
	struct err e = { 0 };
	struct strbuf b;
	int got;

	strbuf_init(&b, &arena);
	strbuf_puts(&b, "");
	must(table_scan_open(&s->env, &req, &scan, &e), &e, "scan");
	must(table_probe_begin(scan, 1, &key, NULL, n, &e), &e, "probe");
	for (;;) {
		out = (struct vec){ v, null, 1 };
		must(table_probe_next(scan, &batch, &out, ordinal, &got, &e), &e, "next");
		if (got == 0)
			return b.data;
		for (int i = 0; i < got; i++)
			strbuf_printf(&b, "%s%d=%d", b.len == 0 ? "" : " ", ordinal[i],
				      (int) v[i].i);
	}
}

static void
test_probes(const char *name)
{
	struct session s;
	struct err e = { 0 };
	const struct relation *t;
	const union datum ids[] = { datum_int(3), datum_int(9), datum_int(1), datum_int(3),
				    datum_int(2) };
	const uint8_t nulls[] = { 0, 0, 0, 0, 1 };
	const union datum as[] = { datum_int(30), datum_int(10), datum_int(10) };

	begin(&s);
	statement(&s);
	t = find(&s, name);
	is_str("2=1 0=3 3=3", probe_text(&s, t, t->primary, ids, nulls, 5, 0), "%s: probe by key",
	       name);
	ok(strlen(probe_text(&s, t, index_named(t, "_a_idx"), as, NULL, 3, 0)) ==
		   strlen("1=1 1=2 2=1 2=2 0=3"),
	   "by index");
	ok(strlen(probe_text(&s, t, index_named(t, "_a_idx"), as, NULL, 3, 1)) ==
		   strlen("1=1 2=1 0=3"),
	   "one each");
	ok(strlen(probe_text(&s, t, index_named(t, "_hash"), as, NULL, 3, 0)) ==
		   strlen("1=1 1=2 2=1 2=2 0=3"),
	   "by hash");
	must(statement_end(&s, &e), &e, "end");
	rollback(&s);
}

static void
test_unique(const char *name)
{
	struct session s;
	struct err e = { 0 };

	begin(&s);
	statement(&s);
	is_int(ERR_UNIQUE_VIOLATION, insert(&s, find(&s, name), 1, 5, "x", &e), "%s: a key twice",
	       name);
	is_str(arena_printf(&arena, "duplicate key value violates unique constraint \"%s_pkey\"",
			    name),
	       e.message, "text");
	is_str("Key (id)=(1) already exists.", e.detail, "detail");
	is_str("public", e.schema, "schema");
	rollback(&s);
}

static void
test_changes(const char *name)
{
	struct session s;
	struct err e = { 0 };
	const struct relation *t;
	struct table_writer *w = NULL;
	union datum old[] = { datum_int(1), datum_int(10), text("one"), datum_float(0.5) };
	union datum new[] = { datum_int(7), datum_int(70), text("seven"), datum_float(1) };
	bool nulls[4] = { false };
	static const int16_t cols[] = { COL_ROW_KEY, COL_VERSION };
	struct scan_request req = { .ncols = 2, .cols = cols };
	struct table_scan *scan = NULL;
	union datum one = datum_int(1), v[2][BATCH_ROWS];
	uint8_t vn[2][BATCH_ROWS];
	struct vec out[2] = { { v[0], vn[0], 1 }, { v[1], vn[1], 1 } };
	struct row_now now;
	int n;

	begin(&s);
	statement(&s);
	t = find(&s, name);
	req.rel = t;
	req.index = t->primary;
	req.bounds = (struct scan_bounds){ .neq = 1, .eq = &one };
	must(table_scan_open(&s.env, &req, &scan, &e), &e, "scan");
	must(table_scan_next(scan, &arena, out, &n, &e), &e, "next");
	is_int(1, n, "%s: found by key", name);
	strbuf_init(&now.image, &arena);
	strbuf_init(&now.moved, &arena);
	must(table_lock_row(s.unit, t, bytes_data(v[0][0].b), bytes_len(v[0][0].b), v[1][0].i,
			    LOCK_UPDATE, LOCK_WAIT, &now, &e),
	     &e, "lock");
	is_int(ROW_LOCKED, now.result, "locked as seen");
	must(table_writer_open(s.unit, &s.env, t, &w, &e), &e, "writer");
	must(table_update(w, bytes_data(v[0][0].b), bytes_len(v[0][0].b), old, nulls, NULL, new,
			  nulls, NULL, NULL, &e),
	     &e, "update");
	must(table_lock_row(s.unit, t, bytes_data(v[0][0].b), bytes_len(v[0][0].b), v[1][0].i,
			    LOCK_UPDATE, LOCK_WAIT, &now, &e),
	     &e, "lock");
	is_int(ROW_SELF, now.result, "the same command again");
	table_writer_close(&w);
	table_scan_close(&scan);
	must(statement_end(&s, &e), &e, "end");
	statement(&s);
	is_str("2:10:- 3:30:three 4:-:four 7:70:seven",
	       scan_text(&s, &(struct scan_request){ .rel = t, .index = t->primary }), "updated");
	is_str("2:10:- 3:30:three 7:70:seven 4:-:four",
	       scan_text(&s, &(struct scan_request){ .rel = t, .index = index_named(t, "_a_idx") }),
	       "index too");
	must(statement_end(&s, &e), &e, "end");
	rollback(&s);
}

static void
test_reopen(const char *dir)
{
	struct session s;
	struct err e = { 0 };

	catalogs_close(&databases);
	live_forget(store);
	must(store_close(&store, &e), &e, "close");
	must(store_open(dir, &(struct store_options){ .cache_size = 64 << 20 }, &store, &e), &e,
	     "open");
	must(catalogs_open(store, "postgres", &databases, &e), &e, "catalog");
	cs = catalogs_find(databases, OID_DEFAULT_DATABASE);
	begin(&s);
	statement(&s);
	is_str("1:10:one 2:10:- 3:30:three 4:-:four",
	       scan_text(&s, &(struct scan_request){ .rel = find(&s, "t") }), "after a restart");
	must(insert(&s, find(&s, "u"), 5, 50, "five", &e), &e, "insert");
	must(statement_end(&s, &e), &e, "end");
	statement(&s);
	is_str("3:30:three 1:10:one 2:10:- 4:-:four 5:50:five",
	       scan_text(&s, &(struct scan_request){ .rel = find(&s, "u") }), "row ids go on");
	must(statement_end(&s, &e), &e, "end");
	rollback(&s);
}

int
main(void)
{
	char dir[] = "/tmp/ormdb-test-XXXXXX", cmd[64];
	struct err e = { 0 };

	if (mkdtemp(dir) == NULL)
		bail("no temporary directory");
	catalog_set_layout_maker(row_layouts_make);
	must(store_create(dir, &e), &e, "create");
	must(store_open(dir, &(struct store_options){ .cache_size = 64 << 20 }, &store, &e), &e,
	     "open");
	must(catalogs_open(store, "postgres", &databases, &e), &e, "catalog");
	cs = catalogs_find(databases, OID_DEFAULT_DATABASE);

	test_drafts();
	fill("t");
	fill("u");
	test_scans("t", "1:10:one 2:10:- 3:30:three 4:-:four");
	test_scans("u", "3:30:three 1:10:one 2:10:- 4:-:four");
	test_probes("t");
	test_probes("u");
	test_unique("t");
	test_unique("u");
	test_changes("t");
	test_changes("u");
	test_reopen(dir);

	catalogs_close(&databases);
	live_forget(store);
	must(store_close(&store, &e), &e, "close");
	arena_done(&arena);
	(void) snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	if (system(cmd) != 0)
		diag("%s is left", dir);
	return tap_done();
}
