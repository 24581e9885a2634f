/* jsonpath_pred.c - predicates of a path, in three-valued logic: an error inside is unknown. */
#include "config.h"
#include "core/type/jsonpath_run.h"

static enum jp_bool
from_cmp(enum jp_kind op, int c)
{
	bool b;

	switch (op) {
	case JP_EQ:
		b = c == 0;
		break;
	case JP_NE:
		b = c != 0;
		break;
	case JP_LT:
		b = c < 0;
		break;
	case JP_GT:
		b = c > 0;
		break;
	case JP_LE:
		b = c <= 0;
		break;
	default:
		b = c >= 0;
	}
	return b ? JP_TRUE : JP_FALSE;
}

static int
cmp_strings(struct jp_exec *x, const struct jp_item *a, const struct jp_item *b)
{
	const char *s, *t;
	size_t n, m;

	jp_string(x, a, &s, &n);
	jp_string(x, b, &t, &m);
	int c = memcmp(s, t, n < m ? n : m);
	return c != 0 ? c : n < m ? -1 : n > m;
}

static bool is_bool(enum json_kind k) { return k == JSON_TRUE || k == JSON_FALSE; }

static enum jp_bool
compare(struct jp_exec *x, enum jp_kind op, const struct jp_item *a, const struct jp_item *b)
{
	if (a->type != 0 || b->type != 0) {
		bool null = (a->type == 0 && jp_kind(a) == JSON_NULL) ||
			    (b->type == 0 && jp_kind(b) == JSON_NULL);
		if (a->type == 0 || b->type == 0)
			return null ? (op == JP_NE ? JP_TRUE : JP_FALSE) : JP_UNKNOWN;
		int c = jp_cmp_datetime(x, a, b);
		return c > 1 ? JP_UNKNOWN : from_cmp(op, c);
	}
	enum json_kind k = jp_kind(a), l = jp_kind(b);
	if (is_bool(k) && is_bool(l))
		return from_cmp(op, (k == JSON_TRUE) - (l == JSON_TRUE));
	if (k != l) {
		/* null is unequal to all else, and not comparable in any other way */
		if (k == JSON_NULL || l == JSON_NULL)
			return op == JP_NE ? JP_TRUE : JP_FALSE;
		return JP_UNKNOWN;
	}
	switch (k) {
	case JSON_NULL:
		return from_cmp(op, 0);
	case JSON_NUMBER:
		return from_cmp(op, numeric_cmp(jp_numeric(x, a), jp_numeric(x, b)));
	case JSON_STRING:
		return from_cmp(op, cmp_strings(x, a, b));
	default:
		return JP_UNKNOWN;
	}
}

static enum jp_bool
starts_with(struct jp_exec *x, const struct jp_item *a, const struct jp_item *b)
{
	const char *s, *t;
	size_t n, m;

	if (!jp_is(a, JSON_STRING) || !jp_is(b, JSON_STRING))
		return JP_UNKNOWN;
	jp_string(x, a, &s, &n);
	jp_string(x, b, &t, &m);
	return n >= m && memcmp(s, t, m) == 0 ? JP_TRUE : JP_FALSE;
}

static enum jp_bool
like_regex(struct jp_exec *x, const struct jp_node *n, const struct jp_item *a)
{
	const struct jsonpath_host *host = x->run->host;
	const char *s;
	size_t len;
	bool match = false;
	int rc;

	if (!jp_is(a, JSON_STRING))
		return JP_UNKNOWN;
	jp_string(x, a, &s, &len);
	if (host == NULL || host->regex == NULL)
		rc = err_unsupported(x->e, "like_regex in a jsonpath here", NULL);
	else
		rc = host->regex(host->self, n->str, n->len, n->flags, s, len, &match, x->e);
	if (rc != ERR_OK) {
		x->fatal = true;
		return JP_UNKNOWN;
	}
	return match ? JP_TRUE : JP_FALSE;
}

static enum jp_bool
apply(struct jp_exec *x, const struct jp_node *n, const struct jp_item *a, const struct jp_item *b)
{
	if (n->kind == JP_STARTS_WITH)
		return starts_with(x, a, b);
	if (n->kind == JP_LIKE_REGEX)
		return like_regex(x, n, a);
	return compare(x, n->kind, a, b);
}

/* True for any pair of items on the left and the right; in strict mode every pair is asked, and
 * one that is unknown makes all unknown. */
static enum jp_bool
eval_pairs(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in)
{
	struct jp_list left = { 0 }, right = { 0 };
	bool found = false, unknown = false;

	if (jp_eval_list_quiet(x, n->left, in, true, &left) == JP_FAILED)
		return JP_UNKNOWN;
	if (n->right != NULL) {
		if (jp_eval_list_quiet(x, n->right, in, n->kind != JP_STARTS_WITH, &right) ==
		    JP_FAILED)
			return JP_UNKNOWN;
	} else {
		jp_list_add(x, &right, in);     /* one round; the item is not looked at */
	}
	for (int i = 0; i < left.n; i++)
		for (int k = 0; k < right.n; k++) {
			enum jp_bool b = apply(x, n, &left.at[i], &right.at[k]);
			if (x->fatal)
				return JP_UNKNOWN;
			if (b == JP_UNKNOWN && !x->lax)
				return JP_UNKNOWN;
			if (b == JP_TRUE && x->lax)
				return JP_TRUE;
			unknown |= b == JP_UNKNOWN;
			found |= b == JP_TRUE;
		}
	return found ? JP_TRUE : unknown ? JP_UNKNOWN : JP_FALSE;
}

static enum jp_bool
eval_exists(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in)
{
	struct jp_list found = { 0 };

	if (!x->lax) {
		if (jp_eval_list_quiet(x, n->left, in, false, &found) == JP_FAILED)
			return JP_UNKNOWN;
		return found.n > 0 ? JP_TRUE : JP_FALSE;
	}
	enum jp_status rc = jp_eval_list_quiet(x, n->left, in, false, NULL);
	return rc == JP_FAILED ? JP_UNKNOWN : rc == JP_OK ? JP_TRUE : JP_FALSE;
}

enum jp_bool
jp_eval_bool(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in)
{
	enum jp_bool a, b;

	switch (n->kind) {
	case JP_AND:
		a = jp_eval_bool(x, n->left, in);
		if (a == JP_FALSE)
			return a;
		b = jp_eval_bool(x, n->right, in);
		return b == JP_TRUE ? a : b;
	case JP_OR:
		a = jp_eval_bool(x, n->left, in);
		if (a == JP_TRUE)
			return a;
		b = jp_eval_bool(x, n->right, in);
		return b == JP_FALSE ? a : b;
	case JP_NOT:
		a = jp_eval_bool(x, n->left, in);
		return a == JP_UNKNOWN ? a : a == JP_TRUE ? JP_FALSE : JP_TRUE;
	case JP_IS_UNKNOWN:
		return jp_eval_bool(x, n->left, in) == JP_UNKNOWN ? JP_TRUE : JP_FALSE;
	case JP_EXISTS:
		return eval_exists(x, n, in);
	default:
		return eval_pairs(x, n, in);
	}
}
