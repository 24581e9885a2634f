/* disk.c - libdisk.so: the data directory of the preloaded server, on a disk that fails.
 *
 * Every write to a file of the data directory is done and remembered with what it covered, until
 * the file is synced.  At a loss of power the files are put back to what was synced; then of the
 * writes since, in their order, none, some, or some sectors of some are done again: so may a disk
 * that had them in its cache.  Names are kept like that too: a file that was made, renamed or
 * removed since its directory was synced may or may not have been.
 *
 * A file system that is full: files may grow by so much in all, and statvfs() says so.
 *
 * Not here: when it happens (disk.h, power.c). */
#include "config.h"
#include "regress/crash/disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FDS = 65536, SECTOR = 512, STATUS_POWER = 9 };

/* A write, or a change of size, that a power loss may undo. */
struct change {
	struct change *next, *prev;     /* newest first */
	off_t  at;
	size_t len, old_len;            /* of the bytes written, and of those that they covered */
	off_t  old_size;
	bool   resize;                  /* to `at`; old bytes begin there */
	uint8_t *bytes, *old;
};

struct file {
	struct file *next;
	dev_t dev;
	ino_t ino;
	int   fd;                       /* our own, for reading and writing */
	struct change *newest, *oldest;
};

/* What happened to a name since its directory was synced. */
struct naming {
	struct naming *older;
	enum { MADE, RENAMED, REMOVED } what;
	char path[PATH_MAX], from[PATH_MAX], saved[PATH_MAX];   /* saved: a link to what was there */
};

static struct disk_control *control;
static char data_dir[PATH_MAX - 64];      /* room for a name below it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files, *of_fd[FDS];
static struct naming *namings;
static unsigned long nsaved;

static int (*real_open)(const char *, int, ...);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);
static int (*real_statvfs)(const char *, struct statvfs *);

/* ISO C has no conversion from object to function pointers. */
#define FIND(name) (*(void **) &real_##name = dlsym(RTLD_NEXT, #name))

static void find_all(void) __attribute__((constructor));

static bool
resolve(const char *dir)
{
	char path[PATH_MAX];

	if (realpath(dir, path) == NULL || strlen(path) >= sizeof data_dir)
		return false;
	memcpy(data_dir, path, strlen(path) + 1);
	return true;
}

static void
find_all(void)
{
	const char *path = getenv("ORMDB_DISK"), *dir = getenv("ORMDB_DISK_DIR");

	FIND(open), FIND(pwrite), FIND(write), FIND(ftruncate), FIND(fallocate), FIND(rename);
	FIND(unlink), FIND(statvfs);
	/* The shell that starts the server is not the server. */
	if (strcmp(program_invocation_short_name, "ormdbd") != 0 || path == NULL || dir == NULL)
		return;
	int fd = real_open(path, O_RDWR | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || !resolve(dir)) {
		perror(path);
		_exit(1);
	}
	close(fd);
	control = at;
}

/* -- Who is who ---------------------------------------------------------------------------------------- */
static bool
is_ours(const char *path)
{
	size_t n = strlen(data_dir);
	const char *rest = path + n;

	return control != NULL && n != 0 && strncmp(path, data_dir, n) == 0 && *rest == '/'
	    && strncmp(rest, "/tmp", 4) != 0 && strcmp(rest, "/ormdbd.pid") != 0;
}

static struct file *
file_of(int fd)
{
	struct stat st;
	struct file *f;
	char path[64];

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return NULL;
	for (f = files; f != NULL; f = f->next)
		if (f->dev == st.st_dev && f->ino == st.st_ino)
			return f;
	f = calloc(1, sizeof *f);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	f->fd = real_open(path, O_RDWR | O_CLOEXEC);
	if (f->fd < 0)
		abort();
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->next = files;
	return files = f;
}

static off_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_size : 0;
}

/* -- Remembering ------------------------------------------------------------------------------------------ */
static struct change *
remember(struct file *f, off_t at, size_t cover)
{
	struct change *c = calloc(1, sizeof *c);

	c->at = at;
	c->old_size = size_of(f->fd);
	c->old = malloc(cover + 1);
	ssize_t n = pread(f->fd, c->old, cover, at);
	c->old_len = n > 0 ? (size_t) n : 0;
	c->next = f->newest;
	if (f->newest != NULL)
		f->newest->prev = c;
	else
		f->oldest = c;
	f->newest = c;
	return c;
}

static void
forget(struct file *f)
{
	for (struct change *c = f->newest, *next; c != NULL; c = next) {
		next = c->next;
		free(c->bytes);
		free(c->old);
		free(c);
	}
	f->newest = f->oldest = NULL;
}

static void
note_name(int what, const char *path, const char *from, const char *saved)
{
	struct naming *n = calloc(1, sizeof *n);

	n->what = what;
	snprintf(n->path, sizeof n->path, "%s", path);
	snprintf(n->from, sizeof n->from, "%s", from);
	snprintf(n->saved, sizeof n->saved, "%s", saved);
	n->older = namings;
	namings = n;
}

