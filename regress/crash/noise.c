/* noise.c - clients that do what a crash should not find in the middle: checkpoints, index builds,
 * backups, big loads.  They have no truth of their own; the checks of everything are theirs. */
#include "config.h"
#include "regress/crash/crash.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
pause_a_little(struct client *c, long max_ms)
{
	struct timespec t = { 0, (long) random_below(&c->random, (uint64_t) max_ms) * 1000000 };

	nanosleep(&t, NULL);
}

static bool
checkpoints(struct client *c, PGconn *conn)
{
	pause_a_little(c, 60);
	return client_do(c, conn, "CHECKPOINT");
}

static bool
indexes(struct client *c, PGconn *conn)
{
	return client_do(c, conn, "DROP INDEX IF EXISTS crash_online") &&
	       client_do(c, conn, "CREATE INDEX CONCURRENTLY crash_online ON crash_child (n, side)") &&
	       client_do(c, conn, "DROP INDEX IF EXISTS crash_offline") &&
	       client_do(c, conn, "CREATE INDEX crash_offline ON crash_row (n) INCLUDE (text)");
}

static bool
backups(struct client *c, PGconn *conn)
{
	pause_a_little(c, 300);
	(void) server_run(c->crash, "rm -rf '%s/backup.new'", c->crash->dir);
	if (!client_do(c, conn, "SELECT ormdb_backup('%s/backup.new')", c->crash->dir))
		return false;
	(void) server_run(c->crash, "rm -rf '%s/backup' && mv '%s/backup.new' '%s/backup'", c->crash->dir,
	                  c->crash->dir, c->crash->dir);
	c->crash->backups++;
	return true;
}

static bool
loads(struct client *c, PGconn *conn)
{
	return client_do(c, conn, "DROP TABLE IF EXISTS crash_load") &&
	       client_do(c, conn, "CREATE TABLE crash_load (id int PRIMARY KEY, text text UNIQUE)") &&
	       client_do(c, conn, "INSERT INTO crash_load SELECT i, 'load ' || i FROM generate_series(1, 5000) i") &&
	       client_do(c, conn, "UPDATE crash_load SET text = 'again ' || id WHERE id %% 2 = 0") &&
	       client_do(c, conn, "DELETE FROM crash_load WHERE id > 2500");
}

static const struct {
	const char *name;
	bool (*once)(struct client *c, PGconn *conn);
} kinds[] = { { "checkpoint", checkpoints }, { "index", indexes }, { "backup", backups }, { "load", loads } };

void *
noise_main(void *client)
{
	struct client *c = client;
	PGconn *conn = client_connect(c->crash);

	c->what = kinds[c->number].name;
	while (conn != NULL && !atomic_load(&c->crash->down))
		if (!kinds[c->number].once(c, conn) && !client_again(c, conn))
			break;
	if (conn != NULL)
		PQfinish(conn);
	return NULL;
}

/* The last finished backup is a database too: restored, it has no problems. */
void
noise_check_backup(struct crash *c)
{
	if (c->backups == 0)
		return;
	if (server_run(c, "rm -rf '%s/restored' && '%s/ormdb' restore -s -D '%s/restored' '%s/backup' >'%s/restore.log' 2>&1",
	               c->dir, c->builddir, c->dir, c->dir, c->dir) != 0 ||
	    server_run(c, "'%s/ormdb' verify -s -D '%s/restored' >>'%s/restore.log' 2>&1", c->builddir, c->dir,
	               c->dir) != 0) {
		finding(c, "the backup does not pass, see restore.log");
		(void) server_run(c, "sed 's/^/# /' '%s/restore.log'", c->dir);
	}
	c->restored++;
	(void) server_run(c, "rm -rf '%s/restored'", c->dir);
}
