/* verify.c - are the engine's files whole, and are there files that nobody needs?
 *
 * Not here: whether indexes match their tables (core/ddl/verify.c). */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/store_private.h"

/* --- every page of every file -------------------------------------------------------------------- */

static int
verify_file(struct store *store, uint32_t file, struct err *e)
{
	enum { TRIES = 100 };
	struct timespec pause = { 0, 5000000 };
	char uri[ENGINE_URI_MAX];
	struct engine *g = NULL;
	int wt = EBUSY;

	int rc = engine_acquire(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	engine_uri(file, uri);
	for (int i = 0; i < TRIES && wt == EBUSY; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		wt = WT(g->wt->verify(g->wt, uri, NULL));
	}
	engine_release(store, &g);
	if (wt == 0)
		return ERR_OK;
	if (wt == EBUSY)
		return err_set(e, ERR_OBJECT_IN_USE, "file \"%s\" is in use", uri + 5);
	return err_set(e, ERR_DATA_CORRUPTED, "file \"%s\" is damaged: %s", uri + 5, wiredtiger_strerror(wt));
}

int
store_verify(struct store *store, const int *cancel, struct store_report *to, struct err *e)
{
	uint32_t *files, n;

	int rc = store_checkpoint(store, e);
	if (rc == ERR_OK)
		rc = files_list(store, true, &files, &n, e);
	if (rc != ERR_OK)
		return rc;
	for (uint32_t i = 0; i < n && rc == ERR_OK; i++) {
		struct err own = { 0 };
		if (verify_file(store, files[i], &own) != ERR_OK)
			rc = to->say(to, files[i], own.message, e);
		if (rc == ERR_OK && cancel != NULL)
			rc = lock_check_cancel(cancel, e);
	}
	free(files);
	return rc;
}

/* --- files without a purpose ------------------------------------------------------------------------ */

/* On disk, with our kind of name, and the engine does not know it. */
static int
find_unknown(struct store *store, struct store_report *to, struct err *e)
{
	char text[400];
	struct dirent *entry;
	uint32_t file;
	bool exact;
	int rc = ERR_OK;

	pthread_mutex_lock(&store->files.mutex);        /* none is being made or dropped */
	DIR *d = opendir(store->base);
	while (d != NULL && rc == ERR_OK && (entry = readdir(d)) != NULL)
		if (file_parse_name(entry->d_name, &file, &exact) && !(exact && store_file_exists(store, file))) {
			snprintf(text, sizeof text, "file \"%s\" is on disk, but the engine does not know it",
			         entry->d_name);
			rc = to->say(to, file, text, e);
		}
	if (d != NULL)
		closedir(d);
	pthread_mutex_unlock(&store->files.mutex);
	return rc;
}

int
store_files_check(struct store *store, bool (*keep)(void *arg, uint32_t file), void *arg,
                  struct store_report *to, struct err *e)
{
	char text[100];
	uint32_t *files, n;

	int rc = files_list(store, false, &files, &n, e);
	if (rc != ERR_OK)
		return rc;
	(void) store_change_last(store);        /* commits in their last step have told the catalog */
	for (uint32_t i = 0; i < n && rc == ERR_OK; i++)
		if (files[i] >= STORE_FILE_FIRST && !keep(arg, files[i]) && !files_is_leaving(store, files[i])) {
			snprintf(text, sizeof text, "file \"o%08x.wt\" belongs to nothing in the catalog", files[i]);
			rc = to->say(to, files[i], text, e);
		}
	free(files);
	return rc == ERR_OK ? find_unknown(store, to, e) : rc;
}
