/* spec.c - reading a spec file.
 *
 *   # a comment                      anywhere, alone on its line
 *   serializable                     judge by serial runs (serial.h)
 *   setup                            the lines below, indented, are SQL
 *   session NAME                     the lines below are steps:
 *       STEP: SQL                       deeper lines continue it; the step `start` is said
 *                                       after connecting and is no part of any order
 *   check                            SQL whose rows are the final state
 *   order S.STEP S.STEP! ...         one order; "!": wait for this answer whatever it takes
 *   mix S S ... [most N]             all orders of whole sessions
 *
 * Not here: what the orders of a mix are (order.c). */
#include "config.h"
#include "regress/isolation/spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const char *path;
	struct spec *s;
	char **text;                     /* that indented lines add to */
	struct spec_session *session; /* whose steps indented lines are; or NULL */
	int line;
	bool failed;
};

static void
complain(struct reader *r, const char *what)
{
	printf("# %s:%d: %s\n", r->path, r->line, what);
	r->failed = true;
}

static void
append(char **text, const char *more)
{
	size_t old = *text == NULL ? 0 : strlen(*text);
	char *to = realloc(*text, old + strlen(more) + 2);

	if (to == NULL)
		abort();
	sprintf(to + old, "%s%s", old == 0 ? "" : "\n", more);
	*text = to;
}

static int
find_session(const struct spec *s, const char *name, size_t len)
{
	for (int i = 0; i < s->nsessions; i++)
		if (strlen(s->sessions[i].name) == len &&
		    strncmp(s->sessions[i].name, name, len) == 0)
			return i;
	return -1;
}

static int
find_step(const struct spec_session *s, const char *name, size_t len)
{
	for (int i = 0; i < s->nsteps; i++)
		if (strlen(s->steps[i].name) == len && strncmp(s->steps[i].name, name, len) == 0)
			return i;
	return -1;
}

struct order *
spec_add_order(struct spec *s)
{
	s->orders = realloc(s->orders, (size_t) (s->norders + 1) * sizeof *s->orders);
	if (s->orders == NULL)
		abort();
	s->orders[s->norders] = (struct order){ .n = 0 };
	return &s->orders[s->norders++];
}

static void
read_order(struct reader *r, char *words)
{
	struct order *o = spec_add_order(r->s);
	char *save;

	for (char *w = strtok_r(words, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		size_t len = strlen(w);
		char *dot = strchr(w, '.');
		bool wait = w[len - 1] == '!';
		int session = dot == NULL ? -1 : find_session(r->s, w, (size_t) (dot - w));
		int step = session < 0 ? -1
				       : find_step(&r->s->sessions[session], dot + 1,
						   strlen(dot + 1) - (size_t) wait);

		if (step < 0 || o->n == TURNS_MAX) {
			complain(r, w);
			return;
		}
		o->turns[o->n++] = (struct turn){ .session = (uint8_t) session,
						    .step = (uint8_t) step,
						    .wait = wait };
	}
}

static void
read_mix(struct reader *r, char *words)
{
	int sessions[SESSIONS_MAX], n = 0;
	long most = 0;
	char *save;

	for (char *w = strtok_r(words, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (strcmp(w, "most") == 0) {
			w = strtok_r(NULL, " \t", &save);
			most = w == NULL ? 0 : strtol(w, NULL, 10);
			break;
		}
		int at = find_session(r->s, w, strlen(w));
		if (at < 0 || n == SESSIONS_MAX) {
			complain(r, w);
			return;
		}
		sessions[n++] = at;
	}
	spec_mix(r->s, sessions, n, most);
}

static void
read_session(struct reader *r, const char *name)
{
	if (r->s->nsessions == SESSIONS_MAX || *name == '\0') {
		complain(r, "session");
		return;
	}
	r->session = &r->s->sessions[r->s->nsessions++];
	r->session->name = strdup(name);
}

static void
read_keyword(struct reader *r, char *line)
{
	char *rest = line + strcspn(line, " \t");

	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	r->text = NULL;
	r->session = NULL;
	if (strcmp(line, "serializable") == 0)
		r->s->serializable = true;
	else if (strcmp(line, "setup") == 0)
		r->text = &r->s->setup;
	else if (strcmp(line, "check") == 0)
		r->text = &r->s->check;
	else if (strcmp(line, "session") == 0)
		read_session(r, rest);
	else if (strcmp(line, "order") == 0)
		read_order(r, rest);
	else if (strcmp(line, "mix") == 0)
		read_mix(r, rest);
	else
		complain(r, "not a keyword");
}

/* "name: SQL" begins a step; anything else goes on with the last. */
static void
read_step(struct reader *r, char *line)
{
	struct spec_session *s = r->session;
	char *colon = line + strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (colon == line || colon[0] != ':' || colon[1] != ' ') {
		if (r->text == NULL)
			complain(r, "not a step");
		else
			append(r->text, line);
		return;
	}
	*colon = '\0';
	if (strcmp(line, "start") == 0) {
		r->text = &s->start;
	} else if (s->nsteps == STEPS_MAX) {
		complain(r, "too many steps");
		return;
	} else {
		struct step *step = &s->steps[s->nsteps++];
		step->name = strdup(line);
		r->text = &step->sql;
	}
	append(r->text, colon + 2 + strspn(colon + 2, " \t"));
}

static void
read_line(struct reader *r, char *line)
{
	size_t len = strlen(line);

	while (len > 0 && isspace((unsigned char) line[len - 1]))
		line[--len] = '\0';
	char *words = line + strspn(line, " \t");
	if (*words == '\0' || *words == '#')
		return;
	if (words == line)
		read_keyword(r, line);
	else if (r->session != NULL)
		read_step(r, words);
	else if (r->text != NULL)
		append(r->text, words);
	else
		complain(r, "SQL that belongs to nothing");
}

struct spec *
spec_read(const char *path)
{
	FILE *in = fopen(path, "r");
	struct reader r = { .path = path, .s = calloc(1, sizeof *r.s) };
	const char *base = strrchr(path, '/');
	char *line = NULL;
	size_t cap = 0;

	if (in == NULL || r.s == NULL) {
		printf("# %s: %s\n", path, strerror(errno));
		free(r.s);
		return NULL;
	}
	base = base == NULL ? path : base + 1;
	r.s->name = strndup(base, strcspn(base, "."));
	while (!r.failed && getline(&line, &cap, in) >= 0) {
		r.line++;
		read_line(&r, line);
	}
	free(line);
	(void) fclose(in);
	if (r.failed)
		spec_free(&r.s);
	return r.s;
}

void
spec_free(struct spec **spec)
{
	struct spec *s = *spec;

	for (int i = 0; i < s->nsessions; i++) {
		for (int k = 0; k < s->sessions[i].nsteps; k++) {
			free(s->sessions[i].steps[k].name);
			free(s->sessions[i].steps[k].sql);
		}
		free(s->sessions[i].start);
		free(s->sessions[i].name);
	}
	free(s->orders);
	free(s->setup);
	free(s->check);
	free(s->name);
	free(s);
	*spec = NULL;
}
