/* link.c - a new snapshot from an old one and a list of changes.
 *
 * Objects point at each other, and a published object never changes; so whatever points to a
 * changed object is made anew too, and what points to that, and so on: an index points to its
 * table, a table to its indexes, its partitions and the tables whose foreign keys point at it
 * (`refs`), columns and domains to user types.  Everything else is shared with the old snapshot.
 *
 * Not here: what is inside an object (codec.c). */
#include "config.h"
#include "core/catalog/partition.h"
#include "core/catalog/slots.h"

#include <assert.h>
#include <stdlib.h>

const void *(*catalog_layout_maker)(struct arena *a, const struct relation *rel);

void
catalog_set_layout_maker(const void *(*make)(struct arena *a, const struct relation *rel))
{
	catalog_layout_maker = make;
}

/* Who defines a type that is being made anew. */
struct type_owner {
	oid_t oid;
	struct holder *h;
};
/* Who belongs to a table that is being made anew. */
struct child {
	oid_t parent;
	struct holder *h;
	const struct constraint *con;
};

struct linker {
	const struct catalog *base;
	struct catalog *to;
	struct arena arena;
	bool *dirty[OBJ_CLASS_COUNT]; /* RELATION and TYPE: parallel to to->by_oid */
	struct list work;             /* struct slot: dirty relations and types to look at */
	struct list users;            /* struct slot: those that use user types */
	oid_t *gone[OBJ_CLASS_COUNT]; /* changed and removed, sorted */
	int ngone[OBJ_CLASS_COUNT];
	struct type_owner *owners;
	int nowners;
	struct child *indexes, *fkeys, *parts;
	int nindexes, nfkeys, nparts;
};

static const struct relation *
relation_of(const struct holder *h)
{
	assert(h->o->class == OBJ_RELATION);
	return (const struct relation *) h->o;
}

/* --- the changes into arrays ------------------------------------------------------------------ */

struct ordered_change {
	const struct change *c;
	int order;
};

static int
change_order(const void *a, const void *b)
{
	const struct ordered_change *x = a, *y = b;

	if (x->c->class != y->c->class)
		return (int) x->c->class - (int) y->c->class;
	if (x->c->oid != y->c->oid)
		return x->c->oid < y->c->oid ? -1 : 1;
	return x->order - y->order;
}

static void
merge_changes(struct linker *l, const struct change *changes, int nall)
{
	oid_t database = catalog_store_database(l->base->cs);
	struct ordered_change *o;
	struct slot *add, *old;
	int n = 0, i = 0;

	for (int k = 0; k < nall; k++)
		n += changes[k].database == 0 || changes[k].database == database;
	o = ARENA_ARRAY(&l->arena, struct ordered_change, n);
	add = ARENA_ARRAY(&l->arena, struct slot, n);
	old = ARENA_ARRAY(&l->arena, struct slot, n);
	n = 0;
	for (int k = 0; k < nall; k++)
		if (changes[k].database == 0 || changes[k].database == database)
			o[n++] = (struct ordered_change){ &changes[k], k };
	qsort(o, (size_t) n, sizeof *o, change_order);
	for (int class = 0; class < OBJ_CLASS_COUNT; class ++) {
		int nadd = 0, nold = 0;

		l->gone[class] = ARENA_ARRAY(&l->arena, oid_t, n);
		for (; i < n && (int) o[i].c->class == class; i++) {
			if (i + 1 < n && (int) o[i + 1].c->class == class &&
			    o[i + 1].c->oid == o[i].c->oid)
				continue; /* a later change of the same object */
			struct slot *was = slots_find(&l->base->by_oid[class], o[i].c->oid);

			l->gone[class][l->ngone[class]++] = o[i].c->oid;
			if (was != NULL)
				old[nold++] = *was;
			if (o[i].c->h != NULL)
				add[nadd++] = slot_make(o[i].c->h);
		}
		l->to->by_oid[class] =
			slots_merge(&l->base->by_oid[class], old, nold, add, nadd, slot_by_oid);
		l->dirty[class] = ARENA_ARRAY(&l->arena, bool, l->to->by_oid[class].n);
	}
}

/* --- what is dirty ---------------------------------------------------------------------------- */

static void
mark_slot(struct linker *l, enum object_class class, struct slot *s)
{
	ptrdiff_t i = s - l->to->by_oid[class].at;

	if (l->dirty[class][i])
		return;
	l->dirty[class][i] = true;
	list_push(&l->work, &l->arena, s);
}

