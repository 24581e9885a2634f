/* found.c - the list of anomalies, and those that were found. */
#include "config.h"
#include "regress/history/found.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The weakest level that forbids it. */
static const struct {
	const char *name;
	enum level from;
} anomalies[ANOMALIES] = {
	[A_DIRTY_WRITE] = { "G0 (dirty write)", READ_COMMITTED },
	[A_ABORTED_READ] = { "G1a (aborted read)", READ_COMMITTED },
	[A_INTERMEDIATE_READ] = { "G1b (intermediate read)", READ_COMMITTED },
	[A_CIRCULAR] = { "G1c (circular information flow)", READ_COMMITTED },
	[A_SINGLE] = { "G-single (read skew)", REPEATABLE_READ },
	[A_ITEM] = { "G2-item (write skew)", SERIALIZABLE },
	[A_LOST_UPDATE] = { "lost update", REPEATABLE_READ },
	[A_LOST_WRITE] = { "lost write", READ_COMMITTED },
	[A_STALE_READ] = { "stale read", READ_COMMITTED },
	[A_INTERNAL] = { "own write not seen, or not repeatable", READ_COMMITTED },
	[A_GARBAGE] = { "value from nowhere", READ_COMMITTED },
	[A_TWO_ORDERS] = { "two orders of writes", READ_COMMITTED },
};

const char *
anomaly_name(enum anomaly a)
{
	return anomalies[a].name;
}

bool
anomaly_forbidden(enum anomaly a, enum level level)
{
	return level >= anomalies[a].from;
}

const char *
level_name(enum level level)
{
	static const char *const names[LEVELS] = { "READ COMMITTED", "REPEATABLE READ",
						   "SERIALIZABLE" };

	return names[level];
}

bool
found_wants(const struct found *f, enum anomaly a)
{
	return f->count[a] < FOUND_SHOWN;
}

void
found_add(struct found *f, enum anomaly a, const char *fmt, ...)
{
	va_list ap;
	char *words = NULL;

	if (found_wants(f, a)) {
		va_start(ap, fmt);
		if (vasprintf(&words, fmt, ap) < 0)
			words = NULL;
		va_end(ap);
		f->words[a][f->count[a]] = words;
	}
	f->count[a]++;
}

long
found_forbidden(const struct found *f, enum level level)
{
	long sum = 0;

	for (int a = 0; a < ANOMALIES; a++)
		sum += anomaly_forbidden((enum anomaly) a, level) ? f->count[a] : 0;
	return sum;
}

void
found_done(struct found *f)
{
	for (int a = 0; a < ANOMALIES; a++)
		for (int i = 0; i < FOUND_SHOWN; i++)
			free(f->words[a][i]);
	*f = (struct found){ 0 };
}
