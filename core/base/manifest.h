/* manifest.h - the list of a backup's files: written last, so that a backup with one is whole.
 *
 *     ormdb-backup 1
 *     SIZE HASH PATH          for each file, the path below the backup's directory
 *     end HASH                of all the lines before
 *
 * Owner     struct manifest is the caller's; manifest_done() frees what it holds.
 * Thread    one.
 * Failure   XX001 for a list that is cut or changed, 58P01 when there is none, 58030 and 53100
 *           from files, 57014 when `stop` said so.
 * Cost      copying: one read and one write of each byte, 10 GB/s of hashing. */
#ifndef CORE_BASE_MANIFEST_H
#define CORE_BASE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/strbuf.h"

#define MANIFEST_NAME "backup_manifest"

struct manifest {
	struct strbuf text;
};

struct manifest_file {
	uint64_t size, hash;
	const char *path;               /* in the manifest's text */
};

void manifest_init(struct manifest *m);
void manifest_done(struct manifest *m);

/* Asked now and then during a copy; a code other than ERR_OK, with *e filled, ends it. */
struct manifest_stop {
	int (*fn)(void *arg, struct err *e);
	void *arg;
};

/* Copy from_dir/path to to_dir/path, durably (the directory itself is not synced), and measure it.
 * to_dir NULL: measure only. */
int manifest_copy(const char *from_dir, const char *to_dir, const char *path, const struct manifest_stop *stop,
                  struct manifest_file *ret, struct err *e) MUST_CHECK;
int manifest_add(struct manifest *m, const struct manifest_file *f, struct err *e) MUST_CHECK;
int manifest_write(struct manifest *m, const char *dir, struct err *e) MUST_CHECK;
int manifest_read(struct manifest *m, const char *dir, struct err *e) MUST_CHECK;
/* The files of a manifest that was read; *at 0 begins; false: no more. */
bool manifest_next(struct manifest *m, size_t *at, struct manifest_file *ret);

int manifest_sync_dir(const char *dir, struct err *e) MUST_CHECK;

#endif
