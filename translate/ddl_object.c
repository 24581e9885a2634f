/* ddl_object.c - what works on objects of any kind: DROP, TRUNCATE, COMMENT, RENAME, SET SCHEMA,
 * OWNER. */
#include "config.h"
#include "translate/object.h"

#include "core/catalog/partition.h"

#include <string.h>

static const struct {
	int type;
	enum object_kind kind;
	char relkind;
	const char *name, *article;
} kinds[] = {
	{ PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, OBJECT_TABLE, REL_TABLE, "table", "a table" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_VIEW, OBJECT_VIEW, REL_VIEW, "view", "a view" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW, OBJECT_MATVIEW, REL_MATVIEW, "materialized view",
	  "a materialized view" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_INDEX, OBJECT_INDEX, REL_INDEX, "index", "an index" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE, OBJECT_SEQUENCE, REL_SEQUENCE, "sequence",
	  "a sequence" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA, OBJECT_SCHEMA, 0, "schema", "a schema" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_TYPE, OBJECT_TYPE, 0, "type", "a type" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN, OBJECT_DOMAIN, 0, "domain", "a domain" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_ROLE, OBJECT_ROLE, 0, "role", "a role" },
	{ PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE, OBJECT_DATABASE, 0, "database", "a database" },
};

static int
kind_index(int type)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == type)
			return (int) i;
	return -1;
}

static int
missing(struct binder *b, int k, const char *shown, bool missing_ok, struct object_ref *to)
{
	enum err_code code = kinds[k].relkind == REL_INDEX      ? ERR_UNDEFINED_OBJECT
			     : kinds[k].relkind != 0            ? ERR_UNDEFINED_TABLE
			     : kinds[k].kind == OBJECT_SCHEMA   ? ERR_UNDEFINED_SCHEMA
			     : kinds[k].kind == OBJECT_DATABASE ? ERR_UNDEFINED_DATABASE
								: ERR_UNDEFINED_OBJECT;

	to->missing = shown;
	if (missing_ok)
		return ERR_OK;
	if (kinds[k].relkind != 0 && !b->dropping)
		return bind_error(b, 0, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist",
				  shown);
	return bind_error(b, 0, code, "%s \"%s\" does not exist",
			  kinds[k].kind == OBJECT_DOMAIN ? "type" : kinds[k].name, shown);
}

static int
relation_object(struct binder *b, int k, const char *schema, const char *name, const char *shown,
		bool missing_ok, bool any_kind, struct object_ref *to)
{
	const struct relation *r = find_relation(b, schema, name);

	if (r == NULL)
		return missing(b, k, shown, missing_ok, to);
	if (r->kind != kinds[k].relkind && !any_kind) {
		int real = 0;

		bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not %s", r->o.name,
			   kinds[k].article);
		if (!b->dropping)
			return b->e->code;
		for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
			if (kinds[i].relkind == r->kind)
				real = (int) i;
		return err_hint(b->e, "Use %s to remove %s.",
				printf_str(b, "DROP %s",
					   kinds[real].relkind == REL_VIEW ? "VIEW"
					   : kinds[real].relkind == REL_MATVIEW
						   ? "MATERIALIZED VIEW"
					   : kinds[real].relkind == REL_INDEX    ? "INDEX"
					   : kinds[real].relkind == REL_SEQUENCE ? "SEQUENCE"
										 : "TABLE"),
				kinds[real].article);
	}
	if (relation_sysrel(r) != NULL)
		return bind_error(b, 0, ERR_INSUFFICIENT_PRIVILEGE,
				  "permission denied: \"%s\" is a system catalog", r->o.name);
	to->oid = r->o.oid;
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].relkind == r->kind)
			to->kind = kinds[i].kind;
	return ERR_OK;
}

static int
type_object(struct binder *b, int k, const PgQuery__TypeName *tn, bool missing_ok,
	    struct object_ref *to)
{
	const struct type *t = find_type(b, tn);

	if (t == NULL)
		return missing(b, k, names_text(b, tn->n_names, tn->names), missing_ok, to);
	if (kinds[k].kind == OBJECT_DOMAIN && t->kind != TYPE_DOMAIN)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a domain",
				  type_show(b, t));
	to->kind = t->kind == TYPE_DOMAIN ? OBJECT_DOMAIN : OBJECT_TYPE;
	to->oid = t->oid;
	return ERR_OK;
}

