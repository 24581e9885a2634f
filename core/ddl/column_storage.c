/* column_storage.c - STORAGE and COMPRESSION of columns.
 *
 * Both are recorded, copied and shown; how values lie in the files is the engine's choice.  What
 * cannot be is refused all the same, so that a dump that restores here restores elsewhere. */
#include "config.h"
#include "core/ddl/private.h"

#include <strings.h>

static char
usual_storage(const struct column *c)
{
	const struct type *t = c->type;

	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	return t->storage != 0 ? t->storage : 'p';
}

int
ddl_set_storage(struct column *c, char storage, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct strbuf name;

	if (storage != 'p' && usual_storage(c) == 'p') {
		strbuf_init(&name, &a);
		type_format(c->type, -1, &name);
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "column data type %s can only have storage PLAIN",
			       name.data);
	}
	c->storage = storage == usual_storage(c) ? 0 : storage;
	return ERR_OK;
}

int
ddl_set_compression(struct column *c, const char *method, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct strbuf name;

	c->compression = 0;
	if (method == NULL || strcmp(method, "default") == 0)
		return ERR_OK;
	if (usual_storage(c) == 'p') {
		strbuf_init(&name, &a);
		type_format(c->type, -1, &name);
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "column data type %s does not support compression",
			       name.data);
	}
	if (strcmp(method, "pglz") != 0 && strcmp(method, "lz4") != 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid compression method \"%s\"", method);
	c->compression = method[0];
	return ERR_OK;
}
