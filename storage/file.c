/* file.c - which files exist; making, naming and removing them.
 *
 * The engine's DDL is not transactional, so a file is made before anything refers to it and
 * removed after nothing does: made at the first commit that writes to it, doomed when the
 * catalog has forgotten it, dropped when no snapshot is left that may still look at it.  What
 * a crash leaves in between is found at the next start (store_files_sweep).
 *
 * Existence is a bit per number, read without a lock: it decides at every open of a cursor
 * whether a file is empty because it was never made. */
#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "storage/store_private.h"

/* No overflow items: keys stay under leaf_key_max and internal_key_max (engine bugs live in
 * overflow keys), values stay on their page (overflow values are not cached). */
static const char *
kind_config(enum store_kind kind)
{
	switch (kind) {
	case STORE_INDEX:
		return "exclusive,key_format=u,value_format=u,checksum=on,leaf_page_max=32KB,"
		       "internal_page_max=16KB,leaf_key_max=3KB,internal_key_max=3KB,"
		       "leaf_value_max=64MB,memory_page_max=10MB,prefix_compression=true";
	case STORE_SEGMENTS:
		return "exclusive,key_format=u,value_format=u,checksum=on,leaf_page_max=1MB,"
		       "internal_page_max=16KB,leaf_key_max=3KB,internal_key_max=3KB,"
		       "leaf_value_max=64MB,memory_page_max=32MB,prefix_compression=false";
	default:
		return "exclusive,key_format=u,value_format=u,checksum=on,leaf_page_max=32KB,"
		       "internal_page_max=16KB,leaf_key_max=3KB,internal_key_max=3KB,"
		       "leaf_value_max=64MB,memory_page_max=10MB,prefix_compression=false";
	}
}

/* --- the bits ---------------------------------------------------------------------------------- */

static _Atomic uint64_t *
word_of(struct files *f, uint32_t file, bool make)
{
	uint32_t chunk = file / (64 * FILES_CHUNK);

	_Atomic uint64_t *words = atomic_load_explicit(&f->exists[chunk], memory_order_acquire);
	if (words == NULL && make) {
		words = calloc(FILES_CHUNK, sizeof *words);
		if (words == NULL)
			return NULL;
		atomic_store_explicit(&f->exists[chunk], words, memory_order_release);
	}
	return words == NULL ? NULL : &words[file / 64 % FILES_CHUNK];
}

