/* acl.c - access lists: taken apart, changed by GRANT and REVOKE, put together.
 *
 * Not here: which rights an object has and who may grant them (grant.c), how lists are kept and what
 * they allow (core/security). */
#include "config.h"
#include "core/ddl/acl.h"

#include <stdlib.h>
#include <strings.h>

static const struct {
	const char *name;
	char letter;
} privileges[] = {
	{ "insert", 'a' },   { "select", 'r' },     { "update", 'w' },  { "delete", 'd' },
	{ "truncate", 'D' }, { "references", 'x' }, { "trigger", 't' }, { "execute", 'X' },
	{ "usage", 'U' },    { "create", 'C' },     { "connect", 'c' }, { "temporary", 'T' },
	{ "temp", 'T' },
};

char
acl_letter_of(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(privileges); i++)
		if (strcasecmp(privileges[i].name, name) == 0)
			return privileges[i].letter;
	return '\0';
}

struct aclitem *
acl_entry(struct ddl *d, struct acl *acl, oid_t grantee, oid_t grantor)
{
	for (int i = 0; i < acl->n; i++)
		if (acl->at[i].grantee == grantee && acl->at[i].grantor == grantor)
			return &acl->at[i];
	if (acl->n == acl->cap) {
		struct aclitem *more = ARENA_ARRAY(d->a, struct aclitem, acl->cap * 2 + 8);

		if (acl->n > 0)
			memcpy(more, acl->at, (size_t) acl->n * sizeof *more);
		acl->at = more;
		acl->cap = acl->cap * 2 + 8;
	}
	acl->at[acl->n] = (struct aclitem){ .grantee = grantee, .grantor = grantor };
	return &acl->at[acl->n++];
}

static void
add(struct ddl *d, struct acl *acl, const struct aclitem *item)
{
	struct aclitem *to = acl_entry(d, acl, item->grantee, item->grantor);

	to->rights |= item->rights;
	to->grant_options |= item->grant_options;
}

void
acl_read(struct ddl *d, const char *text, struct acl *acl)
{
	struct aclitem item;

	while (text != NULL && access_next(d->c, &text, &item))
		add(d, acl, &item);
}

const char *
acl_text(struct ddl *d, const struct acl *acl)
{
	struct strbuf b;

	strbuf_init(&b, d->a);
	access_begin(&b);
	for (int i = 0; i < acl->n; i++)
		if (acl->at[i].rights != 0)
			access_add(&b, &acl->at[i]);
	return access_end(&b);
}

void
acl_default(struct ddl *d, const struct object *o, struct acl *acl)
{
	uint16_t all = access_bits(access_public_default(o)), own = access_bits(access_owner_default(o));

	if (all != 0)
		acl_entry(d, acl, 0, o->owner)->rights |= all;
	if (own != 0)
		acl_entry(d, acl, o->owner, o->owner)->rights |= own;
}

static int
by_roles(const void *a, const void *b)
{
	const struct aclitem *x = a, *y = b;

	if (x->grantee != y->grantee)
		return x->grantee < y->grantee ? -1 : 1;
	return (x->grantor > y->grantor) - (x->grantor < y->grantor);
}

void
acl_sort(struct acl *acl)
{
	if (acl->n > 1)
		qsort(acl->at, (size_t) acl->n, sizeof *acl->at, by_roles);
}

static bool
contains(const struct acl *a, const struct acl *b)
{
	for (int i = 0; i < b->n; i++) {
		bool found = b->at[i].rights == 0;

		for (int k = 0; k < a->n && !found; k++)
			found = a->at[k].grantee == b->at[i].grantee &&
				a->at[k].grantor == b->at[i].grantor &&
				a->at[k].rights == b->at[i].rights &&
				a->at[k].grant_options == b->at[i].grant_options;
		if (!found)
			return false;
	}
	return true;
}

bool
acl_equal(const struct acl *a, const struct acl *b)
{
	return contains(a, b) && contains(b, a);
}

/* --- GRANT and REVOKE ------------------------------------------------------------------------- */

static uint16_t
options_of(const struct acl *acl, oid_t role)
{
	uint16_t bits = 0;

	for (int i = 0; i < acl->n; i++)
		if (acl->at[i].grantee == role)
			bits |= acl->at[i].grant_options;
	return bits;
}

