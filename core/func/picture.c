/* picture.c - taking templates apart.
 *
 * At each place the key words are tried in a fixed order, longer ones before their beginnings;
 * what is none is copied or skipped literally.  Double quotes protect text.
 * Not here: what the key words do (to_char.c, to_date.c, to_char_num.c). */
#include "config.h"
#include "core/func/picture.h"

#include <ctype.h>
#include <string.h>

#include "core/type/text.h"

const char *const picture_months[12] = {
	"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December",
};
const char *const picture_months_short[12] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};
const char *const picture_days[7] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};
const char *const picture_days_short[7] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
const char *const picture_roman_months[12] = {
	"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I",
};

struct keyword {
	const char *name;
	enum picture_key key;
	enum picture_case letters;
	bool digits;
	char mode;                      /* 'g' months, 'i' ISO weeks */
};

#define BOTH(upper, lower, key, digits, mode) \
	{ upper, key, PIC_UPPER, digits, mode }, { lower, key, PIC_LOWER, digits, mode }
#define THREE(upper, capital, lower, key) \
	{ upper, key, PIC_UPPER, false, 'n' }, { capital, key, PIC_CAPITAL, false, 'n' }, \
	{ lower, key, PIC_LOWER, false, 'n' }

static const struct keyword datetime_words[] = {
	BOTH("A.D.", "a.d.", DCH_AD_DOTS, false, 'n'), BOTH("A.M.", "a.m.", DCH_AM_DOTS, false, 'n'),
	BOTH("AD", "ad", DCH_AD, false, 'n'), BOTH("AM", "am", DCH_AM, false, 'n'),
	BOTH("B.C.", "b.c.", DCH_AD_DOTS, false, 'n'), BOTH("BC", "bc", DCH_AD, false, 'n'),
	BOTH("CC", "cc", DCH_CC, true, 'n'),
	THREE("DAY", "Day", "day", DCH_DAY),
	BOTH("DDD", "ddd", DCH_DDD, true, 'g'), BOTH("DD", "dd", DCH_DD, true, 'g'),
	THREE("DY", "Dy", "dy", DCH_DY),
	BOTH("D", "d", DCH_D, true, 'g'),
	BOTH("FF1", "ff1", DCH_FF1, false, 'n'), BOTH("FF2", "ff2", DCH_FF2, false, 'n'),
	BOTH("FF3", "ff3", DCH_FF3, false, 'n'), BOTH("FF4", "ff4", DCH_FF4, false, 'n'),
	BOTH("FF5", "ff5", DCH_FF5, false, 'n'), BOTH("FF6", "ff6", DCH_FF6, false, 'n'),
	BOTH("FX", "fx", DCH_FX, false, 'n'),
	BOTH("HH24", "hh24", DCH_HH24, true, 'n'), BOTH("HH12", "hh12", DCH_HH12, true, 'n'),
	BOTH("HH", "hh", DCH_HH12, true, 'n'),
	BOTH("IDDD", "iddd", DCH_IDDD, true, 'i'), BOTH("ID", "id", DCH_ID, true, 'i'),
	BOTH("IW", "iw", DCH_IW, true, 'i'), BOTH("IYYY", "iyyy", DCH_IYYY, true, 'i'),
	BOTH("IYY", "iyy", DCH_IYY, true, 'i'), BOTH("IY", "iy", DCH_IY, true, 'i'),
	BOTH("I", "i", DCH_I, true, 'i'),
	BOTH("J", "j", DCH_J, true, 'n'),
	BOTH("MI", "mi", DCH_MI, true, 'n'), BOTH("MM", "mm", DCH_MM, true, 'g'),
	{ "MONTH", DCH_MONTH, PIC_UPPER, false, 'g' }, { "MON", DCH_MON, PIC_UPPER, false, 'g' },
	{ "Month", DCH_MONTH, PIC_CAPITAL, false, 'g' }, { "Mon", DCH_MON, PIC_CAPITAL, false, 'g' },
	{ "month", DCH_MONTH, PIC_LOWER, false, 'g' }, { "mon", DCH_MON, PIC_LOWER, false, 'g' },
	BOTH("MS", "ms", DCH_MS, true, 'n'),
	BOTH("OF", "of", DCH_OF, false, 'n'),
	BOTH("P.M.", "p.m.", DCH_AM_DOTS, false, 'n'), BOTH("PM", "pm", DCH_AM, false, 'n'),
	BOTH("Q", "q", DCH_Q, true, 'n'), BOTH("RM", "rm", DCH_RM, false, 'g'),
	BOTH("SSSSS", "sssss", DCH_SSSS, true, 'n'), BOTH("SSSS", "ssss", DCH_SSSS, true, 'n'),
	BOTH("SS", "ss", DCH_SS, true, 'n'),
	BOTH("TZH", "tzh", DCH_TZH, false, 'n'), BOTH("TZM", "tzm", DCH_TZM, true, 'n'),
	BOTH("TZ", "tz", DCH_TZ, false, 'n'),
	BOTH("US", "us", DCH_US, true, 'n'),
	BOTH("WW", "ww", DCH_WW, true, 'g'), BOTH("W", "w", DCH_W, true, 'g'),
	BOTH("Y,YYY", "y,yyy", DCH_Y_YYY, true, 'g'), BOTH("YYYY", "yyyy", DCH_YYYY, true, 'g'),
	BOTH("YYY", "yyy", DCH_YYY, true, 'g'), BOTH("YY", "yy", DCH_YY, true, 'g'),
	BOTH("Y", "y", DCH_Y, true, 'g'),
	{ NULL, PIC_NONE, PIC_UPPER, false, 'n' },
};

