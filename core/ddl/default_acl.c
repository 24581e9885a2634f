/* default_acl.c - ALTER DEFAULT PRIVILEGES, and what it gives new objects.
 *
 * For all schemas an entry has the whole list of a new object; for one schema it has what is added
 * to that.  An entry that says what would be so anyway is not kept. */
#include "config.h"
#include "core/ddl/acl.h"

#include <ctype.h>

static const struct {
	char kind;
	enum object_class class;
	const char *plural;
} kinds[] = {
	{ 'r', OBJ_RELATION, "relations" }, { 'S', OBJ_RELATION, "sequences" },
	{ 'f', OBJ_FUNCTION, "functions" }, { 'T', OBJ_TYPE, "types" },
	{ 'n', OBJ_SCHEMA, "schemas" },
};

const char *
ddl_default_acl_of(char kind)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].plural;
	return "objects";
}

static char
kind_of(const struct object *o)
{
	if (o->class == OBJ_RELATION && ((const struct relation *) o)->kind == REL_SEQUENCE)
		return 'S';
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].class == o->class)
			return kinds[i].kind;
	return '\0';
}

static const struct default_acl *
find(const struct ddl *d, oid_t owner, oid_t schema, char kind)
{
	for (int i = 0; i < catalog_count(d->c, OBJ_DEFAULT_ACL); i++) {
		const struct default_acl *a =
			(const struct default_acl *) catalog_at(d->c, OBJ_DEFAULT_ACL, i);

		if (a->o.owner == owner && a->o.schema == schema && a->kind == kind)
			return a;
	}
	return NULL;
}

const char *
ddl_default_acl(struct ddl *d, const struct object *o)
{
	char kind = kind_of(o);
	const struct default_acl *all = find(d, o->owner, 0, kind);
	const struct default_acl *here = o->schema != 0 ? find(d, o->owner, o->schema, kind) : NULL;
	struct acl built_in = { 0 }, acl = { 0 }, more = { 0 };

	if (all == NULL && here == NULL)
		return NULL;
	acl_default(d, o, &built_in);
	if (all != NULL)
		acl_read(d, all->o.acl, &acl);
	else
		acl_default(d, o, &acl);
	if (here != NULL)
		acl_read(d, here->o.acl, &more);
	for (int i = 0; i < more.n; i++) {
		struct aclitem *to = acl_entry(d, &acl, more.at[i].grantee, more.at[i].grantor);

		to->rights |= more.at[i].rights;
		to->grant_options |= more.at[i].grant_options;
	}
	acl_sort(&acl);
	return acl_equal(&acl, &built_in) ? NULL : acl_text(d, &acl);
}

/* An object as it would be made. */
static struct relation
made_by(oid_t owner, char kind)
{
	struct relation like = { .o.owner = owner, .kind = kind == 'S' ? REL_SEQUENCE : REL_TABLE };

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == kind)
			like.o.class = kinds[i].class;
	return like;
}

/* Keep the entry with this list, or remove it when it says nothing. */
static int
put_entry(struct ddl *d, struct default_acl *entry, struct acl *acl, struct err *e)
{
	const struct relation like = made_by(entry->o.owner, entry->kind);
	struct acl usual = { 0 };
	bool there = entry->o.oid != 0;

	if (entry->o.schema == 0)
		acl_default(d, &like.o, &usual);
	if (acl_equal(acl, &usual)) {
		if (there)
			draft_remove(d->draft, OBJ_DEFAULT_ACL, entry->o.oid);
		return ddl_seal(d, e);
	}
	if (!there)
		entry->o.oid = draft_new_oid(d->draft);
	acl_sort(acl);
	entry->o.acl = acl_text(d, acl);
	draft_put(d->draft, &entry->o);
	return ddl_seal(d, e);
}

int
ddl_default_acl_without(struct ddl *d, oid_t oid, oid_t role, struct err *e)
{
	const struct object *o = catalog_object(d->c, OBJ_DEFAULT_ACL, oid);
	struct default_acl entry;
	struct acl acl = { 0 };

	if (o == NULL)
		return ERR_OK;
	entry = *(const struct default_acl *) o;
	if (o->owner == role) {
		draft_remove(d->draft, OBJ_DEFAULT_ACL, oid);
		return ddl_seal(d, e);
	}
	acl_read(d, acl_without(d, o->acl, role), &acl);
	return put_entry(d, &entry, &acl, e);
}

