/* spill.c - temporary runs: nameless files under DIR/tmp, written and read through one buffer.
 *
 * Not here: what a run contains; merging and partitioning are the executor's. */
#include "config.h"
#include "storage/spill.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/store_private.h"

enum { BUFFER = 64 * 1024 };

struct spill {
	struct spill_account *account;
	int      fd;
	bool     reading;
	uint64_t size;                  /* bytes accepted so far */
	uint64_t at;                    /* reading: file offset of the buffer's end */
	size_t   pos, fill;             /* writing: fill; reading: the unread part */
	char     buffer[BUFFER];
};

static int
io_fail(struct err *e, const char *verb)
{
	int code = errno;

	if (code == ENOSPC || code == EDQUOT) {
		err_set(e, ERR_DISK_FULL, "could not %s temporary file: %s", verb, strerror(code));
		return err_hint(e, "Check free disk space.");
	}
	return err_set(e, ERR_IO_ERROR, "could not %s temporary file: %s", verb, strerror(code));
}

/* O_TMPFILE where the file system has it, else a named file that is unlinked at once. */
int
spill_file(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/tmp", dir);
	int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	snprintf(path, sizeof path, "%s/tmp/spillXXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

int
spill_open(struct store *store, struct spill_account *account, struct spill **ret_spill,
           struct err *e)
{
	struct spill *s = malloc(sizeof *s);

	if (s == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	s->fd = spill_file(store_dir(store));
	if (s->fd < 0) {
		free(s);
		return io_fail(e, "create");
	}
	s->account = account;
	s->reading = false;
	s->size = s->at = 0;
	s->pos = s->fill = 0;
	*ret_spill = s;
	return ERR_OK;
}

void
spill_close(struct spill **spill)
{
	struct spill *s = *spill;

	if (s == NULL)
		return;
	if (s->account != NULL)
		atomic_fetch_sub(&s->account->used, s->size);
	close(s->fd);
	free(s);
	*spill = NULL;
}

static int
write_all(struct spill *s, const char *bytes, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = write(s->fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return io_fail(e, "write to");
		bytes += n;
		len -= (size_t) n;
	}
	return ERR_OK;
}

static int
charge(struct spill *s, size_t len, struct err *e)
{
	struct spill_account *a = s->account;

	if (a != NULL) {
		uint64_t used = atomic_fetch_add(&a->used, len) + len;
		if (a->limit != 0 && used > a->limit) {
			atomic_fetch_sub(&a->used, len);
			return err_set(e, ERR_CONFIGURATION_LIMIT_EXCEEDED,
			               "temporary file size exceeds temp_file_limit (%llukB)",
			               (unsigned long long) (a->limit / 1024));
		}
	}
	s->size += len;
	return ERR_OK;
}

int
spill_write(struct spill *s, const void *bytes, size_t len, struct err *e)
{
	const char *p = bytes;

	assert(!s->reading);
	int rc = charge(s, len, e);
	if (rc != ERR_OK)
		return rc;
	if (len <= BUFFER - s->fill) {
		memcpy(s->buffer + s->fill, p, len);
		s->fill += len;
		return ERR_OK;
	}
	rc = write_all(s, s->buffer, s->fill, e);
	if (rc != ERR_OK)
		return rc;
	s->fill = 0;
	if (len >= BUFFER)
		return write_all(s, p, len, e);
	memcpy(s->buffer, p, len);
	s->fill = len;
	return ERR_OK;
}

int
spill_rewind(struct spill *s, struct err *e)
{
	if (!s->reading) {
		int rc = write_all(s, s->buffer, s->fill, e);
		if (rc != ERR_OK)
			return rc;
		s->reading = true;
	}
	s->at = 0;
	s->pos = s->fill = 0;
	return ERR_OK;
}

int
spill_read_at(struct spill *s, uint64_t offset, void *ret_bytes, size_t len, struct err *e)
{
	char *to = ret_bytes;

	assert(s->reading);
	while (len > 0) {
		ssize_t n = pread(s->fd, to, len, (off_t) offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;    /* shorter than what was written */
		if (n <= 0)
			return io_fail(e, "read");
		to += n;
		offset += (uint64_t) n;
		len -= (size_t) n;
	}
	return ERR_OK;
}

int
spill_read(struct spill *s, void *ret_bytes, size_t len, bool *ret_more, struct err *e)
{
	char *to = ret_bytes;

	assert(s->reading);
	if (s->pos == s->fill && s->at == s->size && len > 0) {
		*ret_more = false;
		return ERR_OK;
	}
	while (len > 0) {
		if (s->pos == s->fill) {
			size_t want = s->size - s->at < BUFFER ? (size_t) (s->size - s->at) : BUFFER;
			if (want == 0)
				return err_set(e, ERR_INTERNAL_ERROR,
				               "a temporary file ends inside a record");
			int rc = spill_read_at(s, s->at, s->buffer, want, e);
			if (rc != ERR_OK)
				return rc;
			s->at += want;
			s->pos = 0;
			s->fill = want;
		}
		size_t n = s->fill - s->pos < len ? s->fill - s->pos : len;
		memcpy(to, s->buffer + s->pos, n);
		s->pos += n;
		to += n;
		len -= n;
	}
	*ret_more = true;
	return ERR_OK;
}

uint64_t
spill_bytes(const struct spill *s)
{
	return s->size;
}