static int
named_object(struct binder *b, int k, const char *name, bool missing_ok, struct object_ref *to)
{
	const struct object *o = NULL;

	if (kinds[k].kind == OBJECT_SCHEMA) {
		const struct schema *s = catalog_schema(b->catalog, name);

		o = s != NULL ? &s->o : NULL;
	} else if (kinds[k].kind == OBJECT_ROLE) {
		const struct role *r = catalog_role(b->catalog, name);

		o = r != NULL ? &r->o : NULL;
	} else {
		const struct database *d = catalog_database(b->catalog, name);

		o = d != NULL ? &d->o : NULL;
	}
	if (o == NULL)
		return missing(b, k, name, missing_ok, to);
	to->oid = o->oid;
	return ERR_OK;
}

static bool
is_routine(int type)
{
	return type == PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION ||
	       type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE ||
	       type == PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE;
}

static int
function_object(struct binder *b, int type, const PgQuery__ObjectWithArgs *f, bool missing_ok,
		struct object_ref *to)
{
	const struct function *def = bind_function_ref(b, type, f, missing_ok, &to->missing);

	to->kind = type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE ? OBJECT_PROCEDURE
								    : OBJECT_FUNCTION;
	if (def == NULL)
		return b->e->code;
	to->missing = NULL;
	to->oid = def->o.oid;
	return ERR_OK;
}

/* An object as DROP, COMMENT and GRANT write it: a list of names, a type name or a string. */
int
bind_object(struct binder *b, int type, Node *n, bool missing_ok, bool any_relation,
	    struct object_ref *to)
{
	int k = kind_index(type);

	if (is_routine(type))
		return function_object(b, type, n->object_with_args, missing_ok, to);
	if (k < 0) {
		bind_unsupported(b, 0, "objects of this kind", NULL);
		return b->e->code;
	}
	to->kind = kinds[k].kind;
	if (kinds[k].kind == OBJECT_TYPE || kinds[k].kind == OBJECT_DOMAIN) {
		PgQuery__TypeName tn = PG_QUERY__TYPE_NAME__INIT;

		if (n->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
			return type_object(b, k, n->type_name, missing_ok, to);
		tn.n_names = n->list->n_items;
		tn.names = n->list->items;
		return type_object(b, k, &tn, missing_ok, to);
	}
	if (kinds[k].relkind != 0 && n->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
		return relation_object(b, k, n->range_var->schemaname, n->range_var->relname,
				       n->range_var->relname, missing_ok, any_relation, to);
	if (kinds[k].relkind != 0) {
		const PgQuery__List *l = n->list;
		const char *schema = l->n_items > 1 ? node_str(l->items[l->n_items - 2]) : NULL;

		return relation_object(b, k, schema, node_str(l->items[l->n_items - 1]),
				       names_text(b, l->n_items, l->items), missing_ok,
				       any_relation, to);
	}
	return named_object(b, k,
			    n->node_case == PG_QUERY__NODE__NODE_LIST ? node_str(n->list->items[0])
								      : node_str(n),
			    missing_ok, to);
}

/* -- DROP ---------------------------------------------------------------------- */
static const char *
signature(struct binder *b, const PgQuery__ObjectWithArgs *f, const char *name)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	strbuf_printf(&s, "%s(", name);
	for (size_t i = 0; i < f->n_objargs; i++) {
		const PgQuery__TypeName *tn = f->objargs[i]->type_name;
		const struct type *t = find_type(b, tn);

		strbuf_printf(&s, "%s%s", i > 0 ? "," : "",
			      t != NULL ? type_show(b, t) : names_text(b, tn->n_names, tn->names));
	}
	strbuf_putc(&s, ')');
	return s.data;
}

/* Triggers, rules, aggregates ...: there are none but the built-in ones. */
static int
drop_nothing(struct binder *b, const PgQuery__DropStmt *s, struct cmd_drop *c)
{
	for (size_t i = 0; i < s->n_objects; i++) {
		Node *n = s->objects[i];
		const PgQuery__ObjectWithArgs *f =
			n->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS ? n->object_with_args
									      : NULL;
		const struct func *const *cands;
		struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);

		if (is_routine(s->remove_type)) {
			if (function_object(b, s->remove_type, f, s->missing_ok, o) != ERR_OK)
				return b->e->code;
			list_push(&c->objects, b->arena, o);
			continue;
		}

		if (f == NULL && !s->missing_ok) {
			bind_unsupported(b, 0, "DROP of this kind of object",
					 "There are none: they cannot be created.");
			return b->e->code;
		}
		if (f == NULL)
			continue;
		o->kind = OBJECT_FUNCTION;
		o->missing = names_text(b, f->n_objname, f->objname);
		if (func_candidates(node_str(f->objname[f->n_objname - 1]), &cands) > 0)
			return bind_error(b, 0, ERR_DEPENDENT_OBJECTS_STILL_EXIST,
					  "cannot drop function %s because it is required by the "
					  "database system",
					  o->missing);
		if (!f->args_unspecified)
			o->missing = signature(b, f, o->missing);
		if (!s->missing_ok)
			return bind_error(b, 0, ERR_UNDEFINED_FUNCTION,
					  f->args_unspecified
						  ? "could not find a function named \"%s\""
						  : "function %s does not exist",
					  o->missing);
		list_push(&c->objects, b->arena, o);
	}
	return ERR_OK;
}

