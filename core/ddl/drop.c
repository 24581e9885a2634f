/* drop.c - DROP of everything that lives in a schema, and of schemas.
 *
 * The set of what goes is closed over dependents, everything in it is locked, and it is closed
 * again if the catalog has changed meanwhile.
 *
 * Not here: who depends on what (dependents.c), roles (role.c). */
#include "config.h"
#include "core/ddl/drop.h"

#include <stdio.h>

#include "storage/txn.h"

/* --- told or refused -------------------------------------------------------------------------- */

static int
refuse_required(struct drop_set *s, const struct part *p, struct err *e)
{
	const char *what = drop_describe(s, p->because), *owner = drop_describe(s, p);

	err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST, "cannot drop %s because %s requires it", what,
		owner);
	return err_hint(e, "You can drop %s instead.", owner);
}

enum { TOLD_MAX = 100 };

static void
add_more(struct strbuf *lines, int n)
{
	if (n > TOLD_MAX)
		strbuf_printf(lines, "\nand %d other object%s (see server log for list)",
			      n - TOLD_MAX, n - TOLD_MAX == 1 ? "" : "s");
}

static int
refuse(struct drop_set *s, const struct list *told, int nasked, struct err *e)
{
	struct strbuf lines;

	strbuf_init(&lines, s->d->a);
	for (int i = 0; i < told->n && i < TOLD_MAX; i++) {
		const struct part *p = LIST_AT(const struct part, told, i);

		const char *on = drop_describe(s, p->because);
		const struct relation *row =
			p->through_row_type ? catalog_relation_by_oid(s->d->c, p->because->oid) : NULL;

		if (row != NULL)
			on = arena_printf(s->d->a, "type %s", ddl_qualified(s->d, &row->o));
		strbuf_printf(&lines, "%s%s depends on %s%s", i > 0 ? "\n" : "",
			      drop_describe(s, p), on, p->through_array ? "[]" : "");
	}
	add_more(&lines, told->n);
	if (nasked == 1)
		err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
			"cannot drop %s because other objects depend on it",
			drop_describe(s, LIST_AT(const struct part, &s->asked, 0)));
	else
		err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
			"cannot drop desired object(s) because other objects depend on them");
	(void) err_detail(e, "%s", lines.data);
	return err_hint(e, "Use DROP ... CASCADE to drop the dependent objects too.");
}

static void
tell(struct drop_set *s, const struct list *told)
{
	struct strbuf lines;

	if (told->n == 1) {
		ddl_notice(s->d, LOG_NOTICE, ERR_OK, "drop cascades to %s",
			   drop_describe(s, LIST_AT(const struct part, told, 0)));
		return;
	}
	strbuf_init(&lines, s->d->a);
	for (int i = 0; i < told->n && i < TOLD_MAX; i++)
		strbuf_printf(&lines, "%sdrop cascades to %s", i > 0 ? "\n" : "",
			      drop_describe(s, LIST_AT(const struct part, told, i)));
	add_more(&lines, told->n);
	ddl_notice_detail(s->d, ERR_OK, lines.data, "drop cascades to %d other objects", told->n);
}

static int
judge(struct drop_set *s, bool cascade, struct err *e)
{
	struct list told = { 0 };
	int nasked = 0;

	for (int i = s->parts.n; i-- > 0;) { /* told in the order of dependence */
		const struct part *p = LIST_AT(const struct part, &s->parts, i);

		nasked += p->asked;
		if (p->kind != PART_RELATION && p->kind != PART_TYPE && p->kind != PART_SCHEMA &&
		    p->kind != PART_FUNCTION &&
		    drop_has(s, PART_RELATION, p->oid, 0))
			continue; /* its table goes as a whole */
		if (p->required && !p->asked && !p->silent)
			return refuse_required(s, p, e);
		if (!p->asked && !p->silent)
			list_push(&told, s->d->a, p);
	}
	if (told.n > 0 && !cascade)
		return refuse(s, &told, nasked, e);
	if (told.n > 0)
		tell(s, &told);
	return ERR_OK;
}

/* --- doing it --------------------------------------------------------------------------------- */

