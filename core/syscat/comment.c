/* comment.c - comments: pg_description, pg_shdescription and the functions that read them.
 *
 * A comment stands on its relation, column or constraint, in the tables of types and functions
 * that are built in, or is an object of its own (OBJ_COMMENT). */
#include "config.h"
#include "core/syscat/funcs.h"

#include "core/catalog/draft.h"
#include "core/syscat/oids.h"
#include "core/syscat/row.h"

static const struct {
	oid_t type;
	const char *text;
} type_comments[] = {
#define COMMENT(type, text) { OID_##type, text },
#define OPERATOR_COMMENT(name, oid, text)
#define FUNCTION_COMMENT(oid, text)
#include "core/syscat/comments.def"
#undef COMMENT
#undef OPERATOR_COMMENT
};

static const struct { const char *name; oid_t oid; const char *text; } operator_comments[] = {
#define COMMENT(type, text)
#define OPERATOR_COMMENT(name, oid, text) { name, oid, text },
#include "core/syscat/comments.def"
#undef OPERATOR_COMMENT
#undef FUNCTION_COMMENT
};

static const struct { oid_t oid; const char *text; } function_comments[] = {
#define OPERATOR_COMMENT(name, oid, text)
#define FUNCTION_COMMENT(oid, text) { oid, text },
#include "core/syscat/comments.def"
#undef COMMENT
#undef OPERATOR_COMMENT
#undef FUNCTION_COMMENT
};

static const char *
operator_comment(const struct operator *o)
{
	const char *usual = NULL;

	for (size_t i = 0; i < ARRAY_LEN(operator_comments); i++) {
		if (operator_comments[i].oid == o->oid)
			return operator_comments[i].text;
		if (operator_comments[i].oid == 0 && strcmp(operator_comments[i].name, o->name) == 0)
			usual = operator_comments[i].text;
	}
	return usual;
}

static const char *
function_comment(const struct func *f)
{
	for (size_t i = 0; i < ARRAY_LEN(function_comments) && f->kind == FUNC_AGGREGATE; i++)
		if (function_comments[i].oid == f->oid)
			return function_comments[i].text;
	return f->comment;
}

/* Where the objects of a class are listed. */
static oid_t
class_oid(enum object_class class)
{
	switch (class) {
	case OBJ_SCHEMA:
		return OID_OF_pg_namespace;
	case OBJ_TYPE:
		return OID_OF_pg_type;
	case OBJ_ROLE:
		return OID_OF_pg_authid;
	case OBJ_DATABASE:
		return OID_OF_pg_database;
	case OBJ_FUNCTION:
		return OID_OF_pg_proc;
	default:
		return OID_OF_pg_class;
	}
}

/* Objects that all databases share have a relation of their own for their comments. */
static bool
is_shared(oid_t class)
{
	return class == OID_OF_pg_authid || class == OID_OF_pg_database || class == OID_OF_pg_tablespace;
}

static const char *
relation_comment(const struct relation *r)
{
	return r->kind == REL_INDEX && r->index != NULL ? r->index->comment : r->comment;
}

/* -- The relations ------------------------------------------------------------------------------------- */

static int
description(struct rows *w, oid_t obj, oid_t class, int sub, const char *text)
{
	if (text == NULL)
		return ERR_OK;
	row_start(w);
	row_int(w, pg_description_objoid, obj);
	row_int(w, pg_description_classoid, class);
	row_int(w, pg_description_objsubid, sub);
	row_text(w, pg_description_description, text);
	return row_push(w);
}

static int
relation_descriptions(void *arg, const struct relation *r)
{
	struct rows *w = arg;
	int rc = description(w, r->o.oid, OID_OF_pg_class, 0, relation_comment(r));

	for (int i = 0; i < r->ncols && rc == ERR_OK; i++)
		rc = description(w, r->o.oid, OID_OF_pg_class, i + 1, r->cols[i].comment);
	for (int i = 0; i < r->nconstraints && rc == ERR_OK; i++)
		rc = description(w, r->constraints[i].oid, OID_OF_pg_constraint, 0, r->constraints[i].comment);
	return rc;
}

