/* number.h - errors and helpers that the number files share.
 *
 * Private to core/func; no owner, any thread, each sets the error it is named after. */
#ifndef CORE_FUNC_NUMBER_H
#define CORE_FUNC_NUMBER_H

#include "core/base/err.h"

int fail_zero_division(struct err *e);  /* 22012 */
int fail_overflow(struct err *e);       /* 22003 value out of range: overflow */
int fail_underflow(struct err *e);

#endif
