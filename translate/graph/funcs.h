/* funcs.h - the graph functions by file.  Inside translate/graph. */
#ifndef TRANSLATE_GRAPH_FUNCS_H
#define TRANSLATE_GRAPH_FUNCS_H

#include "translate/graph/cursor.h"

enum { GRAPH_QUERY_OID = 9880, GRAPH_QUERY_TEXT_OID = 9886 };

struct binder;
struct range;

void graph_register_schema(void);
void graph_register_blocks(void);
void graph_register_mutate(void);

/* A constant request in FROM: the range becomes its sub-query.  Other ranges stay. */
int  graph_inline(struct binder *b, struct range *r) MUST_CHECK;

#endif
