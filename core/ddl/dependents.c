/* dependents.c - what depends on an object.
 *
 * Nothing is recorded beside the objects: who refers to whom is read off the catalog.  Silent
 * dependents are parts (a table's indexes, a column's check constraints); the others stop a
 * RESTRICT and are told of by a CASCADE.
 *
 * Not here: dropping (drop.c). */
#include "config.h"
#include "core/catalog/partition.h"
#include "core/ddl/drop.h"

#include <stdlib.h>

static struct part *
find(const struct list *l, enum part_kind kind, oid_t oid, oid_t sub)
{
	for (int i = 0; i < l->n; i++) {
		struct part *p = LIST_AT(struct part, l, i);

		if (p->kind == kind && p->oid == oid && p->sub == sub)
			return p;
	}
	return NULL;
}

bool
drop_has(const struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub)
{
	return find(&s->seen, kind, oid, sub) != NULL;
}

void
drop_ask(struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub)
{
	struct part *p = ARENA_NEW(s->d->a, struct part);

	*p = (struct part){ .kind = kind, .oid = oid, .sub = sub, .asked = true };
	list_push(&s->asked, s->d->a, p);
}

/* A dependent of the part in hand. */
static struct part *
drop_add(struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub, bool silent,
	 const struct part *because)
{
	struct part *p = find(&s->children, kind, oid, sub);

	if (p == NULL) {
		p = ARENA_NEW(s->d->a, struct part);
		*p = (struct part){ .kind = kind, .oid = oid, .sub = sub, .because = because };
		list_push(&s->children, s->d->a, p);
	}
	p->silent |= silent;
	return p;
}

/* --- descriptions ----------------------------------------------------------------------------- */

static const char *
relation_kind(const struct relation *r)
{
	switch (r->kind) {
	case REL_VIEW:
		return "view";
	case REL_MATVIEW:
		return "materialized view";
	case REL_SEQUENCE:
		return "sequence";
	case REL_INDEX:
		return "index";
	case REL_COMPOSITE:
		return "composite type";
	default:
		return "table";
	}
}

static const char *
describe_relation(struct drop_set *s, oid_t oid)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, oid);

	if (r == NULL)
		return "relation";
	return arena_printf(s->d->a, "%s %s", r->kind == REL_COMPOSITE ? "type" : relation_kind(r),
			    ddl_qualified(s->d, &r->o));
}

static const char *
describe_constraint(struct drop_set *s, const struct part *p)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, p->oid);

	for (int i = 0; r != NULL && i < r->nconstraints; i++)
		if (r->constraints[i].oid == p->sub)
			return arena_printf(s->d->a, "constraint %s on %s", r->constraints[i].name,
					    describe_relation(s, p->oid));
	return "constraint";
}

static const char *
describe_type(struct drop_set *s, oid_t oid)
{
	const struct object *o = catalog_object(s->d->c, OBJ_TYPE, oid);

	return o != NULL ? arena_printf(s->d->a, "type %s", ddl_qualified(s->d, o)) : "type";
}

static const char *
describe_domain_check(struct drop_set *s, const struct part *p)
{
	const struct user_type *u =
		(const struct user_type *) catalog_object(s->d->c, OBJ_TYPE, p->oid);

	for (int i = 0; u != NULL && i < u->nchecks; i++)
		if (u->checks[i].oid == p->sub)
			return arena_printf(s->d->a, "constraint %s", u->checks[i].name);
	return "constraint";
}

static const char *
describe_function(struct drop_set *s, oid_t oid)
{
	const struct function *f = catalog_function_by_oid(s->d->c, oid);

	if (f == NULL)
		return "function";
	const char *whole = ddl_qualified(s->d, &f->o), *signature = ddl_function_signature(s->d, f);
	return arena_printf(s->d->a, "%s %s%s", f->kind == 'p' ? "procedure" : "function", whole,
			    signature + strlen(f->o.name));
}

