/* txn_private.h - what is behind `struct txn`, for the files of storage/ only.
 *
 * A view is an engine session with an open read transaction: one moment of the database.
 * Statements, held snapshots and the transaction share it by reference count; a frame is a
 * view and the command from which its cursors look at the write set. */
#ifndef STORAGE_TXN_PRIVATE_H
#define STORAGE_TXN_PRIVATE_H

#include "storage/cursor.h"
#include "storage/readset.h"
#include "storage/store_private.h"
#include "storage/writeset.h"

enum { VIEW_INFLIGHT = 16, COMMAND_ALL = 0xFFFFFFFF };

struct view {
	struct engine *g;
	int refs;
	uint64_t next;                  /* change numbers from here on are not visible */
	uint64_t *inflight;             /* nor these */
	int ninflight;
	uint64_t ticket;                /* flushed: all it shows is on disk */
	uint64_t generation;            /* counts renewals */
	uint64_t commit_seq;            /* the order's when it was taken */
	uint64_t order_serial;          /* likewise */
	bool broken;                    /* the engine failed a read: only good for rolling back */
	struct view *older;             /* replaced within the statement, cursors may be left */
	uint64_t fixed[VIEW_INFLIGHT];
};

struct frame {
	struct view *view;
	uint32_t command;
};

struct snap {
	struct frame frame;
	struct snap *next;
};

struct hook {
	void (*on_commit)(void *arg, uint64_t change);
	void (*on_abort)(void *arg);
	void *arg;
};

enum { FRAMES_INLINE = 4 };

struct txn {
	struct store *store;
	struct txn_options opt;
	uint64_t id;
	struct lock_owner locks;
	struct lock_owner self;         /* of the lock on the transaction's own number */
	struct lock_actor *own_actor;   /* when the caller named none */
	uint32_t command;
	struct frame *frames, first_frames[FRAMES_INLINE];
	int nframes, frames_cap;
	struct view *view;              /* REPEATABLE READ and above: the transaction's own */
	struct view *latest;            /* for reads of the newest state */
	struct snap *held;
	struct ws *ws;                  /* NULL: nothing written */
	struct hook *hooks;
	size_t nhooks, hooks_cap;
	struct cursor_impl *open_cursors, *idle_cursors;
	struct readset *reads;          /* SERIALIZABLE */
	struct exported *exports;       /* its snapshots that others may import */
	bool certifying;                /* in order.serializable */
	bool given_up, looking;         /* under order.mutex: see certify.c */
	uint64_t missed;                /* first commit whose write its reads missed; 0: none */
	uint64_t snapshot_serial;       /* commits up to here are in its snapshot */
	struct txn *serial_next, *serial_prev;  /* in order.serializable */
	bool may_write;                 /* under order.mutex, as it was when it joined */
	uint64_t serial;                /* when it joined, before its snapshot */
	struct committed *certified;    /* up to here its reads have been checked */
	struct slow_commit *slow;       /* while it commits much; NULL: not so much */
	uint64_t ticket;                /* the newest commit it has been shown */
	struct move *moves;             /* rows it gave another key, newest first */
	size_t nmoves, moves_bytes;     /* more than their limit: not all are there */
	struct batch *moved;            /* they are known to all, the commit is not done */
	bool moves_lost;                /* likewise, but that they are not all there */
};

/* view.c */
int  view_open(struct store *store, struct view **ret_view, struct err *e) MUST_CHECK;
int  view_renew(struct store *store, struct view *v, struct err *e) MUST_CHECK;
void view_stop_reading(struct view *v);         /* the session stays, what it sees is still known */
void view_unref(struct txn *txn, struct view **view);
bool view_sees(const struct view *v, uint64_t change);

/* The newest state: a view of its own, renewed. */
int  txn_latest(struct txn *txn, struct view **ret_view, struct err *e) MUST_CHECK;
void txn_drop_statements(struct txn *txn);      /* all views but the transaction's own */
void txn_free(struct txn *txn);

struct lock_key txn_number_key(const uint64_t *id);     /* the key points to it */

static inline const struct frame *
txn_frame(const struct txn *txn)
{
	return txn->nframes == 0 ? NULL : &txn->frames[txn->nframes - 1];
}

/* cursor.c: the view is going away. */
void cursors_detach(struct txn *txn, const struct view *view);
void cursors_free(struct txn *txn);
void cursors_record_reads(struct txn *txn);

/* export.c */
void exports_end(struct txn *txn);

/* commit.c.  The value as the engine gets it; good until `stamped` is used again. */
WT_ITEM commit_value(const struct ws_version *v, uint64_t change, struct strbuf *stamped);
int  commit_apply(struct txn *txn, struct err *e) MUST_CHECK;

/* moves.c */
void moves_rollback(struct txn *txn, size_t mark);
int  moves_publish(struct txn *txn, uint64_t change, struct err *e) MUST_CHECK;
void moves_end(struct txn *txn, bool committed);        /* committed: under order.mutex */

/* newborn.c: the commit's first step, in its engine transaction, at its moment, or its failure. */
int  newborn_load(struct txn *txn, uint64_t change, struct err *e) MUST_CHECK;
int  newborn_settle(struct txn *txn, struct engine *g, struct err *e) MUST_CHECK;
void newborn_commit_locked(struct txn *txn);
void newborn_abort(struct txn *txn);

/* certify.c */
int  certify_begin(struct txn *txn, struct err *e) MUST_CHECK;
void certify_end(struct txn *txn);
int  certify_early(struct txn *txn, struct err *e) MUST_CHECK;
int  certify_locked(struct txn *txn, struct err *e) MUST_CHECK;
void certify_publish_locked(struct txn *txn);           /* takes its reads and writes over */
int  certify_reader(struct txn *txn, struct err *e) MUST_CHECK;
void certify_forget(struct txn *txn);                   /* certify_end(), and no more reads noted */
bool certify_safe_locked(const struct txn *txn);        /* see deferrable.c */

/* deferrable.c: the transaction's view, of a moment that needs no certifying. */
int  deferrable_view(struct txn *txn, struct err *e) MUST_CHECK;

#endif
