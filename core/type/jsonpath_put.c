/* jsonpath_put.c - a path's tree as the text PostgreSQL prints, and the type's methods. */
#include "config.h"
#include "core/type/jsonpath.h"

#include "core/type/int.h"
#include "core/type/ops.h"
#include "core/type/text.h"

static int
priority(enum jp_kind kind)
{
	switch (kind) {
	case JP_OR:
		return 0;
	case JP_AND:
		return 1;
	case JP_EQ: case JP_NE: case JP_LT: case JP_GT: case JP_LE: case JP_GE: case JP_STARTS_WITH:
		return 2;
	case JP_ADD: case JP_SUB:
		return 3;
	case JP_MUL: case JP_DIV: case JP_MOD:
		return 4;
	case JP_PLUS: case JP_MINUS:
		return 5;
	default:
		return 6;
	}
}

static const char *const signs[] = {
	[JP_OR] = "||",
	[JP_AND] = "&&",
	[JP_EQ] = "==",
	[JP_NE] = "!=",
	[JP_LT] = "<",
	[JP_GT] = ">",
	[JP_LE] = "<=",
	[JP_GE] = ">=",
	[JP_STARTS_WITH] = "starts with",
	[JP_ADD] = "+",
	[JP_SUB] = "-",
	[JP_MUL] = "*",
	[JP_DIV] = "/",
	[JP_MOD] = "%",
	[JP_PLUS] = "+",
	[JP_MINUS] = "-",
	[JP_TYPE] = ".type()",
	[JP_SIZE] = ".size()",
	[JP_ABS] = ".abs()",
	[JP_FLOOR] = ".floor()",
	[JP_CEILING] = ".ceiling()",
	[JP_DOUBLE] = ".double()",
	[JP_KEYVALUE] = ".keyvalue()",
	[JP_ROOT] = "$",
	[JP_CURRENT] = "@",
	[JP_LAST] = "last",
	[JP_ANY_ARRAY] = "[*]",
};

static void put_node(const struct jp_node *n, bool in_key, bool brackets, struct strbuf *to);

static void
put_operand(const struct jp_node *n, const struct jp_node *of, struct strbuf *to)
{
	put_node(n, false, priority(n->kind) <= priority(of->kind), to);
}

static void
put_any(const struct jp_node *n, struct strbuf *to)
{
	strbuf_puts(to, "**");
	if (n->first == 0 && n->last == JP_LEVEL_LAST)
		return;
	strbuf_putc(to, '{');
	if (n->first == JP_LEVEL_LAST)
		strbuf_puts(to, "last");
	else
		int_put_unsigned(n->first, to);
	if (n->first != n->last) {
		strbuf_puts(to, " to ");
		if (n->last == JP_LEVEL_LAST)
			strbuf_puts(to, "last");
		else
			int_put_unsigned(n->last, to);
	}
	strbuf_putc(to, '}');
}

static void
put_regex(const struct jp_node *n, bool brackets, struct strbuf *to)
{
	static const char letters[] = "ismxq";

	if (brackets)
		strbuf_putc(to, '(');
	put_operand(n->left, n, to);
	strbuf_puts(to, " like_regex ");
	json_put_string(to, n->str, n->len);
	if (n->flags != 0) {
		strbuf_puts(to, " flag \"");
		for (int i = 0; letters[i] != '\0'; i++)
			if ((n->flags & 1U << i) != 0)
				strbuf_putc(to, letters[i]);
		strbuf_putc(to, '"');
	}
	if (brackets)
		strbuf_putc(to, ')');
}

static void
put_index(const struct jp_node *n, struct strbuf *to)
{
	strbuf_putc(to, '[');
	for (int i = 0; i < n->nsubs; i++) {
		if (i > 0)
			strbuf_putc(to, ',');
		put_node(n->subs[2 * i], false, false, to);
		if (n->subs[2 * i + 1] != NULL) {
			strbuf_puts(to, " to ");
			put_node(n->subs[2 * i + 1], false, false, to);
		}
	}
	strbuf_putc(to, ']');
}

static void
put_around(const char *before, const struct jp_node *n, const char *after, struct strbuf *to)
{
	strbuf_puts(to, before);
	put_node(n, false, false, to);
	strbuf_puts(to, after);
}