const char *
drop_describe(struct drop_set *s, const struct part *p)
{
	const struct relation *r;
	const struct schema *sc;
	const char *column;

	switch (p->kind) {
	case PART_RELATION:
		return describe_relation(s, p->oid);
	case PART_CONSTRAINT:
		return describe_constraint(s, p);
	case PART_TYPE:
		return describe_type(s, p->oid);
	case PART_DOMAIN_CHECK:
		return describe_domain_check(s, p);
	case PART_FUNCTION:
		return describe_function(s, p->oid);
	case PART_SCHEMA:
		sc = catalog_schema_by_oid(s->d->c, p->oid);
		return arena_printf(s->d->a, "schema %s", sc != NULL ? sc->o.name : "");
	case PART_COLUMN:
	case PART_DEFAULT:
		r = catalog_relation_by_oid(s->d->c, p->oid);
		column = r != NULL && p->sub >= 1 && (int) p->sub <= r->ncols
				 ? r->cols[p->sub - 1].name
				 : "";
		return arena_printf(s->d->a, "%scolumn %s of %s",
				    p->kind == PART_DEFAULT ? "default value for " : "", column,
				    describe_relation(s, p->oid));
	}
	return "object";
}

/* --- who depends ------------------------------------------------------------------------------ */

/* How a default's text names a sequence: with its schema, or without when that is public. */
struct sequence_name {
	const char *full, *alone;       /* alone: NULL */
};

static const char *
quoted_literal(struct drop_set *s, const char *schema, const char *name)
{
	struct strbuf ident, b;

	strbuf_init(&ident, s->d->a);
	strbuf_init(&b, s->d->a);
	if (schema != NULL) {
		ddl_quote(&ident, schema);
		strbuf_putc(&ident, '.');
	}
	ddl_quote(&ident, name);
	strbuf_putc(&b, '\'');
	for (size_t i = 0; i < ident.len; i++) {
		if (ident.data[i] == '\'')
			strbuf_putc(&b, '\'');
		strbuf_putc(&b, ident.data[i]);
	}
	strbuf_puts(&b, "'::regclass");
	return b.data;
}

/* Is it the column's own sequence, or does the default's text name it? */
static bool
default_uses(const struct column *c, const struct relation *seq, const struct sequence_name *name)
{
	const char *p = c->default_sql != NULL ? strstr(c->default_sql, "nextval(") : NULL;

	if (c->sequence == seq->o.oid)
		return true;
	return p != NULL && (strstr(p, name->full) != NULL ||
			     (name->alone != NULL && strstr(p, name->alone) != NULL));
}

static bool
view_uses(const struct relation *r, enum object_class class, oid_t oid, oid_t sub)
{
	for (int i = 0; i < r->ndeps; i++)
		if (r->deps[i].class == class && r->deps[i].oid == oid &&
		    (sub == 0 || (oid_t) r->deps[i].sub == sub))
			return true;
	return false;
}

