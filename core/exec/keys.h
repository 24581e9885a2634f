/* keys.h - values as keys: hashing, equality and order of whole rows of key columns.
 *
 * Owner     the arena given.  Thread: one at a time.  Failure: none.
 * Cost      integer keys are hashed and compared inline; texts by their bytes; the others
 *           through their type's methods. */
#ifndef CORE_EXEC_KEYS_H
#define CORE_EXEC_KEYS_H

#include "core/type/type.h"

/* How values of a type are compared for equality. */
enum key_class { KEY_INT, KEY_FLOAT, KEY_BYTES, KEY_OTHER };

struct key_type {
	enum key_class class;
	const struct type *type;
};
struct key_type key_type(const struct type *t);

/* Is the order of these values that of the datum's word (integers, dates, floats)? */
bool key_word_order(const struct type *t);

uint64_t key_hash(const struct key_type *k, union datum d);
bool     key_equal_slow(const struct key_type *k, union datum a, union datum b);

static inline bool
key_equal(const struct key_type *k, union datum a, union datum b)
{
	return k->class == KEY_INT ? a.i == b.i : key_equal_slow(k, a, b);
}

/* Hash rows sel[0..n) (sel NULL: 0..n-1) of several columns into ret[row]; nulls hash alike. */
void keys_hash(const struct key_type *k, int nkeys, const struct vec *cols, const uint16_t *sel,
               int n, uint64_t *ret);

/* A set of values of one type, for IN lists. */
struct key_set;
struct key_set *key_set_new(struct arena *a, const struct type *t, int expect);
void key_set_add(struct key_set *s, union datum d);     /* at most `expect` values */
bool key_set_has(const struct key_set *s, union datum d);

#endif
