/* restore.c - `ormdb restore`: a backup becomes a data directory.
 *
 * Every file is compared with the backup's list while it is copied; a backup that is cut, changed
 * or incomplete leaves no data directory behind.  The first start recovers. */
#include "config.h"
#include "contrib/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contrib/cli/datadir.h"
#include "core/base/manifest.h"

static int
complain_of(const struct err *e)
{
	complain("%s", e->message);
	if (e->detail[0] != '\0')
		fprintf(stderr, "DETAIL:  %s\n", e->detail);
	return CLI_FAILED;
}

static int
check_file(const struct manifest_file *want, const struct manifest_file *got, struct err *e)
{
	if (want->size == got->size && want->hash == got->hash)
		return ERR_OK;
	err_set(e, ERR_DATA_CORRUPTED, "file \"%s\" of the backup is damaged", want->path);
	return err_detail(e, want->size == got->size ? "Its contents have changed." : "Its size has changed.");
}

/* to NULL: only compare. */
static int
copy_all(const struct options *o, const char *to, struct err *e)
{
	struct manifest_file want, got;
	struct manifest m;
	size_t at = 0;

	manifest_init(&m);
	int rc = manifest_read(&m, o->target, e);
	while (rc == ERR_OK && manifest_next(&m, &at, &want)) {
		if (*want.path == '/' || strstr(want.path, "..") != NULL)
			rc = err_set(e, ERR_DATA_CORRUPTED, "the list of files names \"%s\"", want.path);
		if (rc == ERR_OK)
			rc = manifest_copy(o->target, to, want.path, NULL, &got, e);
		if (rc == ERR_OK)
			rc = check_file(&want, &got, e);
	}
	manifest_done(&m);
	return rc;
}

/* A mark that says "recover, and the log begins anew". */
static int
finish(const struct options *o, struct err *e)
{
	struct manifest_file f;
	char path[PATH_MAX];

	int rc = manifest_copy(o->target, o->data, "ORMDB_MARK", NULL, &f, e);
	snprintf(path, sizeof path, "%s/base", o->data);
	if (rc == ERR_OK)
		rc = manifest_sync_dir(path, e);
	return rc == ERR_OK ? manifest_sync_dir(o->data, e) : rc;
}

int
restore_run(const struct options *o)
{
	static const char *const parts[] = { "base", "tmp" };
	char path[PATH_MAX];
	struct err e = { 0 };

	/* First look whether it is a backup at all. */
	struct manifest m;
	manifest_init(&m);
	int rc = manifest_read(&m, o->target, &e);
	manifest_done(&m);
	if (rc != ERR_OK)
		return complain_of(&e);

	enum directory made = datadir_prepare(o);
	if (made == DIR_REFUSED)
		return CLI_FAILED;
	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(parts); i++) {
		snprintf(path, sizeof path, "%s/%s", o->data, parts[i]);
		if (mkdir(path, 0700) != 0)
			rc = err_set(&e, ERR_IO_ERROR, "could not create directory \"%s\": %s", path, strerror(errno));
	}
	tell(o, "copying and checking files ... ");
	if (rc == ERR_OK)
		rc = copy_all(o, o->data, &e);
	if (rc == ERR_OK)
		rc = finish(o, &e);
	if (rc != ERR_OK) {
		tell(o, "\n");
		(void) complain_of(&e);
		datadir_undo(o, made);
		return CLI_FAILED;
	}
	tell(o, "ok\n\nSuccess.  You can now start the database server using:\n\n    ormdb start -D %s\n\n", o->data);
	return CLI_OK;
}