int
rows_pg_description(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_description);
	int rc = each_relation(env->catalog, relation_descriptions, &w);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_COMMENT) && rc == ERR_OK; i++) {
		const struct comment *c = (const struct comment *) catalog_at(env->catalog, OBJ_COMMENT, i);
		oid_t class = class_oid(c->on_class);

		if (!is_shared(class))
			rc = description(&w, c->on, class, c->sub, c->text);
	}
	for (size_t i = 0; i < ARRAY_LEN(type_comments) && rc == ERR_OK; i++)
		rc = description(&w, type_comments[i].type, OID_OF_pg_type, 0, type_comments[i].text);
	for (int i = 0; i < func_count() && rc == ERR_OK; i++)
		rc = description(&w, func_at(i)->oid, OID_OF_pg_proc, 0, function_comment(func_at(i)));
	for (int i = 0; i < operator_count() && rc == ERR_OK; i++)
		rc = description(&w, operator_at(i)->oid, OID_OF_pg_operator, 0, operator_comment(operator_at(i)));
	return rc;
}

int
rows_pg_shdescription(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_shdescription);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_COMMENT) && w.rc == ERR_OK; i++) {
		const struct comment *c = (const struct comment *) catalog_at(env->catalog, OBJ_COMMENT, i);
		oid_t class = class_oid(c->on_class);

		if (!is_shared(class))
			continue;
		row_start(&w);
		row_int(&w, pg_shdescription_objoid, c->on);
		row_int(&w, pg_shdescription_classoid, class);
		row_text(&w, pg_shdescription_description, c->text);
		w.rc = row_push(&w);
	}
	return w.rc;
}

/* -- The functions ------------------------------------------------------------------------------------- */

static const char *
built_in_comment(oid_t class, oid_t oid)
{
	const struct func *f = class == OID_OF_pg_proc ? func_by_oid(oid) : NULL;
	const struct operator *o = class == OID_OF_pg_operator ? operator_by_oid(oid) : NULL;

	for (size_t i = 0; i < ARRAY_LEN(type_comments) && class == OID_OF_pg_type; i++)
		if (type_comments[i].type == oid)
			return type_comments[i].text;
	return f != NULL ? function_comment(f) : o != NULL ? operator_comment(o) : NULL;
}

static const char *
comment_of(const struct catalog *c, oid_t class, oid_t oid)
{
	const struct relation *owner = NULL;

	if (class == OID_OF_pg_class) {
		const struct relation *r = catalog_relation_by_oid(c, oid);
		return r != NULL ? relation_comment(r) : NULL;
	}
	if (class == OID_OF_pg_constraint) {
		const struct constraint *k = catalog_constraint_by_oid(c, oid, &owner);
		return k != NULL ? k->comment : NULL;
	}
	for (int i = 0; i < catalog_count(c, OBJ_COMMENT); i++) {
		const struct comment *k = (const struct comment *) catalog_at(c, OBJ_COMMENT, i);
		if (k->on == oid && k->sub == 0 && class_oid(k->on_class) == class)
			return k->text;
	}
	return built_in_comment(class, oid);
}

static const struct { const char *name; oid_t oid; } classes[] = {
	{ "pg_class", OID_OF_pg_class }, { "pg_constraint", OID_OF_pg_constraint }, { "pg_type", OID_OF_pg_type },
	{ "pg_namespace", OID_OF_pg_namespace }, { "pg_proc", OID_OF_pg_proc }, { "pg_authid", OID_OF_pg_authid },
	{ "pg_database", OID_OF_pg_database }, { "pg_operator", OID_OF_pg_operator },
};

/* The comment in the class named; without a name in any. */
static int
described(struct fcall *c, const union datum *args, const struct bytes *class, bool shared, union datum *ret, bool *ret_null)
{
	const char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(classes) && text == NULL; i++)
		if (is_shared(classes[i].oid) == shared &&
		    (class == NULL || (bytes_len(class) == strlen(classes[i].name) &&
		                       memcmp(bytes_data(class), classes[i].name, bytes_len(class)) == 0)))
			text = comment_of(c->env->catalog, classes[i].oid, (oid_t) args[0].i);
	return text_result(c, text, ret, ret_null);
}

int
sys_obj_description(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) e;
	return described(c, args, args[1].b, false, ret, ret_null);
}

int
sys_obj_description_any(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) e;
	return described(c, args, NULL, false, ret, ret_null);
}

int
sys_shobj_description(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) e;
	return described(c, args, args[1].b, true, ret, ret_null);
}

int
sys_col_description(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	int64_t n = args[1].i;

	(void) nulls, (void) e;
	return text_result(c, r == NULL || n < 1 || n > r->ncols ? NULL : r->cols[n - 1].comment, ret, ret_null);
}
