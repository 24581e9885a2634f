/* regex.h - matching PostgreSQL's regular expressions.
 *
 * PCRE2's backtracking matcher says whether and where a match begins; it would take the first
 * alternative that works, though, where PostgreSQL takes the longest (or, after a lazy
 * quantifier, the shortest) match and divides it among the groups from left to right.  So the
 * extent comes from PCRE2's DFA matcher, which reports every possible end, and the groups are
 * found by dividing the match over the tree of the pattern, asking the DFA about each part.
 * Patterns in which nothing can vary, and those with back references, take the short way.
 *
 * Owner     regex_get() lends a compiled pattern of a small cache of the thread; it is good
 *           until the thread has asked for 32 other ones.
 * Thread    the calling one.
 * Failure   2201B for a wrong pattern, or one that needs more than the limits on steps.
 * Cost      a hash and a comparison of the pattern per call; compilation on a miss. */
#ifndef CORE_FUNC_REGEX_H
#define CORE_FUNC_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/func/regex_tree.h"

struct regex;

/* Byte offsets; start -1: the group took no part. */
struct regex_span { long start, end; };

int  regex_get(const char *pattern, size_t len, int flags, struct regex **ret, struct err *e) MUST_CHECK;
int  regex_groups(const struct regex *r);

/* Is there a match at or behind `from`? */
int  regex_test(struct regex *r, const char *s, size_t len, size_t from, bool *ret, struct err *e) MUST_CHECK;
/* The first one: spans[0] is all of it, spans[i] group i; nspans of them are wanted. */
int  regex_find(struct regex *r, const char *s, size_t len, size_t from, struct regex_span *spans,
                int nspans, bool *ret, struct err *e) MUST_CHECK;

#endif