static int
drop(struct binder *b, const PgQuery__DropStmt *s, struct statement *st)
{
	struct cmd_drop *c = COMMAND_NEW(b, cmd_drop, CMD_DROP, st);

	c->cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	c->if_exists = s->missing_ok;
	c->concurrently = s->concurrent;
	b->dropping = true; /* errors then say "table" rather than "relation" */
	if (kind_index(s->remove_type) < 0)
		return drop_nothing(b, s, c);
	for (size_t i = 0; i < s->n_objects; i++) {
		struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);
		int rc = bind_object(b, s->remove_type, s->objects[i], s->missing_ok, false, o);

		if (rc != ERR_OK)
			return rc;
		list_push(&c->objects, b->arena, o);
	}
	return ERR_OK;
}

static int
truncate_tables(struct binder *b, const PgQuery__TruncateStmt *s, struct statement *st)
{
	struct cmd_tables *c = COMMAND_NEW(b, cmd_tables, CMD_TRUNCATE, st);

	c->restart_identity = s->restart_seqs;
	c->cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	for (size_t i = 0; i < s->n_relations; i++) {
		const struct relation *r = bind_relation(b, s->relations[i]->range_var);

		if (r == NULL) {
			b->e->position = 0;
			return b->e->code;
		}
		if (r->kind != REL_TABLE)
			return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table",
					  r->o.name);
		if (relation_sysrel(r) != NULL)
			return bind_error(b, 0, ERR_INSUFFICIENT_PRIVILEGE,
					  "permission denied: \"%s\" is a system catalog",
					  r->o.name);
		if (!s->relations[i]->range_var->inh && relation_is_partitioned(r)) {
			bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
				   "cannot truncate only a partitioned table");
			return err_hint(b->e, "Do not specify the ONLY keyword, or use TRUNCATE "
					      "ONLY on the partitions directly.");
		}
		list_push(&c->tables, b->arena, r);
	}
	return ERR_OK;
}

/* -- Parts of relations -------------------------------------------------------- */
static int
part_object(struct binder *b, const struct relation *r, enum object_kind kind, const char *name,
	    bool missing_ok, struct object_ref *to)
{
	bool found = false;

	if (kind == OBJECT_COLUMN || kind == OBJECT_ATTRIBUTE) {
		found = relation_column(r, name) != NULL;
		if (!found && !missing_ok)
			return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
					  "column \"%s\" of relation \"%s\" does not exist", name,
					  r->o.name);
	} else {
		for (int i = 0; i < r->nconstraints; i++)
			found |= strcmp(r->constraints[i].name, name) == 0;
		if (!found && !missing_ok)
			return bind_error(b, 0, ERR_UNDEFINED_OBJECT,
					  "constraint \"%s\" for table \"%s\" does not exist", name,
					  r->o.name);
	}
	to->kind = kind;
	to->oid = r->o.oid;
	to->sub = name;
	to->missing = found ? NULL : name;
	return ERR_OK;
}

static int
comment(struct binder *b, const PgQuery__CommentStmt *s, struct statement *st)
{
	struct cmd_comment *c = COMMAND_NEW(b, cmd_comment, CMD_COMMENT, st);

	c->text = given(s->comment) ? s->comment : NULL;
	if (s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
	    s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT) {
		const PgQuery__List *l = s->object->list;
		const struct relation *r = relation_by_names(b, l->n_items - 1, l->items, false);

		if (r == NULL)
			return b->e->code;
		return part_object(b, r,
				   s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN
					   ? OBJECT_COLUMN
					   : OBJECT_CONSTRAINT,
				   node_str(l->items[l->n_items - 1]), false, &c->object);
	}
	return bind_object(b, s->objtype, s->object, false, false, &c->object);
}