static void
views_of(struct drop_set *s, const struct part *p, enum object_class class)
{
	for (int i = 0; i < catalog_count(s->d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(s->d->c, OBJ_RELATION, i);

		if (r->ndeps > 0 && view_uses(r, class, p->oid, p->sub))
			drop_add(s, PART_RELATION, r->o.oid, 0, false, p);
	}
}

static bool
is_type(const struct type *t, oid_t a, oid_t b)
{
	return t != NULL && (t->oid == a || (b != 0 && t->oid == b));
}

/* Columns, domains and views that use a type. */
static void
users_of_type(struct drop_set *s, const struct part *p, oid_t type, oid_t array)
{
	for (int i = 0; type != 0 && i < catalog_count(s->d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(s->d->c, OBJ_RELATION, i);

		for (int c = 0; c < r->ncols && r->kind != REL_VIEW; c++)
			if (!r->cols[c].dropped && is_type(r->cols[c].type, type, array))
				drop_add(s, PART_COLUMN, r->o.oid, (oid_t) c + 1, false, p)
					->through_array = r->cols[c].type->oid == array;
		for (int c = 0; c < r->ncols && r->kind == REL_VIEW; c++)
			if (is_type(r->cols[c].type, type, array))
				drop_add(s, PART_RELATION, r->o.oid, 0, false, p);
	}
	for (int i = 0; type != 0 && i < catalog_count(s->d->c, OBJ_TYPE); i++) {
		const struct user_type *u =
			(const struct user_type *) catalog_at(s->d->c, OBJ_TYPE, i);

		if ((u->type->kind == TYPE_DOMAIN && is_type(u->type->base, type, array)) ||
		    (u->type->kind == TYPE_RANGE && is_type(u->type->sub, type, array)))
			drop_add(s, PART_TYPE, u->o.oid, 0, false, p);
	}
}

/* Sequences owned by a column (or any column: sub 0) go with it. */
static void
owned_sequences(struct drop_set *s, const struct part *p)
{
	for (int i = 0; i < catalog_count(s->d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(s->d->c, OBJ_RELATION, i);

		if (r->seq != NULL && r->seq->owner_table == p->oid &&
		    (p->sub == 0 || (oid_t) r->seq->owner_attnum == p->sub))
			drop_add(s, PART_RELATION, r->o.oid, 0, true, p);
	}
}

/* Something that cannot be without p, and is the way to drop it. */
static void
add_required(struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub, const struct part *p)
{
	drop_add(s, kind, oid, sub, false, p)->required = true;
}

static void
dependents_of_sequence(struct drop_set *s, const struct part *p, const struct relation *seq)
{
	const char *schema = ddl_schema_name(s->d, seq->o.schema);
	const struct sequence_name name = {
		.full = quoted_literal(s, schema, seq->o.name),
		.alone = seq->o.schema == OID_PUBLIC ? quoted_literal(s, NULL, seq->o.name) : NULL,
	};

	for (int i = 0; i < catalog_count(s->d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(s->d->c, OBJ_RELATION, i);

		for (int c = 0; c < r->ncols && r->kind == REL_TABLE; c++) {
			if (r->cols[c].dropped || !default_uses(&r->cols[c], seq, &name) ||
			    drop_has(s, PART_COLUMN, r->o.oid, (oid_t) c + 1))
				continue;
			if (r->cols[c].identity != 0)
				add_required(s, PART_COLUMN, r->o.oid, (oid_t) c + 1, p);
			else
				drop_add(s, PART_DEFAULT, r->o.oid, (oid_t) c + 1, false, p);
		}
	}
}

/* Foreign keys that point to the table, or that rely on this index. */
static void
foreign_keys(struct drop_set *s, const struct part *p, const struct relation *parent, oid_t index,
	     oid_t attnum)
{
	for (int i = 0; i < parent->nrefs; i++) {
		const struct constraint *con = parent->refs[i].con;
		bool uses = attnum == 0;

		if (index != 0 && con->index != index)
			continue;
		for (int c = 0; c < con->ncols && attnum != 0; c++)
			uses |= (oid_t) con->ref_cols[c] == attnum;
		if (uses)
			drop_add(s, PART_CONSTRAINT, parent->refs[i].table->o.oid, con->oid, false,
				 p);
	}
}

/* What its partitions have because of it goes with it. */
static void
index_parts(struct drop_set *s, const struct part *p, const struct relation *index)
{
	const struct relation *table = index->index->table;

	for (int i = 0; i < table->nparts; i++) {
		const struct index *ix = partition_index(s->d->c, table->parts[i], index->o.oid);

		if (ix != NULL)
			drop_add(s, PART_RELATION, ix->o.oid, 0, true, p);
	}
}

static void
constraint_parts(struct drop_set *s, const struct part *p, const struct relation *table)
{
	for (int i = 0; i < table->nparts; i++)
		for (int k = 0; k < table->parts[i]->nconstraints; k++)
			if (table->parts[i]->constraints[k].parent == p->sub)
				drop_add(s, PART_CONSTRAINT, table->parts[i]->o.oid,
					 table->parts[i]->constraints[k].oid, true, p);
}

static void
column_parts(struct drop_set *s, const struct part *p, const struct relation *table)
{
	for (int i = 0; i < table->nparts; i++) {
		const struct column *c =
			relation_column(table->parts[i], table->cols[p->sub - 1].name);

		if (c != NULL)
			drop_add(s, PART_COLUMN, table->parts[i]->o.oid, (oid_t) c->attnum, true, p);
	}
}

static void
dependents_of_relation(struct drop_set *s, const struct part *p)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, p->oid);

	if (r == NULL)
		return;
	for (int i = 0; i < r->nindexes; i++)
		drop_add(s, PART_RELATION, r->indexes[i]->o.oid, 0, true, p);
	if (r->index != NULL && r->index->table != NULL) {
		index_parts(s, p, r);
		foreign_keys(s, p, r->index->table, r->o.oid, 0);
		if (r->index->constraint != 0 &&
		    !drop_has(s, PART_RELATION, r->index->table_oid, 0))
			add_required(s, PART_CONSTRAINT, r->index->table_oid, r->index->constraint,
				     p);
		return;
	}
	if (r->seq != NULL) {
		dependents_of_sequence(s, p, r);
		return;
	}
	for (int i = 0; i < r->nparts; i++)
		drop_add(s, PART_RELATION, r->parts[i]->o.oid, 0, true, p);
	owned_sequences(s, p);
	for (; r != NULL; r = partition_parent(s->d->c, r))
		foreign_keys(s, p, r, 0, 0);
	r = catalog_relation_by_oid(s->d->c, p->oid);
	views_of(s, p, OBJ_RELATION);
	users_of_type(s, p, r->row_type, r->row_type_array);
}

static bool
constraint_uses(const struct constraint *con, oid_t attnum)
{
	for (int c = 0; c < con->ncols; c++)
		if ((oid_t) con->cols[c] == attnum)
			return true;
	return false;
}

static bool
index_uses(const struct index *ix, const struct relation *r, oid_t attnum)
{
	for (int c = 0; c < ix->ncols; c++) {
		if ((oid_t) ix->cols[c].attnum == attnum)
			return true;
		/* The columns of an expression are not kept: its text names them. */
		if (ix->cols[c].expr_sql != NULL &&
		    ddl_names_column(ix->cols[c].expr_sql, r->cols[attnum - 1].name))
			return true;
	}
	return ix->where_sql != NULL && ddl_names_column(ix->where_sql, r->cols[attnum - 1].name);
}

static void
dependents_of_column(struct drop_set *s, const struct part *p)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, p->oid);

	if (r == NULL)
		return;
	for (int i = 0; i < r->nconstraints; i++)
		if (constraint_uses(&r->constraints[i], p->sub))
			drop_add(s, PART_CONSTRAINT, r->o.oid, r->constraints[i].oid, true, p);
	for (int i = 0; i < r->nindexes; i++)
		if (index_uses(r->indexes[i], r, p->sub))
			drop_add(s, PART_RELATION, r->indexes[i]->o.oid, 0, true, p);
	for (int c = 0; c < r->ncols; c++)
		if (!r->cols[c].dropped && r->cols[c].generated != 0 && (oid_t) c + 1 != p->sub &&
		    ddl_names_column(r->cols[c].default_sql, r->cols[p->sub - 1].name))
			drop_add(s, PART_COLUMN, r->o.oid, (oid_t) c + 1, false, p);
	column_parts(s, p, r);
	owned_sequences(s, p);
	foreign_keys(s, p, r, 0, p->sub);
	views_of(s, p, OBJ_RELATION);
}

