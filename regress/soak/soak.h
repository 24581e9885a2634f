/* soak.h - what the parts of the soak share: one client, its statements, what went wrong.
 *
 * Owner     a client belongs to its thread; its connection is replaced by client_connect().
 * Thread    complain() and the counters may be used from any thread.
 * Failure   a statement that fails with an error that concurrency explains (40001, 40P01, 55P03)
 *           returns false and sets `again`; any other error is a complaint.
 * Cost      one round trip for each statement. */
#ifndef REGRESS_SOAK_SOAK_H
#define REGRESS_SOAK_SOAK_H

#include <stdbool.h>

#include <libpq-fe.h>

#define SOAK_FMT(f, a) __attribute__((format(printf, f, a)))

struct client {
	PGconn *conn;
	int id;
	unsigned seed;
	bool again;    /* the last error is one that a retry mends */
	char state[6]; /* SQLSTATE of the last error */
};

/* One thing that clients do again and again. */
struct act {
	const char *name;
	int weight;
	void (*run)(struct client *c);
};
extern const struct act sql_acts[], schema_acts[], graph_acts[]; /* each ends with a NULL name */

bool client_connect(struct client *c);
void client_abandon(struct client *c); /* close the socket without a word */

bool run(struct client *c, const char *fmt, ...) SOAK_FMT(2, 3);
/* The one value of a query, "" for NULL; NULL when it failed.  Valid until the next ask(). */
const char *ask(struct client *c, const char *fmt, ...) SOAK_FMT(2, 3);
bool expect(struct client *c, const char *value, const char *fmt, ...) SOAK_FMT(3, 4);
/* The statement must fail with this SQLSTATE. */
bool refuse(struct client *c, const char *state, const char *fmt, ...) SOAK_FMT(3, 4);
void undo(struct client *c); /* ROLLBACK, whatever the state is */

void complain(const char *fmt, ...) SOAK_FMT(1, 2);
long complaints(void);
int below(struct client *c, int limit); /* a random number from 0 to limit - 1 */

#endif
