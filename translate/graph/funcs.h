/* funcs.h - the graph functions by file.  Inside translate/graph. */
#ifndef TRANSLATE_GRAPH_FUNCS_H
#define TRANSLATE_GRAPH_FUNCS_H

#include "translate/graph/cursor.h"

void graph_register_schema(void);
void graph_register_blocks(void);

#endif
