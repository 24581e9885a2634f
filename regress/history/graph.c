/* graph.c - see graph.h.  Not here: what the edges mean (depend.c, check.c). */
#include "config.h"
#include "regress/history/graph.h"

#include <stdlib.h>
#include <string.h>

#include "regress/history/history.h"

enum { SEARCHES = 400 }; /* breadth-first searches in one component */

static uint32_t *
array(uint32_t count)
{
	uint32_t none = 0;

	return grow(NULL, &none, count, sizeof(uint32_t));
}

void
edges_add(struct edges *e, struct edge edge)
{
	e->at = grow(e->at, &e->room, e->count + 1, sizeof *e->at);
	e->at[e->count++] = edge;
}

void
graph_make(struct graph *g, uint32_t nodes, const struct edges *e)
{
	uint32_t none = 0;

	*g = (struct graph){ .nodes = nodes, .count = e->count };
	g->edges = grow(NULL, &none, e->count + 1, sizeof *g->edges);
	g->first = array(nodes + 2);
	memset(g->first, 0, (nodes + 2) * sizeof *g->first);
	for (uint32_t i = 0; i < e->count; i++)
		g->first[e->at[i].from + 2]++;
	for (uint32_t i = 2; i < nodes + 2; i++)
		g->first[i] += g->first[i - 1];
	for (uint32_t i = 0; i < e->count; i++)
		g->edges[g->first[e->at[i].from + 1]++] = e->at[i];
}

void
graph_done(struct graph *g)
{
	free(g->edges);
	free(g->first);
	free(g->component);
	*g = (struct graph){ 0 };
}

/* Tarjan's algorithm; `path` is its call stack, `next` the edge that each node goes on with. */
struct search {
	uint32_t *index, *low, *next, *path, *stack;
	uint32_t seen, path_len, stack_len;
};

static void
enter(const struct graph *g, struct search *s, uint32_t node)
{
	s->index[node] = s->low[node] = ++s->seen;
	s->next[node] = g->first[node];
	s->path[s->path_len++] = node;
	s->stack[s->stack_len++] = node;
}

static void
leave(struct graph *g, struct search *s)
{
	uint32_t node = s->path[--s->path_len], member;

	if (s->path_len > 0) {
		uint32_t caller = s->path[s->path_len - 1];
		if (s->low[node] < s->low[caller])
			s->low[caller] = s->low[node];
	}
	if (s->low[node] != s->index[node])
		return;
	do {
		member = s->stack[--s->stack_len];
		g->component[member] = g->components;
	} while (member != node);
	g->components++;
}

void
graph_components(struct graph *g)
{
	struct search s = { array(g->nodes),
			    array(g->nodes),
			    array(g->nodes),
			    array(g->nodes),
			    array(g->nodes),
			    0,
			    0,
			    0 };

	g->component = array(g->nodes);
	memset(g->component, 0xff, g->nodes * sizeof *g->component);
	memset(s.index, 0, g->nodes * sizeof *s.index);
	for (uint32_t root = 0; root < g->nodes; root++) {
		if (s.index[root] == 0)
			enter(g, &s, root);
		while (s.path_len > 0) {
			uint32_t node = s.path[s.path_len - 1];
			if (s.next[node] == g->first[node + 1]) {
				leave(g, &s);
				continue;
			}
			uint32_t to = g->edges[s.next[node]++].to;
			if (s.index[to] == 0)
				enter(g, &s, to);
			else if (g->component[to] == UINT32_MAX && s.index[to] < s.low[node])
				s.low[node] = s.index[to];
		}
	}
	free(s.index);
	free(s.low);
	free(s.next);
	free(s.path);
	free(s.stack);
}

/* The shortest way from `start` back to itself, shorter than `max`. */
static uint32_t
shortest(const struct graph *g, uint32_t start, uint32_t *via, uint32_t *queue, struct edge *ret,
	 uint32_t max)
{
	uint32_t head = 0, tail = 0, len = 0, closing = UINT32_MAX;

	queue[tail++] = start;
	while (head < tail && closing == UINT32_MAX) {
		uint32_t node = queue[head++];
		for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
			uint32_t to = g->edges[i].to;
			if (to == start) {
				closing = i;
				break;
			}
			if (g->component[to] == g->component[start] && via[to] == UINT32_MAX) {
				via[to] = i;
				queue[tail++] = to;
			}
		}
	}
	for (uint32_t i = closing; i != UINT32_MAX && len <= max; i = via[g->edges[i].from])
		len++;
	if (closing == UINT32_MAX || len > max)
		len = 0;
	for (uint32_t i = closing, at = len; at > 0; i = via[g->edges[i].from])
		ret[--at] = g->edges[i];
	for (uint32_t i = 0; i < tail; i++)
		via[queue[i]] = UINT32_MAX;
	return len;
}

uint32_t
graph_cycle(const struct graph *g, const uint32_t *members, uint32_t count, struct edge *ret_cycle,
	    uint32_t max)
{
	uint32_t *via = array(g->nodes), *queue = array(g->nodes), best = 0;

	memset(via, 0xff, g->nodes * sizeof *via);
	for (uint32_t i = 0; i < count && i < SEARCHES && best != 2; i++) {
		uint32_t len =
			shortest(g, members[i], via, queue, ret_cycle, best == 0 ? max : best - 1);
		if (len > 0)
			best = len;
	}
	free(via);
	free(queue);
	return best;
}
