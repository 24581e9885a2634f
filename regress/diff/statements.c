/* statements.c - cutting an SQL script into statements.
 *
 * Knows quotes ('...', E'...', "...", $tag$...$tag$), comments (nested ones too), parentheses,
 * the data of COPY ... FROM STDIN and the BEGIN ... END of a routine's body; nothing else of SQL. */
#include "config.h"
#include "regress/diff/statements.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct scan {
	const char *at;
	int  line, depth;
	bool text;                      /* something other than blanks and comments was seen */
	bool order, ordered;            /* the word ORDER; ORDER BY */
	bool copy, from, from_stdin;
	bool create, routine;           /* the first word is CREATE; ... FUNCTION, ... PROCEDURE */
	int  blocks;                    /* of a routine's body: BEGIN and CASE without their END */
};

static void
step(struct scan *s)
{
	if (*s->at == '\n')
		s->line++;
	if (*s->at != '\0')
		s->at++;
}

static void
skip_quoted(struct scan *s, char quote, bool escapes)
{
	step(s);
	while (*s->at != '\0') {
		if (escapes && *s->at == '\\' && s->at[1] != '\0')
			step(s);
		else if (*s->at == quote && s->at[1] == quote)
			step(s);
		else if (*s->at == quote)
			break;
		step(s);
	}
	step(s);
}

/* At a `$`: over $tag$...$tag$, or false when it is none (a parameter). */
static bool
skip_dollar(struct scan *s)
{
	size_t len = 1;

	while (isalpha((unsigned char) s->at[len]) || s->at[len] == '_' ||
	       (len > 1 && isdigit((unsigned char) s->at[len])))
		len++;
	if (s->at[len] != '$')
		return false;
	len++;
	const char *tag = s->at;
	for (size_t i = 0; i < len; i++)
		step(s);
	while (*s->at != '\0' && strncmp(s->at, tag, len) != 0)
		step(s);
	for (size_t i = 0; i < len; i++)
		step(s);
	return true;
}

static void
skip_block_comment(struct scan *s)
{
	int depth = 0;

	do {
		if (s->at[0] == '/' && s->at[1] == '*') {
			depth++;
			step(s);
		} else if (s->at[0] == '*' && s->at[1] == '/') {
			depth--;
			step(s);
		}
		step(s);
	} while (depth > 0 && *s->at != '\0');
}

static void
see_word(struct scan *s)
{
	const char *word = s->at;

	while (isalnum((unsigned char) *s->at) || *s->at == '_' || *s->at == '$')
		step(s);
	size_t len = (size_t) (s->at - word);
#define IS(w) (len == sizeof w - 1 && strncasecmp(word, w, len) == 0)
	if (s->depth == 0) {
		s->ordered |= s->order && IS("by");
		s->order = IS("order");
		s->from_stdin |= s->copy && s->from && IS("stdin");
		s->from = IS("from");
	}
	if (!s->text) {
		s->copy = IS("copy");
		s->create = IS("create");
	}
	s->routine |= s->create && (IS("function") || IS("procedure"));
	if (s->routine && (IS("begin") || (s->blocks > 0 && IS("case"))))
		s->blocks++;
	else if (s->blocks > 0 && IS("end"))
		s->blocks--;
#undef IS
	s->text = true;
}

/* Over one token; true when it was the semicolon that ends the statement. */
static bool
token(struct scan *s)
{
	char c = *s->at;

	if (c == '-' && s->at[1] == '-') {
		while (*s->at != '\0' && *s->at != '\n')
			step(s);
		return false;
	}
	if (c == '/' && s->at[1] == '*') {
		skip_block_comment(s);
		return false;
	}
	if (isspace((unsigned char) c)) {
		step(s);
		return false;
	}
	if ((c == 'e' || c == 'E') && s->at[1] == '\'') {
		step(s);
		skip_quoted(s, '\'', true);
	} else if (isalpha((unsigned char) c) || c == '_' || (unsigned char) c >= 0x80) {
		see_word(s);
		while ((unsigned char) *s->at >= 0x80)
			step(s);
		return false;
	} else if (c == '\'' || c == '"') {
		skip_quoted(s, c, false);
	} else if (c != '$' || !skip_dollar(s)) {
		if (c == ';' && s->depth == 0 && s->blocks == 0)
			return true;
		s->depth += (c == '(') - (c == ')');
		step(s);
	}
	s->text = true;
	return false;
}

static char *
copy_text(const char *from, const char *to)
{
	return strndup(from, (size_t) (to - from));
}

/* The lines up to `\.`, which belong to the COPY before them. */
static char *
copy_data(struct scan *s)
{
	while (*s->at != '\0' && *s->at != '\n')
		step(s);
	step(s);
	const char *start = s->at;
	while (*s->at != '\0' && !(strncmp(s->at, "\\.", 2) == 0 && (s->at[2] == '\n' || s->at[2] == '\0')))
		do
			step(s);
		while (*s->at != '\0' && s->at[-1] != '\n');
	char *data = copy_text(start, s->at);
	while (*s->at != '\0' && *s->at != '\n')
		step(s);
	return data;
}

static void
append(struct statements *all, struct statement s)
{
	if ((all->n & (all->n - 1)) == 0)
		all->at = realloc(all->at, (size_t) (all->n == 0 ? 1 : all->n * 2) * sizeof *all->at);
	all->at[all->n++] = s;
}

struct statements
statements_lines(const char *text)
{
	struct statements all = { 0 };

	for (int line = 1; *text != '\0'; line++) {
		const char *end = text + strcspn(text, "\n");
		if (end > text && strncmp(text, "--", 2) != 0)
			append(&all, (struct statement) { .sql = copy_text(text, end), .line = line });
		text = *end == '\0' ? end : end + 1;
	}
	return all;
}

struct statements
statements_split(const char *text)
{
	struct statements all = { 0 };
	struct scan s = { .at = text, .line = 1 };

	while (*s.at != '\0') {
		const char *start = NULL;
		int line = 0;
		bool ended = false;

		s = (struct scan) { .at = s.at, .line = s.line };
		while (*s.at != '\0' && !ended) {
			const char *before = s.at;
			int before_line = s.line;
			ended = token(&s);
			if (start == NULL && s.text) {
				start = before;
				line = before_line;
			}
		}
		if (start != NULL) {
			struct statement made = {
				.sql = copy_text(start, s.at), .line = line, .ordered = s.ordered,
			};
			if (ended)
				step(&s);
			if (s.from_stdin)
				made.data = copy_data(&s);
			append(&all, made);
		} else if (ended) {
			step(&s);
		}
	}
	return all;
}

void
statements_done(struct statements *s)
{
	for (int i = 0; i < s->n; i++) {
		free(s->at[i].sql);
		free(s->at[i].data);
	}
	free(s->at);
	*s = (struct statements) { 0 };
}