static void
mark(struct linker *l, enum object_class class, oid_t oid)
{
	struct slot *s = slots_find(&l->to->by_oid[class], oid);

	if (s != NULL)
		mark_slot(l, class, s);
}

static bool
uses_type(const struct holder *h, oid_t a, oid_t b)
{
	const struct relation *r;
	oid_t oid;

	if (h->o->class == OBJ_TYPE) {
		const struct type *t = ((const struct user_type *) h->o)->type;
		const struct type *under = t->base != NULL ? t->base : t->sub;

		return under != NULL && (under->oid == a || under->oid == b);
	}
	r = relation_of(h);
	for (int i = 0; i < r->ncols; i++) {
		oid = r->cols[i].type != NULL ? r->cols[i].type->oid : 0;
		if (oid != 0 && (oid == a || oid == b))
			return true;
	}
	for (int i = 0; r->index != NULL && i < r->index->ncols; i++) {
		oid = r->index->cols[i].type != NULL ? r->index->cols[i].type->oid : 0;
		if (oid != 0 && (oid == a || oid == b))
			return true;
	}
	return false;
}

static void
mark_users(struct linker *l, oid_t type, oid_t array)
{
	if (type == 0)
		return;
	for (int i = 0; i < l->users.n; i++) {
		struct slot *s = LIST_AT(struct slot, &l->users, i);

		if (uses_type(s->h, type, array))
			mark_slot(l, s->h->o->class, s);
	}
}

/* Mark what points to this object; h may be the old form, the new one, or a removed one. */
static void
mark_pointing(struct linker *l, const struct holder *h)
{
	const struct relation *r;

	if (h->o->class == OBJ_TYPE) {
		mark_users(l, h->o->oid, ((const struct user_type *) h->o)->type->array);
		return;
	}
	r = relation_of(h);
	if (r->index != NULL)
		mark(l, OBJ_RELATION, r->index->table_oid);
	else if (r->part_of != 0)
		mark(l, OBJ_RELATION, r->part_of);
	for (int i = 0; i < r->nconstraints; i++)
		if (r->constraints[i].type == CON_FOREIGN)
			mark(l, OBJ_RELATION, r->constraints[i].ref_table);
	mark_users(l, r->row_type, r->row_type_array);
}

static void
mark_all(struct linker *l)
{
	static const enum object_class linked[] = { OBJ_RELATION, OBJ_TYPE };

	for (unsigned k = 0; k < ARRAY_LEN(linked); k++) {
		struct slots *s = &l->to->by_oid[linked[k]];

		for (int i = 0; i < s->n; i++) {
			if ((s->at[i].flags & SLOT_USES_TYPES) != 0)
				list_push(&l->users, &l->arena, &s->at[i]);
			if (s->at[i].h->stored == NULL)
				mark_slot(l, linked[k], &s->at[i]);
		}
	}
	for (unsigned k = 0; k < ARRAY_LEN(linked); k++)
		for (int i = 0; i < l->ngone[linked[k]]; i++) {
			struct slot *old =
				slots_find(&l->base->by_oid[linked[k]], l->gone[linked[k]][i]);

			if (old != NULL)
				mark_pointing(l, old->h);
		}
	for (int i = 0; i < l->ngone[OBJ_STATISTICS]; i++)
		mark(l, OBJ_RELATION, l->gone[OBJ_STATISTICS][i]);
	for (int i = 0; i < l->work.n; i++)
		mark_pointing(l, LIST_AT(struct slot, &l->work, i)->h);
	/* The indexes of dirty tables: they mark nothing but their table. */
	for (int i = 0; i < l->to->by_oid[OBJ_RELATION].n; i++) {
		struct slot *s = &l->to->by_oid[OBJ_RELATION].at[i];
		struct slot *table =
			s->parent == 0 ? NULL : slots_find(&l->to->by_oid[OBJ_RELATION], s->parent);

		if (table != NULL && l->dirty[OBJ_RELATION][table - l->to->by_oid[OBJ_RELATION].at])
			mark_slot(l, OBJ_RELATION, s);
	}
}

/* --- shells ----------------------------------------------------------------------------------- */

