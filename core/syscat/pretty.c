/* pretty.c - SQL text with only the parentheses that it needs.
 *
 * Expressions and queries are kept as PostgreSQL prints them in full: every operator, AND, OR, NOT
 * and test in parentheses of its own.  Here those go that the pretty form leaves away: an
 * operand keeps them when it is an operator or a test itself, except for the precedence of
 * + - over * / %, and of AND over OR; arguments, clauses and joined tables lose theirs.
 *
 * Not here: making the full text (translate/deparse.c). */
#include "config.h"
#include "core/syscat/funcs.h"

#include <ctype.h>

/* What stands between two parentheses, or around a piece of text. */
enum kind { PLAIN, OPERATOR, AND, OR, NOT, TEST, MEMBER, JOIN, QUERY, LIST };

struct span {
	enum kind kind;
	char op;                        /* the binary operator, if it is one of + - * / %; else 0 */
};

static bool
is_word(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '$' || (unsigned char) c >= 0x80;
}

static bool
is_op(char c)
{
	return c != '\0' && strchr("+-*/<>=~!@#%^&|`?", c) != NULL;
}

/* Behind a quoted string or name that starts at s. */
static const char *
skip_quoted(const char *s, const char *end)
{
	char q = *s++;

	for (; s < end; s++) {
		if (*s != q)
			continue;
		if (s + 1 < end && s[1] == q)
			s++;
		else
			return s + 1;
	}
	return end;
}

/* Behind the bracket that closes the one at s. */
static const char *
skip_bracket(const char *s, const char *end)
{
	int depth = 0;

	while (s < end) {
		if (*s == '\'' || *s == '"') {
			s = skip_quoted(s, end);
			continue;
		}
		depth += *s == '(' || *s == '[' ? 1 : *s == ')' || *s == ']' ? -1 : 0;
		s++;
		if (depth == 0)
			break;
	}
	return s;
}

/* Behind the token at s: a string, a bracket with all in it, a word, an operator, a character. */
static const char *
skip_token(const char *s, const char *end)
{
	const char *p = s;

	if (*s == '\'' || *s == '"')
		return skip_quoted(s, end);
	if (*s == '(' || *s == '[')
		return skip_bracket(s, end);
	while (p < end && is_word(*p))
		p++;
	if (p == s)
		while (p < end && is_op(*p))
			p++;
	return p == s ? s + 1 : p;
}

static bool
word_is(const char *s, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t) (end - s) == n && strncmp(s, word, n) == 0;
}

static bool
word_in(const char *s, const char *end, const char *const *words)
{
	for (; *words != NULL; words++)
		if (word_is(s, end, *words))
			return true;
	return false;
}

/* What the text [s, end) is at its top level. */
static struct span
classify(const char *s, const char *end)
{
	struct span r = { PLAIN, 0 };
	int cases = 0, tokens = 0;

	for (const char *next; s < end; s = next) {
		next = skip_token(s, end);
		if (isspace((unsigned char) *s))
			continue;
		tokens++;
		cases += word_is(s, next, "CASE") ? 1 : word_is(s, next, "END") ? -1 : 0;
		if (cases > 0)
			continue;
		if (tokens == 1 && (word_is(s, next, "SELECT") || word_is(s, next, "WITH") || word_is(s, next, "VALUES")))
			return (struct span) { QUERY, 0 };
		if (*s == ',')
			return (struct span) { LIST, 0 };
		if (word_is(s, next, "JOIN"))
			return (struct span) { JOIN, 0 };
		if (word_is(s, next, "AND"))
			r.kind = AND;
		else if (word_is(s, next, "OR"))
			r.kind = OR;
		else if (tokens == 1 && word_is(s, next, "NOT"))
			r.kind = NOT;
		else if (r.kind < AND && word_is(s, next, "IS"))
			r.kind = TEST;
		else if (r.kind <= OPERATOR && (word_is(s, next, "ANY") || word_is(s, next, "ALL") || word_is(s, next, "IN")))
			r.kind = MEMBER;
		else if (r.kind == PLAIN && is_op(*s)) {
			r.kind = OPERATOR;
			r.op = tokens > 1 && next - s == 1 && strchr("+-*/%", *s) != NULL ? *s : 0;
		}
	}
	return r;
}

static bool
is_low(char op)
{
	return op == '+' || op == '-';
}

