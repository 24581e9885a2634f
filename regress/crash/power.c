/* power.c - the tester's side of a disk that fails: when, how, and whether the server bore it.
 *
 * Not here: the failing (disk.c, in the server). */
#include "config.h"
#include "regress/crash/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "regress/crash/disk.h"

enum { PLENTY_MB = 1 << 20, MIN_FREE_MB = 32 + 2 * 8 /* and the log's next files */, WAIT_MS = 20000 };

bool
power_init(struct crash *c)
{
	char path[TEXT_MAX];

	if (c->mode == MODE_KILL)
		return true;
	/* The loader would only warn, and every disk would be a good one. */
	snprintf(path, sizeof path, "%s/regress/crash/libdisk.so", c->builddir);
	if (access(path, R_OK) != 0) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		return false;
	}
	snprintf(path, sizeof path, "%s/disk", c->dir);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof *c->disk) != 0)
		return false;
	void *at = mmap(NULL, sizeof *c->disk, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void) close(fd);
	if (at == MAP_FAILED)
		return false;
	c->disk = at;
	atomic_store(&c->disk->room, -1);
	return server_run(c, "mkdir -p '%s/data.disk'", c->dir) == 0;
}

const char *
power_environment(struct crash *c)
{
	static char text[TEXT_MAX * 3];

	if (c->disk == NULL)
		return "";
	snprintf(text, sizeof text, "LD_PRELOAD='%s/regress/crash/libdisk.so' ORMDB_DISK='%s/disk' "
	         "ORMDB_DISK_DIR='%s/data'", c->builddir, c->dir, c->dir);
	return text;
}

void
power_arm(struct crash *c, long calls)
{
	struct disk_control *d = c->disk;

	if (d == NULL)
		return;
	atomic_store(&d->happened, 0);
	atomic_store(&d->seed, random_below(&c->random, UINT64_MAX));
	if (c->mode == MODE_FULL)
		return;                 /* when clients are at work: power_wait() */
	atomic_store(&d->error, random_below(&c->random, 3) == 0 ? ENOSPC : EIO);
	atomic_store(&d->event, c->mode == MODE_POWER ? DISK_POWER
	             : random_below(&c->random, 2) == 0 ? DISK_FAIL_WRITE : DISK_FAIL_SYNC);
	if (c->mode == MODE_FAIL)
		calls /= 8;
	atomic_store(&d->at, 1 + (long) random_below(&c->random, (uint64_t) calls));
	atomic_store(&c->failing, true);
}

void
power_disarm(struct crash *c)
{
	if (c->disk == NULL)
		return;
	atomic_store(&c->failing, false);
	c->events += atomic_load(&c->disk->happened);
	atomic_store(&c->disk->event, DISK_NONE);
	atomic_store(&c->disk->room, -1);
}

static void
nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Wait until the count has moved by so much. */
static bool
moves(_Atomic long *count, long by)
{
	long start = atomic_load(count);

	for (long ms = 0; ms < WAIT_MS; ms += 20) {
		if (atomic_load(count) >= start + by)
			return true;
		nap(20);
	}
	return false;
}

/* The disk fills up: statements are refused, the server lives; then there is room, and work goes on. */
static void
fill_up(struct crash *c)
{
	long mb = 1 << 20, room = (MIN_FREE_MB + 4 + (long) random_below(&c->random, 40)) * mb;

	atomic_store(&c->disk->room, room);
	/* Files come and go: if it does not fill up by itself, it is full now. */
	if (!moves(&c->refused, 5))
		atomic_store(&c->disk->room, (MIN_FREE_MB - 2) * mb);
	if (!moves(&c->refused, 5)) {
		finding(c, "the disk is full, and no statement was refused");
		return;
	}
	c->events++;
	nap((long) random_below(&c->random, 1500));
	long left = atomic_load(&c->disk->room);
	if (left < mb)
		finding(c, "writes were not stopped before the disk was full: of %ld kB %ld are left", room >> 10, left >> 10);
	atomic_store(&c->disk->room, PLENTY_MB * mb);
	if (!moves(&c->acked, 20))
		finding(c, "the disk has room again, and work does not go on");
}

void
power_wait(struct crash *c, long ms)
{
	if (c->mode == MODE_FULL) {
		fill_up(c);
		return;
	}
	/* A busy machine may need seconds until the first clients are at work. */
	for (long start = atomic_load(&c->acked), waited = 0; waited < WAIT_MS && atomic_load(&c->acked) < start + 10
	     && (c->disk == NULL || atomic_load(&c->disk->happened) == 0); waited += 10)
		nap(10);
	/* The event takes the server away, or we do after a while. */
	if (c->disk != NULL)
		ms *= 4;
	for (long waited = 0; waited < ms; waited += 10) {
		if (c->mode == MODE_POWER && atomic_load(&c->disk->happened) != 0)
			return;
		nap(10);
	}
}

void
power_print(struct crash *c)
{
	static const char *const what[] = { "", "losses of power", "failed calls", "full disks" };

	if (c->disk == NULL)
		return;
	printf("# %ld %s", c->events, what[c->mode]);
	if (c->mode == MODE_POWER)
		printf("; unsynced writes: %ld kept, %ld lost, %ld torn", atomic_load(&c->disk->kept),
		       atomic_load(&c->disk->dropped), atomic_load(&c->disk->torn));
	else
		printf("; %ld statements refused", atomic_load(&c->refused));
	putchar('\n');
}
