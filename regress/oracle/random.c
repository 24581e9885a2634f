/* random.c - numbers that depend on the seed alone, and growing texts. */
#include "config.h"
#include "regress/oracle/oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t
rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

int
rng_below(struct rng *r, int n)
{
	return (int) (rng_next(r) % (uint64_t) n);
}

bool
rng_chance(struct rng *r, int percent)
{
	return rng_below(r, 100) < percent;
}

void
text_add(struct text *t, const char *fmt, ...)
{
	for (;;) {
		va_list ap;

		va_start(ap, fmt);
		int n = vsnprintf(t->at == NULL ? NULL : t->at + t->len, t->cap - t->len, fmt, ap);
		va_end(ap);
		if (t->len + (size_t) n < t->cap) {
			t->len += (size_t) n;
			return;
		}
		t->cap = (t->len + (size_t) n + 64) * 2;
		t->at = realloc(t->at, t->cap);
		if (t->at == NULL)
			abort();
	}
}

void
text_clear(struct text *t)
{
	t->len = 0;
	text_add(t, "%s", "");
}

void
text_done(struct text *t)
{
	free(t->at);
	*t = (struct text) { 0 };
}