/* May `in` stand in `out` without parentheses?  first: it is the first operand. */
static bool
is_simple(struct span in, struct span out, bool first, bool cast)
{
	if (in.kind == PLAIN)
		return true;
	if (in.kind == QUERY || in.kind == LIST || cast)
		return false;
	if (out.kind == PLAIN || out.kind == LIST || out.kind == QUERY)
		return true;
	switch (in.kind) {
	case OPERATOR:
		if (out.kind == OPERATOR && in.op != 0 && out.op != 0)
			return is_low(in.op) ? is_low(out.op) && first : is_low(out.op) || first;
		return out.kind == AND || out.kind == OR || out.kind == NOT;
	case TEST:
		return out.kind == AND || out.kind == OR || out.kind == NOT;
	case AND: case NOT:
		return out.kind == AND || out.kind == OR;
	case OR:
		return out.kind == OR;
	case JOIN:
		return first;
	default:
		return false;
	}
}

/* Words before a parenthesis that belongs to them. */
static const char *const keeps[] = { "ANY", "ALL", "SOME", "IN", "EXISTS", "OVER", "FILTER", "GROUP", "AS", "MATERIALIZED", "USING",
	"VALUES", "SETS", "INCLUDE", "WINDOW", "ARRAY", "LATERAL", "FROM ROWS", NULL };
/* Words after which a sort or group key is over. */
static const char *const ends_keys[] = { "HAVING", "LIMIT", "OFFSET", "WINDOW", "UNION", "FETCH", "FOR", "ROWS", "RANGE", "GROUPS",
	"INTERSECT", "EXCEPT", NULL };

struct last {
	const char *at, *end;           /* the token before; at NULL: none */
	bool distinct, keys;            /* DISTINCT stands before it; inside ORDER BY ... */
};

static void pretty_span(struct strbuf *to, const char *s, const char *end, struct span in);

/* The parenthesis from s to end, inside text of this kind. */
static void
pretty_group(struct strbuf *to, const char *s, const char *end, struct span out, const struct last *last, bool first, bool cast)
{
	struct span in = classify(s + 1, end - 1);
	bool adjacent = last->end == s && last->at != NULL;
	bool call = adjacent && (is_word(last->end[-1]) || last->end[-1] == '"');
	bool after_on = last->at != NULL && word_is(last->at, last->end, "ON") && !last->distinct;
	bool fixed = call || last->keys ||
		     (last->at != NULL && (word_in(last->at, last->end, keeps) || (word_is(last->at, last->end, "ON") && last->distinct)));

	if (in.kind == JOIN)
		fixed = last->at != NULL && word_is(last->at, last->end, "JOIN");
	if (fixed || !(after_on || is_simple(in, out, first, cast))) {
		strbuf_putc(to, '(');
		pretty_span(to, s + 1, end - 1, call && in.kind != QUERY ? (struct span) { LIST, 0 } : in);
		strbuf_putc(to, ')');
	} else {
		pretty_span(to, s + 1, end - 1, in);
	}
}

static void
pretty_span(struct strbuf *to, const char *s, const char *end, struct span in)
{
	struct last last = { 0 };
	bool first = true;
	int cases = 0;

	for (const char *next; s < end; s = next) {
		next = skip_token(s, end);
		if (isspace((unsigned char) *s)) {
			strbuf_putc(to, *s);
			continue;
		}
		if (*s == '(') {
			struct span out = cases > 0 || in.kind == QUERY ? (struct span) { LIST, 0 } : in;
			pretty_group(to, s, next, out, &last, first, next < end && (*next == ':' || *next == '[' || *next == '.'));
		} else if (*s == '[') {
			strbuf_putc(to, '[');
			pretty_span(to, s + 1, next - 1, (struct span) { LIST, 0 });
			strbuf_putc(to, ']');
		} else {
			strbuf_add(to, s, (size_t) (next - s));
			cases += word_is(s, next, "CASE") ? 1 : word_is(s, next, "END") ? -1 : 0;
			last.keys = word_is(s, next, "BY") ? true : word_in(s, next, ends_keys) ? false : last.keys;
			last.distinct = last.at != NULL && word_is(last.at, last.end, "DISTINCT");
		}
		first = first && (*s == '(' || is_word(*s) || *s == '"' || *s == '\'' || *s == '.' || *s == ':');
		last.at = s;
		last.end = next;
	}
}

const char *
pretty_sql(struct arena *a, const char *sql)
{
	struct strbuf b;
	const char *end = sql + strlen(sql);
	struct span all = classify(sql, end);

	/* Conditions and joins of a query stand in clauses, not in one another. */
	strbuf_init(&b, a);
	pretty_span(&b, sql, end, all.kind == QUERY || all.kind == LIST ? (struct span) { QUERY, 0 } : all);
	return b.data;
}
