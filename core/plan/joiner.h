/* joiner.h - what the files that order and make the joins of one group share.
 *
 * Internal to core/plan: join.c, greedy.c, ordered.c, hashjoin.c, mergejoin.c, fulljoin.c.
 *
 * Owner     the planner's arena.  Thread: one.  Failure: as planner.h. */
#ifndef CORE_PLAN_JOINER_H
#define CORE_PLAN_JOINER_H

#include "core/plan/planner.h"

/* Other ways to a subset's rows than the cheapest, in an order that may be of use. */
enum { SORTED_MAX = 4 };
struct sorted_paths { int n; struct path at[SORTED_MAX]; };

struct part { /* a joined subset */
	struct itemset set;
	struct path path;               /* the cheapest */
	bool ok;
	struct sorted_paths *sorted;    /* NULL: none */
};

struct joiner {
	struct level *lv;
	struct group *g;
	struct err *e;
	const struct want *want;        /* the order above; NULL or of no keys: any */
	bool keep_order;                /* only joins that keep the order of their left side */
	struct list implied;            /* struct implied */
	struct list equal;              /* struct equality: of the group's conditions, and of its items' ON */
};

/* A condition l = r, its sides as orders know them. */
struct equality {
	const struct expr *qual;
	struct expr *l, *r;
	struct itemset lrefs, rrefs, refs;
	int  class;                     /* that of all that it may make equal, from 1 */
	bool everywhere;                /* it holds in every set that has its items: no ON of an outer join */
};

/* Items are read with what a disjunction, or an equality of columns that are fixed, says of them: it keeps
 * that much more of what is left. */
struct implied {
	const struct expr *qual;
	double share;
};

static inline struct item *
item_at(const struct joiner *j, int i)
{
	return j->g->items.at[i];
}

static inline bool
may_start(const struct item *it)
{
	return it->type == JOIN_INNER && set_empty(it->needs);
}

static inline bool
needs_own_left(const struct item *it)
{
	return it->type != JOIN_INNER || it->kind == ITEM_LATERAL || it->kind == ITEM_FUNCTION;
}

/* -- join.c -- */
/* Join two parts in every way that fits and keep the best in *to.  right: the item that r is, or
 * NULL when r is a joined set. */
int  join_parts(struct joiner *j, const struct part *l, const struct part *r, struct item *right,
                struct part *to);
bool connected(struct joiner *j, struct itemset l, struct itemset r);
void new_quals(struct joiner *j, struct itemset l, struct itemset r, struct list *joining,
               struct list *late, const struct item *right);
double joined_rows(struct joiner *j, const struct path *l, const struct path *r, enum join_type type,
                   const struct list *quals);

/* Remember a path to the rows of `set`: the cheapest, or one in an order of use. */
void keep_path(struct joiner *j, struct part *to, const struct path *p, struct itemset set);

/* -- hashjoin.c: making a join's node -- */
/* Its columns go to *ret; room for so many keys. */
struct plan_join *join_new(struct planner *pl, enum plan_kind kind, const struct path *l, const struct path *r,
                           enum join_type type, int most_keys, struct path *ret);
/* One more key, if qual is an equality of a value of each side. */
bool join_key(struct planner *pl, const struct path *l, const struct path *r, struct expr *qual,
              struct plan_join *n);
int  join_rest(struct planner *pl, const struct path *l, const struct path *r, const struct list *rest,
               struct plan_join *n, struct err *e);

/* -- mergejoin.c -- */
void equalities_find(struct joiner *j);
/* Is a sort by these keys of no effect on p, a path to the rows of `set`? */
bool sorted_like(struct joiner *j, struct itemset set, const struct path *p, int n, const struct sort_key *keys);
/* To a join that is to come, or to what is above. */
bool order_is_useful(struct joiner *j, struct itemset set, int n, const struct sort_key *keys);
/* Merge joins of l and r that are worth it, to *best. */
int  merge_joins(struct joiner *j, const struct part *l, const struct part *r, struct item *right,
                 const struct list *quals, double rows, struct part *best);
/* Of the sides of a FULL JOIN, if that costs less than *best. */
int  merge_full(struct level *lv, const struct from *f, const struct path *l, const struct path *r,
                const struct list *quals, double rows, struct path *best, struct err *e);

/* -- greedy.c, ordered.c -- */
/* The best of the paths to all rows when they are wanted in an order: *best->path. */
void pick_ordered(struct joiner *j, struct part *best);
int  greedy_join(struct joiner *j, struct part *single, struct part *ret);
int  ordered_join(struct joiner *j, struct part *single, const struct want *want, struct part *best);
int  ordered_probe(struct joiner *j, struct part *single, const struct want *want, struct part *best);

#endif
