/* regex_tree.h - PostgreSQL's regular expressions as trees, and written down for PCRE2.
 *
 * Owner     nodes live on the arena given.  Thread: any.
 * Failure   2201B `invalid regular expression: ...` in PostgreSQL's words.
 * Source    the manual, 9.7.3: syntax, escapes, options and matching rules of "advanced"
 *           regular expressions. */
#ifndef CORE_FUNC_REGEX_TREE_H
#define CORE_FUNC_REGEX_TREE_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"

enum regex_flag {
	REGEX_ICASE = 1,
	REGEX_NL_STOP = 2,              /* . and [^x] do not match a newline */
	REGEX_NL_ANCHOR = 4,            /* ^ and $ match at lines */
	REGEX_EXPANDED = 8,             /* blanks and comments in the pattern mean nothing */
	REGEX_LITERAL = 16,
};

enum rx_kind {
	RX_EMPTY,
	RX_CHAR,                        /* one character: `text` is its class for PCRE2 */
	RX_ASSERT,                      /* no characters: `text` */
	RX_BACKREF,                     /* `number` */
	RX_LOOK,                        /* left: the condition; `text` opens it */
	RX_GROUP,                       /* left; `number` */
	RX_CONCAT, RX_ALT,              /* left, right */
	RX_REPEAT,                      /* left, min..max times; right: see divide_repeat() */
};

struct rx_node {
	enum rx_kind kind;
	struct rx_node *left, *right;
	const char *text;
	int  number;
	int  min, max;                  /* max -1: no limit */
	bool lazy;
	bool exact;                     /* {m}: leaves preference to what it repeats */
	char prefers;                   /* 'l' long, 's' short, 0 neither */
	bool captures;                  /* a group is inside */
	bool choice;                    /* its extent can vary */
	int  id;                        /* dense, from 0 */
};

struct rx_tree {
	struct rx_node *root;
	int  nnodes, ngroups;
	bool backrefs;
	int  flags;                     /* after options inside the pattern */
};

int  rx_parse(struct arena *a, const char *pattern, size_t len, int flags, struct rx_tree *ret, struct err *e) MUST_CHECK;
/* A single-letter option changes *flags; false: unknown. */
bool rx_option(char ch, int *flags);
/* As a PCRE2 pattern (UTF, UCP, DOTALL); without groups for the DFA matcher. */
void rx_write(const struct rx_node *n, bool groups, struct strbuf *to);

#endif
