/* datetime_lex.h - date and time text as fields, and the meaning of its words.
 *
 * Owner     the fields' texts lie in the lexer's own buffer.  Thread: any.
 * Failure   DT_* codes, turned into errors by dt_error() with the type's name and the text.
 * Cost      one pass; words by binary search. */
#ifndef CORE_TYPE_DATETIME_LEX_H
#define CORE_TYPE_DATETIME_LEX_H

#include "core/type/datetime_impl.h"

enum { DT_FIELDS_MAX = 25, DT_TEXT_MAX = 256, DT_WORD_LEN = 10 };

enum dt_result {
	DT_OK = 0,
	DT_BAD_FORMAT = -1,
	DT_OVERFLOW = -2,
	DT_MD_OVERFLOW = -3,
	DT_INTERVAL_OVERFLOW = -4,
	DT_TZ_OVERFLOW = -5,
	DT_REPORTED = -6 /* the error has been set */
};

enum dt_kind { DTK_DATE, DTK_TIME, DTK_NUMBER, DTK_STRING, DTK_ZONE, DTK_SPECIAL };

struct dt_fields {
	int  n;
	enum dt_kind kind[DT_FIELDS_MAX];
	char *text[DT_FIELDS_MAX];      /* lower case, NUL-terminated */
	char buf[DT_TEXT_MAX + DT_FIELDS_MAX];
};

enum dt_word_kind { DTW_UNKNOWN, DTW_RESERVED, DTW_ERA, DTW_AMPM, DTW_MONTH, DTW_IGNORE, DTW_UNIT,
                    DTW_DSTMOD, DTW_WEEKDAY, DTW_ISOTIME };
enum dt_value {
	DTV_NONE,
	DTV_EARLY,
	DTV_LATE,
	DTV_EPOCH,
	DTV_NOW,
	DTV_TODAY,
	DTV_TOMORROW,
	DTV_YESTERDAY,
	DTV_ZULU
};
enum dt_unit { DTU_NONE, DTU_YEAR, DTU_MONTH, DTU_DAY, DTU_HOUR, DTU_MINUTE, DTU_SECOND, DTU_JULIAN,
               DTU_TIME, DTU_DOW, DTU_DOY, DTU_ISODOW, DTU_ISOYEAR, DTU_EPOCH, DTU_RESERVED,
               DTU_MICROSECOND, DTU_MILLISECOND, DTU_WEEK, DTU_QUARTER, DTU_DECADE,
               DTU_CENTURY, DTU_MILLENNIUM, DTU_TZ, DTU_TZ_HOUR, DTU_TZ_MINUTE, DTU_AGO };

int  dt_split(const char *s, size_t len, size_t max, struct dt_fields *ret);
enum dt_word_kind dt_word(const char *s, int *ret_value);
enum dt_unit interval_word(const char *s);              /* DTU_NONE: not one */
/* The unit that extract (and date_trunc, which knows fewer) names, in any case; *ret_name (64 bytes) is it in lower
 * case, for messages.  DTU_NONE: not known. */
enum dt_unit dt_field(const char *s, size_t len, char *ret_name);
enum dt_unit dt_trunc_unit(const char *s, size_t len, char *ret_name);
int  dt_error(int result, const char *type, const char *s, size_t len, struct err *e);

/* strtol() for int: false when it does not fit. */
bool dt_int(const char *s, const char **end, int *ret);
/* ".123" to microseconds or a fraction; the text must end there. */
int  dt_fraction(const char *s, double *ret);
int  dt_microseconds(const char *s, int *ret);
/* +hh[:mm[:ss]], -hhmm: seconds west of UTC (datetime_decode.c) */
int  dt_offset(const char *s, size_t len, int *ret_west);
/* hh:mm[:ss[.f]], mm:ss.f; hours are the caller's to check. */
struct dt_clock { int64_t hour; int min, sec, usec; };
int  dt_clock(const char *s, int range, struct dt_clock *ret);

#endif
