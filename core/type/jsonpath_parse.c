/* jsonpath_parse.c - paths to trees, by precedence: || && ! comparison + - * / % sign accessor.
 *
 * An expression gives items, a predicate true, false or unknown; each stands only where the
 * grammar has it.
 *
 * Not here: tokens (jsonpath_lex.c), text (jsonpath_put.c), running (jsonpath_run.c). */
#include "config.h"
#include "core/type/jsonpath_lex.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/type/json_lex.h"

enum { DEPTH_MAX = 500 };

typedef int regex_check_fn(const char *pattern, size_t len, unsigned flags, struct err *e);

static regex_check_fn *_Atomic regex_check;

void
jsonpath_set_regex_check(regex_check_fn *check)
{
	atomic_store(&regex_check, check);
}

struct parser {
	struct jp_lexer l;
	int  depth;                     /* of parentheses and operators */
	int  filters, subscripts;       /* that are open: where @ and last may stand */
};

/* What has been read, and whether it is a predicate. */
struct part {
	struct jp_node *node;
	bool predicate;
	bool parens;                    /* stood in parentheses */
};

static int parse_or(struct parser *p, struct part *ret);
static int parse_expr(struct parser *p, struct jp_node **ret);

static struct jp_node *
make(struct parser *p, enum jp_kind kind, struct jp_node *left, struct jp_node *right)
{
	struct jp_node *n = ARENA_NEW(p->l.a, struct jp_node);

	n->kind = kind;
	n->left = left;
	n->right = right;
	return n;
}

/* After a bare name PostgreSQL has read on: it tells of the blanks behind, or of the end. */
static int
syntax_error(struct parser *p)
{
	struct jp_lexer *l = &p->l;

	if (l->tok == JPT_IDENT) {
		l->start = l->p;
		while (l->p < l->end && *l->p == ' ')
			l->p++;
		if (l->start == l->p)
			l->start = l->end;
	}
	return jp_error(l, "syntax error");
}

static bool is_char(const struct parser *p, char c) { return p->l.tok == JPT_CHAR && p->l.ch == c; }
static bool is_word(const struct parser *p, const char *w) { return jp_keyword(&p->l, w); }

static int
expect(struct parser *p, char c)
{
	return is_char(p, c) ? jp_next(&p->l) : syntax_error(p);
}

static void
set_text(struct parser *p, struct jp_node *n)
{
	n->str = p->l.str;
	n->len = p->l.len;
}

/* ---- Scalars */

static struct jp_node *
make_string(struct parser *p)
{
	struct jp_node *n = make(p, JP_STRING, NULL, NULL);
	struct strbuf b;

	set_text(p, n);
	strbuf_init(&b, p->l.a);
	json_put_string(&b, n->str, n->len);
	n->v = (struct json_val) { b.data, b.len };
	return n;
}

static int
make_number(struct parser *p, struct jp_node **ret)
{
	struct jp_node *n = make(p, JP_NUMERIC, NULL, NULL);
	numeric_t v;

	int rc = numeric_parse(p->l.a, p->l.str, p->l.len, -1, &v, p->l.e);
	if (rc != ERR_OK)
		return rc;
	n->str = numeric_text(v, p->l.a);
	n->len = (uint32_t) strlen(n->str);
	n->v = (struct json_val) { n->str, n->len };
	*ret = n;
	return ERR_OK;
}

static struct jp_node *
make_word(struct parser *p, enum jp_kind kind, const char *text)
{
	struct jp_node *n = make(p, kind, NULL, NULL);

	n->v = (struct json_val) { text, strlen(text) };
	return n;
}

