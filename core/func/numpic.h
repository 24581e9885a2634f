/* numpic.h - number templates: what one asks for, and the digits put into it or read by it.
 *
 * Private to the files of to_char and to_number for numbers.
 * Owner     text goes to the caller's strbuf.  Thread: any.
 * Failure   42601 templates that contradict themselves, 0A000 key words that only write,
 *           22P02 an ordinal of NaN. */
#ifndef CORE_FUNC_NUMPIC_H
#define CORE_FUNC_NUMPIC_H

#include "core/base/err.h"
#include "core/base/strbuf.h"
#include "core/func/picture.h"

enum numpic_sign { SIGN_NONE, SIGN_BEFORE, SIGN_AFTER };

struct numpic {
	const struct picture_node *nodes;
	int  pre, post;                 /* digit places before and behind the point */
	int  multi;                     /* V: powers of ten */
	int  zero_start, zero_end;      /* places of the first and last 0, from 1; 0: none */
	enum numpic_sign anchored;      /* S */
	int  anchor_at;                 /* digit places before it */
	bool point, zero, blank, fill, minus, plus, bracket, roman, has_v, exponent;
};

int  numpic_parse(struct arena *a, const char *s, size_t len, struct numpic *ret, struct err *e) MUST_CHECK;

/* The number as digits with a point, no sign; `spaces` places before it stay empty. */
struct numpic_value { const char *digits; int spaces; char sign; };

int  numpic_write(const struct numpic *p, struct numpic_value v, struct arena *a, struct strbuf *to, struct err *e) MUST_CHECK;
/* What to_number makes of a text: sign and digits for numeric's input; *ret_post: digits read
 * behind the point. */
int  numpic_read(const struct numpic *p, const char *s, size_t len, struct strbuf *to, int *ret_post, struct err *e) MUST_CHECK;

#endif
