/* regex_divide.c - dividing a match among the groups of a pattern.
 *
 * A sequence gives its left part the longest (or shortest) piece with which the rest still
 * matches; an alternation takes the first branch that matches exactly; a repetition divides
 * into pieces, each as long as it can be.  Without back references a part that can end at a
 * place can also be divided there, so the search is over places only, and groups are filled in
 * once it is over. */
#include "config.h"
#include "core/func/regex_divide.h"

#include <string.h>

struct ends { int node; size_t from; const size_t *at; int n; struct ends *next; };

enum { BUCKETS = 256 };

struct division {
	struct regex *r;
	const char *s;
	size_t len;
	struct regex_span *spans;
	int nspans;
	struct arena *arena;
	struct ends *bucket[BUCKETS];   /* answers of the DFA, by node and place */
	struct err *e;
};

static const struct ends *
ends_of(struct division *d, const struct rx_node *n, size_t from)
{
	struct ends **b = &d->bucket[((size_t) n->id * 31 + from) % BUCKETS];

	for (struct ends *x = *b; x != NULL; x = x->next)
		if (x->node == n->id && x->from == from)
			return x;
	struct ends *x = ARENA_NEW(d->arena, struct ends);
	x->node = n->id;
	x->from = from;
	if (regex_ends(d->r, n, d->s, d->len, from, d->arena, &x->at, &x->n, d->e) != ERR_OK)
		return NULL;
	x->next = *b;
	*b = x;
	return x;
}

static bool
can_end(struct division *d, const struct rx_node *n, size_t from, size_t end)
{
	const struct ends *x = ends_of(d, n, from);

	for (int i = 0; x != NULL && i < x->n && x->at[i] >= end; i++)
		if (x->at[i] == end)
			return true;
	return false;
}

/* The i-th end to try by the node's preference. */
static size_t
nth_end(const struct ends *x, const struct rx_node *n, int i)
{
	return n->prefers == 's' ? x->at[x->n - 1 - i] : x->at[i];
}

static void
forget(struct division *d, const struct rx_node *n)
{
	if (n == NULL || !n->captures)
		return;
	if (n->kind == RX_GROUP && n->number < d->nspans)
		d->spans[n->number] = (struct regex_span) { -1, -1 };
	forget(d, n->left);
	if (n->kind == RX_CONCAT || n->kind == RX_ALT)
		forget(d, n->right);
}

static void divide(struct division *d, const struct rx_node *n, size_t begin, size_t end);

static void
divide_pair(struct division *d, const struct rx_node *left, const struct rx_node *right,
            size_t begin, size_t end)
{
	const struct ends *x = ends_of(d, left, begin);

	for (int i = 0; x != NULL && i < x->n; i++) {
		size_t mid = nth_end(x, left, i);
		if (mid <= end && can_end(d, right, mid, end)) {
			divide(d, left, begin, mid);
			divide(d, right, mid, end);
			return;
		}
	}
}

static void
divide_alt(struct division *d, const struct rx_node *n, size_t begin, size_t end)
{
	forget(d, n);
	for (; n->kind == RX_ALT; n = n->right)
		if (can_end(d, n->left, begin, end)) {
			divide(d, n->left, begin, end);
			return;
		}
	divide(d, n, begin, end);
}

/* Pieces of a repetition: cuts[0..*k] are their borders. */
struct cuts { size_t *at; int n, cap; };

static void
cuts_put(struct division *d, struct cuts *c, int i, size_t at)
{
	if (i >= c->cap) {
		int cap = c->cap == 0 ? 32 : c->cap * 2;
		size_t *more = arena_alloc(d->arena, (size_t) cap * sizeof *more);
		if (c->n > 0)
			memcpy(more, c->at, (size_t) c->n * sizeof *more);
		c->at = more;
		c->cap = cap;
	}
	c->at[i] = at;
	c->n = i + 1;
}

/* Can [cuts[k], end) be divided further?  `dead` marks places where it cannot, once the least
 * number of pieces is reached and there is no most. */