static void
make_shell(struct slot *s)
{
	struct holder *stored = holder_stored(s->h);
	struct holder *h = holder_new(stored);

	if (stored->o->class == OBJ_TYPE)
		h->o = arena_dup(&h->arena, stored->o, sizeof(struct user_type));
	else
		h->o = arena_dup(&h->arena, stored->o, sizeof(struct relation));
	s->h = h;
}

static int
owner_order(const void *a, const void *b)
{
	const struct type_owner *x = a, *y = b;

	return (x->oid > y->oid) - (x->oid < y->oid);
}

static int
child_order(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->con != NULL &&
	    y->con != NULL) /* references: in the order in which PostgreSQL acts on them */
		return (x->con->oid > y->con->oid) - (x->con->oid < y->con->oid);
	return (x->h->o->oid > y->h->o->oid) - (x->h->o->oid < y->h->o->oid);
}

/* Partitions in the order of their bounds. */
static int
part_order(const void *a, const void *b)
{
	const struct child *x = a, *y = b;
	int rc = (x->parent > y->parent) - (x->parent < y->parent);

	if (rc == 0)
		rc = partition_order(relation_of(x->h)->bound, relation_of(y->h)->bound);
	return rc != 0 ? rc : child_order(a, b);
}

static oid_t
holder_types(const struct holder *h, oid_t *ret_array)
{
	if (h->o->class == OBJ_TYPE) {
		*ret_array = ((const struct user_type *) h->o)->type->array;
		return h->o->oid;
	}
	*ret_array = relation_of(h)->row_type_array;
	return relation_of(h)->row_type;
}

static void
make_shells(struct linker *l)
{
	static const enum object_class linked[] = { OBJ_TYPE, OBJ_RELATION };

	l->owners = ARENA_ARRAY(&l->arena, struct type_owner, 2 * l->work.n);
	for (unsigned k = 0; k < ARRAY_LEN(linked); k++) {
		struct slots *s = &l->to->by_oid[linked[k]];

		for (int i = 0; i < s->n; i++) {
			oid_t type, array;

			if (!l->dirty[linked[k]][i])
				continue;
			make_shell(&s->at[i]);
			type = holder_types(s->at[i].h, &array);
			if (type != 0)
				l->owners[l->nowners++] = (struct type_owner){ type, s->at[i].h };
			if (array != 0)
				l->owners[l->nowners++] = (struct type_owner){ array, s->at[i].h };
		}
	}
	qsort(l->owners, (size_t) l->nowners, sizeof *l->owners, owner_order);
}

static bool
is_dirty_table(struct linker *l, oid_t oid)
{
	struct slot *t = slots_find(&l->to->by_oid[OBJ_RELATION], oid);

	return t != NULL && l->dirty[OBJ_RELATION][t - l->to->by_oid[OBJ_RELATION].at];
}

static void
find_children(struct linker *l)
{
	const struct slots *s = &l->to->by_oid[OBJ_RELATION];
	int nfkeys = 0, nparts = 0;

	for (int i = 0; i < s->n; i++) {
		nparts += s->at[i].part_of != 0;
		if ((s->at[i].flags & SLOT_FKEY) != 0)
			nfkeys += relation_of(s->at[i].h)->nconstraints;
	}
	l->parts = ARENA_ARRAY(&l->arena, struct child, nparts);
	l->indexes = ARENA_ARRAY(&l->arena, struct child, l->work.n);
	l->fkeys = ARENA_ARRAY(&l->arena, struct child, nfkeys);
	for (int i = 0; i < s->n; i++) {
		const struct relation *r = relation_of(s->at[i].h);

		if (s->at[i].parent != 0 && l->dirty[OBJ_RELATION][i])
			l->indexes[l->nindexes++] =
				(struct child){ s->at[i].parent, s->at[i].h, NULL };
		if (s->at[i].part_of != 0 && is_dirty_table(l, s->at[i].part_of))
			l->parts[l->nparts++] =
				(struct child){ s->at[i].part_of, s->at[i].h, NULL };
		for (int k = 0; (s->at[i].flags & SLOT_FKEY) != 0 && k < r->nconstraints; k++)
			if (r->constraints[k].type == CON_FOREIGN &&
			    is_dirty_table(l, r->constraints[k].ref_table))
				l->fkeys[l->nfkeys++] =
					(struct child){ r->constraints[k].ref_table, s->at[i].h,
							&r->constraints[k] };
	}
	qsort(l->indexes, (size_t) l->nindexes, sizeof *l->indexes, child_order);
	qsort(l->fkeys, (size_t) l->nfkeys, sizeof *l->fkeys, child_order);
	qsort(l->parts, (size_t) l->nparts, sizeof *l->parts, part_order);
}

