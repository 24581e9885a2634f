/* request.h - what the files of translate/graph share while a request is bound. */
#ifndef TRANSLATE_GRAPH_REQUEST_H
#define TRANSLATE_GRAPH_REQUEST_H

#include "core/graph/relation.h"
#include "translate/bind.h"
#include "translate/graph/graph.h"

struct request {
	struct binder *b;
	struct arena *arena;
	const struct json_node *params; /* object or NULL */
	const struct graph_options *options;
	struct fetch_limits *limits;
	struct map relations;           /* relation oid (of struct relation *) -> struct list of graph_relation */
	struct map wanted;              /* keys mode: relation oid -> struct list of fields asked for anywhere */
	bool  gathering;                /* keys mode, first pass */
	/* A plan for all values of params: {"param": x} becomes a parameter of it. */
	bool  keep_params;
	bool  once;                     /* something in the plan holds for these values only */
	struct list plan_params;        /* struct graph_param */
};

/* Where in the request something stands, for messages: "include.books.where". */
struct at_path { const struct at_path *up; const char *key; int index; };

/* One entity being read: the root or an include. */
struct glevel {
	struct request *q;
	struct query *query;
	struct range *range;
	const struct relation *rel;
	struct range *via;              /* join table's row, inside an include through one */
	const char *include;            /* dotted include path, "" at the root */
	struct glevel *up;
	struct list joined;             /* struct to_one: left joins made for paths */
	int depth;
};
struct to_one { const struct graph_relation *rel; struct range *range; };

/* request.c */
int  request_init(struct request *r, struct binder *b, const char *params, size_t len);
const char *path_text(struct request *r, const struct at_path *p);
/* 22023 with the JSON path; returns the code / NULL. */
int   request_error(struct request *r, const struct at_path *p, enum err_code code, const char *fmt, ...) PRINTF_LIKE(4, 5);
int   check_keys(struct request *r, const struct at_path *p, const struct json_node *o, const char *const *known);
int   unknown_key(struct request *r, const struct at_path *p, const char *key, const char *const *known);
const struct relation *find_entity(struct request *r, const struct at_path *p, const char *name);
const struct list *relations_of(struct request *r, const struct relation *rel);
const struct graph_relation *find_relation_named(struct request *r, const struct relation *rel, const char *name);
const struct column *find_field(struct request *r, const struct relation *rel, const char *name);
int   missing_field(struct request *r, const struct at_path *p, const struct relation *rel, const char *name);
/* {"param": "x"} -> its node; another node is returned as it is; NULL with error. */
bool is_param(const struct json_node *n);
const struct json_node *value_node(struct request *r, const struct at_path *p, const struct json_node *n);
int   get_string(struct request *r, const struct at_path *p, const struct json_node *n, const char **ret);
int   get_bool(struct request *r, const struct at_path *p, const struct json_node *n, bool *ret);
int   get_int(struct request *r, const struct at_path *p, const struct json_node *n, int64_t *ret);

/* value.c */
struct expr *json_value(struct request *r, const struct at_path *p, const struct json_node *n, const struct type *t, int32_t typmod);
struct expr *text_const(struct request *r, const char *s, size_t len);
struct expr *jsonb_const(struct request *r, const struct json_node *n);

/* query.c */
struct glevel *level_new(struct request *r, const struct relation *rel, struct glevel *up, const char *include);
struct expr *level_column(struct glevel *l, const struct column *c);
/* A field, "rel.field" through to-one relations, "via.column". */
struct expr *level_path(struct glevel *l, const struct at_path *p, const char *name);
int   bind_level(struct glevel *l, const struct at_path *p, const struct json_node *o, bool root, struct expr **ret_object);
/* The sub-query of a relation, linked to its parent; the level inside. */
struct glevel *link_relation(struct glevel *parent, const struct graph_relation *rel, const char *include);
struct expr *sublink_expr(struct request *r, struct query *q, enum sublink_kind kind, const struct type *t);
struct expr *equal(struct request *r, struct expr *l, struct expr *right);

/* where.c */
struct expr *bind_filter(struct glevel *l, const struct at_path *p, const struct json_node *w);
/* A scalar, null, or an object of tests, about x. */
struct expr *bind_value_tests(struct glevel *l, const struct at_path *p, struct expr *x, const struct json_node *n);

struct expr *count_related(struct glevel *l, const struct graph_relation *rel);

/* order.c */
int   bind_ordering(struct glevel *l, const struct at_path *p, const struct json_node *o, bool unique, bool reverse);
struct expr *cursor_expr(struct glevel *l);
int   bind_cursor(struct glevel *l, const struct at_path *p, const char *cursor, bool before);

/* aggregate.c */
int   bind_aggregate(struct glevel *l, const struct at_path *p, const struct json_node *o, struct expr **ret_object);

/* seed.c: the seed's own form turned into the graph language. */
bool  is_seed_query(const struct json_node *o);
int   seed_query(struct request *r, const struct json_node *o, struct json_node **ret);
bool  is_seed_mutation(const struct json_node *o);
int   seed_mutation(struct request *r, const struct json_node *o, struct json_node **ret);

#endif
