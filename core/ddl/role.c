/* role.c - roles and their membership.
 *
 * Not here: privileges on objects (grant.c), databases (database.c). */
#include "config.h"
#include "core/ddl/private.h"

static const struct role *
current(const struct ddl *d)
{
	return catalog_role_by_oid(d->c, d->env->user);
}

static int
may_change_roles(struct ddl *d, const char *what, struct err *e)
{
	const struct role *r = current(d);

	if (r != NULL && (r->superuser || r->create_role))
		return ERR_OK;
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "%s", what);
}

static void
set_flag(bool *to, int given)
{
	if (given >= 0)
		*to = given != 0;
}

static int
set_password(struct ddl *d, struct role *r, const struct cmd_role *cmd, struct err *e)
{
	if (!cmd->set_password)
		return ERR_OK;
	if (cmd->password == NULL || strncmp(cmd->password, "SCRAM-SHA-256$", 14) == 0) {
		r->password = cmd->password;
		return ERR_OK;
	}
	if (d->env->hash_password == NULL)
		return err_unsupported(e, "a password in clear text",
				       "Give a SCRAM-SHA-256 verifier.");
	return d->env->hash_password(d->env->arg, cmd->password, &r->password, e);
}

static int
set_valid_until(struct ddl *d, struct role *r, const struct cmd_role *cmd, struct err *e)
{
	const struct type *t = type_builtin(OID_TIMESTAMPTZ);
	struct type_env env = d->env->exec->type;
	union datum v;
	int rc;

	if (!cmd->set_valid)
		return ERR_OK;
	if (cmd->valid_until == NULL) {
		r->valid_until = INT64_MAX;
		return ERR_OK;
	}
	env.arena = d->a;
	rc = t->ops->in(t, &env, cmd->valid_until, strlen(cmd->valid_until), -1, &v, e);
	if (rc == ERR_OK)
		r->valid_until = v.i;
	return rc;
}

/* ALTER ROLE ... SET name = value: replaces, or with no value removes. */
void
ddl_change_settings(struct ddl *d, const char *const **settings, int *n, const char *name,
		    const char *value, bool reset_all)
{
	const char **to = ARENA_ARRAY(d->a, const char *, *n + 1);
	size_t len = name != NULL ? strlen(name) : 0;
	int kept = 0;

	for (int i = 0; !reset_all && i < *n; i++)
		if (name == NULL || strncmp((*settings)[i], name, len) != 0 ||
		    (*settings)[i][len] != '=')
			to[kept++] = (*settings)[i];
	if (name != NULL && value != NULL)
		to[kept++] = arena_printf(d->a, "%s=%s", name, value);
	*settings = to;
	*n = kept;
}

static int
fill(struct ddl *d, struct role *r, const struct cmd_role *cmd, struct err *e)
{
	int rc;

	set_flag(&r->superuser, cmd->superuser);
	set_flag(&r->inherit, cmd->inherit);
	set_flag(&r->create_role, cmd->create_role);
	set_flag(&r->create_db, cmd->create_db);
	set_flag(&r->login, cmd->login);
	set_flag(&r->replication, cmd->replication);
	set_flag(&r->bypass_rls, cmd->bypass_rls);
	if (cmd->set_limit)
		r->conn_limit = cmd->conn_limit;
	if (cmd->set_name != NULL || cmd->reset_all)
		ddl_change_settings(d, &r->settings, &r->nsettings, cmd->set_name, cmd->set_value,
				    cmd->reset_all);
	rc = set_password(d, r, cmd, e);
	return rc == ERR_OK ? set_valid_until(d, r, cmd, e) : rc;
}

/* --- membership ------------------------------------------------------------------------------- */

static bool
is_member(const struct ddl *d, oid_t role, oid_t of, int depth)
{
	const struct role *r = catalog_role_by_oid(d->c, role);

	if (role == of)
		return true;
	for (int i = 0; r != NULL && depth < 64 && i < r->nmember_of; i++)
		if (is_member(d, r->member_of[i], of, depth + 1))
			return true;
	return false;
}

static struct role *
copy_role(struct ddl *d, const struct role *r)
{
	return arena_dup(d->a, r, sizeof *r);
}

static bool
oid_in(oid_t oid, int n, const oid_t *in)
{
	for (int i = 0; i < n; i++)
		if (in[i] == oid)
			return true;
	return false;
}