static int
children_of(const struct child *c, int n, oid_t parent, const struct child **ret)
{
	int lo = 0, hi = n, count = 0;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;

		if (c[mid].parent < parent)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + count < n && c[lo + count].parent == parent)
		count++;
	*ret = c + lo;
	return count;
}

/* --- types ------------------------------------------------------------------------------------ */

static void make_types(struct linker *l, struct holder *h);

static const struct type *
resolve_type(struct linker *l, const struct type *t)
{
	struct type_owner key = { .oid = t != NULL ? t->oid : 0 }, *owner;
	const struct type *found;

	if (t == NULL)
		return NULL;
	found = type_builtin(key.oid);
	if (found != NULL)
		return found;
	owner = l->nowners == 0
			? NULL
			: bsearch(&key, l->owners, (size_t) l->nowners, sizeof key, owner_order);
	if (owner != NULL) {
		make_types(l, owner->h);
		return owner->h->type->oid == key.oid ? owner->h->type : owner->h->array;
	}
	found = type_slots_find(&l->base->types_by_oid, key.oid);
	return found != NULL ? found : type_builtin(OID_TEXT);
}

static struct type *
make_row_type(struct linker *l, struct holder *h, const struct relation *r)
{
	struct type_attr *attrs = ARENA_ARRAY(&h->arena, struct type_attr, r->ncols);
	int n = 0;

	for (int i = 0; i < r->ncols; i++) {
		if (r->cols[i].dropped)
			continue;
		attrs[n].name = r->cols[i].name;
		attrs[n].type = resolve_type(l, r->cols[i].type);
		attrs[n++].typmod = r->cols[i].typmod;
	}
	return type_make_composite(&h->arena, r->row_type, r->o.name, r->o.schema, r->o.oid, attrs,
				   n);
}

/* The name of a row type's array: _name, cut to 63 bytes. */
static const char *
array_name(struct arena *a, const char *name)
{
	size_t len = strlen(name);

	return arena_printf(a, "_%.*s", (int) (len > 62 ? 62 : len), name);
}

static struct type *
make_domain(struct linker *l, struct holder *h, const struct user_type *u)
{
	struct type *t = type_make_domain(&h->arena, u->o.oid, u->o.name, u->o.schema,
					  resolve_type(l, u->type->base), u->type->base_typmod);

	t->collation = u->collation;
	return t;
}

static void
make_types(struct linker *l, struct holder *h)
{
	const struct user_type *u = (const struct user_type *) h->o;
	struct type *t, *array = NULL;
	oid_t type_oid, array_oid;

	if (h->type != NULL)
		return;
	type_oid = holder_types(h, &array_oid);
	if (type_oid == 0)
		return;
	if (h->o->class == OBJ_RELATION)
		t = make_row_type(l, h, relation_of(h));
	else if (u->type->kind == TYPE_DOMAIN)
		t = make_domain(l, h, u);
	else if (u->type->kind == TYPE_RANGE)
		t = type_make_range(&h->arena, u->o.oid, u->o.name, u->o.schema,
				    resolve_type(l, u->type->sub));
	else if (u->type->kind == TYPE_MULTIRANGE)
		t = type_make_multirange(&h->arena, u->o.oid, u->o.name, u->o.schema,
					 resolve_type(l, u->type->sub));
	else
		t = type_make_enum(&h->arena, u->o.oid, u->o.name, u->o.schema, u->type->labels,
				   u->type->nlabels);
	t->array = array_oid;
	h->type = t;
	if (array_oid != 0) {
		const char *name = h->o->class == OBJ_TYPE && u->array != NULL
					   ? u->array->name
					   : array_name(&h->arena, h->o->name);

		array = type_make_array(&h->arena, array_oid, name, t);
		array->schema = h->o->schema;
		h->array = array;
	}
}

/* --- filling the shells ----------------------------------------------------------------------- */

