/* load.h - clients that make a history: what they share, and one client.
 *
 * Owner     a client belongs to its thread; the shared part to main.c.
 * Thread    the shared part is locked by `lock`, but for the counters.
 * Failure   an unexpected error of the server is counted in `complaints` and shown.
 * Cost      one round trip for each statement. */
#ifndef REGRESS_HISTORY_LOAD_H
#define REGRESS_HISTORY_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "regress/history/found.h"
#include "regress/history/history.h"
#include "regress/history/statement.h"

struct load {
	const char *conninfo;
	enum level level;
	bool kill_clients;
	unsigned seed;
	uint32_t goal; /* transactions of this round */
	pthread_mutex_t lock;
	pthread_cond_t progress;
	struct history history; /* of this round */
	uint32_t done;          /* of this round; those of a round only */
	long next_stop;         /* `progress` is told when `total` gets there */
	long total, ok, info;   /* of all rounds */
	int first_key;          /* of this round */
	atomic_int next_value;  /* grows for ever; keys retire as it grows */
	atomic_long complaints;
};

struct client {
	struct load *load;
	int id;
	unsigned seed;
	PGconn *conn;
	bool prepared[STATEMENTS];
	struct history one; /* the transaction at hand */
	bool single;        /* the transaction at hand is one statement without BEGIN */
	bool lost;          /* the connection is gone */
};

enum { WINDOW = 32, WRITES_PER_KEY = 32 };

/* The keys in use are [first, first + WINDOW). */
int load_window(const struct load *l);
int64_t load_clock(void);

bool client_connect(struct client *c);     /* again and again for a minute */
bool client_transaction(struct client *c); /* one, into the history; false: give up */
/* What every key of the round has in the end, as one more transaction. */
bool client_read_all(struct client *c, int first, int last);

#endif
