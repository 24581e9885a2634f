/* append.c - which inputs of an Append are opened: keys that are known when the plan starts leave
 * out partitions.
 *
 * Not here: which partitions keys can be in (core/access/partition.h). */
#include "config.h"
#include "core/exec/append.h"

#include "core/access/partition.h"
#include "core/exec/prog.h"

static int
value(struct op *op, struct expr *x, union datum *ret, bool *ret_nothing, struct err *e)
{
	bool null = false;
	int rc = eval_now(op->x, x, &op->x->arena, ret, &null, e);

	*ret_nothing |= null; /* nothing compares true with null */
	return rc;
}

static int
select_parts(struct op *op, const struct plan_prune *p, bool *keep, struct err *e)
{
	const struct key_range *k = &p->key;
	union datum eq[INDEX_COLS_MAX + 1], lo = { 0 }, hi = { 0 }, array = { 0 };
	struct scan_bounds b = { .neq = k->neq, .eq = eq, .eq_is_null = k->eq_is_null, .not_null = k->not_null };
	bool nothing = false;
	int rc = ERR_OK;

	for (int i = 0; i < k->neq && rc == ERR_OK; i++)
		if (!k->eq_is_null[i])
			rc = value(op, k->eq[i], &eq[i], &nothing, e);
	if (rc == ERR_OK && k->lo != NULL) {
		b.lo = (struct scan_bound){ 1, k->lo_incl, &lo };
		rc = value(op, k->lo, &lo, &nothing, e);
	}
	if (rc == ERR_OK && k->hi != NULL) {
		b.hi = (struct scan_bound){ 1, k->hi_incl, &hi };
		rc = value(op, k->hi, &hi, &nothing, e);
	}
	if (rc == ERR_OK && k->in_list != NULL)
		rc = value(op, k->in_list, &array, &nothing, e);
	if (rc != ERR_OK || nothing)
		return rc;
	if (k->in_list != NULL)
		partition_select_any(p->rel, &b, eq, k->in_list->type, array, keep);
	else
		partition_select(p->rel, &b, keep);
	return ERR_OK;
}

/* Set skip for the children that cannot have rows. */
static int
prune(struct op *op, bool *skip, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);

	for (int i = 0; i < p->nprunes; i++) {
		const struct plan_prune *q = p->prunes[i];
		bool *keep = ARENA_ARRAY(&op->x->arena, bool, q->rel->nparts + 1);
		int rc = select_parts(op, q, keep, e);

		if (rc != ERR_OK)
			return rc;
		for (int k = 0; k < q->rel->nparts; k++)
			for (int c = q->first[k]; c < q->first[k + 1]; c++)
				skip[c] |= !keep[k];
	}
	return ERR_OK;
}

int
append_inputs_open(struct op *op, struct append_inputs *ret, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	bool *skip = ARENA_ARRAY(&op->x->arena, bool, p->nchildren + 1);
	int rc = prune(op, skip, e);

	ret->at = ARENA_ARRAY(&op->x->arena, struct op *, p->nchildren + 1);
	for (int i = 0; i < p->nchildren && rc == ERR_OK; i++) {
		int child = p->backward ? p->nchildren - 1 - i : i;
		struct op *in;

		if (skip[child])
			continue;
		rc = op_open(op->x, p->children[child], &ret->at[ret->n], e);
		in = ret->at[ret->n++];
		if (rc != ERR_OK)
			continue;
		op->varies_outer |= in->varies_outer;
		op->varies_round |= in->varies_round;
	}
	return rc;
}

int
append_inputs_rescan(struct append_inputs *s, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < s->n && rc == ERR_OK; i++)
		rc = op_rescan(s->at[i], e);
	return rc;
}

void
append_inputs_close(struct append_inputs *s)
{
	for (int i = 0; i < s->n; i++)
		op_close(&s->at[i]);
}
