/* regex_divide.h - which part of a match belongs to which group.
 *
 * Private to the regex files.  Owner: work on the scratch arena given.  Thread: the calling one.
 * Failure   what the DFA matcher fails with. */
#ifndef CORE_FUNC_REGEX_DIVIDE_H
#define CORE_FUNC_REGEX_DIVIDE_H

#include "core/func/regex.h"

/* Every end of a match of that part that begins at `from`, longest first. */
int regex_ends(struct regex *r, const struct rx_node *n, const char *s, size_t len, size_t from,
               struct arena *a, const size_t **ret, int *ret_n, struct err *e) MUST_CHECK;

/* The match that begins at `start`: its extent by the preference of the whole pattern, its
 * groups from left to right by the preference of each part. */
int regex_divide(struct regex *r, const struct rx_tree *t, const char *s, size_t len, size_t start,
                 struct regex_span *spans, int nspans, struct arena *scratch, struct err *e) MUST_CHECK;

/* True when reading one character always tells which part of the pattern it belongs to, and all
 * quantifiers are greedy: then the backtracking matcher finds what dividing would. */
bool regex_is_decided(struct arena *a, const struct rx_node *root);

#endif
