/* constraint.c - pg_constraint and pg_depend. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/catalog/partition.h"
#include "core/syscat/oids.h"

static void
put_numbers(struct rows *w, int col, int n, const int16_t *v)
{
	row_int2s(w, col, type_builtin(OID_INT2_ARRAY), n, v);
}

static int
constraint_row(struct rows *w, const struct relation *r, const struct constraint *c)
{
	bool foreign = c->type == CON_FOREIGN;

	row_start(w);
	row_int(w, pg_constraint_oid, c->oid);
	row_text(w, pg_constraint_conname, c->name);
	row_int(w, pg_constraint_connamespace, r->o.schema);
	row_int(w, pg_constraint_contype, c->type);
	row_int(w, pg_constraint_condeferrable, c->deferrable);
	row_int(w, pg_constraint_condeferred, c->deferred);
	row_int(w, pg_constraint_convalidated, c->validated);
	row_int(w, pg_constraint_conrelid, r->o.oid);
	row_int(w, pg_constraint_contypid, 0);
	row_int(w, pg_constraint_conindid, c->index);
	row_int(w, pg_constraint_conparentid, c->type != CON_CHECK ? c->parent : 0);
	row_int(w, pg_constraint_confrelid, foreign ? c->ref_table : 0);
	row_int(w, pg_constraint_confupdtype, foreign ? c->on_update : ' ');
	row_int(w, pg_constraint_confdeltype, foreign ? c->on_delete : ' ');
	row_int(w, pg_constraint_confmatchtype, foreign ? c->match : ' ');
	row_int(w, pg_constraint_conislocal, c->parent == 0);
	row_int(w, pg_constraint_coninhcount, c->parent != 0);
	row_int(w, pg_constraint_connoinherit, c->type != CON_CHECK ? c->parent == 0 && !(foreign && relation_is_partitioned(r)) : c->no_inherit);
	put_numbers(w, pg_constraint_conkey, c->ncols, c->cols);
	if (foreign)
		put_numbers(w, pg_constraint_confkey, c->ncols, c->ref_cols);
	if (c->nset > 0)
		put_numbers(w, pg_constraint_confdelsetcols, c->nset, c->set_cols);
	row_text(w, pg_constraint_conbin, c->check_sql);
	return row_push(w);
}

static int
constraints_of(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	for (int i = 0; i < r->nconstraints; i++)
		if (constraint_row(w, r, &r->constraints[i]) != ERR_OK)
			return w->rc;
	return ERR_OK;
}

static int
domain_rules(struct rows *w, const struct user_type *t)
{
	for (int i = 0; i < t->nchecks; i++) {
		const struct domain_rule *c = &t->checks[i];
		row_start(w);
		row_int(w, pg_constraint_oid, c->oid);
		row_text(w, pg_constraint_conname, c->name);
		row_int(w, pg_constraint_connamespace, t->o.schema);
		row_int(w, pg_constraint_contype, 'c');
		row_int(w, pg_constraint_condeferrable, false);
		row_int(w, pg_constraint_condeferred, false);
		row_int(w, pg_constraint_convalidated, c->validated);
		row_int(w, pg_constraint_conrelid, 0);
		row_int(w, pg_constraint_contypid, t->o.oid);
		row_int(w, pg_constraint_conindid, 0);
		row_int(w, pg_constraint_conparentid, 0);
		row_int(w, pg_constraint_confrelid, 0);
		row_int(w, pg_constraint_confupdtype, ' ');
		row_int(w, pg_constraint_confdeltype, ' ');
		row_int(w, pg_constraint_confmatchtype, ' ');
		row_int(w, pg_constraint_conislocal, true);
		row_int(w, pg_constraint_coninhcount, 0);
		row_int(w, pg_constraint_connoinherit, false);
		row_text(w, pg_constraint_conbin, c->check_sql);
		if (row_push(w) != ERR_OK)
			return w->rc;
	}
	return ERR_OK;
}

int
rows_pg_constraint(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_constraint);
	int rc = each_relation(env->catalog, constraints_of, &w);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_TYPE) && rc == ERR_OK; i++)
		rc = domain_rules(&w, (const struct user_type *) catalog_at(env->catalog, OBJ_TYPE, i));
	return rc;
}

/* -- pg_depend: what clients look for: owned sequences, indexes of constraints, partitions ------------------------- */

