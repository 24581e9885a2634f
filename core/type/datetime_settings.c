/* datetime_settings.c - DateStyle, IntervalStyle and TimeZone as SET takes them and SHOW gives
 * them. */
#include "config.h"
#include <stdlib.h>

#include "core/type/datetime_impl.h"
#include "core/type/ops.h"

static const char *const styles[] = { "ISO", "Postgres", "SQL", "German" };
static const char *const orders[] = { "YMD", "DMY", "MDY" };
static const char *const interval_styles[] = { "postgres", "postgres_verbose", "sql_standard",
					       "iso_8601" };

struct choice {
	int  style, order;
	bool have_style, have_order;
};

/* A style or an order once each; German brings its order along. */
static bool
choose(struct choice *c, const char *s, size_t len)
{
	int style = -1, order = -1;

	if (same_word(s, len, "iso"))
		style = DATESTYLE_ISO;
	else if (same_word(s, len, "sql"))
		style = DATESTYLE_SQL;
	else if (len >= 8 && same_word(s, 8, "postgres"))
		style = DATESTYLE_POSTGRES;
	else if (same_word(s, len, "german"))
		style = DATESTYLE_GERMAN;
	else if (same_word(s, len, "ymd"))
		order = DATEORDER_YMD;
	else if (same_word(s, len, "dmy") || (len >= 4 && same_word(s, 4, "euro")))
		order = DATEORDER_DMY;
	else if (same_word(s, len, "mdy") || same_word(s, len, "us") ||
		 (len >= 7 && same_word(s, 7, "noneuro")))
		order = DATEORDER_MDY;
	else
		return false;
	if (style >= 0) {
		if (c->have_style && c->style != style)
			return false;
		c->style = style;
		c->have_style = true;
		if (style == DATESTYLE_GERMAN && !c->have_order)
			c->order = DATEORDER_DMY;
	} else {
		if (c->have_order && c->order != order)
			return false;
		c->order = order;
		c->have_order = true;
	}
	return true;
}

int
datestyle_parse(const char *s, int *style, int *order)
{
	struct choice c = { .style = *style, .order = *order };

	for (const char *p = s; ; ) {
		while (ascii_space(*p))
			p++;
		size_t len = strcspn(p, ",");
		const char *next = p + len;
		while (len > 0 && ascii_space(p[len - 1]))
			len--;
		if (len >= 2 &&
		    ((p[0] == '"' && p[len - 1] == '"') || (p[0] == '\'' && p[len - 1] == '\''))) {
			p++;
			len -= 2;
		}
		if (same_word(p, len, "default")) {
			if (!c.have_style)
				c.style = DATESTYLE_ISO;
			if (!c.have_order)
				c.order = DATEORDER_MDY;
		} else if (len == 0 || !choose(&c, p, len)) {
			return -1;
		}
		if (*next == '\0')
			break;
		p = next + 1;
	}
	*style = c.style;
	*order = c.order;
	return 0;
}

void
datestyle_put(int style, int order, struct strbuf *to)
{
	strbuf_puts(to, styles[style]);
	strbuf_puts(to, ", ");
	strbuf_puts(to, orders[order]);
}

int
intervalstyle_parse(const char *s)
{
	for (int i = 0; i < (int) ARRAY_LEN(interval_styles); i++)
		if (same_word(s, strlen(s), interval_styles[i]))
			return i;
	return -1;
}

const char *
intervalstyle_name(int style)
{
	return interval_styles[style];
}

const struct timezone *
timezone_parse(const char *s, size_t len)
{
	char text[64], *end;
	struct interval v;
	struct err e = { 0 };

	while (len > 0 && ascii_space(*s))
		s++, len--;
	while (len > 0 && ascii_space(s[len - 1]))
		len--;
	if (len > 8 && same_word(s, 8, "interval")) {
		const char *open = memchr(s, '\'', len),
			   *close = open != NULL
					    ? memchr(open + 1, '\'', len - (size_t) (open + 1 - s))
					    : NULL;
		if (close == NULL || close != s + len - 1 ||
		    interval_parse(open + 1, (size_t) (close - open - 1), &fmt_default, -1, &v,
				   &e) != ERR_OK ||
		    v.months != 0 || v.days != 0)
			return NULL;
		return tz_fixed((int) (v.usec / USEC_PER_SEC));
	}
	if (len > 0 && len < sizeof text) {
		memcpy(text, s, len);
		text[len] = '\0';
		double hours = strtod(text, &end);
		if (end == text + len && hours > -168 && hours < 168)
			return tz_fixed((int) (hours * 3600));
	}
	return tz_find(s, len);
}
