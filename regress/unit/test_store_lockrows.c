/* test_store_lockrows.c - locks of rows that nobody waits for are kept in little room, and mean the same:
 * random work of some owners against a plain model, and what happens when somebody does wait. */
#include "config.h"

#include <pthread.h>
#include <sched.h>

#include "regress/unit/teststore.h"
#include "storage/lock.h"

enum { OWNERS = 4, KEYS = 400, STEPS = 300000, HELD_MAX = 4000 };

static struct lock_table *table;
static struct lock_actor *actors[OWNERS];
static struct lock_owner *owners[OWNERS];

static uint64_t seed = 20260801;

static unsigned
any(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned) (seed >> 33) % n;
}

static struct lock_key
row(const int *n)
{
	return (struct lock_key) { LOCK_ROW, 16384, n, sizeof *n };
}

static bool
try_lock(int who, int n, enum lock_mode mode)
{
	struct lock_how how = { .policy = LOCK_SKIP };
	struct lock_key k = row(&n);
	enum lock_result got;
	struct err e = { 0 };

	if (lock_acquire(owners[who], &k, mode, &how, &got, &e) != ERR_OK)
		bail("lock_acquire: %s", e.message);
	return got != LOCK_NOT_GRANTED;
}

/* --- the model: for each owner what it has acquired, in order ---------------------------------------- */

static struct held { int key, mode, count; } held[OWNERS][HELD_MAX];
static int nheld[OWNERS];

static const bool conflict[4][4] = { { 0, 0, 0, 1 }, { 0, 0, 1, 1 }, { 0, 1, 1, 1 }, { 1, 1, 1, 1 } };

static bool
model_lock(int who, int key, int mode)
{
	for (int i = 0; i < nheld[who]; i++)
		if (held[who][i].key == key && held[who][i].mode == mode) {
			held[who][i].count++;
			return true;
		}
	for (int o = 0; o < OWNERS; o++)
		for (int i = 0; o != who && i < nheld[o]; i++)
			if (held[o][i].key == key && conflict[held[o][i].mode][mode])
				return false;
	if (nheld[who] == HELD_MAX)
		bail("the model is too small");
	held[who][nheld[who]++] = (struct held) { key, mode, 1 };
	return true;
}

static void
forget(int who, int i)
{
	nheld[who]--;
	memmove(&held[who][i], &held[who][i + 1], (size_t) (nheld[who] - i) * sizeof held[who][i]);
}

static bool
model_release(int who, int key, int mode)
{
	for (int i = 0; i < nheld[who]; i++)
		if (held[who][i].key == key && held[who][i].mode == mode) {
			if (--held[who][i].count == 0)
				forget(who, i);
			return true;
		}
	return false;
}

static bool
model_held(int who, int key, int mode)
{
	for (int i = 0; i < nheld[who]; i++)
		if (held[who][i].key == key && held[who][i].mode >= mode)
			return true;
	return false;
}

/* A stack of savepoints for each owner: the mark, and what stood in the model. */
static struct save { struct lock_mark mark; int n; } saves[OWNERS][8];
static int nsaves[OWNERS];

static void
release(int who, int key, int mode, int *bad)
{
	struct lock_key k = row(&key);
	int at = 0;

	/* From before a savepoint nothing is given back, and of many acquisitions not the last. */
	while (at < nheld[who] && (held[who][at].key != key || held[who][at].mode != mode))
		at++;
	if (at < nheld[who] && (held[who][at].count > 5
	    || (nsaves[who] > 0 && at < saves[who][nsaves[who] - 1].n)))
		return;
	*bad += lock_release(owners[who], &k, (enum lock_mode) mode) != model_release(who, key, mode);
}

static void
save_or_undo(int who)
{
	if (nsaves[who] > 0 && any(2) == 0) {
		struct save s = saves[who][--nsaves[who]];
		lock_release_to(owners[who], s.mark);
		nheld[who] = s.n;
	} else if (nsaves[who] < 8) {
		saves[who][nsaves[who]++] = (struct save) { lock_mark(owners[who]), nheld[who] };
	}
}

static void
test_model(void)
{
	int bad = 0, granted = 0, refused = 0;

	for (int i = 0; i < STEPS; i++) {
		int who = (int) any(OWNERS), key = (int) any(KEYS), mode = (int) any(4);
		struct lock_key k = row(&key);
		switch (any(8)) {
		case 0:
			release(who, key, mode, &bad);
			break;
		case 1:
			bad += lock_held(owners[who], &k, (enum lock_mode) mode) != model_held(who, key, mode);
			break;
		case 2:
			if (any(10) == 0)
				save_or_undo(who);
			break;
		case 3:
			if (any(300) == 0) {
				lock_release_all(owners[who]);
				nheld[who] = nsaves[who] = 0;
			}
			break;
		default: {
			bool got = try_lock(who, key, (enum lock_mode) mode);
			granted += got;
			refused += !got;
			bad += got != model_lock(who, key, mode);
		}
		}
	}
	is_int(0, bad, "%d steps as the model has it", (int) STEPS);
	ok(granted > 10000 && refused > 10000, "both answers were given: %d and %d", granted, refused);
	for (int i = 0; i < OWNERS; i++)
		lock_release_all(owners[i]);
}

/* --- somebody waits ------------------------------------------------------------------------------------- */

struct wait { pthread_t thread; int who, key; _Atomic bool done; };

static void *
wait_main(void *arg)
{
	struct wait *w = arg;
	struct lock_key k = row(&w->key);
	enum lock_result got;
	struct err e = { 0 };

	if (lock_acquire(owners[w->who], &k, LOCK_UPDATE, NULL, &got, &e) != ERR_OK)
		bail("lock_acquire: %s", e.message);
	w->done = true;
	return NULL;
}

