/* fault.h - making the nth engine call fail, in builds with ORMDB_FAULTS (configure
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
#endif

#endif
