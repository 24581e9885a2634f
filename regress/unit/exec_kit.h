/* exec_kit.h - plans and expressions by hand, run without a store: for test_exec*.c, test_eval*.c.
 *
 * Rows are written as text: "1,a|2,|3,c" is three rows of two columns, the second row's second
 * value null.  Results come back the same way. */
#ifndef REGRESS_UNIT_EXEC_KIT_H
#define REGRESS_UNIT_EXEC_KIT_H

#include "config.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/exec/exec.h"
#include "regress/unit/tap.h"

static struct arena kit_arena;
static struct exec_env kit_env;
static int kit_nodes;
static struct exec_params kit_params;
static const struct batch *kit_outer;

static inline void
kit_init(void)
{
	arena_init(&kit_arena, 0);
	kit_env = (struct exec_env) { .type = { .arena = &kit_arena, .fmt = &fmt_default }, .stmt_arena = &kit_arena };
}

static inline const struct type *T(oid_t oid) { return type_builtin(oid); }

/* A constant from its text; NULL: null. */
static inline struct expr *
lit(oid_t oid, const char *text)
{
	struct err e = { 0 };
	union datum d = { .i = 0 };

	if (text == NULL)
		return expr_null(&kit_arena, T(oid));
	if (T(oid)->ops->in(T(oid), &kit_env.type, text, strlen(text), -1, &d, &e) != ERR_OK)
		bail("%s: %s", text, e.message);
	return expr_const(&kit_arena, T(oid), d);
}
static inline struct expr *num(int v) { return expr_const(&kit_arena, T(OID_INT4), datum_int(v)); }
static inline struct expr *big(int64_t v) { return expr_const(&kit_arena, T(OID_INT8), datum_int(v)); }
static inline struct expr *slot(int i, oid_t oid) { return expr_slot(&kit_arena, i, T(oid), -1); }

static inline struct expr *
op2(const char *name, struct expr *l, struct expr *r)
{
	const struct operator *op = operator_exact(name, l->type->oid, r->type->oid);

	if (op == NULL)
		bail("no operator %s %s %s", l->type->name, name, r->type->name);
	return expr_op(&kit_arena, op, l, r);
}

static inline struct expr *
node(enum expr_kind kind, oid_t oid, int n, ...)
{
	struct expr *x = expr_new(&kit_arena, kind, T(oid), n);
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++)
		x->args[i] = va_arg(ap, struct expr *);
	va_end(ap);
	return x;
}

static inline const struct func *
fn(const char *name, int nargs, ...)
{
	const struct func *const *all;
	int n = func_candidates(name, &all);
	va_list ap;

	for (int i = 0; i < n; i++) {
		bool same = all[i]->nargs == nargs;
		va_start(ap, nargs);
		for (int k = 0; k < nargs && same; k++)
			same = all[i]->args[k] == va_arg(ap, oid_t);
		va_end(ap);
		if (same)
			return all[i];
	}
	bail("no function %s", name);
}

static inline struct expr *
call(const struct func *f, int n, ...)
{
	struct expr **args = ARENA_ARRAY(&kit_arena, struct expr *, n + 1);
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++)
		args[i] = va_arg(ap, struct expr *);
	va_end(ap);
	return expr_func(&kit_arena, f, T(f->ret), n, args);
}

/* -- plans --------------------------------------------------------------------------------------- */
static inline void *
plan_node(enum plan_kind kind, size_t size, struct plan *child, struct plan *inner, int ncols)
{
	struct plan *p = arena_zalloc(&kit_arena, size);

	p->kind = kind;
	p->child = child;
	p->inner = inner;
	p->id = kit_nodes++;
	p->ncols = ncols;
	p->cols = ARENA_ARRAY(&kit_arena, struct plan_column, ncols + 1);
	return p;
}
#define PLAN_NEW(kind, type, child, inner, ncols) ((struct type *) plan_node(kind, sizeof(struct type), child, inner, ncols))

