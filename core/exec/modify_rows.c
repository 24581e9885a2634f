/* modify_rows.c - what must be computed for rows about to be written, a batch at a time. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/exec/operator.h"

static int
compile_list(struct modify *m, struct expr **exprs, int n, int rows, struct prog **ret,
	     struct vec **ret_cols, struct err *e)
{
	struct exec *x = m->op->x;

	*ret_cols = ARENA_ARRAY(&x->arena, struct vec, n + 1);
	return n == 0 ? ERR_OK : prog_compile(x, exprs, n, rows, ret, e);
}

/* What index i computes: its expression columns, its predicate. */
static int
index_open(struct modify *m, struct row_cols *r, int i, int rows, struct err *e)
{
	const struct plan_modify *p = m->p;
	const struct index *ix = m->rel->indexes[i];
	struct arena *a = &m->op->x->arena;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, ix->ncols + 1);
	bool any = false;
	int rc;

	rc = filter_compile(m->op->x, p->index_where != NULL ? p->index_where[i] : NULL, rows,
			    &r->rules.index_where[i], e);
	if (rc != ERR_OK)
		return rc;
	if (r->rules.index_where[i] != NULL) {
		m->any_index = true;
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
	m->any_index = true;
	r->index_cols[i] = ARENA_ARRAY(a, struct vec, ix->ncols);
	return prog_compile(m->op->x, exprs, ix->ncols, rows, &r->rules.index_exprs[i], e);
}

static int
new_open(struct modify *m, struct row_rules *r, int rows, struct err *e)
{
	const struct plan_modify *p = m->p;
	struct arena *a = &m->op->x->arena;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, m->ncols + 1);
	struct vec *ignore;
	int rc;

	r->gen_cols = ARENA_ARRAY(a, int, m->ncols + 1);
	for (int i = 0; p->generated != NULL && i < m->ncols; i++)
		if (p->generated[i] != NULL) {
			exprs[r->ngenerated] = p->generated[i];
			r->gen_cols[r->ngenerated++] = i;
		}
	rc = compile_list(m, exprs, r->ngenerated, rows, &r->generated, &ignore, e);
	if (rc == ERR_OK)
		rc = compile_list(m, p->checks, p->nchecks, rows, &r->checks, &r->check_cols, e);
	if (rc == ERR_OK)
		rc = compile_list(m, p->write_checks, p->nwrite_checks, rows, &r->write_checks,
				  &r->write_check_cols, e);
	return rc;
}

int
row_cols_open(struct modify *m, struct row_cols *r, bool is_new, int rows, struct err *e)
{
	struct arena *a = &m->op->x->arena;
	const int n = m->rel->nindexes;
	int rc = is_new ? new_open(m, &r->rules, rows, e) : ERR_OK;

	r->cols = ARENA_ARRAY(a, struct vec, m->ncols + 1);
	r->rules.index_exprs = ARENA_ARRAY(a, struct prog *, n + 1);
	r->rules.index_where = ARENA_ARRAY(a, struct filter *, n + 1);
	r->index_cols = ARENA_ARRAY(a, struct vec *, n + 1);
	r->index_has = ARENA_ARRAY(a, uint8_t *, n + 1);
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = index_open(m, r, i, rows, e);
	return rc;
}

