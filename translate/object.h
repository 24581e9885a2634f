/* object.h - naming an object of any kind, for DROP, COMMENT, RENAME, GRANT. */
#ifndef TRANSLATE_OBJECT_H
#define TRANSLATE_OBJECT_H

#include "translate/utility.h"

/* any_relation: ALTER TABLE and GRANT take views and sequences by the word TABLE. */
int bind_object(struct binder *b, int type, Node *n, bool missing_ok, bool any_relation,
		struct object_ref *to) MUST_CHECK;

#endif
