/* grant.c - GRANT and REVOKE of privileges on objects.
 *
 * Not here: access lists as such (acl.c), default privileges (default_acl.c), roles (role.c), checking
 * (core/security). */
#include "config.h"
#include "core/ddl/acl.h"

#include <ctype.h>

#include "core/security/privilege.h"

/* --- what applies to which object ------------------------------------------------------------- */

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

/* The rights of one privilege on the object or, with columns, on columns of it. */
static int
wanted_rights(struct ddl *d, const struct object *o, const struct def_privilege *p, uint16_t *ret,
	      struct err *e)
{
	const char *all = p->columns.n > 0 ? "arwx" : access_owner_default(o);
	const char letters[2] = { p->name != NULL ? acl_letter_of(p->name) : '\0', '\0' };

	*ret = access_bits(p->name != NULL ? letters : all);
	if (p->name == NULL)
		return ERR_OK;
	if (letters[0] == '\0')
		return err_set(e, ERR_SYNTAX_ERROR, "unrecognized privilege type \"%s\"", p->name);
	if (strchr(all, letters[0]) == NULL)
		return err_set(e, ERR_INVALID_GRANT_OPERATION, "invalid privilege type %s for %s",
			       upper(d, p->name), p->columns.n > 0 ? "column" : kind_word(o));
	return ERR_OK;
}

static int
bits_in(uint16_t set)
{
	int n = 0;

	for (; set != 0; set &= (uint16_t) (set - 1))
		n++;
	return n;
}

/* Who grants: the owner, or the role of the user's that was given the options for the most rights;
 * *ret_rights are those. */
static oid_t
find_grantor(struct ddl *d, const struct object *o, const struct acl *acl, uint16_t rights,
	     uint16_t *ret_rights)
{
	oid_t best = d->env->user;

	*ret_rights = rights;
	if (ddl_has_role(d, o->owner))
		return o->owner;
	*ret_rights = 0;
	for (int i = 0; i < acl->n; i++) {
		oid_t grantee = acl->at[i].grantee;
		uint16_t may = 0;

		if (grantee == 0 || !ddl_has_role(d, grantee))
			continue;
		for (int k = 0; k < acl->n; k++)
			if (acl->at[k].grantee == grantee)
				may |= acl->at[k].grant_options & rights;
		if (bits_in(may) > bits_in(*ret_rights)) {
			*ret_rights = may;
			best = grantee;
		}
	}
	return best;
}

/* Rights that the user may not hand on are left out with a warning; who has no right at all is
 * refused. */
static int
check_rights(struct ddl *d, const struct object *o, const struct column *col, const struct acl *acl,
	     const struct cmd_grant *cmd, bool all, uint16_t wanted, uint16_t may, struct err *e)
{
	const char *verb = cmd->grant ? "were granted" : "could be revoked";
	enum err_code code = cmd->grant ? ERR_WARNING_PRIVILEGE_NOT_GRANTED : ERR_WARNING_PRIVILEGE_NOT_REVOKED;
	bool any = may != 0;

	for (int i = 0; i < acl->n && !any; i++)
		any = acl->at[i].rights != 0 &&
		      (acl->at[i].grantee == 0 || ddl_has_role(d, acl->at[i].grantee));
	if (!any && col != NULL)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			       "permission denied for column \"%s\" of relation \"%s\"", col->name,
			       o->name);
	if (!any)
		return privilege_check(d->c, d->env->user, o, "", e);
	if (may == wanted || (may != 0 && all))
		return ERR_OK;
	if (col != NULL)
		ddl_notice(d, LOG_WARNING, code,
			   "%s privileges %s for column \"%s\" of relation \"%s\"",
			   may == 0 ? "no" : "not all", verb, col->name, o->name);
	else
		ddl_notice(d, LOG_WARNING, code, "%s privileges %s for \"%s\"",
			   may == 0 ? "no" : "not all", verb, o->name);
	return ERR_OK;
}

/* The changed list of an object or of a column of it. */
static int
changed_acl(struct ddl *d, const struct object *o, const struct column *col, bool all,
	    uint16_t wanted, const struct cmd_grant *cmd, const char **ret, struct err *e)
{
	struct acl acl = { 0 }, whole = { 0 };
	uint16_t rights;

	if (o->acl != NULL)
		acl_read(d, o->acl, &whole);
	else
		acl_default(d, o, &whole);
	if (col != NULL) {
		acl_read(d, col->acl, &acl);
		acl_read(d, col->acl, &whole);
	} else {
		acl = whole;
	}
	oid_t grantor = find_grantor(d, o, &whole, wanted, &rights);
	int rc = check_rights(d, o, col, &whole, cmd, all, wanted, rights, e);
	if (rc == ERR_OK)
		rc = acl_change(d, &acl, cmd, o->owner, grantor, rights, e);
	if (rc != ERR_OK)
		return rc;
	*ret = acl_text(d, &acl);
	if (col != NULL && strcmp(*ret, "{}") == 0)
		*ret = NULL;
	return ERR_OK;
}

