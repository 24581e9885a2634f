/* check.c - the keys that wait for a check, by constraint.
 *
 * Equal keys wait once.  A group that has grown large is tried early: what passes is dropped,
 * what fails is tried again at the end, when rows of the same statement may have come.
 *
 * Not here: what a check does (fkey_child.c, fkey_parent.c, unique.c). */
#include "config.h"
#include "core/access/unit.h"

#include <assert.h>

struct check_group *
check_group_find(struct write_unit *u, enum check_kind kind, bool update,
		 const struct constraint *con, const struct relation *child,
		 const struct relation *parent, const struct index *index)
{
	struct list *groups = &u->stmt->groups;
	struct check_group *g;

	for (int i = 0; i < groups->n; i++) {
		g = LIST_AT(struct check_group, groups, i);
		if (g->kind == kind && g->con == con && g->update == update)
			return g;
	}
	g = ARENA_NEW(&u->queue, struct check_group);
	g->kind = kind;
	g->update = update;
	g->con = con;
	g->child = child;
	g->parent = parent;
	g->index = index;
	g->arena = &u->queue;
	list_push(groups, &u->queue, g);
	return g;
}

struct pending_key *
check_group_add(struct check_group *g, const struct strbuf *bytes, int n, const union datum *values,
		const struct type *const *types)
{
	struct pending_key *k;
	union datum *copy;

	if (map_get(&g->seen, bytes->data, bytes->len) != NULL)
		return NULL;
	k = ARENA_NEW(g->arena, struct pending_key);
	copy = ARENA_ARRAY(g->arena, union datum, n);
	for (int i = 0; i < n; i++)
		copy[i] = datum_copy(g->arena, values[i], types[i]->byval);
	k->bytes = arena_dup(g->arena, bytes->data, bytes->len);
	k->len = bytes->len;
	k->values = copy;
	map_put(&g->seen, k->bytes, k->len, k);
	list_push(&g->keys, g->arena, k);
	return k;
}

int
check_group_run(struct write_unit *u, struct check_group *g, struct err *e)
{
	switch (g->kind) {
	case CHECK_CHILD:
		return fkey_check_children(u, g, e);
	case CHECK_PARENT:
		return fkey_check_parents(u, g, e);
	case CHECK_ACTION:
		return fkey_run_action(u, g, e);
	case CHECK_UNIQUE:
		return unique_recheck(u, g, e);
	}
	return ERR_OK;
}
