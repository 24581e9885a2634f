/* numpic.c - number templates: checking them, putting digits in, reading digits out.
 *
 * The template is walked place by place.  `at` counts digit places and the point; places left
 * of the number are blank, or zeros from the first 0 of the template on.  The sign stands right
 * before the first written place unless the template says where.
 * Not here: turning numbers into digits (to_char_num.c). */
#include "config.h"
#include "core/func/numpic.h"

#include <ctype.h>
#include <string.h>

#include "core/type/text.h"

/* ---- Checking */
static int
fail(struct err *e, const char *what)
{
	return err_set(e, ERR_SYNTAX_ERROR, "%s", what);
}

static int
digit_place(struct numpic *p, bool zero, struct err *e)
{
	if (p->bracket)
		return fail(e, zero ? "\"0\" must be ahead of \"PR\"" : "\"9\" must be ahead of \"PR\"");
	if (!zero && p->has_v) {
		p->multi++;
		return ERR_OK;
	}
	if (zero && !p->zero && !p->point) {
		p->zero = true;
		p->zero_start = p->pre + 1;
	}
	if (p->point)
		p->post++;
	else
		p->pre++;
	if (zero)
		p->zero_end = p->pre + p->post;
	return ERR_OK;
}

static int
anchored_sign(struct numpic *p, struct err *e)
{
	if (p->anchored != SIGN_NONE)
		return fail(e, "cannot use \"S\" twice");
	if (p->plus || p->minus || p->bracket)
		return fail(e, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
	p->anchored = p->point ? SIGN_AFTER : SIGN_BEFORE;
	p->anchor_at = p->pre;
	return ERR_OK;
}

static int
exponent(struct numpic *p, struct err *e)
{
	if (p->exponent)
		return fail(e, "cannot use \"EEEE\" twice");
	if (p->blank || p->fill || p->anchored != SIGN_NONE || p->bracket || p->minus || p->plus ||
	    p->roman || p->has_v) {
		fail(e, "\"EEEE\" is incompatible with other formats");
		return err_detail(e, "\"EEEE\" may only be used together with digit and decimal point patterns.");
	}
	p->exponent = true;
	return ERR_OK;
}

static int
check_key(struct numpic *p, enum picture_key key, struct err *e)
{
	bool s = p->anchored != SIGN_NONE;

	if (p->exponent && key != NUM_EEEE)
		return fail(e, "\"EEEE\" must be the last pattern used");
	switch (key) {
	case NUM_9:
		return digit_place(p, false, e);
	case NUM_0:
		return digit_place(p, true, e);
	case NUM_B:
		p->blank = p->blank || (p->pre == 0 && p->post == 0 && !p->zero);
		return ERR_OK;
	case NUM_D:
	case NUM_POINT:
		if (p->point)
			return fail(e, "multiple decimal points");
		if (p->has_v)
			return fail(e, "cannot use \"V\" and decimal point together");
		p->point = true;
		return ERR_OK;
	case NUM_FM:
		p->fill = true;
		return ERR_OK;
	case NUM_S:
		return anchored_sign(p, e);
	case NUM_MI:
		p->minus = true;
		return s ? fail(e, "cannot use \"S\" and \"MI\" together") : ERR_OK;
	case NUM_PL:
		p->plus = true;
		return s ? fail(e, "cannot use \"S\" and \"PL\" together") : ERR_OK;
	case NUM_SG:
		p->minus = p->plus = true;
		return s ? fail(e, "cannot use \"S\" and \"SG\" together") : ERR_OK;
	case NUM_PR:
		if (s || p->plus || p->minus)
			return fail(e, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
		p->bracket = true;
		return ERR_OK;
	case NUM_RN:
		p->roman = true;
		return ERR_OK;
	case NUM_V:
		if (p->point)
			return fail(e, "cannot use \"V\" and decimal point together");
		p->has_v = true;
		return ERR_OK;
	case NUM_EEEE:
		return exponent(p, e);
	default:
		return ERR_OK;
	}
}

int
numpic_parse(struct arena *a, const char *s, size_t len, struct numpic *ret, struct err *e)
{
	struct numpic p = { .nodes = picture_parse_number(a, s, len) };

	for (const struct picture_node *n = p.nodes; n->kind != PICK_END; n++) {
		int rc = n->kind == PICK_KEY ? check_key(&p, n->key, e) : ERR_OK;
		if (rc != ERR_OK)
			return rc;
	}
	*ret = p;
	return ERR_OK;
}

/* ---- Writing */
struct writer {
	const struct numpic *p;
	const char *number, *next;      /* all digits; the next one to write */
	const char *last;               /* FM: the last digit that matters; NULL: all do */
	int  spaces;                    /* places before the number */
	int  at, count;                 /* this place; all of them, less one */
	char sign;
	bool sign_done, in_number;
	bool bracket;
	enum numpic_sign anchored;
	long cut;                       /* where the text ends, whatever follows; -1: at its end */
	struct strbuf *to;
	struct err *e;
};

/* The point, or the last digit behind it that is not 0. */
static const char *
last_that_matters(const char *number)
{
	const char *last = strchr(number, '.');

	for (const char *q = last; q != NULL && *++q != '\0'; )
		if (*q != '0')
			last = q;
	return last;
}

static void
writer_init(struct writer *w)
{
	const struct numpic *p = w->p;

	if (p->plus || p->minus) {      /* the sign has its own place unless PL stands alone */
		w->sign_done = !(p->plus && !p->minus);
	} else {
		if (w->sign != '-' && p->fill)
			w->bracket = false;
		w->sign_done = w->sign == '+' && p->fill && w->anchored == SIGN_NONE;
		if (w->anchored == SIGN_BEFORE && p->pre == p->anchor_at)
			w->anchored = SIGN_AFTER;
	}
	w->count = p->post + p->pre - 1;
	if (p->fill && p->point) {
		w->last = last_that_matters(w->number);
		if (w->last != NULL && p->zero_end > w->spaces) {       /* zeros asked for stay */
			int end = (int) strlen(w->number) - 1, zero = p->zero_end - w->spaces;
			const char *keep = w->number + (zero < end ? zero : end);
			if (w->last < keep)
				w->last = keep;
		}
	}
	if (!w->sign_done && w->spaces == 0)
		w->count++;
}

/* "0" of "0.5" in 9.99 is a blank. */
static bool
is_empty_units(const struct writer *w)
{
	return !w->p->zero && w->next == w->number && *w->number == '0' && w->p->post != 0;
}

static void
put_sign_before(struct writer *w)
{
	bool zero_here = w->p->zero && w->p->zero_start - 1 == w->at;

	if (w->sign_done || !(w->at >= w->spaces || zero_here))
		return;
	if (is_empty_units(w) && !(w->last != NULL && *w->last == '.'))
		return;
	if (w->anchored != SIGN_NONE) {
		if (w->anchored != SIGN_BEFORE)
			return;
		strbuf_putc(w->to, w->sign);
	} else if (w->bracket) {
		strbuf_putc(w->to, w->sign == '+' ? ' ' : '<');
	} else if (w->sign == '-') {
		strbuf_putc(w->to, '-');
	} else if (!w->p->fill) {
		strbuf_putc(w->to, ' ');
	}
	w->sign_done = true;
}

static void
put_digit(struct writer *w, bool zero_place)
{
	bool only_point = w->last != NULL && *w->last == '.';

	if (w->last != NULL && w->next > w->last && !zero_place)
		return;
	if (is_empty_units(w)) {
		if (!w->p->fill)
			strbuf_putc(w->to, ' ');
		else if (only_point)
			strbuf_putc(w->to, '0');
		return;
	}
	if (*w->next != '\0')
		strbuf_putc(w->to, *w->next);
	else if (w->cut < 0)            /* "NaN" has no digits behind the point: nothing follows */
		w->cut = (long) w->to->len;
	w->in_number = true;
}

static void
put_place(struct writer *w, bool zero_place)
{
	bool before = w->at < w->spaces;
	bool zeros = w->p->zero && w->p->zero_start - 1 <= w->at;

	w->in_number = false;
	put_sign_before(w);
	if (before && !zeros) {
		if (!w->p->fill)
			strbuf_putc(w->to, ' ');
	} else if (before) {
		strbuf_putc(w->to, '0');
		w->in_number = true;
	} else {
		if (*w->next == '.')
			strbuf_putc(w->to, '.');
		else
			put_digit(w, zero_place);
		if (*w->next != '\0')
			w->next++;
	}
	int end = w->count + (w->spaces != 0) + w->p->point;
	if (w->last != NULL && w->last == w->next)
		end = w->at;
	if (w->at + 1 == end) {
		if (w->sign_done && w->bracket)
			strbuf_putc(w->to, w->sign == '+' ? ' ' : '>');
		else if (w->anchored == SIGN_AFTER)
			strbuf_putc(w->to, w->sign);
	}
	w->at++;
}

static void
put_group_mark(struct writer *w)
{
	if (w->in_number)
		strbuf_putc(w->to, ',');
	else if (!w->p->fill)
		strbuf_putc(w->to, ' ');
}

static void
put_roman(struct writer *w, enum picture_case letters)
{
	size_t len = strlen(w->number);

	for (size_t i = len; !w->p->fill && i < 15; i++)
		strbuf_putc(w->to, ' ');
	for (size_t i = 0; i < len; i++)
		strbuf_putc(w->to, letters == PIC_LOWER ? (char) tolower((unsigned char) w->number[i])
		                                        : w->number[i]);
}

static void
put_own_sign(struct writer *w, char shown)
{
	if (w->sign == shown)
		strbuf_putc(w->to, shown);
	else if (!w->p->fill)
		strbuf_putc(w->to, ' ');
}

static int
put_th(struct writer *w, enum picture_case letters)
{
	size_t n = strlen(w->number);

	if (w->p->roman || *w->number == '#' || w->sign == '-' || w->p->point)
		return ERR_OK;
	if (n == 0 || !isdigit((unsigned char) w->number[n - 1]))
		return err_set(w->e, ERR_INVALID_TEXT_REPRESENTATION, "\"%s\" is not a number", w->number);
	strbuf_puts(w->to, picture_th(w->number, letters == PIC_LOWER ? 't' : 'T'));
	return ERR_OK;
}

static int
put_key(struct writer *w, const struct picture_node *n)
{
	switch (n->key) {
	case NUM_9:
	case NUM_0:
	case NUM_POINT:
	case NUM_D:
		if (!w->p->roman)
			put_place(w, n->key == NUM_0);
		return ERR_OK;
	case NUM_COMMA:
	case NUM_G:
		put_group_mark(w);
		return ERR_OK;
	case NUM_L:
		strbuf_putc(w->to, ' ');        /* the C locale has no currency */
		return ERR_OK;
	case NUM_RN:
		put_roman(w, n->letters);
		return ERR_OK;
	case NUM_TH:
		return put_th(w, n->letters);
	case NUM_MI:
		put_own_sign(w, '-');
		return ERR_OK;
	case NUM_PL:
		put_own_sign(w, '+');
		return ERR_OK;
	case NUM_SG:
		strbuf_putc(w->to, w->sign);
		return ERR_OK;
	default:
		return ERR_OK;
	}
}

int
numpic_write(const struct numpic *p, struct numpic_value v, struct arena *a, struct strbuf *to,
             struct err *e)
{
	struct numpic plain = { .nodes = p->nodes, .roman = true, .fill = p->fill };
	struct writer w = {
		.p = p->roman ? &plain : p, .number = arena_strdup(a, v.digits), .spaces = v.spaces,
		.sign = v.sign, .bracket = p->bracket, .anchored = p->anchored, .cut = -1,
		.to = to, .e = e,
	};

	if (p->exponent) {              /* written out already, sign and all */
		strbuf_puts(to, v.digits);
		return ERR_OK;
	}
	if (p->roman) {
		w.spaces = 0;
		w.sign = '\0';
		w.bracket = false;
		w.anchored = SIGN_NONE;
	}
	w.next = w.number;
	writer_init(&w);
	for (const struct picture_node *n = p->nodes; n->kind != PICK_END; n++) {
		if (n->kind != PICK_KEY)
			strbuf_add(to, n->text, n->len);
		else if (put_key(&w, n) != ERR_OK)
			return e->code;
	}
	if (w.cut >= 0) {
		to->len = (size_t) w.cut;
		to->data[to->len] = '\0';
	}
	return ERR_OK;
}

/* ---- Reading */
struct scanner {
	const struct numpic *p;
	const char *s, *end;
	char sign;                      /* ' ' until one is seen */
	struct strbuf *to;
	int  pre, post;                 /* digits read */
	bool point;
};

static inline bool
more(const struct scanner *r)
{
	return r->s < r->end;
}

static void
read_sign_before(struct scanner *r)
{
	if (r->sign != ' ' || r->pre + r->post > 0)
		return;
	if (*r->s == '-' || (r->p->bracket && r->p->anchored != SIGN_BEFORE && *r->s == '<'))
		r->sign = '-';
	else if (*r->s == '+')
		r->sign = '+';
	else
		return;
	r->s++;
}

static void
read_sign_after(struct scanner *r, bool was_read)
{
	if (r->sign != ' ' || r->pre + r->post == 0)
		return;
	if (r->p->anchored != SIGN_NONE) {
		if (!was_read || r->s + 1 >= r->end || isdigit((unsigned char) r->s[1]))
			return;
		if (r->s[1] == '-' || r->s[1] == '+')
			r->sign = *++r->s;
	} else if (!was_read && (r->p->plus || r->p->minus) && (*r->s == '-' || *r->s == '+')) {
		r->sign = *r->s;
	}
}

/* One digit place: leaves r->s on the last character it took. */
static void
read_place(struct scanner *r, enum picture_key key)
{
	bool was_read = false;

	if (more(r) && *r->s == ' ')
		r->s++;
	if (!more(r))
		return;
	if (key == NUM_0 || key == NUM_9)
		read_sign_before(r);
	if (!more(r))
		return;
	if (isdigit((unsigned char) *r->s)) {
		if (r->point && r->post == r->p->post)
			return;
		strbuf_putc(r->to, *r->s);
		if (r->point)
			r->post++;
		else
			r->pre++;
		was_read = true;
	} else if (r->p->point && !r->point && *r->s == '.') {
		strbuf_putc(r->to, '.');
		r->point = true;
		was_read = true;
	}
	read_sign_after(r, was_read);
}

/* Passes up to n characters that cannot belong to a number. */
static void
skip_other(struct scanner *r, int n)
{
	for (; n > 0 && more(r) && strchr("0123456789.,+-", *r->s) == NULL; n--)
		r->s += utf8_char_len(*r->s);
}

static int
read_key(struct scanner *r, enum picture_key key, struct err *e)
{
	switch (key) {
	case NUM_9:
	case NUM_0:
	case NUM_POINT:
	case NUM_D:
		read_place(r, key);
		r->s++;
		return ERR_OK;
	case NUM_COMMA:
	case NUM_G:
		if (!(r->p->fill) && *r->s == ',')
			r->s++;
		return ERR_OK;
	case NUM_L:
		skip_other(r, 1);
		return ERR_OK;
	case NUM_TH:
		if (!r->p->roman && !r->p->point)
			skip_other(r, 2);
		return ERR_OK;
	case NUM_RN:
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "\"RN\" not supported for input");
	case NUM_MI:
	case NUM_PL:
	case NUM_SG:
		if ((key != NUM_PL && *r->s == '-') || (key != NUM_MI && *r->s == '+'))
			r->sign = *r->s++;
		else
			skip_other(r, 1);
		return ERR_OK;
	default:
		return ERR_OK;
	}
}

int
numpic_read(const struct numpic *p, const char *s, size_t len, struct strbuf *to, int *ret_post,
            struct err *e)
{
	struct scanner r = { .p = p, .s = s, .end = s + len, .sign = ' ', .to = to };

	if (p->exponent)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "\"EEEE\" not supported for input");
	if (p->roman)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "\"RN\" not supported for input");
	strbuf_putc(to, ' ');           /* the sign's place */
	for (const struct picture_node *n = p->nodes; n->kind != PICK_END && more(&r); n++) {
		if (n->kind != PICK_KEY) {
			r.s += utf8_char_len(*r.s);
			continue;
		}
		int rc = read_key(&r, n->key, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (to->len > 1 && to->data[to->len - 1] == '.')
		to->data[--to->len] = '\0';
	to->data[0] = r.sign;
	*ret_post = r.post;
	return ERR_OK;
}
