/* owned.c - what a role has: objects, privileges, default privileges.
 *
 * DROP ROLE is refused while there is something, in whatever database; REASSIGN OWNED gives objects
 * away; DROP OWNED drops them and takes the role out of all access lists.
 *
 * Not here: roles as such (role.c), one object's owner (rename.c). */
#include "config.h"
#include "core/ddl/acl.h"
#include "core/ddl/drop.h"

#include <stdlib.h>

#include "core/security/privilege.h"

enum { TOLD_MAX = 100 };

/* One thing that ties an object to the role. */
struct tie {
	const struct object *o;
	int16_t attnum;     /* of a column's list; 0: the whole */
	bool privileges;    /* it is in the access list; false: it is the owner */
};

struct ties {
	struct ddl *d;
	oid_t role;
	struct list at; /* struct tie */
};

static void
add_tie(struct ties *t, const struct object *o, int16_t attnum, bool privileges)
{
	struct tie *tie = ARENA_NEW(t->d->a, struct tie);

	*tie = (struct tie){ o, attnum, privileges };
	list_push(&t->at, t->d->a, tie);
}

static void
ties_of_object(struct ties *t, const struct object *o)
{
	const struct relation *r = o->class == OBJ_RELATION ? (const struct relation *) o : NULL;

	if (r != NULL && r->index != NULL)
		return; /* its table's */
	if (o->owner != t->role && acl_mentions(t->d, o->acl, t->role))
		add_tie(t, o, 0, true);
	if (o->owner == t->role)
		add_tie(t, o, 0, false);
	for (int i = 0; r != NULL && i < r->ncols; i++)
		if (r->o.owner != t->role && acl_mentions(t->d, r->cols[i].acl, t->role))
			add_tie(t, o, r->cols[i].attnum, true);
}

static void
ties_in(struct ties *t, const struct catalog *c, bool shared)
{
	static const enum object_class classes[] = { OBJ_SCHEMA, OBJ_RELATION, OBJ_TYPE, OBJ_FUNCTION,
						     OBJ_DEFAULT_ACL };

	for (unsigned k = 0; k < ARRAY_LEN(classes); k++)
		for (int i = 0; i < catalog_count(c, classes[k]); i++)
			ties_of_object(t, catalog_at(c, classes[k], i));
	for (int i = 0; shared && i < catalog_count(c, OBJ_DATABASE); i++)
		ties_of_object(t, catalog_at(c, OBJ_DATABASE, i));
}

/* --- DROP ROLE -------------------------------------------------------------------------------- */

static int
tie_order(const void *a, const void *b)
{
	const struct tie *x = *(struct tie *const *) a, *y = *(struct tie *const *) b;

	if (x->o->oid != y->o->oid)
		return x->o->oid < y->o->oid ? -1 : 1;
	return x->attnum - y->attnum;
}

static const char *
describe(struct ddl *d, const struct object *o, int16_t attnum)
{
	struct drop_set s = { .d = d };
	struct part p = { .oid = o->oid, .sub = (oid_t) attnum };
	const struct schema *in;

	switch (o->class) {
	case OBJ_RELATION:
		p.kind = attnum != 0 ? PART_COLUMN : PART_RELATION;
		break;
	case OBJ_TYPE:
		p.kind = PART_TYPE;
		break;
	case OBJ_FUNCTION:
		p.kind = PART_FUNCTION;
		break;
	case OBJ_SCHEMA:
		p.kind = PART_SCHEMA;
		break;
	case OBJ_DATABASE:
		return arena_printf(d->a, "database %s", o->name);
	default:
		in = o->schema != 0 ? catalog_schema_by_oid(d->c, o->schema) : NULL;
		return arena_printf(d->a, "default privileges on new %s belonging to role %s%s%s",
				    ddl_default_acl_of(((const struct default_acl *) o)->kind),
				    catalog_role_by_oid(d->c, o->owner)->o.name,
				    in != NULL ? " in schema " : "", in != NULL ? in->o.name : "");
	}
	return drop_describe(&s, &p);
}

struct elsewhere {
	struct ddl *d;
	oid_t role;
	struct strbuf *to;
	int databases;
};

static void
count_elsewhere(void *arg, struct catalog *c)
{
	struct elsewhere *w = arg;
	struct ties t = { .d = w->d, .role = w->role };
	const struct database *db = catalog_own_database(c);

	if (db != NULL && db->o.oid != catalog_store_database(w->d->env->store)) {
		ties_in(&t, c, false);
		if (t.at.n > 0 && w->databases++ < TOLD_MAX)
			strbuf_printf(w->to, "%s%d object%s in database %s", w->to->len > 0 ? "\n" : "",
				      t.at.n, t.at.n == 1 ? "" : "s", db->o.name);
	}
	catalog_release(c);
}

int
ddl_check_has_nothing(struct ddl *d, const struct role *r, struct err *e)
{
	struct ties t = { .d = d, .role = r->o.oid };
	struct strbuf lines;
	struct elsewhere others = { .d = d, .role = r->o.oid, .to = &lines };

	strbuf_init(&lines, d->a);
	ties_in(&t, d->c, true);
	if (t.at.n > 1)
		qsort(t.at.at, (size_t) t.at.n, sizeof *t.at.at, tie_order);
	for (int i = 0; i < t.at.n && i < TOLD_MAX; i++) {
		const struct tie *tie = LIST_AT(const struct tie, &t.at, i);

		strbuf_printf(&lines, "%s%s %s", i > 0 ? "\n" : "",
			      tie->privileges ? "privileges for" : "owner of",
			      describe(d, tie->o, tie->attnum));
	}
	catalogs_each(catalog_store_all(d->env->store), count_elsewhere, &others);
	if (lines.len == 0)
		return ERR_OK;
	if (t.at.n > TOLD_MAX)
		strbuf_printf(&lines, "\nand %d other object%s (see server log for list)",
			      t.at.n - TOLD_MAX, t.at.n - TOLD_MAX == 1 ? "" : "s");
	err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
		"role \"%s\" cannot be dropped because some objects depend on it", r->o.name);
	return err_detail(e, "%s", lines.data);
}