/* What others were granted by somebody who may not grant it any more. */
static int
revoke_dependents(struct acl *acl, oid_t grantor, oid_t owner, uint16_t lost, bool cascade,
		  struct err *e)
{
	lost &= (uint16_t) ~options_of(acl, grantor); /* from somebody else */
	if (grantor == owner || lost == 0)
		return ERR_OK;
	for (int i = 0; i < acl->n; i++) {
		struct aclitem *it = &acl->at[i];
		uint16_t take = it->rights & lost;

		if (it->grantor != grantor || take == 0)
			continue;
		if (!cascade) {
			err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST, "dependent privileges exist");
			return err_hint(e, "Use CASCADE to revoke them too.");
		}
		uint16_t options = it->grant_options & take;
		it->rights &= (uint16_t) ~take;
		it->grant_options &= (uint16_t) ~take;
		int rc = revoke_dependents(acl, it->grantee, owner, options, cascade, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* Nobody may get the option from those to whom it came from him. */
static int
check_circle(struct ddl *d, const struct acl *acl, oid_t grantee, oid_t grantor, oid_t owner,
	     uint16_t rights, struct err *e)
{
	struct acl without = { 0 };

	if (grantor == owner)
		return ERR_OK;
	for (int i = 0; i < acl->n; i++)
		add(d, &without, &acl->at[i]);
	for (int i = 0; i < without.n; i++) {
		uint16_t options = without.at[i].grant_options;

		if (without.at[i].grantee != grantee || options == 0)
			continue;
		without.at[i].grant_options = 0;
		int rc = revoke_dependents(&without, grantee, owner, options, true, e);
		if (rc != ERR_OK)
			return rc;
	}
	if ((rights & ~options_of(&without, grantor)) == 0)
		return ERR_OK;
	return err_set(e, ERR_INVALID_GRANT_OPERATION,
		       "grant options cannot be granted back to your own grantor");
}

static int
change(struct ddl *d, struct acl *acl, const struct cmd_grant *cmd, oid_t grantee, oid_t owner,
       oid_t grantor, uint16_t rights, struct err *e)
{
	struct aclitem *it;
	int rc = ERR_OK;

	if (cmd->grant) {
		if (cmd->grant_option && grantee == 0)
			return err_set(e, ERR_INVALID_GRANT_OPERATION,
				       "grant options can only be granted to roles");
		if (cmd->grant_option)
			rc = check_circle(d, acl, grantee, grantor, owner, rights, e);
		it = acl_entry(d, acl, grantee, grantor);
		it->rights |= rights;
		if (cmd->grant_option)
			it->grant_options |= rights;
		return rc;
	}
	it = acl_entry(d, acl, grantee, grantor);
	uint16_t lost = it->grant_options & rights;
	it->grant_options &= (uint16_t) ~rights;
	if (!cmd->grant_option)
		it->rights &= (uint16_t) ~rights;
	return revoke_dependents(acl, grantee, owner, lost, cmd->cascade, e);
}

int
acl_change(struct ddl *d, struct acl *acl, const struct cmd_grant *cmd, oid_t owner, oid_t grantor,
	   uint16_t rights, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < cmd->grantees.n && rc == ERR_OK; i++) {
		const struct role *r = LIST_AT(const struct role, &cmd->grantees, i);

		rc = change(d, acl, cmd, r != NULL ? r->o.oid : 0, owner, grantor, rights, e);
	}
	return rc;
}

/* --- roles that change ------------------------------------------------------------------------ */

const char *
ddl_acl_of_owner(struct ddl *d, const struct object *o, oid_t owner)
{
	return acl_replace(d, o->acl, o->owner, owner);
}

const char *
acl_replace(struct ddl *d, const char *text, oid_t from, oid_t to)
{
	struct acl acl = { 0 };
	struct aclitem item;

	if (text == NULL)
		return NULL;
	while (access_next(d->c, &text, &item)) {
		if (item.grantee == from)
			item.grantee = to;
		if (item.grantor == from)
			item.grantor = to;
		add(d, &acl, &item);
	}
	return acl_text(d, &acl);
}

bool
acl_mentions(struct ddl *d, const char *text, oid_t role)
{
	struct aclitem item;

	while (text != NULL && access_next(d->c, &text, &item))
		if (item.grantee == role || item.grantor == role)
			return true;
	return false;
}

const char *
acl_without(struct ddl *d, const char *text, oid_t role)
{
	struct acl acl = { 0 };
	struct aclitem item;

	if (text == NULL)
		return NULL;
	while (access_next(d->c, &text, &item))
		if (item.grantee != role && item.grantor != role)
			add(d, &acl, &item);
	return acl_text(d, &acl);
}