/* --- columns ---------------------------------------------------------------------------------- */

static int
grant_columns(struct ddl *d, const struct object *o, const struct def_privilege *p, uint16_t rights,
	      const struct cmd_grant *cmd, struct err *e)
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
		int rc = changed_acl(d, o, to, p->name == NULL, rights, cmd, &to->acl, e);
		if (rc != ERR_OK)
			return rc;
	}
	ddl_put_relation(d, r);
	return ERR_OK;
}

/* REVOKE from a table takes the same from its columns. */
static int
revoke_from_columns(struct ddl *d, struct relation *r, bool all, uint16_t rights,
		    const struct cmd_grant *cmd, struct err *e)
{
	int rc = ERR_OK;

	rights &= access_bits("arwx");
	for (int i = 0; i < r->ncols && rc == ERR_OK && rights != 0; i++)
		if (r->cols[i].acl != NULL)
			rc = changed_acl(d, &r->o, &r->cols[i], all, rights, cmd,
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

void
ddl_put_with_acl(struct ddl *d, const struct object *o, const char *acl)
{
	union {
		struct schema s;
		struct database db;
		struct user_type t;
		struct function f;
	} copy;
	struct relation *r;

	switch (o->class) {
	case OBJ_RELATION:
		r = ddl_copy_relation(d, (const struct relation *) o);
		r->o.acl = acl;
		ddl_put_relation(d, r);
		return;
	case OBJ_SCHEMA:
		copy.s = *(const struct schema *) o;
		break;
	case OBJ_DATABASE:
		copy.db = *(const struct database *) o;
		break;
	case OBJ_FUNCTION:
		copy.f = *(const struct function *) o;
		break;
	default:
		copy.t = *(const struct user_type *) o;
		break;
	}
	copy.s.o.acl = acl;
	draft_put(d->draft, &copy.s.o);
}

static int
grant_on(struct ddl *d, const struct object_ref *ref, const struct def_privilege *p,
	 const struct cmd_grant *cmd, struct err *e)
{
	const struct object *o = NULL;
	const char *acl;
	uint16_t rights;
	int rc = lock_object(d, ref, &o, e);

	if (rc == ERR_OK)
		rc = wanted_rights(d, o, p, &rights, e);
	if (rc == ERR_OK && p->columns.n > 0) {
		rc = grant_columns(d, o, p, rights, cmd, e);
	} else if (rc == ERR_OK) {
		rc = changed_acl(d, o, NULL, p->name == NULL, rights, cmd, &acl, e);
		if (rc == ERR_OK && o->class == OBJ_RELATION && !cmd->grant) {
			struct relation *r = ddl_copy_relation(d, (const struct relation *) o);

			rc = revoke_from_columns(d, r, p->name == NULL, rights, cmd, e);
			r->o.acl = acl;
			ddl_put_relation(d, r);
		} else if (rc == ERR_OK) {
			ddl_put_with_acl(d, o, acl);
		}
	}
	return rc == ERR_OK ? ddl_seal(d, e) : rc;
}

/* They must still be there when this commits. */
int
ddl_lock_grantees(struct ddl *d, const struct cmd_grant *cmd, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->grantees.n; i++) {
		const struct role *r = LIST_AT(const struct role, &cmd->grantees, i);

		if (r != NULL)
			rc = ddl_lock_object(d, OBJ_ROLE, r->o.oid, LOCK_ACCESS_SHARE, e);
	}
	return rc;
}

int
ddl_grant(struct ddl *d, const struct cmd_grant *cmd, struct err *e)
{
	int rc = ddl_lock_grantees(d, cmd, e);

	for (int i = 0; rc == ERR_OK && i < cmd->objects.n; i++)
		for (int k = 0; rc == ERR_OK && k < cmd->privileges.n; k++)
			rc = grant_on(d, LIST_AT(const struct object_ref, &cmd->objects, i),
				      LIST_AT(const struct def_privilege, &cmd->privileges, k), cmd,
				      e);
	return rc;
}