/* Under files.mutex, or while the store is being opened. */
static int
set_exists(struct files *f, uint32_t file, bool exists, struct err *e)
{
	_Atomic uint64_t *word = word_of(f, file, true);
	uint64_t bit = UINT64_C(1) << file % 64;

	if (word == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	if (exists) {
		if ((atomic_fetch_or(word, bit) & bit) == 0)
			f->count++;
	} else if ((atomic_fetch_and(word, ~bit) & bit) != 0) {
		f->count--;
	}
	return ERR_OK;
}

bool
store_file_exists(struct store *store, uint32_t file)
{
	_Atomic uint64_t *word = word_of(&store->files, file, false);

	return word != NULL
	    && (atomic_load_explicit(word, memory_order_acquire) >> file % 64 & 1) != 0;
}

/* "o0000004c.wt..." -> 0x4c; false: not one of ours. */
bool
file_parse_name(const char *name, uint32_t *ret_file, bool *ret_exact)
{
	uint32_t v = 0;

	if (name[0] != 'o')
		return false;
	for (int i = 1; i <= 8; i++) {
		char c = name[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t) (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t) (c - 'a' + 10);
		else
			return false;
	}
	if (strncmp(name + 9, ".wt", 3) != 0)
		return false;
	*ret_file = v;
	*ret_exact = name[12] == '\0';
	return true;
}

/* --- at start ----------------------------------------------------------------------------------- */

/* A crash between the engine's steps leaves files on disk that it does not know. */
static void
unlink_unknown(struct store *store)
{
	DIR *d = opendir(store->base);
	struct dirent *entry;
	uint32_t file;
	bool exact;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		if (file_parse_name(entry->d_name, &file, &exact)
		    && (!exact || !store_file_exists(store, file))) {
			log_write(LOG_LOG, "removing left-over file \"%s\"", entry->d_name);
			(void) unlinkat(dirfd(d), entry->d_name, 0);
		}
	closedir(d);
}

int
files_load(struct store *store, struct err *e)
{
	struct engine *g = NULL;
	WT_CURSOR *c;
	const char *uri;
	uint32_t file;
	bool exact;

	int rc = engine_acquire_reserved(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	int wt = WT(g->wt->open_cursor(g->wt, "metadata:", NULL, NULL, &c));
	if (wt == 0) {
		while (rc == ERR_OK && (wt = WT(c->next(c))) == 0 && (wt = c->get_key(c, &uri)) == 0)
			if (strncmp(uri, "file:", 5) == 0 && file_parse_name(uri + 5, &file, &exact) && exact)
				rc = set_exists(&store->files, file, true, e);
		(void) c->close(c);
	}
	engine_release(store, &g);
	if (rc == ERR_OK && wt != 0 && wt != WT_NOTFOUND)
		rc = engine_fail(wt, e, "read the list of files");
	if (rc == ERR_OK)
		unlink_unknown(store);
	return rc;
}

int
store_files_sweep(struct store *store, bool (*keep)(void *arg, uint32_t file), void *arg,
                  struct err *e)
{
	struct files *f = &store->files;

	(void) e;
	for (uint32_t chunk = 0; chunk < FILES_CHUNKS; chunk++) {
		_Atomic uint64_t *words = atomic_load(&f->exists[chunk]);
		for (uint32_t i = 0; words != NULL && i < FILES_CHUNK; i++)
			for (uint64_t bits = atomic_load(&words[i]); bits != 0; bits &= bits - 1) {
				uint32_t file = (chunk * FILES_CHUNK + i) * 64 + (uint32_t) __builtin_ctzll(bits);
				if (file >= STORE_FILE_FIRST && !keep(arg, file))
					store_file_doom(store, file);
			}
	}
	return ERR_OK;
}

/* --- making --------------------------------------------------------------------------------------- */

int
files_create_fixed(WT_CONNECTION *conn, struct err *e)
{
	char uri[ENGINE_URI_MAX];
	WT_SESSION *s;

	int rc = WT(conn->open_session(conn, NULL, NULL, &s));
	if (rc == 0) {
		engine_uri(STORE_FILE_META, uri);
		rc = WT(s->create(s, uri, kind_config(STORE_ROWS)));
		(void) s->close(s, NULL);
	}
	return rc == 0 ? ERR_OK : engine_fail(rc, e, "create the first file");
}

/* For the engine alone: nobody looks into it before file_appears(). */
int
file_create(struct store *store, uint32_t file, struct err *e)
{
	char uri[ENGINE_URI_MAX];
	struct engine *g = NULL;

	int rc = engine_acquire_reserved(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	engine_uri(file, uri);
	int wt = WT(g->wt->create(g->wt, uri, kind_config(store_file_kind(file))));
	engine_release(store, &g);
	return wt == 0 ? ERR_OK : engine_fail(wt, e, "create a file");
}

int
file_prepare(struct store *store, uint32_t file, struct err *e)
{
	return word_of(&store->files, file, true) != NULL ? ERR_OK
	     : err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
}

void
file_appears(struct store *store, uint32_t file)
{
	struct err none = { 0 };

	(void) set_exists(&store->files, file, true, &none);    /* after file_prepare() it cannot fail */
}

int
store_file_ensure(struct store *store, uint32_t file, struct err *e)
{
	struct timespec pause = { 0, 1000000 };
	int rc = ERR_OK;

	if (LIKELY(store_file_exists(store, file)))
		return ERR_OK;
	pthread_mutex_lock(&store->files.mutex);
	while (newborn_is_loading(store, file)) {       /* its commit will end without us */
		pthread_mutex_unlock(&store->files.mutex);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&store->files.mutex);
	}
	if (!store_file_exists(store, file)) {
		rc = file_prepare(store, file, e);
		if (rc == ERR_OK)
			rc = file_create(store, file, e);
		if (rc == ERR_OK)
			file_appears(store, file);
	}
	pthread_mutex_unlock(&store->files.mutex);
	return rc;
}

uint64_t
store_file_bytes(struct store *store, uint32_t file)
{
	char uri[ENGINE_URI_MAX], path[4096];
	struct stat st;

	if (!store_file_exists(store, file))
		return 0;
	engine_uri(file, uri);
	snprintf(path, sizeof path, "%s/%s", store->base, uri + 5);
	return stat(path, &st) == 0 ? (uint64_t) st.st_size : 0;
}

/* --- files of open transactions ------------------------------------------------------------------
 * From store_file_new() until the catalog has taken it up or it is doomed, a file is young: that
 * the catalog does not name it means nothing. */
void
files_add_young(struct store *store, uint32_t file)
{
	struct files *f = &store->files;
	struct doomed *y = calloc(1, sizeof *y);

	if (y == NULL)
		return;                 /* a check may report it too early */
	y->file = file;
	pthread_mutex_lock(&f->doom_mutex);
	y->next = f->young;
	f->young = y;
	pthread_mutex_unlock(&f->doom_mutex);
}

void
store_file_settle(struct store *store, uint32_t file)
{
	struct files *f = &store->files;
	struct doomed *found = NULL;

	pthread_mutex_lock(&f->doom_mutex);
	for (struct doomed **at = &f->young; *at != NULL; at = &(*at)->next)
		if ((*at)->file == file) {
			found = *at;
			*at = found->next;
			break;
		}
	pthread_mutex_unlock(&f->doom_mutex);
	free(found);
}

static bool
on_list(struct store *store, struct doomed *const *list, uint32_t file)
{
	bool found = false;

	pthread_mutex_lock(&store->files.doom_mutex);
	for (const struct doomed *d = *list; d != NULL && !found; d = d->next)
		found = d->file == file;
	pthread_mutex_unlock(&store->files.doom_mutex);
	return found;
}

bool
store_file_is_young(struct store *store, uint32_t file)
{
	return on_list(store, &store->files.young, file);
}

/* Doomed, being dropped, or gone. */
bool
files_is_leaving(struct store *store, uint32_t file)
{
	if (on_list(store, &store->files.doomed, file))
		return true;
	pthread_mutex_lock(&store->files.janitor);      /* those in its hands are on no list */
	bool leaving = !store_file_exists(store, file) || on_list(store, &store->files.doomed, file);
	pthread_mutex_unlock(&store->files.janitor);
	return leaving;
}

int
files_list(struct store *store, bool young_too, uint32_t **ret_files, uint32_t *ret_n, struct err *e)
{
	struct files *f = &store->files;
	uint32_t n = 0, cap = (uint32_t) f->count + 64;
	uint32_t *list = malloc(cap * sizeof *list);

	for (uint32_t chunk = 0; list != NULL && chunk < FILES_CHUNKS; chunk++) {
		_Atomic uint64_t *words = atomic_load(&f->exists[chunk]);
		for (uint32_t i = 0; words != NULL && i < FILES_CHUNK; i++)
			for (uint64_t bits = atomic_load(&words[i]); bits != 0 && n < cap; bits &= bits - 1) {
				uint32_t file = (chunk * FILES_CHUNK + i) * 64 + (uint32_t) __builtin_ctzll(bits);
				if (young_too || !on_list(store, &f->young, file))
					list[n++] = file;
			}
	}
	if (list == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	*ret_files = list;
	*ret_n = n;
	return ERR_OK;
}

/* --- removing --------------------------------------------------------------------------------------- */

void
store_file_doom(struct store *store, uint32_t file)
{
	struct files *f = &store->files;

	assert(file >= STORE_FILE_FIRST);
	store_file_settle(store, file);
	if (!store_file_exists(store, file))
		return;
	struct doomed *d = malloc(sizeof *d);
	if (d == NULL)
		return;                 /* the sweep of the next start finds it */
	d->file = file;
	d->serial = order_serial(store);
	pthread_mutex_lock(&f->doom_mutex);
	d->next = f->doomed;
	f->doomed = d;
	f->ndoomed++;
	pthread_mutex_unlock(&f->doom_mutex);
}

/* The serial of the oldest snapshot in use; UINT64_MAX: none. */
uint64_t
store_oldest_snapshot(struct store *store)
{
	uint64_t oldest = UINT64_MAX;

	pthread_mutex_lock(&store->pool.mutex);
	for (struct engine *g = store->pool.all; g != NULL; g = g->next) {
		uint64_t serial = atomic_load(&g->serial);
		if (serial != 0 && serial < oldest)
			oldest = serial;
	}
	pthread_mutex_unlock(&store->pool.mutex);
	return oldest;
}

/* true: gone.  Busy (a cursor, a checkpoint, a backup) means: try again later. */
static bool
drop(struct store *store, uint32_t file)
{
	char uri[ENGINE_URI_MAX];
	struct engine *g = NULL;
	struct err e = { 0 };

	if (engine_acquire(store, &g, &e) != ERR_OK)
		return false;
	engine_uri(file, uri);
	pthread_mutex_lock(&store->files.mutex);
	int wt = WT(g->wt->drop(g->wt, uri, "checkpoint_wait=false"));
	if (wt == 0 || wt == ENOENT)
		(void) set_exists(&store->files, file, false, &e);
	pthread_mutex_unlock(&store->files.mutex);
	engine_release(store, &g);
	if (wt != 0 && wt != EBUSY && wt != ENOENT)
		log_write(LOG_WARNING, "could not drop \"%s\": %s", uri + 5, wiredtiger_strerror(wt));
	return wt == 0 || wt == ENOENT;
}

/* The janitor's round.  The order mutex is not needed: a snapshot that is just being taken is
 * newer than every doomed file on the list. */
bool
files_drop_doomed(struct store *store)
{
	struct files *f = &store->files;

	pthread_mutex_lock(&f->janitor);
	pthread_mutex_lock(&f->doom_mutex);
	struct doomed *list = f->doomed;
	f->doomed = NULL;
	pthread_mutex_unlock(&f->doom_mutex);
	if (list == NULL) {
		pthread_mutex_unlock(&f->janitor);
		return false;
	}

	uint64_t oldest = store_oldest_snapshot(store);
	struct doomed *left = NULL, *last = NULL;
	uint64_t dropped = 0;
	for (struct doomed *d = list, *next; d != NULL; d = next) {
		next = d->next;
		if (d->serial <= oldest && drop(store, d->file)) {
			free(d);
			dropped++;
			continue;
		}
		if (left == NULL)
			last = d;
		d->next = left;
		left = d;
	}
	pthread_mutex_lock(&f->doom_mutex);
	f->ndoomed -= dropped;
	if (left != NULL) {
		last->next = f->doomed;
		f->doomed = left;
	}
	bool more = f->doomed != NULL;
	pthread_mutex_unlock(&f->doom_mutex);
	pthread_mutex_unlock(&f->janitor);
	return more;
}

static void
free_list(struct doomed *list)
{
	for (struct doomed *d = list, *next; d != NULL; d = next) {
		next = d->next;
		free(d);
	}
}

void
files_free(struct store *store)
{
	struct files *f = &store->files;

	free_list(f->doomed);
	free_list(f->young);
	newborn_free(f);
	for (int i = 0; i < FILES_CHUNKS; i++)
		free((void *) f->exists[i]);
	pthread_mutex_destroy(&f->mutex);
	pthread_mutex_destroy(&f->doom_mutex);
	pthread_mutex_destroy(&f->janitor);
}