/* Another name for what a rename or removal takes away; "" when there is nothing. */
static void
save(const char *path, char saved[PATH_MAX])
{
	snprintf(saved, PATH_MAX, "%s.disk/%lu.%d", data_dir, nsaved++, (int) getpid());
	if (link(path, saved) != 0)
		saved[0] = '\0';
}

static void
names_synced(void)
{
	for (struct naming *n = namings, *older; n != NULL; n = older) {
		older = n->older;
		if (n->saved[0] != '\0')
			(void) real_unlink(n->saved);
		free(n);
	}
	namings = NULL;
}

/* A journal that has the file has everything before it. */
static bool
is_new_name(int fd)
{
	struct stat st, other;

	if (namings == NULL || fstat(fd, &st) != 0)
		return false;
	for (const struct naming *n = namings; n != NULL; n = n->older)
		if (n->what != REMOVED && stat(n->path, &other) == 0 && other.st_ino == st.st_ino)
			return true;
	return false;
}

/* -- The loss of power ----------------------------------------------------------------------------------------- */
static uint64_t
chance(uint64_t n)
{
	static uint64_t state;

	if (state == 0)
		state = atomic_load(&control->seed) | 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

/* How this file's unsynced writes fare. */
enum fate { ALL_LOST, ALL_KEPT, SOME, SECTORS, FATES };

static void
undo_all(struct file *f)
{
	for (struct change *c = f->newest; c != NULL; c = c->next) {
		if (c->resize && c->at > c->old_size) {
			(void) real_ftruncate(f->fd, c->old_size);
			continue;
		}
		(void) real_pwrite(f->fd, c->old, c->old_len, c->at);
		(void) real_ftruncate(f->fd, c->old_size);
	}
}

static void
redo(struct file *f, const struct change *c, enum fate fate)
{
	if (fate == ALL_LOST || (fate == SOME && chance(2) == 0)) {
		atomic_fetch_add(&control->dropped, 1);
		return;
	}
	if (c->resize) {
		(void) real_ftruncate(f->fd, c->at);
		return;
	}
	if (fate != SECTORS) {
		(void) real_pwrite(f->fd, c->bytes, c->len, c->at);
		atomic_fetch_add(&control->kept, 1);
		return;
	}
	atomic_fetch_add(&control->torn, 1);
	for (size_t done = 0; done < c->len; ) {
		size_t n = SECTOR - (size_t) (c->at + (off_t) done) % SECTOR;
		n = n < c->len - done ? n : c->len - done;
		if (chance(3) != 0)
			(void) real_pwrite(f->fd, c->bytes + done, n, c->at + (off_t) done);
		done += n;
	}
}

static void
lose_names(void)
{
	/* Names come back in reverse, up to a moment: directories are journalled. */
	uint64_t keep = chance(2);

	for (struct naming *n = namings; n != NULL && keep == 0; n = n->older, keep = chance(4) == 0) {
		if (n->what == MADE)
			(void) real_unlink(n->path);
		else if (n->what == RENAMED)
			(void) real_rename(n->path, n->from);
		if (n->saved[0] != '\0')
			(void) real_rename(n->saved, n->path);
	}
}

static void
lose_power(void)
{
	for (struct file *f = files; f != NULL; f = f->next) {
		enum fate fate = (enum fate) chance(FATES);
		if (f->newest == NULL)
			continue;
		undo_all(f);
		for (const struct change *c = f->oldest; c != NULL; c = c->prev)
			redo(f, c, fate);
	}
	lose_names();
	atomic_store(&control->happened, 1);
	kill(getpid(), SIGKILL);
	_exit(STATUS_POWER);
}

/* A call of this kind: 0, or the errno it fails with. */
static int
due(int kind)
{
	int event = atomic_load(&control->event);

	atomic_fetch_add(&control->calls, 1);
	if (event == DISK_NONE || (event != DISK_POWER && event != kind) || atomic_load(&control->at) <= 0)
		return 0;
	if (atomic_fetch_sub(&control->at, 1) != 1)
		return 0;
	if (event == DISK_POWER)
		lose_power();
	atomic_store(&control->happened, 1);
	return atomic_load(&control->error);
}

static bool
no_room(struct file *f, off_t end)
{
	long room = atomic_load(&control->room), more = (long) (end - size_of(f->fd));

	if (room < 0 || more <= 0)
		return false;
	if (more > room)
		return true;
	atomic_fetch_sub(&control->room, more);
	return false;
}

/* What a file takes that is about to go. */
static long
taken_by(const char *path)
{
	struct stat st;

	return control != NULL && atomic_load(&control->room) >= 0 && stat(path, &st) == 0 ? (long) st.st_size : 0;
}

static void
give_back(long bytes)
{
	if (bytes > 0 && atomic_load(&control->room) >= 0)
		atomic_fetch_add(&control->room, bytes);
}

/* -- The calls ------------------------------------------------------------------------------------------------------ */
int
open(const char *path, int flags, ...)
{
	if (real_open == NULL)          /* constructors of other libraries run before ours */
		find_all();
	bool was = false, ours = is_ours(path) && (flags & O_ACCMODE) != O_RDONLY;
	mode_t mode = 0;
	va_list ap;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (!ours) {
		int fd = real_open(path, flags, mode);
		if (fd >= 0 && fd < FDS)
			of_fd[fd] = NULL;
		return fd;
	}
	pthread_mutex_lock(&lock);
	was = access(path, F_OK) == 0;
	/* O_TRUNC is a change of size like others: done by hand. */
	int fd = real_open(path, flags & ~O_TRUNC, mode);
	if (fd >= 0 && fd < FDS) {
		of_fd[fd] = file_of(fd);
		if (!was)
			note_name(MADE, path, "", "");
	}
	pthread_mutex_unlock(&lock);
	if (fd >= 0 && was && (flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0)
		return -1;
	return fd;
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	struct file *f = fd >= 0 && fd < FDS ? of_fd[fd] : NULL;

	if (f == NULL)
		return real_pwrite(fd, bytes, len, at);
	pthread_mutex_lock(&lock);
	int error = due(DISK_FAIL_WRITE);
	if (error == 0 && no_room(f, at + (off_t) len))
		error = ENOSPC;
	ssize_t n = -1;
	if (error == 0) {
		struct change *c = remember(f, at, len);
		n = real_pwrite(fd, bytes, len, at);
		error = errno;
		c->bytes = malloc(len + 1);
		memcpy(c->bytes, bytes, len);
		c->len = n > 0 ? (size_t) n : 0;
	}
	pthread_mutex_unlock(&lock);
	if (n < 0)
		errno = error;
	return n;
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	if (fd < 0 || fd >= FDS || of_fd[fd] == NULL)
		return real_write(fd, bytes, len);
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n = pwrite(fd, bytes, len, at);
	if (n > 0)
		(void) lseek(fd, at + n, SEEK_SET);
	return n;
}

static int
sync_fd(int fd)
{
	struct stat st;

	if (control == NULL || fstat(fd, &st) != 0)
		return 0;
	pthread_mutex_lock(&lock);
	struct file *f = fd < FDS ? of_fd[fd] : NULL;
	int error = f == NULL && !S_ISDIR(st.st_mode) ? 0 : due(DISK_FAIL_SYNC);
	if (error != 0 && f != NULL)
		undo_all(f);
	if (f != NULL)
		forget(f);
	if (error == 0 && (S_ISDIR(st.st_mode) || is_new_name(fd)))
		names_synced();
	pthread_mutex_unlock(&lock);
	if (error != 0)
		errno = error;
	return error == 0 ? 0 : -1;
}

/* Nothing is really synced: the machine under us does not lose its power. */
int fsync(int fd)     { return sync_fd(fd); }
int fdatasync(int fd) { return sync_fd(fd); }

int
ftruncate(int fd, off_t size)
{
	struct file *f = fd >= 0 && fd < FDS ? of_fd[fd] : NULL;

	if (f == NULL)
		return real_ftruncate(fd, size);
	pthread_mutex_lock(&lock);
	off_t old = size_of(fd);
	int error = no_room(f, size) ? ENOSPC : 0;
	if (error == 0) {
		remember(f, size, old > size ? (size_t) (old - size) : 0)->resize = true;
		error = real_ftruncate(fd, size) == 0 ? 0 : errno;
		give_back(old - size);
	}
	pthread_mutex_unlock(&lock);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* Only files that grow: what is there is not touched. */
int
fallocate(int fd, int mode, off_t at, off_t len)
{
	if (fd < 0 || fd >= FDS || of_fd[fd] == NULL)
		return real_fallocate(fd, mode, at, len);
	return (mode & FALLOC_FL_KEEP_SIZE) != 0 || at + len <= size_of(fd) ? 0 : ftruncate(fd, at + len);
}

int
posix_fallocate(int fd, off_t at, off_t len)
{
	return fallocate(fd, 0, at, len) == 0 ? 0 : errno;
}

int
rename(const char *from, const char *to)
{
	char saved[PATH_MAX];

	if (!is_ours(to))
		return real_rename(from, to);
	pthread_mutex_lock(&lock);
	save(to, saved);
	long taken = taken_by(to);
	int rc = real_rename(from, to), error = errno;
	if (rc == 0) {
		note_name(RENAMED, to, from, saved);
		give_back(taken);
	}
	pthread_mutex_unlock(&lock);
	errno = error;
	return rc;
}

int
unlink(const char *path)
{
	char saved[PATH_MAX];

	if (!is_ours(path))
		return real_unlink(path);
	pthread_mutex_lock(&lock);
	save(path, saved);
	long taken = taken_by(path);
	int rc = real_unlink(path), error = errno;
	if (rc == 0) {
		note_name(REMOVED, path, "", saved);
		give_back(taken);
	}
	pthread_mutex_unlock(&lock);
	errno = error;
	return rc;
}

int
statvfs(const char *path, struct statvfs *ret)
{
	int rc = real_statvfs(path, ret);
	long room = control == NULL ? -1 : atomic_load(&control->room);

	if (rc == 0 && room >= 0)
		ret->f_bavail = ret->f_bfree = (fsblkcnt_t) room / ret->f_frsize;
	return rc;
}
