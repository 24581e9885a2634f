/* fault.c - the countdown to a failing engine call.  Which calls count: WT() in engine.h. */
#include "config.h"
#include "storage/fault.h"

#ifdef ORMDB_FAULTS

#include <stdatomic.h>
#include <stdlib.h>

static atomic_long nth, calls;
static atomic_int  code;
static atomic_bool sticky, armed;

void
fault_set(long n, int error, bool again)
{
	atomic_store(&armed, false);
	atomic_store(&calls, 0);
	atomic_store(&nth, n);
	atomic_store(&code, error);
	atomic_store(&sticky, again);
	atomic_store(&armed, n != 0);
}

long
fault_calls(void)
{
	return atomic_load(&calls);
}

bool
fault_due(void)
{
	if (!atomic_load_explicit(&armed, memory_order_relaxed))
		return false;
	long n = atomic_fetch_add(&calls, 1) + 1;
	long at = atomic_load(&nth);
	return n == at || (n > at && atomic_load(&sticky));
}

int
fault_code(void)
{
	return atomic_load(&code);
}

bool
fault_skips_row_locks(void)
{
	static atomic_int skips;        /* 0: not asked yet, 1: no, 2: yes */
	int known = atomic_load_explicit(&skips, memory_order_relaxed);

	if (known == 0) {
		known = getenv("ORMDB_DEBUG_SKIP_ROW_LOCKS") != NULL ? 2 : 1;
		atomic_store_explicit(&skips, known, memory_order_relaxed);
	}
	return known == 2;
}

#else
typedef int fault_not_built;            /* ISO C wants one declaration in a file */
#endif
