/* to_date_read.c - reading a date by a template: the fields.
 *
 * Outside FX mode blanks and separators are forgiving: each one of the template may match one
 * of the input, or nothing, and blanks before a field are skipped.  In standard mode (jsonpath's
 * .datetime()) they are not.
 * Not here: templates (picture.h), the moment that the fields make (to_date.c). */
#include "config.h"
#include "core/func/to_date.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/type/text.h"

struct reader {
	const char *s;                  /* NUL-terminated */
	const struct picture_node *n;
	struct template_fields f;
	bool fx, standard;
	int skipped;                    /* blanks passed beyond those of the template */
	struct err *e;
};

static int
fail_field(struct reader *r, const char *value, size_t len, const char *detail)
{
	err_set(r->e, ERR_INVALID_DATETIME_FORMAT, "invalid value \"%.*s\" for \"%s\"", (int) len, value,
	        r->n->name);
	return err_detail(r->e, "%s", detail);
}

static int
set_field(struct reader *r, int *dest, int value)
{
	if (*dest != 0 && *dest != value) {
		err_set(r->e, ERR_INVALID_DATETIME_FORMAT,
		        "conflicting values for \"%s\" field in formatting string", r->n->name);
		return err_detail(r->e, "This value contradicts a previous setting for the same field type.");
	}
	*dest = value;
	return ERR_OK;
}

/* Does something that is no digit follow this field in the template? */
static bool
ends_open(const struct picture_node *n)
{
	if (n->th != 0)
		return true;
	n++;
	if (n->kind == PICK_END)
		return true;
	if (n->kind == PICK_KEY)
		return !n->digits;
	return !(n->len == 1 && isdigit((unsigned char) *n->text));
}

/* An integer of at most `len` characters, or as long as it is where the field ends openly.
 * *ret_used: characters taken, blanks before it included. */
static int
read_int(struct reader *r, int len, int *dest, int *ret_used)
{
	const char *init = r->s;
	long v;

	while (isspace((unsigned char) *r->s))
		r->s++;
	errno = 0;
	if (r->n->fill || ends_open(r->n)) {
		char *end = NULL;
		v = strtol(init, &end, 10);
		r->s = end;
	} else {
		char copy[16], *end = NULL;
		int used = (int) strnlen(r->s, (size_t) len);
		memcpy(copy, r->s, (size_t) used);
		copy[used] = '\0';
		if (used < len) {
			err_set(r->e, ERR_INVALID_DATETIME_FORMAT,
			        "source string too short for \"%s\" formatting field", r->n->name);
			err_detail(r->e, "Field requires %d characters, but only %d remain.", len, used);
			return err_hint(r->e, "If your source string is not fixed-width, try using the \"FM\" modifier.");
		}
		v = strtol(copy, &end, 10);
		used = (int) (end - copy);
		if (used > 0 && used < len) {
			err_set(r->e, ERR_INVALID_DATETIME_FORMAT, "invalid value \"%s\" for \"%s\"", copy,
			        r->n->name);
			err_detail(r->e, "Field requires %d characters, but only %d could be parsed.", len, used);
			return err_hint(r->e, "If your source string is not fixed-width, try using the \"FM\" modifier.");
		}
		r->s += used;
		if (used == 0) {
			r->s = init;
			return fail_field(r, copy, strlen(copy), "Value must be an integer.");
		}
	}
	if (r->s == init) {
		size_t n = strnlen(init, (size_t) len);
		return fail_field(r, init, utf8_clip(init, n, n), "Value must be an integer.");
	}
	if (errno == ERANGE || v < INT_MIN || v > INT_MAX) {
		err_set(r->e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
		        "value for \"%s\" in source string is out of range", r->n->name);
		return err_detail(r->e, "Value must be in the range %d to %d.", INT_MIN, INT_MAX);
	}
	if (ret_used != NULL)
		*ret_used = (int) (r->s - init);
	return dest != NULL ? set_field(r, dest, (int) v) : ERR_OK;
}

