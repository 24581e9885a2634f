/* test_store_spill.c - temporary runs: what is written is read, limits hold, nothing is left. */
#include "config.h"

#include <dirent.h>

#include "regress/unit/teststore.h"
#include "storage/spill.h"

static struct store *store;

/* Records of a length and content that follow from their number. */
static size_t
record(unsigned i, char *bytes)
{
	size_t len = i * 7919 % 3000 + (i % 100 == 0 ? 100000 : 1);

	memset(bytes, (int) (i * 31 & 0xFF), len);
	return len;
}

static void
test_round_trip(void)
{
	SPILL_AUTO struct spill *s = NULL;
	static char want[110000], got[110000];
	struct err e = { 0 };
	bool more;
	int bad = 0;
	uint64_t offset = 0;

	if (spill_open(store, NULL, &s, &e) != ERR_OK)
		bail("spill_open: %s", e.message);
	for (unsigned i = 0; i < 1000; i++)
		bad += spill_write(s, want, record(i, want), &e) != ERR_OK;
	is_int(0, bad, "write");
	for (int pass = 0; pass < 2; pass++) {
		bad = spill_rewind(s, &e) != ERR_OK;
		for (unsigned i = 0; i < 1000; i++) {
			size_t len = record(i, want);
			bad += spill_read(s, got, len, &more, &e) != ERR_OK || !more
			    || memcmp(want, got, len) != 0;
		}
		bad += spill_read(s, got, 1, &more, &e) != ERR_OK || more;
		is_int(0, bad, "read, pass %d", pass);
	}
	bad = 0;
	for (unsigned i = 0; i < 1000; i++) {
		size_t len = record(i, want);
		if (i % 97 == 0)
			bad += spill_read_at(s, offset, got, len, &e) != ERR_OK || memcmp(want, got, len) != 0;
		offset += len;
	}
	is_int(0, bad, "read anywhere");
	is_uint64(offset, spill_bytes(s), "bytes");
	is_str("58030", err_sqlstate(spill_read_at(s, offset, got, 1, &e)), "nothing behind the end");
}

static void
test_limit(void)
{
	struct spill_account account = { .limit = 100000 };
	struct spill *a = NULL, *b = NULL;
	static char bytes[60000];
	struct err e = { 0 };

	if (spill_open(store, &account, &a, &e) != ERR_OK || spill_open(store, &account, &b, &e) != ERR_OK)
		bail("spill_open: %s", e.message);
	is_int(ERR_OK, spill_write(a, bytes, sizeof bytes, &e), "within the limit");
	is_str("53400", err_sqlstate(spill_write(b, bytes, sizeof bytes, &e)), "above it, together");
	is_str("temporary file size exceeds temp_file_limit (97kB)", e.message, "as PostgreSQL says it");
	spill_close(&a);
	err_init(&e);
	is_int(ERR_OK, spill_write(b, bytes, sizeof bytes, &e), "room again");
	spill_close(&b);
	is_uint64(0, account.used, "all given back");
}

int
main(void)
{
	char path[600];
	int names = 0;

	store = teststore_new();
	test_round_trip();
	test_limit();
	snprintf(path, sizeof path, "%s/tmp", teststore_path);
	DIR *d = opendir(path);
	for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL; )
		names += entry->d_name[0] != '.';
	ok(d != NULL && names == 0, "no file is left");
	if (d != NULL)
		closedir(d);
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
