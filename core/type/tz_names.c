/* tz_names.c - the names of time zones: files of the system, abbreviations, what SET TimeZone and
 * AT TIME ZONE take.
 *
 * Not here: what a zone says (timezone.c). */
#include "config.h"
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/type/datetime_impl.h"
#include "core/type/ops.h"
#include "core/type/tz_impl.h"

static const char *
zone_dir(void)
{
	const char *dir = getenv("TZDIR");

	return dir != NULL ? dir : "/usr/share/zoneinfo";
}

bool
tz_have_files(void)
{
	struct stat st;

	return stat(zone_dir(), &st) == 0 && S_ISDIR(st.st_mode);
}

/* Finds a name in a directory without regard to case; as it is spelled, without reading the directory. */
static bool
find_entry(const char *dir, const char *name, size_t len, char *found, size_t size)
{
	char path[1024];
	struct stat st;
	bool hit = false;

	if (len < size && snprintf(path, sizeof path, "%s/%.*s", dir, (int) len, name) < (int) sizeof path &&
	    stat(path, &st) == 0) {
		memcpy(found, name, len);
		found[len] = '\0';
		return true;
	}
	DIR *d = opendir(dir);
	if (d == NULL)
		return false;
	for (struct dirent *de; !hit && (de = readdir(d)) != NULL; )
		if (de->d_name[0] != '.' && strlen(de->d_name) == len && len < size &&
		    same_word(name, len, de->d_name)) {
			memcpy(found, de->d_name, len + 1);
			hit = true;
		}
	(void) closedir(d);
	return hit;
}

bool
tz_find_file(const char *name, char *path, size_t path_size, char *canonical, size_t canonical_size)
{
	struct stat st;
	int n = snprintf(path, path_size, "%s", zone_dir());
	size_t root = (size_t) n, at = root;

	if (n < 0 || root >= path_size || strchr(name, '<') != NULL)
		return false;
	for (const char *p = name; *p != '\0'; ) {
		size_t len = strcspn(p, "/");
		char part[64];
		if (len == 0 || p[0] == '.' || at + len + 2 > path_size ||
		    !find_entry(path, p, len, part, sizeof part))
			return false;
		path[at++] = '/';
		memcpy(path + at, part, len + 1);
		at += len;
		p += len;
		if (*p == '/')
			p++;
	}
	if (at == root || stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    at - root > canonical_size)
		return false;
	memcpy(canonical, path + root + 1, at - root);
	return true;
}

/* ---- Every zone of the system */

static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static char **names;
static int nnames, cap_names;
static bool listed;             /* names are complete and stay as they are */

static void
add_name(const char *name)
{
	if (nnames == cap_names) {
		int cap = cap_names == 0 ? 1024 : cap_names * 2;
		char **more = realloc(names, (size_t) cap * sizeof *more);
		if (more == NULL)
			return;
		names = more;
		cap_names = cap;
	}
	char *copy = strdup(name);
	if (copy != NULL)
		names[nnames++] = copy;
}

struct walk {
	bool (*stop)(void *arg);
	void *arg;
	bool stopped;
};

static void walk_dir(struct walk *w, const char *dir, const char *prefix, int depth);

static void
walk_entry(struct walk *w, const char *dir, const char *prefix, const char *entry, int depth)
{
	char path[1024], name[512];
	struct stat st;
	size_t len;

	if (entry[0] == '.' ||
	    snprintf(path, sizeof path, "%s/%s", dir, entry) >= (int) sizeof path ||
	    snprintf(name, sizeof name, "%s%s", prefix, entry) >= (int) sizeof name ||
	    stat(path, &st) != 0)
		return;
	if (S_ISDIR(st.st_mode) && depth < 4) {
		size_t n = strlen(name);
		if (n + 1 < sizeof name) {
			name[n] = '/';
			name[n + 1] = '\0';
			walk_dir(w, path, name, depth + 1);
		}
	} else if (S_ISREG(st.st_mode)) {
		unsigned char *bytes = tz_read_file(path, &len);
		if (bytes != NULL)
			add_name(name);
		free(bytes);
	}
}

static void
walk_dir(struct walk *w, const char *dir, const char *prefix, int depth)
{
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	for (struct dirent *de; !w->stopped && (de = readdir(d)) != NULL; ) {
		w->stopped = w->stop != NULL && w->stop(w->arg);
		if (!w->stopped)
			walk_entry(w, dir, prefix, de->d_name, depth);
	}
	(void) closedir(d);
}

static int
name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
list_names(struct walk *w)
{
	if (tz_have_files())
		walk_dir(w, zone_dir(), "", 0);
	else
		tz_list_icu(add_name);
	w->stopped = w->stopped || (w->stop != NULL && w->stop(w->arg));
	if (w->stopped) {
		while (nnames > 0)
			free(names[--nnames]);
		return;
	}
	if (nnames > 0)
		qsort(names, (size_t) nnames, sizeof *names, name_order);
	listed = true;
}

int
tz_count(bool (*stop)(void *arg), void *arg)
{
	struct walk w = { .stop = stop, .arg = arg };

	pthread_mutex_lock(&names_lock);
	if (!listed)
		list_names(&w);
	int n = w.stopped ? -1 : nnames;
	pthread_mutex_unlock(&names_lock);
	return n;
}

const char *
tz_name_at(int i)
{
	return i >= 0 && i < tz_count(NULL, NULL) ? names[i] : NULL;
}

/* ---- Abbreviations */

static const struct tz_abbrev abbrevs[] = {
#define TZ_ABBREV(name, gmtoff, dst, zone) { name, gmtoff, dst, zone },
#include "core/type/tz_abbrevs.def"
#undef TZ_ABBREV
};

int
tz_abbrev_count(void)
{
	return (int) ARRAY_LEN(abbrevs);
}

const struct tz_abbrev *
tz_abbrev_at(int i)
{
	return i >= 0 && i < tz_abbrev_count() ? &abbrevs[i] : NULL;
}

const struct tz_abbrev *
tz_abbrev_find(const char *s, size_t len)
{
	size_t lo = 0, hi = ARRAY_LEN(abbrevs);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const char *name = abbrevs[mid].abbrev;
		int c = 0;
		for (size_t i = 0; c == 0; i++) {
			int x = i < len ? ascii_lower(s[i]) : 0, y = ascii_lower(name[i]);
			if (x == 0 && y == 0)
				return &abbrevs[mid];
			c = x - y;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

int
tz_parse_offset(const char *name, size_t len, int64_t t, bool t_is_local, int *ret_gmtoff,
		struct err *e)
{
	const struct tz_abbrev *a = tz_abbrev_find(name, len);
	bool dst;

	if (a != NULL && a->zone == NULL) {
		*ret_gmtoff = a->gmtoff;
		return ERR_OK;
	}
	const struct timezone *tz =
		a != NULL ? tz_find(a->zone, strlen(a->zone)) : tz_find(name, len);
	if (tz == NULL)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "time zone \"%.*s\" not recognized",
		               (int) len, name);
	int off = t_is_local ? tz_local_offset(tz, t) : tz_offset(tz, t, NULL, NULL);
	if (a != NULL) {
		int64_t when = t_is_local ? t - off * USEC_PER_SEC : t;
		(void) tz_abbrev_offset(tz, a->abbrev, when, &off, &dst);
	}
	*ret_gmtoff = off;
	return ERR_OK;
}
