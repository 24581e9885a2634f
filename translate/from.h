/* from.h - what from.c, join.c, function.c and view.c share. */
#ifndef TRANSLATE_FROM_H
#define TRANSLATE_FROM_H

#include "translate/bind.h"

struct from *bind_from_item(struct binder *b, struct scope *s, Node *n, struct list *ret_items);
void items_lateral(struct list *items, bool lateral_only, bool lateral_ok);
int items_conflict(struct binder *b, const struct list *l, const struct list *r) MUST_CHECK;
struct from *bind_join(struct binder *b, struct scope *s, const PgQuery__JoinExpr *j,
		       struct list *ret_items);
struct range *from_function(struct binder *b, struct scope *s, const PgQuery__RangeFunction *f);
struct range *range_of_view(struct binder *b, struct scope *s, const struct relation *rel,
			    const char *alias, int position);

#endif
