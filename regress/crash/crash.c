/* crash.c - is the database what it was acknowledged to be, whenever the server is killed?
 *
 *     crash [-m MODE] [-n CYCLES] [-w WRITERS] [-r SEED] [-p PORT] [-k] DIRECTORY
 *
 * In each cycle clients work, the server is killed (kill -9) at a random moment, in every fourth cycle once more while it recovers, and started
 * again (-m: or the machine loses power, a write or fsync fails, the disk is full); then everything is compared with what the clients know, and ormdb_verify() looks at
 * indexes, foreign keys and files.  TAP on stdout; -k keeps the directory.
 *
 * Not here: the clients (writer.c, ddl.c, noise.c), the server's life (server.c), the disk (power.c). */
#include "config.h"
#include "regress/crash/crash.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RUN_MS_MIN = 100, RUN_MS_SPAN = 600, RESTORE_EVERY = 10 };

static void
client_init(struct crash *c, struct client *cl, const char *what, int number)
{
	char path[TEXT_MAX];

	*cl = (struct client) { .crash = c, .what = what, .number = number,
	                        .random = c->random ^ (uint64_t) (number + 1) * UINT64_C(0x9e3779b97f4a7c15) };
	snprintf(path, sizeof path, "%s/truth.%s.%d", c->dir, what, number);
	cl->truth = fopen(path, "w");
	if (cl->truth == NULL) {
		printf("Bail out! cannot write %s\n", path);
		exit(99);
	}
}

static bool
setup(struct crash *c)
{
	for (int i = 0; i < c->nwriters; i++)
		client_init(c, &c->writers[i], "writer", i);
	c->writers[c->nwriters - 1].async = c->nwriters > 1;
	client_init(c, &c->ddl, "ddl", 0);
	for (int i = 0; i < (int) ARRAY_LEN(c->noise); i++)
		client_init(c, &c->noise[i], "noise", i);
	if (!server_init(c) || !server_start(c))
		return false;
	PGconn *conn = client_connect(c);
	bool fine = conn != NULL && writer_setup(c, conn) && ddl_setup(c, conn);
	PQfinish(conn);
	return fine;
}

static void
work_and_kill(struct crash *c)
{
	long ms = RUN_MS_MIN + (long) random_below(&c->random, RUN_MS_SPAN);

	for (int i = 0; i < c->nwriters; i++)
		pthread_create(&c->writers[i].thread, NULL, writer_main, &c->writers[i]);
	pthread_create(&c->ddl.thread, NULL, ddl_main, &c->ddl);
	for (int i = 0; i < (int) ARRAY_LEN(c->noise); i++)
		pthread_create(&c->noise[i].thread, NULL, noise_main, &c->noise[i]);
	power_wait(c, ms);              /* the moment of the crash: any will do */
	if (c->mode != MODE_POWER && !server_said_why(c))
		finding(c, "the server has gone without a word");
	server_kill(c);
	for (int i = 0; i < c->nwriters; i++)
		pthread_join(c->writers[i].thread, NULL);
	pthread_join(c->ddl.thread, NULL);
	for (int i = 0; i < (int) ARRAY_LEN(c->noise); i++)
		pthread_join(c->noise[i].thread, NULL);
}

static void
check_verify(struct crash *c, PGconn *conn)
{
	PGresult *res = PQexec(conn, "SELECT object, problem FROM ormdb_verify()");

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		finding(c, "ormdb_verify: %s", PQerrorMessage(conn));
	for (int i = 0; i < PQntuples(res); i++)
		finding(c, "%s: %s", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
	PQclear(res);
}

static void
check(struct crash *c)
{
	PGconn *conn = client_connect(c);

	if (conn == NULL)
		return;
	for (int i = 0; i < c->nwriters; i++)
		writer_check(&c->writers[i], conn);
	ddl_check(&c->ddl, conn);
	check_verify(c, conn);
	PQfinish(conn);
}

/* false: no use going on. */
static bool
cycle(struct crash *c, int number)
{
	atomic_store(&c->found, 0);
	power_arm(c, 800);
	work_and_kill(c);
	if (number % 4 == 0)
		power_arm(c, 200);
	if (number % 4 == 0)
		(void) server_start_and_kill(c, (long) random_below(&c->random, 900000));
	power_disarm(c);
	if (!server_start(c))
		return false;
	check(c);
	/* Now and then an end in good order, or a crash while nothing happens. */
	if (number % 5 == 0 && (!server_stop(c) || !server_start(c)))
		return false;
	if (number % 5 == 2)
		server_kill(c);
	if (number % 5 == 2 && !server_start(c))
		return false;
	if (number % RESTORE_EVERY == 0)
		noise_check_backup(c);
	return atomic_load(&c->found) == 0;
}

static bool
set_mode(struct crash *c, const char *mode)
{
	static const char *const names[] = { "kill", "power", "fail", "full" };

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], mode) == 0) {
			c->mode = (enum crash_mode) i;
			return true;
		}
	return false;
}

int
main(int argc, char **argv)
{
	static struct crash c = { .port = 5419, .nwriters = 5 };
	int cycles = 20, failed = 0, opt;
	bool keep = false;
	const char *mode = "kill";

	c.random = (uint64_t) time(NULL) * 1000003 + (uint64_t) getpid();
	while ((opt = getopt(argc, argv, "m:n:w:r:p:k")) != -1)
		switch (opt) {
		case 'm': mode = optarg; break;
		case 'n': cycles = atoi(optarg); break;
		case 'w': c.nwriters = atoi(optarg); break;
		case 'r': c.random = strtoull(optarg, NULL, 10); break;
		case 'p': c.port = atoi(optarg); break;
		case 'k': keep = true; break;
		default: return 2;
		}
	if (optind != argc - 1 || !set_mode(&c, mode) || c.nwriters < 1 || c.nwriters > MAX_WRITERS || c.random == 0) {
		fputs("usage: crash [-m kill|power|fail|full] [-n CYCLES] [-w WRITERS] [-r SEED] [-p PORT] [-k] DIRECTORY\n", stderr);
		return 2;
	}
	c.dir = argv[optind];
	c.builddir = getenv("builddir") != NULL ? getenv("builddir") : ".";
	printf("# seed %llu\n", (unsigned long long) c.random);
	if (!power_init(&c) || !setup(&c)) {
		puts("Bail out! the first server does not work");
		return 99;
	}
	for (int i = 1; i <= cycles && failed == 0; i++) {
		bool fine = cycle(&c, i);
		failed += !fine;
		printf("%sok %d - cycle %d: what was acknowledged is there, and nothing else\n", fine ? "" : "not ", i, i);
		fflush(stdout);
	}
	/* A server that stops because of its disk says so by a panic: that is what is wanted. */
	bool clean = c.mode != MODE_KILL || server_log_is_clean(&c);
	printf("%sok %d - the server's log has no panic\n", clean ? "" : "not ", failed > 0 ? 0 : cycles + 1);
	printf("1..%d\n", cycles + 1);
	printf("# %ld transactions acknowledged, %ld commits in the air were there, %ld backups, %ld restored\n",
	       atomic_load(&c.acked), atomic_load(&c.in_doubt), c.backups, c.restored);
	power_print(&c);
	server_kill(&c);
	if (failed == 0 && clean && !keep)
		(void) server_run(&c, "rm -rf '%s'/data* '%s'/log* '%s'/truth.* '%s'/backup*", c.dir, c.dir, c.dir, c.dir);
	return failed > 0 || !clean;
}
