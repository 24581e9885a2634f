/* slots.c - counted objects and the sorted arrays of a snapshot.
 *
 * Not here: what objects point to (link.c). */
#include "config.h"
#include "core/catalog/slots.h"

#include <stdlib.h>

#include "core/base/log.h"

static void *
must(void *p)
{
	if (p == NULL) {
		log_write(LOG_PANIC, "out of memory for the catalog");
		abort();
	}
	return p;
}

void *
slots_memory(size_t n, size_t size)
{
	return must(calloc(n == 0 ? 1 : n, size));
}

struct holder *
holder_new(struct holder *stored)
{
	struct holder *h = slots_memory(1, sizeof *h);

	atomic_init(&h->refs, 1);
	arena_init(&h->arena, 0);
	h->stored = stored;
	if (stored != NULL)
		holder_retain(stored);
	return h;
}

void
holder_retain(struct holder *h)
{
	atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
}

void
holder_release(struct holder *h)
{
	while (h != NULL && atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) == 1) {
		struct holder *under = h->stored;

		arena_done(&h->arena);
		free(h);
		h = under;
	}
}

struct slot
slot_make(struct holder *h)
{
	struct slot s = { .oid = h->o->oid, .h = h };
	const struct relation *r = (const struct relation *) h->o;

	if (h->o->class == OBJ_TYPE) {
		const struct type *t = ((const struct user_type *) h->o)->type;
		const struct type *under = t->base != NULL ? t->base : t->sub;

		if (under != NULL && type_builtin(under->oid) == NULL)
			s.flags |= SLOT_USES_TYPES;
		return s;
	}
	if (h->o->class != OBJ_RELATION)
		return s;
	if (r->index != NULL)
		s.parent = r->index->table_oid;
	else
		s.part_of = r->part_of;
	for (int i = 0; i < r->nconstraints; i++)
		if (r->constraints[i].type == CON_FOREIGN)
			s.flags |= SLOT_FKEY;
	for (int i = 0; i < r->ncols; i++)
		if (r->cols[i].type != NULL && type_builtin(r->cols[i].type->oid) == NULL)
			s.flags |= SLOT_USES_TYPES;
	for (int i = 0; r->index != NULL && i < r->index->ncols; i++)
		if (r->index->cols[i].type != NULL &&
		    type_builtin(r->index->cols[i].type->oid) == NULL)
			s.flags |= SLOT_USES_TYPES;
	return s;
}

int
slot_by_oid(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return (x->oid > y->oid) - (x->oid < y->oid);
}

static int
compare_names(oid_t xs, const char *xn, oid_t ys, const char *yn)
{
	if (xs != ys)
		return xs < ys ? -1 : 1;
	return strcmp(xn, yn);
}

int
slot_by_name(const void *a, const void *b)
{
	const struct object *x = ((const struct slot *) a)->h->o,
			    *y = ((const struct slot *) b)->h->o;
	int cmp = compare_names(x->schema, x->name, y->schema, y->name);

	return cmp != 0 ? cmp : slot_by_oid(a, b);
}

int
type_slot_by_oid(const void *a, const void *b)
{
	const struct type_slot *x = a, *y = b;

	return (x->oid > y->oid) - (x->oid < y->oid);
}

int
type_slot_by_name(const void *a, const void *b)
{
	const struct type_slot *x = a, *y = b;
	int cmp = compare_names(x->t->schema, x->t->name, y->t->schema, y->t->name);

	return cmp != 0 ? cmp : type_slot_by_oid(a, b);
}

bool
oids_have(const oid_t *oids, int n, oid_t oid)
{
	int lo = 0, hi = n;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;

		if (oids[mid] == oid)
			return true;
		if (oids[mid] < oid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

/* Where x is or would be in n sorted elements of `size` bytes. */
static size_t
lower_bound(const char *at, size_t n, size_t size, const void *x,
	    int (*cmp)(const void *, const void *))
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cmp(at + mid * size, x) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
position_order(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Both kinds of array: what is between the places of a change is copied in one piece. */
static void *
merge(const char *old, size_t n, size_t size, const void *gone, size_t ngone, void *add,
      size_t nadd, int (*cmp)(const void *, const void *), int *ret_n)
{
	char *to = slots_memory(n + nadd, size), *end = to;
	size_t *skip = slots_memory(ngone + 1, sizeof *skip), at = 0, g = 0, a = 0;

	for (size_t i = 0; i < ngone; i++)
		skip[i] = lower_bound(old, n, size, (const char *) gone + i * size, cmp);
	qsort(skip, ngone, sizeof *skip, position_order);
	qsort(add, nadd, size, cmp);
	while (at < n || a < nadd) {
		size_t next =
			a < nadd ? lower_bound(old, n, size, (char *) add + a * size, cmp) : n;

		if (g < ngone && skip[g] < next)
			next = skip[g];
		if (next > at) {
			memcpy(end, old + at * size, (next - at) * size);
			end += (next - at) * size;
			at = next;
		}
		if (g < ngone && skip[g] == at) {
			at++;
			g++;
		} else if (a < nadd) {
			memcpy(end, (char *) add + a++ * size, size);
			end += size;
		}
	}
	free(skip);
	*ret_n = (int) ((size_t) (end - to) / size);
	return to;
}

struct slots
slots_merge(const struct slots *old, const struct slot *gone, int ngone, struct slot *add, int nadd,
	    int (*cmp)(const void *, const void *))
{
	struct slots to;

	to.at = merge((const char *) old->at, (size_t) old->n, sizeof *to.at, gone, (size_t) ngone,
		      add, (size_t) nadd, cmp, &to.n);
	return to;
}

struct type_slots
type_slots_merge(const struct type_slots *old, const struct type_slot *gone, int ngone,
		 struct type_slot *add, int nadd, int (*cmp)(const void *, const void *))
{
	struct type_slots to;

	to.at = merge((const char *) old->at, (size_t) old->n, sizeof *to.at, gone, (size_t) ngone,
		      add, (size_t) nadd, cmp, &to.n);
	return to;
}

struct slot *
slots_find(const struct slots *s, oid_t oid)
{
	struct slot key = { .oid = oid };

	return s->n == 0 ? NULL : bsearch(&key, s->at, (size_t) s->n, sizeof key, slot_by_oid);
}

struct slot *
slots_find_name(const struct slots *s, oid_t schema, const char *name)
{
	int lo = 0, hi = s->n;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;
		const struct object *o = s->at[mid].h->o;
		int cmp = compare_names(o->schema, o->name, schema, name);

		if (cmp == 0)
			return &s->at[mid];
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct type *
type_slots_find(const struct type_slots *s, oid_t oid)
{
	struct type_slot key = { .oid = oid };
	struct type_slot *at;

	at = s->n == 0 ? NULL : bsearch(&key, s->at, (size_t) s->n, sizeof key, type_slot_by_oid);
	return at != NULL ? at->t : NULL;
}

const struct type *
type_slots_find_name(const struct type_slots *s, oid_t schema, const char *name)
{
	int lo = 0, hi = s->n;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;
		const struct type *t = s->at[mid].t;
		int cmp = compare_names(t->schema, t->name, schema, name);

		if (cmp == 0)
			return t;
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
