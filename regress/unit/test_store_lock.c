/* test_store_lock.c - the lock table: conflicts, queues, deadlocks, policies, cancelling. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "regress/unit/teststore.h"
#include "storage/lock.h"

static struct lock_table *table;

struct person {
	int pid;
	struct lock_actor *actor;
	struct lock_owner *owner;
	int cancel;
};

static struct person
person_new(int pid, int *cancel)
{
	struct person p = { .pid = pid, .actor = lock_actor_new(table, pid, cancel) };

	p.owner = lock_owner_new(p.actor, 1);
	return p;
}

static void
person_done(struct person *p)
{
	lock_owner_done(&p->owner);
	lock_actor_done(&p->actor);
}

static struct lock_key
row(const char *key)
{
	return (struct lock_key) { LOCK_ROW, 16384, key, strlen(key) };
}

static int
try_lock(struct person *p, const struct lock_key *k, enum lock_mode mode)
{
	struct lock_how how = { .policy = LOCK_SKIP };
	enum lock_result got;
	struct err e = { 0 };

	if (lock_acquire(p->owner, k, mode, &how, &got, &e) != ERR_OK)
		bail("lock_acquire: %s", e.message);
	return got != LOCK_NOT_GRANTED;
}

/* --- a thread that asks for one lock ------------------------------------------------------ */

struct ask {
	struct person *who;
	struct lock_key key;
	enum lock_mode mode;
	struct lock_how how;
	pthread_t thread;
	_Atomic int done;               /* order of finishing, from 1 */
	int rc;
	enum lock_result result;
	struct err e;
};

static _Atomic int finished;

static void *
ask_main(void *arg)
{
	struct ask *a = arg;

	a->rc = lock_acquire(a->who->owner, &a->key, a->mode, &a->how, &a->result, &a->e);
	a->done = ++finished;
	return NULL;
}

static void
count_waiter(void *arg, const struct lock_info *info)
{
	if (!info->granted)
		++*(int *) arg;
}

static int
waiters(void)
{
	int n = 0;

	lock_list(table, count_waiter, &n);
	return n;
}

static void
find_waiter(void *arg, const struct lock_info *info)
{
	int *pid = arg;

	if (!info->granted && info->pid == *pid)
		*pid = 0;
}

