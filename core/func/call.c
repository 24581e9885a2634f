/* call.c - one scalar call, and helpers that many implementations use. */
#include "config.h"
#include "core/func/func.h"

#include "core/func/impl.h"

int
func_call(struct fcall *c, const union datum *args, const bool *nulls,
          union datum *ret, bool *ret_null, struct err *e)
{
	const struct func *f = c->func;
	bool null = false;

	if (f->impl == NULL)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
		               "function %s cannot be called here", f->name);
	if (f->strict)
		for (int i = 0; i < c->nargs; i++)
			if (nulls != NULL && nulls[i]) {
				*ret_null = true;
				return ERR_OK;
			}
	int rc = f->impl(c, args, nulls, ret, &null, e);
	if (rc != ERR_OK)
		return rc;
	*ret_null = null;
	return ERR_OK;
}

int
fail_too_long(struct err *e)
{
	return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
}