static bool
cut_up(struct division *d, const struct rx_node *n, struct cuts *c, int k, size_t end, uint8_t *dead)
{
	size_t begin = c->at[k];

	if (begin == end && k >= n->min)
		return true;
	if ((n->max >= 0 && k >= n->max) || (dead[begin >> 3] >> (begin & 7) & 1) != 0)
		return false;
	const struct ends *x = ends_of(d, n->left, begin);
	for (int i = 0; x != NULL && i < x->n; i++) {
		size_t mid = nth_end(x, n->left, i);
		if (mid > end || (mid == begin && k >= n->min))
			continue;
		cuts_put(d, c, k + 1, mid);
		if (cut_up(d, n, c, k + 1, end, dead))
			return true;
	}
	if (k >= n->min && n->max < 0)
		dead[begin >> 3] |= (uint8_t) (1 << (begin & 7));
	return false;
}

/* x{m,n} with m > 0 is x{m-1,n-1} without groups, then x: only the last piece's groups count,
 * and the pieces before it take what they prefer.  x* gives its groups an empty piece when it
 * has to match nothing and x can. */
static void
divide_repeat(struct division *d, const struct rx_node *n, size_t begin, size_t end)
{
	struct cuts c = { 0 };

	forget(d, n->left);
	if (n->right != NULL) {
		divide_pair(d, n->right, n->left, begin, end);
		return;
	}
	if (begin == end) {
		if (can_end(d, n->left, begin, end))
			divide(d, n->left, begin, end);
		return;
	}
	cuts_put(d, &c, 0, begin);
	if (!cut_up(d, n, &c, 0, end, arena_zalloc(d->arena, d->len / 8 + 1)))
		return;
	for (int i = 0; i + 1 < c.n; i++) {
		forget(d, n->left);
		divide(d, n->left, c.at[i], c.at[i + 1]);
	}
}

static void
divide(struct division *d, const struct rx_node *n, size_t begin, size_t end)
{
	if (!n->captures || d->e->code != ERR_OK)
		return;
	switch (n->kind) {
	case RX_GROUP:
		if (n->number < d->nspans)
			d->spans[n->number] = (struct regex_span) { (long) begin, (long) end };
		divide(d, n->left, begin, end);
		return;
	case RX_CONCAT:
		divide_pair(d, n->left, n->right, begin, end);
		return;
	case RX_ALT:
		divide_alt(d, n, begin, end);
		return;
	case RX_REPEAT:
		divide_repeat(d, n, begin, end);
		return;
	default:
		return;
	}
}

int
regex_divide(struct regex *r, const struct rx_tree *t, const char *s, size_t len, size_t start,
             struct regex_span *spans, int nspans, struct arena *scratch, struct err *e)
{
	struct division d = { .r = r, .s = s, .len = len, .spans = spans, .nspans = nspans,
	                      .arena = scratch, .e = e };
	const struct ends *x = ends_of(&d, t->root, start);

	if (x == NULL)
		return e->code;
	if (x->n == 0)
		return err_set(e, ERR_INTERNAL_ERROR, "regular expression match was lost");
	size_t end = nth_end(x, t->root, 0);
	for (int i = 0; i < nspans; i++)
		spans[i] = (struct regex_span) { -1, -1 };
	spans[0] = (struct regex_span) { (long) start, (long) end };
	if (nspans > 1)
		divide(&d, t->root, start, end);
	return e->code;
}

/* ---- Decided patterns.  For now: one varying part, a greedy repetition of single characters
 * outside any other repetition, and no alternation. */
static int
count_choices(const struct rx_node *n)
{
	switch (n->kind) {
	case RX_REPEAT:
		if (n->min == n->max)
			return n->left->choice ? 2 : 0;
		return n->lazy || n->left->choice ? 2 : 1;
	case RX_GROUP:
		return count_choices(n->left);
	case RX_CONCAT:
		return count_choices(n->left) + count_choices(n->right);
	case RX_ALT:
	case RX_BACKREF:
		return 2;
	default:
		return 0;
	}
}

bool
regex_is_decided(struct arena *a UNUSED, const struct rx_node *root)
{
	return count_choices(root) <= 1;
}