static struct relation *
edit(struct drop_set *s, oid_t oid)
{
	const struct relation *r;
	struct relation *copy;

	for (int i = 0; i < s->edits.n; i++)
		if (LIST_AT(struct relation, &s->edits, i)->o.oid == oid)
			return LIST_AT(struct relation, &s->edits, i);
	r = catalog_relation_by_oid(s->d->c, oid);
	copy = ddl_copy_relation(s->d, r);
	list_push(&s->edits, s->d->a, copy);
	return copy;
}

static int
remove_relation(struct drop_set *s, oid_t oid, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, oid);
	int rc = ERR_OK;

	if (r == NULL)
		return ERR_OK;
	if (s->d->env->check_unused != NULL && r->kind == REL_TABLE)
		rc = s->d->env->check_unused(s->d->env->arg, oid, "DROP TABLE", e);
	if (rc == ERR_OK && r->seq != NULL)
		rc = sequence_remove(s->d->env->exec->txn, catalog_store_database(s->d->env->store), r,
				     e);
	if (rc == ERR_OK)
		rc = ddl_drop_file(s->d, r->index != NULL ? r->index->file : r->file, e);
	draft_remove(s->d->draft, OBJ_RELATION, oid);
	if (r->stats != NULL)
		draft_remove(s->d->draft, OBJ_STATISTICS, oid);
	return rc;
}

static void
remove_constraint(struct drop_set *s, const struct part *p)
{
	struct relation *r = edit(s, p->oid);
	struct constraint *cons = ddl_constraints(r);
	int n = 0;

	for (int i = 0; i < r->nconstraints; i++)
		if (cons[i].oid != p->sub)
			cons[n++] = cons[i];
	r->nconstraints = n;
}

static void
remove_column(struct drop_set *s, const struct part *p)
{
	struct relation *r = edit(s, p->oid);
	struct column *c = &ddl_columns(r)[p->sub - 1];

	*c = (struct column){
		.name = arena_printf(s->d->a, "........pg.dropped.%u........", p->sub),
		.attnum = c->attnum,
		.type = type_builtin(OID_INT4),
		.typmod = -1,
		.dropped = true,
		.stats_target = 0,
	};
	if (r->nlayouts > 0)
		ddl_new_layout(s->d, r);
}

static void
remove_default(struct drop_set *s, const struct part *p)
{
	struct column *c = &ddl_columns(edit(s, p->oid))[p->sub - 1];

	c->default_sql = NULL;
	c->sequence = 0;
}

static void
remove_comments(struct drop_set *s, enum object_class class, oid_t on)
{
	for (int i = 0; i < catalog_count(s->d->c, OBJ_COMMENT); i++) {
		const struct comment *k =
			(const struct comment *) catalog_at(s->d->c, OBJ_COMMENT, i);

		if (k->on_class == class && k->on == on)
			draft_remove(s->d->draft, OBJ_COMMENT, k->o.oid);
	}
}

static void
remove_schema(struct drop_set *s, oid_t oid)
{
	draft_remove(s->d->draft, OBJ_SCHEMA, oid);
	remove_comments(s, OBJ_SCHEMA, oid);
	for (int i = 0; i < catalog_count(s->d->c, OBJ_DEFAULT_ACL); i++)
		if (catalog_at(s->d->c, OBJ_DEFAULT_ACL, i)->schema == oid)
			draft_remove(s->d->draft, OBJ_DEFAULT_ACL,
				     catalog_at(s->d->c, OBJ_DEFAULT_ACL, i)->oid);
}

/* All that go, at the first one of the domain. */
static void
remove_domain_checks(struct drop_set *s, oid_t domain)
{
	struct user_type u = *(const struct user_type *) catalog_object(s->d->c, OBJ_TYPE, domain);
	struct domain_rule *left = ARENA_ARRAY(s->d->a, struct domain_rule, u.nchecks + 1);
	int n = 0;

	if (drop_has(s, PART_TYPE, domain, 0))
		return;
	for (int i = 0; i < u.nchecks; i++)
		if (!drop_has(s, PART_DOMAIN_CHECK, domain, u.checks[i].oid))
			left[n++] = u.checks[i];
	u.checks = left;
	u.nchecks = n;
	draft_put(s->d->draft, &u.o);
}

