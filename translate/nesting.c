/* nesting.c - refusing texts whose tree would be too deep, before any tree is made.
 *
 * The grammar itself keeps its stack on the heap, but packing, unpacking and binding a tree
 * recurse.  A tree gets deep through brackets, chains of operators (1+1+1+...), CASE in CASE,
 * joins and set operations; a scan of the text bounds all of these from above.  The bound is
 * compared with the stack that this thread has left.
 *
 * The count is in units of one expression level (two messages of libpg_query's tree, about
 * 2.5 kB of stack when unpacked: measured). */
#include "config.h"
#include "translate/parse.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum {
	LEVELS_MAX = 12000, /* of a worker's stack (pgwire/net/loop.c) 8 kB for each: sanitizers want much */
	LEVEL_BYTES = 2700,
	STACK_SPARE = 512 * 1024, /* for everything else on the way */
	BRACKETS_MAX = 10000,
};

/* One open bracket: what has been chained inside it so far. */
struct level {
	int fixed, segment;
	bool select;
};

struct scan {
	const char *p;
	struct level level[BRACKETS_MAX];
	int depth, sum, max; /* sum: of all levels' counts */
};

static _Thread_local uintptr_t stack_low;

/* Levels that fit in what is left of this thread's stack. */
static int
levels_left(void)
{
	char here;

	if (stack_low == 0) {
		pthread_attr_t attr;
		void *low = NULL;
		size_t size = 0;

		if (pthread_getattr_np(pthread_self(), &attr) != 0)
			return LEVELS_MAX / 4;
		if (pthread_attr_getstack(&attr, &low, &size) == 0)
			stack_low = (uintptr_t) low;
		pthread_attr_destroy(&attr);
	}
	uintptr_t left = (uintptr_t) &here - stack_low;
	if (stack_low == 0 || left < STACK_SPARE)
		return 0;
	left = (left - STACK_SPARE) / LEVEL_BYTES;
	return left < LEVELS_MAX ? (int) left : LEVELS_MAX;
}

static const char *
skip_quoted(const char *p, char quote, bool escapes)
{
	for (p++; *p != '\0'; p++) {
		if (escapes && *p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == quote) {
			if (p[1] != quote)
				return p + 1;
			p++;
		}
	}
	return p;
}

static const char *
skip_dollar(const char *p)
{
	const char *tag = p++;

	while (isalnum((unsigned char) *p) || *p == '_' || (unsigned char) *p >= 0x80)
		p++;
	if (*p != '$' || isdigit((unsigned char) tag[1]))
		return tag + 1;
	size_t len = (size_t) (p + 1 - tag);
	for (p++; *p != '\0'; p++)
		if (*p == '$' && strncmp(p, tag, len) == 0)
			return p + len;
	return p;
}

static const char *
skip_comment(const char *p)
{
	int depth = 0;

	if (p[0] == '-')
		return p + strcspn(p, "\n");
	do {
		if (p[0] == '/' && p[1] == '*') {
			depth++;
			p += 2;
		} else if (p[0] == '*' && p[1] == '/') {
			depth--;
			p += 2;
		} else {
			p++;
		}
	} while (depth > 0 && *p != '\0');
	return p;
}

static void
count(struct scan *s, int fixed, int segment)
{
	s->level[s->depth].fixed += fixed;
	s->level[s->depth].segment += segment;
	s->sum += fixed + segment;
	if (s->sum > s->max)
		s->max = s->sum;
}

/* The end of a list's element or of a chain: what hung together here no longer does. */
static void
end_segment(struct scan *s)
{
	s->sum -= s->level[s->depth].segment;
	s->level[s->depth].segment = 0;
}