/* A token that begins an accessor chain, other than parentheses; the next token is read. */
static int
parse_primary(struct parser *p, struct jp_node **ret)
{
	struct jp_lexer *l = &p->l;
	struct jp_node *n = NULL;
	int rc = ERR_OK;

	if (l->tok == JPT_STRING) {
		n = make_string(p);
	} else if (l->tok == JPT_INT || l->tok == JPT_NUMBER) {
		rc = make_number(p, &n);
	} else if (l->tok == JPT_VARIABLE) {
		n = make(p, JP_VARIABLE, NULL, NULL);
		set_text(p, n);
	} else if (is_char(p, '$')) {
		n = make(p, JP_ROOT, NULL, NULL);
	} else if (is_char(p, '@')) {
		if (p->filters == 0)
			return err_set(l->e, ERR_SYNTAX_ERROR,
				       "@ is not allowed in root expressions");
		n = make(p, JP_CURRENT, NULL, NULL);
	} else if (is_word(p, "null")) {
		n = make_word(p, JP_NULL, "null");
	} else if (is_word(p, "true")) {
		n = make_word(p, JP_BOOL, "true");
	} else if (is_word(p, "false")) {
		n = make_word(p, JP_BOOL, "false");
	} else if (is_word(p, "last")) {
		if (p->subscripts == 0)
			return err_set(l->e, ERR_SYNTAX_ERROR,
				       "LAST is allowed only in array subscripts");
		n = make(p, JP_LAST, NULL, NULL);
	} else {
		return syntax_error(p);
	}
	if (rc == ERR_OK)
		rc = jp_next(l);
	*ret = n;
	return rc;
}

/* ---- Accessors */

static int
parse_level(struct parser *p, uint32_t *ret)
{
	if (is_word(p, "last"))
		*ret = JP_LEVEL_LAST;
	else if (p->l.tok == JPT_INT)
		*ret = (uint32_t) strtoul(arena_strndup(p->l.a, p->l.str, p->l.len), NULL, 10);
	else
		return syntax_error(p);
	return jp_next(&p->l);
}

/* After `**` */
static int
parse_any(struct parser *p, struct jp_node **ret)
{
	struct jp_node *n = make(p, JP_ANY, NULL, NULL);
	int rc = jp_next(&p->l);

	n->last = JP_LEVEL_LAST;
	if (rc == ERR_OK && is_char(p, '{')) {
		rc = jp_next(&p->l);
		if (rc == ERR_OK)
			rc = parse_level(p, &n->first);
		n->last = n->first;
		if (rc == ERR_OK && is_word(p, "to")) {
			rc = jp_next(&p->l);
			if (rc == ERR_OK)
				rc = parse_level(p, &n->last);
		}
		if (rc == ERR_OK)
			rc = expect(p, '}');
	}
	*ret = n;
	return rc;
}

static const struct { const char *name; enum jp_kind kind; } methods[] = {
	{ "abs", JP_ABS }, { "size", JP_SIZE }, { "type", JP_TYPE }, { "floor", JP_FLOOR },
	{ "double", JP_DOUBLE }, { "ceiling", JP_CEILING }, { "keyvalue", JP_KEYVALUE },
	{ "datetime", JP_DATETIME },
};

/* A name after a dot is a method when () follows. */
static int
parse_member(struct parser *p, struct jp_node **ret)
{
	struct jp_node *n = make(p, JP_KEY, NULL, NULL);
	size_t method = ARRAY_LEN(methods);

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (is_word(p, methods[i].name))
			method = i;
	set_text(p, n);
	int rc = jp_next(&p->l);
	if (rc == ERR_OK && method < ARRAY_LEN(methods) && is_char(p, '(')) {
		n->kind = methods[method].kind;
		rc = jp_next(&p->l);
		if (rc == ERR_OK && n->kind == JP_DATETIME && p->l.tok == JPT_STRING) {
			n->left = make_string(p);
			rc = jp_next(&p->l);
		}
		if (rc == ERR_OK)
			rc = expect(p, ')');
	}
	*ret = n;
	return rc;
}

static int
parse_subscripts(struct parser *p, struct jp_node **ret)
{
	struct jp_node *n = make(p, JP_INDEX, NULL, NULL);
	int cap = 0, rc = jp_next(&p->l);

	if (rc == ERR_OK && is_char(p, '*')) {
		n->kind = JP_ANY_ARRAY;
		rc = jp_next(&p->l);
		*ret = n;
		return rc == ERR_OK ? expect(p, ']') : rc;
	}
	p->subscripts++;
	while (rc == ERR_OK) {
		struct jp_node *from = NULL, *to = NULL;
		rc = parse_expr(p, &from);
		if (rc == ERR_OK && is_word(p, "to")) {
			rc = jp_next(&p->l);
			if (rc == ERR_OK)
				rc = parse_expr(p, &to);
		}
		if (n->nsubs == cap) {
			struct jp_node **more =
				ARENA_ARRAY(p->l.a, struct jp_node *, 2 * (cap * 2 + 4));
			if (cap != 0)
				memcpy(more, n->subs, sizeof *more * 2 * (size_t) cap);
			n->subs = more;
			cap = cap * 2 + 4;
		}
		n->subs[2 * n->nsubs] = from;
		n->subs[2 * n->nsubs++ + 1] = to;
		if (rc != ERR_OK || !is_char(p, ','))
			break;
		rc = jp_next(&p->l);
	}
	p->subscripts--;
	*ret = n;
	return rc == ERR_OK ? expect(p, ']') : rc;
}

