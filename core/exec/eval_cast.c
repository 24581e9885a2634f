/* eval_cast.c - conversions: through text, of array elements, to a typmod, into a domain. */
#include "config.h"
#include "core/exec/prog_int.h"

#include "core/type/array.h"

static const struct type *
base_of(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	return t;
}

/* Types whose value is the bytes of its text. */
static bool
is_plain_text(const struct type *t)
{
	return t->oid == OID_TEXT || t->oid == OID_VARCHAR;
}

/* -- through the text form -------------------------------------------------------------------- */
struct cast_io {
	const struct type *from, *to;
	struct strbuf text;
};

static int
run_cast_io(struct prog *p, struct insn *i, struct err *e)
{
	struct cast_io *x = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);
	struct type_env *env = &p->env->type;

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		if (vec_null(&in, row)) {
			reg_nulls(p, i->dst)[row] = 1;
			continue;
		}
		union datum d = vec_at(&in, row);
		const char *s;
		size_t len;
		if (is_plain_text(x->from)) {
			s = bytes_data(d.b);
			len = bytes_len(d.b);
		} else {
			strbuf_clear(&x->text);
			x->from->ops->out(x->from, env, d, &x->text);
			s = x->text.data != NULL ? x->text.data : "";
			len = x->text.len;
		}
		if (is_plain_text(x->to)) {
			dst->v[row].b = bytes_make(p->arena, s, len);
			continue;
		}
		int rc = x->to->ops->in(x->to, env, s, len, -1, &dst->v[row], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

int
compile_cast_io(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct cast_io *io = ARENA_NEW(c->arena, struct cast_io);

	io->from = base_of(x->args[0]->type);
	io->to = base_of(x->type);
	strbuf_init(&io->text, c->arena);
	return compile_simple(c, x->args, 1, run_cast_io, io, ret_reg, e);
}

/* -- array elements --------------------------------------------------------------------------- */
struct cast_array {
	const struct type *from, *to; /* element types */
	struct prog *elem;
};

static int
cast_elements(struct prog *p, const struct cast_array *x, const struct array *a, union datum *v,
	      bool *nulls, struct err *e)
{
	uint8_t flags[BATCH_ROWS];

	for (int at = 0; at < a->n; at += BATCH_ROWS) {
		int n = a->n - at < BATCH_ROWS ? a->n - at : BATCH_ROWS;
		struct vec col = { .v = v + at, .null = flags, .stride = 1 }, out;
		struct batch in = { .n = n, .ncols = 1, .cols = &col };

		for (int i = 0; i < n; i++)
			flags[i] = nulls[at + i];
		int rc = prog_run(x->elem, &in, p->arena, &out, e);
		if (rc != ERR_OK)
			return rc;
		for (int i = 0; i < n; i++) {
			nulls[at + i] = vec_null(&out, i);
			v[at + i] = vec_at(&out, i);
		}
	}
	return ERR_OK;
}

static int
run_cast_array(struct prog *p, struct insn *i, struct err *e)
{
	const struct cast_array *x = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		struct array a;
		union datum *v;
		bool *nulls;

		if (vec_null(&in, row)) {
			reg_nulls(p, i->dst)[row] = 1;
			continue;
		}
		array_open(x->from, vec_at(&in, row).b, &a);
		if (a.ndim == 0) {
			dst->v[row].b = array_empty(p->arena, x->to);
			continue;
		}
		if (!array_to_datums(&a, p->arena, &v, &nulls))
			return err_set(e, ERR_INTERNAL_ERROR, "array cannot be read");
		int rc = cast_elements(p, x, &a, v, nulls, e);
		if (rc != ERR_OK)
			return rc;
		rc = array_make_nd(p->arena, x->to, a.ndim, a.dim, a.lower, v, nulls,
				   &dst->v[row].b, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

int
compile_cast_array(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct cast_array *a = ARENA_NEW(c->arena, struct cast_array);

	a->from = base_of(x->args[0]->type)->elem;
	a->to = base_of(x->type)->elem;
	if (a->from == NULL || a->to == NULL)
		return compile_fail(e, x);
	int rc = compile_element(c, x->elem_cast, &a->elem, e);
	if (rc != ERR_OK)
		return rc;
	return compile_simple(c, x->args, 1, run_cast_array, a, ret_reg, e);
}

/* -- typmod ----------------------------------------------------------------------------------- */
struct typmod {
	const struct type *type;
	int32_t typmod;
	bool explicit_cast;
};

static int
run_typmod(struct prog *p, struct insn *i, struct err *e)
{
	const struct typmod *x = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		if (vec_null(&in, row)) {
			reg_nulls(p, i->dst)[row] = 1;
			continue;
		}
		int rc = x->type->ops->coerce(x->type, &p->env->type, vec_at(&in, row), x->typmod,
					      x->explicit_cast, &dst->v[row], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

int
compile_typmod(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct typmod *t = ARENA_NEW(c->arena, struct typmod);

	*t = (struct typmod){ base_of(x->type), x->typmod, x->explicit_cast };
	if (t->type->ops->coerce == NULL)
		return compile_expr(c, x->args[0], ret_reg, e);
	return compile_simple(c, x->args, 1, run_typmod, t, ret_reg, e);
}

/* -- domains: the value itself, once every check has held ------------------------------------- */
struct domain_test {
	const struct type *domain;
	const char *name;
};

/* With its schema when the search path does not find it. */
static const char *
domain_name(struct prog *p, const struct type *t)
{
	const struct name_resolver *names = p->env->type.names;
	struct strbuf b;

	if (names == NULL || names->show == NULL)
		return type_sql_name(t);
	strbuf_init(&b, p->arena);
	names->show(names, OID_REGTYPE, t->oid, &b);
	return b.data;
}

static int
run_domain_test(struct prog *p, struct insn *i, struct err *e)
{
	const struct domain_test *t = i->aux;
	const struct vec in = p->regs[i->args[0]];

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		if (vec_null(&in, row) || vec_at(&in, row).i != 0)
			continue;
		if (t->name == NULL)
			err_set(e, ERR_NOT_NULL_VIOLATION, "domain %s does not allow null values",
				domain_name(p, t->domain));
		else
			err_set(e, ERR_CHECK_VIOLATION,
				"value for domain %s violates check constraint \"%s\"",
				domain_name(p, t->domain), t->name);
		return err_object(e, NULL, NULL, NULL, t->name);
	}
	return ERR_OK;
}

int
compile_domain(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	int value, was, outer = c->case_value, rc = compile_expr(c, x->args[0], &value, e);

	if (rc != ERR_OK)
		return rc;
	compiler_pin(c, value, &was);
	c->case_value = value;
	for (int k = 0; k < x->checks.n; k++) {
		const struct domain_check *dc = LIST_AT(struct domain_check, &x->checks, k);
		struct domain_test *t = ARENA_NEW(c->arena, struct domain_test);
		int r;
		rc = compile_expr(c, dc->expr, &r, e);
		if (rc != ERR_OK)
			return rc;
		*t = (struct domain_test){ x->type, dc->name };
		compiler_emit(c, run_domain_test, -1, &r, 1, t);
		compiler_free(c, r);
	}
	c->case_value = outer;
	compiler_unpin(c, value, was);
	*ret_reg = value;
	return ERR_OK;
}
