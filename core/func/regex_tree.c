/* regex_tree.c - parsing PostgreSQL's advanced regular expressions.
 *
 * The grammar is PostgreSQL's, not PCRE2's: what looks the same often is not (\b, \Z, {, ++),
 * so nothing of a pattern reaches PCRE2 unread.
 * Not here: bracket expressions and escapes (regex_class.c), matching (regex.c). */
#include "config.h"
#include "core/func/regex_tree.h"

#include <ctype.h>
#include <string.h>

#include "core/func/regex_parse.h"
#include "core/type/text.h"

enum { DUP_MAX = 255, NESTING_MAX = 400 };

int
rx_fail(struct rx_parser *x, const char *what)
{
	return err_set(x->e, ERR_INVALID_REGULAR_EXPRESSION, "invalid regular expression: %s", what);
}

struct rx_node *
rx_node(struct rx_parser *x, enum rx_kind kind, const char *text)
{
	struct rx_node *n = ARENA_NEW(x->arena, struct rx_node);

	n->kind = kind;
	n->text = text;
	n->id = x->tree->nnodes++;
	return n;
}

static struct rx_node *
pair(struct rx_parser *x, enum rx_kind kind, struct rx_node *left, struct rx_node *right)
{
	struct rx_node *n = rx_node(x, kind, NULL);

	n->left = left;
	n->right = right;
	n->captures = left->captures || right->captures;
	n->choice = kind == RX_ALT || left->choice || right->choice;
	n->prefers = kind == RX_ALT ? 'l' : left->prefers != 0 ? left->prefers : right->prefers;
	return n;
}

/* Blanks and comments of expanded syntax, and (?#...) anywhere. */
static void
skip(struct rx_parser *x)
{
	for (;;) {
		if ((x->tree->flags & REGEX_EXPANDED) != 0 && x->p < x->end &&
		    isspace((unsigned char) *x->p)) {
			x->p++;
		} else if ((x->tree->flags & REGEX_EXPANDED) != 0 && x->p < x->end && *x->p == '#') {
			while (x->p < x->end && *x->p != '\n')
				x->p++;
		} else if (x->end - x->p >= 3 && memcmp(x->p, "(?#", 3) == 0) {
			while (x->p < x->end && *x->p != ')')
				x->p++;
			if (x->p < x->end)
				x->p++;
		} else {
			return;
		}
	}
}

static inline bool
at(struct rx_parser *x, char ch)
{
	return x->p < x->end && *x->p == ch;
}

static bool
at_bound(const struct rx_parser *x)
{
	return x->end - x->p >= 2 && x->p[0] == '{' && isdigit((unsigned char) x->p[1]);
}

static bool
at_quantifier(struct rx_parser *x)
{
	return at(x, '*') || at(x, '+') || at(x, '?') || at_bound(x);
}

static struct rx_node *parse_alt(struct rx_parser *x);

/* ---- ( ... ) */
static struct rx_node *
parse_group(struct rx_parser *x)
{
	static const struct { const char *open; bool look; } kinds[] = {
		{ "(?:", false }, { "(?=", true }, { "(?!", true }, { "(?<=", true }, { "(?<!", true },
	};
	const char *look = NULL;
	bool plain = false;
	int number = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && !plain && look == NULL; i++) {
		size_t n = strlen(kinds[i].open);
		if ((size_t) (x->end - x->p) < n || memcmp(x->p, kinds[i].open, n) != 0)
			continue;
		x->p += n;
		plain = !kinds[i].look;
		look = kinds[i].look ? kinds[i].open : NULL;
	}
	if (!plain && look == NULL) {
		x->p++;
		if (at(x, '?')) {
			(void) rx_fail(x, "quantifier operand invalid");
			return NULL;
		}
		if (x->look == 0)
			number = ++x->tree->ngroups;
	}
	if (++x->depth > NESTING_MAX) {
		(void) rx_fail(x, "regular expression is too complex");
		return NULL;
	}
	x->look += look != NULL;
	struct rx_node *in = parse_alt(x);
	x->look -= look != NULL;
	x->depth--;
	if (in == NULL)
		return NULL;
	if (!at(x, ')')) {
		(void) rx_fail(x, "parentheses () not balanced");
		return NULL;
	}
	x->p++;
	if (look != NULL) {
		struct rx_node *n = rx_node(x, RX_LOOK, look);
		n->left = in;
		return n;
	}
	if (number == 0)
		return in;
	struct rx_node *n = rx_node(x, RX_GROUP, NULL);
	n->left = in;
	n->number = number;
	n->captures = true;
	n->choice = in->choice;
	n->prefers = in->prefers;
	x->closed++;
	return n;
}