static int
parse_filter(struct parser *p, struct jp_node **ret)
{
	struct part part;
	int rc = jp_next(&p->l);

	if (rc == ERR_OK)
		rc = expect(p, '(');
	if (rc != ERR_OK)
		return rc;
	p->filters++;
	rc = parse_or(p, &part);
	p->filters--;
	if (rc != ERR_OK)
		return rc;
	if (!part.predicate)
		return syntax_error(p);
	*ret = make(p, JP_FILTER, part.node, NULL);
	return expect(p, ')');
}

static int
parse_accessor(struct parser *p, struct jp_node **ret)
{
	if (is_char(p, '['))
		return parse_subscripts(p, ret);
	if (is_char(p, '?'))
		return parse_filter(p, ret);
	int rc = jp_next(&p->l);                /* the dot */
	if (rc != ERR_OK)
		return rc;
	if (p->l.tok == JPT_ANY)
		return parse_any(p, ret);
	if (is_char(p, '*')) {
		*ret = make(p, JP_ANY_KEY, NULL, NULL);
		return jp_next(&p->l);
	}
	if (p->l.tok != JPT_IDENT && p->l.tok != JPT_STRING)
		return syntax_error(p);
	return parse_member(p, ret);
}

/* A head and all accessors behind it. */
static int
parse_chain(struct parser *p, struct part *part)
{
	struct jp_node *tail = part->node;

	while (tail->next != NULL)
		tail = tail->next;
	while (is_char(p, '.') || is_char(p, '[') || is_char(p, '?')) {
		struct jp_node *n = NULL;
		int rc = parse_accessor(p, &n);
		if (rc != ERR_OK)
			return rc;
		tail->next = n;
		tail = n;
		part->predicate = false;
		part->parens = false;
	}
	return ERR_OK;
}

/* ---- Operators */

static int
deeper(struct parser *p)
{
	if (++p->depth > DEPTH_MAX)
		return err_set(p->l.e, ERR_STATEMENT_TOO_COMPLEX, "jsonpath is nested too deeply");
	return ERR_OK;
}

static int
parse_parens(struct parser *p, struct part *ret)
{
	int rc = jp_next(&p->l);

	if (rc == ERR_OK)
		rc = parse_or(p, ret);
	if (rc == ERR_OK)
		rc = expect(p, ')');
	if (rc != ERR_OK)
		return rc;
	ret->parens = true;
	if (ret->predicate && is_word(p, "is")) {
		rc = jp_next(&p->l);
		if (rc == ERR_OK && !is_word(p, "unknown"))
			rc = syntax_error(p);
		ret->node = make(p, JP_IS_UNKNOWN, ret->node, NULL);
		ret->parens = false;
		return rc == ERR_OK ? jp_next(&p->l) : rc;
	}
	return parse_chain(p, ret);
}

static int
parse_exists(struct parser *p, struct part *ret)
{
	struct jp_node *arg;
	int rc = jp_next(&p->l);

	if (rc == ERR_OK)
		rc = expect(p, '(');
	if (rc == ERR_OK)
		rc = parse_expr(p, &arg);
	if (rc == ERR_OK)
		rc = expect(p, ')');
	if (rc == ERR_OK)
		*ret = (struct part) { make(p, JP_EXISTS, arg, NULL), true, true };
	return rc;
}

/* The sign of a lone number belongs to it. */
static struct jp_node *
make_sign(struct parser *p, bool minus, struct jp_node *arg)
{
	if (arg->kind != JP_NUMERIC || arg->next != NULL)
		return make(p, minus ? JP_MINUS : JP_PLUS, arg, NULL);
	if (minus && strspn(arg->str, "0.") != arg->len) {
		arg->str = *arg->str == '-' ? arg->str + 1 : arena_printf(p->l.a, "-%s", arg->str);
		arg->len = (uint32_t) strlen(arg->str);
		arg->v = (struct json_val) { arg->str, arg->len };
	}
	return arg;
}