static void
dependents_of_constraint(struct drop_set *s, const struct part *p)
{
	const struct relation *r = catalog_relation_by_oid(s->d->c, p->oid);

	if (r != NULL)
		constraint_parts(s, p, r);
	for (int i = 0; r != NULL && i < r->nconstraints; i++) {
		const struct constraint *con = &r->constraints[i];

		if (con->oid == p->sub && (con->type == CON_PRIMARY || con->type == CON_UNIQUE))
			drop_add(s, PART_RELATION, con->index, 0, true, p);
	}
}

static void
dependents_of_schema(struct drop_set *s, const struct part *p)
{
	for (int i = 0; i < catalog_count(s->d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(s->d->c, OBJ_RELATION, i);

		if (r->o.schema == p->oid)
			drop_add(s, PART_RELATION, r->o.oid, 0, r->index != NULL, p);
	}
	for (int i = 0; i < catalog_count(s->d->c, OBJ_TYPE); i++) {
		const struct object *o = catalog_at(s->d->c, OBJ_TYPE, i);

		if (o->schema == p->oid)
			drop_add(s, PART_TYPE, o->oid, 0, false, p);
	}
	for (int i = 0; i < catalog_count(s->d->c, OBJ_FUNCTION); i++)
		if (catalog_at(s->d->c, OBJ_FUNCTION, i)->schema == p->oid)
			drop_add(s, PART_FUNCTION, catalog_at(s->d->c, OBJ_FUNCTION, i)->oid, 0,
				 false, p);
}

/* Functions whose parameters or body name it. */
static void
functions_of(struct drop_set *s, const struct part *p, enum object_class class, oid_t oid, oid_t sub)
{
	for (int i = 0; i < catalog_count(s->d->c, OBJ_FUNCTION); i++) {
		const struct function *f =
			(const struct function *) catalog_at(s->d->c, OBJ_FUNCTION, i);

		for (int k = 0; k < f->ndeps; k++)
			if (f->deps[k].class == class && f->deps[k].oid == oid && oid != 0 &&
			    (sub == 0 || (oid_t) f->deps[k].sub == sub))
				drop_add(s, PART_FUNCTION, f->o.oid, 0, false, p)->through_row_type =
					class == OBJ_TYPE && p->kind == PART_RELATION;
	}
}

/* Defaults, checks and indexes are texts: whoever calls a function of the name. */
static void
callers_in_table(struct drop_set *s, const struct part *p, const struct relation *r,
		 const char *name)
{
	for (int c = 0; c < r->ncols; c++) {
		const struct column *col = &r->cols[c];

		if (!col->dropped && ddl_calls_function(col->default_sql, name))
			drop_add(s, col->generated != 0 ? PART_COLUMN : PART_DEFAULT, r->o.oid,
				 (oid_t) c + 1, false, p);
	}
	for (int i = 0; i < r->nconstraints; i++)
		if (ddl_calls_function(r->constraints[i].check_sql, name))
			drop_add(s, PART_CONSTRAINT, r->o.oid, r->constraints[i].oid, false, p);
	for (int i = 0; i < r->nindexes; i++) {
		bool calls = ddl_calls_function(r->indexes[i]->where_sql, name);

		for (int k = 0; k < r->indexes[i]->ncols; k++)
			calls |= ddl_calls_function(r->indexes[i]->cols[k].expr_sql, name);
		if (calls)
			drop_add(s, PART_RELATION, r->indexes[i]->o.oid, 0, false, p);
	}
}

/* A domain is not without its default, but without a check. */
static void
callers_in_domain(struct drop_set *s, const struct part *p, const struct user_type *u, const char *name)
{
	if (ddl_calls_function(u->default_sql, name) || u->subdiff == p->oid)
		drop_add(s, PART_TYPE, u->o.oid, 0, false, p);
	for (int i = 0; i < u->nchecks; i++)
		if (ddl_calls_function(u->checks[i].check_sql, name))
			drop_add(s, PART_DOMAIN_CHECK, u->o.oid, u->checks[i].oid, false, p);
}

/* A part of a range type is not dropped by itself; with its schema the whole goes. */
static void
whole_range(struct drop_set *s, const struct part *p, oid_t type)
{
	if (!drop_has(s, PART_TYPE, type, 0))
		drop_add(s, PART_TYPE, type, 0, false, p)->required = p->asked;
}

static void
dependents_of_function(struct drop_set *s, const struct part *p)
{
	const struct function *f = catalog_function_by_oid(s->d->c, p->oid);

	if (f == NULL)
		return;
	if (f->internal != NULL)
		whole_range(s, p, f->ret);
	views_of(s, p, OBJ_FUNCTION);
	functions_of(s, p, OBJ_FUNCTION, p->oid, 0);
	for (int i = 0; i < catalog_count(s->d->c, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(s->d->c, OBJ_RELATION, i);

		if (r->kind == REL_TABLE)
			callers_in_table(s, p, r, f->o.name);
	}
	for (int i = 0; i < catalog_count(s->d->c, OBJ_TYPE); i++)
		callers_in_domain(s, p, (const struct user_type *) catalog_at(s->d->c, OBJ_TYPE, i),
				  f->o.name);
}

/* A range, its multirange and the constructors of both go together, by the range. */
static void
parts_of_range(struct drop_set *s, const struct part *p)
{
	const struct user_type *u = (const struct user_type *) catalog_object(s->d->c, OBJ_TYPE, p->oid);

	if (u == NULL || u->partner == 0)
		return;
	if (u->type->kind == TYPE_MULTIRANGE) {
		whole_range(s, p, u->partner);
	} else {
		drop_add(s, PART_TYPE, u->partner, 0, true, p);
	}
	for (int i = 0; i < catalog_count(s->d->c, OBJ_FUNCTION); i++) {
		const struct function *f =
			(const struct function *) catalog_at(s->d->c, OBJ_FUNCTION, i);

		if (f->internal != NULL && f->ret == p->oid)
			drop_add(s, PART_FUNCTION, f->o.oid, 0, true, p);
	}
}

static void
collect(struct drop_set *s, const struct part *p)
{
	const struct type *t;

	s->children = (struct list){ 0 };
	switch (p->kind) {
	case PART_RELATION:
		dependents_of_relation(s, p);
		break;
	case PART_COLUMN:
		dependents_of_column(s, p);
		break;
	case PART_CONSTRAINT:
		dependents_of_constraint(s, p);
		break;
	case PART_TYPE:
		t = catalog_type(s->d->c, p->oid);
		if (t != NULL)
			users_of_type(s, p, t->oid, t->array);
		views_of(s, p, OBJ_TYPE);
		parts_of_range(s, p);
		break;
	case PART_SCHEMA:
		dependents_of_schema(s, p);
		break;
	case PART_FUNCTION:
		dependents_of_function(s, p);
		break;
	case PART_DEFAULT:
	case PART_DOMAIN_CHECK:
		break;
	}
	t = p->kind == PART_TYPE ? catalog_type(s->d->c, p->oid) : NULL;
	if (t != NULL) {
		functions_of(s, p, OBJ_TYPE, t->oid, 0);
		functions_of(s, p, OBJ_TYPE, t->array, 0);
	}
	if (p->kind == PART_RELATION || p->kind == PART_COLUMN)
		functions_of(s, p, OBJ_RELATION, p->oid, p->kind == PART_COLUMN ? p->sub : 0);
	if (p->kind == PART_RELATION) {
		const struct relation *r = catalog_relation_by_oid(s->d->c, p->oid);

		functions_of(s, p, OBJ_TYPE, r != NULL ? r->row_type : 0, 0);
		functions_of(s, p, OBJ_TYPE, r != NULL ? r->row_type_array : 0, 0);
	}
}

static oid_t
own_oid(const struct part *p)
{
	return p->kind == PART_CONSTRAINT || p->kind == PART_DOMAIN_CHECK ? p->sub : p->oid;
}

/* PostgreSQL's order of looking: newer objects first, columns from the first on. */
static int
part_order(const void *a, const void *b)
{
	const struct part *x = *(struct part *const *) a, *y = *(struct part *const *) b;

	if (own_oid(x) != own_oid(y))
		return own_oid(x) > own_oid(y) ? -1 : 1;
	return (x->sub > y->sub) - (x->sub < y->sub);
}

/* A part goes into the list after everything that depends on it. */
static void
visit(struct drop_set *s, struct part *p)
{
	struct list children;

	list_push(&s->seen, s->d->a, p);
	collect(s, p);
	children = s->children;
	if (children.n > 1)
		qsort(children.at, (size_t) children.n, sizeof *children.at, part_order);
	for (int i = 0; i < children.n; i++) {
		struct part *c = LIST_AT(struct part, &children, i),
			    *known = find(&s->seen, c->kind, c->oid, c->sub);

		if (known != NULL)
			known->silent |= c->silent;
		else if (c->kind == PART_RELATION || c->kind == PART_TYPE ||
			 c->kind == PART_SCHEMA || c->kind == PART_FUNCTION ||
			 find(&s->seen, PART_RELATION, c->oid, 0) ==
				 NULL) /* else: part of what goes */
			visit(s, c);
	}
	list_push(&s->parts, s->d->a, p);
}

int
drop_close(struct drop_set *s, struct err *e)
{
	s->parts = s->seen = (struct list){ 0 };
	for (int i = 0; i < s->asked.n; i++) {
		const struct part *a = LIST_AT(const struct part, &s->asked, i);
		struct part *known = find(&s->seen, a->kind, a->oid, a->sub);

		if (known != NULL)
			known->asked = true;
		else
			visit(s, arena_dup(s->d->a, a, sizeof *a));
	}
	return arena_check(s->d->a, e);
}
