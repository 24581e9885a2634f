/* charset.c - conversion between UTF-8 and other character sets, by ICU.
 *
 * Character by character, so that the one that does not go can be named.
 * Not here: hex, base64, escape (core/func/encoding.c). */
#include "config.h"
#include "core/type/charset.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "core/type/text.h"

struct charset {
	const char *key;                /* letters and digits of the name, in lower case */
	const char *name;               /* PostgreSQL's */
	const char *icu;                /* NULL: bytes are kept */
};

static const struct charset charsets[] = {
	{ "utf8", "UTF8", NULL },
	{ "unicode", "UTF8", NULL },
	{ "sqlascii", "SQL_ASCII", NULL },
	{ "latin1", "LATIN1", "ISO-8859-1" },
	{ "iso88591", "LATIN1", "ISO-8859-1" },
	{ "latin2", "LATIN2", "ISO-8859-2" },
	{ "iso88592", "LATIN2", "ISO-8859-2" },
	{ "latin3", "LATIN3", "ISO-8859-3" },
	{ "iso88593", "LATIN3", "ISO-8859-3" },
	{ "latin4", "LATIN4", "ISO-8859-4" },
	{ "iso88594", "LATIN4", "ISO-8859-4" },
	{ "latin5", "LATIN5", "ISO-8859-9" },
	{ "iso88599", "LATIN5", "ISO-8859-9" },
	{ "latin7", "LATIN7", "ISO-8859-13" },
	{ "iso885913", "LATIN7", "ISO-8859-13" },
	{ "latin9", "LATIN9", "ISO-8859-15" },
	{ "iso885915", "LATIN9", "ISO-8859-15" },
	{ "iso88595", "ISO_8859_5", "ISO-8859-5" },
	{ "iso88596", "ISO_8859_6", "ISO-8859-6" },
	{ "iso88597", "ISO_8859_7", "ISO-8859-7" },
	{ "iso88598", "ISO_8859_8", "ISO-8859-8" },
	{ "win1250", "WIN1250", "ibm-5346_P100-1998" },
	{ "windows1250", "WIN1250", "ibm-5346_P100-1998" },
	{ "win1251", "WIN1251", "ibm-5347_P100-1998" },
	{ "windows1251", "WIN1251", "ibm-5347_P100-1998" },
	{ "win", "WIN1251", "ibm-5347_P100-1998" },
	{ "win1252", "WIN1252", "ibm-5348_P100-1997" },
	{ "windows1252", "WIN1252", "ibm-5348_P100-1997" },
	{ "win1253", "WIN1253", "ibm-5349_P100-1998" },
	{ "windows1253", "WIN1253", "ibm-5349_P100-1998" },
	{ "win1254", "WIN1254", "ibm-5350_P100-1998" },
	{ "windows1254", "WIN1254", "ibm-5350_P100-1998" },
	{ "win1255", "WIN1255", "ibm-9447_P100-2002" },
	{ "windows1255", "WIN1255", "ibm-9447_P100-2002" },
	{ "win1256", "WIN1256", "ibm-9448_X100-2005" },
	{ "windows1256", "WIN1256", "ibm-9448_X100-2005" },
	{ "win1257", "WIN1257", "ibm-9449_P100-2002" },
	{ "windows1257", "WIN1257", "ibm-9449_P100-2002" },
	{ "win1258", "WIN1258", "ibm-5354_P100-1998" },
	{ "windows1258", "WIN1258", "ibm-5354_P100-1998" },
	{ "win866", "WIN866", "ibm-866_P100-1995" },
	{ "windows866", "WIN866", "ibm-866_P100-1995" },
	{ "win874", "WIN874", "windows-874-2000" },
	{ "windows874", "WIN874", "windows-874-2000" },
	{ "koi8", "KOI8R", "KOI8-R" },
	{ "koi8r", "KOI8R", "KOI8-R" },
	{ "koi8u", "KOI8U", "KOI8-U" },
	{ "eucjp", "EUC_JP", "EUC-JP" },
	{ "euccn", "EUC_CN", "GB2312" },
	{ "euckr", "EUC_KR", "EUC-KR" },
	{ "euctw", "EUC_TW", "EUC-TW" },
	{ "sjis", "SJIS", "Shift_JIS" },
	{ "shiftjis", "SJIS", "Shift_JIS" },
	{ "big5", "BIG5", "Big5" },
	{ "gbk", "GBK", "GBK" },
	{ "win936", "GBK", "GBK" },
	{ "windows936", "GBK", "GBK" },
	{ "uhc", "UHC", "windows-949" },
	{ "win949", "UHC", "windows-949" },
	{ "windows949", "UHC", "windows-949" },
	{ "gb18030", "GB18030", "gb18030" },
};

const struct charset *
charset_by_name(const char *name)
{
	char key[32];
	size_t n = 0;

	for (; *name != '\0'; name++) {
		char ch = *name >= 'A' && *name <= 'Z' ? (char) (*name + ('a' - 'A')) : *name;
		if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9'))
			continue;
		if (n == sizeof key - 1)
			return NULL;
		key[n++] = ch;
	}
	key[n] = '\0';
	for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
		if (strcmp(charsets[i].key, key) == 0)
			return &charsets[i];
	return NULL;
}