int
modify_single_open(struct modify *m, struct err *e)
{
	int rc;

	if (m->have_single)
		return ERR_OK;
	m->have_single = true;
	rc = row_cols_open(m, &m->old1, false, 1, e);
	if (rc == ERR_OK)
		rc = row_cols_open(m, &m->new1, true, 1, e);
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
row_values(const struct modify *m, const struct vec *cols, int row, union datum *values,
	   bool *nulls)
{
	for (int c = 0; c < m->ncols; c++) {
		nulls[c] = vec_null(&cols[c], row);
		values[c] = nulls[c] ? datum_int(0) : vec_at(&cols[c], row);
	}
}

static int
row_fails(struct modify *m, const struct vec *cols, int row, struct err *e)
{
	struct exec *x = m->op->x;
	const struct schema *schema = catalog_schema_by_oid(x->env.catalog, m->rel->o.schema);

	row_values(m, cols, row, m->values, m->nulls);
	err_detail(e, "Failing row contains %s.",
		   table_row_text(m->rel, m->values, m->nulls, &x->env.type));
	return err_object(e, schema != NULL ? schema->o.name : NULL, m->rel->o.name, NULL, NULL);
}

/* The writer refuses nulls too, but PostgreSQL names them before any check. */
static int
check_nulls(struct modify *m, const struct vec *cols, int row, struct err *e)
{
	for (int c = 0; c < m->ncols; c++) {
		const struct column *col = &m->rel->cols[c];
		if (!col->not_null || col->dropped || !vec_null(&cols[c], row))
			continue;
		err_set(e, ERR_NOT_NULL_VIOLATION,
			"null value in column \"%s\" of relation \"%s\" violates not-null "
			"constraint",
			col->name, m->rel->o.name);
		(void) row_fails(m, cols, row, e);
		return err_object(e, NULL, NULL, col->name, NULL);
	}
	return ERR_OK;
}

static int
check_row(struct modify *m, const struct row_cols *r, int row, struct err *e)
{
	const struct plan_modify *p = m->p;
	const struct vec *cols = r->cols;

	for (int i = 0; i < p->nchecks; i++) {
		const struct vec *v = &r->rules.check_cols[i];
		if (vec_null(v, row) || vec_at(v, row).i != 0)
			continue;
		int rc = check_nulls(m, cols, row, e);
		if (rc != ERR_OK)
			return rc;
		err_set(e, ERR_CHECK_VIOLATION,
			"new row for relation \"%s\" violates check constraint \"%s\"",
			m->rel->o.name, p->check_cons[i]->name);
		(void) row_fails(m, cols, row, e);
		return err_object(e, NULL, NULL, NULL, p->check_cons[i]->name);
	}
	for (int i = 0; i < p->nwrite_checks; i++) {
		const struct vec *v = &r->rules.write_check_cols[i];
		if (!vec_null(v, row) && vec_at(v, row).i != 0)
			continue;
		if (strcmp(p->write_check_names[i], m->rel->o.name) == 0)
			return err_set(
				e, ERR_INSUFFICIENT_PRIVILEGE,
				"new row violates row-level security policy for table \"%s\"",
				m->rel->o.name);
		err_set(e, ERR_WITH_CHECK_OPTION_VIOLATION,
			"new row violates check option for view \"%s\"", p->write_check_names[i]);
		return row_fails(m, cols, row, e);
	}
	return ERR_OK;
}

int
row_cols_complete(struct modify *m, struct row_cols *r, const struct batch *in, struct arena *a,
		  struct err *e)
{
	struct row_rules *rules = &r->rules;
	const struct batch rows = {
		.n = in->n, .sel = in->sel, .ncols = m->ncols, .cols = r->cols
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
		rc = check_row(m, r, batch_row(in, i), e);
	return rc;
}

int
modify_new_rows(struct modify *m, struct prog *sets, const struct row_cols *old,
		struct row_cols *new, const struct batch *in, struct arena *a, struct err *e)
{
	const struct modify_action *act = m->act;
	int rc = ERR_OK;

	if (old != NULL)
		memcpy(new->cols, old->cols, (size_t) m->ncols * sizeof *old->cols);
	if (act->p->nsets != 0)
		rc = prog_run(sets, in, a, act->set_cols, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < act->p->nsets; i++)
		new->cols[act->p->set_attnums[i] - 1] = act->set_cols[i];
	rc = row_cols_complete(m, new, in, a, e);
	return rc != ERR_OK ? rc : row_cols_index(m, new, in, a, e);
}

/* -- indexes ---------------------------------------------------------------------------------- */
int
row_cols_index(struct modify *m, struct row_cols *r, const struct batch *in, struct arena *a,
	       struct err *e)
{
	struct row_rules *rules = &r->rules;

	for (int i = 0; m->any_index && i < m->rel->nindexes; i++) {
		struct batch rows = {
			.n = in->n, .sel = in->sel, .ncols = m->ncols, .cols = r->cols
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
row_inputs(struct modify *m, const struct row_cols *r, int row, bool old)
{
	struct index_input *inputs = old ? m->old_inputs : m->inputs;
	union datum *values = old ? m->old_input_values : m->input_values;
	bool *nulls = old ? m->old_input_nulls : m->input_nulls;

	if (!m->any_index)
		return NULL;
	for (int i = 0; i < m->rel->nindexes;
	     i++, values += INDEX_COLS_MAX, nulls += INDEX_COLS_MAX) {
		const struct vec *cols = r->index_cols[i];
		inputs[i] = (struct index_input){ .values = values, .nulls = nulls };
		inputs[i].excluded = r->index_has[i] != NULL && r->index_has[i][row] == 0;
		for (int c = 0;
		     c < m->rel->indexes[i]->ncols && cols != NULL && !inputs[i].excluded; c++) {
			nulls[c] = vec_null(&cols[c], row);
			values[c] = nulls[c] ? datum_int(0) : vec_at(&cols[c], row);
		}
	}
	return inputs;
}
