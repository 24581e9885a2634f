/* history.h - what clients did and saw: transactions of reads and writes.
 *
 * A key holds a list of values; every value is written once to a key.  A list workload reads the
 * whole list.  A register is the same thing seen through a keyhole: a read tells the newest value
 * and the one that it replaced (`tail`), so lists can be put together from reads.
 *
 * Owner     a history owns its arrays; history_done() frees them.
 * Thread    one; clients record under the workload's mutex.
 * Failure   none: without memory the program ends.
 * Cost      48 bytes a transaction, 24 an operation, 4 a value read. */
#ifndef REGRESS_HISTORY_HISTORY_H
#define REGRESS_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum outcome {
	TXN_OK,   /* the server said that it committed */
	TXN_FAIL, /* it certainly did not commit */
	TXN_INFO, /* the connection was lost at COMMIT: nobody knows */
};

enum op_kind { OP_READ, OP_WRITE };

struct op {
	enum op_kind kind;
	bool tail;          /* read: the last two values at most, not the whole list */
	uint16_t undone_by; /* write: the operation before which a savepoint undid it; 0: none */
	int key;
	int value;          /* write */
	uint32_t list, len; /* read: in history.values, oldest first */
};

struct txn {
	enum outcome outcome;
	int client;
	int64_t start, end; /* any clock; `end` counts for TXN_OK only */
	uint32_t op, ops;   /* in history.ops */
};

struct history {
	struct txn *txns;
	struct op *ops;
	int *values;
	uint32_t txn_count, op_count, value_count;
	uint32_t txn_room, op_room, value_room;
};

void history_done(struct history *h);
void history_clear(struct history *h); /* empty, with its room */

/* Operations are added to the transaction that was begun last. */
struct txn *history_begin(struct history *h, int client, int64_t start);
struct op *history_write(struct history *h, int key, int value);
struct op *history_read(struct history *h, int key, bool tail, const int *values, uint32_t len);

/* A copy of the only transaction of another history. */
void history_append(struct history *h, const struct history *one);

/* A line for each transaction; empty lines and those with '#' in front say nothing.
 *
 *     ok 1 10-20 w x 5; r y [1 2]; t z [4 5]; w y 6 undone 4; r y [1 2 6]; r y [1 2]
 *
 * outcome (ok, fail, info), client, start-end, then operations: w writes, r reads a list, t the
 * tail of one.  Keys are numbers or letters; "undone N" says that operation N, counted from 0,
 * comes after the roll back. */
bool history_parse(struct history *h, const char *text, char *ret_error, size_t size);
void history_print(const struct history *h, FILE *to);
void txn_print(const struct history *h, uint32_t txn, FILE *to);
void key_name(int key, char name[static 16]);

/* realloc() that ends the program instead of failing. */
void *grow(void *old, uint32_t *room, uint32_t need, size_t size);

#endif
