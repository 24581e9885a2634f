/* walk.h - visiting and rewriting bound trees.
 *
 * Owner: the arena given.  Failure: a visitor stops the walk by returning non-zero. */
#ifndef CORE_QUERY_WALK_H
#define CORE_QUERY_WALK_H

#include "core/query/query.h"

/* Call fn for x and, when it returns 0, for all below, into sublinks' test expressions; into the
 * sublinks' queries only with enter_queries. */
typedef int expr_visit(struct expr *x, void *arg);
int expr_walk(struct expr *x, expr_visit *fn, void *arg, bool enter_queries);
int query_walk(struct query *q, expr_visit *fn, void *arg);     /* every expression, sub-queries too */

/* Bottom-up rewriting: fn gets a node whose children are already mapped and returns it or another.
 * Nodes are copied only when something below changed. */
typedef struct expr *expr_change(struct expr *x, void *arg);
struct expr *expr_map(struct arena *a, struct expr *x, expr_change *fn, void *arg, bool enter_queries);
/* The expressions of q itself, not of queries below it. */
void query_map_level(struct arena *a, struct query *q, expr_change *fn, void *arg);
void query_map(struct arena *a, struct query *q, expr_change *fn, void *arg);   /* in place */

/* The queries inside x (of r) are below q from now on. */
void expr_adopt_sublinks(struct expr *x, struct query *q);
void query_move_range(struct arena *a, struct range *r, struct query *to);

bool expr_equal(const struct expr *a, const struct expr *b);
bool expr_has_volatile(struct expr *x);
bool expr_uses_range(struct expr *x, const struct range *r);

#endif
