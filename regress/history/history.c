/* history.c - the arrays of a history.  Not here: its text form (text.c). */
#include "config.h"
#include "regress/history/history.h"

#include <stdlib.h>
#include <string.h>

void *
grow(void *old, uint32_t *room, uint32_t need, size_t size)
{
	if (need <= *room && old != NULL)
		return old;
	uint32_t more = *room < 64 ? 64 : *room * 2;
	if (more < need)
		more = need;
	void *new = realloc(old, more * size);
	if (new == NULL) {
		fputs("out of memory\n", stderr);
		exit(99);
	}
	*room = more;
	return new;
}

void
history_done(struct history *h)
{
	free(h->txns);
	free(h->ops);
	free(h->values);
	*h = (struct history){ 0 };
}

void
history_clear(struct history *h)
{
	h->txn_count = h->op_count = h->value_count = 0;
}

struct txn *
history_begin(struct history *h, int client, int64_t start)
{
	h->txns = grow(h->txns, &h->txn_room, h->txn_count + 1, sizeof *h->txns);
	struct txn *t = &h->txns[h->txn_count++];
	*t = (struct txn){ .outcome = TXN_FAIL,
			   .client = client,
			   .start = start,
			   .end = start,
			   .op = h->op_count };
	return t;
}

static struct op *
add_op(struct history *h, struct op op)
{
	h->ops = grow(h->ops, &h->op_room, h->op_count + 1, sizeof *h->ops);
	h->ops[h->op_count] = op;
	h->txns[h->txn_count - 1].ops++;
	return &h->ops[h->op_count++];
}

struct op *
history_write(struct history *h, int key, int value)
{
	return add_op(h, (struct op){ .kind = OP_WRITE, .key = key, .value = value });
}

struct op *
history_read(struct history *h, int key, bool tail, const int *values, uint32_t len)
{
	h->values = grow(h->values, &h->value_room, h->value_count + len, sizeof *h->values);
	if (len > 0)
		memcpy(h->values + h->value_count, values, len * sizeof *values);
	h->value_count += len;
	return add_op(h, (struct op){ .kind = OP_READ,
				      .tail = tail,
				      .key = key,
				      .list = h->value_count - len,
				      .len = len });
}

void
history_append(struct history *h, const struct history *one)
{
	struct txn *t = history_begin(h, one->txns[0].client, one->txns[0].start);

	t->outcome = one->txns[0].outcome;
	t->end = one->txns[0].end;
	for (uint32_t i = 0; i < one->op_count; i++) {
		const struct op *op = &one->ops[i];
		if (op->kind == OP_WRITE)
			history_write(h, op->key, op->value)->undone_by = op->undone_by;
		else
			history_read(h, op->key, op->tail, one->values + op->list, op->len);
	}
}
