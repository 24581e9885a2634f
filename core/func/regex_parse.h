/* regex_parse.h - what the two halves of the regular expression parser share.
 *
 * Private to regex_tree.c and regex_class.c.  Owner: nodes on x->arena.  Thread: one.
 * Failure   NULL or a code, with *x->e set. */
#ifndef CORE_FUNC_REGEX_PARSE_H
#define CORE_FUNC_REGEX_PARSE_H

#include <stdint.h>

#include "core/func/regex_tree.h"

struct rx_parser {
	const char *p, *end;
	struct arena *arena;
	struct rx_tree *tree;
	struct err *e;
	int look;                       /* inside so many lookarounds */
	int closed;                     /* capturing groups closed so far */
	int depth;
};

int  rx_fail(struct rx_parser *x, const char *what);
struct rx_node *rx_node(struct rx_parser *x, enum rx_kind kind, const char *text);
struct rx_node *rx_parse_bracket(struct rx_parser *x);
struct rx_node *rx_parse_escape(struct rx_parser *x);
/* One character as PCRE2 reads it. */
const char *rx_char_text(struct arena *a, uint32_t c);

#endif