static const char *
word(struct scan *s, const char *p)
{
	/* What is on one side of these is no part of what is on the other. */
	static const char *const between[] = { "and", "or", "when", "then", "else" };
	static const struct {
		const char *word;
		int fixed, segment;
		bool arms; /* those of a set operation share nothing but it */
	} words[] = {
		{ .word = "not", .segment = 1 },
		{ .word = "is", .segment = 1 },
		{ .word = "in", .segment = 1 },
		{ .word = "like", .segment = 1 },
		{ .word = "ilike", .segment = 1 },
		{ .word = "similar", .segment = 1 },
		{ .word = "between", .segment = 1 },
		{ .word = "collate", .segment = 1 },
		{ .word = "at", .segment = 1 },
		{ .word = "isnull", .segment = 1 },
		{ .word = "notnull", .segment = 1 },
		{ .word = "operator", .segment = 1 },
		{ .word = "case", .fixed = 2 },
		{ .word = "end", .fixed = -2 },
		{ .word = "join", .fixed = 1 },
		{ .word = "union", .fixed = 1, .arms = true },
		{ .word = "intersect", .fixed = 1, .arms = true },
		{ .word = "except", .fixed = 1, .arms = true },
	};
	const char *from = p;

	while (isalnum((unsigned char) *p) || *p == '_' || *p == '$' || (unsigned char) *p >= 0x80)
		p++;
	size_t len = (size_t) (p - from);
	for (unsigned i = 0; i < ARRAY_LEN(between); i++)
		if (len == strlen(between[i]) && strncasecmp(from, between[i], len) == 0) {
			end_segment(s);
			return p;
		}
	if (len == 6 && strncasecmp(from, "select", 6) == 0 && !s->level[s->depth].select) {
		s->level[s->depth].select = true;
		count(s, 3, 0);
		return p;
	}
	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (len == strlen(words[i].word) && strncasecmp(from, words[i].word, len) == 0) {
			if (words[i].arms)
				end_segment(s);
			if (words[i].fixed > 0 || s->level[s->depth].fixed >= -words[i].fixed)
				count(s, words[i].fixed, words[i].segment);
			break;
		}
	return p;
}

static const char *
symbol(struct scan *s, const char *p)
{
	switch (*p) {
	case '(':
	case '[':
		if (s->depth + 1 < BRACKETS_MAX)
			s->level[++s->depth] = (struct level){ 0 };
		count(s, 1, 0);
		return p + 1;
	case ')':
	case ']':
		if (s->depth > 0) {
			s->sum -= s->level[s->depth].fixed + s->level[s->depth].segment;
			s->depth--;
		}
		return p + 1;
	case ';':
		s->sum -= s->level[s->depth].fixed;
		s->level[s->depth].fixed = 0;
		s->level[s->depth].select = false;
		end_segment(s);
		return p + 1;
	case ',':
		end_segment(s);
		return p + 1;
	case '.':
		return p + 1;
	default:
		count(s, 0, 1);
		return p + 1 + strspn(p + 1, "<>=~!@#%^&|`?:*/+");
	}
}

int
nesting_check(const char *text, struct err *e)
{
	struct scan s;
	const char *p = text;

	s.depth = s.sum = s.max = 0;
	s.level[0] = (struct level){ 0 };
	while (*p != '\0') {
		if (isspace((unsigned char) *p))
			p++;
		else if ((*p == 'e' || *p == 'E') && p[1] == '\'')
			p = skip_quoted(p + 1, '\'', true);
		else if (*p == '\'' || *p == '"')
			p = skip_quoted(p, *p, false);
		else if ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'))
			p = skip_comment(p);
		else if (*p == '$')
			p = skip_dollar(p);
		else if (isalnum((unsigned char) *p) || *p == '_' || (unsigned char) *p >= 0x80)
			p = word(&s, p);
		else
			p = symbol(&s, p);
	}
	if (s.max < 200 || s.max <= levels_left())
		return ERR_OK;
	err_set(e, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
	return err_hint(e,
			"The statement nests about %d levels deep; at most %d are possible here.",
			s.max, levels_left());
}
