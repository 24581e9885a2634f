/* tz_icu.c - time zones from ICU's own data, for systems without zone files (package tzdata).
 *
 * Moments are the same; what ICU lacks is the abbreviations of many zones: they are shown as
 * offsets then. */
#include "config.h"
#include <math.h>
#include <stdio.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>

#include "core/type/datetime_impl.h"
#include "core/type/ops.h"
#include "core/type/tz_impl.h"

enum { TRANSITIONS_MAX = 1000, NAME_MAX_UNITS = 64 };

/* ICU's spelling of a zone's name; false: it knows none. */
static bool
spell(const char *name, UChar *units, char *canonical, size_t size)
{
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *all = ucal_openTimeZones(&status);
	const char *id;
	int32_t len;
	bool found = false;

	while (!found && U_SUCCESS(status) && (id = uenum_next(all, &len, &status)) != NULL) {
		if ((size_t) len >= size || len >= NAME_MAX_UNITS || !same_word(name, strlen(name), id))
			continue;
		memcpy(canonical, id, (size_t) len + 1);
		for (int32_t i = 0; i <= len; i++)
			units[i] = (UChar) (unsigned char) id[i];
		found = true;
	}
	uenum_close(all);
	return found;
}

/* EST, or +0530 where ICU has only "GMT+5:30". */
static void
set_abbrev(UCalendar *cal, struct tz_type *t)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar text[32];
	int32_t n = ucal_getTimeZoneDisplayName(cal, t->dst ? UCAL_SHORT_DST : UCAL_SHORT_STANDARD,
						"en_US", text, 32, &status);
	bool plain = U_SUCCESS(status) && n > 0 && n <= 5;

	for (int32_t i = 0; i < n && plain; i++) {
		plain = text[i] >= 'A' && text[i] <= 'Z';
		t->abbrev[i] = (char) text[i];
	}
	if (plain) {
		t->abbrev[n] = '\0';
		return;
	}
	int minutes = (t->gmtoff < 0 ? -t->gmtoff : t->gmtoff) / 60;
	char buf[16];
	snprintf(buf, sizeof buf, minutes % 60 != 0 ? "%c%02d%02d" : "%c%02d", t->gmtoff < 0 ? '-' : '+',
		 minutes / 60 % 100, minutes % 60);
	memcpy(t->abbrev, buf, sizeof t->abbrev - 1);
}

/* The type that holds at the calendar's moment: one met before, or a new one. */
static int
type_at(UCalendar *cal, struct timezone *tz)
{
	UErrorCode status = U_ZERO_ERROR;
	int std = ucal_get(cal, UCAL_ZONE_OFFSET, &status) / 1000;
	int dst = ucal_get(cal, UCAL_DST_OFFSET, &status) / 1000;
	struct tz_type t = { .gmtoff = std + dst, .dst = dst != 0 };

	for (int i = 0; i < tz->ntypes; i++)
		if (tz->types[i].gmtoff == t.gmtoff && tz->types[i].dst == t.dst)
			return i;
	if (tz->ntypes == 255)
		return 0;
	set_abbrev(cal, &t);
	tz->types[tz->ntypes] = t;
	return tz->ntypes++;
}

struct timezone *
tz_load_icu(struct arena *a, const char *name)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar units[NAME_MAX_UNITS];
	char canonical[NAME_MAX_UNITS];
	UDate at = -4e12, end = 4.1e12;         /* 1843 to 2099, in milliseconds since 1970 */

	if (!spell(name, units, canonical, sizeof canonical))
		return NULL;
	UCalendar *cal = ucal_open(units, -1, "en_US", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return NULL;
	struct timezone *tz = ARENA_NEW(a, struct timezone);
	tz->name = arena_strdup(a, canonical);
	tz->trans = arena_alloc(a, TRANSITIONS_MAX * sizeof *tz->trans);
	tz->trans_type = arena_alloc(a, TRANSITIONS_MAX);
	tz->types = arena_zalloc(a, 256 * sizeof *tz->types);
	ucal_setMillis(cal, at, &status);
	(void) type_at(cal, tz);
	while (tz->ntrans < TRANSITIONS_MAX &&
	       ucal_getTimeZoneTransitionDate(cal, UCAL_TZ_TRANSITION_NEXT, &at, &status) &&
	       U_SUCCESS(status) && at < end) {
		ucal_setMillis(cal, at, &status);
		tz->trans[tz->ntrans] = (int64_t) floor(at / 1000);
		tz->trans_type[tz->ntrans++] = (uint8_t) type_at(cal, tz);
	}
	ucal_close(cal);
	return tz;
}

void
tz_list_icu(void (*add)(const char *name))
{
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *all = ucal_openTimeZones(&status);
	const char *id;

	while (U_SUCCESS(status) && (id = uenum_next(all, NULL, &status)) != NULL)
		add(id);
	uenum_close(all);
}
