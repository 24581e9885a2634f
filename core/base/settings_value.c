/* settings_value.c - reading and showing the values of settings: numbers with units, words.
 *
 * Not here: who may set what (settings.c), files (settings_file.c). */
#include "config.h"
#include "core/base/settings.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;                  /* in the smallest unit of its family: bytes, microseconds */
};

static const struct unit memory_units[] = {
	{ "TB", 1099511627776.0 }, { "GB", 1073741824.0 }, { "MB", 1048576.0 }, { "kB", 1024.0 }, { "B", 1.0 },
};
static const struct unit time_units[] = {
	{ "d", 86400e6 }, { "h", 3600e6 }, { "min", 60e6 }, { "s", 1e6 }, { "ms", 1e3 }, { "us", 1.0 },
};

/* What one of a setting's own unit is in its family's smallest; 0: it has no unit. */
static double
base_factor(const char *unit, const struct unit **ret_family, size_t *ret_n)
{
	if (strcmp(unit, "8kB") == 0) {
		*ret_family = memory_units;
		*ret_n = ARRAY_LEN(memory_units);
		return 8192;
	}
	for (size_t i = 0; i < ARRAY_LEN(memory_units); i++)
		if (strcmp(unit, memory_units[i].name) == 0) {
			*ret_family = memory_units;
			*ret_n = ARRAY_LEN(memory_units);
			return memory_units[i].factor;
		}
	for (size_t i = 0; i < ARRAY_LEN(time_units); i++)
		if (strcmp(unit, time_units[i].name) == 0) {
			*ret_family = time_units;
			*ret_n = ARRAY_LEN(time_units);
			return time_units[i].factor;
		}
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

enum { UNIT_LEN_MAX = 3 };

/* A unit after a number: multiplies *v so that it counts the setting's own unit. */
static bool
apply_unit(const char *text, const struct setting *def, double *v)
{
	const struct unit *family;
	size_t n, len = 0;
	double base = base_factor(def->unit, &family, &n);

	while (text[len] != '\0' && !is_blank(text[len]))
		len++;
	const char *rest = text + len;
	while (is_blank(*rest))
		rest++;
	if (base == 0 || *rest != '\0' || len > UNIT_LEN_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strlen(family[i].name) == len && strncmp(family[i].name, text, len) == 0) {
			*v = *v * family[i].factor / base;
			return true;
		}
	return false;
}

static int
bad_value(const struct setting *def, const char *text, const char *hint, struct err *e)
{
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"", def->name, text);
	return hint == NULL ? e->code : err_hint(e, "%s", hint);
}

static const char *
units_hint(const struct setting *def)
{
	const struct unit *family;
	size_t n;

	if (base_factor(def->unit, &family, &n) == 0)
		return NULL;
	return family == memory_units
	       ? "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
	       : "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";
}

static int
parse_int(const struct setting *def, const char *text, int64_t *ret, struct err *e)
{
	char *end;

	errno = 0;
	double v = (double) strtol(text, &end, 0);
	if (*end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
		errno = 0;
		v = strtod(text, &end);
	}
	if (end == text || errno == ERANGE)
		return bad_value(def, text, NULL, e);
	while (is_blank(*end))
		end++;
	if (*end != '\0' && !apply_unit(end, def, &v))
		return bad_value(def, text, units_hint(def), e);
	v = rint(v);
	if (isnan(v) || v > INT_MAX || v < INT_MIN)
		return bad_value(def, text, "Value exceeds integer range.", e);
	if (v < def->min || v > def->max)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "%d%s%s is outside the valid range for parameter \"%s\" (%d .. %d)",
		               (int) v, *def->unit != '\0' ? " " : "", def->unit, def->name,
		               (int) def->min, (int) def->max);
	*ret = (int64_t) v;
	return ERR_OK;
}

static int
parse_real(const struct setting *def, const char *text, double *ret, struct err *e)
{
	char *end;

	errno = 0;
	double v = strtod(text, &end);
	if (end == text || errno == ERANGE || isnan(v))
		return bad_value(def, text, NULL, e);
	while (is_blank(*end))
		end++;
	if (*end != '\0' && !apply_unit(end, def, &v))
		return bad_value(def, text, units_hint(def), e);
	if (v < def->min || v > def->max)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "%g%s%s is outside the valid range for parameter \"%s\" (%g .. %g)",
		               v, *def->unit != '\0' ? " " : "", def->unit, def->name, def->min, def->max);
	*ret = v;
	return ERR_OK;
}

static bool
is_prefix_of(const char *text, size_t len, const char *word, size_t at_least)
{
	return len >= at_least && len <= strlen(word) && strncasecmp(text, word, len) == 0;
}

bool
setting_parse_bool(const char *text, bool *ret)
{
	size_t len = strlen(text);

	if (is_prefix_of(text, len, "true", 1) || is_prefix_of(text, len, "yes", 1) ||
	    is_prefix_of(text, len, "on", 2) || strcmp(text, "1") == 0)
		*ret = true;
	else if (is_prefix_of(text, len, "false", 1) || is_prefix_of(text, len, "no", 1) ||
	         is_prefix_of(text, len, "off", 2) || strcmp(text, "0") == 0)
		*ret = false;
	else
		return false;
	return true;
}

