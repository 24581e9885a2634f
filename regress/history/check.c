/* check.c - cycles: four graphs, from the weakest level's to the strongest's.
 *
 *  ww                           a cycle is a dirty write (G0)
 *  ww, wr, time                 circular information flow (G1c)
 *  all, no two rw in a row      what a snapshot does not show (G-single and its kin)
 *  all                          write skew (G2-item)
 *
 * The third graph has two nodes for each transaction: its second is entered by rw edges, and has
 * none going out.  A component that contains a transaction of a cycle already found is left out.
 *
 * Not here: the edges (depend.c), their words (words.c). */
#include "config.h"
#include "regress/history/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "regress/history/depend.h"
#include "regress/history/words.h"

enum { CYCLE_MAX = 64 };

static const struct pass {
	unsigned kinds; /* edges that take part */
	bool split;
	enum anomaly anomaly;
} passes[] = {
	{ EDGE_WW, false, A_DIRTY_WRITE },
	{ EDGE_WW | EDGE_WR | EDGE_TIME, false, A_CIRCULAR },
	{ EDGE_WW | EDGE_WR | EDGE_TIME | EDGE_RW, true, A_SINGLE },
	{ EDGE_WW | EDGE_WR | EDGE_TIME | EDGE_RW, false, A_ITEM },
};
enum { PASSES = sizeof passes / sizeof passes[0] };

static void
choose_edges(const struct pass *pass, uint32_t txns, const struct edges *all, struct edges *ret)
{
	ret->count = 0;
	for (uint32_t i = 0; i < all->count; i++) {
		struct edge e = all->at[i];
		if ((e.kind & pass->kinds) == 0)
			continue;
		if (pass->split && e.kind == EDGE_RW)
			e.to += txns;
		edges_add(ret, e);
		if (!pass->split || e.kind == EDGE_RW)
			continue;
		e.from += txns;
		edges_add(ret, e);
	}
}

/* One component with more than one node. */
static void
look_at(const struct order *o, const struct graph *g, const uint32_t *members, uint32_t count,
	bool *guilty, enum anomaly anomaly, enum level level, struct found *f)
{
	struct edge cycle[CYCLE_MAX];
	uint32_t txns = o->h->txn_count, len;
	char *words;

	for (uint32_t i = 0; i < count; i++)
		if (guilty[members[i] % txns])
			return;
	if (!anomaly_forbidden(anomaly, level) || !found_wants(f, anomaly)) {
		f->count[anomaly]++;
		len = 0;
	} else {
		len = graph_cycle(g, members, count, cycle, CYCLE_MAX);
		words = words_cycle(o, cycle, len);
		found_add(f, anomaly, "%s", words);
		free(words);
	}
	for (uint32_t i = 0; i < (len > 0 ? len : count); i++)
		guilty[(len > 0 ? cycle[i].from : members[i]) % txns] = true;
}

static void
run_pass(const struct order *o, const struct pass *pass, const struct edges *edges, bool *guilty,
	 enum level level, struct found *f)
{
	uint32_t nodes = o->h->txn_count * (pass->split ? 2 : 1), none = 0;
	struct graph g;

	graph_make(&g, nodes, edges);
	graph_components(&g);
	/* Members by component: a counting sort. */
	uint32_t *start = grow(NULL, &none, g.components + 2, sizeof *start);
	uint32_t *members = grow(NULL, (none = 0, &none), nodes + 1, sizeof *members);
	for (uint32_t i = 0; i < g.components + 2; i++)
		start[i] = 0;
	for (uint32_t i = 0; i < nodes; i++)
		start[g.component[i] + 2]++;
	for (uint32_t i = 2; i < g.components + 2; i++)
		start[i] += start[i - 1];
	for (uint32_t i = 0; i < nodes; i++)
		members[start[g.component[i] + 1]++] = i;
	for (uint32_t c = 0; c < g.components; c++)
		if (start[c + 1] - start[c] > 1)
			look_at(o, &g, members + start[c], start[c + 1] - start[c], guilty,
				pass->anomaly, level, f);
	free(start);
	free(members);
	graph_done(&g);
}

void
check_history(const struct history *h, enum level level, struct found *f)
{
	struct order o;
	struct edges all = { 0 }, chosen = { 0 };

	order_make(&o, h, f);
	depend_within(&o, level, f);
	depend_data(&o, &all, f);
	depend_time(&o, &all);
	bool *guilty = calloc(h->txn_count + 1, sizeof *guilty);
	for (int i = 0; i < PASSES && guilty != NULL; i++) {
		choose_edges(&passes[i], h->txn_count, &all, &chosen);
		run_pass(&o, &passes[i], &chosen, guilty, level, f);
	}
	free(guilty);
	free(all.at);
	free(chosen.at);
	order_done(&o);
}

void
check_report(const struct found *f, enum level level)
{
	for (int a = 0; a < ANOMALIES; a++) {
		bool forbidden = anomaly_forbidden((enum anomaly) a, level);
		if (f->count[a] == 0)
			continue;
		printf("# %s: %ld%s\n", anomaly_name((enum anomaly) a), f->count[a],
		       forbidden ? "" : " (allowed)");
		for (int i = 0; forbidden && i < FOUND_SHOWN && f->words[a][i] != NULL; i++) {
			fputs("#   ", stdout);
			for (const char *p = f->words[a][i]; *p != '\0'; p++) {
				putchar(*p);
				if (*p == '\n')
					fputs("#   ", stdout);
			}
			putchar('\n');
		}
	}
}
