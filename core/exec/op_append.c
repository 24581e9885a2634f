/* op_append.c - one input after the other: UNION ALL, partitions. */
#include "config.h"
#include "core/access/partition.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"

struct append_state {
	struct op **inputs;
	bool *skip; /* partitions that cannot have rows, as is known now */
	int at;
};

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

static int
prune(struct op *op, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;

	s->skip = ARENA_ARRAY(&op->x->arena, bool, p->nchildren + 1);
	for (int i = 0; i < p->nprunes; i++) {
		const struct plan_prune *q = p->prunes[i];
		bool *keep = ARENA_ARRAY(&op->x->arena, bool, q->rel->nparts + 1);
		int rc = select_parts(op, q, keep, e);

		if (rc != ERR_OK)
			return rc;
		for (int k = 0; k < q->rel->nparts; k++)
			for (int c = q->first[k]; c < q->first[k + 1]; c++)
				s->skip[c] |= !keep[k];
	}
	return ERR_OK;
}

static int
append_open(struct op *op, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;
	int rc = prune(op, e);

	if (rc != ERR_OK)
		return rc;

	s->inputs = ARENA_ARRAY(&op->x->arena, struct op *, p->nchildren + 1);
	for (int i = 0; i < p->nchildren; i++) {
		if (s->skip[i])
			continue;
		rc = op_open(op->x, p->children[i], &s->inputs[i], e);
		if (rc != ERR_OK)
			return rc;
		op->varies_outer |= s->inputs[i]->varies_outer;
		op->varies_round |= s->inputs[i]->varies_round;
	}
	return ERR_OK;
}

static int
append_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;

	while (s->at < p->nchildren) {
		if (s->skip[s->at]) {
			s->at++;
			continue;
		}
		int rc = op_next(s->inputs[s->at], ret, e);
		if (rc != ERR_OK || *ret != NULL)
			return rc;
		s->at++;
	}
	*ret = NULL;
	return ERR_OK;
}

static int
append_rescan(struct op *op, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;
	int rc = ERR_OK;

	s->at = 0;
	for (int i = 0; i < p->nchildren && rc == ERR_OK; i++)
		rc = s->skip[i] ? ERR_OK : op_rescan(s->inputs[i], e);
	return rc;
}

static void
append_close(struct op *op)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;

	for (int i = 0; s->inputs != NULL && i < p->nchildren; i++)
		op_close(&s->inputs[i]);
}

const struct op_class op_append_class = {
	.name = "append",
	.plan_kind = PLAN_APPEND,
	.state_size = sizeof(struct append_state),
	.open = append_open,
	.next = append_next,
	.rescan = append_rescan,
	.close = append_close,
};
