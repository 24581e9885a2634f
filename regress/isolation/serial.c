/* serial.c - the reference runs of sets of sessions, and the comparison with them. */
#include "config.h"
#include "regress/isolation/serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All serial runs of one set of sessions. */
struct runs {
	struct played *runs;
	int n;
};

struct serial {
	struct player *reference;
	const struct spec *spec;
	struct runs of[1 << SESSIONS_MAX]; /* by set */
};

struct serial *
serial_open(struct player *reference, const struct spec *s)
{
	struct serial *x = calloc(1, sizeof *x);

	if (x == NULL)
		abort();
	x->reference = reference;
	x->spec = s;
	return x;
}

void
serial_close(struct serial **serial)
{
	struct serial *x = *serial;

	for (int set = 0; set < 1 << SESSIONS_MAX; set++) {
		for (int i = 0; i < x->of[set].n; i++)
			played_done(&x->of[set].runs[i]);
		free(x->of[set].runs);
	}
	free(x);
	*serial = NULL;
}

static void
run_order(struct serial *x, struct runs *to, const struct order *o)
{
	to->runs = realloc(to->runs, (size_t) (to->n + 1) * sizeof *to->runs);
	if (to->runs == NULL)
		abort();
	play(x->reference, x->spec, o, &to->runs[to->n]);
	if (to->runs[to->n].broken != NULL)
		printf("# serial run: %s\n", to->runs[to->n].broken);
	to->n++;
}

static void
run_all(struct serial *x, struct runs *to, unsigned left, struct order *o)
{
	if (left == 0)
		run_order(x, to, o);
	for (int i = 0; i < x->spec->nsessions; i++) {
		int n = o->n;
		if ((left >> i & 1) == 0)
			continue;
		for (int k = 0; k < x->spec->sessions[i].nsteps; k++)
			o->turns[o->n++] = (struct turn){ .session = (uint8_t) i, .step = (uint8_t) k };
		run_all(x, to, left & ~(1u << i), o);
		o->n = n;
	}
}

static const char *
result_of(const struct played *p, struct turn t)
{
	for (int i = 0; i < p->n; i++)
		if (p->said[i].turn.session == t.session && p->said[i].turn.step == t.step)
			return p->said[i].result;
	return "";
}

static bool
same(const struct played *serial, const struct played *p)
{
	for (int i = 0; i < serial->n; i++)
		if (strcmp(serial->said[i].result, result_of(p, serial->said[i].turn)) != 0)
			return false;
	return strcmp(serial->check, p->check) == 0;
}

bool
serial_explains(struct serial *x, const struct played *p)
{
	unsigned set = 0;
	struct order o = { .n = 0 };

	for (int i = 0; i < x->spec->nsessions; i++)
		set |= (unsigned) played_committed(p, x->spec, i) << i;
	struct runs *r = &x->of[set];
	if (r->n == 0)
		run_all(x, r, set, &o);
	for (int i = 0; i < r->n; i++)
		if (same(&r->runs[i], p))
			return true;
	return false;
}