/* Which of the words the input starts with. */
static int
read_word(struct reader *r, const char *const *words, int n, int *ret)
{
	for (int i = 0; i < n; i++) {
		size_t len = strlen(words[i]);
		if (strncasecmp(r->s, words[i], len) == 0) {
			r->s += len;
			*ret = i;
			return ERR_OK;
		}
	}
	size_t len = 0;
	while (r->s[len] != '\0' && !isspace((unsigned char) r->s[len]))
		len++;
	return fail_field(r, r->s, len,
	                  "The given value did not match any of the allowed values for this field.");
}

/* "98" is 1998, "07" is 2007: the year nearest to 2020 that ends so. */
static int
near_2020(int year)
{
	if (year < 70)
		return year + 2000;
	if (year < 100)
		return year + 1900;
	if (year < 520)
		return year + 2000;
	return year < 1000 ? year + 1000 : year;
}

static int
read_year(struct reader *r, int width, bool complete)
{
	int used = 0, v = 0;
	int rc = read_int(r, width, &v, &used);

	if (rc != ERR_OK)
		return rc;
	if (!complete && used < 4)
		v = near_2020(v);
	r->f.yysz = width;
	return set_field(r, &r->f.year, v);
}

static int
read_year_with_comma(struct reader *r)
{
	int thousands = 0, rest = 0, used = 0;

	if (sscanf(r->s, "%d,%03d%n", &thousands, &rest, &used) < 2)
		return err_set(r->e, ERR_INVALID_DATETIME_FORMAT, "invalid input string for \"Y,YYY\"");
	int64_t v = (int64_t) thousands * 1000 + rest;
	if (v != (int) v)
		return err_set(r->e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
		               "value for \"Y,YYY\" in source string is out of range");
	r->s += used;
	r->f.yysz = 4;
	return set_field(r, &r->f.year, (int) v);
}

static int
read_fraction(struct reader *r, int digits, int full, int *dest)
{
	int used = 0, v = 0;
	int rc = read_int(r, digits, &v, &used);

	if (rc != ERR_OK)
		return rc;
	for (int i = used; i < full; i++)
		v *= 10;
	return set_field(r, dest, v);
}

static int
read_zone_hours(struct reader *r)
{
	if (*r->s == '+' || *r->s == '-' || *r->s == ' ')
		r->f.tzsign = *r->s++ == '-' ? -1 : 1;
	else            /* the minus may have passed for a separator */
		r->f.tzsign = r->skipped > 0 && r->s[-1] == '-' ? -1 : 1;
	return read_int(r, 2, &r->f.tzh, NULL);
}

static int
read_words(struct reader *r)
{
	static const char *const adbc[] = { "ad", "bc" }, *const adbc_dots[] = { "a.d.", "b.c." };
	static const char *const ampm[] = { "am", "pm" }, *const ampm_dots[] = { "a.m.", "p.m." };
	int v = 0, rc;

	switch (r->n->key) {
	case DCH_AM:
	case DCH_AM_DOTS:
		rc = read_word(r, r->n->key == DCH_AM ? ampm : ampm_dots, 2, &v);
		r->f.clock_12 = true;
		return rc != ERR_OK ? rc : set_field(r, &r->f.pm, v);
	case DCH_AD:
	case DCH_AD_DOTS:
		rc = read_word(r, r->n->key == DCH_AD ? adbc : adbc_dots, 2, &v);
		return rc != ERR_OK ? rc : set_field(r, &r->f.bc, v);
	case DCH_MONTH:
	case DCH_MON:
		rc = read_word(r, r->n->key == DCH_MONTH ? picture_months : picture_months_short, 12, &v);
		return rc != ERR_OK ? rc : set_field(r, &r->f.mm, v + 1);
	case DCH_DAY:
	case DCH_DY:
		rc = read_word(r, r->n->key == DCH_DAY ? picture_days : picture_days_short, 7, &v);
		if (rc == ERR_OK)
			rc = set_field(r, &r->f.d, v);
		r->f.d++;
		return rc;
	default:
		rc = read_word(r, picture_roman_months, 12, &v);
		return rc != ERR_OK ? rc : set_field(r, &r->f.mm, 12 - v);
	}
}