static int
depend(struct rows *w, oid_t class, oid_t obj, int sub, oid_t ref_class, oid_t ref, int ref_sub, char type)
{
	row_start(w);
	row_int(w, pg_depend_classid, class);
	row_int(w, pg_depend_objid, obj);
	row_int(w, pg_depend_objsubid, sub);
	row_int(w, pg_depend_refclassid, ref_class);
	row_int(w, pg_depend_refobjid, ref);
	row_int(w, pg_depend_refobjsubid, ref_sub);
	row_int(w, pg_depend_deptype, type);
	return row_push(w);
}

static oid_t
class_oid(enum object_class class)
{
	return class == OBJ_RELATION ? OID_OF_pg_class : class == OBJ_TYPE ? OID_OF_pg_type : OID_OF_pg_proc;
}

/* What its parameters and its body name. */
static int
function_depends(struct rows *w, const struct function *f)
{
	for (int i = 0; i < f->ndeps && w->rc == ERR_OK; i++)
		(void) depend(w, OID_OF_pg_proc, f->o.oid, 0, class_oid(f->deps[i].class), f->deps[i].oid,
		              f->deps[i].sub, 'n');
	return w->rc;
}

/* A table's row type goes with it; a composite type's relation goes with the type. */
static int
row_type_depends(struct rows *w, const struct relation *r)
{
	if (r->row_type == 0)
		return ERR_OK;
	return r->kind == REL_COMPOSITE ? depend(w, OID_OF_pg_class, r->o.oid, 0, OID_OF_pg_type, r->row_type, 0, 'i')
	                                : depend(w, OID_OF_pg_type, r->row_type, 0, OID_OF_pg_class, r->o.oid, 0, 'i');
}

/* Types and functions: what goes with a range type, what functions need. */
static int
user_depends(struct rows *w)
{
	const struct catalog *c = w->env->catalog;

	for (int i = 0; i < catalog_count(c, OBJ_TYPE) && w->rc == ERR_OK; i++) {
		const struct user_type *u = (const struct user_type *) catalog_at(c, OBJ_TYPE, i);
		if (u->type->kind == TYPE_MULTIRANGE)
			(void) depend(w, OID_OF_pg_type, u->o.oid, 0, OID_OF_pg_type, u->partner, 0, 'i');
		if (u->type->kind != TYPE_RANGE)
			continue;
		if (u->type->sub->oid >= OID_FIRST_USER)
			(void) depend(w, OID_OF_pg_type, u->o.oid, 0, OID_OF_pg_type, u->type->sub->oid, 0, 'n');
		if (u->subdiff >= OID_FIRST_USER && w->rc == ERR_OK)
			(void) depend(w, OID_OF_pg_type, u->o.oid, 0, OID_OF_pg_proc, u->subdiff, 0, 'n');
	}
	for (int i = 0; i < catalog_count(c, OBJ_FUNCTION) && w->rc == ERR_OK; i++) {
		const struct function *f = (const struct function *) catalog_at(c, OBJ_FUNCTION, i);
		if (f->internal != NULL)
			(void) depend(w, OID_OF_pg_proc, f->o.oid, 0, OID_OF_pg_type, f->ret, 0, 'i');
		else
			(void) function_depends(w, f);
	}
	return w->rc;
}

static int
sequence_depends(struct rows *w, const struct relation *r)
{
	const struct relation *t = catalog_relation_by_oid(w->env->catalog, r->seq->owner_table);
	bool identity = t != NULL && r->seq->owner_attnum > 0 && t->cols[r->seq->owner_attnum - 1].identity != 0;

	return depend(w, OID_OF_pg_class, r->o.oid, 0, OID_OF_pg_class, r->seq->owner_table, r->seq->owner_attnum,
	              identity ? 'i' : 'a');
}

/* The sequence that nextval() in a default names; 0: none. */
static oid_t
sequence_of(struct rows *w, const char *sql)
{
	static const char before[] = "nextval('", after[] = "'::regclass";
	const struct name_resolver *names = w->env->type.names;
	const char *p = strstr(sql, before), *end = p == NULL ? NULL : strstr(p, after);
	struct err e = { 0 };
	struct strbuf name;
	oid_t oid = 0;

	if (end == NULL || names == NULL)
		return 0;
	strbuf_init(&name, w->arena);
	for (p += sizeof before - 1; p < end; p++) {
		strbuf_putc(&name, *p);
		p += *p == '\'';
	}
	return names->lookup(names, OID_REGCLASS, name.data, &oid, &e) == ERR_OK ? oid : 0;
}

