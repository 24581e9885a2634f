/* store_private.h - what is behind `struct store`, for the files of storage/ only.
 *
 * Lock order (doc/LOCKS.md has all of the server's):
 *     files.janitor > checkpoint > files.mutex > meta.mutex > order.mutex > pool.mutex,
 *     moves.mutex; and none of them is held while waiting for a row lock or for the disk, except checkpoint,
 * files.mutex (file creation) and meta.mutex, which exist for that. */
#ifndef STORAGE_STORE_PRIVATE_H
#define STORAGE_STORE_PRIVATE_H

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>

#include "storage/engine.h"
#include "storage/lock_table.h"
#include "storage/store.h"
#include "storage/txn.h"

struct committed;
struct exported;
struct move;

/* A commit that the engine takes long for: the change, and a key that tells whether a snapshot has it. */
struct slow_commit {
	uint64_t change;                /* 0: there is none */
	uint32_t file;
	uint16_t klen;
	bool     certified;             /* a serializable one: readers at that level wait for it too */
	bool     deleted;               /* the key is gone with it; else its value has the stamp */
	uint8_t  key[TXN_KEY_MAX];
};

/* The one order of commits and snapshots. */
struct order {
	pthread_mutex_t mutex;
	uint64_t next;                  /* change number to give out next */
	uint64_t *inflight;             /* given out, not yet committed or dropped; ascending */
	int      ninflight, cap;
	uint64_t serial;                /* of snapshots and doomed files */
	_Atomic uint64_t commit_seq;    /* odd while the engine commits */
	struct slow_commit slow;        /* under way, outside the mutex */
	pthread_cond_t slow_done;
	_Atomic uint64_t ceiling;       /* numbers below it are reserved on disk */
	struct committed *recent;       /* serializable ones that active ones were concurrent with */
	struct committed *recent_end;
	size_t recent_bytes;
	struct exported *exports;       /* snapshots that may be imported: export.c */
	struct txn *serializable;       /* transactions that may have to look there */
};

/* Group commit: one log flush for all that wait. */
struct flusher {
	_Atomic uint64_t committed;     /* tickets: one for each commit in the log's buffer */
	_Atomic uint64_t wanted;        /* the highest somebody waits for */
	_Atomic uint64_t flushed;       /* all up to here are on disk */
	_Atomic uint32_t work, done;    /* futexes: bumped at each request and each flush */
	_Atomic uint32_t waiting;       /* threads in flush_wait() */
	pthread_t thread;
	_Atomic bool running;
	uint64_t epoch, count;          /* of the messages it leaves in the log: log_scan.c */
};

enum { FILES_CHUNK = 4096, FILES_CHUNKS = 16384 };      /* words of 64 files; chunks */

struct doomed {
	struct doomed *next;
	uint32_t file;
	uint64_t serial;                /* snapshots begun before it may still read the file */
};

struct files {
	pthread_mutex_t mutex;          /* creating and dropping */
	_Atomic(_Atomic uint64_t *) exists[FILES_CHUNKS];
	_Atomic uint64_t count;
	pthread_mutex_t janitor;        /* held for a round of dropping; before `mutex` */
	pthread_mutex_t doom_mutex;     /* leaf lock: the lists alone */
	struct doomed *doomed;
	struct doomed *young;           /* made by transactions that are still open */
	struct newborn *newborn;        /* see newborn.c */
	_Atomic uint32_t nnewborn;
	uint64_t ndoomed;
	uint32_t next, ceiling;         /* under meta.mutex */
};

/* Small facts kept in STORE_FILE_META, and the mark beside the engine (control.c). */
struct meta {
	pthread_mutex_t mutex;
	uint64_t mark;                  /* counts up with the flushed commits of each second */
	uint64_t mark_ticket;           /* commits when the mark was last moved */
};

/* Where rows went whose key changed: moves.c. */
struct moves {
	pthread_mutex_t mutex;
	struct move **buckets;
	size_t nbuckets, bytes;
	_Atomic size_t count;
	struct move *oldest, *newest;
	uint64_t seq;
	_Atomic uint64_t lost;          /* of changes up to here some are forgotten; 0: of none */
	uint64_t lost_serial;           /* snapshots begun before it may need them */
	unsigned lost_open;             /* commits that have forgotten some and are not done */
};

struct keeper {                         /* background threads */
	pthread_mutex_t mutex;
	pthread_cond_t  cond;
	pthread_t checkpointer, janitor;
	bool started, stop;
	bool checkpoint_now;
};

struct store {
	char *dir, *base;
	struct store_options opt;
	struct engine_events events;
	WT_CONNECTION *conn;
	int version_fd, mark_fd;
	bool accept_loss;               /* a person said so: ORMDB_ACCEPT_LOSS */
	struct lock_table *locks;
	struct engine_pool pool;
	struct order   order;
	struct flusher flusher;
	struct files   files;
	struct meta    meta;
	struct moves   moves;
	struct keeper  keeper;
	pthread_mutex_t checkpoint;
	pthread_mutex_t backup;         /* one at a time; taken first, never waited for */
	_Atomic bool   space_low;
	_Atomic uint64_t space_promised;        /* bytes that large commits under way may still write */
	_Atomic uint64_t txn_id;
	_Atomic uint64_t commits, aborts, flushes, checkpoints, log_bytes, log_bytes_at_checkpoint;
	txn_change_fn *change_fn;
	void *change_arg;
};

