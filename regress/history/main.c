/* main.c - histories made and checked.
 *
 *   history -d CONNINFO [-l LEVEL] [-e LEVEL] [-n TRANSACTIONS] [-c CLIENTS] [-b ROUND] [-x SEED]
 *           [-k] [-K EVERY -p PIDFILE -r COMMAND] [-o FILE]
 *   history -f FILE [-e LEVEL]      checks a history written before
 *
 * -l is the level that the clients ask for, -e the one that the history is checked against (the
 * same, unless told).  -k kills clients; -K kills the server after EVERY transactions and starts
 * it again by COMMAND.  A history that is guilty is written to FILE.  As TAP.
 *
 * Rounds bound the memory: keys never come back, so each round is a history of its own. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "regress/history/check.h"
#include "regress/history/load.h"

enum { CLIENTS_MAX = 64 };

static struct options {
	const char *file, *out, *pidfile, *restart;
	enum level check;
	long transactions, kill_every;
	uint32_t round;
	int clients;
} opt = { .transactions = 10000, .round = 20000, .clients = 8, .check = LEVELS };

static struct load load = { .conninfo = "",
			    .level = READ_COMMITTED,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .progress = PTHREAD_COND_INITIALIZER,
			    .seed = 1,
			    .next_value = 1 };

static void *
client_main(void *arg)
{
	struct client *c = arg;
	bool more = true;

	while (more) {
		pthread_mutex_lock(&load.lock);
		more = load.done < load.goal;
		pthread_mutex_unlock(&load.lock);
		more = more && client_transaction(c);
	}
	return NULL;
}

/* kill -9, and up again when it is gone: it may take a while to die. */
static bool
kill_server(void)
{
	FILE *f = fopen(opt.pidfile, "r");
	int pid = 0;

	if (f == NULL || fscanf(f, "%d", &pid) != 1 || pid <= 1) {
		printf("# no server in %s\n", opt.pidfile);
		return false;
	}
	(void) fclose(f);
	if (kill(pid, SIGKILL) != 0)
		return false;
	while (kill(pid, 0) == 0)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return system(opt.restart) == 0;
}

static bool
run_round(struct client *clients, long left)
{
	pthread_t threads[CLIENTS_MAX];
	bool fine = true;

	history_clear(&load.history);
	load.done = 0;
	load.goal = left < (long) opt.round ? (uint32_t) left : opt.round;
	load.first_key = load_window(&load);
	for (int i = 0; i < opt.clients; i++)
		pthread_create(&threads[i], NULL, client_main, &clients[i]);
	pthread_mutex_lock(&load.lock);
	while (fine && opt.kill_every > 0 && load.done < load.goal) {
		long stop = (load.total / opt.kill_every + 1) * opt.kill_every;
		long end = load.total + (long) (load.goal - load.done);
		load.next_stop = stop < end ? stop : end;
		while (load.total < load.next_stop && load.done < load.goal)
			pthread_cond_wait(&load.progress, &load.lock);
		pthread_mutex_unlock(&load.lock);
		if (stop <= end)
			fine = kill_server();
		pthread_mutex_lock(&load.lock);
	}
	pthread_mutex_unlock(&load.lock);
	for (int i = 0; i < opt.clients; i++)
		pthread_join(threads[i], NULL);
	/* Keys that the next round will use must be new to it. */
	int last = load_window(&load) + WINDOW + TABLES * 4;
	fine = fine && client_read_all(&clients[0], load.first_key, last);
	atomic_store(&load.next_value, (last + 1) * WRITES_PER_KEY);
	return fine;
}

static void
keep_guilty(const struct history *h)
{
	FILE *f = opt.out != NULL ? fopen(opt.out, "w") : NULL;

	if (f == NULL)
		return;
	history_print(h, f);
	(void) fclose(f);
	printf("# the history is in %s\n", opt.out);
	opt.out = NULL;
}

static void
result(bool fine, int number, const char *what)
{
	printf("%sok %d - %s\n", fine ? "" : "not ", number, what);
}

static int
report(struct found *f, bool ran)
{
	char what[160];

	check_report(f, opt.check);
	snprintf(what, sizeof what, "%ld transactions at %s, %ld committed, %ld of unknown outcome",
		 load.total, level_name(load.level), load.ok, load.info);
	result(ran && load.ok > 0, 1, what);
	snprintf(what, sizeof what, "%ld unexpected errors", atomic_load(&load.complaints));
	result(atomic_load(&load.complaints) == 0, 2, what);
	snprintf(what, sizeof what, "%ld anomalies that %s forbids", found_forbidden(f, opt.check),
		 level_name(opt.check));
	result(found_forbidden(f, opt.check) == 0, 3, what);
	puts("1..3");
	return ran && found_forbidden(f, opt.check) == 0 && atomic_load(&load.complaints) == 0 ? 0
											       : 1;
}