const char *
charset_name(const struct charset *c)
{
	return c->name;
}

bool
charset_is_utf8(const struct charset *c)
{
	return c->icu == NULL;
}

static int
open_converter(const struct charset *c, UConverter **ret, struct err *e)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *u = ucnv_open(c->icu, &status);

	if (U_SUCCESS(status))
		ucnv_setFromUCallBack(u, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	if (U_SUCCESS(status))
		ucnv_setToUCallBack(u, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	if (U_FAILURE(status)) {
		ucnv_close(u);
		return err_unsupported(e, c->name, "Convert in the client.");
	}
	*ret = u;
	return ERR_OK;
}

static const char *
show_bytes(char *buf, size_t cap, const char *s, size_t len)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < len && at + 6 < cap; i++)
		at += (size_t) snprintf(buf + at, cap - at, "%s0x%02x", i > 0 ? " " : "",
					(unsigned char) s[i]);
	return buf;
}

static int
no_equivalent(const char *s, size_t len, const char *from, const char *to, struct err *e)
{
	char bytes[64];

	return err_set(e, ERR_UNTRANSLATABLE_CHARACTER,
		       "character with byte sequence %s in encoding \"%s\" has no equivalent in "
		       "encoding \"%s\"",
		       show_bytes(bytes, sizeof bytes, s, len), from, to);
}

/* ret_used NULL: all of it must be whole. */
static int
to_utf8(UConverter *u, const struct charset *c, const char *s, size_t len, size_t *ret_used, struct strbuf *to,
	struct err *e)
{
	const char *const begin = s, *const end = s + len;

	while (s < end) {
		const char *start = s;
		UErrorCode status = U_ZERO_ERROR;
		char bytes[64];
		UChar32 ch = ucnv_getNextUChar(u, &s, end, &status);
		if (status == U_TRUNCATED_CHAR_FOUND && ret_used != NULL) {
			*ret_used = (size_t) (start - begin);
			return ERR_OK;
		}
		if (status == U_TRUNCATED_CHAR_FOUND || status == U_ILLEGAL_CHAR_FOUND)
			return err_set(e, ERR_CHARACTER_NOT_IN_REPERTOIRE,
				       "invalid byte sequence for encoding \"%s\": %s", c->name,
				       show_bytes(bytes, sizeof bytes, start,
						  (size_t) (s > start ? s - start : 1)));
		if (U_FAILURE(status) || ch == 0xfffd)
			return no_equivalent(start, (size_t) (s > start ? s - start : 1), c->name,
					     "UTF8", e);
		char *room = strbuf_room(to, 4);
		int32_t n = 0;
		UBool bad = false;
		U8_APPEND((uint8_t *) room, n, 4, ch, bad);
		strbuf_wrote(to, bad ? 0 : (size_t) n);
	}
	if (ret_used != NULL)
		*ret_used = len;
	return ERR_OK;
}

int
charset_to_utf8(const struct charset *c, const char *s, size_t len, struct strbuf *to,
		struct err *e)
{
	UConverter *u = NULL;

	if (c->icu == NULL) {
		int rc = utf8_check(s, len, e);
		if (rc == ERR_OK)
			strbuf_add(to, s, len);
		return rc;
	}
	int rc = open_converter(c, &u, e);
	if (rc != ERR_OK)
		return rc;
	rc = to_utf8(u, c, s, len, NULL, to, e);
	ucnv_close(u);
	return rc;
}

int
charset_to_utf8_part(const struct charset *c, const char *s, size_t len, size_t *ret_used, struct strbuf *to,
		     struct err *e)
{
	UConverter *u = NULL;
	int rc = open_converter(c, &u, e);

	if (rc != ERR_OK)
		return rc;
	rc = to_utf8(u, c, s, len, ret_used, to, e);
	ucnv_close(u);
	return rc;
}

static int
from_utf8(UConverter *u, const struct charset *c, const char *s, size_t len, struct strbuf *to,
	  struct err *e)
{
	for (size_t i = 0; i < len;) {
		size_t n = (size_t) utf8_char_len(s[i]);
		UErrorCode status = U_ZERO_ERROR;
		UChar ch[2];
		int32_t units = 0;
		u_strFromUTF8(ch, 2, &units, s + i, (int32_t) n, &status);
		int32_t bytes = ucnv_fromUChars(u, strbuf_room(to, 16), 16, ch, units, &status);
		if (U_FAILURE(status))
			return no_equivalent(s + i, n, "UTF8", c->name, e);
		strbuf_wrote(to, (size_t) bytes);
		i += n;
	}
	return ERR_OK;
}

int
charset_from_utf8(const struct charset *c, const char *s, size_t len, struct strbuf *to,
		  struct err *e)
{
	UConverter *u = NULL;

	if (c->icu == NULL) {
		strbuf_add(to, s, len);
		return ERR_OK;
	}
	int rc = open_converter(c, &u, e);
	if (rc != ERR_OK)
		return rc;
	rc = from_utf8(u, c, s, len, to, e);
	ucnv_close(u);
	return rc;
}
