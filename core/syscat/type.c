/* type.c - pg_type, pg_enum, pg_range. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/query/expr.h"
#include "core/syscat/oids.h"

static const char *
io_name(struct rows *w, const struct type *t, const char *suffix, const char *array)
{
	if (type_is_array(t) && t->oid != OID_INT2VECTOR && t->oid != OID_OIDVECTOR)
		return array;
	if (t->kind == TYPE_ENUM)
		return arena_printf(w->arena, "enum_%s", suffix);
	if (t->kind == TYPE_COMPOSITE)
		return arena_printf(w->arena, "record_%s", suffix);
	if (t->kind == TYPE_DOMAIN)
		return arena_printf(w->arena, "domain_%s", suffix);
	if (t->kind == TYPE_RANGE)
		return arena_printf(w->arena, "range_%s", suffix);
	if (t->kind == TYPE_MULTIRANGE)
		return arena_printf(w->arena, "multirange_%s", suffix);
	/* PostgreSQL's older types join the words: int4in, textout. */
	static const oid_t underscored[] = { OID_DATE, OID_TIME, OID_TIMETZ, OID_TIMESTAMP, OID_TIMESTAMPTZ, OID_INTERVAL,
		                             OID_NUMERIC, OID_UUID, OID_JSON, OID_JSONB, OID_RECORD, OID_CSTRING, OID_VOID };
	for (size_t i = 0; i < ARRAY_LEN(underscored); i++)
		if (t->oid == underscored[i])
			return arena_printf(w->arena, "%s_%s", t->name, suffix);
	return arena_printf(w->arena, "%s%s", t->name, suffix);
}

static oid_t
function_oid(const char *name)
{
	const struct func *const *all;

	return func_candidates(name, &all) > 0 ? all[0]->oid : 0;
}

static void
put_io(struct rows *w, int col, const struct type *t, const char *suffix, const char *array)
{
	row_int(w, col, function_oid(io_name(w, t, suffix, array)));
}

static int
type_row(struct rows *w, const struct type *t, const struct object *o, const struct user_type *u)
{
	row_start(w);
	row_int(w, pg_type_oid, t->oid);
	row_text(w, pg_type_typname, t->name);
	row_int(w, pg_type_typnamespace, t->schema != 0 ? t->schema : OID_PG_CATALOG);
	row_int(w, pg_type_typowner, o != NULL && o->owner != 0 ? o->owner : OID_BOOTSTRAP_ROLE);
	row_int(w, pg_type_typlen, t->len);
	row_int(w, pg_type_typbyval, t->byval && t->len > 0 && t->len <= 8);
	row_int(w, pg_type_typtype, t->kind);
	row_int(w, pg_type_typcategory, t->category);
	row_int(w, pg_type_typispreferred, t->preferred);
	row_int(w, pg_type_typisdefined, true);
	row_int(w, pg_type_typdelim, ',');
	row_int(w, pg_type_typrelid, t->relation);
	row_int(w, pg_type_typsubscript, 0);
	row_int(w, pg_type_typelem, t->elem != NULL ? t->elem->oid : t->oid == OID_NAME ? OID_CHAR : 0);
	row_int(w, pg_type_typarray, t->array);
	put_io(w, pg_type_typinput, t, "in", "array_in");
	put_io(w, pg_type_typoutput, t, "out", "array_out");
	put_io(w, pg_type_typreceive, t, "recv", "array_recv");
	put_io(w, pg_type_typsend, t, "send", "array_send");
	row_int(w, pg_type_typmodin, 0);
	row_int(w, pg_type_typmodout, 0);
	row_int(w, pg_type_typanalyze, 0);
	row_int(w, pg_type_typalign, t->align != 0 ? t->align : 'i');
	row_int(w, pg_type_typstorage, t->storage != 0 ? t->storage : 'p');
	row_int(w, pg_type_typnotnull, u != NULL && u->not_null);
	row_int(w, pg_type_typbasetype, t->base != NULL ? t->base->oid : 0);
	row_int(w, pg_type_typtypmod, t->kind == TYPE_DOMAIN ? t->base_typmod : -1);
	row_int(w, pg_type_typndims, 0);
	row_int(w, pg_type_typcollation, type_default_collation(t));
	row_text(w, pg_type_typdefaultbin, u != NULL ? u->default_sql : NULL);
	row_text(w, pg_type_typdefault, u != NULL ? u->default_sql : NULL);
	row_access(w, pg_type_typacl, u != NULL ? u->o.acl : NULL);
	return row_push(w);
}

