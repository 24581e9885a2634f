/* rangetype.c - CREATE TYPE AS RANGE: the range, its multirange, and what makes values of both.
 *
 * The constructors are functions of the schema, as users see them; they go with the type. */
#include "config.h"
#include "core/ddl/acl.h"

#include <string.h>

/* floatrange's is floatmultirange, span's is span_multirange. */
static const char *
multirange_name(struct ddl *d, const char *name)
{
	const char *at = strstr(name, "range");
	const char *made = at != NULL ? arena_printf(d->a, "%.*smulti%s", (int) (at - name), name, at)
				      : arena_printf(d->a, "%.*s_multirange",
						     NAME_MAX_LEN - (int) strlen("_multirange"), name);

	return strlen(made) <= NAME_MAX_LEN ? made : arena_strndup(d->a, made, NAME_MAX_LEN);
}

static int
check_multirange(struct ddl *d, const struct cmd_create_range *cmd, oid_t schema, const char *name,
		 struct err *e)
{
	int rc = ddl_check_new_type(d, schema, name, e);

	if (rc == ERR_OK && schema == cmd->schema && strcmp(name, cmd->name) == 0)
		return err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
	if (rc == ERR_DUPLICATE_OBJECT && cmd->multi_name == NULL) {
		err_detail(e, "Failed while creating a multirange type for type \"%s\".", cmd->name);
		err_hint(e, "You can manually specify a multirange type name using the "
			    "\"multirange_type_name\" attribute.");
	}
	return rc;
}

/* name(args...) returns the type; variadic: element type of the last, an array. */
static int
put_constructor(struct ddl *d, const struct user_type *of, const char *source, int nargs,
		const oid_t *args, oid_t variadic, struct err *e)
{
	char *modes = arena_zalloc(d->a, (size_t) nargs + 1);
	const char **names = ARENA_ARRAY(d->a, const char *, nargs + 1);
	struct function f = { .o = { .class = OBJ_FUNCTION, .schema = of->o.schema, .name = of->o.name },
			      .kind = 'f',
			      .strict = strncmp(source, "multi", 5) == 0,
			      .volatility = 'i',
			      .parallel = 's',
			      .cost = 1,
			      .ret = of->o.oid,
			      .variadic = variadic,
			      .nargs = nargs,
			      .args = arena_dup(d->a, args, (size_t) (nargs + 1) * sizeof *args),
			      .nall = nargs,
			      .all_modes = modes,
			      .all_names = names,
			      .body = source,
			      .internal = source };

	f.all_types = f.args;
	for (int i = 0; i < nargs; i++) {
		modes[i] = variadic != 0 ? 'v' : 'i';
		names[i] = "";
	}
	if (ddl_find_function(d, f.o.schema, f.o.name, &f) != NULL)
		return err_set(e, ERR_DUPLICATE_FUNCTION,
			       "function \"%s\" already exists with same argument types", f.o.name);
	f.o.oid = draft_new_oid(d->draft);
	f.o.owner = d->env->user;
	f.o.acl = ddl_default_acl(d, &f.o);
	draft_put(d->draft, &f.o);
	return ERR_OK;
}

static int
put_constructors(struct ddl *d, const struct user_type *range, const struct user_type *multi,
		 struct err *e)
{
	const oid_t sub = range->type->sub->oid;
	const oid_t of_range[] = { sub, sub, OID_TEXT, 0 }, of_multi[] = { range->o.oid, 0 },
		    of_array[] = { range->array->oid, 0 };
	int rc = put_constructor(d, range, "range_constructor2", 2, of_range, 0, e);

	if (rc == ERR_OK)
		rc = put_constructor(d, range, "range_constructor3", 3, of_range, 0, e);
	if (rc == ERR_OK)
		rc = put_constructor(d, multi, "multirange_constructor0", 0, of_multi + 1, 0, e);
	if (rc == ERR_OK)
		rc = put_constructor(d, multi, "multirange_constructor1", 1, of_multi, 0, e);
	if (rc == ERR_OK)
		rc = put_constructor(d, multi, "multirange_constructor2", 1, of_array, range->o.oid, e);
	return rc;
}

int
ddl_create_range(struct ddl *d, const struct cmd_create_range *cmd, struct err *e)
{
	const char *multi_name = cmd->multi_name != NULL ? cmd->multi_name : multirange_name(d, cmd->name);
	const oid_t multi_schema = cmd->multi_name != NULL ? cmd->multi_schema : cmd->schema;
	struct type *range = ARENA_NEW(d->a, struct type), *multirange = ARENA_NEW(d->a, struct type);
	struct user_type *u = ARENA_NEW(d->a, struct user_type), *m = ARENA_NEW(d->a, struct user_type);
	int rc = ddl_check_new_type(d, cmd->schema, cmd->name, e);

	if (rc == ERR_OK)
		rc = check_multirange(d, cmd, multi_schema, multi_name, e);
	if (rc != ERR_OK)
		return rc;
	*range = (struct type){ .kind = TYPE_RANGE, .sub = cmd->sub, .base_typmod = -1 };
	*multirange = (struct type){ .kind = TYPE_MULTIRANGE, .sub = range, .base_typmod = -1 };
	u->opclass = cmd->opclass;
	u->collation = cmd->collation;
	u->subdiff = cmd->subdiff;
	ddl_put_type(d, cmd->schema, cmd->name, u, range);
	ddl_put_type(d, multi_schema, multi_name, m, multirange);
	m->partner = u->o.oid;
	u->partner = m->o.oid;
	draft_put(d->draft, &u->o);
	draft_put(d->draft, &m->o);
	return put_constructors(d, u, m, e);
}
