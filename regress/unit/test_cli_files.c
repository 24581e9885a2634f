/* test_cli_files.c - files.c of ormdb: every line of a new ormdb.conf, uncommented, is a setting
 * the server takes, and says its default. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contrib/cli/files.h"
#include "core/base/settings.h"
#include "regress/unit/tap.h"

static struct settings base;

static int
take(void *arg, const struct settings_file_entry *entry, struct err *e)
{
	const struct setting_change how = { .as = CTX_POSTMASTER, .source = SOURCE_FILE, .as_reset = true };
	struct strbuf before, after;
	int *lines = arg;
	int id = setting_find(entry->name);

	++*lines;
	if (!ok(id >= 0, "%s is a setting", entry->name))
		return ERR_OK;
	strbuf_init(&before, NULL);
	strbuf_init(&after, NULL);
	settings_show(&base, id, &before);
	is_int(ERR_OK, settings_set(&base, entry->name, entry->value, &how, e), "%s takes '%s': %s",
	       entry->name, entry->value, e->message);
	settings_show(&base, id, &after);
	is_str(before.data, after.data, "%s is its default", entry->name);
	strbuf_done(&before);
	strbuf_done(&after);
	return ERR_OK;
}

/* A copy of the file in which the commented settings count. */
static void
uncomment(const char *path)
{
	char line[1024];
	FILE *text = tmpfile(), *out = fopen(path, "w");

	if (text == NULL || out == NULL)
		bail("no temporary file");
	files_write_conf(text);
	rewind(text);
	while (fgets(line, sizeof line, text) != NULL)
		if (line[0] == '#' && line[1] != ' ')
			fputs(line + 1, out);
	(void) fclose(text);
	(void) fclose(out);
}

int
main(void)
{
	char path[] = P_tmpdir "/ormdb-test-XXXXXX";
	struct err e = { 0 };
	int lines = 0;

	int fd = mkstemp(path);
	if (fd < 0)
		bail("no temporary file");
	(void) close(fd);
	settings_init(&base, NULL);
	uncomment(path);
	is_int(ERR_OK, settings_file_read(path, true, take, &lines, &e), "the file is read: %s", e.message);
	ok(lines > 50, "%d settings", lines);
	settings_done(&base);
	(void) unlink(path);
	return tap_done();
}
