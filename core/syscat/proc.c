/* proc.c - pg_proc, pg_aggregate, pg_operator, pg_cast, pg_opclass, pg_opfamily, pg_am,
 * pg_collation, pg_language: what is built in, from the tables that the server itself uses. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/func/opclass.h"
#include "core/syscat/oids.h"
#include "core/type/array.h"
#include "core/type/collation.h"


static void
put_out_arguments(struct rows *w, const struct func *f)
{
	oid_t all[FUNC_ARGS_MAX];
	const char *names[FUNC_ARGS_MAX];
	union datum modes[FUNC_ARGS_MAX];
	int n = 0;

	for (int i = 0; i < f->nargs; i++, n++) {
		all[n] = f->args[i];
		names[n] = f->arg_names != NULL && f->arg_names[i] != NULL ? f->arg_names[i] : "";
		modes[n] = datum_int(f->variadic != 0 && i == f->nargs - 1 ? 'v' : 'i');
	}
	for (int i = 0; i < f->nouts && n < FUNC_ARGS_MAX; i++, n++) {
		all[n] = f->outs[i].type;
		names[n] = f->outs[i].name;
		modes[n] = datum_int('o');
	}
	if (f->nouts > 0 || f->variadic != 0) {
		row_oids(w, pg_proc_proallargtypes, type_builtin(OID_OID_ARRAY), n, all);
		row_value(w, pg_proc_proargmodes, array_make(w->arena, type_builtin(OID_CHAR), n, modes, NULL));
	}
	if (f->nouts > 0 || f->arg_names != NULL)
		row_texts(w, pg_proc_proargnames, n, names);
}

static void
put_parameters(struct rows *w, const struct function *f)
{
	union datum modes[FUNC_ARGS_MAX];
	bool named = false, plain = true;

	for (int i = 0; i < f->nall; i++) {
		named |= f->all_names[i][0] != '\0';
		plain &= f->all_modes[i] == 'i';
		modes[i] = datum_int(f->all_modes[i]);
	}
	if (!plain) {
		row_oids(w, pg_proc_proallargtypes, type_builtin(OID_OID_ARRAY), f->nall, f->all_types);
		row_value(w, pg_proc_proargmodes, array_make(w->arena, type_builtin(OID_CHAR), f->nall, modes, NULL));
	}
	if (named)
		row_texts(w, pg_proc_proargnames, f->nall, f->all_names);
}

static void
put_user_function(struct rows *w, const struct function *f)
{
	row_start(w);
	row_int(w, pg_proc_oid, f->o.oid);
	row_text(w, pg_proc_proname, f->o.name);
	row_int(w, pg_proc_pronamespace, f->o.schema);
	row_int(w, pg_proc_proowner, f->o.owner != 0 ? f->o.owner : OID_BOOTSTRAP_ROLE);
	row_int(w, pg_proc_prolang, f->internal != NULL ? LANGUAGE_INTERNAL : LANGUAGE_SQL);
	row_float(w, pg_proc_procost, f->cost);
	row_float(w, pg_proc_prorows, f->rows);
	row_int(w, pg_proc_provariadic, f->variadic);
	row_int(w, pg_proc_prosupport, 0);
	row_int(w, pg_proc_prokind, f->kind);
	row_int(w, pg_proc_prosecdef, f->secdef);
	row_int(w, pg_proc_proleakproof, f->leakproof);
	row_int(w, pg_proc_proisstrict, f->strict);
	row_int(w, pg_proc_proretset, f->retset);
	row_int(w, pg_proc_provolatile, f->volatility);
	row_int(w, pg_proc_proparallel, f->parallel);
	row_int(w, pg_proc_pronargs, f->nargs);
	row_int(w, pg_proc_pronargdefaults, f->ndefaults);
	row_int(w, pg_proc_prorettype, f->ret);
	row_oids(w, pg_proc_proargtypes, type_builtin(OID_OIDVECTOR), f->nargs, f->args);
	put_parameters(w, f);
	row_text(w, pg_proc_prosrc, f->internal != NULL ? f->internal : f->form != FORM_STRING ? "" : f->body);
	if (f->form != FORM_STRING)
		row_text(w, pg_proc_prosqlbody, f->body);
	if (f->nsettings > 0)
		row_texts(w, pg_proc_proconfig, f->nsettings, f->settings);
	row_access(w, pg_proc_proacl, f->o.acl);
}

int
rows_pg_proc(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_proc);

	(void) s;
	for (int i = 0; i < func_count(); i++) {
		const struct func *f = func_at(i);
		row_start(&w);
		row_int(&w, pg_proc_oid, f->oid);
		row_text(&w, pg_proc_proname, f->name);
		row_int(&w, pg_proc_pronamespace, OID_PG_CATALOG);
		row_int(&w, pg_proc_proowner, OID_BOOTSTRAP_ROLE);
		row_int(&w, pg_proc_prolang, LANGUAGE_INTERNAL);
		row_float(&w, pg_proc_procost, 1);
		row_float(&w, pg_proc_prorows, f->retset ? 1000 : 0);
		row_int(&w, pg_proc_provariadic, f->variadic);
		row_int(&w, pg_proc_prosupport, 0);
		row_int(&w, pg_proc_prokind, f->kind);
		row_int(&w, pg_proc_prosecdef, false);
		row_int(&w, pg_proc_proleakproof, false);
		row_int(&w, pg_proc_proisstrict, f->strict || (f->kind == FUNC_WINDOW && f->nargs > 0));
		row_int(&w, pg_proc_proretset, f->retset);
		row_int(&w, pg_proc_provolatile, f->volatility);
		row_int(&w, pg_proc_proparallel, 's');
		row_int(&w, pg_proc_pronargs, f->nargs);
		row_int(&w, pg_proc_pronargdefaults, f->ndefaults);
		row_int(&w, pg_proc_prorettype, f->ret);
		row_oids(&w, pg_proc_proargtypes, type_builtin(OID_OIDVECTOR), f->nargs, f->args);
		put_out_arguments(&w, f);
		row_text(&w, pg_proc_prosrc, f->name);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	for (int i = 0; i < catalog_count(env->catalog, OBJ_FUNCTION); i++) {
		put_user_function(&w, (const struct function *) catalog_at(env->catalog, OBJ_FUNCTION, i));
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_aggregate(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_aggregate);

	(void) s;
	for (int i = 0; i < func_count(); i++) {
		const struct func *f = func_at(i);
		if (f->kind != FUNC_AGGREGATE)
			continue;
		row_start(&w);
		row_int(&w, pg_aggregate_aggfnoid, f->oid);
		bool set = f->agg != NULL && f->agg->ordered_set;
		row_int(&w, pg_aggregate_aggkind, !set ? 'n' : f->variadic == OID_ANY ? 'h' : 'o');
		row_int(&w, pg_aggregate_aggnumdirectargs, set && (f->variadic != 0 || f->nargs > 1) ? 1 : 0);
		row_int(&w, pg_aggregate_aggtransfn, 0);
		row_int(&w, pg_aggregate_aggtranstype, OID_INTERNAL);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_operator(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_operator);

	(void) s;
	for (int i = 0; i < operator_count(); i++) {
		const struct operator *o = operator_at(i);
		bool eq = strcmp(o->name, "=") == 0;
		row_start(&w);
		row_int(&w, pg_operator_oid, o->oid);
		row_text(&w, pg_operator_oprname, o->name);
		row_int(&w, pg_operator_oprnamespace, OID_PG_CATALOG);
		row_int(&w, pg_operator_oprowner, OID_BOOTSTRAP_ROLE);
		row_int(&w, pg_operator_oprkind, o->left == 0 ? 'l' : 'b');
		row_int(&w, pg_operator_oprcanmerge, eq);
		row_int(&w, pg_operator_oprcanhash, eq);
		row_int(&w, pg_operator_oprleft, o->left);
		row_int(&w, pg_operator_oprright, o->right);
		row_int(&w, pg_operator_oprresult, o->ret);
		row_int(&w, pg_operator_oprcom, o->commutator);
		row_int(&w, pg_operator_oprnegate, o->negator);
		row_int(&w, pg_operator_oprcode, o->func);
		row_int(&w, pg_operator_oprrest, 0);
		row_int(&w, pg_operator_oprjoin, 0);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_cast(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_cast);

	(void) s;
	for (int i = 0; i < cast_count(); i++) {
		const struct cast *c = cast_at(i);
		row_start(&w);
		row_int(&w, pg_cast_oid, 10000 + i);
		row_int(&w, pg_cast_castsource, c->source);
		row_int(&w, pg_cast_casttarget, c->target);
		row_int(&w, pg_cast_castfunc, c->func);
		row_int(&w, pg_cast_castcontext, c->context);
		row_int(&w, pg_cast_castmethod, c->method);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

/* -- Access methods and operator classes ------------------------------------------------------------- */

