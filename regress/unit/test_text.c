/* test_text.c - UTF-8 and case: every length of bad sequence, counting, cutting, mapping. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/type/text.h"
#include "regress/unit/tap.h"

/* Errors as `select convert_from('\x..', 'UTF8')` gives them. */
static const struct { const char *bytes; size_t len; const char *shown;
} bad[] = {
	{ "a\xff", 2, "0xff" },
	{ "\x80", 1, "0x80" },
	{ "\xc3", 1, "0xc3" },
	{ "\xc3(", 2, "0xc3 0x28" },
	{ "\xe2\x82", 2, "0xe2 0x82" },
	{ "\xe2(\xa1", 3, "0xe2 0x28 0xa1" },
	{ "\xed\xa0\x80", 3, "0xed 0xa0 0x80" },
	{ "\xc0\xaf", 2, "0xc0 0xaf" },
	{ "\xf4\x90\x80\x80", 4, "0xf4 0x90 0x80 0x80" },
	{ "\xf0\x80\x80\x80", 4, "0xf0 0x80 0x80 0x80" },
	{ "ab\0c", 4, "0x00" },
	{ "0123456789abcde\xfe", 16, "0xfe" },
};

static void
check_case(enum text_case how, const char *in, const char *out)
{
	struct arena a = { 0 };
	struct strbuf b;

	strbuf_init(&b, &a);
	text_map_case(how, in, strlen(in), &b);
	is_str(out, b.data, "case of '%s'", in);
	arena_done(&a);
}

int
main(void)
{
	static const char mixed[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"; /* 1 2 3 4 1 bytes */
	char message[128] = "invalid byte sequence for encoding \"UTF8\": ";
	size_t head = strlen(message);
	char utf8[4];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = { 0 };
		strcpy(message + head, bad[i].shown);
		is_int(ERR_CHARACTER_NOT_IN_REPERTOIRE, utf8_check(bad[i].bytes, bad[i].len, &e),
		       "bad %zu", i);
		is_str(message, e.message, "bad %zu: text", i);
	}
	struct err e = { 0 };
	is_int(ERR_OK, utf8_check(mixed, strlen(mixed), &e), "good");
	is_int(5, (int) utf8_length(mixed, strlen(mixed)), "characters");
	static const size_t at[] = { 0, 1, 3, 6, 10, 11, 11 };
	for (size_t n = 0; n < sizeof at / sizeof at[0]; n++)
		is_int((int) at[n], (int) utf8_offset(mixed, strlen(mixed), n),
		       "bytes of %zu characters", n);
	static const size_t clip[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };
	for (size_t n = 0; n < sizeof clip / sizeof clip[0]; n++)
		is_int((int) clip[n], (int) utf8_clip(mixed, strlen(mixed), n), "cut at %zu", n);
	/* Long texts of one byte characters with one long character at each place. */
	for (size_t n = 0; n < 40; n++) {
		char text[64];
		memset(text, 'x', sizeof text);
		memcpy(text + n, "\xe2\x82\xac", 3);
		if (utf8_length(text, 60) != 58 || utf8_offset(text, 60, n + 1) != n + 3 ||
		    utf8_valid_prefix(text, 60) != 60)
			ok(false, "a long character at %zu", n);
	}
	static const uint32_t code[] = {
		0x24, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff
	};
	for (size_t i = 0; i < sizeof code / sizeof code[0]; i++) {
		int n = utf8_encode(code[i], utf8);
		is_int((int) code[i], (int) utf8_decode(utf8), "character %x", (unsigned) code[i]);
		is_int(n, utf8_char_len(utf8[0]), "its length");
	}
	is_int(7, (int) utf8_width("a\xe6\xbc\xa2\xe5\xad\x97""b\xcc\x81""c", 11), "columns");
	/* upper, lower and initcap of PostgreSQL 15 under C.UTF-8 */
	check_case(TEXT_UPPER,
		   "stra\xc3\x9f"
		   "e \xc3\xa9t\xc3\xa9 123",
		   "STRA\xc3\x9f"
		   "E \xc3\x89T\xc3\x89 123");
	check_case(TEXT_LOWER, "\xc3\x89T\xc3\x89 ABC", "\xc3\xa9t\xc3\xa9 abc");
	check_case(TEXT_INITCAP, "hello wORLD o'neil \xc3\xa9t\xc3\xa9 a1b",
		   "Hello World O'Neil \xc3\x89t\xc3\xa9 A1b");

	struct arena a = { 0 };
	struct strbuf b;
	bool is;
	strbuf_init(&b, &a);
	is_int(ERR_OK, text_normalize("NFC", "e\xcc\x81", 3, &b, &e), "NFC");
	is_str("\xc3\xa9", b.data, "e and accent in one");
	is_int(ERR_OK, text_is_normalized("nfc", "\xc3\xa9", 2, &is, &e), "is NFC");
	ok(is, "it is");
	is_int(ERR_INVALID_PARAMETER_VALUE, text_normalize("NFX", "a", 1, &b, &e), "no such form");
	is_str("invalid normalization form: NFX", e.message, "its text");
	arena_done(&a);
	return tap_done();
}
