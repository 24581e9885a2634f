/* timezone.c - time zones: the system's zone files, offsets at a moment, offsets of a local time.
 *
 * The files (RFC 8536) are read here and not through ICU, because PostgreSQL shows their
 * abbreviations (CET, EDT) and their years before standard time, and ICU gives neither.
 *
 * Not here: rules as text (tz_posix.c), names and abbreviations (tz_names.c). */
#include "config.h"
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/type/datetime_impl.h"
#include "core/type/ops.h"
#include "core/type/tz_impl.h"

enum { FILE_MAX = 1 << 20, EXTEND_TO_YEAR = 2100 };

struct timezone tz_utc_zone = {
	.name = (char *) "UTC", .ntypes = 1,
	.types = &(struct tz_type) { .abbrev = "UTC" },
};
const struct timezone *const tz_utc = &tz_utc_zone;

/* Zones met so far, under the name asked for in lower case; an entry is never removed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map zones;
static struct arena zone_arena;

/* ---- Reading a file */

struct tz_file {
	const unsigned char *p, *end;
	uint32_t isut, isstd, leap, ntime, ntype, nchar;
};

static bool
read_header(struct tz_file *f)
{
	if (f->end - f->p < 44 || memcmp(f->p, "TZif", 4) != 0)
		return false;
	f->isut = get_be32(f->p + 20);
	f->isstd = get_be32(f->p + 24);
	f->leap = get_be32(f->p + 28);
	f->ntime = get_be32(f->p + 32);
	f->ntype = get_be32(f->p + 36);
	f->nchar = get_be32(f->p + 40);
	f->p += 44;
	return f->ntime < 10000 && f->ntype > 0 && f->ntype < 256 && f->nchar < 10000 &&
	       f->leap < 10000 && f->isut < 256 && f->isstd < 256;
}

static size_t
body_size(const struct tz_file *f, size_t word)
{
	return f->ntime * (word + 1) + f->ntype * 6 + f->nchar + f->leap * (word + 4) + f->isstd +
	       f->isut;
}

/* The years that the rule covers are written out for some decades, so that the moments people
 * ask for are found by binary search. */
static void
extend_by_rule(struct timezone *tz, int64_t *trans, uint8_t *types)
{
	int first = 1970;

	if (!tz->rule.has_dst || tz->ntypes > 250)
		return;
	if (tz->ntrans > 0) {
		int y, m, d;
		days_to_civil(trans[tz->ntrans - 1] / 86400 - UNIX_EPOCH_DAYS, &y, &m, &d);
		first = y;
	}
	int std = tz->ntypes++, dst = tz->ntypes++;
	tz->types[std] = tz->rule.std;
	tz->types[dst] = tz->rule.dst;
	for (int year = first; year <= EXTEND_TO_YEAR; year++) {
		int64_t at[2];
		const struct tz_type *to[2];
		tz_rule_changes(&tz->rule, year, at, to);
		for (int i = 0; i < 2; i++)
			if (tz->ntrans == 0 || at[i] > trans[tz->ntrans - 1]) {
				trans[tz->ntrans] = at[i];
				types[tz->ntrans++] = (uint8_t) (to[i]->dst ? dst : std);
			}
	}
}

static bool
parse_file(const unsigned char *bytes, size_t len, struct timezone *tz)
{
	struct tz_file f = { .p = bytes, .end = bytes + len };

	if (!read_header(&f) || bytes[4] < '2')
		return false;
	if ((size_t) (f.end - f.p) < body_size(&f, 4))
		return false;
	f.p += body_size(&f, 4);
	if (!read_header(&f) || (size_t) (f.end - f.p) < body_size(&f, 8))
		return false;
	const unsigned char *times = f.p, *idx = times + 8 * f.ntime, *ty = idx + f.ntime;
	const unsigned char *chars = ty + 6 * f.ntype, *footer = f.p + body_size(&f, 8);
	size_t room = f.ntime + 2 * (EXTEND_TO_YEAR - 1970 + 2);
	tz->trans = arena_alloc(&zone_arena, room * sizeof *tz->trans);
	tz->trans_type = arena_alloc(&zone_arena, room);
	tz->types = arena_zalloc(&zone_arena, (f.ntype + 2) * sizeof *tz->types);
	tz->ntypes = (int) f.ntype;
	for (uint32_t i = 0; i < f.ntype; i++) {
		tz->types[i].gmtoff = (int32_t) get_be32(ty + 6 * i);
		tz->types[i].dst = ty[6 * i + 4] != 0;
		for (size_t k = 0, at = ty[6 * i + 5]; k < sizeof tz->types[i].abbrev - 1 &&
		     at + k < f.nchar && chars[at + k] != 0; k++)
			tz->types[i].abbrev[k] = (char) chars[at + k];
	}
	for (uint32_t i = 0; i < f.ntime; i++) {
		if (idx[i] >= f.ntype)
			return false;
		int64_t at = (int64_t) get_be64(times + 8 * i);
		if (at < -(INT64_C(1) << 58))
			continue;               /* the big bang */
		tz->trans[tz->ntrans] = at;
		tz->trans_type[tz->ntrans++] = idx[i];
	}
	if (footer < f.end && *footer == '\n') {
		char rule[128];
		size_t n = 0;
		for (footer++; footer < f.end && *footer != '\n' && n < sizeof rule - 1; footer++)
			rule[n++] = (char) *footer;
		rule[n] = '\0';
		if (n > 0 && tz_rule_parse(rule, &tz->rule))
			extend_by_rule(tz, tz->trans, tz->trans_type);
	}
	return true;
}

