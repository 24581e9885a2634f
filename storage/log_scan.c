/* log_scan.c - is the engine's log whole as far as it was acknowledged?
 *
 * After a crash the engine recovers up to the first bad record, cuts the rest off, and goes on
 * with a line in the server log at most.  A bad record at the very end is what a power loss
 * leaves of writes that nobody was told of; one in the middle is damage, and commits are lost.
 * The engine cannot tell them apart, so we look before it does.
 *
 * After each flush the flusher writes a message record: an epoch (one opening of the store) and
 * a count.  Whatever stands before message n was in the log when flush n+1 began, so a readable
 * message n+1 or later proves it was on disk.  Therefore: a gap between messages f and f+1 is
 * damage when a message above f+1 can be read anywhere behind it.
 *
 * A log record: length (4 bytes, with the header, a multiple of 128), checksum (4, CRC32C of
 * all with this field 0), flags (2), unused (2, zero), length in memory (4), then its type
 * packed (message: 0x83).  Files end in zeros. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/store_private.h"

enum { ALIGN = 128, HEADER = 16, MESSAGE = 0x83, NAME_MAX_LEN = 64 };

static const char log_prefix[] = "WiredTigerLog.";

enum gap { GAP_NONE, GAP_END, GAP_HOLE };

struct scan {
	uint32_t (*crc)(const void *, size_t);
	uint64_t epoch, count;          /* of the newest message before the gap */
	enum gap gap;
	bool     damaged;
	char     gap_file[NAME_MAX_LEN], file[NAME_MAX_LEN];
	size_t   gap_at;
};

static uint32_t
word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* The length of the good record at p, 0 if there is none. */
static size_t
record(const struct scan *s, uint8_t *p, size_t left)
{
	static const uint8_t zero[4];

	if (left < ALIGN)
		return 0;
	uint32_t len = word(p), sum = word(p + 4);
	if (len < HEADER || len > left || len % ALIGN != 0 || p[10] != 0 || p[11] != 0)
		return 0;
	memcpy(p + 4, zero, 4);
	bool good = s->crc(p, len) == sum;
	memcpy(p + 4, &sum, 4);
	return good ? len : 0;
}

static void
on_message(struct scan *s, const char *text)
{
	uint64_t epoch, count;

	if (sscanf(text, LOG_MESSAGE_SCAN, &epoch, &count) != 2)
		return;
	if (epoch != s->epoch) {
		s->epoch = epoch;
		s->gap = GAP_NONE;      /* what came before has been recovered since, or given up */
		s->damaged = false;
	} else if (count > s->count + 1) {
		s->damaged = true;
	} else if (s->gap == GAP_END) {
		s->gap = GAP_NONE;
	}
	if (s->gap == GAP_NONE)
		s->count = count;
}

static void
on_gap(struct scan *s, enum gap gap, size_t at)
{
	if (s->gap == GAP_HOLE || s->damaged)
		return;                 /* the first one counts */
	s->gap = gap;
	s->gap_at = at;
	memcpy(s->gap_file, s->file, sizeof s->gap_file);
}

static bool
all_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static void
scan_bytes(struct scan *s, uint8_t *p, size_t size)
{
	for (size_t at = 0; at < size; ) {
		size_t len = record(s, p + at, size - at);
		if (len != 0) {
			if (p[at + HEADER] == MESSAGE && memchr(p + at + HEADER + 1, '\0', len - HEADER - 1) != NULL)
				on_message(s, (const char *) p + at + HEADER + 1);
			at += len;
			continue;
		}
		bool end = all_zero(p + at, size - at);
		on_gap(s, end ? GAP_END : GAP_HOLE, at);
		if (end)
			return;
		at += ALIGN;
	}
}

static int
scan_file(struct scan *s, int dir, const char *name, struct err *e)
{
	struct stat st;
	uint8_t *bytes = NULL;
	size_t got = 0;

	memcpy(s->file, name, strlen(name) + 1);        /* is_log() has measured it */
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		goto fail;
	bytes = malloc((size_t) st.st_size + 1);
	while (bytes != NULL && got < (size_t) st.st_size) {
		ssize_t n = read(fd, bytes + got, (size_t) st.st_size - got);
		if (n < 0 && errno != EINTR)
			goto fail;
		if (n == 0)
			break;
		if (n > 0)
			got += (size_t) n;
	}
	close(fd);
	if (bytes == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	scan_bytes(s, bytes, got);
	free(bytes);
	return ERR_OK;

fail:
	err_set(e, ERR_IO_ERROR, "could not read \"%s\": %s", name, strerror(errno));
	free(bytes);
	if (fd >= 0)
		close(fd);
	return e->code;
}

static int
is_log(const struct dirent *entry)
{
	return strncmp(entry->d_name, log_prefix, sizeof log_prefix - 1) == 0
	    && strlen(entry->d_name) < NAME_MAX_LEN;
}

/* *ret_why is empty when the log is whole. */
int
log_scan(const char *base, char *ret_why, size_t size, struct err *e)
{
	struct scan s = { .crc = wiredtiger_crc32c_func() };
	struct dirent **names;
	int rc = ERR_OK;

	ret_why[0] = '\0';
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int n = dir < 0 ? -1 : scandir(base, &names, is_log, alphasort);
	if (n < 0) {
		rc = err_set(e, ERR_IO_ERROR, "could not read directory \"%s\": %s", base, strerror(errno));
		if (dir >= 0)
			close(dir);
		return rc;
	}
	for (int i = 0; i < n; i++) {
		if (rc == ERR_OK)
			rc = scan_file(&s, dir, names[i]->d_name, e);
		free(names[i]);
	}
	free(names);
	close(dir);
	if (rc == ERR_OK && s.damaged)
		snprintf(ret_why, size, "The log is damaged in file \"%s\" at byte %zu, before commits "
		         "that were acknowledged.", s.gap_file, s.gap_at);
	return rc;
}
