/* live.c - row ids and row counts by file.
 *
 * Not here: statistics of ANALYZE (core/ddl). */
#include "config.h"
#include "core/access/live.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/access/table.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "storage/cursor.h"

struct live_key {
	struct store *store;
	uint64_t file;
};
struct live_entry {
	struct live_key key;
	struct live live;
};

static struct map entries;
static pthread_mutex_t entries_lock = PTHREAD_MUTEX_INITIALIZER;

struct live *
live_find(struct store *store, uint32_t file)
{
	struct live_key key = { store, file };
	struct live_entry *entry;

	(void) pthread_mutex_lock(&entries_lock);
	entry = map_get(&entries, &key, sizeof key);
	if (entry == NULL) {
		entry = calloc(1, sizeof *entry);
		if (entry == NULL) {
			log_write(LOG_PANIC, "out of memory");
			abort();
		}
		entry->key = key;
		map_put(&entries, &entry->key, sizeof key, entry);
	}
	(void) pthread_mutex_unlock(&entries_lock);
	return &entry->live;
}

void
live_forget(struct store *store)
{
	const struct map_slot *slot;

	(void) pthread_mutex_lock(&entries_lock);
	for (size_t i = 0; (slot = map_next(&entries, &i)) != NULL;) {
		struct live_entry *entry = slot->value;

		if (entry->key.store == store) {
			map_remove(&entries, &entry->key, sizeof entry->key);
			free(entry);
		}
	}
	(void) pthread_mutex_unlock(&entries_lock);
}

static int
read_last_id(struct txn *txn, uint32_t file, uint64_t *ret, struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	uint64_t id = 0;
	bool found;
	int rc;

	rc = cursor_open_latest(txn, file, &c, e);
	if (rc != ERR_OK)
		return rc;
	rc = cursor_last(c, &found, e);
	if (rc != ERR_OK)
		return rc;
	if (found && c->klen == sizeof id) {
		memcpy(&id, c->key, sizeof id);
		id = __builtin_bswap64(id);
	}
	*ret = id;
	return ERR_OK;
}

int
live_row_id(struct live *live, struct txn *txn, uint32_t file, uint64_t *ret, struct err *e)
{
	uint64_t zero = 0, last;
	int rc;

	if (atomic_load(&live->next_row_id) == 0) {
		rc = read_last_id(txn, file, &last, e);
		if (rc != ERR_OK)
			return rc;
		/* Whoever is first has seen every id of before; the others' reads are dropped. */
		(void) atomic_compare_exchange_strong(&live->next_row_id, &zero, last + 1);
	}
	*ret = atomic_fetch_add(&live->next_row_id, 1);
	return ERR_OK;
}

/* --- sizes ------------------------------------------------------------------------------------ */

/* Bytes of a row nobody has measured: PostgreSQL's guesses by type. */
static double
guess_width(const struct relation *rel)
{
	double width = 12;

	for (int i = 0; i < rel->ncols; i++)
		if (!rel->cols[i].dropped)
			width += rel->cols[i].type->len > 0 ? rel->cols[i].type->len : 32;
	return width;
}

static void
set_base(struct live *live, double rows)
{
	uint64_t bits;

	memcpy(&bits, &rows, sizeof bits);
	atomic_store(&live->base_rows_bits, bits);
	atomic_store(&live->base_known, true);
}

void
live_analyzed(struct live *live, double rows)
{
	set_base(live, rows - (double) atomic_load(&live->rows));
	atomic_store(&live->changed, 0);
}

static double
base_rows(struct store *store, const struct relation *rel, struct live *live, double width)
{
	double rows;
	uint64_t bits;

	if (atomic_load(&live->base_known)) {
		bits = atomic_load(&live->base_rows_bits);
		memcpy(&rows, &bits, sizeof rows);
		return rows;
	}
	/* What was committed since start is in `live`; the rest is on disk, or counted by
	 * ANALYZE. */
	rows = rel->stats != NULL ? rel->stats->rows
				  : (double) store_file_bytes(store, rel->file) / (width + 10);
	if (rel->stats == NULL && rows <= 400 && atomic_load(&live->rows) > 0)
		rows = 0; /* an all but empty file of some pages */
	set_base(live, rows);
	return rows;
}

struct table_size
table_size(struct store *store, const struct relation *rel)
{
	struct table_size size = { 0 };
	struct live *live;

	if (rel->file == 0)
		return size;
	live = live_find(store, rel->file);
	size.width = rel->stats != NULL && rel->stats->rows > 0
			     ? rel->stats->bytes / rel->stats->rows
			     : guess_width(rel);
	size.rows = base_rows(store, rel, live, size.width) + (double) atomic_load(&live->rows);
	if (size.rows < 0)
		size.rows = 0;
	size.bytes = size.rows * size.width;
	return size;
}

double
index_bytes(struct store *store, const struct index *ix)
{
	return ix->clustered ? 0 : (double) store_file_bytes(store, ix->file);
}
