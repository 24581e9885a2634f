/* words.c - why each transaction of a cycle comes before the next, and what each of them did. */
#include "config.h"
#include "regress/history/words.h"

#include <stdio.h>
#include <stdlib.h>

static void
say_edge(const struct order *o, const struct edge *e, FILE *to)
{
	uint32_t txns = o->h->txn_count, a = e->from % txns, b = e->to % txns;
	int value = e->version != NO_VERSION ? o->versions[e->version].value : 0;
	char key[16];

	key_name(e->key, key);
	switch (e->kind) {
	case EDGE_WW:
		fprintf(to, "T%u wrote %s before T%u wrote %d over it", a, key, b, value);
		break;
	case EDGE_WR:
		fprintf(to, "T%u wrote %d to %s, which T%u read", a, value, key, b);
		break;
	case EDGE_RW:
		fprintf(to, "T%u read %s without %d, which T%u wrote next", a, key, value, b);
		break;
	case EDGE_TIME:
		fprintf(to, "T%u was acknowledged before T%u began", a, b);
		break;
	}
}

char *
words_cycle(const struct order *o, const struct edge *cycle, uint32_t len)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		exit(99);
	if (len == 0)
		fputs("a cycle too long to be told", to);
	for (uint32_t i = 0; i < len; i++) {
		say_edge(o, &cycle[i], to);
		fputs(i + 1 < len ? ", and\n" : ": a cycle\n", to);
	}
	for (uint32_t i = 0; i < len; i++) {
		fprintf(to, "T%u: ", cycle[i].from % o->h->txn_count);
		txn_print(o->h, cycle[i].from % o->h->txn_count, to);
	}
	(void) fclose(to);
	while (size > 0 && text[size - 1] == '\n')
		text[--size] = '\0';
	return text;
}
