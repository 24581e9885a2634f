/* lock_rows.c - locks of rows and keys that nobody waits for: 16 bytes each, and 8 in the owner's list.
 *
 * A transaction may lock millions of rows, and hardly ever does another ask for one of them.  So
 * such a lock is one slot of an open-addressed table: the row's name, which is its hash, and the
 * owner.  Two rows with one name (one pair in 2^61) lock each other out: a wait for nothing, never
 * a lock that fails to hold.  Only when somebody must wait, or many share a row, does it become a
 * lockable with grants and a queue; the slots of a row are all moved or none.
 *
 * The owner remembers the names in the order of acquiring.  A name may have gone from the table since
 * (lock_release()): then releasing it finds nothing.
 *
 * Not here: what a lockable is, waiting (lock.c). */
#include "config.h"
#include "storage/lock_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64, SHARERS_MAX = 4, COUNT_MASK = 7, MODE_MASK = 3, LOOK_BACK = 32 };
enum { NAMES_FIRST = 14, NAMES_MAX = 8190 };

/* --- slots ----------------------------------------------------------------------------------------
 * `name` carries the mode in its two lowest bits, `holder` the count of acquisitions in its three
 * lowest; a count that has reached COUNT_MASK stays there. */

static struct lock_owner *
owner_of(const struct lock_slot *x)
{
	return (struct lock_owner *) (x->holder & ~(uintptr_t) COUNT_MASK);
}

static enum lock_mode
mode_of(const struct lock_slot *x)
{
	return (enum lock_mode) (x->name & MODE_MASK);
}

static size_t
home(const struct lock_slots *t, uint64_t name)
{
	return (size_t) ((unsigned __int128) (name << SHARD_BITS) * t->n >> 64);
}

/* The next slot of the row from *at on, at first home(); NULL: no more. */
static struct lock_slot *
next_of(const struct lock_slots *t, uint64_t name, size_t *at)
{
	while (t->at[*at].name != 0) {
		struct lock_slot *x = &t->at[*at];
		*at = *at + 1 == t->n ? 0 : *at + 1;
		if ((x->name & ~(uint64_t) MODE_MASK) == name)
			return x;
	}
	return NULL;
}

static void
put(struct lock_slots *t, struct lock_slot x)
{
	size_t i = home(t, x.name);

	while (t->at[i].name != 0)
		i = i + 1 == t->n ? 0 : i + 1;
	t->at[i] = x;
}

static bool
resize(struct lock_shard *s, size_t n)
{
	struct lock_slots *t = &s->rows, to = { .n = n, .used = t->used };

	to.at = calloc(n, sizeof *to.at);
	if (to.at == NULL)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].name != 0)
			put(&to, t->at[i]);
	free(t->at);
	s->bytes += (n - t->n) * sizeof *to.at;
	*t = to;
	return true;
}

static bool
add(struct lock_shard *s, struct lock_slot x)
{
	struct lock_slots *t = &s->rows;

	if (5 * (t->used + 1) > 4 * t->n && !resize(s, t->n == 0 ? SLOTS_MIN : t->n + t->n / 2))
		return false;
	put(t, x);
	t->used++;
	s->bytes += sizeof x.name;
	return true;
}

/* Those behind it move up, so that nobody's search ends before them. */
static void
take_out(struct lock_shard *s, struct lock_slot *x)
{
	struct lock_slots *t = &s->rows;
	size_t hole = (size_t) (x - t->at);

	for (size_t i = hole + 1 == t->n ? 0 : hole + 1; t->at[i].name != 0; i = i + 1 == t->n ? 0 : i + 1) {
		size_t h = home(t, t->at[i].name);
		if (hole <= i ? hole < h && h <= i : hole < h || h <= i)
			continue;       /* it stands between its home and the hole */
		t->at[hole] = t->at[i];
		hole = i;
	}
	t->at[hole].name = 0;
	t->used--;
	s->bytes -= sizeof x->name;
	if (t->n > SLOTS_MIN && 8 * t->used < t->n)
		(void) resize(s, t->n / 4 < SLOTS_MIN ? SLOTS_MIN : t->n / 4);
}

static struct lock_slot *
own_slot(const struct lock_slots *t, uint64_t name, const struct lock_owner *owner, enum lock_mode mode)
{
	struct lock_slot *x;

	if (t->used == 0)
		return NULL;
	for (size_t at = home(t, name); (x = next_of(t, name, &at)) != NULL; )
		if (owner_of(x) == owner && mode_of(x) == mode)
			return x;
	return NULL;
}

/* --- locking ---------------------------------------------------------------------------------------- */

enum lock_rows_answer
lock_rows_take(struct lock_shard *s, uint64_t name, struct lock_owner *owner, enum lock_mode mode,
               uint64_t limit)
{
	const struct lock_slots *t = &s->rows;
	struct lock_slot *x;
	bool blocked = false;
	int n = 0;

	for (size_t at = t->used == 0 ? 0 : home(t, name); t->used != 0 && (x = next_of(t, name, &at)) != NULL; n++) {
		if (owner_of(x) == owner && mode_of(x) == mode) {
			x->holder += (x->holder & COUNT_MASK) != COUNT_MASK;
			return LOCK_ROWS_HELD;
		}
		blocked |= owner_of(x)->actor != owner->actor && lock_modes_conflict(mode, mode_of(x));
	}
	if (blocked)
		return LOCK_ROWS_BLOCKED;
	if (n >= SHARERS_MAX)
		return LOCK_ROWS_CROWDED;
	return s->bytes < limit && add(s, (struct lock_slot) { name | (uint64_t) mode, (uintptr_t) owner | 1 })
	     ? LOCK_ROWS_TAKEN : LOCK_ROWS_FULL;
}

