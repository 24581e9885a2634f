/* portals.c - the list of a session's portals, and what the end of a transaction does to them. */
#include "config.h"
#include "pgwire/session/portal.h"

#include <stdlib.h>
#include <string.h>

int
portal_new(struct session *s, const char *name, struct portal **ret, struct err *e)
{
	struct portal *old = portal_find(s, name);

	if (old != NULL && *name != '\0')
		return err_set(e, ERR_DUPLICATE_CURSOR, "cursor \"%s\" already exists", name);
	if (old != NULL)
		portal_drop(s, old);
	struct portal *p = calloc(1, sizeof *p);
	if (p == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	p->s = s;
	p->name = arena_strdup(&p->arena, name);
	p->level = s->level;
	p->created = s->stmt_now;
	p->next = s->portals;
	s->portals = p;
	*ret = p;
	return ERR_OK;
}

struct portal *
portal_find(struct session *s, const char *name)
{
	for (struct portal *p = s->portals; p != NULL; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* Let go of what belongs to the transaction. */
static void
detach(struct portal *p)
{
	if (p->exec != NULL)
		exec_close(&p->exec);
	p->batch = NULL;
	if (p->snap != NULL && p->s->txn != NULL)
		txn_snap_release(p->s->txn, &p->snap);
	p->snap = NULL;
}

void
portal_drop(struct session *s, struct portal *p)
{
	for (struct portal **at = &s->portals; *at != NULL; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	detach(p);
	rowstore_done(&p->store);
	analysis_unref(&p->a);
	prepared_unref(&p->prepared);
	arena_done(&p->here_arena);
	arena_done(&p->arena);
	free(p);
}

int
portals_before_commit(struct session *s, struct err *e)
{
	for (struct portal *p = s->portals; p != NULL; p = p->next)
		if (p->hold && !p->held && !p->failed) {
			int rc = portal_hold(p, e);
			if (rc != ERR_OK)
				return rc;
		}
	return ERR_OK;
}

void
portals_end(struct session *s)
{
	for (struct portal *p = s->portals, *next; p != NULL; p = next) {
		next = p->next;
		if (p->running)         /* COMMIT runs in a portal of its own */
			detach(p);
		else if (!p->held)
			portal_drop(s, p);
		else
			p->level = 0;
	}
}

void
portals_rollback(struct session *s, int level)
{
	for (struct portal *p = s->portals, *next; p != NULL; p = next) {
		next = p->next;
		if (p->level >= level && !p->held && !p->running)
			portal_drop(s, p);
	}
}

void
portals_release(struct session *s, int level)
{
	for (struct portal *p = s->portals; p != NULL; p = p->next)
		if (p->level >= level)
			p->level = level - 1;
}

void
portals_drop_all(struct session *s)
{
	for (struct portal *p = s->portals, *next; p != NULL; p = next) {
		next = p->next;
		if (!p->running)
			portal_drop(s, p);
	}
}