unsigned char *
tz_read_file(const char *path, size_t *ret_len)
{
	FILE *fp = fopen(path, "rbe");

	if (fp == NULL)
		return NULL;
	struct stat st;
	const bool fits = fstat(fileno(fp), &st) == 0 && st.st_size > 0 && st.st_size <= FILE_MAX;
	const size_t size = fits ? (size_t) st.st_size : 0;
	unsigned char *bytes = malloc(size + 1);
	size_t n = bytes != NULL ? fread(bytes, 1, size, fp) : 0;
	(void) fclose(fp);
	if (n < 44 || memcmp(bytes, "TZif", 4) != 0) {
		free(bytes);
		return NULL;
	}
	*ret_len = n;
	return bytes;
}

/* ---- Finding */

static struct timezone *
from_rule(const char *name)
{
	struct tz_rule r;

	if (!tz_rule_parse(name, &r))
		return NULL;
	struct timezone *tz = ARENA_NEW(&zone_arena, struct timezone);
	size_t room = 2 * (EXTEND_TO_YEAR - 1970 + 2);
	tz->name = arena_strdup(&zone_arena, name);
	tz->types = arena_zalloc(&zone_arena, 3 * sizeof *tz->types);
	tz->types[0] = r.std;
	tz->ntypes = 1;
	tz->trans = arena_alloc(&zone_arena, room * sizeof *tz->trans);
	tz->trans_type = arena_alloc(&zone_arena, room);
	tz->rule = r;
	return tz;
}

static struct timezone *
load(const char *name)
{
	char path[512], canonical[128];
	size_t len;

	if (same_word(name, strlen(name), "UTC"))
		return &tz_utc_zone;
	if (tz_find_file(name, path, sizeof path, canonical, sizeof canonical)) {
		unsigned char *bytes = tz_read_file(path, &len);
		if (bytes != NULL) {
			struct timezone *tz = ARENA_NEW(&zone_arena, struct timezone);
			tz->name = arena_strdup(&zone_arena, canonical);
			bool good = parse_file(bytes, len, tz);
			free(bytes);
			if (good)
				return tz;
		}
	}
	if (!tz_have_files()) {
		struct timezone *tz = tz_load_icu(&zone_arena, name);
		if (tz != NULL)
			return tz;
	}
	char upper[128];
	size_t i;
	for (i = 0; name[i] != '\0' && i < sizeof upper - 1; i++)
		upper[i] = name[i] >= 'a' && name[i] <= 'z' ? (char) (name[i] - 32) : name[i];
	upper[i] = '\0';
	return from_rule(upper);
}

const struct timezone *
tz_find(const char *s, size_t len)
{
	char key[128], name[128];

	if (len == 0 || len >= sizeof key)
		return NULL;
	memcpy(name, s, len);
	name[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		key[i] = ascii_lower(s[i]);
		if ((unsigned char) s[i] <= ' ')
			return NULL;
	}
	key[len] = '\0';
	pthread_mutex_lock(&lock);
	struct timezone *tz = map_get(&zones, key, len);
	if (tz == NULL) {
		tz = load(name);
		if (tz != NULL)
			map_put(&zones, arena_strdup(&zone_arena, key), len, tz);
	}
	pthread_mutex_unlock(&lock);
	return tz;
}