static int
row_types(struct rows *w, const struct relation *r)
{
	const struct type *t = r->row_type != 0 ? catalog_type(w->env->catalog, r->row_type) : NULL;
	const struct type *a = r->row_type_array != 0 ? catalog_type(w->env->catalog, r->row_type_array) : NULL;

	if (t != NULL && type_row(w, t, &r->o, NULL) != ERR_OK)
		return w->rc;
	return a != NULL ? type_row(w, a, &r->o, NULL) : ERR_OK;
}

int
rows_pg_type(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_type);
	const struct catalog *c = env->catalog;

	(void) s;
	for (int i = 0; i < type_builtin_count() && w.rc == ERR_OK; i++)
		(void) type_row(&w, type_builtin_at(i), NULL, NULL);
	for (int i = 0; i < catalog_count(c, OBJ_TYPE) && w.rc == ERR_OK; i++) {
		const struct user_type *u = (const struct user_type *) catalog_at(c, OBJ_TYPE, i);
		(void) type_row(&w, u->type, &u->o, u);
		if (u->array != NULL && w.rc == ERR_OK)
			(void) type_row(&w, u->array, &u->o, NULL);
	}
	for (int i = 0; i < catalog_count(c, OBJ_RELATION) && w.rc == ERR_OK; i++)
		(void) row_types(&w, (const struct relation *) catalog_at(c, OBJ_RELATION, i));
	return w.rc;
}

int
rows_pg_enum(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_enum);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_TYPE); i++) {
		const struct user_type *u = (const struct user_type *) catalog_at(env->catalog, OBJ_TYPE, i);
		for (int k = 0; u->type->kind == TYPE_ENUM && k < u->type->nlabels; k++) {
			row_start(&w);
			row_int(&w, pg_enum_oid, u->type->labels[k].oid);
			row_int(&w, pg_enum_enumtypid, u->o.oid);
			row_float(&w, pg_enum_enumsortorder, u->type->labels[k].order);
			row_text(&w, pg_enum_enumlabel, u->type->labels[k].name);
			if (row_push(&w) != ERR_OK)
				return w.rc;
		}
	}
	return ERR_OK;
}

static oid_t
multirange_of(const struct type *range)
{
	for (int i = 0; i < type_builtin_count(); i++)
		if (type_builtin_at(i)->kind == TYPE_MULTIRANGE && type_builtin_at(i)->sub == range)
			return type_builtin_at(i)->oid;
	return 0;
}

int
rows_pg_range(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_range);

	(void) s;
	for (int i = 0; i < type_builtin_count(); i++) {
		const struct type *t = type_builtin_at(i);
		if (t->kind != TYPE_RANGE || t->sub == NULL)
			continue;
		row_start(&w);
		row_int(&w, pg_range_rngtypid, t->oid);
		row_int(&w, pg_range_rngsubtype, t->sub->oid);
		row_int(&w, pg_range_rngmultitypid, multirange_of(t));
		row_int(&w, pg_range_rngcollation, 0);
		row_int(&w, pg_range_rngsubopc, opclass_of(t->sub, "btree"));
		row_int(&w, pg_range_rngcanonical, 0);
		row_int(&w, pg_range_rngsubdiff, 0);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	for (int i = 0; i < catalog_count(env->catalog, OBJ_TYPE); i++) {
		const struct user_type *u = (const struct user_type *) catalog_at(env->catalog, OBJ_TYPE, i);
		if (u->type->kind != TYPE_RANGE)
			continue;
		row_start(&w);
		row_int(&w, pg_range_rngtypid, u->o.oid);
		row_int(&w, pg_range_rngsubtype, u->type->sub->oid);
		row_int(&w, pg_range_rngmultitypid, u->partner);
		row_int(&w, pg_range_rngcollation, u->collation);
		row_int(&w, pg_range_rngsubopc, u->opclass);
		row_int(&w, pg_range_rngcanonical, 0);
		row_int(&w, pg_range_rngsubdiff, u->subdiff);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}