static void
add_oid(struct ddl *d, oid_t oid, int *n, const oid_t **at)
{
	oid_t *more = ARENA_ARRAY(d->a, oid_t, *n + 1);

	if (oid_in(oid, *n, *at))
		return;
	if (*n > 0)
		memcpy(more, *at, (size_t) *n * sizeof *more);
	more[(*n)++] = oid;
	*at = more;
}

static void
remove_oid(struct ddl *d, oid_t oid, int *n, const oid_t **at)
{
	oid_t *less = ARENA_ARRAY(d->a, oid_t, *n + 1);
	int kept = 0;

	for (int i = 0; i < *n; i++)
		if ((*at)[i] != oid)
			less[kept++] = (*at)[i];
	*at = less;
	*n = kept;
}

static int
join(struct ddl *d, struct role *member, const struct role *group, bool admin, struct err *e)
{
	oid_t oid = group->o.oid;

	if (is_member(d, oid, member->o.oid, 0))
		return err_set(e, ERR_INVALID_GRANT_OPERATION,
			       "role \"%s\" is a member of role \"%s\"", group->o.name,
			       member->o.name);
	if (oid_in(oid, member->nmember_of, member->member_of) &&
	    (!admin || oid_in(oid, member->nadmin_of, member->admin_of))) {
		ddl_notice(d, LOG_NOTICE, ERR_OK, "role \"%s\" is already a member of role \"%s\"",
			   member->o.name, group->o.name);
		return ERR_OK;
	}
	add_oid(d, oid, &member->nmember_of, &member->member_of);
	if (admin)
		add_oid(d, oid, &member->nadmin_of, &member->admin_of);
	return ERR_OK;
}

static void
leave(struct ddl *d, struct role *member, const struct role *group, bool admin_only)
{
	remove_oid(d, group->o.oid, &member->nadmin_of, &member->admin_of);
	if (!admin_only)
		remove_oid(d, group->o.oid, &member->nmember_of, &member->member_of);
}

/* A role's option counts for its members too. */
static bool
has_admin_option(const struct ddl *d, oid_t group)
{
	for (int i = 0; i < catalog_count(d->c, OBJ_ROLE); i++) {
		const struct role *r = (const struct role *) catalog_at(d->c, OBJ_ROLE, i);

		if (oid_in(group, r->nadmin_of, r->admin_of) && is_member(d, d->env->user, r->o.oid, 0))
			return true;
	}
	return false;
}

static int
may_grant_role(const struct ddl *d, const struct role *group, struct err *e)
{
	const struct role *me = current(d);

	if (me != NULL && me->superuser)
		return ERR_OK;
	if (group->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter superusers");
	if ((me != NULL && me->create_role) || has_admin_option(d, group->o.oid))
		return ERR_OK;
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must have admin option on role \"%s\"",
		       group->o.name);
}

static int
change_membership(struct ddl *d, struct role *r, const struct cmd_grant_role *cmd, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->roles.n; i++) {
		const struct role *group = LIST_AT(const struct role, &cmd->roles, i);

		if (cmd->grant)
			rc = join(d, r, group, cmd->admin_option, e);
		else if (oid_in(group->o.oid, r->nmember_of, r->member_of))
			leave(d, r, group, cmd->admin_option);
		else
			ddl_notice(d, LOG_WARNING, ERR_OK,
				   "role \"%s\" is not a member of role \"%s\"", r->o.name,
				   group->o.name);
	}
	return rc;
}

int
ddl_grant_role(struct ddl *d, const struct cmd_grant_role *cmd, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->roles.n; i++)
		rc = may_grant_role(d, LIST_AT(const struct role, &cmd->roles, i), e);
	for (int m = 0; rc == ERR_OK && m < cmd->members.n; m++) {
		oid_t oid = LIST_AT(const struct role, &cmd->members, m)->o.oid;
		struct role *r;

		rc = ddl_lock_object(d, OBJ_ROLE, oid, LOCK_ACCESS_EXCLUSIVE, e);
		if (rc != ERR_OK)
			return rc;
		r = copy_role(d, catalog_role_by_oid(d->c, oid));
		rc = change_membership(d, r, cmd, e);
		if (rc == ERR_OK) {
			draft_put(d->draft, &r->o);
			rc = ddl_seal(d, e);
		}
	}
	return rc;
}

/* --- CREATE, ALTER, DROP, RENAME -------------------------------------------------------------- */