static int
make_and_check(void)
{
	static struct client clients[CLIENTS_MAX];
	struct found found = { 0 };
	bool ran = true;
	long guilty = 0;

	for (int i = 0; i < opt.clients; i++)
		clients[i] = (struct client){ .load = &load,
					      .id = i,
					      .seed = load.seed * 1009 + (unsigned) i,
					      .lost = true };
	if (!client_connect(&clients[0]))
		return 99;
	PGresult *res = PQexec(clients[0].conn, statement_schema);
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		printf("Bail out! %s", PQerrorMessage(clients[0].conn));
		return 99;
	}
	PQclear(res);
	for (long left = opt.transactions; ran && left > 0; left = opt.transactions - load.total) {
		ran = run_round(clients, left);
		if (!ran)               /* without the last reads writes would seem lost */
			break;
		check_history(&load.history, opt.check, &found);
		if (found_forbidden(&found, opt.check) > guilty)
			keep_guilty(&load.history);
		guilty = found_forbidden(&found, opt.check);
		fflush(stdout);
	}
	int status = report(&found, ran);
	for (int i = 0; i < opt.clients; i++) {
		PQfinish(clients[i].conn);
		history_done(&clients[i].one);
	}
	history_done(&load.history);
	found_done(&found);
	return status;
}

static int
check_file(void)
{
	char *text = NULL, error[256];
	size_t room = 0;
	struct history h = { 0 };
	struct found found = { 0 };
	FILE *f = fopen(opt.file, "r");

	if (f == NULL || getdelim(&text, &room, '\0', f) < 0 ||
	    !history_parse(&h, text, error, sizeof error)) {
		fprintf(stderr, "history: %s: %s\n", opt.file,
			text == NULL ? "cannot read" : error);
		return 2;
	}
	(void) fclose(f);
	check_history(&h, opt.check, &found);
	load.total = load.ok = h.txn_count;
	return report(&found, true);
}

static bool
parse_level(const char *text, enum level *ret)
{
	static const char *const names[LEVELS] = { "rc", "rr", "s" };

	for (int i = 0; i < LEVELS; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum level) i;
			return true;
		}
	return false;
}

static bool
parse_options(int argc, char **argv)
{
	bool fine = true;
	int c;

	while ((c = getopt(argc, argv, "d:l:e:n:c:b:x:kK:p:r:o:f:")) != -1)
		switch (c) {
		case 'd':
			load.conninfo = optarg;
			break;
		case 'l':
			fine &= parse_level(optarg, &load.level);
			break;
		case 'e':
			fine &= parse_level(optarg, &opt.check);
			break;
		case 'n':
			opt.transactions = atol(optarg);
			break;
		case 'c':
			opt.clients = atoi(optarg);
			break;
		case 'b':
			opt.round = (uint32_t) atol(optarg);
			break;
		case 'x':
			load.seed = (unsigned) strtoul(optarg, NULL, 10);
			break;
		case 'k':
			load.kill_clients = true;
			break;
		case 'K':
			opt.kill_every = atol(optarg);
			break;
		case 'p':
			opt.pidfile = optarg;
			break;
		case 'r':
			opt.restart = optarg;
			break;
		case 'o':
			opt.out = optarg;
			break;
		case 'f':
			opt.file = optarg;
			break;
		default:
			fine = false;
		}
	if (opt.check == LEVELS)
		opt.check = load.level;
	return fine && optind == argc && opt.clients > 0 && opt.clients <= CLIENTS_MAX &&
	       opt.round > 0 &&
	       (opt.kill_every == 0 || (opt.pidfile != NULL && opt.restart != NULL));
}

int
main(int argc, char **argv)
{
	if (!parse_options(argc, argv)) {
		fputs("usage: history -d CONNINFO [-l rc|rr|s] [-e rc|rr|s] [-n TRANSACTIONS] [-c "
		      "CLIENTS] [-b ROUND]\n"
		      "               [-x SEED] [-k] [-K EVERY -p PIDFILE -r COMMAND] [-o FILE]\n"
		      "       history -f FILE [-e rc|rr|s]\n",
		      stderr);
		return 2;
	}
	return opt.file != NULL ? check_file() : make_and_check();
}
