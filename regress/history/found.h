/* found.h - the anomalies, which levels forbid them, and those that were found.
 *
 * Owner     the caller; found_done() frees the texts.
 * Thread    one.
 * Failure   none.
 * Cost      the first few of each kind are kept in words, the others are counted. */
#ifndef REGRESS_HISTORY_FOUND_H
#define REGRESS_HISTORY_FOUND_H

#include <stdbool.h>

enum level { READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE, LEVELS };

enum anomaly {
	A_DIRTY_WRITE,       /* G0 */
	A_ABORTED_READ,      /* G1a */
	A_INTERMEDIATE_READ, /* G1b */
	A_CIRCULAR,          /* G1c */
	A_SINGLE,            /* G-single and its kin: no two anti-dependencies in a row */
	A_ITEM,              /* G2-item */
	A_LOST_UPDATE,
	A_LOST_WRITE,
	A_STALE_READ,
	A_INTERNAL,
	A_GARBAGE,
	A_TWO_ORDERS,
	ANOMALIES
};

enum { FOUND_SHOWN = 3 };

struct found {
	long count[ANOMALIES];
	char *words[ANOMALIES][FOUND_SHOWN];
};

const char *anomaly_name(enum anomaly a);
bool anomaly_forbidden(enum anomaly a, enum level level);
const char *level_name(enum level level); /* as in SQL */

bool found_wants(const struct found *f, enum anomaly a); /* would words be kept? */
void found_add(struct found *f, enum anomaly a, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
long found_forbidden(const struct found *f, enum level level);
void found_done(struct found *f);

#endif
