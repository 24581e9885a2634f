/* main.c - the same interleavings on two servers, and what comes out differently.
 *
 *   isolation [-v] [-n MOST] [-o ORDER] -a CONNINFO -b CONNINFO SPEC...
 *
 * -a is the server under test, -b the PostgreSQL it must equal: answers, SQLSTATEs and
 * messages, who waits for whom and until when, the final state.  One TAP line for each spec.
 * Of a spec's differing orders the first 3 (-n) are shown in full.  -v prints every order as
 * played on -a; -o plays one order alone, by its number.
 *
 * Not here: the format (spec.c), playing (play.c), serializable specs (serial.c). */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/isolation/serial.h"

struct judge {
	struct player *player[2];
	bool verbose;
	int only;          /* one order; -1: all */
	int most;          /* differing orders shown in full, of a spec */
	struct serial *serial;
	int differ, shown; /* orders of this spec */
	int aborted[2];    /* sessions, in serializable specs */
	long orders;       /* of all specs */
};

struct side {
	struct player *player;
	const struct spec *s;
	const struct order *o;
	struct played played;
};

static void *
play_side(void *arg)
{
	struct side *side = arg;

	play(side->player, side->s, side->o, &side->played);
	return NULL;
}

static void
print_comment(const char *heading, const struct played *p, const struct spec *s)
{
	struct strbuf text;

	strbuf_init(&text, NULL);
	played_text(p, s, &text);
	printf("#  -- %s\n", heading);
	for (char *line = text.data, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		printf("#    %.*s\n", (int) (end - line), line);
	}
	strbuf_done(&text);
}

static void
print_order(const struct spec *s, const struct order *o)
{
	printf("#  order");
	for (int i = 0; i < o->n; i++)
		printf(" %s.%s%s", s->sessions[o->turns[i].session].name,
		       s->sessions[o->turns[i].session].steps[o->turns[i].step].name,
		       o->turns[i].wait ? "!" : "");
	printf("\n");
}

static bool
equal(const struct played *a, const struct played *b, const struct spec *s)
{
	struct strbuf ta, tb;

	strbuf_init(&ta, NULL);
	strbuf_init(&tb, NULL);
	played_text(a, s, &ta);
	played_text(b, s, &tb);
	bool same = strcmp(ta.data, tb.data) == 0;
	strbuf_done(&ta);
	strbuf_done(&tb);
	return same;
}

/* A transaction that fails for another reason than its isolation is a difference. */
static bool
fails_fairly(const struct played *p)
{
	for (int i = 0; i < p->n; i++)
		if (p->said[i].error != NULL && strncmp(p->said[i].error, "40", 2) != 0 &&
		    strcmp(p->said[i].error, "25P02") != 0)
			return false;
	return p->broken == NULL;
}

static void
count_aborted(struct judge *j, const struct spec *s, const struct side *sides)
{
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < s->nsessions; k++)
			j->aborted[i] += !played_committed(&sides[i].played, s, k);
}

static bool
judge_sides(struct judge *j, const struct spec *s, const struct side *sides)
{
	if (!s->serializable)
		return equal(&sides[0].played, &sides[1].played, s);
	count_aborted(j, s, sides);
	for (int i = 0; i < 2; i++)
		if (!fails_fairly(&sides[i].played) ||
		    !serial_explains(j->serial, &sides[i].played))
			return false;
	return true;
}

static void
judge_order(struct judge *j, const struct spec *s, int at)
{
	struct side sides[2];
	pthread_t other;

	for (int i = 0; i < 2; i++)
		sides[i] = (struct side){ .player = j->player[i], .s = s, .o = &s->orders[at] };
	if (pthread_create(&other, NULL, play_side, &sides[0]) != 0)
		abort();
	(void) play_side(&sides[1]);
	(void) pthread_join(other, NULL);
	bool same = judge_sides(j, s, sides);
	j->differ += !same;
	if (!same || j->verbose) {
		printf("# %s, number %d\n", s->name, at);
		print_order(s, &s->orders[at]);
	}
	if ((!same && j->shown++ < j->most) || j->verbose) {
		print_comment("the server under test", &sides[0].played, s);
		if (!same)
			print_comment("the reference", &sides[1].played, s);
	}
	for (int i = 0; i < 2; i++)
		played_done(&sides[i].played);
}

static bool
judge_spec(struct judge *j, const char *path, int number)
{
	struct spec *s = spec_read(path);

	if (s == NULL || s->norders == 0) {
		printf("not ok %d - %s: no spec\n", number, path);
		return false;
	}
	j->differ = j->shown = j->aborted[0] = j->aborted[1] = 0;
	j->serial = serial_open(j->player[1], s);
	for (int i = 0; i < s->norders; i++)
		if (j->only < 0 || j->only == i)
			judge_order(j, s, i);
	serial_close(&j->serial);
	j->orders += s->norders;
	printf("%s %d - %s: %d orders", j->differ == 0 ? "ok" : "not ok", number, s->name, s->norders);
	if (s->serializable)
		printf(", aborted here %d, there %d", j->aborted[0], j->aborted[1]);
	if (j->differ != 0)
		printf(", %d differ", j->differ);
	printf("\n");
	(void) fflush(stdout);
	spec_free(&s);
	return j->differ == 0;
}

int
main(int argc, char **argv)
{
	struct judge j = { .only = -1, .most = 3 };
	const char *conninfo[2] = { NULL, NULL };
	int failed = 0, n = 0, c;

	while ((c = getopt(argc, argv, "a:b:n:o:v")) != -1)
		if (c == 'a' || c == 'b')
			conninfo[c - 'a'] = optarg;
		else if (c == 'o')
			j.only = (int) strtol(optarg, NULL, 10);
		else if (c == 'n')
			j.most = (int) strtol(optarg, NULL, 10);
		else if (c == 'v')
			j.verbose = true;
		else
			return 2;
	for (int i = 0; i < 2; i++)
		if (conninfo[i] == NULL || (j.player[i] = play_open(conninfo[i])) == NULL) {
			printf("Bail out! no connection for -%c\n", "ab"[i]);
			return 2;
		}
	for (int i = optind; i < argc; i++)
		failed += !judge_spec(&j, argv[i], ++n);
	printf("# %ld orders\n1..%d\n", j.orders, n);
	play_close(&j.player[0]);
	play_close(&j.player[1]);
	return failed != 0;
}