static int
read_clock(struct reader *r)
{
	struct template_fields *f = &r->f;

	switch (r->n->key) {
	case DCH_HH12:
		f->clock_12 = true;
		return read_int(r, 2, &f->hh, NULL);
	case DCH_HH24:
		return read_int(r, 2, &f->hh, NULL);
	case DCH_MI:
		return read_int(r, 2, &f->mi, NULL);
	case DCH_SS:
		return read_int(r, 2, &f->ss, NULL);
	case DCH_MS:
		return read_fraction(r, 3, 3, &f->ms);
	case DCH_SSSS:
		return read_int(r, (int) strlen(r->n->name), &f->ssss, NULL);
	case DCH_US:
		return read_fraction(r, 6, 6, &f->us);
	case DCH_TZH:
		return read_zone_hours(r);
	case DCH_TZM:
		f->tzsign = f->tzsign == 0 ? 1 : f->tzsign;
		return read_int(r, 2, &f->tzm, NULL);
	case DCH_TZ:
	case DCH_OF:
		return err_set(r->e, ERR_FEATURE_NOT_SUPPORTED,
		               "formatting field \"%s\" is only supported in to_char", r->n->name);
	default:
		f->ff = (int) (r->n->key - DCH_FF1) + 1;
		return read_fraction(r, f->ff, 6, &f->us);
	}
}

static int
read_calendar(struct reader *r)
{
	struct template_fields *f = &r->f;
	int rc;

	switch (r->n->key) {
	case DCH_MM:
		return read_int(r, 2, &f->mm, NULL);
	case DCH_DDD:
	case DCH_IDDD:
		return read_int(r, 3, &f->ddd, NULL);
	case DCH_DD:
		return read_int(r, 2, &f->dd, NULL);
	case DCH_D:
		return read_int(r, 1, &f->d, NULL);
	case DCH_ID:
		rc = read_int(r, 1, &f->d, NULL);
		f->d = f->d + 1 > 7 ? 1 : f->d + 1;     /* Sunday is 1 inside */
		return rc;
	case DCH_WW:
	case DCH_IW:
		return read_int(r, 2, &f->ww, NULL);
	case DCH_Q:                             /* which day of the quarter would it be? */
		return read_int(r, 1, NULL, NULL);
	case DCH_CC:
		return read_int(r, 2, &f->cc, NULL);
	case DCH_W:
		return read_int(r, 1, &f->w, NULL);
	case DCH_J:
		return read_int(r, 1, &f->j, NULL);
	case DCH_Y_YYY:
		return read_year_with_comma(r);
	case DCH_YYYY:
	case DCH_IYYY:
		return read_year(r, 4, true);
	case DCH_YYY:
	case DCH_IYY:
		return read_year(r, 3, false);
	case DCH_YY:
	case DCH_IY:
		return read_year(r, 2, false);
	default:
		return read_year(r, 1, false);
	}
}

static int
read_key(struct reader *r)
{
	char mode = r->n->iso ? 'i' : r->n->gregorian ? 'g' : 0;

	if (mode != 0 && r->f.mode != 0 && r->f.mode != mode) {
		err_set(r->e, ERR_INVALID_DATETIME_FORMAT, "invalid combination of date conventions");
		return err_hint(r->e, "Do not mix Gregorian and ISO week date conventions in a formatting template.");
	}
	r->f.mode = mode != 0 ? mode : r->f.mode;
	switch (r->n->key) {
	case DCH_FX:
		r->fx = true;
		return ERR_OK;
	case DCH_AM:
	case DCH_AM_DOTS:
	case DCH_AD:
	case DCH_AD_DOTS:
	case DCH_MONTH:
	case DCH_MON:
	case DCH_DAY:
	case DCH_DY:
	case DCH_RM:
		return read_words(r);
	case DCH_HH12:
	case DCH_HH24:
	case DCH_MI:
	case DCH_SS:
	case DCH_MS:
	case DCH_SSSS:
	case DCH_US:
	case DCH_TZH:
	case DCH_TZM:
	case DCH_TZ:
	case DCH_OF:
	case DCH_FF1:
	case DCH_FF2:
	case DCH_FF3:
	case DCH_FF4:
	case DCH_FF5:
	case DCH_FF6:
		return read_clock(r);
	default:
		return read_calendar(r);
	}
}

