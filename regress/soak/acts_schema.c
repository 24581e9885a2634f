/* acts_schema.c - schema changes: committed, rolled back, temporary, and under readers. */
#include "config.h"
#include "regress/soak/soak.h"

#include <stdio.h>

/* A table of the client's own, from CREATE to DROP; half of the time nothing of it may stay. */
static void
act_table(struct client *c)
{
	bool whole = below(c, 2) == 0;
	bool fine =
		(!whole || run(c, "BEGIN")) &&
		run(c, "CREATE TABLE soak_own_%d (id int PRIMARY KEY, name text UNIQUE, n int)",
		    c->id) &&
		run(c,
		    "INSERT INTO soak_own_%d SELECT g, 'name ' || g, g %% 7 FROM "
		    "generate_series(1, 500) g",
		    c->id) &&
		run(c, "CREATE INDEX ON soak_own_%d (n)", c->id) &&
		run(c, "ALTER TABLE soak_own_%d ADD COLUMN more int NOT NULL DEFAULT 5", c->id) &&
		run(c, "ALTER TABLE soak_own_%d ADD CHECK (n < 7)", c->id) &&
		expect(c, "2500", "SELECT sum(more) FROM soak_own_%d", c->id) &&
		run(c, "CREATE VIEW soak_view_%d AS SELECT name FROM soak_own_%d WHERE n = 3",
		    c->id, c->id) &&
		expect(c, "72", "SELECT count(*) FROM soak_view_%d", c->id) &&
		run(c, "TRUNCATE soak_own_%d", c->id) &&
		expect(c, "0", "SELECT count(*) FROM soak_own_%d", c->id);
	if (whole && (!fine || below(c, 2) == 0))
		undo(c);
	else if (whole && !run(c, "COMMIT"))
		undo(c);
	(void) run(c, "DROP TABLE IF EXISTS soak_own_%d CASCADE", c->id);
	(void) expect(c, "0",
		      "SELECT count(*) FROM pg_class WHERE relname LIKE 'soak_own_%d%%' OR relname "
		      "= 'soak_view_%d'",
		      c->id, c->id);
}

static void
act_temporary(struct client *c)
{
	bool fine =
		run(c, "CREATE TEMP TABLE soak_temp (id int, text text)") &&
		run(c, "INSERT INTO soak_temp SELECT g, repeat('t', g %% 100) FROM "
		       "generate_series(1, 1000) g") &&
		run(c, "CREATE INDEX ON soak_temp (id)") &&
		expect(c, "100",
		       "SELECT count(*) FROM soak_temp t JOIN soak_account a ON a.id = t.id - 1") &&
		run(c, "BEGIN") &&
		run(c, "CREATE TEMP TABLE soak_brief ON COMMIT DROP AS SELECT * FROM soak_temp "
		       "WHERE id < 50") &&
		expect(c, "49", "SELECT count(*) FROM soak_brief") && run(c, "COMMIT") &&
		refuse(c, "42P01", "SELECT count(*) FROM soak_brief");
	if (!fine)
		undo(c);
	/* Now and then left to the end of the session. */
	if (below(c, 3) == 0)
		(void) client_connect(c);
	else
		(void) run(c, "DROP TABLE IF EXISTS soak_temp");
}

/* A shared table changes under its readers and writers. */
static void
act_alter(struct client *c)
{
	bool fine = run(c, "SET lock_timeout = '2s'") && run(c, "BEGIN") &&
		    run(c, "ALTER TABLE soak_wide ADD COLUMN IF NOT EXISTS extra_%d int DEFAULT %d",
			c->id, c->id) &&
		    run(c, "UPDATE soak_wide SET extra_%d = n WHERE id < 20", c->id);
	if (!fine || !run(c, below(c, 3) == 0 ? "ROLLBACK" : "COMMIT"))
		undo(c);
	if (!run(c, "ALTER TABLE soak_wide DROP COLUMN IF EXISTS extra_%d", c->id))
		undo(c);
	(void) run(c, "SET lock_timeout = 0");
}

static void
act_wide(struct client *c)
{
	int id = below(c, 200);

	if (run(c,
		"INSERT INTO soak_wide (id, n) VALUES (%d, 1) ON CONFLICT (id) DO UPDATE SET n = "
		"soak_wide.n + 1",
		id))
		(void) run(c, "SELECT * FROM soak_wide WHERE id BETWEEN %d AND %d", id, id + 20);
}

/* An index is made and dropped while others write; every way must find the same rows. */
static void
act_index(struct client *c)
{
	bool fine = run(c, "SET lock_timeout = '2s'") &&
		    run(c, "CREATE INDEX IF NOT EXISTS soak_wide_%d ON soak_wide (n)", c->id) &&
		    run(c, "BEGIN ISOLATION LEVEL REPEATABLE READ") &&
		    expect(c, "0",
			   "SELECT count(*) FROM (SELECT id FROM soak_wide WHERE n = 3 EXCEPT "
			   "SELECT id FROM soak_wide WHERE n + 0 = 3) s") &&
		    run(c, "COMMIT");
	if (!fine)
		undo(c);
	if (!run(c, "DROP INDEX IF EXISTS soak_wide_%d", c->id))
		undo(c);
	(void) run(c, "SET lock_timeout = 0");
}

static void
act_objects(struct client *c)
{
	bool fine =
		run(c, "BEGIN") && run(c, "CREATE SCHEMA soak_schema_%d", c->id) &&
		run(c, "SET LOCAL search_path = soak_schema_%d", c->id) &&
		run(c, "CREATE SEQUENCE s") && run(c, "CREATE TYPE mood AS ENUM ('good', 'bad')") &&
		run(c, "CREATE TABLE t (id int DEFAULT nextval('s'), m mood, PRIMARY KEY (id))") &&
		run(c, "INSERT INTO t (m) SELECT 'good' FROM generate_series(1, 10)") &&
		expect(c, "10", "SELECT max(id) FROM t") && run(c, "COMMENT ON TABLE t IS 'soak'");
	if (!fine || !run(c, below(c, 2) == 0 ? "COMMIT" : "ROLLBACK"))
		undo(c);
	(void) run(c, "DROP SCHEMA IF EXISTS soak_schema_%d CASCADE", c->id);
}

const struct act schema_acts[] = {
	{ "table", 3, act_table }, { "temporary", 3, act_temporary }, { "alter", 2, act_alter },
	{ "wide", 10, act_wide },  { "index", 2, act_index },         { "objects", 2, act_objects },
	{ NULL, 0, NULL },
};