static inline void
cols_of(struct plan *p, int at, const struct plan *from, int first)
{
	for (int i = first; i < from->ncols; i++)
		p->cols[at + i - first] = from->cols[i];
}

/* VALUES from "1,a|2,b"; types: oids, one per column. */
static inline struct plan *
rows(const char *text, int ncols, ...)
{
	struct plan_values *p = PLAN_NEW(PLAN_VALUES, plan_values, NULL, NULL, ncols);
	oid_t types[32];
	va_list ap;

	va_start(ap, ncols);
	for (int i = 0; i < ncols; i++) {
		types[i] = va_arg(ap, oid_t);
		p->p.cols[i] = (struct plan_column) { T(types[i]), -1, 0, NULL };
	}
	va_end(ap);
	p->rows = ARENA_ARRAY(&kit_arena, struct expr **, strlen(text) + 1);
	while (*text != '\0') {
		struct expr **row = ARENA_ARRAY(&kit_arena, struct expr *, ncols);
		for (int c = 0; c < ncols; c++) {
			size_t n = strcspn(text, c == ncols - 1 ? "|" : ",");
			row[c] = lit(types[c], n == 0 ? NULL : arena_strndup(&kit_arena, text, n));
			text += n + (text[n] == ',' ? 1 : 0);
		}
		p->rows[p->nrows++] = row;
		if (*text == '|')
			text++;
	}
	return &p->p;
}

/* n rows of one int4 column: f(0) .. f(n - 1). */
static inline struct plan *
ints(int n, int (*f)(int))
{
	struct plan_values *p = PLAN_NEW(PLAN_VALUES, plan_values, NULL, NULL, 1);

	p->p.cols[0] = (struct plan_column) { T(OID_INT4), -1, 0, NULL };
	p->nrows = n;
	p->rows = ARENA_ARRAY(&kit_arena, struct expr **, n);
	for (int i = 0; i < n; i++) {
		p->rows[i] = ARENA_ARRAY(&kit_arena, struct expr *, 1);
		p->rows[i][0] = num(f(i));
	}
	return &p->p;
}

static inline struct plan *
filter(struct plan *child, struct expr *cond)
{
	struct plan_filter *p = PLAN_NEW(PLAN_FILTER, plan_filter, child, NULL, child->ncols);

	cols_of(&p->p, 0, child, 0);
	p->p.dependent = child->dependent;
	p->cond = cond;
	return &p->p;
}

static inline struct plan *
project(struct plan *child, int n, ...)
{
	struct plan_project *p = PLAN_NEW(PLAN_PROJECT, plan_project, child, NULL, n);
	va_list ap;

	p->exprs = ARENA_ARRAY(&kit_arena, struct expr *, n);
	p->p.dependent = child->dependent;
	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		p->exprs[i] = va_arg(ap, struct expr *);
		p->p.cols[i] = (struct plan_column) { p->exprs[i]->type, -1, 0, NULL };
	}
	va_end(ap);
	return &p->p;
}

/* left.l = right.r, both int4 unless the slots say otherwise. */
static inline struct plan_join *
join(enum plan_kind kind, enum join_type type, struct plan *left, struct plan *right, int l, int r, struct expr *rest)
{
	const bool left_only = type == JOIN_SEMI || type == JOIN_ANTI;
	struct plan_join *p = PLAN_NEW(kind, plan_join, left, right, left->ncols + (left_only ? 0 : right->ncols));

	cols_of(&p->p, 0, left, 0);
	if (!left_only)
		cols_of(&p->p, left->ncols, right, 0);
	p->type = type;
	p->filter = rest;
	p->p.dependent = left->dependent;
	if (l >= 0) {
		p->nkeys = 1;
		p->desc = ARENA_ARRAY(&kit_arena, bool, 1);
		p->nulls_first = ARENA_ARRAY(&kit_arena, bool, 1);
		p->left_keys = ARENA_ARRAY(&kit_arena, struct expr *, 1);
		p->right_keys = ARENA_ARRAY(&kit_arena, struct expr *, 1);
		p->left_keys[0] = slot(l, left->cols[l].type->oid);
		p->right_keys[0] = slot(r, right->cols[r].type->oid);
	}
	return p;
}

