/* disk.h - how the crash tester tells a server's disk to fail.
 *
 * libdisk.so, preloaded into ormdbd, stands between it and its data directory; the tester and the
 * library share this structure, in a file named by ORMDB_DISK.
 *
 * Owner     the tester makes the file; the library only maps it.
 * Thread    any: words are atomic.
 * Failure   a library that cannot map the file ends the server, so that no test passes without it.
 * Cost      a lock and a copy for each write. */
#ifndef REGRESS_CRASH_DISK_H
#define REGRESS_CRASH_DISK_H

#include <stdatomic.h>
#include <stdint.h>

enum disk_event {
	DISK_NONE,
	DISK_POWER,                     /* the machine loses power: unsynced writes may be lost */
	DISK_FAIL_WRITE,                /* the nth write fails */
	DISK_FAIL_SYNC,                 /* the nth fsync or fdatasync fails, and what it should have
	                                 * synced is lost, as Linux does */
};

struct disk_control {
	_Atomic int  event;
	_Atomic int  error;             /* errno of the failures */
	_Atomic long at;                /* calls of the event's kind until it happens; 0: not */
	_Atomic long calls;             /* of all kinds, so far */
	_Atomic int  happened;
	_Atomic long room;              /* bytes that files may grow in all; negative: no limit */
	_Atomic uint64_t seed;
	_Atomic long dropped, kept, torn;       /* unsynced writes at the losses of power so far */
};

#endif
