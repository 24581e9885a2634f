/* position.c - which rows of tables a cursor stands on: WHERE CURRENT OF.
 *
 * A cursor's plan gives the rows' keys behind its columns (core/plan/position.c).  A cursor that
 * keeps its rows keeps these with them; one that only moves forward remembers the last row's. */
#include "config.h"
#include "pgwire/session/portal.h"

struct position { oid_t rel; const struct bytes *key; };        /* rel 0: the empty side of an outer join */

void
portal_leave(struct portal *p)
{
	p->here = NULL;
}

static struct position
position_at(const struct batch *b, int row, int key_slot)
{
	if (vec_null(&b->cols[key_slot], row) || vec_null(&b->cols[key_slot + 1], row))
		return (struct position) { 0 };
	return (struct position) { (oid_t) vec_at(&b->cols[key_slot + 1], row).i, vec_at(&b->cols[key_slot], row).b };
}

void
portal_set_here(struct portal *p, const struct batch *b, int row)
{
	const struct plan_stmt *st = p->a->plan;

	arena_reset(&p->here_arena);
	p->here = ARENA_ARRAY(&p->here_arena, struct position, st->npositions + 1);
	for (int i = 0; i < st->npositions; i++) {
		p->here[i] = position_at(b, row, st->positions[i].key_slot);
		if (p->here[i].key != NULL)
			p->here[i].key = datum_copy(&p->here_arena, datum_bytes(p->here[i].key), false).b;
	}
}

/* Is it this table, or does it hold rows for it? */
static bool
has_rows_in(const struct relation *r, oid_t rel)
{
	if (r->o.oid == rel)
		return true;
	for (int i = 0; i < r->nparts; i++)
		if (has_rows_in(r->parts[i], rel))
			return true;
	return false;
}

/* The cursor's one reference to the table. */
static int
find_reference(const struct portal *p, const struct relation *rel, int *ret, struct err *e)
{
	const struct plan_stmt *st = p->a->plan;
	int found = -1, n = 0;

	for (int i = 0; i < st->npositions; i++)
		if (has_rows_in(st->positions[i].rel, rel->o.oid)) {
			found = i;
			n++;
		}
	*ret = found;
	if (n > 1)
		return err_set(e, ERR_INVALID_CURSOR_STATE,
		               "cursor \"%s\" has multiple FOR UPDATE/SHARE references to table \"%s\"", p->name,
		               rel->o.name);
	if (n == 0 && st->marked)
		return err_set(e, ERR_INVALID_CURSOR_STATE,
		               "cursor \"%s\" does not have a FOR UPDATE/SHARE reference to table \"%s\"", p->name,
		               rel->o.name);
	if (n == 0)
		return err_set(e, ERR_INVALID_CURSOR_STATE,
		               "cursor \"%s\" is not a simply updatable scan of table \"%s\"", p->name, rel->o.name);
	return ERR_OK;
}

/* Row number pos, of those that are kept. */
static int
read_here(struct portal *p, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct batch b;
	int64_t at = p->pos - 1 - p->store_base;

	portal_leave(p);
	if (p->store == NULL || at < 0 || at >= rowstore_count(p->store))
		return ERR_OK;
	int rc = rowstore_read(p->store, at, 1, 1, &a, &b, e);
	if (rc == ERR_OK)
		portal_set_here(p, &b, 0);
	return rc;
}

int
session_cursor_row(void *self, const char *cursor, const struct relation *rel, struct strbuf *ret_key, bool *ret_here,
                   struct err *e)
{
	struct portal *p = portal_find(self, cursor);
	int i, rc;

	*ret_here = false;
	if (p == NULL)
		return err_set(e, ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", cursor);
	if (p->a == NULL || p->a->plan == NULL || (!p->cursor && p->a->plan->op != QUERY_SELECT))
		return err_set(e, ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is not a SELECT query", cursor);
	if (p->held || p->failed)
		return err_set(e, ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is held from a previous transaction", cursor);
	rc = find_reference(p, rel, &i, e);
	if (rc == ERR_OK && !p->no_scroll)
		rc = read_here(p, e);
	if (rc != ERR_OK)
		return rc;
	if (p->here == NULL)
		return err_set(e, ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is not positioned on a row", cursor);
	if (p->here[i].rel != rel->o.oid)
		return ERR_OK;
	*ret_here = true;
	strbuf_add(ret_key, bytes_data(p->here[i].key), bytes_len(p->here[i].key));
	return ERR_OK;
}
