/* grant.c - GRANT and REVOKE of privileges on objects.
 *
 * Not here: access lists as such (acl.c), roles (role.c), checking (core/security). */
#include "config.h"
#include "core/ddl/acl.h"

#include <ctype.h>
#include <strings.h>

#include "core/security/privilege.h"

static const struct {
	const char *name;
	char letter;
} privileges[] = {
	{ "insert", 'a' },   { "select", 'r' },     { "update", 'w' },  { "delete", 'd' },
	{ "truncate", 'D' }, { "references", 'x' }, { "trigger", 't' }, { "execute", 'X' },
	{ "usage", 'U' },    { "create", 'C' },     { "connect", 'c' }, { "temporary", 'T' },
	{ "temp", 'T' },
};

static void
add_letters(struct acl_item *it, const char *letters)
{
	for (const char *p = letters; *p != '\0'; p++)
		it->has[acl_letter(*p)] = true;
}

/* --- what applies to which object ------------------------------------------------------------- */

static const char *
all_letters(const struct object *o)
{
	switch (o->class) {
	case OBJ_RELATION:
		return ((const struct relation *) o)->kind == REL_SEQUENCE ? "rwU" : "arwdDxt";
	case OBJ_SCHEMA:
		return "UC";
	case OBJ_TYPE:
		return "U";
	case OBJ_DATABASE:
		return "CcT";
	case OBJ_FUNCTION:
		return "X";
	default:
		return "";
	}
}

static const char *
default_public(const struct object *o)
{
	return o->class == OBJ_TYPE	  ? "U"
	       : o->class == OBJ_DATABASE ? "cT"
	       : o->class == OBJ_FUNCTION ? "X"
					  : "";
}

static const char *
kind_word(const struct object *o)
{
	switch (o->class) {
	case OBJ_RELATION:
		return ((const struct relation *) o)->kind == REL_SEQUENCE ? "sequence" : "table";
	case OBJ_SCHEMA:
		return "schema";
	case OBJ_TYPE:
		return "type";
	case OBJ_FUNCTION:
		return "function";
	default:
		return "database";
	}
}

static const char *
upper(struct ddl *d, const char *name)
{
	char *copy = arena_strdup(d->a, name);

	for (char *p = copy; *p != '\0'; p++)
		*p = (char) toupper((unsigned char) *p);
	return copy;
}

/* The letters of one privilege on the object or, with columns, on columns of it. */
static int
wanted_letters(struct ddl *d, const struct object *o, const struct def_privilege *p,
	       const char **ret, struct err *e)
{
	const char *all = p->columns.n > 0 ? "arwx" : all_letters(o);
	char letter = '\0';

	*ret = all;
	if (p->name == NULL)
		return ERR_OK;
	for (unsigned k = 0; k < ARRAY_LEN(privileges); k++)
		if (strcasecmp(privileges[k].name, p->name) == 0)
			letter = privileges[k].letter;
	if (letter == '\0')
		return err_set(e, ERR_SYNTAX_ERROR, "unrecognized privilege type \"%s\"", p->name);
	if (strchr(all, letter) == NULL)
		return err_set(e, ERR_INVALID_GRANT_OPERATION, "invalid privilege type %s for %s",
			       upper(d, p->name), p->columns.n > 0 ? "column" : kind_word(o));
	*ret = arena_printf(d->a, "%c", letter);
	return ERR_OK;
}

