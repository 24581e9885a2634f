/* read.c - taking a sqllogictest file apart.
 *
 * A file is records separated by empty lines; `#` comments; `skipif` and `onlyif` lines in
 * front of a record say for which engines it holds.  Not here: running records (main.c),
 * comparing answers (match.c). */
#include "config.h"
#include "regress/slt/slt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slt {
	const char *path, *engine;
	char *text, *at;                /* lines are cut out of the text as they are read */
	int   line;
};

struct slt *
slt_open(const char *path, const char *engine)
{
	FILE *in = fopen(path, "r");
	struct slt *s = calloc(1, sizeof *s);
	long size;

	if (in == NULL || s == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 ||
	    (s->text = malloc((size_t) size + 1)) == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		goto fail;
	}
	rewind(in);
	size = (long) fread(s->text, 1, (size_t) size, in);
	s->text[size] = '\0';
	s->at = s->text;
	s->path = path;
	s->engine = engine;
	(void) fclose(in);
	return s;

fail:
	if (in != NULL)
		(void) fclose(in);
	free(s);
	return NULL;
}

void
slt_close(struct slt *s)
{
	if (s == NULL)
		return;
	free(s->text);
	free(s);
}

/* The next line without its end; NULL after the last. */
static char *
next_line(struct slt *s)
{
	char *line = s->at;

	s->line++;
	if (*line == '\0')
		return NULL;
	size_t len = strcspn(line, "\n");
	s->at = line + len + (line[len] == '\n');
	line[len] = '\0';
	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	return line;
}

/* Moves the lines up to an empty one (or `----`, when asked) together; they only move down. */
static const char *
gather(struct slt *s, bool until_dashes, bool *ret_dashes)
{
	char *start = NULL, *end = NULL, *line;

	*ret_dashes = false;
	while ((line = next_line(s)) != NULL && *line != '\0') {
		if (until_dashes && strcmp(line, "----") == 0) {
			*ret_dashes = true;
			break;
		}
		size_t len = strlen(line);
		if (start == NULL)
			start = end = line;
		memmove(end, line, len);
		end += len;
		*end++ = '\n';
	}
	if (start == NULL)
		return "";
	*end = '\0';
	return start;
}

static struct slt_record
bad(struct slt *s, const char *line)
{
	fprintf(stderr, "%s:%d: not understood: %s\n", s->path, s->line, line);
	return (struct slt_record) { .kind = SLT_BAD };
}

static bool
parse_query(const char *line, struct slt_record *r)
{
	static char types[256];
	char sort[32] = "nosort";

	if (sscanf(line, "query %255s %31s", types, sort) < 1)
		return false;
	r->types = types;
	if (strcmp(sort, "rowsort") == 0)
		r->sort = SLT_ROWSORT;
	else if (strcmp(sort, "valuesort") == 0)
		r->sort = SLT_VALUESORT;
	else if (strcmp(sort, "nosort") != 0)
		return false;
	return true;
}

/* The conditions in front of a record: does it hold for our engine? */
static bool
condition(struct slt *s, const char *line, bool applies)
{
	char engine[64] = "";
	bool skip = strncmp(line, "skipif", 6) == 0;

	sscanf(line, "%*s %63s", engine);
	if (strcmp(engine, s->engine) == 0)
		return applies && !skip;
	return applies && skip;
}

struct slt_record
slt_read(struct slt *s)
{
	struct slt_record r = { .applies = true };
	bool dashes;
	char *line;

	while ((line = next_line(s)) != NULL) {
		r.line = s->line;
		if (*line == '\0') {
			r.applies = true;
		} else if (*line == '#' || strncmp(line, "hash-threshold", 14) == 0) {
			continue;       /* the form of `expected` says whether it is hashed */
		} else if (strncmp(line, "skipif ", 7) == 0 || strncmp(line, "onlyif ", 7) == 0) {
			r.applies = condition(s, line, r.applies);
		} else if (strncmp(line, "halt", 4) == 0) {
			if (r.applies)
				break;
			r.applies = true;
		} else if (strncmp(line, "statement ", 10) == 0) {
			r.kind = SLT_STATEMENT;
			r.expect_error = strncmp(line + 10, "error", 5) == 0;
			r.sql = gather(s, false, &dashes);
			return r;
		} else if (strncmp(line, "query ", 6) == 0) {
			r.kind = SLT_QUERY;
			if (!parse_query(line, &r))
				return bad(s, line);
			r.sql = gather(s, true, &dashes);
			r.expected = dashes ? gather(s, false, &dashes) : "";
			return r;
		} else {
			return bad(s, line);
		}
	}
	r.kind = SLT_END;
	return r;
}