static int
apply(struct drop_set *s, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < s->parts.n; i++) {
		const struct part *p = LIST_AT(const struct part, &s->parts, i);

		switch (p->kind) {
		case PART_RELATION:
			rc = remove_relation(s, p->oid, e);
			break;
		case PART_TYPE:
			draft_remove(s->d->draft, OBJ_TYPE, p->oid);
			remove_comments(s, OBJ_TYPE, p->oid);
			break;
		case PART_FUNCTION:
			draft_remove(s->d->draft, OBJ_FUNCTION, p->oid);
			remove_comments(s, OBJ_FUNCTION, p->oid);
			break;
		case PART_SCHEMA:
			remove_schema(s, p->oid);
			break;
		case PART_DOMAIN_CHECK:
			remove_domain_checks(s, p->oid);
			break;
		default:
			if (drop_has(s, PART_RELATION, p->oid, 0))
				break; /* it goes as a whole */
			if (p->kind == PART_CONSTRAINT)
				remove_constraint(s, p);
			else if (p->kind == PART_COLUMN)
				remove_column(s, p);
			else
				remove_default(s, p);
			break;
		}
	}
	for (int i = 0; rc == ERR_OK && i < s->edits.n; i++)
		ddl_put_relation(s->d, LIST_AT(struct relation, &s->edits, i));
	return rc;
}

/* An index goes when nobody writes to its table, for writers hold its entries back to their end. */
static int
lock_relation(struct drop_set *s, oid_t oid, struct err *e)
{
	const struct index *ix = catalog_index_by_oid(s->d->c, oid);
	const struct relation *r;
	int rc = ERR_OK;

	if (ix != NULL)
		rc = ddl_lock_relation(s->d, ix->table_oid, LOCK_ACCESS_EXCLUSIVE, &r, e);
	return rc == ERR_OK ? ddl_lock_relation(s->d, oid, LOCK_ACCESS_EXCLUSIVE, &r, e) : rc;
}

static int
lock_parts(struct drop_set *s, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < s->parts.n; i++) {
		const struct part *p = LIST_AT(const struct part, &s->parts, i);

		if (p->kind == PART_TYPE || p->kind == PART_DOMAIN_CHECK)
			rc = ddl_lock_object(s->d, OBJ_TYPE, p->oid, LOCK_ACCESS_EXCLUSIVE, e);
		else if (p->kind == PART_SCHEMA)
			rc = ddl_lock_object(s->d, OBJ_SCHEMA, p->oid, LOCK_ACCESS_EXCLUSIVE, e);
		else if (p->kind == PART_FUNCTION)
			rc = ddl_lock_object(s->d, OBJ_FUNCTION, p->oid, LOCK_ACCESS_EXCLUSIVE, e);
		else
			rc = lock_relation(s, p->oid, e);
	}
	return rc;
}

/* The key that a remaining table is laid out by has gone: give its rows ids of their own. */
static int
uncluster_tables(struct drop_set *s, const struct catalog *before, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < s->parts.n; i++) {
		const struct part *p = LIST_AT(const struct part, &s->parts, i);
		const struct index *ix =
			p->kind == PART_RELATION ? catalog_index_by_oid(before, p->oid) : NULL;

		if (ix != NULL && ix->clustered && !drop_has(s, PART_RELATION, ix->table_oid, 0))
			rc = ddl_uncluster(s->d, ix->table, e);
	}
	return rc;
}

/* A foreign key's parent changes too when its child goes: its list of references. */
int
drop_run(struct drop_set *s, bool cascade, struct err *e)
{
	const struct catalog *before;
	int rc;

	for (;;) {
		rc = drop_close(s, e);
		before = s->d->c;
		if (rc == ERR_OK)
			rc = lock_parts(s, e);
		if (rc != ERR_OK)
			return rc;
		if (before == s->d->c) /* else somebody changed the schema while we waited */
			break;
	}
	rc = judge(s, cascade, e);
	if (rc == ERR_OK)
		rc = apply(s, e);
	if (rc == ERR_OK)
		rc = ddl_seal(s->d, e);
	return rc == ERR_OK ? uncluster_tables(s, before, e) : rc;
}

