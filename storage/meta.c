/* meta.c - the store's own numbers, kept in STORE_FILE_META: name -> 8 bytes, big-endian.
 *
 *     change   change numbers below it may have been given out
 *     file     the same for file numbers
 *     mark     see control.c
 *     load:N   see newborn.c
 *
 * Numbers are reserved on disk in blocks before the first of a block is used, so a crash skips
 * some and never repeats one. */
#include "config.h"

#include <string.h>

#include "storage/store_private.h"

enum { CHANGE_BLOCK = 1 << 20, FILE_BLOCK = 1024 };

static void
pack(uint64_t v, uint8_t bytes[8])
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		bytes[i] = (uint8_t) v;
}

int
meta_get(struct store *store, const char *name, uint64_t *ret_value, struct err *e)
{
	struct engine *g = NULL;
	WT_CURSOR *c;
	WT_ITEM key = { .data = name, .size = strlen(name) }, value;

	int rc = engine_acquire_reserved(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	rc = engine_cursor(store, g, STORE_FILE_META, &c, e);
	if (rc == ERR_OK && c == NULL)
		rc = err_set(e, ERR_DATA_CORRUPTED, "the store's meta file is missing");
	if (rc == ERR_OK) {
		c->set_key(c, &key);
		int wt = WT(c->search(c));
		uint64_t v = 0;
		if (wt == 0 && (wt = WT(c->get_value(c, &value))) == 0)
			for (size_t i = 0; i < value.size; i++)
				v = v << 8 | ((const uint8_t *) value.data)[i];
		if (wt != 0 && wt != WT_NOTFOUND)
			rc = engine_fail(wt, e, "read the meta file");
		else
			*ret_value = v;
		engine_cursor_idle(g, c);
	}
	engine_release(store, &g);
	return rc;
}

int
meta_put_in(struct store *store, struct engine *g, const char *name, uint64_t value, struct err *e)
{
	uint8_t bytes[8];
	WT_ITEM key = { .data = name, .size = strlen(name) }, item = { .data = bytes, .size = 8 };
	WT_CURSOR *c;

	int rc = engine_cursor(store, g, STORE_FILE_META, &c, e);
	if (rc != ERR_OK)
		return rc;
	pack(value, bytes);
	c->set_key(c, &key);
	c->set_value(c, &item);
	int wt = value != 0 ? WT(c->insert(c)) : WT(c->remove(c));
	engine_cursor_idle(g, c);
	return wt == 0 || (wt == WT_NOTFOUND && value == 0) ? ERR_OK : engine_fail(wt, e, "write the meta file");
}

/* `wait`: return when it is on disk. */
int
meta_put(struct store *store, const char *name, uint64_t value, bool wait, struct err *e)
{
	struct engine *g = NULL;

	order_slow_wait(store, 0);
	int rc = engine_acquire_reserved(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	rc = engine_begin(g, e);
	if (rc == ERR_OK) {
		rc = meta_put_in(store, g, name, value, e);
		if (rc != ERR_OK)
			engine_rollback(g);
		else if ((rc = g->wt->commit_transaction(g->wt, NULL)) != 0)
			engine_panic("could not commit: %s", wiredtiger_strerror(rc));
	}
	engine_release(store, &g);
	if (rc == ERR_OK) {
		uint64_t ticket = atomic_fetch_add(&store->flusher.committed, 1) + 1;
		if (wait)
			flush_wait(store, ticket);
	}
	return rc;
}

int
meta_load(struct store *store, struct err *e)
{
	uint64_t change = 0, file = 0;

	int rc = meta_get(store, "change", &change, e);
	if (rc == ERR_OK)
		rc = meta_get(store, "file", &file, e);
	if (rc != ERR_OK)
		return rc;
	store->order.next = change == 0 ? 1 : change;
	atomic_store(&store->order.ceiling, store->order.next);
	store->files.next = file == 0 ? STORE_FILE_FIRST >> 2 : (uint32_t) file;
	store->files.ceiling = store->files.next;
	return ERR_OK;
}

int
meta_save_all(struct store *store, struct err *e)
{
	int rc = meta_put(store, "change", store->order.next, false, e);

	return rc != ERR_OK ? rc : meta_put(store, "file", store->files.next, false, e);
}

int
meta_reserve_changes(struct store *store, struct err *e)
{
	struct order *o = &store->order;
	int rc = ERR_OK;

	pthread_mutex_lock(&store->meta.mutex);
	pthread_mutex_lock(&o->mutex);
	uint64_t next = o->next;
	pthread_mutex_unlock(&o->mutex);
	if (next >= atomic_load(&o->ceiling)) {
		rc = meta_put(store, "change", next + CHANGE_BLOCK, true, e);
		if (rc == ERR_OK)
			atomic_store(&o->ceiling, next + CHANGE_BLOCK);
	}
	pthread_mutex_unlock(&store->meta.mutex);
	return rc;
}

int
store_file_new(struct store *store, enum store_kind kind, uint32_t *ret_file, struct err *e)
{
	struct files *f = &store->files;
	int rc = ERR_OK;

	pthread_mutex_lock(&store->meta.mutex);
	if (f->next >= UINT32_MAX >> 2)
		rc = err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "all file numbers have been used");
	else if (f->next >= f->ceiling) {
		rc = meta_put(store, "file", f->next + FILE_BLOCK, true, e);
		if (rc == ERR_OK)
			f->ceiling = f->next + FILE_BLOCK;
	}
	if (rc == ERR_OK)
		*ret_file = f->next++ << 2 | (uint32_t) kind;
	pthread_mutex_unlock(&store->meta.mutex);
	if (rc == ERR_OK)
		files_add_young(store, *ret_file);
	return rc;
}
