/* settings_file.c - ormdb.conf: name = value lines with includes, and ALTER SYSTEM's own file.
 *
 * The syntax is postgresql.conf's: the equals sign is optional, '#' starts a comment, values
 * with other than letters, digits and -._:/ are quoted with ' (doubled, or after \, inside).
 *
 * Not here: what values mean (settings_value.c). */
#include "config.h"
#include "core/base/settings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/list.h"
#include "core/base/log.h"

enum { INCLUDE_DEPTH_MAX = 10, FILE_SIZE_MAX = 1 << 20 };

typedef int entry_fn(void *arg, const struct settings_file_entry *entry, struct err *e);

struct reading {
	entry_fn *fn;
	void     *arg;
	struct arena *arena;
	struct err *e;
};

static int read_file(struct reading *r, const char *path, bool must_exist, int depth);

/* A file's bytes on the arena; *ret NULL when it does not exist and need not. */
static int
slurp(struct reading *r, const char *path, bool must_exist, char **ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*ret = NULL;
	if (fd < 0 && errno == ENOENT && !must_exist)
		return ERR_OK;
	if (fd < 0)
		return err_set(r->e, ERR_CONFIG_FILE_ERROR, "could not open configuration file \"%s\": %s",
		               path, strerror(errno));
	if (fstat(fd, &st) != 0 || st.st_size > FILE_SIZE_MAX || S_ISDIR(st.st_mode)) {
		(void) close(fd);
		return err_set(r->e, ERR_CONFIG_FILE_ERROR, "could not read configuration file \"%s\"", path);
	}
	char *text = arena_alloc(r->arena, (size_t) st.st_size + 1);
	size_t n = 0;
	for (ssize_t got; n < (size_t) st.st_size; n += (size_t) got) {
		got = read(fd, text + n, (size_t) st.st_size - n);
		if (got <= 0)
			break;
	}
	(void) close(fd);
	text[n] = '\0';
	*ret = text;
	return ERR_OK;
}

static const char *
join_path(struct arena *a, const char *from_file, const char *name)
{
	const char *slash = strrchr(from_file, '/');

	if (*name == '/' || slash == NULL)
		return name;
	return arena_printf(a, "%.*s/%s", (int) (slash - from_file), from_file, name);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Every *.conf of a directory, in order of name. */
static int
read_dir(struct reading *r, const char *path, int depth)
{
	struct dirent *d;
	struct list names = { 0 };
	DIR *dir = opendir(path);
	int rc = ERR_OK;

	if (dir == NULL)
		return err_set(r->e, ERR_CONFIG_FILE_ERROR, "could not open directory \"%s\": %s", path,
		               strerror(errno));
	while ((d = readdir(dir)) != NULL) {
		size_t n = strlen(d->d_name);
		if (d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".conf") == 0)
			list_push(&names, r->arena, arena_strdup(r->arena, d->d_name));
	}
	(void) closedir(dir);
	if (names.n > 0)
		qsort(names.at, (size_t) names.n, sizeof names.at[0], compare_names);
	for (int i = 0; i < names.n && rc == ERR_OK; i++)
		rc = read_file(r, arena_printf(r->arena, "%s/%s", path, LIST_AT(char, &names, i)), true, depth);
	return rc;
}

static char *
skip_blanks(char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r')
		p++;
	return p;
}

/* The value at *p, unquoted in place; *p moves behind it.  NULL: malformed. */
static char *
take_value(char **p)
{
	char *at = *p, *out, *value;

	if (*at != '\'') {
		value = at;
		while (isalnum((unsigned char) *at) || (*at != '\0' && strchr("-._:/+*%", *at) != NULL))
			at++;
		*p = at;
		return at == value ? NULL : value;
	}
	value = out = ++at;
	for (;;) {
		if (*at == '\0')
			return NULL;
		if (*at == '\'' && at[1] == '\'')
			at++;
		else if (*at == '\'')
			break;
		else if (*at == '\\' && at[1] != '\0')
			at++;
		*out++ = *at++;
	}
	*p = at + 1;
	*out = '\0';
	return value;
}

static int
syntax_error(struct reading *r, const char *path, int line, const char *near)
{
	size_t n = strcspn(near, " \t\r\n");

	if (*near == '\0')
		return err_set(r->e, ERR_CONFIG_FILE_ERROR, "syntax error in file \"%s\" line %d, near end of line",
		               path, line);
	return err_set(r->e, ERR_CONFIG_FILE_ERROR, "syntax error in file \"%s\" line %d, near token \"%.*s\"",
	               path, line, (int) n, near);
}

/* One line, which take_value() may overwrite. */
static int
read_line(struct reading *r, const char *path, int number, char *line, int depth)
{
	char *name = skip_blanks(line), *p = name;

	if (*p == '\0' || *p == '#')
		return ERR_OK;
	while (isalnum((unsigned char) *p) || *p == '_' || *p == '.' || *p == '$')
		p++;
	char *name_end = p;
	p = skip_blanks(p);
	if (name_end == name || (!isalpha((unsigned char) *name) && *name != '_'))
		return syntax_error(r, path, number, name);
	if (*p == '=')
		p = skip_blanks(p + 1);
	else if (p == name_end)
		return syntax_error(r, path, number, p);
	char *near = p, *value = take_value(&p), *value_end = p;
	if (value == NULL)
		return syntax_error(r, path, number, near);
	p = skip_blanks(p);
	if (*p != '\0' && *p != '#')
		return syntax_error(r, path, number, p);
	*value_end = '\0';              /* after the check: quoted values ended earlier already */
	*name_end = '\0';
	if (strcasecmp(name, "include") == 0)
		return read_file(r, join_path(r->arena, path, value), true, depth + 1);
	if (strcasecmp(name, "include_if_exists") == 0)
		return read_file(r, join_path(r->arena, path, value), false, depth + 1);
	if (strcasecmp(name, "include_dir") == 0)
		return read_dir(r, join_path(r->arena, path, value), depth + 1);
	const struct settings_file_entry entry = { name, value, path, number };
	return r->fn(r->arg, &entry, r->e);
}

