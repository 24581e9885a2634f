/* collation.c - ICU's collators by name.
 *
 * Not here: which collation an expression has (translate/common.c), where keys are used
 * (translate/collate.c). */
#include "config.h"
#include "core/type/collation.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/uiter.h>
#include <unicode/ustring.h>

#include "core/base/attr.h"

static const struct collation collations[] = {
#define ICU_COLLATION(oid, locale) { oid, locale "-x-icu", locale },
#include "core/type/collations.def"
#undef ICU_COLLATION
};

enum { COUNT = sizeof collations / sizeof collations[0] };

/* Opened when first used, never closed: a handle may be in use by any thread. */
static UCollator *_Atomic opened[COUNT];
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

int
collation_count(void)
{
	return COUNT;
}

const struct collation *
collation_at(int i)
{
	return &collations[i];
}

static int
by_oid(const void *key, const void *item)
{
	oid_t a = *(const oid_t *) key, b = ((const struct collation *) item)->oid;

	return (a > b) - (a < b);
}

const struct collation *
collation_by_oid(oid_t oid)
{
	return bsearch(&oid, collations, COUNT, sizeof collations[0], by_oid);
}

const struct collation *
collation_by_name(const char *name)
{
	for (int i = 0; i < COUNT; i++)
		if (strcmp(collations[i].name, name) == 0)
			return &collations[i];
	return NULL;
}

static const UCollator *
collator(const struct collation *c)
{
	UCollator *_Atomic *slot = &opened[c - collations];
	UCollator *u = atomic_load(slot);

	if (u != NULL)
		return u;
	pthread_mutex_lock(&opening);
	u = atomic_load(slot);
	if (u == NULL) {
		UErrorCode status = U_ZERO_ERROR;
		u = ucol_open(strcmp(c->locale, "und") == 0 ? "" : c->locale, &status);
		if (U_SUCCESS(status))
			atomic_store(slot, u);
		else
			u = NULL;
	}
	pthread_mutex_unlock(&opening);
	return u;
}

static int
cmp_bytes(const char *s, size_t len, const char *t, size_t tlen)
{
	int d = memcmp(s, t, len < tlen ? len : tlen);

	return d != 0 ? d : (len > tlen) - (len < tlen);
}

int
collation_cmp(const struct collation *c, const char *s, size_t len, const char *t, size_t tlen)
{
	const UCollator *u = collator(c);
	UErrorCode status = U_ZERO_ERROR;
	int d = u == NULL ? 0
			  : (int) ucol_strcollUTF8(u, s, (int32_t) len, t, (int32_t) tlen, &status);

	return d != 0 ? d : cmp_bytes(s, len, t, tlen);
}

void
collation_key(const struct collation *c, const char *s, size_t len, struct strbuf *to)
{
	const UCollator *u = collator(c);
	UCharIterator text;
	uint32_t state[2] = { 0, 0 };

	if (u != NULL) {
		uiter_setUTF8(&text, s, (int32_t) len);
		for (;;) {
			UErrorCode status = U_ZERO_ERROR;
			uint8_t *room = (uint8_t *) strbuf_room(to, 256);
			int32_t n = ucol_nextSortKeyPart(u, &text, state, room, 256, &status);
			if (U_FAILURE(status) || n <= 0)
				break;
			strbuf_wrote(to, (size_t) n);
			if (n < 256)
				break;
		}
	}
	strbuf_putc(to, '\0');          /* below every byte of a key */
	strbuf_add(to, s, len);         /* equal ones by their bytes */
}

void
collation_map_case(const struct collation *c, enum text_case how, const char *s, size_t len,
		   struct strbuf *to)
{
	ARENA_AUTO struct arena a = { 0 };
	UErrorCode status = U_ZERO_ERROR;
	int32_t nin = 0, nout = 0, bytes = 0;
	const int32_t cap = (int32_t) len * 3 + 1;      /* a letter becomes three at most */
	UChar *in = arena_alloc(&a, (len + 1) * sizeof *in);
	UChar *out = arena_alloc(&a, (size_t) cap * sizeof *out);

	u_strFromUTF8(in, (int32_t) len + 1, &nin, s, (int32_t) len, &status);
	if (how == TEXT_LOWER)
		nout = u_strToLower(out, cap, in, nin, c->locale, &status);
	else if (how == TEXT_UPPER)
		nout = u_strToUpper(out, cap, in, nin, c->locale, &status);
	else
		nout = u_strToTitle(out, cap, in, nin, NULL, c->locale, &status);
	(void) u_strToUTF8(strbuf_room(to, (size_t) nout * 3 + 1), nout * 3 + 1, &bytes, out, nout,
			   &status);
	if (U_SUCCESS(status))
		strbuf_wrote(to, (size_t) bytes);
	else
		text_map_case(how, s, len, to);
}