static inline struct sort_key *
keys(int n, ...)        /* slot, type, desc, nulls_first for each */
{
	struct sort_key *k = ARENA_ARRAY(&kit_arena, struct sort_key, n);
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		int s = va_arg(ap, int);
		oid_t t = va_arg(ap, oid_t);
		k[i].expr = slot(s, t);
		k[i].desc = va_arg(ap, int) != 0;
		k[i].nulls_first = va_arg(ap, int) != 0;
	}
	va_end(ap);
	return k;
}

static inline struct plan *
sort(struct plan *child, int n, struct sort_key *k, struct expr *top)
{
	struct plan_sort *p = PLAN_NEW(PLAN_SORT, plan_sort, child, NULL, child->ncols);

	cols_of(&p->p, 0, child, 0);
	p->p.dependent = child->dependent;
	p->nkeys = n;
	p->keys = k;
	p->top = top;
	return &p->p;
}

/* -- running ---------------------------------------------------------------------------------------- */
static inline void
show_batch(const struct batch *b, const struct plan *p, struct strbuf *out)
{
	for (int i = 0; i < b->n; i++) {
		int row = batch_row(b, i);
		if (out->len != 0)
			strbuf_putc(out, '|');
		for (int c = 0; c < p->ncols; c++) {
			if (c != 0)
				strbuf_putc(out, ',');
			if (vec_null(&b->cols[c], row))
				strbuf_puts(out, "~");
			else
				p->cols[c].type->ops->out(p->cols[c].type, &kit_env.type, vec_at(&b->cols[c], row), out);
		}
	}
}

/* The result as text, or "SQLSTATE message". */
static inline const char *
run(struct plan *p)
{
	struct plan_stmt stmt = { .root = p, .nnodes = kit_nodes, .nvisible = p->ncols };
	struct exec_options o = { .env = &kit_env, .params = kit_params, .outer = kit_outer };
	struct err e = { 0 };
	struct exec *x = NULL;
	struct strbuf out;
	int rc = exec_open(&stmt, &o, &x, &e);

	strbuf_init(&out, &kit_arena);
	strbuf_puts(&out, "");
	while (rc == ERR_OK) {
		const struct batch *b;
		rc = exec_next(x, BATCH_ROWS, &b, &e);
		if (rc != ERR_OK || b == NULL)
			break;
		show_batch(b, p, &out);
	}
	exec_close(&x);
	if (rc != ERR_OK)
		return arena_printf(&kit_arena, "%s %s", err_sqlstate(rc), e.message);
	return out.data;
}

/* One expression over one row of values. */
static inline const char *
eval(struct expr *x)
{
	struct plan *one = PLAN_NEW(PLAN_ONE_ROW, plan, NULL, NULL, 0);

	return run(project(one, 1, x));
}

static int
cmp_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Rows in the order of their text, for results without an order. */
static inline const char *
sorted(const char *text)
{
	char *copy = arena_strdup(&kit_arena, text), *at[4096];
	struct strbuf out;
	int n = 0;

	for (char *s = strtok(copy, "|"); s != NULL && n < 4096; s = strtok(NULL, "|"))
		at[n++] = s;
	qsort(at, (size_t) n, sizeof *at, cmp_texts);
	strbuf_init(&out, &kit_arena);
	strbuf_puts(&out, "");
	for (int i = 0; i < n; i++) {
		strbuf_puts(&out, i == 0 ? "" : "|");
		strbuf_puts(&out, at[i]);
	}
	return out.data;
}

#endif