static void
put_one(const struct jp_node *n, bool in_key, bool brackets, struct strbuf *to)
{
	switch (n->kind) {
	case JP_NULL: case JP_STRING: case JP_BOOL:
		strbuf_add(to, n->v.p, n->v.len);
		break;
	case JP_NUMERIC:
		if (n->next != NULL)
			strbuf_putc(to, '(');
		strbuf_add(to, n->v.p, n->v.len);
		if (n->next != NULL)
			strbuf_putc(to, ')');
		break;
	case JP_VARIABLE:
		strbuf_putc(to, '$');
		json_put_string(to, n->str, n->len);
		break;
	case JP_KEY:
		if (in_key)
			strbuf_putc(to, '.');
		json_put_string(to, n->str, n->len);
		break;
	case JP_ANY_KEY:
		strbuf_puts(to, in_key ? ".*" : "*");
		break;
	case JP_ANY:
		if (in_key)
			strbuf_putc(to, '.');
		put_any(n, to);
		break;
	case JP_INDEX:
		put_index(n, to);
		break;
	case JP_FILTER:
		put_around("?(", n->left, ")", to);
		break;
	case JP_NOT:
		put_around("!(", n->left, ")", to);
		break;
	case JP_IS_UNKNOWN:
		put_around("(", n->left, ") is unknown", to);
		break;
	case JP_EXISTS:
		put_around("exists (", n->left, ")", to);
		break;
	case JP_LIKE_REGEX:
		put_regex(n, brackets, to);
		break;
	case JP_DATETIME:
		strbuf_puts(to, ".datetime(");
		if (n->left != NULL)
			put_node(n->left, false, false, to);
		strbuf_putc(to, ')');
		break;
	case JP_PLUS: case JP_MINUS:
		if (brackets)
			strbuf_putc(to, '(');
		strbuf_puts(to, signs[n->kind]);
		put_operand(n->left, n, to);
		if (brackets)
			strbuf_putc(to, ')');
		break;
	default:
		if (n->left == NULL) {
			strbuf_puts(to, signs[n->kind]);
			break;
		}
		if (brackets)
			strbuf_putc(to, '(');
		put_operand(n->left, n, to);
		strbuf_putc(to, ' ');
		strbuf_puts(to, signs[n->kind]);
		strbuf_putc(to, ' ');
		put_operand(n->right, n, to);
		if (brackets)
			strbuf_putc(to, ')');
	}
}

static void
put_node(const struct jp_node *n, bool in_key, bool brackets, struct strbuf *to)
{
	for (; n != NULL; n = n->next) {
		put_one(n, in_key, brackets, to);
		in_key = brackets = true;
	}
}

void
jsonpath_put(const struct jsonpath *p, struct strbuf *to)
{
	if (p->strict)
		strbuf_puts(to, "strict ");
	put_node(p->root, false, true, to);
}

/* ---- Methods */

static int
in_jsonpath(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
	    int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct jsonpath p;
	struct strbuf b;

	int rc = jsonpath_parse(&tmp, s, len, &p, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, &tmp);
	jsonpath_put(&p, &b);
	*ret = datum_bytes(bytes_make(env->arena, b.data, b.len));
	return ERR_OK;
}

static void
out_jsonpath(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	     struct strbuf *to)
{
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

/* A version byte, then the text. */
static int
recv_jsonpath(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
	      union datum *ret, struct err *e)
{
	if (len < 1)
		return bad_binary(e, len, 1);
	if (*(const char *) p != 1)
		return err_set(e, ERR_INTERNAL_ERROR, "unsupported jsonpath version number: %d",
			       *(const unsigned char *) p);
	int rc = utf8_check((const char *) p + 1, len - 1, e);
	return rc != ERR_OK ? rc
			    : in_jsonpath(t, env, (const char *) p + 1, len - 1, typmod, ret, e);
}

static void
send_jsonpath(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	      struct strbuf *to)
{
	strbuf_putc(to, 1);
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

const struct type_ops type_ops_jsonpath = {
	.in = in_jsonpath, .out = out_jsonpath, .recv = recv_jsonpath, .send = send_jsonpath,
};