/* bulk.c.  open: waits for a checkpoint that is looking at the file. */
int  bulk_cursor_open(struct engine *g, uint32_t file, WT_CURSOR **ret_cursor, struct err *e) MUST_CHECK;
int  bulk_cursor_insert(WT_CURSOR *c, WT_ITEM *key, WT_ITEM *value, struct err *e) MUST_CHECK;
int  bulk_cursor_close(WT_CURSOR **cursor, struct err *e) MUST_CHECK;

/* newborn.c: files whose first rows were loaded by one commit. */
bool newborn_hidden(struct store *store, uint32_t file, uint64_t seen);  /* from snapshots before it */
bool newborn_is_loading(struct store *store, uint32_t file);
void newborn_forget(struct store *store);               /* those that every snapshot sees */
int  newborn_recover(struct store *store, struct err *e) MUST_CHECK;    /* at start */
void newborn_free(struct files *f);

/* log_scan.c */
#define LOG_MESSAGE_PRINT "ormdb flush %016" PRIx64 " %" PRIu64
#define LOG_MESSAGE_SCAN  "ormdb flush %" SCNx64 " %" SCNu64
int  log_scan(const char *base, char *ret_why, size_t size, struct err *e) MUST_CHECK;

/* control.c */
int  control_create(const char *dir, struct err *e) MUST_CHECK;         /* the version file, last */
int  control_lock(struct store *store, struct err *e) MUST_CHECK;       /* version, second server */
int  control_check_log(struct store *store, struct err *e) MUST_CHECK;  /* before the engine opens */
int  control_check_mark(struct store *store, struct err *e) MUST_CHECK; /* after recovery */
void control_note_damage(const char *dir, const char *why);             /* the next start refuses */
int  control_write_copy(const char *dir, struct err *e) MUST_CHECK;     /* the mark of a backup */
int  control_write_state(struct store *store, bool clean, struct err *e) MUST_CHECK;
void control_mark(struct store *store);                                 /* once a second */
void control_unlock(struct store *store);

/* meta.c */
int  meta_load(struct store *store, struct err *e) MUST_CHECK;
int  meta_save_all(struct store *store, struct err *e) MUST_CHECK;      /* orderly close */
int  meta_get(struct store *store, const char *name, uint64_t *ret_value, struct err *e) MUST_CHECK;
int  meta_put(struct store *store, const char *name, uint64_t value, bool wait, struct err *e) MUST_CHECK;
/* In the caller's engine transaction; 0: take it away. */
int  meta_put_in(struct store *store, struct engine *g, const char *name, uint64_t value, struct err *e) MUST_CHECK;
int  meta_reserve_changes(struct store *store, struct err *e) MUST_CHECK;

/* flush.c */
int  flush_start(struct store *store, struct err *e) MUST_CHECK;
void flush_stop(struct store *store);
void flush_request(struct store *store, uint64_t ticket);
void flush_wait(struct store *store, uint64_t ticket);

/* file.c */
int  files_load(struct store *store, struct err *e) MUST_CHECK;
int  files_create_fixed(WT_CONNECTION *conn, struct err *e) MUST_CHECK;
bool files_drop_doomed(struct store *store);            /* true: some are left */
int  file_create(struct store *store, uint32_t file, struct err *e) MUST_CHECK;
int  file_prepare(struct store *store, uint32_t file, struct err *e) MUST_CHECK;
void file_appears(struct store *store, uint32_t file);
void files_add_young(struct store *store, uint32_t file);
bool files_is_leaving(struct store *store, uint32_t file);
/* Those that exist; free() the list. */
int  files_list(struct store *store, bool young_too, uint32_t **ret_files, uint32_t *ret_n,
                struct err *e) MUST_CHECK;
bool file_parse_name(const char *name, uint32_t *ret_file, bool *ret_exact);
void files_free(struct store *store);
uint64_t store_oldest_snapshot(struct store *store);

/* moves.c */
void moves_prune(struct store *store);
void moves_free(struct store *store);

/* keeper.c */
int  keeper_start(struct store *store, struct err *e) MUST_CHECK;
void keeper_stop(struct store *store);
void keeper_wake_checkpoint(struct store *store);
/* Before so much is written (53100), and when it has been, or will not be. */
int  space_promise(struct store *store, uint64_t bytes, struct err *e) MUST_CHECK;
void space_settle(struct store *store, uint64_t bytes);

/* spill.c: a file without a name under dir/tmp; -1 and errno. */
int  spill_file(const char *dir);

/* store.c */
uint64_t store_dirty_bytes(struct store *store);        /* of the engine's cache */

/* order.c: commit order; see there. */
int      order_take_number(struct store *store, uint64_t *ret_change, struct err *e) MUST_CHECK;
void     order_drop_number(struct store *store, uint64_t change);
void     order_remove_locked(struct store *store, uint64_t change);
uint64_t order_serial(struct store *store);
/* With the mutex held: until none is under way; one at a time begins, and ends before it is counted. */
void     order_slow_wait_locked(struct store *store);
void     order_slow_begin_locked(struct store *store, const struct slow_commit *slow);
void     order_slow_end_locked(struct store *store);
/* Without it: until this one is over (0: until none is under way). */
void     order_slow_wait(struct store *store, uint64_t change);
bool     order_slow_now(struct store *store);

#endif
