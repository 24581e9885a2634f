/* datetime_decode.h - from fields to a moment; between datetime_decode.c and datetime_in.c.
 *
 * Owner     the caller's struct.  Thread: any.  Failure: DT_* codes.  Cost: one pass. */
#ifndef CORE_TYPE_DATETIME_DECODE_H
#define CORE_TYPE_DATETIME_DECODE_H

#include "core/type/datetime_lex.h"

struct dt_moment {
	struct civil c;
	enum dt_value special;          /* DTV_NONE, or EPOCH, EARLY, LATE: c means nothing */
	int  zone;                      /* seconds west of UTC */
};

/* Date and time; a time without a date is DT_BAD_FORMAT. */
int dt_decode(struct dt_fields *f, const struct fmt_settings *fmt, struct dt_moment *ret,
	      struct err *e);
/* Time of day, for time and timetz. */
int dt_decode_time(struct dt_fields *f, const struct fmt_settings *fmt, struct dt_moment *ret,
		   struct err *e);

#endif
