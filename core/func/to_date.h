/* to_date.h - between reading a date by a template and making a moment of what was read.
 *
 * Private to core/func.  Owner: the caller's structs.  Thread: any.
 * Failure: 22007, 22008 with PostgreSQL's texts. */
#ifndef CORE_FUNC_TO_DATE_H
#define CORE_FUNC_TO_DATE_H

#include "core/base/err.h"
#include "core/func/picture.h"
#include "core/type/type.h"

/* What was read; 0 is "not said", as nothing has that value but where it means the same. */
struct template_fields {
	int hh, pm, mi, ss, ssss, d, dd, ddd, mm, ms, year, bc, ww, w, cc, j, us;
	int yysz;                       /* digits of the year's key word */
	bool clock_12;
	int tzsign, tzh, tzm;
	int ff;                         /* digits of FFn */
	char mode;                      /* 'g' gregorian, 'i' ISO weeks */
};

/* text ends in NUL.  standard: as SQL's templates are; separators must match, nothing may be
 * left over. */
int  template_read(const char *text, const struct picture_node *first, bool standard,
                   struct template_fields *ret, struct err *e);

/* A date or time of whatever type the template's fields make (standard mode); template NULL: the
 * forms of SQL/JSON. */
int  datetime_by_template(struct arena *a, const char *text, const char *template, size_t len,
                          oid_t *ret_type, int64_t *ret, int *ret_zone, struct err *e);

#endif