/* ---- Quantifiers */
static int
parse_number(struct rx_parser *x, int *ret)
{
	int v = 0;

	if (!(x->p < x->end && isdigit((unsigned char) *x->p)))
		return rx_fail(x, x->p >= x->end ? "braces {} not balanced" : "invalid repetition count(s)");
	for (; x->p < x->end && isdigit((unsigned char) *x->p); x->p++) {
		v = v * 10 + (*x->p - '0');
		if (v > DUP_MAX)
			return rx_fail(x, "invalid repetition count(s)");
	}
	*ret = v;
	return ERR_OK;
}

static int
parse_bound(struct rx_parser *x, struct rx_node *n)
{
	x->p++;
	int rc = parse_number(x, &n->min);
	if (rc != ERR_OK)
		return rc;
	n->max = n->min;
	n->exact = true;
	if (at(x, ',')) {
		x->p++;
		n->exact = false;
		n->max = -1;
		if (!at(x, '}')) {
			rc = parse_number(x, &n->max);
			if (rc != ERR_OK)
				return rc;
			if (n->max < n->min)
				return rx_fail(x, "invalid repetition count(s)");
		}
	}
	if (x->p >= x->end)
		return rx_fail(x, "braces {} not balanced");
	if (!at(x, '}'))
		return rx_fail(x, "invalid repetition count(s)");
	x->p++;
	return ERR_OK;
}

static struct rx_node *
parse_quantifier(struct rx_parser *x, struct rx_node *atom)
{
	struct rx_node *n = rx_node(x, RX_REPEAT, NULL);

	n->left = atom;
	n->max = -1;
	switch (*x->p) {
	case '*':
		x->p++;
		break;
	case '+':
		x->p++;
		n->min = 1;
		break;
	case '?':
		x->p++;
		n->max = 1;
		break;
	default:
		if (parse_bound(x, n) != ERR_OK)
			return NULL;
	}
	if (at(x, '?')) {
		x->p++;
		n->lazy = true;
	}
	skip(x);
	if (at_quantifier(x)) {
		(void) rx_fail(x, "quantifier operand invalid");
		return NULL;
	}
	n->captures = atom->captures;
	n->choice = n->min != n->max || atom->choice;
	n->prefers = n->exact ? atom->prefers : n->lazy ? 's' : 'l';
	if (n->captures && n->min > 0) {        /* all but the last, whose groups count */
		struct rx_node *rest = rx_node(x, RX_REPEAT, NULL);
		rest->left = atom;
		rest->min = n->min - 1;
		rest->max = n->max < 0 ? -1 : n->max - 1;
		rest->lazy = n->lazy;
		rest->prefers = n->prefers;
		rest->choice = n->choice;
		n->right = rest;
	}
	return n;
}

/* ---- Atoms */
static struct rx_node *
line_start(struct rx_parser *x)
{
	return rx_node(x, RX_ASSERT,
	               (x->tree->flags & REGEX_NL_ANCHOR) != 0 ? "(?:\\A|(?<=\\n))" : "\\A");
}

static struct rx_node *
line_end(struct rx_parser *x)
{
	return rx_node(x, RX_ASSERT,
	               (x->tree->flags & REGEX_NL_ANCHOR) != 0 ? "(?:\\z|(?=\\n))" : "\\z");
}