static int
create_role(struct ddl *d, const struct cmd_role *cmd, struct err *e)
{
	struct role r = {
		.o = { .class = OBJ_ROLE, .name = cmd->name },
		.inherit = true,
		.login = cmd->is_user,
		.conn_limit = -1,
		.valid_until = INT64_MAX,
	};
	struct cmd_grant_role grant = { .grant = true };
	int rc;

	if (strncmp(cmd->name, "pg_", 3) == 0) {
		err_set(e, ERR_RESERVED_NAME, "role name \"%s\" is reserved", cmd->name);
		return err_detail(e, "Role names starting with \"pg_\" are reserved.");
	}
	rc = may_change_roles(d, "permission denied to create role", e);
	if (rc == ERR_OK && cmd->superuser > 0 && !ddl_is_superuser(d))
		rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			     "must be superuser to create superusers");
	if (rc == ERR_OK)
		rc = ddl_lock_shared_name(d, cmd->name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_role(d->c, cmd->name) != NULL)
		return err_set(e, ERR_DUPLICATE_OBJECT, "role \"%s\" already exists", cmd->name);
	rc = fill(d, &r, cmd, e);
	for (int i = 0; rc == ERR_OK && i < cmd->in_roles.n; i++)
		rc = join(d, &r, LIST_AT(const struct role, &cmd->in_roles, i), false, e);
	if (rc != ERR_OK)
		return rc;
	r.o.oid = draft_new_oid(d->draft);
	draft_put(d->draft, &r.o);
	rc = ddl_seal(d, e);
	list_push(&grant.roles, d->a, catalog_role_by_oid(d->c, r.o.oid));
	grant.members = cmd->members;
	if (rc == ERR_OK && cmd->members.n > 0)
		rc = ddl_grant_role(d, &grant, e);
	grant.members = cmd->admins;
	grant.admin_option = true;
	return rc == ERR_OK && cmd->admins.n > 0 ? ddl_grant_role(d, &grant, e) : rc;
}

static int
alter_role(struct ddl *d, const struct cmd_role *cmd, struct err *e)
{
	struct role r;
	bool own = cmd->role->o.oid == d->env->user;
	int rc = ERR_OK;

	/* One's own password and settings are one's own business. */
	if (!own || cmd->superuser >= 0 || cmd->create_role >= 0 || cmd->create_db >= 0 ||
	    cmd->login >= 0 || cmd->replication >= 0 || cmd->bypass_rls >= 0 || cmd->set_limit ||
	    cmd->set_valid)
		rc = may_change_roles(d, "permission denied", e);
	if (rc == ERR_OK && (cmd->role->superuser || cmd->superuser >= 0) && !own &&
	    !ddl_is_superuser(d))
		rc = err_set(
			e, ERR_INSUFFICIENT_PRIVILEGE,
			"must be superuser to alter superuser roles or change superuser attribute");
	if (rc == ERR_OK)
		rc = ddl_lock_object(d, OBJ_ROLE, cmd->role->o.oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	r = *catalog_role_by_oid(d->c, cmd->role->o.oid);
	rc = fill(d, &r, cmd, e);
	if (rc == ERR_OK)
		draft_put(d->draft, &r.o);
	return rc;
}

/* ALTER ROLE ... IN DATABASE ... SET, ALTER ROLE ALL SET. */
static int
alter_setting(struct ddl *d, const struct cmd_role *cmd, struct err *e)
{
	struct role_setting s = { .o = { .class = OBJ_ROLE_SETTING, .name = "" },
				  .role = cmd->role != NULL ? cmd->role->o.oid : 0,
				  .database = cmd->in_database };
	const struct database *db;
	int rc = ERR_OK;

	if (cmd->role == NULL && !ddl_is_superuser(d)) {
		db = s.database != 0 ? (const struct database *) catalog_object(d->c, OBJ_DATABASE, s.database)
				     : NULL;
		if (db == NULL)
			return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
				       "must be superuser to alter settings globally");
		rc = ddl_check_owner(d, &db->o, "database", e);
	} else if (cmd->role != NULL && s.role != d->env->user) {
		rc = may_change_roles(d, "permission denied", e);
		if (rc == ERR_OK && cmd->role->superuser && !ddl_is_superuser(d))
			rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
				     "must be superuser to alter superusers");
	}
	if (rc == ERR_OK)
		rc = ddl_lock_shared_name(d, "settings of roles", e);
	if (rc == ERR_OK && s.role != 0)
		rc = ddl_lock_object(d, OBJ_ROLE, s.role, LOCK_ACCESS_SHARE, e);
	if (rc == ERR_OK && s.database != 0)
		rc = ddl_lock_object(d, OBJ_DATABASE, s.database, LOCK_ACCESS_SHARE, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < catalog_count(d->c, OBJ_ROLE_SETTING); i++) {
		const struct role_setting *old =
			(const struct role_setting *) catalog_at(d->c, OBJ_ROLE_SETTING, i);

		if (old->role == s.role && old->database == s.database)
			s = *old;
	}
	ddl_change_settings(d, &s.settings, &s.nsettings, cmd->set_name, cmd->set_value, cmd->reset_all);
	if (s.nsettings == 0) {
		if (s.o.oid != 0)
			draft_remove(d->draft, OBJ_ROLE_SETTING, s.o.oid);
		return ERR_OK;
	}
	if (s.o.oid == 0)
		s.o.oid = draft_new_oid(d->draft);
	draft_put(d->draft, &s.o);
	return ERR_OK;
}

