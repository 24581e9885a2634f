/* manifest.c - copying files of a backup, and the list that says what they were. */
#include "config.h"
#include "core/base/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { BLOCK = 1 << 20 };

#define HEAD "ormdb-backup 1\n"

void
manifest_init(struct manifest *m)
{
	strbuf_init(&m->text, NULL);
	strbuf_puts(&m->text, HEAD);
}

void
manifest_done(struct manifest *m)
{
	strbuf_done(&m->text);
}

static int
file_fail(struct err *e, const char *verb, const char *path)
{
	int code = errno;

	err_set(e, code == ENOENT ? ERR_UNDEFINED_FILE
	         : code == ENOSPC || code == EDQUOT ? ERR_DISK_FULL : ERR_IO_ERROR,
	        "could not %s file \"%s\": %s", verb, path, strerror(code));
	return e->code;
}

/* --- copying --------------------------------------------------------------------------------- */

struct copy {
	char from[PATH_MAX], to[PATH_MAX];
	int  in, out;                   /* out -1: measure only */
	XXH3_state_t *hash;
	char *block;
	uint64_t size;
};

static int
write_block(struct copy *c, size_t len, struct err *e)
{
	for (size_t done = 0; c->out >= 0 && done < len; ) {
		ssize_t n = write(c->out, c->block + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return file_fail(e, "write", c->to);
		done += (size_t) n;
	}
	return ERR_OK;
}

static int
copy_blocks(struct copy *c, const struct manifest_stop *stop, struct err *e)
{
	for (;;) {
		int rc = stop == NULL || stop->fn == NULL ? ERR_OK : stop->fn(stop->arg, e);
		if (rc != ERR_OK)
			return rc;
		ssize_t n = read(c->in, c->block, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_fail(e, "read", c->from);
		if (n == 0)
			break;
		(void) XXH3_64bits_update(c->hash, c->block, (size_t) n);
		c->size += (uint64_t) n;
		rc = write_block(c, (size_t) n, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (c->out >= 0 && fsync(c->out) != 0)
		return file_fail(e, "fsync", c->to);
	return ERR_OK;
}

static int
open_both(struct copy *c, const char *from_dir, const char *to_dir, const char *path, struct err *e)
{
	if (snprintf(c->from, sizeof c->from, "%s/%s", from_dir, path) >= (int) sizeof c->from ||
	    (to_dir != NULL && snprintf(c->to, sizeof c->to, "%s/%s", to_dir, path) >= (int) sizeof c->to))
		return err_set(e, ERR_INVALID_NAME, "the path of \"%s\" is too long", path);
	c->in = open(c->from, O_RDONLY | O_CLOEXEC);
	if (c->in < 0)
		return file_fail(e, "open", c->from);
	if (to_dir == NULL)
		return ERR_OK;
	c->out = open(c->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return c->out < 0 ? file_fail(e, "create", c->to) : ERR_OK;
}

int
manifest_copy(const char *from_dir, const char *to_dir, const char *path, const struct manifest_stop *stop,
              struct manifest_file *ret, struct err *e)
{
	struct copy c = { .in = -1, .out = -1, .hash = XXH3_createState(), .block = malloc(BLOCK) };
	int rc = ERR_OK;

	if (c.hash == NULL || c.block == NULL)
		rc = err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	if (rc == ERR_OK)
		rc = open_both(&c, from_dir, to_dir, path, e);
	if (rc == ERR_OK) {
		(void) XXH3_64bits_reset(c.hash);
		rc = copy_blocks(&c, stop, e);
	}
	if (rc == ERR_OK)
		*ret = (struct manifest_file) { .size = c.size, .hash = XXH3_64bits_digest(c.hash), .path = path };
	if (c.in >= 0)
		(void) close(c.in);
	if (c.out >= 0)
		(void) close(c.out);
	(void) XXH3_freeState(c.hash);
	free(c.block);
	return rc;
}

int
manifest_sync_dir(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_fail(e, "open", dir);
	int rc = fsync(fd) == 0 ? ERR_OK : file_fail(e, "fsync", dir);
	(void) close(fd);
	return rc;
}

/* --- the list ---------------------------------------------------------------------------------- */

int
manifest_add(struct manifest *m, const struct manifest_file *f, struct err *e)
{
	if (strchr(f->path, '\n') != NULL)
		return err_set(e, ERR_INVALID_NAME, "a file's name has a line end: \"%s\"", f->path);
	strbuf_printf(&m->text, "%" PRIu64 " %016" PRIx64 " %s\n", f->size, f->hash, f->path);
	return ERR_OK;
}

int
manifest_write(struct manifest *m, const char *dir, struct err *e)
{
	char path[PATH_MAX];

	strbuf_printf(&m->text, "end %016" PRIx64 "\n", (uint64_t) XXH3_64bits(m->text.data, m->text.len));
	snprintf(path, sizeof path, "%s/" MANIFEST_NAME, dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_fail(e, "create", path);
	int rc = ERR_OK;
	for (size_t done = 0; rc == ERR_OK && done < m->text.len; ) {
		ssize_t n = write(fd, m->text.data + done, m->text.len - done);
		if (n > 0)
			done += (size_t) n;
		else if (n == 0 || errno != EINTR)
			rc = file_fail(e, "write", path);
	}
	if (rc == ERR_OK && fsync(fd) != 0)
		rc = file_fail(e, "fsync", path);
	(void) close(fd);
	return rc == ERR_OK ? manifest_sync_dir(dir, e) : rc;
}

static int
check_text(const struct manifest *m, const char *path, struct err *e)
{
	enum { END = sizeof "end 0123456789abcdef\n" - 1 };
	const char *text = m->text.data;
	size_t len = m->text.len;
	uint64_t hash;

	if (len < sizeof HEAD - 1 || memcmp(text, "ormdb-backup ", 13) != 0)
		return err_set(e, ERR_DATA_CORRUPTED, "\"%s\" is not the list of a backup's files", path);
	if (memcmp(text, HEAD, sizeof HEAD - 1) != 0)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "\"%s\" is of a newer version of ORMDB", path);
	if (len < END + sizeof HEAD - 1 || sscanf(text + len - END, "end %16" SCNx64 "\n", &hash) != 1
	    || hash != (uint64_t) XXH3_64bits(text, len - END))
		return err_set(e, ERR_DATA_CORRUPTED, "\"%s\" is cut or changed", path);
	return ERR_OK;
}

int
manifest_read(struct manifest *m, const char *dir, struct err *e)
{
	char path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof path, "%s/" MANIFEST_NAME, dir);
	strbuf_clear(&m->text);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		err_set(e, ERR_UNDEFINED_FILE, "\"%s\" is not a backup, or not a whole one", dir);
		return err_detail(e, "File \"%s\" is missing.", path);
	}
	if (fd < 0)
		return file_fail(e, "open", path);
	while ((n = read(fd, strbuf_room(&m->text, 65536), 65536)) > 0)
		strbuf_wrote(&m->text, (size_t) n);
	int rc = n < 0 ? file_fail(e, "read", path) : check_text(m, path, e);
	(void) close(fd);
	return rc;
}

bool
manifest_next(struct manifest *m, size_t *at, struct manifest_file *ret)
{
	if (*at == 0)
		*at = sizeof HEAD - 1;
	char *line = m->text.data + *at, *path = line;
	char *end = memchr(line, '\n', m->text.len - *at);
	if (end == NULL || strncmp(line, "end ", 4) == 0)
		return false;
	*end = '\0';
	*at = (size_t) (end + 1 - m->text.data);
	ret->size = strtoull(path, &path, 10);
	ret->hash = strtoull(path, &path, 16);
	ret->path = *path == ' ' ? path + 1 : path;
	return true;
}
