/* modify_rows.c - what must be computed for rows about to be written, a batch at a time. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/exec/operator.h"

static int
compile_list(struct leaf *l, struct expr **exprs, int n, int rows, struct prog **ret,
	     struct vec **ret_cols, struct err *e)
{
	struct exec *x = l->m->op->x;

	*ret_cols = ARENA_ARRAY(&x->arena, struct vec, n + 1);
	return n == 0 ? ERR_OK : prog_compile(x, exprs, n, rows, ret, e);
}

/* What index i computes: its expression columns, its predicate. */
static int
index_open(struct leaf *l, struct row_cols *r, int i, int rows, struct err *e)
{
	const struct plan_leaf *p = l->p;
	const struct index *ix = l->rel->indexes[i];
	struct arena *a = &l->m->op->x->arena;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, ix->ncols + 1);
	bool any = false;
	int rc;

	rc = filter_compile(l->m->op->x, p->index_where != NULL ? p->index_where[i] : NULL, rows,
			    &r->rules.index_where[i], e);
	if (rc != ERR_OK)
		return rc;
	if (r->rules.index_where[i] != NULL) {
		l->any_index = true;
		r->index_has[i] = ARENA_ARRAY(a, uint8_t, rows);
	}
	for (int c = 0; c < ix->ncols; c++) {
		struct expr *own = p->index_exprs != NULL && p->index_exprs[i] != NULL
					   ? p->index_exprs[i][c]
					   : NULL;
		any |= own != NULL;
		exprs[c] = own != NULL
				   ? own
				   : expr_bool(a, false); /* a plain column: the writer has it */
	}
	if (!any)
		return ERR_OK;
	l->any_index = true;
	r->index_cols[i] = ARENA_ARRAY(a, struct vec, ix->ncols);
	return prog_compile(l->m->op->x, exprs, ix->ncols, rows, &r->rules.index_exprs[i], e);
}

static int
new_open(struct leaf *l, struct row_rules *r, int rows, struct err *e)
{
	const struct plan_leaf *p = l->p;
	struct arena *a = &l->m->op->x->arena;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, l->ncols + 1);
	struct vec *ignore;
	int rc;

	r->gen_cols = ARENA_ARRAY(a, int, l->ncols + 1);
	for (int i = 0; p->generated != NULL && i < l->ncols; i++)
		if (p->generated[i] != NULL) {
			exprs[r->ngenerated] = p->generated[i];
			r->gen_cols[r->ngenerated++] = i;
		}
	rc = compile_list(l, exprs, r->ngenerated, rows, &r->generated, &ignore, e);
	if (rc == ERR_OK)
		rc = compile_list(l, p->checks, p->nchecks, rows, &r->checks, &r->check_cols, e);
	if (rc == ERR_OK)
		rc = compile_list(l, p->write_checks, p->nwrite_checks, rows, &r->write_checks,
				  &r->write_check_cols, e);
	return rc;
}

int
row_cols_open(struct leaf *l, struct row_cols *r, bool is_new, int rows, struct err *e)
{
	struct arena *a = &l->m->op->x->arena;
	const int n = l->rel->nindexes;
	int rc = is_new ? new_open(l, &r->rules, rows, e) : ERR_OK;

	r->cols = ARENA_ARRAY(a, struct vec, l->ncols + 1);
	r->rules.index_exprs = ARENA_ARRAY(a, struct prog *, n + 1);
	r->rules.index_where = ARENA_ARRAY(a, struct filter *, n + 1);
	r->index_cols = ARENA_ARRAY(a, struct vec *, n + 1);
	r->index_has = ARENA_ARRAY(a, uint8_t *, n + 1);
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = index_open(l, r, i, rows, e);
	return rc;
}

int
modify_single_open(struct modify *m, struct err *e)
{
	int rc = ERR_OK;

	if (m->have_single)
		return ERR_OK;
	m->have_single = true;
	for (int i = 0; i < m->p->nactions && rc == ERR_OK; i++) {
		struct modify_action *act = &m->actions[i];

		rc = prog_compile(m->op->x, act->p->sets, act->p->nsets, 1, &act->sets1, e);
		if (rc == ERR_OK)
			rc = filter_compile(m->op->x, act->p->when, 1, &act->when1, e);
	}
	return rc;
}

