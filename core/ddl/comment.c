/* comment.c - COMMENT ON: most objects carry their comment, the others get an object of their
 * own. */
#include "config.h"
#include "core/ddl/private.h"

static const char *
or_null(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static int
comment_on_relation(struct ddl *d, const struct cmd_comment *cmd, struct err *e)
{
	const struct relation *found;
	struct relation *r;
	struct index *ix;
	int rc;

	rc = ddl_lock_relation(d, cmd->object.oid, LOCK_SHARE_UPDATE_EXCLUSIVE, &found, e);
	if (rc == ERR_OK)
		rc = cmd->object.kind == OBJECT_COLUMN || cmd->object.kind == OBJECT_CONSTRAINT
			     ? ddl_check_owner(d, &found->o, "relation", e)
			     : ddl_check_relation_owner(d, found, e);
	if (rc != ERR_OK)
		return rc;
	r = ddl_copy_relation(d, found);
	r->comment = or_null(cmd->text);
	if (cmd->object.kind == OBJECT_COLUMN) {
		const struct column *c = relation_column(r, cmd->object.sub);

		r->comment = found->comment;
		if (c == NULL)
			return err_set(e, ERR_UNDEFINED_COLUMN,
				       "column \"%s\" of relation \"%s\" does not exist",
				       cmd->object.sub, r->o.name);
		ddl_columns(r)[c->attnum - 1].comment = or_null(cmd->text);
	} else if (cmd->object.kind == OBJECT_CONSTRAINT) {
		struct constraint *con = NULL;

		r->comment = found->comment;
		for (int i = 0; i < r->nconstraints; i++)
			if (strcmp(r->constraints[i].name, cmd->object.sub) == 0)
				con = &ddl_constraints(r)[i];
		if (con == NULL)
			return err_set(e, ERR_UNDEFINED_OBJECT,
				       "constraint \"%s\" for table \"%s\" does not exist",
				       cmd->object.sub, r->o.name);
		con->comment = or_null(cmd->text);
	} else if (r->index != NULL) {
		ix = (struct index *) (uintptr_t) r->index;
		ix->comment = or_null(cmd->text);
	}
	ddl_put_relation(d, r);
	return ERR_OK;
}

static int
check_role(struct ddl *d, oid_t oid, struct err *e)
{
	const struct role *me = catalog_role_by_oid(d->c, d->env->user);

	if (ddl_is_superuser(d))
		return ERR_OK;
	if (catalog_role_by_oid(d->c, oid)->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be superuser");
	if (me == NULL || !me->create_role)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must have CREATEROLE privilege");
	return ERR_OK;
}

static int
comment_on_object(struct ddl *d, enum object_class class, const char *what,
		  const struct cmd_comment *cmd, struct err *e)
{
	struct comment k = { .o = { .class = OBJ_COMMENT, .name = "" },
			     .on_class = class,
			     .on = cmd->object.oid };
	const struct object *o;
	int rc;

	rc = ddl_lock_object(d, class, cmd->object.oid, LOCK_SHARE_UPDATE_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	o = catalog_object(d->c, class, cmd->object.oid);
	rc = class == OBJ_ROLE ? check_role(d, cmd->object.oid, e) : ddl_check_owner(d, o, what, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < catalog_count(d->c, OBJ_COMMENT); i++) {
		const struct comment *old =
			(const struct comment *) catalog_at(d->c, OBJ_COMMENT, i);

		if (old->on_class == class && old->on == k.on && old->sub == 0)
			k.o.oid = old->o.oid;
	}
	k.text = or_null(cmd->text);
	if (k.text == NULL) {
		if (k.o.oid != 0)
			draft_remove(d->draft, OBJ_COMMENT, k.o.oid);
		return ERR_OK;
	}
	if (k.o.oid == 0)
		k.o.oid = draft_new_oid(d->draft);
	draft_put(d->draft, &k.o);
	return ERR_OK;
}

int
ddl_comment(struct ddl *d, const struct cmd_comment *cmd, struct err *e)
{
	switch (cmd->object.kind) {
	case OBJECT_TABLE:
	case OBJECT_VIEW:
	case OBJECT_MATVIEW:
	case OBJECT_INDEX:
	case OBJECT_SEQUENCE:
	case OBJECT_COLUMN:
	case OBJECT_CONSTRAINT:
		return comment_on_relation(d, cmd, e);
	case OBJECT_SCHEMA:
		return comment_on_object(d, OBJ_SCHEMA, "schema", cmd, e);
	case OBJECT_TYPE:
	case OBJECT_DOMAIN: {
		const struct type *t = catalog_type(d->c, cmd->object.oid);
		struct cmd_comment on_relation = *cmd;

		if (t == NULL || t->kind != TYPE_COMPOSITE)
			return comment_on_object(d, OBJ_TYPE, "type", cmd, e);
		on_relation.object.oid = t->relation;
		return comment_on_relation(d, &on_relation, e);
	}
	case OBJECT_FUNCTION:
		return comment_on_object(d, OBJ_FUNCTION, "function", cmd, e);
	case OBJECT_PROCEDURE:
		return comment_on_object(d, OBJ_FUNCTION, "procedure", cmd, e);
	case OBJECT_ROLE:
		return comment_on_object(d, OBJ_ROLE, "role", cmd, e);
	case OBJECT_DATABASE:
		return comment_on_object(d, OBJ_DATABASE, "database", cmd, e);
	default:
		return err_unsupported(e, "COMMENT on this kind of object", NULL);
	}
}
