/* archive.h - the package lists of a Debian archive, taken apart in one pass.
 *
 * Owner     archive_done() releases everything; slices point into the text given to
 *           archive_parse(), which must live as long.
 * Thread    one.
 * Failure   a stanza without a name is skipped; a field that cannot be understood is empty.
 *           Out of memory ends the program (core/base/hash.h, arena.h).
 * Cost      one pass over the text, then one look-up for each dependency. */
#ifndef CONTRIB_DEMO_ARCHIVE_H
#define CONTRIB_DEMO_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/hash.h"

struct slice {
	const char *at;                 /* NULL: absent */
	size_t len;
};

/* Texts by number, from 1 in the order of their first appearance. */
struct names {
	struct map map;
	struct slice *item;
	int n, cap;
};

struct package {
	struct slice name, version, architecture, installed_size, download_size, priority;
	struct slice multi_arch, homepage, summary, description;
	int  section, maintainer, source;
	bool essential;
};

struct dependency {
	int package, group, alternative;
	int target;                     /* number of a package; 0: none has that name */
	const char *kind;
	struct slice target_name, relation, version;
};

struct package_tag {
	int package, tag;
};

struct archive {
	struct arena arena;             /* texts that do not stand in the source as they are */
	struct names section, maintainer, source, tag;
	struct map by_name;             /* name of a package to its number */
	struct package *package;
	struct dependency *dependency;
	struct package_tag *package_tag;
	int packages, dependencies, package_tags;
	int package_cap, dependency_cap, package_tag_cap;
};

void archive_parse(struct archive *a, const char *text, size_t len);
void archive_done(struct archive *a);

/* "Ann Example <ann@example.org>": its two halves; the email may be absent. */
void archive_split_maintainer(struct slice whole, struct slice *ret_name, struct slice *ret_email);

#endif