/* -- checks ----------------------------------------------------------------------------------- */
void
row_values(const struct leaf *l, const struct vec *cols, int row, union datum *values,
	   bool *nulls)
{
	for (int c = 0; c < l->ncols; c++) {
		nulls[c] = vec_null(&cols[c], row);
		values[c] = nulls[c] ? datum_int(0) : vec_at(&cols[c], row);
	}
}

/* The row is shown in the columns of the table that the statement names. */
int
row_fails(struct leaf *l, const struct vec *cols, int row, struct err *e)
{
	struct exec *x = l->m->op->x;
	const struct schema *schema = catalog_schema_by_oid(x->env.catalog, l->rel->o.schema);
	const struct relation *rel = l->map != NULL ? l->m->rel : l->rel;
	struct vec *shown = ARENA_ARRAY(&x->arena, struct vec, rel->ncols + 1);
	union datum *values = ARENA_ARRAY(&x->arena, union datum, rel->ncols + 1);
	bool *nulls = ARENA_ARRAY(&x->arena, bool, rel->ncols + 1);

	leaf_give(l, cols, shown);
	for (int c = 0; c < rel->ncols; c++) {
		nulls[c] = vec_null(&shown[c], row);
		values[c] = nulls[c] ? datum_int(0) : vec_at(&shown[c], row);
	}
	err_detail(e, "Failing row contains %s.", table_row_text(rel, values, nulls, &x->env.type));
	return err_object(e, schema != NULL ? schema->o.name : NULL, l->rel->o.name, NULL, NULL);
}

/* The writer refuses nulls too, but PostgreSQL names them before any check. */
int
row_nulls(struct leaf *l, const struct vec *cols, int row, struct err *e)
{
	for (int c = 0; c < l->ncols; c++) {
		const struct column *col = &l->rel->cols[c];
		if (!col->not_null || col->dropped || !vec_null(&cols[c], row))
			continue;
		err_set(e, ERR_NOT_NULL_VIOLATION,
			"null value in column \"%s\" of relation \"%s\" violates not-null "
			"constraint",
			col->name, l->rel->o.name);
		(void) row_fails(l, cols, row, e);
		return err_object(e, NULL, NULL, col->name, NULL);
	}
	return ERR_OK;
}

static int
check_row(struct leaf *l, const struct row_cols *r, int row, struct err *e)
{
	const struct plan_leaf *p = l->p;
	const struct vec *cols = r->cols;

	for (int i = 0; i < p->nchecks; i++) {
		const struct vec *v = &r->rules.check_cols[i];
		if (vec_null(v, row) || vec_at(v, row).i != 0)
			continue;
		int rc = row_nulls(l, cols, row, e);
		if (rc != ERR_OK)
			return rc;
		err_set(e, ERR_CHECK_VIOLATION,
			"new row for relation \"%s\" violates check constraint \"%s\"",
			l->rel->o.name, p->check_cons[i]->name);
		(void) row_fails(l, cols, row, e);
		return err_object(e, NULL, NULL, NULL, p->check_cons[i]->name);
	}
	for (int i = 0; i < p->nwrite_checks; i++) {
		const struct vec *v = &r->rules.write_check_cols[i];
		if (!vec_null(v, row) && vec_at(v, row).i != 0)
			continue;
		if (strcmp(p->write_check_names[i], l->rel->o.name) == 0)
			return err_set(
				e, ERR_INSUFFICIENT_PRIVILEGE,
				"new row violates row-level security policy for table \"%s\"",
				l->rel->o.name);
		err_set(e, ERR_WITH_CHECK_OPTION_VIOLATION,
			"new row violates check option for view \"%s\"", p->write_check_names[i]);
		return row_fails(l, cols, row, e);
	}
	return ERR_OK;
}