/* -- Words ------------------------------------------------------------------------------------ */
static size_t
word_length(const char *w)
{
	return strcspn(w, "|;=");
}

int
setting_enum_index(const struct setting *def, const char *word)
{
	size_t len = strlen(word);
	const char *w = def->values;
	bool b;

	for (int i = 0; ; i++) {
		size_t n = word_length(w);
		if (n == len && strncasecmp(w, word, n) == 0)
			return i;
		w += n;
		if (*w != '|')
			break;
		w++;
	}
	while (*w != '\0') {            /* synonyms: word=value */
		size_t n = word_length(++w);
		const char *value = w + n + 1;
		size_t vlen = word_length(value);
		if (n == len && strncasecmp(w, word, n) == 0) {
			char name[64];
			if (vlen >= sizeof name)
				return -1;
			memcpy(name, value, vlen);
			name[vlen] = '\0';
			return setting_enum_index(def, name);
		}
		w = value + vlen;
	}
	if ((def->flags & SF_SYNONYMS) != 0 && strcmp(word, "on") != 0 && strcmp(word, "off") != 0 &&
	    (strcasecmp(word, "true") == 0 || strcasecmp(word, "yes") == 0 || strcmp(word, "1") == 0 ||
	     strcasecmp(word, "false") == 0 || strcasecmp(word, "no") == 0 || strcmp(word, "0") == 0) &&
	    setting_parse_bool(word, &b))
		return setting_enum_index(def, b ? "on" : "off");
	return -1;
}

void
setting_enum_word(const struct setting *def, int index, struct strbuf *to)
{
	const char *w = def->values;

	while (index-- > 0)
		w += word_length(w) + 1;
	strbuf_add(to, w, word_length(w));
}

static void
enum_list(const struct setting *def, const char *separator, struct strbuf *to)
{
	for (const char *w = def->values; ; w++) {
		size_t n = word_length(w);
		strbuf_add(to, w, n);
		w += n;
		if (*w != '|')
			return;
		strbuf_puts(to, separator);
	}
}

void
setting_enum_values(const struct setting *def, struct strbuf *to)
{
	strbuf_putc(to, '{');
	for (const char *w = def->values; ; w++) {
		size_t n = word_length(w);
		bool quote = memchr(w, ' ', n) != NULL;
		if (quote)
			strbuf_putc(to, '"');
		strbuf_add(to, w, n);
		if (quote)
			strbuf_putc(to, '"');
		w += n;
		if (*w != '|')
			break;
		strbuf_putc(to, ',');
	}
	strbuf_putc(to, '}');
}

static int
parse_enum(const struct setting *def, const char *text, int64_t *ret, struct err *e)
{
	int i = setting_enum_index(def, text);

	if (i < 0) {
		struct strbuf list;
		strbuf_init(&list, NULL);
		enum_list(def, ", ", &list);
		bad_value(def, text, NULL, e);
		err_hint(e, "Available values: %s.", list.data);
		strbuf_done(&list);
		return e->code;
	}
	*ret = i;
	return ERR_OK;
}

int
setting_parse(const struct setting *def, const char *text, struct setting_number *ret, struct err *e)
{
	struct setting_number n = { 0 };
	int rc = ERR_OK;
	bool b;

	switch (def->type) {
	case SETTING_BOOL:
		if (!setting_parse_bool(text, &b))
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "parameter \"%s\" requires a Boolean value", def->name);
		n.i = b;
		break;
	case SETTING_INT:
		rc = parse_int(def, text, &n.i, e);
		break;
	case SETTING_REAL:
		rc = parse_real(def, text, &n.f, e);
		break;
	case SETTING_ENUM:
		rc = parse_enum(def, text, &n.i, e);
		break;
	case SETTING_TEXT:
		break;
	}
	if (rc == ERR_OK)
		*ret = n;
	return rc;
}

/* -- Showing ------------------------------------------------------------------------------------ */
void
setting_format_int(const struct setting *def, int64_t v, struct strbuf *to)
{
	const struct unit *family;
	size_t n;
	double base = base_factor(def->unit, &family, &n);

	if ((def->flags & SF_OCTAL) != 0) {
		strbuf_printf(to, "%04o", (unsigned) v);
		return;
	}
	if (base != 0 && v > 0)
		for (size_t i = 0; i < n; i++) {
			double in = (double) v * base / family[i].factor;
			if (in >= 1 && in == rint(in)) {        /* the largest unit that is exact */
				strbuf_int(to, (int64_t) in);
				strbuf_puts(to, family[i].name);
				return;
			}
		}
	strbuf_int(to, v);
}

void
setting_format_real(const struct setting *def, double v, struct strbuf *to)
{
	const struct unit *family;
	size_t n;
	double base = base_factor(def->unit, &family, &n);

	if (base != 0 && v > 0)
		for (size_t i = 0; i < n; i++) {
			double in = v * base / family[i].factor;
			if (in >= 1 && in == rint(in)) {
				strbuf_printf(to, "%g%s", in, family[i].name);
				return;
			}
		}
	strbuf_printf(to, "%g", v);
}