/* --- REASSIGN OWNED --------------------------------------------------------------------------- */

static int
check_roles(struct ddl *d, const struct cmd_owned *cmd, const char *denied, const char *pinned,
	    struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->roles.n; i++) {
		const struct role *r = LIST_AT(const struct role, &cmd->roles, i);

		if (!ddl_has_role(d, r->o.oid))
			return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "%s", denied);
		if (r->o.oid < OID_FIRST_USER)
			return err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
				       "cannot %s objects owned by role %s because they are required by "
				       "the database system",
				       pinned, r->o.name);
	}
	return rc;
}

static int
give(struct ddl *d, const struct object *o, oid_t to, struct err *e)
{
	static const enum object_kind kinds[OBJ_CLASS_COUNT] = {
		[OBJ_SCHEMA] = OBJECT_SCHEMA,     [OBJ_RELATION] = OBJECT_TABLE, [OBJ_TYPE] = OBJECT_TYPE,
		[OBJ_FUNCTION] = OBJECT_FUNCTION, [OBJ_DATABASE] = OBJECT_DATABASE,
	};
	struct cmd_owner cmd = { .object = { .kind = kinds[o->class], .oid = o->oid }, .owner = to };

	int rc = ddl_owner(d, &cmd, e);
	return rc == ERR_OK ? ddl_seal(d, e) : rc;
}

int
ddl_reassign_owned(struct ddl *d, const struct cmd_owned *cmd, struct err *e)
{
	const struct role *to = catalog_role_by_oid(d->c, cmd->new_owner);
	int rc = check_roles(d, cmd, "permission denied to reassign objects", "reassign ownership of", e);

	if (rc == ERR_OK && !ddl_has_role(d, cmd->new_owner))
		rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"", to->o.name);
	for (int k = 0; rc == ERR_OK && k < cmd->roles.n; k++) {
		struct ties t = { .d = d, .role = LIST_AT(const struct role, &cmd->roles, k)->o.oid };

		ties_in(&t, d->c, true);
		for (int i = 0; rc == ERR_OK && i < t.at.n; i++) {
			const struct tie *tie = LIST_AT(const struct tie, &t.at, i);
			const struct object *now = catalog_object(d->c, tie->o->class, tie->o->oid);

			/* A sequence may have gone with its table. */
			if (!tie->privileges && now != NULL && now->owner == t.role &&
			    now->class != OBJ_DEFAULT_ACL)
				rc = give(d, now, cmd->new_owner, e);
		}
	}
	return rc;
}

/* --- DROP OWNED ------------------------------------------------------------------------------- */

static int
revoke_all(struct ddl *d, const struct tie *tie, oid_t role, struct err *e)
{
	const struct object *o;
	const struct relation *r;
	int rc;

	if (tie->o->class != OBJ_RELATION) {
		rc = ddl_lock_object(d, tie->o->class, tie->o->oid, LOCK_SHARE_UPDATE_EXCLUSIVE, e);
		if (rc != ERR_OK)
			return rc;
		o = catalog_object(d->c, tie->o->class, tie->o->oid);
		ddl_put_with_acl(d, o, acl_without(d, o->acl, role));
		return ddl_seal(d, e);
	}
	rc = ddl_lock_relation(d, tie->o->oid, LOCK_SHARE_UPDATE_EXCLUSIVE, &r, e);
	if (rc != ERR_OK)
		return rc;
	struct relation *copy = ddl_copy_relation(d, r);
	struct column *c = tie->attnum != 0 ? &ddl_columns(copy)[tie->attnum - 1] : NULL;
	if (c == NULL)
		copy->o.acl = acl_without(d, r->o.acl, role);
	else
		c->acl = acl_without(d, c->acl, role);
	if (c != NULL && strcmp(c->acl, "{}") == 0)
		c->acl = NULL;
	ddl_put_relation(d, copy);
	return ddl_seal(d, e);
}

static void
ask(struct drop_set *s, const struct object *o)
{
	enum part_kind kind = o->class == OBJ_RELATION   ? PART_RELATION
			      : o->class == OBJ_TYPE     ? PART_TYPE
			      : o->class == OBJ_FUNCTION ? PART_FUNCTION
							 : PART_SCHEMA;

	drop_ask(s, kind, o->oid, 0);
}

int
ddl_drop_owned(struct ddl *d, const struct cmd_owned *cmd, struct err *e)
{
	struct drop_set s = { .d = d };
	int rc = check_roles(d, cmd, "permission denied to drop objects", "drop", e);

	for (int k = 0; rc == ERR_OK && k < cmd->roles.n; k++) {
		struct ties t = { .d = d, .role = LIST_AT(const struct role, &cmd->roles, k)->o.oid };

		ties_in(&t, d->c, true);
		for (int i = 0; rc == ERR_OK && i < t.at.n; i++) {
			const struct tie *tie = LIST_AT(const struct tie, &t.at, i);

			if (tie->o->class == OBJ_DEFAULT_ACL)
				rc = ddl_default_acl_without(d, tie->o->oid, t.role, e);
			else if (tie->privileges)
				rc = revoke_all(d, tie, t.role, e);
			else if (tie->o->class != OBJ_DATABASE)
				ask(&s, tie->o);
		}
	}
	return rc == ERR_OK && s.asked.n > 0 ? drop_run(&s, cmd->cascade, e) : rc;
}