/* --- DROP ------------------------------------------------------------------------------------- */

static const char *
kind_name(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_TABLE:
		return "table";
	case OBJECT_VIEW:
		return "view";
	case OBJECT_MATVIEW:
		return "materialized view";
	case OBJECT_INDEX:
		return "index";
	case OBJECT_SEQUENCE:
		return "sequence";
	case OBJECT_SCHEMA:
		return "schema";
	case OBJECT_TYPE:
	case OBJECT_DOMAIN:
		return "type";
	case OBJECT_FUNCTION:
		return "function";
	case OBJECT_PROCEDURE:
		return "procedure";
	case OBJECT_ROLE:
		return "role";
	case OBJECT_DATABASE:
		return "database";
	default:
		return "object";
	}
}

static char
wanted_relkind(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_VIEW:
		return REL_VIEW;
	case OBJECT_MATVIEW:
		return REL_MATVIEW;
	case OBJECT_INDEX:
		return REL_INDEX;
	case OBJECT_SEQUENCE:
		return REL_SEQUENCE;
	default:
		return REL_TABLE;
	}
}

static int
wrong_kind(const struct relation *r, enum object_kind wanted, struct err *e)
{
	static const struct {
		char kind;
		const char *a, *drop;
	} hints[] = {
		{ REL_TABLE, "a table", "DROP TABLE" },
		{ REL_VIEW, "a view", "DROP VIEW" },
		{ REL_MATVIEW, "a materialized view", "DROP MATERIALIZED VIEW" },
		{ REL_INDEX, "an index", "DROP INDEX" },
		{ REL_SEQUENCE, "a sequence", "DROP SEQUENCE" },
		{ REL_COMPOSITE, "a type", "DROP TYPE" },
	};
	const char *name = kind_name(wanted);

	err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a%s %s", r->o.name,
		*name == 'i' ? "n" : "", name);
	for (unsigned i = 0; i < ARRAY_LEN(hints); i++)
		if (hints[i].kind == r->kind)
			return err_hint(e, "Use %s to remove %s.", hints[i].drop, hints[i].a);
	return e->code;
}

static int
add_relation(struct drop_set *s, const struct object_ref *o, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, o->oid);
	int rc;

	if (r == NULL)
		return err_set(e, ERR_UNDEFINED_TABLE, "%s with OID %u does not exist",
			       kind_name(o->kind), o->oid);
	if (r->sys != NULL)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
			       "permission denied: \"%s\" is a system catalog", r->o.name);
	if (r->kind != wanted_relkind(o->kind))
		return wrong_kind(r, o->kind, e);
	rc = ddl_check_owner(s->d, &r->o, kind_name(o->kind), e);
	if (rc == ERR_OK && r->index != NULL && r->part_of != 0) {
		const char *whole = catalog_relation_by_oid(s->d->c, r->part_of)->o.name;

		err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
			"cannot drop index %s because index %s requires it", r->o.name, whole);
		return err_hint(e, "You can drop index %s instead.", whole);
	}
	if (rc == ERR_OK)
		drop_ask(s, PART_RELATION, r->o.oid, 0);
	return rc;
}

static int
add_schema(struct drop_set *s, const struct object_ref *o, struct err *e)
{
	const struct schema *sc = catalog_schema_by_oid(s->d->c, o->oid);
	int rc;

	if (sc == NULL)
		return err_set(e, ERR_UNDEFINED_SCHEMA, "schema with OID %u does not exist",
			       o->oid);
	if (o->oid == OID_PG_CATALOG || o->oid == OID_INFORMATION_SCHEMA || o->oid == 99)
		return err_set(
			e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
			"cannot drop schema %s because it is required by the database system",
			sc->o.name);
	rc = ddl_check_owner(s->d, &sc->o, "schema", e);
	if (rc == ERR_OK)
		drop_ask(s, PART_SCHEMA, o->oid, 0);
	return rc;
}

