/* write.c - the statements of a mutation: built as bound trees, run one by one. */
#include "config.h"
#include "translate/graph/mutate.h"

#include "storage/txn.h"

/* -- Sets of values ---------------------------------------------------------------------------------- */

void
value_set_init(struct mutation *m, struct value_set *s, const struct relation *rel)
{
	s->n = 0;
	s->cols = ARENA_ARRAY(m->arena, const struct column *, rel->ncols + 1);
	s->exprs = ARENA_ARRAY(m->arena, struct expr *, rel->ncols + 1);
}

int
value_set_put(struct mutation *m, const struct at_path *p, struct value_set *s, const struct column *c, struct expr *x)
{
	if (x == NULL)
		return m->r.b->e->code;
	for (int i = 0; i < s->n; i++)
		if (s->cols[i] == c)
			return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "field \"%s\" is given twice", c->name);
	s->cols[s->n] = c;
	s->exprs[s->n++] = x;
	return ERR_OK;
}

struct expr *
row_const(struct mutation *m, const struct relation *rel, const struct row_values *row, int16_t attnum)
{
	struct expr *x = expr_const(m->arena, rel->cols[attnum - 1].type, row->v[attnum - 1]);

	x->is_null = row->null[attnum - 1];
	x->collation = rel->cols[attnum - 1].collation;
	return x;
}

/* -- Running ------------------------------------------------------------------------------------------ */

struct keeping { struct mutation *m; const struct relation *rel; struct list *rows; };

static int
keep_row(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	struct keeping *k = arg;
	const struct relation *rel = k->rel;
	struct row_values *row;

	(void) n, (void) e;
	if (k->rows == NULL)
		return ERR_OK;
	row = ARENA_NEW(k->m->arena, struct row_values);
	row->v = ARENA_ARRAY(k->m->arena, union datum, rel->ncols);
	row->null = ARENA_ARRAY(k->m->arena, bool, rel->ncols);
	for (int i = 0, c = 0; i < rel->ncols; i++) {
		row->null[i] = rel->cols[i].dropped || nulls[c];
		if (rel->cols[i].dropped)
			continue;
		if (!row->null[i])
			row->v[i] = datum_copy(k->m->arena, values[c], rel->cols[i].type->byval);
		c++;
	}
	list_push(k->rows, k->m->arena, row);
	return ERR_OK;
}

void
write_return_row(struct mutation *m, struct query *q, struct range *range, const struct relation *rel)
{
	q->returning = q->kind != QUERY_SELECT;
	for (int i = 0; i < rel->ncols; i++)
		if (!rel->cols[i].dropped)
			query_add_target(m->arena, q, expr_var(m->arena, range, i + 1), rel->cols[i].name);
}

/* Errors of the database say where in the request they come from. */
static int
with_path(struct mutation *m, const struct at_path *p, int rc)
{
	struct err *e = m->r.b->e;
	char before[ERR_TEXT_MAX];

	if (rc == ERR_OK)
		return rc;
	memcpy(before, e->detail, sizeof before);
	return err_detail(e, "%.800s%sAt %s of the request.", before, before[0] != '\0' ? "\n" : "", path_text(&m->r, p));
}

int
write_run(struct mutation *m, const struct at_path *p, struct query *q, const struct relation *rel, struct list *rows,
          uint64_t *ret_affected)
{
	struct keeping k = { m, rel, rows };
	struct plan_stmt *plan;
	uint64_t affected = 0;
	int rc = graph_plan(m->env, m->arena, q, &plan, m->r.b->e);

	if (rc == ERR_OK)
		rc = graph_run_plan(m->env, m->arena, plan, false, keep_row, &k, &affected, NULL, m->r.b->e);
	if (ret_affected != NULL)
		*ret_affected = affected;
	if (rc == ERR_OK && q->kind != QUERY_SELECT)
		txn_command_next(m->env->txn);
	return with_path(m, p, rc);
}

/* -- INSERT --------------------------------------------------------------------------------------------- */

static int
check_given(struct mutation *m, const struct at_path *p, const struct column *c)
{
	if (c->generated == 0 && c->identity != 'a')
		return ERR_OK;
	return request_error(&m->r, p, ERR_GENERATED_ALWAYS, "cannot insert a non-DEFAULT value into column \"%s\"", c->name);
}

