/* ranges.h - what the two files of ranges share.
 *
 * Private to core/func; no owner, any thread, no failure.  t is the range type. */
#ifndef CORE_FUNC_RANGES_H
#define CORE_FUNC_RANGES_H

#include "core/func/impl.h"
#include "core/type/range.h"

bool range_before(const struct type *t, const struct range *x, const struct range *y);   /* << */
bool range_overleft(const struct type *t, const struct range *x, const struct range *y); /* &< */
bool range_overright(const struct type *t, const struct range *x, const struct range *y); /* &> */

#endif