static void
link_index(struct linker *l, struct holder *h, struct relation *r)
{
	struct index *ix = arena_dup(&h->arena, r->index, sizeof *ix);
	struct index_column *cols =
		arena_dup(&h->arena, ix->cols, (size_t) ix->ncols * sizeof *cols);
	struct slot *table = slots_find(&l->to->by_oid[OBJ_RELATION], ix->table_oid);

	for (int i = 0; i < ix->ncols; i++)
		cols[i].type = resolve_type(l, cols[i].type);
	ix->o = r->o;
	ix->cols = cols;
	ix->table = table != NULL ? relation_of(table->h) : NULL;
	r->index = ix;
}

static void
link_children(struct linker *l, struct holder *h, struct relation *r)
{
	const struct child *c;
	const struct index **indexes;
	struct fkey_ref *refs;
	const struct relation **parts;

	r->nindexes = children_of(l->indexes, l->nindexes, r->o.oid, &c);
	indexes = ARENA_ARRAY(&h->arena, const struct index *, r->nindexes);
	r->primary = NULL;
	for (int i = 0; i < r->nindexes; i++) {
		indexes[i] = relation_of(c[i].h)->index;
		if (indexes[i]->primary)
			r->primary = indexes[i];
	}
	r->indexes = indexes;

	r->nrefs = children_of(l->fkeys, l->nfkeys, r->o.oid, &c);
	refs = ARENA_ARRAY(&h->arena, struct fkey_ref, r->nrefs);
	for (int i = 0; i < r->nrefs; i++) {
		refs[i].table = relation_of(c[i].h);
		refs[i].con = c[i].con;
	}
	r->refs = refs;

	r->nparts = children_of(l->parts, l->nparts, r->o.oid, &c);
	parts = ARENA_ARRAY(&h->arena, const struct relation *, r->nparts);
	for (int i = 0; i < r->nparts; i++)
		parts[i] = relation_of(c[i].h);
	r->parts = parts;
}

static void
link_key(struct linker *l, struct holder *h, struct relation *r)
{
	struct partition_key *key;
	struct index_column *cols;

	if (r->partkey == NULL)
		return;
	key = arena_dup(&h->arena, r->partkey, sizeof *key);
	cols = arena_dup(&h->arena, key->cols, (size_t) key->ncols * sizeof *cols);
	for (int i = 0; i < key->ncols; i++)
		cols[i].type = resolve_type(l, cols[i].type);
	key->cols = cols;
	r->partkey = key;
}

static void
link_relation(struct linker *l, struct holder *h)
{
	struct relation *r = (struct relation *) h->o;
	struct column *cols = arena_dup(&h->arena, r->cols, (size_t) r->ncols * sizeof *cols);
	struct slot *stats = slots_find(&l->to->by_oid[OBJ_STATISTICS], r->o.oid);

	for (int i = 0; i < r->ncols; i++)
		cols[i].type = resolve_type(l, cols[i].type);
	r->cols = cols;
	make_types(l, h);
	link_key(l, h, r);
	r->stats = stats != NULL ? &((const struct stats_object *) stats->h->o)->stats : NULL;
	r->layouts = NULL;
	if (r->nlayouts > 0 && catalog_layout_maker != NULL)
		r->layouts = catalog_layout_maker(&h->arena, r);
}

static void
link_type(struct linker *l, struct holder *h)
{
	struct user_type *u = (struct user_type *) h->o;

	make_types(l, h);
	u->type = h->type;
	u->array = h->array;
}

static void
link_all(struct linker *l)
{
	struct slots *types = &l->to->by_oid[OBJ_TYPE], *rels = &l->to->by_oid[OBJ_RELATION];

	for (int i = 0; i < types->n; i++)
		if (l->dirty[OBJ_TYPE][i])
			link_type(l, types->at[i].h);
	for (int i = 0; i < rels->n; i++)
		if (l->dirty[OBJ_RELATION][i])
			link_relation(l, rels->at[i].h);
	for (int i = 0; i < rels->n; i++)
		if (l->dirty[OBJ_RELATION][i] && rels->at[i].parent != 0)
			link_index(l, rels->at[i].h, (struct relation *) rels->at[i].h->o);
	for (int i = 0; i < rels->n; i++)
		if (l->dirty[OBJ_RELATION][i] && rels->at[i].parent == 0)
			link_children(l, rels->at[i].h, (struct relation *) rels->at[i].h->o);
}

/* --- the other arrays ------------------------------------------------------------------------- */

