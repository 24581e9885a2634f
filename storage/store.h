/* store.h - a data directory's engine: open and close it, its files, its background work.
 *
 * Owner     store_open() hands out one store; store_close() takes it back after every
 *           transaction has ended and every thread that used it has stopped.
 * Thread    a store is shared by all threads; each function says so only when it is not.
 * Failure   opening refuses a directory that is damaged, newer, or in use, and says what to
 *           do.  Later, an engine panic or a failed sync is logged and ends the process at
 *           once (_exit): recovery at the next start is the only safe way on.
 * Cost      open: recovery, about 80 MB of log a second.  A file costs 35 KB of memory, one
 *           descriptor and 0.1 ms of every checkpoint, so keep them below 3,000: an empty
 *           table has none, small ones share. */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

struct store;
struct lock_table;

/* A zero means the default. */
struct store_options {
	uint64_t cache_size;            /* bytes; default: a quarter of memory; at least 16 MB */
	uint64_t log_file_size;         /* bytes; default: an eighth of the next, 8 to 64 MB */
	uint64_t checkpoint_log_bytes;  /* checkpoint after this much log; default 1 GB */
	unsigned checkpoint_seconds;    /* ... and at least this often; default 60 */
	uint64_t load_bytes;            /* a commit loads this much into an empty file; default 16 MB */
	uint64_t write_set_limit;       /* bytes one transaction may write; default cache/2 */
	uint64_t lock_memory_limit;     /* bytes of the lock table; default 1/8 of memory */
	uint64_t temp_file_limit;       /* bytes of one session's temporary files; default none */
	uint64_t min_free_space;        /* below this, writes get 53100; default 128 MB */
	unsigned engine_sessions;       /* snapshots open at once; default 1000 */
	unsigned max_files;             /* descriptors to ask the system for; default 8192 */
};

/* Make an empty store in `dir`, which must exist and hold no other. */
int  store_create(const char *dir, struct err *e) MUST_CHECK;
int  store_open(const char *dir, const struct store_options *options,
                struct store **ret_store, struct err *e) MUST_CHECK;
/* Checkpoint and close: the next open has nothing to recover.  An immediate shutdown is _exit. */
int  store_close(struct store **store, struct err *e);

struct lock_table *store_locks(struct store *store);
const char        *store_dir(const struct store *store);

/* --- files ------------------------------------------------------------------------------
 * A file is an ordered map of bytes, named by a 32-bit number that is never given out twice;
 * the number also tells the kind.  store_file_new() only takes a number: the file comes into
 * being when the first commit writes to it (or at store_file_ensure() or store_bulk_open()),
 * and until then reads as empty.  So CREATE TABLE costs no fsync and rolling it back nothing. */
enum store_kind {
	STORE_ROWS,                     /* clustered rows: no prefix compression */
	STORE_INDEX,                    /* long common prefixes: prefix compression */
	STORE_SEGMENTS,                 /* few large values (columnar) */
};

/* Fixed numbers, never swept: one file each for all databases.  storage/ owns META. */
enum {
	STORE_FILE_META      = 4,
	STORE_FILE_CATALOG   = 8,
	STORE_FILE_CHANGES   = 12,
	STORE_FILE_SEQUENCES = 16,
	STORE_FILE_STATS     = 20,
	STORE_FILE_FIRST     = 64,      /* store_file_new() begins here */
};

int  store_file_new(struct store *store, enum store_kind kind, uint32_t *ret_file,
                    struct err *e) MUST_CHECK;
static inline enum store_kind store_file_kind(uint32_t file) { return (enum store_kind) (file & 3); }
int  store_file_ensure(struct store *store, uint32_t file, struct err *e) MUST_CHECK;
bool store_file_exists(struct store *store, uint32_t file);
uint64_t store_file_bytes(struct store *store, uint32_t file);  /* on disk; 0: not there */

/* The catalog has taken the new file up (call it from a commit callback); store_file_doom() is the
 * other end of a file's youth. */
void store_file_settle(struct store *store, uint32_t file);

/* Made by a transaction that is still open, and so known to nobody else. */
bool store_file_is_young(struct store *store, uint32_t file);

/* The catalog no longer names this file (call it from a commit or abort callback): it is
 * removed in the background once no snapshot begun before this call is left. */
void store_file_doom(struct store *store, uint32_t file);

/* At start, after the catalog has been read: remove every file that `keep` does not want. */
int  store_files_sweep(struct store *store, bool (*keep)(void *arg, uint32_t file), void *arg,
                       struct err *e) MUST_CHECK;

/* --- looking after it -----------------------------------------------------------------------
 * store_verify() reads every page of every file; nobody else may be using them.
 * store_files_check() tells of files that nobody needs, while the server runs; `keep` must look
 * at a catalog taken after the call began. */
struct store_report {
	int (*say)(struct store_report *to, uint32_t file, const char *problem, struct err *e);
};
int  store_verify(struct store *store, const int *cancel, struct store_report *to,
                  struct err *e) MUST_CHECK;
int  store_files_check(struct store *store, bool (*keep)(void *arg, uint32_t file), void *arg,
                       struct store_report *to, struct err *e) MUST_CHECK;

/* Copy the data directory to `dir` (an absolute path; made, or empty) while work goes on.  All that
 * was acknowledged before the call is in the copy.  `cancel` as lock_check_cancel(); may be NULL. */
struct store_backup {
	uint64_t files, bytes;
	uint64_t change;                /* it has every change up to here */
};
int  store_backup(struct store *store, const char *dir, const int *cancel,
                  struct store_backup *ret_done, struct err *e) MUST_CHECK;

/* --- bulk load ---------------------------------------------------------------------------
 * Into a file that nobody else can see yet (its catalog row is not committed).  Keys strictly
 * ascending.  store_bulk_close() returns when the rows survive a crash; then commit the
 * catalog row.  One thread at a time.  About 5 M rows/s. */
struct store_bulk;

int  store_bulk_open(struct store *store, uint32_t file, struct store_bulk **ret_bulk,
                     struct err *e) MUST_CHECK;
/* flags: TXN_STAMP of txn.h. */
int  store_bulk_append(struct store_bulk *bulk, const void *key, size_t klen,
                       const void *value, size_t vlen, unsigned flags, struct err *e) MUST_CHECK;
int  store_bulk_close(struct store_bulk **bulk, struct err *e) MUST_CHECK;
void store_bulk_abort(struct store_bulk **bulk);        /* NULL is a no-op; doom the file yourself */

#define STORE_BULK_AUTO CLEANUP(store_bulk_abort)

/* --- durability and background work ------------------------------------------------------ */
int      store_checkpoint(struct store *store, struct err *e) MUST_CHECK;       /* CHECKPOINT */
uint64_t store_change_last(struct store *store);        /* the newest change number given out */
/* Every change up to and including this one is committed and can be read in order. */
uint64_t store_change_horizon(struct store *store);
/* 53100 while free space is below min_free_space: ask before large work; commits ask too. */
int      store_check_space(struct store *store, struct err *e) MUST_CHECK;

struct store_stats {
	uint64_t commits, aborts, flushes, checkpoints;
	uint64_t snapshots, files, files_doomed;        /* now */
	uint64_t oldest_snapshot_ms;                    /* its age; 0: none */
	uint64_t cache_bytes, cache_dirty_bytes, cache_max_bytes;
	uint64_t log_bytes;                             /* written since open */
};
void store_stats(struct store *store, struct store_stats *ret_stats);

#endif
