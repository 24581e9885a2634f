/* cursor.h - the text form of keyset cursors: base64url of a JSON object.
 *
 * Owner: the arena given.  Failure: decode returns false for bytes that are no cursor. */
#ifndef TRANSLATE_GRAPH_CURSOR_H
#define TRANSLATE_GRAPH_CURSOR_H

#include "core/func/func.h"

const struct func *graph_cursor_func(void);     /* graph_cursor(jsonb) returns text */
bool graph_cursor_decode(struct arena *a, const char *cursor, char **ret_text);

#endif