/* What others were granted by somebody who may not grant it any more. */
static int
check_dependents(struct acl *acl, const char *grantor, int n, bool cascade, struct err *e)
{
	for (int i = 0; i < acl->n; i++)
		if (strcmp(acl->at[i].grantee, grantor) == 0 && acl->at[i].option[n])
			return ERR_OK; /* has the option from somebody else */
	for (int i = 0; i < acl->n; i++) {
		struct acl_item *it = &acl->at[i];

		if (!it->has[n] || strcmp(it->grantor, grantor) != 0 ||
		    strcmp(it->grantee, grantor) == 0)
			continue;
		if (!cascade) {
			err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST, "dependent privileges exist");
			return err_hint(e, "Use CASCADE to revoke them too.");
		}
		it->has[n] = it->option[n] = false;
		int rc = check_dependents(acl, it->grantee, n, cascade, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
apply(struct ddl *d, struct acl *acl, const char *grantee, const char *grantor, const char *letters,
      const struct cmd_grant *cmd, struct err *e)
{
	struct acl_item *it = acl_item(d, acl, grantee, grantor);
	int rc = ERR_OK;

	for (const char *p = letters; *p != '\0' && rc == ERR_OK; p++) {
		int n = acl_letter(*p);

		if (cmd->grant) {
			it->has[n] = true;
			it->option[n] |= cmd->grant_option;
			continue;
		}
		bool was = it->option[n];
		it->option[n] = false;
		if (!cmd->grant_option)
			it->has[n] = false;
		if (was)
			rc = check_dependents(acl, grantee, n, cmd->cascade, e);
	}
	return rc;
}

/* Who grants: the owner, or a role of the user's that was given the option for every letter. */
static const char *
find_grantor(struct ddl *d, const struct object *o, const char *text, const char *letters)
{
	const struct role *owner = catalog_role_by_oid(d->c, o->owner);
	struct acl acl = { 0 };

	if (ddl_has_role(d, o->owner))
		return owner != NULL ? owner->o.name : "";
	if (text == NULL)
		return NULL;
	acl_parse(d, text, &acl);
	for (int i = 0; i < acl.n; i++) {
		const struct role *r = catalog_role(d->c, acl.at[i].grantee);
		bool all = r != NULL && ddl_has_role(d, r->o.oid);

		for (const char *p = letters; *p != '\0' && all; p++)
			all = acl.at[i].option[acl_letter(*p)];
		if (all)
			return acl.at[i].grantee;
	}
	return NULL;
}

static int
changed_acl(struct ddl *d, const struct object *o, const char *text, bool column,
	    const char *letters, const struct cmd_grant *cmd, const char **ret, struct err *e)
{
	const char *grantor = find_grantor(d, o, text, letters);
	const struct role *owner = catalog_role_by_oid(d->c, o->owner);
	const char *owned_by = owner != NULL ? owner->o.name : "";
	struct acl acl = { 0 };
	int rc = ERR_OK;

	if (grantor == NULL)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for %s %s",
			       kind_word(o), o->name);
	if (text != NULL) {
		acl_parse(d, text, &acl);
	} else if (!column) {
		if (*default_public(o) != '\0')
			add_letters(acl_item(d, &acl, "", owned_by), default_public(o));
		add_letters(acl_item(d, &acl, owned_by, owned_by), all_letters(o));
	}
	for (int i = 0; i < cmd->grantees.n && rc == ERR_OK; i++) {
		const struct role *r = LIST_AT(const struct role, &cmd->grantees, i);

		rc = apply(d, &acl, r != NULL ? r->o.name : "", grantor, letters, cmd, e);
	}
	if (rc == ERR_OK)
		*ret = acl_print(d, &acl);
	if (rc == ERR_OK && column && strcmp(*ret, "{}") == 0)
		*ret = NULL;
	return rc;
}

/* --- columns ---------------------------------------------------------------------------------- */

static int
grant_columns(struct ddl *d, const struct object *o, const struct def_privilege *p,
	      const char *letters, const struct cmd_grant *cmd, struct err *e)
{
	if (o->class != OBJ_RELATION || ((const struct relation *) o)->kind == REL_SEQUENCE)
		return err_set(e, ERR_INVALID_GRANT_OPERATION,
			       "column privileges are only valid for relations");
	struct relation *r = ddl_copy_relation(d, (const struct relation *) o);
	for (int i = 0; i < p->columns.n; i++) {
		const char *name = LIST_AT(const char, &p->columns, i);
		const struct column *c = relation_column(r, name);

		if (c == NULL)
			return err_set(e, ERR_UNDEFINED_COLUMN,
				       "column \"%s\" of relation \"%s\" does not exist", name,
				       r->o.name);
		struct column *to = &ddl_columns(r)[c->attnum - 1];
		int rc = changed_acl(d, o, to->acl, true, letters, cmd, &to->acl, e);
		if (rc != ERR_OK)
			return rc;
	}
	ddl_put_relation(d, r);
	return ERR_OK;
}

/* REVOKE from a table takes the same from its columns. */
static int
revoke_from_columns(struct ddl *d, struct relation *r, const char *letters,
		    const struct cmd_grant *cmd, struct err *e)
{
	char some[8];
	int n = 0, rc = ERR_OK;

	for (const char *p = letters; *p != '\0'; p++)
		if (strchr("arwx", *p) != NULL)
			some[n++] = *p;
	some[n] = '\0';
	for (int i = 0; i < r->ncols && rc == ERR_OK && n > 0; i++)
		if (r->cols[i].acl != NULL)
			rc = changed_acl(d, &r->o, r->cols[i].acl, true, some, cmd,
					 &ddl_columns(r)[i].acl, e);
	return rc;
}

static int
lock_object(struct ddl *d, const struct object_ref *ref, const struct object **ret, struct err *e)
{
	enum object_class class;
	const struct relation *r;
	int rc;

	switch (ref->kind) {
	case OBJECT_SCHEMA:
		class = OBJ_SCHEMA;
		break;
	case OBJECT_TYPE:
	case OBJECT_DOMAIN:
		class = OBJ_TYPE;
		break;
	case OBJECT_DATABASE:
		class = OBJ_DATABASE;
		break;
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
		class = OBJ_FUNCTION;
		break;
	default:
		rc = ddl_lock_relation(d, ref->oid, LOCK_SHARE_UPDATE_EXCLUSIVE, &r, e);
		*ret = rc == ERR_OK ? &r->o : NULL;
		return rc;
	}
	rc = ddl_lock_object(d, class, ref->oid, LOCK_SHARE_UPDATE_EXCLUSIVE, e);
	*ret = catalog_object(d->c, class, ref->oid);
	return rc;
}

static int
put_with_acl(struct ddl *d, const struct object *o, const char *acl, const char *letters,
	     const struct cmd_grant *cmd, struct err *e)
{
	union {
		struct schema s;
		struct database db;
		struct user_type t;
		struct function f;
	} copy;
	struct relation *r;
	int rc = ERR_OK;

	switch (o->class) {
	case OBJ_RELATION:
		r = ddl_copy_relation(d, (const struct relation *) o);
		r->o.acl = acl;
		if (!cmd->grant)
			rc = revoke_from_columns(d, r, letters, cmd, e);
		ddl_put_relation(d, r);
		break;
	case OBJ_SCHEMA:
		copy.s = *(const struct schema *) o;
		copy.s.o.acl = acl;
		draft_put(d->draft, &copy.s.o);
		break;
	case OBJ_DATABASE:
		copy.db = *(const struct database *) o;
		copy.db.o.acl = acl;
		draft_put(d->draft, &copy.db.o);
		break;
	case OBJ_FUNCTION:
		copy.f = *(const struct function *) o;
		copy.f.o.acl = acl;
		draft_put(d->draft, &copy.f.o);
		break;
	default:
		copy.t = *(const struct user_type *) o;
		copy.t.o.acl = acl;
		draft_put(d->draft, &copy.t.o);
		break;
	}
	return rc;
}

static int
grant_on(struct ddl *d, const struct object_ref *ref, const struct def_privilege *p,
	 const struct cmd_grant *cmd, struct err *e)
{
	const struct object *o = NULL;
	const char *letters, *acl;
	int rc = lock_object(d, ref, &o, e);

	if (rc == ERR_OK)
		rc = wanted_letters(d, o, p, &letters, e);
	if (rc == ERR_OK && p->columns.n > 0) {
		rc = grant_columns(d, o, p, letters, cmd, e);
	} else if (rc == ERR_OK) {
		rc = changed_acl(d, o, o->acl, false, letters, cmd, &acl, e);
		if (rc == ERR_OK)
			rc = put_with_acl(d, o, acl, letters, cmd, e);
	}
	return rc == ERR_OK ? ddl_seal(d, e) : rc;
}

int
ddl_grant(struct ddl *d, const struct cmd_grant *cmd, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->objects.n; i++)
		for (int k = 0; rc == ERR_OK && k < cmd->privileges.n; k++)
			rc = grant_on(d, LIST_AT(const struct object_ref, &cmd->objects, i),
				      LIST_AT(const struct def_privilege, &cmd->privileges, k), cmd,
				      e);
	return rc;
}