static int
parse_unary(struct parser *p, struct part *ret)
{
	int rc = deeper(p);

	if (rc != ERR_OK)
		return rc;
	if (is_char(p, '+') || is_char(p, '-')) {
		bool minus = p->l.ch == '-';
		rc = jp_next(&p->l);
		if (rc == ERR_OK)
			rc = parse_unary(p, ret);
		if (rc == ERR_OK && ret->predicate)
			rc = syntax_error(p);
		if (rc == ERR_OK)
			*ret = (struct part) { make_sign(p, minus, ret->node), false, false };
	} else if (is_char(p, '(')) {
		rc = parse_parens(p, ret);
	} else if (is_word(p, "exists")) {
		rc = parse_exists(p, ret);
	} else if (is_char(p, '!')) {
		rc = jp_next(&p->l);
		if (rc == ERR_OK)
			rc = parse_unary(p, ret);
		if (rc == ERR_OK && !(ret->predicate && ret->parens))
			rc = syntax_error(p);
		if (rc == ERR_OK)
			*ret = (struct part) { make(p, JP_NOT, ret->node, NULL), true, false };
	} else {
		*ret = (struct part) { NULL, false, false };
		rc = parse_primary(p, &ret->node);
		if (rc == ERR_OK)
			rc = parse_chain(p, ret);
	}
	p->depth--;
	return rc;
}

static enum jp_kind
arith_of(const struct parser *p, bool product)
{
	if (p->l.tok != JPT_CHAR)
		return JP_NULL;
	switch (p->l.ch) {
	case '*':
		return product ? JP_MUL : JP_NULL;
	case '/':
		return product ? JP_DIV : JP_NULL;
	case '%':
		return product ? JP_MOD : JP_NULL;
	case '+':
		return product ? JP_NULL : JP_ADD;
	case '-':
		return product ? JP_NULL : JP_SUB;
	default:
		return JP_NULL;
	}
}

static int
parse_arith(struct parser *p, bool product, struct part *ret)
{
	int rc = product ? parse_unary(p, ret) : parse_arith(p, true, ret);

	while (rc == ERR_OK) {
		enum jp_kind kind = arith_of(p, product);
		struct part right;
		if (kind == JP_NULL)
			return ERR_OK;
		if (ret->predicate)
			return syntax_error(p);
		rc = jp_next(&p->l);
		if (rc == ERR_OK)
			rc = product ? parse_unary(p, &right) : parse_arith(p, true, &right);
		if (rc == ERR_OK && right.predicate)
			rc = syntax_error(p);
		if (rc == ERR_OK)
			*ret = (struct part) { make(p, kind, ret->node, right.node), false, false };
	}
	return rc;
}

static int
parse_expr(struct parser *p, struct jp_node **ret)
{
	struct part part;
	int rc = parse_arith(p, false, &part);

	if (rc == ERR_OK && part.predicate)
		rc = syntax_error(p);
	if (rc == ERR_OK)
		*ret = part.node;
	return rc;
}

static int
regex_flags(struct parser *p, struct jp_node *n)
{
	static const char letters[] = "ismxq";

	for (uint32_t i = 0; i < p->l.len; i++) {
		const char *at = strchr(letters, p->l.str[i]);
		if (at == NULL || *at == '\0') {
			(void) err_set(p->l.e, ERR_SYNTAX_ERROR, "invalid input syntax for type %s",
				       "jsonpath");
			return err_detail(
				p->l.e,
				"Unrecognized flag character \"%.*s\" in LIKE_REGEX predicate.", 1,
				p->l.str + i);
		}
		n->flags |= 1U << (at - letters);
	}
	if ((n->flags & JP_REGEX_X) != 0 && (n->flags & JP_REGEX_Q) == 0)
		return err_set(
			p->l.e, ERR_FEATURE_NOT_SUPPORTED,
			"XQuery \"x\" flag (expanded regular expressions) is not implemented");
	return ERR_OK;
}

static int
parse_like_regex(struct parser *p, struct part *ret)
{
	struct jp_node *n = make(p, JP_LIKE_REGEX, ret->node, NULL);
	int rc = jp_next(&p->l);

	if (rc == ERR_OK && p->l.tok != JPT_STRING)
		rc = syntax_error(p);
	if (rc != ERR_OK)
		return rc;
	set_text(p, n);
	rc = jp_next(&p->l);
	if (rc == ERR_OK && is_word(p, "flag")) {
		rc = jp_next(&p->l);
		if (rc == ERR_OK && p->l.tok != JPT_STRING)
			rc = syntax_error(p);
		if (rc == ERR_OK)
			rc = regex_flags(p, n);
		if (rc == ERR_OK)
			rc = jp_next(&p->l);
	}
	regex_check_fn *check = atomic_load(&regex_check);
	if (rc == ERR_OK && check != NULL)
		rc = check(n->str, n->len, n->flags, p->l.e);
	*ret = (struct part) { n, true, false };
	return rc;
}