/* An ordinal ending takes two characters, whatever they are. */
static void
skip_th(struct reader *r)
{
	for (int i = 0; r->n->th != 0 && i < 2 && *r->s != '\0'; i++)
		r->s += utf8_char_len(*r->s);
}

static int
skip_blanks(struct reader *r)
{
	int n = 0;

	for (; isspace((unsigned char) *r->s); n++)
		r->s++;
	return n;
}

static bool
is_separator(char ch)
{
	return ch > 0x20 && ch < 0x7f && !isalnum((unsigned char) ch);
}

static void
skip_literal(struct reader *r)
{
	if (r->fx) {
		r->s += utf8_char_len(*r->s);
		return;
	}
	if (r->n->kind != PICK_CHAR) {
		r->skipped--;
		if (isspace((unsigned char) *r->s) || is_separator(*r->s)) {
			r->s++;
			r->skipped++;
		}
	} else if (r->skipped > 0) {    /* a blank skipped before stands for this character */
		r->skipped--;
	} else {
		r->s += utf8_char_len(*r->s);
	}
}

/* Standard mode knows these separators and no other text outside double quotes. */
static int
check_standard(const struct picture_node *n, struct err *e)
{
	for (; n->kind != PICK_END; n++)
		if (n->kind != PICK_KEY && !n->quoted &&
		    (n->len != 1 || strchr("-./,':; ", *n->text) == NULL))
			return err_set(e, ERR_INVALID_DATETIME_FORMAT,
			               "invalid datetime format separator: \"%.*s\"", (int) n->len,
			               n->text);
	return ERR_OK;
}

static int
match_literal(struct reader *r)
{
	const struct picture_node *n = r->n;

	if (strncmp(r->s, n->text, n->len) != 0)
		return n->quoted ? err_set(r->e, ERR_INVALID_DATETIME_FORMAT,
		                           "unmatched format character \"%.*s\"", (int) n->len, n->text)
		                 : err_set(r->e, ERR_INVALID_DATETIME_FORMAT,
		                           "unmatched format separator \"%c\"", *n->text);
	r->s += n->len;
	return ERR_OK;
}

static int
read_all(struct reader *r, const struct picture_node *first)
{
	for (r->n = first; r->n->kind != PICK_END && *r->s != '\0'; r->n++) {
		int rc = ERR_OK;
		if (!r->fx && (r->n->kind == PICK_KEY || r->n == first))
			r->skipped += skip_blanks(r);
		if (r->n->kind != PICK_KEY) {
			if (r->standard)
				rc = match_literal(r);
			else
				skip_literal(r);
			if (rc != ERR_OK)
				return rc;
			continue;
		}
		rc = read_key(r);
		if (rc != ERR_OK)
			return rc;
		if (r->n->digits)
			skip_th(r);
		if (!r->fx)
			r->skipped = skip_blanks(r);
	}
	return ERR_OK;
}

int
template_read(const char *text, const struct picture_node *first, bool standard,
              struct template_fields *ret, struct err *e)
{
	struct reader r = { .s = text, .standard = standard, .fx = standard, .e = e };
	int rc = standard ? check_standard(first, e) : ERR_OK;

	if (rc == ERR_OK)
		rc = read_all(&r, first);
	if (rc != ERR_OK)
		return rc;
	if (standard && r.n->kind != PICK_END)
		return err_set(e, ERR_INVALID_DATETIME_FORMAT,
		               "input string is too short for datetime format");
	(void) (standard && skip_blanks(&r));
	if (standard && *r.s != '\0')
		return err_set(e, ERR_INVALID_DATETIME_FORMAT,
		               "trailing characters remain in input string after datetime format");
	*ret = r.f;
	return ERR_OK;
}
