/* collation.h - the order of texts by the rules of a language, as ICU knows them.
 *
 * All are deterministic: texts that ICU holds for equal are ordered by their bytes, so equality
 * and hashes stay those of the bytes.
 *
 * Owner     tables are static; collators are opened once and kept.
 * Thread    any.
 * Failure   a locale that this ICU does not have sorts by ICU's root rules.
 * Cost      a key is made in one pass; comparing without keys is cheaper for a single pair. */
#ifndef CORE_TYPE_COLLATION_H
#define CORE_TYPE_COLLATION_H

#include "core/base/strbuf.h"
#include "core/type/text.h"
#include "core/type/type.h"

struct collation {
	oid_t oid;
	const char *name, *locale;      /* "de-AT-x-icu", "de-AT" */
};

int  collation_count(void);
const struct collation *collation_at(int i);            /* in order of oid */
/* NULL: not one of ICU's, so bytes are compared. */
const struct collation *collation_by_oid(oid_t oid);
const struct collation *collation_by_name(const char *name);

int  collation_cmp(const struct collation *c, const char *s, size_t len, const char *t, size_t tlen);
/* Append bytes whose memcmp order is collation_cmp's. */
void collation_key(const struct collation *c, const char *s, size_t len, struct strbuf *to);
/* Upper and lower case as the language has it (the Turkish i). */
void collation_map_case(const struct collation *c, enum text_case how, const char *s, size_t len,
			struct strbuf *to);

#endif
