/* privileges.c - has_table_privilege() and its kin: core/security's answers.
 *
 * The object is named by text or by oid; an oid that names nothing gives null. */
#include "config.h"
#include "core/syscat/funcs.h"

#include <strings.h>

#include "core/security/privilege.h"
#include "core/syscat/oids.h"

static const struct { const char *name; char letter; } words[] = {
	{ "SELECT", 'r' }, { "INSERT", 'a' }, { "UPDATE", 'w' }, { "DELETE", 'd' }, { "TRUNCATE", 'D' },
	{ "REFERENCES", 'x' }, { "TRIGGER", 't' }, { "USAGE", 'U' }, { "CREATE", 'C' }, { "CONNECT", 'c' },
	{ "TEMPORARY", 'T' }, { "TEMP", 'T' }, { "EXECUTE", 'X' }, { "SET", 's' }, { "ALTER SYSTEM", 'A' },
};

struct question {
	struct fcall *c;
	const struct role *who;
	const char *kind;               /* of the function's name: "table", "column" ... */
	const char *letters;            /* that the kind has */
	const struct object *o;         /* NULL: granted to all, or not there */
	int attnum;                     /* column */
	bool any_column;
	bool closed;                    /* no object, and for superusers only */
};

static const char *
text_of(struct fcall *c, union datum d)
{
	return arena_strndup(c->env->type.arena, bytes_data(d.b), bytes_len(d.b));
}

/* -- Objects --------------------------------------------------------------------------------------------- */
static int
by_regtype(struct fcall *c, oid_t regtype, const char *text, oid_t *ret, struct err *e)
{
	const struct name_resolver *names = c->env->type.names;

	if (names == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "no names here");
	return names->lookup(names, regtype, text, ret, e);
}

/* What is no object of the catalog: by name or, when that is NULL, by oid. */
static int
find_language(struct question *q, const char *name, oid_t oid, bool *ret_missing, struct err *e)
{
	const bool internal = name != NULL ? strcmp(name, "internal") == 0 : oid == LANGUAGE_INTERNAL;
	const bool sql = name != NULL ? strcmp(name, "sql") == 0 : oid == LANGUAGE_SQL;

	q->closed = internal;
	*ret_missing = !internal && !sql;
	if (*ret_missing && name != NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "language \"%s\" does not exist", name);
	return ERR_OK;
}

static int
find_tablespace(struct question *q, const char *name, oid_t oid, bool *ret_missing, struct err *e)
{
	const bool known = name != NULL ? strcmp(name, "pg_default") == 0 || strcmp(name, "pg_global") == 0
	                                : oid == 1663 || oid == 1664;

	q->closed = true;
	*ret_missing = !known;
	if (!known && name != NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "tablespace \"%s\" does not exist", name);
	return ERR_OK;
}

