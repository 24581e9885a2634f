/* fault.h - making the nth engine call fail, and row locks do nothing, in builds with ORMDB_FAULTS (configure
 * --enable-debug); elsewhere nothing of it exists.
 *
 * Thread    the countdown is shared by all threads. */
#ifndef STORAGE_FAULT_H
#define STORAGE_FAULT_H

#include <stdbool.h>

#ifdef ORMDB_DEBUG
#define ORMDB_FAULTS 1
#endif

#ifdef ORMDB_FAULTS
enum { FAULT_ROLLBACK = -31800 };       /* the engine's "roll back": no room or a conflict */

/* The nth call from now fails with `code` (an errno or WiredTiger error), and with `sticky`
 * all after it; 0 switches off. */
void fault_set(long nth, int code, bool sticky);
long fault_calls(void);                 /* calls counted since fault_set() */
bool fault_due(void);
int  fault_code(void);
/* ORMDB_DEBUG_SKIP_ROW_LOCKS=1 in the environment: rows and keys are not locked, so that tests of
 * isolation can be seen to fail. */
bool fault_skips_row_locks(void);
#endif

#endif
