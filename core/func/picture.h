/* picture.h - the templates of to_char, to_date, to_timestamp and to_number, taken apart.
 *
 * Owner     nodes live on the arena given.  Thread: any.  Failure: none, any text is a template;
 *           what makes no sense for numbers is found by the user of the nodes.
 * Source    the manual, tables 9.27 to 9.31; the order in which key words are tried. */
#ifndef CORE_FUNC_PICTURE_H
#define CORE_FUNC_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"

enum picture_key {
	PIC_NONE,
	/* dates and times */
	DCH_AD_DOTS, DCH_AM_DOTS, DCH_AD, DCH_AM, DCH_CC, DCH_DAY, DCH_DDD, DCH_DD, DCH_DY, DCH_D,
	DCH_FF1, DCH_FF2, DCH_FF3, DCH_FF4, DCH_FF5, DCH_FF6, DCH_FX, DCH_HH24, DCH_HH12, DCH_IDDD,
	DCH_ID, DCH_IW, DCH_IYYY, DCH_IYY, DCH_IY, DCH_I, DCH_J, DCH_MI, DCH_MM, DCH_MONTH, DCH_MON,
	DCH_MS, DCH_OF, DCH_Q, DCH_RM, DCH_SSSS, DCH_SS, DCH_TZH, DCH_TZM, DCH_TZ, DCH_US, DCH_WW,
	DCH_W, DCH_Y_YYY, DCH_YYYY, DCH_YYY, DCH_YY, DCH_Y,
	/* numbers */
	NUM_COMMA, NUM_POINT, NUM_0, NUM_9, NUM_B, NUM_C, NUM_D, NUM_EEEE, NUM_FM, NUM_G, NUM_L,
	NUM_MI, NUM_PL, NUM_PR, NUM_RN, NUM_SG, NUM_SP, NUM_S, NUM_TH, NUM_V,
};

enum picture_case { PIC_UPPER, PIC_CAPITAL, PIC_LOWER };

enum picture_kind { PICK_END, PICK_KEY, PICK_CHAR, PICK_SPACE, PICK_SEPARATOR };

struct picture_node {
	enum picture_kind kind;
	enum picture_key key;
	enum picture_case letters;      /* how the key word was written */
	const char *name;               /* the key word, for messages */
	bool fill;                      /* FM: without padding */
	bool translate;                 /* TM */
	char th;                        /* 'T' TH, 't' th, 0 none */
	bool digits;                    /* the field is a number */
	bool iso;                       /* belongs to ISO weeks; gregorian: to months */
	bool gregorian;
	bool quoted;                    /* CHAR: stood between double quotes */
	const char *text;               /* CHAR, SPACE, SEPARATOR: one character */
	size_t len;
};

/* The nodes, ended by a PICK_END. */
const struct picture_node *picture_parse_datetime(struct arena *a, const char *s, size_t len);
const struct picture_node *picture_parse_number(struct arena *a, const char *s, size_t len);

/* "st", "nd", "rd", "th" for the number that these digits are; upper case for 'T'. */
const char *picture_th(const char *digits, char how);

extern const char *const picture_months[12], *const picture_months_short[12];
extern const char *const picture_days[7], *const picture_days_short[7];
extern const char *const picture_roman_months[12];      /* December first, upper case */

#endif
