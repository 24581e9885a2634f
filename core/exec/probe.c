/* probe.c - sharing rows of keys out to the tables that are probed with them. */
#include "config.h"
#include "core/exec/probe.h"

#include "core/access/partition.h"
#include "core/access/table.h"
#include "core/exec/again.h"

int
probe_open(struct exec *x, const struct plan_join *join, const struct vec *keys, struct probe *ret, struct err *e)
{
	const struct plan *inner = join->p.inner;
	const struct vec *lo = &keys[join->nkeys], *hi = lo + (join->lo != NULL);
	struct arena *a = &x->arena;
	struct probe *p = ret;
	int rc = ERR_OK;

	*p = (struct probe){ .x = x, .nkeys = join->nkeys, .ntables = 1 };
	p->ranged = join->not_null;
	p->range = (struct probe_range){ join->lo != NULL ? lo : NULL, join->hi != NULL ? hi : NULL,
					 join->lo_incl, join->hi_incl };
	if (inner->kind == PLAN_APPEND) {
		p->parts = (const struct plan_append *) inner;
		p->ntables = p->parts->nchildren;
		p->eq = ARENA_ARRAY(a, union datum *, p->parts->nroutes + 1);
		p->keep = ARENA_ARRAY(a, bool *, p->parts->nroutes + 1);
		for (int i = 0; i < p->parts->nroutes; i++) {
			const struct plan_probe_route *r = p->parts->routes[i];
			p->eq[i] = ARENA_ARRAY(a, union datum, r->nkeys + 1);
			p->keep[i] = ARENA_ARRAY(a, bool, r->rel->nparts + 1);
		}
	}
	p->tables = ARENA_ARRAY(a, struct probe_table, p->ntables);
	for (int i = 0; i < p->ntables && rc == ERR_OK; i++) {
		struct probe_table *t = &p->tables[i];
		t->plan = (const struct plan_scan *) (p->parts != NULL ? p->parts->children[i] : inner);
		rc = exec_may_scan(t->plan->rel, e);
		if (rc == ERR_OK)
			rc = filter_compile(x, t->plan->filter, BATCH_ROWS, &t->filter, e);
	}
	return rc;
}

bool
probe_has_filter(const struct probe *p)
{
	for (int i = 0; i < p->ntables; i++)
		if (p->tables[i].filter != NULL)
			return true;
	return false;
}

static void
add_row(struct probe_table *t, uint16_t row, int n, struct arena *a)
{
	if (t->sel == NULL)
		t->sel = ARENA_ARRAY(a, uint16_t, n);
	t->sel[t->n++] = row;
}

static void
go_down(struct probe *p, int route, const struct vec *keys, uint16_t row, int n, struct arena *a)
{
	const struct plan_probe_route *r = p->parts->routes[route];
	struct scan_bounds b = { .neq = r->nkeys, .eq = p->eq[route] };
	bool *keep = p->keep[route];
	union datum lo, hi;

	for (int i = 0; i < r->nkeys; i++)
		p->eq[route][i] = vec_at(&keys[r->keys[i]], row);
	if (r->ranged && p->range.lo != NULL) {
		lo = vec_at(p->range.lo, row);
		b.lo = (struct scan_bound){ 1, p->range.lo_incl, &lo };
	}
	if (r->ranged && p->range.hi != NULL) {
		hi = vec_at(p->range.hi, row);
		b.hi = (struct scan_bound){ 1, p->range.hi_incl, &hi };
	}
	const bool any = r->nkeys > 0 || r->ranged;
	memset(keep, !any, (size_t) r->rel->nparts);
	if (any)
		partition_select(r->rel, &b, keep);
	for (int i = 0; i < r->rel->nparts; i++) {
		if (!keep[i])
			continue;
		if (r->below[i] >= 0)
			go_down(p, r->below[i], keys, row, n, a);
		else if (r->first[i] < r->first[i + 1])
			add_row(&p->tables[r->first[i]], row, n, a);
	}
}

void
probe_share(struct probe *p, const struct vec *keys, const uint16_t *sel, int n, struct arena *a)
{
	for (int i = 0; i < p->ntables; i++) {
		p->tables[i].sel = NULL;
		p->tables[i].n = 0;
	}
	for (int i = 0; i < n; i++) {
		bool null = false;
		for (int k = 0; k < p->nkeys; k++)
			null |= vec_null(&keys[k], sel[i]);
		null |= p->range.lo != NULL && vec_null(p->range.lo, sel[i]);
		null |= p->range.hi != NULL && vec_null(p->range.hi, sel[i]);
		if (null)
			continue;
		if (p->parts != NULL)
			go_down(p, 0, keys, sel[i], n, a);
		else
			add_row(&p->tables[0], sel[i], n, a);
	}
}

int
probe_begin(struct probe *p, struct probe_table *t, const struct vec *keys, struct err *e)
{
	const struct strbuf *only = again_fixed(p->x, t->plan->range);
	const struct scan_request req = {
		.rel = t->plan->rel,
		.index = t->plan->index,
		.ncols = t->plan->p.ncols,
		.cols = t->plan->attnums,
		.backward = t->plan->backward,
		.limit_each = only == NULL ? p->limit_each : 0,
		.latest = only != NULL,
		.only = only,
	};
	int rc = ERR_OK;

	if (t->scan == NULL)
		rc = table_scan_open(&p->x->env, &req, &t->scan, e);
	if (rc != ERR_OK)
		return rc;
	return p->ranged ? table_probe_ranges(t->scan, p->nkeys, keys, &p->range, t->sel, t->n, e)
			 : table_probe_begin(t->scan, p->nkeys, keys, t->sel, t->n, e);
}

void
probe_close(struct probe *p)
{
	for (int i = 0; p->tables != NULL && i < p->ntables; i++)
		table_scan_close(&p->tables[i].scan);
}