/* --- ALTER DEFAULT PRIVILEGES ----------------------------------------------------------------- */

static int
wanted_rights(struct ddl *d, const struct cmd_default_privileges *cmd, const char *all, uint16_t *ret,
	      struct err *e)
{
	*ret = 0;
	for (int i = 0; i < cmd->grant.privileges.n; i++) {
		const struct def_privilege *p =
			LIST_AT(const struct def_privilege, &cmd->grant.privileges, i);
		const char letters[2] = { p->name != NULL ? acl_letter_of(p->name) : '\0', '\0' };

		if (p->columns.n > 0)
			return err_set(e, ERR_INVALID_GRANT_OPERATION,
				       "default privileges cannot be set for columns");
		if (p->name != NULL && letters[0] == '\0')
			return err_set(e, ERR_SYNTAX_ERROR, "unrecognized privilege type \"%s\"",
				       p->name);
		if (p->name != NULL && strchr(all, letters[0]) == NULL) {
			char *upper = arena_strdup(d->a, p->name);

			for (char *c = upper; *c != '\0'; c++)
				*c = (char) toupper((unsigned char) *c);
			return err_set(e, ERR_INVALID_GRANT_OPERATION,
				       "invalid privilege type %s for %.*s", upper,
				       (int) strlen(ddl_default_acl_of(cmd->kind)) - 1,
				       ddl_default_acl_of(cmd->kind));
		}
		*ret |= access_bits(p->name != NULL ? letters : all);
	}
	return ERR_OK;
}

static int
change_one(struct ddl *d, const struct cmd_default_privileges *cmd, oid_t owner, oid_t schema,
	   struct err *e)
{
	const struct relation like = made_by(owner, cmd->kind);
	const struct default_acl *old = find(d, owner, schema, cmd->kind);
	struct default_acl entry = { .o = { .class = OBJ_DEFAULT_ACL, .owner = owner, .schema = schema,
					    .name = "" },
				     .kind = cmd->kind };
	struct acl acl = { 0 };
	uint16_t rights;
	int rc;

	rc = wanted_rights(d, cmd, access_owner_default(&like.o), &rights, e);
	if (rc != ERR_OK)
		return rc;
	if (old != NULL) {
		entry.o.oid = old->o.oid;
		acl_read(d, old->o.acl, &acl);
	} else if (schema == 0) {
		acl_default(d, &like.o, &acl);
	}
	rc = acl_change(d, &acl, &cmd->grant, owner, owner, rights, e);
	return rc == ERR_OK ? put_entry(d, &entry, &acl, e) : rc;
}

int
ddl_default_privileges(struct ddl *d, const struct cmd_default_privileges *cmd, struct err *e)
{
	int rc = ERR_OK;

	if (cmd->schemas.n > 0 && cmd->kind == 'n')
		return err_set(e, ERR_INVALID_GRANT_OPERATION,
			       "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS");
	for (int i = 0; rc == ERR_OK && i < cmd->roles.n; i++) {
		const struct role *r = LIST_AT(const struct role, &cmd->roles, i);

		if (!ddl_has_role(d, r->o.oid))
			return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"",
				       r->o.name);
		/* The list of entries is changed by one at a time. */
		rc = ddl_lock_name(d, 0, arena_printf(d->a, "default privileges of %u", r->o.oid), e);
		if (rc == ERR_OK)
			rc = ddl_lock_object(d, OBJ_ROLE, r->o.oid, LOCK_ACCESS_SHARE, e);
		if (rc == ERR_OK)
			rc = ddl_lock_grantees(d, &cmd->grant, e);
		if (rc == ERR_OK && cmd->schemas.n == 0)
			rc = change_one(d, cmd, r->o.oid, 0, e);
		for (int k = 0; rc == ERR_OK && k < cmd->schemas.n; k++) {
			oid_t schema = LIST_AT(const struct schema, &cmd->schemas, k)->o.oid;

			rc = ddl_lock_object(d, OBJ_SCHEMA, schema, LOCK_ACCESS_SHARE, e);
			if (rc == ERR_OK)
				rc = change_one(d, cmd, r->o.oid, schema, e);
		}
	}
	return rc;
}
