/* merge.c - MERGE: a source joined to the table, and what becomes of each pair.
 *
 * The source is the left side of the join.  Actions for rows without a match see the source
 * alone. */
#include "config.h"
#include "translate/from.h"

#include <string.h>

enum clause_kind { NOT_MATCHED, MATCHED };

static int
check_clauses(struct binder *b, const PgQuery__MergeStmt *st, bool *ret_inserts)
{
	bool closed[2] = { false, false };

	for (size_t i = 0; i < st->n_merge_when_clauses; i++) {
		const PgQuery__MergeWhenClause *w = st->merge_when_clauses[i]->merge_when_clause;
		enum clause_kind k = w->matched ? MATCHED : NOT_MATCHED;

		if (closed[k])
			return bind_error(b, 0, ERR_SYNTAX_ERROR,
					  "unreachable WHEN clause specified after unconditional "
					  "WHEN clause");
		closed[k] = w->condition == NULL;
		*ret_inserts |= w->command_type == PG_QUERY__CMD_TYPE__CMD_INSERT;
	}
	return ERR_OK;
}

/* Only tables can be merged into: views take no part in it. */
static int
check_target(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv)
{
	bool bare = rv->schemaname == NULL || rv->schemaname[0] == '\0';

	if (bare && scope_find_cte(s, rv->relname) != NULL &&
	    find_relation(b, NULL, rv->relname) == NULL)
		return ERR_OK; /* bind_target_range says it */
	const struct relation *rel = bind_relation(b, rv);
	if (rel == NULL)
		return b->e->code;
	if (rel->kind != REL_VIEW && rel->kind != REL_MATVIEW)
		return ERR_OK;
	bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED, "cannot execute MERGE on relation \"%s\"",
		   rel->o.name);
	return err_detail(b->e, "This operation is not supported for %s.",
			  rel->kind == REL_VIEW ? "views" : "materialized views");
}

static int
check_names(struct binder *b, const struct nsitem *target, const struct list *source)
{
	for (int i = 0; i < source->n; i++) {
		const struct nsitem *it = LIST_AT(struct nsitem, source, i);

		if (!it->rel_visible || it->name == NULL || strcmp(it->name, target->name) != 0)
			continue;
		bind_error(b, 0, ERR_DUPLICATE_ALIAS, "name \"%s\" specified more than once",
			   target->name);
		return err_detail(b->e,
				  "The name is used both as MERGE target table and data source.");
	}
	return ERR_OK;
}

struct merge {
	struct binder *b;
	struct scope *s;
	struct write_target target;
	struct list source; /* struct nsitem */
};

static int
bind_join_of(struct merge *m, const PgQuery__MergeStmt *st, bool inserts)
{
	struct binder *b = m->b;
	struct scope *s = m->s;
	struct query *q = s->q;

	q->target = bind_target_range(b, s, st->relation, &m->target);
	if (q->target == NULL)
		return b->e->code;
	q->rules = rules_of(b, q->target->rel);
	if (q->rules == NULL)
		return b->e->code;
	struct from *join = ARENA_NEW(b->arena, struct from);
	join->is_join = true;
	join->type = inserts ? JOIN_LEFT : JOIN_INNER;
	join->right = from_range(b->arena, q->target);
	join->left = bind_from_item(b, s, st->source_relation, &m->source);
	if (join->left == NULL || check_names(b, m->target.item, &m->source) != ERR_OK)
		return b->e->code;
	scope_push(b, s, m->target.item);
	for (int i = 0; i < m->source.n; i++)
		list_push(&s->items, b->arena, m->source.at[i]);
	join->on = bind_where(b, s, st->join_condition, PLACE_JOIN_ON, "JOIN/ON");
	q->merge_on = join->on;
	list_push(&q->from, b->arena, join);
	return b->e->code;
}

static int
bind_action(struct merge *m, const PgQuery__MergeWhenClause *w)
{
	struct binder *b = m->b;
	struct merge_action *a = ARENA_NEW(b->arena, struct merge_action);
	struct nsitem *it = m->target.item;
	const bool see = w->matched;
	int rc = ERR_OK;

	it->rel_visible = it->cols_visible = see;
	a->matched = w->matched;
	if (w->condition != NULL) {
		a->when = bind_where(b, m->s, w->condition, PLACE_MERGE_WHEN, "WHEN");
		rc = b->e->code;
	}
	if (rc == ERR_OK && w->command_type == PG_QUERY__CMD_TYPE__CMD_INSERT) {
		a->what = MERGE_INSERT;
		rc = bind_merge_insert(b, m->s, &m->target, w, &a->sets);
	} else if (rc == ERR_OK && w->command_type == PG_QUERY__CMD_TYPE__CMD_UPDATE) {
		a->what = MERGE_UPDATE;
		rc = bind_set_clause(b, m->s, &m->target, w->n_target_list, w->target_list, &a->sets);
	} else if (w->command_type == PG_QUERY__CMD_TYPE__CMD_DELETE) {
		a->what = MERGE_DELETE;
	}
	it->rel_visible = it->cols_visible = true;
	list_push(&m->s->q->merge_actions, b->arena, a);
	return rc;
}

struct query *
bind_merge(struct binder *b, struct scope *outer, const PgQuery__MergeStmt *st)
{
	struct scope s;
	struct query *q = query_new(b->arena, QUERY_MERGE, outer != NULL ? outer->q : NULL);
	struct merge m = { .b = b, .s = &s };
	bool inserts = false;

	scope_init(&s, outer, q);
	if (st->with_clause != NULL && st->with_clause->recursive)
		return bind_fail(b, 0, ERR_SYNTAX_ERROR,
				 "WITH RECURSIVE is not supported for MERGE statement");
	if (st->with_clause != NULL && bind_with(b, &s, st->with_clause) != ERR_OK)
		return NULL;
	if (check_clauses(b, st, &inserts) != ERR_OK || check_target(b, &s, st->relation) != ERR_OK ||
	    bind_join_of(&m, st, inserts) != ERR_OK)
		return NULL;
	for (size_t i = 0; i < st->n_merge_when_clauses; i++)
		if (bind_action(&m, st->merge_when_clauses[i]->merge_when_clause) != ERR_OK)
			return NULL;
	return q;
}