static struct query *
insert_query(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct value_set *set)
{
	struct arena *a = m->arena;
	struct query *q = query_new(a, QUERY_INSERT, NULL);
	struct list *row = ARENA_NEW(a, struct list);

	if (rel->kind != REL_TABLE || relation_sysrel(rel) != NULL) {
		(void) request_error(&m->r, p, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table", rel->o.name);
		return NULL;
	}
	q->target = range_table(a, NULL, rel, rel->o.name);
	q->target->query = q;
	q->rules = rules_of(m->r.b, rel);
	if (q->rules == NULL)
		return NULL;
	q->source = range_new(a, q, RANGE_VALUES, "*VALUES*", set->n);
	for (int i = 0; i < set->n; i++) {
		const struct column *c = set->cols[i];
		if (check_given(m, p, c) != ERR_OK)
			return NULL;
		q->source->cols[i] = (struct range_column) { c->name, c->type, c->typmod, c->collation };
		list_push(row, a, set->exprs[i]);
	}
	list_push(&q->source->rows, a, row);
	list_push(&q->from, a, from_range(a, q->source));
	for (int i = 0; i < rel->ncols; i++) {
		const struct column *c = &rel->cols[i];
		struct expr *x = c->dropped || c->generated != 0 ? NULL : q->rules->defaults[i];
		if (c->dropped || c->generated != 0)
			continue;
		if (x == NULL)
			x = expr_null(a, c->type);
		for (int k = 0; k < set->n; k++)
			if (set->cols[k] == c)
				x = expr_var(a, q->source, k + 1);
		struct assignment *s = ARENA_NEW(a, struct assignment);
		*s = (struct assignment) { c->attnum, x };
		list_push(&q->assignments, a, s);
	}
	write_return_row(m, q, q->target, rel);
	return q;
}

int
write_insert(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct value_set *set,
             struct row_values *ret)
{
	struct query *q = insert_query(m, p, rel, set);
	struct list rows = { 0 };

	if (q == NULL)
		return m->r.b->e->code;
	int rc = write_run(m, p, q, rel, &rows, NULL);
	if (rc == ERR_OK && rows.n != 1)
		rc = err_set(m->r.b->e, ERR_INTERNAL_ERROR, "an insert returned %d rows", rows.n);
	if (rc == ERR_OK)
		*ret = *LIST_AT(struct row_values, &rows, 0);
	return rc;
}

static bool
index_is_on(const struct index *ix, const struct list *on)
{
	if (!ix->unique || ix->where_sql != NULL || ix->state != INDEX_VALID || ix->nkeys != on->n)
		return false;
	for (int i = 0; i < on->n; i++) {
		bool found = false;
		for (int k = 0; k < ix->nkeys; k++)
			found |= ix->cols[k].attnum == LIST_AT(struct column, on, i)->attnum;
		if (!found)
			return false;
	}
	return true;
}

int
write_upsert(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct value_set *set,
             const struct list *on, const struct list *update, struct list *rows)
{
	struct query *q = insert_query(m, p, rel, set);
	struct arena *a = m->arena;

	if (q == NULL)
		return m->r.b->e->code;
	struct on_conflict *c = q->conflict = ARENA_NEW(a, struct on_conflict);
	for (int i = 0; i < rel->nindexes; i++)
		if (index_is_on(rel->indexes[i], on))
			list_push(&c->narbiters, a, rel->indexes[i]);
	if (c->narbiters.n == 0)
		return request_error(&m->r, p, ERR_INVALID_COLUMN_REFERENCE,
		                     "there is no unique constraint on the fields of \"on\" in \"%s\"", rel->o.name);
	c->arbiter = c->narbiters.at[0];
	c->update = update->n > 0;
	c->excluded = range_table(a, NULL, rel, "excluded");
	c->excluded->kind = RANGE_EXCLUDED;
	c->excluded->query = q;
	for (int i = 0; i < update->n; i++) {
		const struct column *col = update->at[i];
		struct assignment *s = ARENA_NEW(a, struct assignment);
		*s = (struct assignment) { col->attnum, expr_var(a, c->excluded, col->attnum) };
		list_push(&c->sets, a, s);
	}
	return write_run(m, p, q, rel, rows, NULL);
}

/* -- UPDATE, DELETE, SELECT ---------------------------------------------------------------------------------- */

static struct query *
change_query(struct mutation *m, const struct relation *rel, enum query_kind kind, struct glevel **ret)
{
	struct arena *a = m->arena;
	struct query *q = query_new(a, kind, NULL);
	struct glevel *l = ARENA_NEW(a, struct glevel);

	if (rel->kind != REL_TABLE || relation_sysrel(rel) != NULL) {
		(void) request_error(&m->r, NULL, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table", rel->o.name);
		return NULL;
	}
	q->target = range_table(a, q, rel, rel->o.name);
	q->rules = rules_of(m->r.b, rel);
	if (q->rules == NULL)
		return NULL;
	list_push(&q->from, a, from_range(a, q->target));
	*l = (struct glevel) { .q = &m->r, .query = q, .range = q->target, .rel = rel, .include = "" };
	write_return_row(m, q, q->target, rel);
	*ret = l;
	return q;
}

struct query *
write_update_query(struct mutation *m, const struct relation *rel, struct glevel **ret_level)
{
	return change_query(m, rel, QUERY_UPDATE, ret_level);
}

struct query *
write_delete_query(struct mutation *m, const struct relation *rel, struct glevel **ret_level)
{
	return change_query(m, rel, QUERY_DELETE, ret_level);
}

struct glevel *
write_select(struct mutation *m, const struct relation *rel)
{
	struct glevel *l = level_new(&m->r, rel, NULL, "");

	if (l != NULL)
		write_return_row(m, l->query, l->range, rel);
	return l;
}

struct expr *
is_row(struct mutation *m, struct range *range, const struct relation *rel, int n, const int16_t *cols,
       const struct relation *from, const struct row_values *row, const int16_t *from_cols)
{
	struct expr *all = NULL;

	(void) rel;
	for (int i = 0; i < n; i++) {
		struct expr *x = equal(&m->r, expr_var(m->arena, range, cols[i]), row_const(m, from, row, from_cols[i]));
		if (x == NULL)
			return NULL;
		all = expr_and(m->arena, all, x);
	}
	return all;
}

int
find_one(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *w,
         struct row_values *ret)
{
	struct glevel *l = write_select(m, rel);
	struct list rows = { 0 };

	if (l == NULL)
		return m->r.b->e->code;
	l->query->where = bind_filter(l, p, w);
	if (l->query->where == NULL)
		return m->r.b->e->code;
	int rc = write_run(m, p, l->query, rel, &rows, NULL);
	if (rc != ERR_OK)
		return rc;
	if (rows.n == 0)
		return request_error(&m->r, p, ERR_NO_DATA_FOUND, "no row of \"%s\" matches", rel->o.name);
	if (rows.n > 1)
		return request_error(&m->r, p, ERR_CARDINALITY_VIOLATION, "%d rows of \"%s\" match, one is expected", rows.n, rel->o.name);
	*ret = *LIST_AT(struct row_values, &rows, 0);
	return ERR_OK;
}
