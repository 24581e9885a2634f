/* user.h - functions that users write in SQL, as calls see them.
 *
 * Owner     user_func() makes one on the arena given; `def` must live as long (it is in the
 *           statement's catalog).
 * Thread    as func.h.  Failure: the body's; 0A000 where no session runs SQL.
 * Cost      a call binds, plans and runs the body; the binder avoids it where it can
 *           (translate/inline.c). */
#ifndef CORE_FUNC_USER_H
#define CORE_FUNC_USER_H

#include "core/catalog/catalog.h"
#include "core/func/func.h"

struct user_func {
	struct func f;
	const struct function *def;
};

const struct func *user_func(struct arena *a, const struct function *def);
/* NULL: a built-in one. */
const struct function *func_definition(const struct func *f);
/* OUT, INOUT and TABLE parameters. */
bool function_mode_is_out(char mode);

#endif