static struct rx_node *
literal(struct rx_parser *x)
{
	uint32_t c = utf8_decode(x->p);

	x->p += utf8_char_len(*x->p);
	return rx_node(x, RX_CHAR, rx_char_text(x->arena, c));
}

static struct rx_node *
parse_atom(struct rx_parser *x)
{
	switch (*x->p) {
	case '(':
		return parse_group(x);
	case '^':
		x->p++;
		return line_start(x);
	case '$':
		x->p++;
		return line_end(x);
	case '.':
		x->p++;
		return rx_node(x, RX_CHAR, (x->tree->flags & REGEX_NL_STOP) != 0 ? "[^\\n]" : ".");
	case '[':
		return rx_parse_bracket(x);
	case '\\':
		return rx_parse_escape(x);
	case '*':
	case '+':
	case '?':
		(void) rx_fail(x, "quantifier operand invalid");
		return NULL;
	case '{':
		if (at_bound(x)) {
			(void) rx_fail(x, "quantifier operand invalid");
			return NULL;
		}
		return literal(x);
	default:
		return literal(x);
	}
}

static struct rx_node *
parse_branch(struct rx_parser *x)
{
	struct rx_node *items[64], *all = NULL;
	int n = 0;
	struct rx_node **list = items;
	int cap = (int) ARRAY_LEN(items);

	for (skip(x); x->p < x->end && *x->p != '|' && *x->p != ')'; skip(x)) {
		struct rx_node *atom = parse_atom(x);
		if (atom == NULL)
			return NULL;
		skip(x);
		if (at_quantifier(x)) {
			if (atom->kind == RX_ASSERT || atom->kind == RX_LOOK) {
				(void) rx_fail(x, "quantifier operand invalid");
				return NULL;
			}
			atom = parse_quantifier(x, atom);
			if (atom == NULL)
				return NULL;
		}
		if (n == cap) {
			struct rx_node **more = arena_alloc(x->arena, (size_t) cap * 2 * sizeof *more);
			memcpy(more, list, (size_t) cap * sizeof *more);
			list = more;
			cap *= 2;
		}
		list[n++] = atom;
	}
	if (n == 0)
		return rx_node(x, RX_EMPTY, NULL);
	for (all = list[--n]; n > 0; )          /* to the right: a(b(cd)) */
		all = pair(x, RX_CONCAT, list[--n], all);
	return all;
}

static struct rx_node *
parse_alt(struct rx_parser *x)
{
	struct rx_node *first = parse_branch(x);

	if (first == NULL || !at(x, '|'))
		return first;
	x->p++;
	struct rx_node *rest = parse_alt(x);
	return rest == NULL ? NULL : pair(x, RX_ALT, first, rest);
}

/* ---- What may stand before the pattern: ***: ***= (?options) */
static int
parse_options(struct rx_parser *x)
{
	int *f = &x->tree->flags;

	for (x->p += 2; x->p < x->end && isalpha((unsigned char) *x->p); x->p++) {
		if (!rx_option(*x->p, f))
			return rx_fail(x, "invalid embedded option");
	}
	if (!at(x, ')'))
		return rx_fail(x, "invalid embedded option");
	x->p++;
	return ERR_OK;
}

bool
rx_option(char ch, int *flags)
{
	switch (ch) {
	case 'c':
		*flags &= ~REGEX_ICASE;
		return true;
	case 'i':
		*flags |= REGEX_ICASE;
		return true;
	case 'm':
	case 'n':
		*flags |= REGEX_NL_STOP | REGEX_NL_ANCHOR;
		return true;
	case 'p':
		*flags = (*flags | REGEX_NL_STOP) & ~REGEX_NL_ANCHOR;
		return true;
	case 'w':
		*flags = (*flags | REGEX_NL_ANCHOR) & ~REGEX_NL_STOP;
		return true;
	case 's':
		*flags &= ~(REGEX_NL_STOP | REGEX_NL_ANCHOR);
		return true;
	case 'q':
		*flags |= REGEX_LITERAL;
		return true;
	case 't':
		*flags &= ~REGEX_EXPANDED;
		return true;
	case 'x':
		*flags |= REGEX_EXPANDED;
		return true;
	default:
		return false;
	}
}