int
row_cols_complete(struct leaf *l, struct row_cols *r, const struct batch *in, struct arena *a,
		  struct err *e)
{
	struct row_rules *rules = &r->rules;
	const struct batch rows = {
		.n = in->n, .sel = in->sel, .ncols = l->ncols, .cols = r->cols
	};
	int rc = ERR_OK;

	if (rules->generated != NULL) {
		struct vec *out = ARENA_ARRAY(a, struct vec, rules->ngenerated);
		rc = prog_run(rules->generated, &rows, a, out, e);
		for (int i = 0; i < rules->ngenerated && rc == ERR_OK; i++)
			r->cols[rules->gen_cols[i]] = out[i];
	}
	if (rc == ERR_OK && rules->checks != NULL)
		rc = prog_run(rules->checks, &rows, a, rules->check_cols, e);
	if (rc == ERR_OK && rules->write_checks != NULL)
		rc = prog_run(rules->write_checks, &rows, a, rules->write_check_cols, e);
	if (rc != ERR_OK || (rules->checks == NULL && rules->write_checks == NULL))
		return rc;
	for (int i = 0; i < in->n && rc == ERR_OK; i++)
		rc = check_row(l, r, batch_row(in, i), e);
	return rc;
}

int
modify_make(struct modify *m, struct prog *sets, const struct vec *old, const struct batch *in,
	    struct arena *a, struct vec *made, struct err *e)
{
	const struct modify_action *act = m->act;
	int rc = ERR_OK;

	if (old != NULL)
		memcpy(made, old, (size_t) m->ncols * sizeof *old);
	if (act->p->nsets != 0)
		rc = prog_run(sets, in, a, act->set_cols, e);
	for (int i = 0; i < act->p->nsets && rc == ERR_OK; i++)
		made[act->p->set_attnums[i] - 1] = act->set_cols[i];
	return rc;
}

/* -- indexes ---------------------------------------------------------------------------------- */
int
row_cols_index(struct leaf *l, struct row_cols *r, const struct batch *in, struct arena *a,
	       struct err *e)
{
	struct row_rules *rules = &r->rules;

	for (int i = 0; l->any_index && i < l->rel->nindexes; i++) {
		struct batch rows = {
			.n = in->n, .sel = in->sel, .ncols = l->ncols, .cols = r->cols
		};
		int rc = ERR_OK;

		if (rules->index_where[i] != NULL) {
			rc = filter_run(rules->index_where[i], &rows, a, &rows.sel, &rows.n, e);
			if (rc != ERR_OK)
				return rc;
			for (int k = 0; k < in->n; k++)
				r->index_has[i][batch_row(in, k)] = 0;
			for (int k = 0; k < rows.n; k++)
				r->index_has[i][batch_row(&rows, k)] = 1;
		}
		if (rules->index_exprs[i] != NULL)
			rc = prog_run(rules->index_exprs[i], &rows, a, r->index_cols[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

const struct index_input *
row_inputs(struct leaf *l, const struct row_cols *r, int row, bool old)
{
	struct index_input *inputs = old ? l->old_inputs : l->inputs;
	union datum *values = old ? l->old_input_values : l->input_values;
	bool *nulls = old ? l->old_input_nulls : l->input_nulls;

	if (!l->any_index)
		return NULL;
	for (int i = 0; i < l->rel->nindexes;
	     i++, values += INDEX_COLS_MAX, nulls += INDEX_COLS_MAX) {
		const struct vec *cols = r->index_cols[i];
		inputs[i] = (struct index_input){ .values = values, .nulls = nulls };
		inputs[i].excluded = r->index_has[i] != NULL && r->index_has[i][row] == 0;
		for (int c = 0;
		     c < l->rel->indexes[i]->ncols && cols != NULL && !inputs[i].excluded; c++) {
			nulls[c] = vec_null(&cols[c], row);
			values[c] = nulls[c] ? datum_int(0) : vec_at(&cols[c], row);
		}
	}
	return inputs;
}