static int
read_file(struct reading *r, const char *path, bool must_exist, int depth)
{
	char *text, *next;

	if (depth > INCLUDE_DEPTH_MAX)
		return err_set(r->e, ERR_CONFIG_FILE_ERROR,
		               "could not open configuration file \"%s\": maximum nesting depth exceeded", path);
	int rc = slurp(r, path, must_exist, &text);
	for (int number = 1; rc == ERR_OK && text != NULL; text = next, number++) {
		next = strchr(text, '\n');
		if (next != NULL)
			*next++ = '\0';
		rc = read_line(r, path, number, text, depth);
	}
	return rc;
}

int
settings_file_read(const char *path, bool must_exist, entry_fn *fn, void *arg, struct err *e)
{
	ARENA_AUTO struct arena arena;
	struct reading r = { fn, arg, &arena, e };

	arena_init(&arena, 0);
	return read_file(&r, path, must_exist, 0);
}

/* -- Loading ---------------------------------------------------------------------------------------- */
struct loading {
	struct settings *base;
	bool reload;
	bool seen[SETTING_COUNT];
};

static int
load_entry(void *arg, const struct settings_file_entry *entry, struct err *e)
{
	struct loading *l = arg;
	struct err mine = { 0 };
	const struct setting_change how = { .as = l->reload ? CTX_SIGHUP : CTX_POSTMASTER,
	                                    .source = SOURCE_FILE, .as_reset = true };
	int id = setting_find(entry->name);

	if (id >= 0)
		l->seen[id] = true;
	if (l->reload && id >= 0 && setting_at(id)->context == CTX_POSTMASTER)
		return ERR_OK;          /* waits for a restart */
	if (settings_set(l->base, entry->name, entry->value, &how, &mine) == ERR_OK)
		return ERR_OK;
	if (!l->reload)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "%s in file \"%s\" line %d", mine.message,
		               entry->file, entry->line);
	log_write(LOG_LOG, "%s in file \"%s\" line %d", mine.message, entry->file, entry->line);
	return ERR_OK;
}

int
settings_load(struct settings *base, const char *dir, bool reload, struct err *e)
{
	struct loading l = { .base = base, .reload = reload };
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/ormdb.conf", dir);
	int rc = settings_file_read(path, true, load_entry, &l, e);
	if (rc != ERR_OK)
		return rc;
	snprintf(path, sizeof path, "%s/ormdb.auto.conf", dir);
	rc = settings_file_read(path, false, load_entry, &l, e);
	if (rc != ERR_OK || !reload)
		return rc;
	/* What the files no longer mention goes back to its default. */
	for (int i = 0; i < SETTING_COUNT && rc == ERR_OK; i++)
		if (!l.seen[i] && settings_source(base, i) == SOURCE_FILE && setting_at(i)->context > CTX_POSTMASTER) {
			const struct setting_change how = { .as = CTX_SIGHUP, .source = SOURCE_FILE, .as_reset = true };
			rc = settings_set(base, setting_at(i)->name, setting_at(i)->def, &how, e);
		}
	return rc;
}

/* -- ALTER SYSTEM ------------------------------------------------------------------------------------- */
struct altering {
	const char *name;
	FILE *out;
};

static void
write_entry(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s = '", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			fputc(*p, out);
		fputc(*p, out);
	}
	fputs("'\n", out);
}

static int
copy_entry(void *arg, const struct settings_file_entry *entry, struct err *e UNUSED)
{
	const struct altering *a = arg;

	if (strcasecmp(entry->name, a->name) != 0)
		write_entry(a->out, entry->name, entry->value);
	return ERR_OK;
}

int
settings_file_alter(const char *dir, const char *name, const char *value, struct err *e)
{
	char path[PATH_MAX], temp[PATH_MAX + 8];

	if (value != NULL && strchr(value, '\n') != NULL)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "parameter value for ALTER SYSTEM must not contain a newline");
	snprintf(path, sizeof path, "%s/ormdb.auto.conf", dir);
	snprintf(temp, sizeof temp, "%s.tmp", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out == NULL)
		return err_set(e, ERR_IO_ERROR, "could not open file \"%s\": %s", temp, strerror(errno));
	struct altering a = { name, out };
	int rc = ERR_OK;
	fputs("# Written by ALTER SYSTEM; edits here are lost.\n", out);
	if (name != NULL)
		rc = settings_file_read(path, false, copy_entry, &a, e);
	if (value != NULL)
		write_entry(out, name, value);
	bool written = fflush(out) == 0 && !ferror(out) && fsync(fd) == 0;
	written &= fclose(out) == 0;
	if (rc == ERR_OK && (!written || rename(temp, path) != 0))
		rc = err_set(e, ERR_IO_ERROR, "could not write file \"%s\": %s", path, strerror(errno));
	if (rc != ERR_OK)
		(void) unlink(temp);
	return rc;
}