static struct rx_node *
parse_literal(struct rx_parser *x)
{
	struct rx_node *all = NULL;
	const char *from = x->p;

	for (const char *q = x->end; q > from; ) {
		do
			q--;
		while (((unsigned char) *q & 0xc0) == 0x80);
		x->p = q;
		struct rx_node *n = literal(x);
		all = all == NULL ? n : pair(x, RX_CONCAT, n, all);
	}
	return all != NULL ? all : rx_node(x, RX_EMPTY, NULL);
}

int
rx_parse(struct arena *a, const char *pattern, size_t len, int flags, struct rx_tree *ret,
         struct err *e)
{
	struct rx_tree t = { .flags = flags };
	struct rx_parser x = { .p = pattern, .end = pattern + len, .arena = a, .tree = &t, .e = e };

	if ((flags & REGEX_LITERAL) == 0 && len >= 3 && memcmp(pattern, "***", 3) == 0) {
		if (len < 4 || (pattern[3] != ':' && pattern[3] != '='))
			return rx_fail(&x, "quantifier operand invalid");
		if (pattern[3] == '=')
			t.flags |= REGEX_LITERAL;
		x.p += 4;
	}
	if ((t.flags & REGEX_LITERAL) == 0 && x.end - x.p >= 3 && x.p[0] == '(' && x.p[1] == '?' &&
	    isalpha((unsigned char) x.p[2])) {
		int rc = parse_options(&x);
		if (rc != ERR_OK)
			return rc;
	}
	t.root = (t.flags & REGEX_LITERAL) != 0 ? parse_literal(&x) : parse_alt(&x);
	if (t.root == NULL)
		return e->code;
	if ((t.flags & REGEX_LITERAL) == 0 && x.p < x.end)
		return rx_fail(&x, "parentheses () not balanced");
	*ret = t;
	return ERR_OK;
}

/* ---- Writing */
static void
write_repeat(const struct rx_node *n, struct strbuf *to)
{
	if (n->max < 0)
		strbuf_printf(to, "{%d,}", n->min);
	else
		strbuf_printf(to, "{%d,%d}", n->min, n->max);
	if (n->lazy)
		strbuf_putc(to, '?');
}

void
rx_write(const struct rx_node *n, bool groups, struct strbuf *to)
{
	switch (n->kind) {
	case RX_EMPTY:
		strbuf_puts(to, "(?:)");
		return;
	case RX_CHAR:
	case RX_ASSERT:
		strbuf_puts(to, n->text);
		return;
	case RX_BACKREF:
		strbuf_printf(to, "\\g{%d}", n->number);
		return;
	case RX_LOOK:
		strbuf_puts(to, n->text);
		rx_write(n->left, false, to);
		strbuf_putc(to, ')');
		return;
	case RX_GROUP:
		strbuf_puts(to, groups ? "(" : "(?:");
		rx_write(n->left, groups, to);
		strbuf_putc(to, ')');
		return;
	case RX_CONCAT:
		for (; n->kind == RX_CONCAT; n = n->right) {
			bool wrap = n->left->kind == RX_ALT;
			strbuf_puts(to, wrap ? "(?:" : "");
			rx_write(n->left, groups, to);
			strbuf_puts(to, wrap ? ")" : "");
		}
		strbuf_puts(to, n->kind == RX_ALT ? "(?:" : "");
		rx_write(n, groups, to);
		strbuf_puts(to, n->kind == RX_ALT ? ")" : "");
		return;
	case RX_ALT:
		for (; n->kind == RX_ALT; n = n->right) {
			rx_write(n->left, groups, to);
			strbuf_putc(to, '|');
		}
		rx_write(n, groups, to);
		return;
	case RX_REPEAT:
		strbuf_puts(to, "(?:");
		rx_write(n->left, groups, to);
		strbuf_putc(to, ')');
		write_repeat(n, to);
		return;
	}
}