bool
lock_rows_give_back(struct lock_shard *s, uint64_t name, const struct lock_owner *owner, enum lock_mode mode,
                    bool all, bool *ret_gone)
{
	struct lock_slot *x = own_slot(&s->rows, name, owner, mode);

	*ret_gone = false;
	if (x == NULL)
		return false;
	if (all || (x->holder & COUNT_MASK) == 1) {
		take_out(s, x);
		*ret_gone = true;
	} else if ((x->holder & COUNT_MASK) != COUNT_MASK) {
		x->holder--;
	}
	return true;
}

bool
lock_rows_held(const struct lock_shard *s, uint64_t name, const struct lock_owner *owner, enum lock_mode mode)
{
	const struct lock_slots *t = &s->rows;
	struct lock_slot *x;

	if (t->used == 0)
		return false;
	for (size_t at = home(t, name); (x = next_of(t, name, &at)) != NULL; )
		if (owner_of(x) == owner && lock_mode_covers(mode_of(x), mode))
			return true;
	return false;
}

bool
lock_rows_promote(struct lock_shard *s, uint64_t name, struct lockable *l)
{
	struct lock_slots *t = &s->rows;
	struct grant *made[SHARERS_MAX];
	struct lock_slot *x;
	int n = 0;

	if (t->used == 0)
		return true;
	for (size_t at = home(t, name); (x = next_of(t, name, &at)) != NULL; n++) {
		uint32_t count = x->holder & COUNT_MASK;
		struct grant *g = malloc(sizeof *g);
		if (g == NULL) {
			while (n-- > 0)
				free(made[n]);
			return false;
		}
		*g = (struct grant) {
			.owner = owner_of(x), .mode = (uint8_t) mode_of(x),
			.count = count == COUNT_MASK ? UINT32_MAX / 2 : count,
		};
		made[n] = g;
	}
	for (int i = 0; i < n; i++) {
		lock_grant_link(l, made[i]);
		s->bytes += sizeof *made[i];
		take_out(s, own_slot(t, name, made[i]->owner, (enum lock_mode) made[i]->mode));
	}
	return true;
}

/* --- names ------------------------------------------------------------------------------------------- */

bool
lock_names_reserve(struct lock_names *list)
{
	struct lock_names_block *b = list->newest;

	if (LIKELY(b != NULL && b->n < b->cap))
		return true;
	size_t cap = b == NULL ? NAMES_FIRST : b->cap * 4;
	if (cap > NAMES_MAX)
		cap = NAMES_MAX;
	struct lock_names_block *to = malloc(sizeof *to + cap * sizeof *to->names);
	if (to == NULL)
		return false;
	to->older = b;
	to->n = 0;
	to->cap = cap;
	list->newest = to;
	return true;
}

void
lock_names_push(struct lock_names *list, uint64_t name)
{
	assert(list->newest->n < list->newest->cap);
	list->newest->names[list->newest->n++] = name;
	list->count++;
}

uint64_t
lock_names_pop(struct lock_names *list)
{
	while (list->newest->n == 0) {
		struct lock_names_block *b = list->newest;
		list->newest = b->older;
		free(b);
	}
	list->count--;
	return list->newest->names[--list->newest->n];
}

static uint64_t *
newest_name(const struct lock_names *list)
{
	const struct lock_names_block *b = list->newest;

	while (b != NULL && b->n == 0)
		b = b->older;
	return b == NULL ? NULL : (uint64_t *) &b->names[b->n - 1];
}

/* What lies below a mark keeps its place: the mark is a number of places. */
void
lock_names_strike(struct lock_names *list, uint64_t name)
{
	uint64_t *last = newest_name(list);
	struct lock_names_block *b = list->newest;

	if (last != NULL && *last != name) {
		/* Further back it stays: it will be found to be gone. */
		for (size_t i = b->n; i-- > 0 && b->n - i <= LOOK_BACK; )
			if (b->names[i] == name) {
				b->names[i] = 0;
				break;
			}
	} else if (last != NULL) {
		*last = 0;
	}
	while (list->count > list->marked && (last = newest_name(list)) != NULL && *last == 0)
		(void) lock_names_pop(list);
}

/* Looks at the newest `max`; true also when there are more. */
bool
lock_names_may_have(const struct lock_names *list, uint64_t name, size_t max)
{
	if (list->count > max)
		return true;
	for (const struct lock_names_block *b = list->newest; b != NULL; b = b->older)
		for (size_t i = 0; i < b->n; i++)
			if (b->names[i] == name)
				return true;
	return false;
}

void
lock_names_free(struct lock_names *list)
{
	for (struct lock_names_block *b = list->newest, *older; b != NULL; b = older) {
		older = b->older;
		free(b);
	}
	*list = (struct lock_names) { 0 };
}
