/* test_store_large.c - a write set that does not stay in memory: what it holds is read back, undone and
 * committed like a small one; what is too much is an error, and the transaction can go back. */
#include "config.h"

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/txn.h"

enum { ROWS = 60000, VALUE = 1000 };    /* 60 MB: memory holds 32 */

static char value[VALUE];

static int
put_rows(struct txn *txn, uint32_t file, int from, int n, char fill, struct err *e)
{
	int rc = ERR_OK;

	memset(value, fill, sizeof value);
	for (int i = from; i < from + n && rc == ERR_OK; i++) {
		char key[16];
		int klen = sprintf(key, "%08d", i * 7919 % 1000003);    /* in no order */
		rc = txn_put(txn, file, key, (size_t) klen, value, sizeof value, 0, e);
	}
	return rc;
}

/* How many rows, all of them whole; -1: one is not. */
static int
count_rows(struct txn *txn, uint32_t file, char fill)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	bool found;
	int n = 0;

	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor: %s", e.message);
	memset(value, fill, sizeof value);
	for (int rc = cursor_first(c, &found, &e); rc == ERR_OK && found; rc = cursor_next(c, &found, &e)) {
		if (c->vlen != sizeof value || memcmp(c->value, value, sizeof value) != 0)
			return -1;
		n++;
	}
	return n;
}

static int
rows_now(struct store *store, uint32_t file)
{
	TXN_AUTO struct txn *txn = NULL;
	struct err e = { 0 };

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	return count_rows(txn, file, 'a');
}

int
main(void)
{
	struct store_options options = teststore_options;
	struct store *store = NULL;
	struct txn *txn = NULL;
	struct err e = { 0 };
	uint32_t file;

	options.cache_size = 512 << 20;
	options.write_set_limit = 128 << 20;
	if (store_create(teststore_dir(), &e) != ERR_OK || store_open(teststore_path, &options, &store, &e) != ERR_OK
	    || store_file_new(store, STORE_ROWS, &file, &e) != ERR_OK)
		bail("store: %s", e.message);
	ok(store_file_is_young(store, file), "a new file is its transaction's own");

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	is_int(ERR_OK, put_rows(txn, file, 0, ROWS / 2, 'a', &e), "half of the rows");
	struct txn_mark mark = txn_savepoint(txn);
	is_int(ERR_OK, put_rows(txn, file, ROWS / 2, ROWS / 2, 'a', &e), "the other half");
	txn_command_next(txn);
	is_int(ROWS, count_rows(txn, file, 'a'), "all are read back");
	is_int(ERR_PROGRAM_LIMIT_EXCEEDED, put_rows(txn, file, 0, 3 * ROWS, 'b', &e), "too much is refused");
	err_init(&e);
	txn_rollback_to(txn, mark);
	is_int(ROWS / 2, count_rows(txn, file, 'a'), "back to the savepoint");
	is_int(0, rows_now(store, file), "nobody else sees any");
	txn_statement_end(txn);
	is_int(ERR_OK, txn_commit(&txn, &e), "commit");
	is_int(ROWS / 2, rows_now(store, file), "then everybody does");

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	is_int(ERR_OK, put_rows(txn, file, ROWS / 2, ROWS / 2, 'a', &e), "more");
	txn_abort(&txn);
	is_int(ROWS / 2, rows_now(store, file), "an abort leaves none");
	store_file_settle(store, file);
	ok(!store_file_is_young(store, file), "a file that the catalog has taken up is nobody's own");
	is_int(ERR_OK, store_close(&store, &e), "close");
	teststore_remove();
	return tap_done();
}