static int
parse_starts_with(struct parser *p, struct part *ret)
{
	struct jp_node *n;
	int rc = jp_next(&p->l);

	if (rc == ERR_OK && !is_word(p, "with"))
		rc = syntax_error(p);
	if (rc == ERR_OK)
		rc = jp_next(&p->l);
	if (rc == ERR_OK && p->l.tok != JPT_STRING && p->l.tok != JPT_VARIABLE)
		rc = syntax_error(p);
	if (rc == ERR_OK)
		rc = parse_primary(p, &n);
	if (rc == ERR_OK)
		*ret = (struct part) { make(p, JP_STARTS_WITH, ret->node, n), true, false };
	return rc;
}

static enum jp_kind
comparison_of(const struct parser *p)
{
	switch (p->l.tok) {
	case JPT_EQ:
		return JP_EQ;
	case JPT_NE:
		return JP_NE;
	case JPT_LE:
		return JP_LE;
	case JPT_GE:
		return JP_GE;
	default:
		return is_char(p, '<') ? JP_LT : is_char(p, '>') ? JP_GT : JP_NULL;
	}
}

static int
parse_comparison(struct parser *p, struct part *ret)
{
	struct jp_node *right;
	int rc = parse_arith(p, false, ret);

	if (rc != ERR_OK)
		return rc;
	enum jp_kind kind = comparison_of(p);
	bool regex = is_word(p, "like_regex"), starts = is_word(p, "starts");
	if (kind == JP_NULL && !regex && !starts)
		return ERR_OK;
	if (ret->predicate)
		return syntax_error(p);
	if (regex)
		return parse_like_regex(p, ret);
	if (starts)
		return parse_starts_with(p, ret);
	rc = jp_next(&p->l);
	if (rc == ERR_OK)
		rc = parse_expr(p, &right);
	if (rc == ERR_OK)
		*ret = (struct part) { make(p, kind, ret->node, right), true, false };
	return rc;
}

static int
parse_logic(struct parser *p, bool or, struct part *ret)
{
	int rc = or ? parse_logic(p, false, ret) : parse_comparison(p, ret);

	while (rc == ERR_OK && p->l.tok == (or ? JPT_OR : JPT_AND)) {
		struct part right;
		if (!ret->predicate)
			return syntax_error(p);
		rc = jp_next(&p->l);
		if (rc == ERR_OK)
			rc = or ? parse_logic(p, false, &right) : parse_comparison(p, &right);
		if (rc == ERR_OK && !right.predicate)
			rc = syntax_error(p);
		if (rc == ERR_OK)
			*ret = (struct part){ make(p, or ? JP_OR : JP_AND, ret->node, right.node),
					      true, false };
	}
	return rc;
}

static int
parse_or(struct parser *p, struct part *ret)
{
	int rc = deeper(p);

	if (rc == ERR_OK)
		rc = parse_logic(p, true, ret);
	p->depth--;
	return rc;
}

int
jsonpath_parse(struct arena *a, const char *s, size_t len, struct jsonpath *ret, struct err *e)
{
	struct parser p = { .l = { .a = a, .p = s, .end = s + len, .e = e } };
	struct jsonpath path = { .strict = false };
	struct part part;

	int rc = jp_next(&p.l);
	if (rc == ERR_OK && p.l.tok == JPT_END)
		return err_set(e, ERR_INVALID_TEXT_REPRESENTATION,
			       "invalid input syntax for type %s: \"%.*s\"", "jsonpath", (int) len,
			       s);
	if (rc == ERR_OK && (is_word(&p, "strict") || is_word(&p, "lax"))) {
		path.strict = is_word(&p, "strict");
		rc = jp_next(&p.l);
	}
	if (rc == ERR_OK)
		rc = parse_or(&p, &part);
	if (rc == ERR_OK && p.l.tok != JPT_END)
		rc = syntax_error(&p);
	if (rc != ERR_OK)
		return rc;
	path.root = part.node;
	*ret = path;
	return ERR_OK;
}
