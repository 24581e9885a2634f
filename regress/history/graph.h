/* graph.h - directed graphs: strongly connected components and short cycles.
 *
 * Owner     graph_make() sorts the edges into it; graph_done() frees it.
 * Thread    one.
 * Failure   none: without memory the program ends.
 * Cost      components are linear (Tarjan's algorithm, without recursion); a shortest cycle costs
 *           one breadth-first search for each node of its component, up to a limit. */
#ifndef REGRESS_HISTORY_GRAPH_H
#define REGRESS_HISTORY_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

/* Why one transaction comes before another. */
enum edge_kind {
	EDGE_WW = 1,   /* `to` replaced the version of `from` */
	EDGE_WR = 2,   /* `to` read the version of `from` */
	EDGE_RW = 4,   /* `to` replaced the version that `from` read */
	EDGE_TIME = 8, /* `from` had been acknowledged before `to` began */
};

struct edge {
	uint32_t from, to;
	enum edge_kind kind;
	int key;
	uint32_t version; /* the version that `to` wrote (ww, rw) or read (wr) */
};

struct edges {
	struct edge *at;
	uint32_t count, room;
};

struct graph {
	uint32_t nodes, count;
	struct edge *edges;  /* sorted by `from` */
	uint32_t *first;     /* of each node, and one more */
	uint32_t *component; /* of each node, after graph_components() */
	uint32_t components;
};

void edges_add(struct edges *e, struct edge edge);
void graph_make(struct graph *g, uint32_t nodes, const struct edges *e);
void graph_done(struct graph *g);

void graph_components(struct graph *g);
/* The shortest cycle among those through the members of a component; ret_cycle has room for `max`
 * edges.  Returns its length, 0 when all are longer. */
uint32_t graph_cycle(const struct graph *g, const uint32_t *members, uint32_t count,
		     struct edge *ret_cycle, uint32_t max);

#endif
