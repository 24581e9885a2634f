/* text.h - UTF-8: checking, counting, cutting, case.
 *
 * Every text value in the system is valid UTF-8 without NUL; only utf8_check() is for bytes
 * of unknown origin, all other functions take valid text.
 *
 * Owner     outputs go to the caller's strbuf or arena.  Thread: any.
 * Failure   utf8_check() alone: 22021, as PostgreSQL says it.
 * Cost      one pass; runs of ASCII are taken eight bytes at a time.
 * Not here  LIKE, regular expressions, padding: core/func. */
#ifndef CORE_TYPE_TEXT_H
#define CORE_TYPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"

/* 22021 `invalid byte sequence for encoding "UTF8": 0x..`, also for a NUL byte. */
int  utf8_check(const char *s, size_t len, struct err *e) MUST_CHECK;
/* Length of the longest prefix of valid text without NUL. */
size_t utf8_valid_prefix(const char *s, size_t len);

size_t utf8_length(const char *s, size_t len);                  /* characters */
/* Bytes taken by the first n characters; len when there are fewer. */
size_t utf8_offset(const char *s, size_t len, size_t n);
/* The longest prefix of at most max bytes that ends between characters. */
size_t utf8_clip(const char *s, size_t len, size_t max);
/* Columns on a terminal, for aligned output (East Asian wide characters count two). */
size_t utf8_width(const char *s, size_t len);

/* Length of a character from its first byte. */
static inline int
utf8_char_len(char first)
{
	unsigned char c = (unsigned char) first;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

uint32_t utf8_decode(const char *s);            /* the character that starts here */
int  utf8_encode(uint32_t c, char out[4]);      /* bytes written */

/* Upper, lower and initcap, character by character as PostgreSQL maps them (no ß -> SS). */
enum text_case { TEXT_LOWER, TEXT_UPPER, TEXT_INITCAP };
void text_map_case(enum text_case how, const char *s, size_t len, struct strbuf *to);
uint32_t char_lower(uint32_t c);
uint32_t char_upper(uint32_t c);
bool char_is_alnum(uint32_t c);
bool char_is_alpha(uint32_t c);
bool char_is_space(uint32_t c);

/* Unicode normalisation: form is "NFC", "NFD", "NFKC" or "NFKD"; 22023 otherwise. */
int  text_normalize(const char *form, const char *s, size_t len, struct strbuf *to, struct err *e)
	MUST_CHECK;
int  text_is_normalized(const char *form, const char *s, size_t len, bool *ret, struct err *e)
	MUST_CHECK;

#endif