int
ddl_role(struct ddl *d, const struct cmd_role *cmd, struct err *e)
{
	if (cmd->c.kind == CMD_ALTER_ROLE && (cmd->role == NULL || cmd->in_database != 0))
		return alter_setting(d, cmd, e);
	return cmd->c.kind == CMD_CREATE_ROLE ? create_role(d, cmd, e) : alter_role(d, cmd, e);
}

/* What was set for it in one database. */
static void
drop_settings(struct ddl *d, oid_t role)
{
	for (int i = 0; i < catalog_count(d->c, OBJ_ROLE_SETTING); i++) {
		const struct role_setting *s =
			(const struct role_setting *) catalog_at(d->c, OBJ_ROLE_SETTING, i);

		if (s->role == role)
			draft_remove(d->draft, OBJ_ROLE_SETTING, s->o.oid);
	}
}

int
ddl_drop_role(struct ddl *d, oid_t oid, struct err *e)
{
	const struct role *r;
	int rc;

	rc = may_change_roles(d, "permission denied to drop role", e);
	if (rc == ERR_OK)
		rc = ddl_lock_object(d, OBJ_ROLE, oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	r = catalog_role_by_oid(d->c, oid);
	if (oid == d->env->user)
		return err_set(e, ERR_OBJECT_IN_USE, "current user cannot be dropped");
	if (r->superuser && !ddl_is_superuser(d))
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			       "must be superuser to drop superusers");
	if (oid < OID_FIRST_USER)
		return err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
			       "cannot drop role %s because it is required by the database system",
			       r->o.name);
	rc = ddl_check_has_nothing(d, r, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < catalog_count(d->c, OBJ_ROLE); i++) {
		const struct role *m = (const struct role *) catalog_at(d->c, OBJ_ROLE, i);
		struct role *copy;

		for (int k = 0; k < m->nmember_of; k++) {
			if (m->member_of[k] != oid)
				continue;
			copy = copy_role(d, m);
			leave(d, copy, r, false);
			draft_put(d->draft, &copy->o);
			break;
		}
	}
	drop_settings(d, oid);
	draft_remove(d->draft, OBJ_ROLE, oid);
	return ddl_seal(d, e);
}

int
ddl_rename_role(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	struct role r;
	int rc;

	rc = may_change_roles(d, "permission denied to rename role", e);
	if (rc == ERR_OK)
		rc = ddl_lock_object(d, OBJ_ROLE, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc == ERR_OK)
		rc = ddl_lock_shared_name(d, cmd->new_name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_role(d->c, cmd->new_name) != NULL)
		return err_set(e, ERR_DUPLICATE_OBJECT, "role \"%s\" already exists",
			       cmd->new_name);
	if (cmd->object.oid == d->env->user)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "session user cannot be renamed");
	if (strncmp(cmd->new_name, "pg_", 3) == 0) {
		err_set(e, ERR_RESERVED_NAME, "role name \"%s\" is reserved", cmd->new_name);
		return err_detail(e, "Role names starting with \"pg_\" are reserved.");
	}
	r = *catalog_role_by_oid(d->c, cmd->object.oid);
	r.o.name = cmd->new_name;
	draft_put(d->draft, &r.o);
	return ERR_OK;
}