static const struct { oid_t oid; const char *name, *kind; char type; } methods[] = {
	{ AM_HEAP, "heap", NULL, 't' }, { AM_BTREE, "btree", "btree", 'i' }, { AM_HASH, "hash", "hash", 'i' },
};

oid_t
am_oid(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (methods[i].kind != NULL && strcmp(methods[i].kind, kind) == 0)
			return methods[i].oid;
	return strcmp(kind, "columnar") == 0 ? AM_COLUMNAR : 0;
}

const char *
am_name(oid_t oid)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (methods[i].oid == oid)
			return methods[i].name;
	return "columnar";
}

int
rows_pg_am(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_am);

	(void) s;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		row_start(&w);
		row_int(&w, pg_am_oid, methods[i].oid);
		row_text(&w, pg_am_amname, methods[i].name);
		row_int(&w, pg_am_amhandler, 0);
		row_int(&w, pg_am_amtype, methods[i].type);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

oid_t
opclass_of(const struct type *t, const char *kind)
{
	const struct opclass *c = opclass_default(kind, t);

	return c != NULL ? c->oid : 0;
}

int
rows_pg_opclass(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_opclass);

	(void) s;
	for (size_t i = 0; i < (size_t) opclass_count(); i++) {
		row_start(&w);
		row_int(&w, pg_opclass_oid, opclass_at((int) i)->oid);
		row_int(&w, pg_opclass_opcmethod, opclass_at((int) i)->am);
		row_text(&w, pg_opclass_opcname, opclass_at((int) i)->name);
		row_int(&w, pg_opclass_opcnamespace, OID_PG_CATALOG);
		row_int(&w, pg_opclass_opcowner, OID_BOOTSTRAP_ROLE);
		row_int(&w, pg_opclass_opcfamily, opclass_at((int) i)->family);
		row_int(&w, pg_opclass_opcintype, opclass_at((int) i)->type);
		row_int(&w, pg_opclass_opcdefault, opclass_at((int) i)->is_default);
		row_int(&w, pg_opclass_opckeytype, 0);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_opfamily(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_opfamily);

	(void) s;
	for (size_t i = 0; i < (size_t) opclass_count(); i++) {
		bool seen = false;
		for (size_t k = 0; k < i; k++)
			seen |= opclass_at((int) k)->family == opclass_at((int) i)->family;
		if (seen)
			continue;
		row_start(&w);
		row_int(&w, pg_opfamily_oid, opclass_at((int) i)->family);
		row_int(&w, pg_opfamily_opfmethod, opclass_at((int) i)->am);
		row_text(&w, pg_opfamily_opfname, opclass_at((int) i)->family_name);
		row_int(&w, pg_opfamily_opfnamespace, OID_PG_CATALOG);
		row_int(&w, pg_opfamily_opfowner, OID_BOOTSTRAP_ROLE);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

/* -- Collations and languages -------------------------------------------------------------------------- */

static int
put_collation(struct rows *w, oid_t oid, const char *name, char provider, const char *locale)
{
	row_start(w);
	row_int(w, pg_collation_oid, oid);
	row_text(w, pg_collation_collname, name);
	row_int(w, pg_collation_collnamespace, OID_PG_CATALOG);
	row_int(w, pg_collation_collowner, OID_BOOTSTRAP_ROLE);
	row_int(w, pg_collation_collprovider, provider);
	row_int(w, pg_collation_collisdeterministic, true);
	row_int(w, pg_collation_collencoding, -1);
	if (provider == 'i') {
		row_text(w, pg_collation_colliculocale, locale);
	} else {
		row_text(w, pg_collation_collcollate, locale);
		row_text(w, pg_collation_collctype, locale);
	}
	return row_push(w);
}

int
rows_pg_collation(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	static const struct { oid_t oid; const char *name, *locale; char provider; } own[] = {
		{ 100, "default", NULL, 'd' }, { 950, "C", "C", 'c' }, { 951, "POSIX", "POSIX", 'c' },
	};
	struct rows w = ROWS(env, to, e, pg_collation);

	(void) s;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (put_collation(&w, own[i].oid, own[i].name, own[i].provider, own[i].locale) != ERR_OK)
			return w.rc;
	for (int i = 0; i < collation_count(); i++) {
		const struct collation *c = collation_at(i);
		if (put_collation(&w, c->oid, c->name, 'i', c->locale) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_language(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	static const struct { oid_t oid; const char *name; bool trusted; } all[] = {
		{ LANGUAGE_INTERNAL, "internal", false }, { LANGUAGE_SQL, "sql", true },
	};
	struct rows w = ROWS(env, to, e, pg_language);

	(void) s;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		row_start(&w);
		row_int(&w, pg_language_oid, all[i].oid);
		row_text(&w, pg_language_lanname, all[i].name);
		row_int(&w, pg_language_lanowner, OID_BOOTSTRAP_ROLE);
		row_int(&w, pg_language_lanispl, false);
		row_int(&w, pg_language_lanpltrusted, all[i].trusted);
		row_int(&w, pg_language_lanplcallfoid, 0);
		row_int(&w, pg_language_laninline, 0);
		row_int(&w, pg_language_lanvalidator, 0);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}