/* -- RENAME, SET SCHEMA, OWNER ------------------------------------------------- */
static int
rename_part(struct binder *b, const PgQuery__RenameStmt *s, struct cmd_rename *c)
{
	const struct relation *r = find_relation(b, s->relation->schemaname, s->relation->relname);

	if (r == NULL && s->missing_ok) {
		c->object.missing = s->relation->relname;
		c->object.kind = OBJECT_TABLE;
		return ERR_OK;
	}
	if (r == NULL) {
		(void) bind_relation_plain(b, s->relation);
		return b->e->code;
	}
	enum object_kind kind =
		s->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT ? OBJECT_CONSTRAINT
		: s->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE   ? OBJECT_ATTRIBUTE
									      : OBJECT_COLUMN;
	if (kind == OBJECT_COLUMN && relation_column(r, s->subname) == NULL)
		return bind_error(b, 0, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist",
				  s->subname);
	if (kind == OBJECT_COLUMN && relation_column(r, s->newname) != NULL)
		return bind_error(b, 0, ERR_DUPLICATE_COLUMN,
				  "column \"%s\" of relation \"%s\" already exists", s->newname,
				  r->o.name);
	return part_object(b, r, kind, s->subname, false, &c->object);
}

static int
rename_object(struct binder *b, const PgQuery__RenameStmt *s, struct statement *st)
{
	struct cmd_rename *c = COMMAND_NEW(b, cmd_rename, CMD_RENAME, st);
	PgQuery__Node n = PG_QUERY__NODE__INIT;
	PgQuery__String name = PG_QUERY__STRING__INIT;

	c->new_name = s->newname;
	switch (s->rename_type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
	case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
		return rename_part(b, s, c);
	case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
	case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
		name.sval = s->subname;
		n.node_case = PG_QUERY__NODE__NODE_STRING;
		n.string = &name;
		return bind_object(b, s->rename_type, &n, s->missing_ok, false, &c->object);
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
		if (bind_object(b, PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN, s->object, false, false,
				&c->object) != ERR_OK)
			return b->e->code;
		c->object.kind = OBJECT_DOMAIN_CONSTRAINT;
		c->object.sub = s->subname;
		return ERR_OK;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
	case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
	case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
		return bind_object(b, s->rename_type, s->object, s->missing_ok, false, &c->object);
	default:
		if (s->relation == NULL) {
			bind_unsupported(b, 0, "RENAME of this kind of object", NULL);
			return b->e->code;
		}
		n.node_case = PG_QUERY__NODE__NODE_RANGE_VAR;
		n.range_var = s->relation;
		/* ALTER TABLE renames views, indexes and sequences too. */
		if (bind_object(b, s->rename_type, &n, s->missing_ok,
				s->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE,
				&c->object) != ERR_OK &&
		    b->e->code == ERR_UNDEFINED_TABLE) {
			err_init(b->e);
			(void) bind_relation_plain(b, s->relation);
		}
		return b->e->code;
	}
}

static int
set_schema(struct binder *b, const PgQuery__AlterObjectSchemaStmt *s, struct statement *st)
{
	struct cmd_set_schema *c = COMMAND_NEW(b, cmd_set_schema, CMD_SET_SCHEMA, st);
	PgQuery__Node n = PG_QUERY__NODE__INIT;
	int rc;

	n.node_case = PG_QUERY__NODE__NODE_RANGE_VAR;
	n.range_var = s->relation;
	rc = bind_object(b, s->object_type, s->relation != NULL ? &n : s->object, s->missing_ok,
			 s->object_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE, &c->object);
	if (rc != ERR_OK)
		return rc;
	const struct schema *to = bind_schema(b, s->newschema, 0);
	c->schema = to != NULL ? to->o.oid : 0;
	return b->e->code;
}

static int
set_owner(struct binder *b, const PgQuery__AlterOwnerStmt *s, struct statement *st)
{
	struct cmd_owner *c = COMMAND_NEW(b, cmd_owner, CMD_OWNER, st);
	PgQuery__Node n = PG_QUERY__NODE__INIT;
	int rc;

	n.node_case = PG_QUERY__NODE__NODE_RANGE_VAR;
	n.range_var = s->relation;
	rc = bind_object(b, s->object_type, s->relation != NULL ? &n : s->object, false, false,
			 &c->object);
	if (rc != ERR_OK)
		return rc;
	const struct role *r = bind_role(b, s->newowner);
	c->owner = r != NULL ? r->o.oid : 0;
	return b->e->code;
}

int
bind_object_ddl(struct binder *b, Node *n, struct statement *st)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_DROP_STMT:
		return drop(b, n->drop_stmt, st);
	case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
		return truncate_tables(b, n->truncate_stmt, st);
	case PG_QUERY__NODE__NODE_COMMENT_STMT:
		return comment(b, n->comment_stmt, st);
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		return rename_object(b, n->rename_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
		return set_schema(b, n->alter_object_schema_stmt, st);
	default:
		return set_owner(b, n->alter_owner_stmt, st);
	}
}
