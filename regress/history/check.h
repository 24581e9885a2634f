/* check.h - is this a history that an isolation level allows?
 *
 * Owner     what was found goes to the caller's `found`.
 * Thread    one.
 * Failure   none.
 * Cost      linear in operations and values, but for the searches for short cycles, which are
 *           bounded.  All anomalies are counted, also those that the level allows; only the others
 *           are put into words. */
#ifndef REGRESS_HISTORY_CHECK_H
#define REGRESS_HISTORY_CHECK_H

#include "regress/history/found.h"
#include "regress/history/history.h"

void check_history(const struct history *h, enum level level, struct found *f);
/* What was found, as comment lines of TAP. */
void check_report(const struct found *f, enum level level);

#endif
