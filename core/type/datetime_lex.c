/* datetime_lex.c - splitting date and time text, and its small parts: words, fractions, clocks.
 *
 * What a field means depends on its neighbours: datetime_decode.c, interval_in.c. */
#include "config.h"
#include "core/type/datetime_lex.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "core/type/ops.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_alpha(char c) { c = ascii_lower(c); return c >= 'a' && c <= 'z'; }
static bool is_punct(char c) { return c > ' ' && c < 127 && !is_digit(c) && !is_alpha(c); }

/* ---- Words */

struct word { const char *text; int kind, value; };

static const struct word dt_words[] = {
#define DT_WORD(text, kind, value) { text, kind, value },
#include "core/type/datetime_words.def"
};
static const struct word interval_words[] = {
#define INTERVAL_WORD(text, unit) { text, 0, unit },
#include "core/type/datetime_words.def"
};

static const struct word *
find_word(const struct word *table, size_t n, const char *s)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strncmp(s, table[mid].text, DT_WORD_LEN);
		if (c == 0)
			return &table[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

enum dt_word_kind
dt_word(const char *s, int *ret_value)
{
	const struct word *w = find_word(dt_words, ARRAY_LEN(dt_words), s);

	if (w == NULL)
		return DTW_UNKNOWN;
	*ret_value = w->value;
	return (enum dt_word_kind) w->kind;
}

enum dt_unit
interval_word(const char *s)
{
	const struct word *w = find_word(interval_words, ARRAY_LEN(interval_words), s);

	return w != NULL ? (enum dt_unit) w->value : DTU_NONE;
}

enum dt_unit
dt_trunc_unit(const char *s, size_t len, char *name)
{
	if (len > 63)
		len = 63;
	for (size_t i = 0; i < len; i++)
		name[i] = ascii_lower(s[i]);
	name[len] = '\0';
	enum dt_unit unit = interval_word(name);
	return unit == DTU_AGO ? DTU_NONE : unit;
}

enum dt_unit
dt_field(const char *s, size_t len, char *name)
{
	int value = 0;
	enum dt_unit unit = dt_trunc_unit(s, len, name);

	if (unit != DTU_NONE || interval_word(name) == DTU_AGO)
		return unit;
	switch (dt_word(name, &value)) {
	case DTW_UNIT:
		return (enum dt_unit) value;
	case DTW_RESERVED:
		return value == DTV_EPOCH ? DTU_EPOCH : DTU_RESERVED;
	default:
		return DTU_NONE;
	}
}

/* ---- Splitting */

struct lexer {
	const char *p, *end;
	char *out, *out_end;
};

static char at(const struct lexer *l) { return l->p < l->end ? *l->p : '\0'; }

static void
take(struct lexer *l)
{
	if (l->out < l->out_end)
		*l->out++ = ascii_lower(*l->p);
	l->p++;
}

static void
take_digits(struct lexer *l)
{
	while (is_digit(at(l)))
		take(l);
}

/* Begins with a digit: a date, a time, or a number that the neighbours will explain. */
static enum dt_kind
lex_digits(struct lexer *l)
{
	take_digits(l);
	char c = at(l);
	if (c == ':') {
		take(l);
		while (is_digit(at(l)) || at(l) == ':' || at(l) == '.')
			take(l);
		return DTK_TIME;
	}
	if (c != '-' && c != '/' && c != '.')
		return DTK_NUMBER;
	take(l);
	if (!is_digit(at(l))) {
		while (is_digit(at(l)) || is_alpha(at(l)) || at(l) == c)
			take(l);
		return DTK_DATE;
	}
	take_digits(l);
	if (at(l) != c)
		return c == '.' ? DTK_NUMBER : DTK_DATE;
	take(l);
	while (is_digit(at(l)) || at(l) == c)
		take(l);
	return DTK_DATE;
}

/* Begins with a letter: a word, a date as jan-8-1999, or a zone as America/New_York. */
static enum dt_kind
lex_letters(struct lexer *l)
{
	char *start = l->out;
	int value;
	bool date;

	while (is_alpha(at(l)))
		take(l);
	char c = at(l);
	date = c == '-' || c == '/' || c == '.';
	if (c == '+' || is_digit(c)) {
		*l->out = '\0';
		date = dt_word(start, &value) == DTW_UNKNOWN;
	}
	if (!date)
		return DTK_STRING;
	while (is_digit(c) || is_alpha(c) || (c != '\0' && strchr("+-/_.:", c) != NULL)) {
		take(l);
		c = at(l);
	}
	return DTK_DATE;
}

static int
lex_sign(struct lexer *l, enum dt_kind *ret)
{
	take(l);
	while (ascii_space(at(l)))
		l->p++;
	if (is_digit(at(l))) {
		*ret = DTK_ZONE;
		while (is_digit(at(l)) || (at(l) != '\0' && strchr(":.-", at(l)) != NULL))
			take(l);
	} else if (is_alpha(at(l))) {
		*ret = DTK_SPECIAL;
		while (is_alpha(at(l)))
			take(l);
	} else {
		return DT_BAD_FORMAT;
	}
	return DT_OK;
}

int
dt_split(const char *s, size_t len, size_t max, struct dt_fields *ret)
{
	struct lexer l = { s, s + len, ret->buf,
			   ret->buf + (max < sizeof ret->buf ? max : sizeof ret->buf) - 1 };

	ret->n = 0;
	while (l.p < l.end) {
		char c = *l.p;
		if (c == '\0')
			return DT_BAD_FORMAT;
		if (ascii_space(c)) {
			l.p++;
			continue;
		}
		if (ret->n >= DT_FIELDS_MAX)
			return DT_BAD_FORMAT;
		enum dt_kind kind;
		ret->text[ret->n] = l.out;
		if (is_digit(c)) {
			kind = lex_digits(&l);
		} else if (c == '.') {
			take(&l);
			take_digits(&l);
			kind = DTK_NUMBER;
		} else if (is_alpha(c)) {
			kind = lex_letters(&l);
		} else if (c == '+' || c == '-') {
			if (lex_sign(&l, &kind) != DT_OK)
				return DT_BAD_FORMAT;
		} else if (is_punct(c)) {
			l.p++;
			continue;
		} else {
			return DT_BAD_FORMAT;
		}
		if (l.out >= l.out_end)
			return DT_BAD_FORMAT;
		*l.out++ = '\0';
		ret->kind[ret->n++] = kind;
	}
	return DT_OK;
}

/* ---- Small parts */

bool
dt_int(const char *s, const char **end, int *ret)
{
	char *stop;

	errno = 0;
	long v = strtol(s, &stop, 10);
	*end = stop;
	*ret = (int) v;
	return errno != ERANGE && v >= INT_MIN && v <= INT_MAX;
}

int
dt_fraction(const char *s, double *ret)
{
	char *end;

	*ret = 0;
	if (s[1] == '\0')
		return DT_OK;
	errno = 0;
	*ret = strtod(s, &end);
	return *end != '\0' || errno != 0 ? DT_BAD_FORMAT : DT_OK;
}

int
dt_microseconds(const char *s, int *ret)
{
	double f;
	int rc = dt_fraction(s, &f);

	*ret = (int) rint(f * 1000000);
	return rc;
}

int
dt_clock(const char *s, int range, struct dt_clock *ret)
{
	struct dt_clock c = { 0 };
	const char *p;
	char *stop;
	int rc = DT_OK;

	errno = 0;
	c.hour = strtoll(s, &stop, 10);
	if (errno == ERANGE)
		return DT_OVERFLOW;
	if (*stop != ':')
		return DT_BAD_FORMAT;
	if (!dt_int(stop + 1, &p, &c.min))
		return DT_OVERFLOW;
	if (*p == '.' || (*p == '\0' && range == (INTERVAL_MINUTE | INTERVAL_SECOND))) {
		if (*p == '.')
			rc = dt_microseconds(p, &c.usec);       /* mm:ss.f */
		if (c.hour > INT_MAX || c.hour < INT_MIN)
			return DT_OVERFLOW;
		c.sec = c.min;
		c.min = (int) c.hour;
		c.hour = 0;
	} else if (*p == ':') {
		if (!dt_int(p + 1, &p, &c.sec))
			return DT_OVERFLOW;
		if (*p == '.')
			rc = dt_microseconds(p, &c.usec);
		else if (*p != '\0')
			return DT_BAD_FORMAT;
	} else if (*p != '\0') {
		return DT_BAD_FORMAT;
	}
	if (rc != DT_OK)
		return rc;
	if (c.hour < 0 || c.min < 0 || c.min > 59 || c.sec < 0 || c.sec > 60 || c.usec < 0 ||
	    c.usec > USEC_PER_SEC)
		return DT_OVERFLOW;
	*ret = c;
	return DT_OK;
}

int
dt_error(int result, const char *type, const char *s, size_t len, struct err *e)
{
	switch (result) {
	case DT_REPORTED:
		return e->code;
	case DT_OVERFLOW:
	case DT_MD_OVERFLOW:
		(void) err_set(e, ERR_DATETIME_FIELD_OVERFLOW,
		               "date/time field value out of range: \"%.*s\"", (int) len, s);
		return result == DT_OVERFLOW ? e->code :
		       err_hint(e, "Perhaps you need a different \"datestyle\" setting.");
	case DT_INTERVAL_OVERFLOW:
		return err_set(e, ERR_INTERVAL_FIELD_OVERFLOW,
		               "interval field value out of range: \"%.*s\"", (int) len, s);
	case DT_TZ_OVERFLOW:
		return err_set(e, ERR_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
		               "time zone displacement out of range: \"%.*s\"", (int) len, s);
	default:
		return err_set(e, ERR_INVALID_DATETIME_FORMAT,
			       "invalid input syntax for type %s: \"%.*s\"", type, (int) len, s);
	}
}