static void
add_old(const struct slots *base, oid_t oid, struct slot *to, int *n)
{
	const struct slot *was = slots_find(base, oid);

	if (was != NULL)
		to[(*n)++] = *was;
}

static void
merge_names(struct linker *l, enum object_class class)
{
	const struct slots *s = &l->to->by_oid[class], *base = &l->base->by_oid[class];
	struct slot *gone, *add;
	int ngone = 0, nadd = 0, ndirty = 0;

	for (int i = 0; i < s->n; i++)
		ndirty += l->dirty[class][i];
	gone = ARENA_ARRAY(&l->arena, struct slot, l->ngone[class] + ndirty);
	add = ARENA_ARRAY(&l->arena, struct slot, l->ngone[class] + ndirty);
	for (int i = 0; i < l->ngone[class]; i++) {
		struct slot *is = slots_find(s, l->gone[class][i]);

		add_old(base, l->gone[class][i], gone, &ngone);
		if (is != NULL)
			add[nadd++] = *is;
	}
	for (int i = 0; i < s->n; i++) /* relinked, though nobody changed it */
		if (l->dirty[class][i] &&
		    !oids_have(l->gone[class], l->ngone[class], s->at[i].oid)) {
			add_old(base, s->at[i].oid, gone, &ngone);
			add[nadd++] = s->at[i];
		}
	l->to->by_name[class] =
		slots_merge(&l->base->by_name[class], gone, ngone, add, nadd, slot_by_name);
}

static void
add_types(const struct holder *h, struct type_slot *to, int *n)
{
	if (h->type != NULL)
		to[(*n)++] = (struct type_slot){ h->type->oid, h->type };
	if (h->array != NULL)
		to[(*n)++] = (struct type_slot){ h->array->oid, h->array };
}

static void
merge_types(struct linker *l)
{
	static const enum object_class linked[] = { OBJ_TYPE, OBJ_RELATION };
	int max = 2 * (l->work.n + l->ngone[OBJ_TYPE] + l->ngone[OBJ_RELATION]), ngone = 0,
	    nadd = 0;
	struct type_slot *add = ARENA_ARRAY(&l->arena, struct type_slot, max);
	struct type_slot *gone = ARENA_ARRAY(&l->arena, struct type_slot, max);

	for (unsigned k = 0; k < ARRAY_LEN(linked); k++) {
		const struct slots *s = &l->to->by_oid[linked[k]],
				   *base = &l->base->by_oid[linked[k]];
		const struct slot *was;

		for (int i = 0; i < l->ngone[linked[k]]; i++) {
			was = slots_find(base, l->gone[linked[k]][i]);
			if (was != NULL)
				add_types(was->h, gone, &ngone);
		}
		for (int i = 0; i < s->n; i++) {
			if (!l->dirty[linked[k]][i])
				continue;
			add_types(s->at[i].h, add, &nadd);
			was = oids_have(l->gone[linked[k]], l->ngone[linked[k]], s->at[i].oid)
				      ? NULL
				      : slots_find(base, s->at[i].oid);
			if (was != NULL)
				add_types(was->h, gone, &ngone);
		}
	}
	l->to->types_by_oid =
		type_slots_merge(&l->base->types_by_oid, gone, ngone, add, nadd, type_slot_by_oid);
	l->to->types_by_name = type_slots_merge(&l->base->types_by_name, gone, ngone, add, nadd,
						type_slot_by_name);
}

static void
count_references(struct linker *l)
{
	for (int class = 0; class < OBJ_CLASS_COUNT; class ++)
		for (int i = 0; i < l->to->by_oid[class].n; i++)
			if (!l->dirty[class][i]) /* a fresh shell's first count is ours */
				holder_retain(l->to->by_oid[class].at[i].h);
}

struct catalog *
catalog_derive(const struct catalog *base, const struct change *changes, int n, uint64_t version)
{
	struct catalog *to = slots_memory(1, sizeof *to);
	struct linker l = { .base = base, .to = to };

	atomic_init(&to->refs, 1);
	to->version = version;
	to->cs = base->cs;
	merge_changes(&l, changes, n);
	mark_all(&l);
	make_shells(&l);
	find_children(&l);
	link_all(&l);
	for (int class = 0; class < OBJ_CLASS_COUNT; class ++)
		merge_names(&l, (enum object_class) class);
	merge_types(&l);
	count_references(&l);
	arena_done(&l.arena);
	return to;
}