static const struct keyword number_words[] = {
	{ ",", NUM_COMMA, PIC_UPPER, false, 'n' }, { ".", NUM_POINT, PIC_UPPER, false, 'n' },
	{ "0", NUM_0, PIC_UPPER, false, 'n' }, { "9", NUM_9, PIC_UPPER, false, 'n' },
	BOTH("B", "b", NUM_B, false, 'n'), BOTH("C", "c", NUM_C, false, 'n'),
	BOTH("D", "d", NUM_D, false, 'n'), BOTH("EEEE", "eeee", NUM_EEEE, false, 'n'),
	BOTH("FM", "fm", NUM_FM, false, 'n'), BOTH("G", "g", NUM_G, false, 'n'),
	BOTH("L", "l", NUM_L, false, 'n'), BOTH("MI", "mi", NUM_MI, false, 'n'),
	BOTH("PL", "pl", NUM_PL, false, 'n'), BOTH("PR", "pr", NUM_PR, false, 'n'),
	BOTH("RN", "rn", NUM_RN, false, 'n'), BOTH("SG", "sg", NUM_SG, false, 'n'),
	BOTH("SP", "sp", NUM_SP, false, 'n'), BOTH("S", "s", NUM_S, false, 'n'),
	BOTH("TH", "th", NUM_TH, false, 'n'), BOTH("V", "v", NUM_V, false, 'n'),
	{ NULL, PIC_NONE, PIC_UPPER, false, 'n' },
};

static bool
starts(const char *s, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t) (end - s) >= n && memcmp(s, word, n) == 0;
}

static const struct keyword *
find_word(const struct keyword *words, const char *s, const char *end)
{
	for (; words->name != NULL; words++)
		if (starts(s, end, words->name))
			return words;
	return NULL;
}

static bool
is_separator(char ch)
{
	return ch > 0x20 && ch < 0x7f && !isalnum((unsigned char) ch);
}

/* FM and TM stand before a key word, TH and SP behind it; none may stand alone. */
static const char *
take_prefix(struct picture_node *n, const char *s, const char *end)
{
	if (starts(s, end, "FM") || starts(s, end, "fm"))
		n->fill = true;
	else if (starts(s, end, "TM") || starts(s, end, "tm"))
		n->translate = true;
	else
		return s;
	return s + 2;
}

static const char *
take_suffix(struct picture_node *n, const char *s, const char *end)
{
	if (starts(s, end, "TH") || starts(s, end, "th"))
		n->th = *s == 'T' ? 'T' : 't';
	else if (!starts(s, end, "SP"))
		return s;
	return s + 2;
}

struct parser { struct picture_node *at; const char *s, *end; bool datetime; };

static void
put_char(struct parser *p, enum picture_kind kind)
{
	size_t n = (size_t) utf8_char_len(*p->s);

	*p->at++ = (struct picture_node) { .kind = kind, .text = p->s, .len = n };
	p->s += n;
}

static void
put_quoted(struct parser *p)
{
	for (p->s++; p->s < p->end; ) {
		if (*p->s == '"') {
			p->s++;
			return;
		}
		if (*p->s == '\\' && p->s + 1 < p->end)
			p->s++;
		put_char(p, PICK_CHAR);
		p->at[-1].quoted = true;
	}
}

static void
put_literal(struct parser *p)
{
	if (*p->s == '"') {
		put_quoted(p);
		return;
	}
	if (*p->s == '\\' && p->s + 1 < p->end && p->s[1] == '"')
		p->s++;
	if (p->datetime && is_separator(*p->s))
		put_char(p, PICK_SEPARATOR);
	else
		put_char(p, isspace((unsigned char) *p->s) ? PICK_SPACE : PICK_CHAR);
}

static const struct picture_node *
parse(struct arena *a, const char *s, size_t len, const struct keyword *words, bool datetime)
{
	struct picture_node *nodes = ARENA_ARRAY(a, struct picture_node, len + 1);
	struct parser p = { .at = nodes, .s = s, .end = s + len, .datetime = datetime };

	while (p.s < p.end) {
		struct picture_node n = { .kind = PICK_KEY };
		if (datetime)
			p.s = take_prefix(&n, p.s, p.end);
		if (p.s >= p.end)
			break;
		const struct keyword *k = find_word(words, p.s, p.end);
		if (k == NULL) {
			put_literal(&p);
			continue;
		}
		n.key = k->key;
		n.letters = k->letters;
		n.name = k->name;
		n.digits = k->digits;
		n.iso = k->mode == 'i';
		n.gregorian = k->mode == 'g';
		p.s += strlen(k->name);
		if (datetime)
			p.s = take_suffix(&n, p.s, p.end);
		*p.at++ = n;
	}
	p.at->kind = PICK_END;
	return nodes;
}

const struct picture_node *
picture_parse_datetime(struct arena *a, const char *s, size_t len)
{
	return parse(a, s, len, datetime_words, true);
}

const struct picture_node *
picture_parse_number(struct arena *a, const char *s, size_t len)
{
	return parse(a, s, len, number_words, false);
}

const char *
picture_th(const char *digits, char how)
{
	static const char upper[4][3] = { "ST", "ND", "RD", "TH" }, lower[4][3] = { "st", "nd", "rd", "th" };
	size_t n = strlen(digits);
	char last = n > 0 ? digits[n - 1] : '0';
	bool teen = n > 1 && digits[n - 2] == '1';
	int i = teen || last < '1' || last > '3' ? 3 : last - '1';

	return how == 'T' ? upper[i] : lower[i];
}
