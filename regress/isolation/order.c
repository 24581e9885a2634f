/* order.c - all the ways to interleave whole sessions. */
#include "config.h"
#include "regress/isolation/spec.h"

struct mix {
	struct spec *s;
	const int *sessions;
	int n;
	int at[SESSIONS_MAX]; /* steps taken */
	struct order now;
	long count, total, most;
};

/* Counted first, so that a choice of `most` is spread over all of them. */
static long
count(const struct spec *s, const int *sessions, int n)
{
	double ways = 1;
	int steps = 0;

	for (int i = 0; i < n; i++)
		for (int k = 1; k <= s->sessions[sessions[i]].nsteps; k++)
			ways = ways * ++steps / k;
	return ways > 1e15 ? (long) 1e15 : (long) (ways + 0.5);
}

static void
take(struct mix *m)
{
	long i = m->count++;

	if (m->most == 0 || m->most >= m->total || i * m->most / m->total != (i + 1) * m->most / m->total)
		*spec_add_order(m->s) = m->now;
}

static void
extend(struct mix *m)
{
	bool full = true;

	for (int i = 0; i < m->n; i++) {
		if (m->at[i] == m->s->sessions[m->sessions[i]].nsteps || m->now.n == TURNS_MAX)
			continue;
		full = false;
		m->now.turns[m->now.n++] = (struct turn){ .session = (uint8_t) m->sessions[i],
							  .step = (uint8_t) m->at[i]++ };
		extend(m);
		m->now.n--;
		m->at[i]--;
	}
	if (full)
		take(m);
}

void
spec_mix(struct spec *s, const int *sessions, int n, long most)
{
	struct mix m = { .s = s, .sessions = sessions, .n = n, .most = most };

	m.total = count(s, sessions, n);
	extend(&m);
}