static int
add_type(struct drop_set *s, const struct object_ref *o, struct err *e)
{
	const struct type *t = catalog_type(s->d->c, o->oid);
	const struct object *u = catalog_object(s->d->c, OBJ_TYPE, o->oid);
	const struct relation *r;
	int rc;

	if (t != NULL && t->kind == TYPE_COMPOSITE) {
		r = catalog_relation_by_oid(s->d->c, t->relation);
		if (r != NULL && r->kind != REL_COMPOSITE) {
			err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
				"cannot drop type %s because table %s requires it", t->name,
				r->o.name);
			return err_hint(e, "You can drop table %s instead.", r->o.name);
		}
		rc = r == NULL ? ERR_OK : ddl_check_relation_owner(s->d, r, e);
		if (rc == ERR_OK)
			drop_ask(s, PART_RELATION, t->relation, 0);
		return rc;
	}
	if (u == NULL)
		return err_set(e, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
			       "cannot drop type %s because it is required by the database system",
			       t != NULL ? type_sql_name(t) : "");
	rc = ddl_check_owner(s->d, u, "type", e);
	if (rc == ERR_OK)
		drop_ask(s, PART_TYPE, o->oid, 0);
	return rc;
}

static int
add_function(struct drop_set *s, const struct object_ref *o, struct err *e)
{
	const struct function *f = catalog_function_by_oid(s->d->c, o->oid);
	int rc;

	if (f == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "function with OID %u does not exist",
			       o->oid);
	rc = ddl_check_owner(s->d, &f->o, f->kind == 'p' ? "procedure" : "function", e);
	if (rc == ERR_OK)
		drop_ask(s, PART_FUNCTION, o->oid, 0);
	return rc;
}

static int
add_object(struct drop_set *s, const struct object_ref *o, struct err *e)
{
	switch (o->kind) {
	case OBJECT_TABLE:
	case OBJECT_VIEW:
	case OBJECT_MATVIEW:
	case OBJECT_INDEX:
	case OBJECT_SEQUENCE:
		return add_relation(s, o, e);
	case OBJECT_SCHEMA:
		return add_schema(s, o, e);
	case OBJECT_TYPE:
	case OBJECT_DOMAIN:
		return add_type(s, o, e);
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
		return add_function(s, o, e);
	default:
		return err_unsupported(e, "DROP of this kind of object", NULL);
	}
}

int
ddl_drop(struct ddl *d, const struct cmd_drop *cmd, struct err *e)
{
	struct drop_set s = { .d = d };
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->objects.n; i++) {
		const struct object_ref *o = LIST_AT(const struct object_ref, &cmd->objects, i);

		if (o->missing != NULL && o->oid == 0 && o->kind == OBJECT_FUNCTION)
			ddl_notice(d, LOG_NOTICE, ERR_OK, "function %s does not exist, skipping",
				   o->missing);
		else if (o->missing != NULL)
			ddl_notice(d, LOG_NOTICE, ERR_OK, "%s \"%s\" does not exist, skipping",
				   kind_name(o->kind), o->missing);
		else if (o->kind == OBJECT_ROLE)
			rc = ddl_drop_role(d, o->oid, e);
		else if (o->kind == OBJECT_DATABASE)
			rc = ddl_drop_database(d, o->oid, cmd->cascade, e);
		else
			rc = add_object(&s, o, e);
	}
	if (rc != ERR_OK || s.asked.n == 0)
		return rc;
	return drop_run(&s, cmd->cascade, e);
}

int
ddl_drop_column(struct ddl *d, const struct relation *r, const struct column *col, bool cascade,
		struct err *e)
{
	struct drop_set s = { .d = d };

	drop_ask(&s, PART_COLUMN, r->o.oid, (oid_t) col->attnum);
	return drop_run(&s, cascade, e);
}

int
ddl_drop_constraint(struct ddl *d, const struct relation *r, const struct constraint *con,
		    bool cascade, struct err *e)
{
	struct drop_set s = { .d = d };

	drop_ask(&s, PART_CONSTRAINT, r->o.oid, con->oid);
	return drop_run(&s, cascade, e);
}