/* Start it and return when it waits. */
static void
ask_waiting(struct ask *a)
{
	int pid = a->who->pid;

	if (pthread_create(&a->thread, NULL, ask_main, a) != 0)
		bail("pthread_create");
	for (; pid != 0 && a->done == 0; sched_yield())
		lock_list(table, find_waiter, &pid);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* PostgreSQL's tables of conflicts, written out; row = held, column = asked. */
static void
test_conflicts(void)
{
	static const char *const rows[] = { "...X", "..XX", ".XXX", "XXXX" };
	static const char *const tables[] = {
		".......X", "......XX", "....XXXX", "...XXXXX",
		"..XX.XXX", "..XXXXXX", ".XXXXXXX", "XXXXXXXX",
	};
	struct person a = person_new(1, NULL), b = person_new(2, NULL);
	struct lock_key r = row("r"), t = { LOCK_RELATION, 16385, NULL, 0 };
	int bad = 0;

	for (int held = 0; held < 12; held++)
		for (int asked = 0; asked < 12; asked++) {
			if ((held < 4) != (asked < 4))
				continue;
			const struct lock_key *k = held < 4 ? &r : &t;
			bool conflict = (held < 4 ? rows[held][asked] : tables[held - 4][asked - 4]) == 'X';
			bad += !try_lock(&a, k, (enum lock_mode) held);
			bad += try_lock(&b, k, (enum lock_mode) asked) == conflict;
			lock_release_all(b.owner);
			bad += !try_lock(&a, k, (enum lock_mode) asked);        /* never against itself */
			lock_release_all(a.owner);
		}
	is_int(0, bad, "conflict tables");
	person_done(&a);
	person_done(&b);
}

static void
test_owners_and_marks(void)
{
	struct person a = person_new(1, NULL), b = person_new(2, NULL);
	struct lock_owner *session = lock_owner_new(a.actor, 0);
	struct person a2 = { .actor = a.actor, .owner = session };
	struct lock_key k = { LOCK_ADVISORY, 0, "12345678", 8 }, r1 = row("1"), r2 = row("2");

	ok(try_lock(&a, &k, LOCK_EXCLUSIVE) && try_lock(&a2, &k, LOCK_EXCLUSIVE),
	   "owners of one actor do not conflict");
	ok(try_lock(&a2, &k, LOCK_EXCLUSIVE), "again");
	lock_release_all(a.owner);
	ok(!try_lock(&b, &k, LOCK_EXCLUSIVE), "the session still holds it");
	ok(lock_release(session, &k, LOCK_EXCLUSIVE), "first release");
	ok(!try_lock(&b, &k, LOCK_EXCLUSIVE), "acquisitions are counted");
	ok(lock_release(session, &k, LOCK_EXCLUSIVE), "second release");
	ok(!lock_release(session, &k, LOCK_EXCLUSIVE), "no third");
	ok(try_lock(&b, &k, LOCK_EXCLUSIVE), "free");
	lock_release_all(b.owner);

	try_lock(&a, &r1, LOCK_SHARE);
	struct lock_mark mark = lock_mark(a.owner);
	try_lock(&a, &r1, LOCK_UPDATE);
	try_lock(&a, &r2, LOCK_UPDATE);
	ok(!try_lock(&b, &r1, LOCK_SHARE) && !try_lock(&b, &r2, LOCK_SHARE), "held");
	ok(lock_held(a.owner, &r2, LOCK_KEY_SHARE), "a stronger mode covers a weaker one");
	lock_release_to(a.owner, mark);
	ok(try_lock(&b, &r1, LOCK_SHARE) && try_lock(&b, &r2, LOCK_SHARE), "back to the mark");
	ok(!lock_held(a.owner, &r1, LOCK_UPDATE) && lock_held(a.owner, &r1, LOCK_SHARE),
	   "the weaker lock from before the mark is kept");
	lock_owner_done(&session);
	person_done(&a);
	person_done(&b);
}

static void
test_fifo(void)
{
	enum { N = 6 };
	struct person holder = person_new(100, NULL), p[N];
	struct ask asks[N];
	struct lock_key k = row("queue");
	int order_bad = 0;

	try_lock(&holder, &k, LOCK_UPDATE);
	finished = 0;
	for (int i = 0; i < N; i++) {
		p[i] = person_new(i + 1, NULL);
		asks[i] = (struct ask) { .who = &p[i], .key = k, .mode = LOCK_NO_KEY_UPDATE };
		ask_waiting(&asks[i]);
	}
	is_int(N, waiters(), "all wait");
	int blockers[8];
	is_int(1, lock_blockers(table, 1, 1u << LOCK_ROW, blockers, 8), "the first waits for one,");
	is_int(100, blockers[0], "the holder;");
	is_int(1, lock_blockers(table, 2, 1u << LOCK_ROW, blockers, 8), "the second for one,");
	is_int(1, blockers[0], "the first");
	is_int(0, lock_blockers(table, 2, 1u << LOCK_TXN, blockers, 8), "none in another space");
	lock_release_all(holder.owner);
	for (int i = 0; i < N; i++) {
		pthread_join(asks[i].thread, NULL);
		order_bad += asks[i].done != i + 1 || asks[i].result != LOCK_GRANTED_AFTER_WAIT;
		lock_release_all(p[i].owner);
	}
	is_int(0, order_bad, "granted in the order of asking");
	for (int i = 0; i < N; i++)
		person_done(&p[i]);
	person_done(&holder);
}

/* A reader may not pass a waiting writer, but a holder that wants more may. */
static void
test_fairness(void)
{
	struct person a = person_new(1, NULL), b = person_new(2, NULL), c = person_new(3, NULL);
	struct lock_key k = row("fair");
	struct ask writer = { .who = &b, .key = k, .mode = LOCK_UPDATE };
	struct ask reader = { .who = &c, .key = k, .mode = LOCK_KEY_SHARE };

	finished = 0;
	try_lock(&a, &k, LOCK_KEY_SHARE);
	ask_waiting(&writer);
	ok(!try_lock(&c, &k, LOCK_KEY_SHARE), "a new reader does not pass a waiting writer");
	ask_waiting(&reader);
	ok(try_lock(&a, &k, LOCK_UPDATE), "the holder goes before them");
	lock_release_all(a.owner);
	pthread_join(writer.thread, NULL);
	is_int(LOCK_GRANTED_AFTER_WAIT, (int) writer.result, "then the writer");
	lock_release_all(b.owner);
	pthread_join(reader.thread, NULL);
	is_int(LOCK_GRANTED_AFTER_WAIT, (int) reader.result, "then the reader");
	person_done(&a);
	person_done(&b);
	person_done(&c);
}

static void
test_deadlock(void)
{
	struct person a = person_new(11, NULL), b = person_new(12, NULL);
	struct lock_key x = row("x"), y = row("y");
	struct ask first = { .who = &a, .key = y, .mode = LOCK_UPDATE,
	                     .how = { .deadlock_timeout_ms = 100000 } };
	struct ask second = { .who = &b, .key = x, .mode = LOCK_UPDATE,
	                      .how = { .deadlock_timeout_ms = 20 } };

	try_lock(&a, &x, LOCK_UPDATE);
	try_lock(&b, &y, LOCK_UPDATE);
	ask_waiting(&first);
	ask_waiting(&second);
	pthread_join(second.thread, NULL);
	is_str("40P01", err_sqlstate(second.rc), "deadlock");
	is_str("deadlock detected", second.e.message, "message");
	is_str("Process 12 waits for ForUpdateLock on row \\x78 of relation 16384; blocked by process 11.\n"
	       "Process 11 waits for ForUpdateLock on row \\x79 of relation 16384; blocked by process 12.",
	       second.e.detail, "both sides");
	lock_release_all(b.owner);
	pthread_join(first.thread, NULL);
	is_int(ERR_OK, first.rc, "the other goes on");
	person_done(&a);
	person_done(&b);
}

/* A cycle through a queue place only: T3 stands behind T2 without conflicting with holders. */
static void
test_soft_deadlock(void)
{
	struct person t1 = person_new(1, NULL), t2 = person_new(2, NULL), t3 = person_new(3, NULL);
	struct lock_key a = row("a"), b = row("b");
	struct ask w2 = { .who = &t2, .key = a, .mode = LOCK_UPDATE,
	                  .how = { .deadlock_timeout_ms = 100000 } };
	struct ask w3 = { .who = &t3, .key = a, .mode = LOCK_SHARE,
	                  .how = { .deadlock_timeout_ms = 100000 } };
	struct ask w1 = { .who = &t1, .key = b, .mode = LOCK_UPDATE,
	                  .how = { .deadlock_timeout_ms = 20 } };

	try_lock(&t1, &a, LOCK_SHARE);
	try_lock(&t3, &b, LOCK_UPDATE);
	ask_waiting(&w2);
	ask_waiting(&w3);
	ask_waiting(&w1);
	pthread_join(w3.thread, NULL);
	is_int(ERR_OK, w3.rc, "the waiter that only the queue held passes");
	lock_release_all(t3.owner);
	pthread_join(w1.thread, NULL);
	is_int(ERR_OK, w1.rc, "nobody is killed");
	lock_release_all(t1.owner);
	pthread_join(w2.thread, NULL);
	is_int(ERR_OK, w2.rc, "the writer last");
	person_done(&t1);
	person_done(&t2);
	person_done(&t3);
}

static void
test_policies(void)
{
	struct person a = person_new(1, NULL), b = person_new(2, NULL);
	struct lock_key k = row("p");
	struct lock_how nowait = { .policy = LOCK_NOWAIT, .what = "t" };
	struct lock_how timed = { .lock_timeout_ms = 20 };
	enum lock_result got;
	struct err e = { 0 };

	try_lock(&a, &k, LOCK_UPDATE);
	ok(!try_lock(&b, &k, LOCK_KEY_SHARE), "skip locked");
	is_str("55P03", err_sqlstate(lock_acquire(b.owner, &k, LOCK_UPDATE, &nowait, &got, &e)), "nowait");
	is_str("could not obtain lock on row in relation \"t\"", e.message, "its text");
	err_init(&e);
	is_str("55P03", err_sqlstate(lock_acquire(b.owner, &k, LOCK_UPDATE, &timed, &got, &e)), "lock_timeout");
	is_str("canceling statement due to lock timeout", e.message, "its text");
	lock_release_all(a.owner);
	ok(try_lock(&b, &k, LOCK_UPDATE), "nothing is left behind");
	person_done(&a);
	person_done(&b);
}

/* Who gives the lock back at once goes before the queue, and waits for holders only. */
static void
test_first(void)
{
	struct person a = person_new(1, NULL), b = person_new(2, NULL), c = person_new(3, NULL);
	struct lock_key k = row("first");
	struct ask queued = { .who = &b, .key = k, .mode = LOCK_UPDATE };
	struct ask first = { .who = &c, .key = k, .mode = LOCK_KEY_SHARE, .how = { .policy = LOCK_FIRST } };
	enum lock_result got = LOCK_NOT_GRANTED;
	struct err e = { 0 };

	(void) try_lock(&a, &k, LOCK_NO_KEY_UPDATE);
	ask_waiting(&queued);
	is_int(ERR_OK, lock_acquire(c.owner, &k, LOCK_KEY_SHARE, &first.how, &got, &e), "first: compatible with the holder");
	is_int(LOCK_GRANTED, got, "first: no wait for the queue");
	lock_release_all(c.owner);
	(void) try_lock(&a, &k, LOCK_UPDATE);
	ask_waiting(&first);
	lock_release_all(a.owner);
	pthread_join(first.thread, NULL);
	is_int(LOCK_GRANTED_AFTER_WAIT, first.result, "first: after the holder");
	is_int(0, queued.done, "first: before the queue");
	lock_release_all(c.owner);
	pthread_join(queued.thread, NULL);
	is_int(ERR_OK, queued.rc, "first: then the queue");
	person_done(&a);
	person_done(&b);
	person_done(&c);
}

/* Those who queue for one lock and go on to another keep their order, whether it is free or not, and
 * the first holds nothing of the old one while it waits: its holder may come to want that. */
static void
test_instead_of(bool next_is_held)
{
	enum { N = 3 };
	struct person a = person_new(100, NULL), d = person_new(101, NULL), p[N];
	struct lock_key from = row("from"), to = row("to");
	struct ask first[N], then[N];
	int bad = 0;

	(void) try_lock(&a, &from, LOCK_UPDATE);
	if (next_is_held)
		(void) try_lock(&d, &to, LOCK_UPDATE);
	for (int i = 0; i < N; i++) {
		p[i] = person_new(i + 1, NULL);
		first[i] = (struct ask) { .who = &p[i], .key = from, .mode = LOCK_NO_KEY_UPDATE };
		then[i] = (struct ask) { .who = &p[i], .key = to, .mode = LOCK_NO_KEY_UPDATE,
		                         .how = { .instead_of = &from } };
		ask_waiting(&first[i]);
	}
	lock_release_all(a.owner);
	for (int i = 0; i < N; i++) {
		pthread_join(first[i].thread, NULL);
		bad += first[i].rc != ERR_OK || (i + 1 < N && first[i + 1].done != 0);
		ask_waiting(&then[i]);
	}
	is_int(0, bad, "the first queue in order");
	ok(try_lock(&d, &from, LOCK_UPDATE), "nobody holds what he has left");
	lock_release_all(d.owner);
	for (int i = 0; i < N; i++) {
		pthread_join(then[i].thread, NULL);
		bad += then[i].rc != ERR_OK || (i + 1 < N && then[i + 1].done != 0);
		lock_release_all(p[i].owner);
	}
	is_int(0, bad, "the second too");
	for (int i = 0; i < N; i++)
		person_done(&p[i]);
	person_done(&a);
	person_done(&d);
}

static void
test_cancel(void)
{
	int cancel = LOCK_CANCEL_NONE;
	struct person a = person_new(1, NULL), b = person_new(2, &cancel), c = person_new(3, NULL);
	struct lock_key k = row("c");
	struct ask ask = { .who = &b, .key = k, .mode = LOCK_UPDATE };
	struct ask behind = { .who = &c, .key = k, .mode = LOCK_KEY_SHARE };

	try_lock(&a, &k, LOCK_KEY_SHARE);
	ask_waiting(&ask);
	ask_waiting(&behind);
	__atomic_store_n(&cancel, LOCK_CANCEL_USER, __ATOMIC_RELAXED);
	lock_cancel_wake(b.actor);
	pthread_join(ask.thread, NULL);
	is_str("57014", err_sqlstate(ask.rc), "cancelled while waiting");
	pthread_join(behind.thread, NULL);
	is_int(ERR_OK, behind.rc, "who stood behind it goes on");
	struct err e = { 0 };
	is_str("57014", err_sqlstate(lock_check_cancel(&cancel, &e)), "cancel cell");
	person_done(&a);
	person_done(&b);
	person_done(&c);
}

/* --- many threads --------------------------------------------------------------------------------- */

static int64_t shared[4];
static _Atomic int deadlocks;

static void *
hammer(void *arg)
{
	struct person p = person_new((int) (intptr_t) arg, NULL);
	struct lock_how how = { .deadlock_timeout_ms = 1 };
	uint64_t seed = (uint64_t) (intptr_t) arg * 2654435761u + 1;

	for (int i = 0; i < 3000; i++) {
		char name[2][2] = { "0", "0" };
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		int x = (int) (seed >> 33) & 3, y = (int) (seed >> 41) & 3;
		name[0][0] = (char) ('0' + x);
		name[1][0] = (char) ('0' + y);
		struct lock_key k0 = row(name[0]), k1 = row(name[1]);
		enum lock_result got;
		struct err e = { 0 };
		if (lock_acquire(p.owner, &k0, LOCK_UPDATE, &how, &got, &e) == ERR_OK
		    && lock_acquire(p.owner, &k1, LOCK_UPDATE, &how, &got, &e) == ERR_OK) {
			shared[x]++;
			shared[y]--;
		} else if (e.code == ERR_T_R_DEADLOCK_DETECTED) {
			deadlocks++;
		} else {
			bail("lock_acquire: %s", e.message);
		}
		lock_release_all(p.owner);
	}
	person_done(&p);
	return NULL;
}

static void
test_threads(void)
{
	pthread_t t[6];

	for (int i = 0; i < 6; i++)
		if (pthread_create(&t[i], NULL, hammer, (void *) (intptr_t) (i + 1)) != 0)
			bail("pthread_create");
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	is_int64(0, shared[0] + shared[1] + shared[2] + shared[3], "counters under locks add up");
	diag("%d deadlocks were broken", (int) deadlocks);
}

static void
test_memory_limit(struct store *store)
{
	struct lock_actor *actor = lock_actor_new(store_locks(store), 1, NULL);
	struct lock_owner *owner = lock_owner_new(actor, 1);
	struct err e = { 0 };
	enum lock_result got;
	int n = 0, rc = ERR_OK;

	for (; n < 1000000 && rc == ERR_OK; n++) {
		struct lock_key k = { LOCK_ROW, 1, &n, sizeof n };
		rc = lock_acquire(owner, &k, LOCK_UPDATE, NULL, &got, &e);
	}
	is_str("53200", err_sqlstate(rc), "a full table says so (after %d)", n);
	lock_owner_done(&owner);
	lock_actor_done(&actor);
}

int
main(void)
{
	struct store_options small = teststore_options;
	struct store *store = NULL;
	struct err e = { 0 };
	const char *dir = teststore_dir();

	small.lock_memory_limit = 8 << 20;
	if (store_create(dir, &e) != ERR_OK || store_open(dir, &small, &store, &e) != ERR_OK)
		bail("store: %s", e.message);
	table = store_locks(store);
	test_conflicts();
	test_owners_and_marks();
	test_fifo();
	test_fairness();
	test_deadlock();
	test_soft_deadlock();
	test_policies();
	test_first();
	test_instead_of(false);
	test_instead_of(true);
	test_cancel();
	test_threads();
	is_int(0, waiters(), "no waiter is left");
	test_memory_limit(store);
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
