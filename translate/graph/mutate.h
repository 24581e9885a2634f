/* mutate.h - what the files of graph_mutate share.  Inside translate/graph.
 *
 * A mutation is a sequence of ordinary bound INSERT, UPDATE, DELETE and SELECT statements, run one
 * after the other in the calling statement's transaction: each sees what the ones before wrote. */
#ifndef TRANSLATE_GRAPH_MUTATE_H
#define TRANSLATE_GRAPH_MUTATE_H

#include "translate/graph/request.h"
#include "translate/graph/run.h"

struct mutation {
	struct request r;
	struct exec_env *env;
	struct arena *arena;
};

/* A whole row of a table, by attnum - 1. */
struct row_values { union datum *v; bool *null; };

struct value_set {                      /* columns and what they become */
	int n;
	const struct column **cols;
	struct expr **exprs;            /* constants; for updates also expressions over the row */
};

/* write.c: statements. */
void value_set_init(struct mutation *m, struct value_set *s, const struct relation *rel);
int  value_set_put(struct mutation *m, const struct at_path *p, struct value_set *s, const struct column *c, struct expr *x);
struct expr *row_const(struct mutation *m, const struct relation *rel, const struct row_values *row, int16_t attnum);
int  write_insert(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct value_set *set,
                  struct row_values *ret);
/* on, update: fields of ON CONFLICT (on) DO UPDATE SET update; update.n 0: do nothing. */
int  write_upsert(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct value_set *set,
                  const struct list *on, const struct list *update, struct list *rows);
struct query *write_update_query(struct mutation *m, const struct relation *rel, struct glevel **ret_level);
struct query *write_delete_query(struct mutation *m, const struct relation *rel, struct glevel **ret_level);
struct glevel *write_select(struct mutation *m, const struct relation *rel);
/* Run a writing query whose RETURNING, or a SELECT whose targets, are all live columns. */
int  write_run(struct mutation *m, const struct at_path *p, struct query *q, const struct relation *rel, struct list *rows,
               uint64_t *ret_affected);
void write_return_row(struct mutation *m, struct query *q, struct range *range, const struct relation *rel);
struct expr *is_row(struct mutation *m, struct range *range, const struct relation *rel, int n, const int16_t *cols,
                    const struct relation *from, const struct row_values *row, const int16_t *from_cols);
/* Exactly one row by an object of conditions: 02000 when there is none, 21000 when several. */
int  find_one(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *w,
              struct row_values *ret);

/* nested.c: an object with its relations. */
int  insert_object(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *o,
                   struct value_set *given, struct row_values *ret);
/* Relations of `set`: those owned go into `set` (before the row is written), the others are done
 * for the row. */
int  set_owned(struct mutation *m, const struct at_path *p, const struct graph_relation *g, const struct json_node *n,
               struct value_set *set, const struct row_values *row);
int  set_related(struct mutation *m, const struct at_path *p, const struct graph_relation *g, const struct json_node *n,
                 const struct row_values *row);
struct expr *set_expr(struct mutation *m, const struct at_path *p, struct range *range, const struct column *c,
                      const struct json_node *n);
/* UPDATE of the rows a condition (added to the level's WHERE by the caller) selects. */
int  update_rows(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *where,
                 const struct json_node *set, struct expr *(*extra)(struct mutation *, struct glevel *, void *), void *arg,
                 int64_t expected_version, struct list *rows);

#endif