static void
count_waiter(void *arg, const struct lock_info *info)
{
	*(int *) arg += !info->granted;
}

static void
start(struct wait *w)
{
	int n = 0;

	if (pthread_create(&w->thread, NULL, wait_main, w) != 0)
		bail("pthread_create");
	for (; n == 0; sched_yield())
		lock_list(table, count_waiter, &n);
}

static void
test_undo_lets_go(void)
{
	struct wait w = { .who = 1, .key = 7 };

	(void) try_lock(0, 3, LOCK_UPDATE);
	struct lock_mark mark = lock_mark(owners[0]);
	(void) try_lock(0, 7, LOCK_UPDATE);
	(void) try_lock(0, 8, LOCK_UPDATE);
	start(&w);
	ok(!try_lock(2, 7, LOCK_KEY_SHARE), "a row with a waiter is locked");
	ok(try_lock(0, 7, LOCK_KEY_SHARE), "its owner may lock it in another way");
	lock_release_to(owners[0], mark);
	pthread_join(w.thread, NULL);
	ok(w.done, "back to the mark: the waiter has it");
	ok(!try_lock(0, 7, LOCK_KEY_SHARE) && try_lock(2, 8, LOCK_UPDATE) && !try_lock(2, 3, LOCK_KEY_SHARE),
	   "and nothing else has changed");
	for (int i = 0; i < OWNERS; i++)
		lock_release_all(owners[i]);
}

static void
test_counts(void)
{
	struct wait w = { .who = 1, .key = 5 };
	int key = 5;
	struct lock_key k = row(&key);

	(void) try_lock(0, 5, LOCK_UPDATE);
	(void) try_lock(0, 5, LOCK_UPDATE);
	start(&w);
	ok(lock_release(owners[0], &k, LOCK_UPDATE), "one of two acquisitions is given back");
	ok(!w.done && lock_held(owners[0], &k, LOCK_UPDATE), "the other holds");
	ok(lock_release(owners[0], &k, LOCK_UPDATE), "then the other");
	pthread_join(w.thread, NULL);
	ok(!lock_release(owners[0], &k, LOCK_UPDATE), "there is no third");
	lock_release_all(owners[1]);
	for (int i = 0; i < 20; i++)
		(void) try_lock(0, 5, LOCK_SHARE);
	for (int i = 0; i < 19; i++)
		(void) lock_release(owners[0], &k, LOCK_SHARE);
	ok(!try_lock(1, 5, LOCK_UPDATE), "acquired twenty times, given back nineteen times");
	lock_release_all(owners[0]);
	ok(try_lock(1, 5, LOCK_UPDATE), "all given back");
	lock_release_all(owners[1]);
}

static void
test_shared_by_many(void)
{
	enum { N = 20 };
	struct lock_actor *a[N];
	struct lock_owner *o[N];
	struct lock_how how = { .policy = LOCK_SKIP };
	enum lock_result got;
	struct err e = { 0 };
	int key = 9, bad = 0;
	struct lock_key k = row(&key);

	for (int i = 0; i < N; i++) {
		a[i] = lock_actor_new(table, 100 + i, NULL);
		o[i] = lock_owner_new(a[i], 1);
		for (int twice = 0; twice < 2; twice++)
			bad += lock_acquire(o[i], &k, LOCK_KEY_SHARE, &how, &got, &e) != ERR_OK || got != LOCK_GRANTED;
	}
	is_int(0, bad, "twenty share a row");
	for (int i = 0; i < N; i++) {
		bad += try_lock(0, 9, LOCK_UPDATE);
		bad += !lock_held(o[i], &k, LOCK_KEY_SHARE);
		lock_owner_done(&o[i]);
		lock_actor_done(&a[i]);
	}
	is_int(0, bad, "none may have it alone before all are gone");
	ok(try_lock(0, 9, LOCK_UPDATE), "then one may");
	lock_release_all(owners[0]);
}

static void
test_room(void)
{
	enum { ROWS = 200000 };
	struct lock_how how = { .policy = LOCK_SKIP };
	enum lock_result got = LOCK_GRANTED;
	struct err e = { 0 };
	int rc = ERR_OK, bad = 0;

	for (int i = 0; i < ROWS && rc == ERR_OK; i++) {
		struct lock_key k = row(&i);
		rc = lock_acquire(owners[0], &k, LOCK_UPDATE, &how, &got, &e);
	}
	is_int(ERR_OK, rc, "%d rows have room in 8 MB", (int) ROWS);
	for (int i = 0; i < ROWS; i++)
		bad += try_lock(1, i, LOCK_KEY_SHARE);
	is_int(0, bad, "all are locked");
	lock_release_all(owners[0]);
	for (int i = 0; i < ROWS; i++)
		bad += !try_lock(1, i, LOCK_UPDATE);
	is_int(0, bad, "all are free, and the room is");
	lock_release_all(owners[1]);
}

int
main(void)
{
	struct store_options small = teststore_options;
	struct store *store = NULL;
	struct err e = { 0 };

	small.lock_memory_limit = 8 << 20;
	if (store_create(teststore_dir(), &e) != ERR_OK || store_open(teststore_path, &small, &store, &e) != ERR_OK)
		bail("store: %s", e.message);
	table = store_locks(store);
	for (int i = 0; i < OWNERS; i++) {
		actors[i] = lock_actor_new(table, i + 1, NULL);
		owners[i] = lock_owner_new(actors[i], 1);
	}
	test_model();
	test_undo_lets_go();
	test_counts();
	test_shared_by_many();
	test_room();
	for (int i = 0; i < OWNERS; i++) {
		lock_owner_done(&owners[i]);
		lock_actor_done(&actors[i]);
	}
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
