/* rowtext.c - rows and keys as error details show them. */
#include "config.h"
#include "core/access/unit.h"

#include "core/base/strbuf.h"

enum { VALUE_MAX = 64 };

/* A value's text, cut to 64 bytes at a character's boundary. */
static void
add_value(const struct type *t, struct type_env *env, union datum v, size_t max, struct strbuf *to)
{
	size_t start = to->len, cut;

	t->ops->out(t, env, v, to);
	if (max == 0 || to->len - start <= max)
		return;
	cut = start + max;
	while (cut > start && ((uint8_t) to->data[cut] & 0xc0) == 0x80)
		cut--;
	to->len = cut;
	strbuf_puts(to, "...");
}

char *
table_row_text(const struct relation *rel, const union datum *values, const bool *nulls,
	       struct type_env *env)
{
	struct strbuf b;
	bool first = true;

	strbuf_init(&b, env->arena);
	strbuf_putc(&b, '(');
	for (int i = 0; i < rel->ncols; i++) {
		if (rel->cols[i].dropped)
			continue;
		if (!first)
			strbuf_puts(&b, ", ");
		first = false;
		if (nulls[i])
			strbuf_puts(&b, "null");
		else
			add_value(rel->cols[i].type, env, values[i], VALUE_MAX, &b);
	}
	strbuf_putc(&b, ')');
	return b.data;
}

/* An index expression as PostgreSQL shows it: in parentheses unless it is one function call. */
void
row_expr_text(const char *sql, struct strbuf *to)
{
	size_t len = strspn(sql, "abcdefghijklmnopqrstuvwxyz0123456789_"), at = len;
	int depth = 0;

	if (len > 0 && sql[len] == '(')
		do {
			depth += (sql[at] == '(') - (sql[at] == ')');
			at++;
		} while (depth > 0 && sql[at] != '\0');
	if (at > len && sql[at] == '\0')
		strbuf_puts(to, sql);
	else
		strbuf_printf(to, "(%s)", sql);
}

void
key_text(struct write_unit *u, const struct relation *rel, int n, const int16_t *attnums,
	 const char *const *names, const struct type *const *types, const union datum *values,
	 const bool *nulls, struct strbuf *to)
{
	struct type_env env = u->stmt->env->type;

	env.arena = u->stmt->env->stmt_arena;
	strbuf_putc(to, '(');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(to, ", ");
		if (attnums[i] > 0)
			strbuf_puts(to, rel->cols[attnums[i] - 1].name);
		else
			row_expr_text(names[i], to);
	}
	strbuf_puts(to, ")=(");
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(to, ", ");
		if (nulls != NULL && nulls[i])
			strbuf_puts(to, "null");
		else
			add_value(types[i], &env, values[i], 0, to);
	}
	strbuf_putc(to, ')');
}