static int
default_depends(struct rows *w, const struct relation *r, const struct column *c)
{
	oid_t def = derived_oid(r->o.oid, c->attnum);
	oid_t seq = c->sequence != 0 ? c->sequence : sequence_of(w, c->default_sql);

	if (depend(w, OID_OF_pg_attrdef, def, 0, OID_OF_pg_class, r->o.oid, c->attnum, 'a') == ERR_OK && seq != 0)
		(void) depend(w, OID_OF_pg_attrdef, def, 0, OID_OF_pg_class, seq, 0, 'n');
	return w->rc;
}

/* A part goes with the whole, and with the partition that it belongs to. */
static int
part_depends(struct rows *w, oid_t class, oid_t part, oid_t whole, oid_t partition)
{
	if (depend(w, class, part, 0, class, whole, 0, 'P') == ERR_OK)
		(void) depend(w, class, part, 0, OID_OF_pg_class, partition, 0, 'S');
	return w->rc;
}

static int
constraint_depends(struct rows *w, const struct relation *r, const struct constraint *c)
{
	for (int k = 0; k < c->ncols; k++)
		if (depend(w, OID_OF_pg_constraint, c->oid, 0, OID_OF_pg_class, r->o.oid, c->cols[k], 'a') != ERR_OK)
			return w->rc;
	if (c->type == CON_PRIMARY || c->type == CON_UNIQUE)
		(void) depend(w, OID_OF_pg_class, c->index, 0, OID_OF_pg_constraint, c->oid, 0, 'i');
	if (w->rc == ERR_OK && c->parent != 0 && c->type != CON_CHECK)
		(void) part_depends(w, OID_OF_pg_constraint, c->oid, c->parent, r->o.oid);
	return w->rc;
}

static int
index_depends(struct rows *w, const struct relation *r, const struct index *ix)
{
	const struct relation *as = catalog_relation_by_oid(w->env->catalog, ix->o.oid);

	if (ix->constraint == 0)
		(void) depend(w, OID_OF_pg_class, ix->o.oid, 0, OID_OF_pg_class, r->o.oid, 0, 'a');
	if (w->rc == ERR_OK && as != NULL && as->part_of != 0)
		(void) part_depends(w, OID_OF_pg_class, ix->o.oid, as->part_of, r->o.oid);
	return w->rc;
}

static int
depends_of(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	if (r->sys != NULL)
		return ERR_OK;
	if (row_type_depends(w, r) != ERR_OK)
		return w->rc;
	if (r->kind == REL_SEQUENCE && r->seq != NULL && r->seq->owner_table != 0)
		return sequence_depends(w, r);
	if (r->part_of != 0 && r->index == NULL)
		(void) depend(w, OID_OF_pg_class, r->o.oid, 0, OID_OF_pg_class, r->part_of, 0, 'a');
	for (int i = 0; r->partkey != NULL && i < r->partkey->ncols && w->rc == ERR_OK; i++)
		if (r->partkey->cols[i].attnum != 0)
			(void) depend(w, OID_OF_pg_class, r->o.oid, r->partkey->cols[i].attnum, OID_OF_pg_class, r->o.oid, 0, 'i');
	for (int i = 0; i < r->ncols && w->rc == ERR_OK; i++)
		if (r->cols[i].default_sql != NULL && !r->cols[i].dropped)
			(void) default_depends(w, r, &r->cols[i]);
	for (int i = 0; i < r->nconstraints && w->rc == ERR_OK; i++)
		(void) constraint_depends(w, r, &r->constraints[i]);
	for (int i = 0; i < r->nindexes && w->rc == ERR_OK; i++)
		(void) index_depends(w, r, r->indexes[i]);
	return w->rc;
}

int
rows_pg_depend(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_depend);

	(void) s;
	return user_depends(&w) == ERR_OK ? each_relation(env->catalog, depends_of, &w) : w.rc;
}
