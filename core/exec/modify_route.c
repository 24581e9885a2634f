/* modify_route.c - which partition takes a row.
 *
 * Rows go down from the topmost table together: the key of each table on the way is computed for
 * all rows that have come to it.  A row that ends where the statement's target has no part breaks
 * the target's bound. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/access/partition.h"
#include "core/exec/operator.h"

int
route_open(struct modify *m, struct err *e)
{
	const struct plan_route *r = m->p->route;
	struct exec *x = m->op->x;
	int rc = ERR_OK;

	m->nleaves = r != NULL ? r->nleaves : 1;
	m->leaves = ARENA_ARRAY(&x->arena, struct leaf *, m->nleaves + 1);
	if (r == NULL)
		return ERR_OK;
	m->keys = ARENA_ARRAY(&x->arena, struct prog *, r->nnodes);
	for (int i = 0; i < r->nnodes && rc == ERR_OK; i++)
		rc = prog_compile(x, r->nodes[i]->key, r->nodes[i]->rel->partkey->ncols, BATCH_ROWS,
				  &m->keys[i], e);
	return rc;
}

/* -- errors ----------------------------------------------------------------------------------- */
enum { SHOWN_MAX = 64 };

static void
add_value(const struct type *t, struct type_env *env, union datum v, struct strbuf *to)
{
	size_t start = to->len, cut = start + SHOWN_MAX;

	t->ops->out(t, env, v, to);
	if (to->len - start <= SHOWN_MAX)
		return;
	while (cut > start && ((uint8_t) to->data[cut] & 0xc0) == 0x80)
		cut--;
	to->len = cut;
	strbuf_puts(to, "...");
}

static int
no_partition(struct modify *m, const struct relation *rel, const union datum *v, const bool *null,
	     struct arena *a, struct err *e)
{
	struct type_env env = m->op->x->env.type;
	const struct partition_key *key = rel->partkey;
	struct strbuf names, values;

	env.arena = a;
	strbuf_init(&names, a);
	strbuf_init(&values, a);
	for (int i = 0; i < key->ncols; i++) {
		const struct index_column *c = &key->cols[i];

		strbuf_puts(&names, i > 0 ? ", " : "");
		strbuf_puts(&values, i > 0 ? ", " : "");
		if (c->attnum > 0)
			strbuf_puts(&names, rel->cols[c->attnum - 1].name);
		else
			row_expr_text(c->expr_sql, &names);
		if (null[i])
			strbuf_puts(&values, "null");
		else
			add_value(c->type, &env, v[i], &values);
	}
	err_set(e, ERR_CHECK_VIOLATION, "no partition of relation \"%s\" found for row",
		rel->o.name);
	(void) err_detail(e, "Partition key of the failing row contains (%s) = (%s).", names.data,
			  values.data);
	const struct schema *s = catalog_schema_by_oid(m->op->x->env.catalog, rel->o.schema);
	return err_object(e, s != NULL ? s->o.name : NULL, rel->o.name, NULL, NULL);
}

static int
outside(struct modify *m, const struct vec *cols, int row, struct arena *a, struct err *e)
{
	struct exec *x = m->op->x;
	const struct schema *s = catalog_schema_by_oid(x->env.catalog, m->rel->o.schema);
	union datum *values = ARENA_ARRAY(a, union datum, m->ncols + 1);
	bool *null = ARENA_ARRAY(a, bool, m->ncols + 1);
	struct type_env env = x->env.type;

	if (m->p->leaf != NULL) { /* PostgreSQL finds nulls before it looks at the bound */
		int rc = row_nulls(m->leaf, cols, row, e);

		if (rc != ERR_OK)
			return rc;
	}
	for (int c = 0; c < m->ncols; c++) {
		null[c] = vec_null(&cols[c], row);
		values[c] = null[c] ? datum_int(0) : vec_at(&cols[c], row);
	}
	env.arena = a;
	err_set(e, ERR_CHECK_VIOLATION, "new row for relation \"%s\" violates partition constraint",
		m->rel->o.name);
	(void) err_detail(e, "Failing row contains %s.", table_row_text(m->rel, values, null, &env));
	return err_object(e, s != NULL ? s->o.name : NULL, m->rel->o.name, NULL, NULL);
}

/* -- rows ------------------------------------------------------------------------------------- */
static int route_node(struct modify *m, int node, const struct batch *rows, struct vec *cols,
		      struct arena *a, int *ret, struct err *e);

static int
route_one(struct modify *m, const struct plan_route_node *n, const struct vec *keys,
	  struct vec *cols, int row, struct arena *a, int *ret, struct err *e)
{
	union datum v[INDEX_COLS_MAX];
	bool null[INDEX_COLS_MAX];
	int at;

	for (int i = 0; i < n->rel->partkey->ncols; i++) {
		null[i] = vec_null(&keys[i], row);
		v[i] = null[i] ? datum_int(0) : vec_at(&keys[i], row);
	}
	at = partition_find(n->rel, v, null);
	if (at < 0)
		return n->below ? no_partition(m, n->rel, v, null, a, e)
				: outside(m, cols, row, a, e);
	*ret = n->parts[at];
	return *ret == ROUTE_OUTSIDE ? outside(m, cols, row, a, e) : ERR_OK;
}

/* Rows that have come to a table below, table by table. */
static int
route_below(struct modify *m, const struct batch *rows, struct vec *cols, struct arena *a, int *ret,
	    struct err *e)
{
	uint16_t *sel = ARENA_ARRAY(a, uint16_t, rows->n + 1);
	int rc = ERR_OK;

	for (int i = 0; i < rows->n && rc == ERR_OK; i++) {
		const int to = ret[batch_row(rows, i)];
		struct batch below = { .sel = sel, .ncols = rows->ncols, .cols = rows->cols };

		for (int k = i; k < rows->n && to < 0; k++)
			if (ret[batch_row(rows, k)] == to)
				sel[below.n++] = (uint16_t) batch_row(rows, k);
		if (to < 0)
			rc = route_node(m, -1 - to, &below, cols, a, ret, e);
	}
	return rc;
}

static int
route_node(struct modify *m, int node, const struct batch *rows, struct vec *cols, struct arena *a,
	   int *ret, struct err *e)
{
	const struct plan_route_node *n = m->p->route->nodes[node];
	struct vec *keys = ARENA_ARRAY(a, struct vec, n->rel->partkey->ncols);
	int rc = prog_run(m->keys[node], rows, a, keys, e);

	for (int i = 0; i < rows->n && rc == ERR_OK; i++) {
		const int row = batch_row(rows, i);

		rc = route_one(m, n, keys, cols, row, a, &ret[row], e);
	}
	return rc == ERR_OK ? route_below(m, rows, cols, a, ret, e) : rc;
}

int
route_rows(struct modify *m, const struct batch *rows, struct vec *cols, struct arena *a, int *ret,
	   struct err *e)
{
	const struct batch all = { .n = rows->n, .sel = rows->sel, .ncols = m->ncols, .cols = cols };

	return route_node(m, 0, &all, cols, a, ret, e);
}
