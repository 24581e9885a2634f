/* vars.c - settings whose values mean something above core/base: time zone, styles, encoding. */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>
#include <strings.h>

#include "core/type/charset.h"
#include "core/type/datetime.h"

static int
refuse(const char *name, const char *value, struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"", name, value);
}

static int
check_zone(const char *value, const char *current UNUSED, struct strbuf *canon, struct err *e)
{
	const struct timezone *tz = timezone_parse(value, strlen(value));

	if (tz == NULL)
		return refuse("TimeZone", value, e);
	strbuf_puts(canon, tz_name(tz));
	return ERR_OK;
}

/* The key word of a DateStyle list that is not one, for the error's detail. */
static bool
is_date_word(const char *w, size_t n, int *ret_kind)
{
	static const struct { const char *word; size_t at_least; int kind; } words[] = {
		{ "iso", 3, 1 }, { "sql", 3, 1 }, { "postgres", 8, 1 }, { "german", 6, 1 },
		{ "ymd", 3, 2 }, { "dmy", 3, 2 }, { "mdy", 3, 2 }, { "us", 2, 2 }, { "euro", 4, 2 },
		{ "european", 4, 2 }, { "noneuro", 7, 2 }, { "noneuropean", 7, 2 }, { "default", 7, 3 },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (n >= words[i].at_least && strncasecmp(w, words[i].word, n < strlen(words[i].word) ? n : strlen(words[i].word)) == 0) {
			*ret_kind = words[i].kind;
			return true;
		}
	return false;
}

static int
check_date_style(const char *value, const char *current, struct strbuf *canon, struct err *e)
{
	int style = DATESTYLE_ISO, order = DATEORDER_MDY;

	(void) datestyle_parse(current, &style, &order);
	if (datestyle_parse(value, &style, &order) == -1) {
		const char *p = value;
		refuse("DateStyle", value, e);
		for (size_t n; *p != '\0'; p += n) {
			int kind;
			p += strspn(p, ", \t");
			n = strcspn(p, ", \t");
			if (n > 0 && !is_date_word(p, n, &kind))
				return err_detail(e, "Unrecognized key word: \"%.*s\".", (int) n, p);
		}
		return err_detail(e, "Conflicting \"datestyle\" specifications.");
	}
	datestyle_put(style, order, canon);
	return ERR_OK;
}

static int
check_encoding(const char *value, const char *current UNUSED, struct strbuf *canon, struct err *e)
{
	/* PostgreSQL has tables for these, and ICU none that are the same. */
	static const char *const unknown[] = { "MULE_INTERNAL", "JOHAB", "LATIN6", "LATIN8", "LATIN10", "EUC_JIS_2004",
		                               "SHIFT_JIS_2004" };
	const struct charset *c = charset_by_name(value);

	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		if (strcasecmp(value, unknown[i]) == 0) {
			err_set(e, ERR_FEATURE_NOT_SUPPORTED, "conversion between %s and UTF8 is not supported", value);
			return err_hint(e, "Use client_encoding UTF8.");
		}
	if (c == NULL)
		return refuse("client_encoding", value, e);
	if (!charset_is_utf8(c)) {
		struct strbuf none;
		strbuf_init(&none, NULL);
		int rc = charset_to_utf8(c, "", 0, &none, e);  /* ICU may have been built without it */
		strbuf_done(&none);
		if (rc != ERR_OK)
			return rc;
	}
	strbuf_puts(canon, charset_name(c));
	return ERR_OK;
}

static int
check_search_path(const char *value, const char *current UNUSED, struct strbuf *canon, struct err *e)
{
	bool quoted = false;

	for (const char *p = value; *p != '\0'; p++)
		quoted ^= *p == '"';
	if (quoted) {
		refuse("search_path", value, e);
		return err_detail(e, "List syntax is invalid.");
	}
	strbuf_puts(canon, value);
	return ERR_OK;
}

static int
check_default_tablespace(const char *value, const char *current UNUSED, struct strbuf *canon, struct err *e)
{
	if (*value != '\0' && strcmp(value, "pg_default") != 0) {
		refuse("default_tablespace", value, e);
		return err_detail(e, "Tablespace \"%s\" does not exist.", value);
	}
	strbuf_puts(canon, value);
	return ERR_OK;
}

static int
check_temp_tablespaces(const char *value, const char *current UNUSED, struct strbuf *canon, struct err *e)
{
	const char *p = value;

	for (size_t n; *p != '\0'; p += n) {
		p += strspn(p, ", \"");
		n = strcspn(p, ", \"");
		if (n > 0 && (n != strlen("pg_default") || strncmp(p, "pg_default", n) != 0))
			return err_set(e, ERR_UNDEFINED_OBJECT, "tablespace \"%.*s\" does not exist", (int) n, p);
	}
	strbuf_puts(canon, value);
	return ERR_OK;
}

void
vars_init(void)
{
	setting_set_check(SET_TimeZone, check_zone);
	setting_set_check(SET_DateStyle, check_date_style);
	setting_set_check(SET_client_encoding, check_encoding);
	setting_set_check(SET_search_path, check_search_path);
	setting_set_check(SET_default_tablespace, check_default_tablespace);
	setting_set_check(SET_temp_tablespaces, check_temp_tablespaces);
}