static int
find_object(struct question *q, union datum arg, bool by_oid, bool *ret_missing, struct err *e)
{
	const struct catalog *c = q->c->env->catalog;
	const char *text = by_oid ? NULL : text_of(q->c, arg);
	oid_t oid = by_oid ? (oid_t) arg.i : 0;
	int rc = ERR_OK;

	*ret_missing = false;
	if (strcmp(q->kind, "schema") == 0) {
		const struct schema *s = by_oid ? catalog_schema_by_oid(c, oid) : catalog_schema(c, text);
		q->o = s != NULL ? &s->o : NULL;
		if (s == NULL && !by_oid)
			return err_set(e, ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist", text);
	} else if (strcmp(q->kind, "database") == 0) {
		const struct database *d = by_oid ? (const struct database *) catalog_object(c, OBJ_DATABASE, oid)
		                                  : catalog_database(c, text);
		q->o = d != NULL ? &d->o : NULL;
		if (d == NULL && !by_oid)
			return err_set(e, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", text);
	} else if (strcmp(q->kind, "function") == 0) {
		if (!by_oid)
			rc = by_regtype(q->c, OID_REGPROCEDURE, text, &oid, e);
		q->o = catalog_object(c, OBJ_FUNCTION, oid);
		if (q->o == NULL && func_by_oid(oid) != NULL)
			return rc;              /* built in: for all */
	} else if (strcmp(q->kind, "type") == 0) {
		if (!by_oid)
			rc = by_regtype(q->c, OID_REGTYPE, text, &oid, e);
		q->o = catalog_object(c, OBJ_TYPE, oid);
		if (q->o == NULL && catalog_type(c, oid) != NULL)
			return rc;
	} else if (strcmp(q->kind, "language") == 0) {
		return find_language(q, text, oid, ret_missing, e);
	} else if (strcmp(q->kind, "tablespace") == 0) {
		return find_tablespace(q, text, oid, ret_missing, e);
	} else if (strcmp(q->kind, "parameter") == 0) {
		q->closed = true;
		return ERR_OK;
	} else {
		if (!by_oid)
			rc = by_regtype(q->c, OID_REGCLASS, text, &oid, e);
		const struct relation *r = rc == ERR_OK ? catalog_relation_by_oid(c, oid) : NULL;
		q->o = r != NULL ? &r->o : NULL;
		if (r != NULL && strcmp(q->kind, "sequence") == 0 && r->kind != REL_SEQUENCE)
			return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", r->o.name);
	}
	*ret_missing = rc == ERR_OK && q->o == NULL;
	return rc;
}

static int
find_column(struct question *q, union datum arg, bool by_number, bool *ret_missing, struct err *e)
{
	const struct relation *r = (const struct relation *) q->o;
	const struct column *col = NULL;

	if (by_number) {
		q->attnum = (int) arg.i;
		*ret_missing = q->attnum < 1 || q->attnum > r->ncols || r->cols[q->attnum - 1].dropped;
		return ERR_OK;
	}
	const char *name = text_of(q->c, arg);
	col = relation_column(r, name);
	if (col == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", name,
		               r->o.name);
	q->attnum = col->attnum;
	return ERR_OK;
}

/* -- Privileges ------------------------------------------------------------------------------------------ */
static bool
has(const struct question *q, char letter, bool option)
{
	const struct catalog *c = q->c->env->catalog;
	const oid_t role = q->who->o.oid;
	const struct relation *r = q->o != NULL && q->o->class == OBJ_RELATION ? (const struct relation *) q->o : NULL;

	if (q->o == NULL)
		return q->who->superuser || (!option && !q->closed);
	if (option ? privilege_may_grant(c, role, q->o, letter) : privilege_has(c, role, q->o, letter))
		return true;
	if (q->attnum > 0)
		return privilege_has_column(c, role, r, q->attnum, letter);
	for (int i = 0; q->any_column && i < r->ncols; i++)
		if (privilege_has_column(c, role, r, i + 1, letter))
			return true;
	return false;
}

static int
ask(const struct question *q, char *list, bool *ret, struct err *e)
{
	static const char suffix[] = " WITH GRANT OPTION";
	char *rest = NULL;

	*ret = false;
	for (char *w = strtok_r(list, ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest)) {
		bool option = false;
		char letter = '\0';

		w += strspn(w, " ");
		size_t n = strlen(w);
		while (n > 0 && w[n - 1] == ' ')
			w[--n] = '\0';
		if (n > sizeof suffix - 1 && strcasecmp(w + n - (sizeof suffix - 1), suffix) == 0) {
			option = true;
			w[n - (sizeof suffix - 1)] = '\0';
		}
		for (unsigned i = 0; i < ARRAY_LEN(words); i++)
			if (strcasecmp(words[i].name, w) == 0 && strchr(q->letters, words[i].letter) != NULL)
				letter = words[i].letter;
		if (letter == '\0')
			return err_set(e, ERR_INVALID_PARAMETER_VALUE, "unrecognized privilege type: \"%s\"", w);
		*ret |= has(q, letter, option);
	}
	return ERR_OK;
}

static const char *
letters_of(const char *kind)
{
	static const struct { const char *kind, *letters; } all[] = {
		{ "table", "rawdDxt" }, { "any_column", "rawx" }, { "column", "rawx" }, { "sequence", "rwU" },
		{ "schema", "CU" }, { "database", "CcT" }, { "function", "X" }, { "type", "U" }, { "tablespace", "C" },
		{ "parameter", "sA" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(all[i].kind, kind) == 0)
			return all[i].letters;
	return "U";
}

int
sys_has_privilege(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e)
{
	static const struct role everybody = { .o.class = OBJ_ROLE };   /* PUBLIC, or an oid that is no role's */
	struct question q = { .c = c };
	char *kind = arena_strdup(c->env->type.arena, c->func->name + strlen("has_"));
	bool missing = false, yes = false;

	*strstr(kind, "_privilege") = '\0';
	q.kind = kind;
	q.letters = letters_of(kind);
	q.any_column = strcmp(kind, "any_column") == 0;
	const bool column = strcmp(kind, "column") == 0;
	const int at = c->nargs - 2 - column;   /* of the object */
	q.who = at == 1 ? role_argument(c, args[0], c->arg_types[0]) : current_role(c);
	if (q.who == NULL && at == 1) {
		if (!c->arg_types[0]->byval && strcmp(text_of(c, args[0]), "public") != 0)
			return no_role(c, args[0], c->arg_types[0], e);
		q.who = &everybody;
	}
	int rc = find_object(&q, args[at], c->arg_types[at]->byval, &missing, e);
	if (rc == ERR_OK && column && !missing)
		rc = find_column(&q, args[at + 1], c->arg_types[at + 1]->byval, &missing, e);
	if (rc == ERR_OK && !missing && q.who != NULL)
		rc = ask(&q, arena_strdup(c->env->type.arena, text_of(c, args[c->nargs - 1])), &yes, e);
	*ret_null = missing;
	*ret = datum_int(yes);
	return rc;
}