const struct timezone *
tz_fixed(int gmtoff)
{
	char name[64], off[32];
	int abs = gmtoff < 0 ? -gmtoff : gmtoff;

	int n = snprintf(off, sizeof off, "%02d", abs / 3600);
	if (abs % 3600 != 0)
		n += snprintf(off + n, sizeof off - (size_t) n, ":%02d", abs / 60 % 60);
	if (abs % 60 != 0)
		(void) snprintf(off + n, sizeof off - (size_t) n, ":%02d", abs % 60);
	n = snprintf(name, sizeof name, gmtoff < 0 ? "<-%s>+%s" : "<+%s>-%s", off, off);
	return tz_find(name, (size_t) n);
}

const char *
tz_name(const struct timezone *tz)
{
	return tz->name;
}

/* ---- Offsets */

/* Index of the last change at or before t; -1: none. */
static int
last_change(const struct timezone *tz, int64_t t)
{
	int lo = 0, hi = tz->ntrans;

	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (tz->trans[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

static bool
rule_segment(const struct timezone *tz, int64_t t, const struct tz_type **ret_now,
             int64_t *ret_until, const struct tz_type **ret_then)
{
	int year, mon, day;
	int64_t days = t / 86400 - (t % 86400 < 0);

	days_to_civil(days - UNIX_EPOCH_DAYS, &year, &mon, &day);
	*ret_now = &tz->rule.std;
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t at[2];
		const struct tz_type *to[2];
		tz_rule_changes(&tz->rule, y, at, to);
		for (int i = 0; i < 2; i++) {
			if (at[i] > t) {
				*ret_until = at[i];
				*ret_then = to[i];
				return true;
			}
			*ret_now = to[i];
		}
	}
	return false;
}

bool
tz_segment(const struct timezone *tz, int64_t t, const struct tz_type **ret_now, int64_t *ret_until,
           const struct tz_type **ret_then)
{
	int i = last_change(tz, t);

	if (i == tz->ntrans - 1 && tz->rule.has_dst)
		return rule_segment(tz, t, ret_now, ret_until, ret_then);
	*ret_now = i < 0 ? &tz->types[0] : &tz->types[tz->trans_type[i]];
	if (i + 1 >= tz->ntrans)
		return false;
	*ret_until = tz->trans[i + 1];
	*ret_then = &tz->types[tz->trans_type[i + 1]];
	return true;
}

static int64_t
unix_seconds(int64_t t)
{
	int64_t s = t / USEC_PER_SEC - (t % USEC_PER_SEC < 0);

	return s + (int64_t) UNIX_EPOCH_DAYS * 86400;
}

int
tz_offset(const struct timezone *tz, int64_t t, bool *ret_dst, const char **ret_abbrev)
{
	const struct tz_type *now = &tz->types[0], *then;
	int64_t until;

	if (tz->ntrans != 0 || tz->rule.has_dst)
		(void) tz_segment(tz, unix_seconds(t), &now, &until, &then);
	if (ret_dst != NULL)
		*ret_dst = now->dst;
	if (ret_abbrev != NULL)
		*ret_abbrev = now->abbrev;
	return now->gmtoff;
}

/* In a gap the offset before the change is meant, in an overlap the one after it. */
int
tz_local_offset(const struct timezone *tz, int64_t local)
{
	const struct tz_type *before, *after;
	int64_t t = unix_seconds(local), boundary;

	if (tz->ntrans == 0 && !tz->rule.has_dst)
		return tz->types[0].gmtoff;
	if (!tz_segment(tz, t - 86400, &before, &boundary, &after))
		return before->gmtoff;
	int64_t as_before = t - before->gmtoff, as_after = t - after->gmtoff;
	if (as_before < boundary && as_after < boundary)
		return before->gmtoff;
	if (as_before > boundary && as_after >= boundary)
		return after->gmtoff;
	return as_before > as_after ? before->gmtoff : after->gmtoff;
}

/* The use of an abbreviation that is nearest before t, or else the first after it. */
bool
tz_abbrev_offset(const struct timezone *tz, const char *abbrev, int64_t t, int *ret_gmtoff,
		 bool *ret_dst)
{
	const struct tz_type *found = NULL;
	int at = last_change(tz, unix_seconds(t));

	for (int i = at; i >= -1 && found == NULL; i--) {
		const struct tz_type *y = i < 0 ? &tz->types[0] : &tz->types[tz->trans_type[i]];
		if (same_word(abbrev, strlen(abbrev), y->abbrev))
			found = y;
	}
	for (int i = at + 1; i < tz->ntrans && found == NULL; i++)
		if (same_word(abbrev, strlen(abbrev), tz->types[tz->trans_type[i]].abbrev))
			found = &tz->types[tz->trans_type[i]];
	if (found == NULL)
		return false;
	*ret_gmtoff = found->gmtoff;
	*ret_dst = found->dst;
	return true;
}
