/* eval_json.c - jsonb objects of known shape: the hot loop of graph answers.
 *
 * The keys are escaped once, when the program is made.  All rows of a batch are written one
 * after the other into one buffer, which is copied to the batch's arena in one piece. */
#include "config.h"
#include "core/exec/prog_int.h"

#include "core/type/json.h"

enum field_kind { FIELD_INT, FIELD_BOOL, FIELD_JSONB, FIELD_TEXT, FIELD_OTHER };

struct field {
	enum field_kind kind;
	const char *lead; /* `{"a": ` or `, "b": ` */
	size_t len;
	const struct type *type;
};

struct json_object {
	int n;
	struct field *fields;
	struct strbuf buf;
};

static int
put_value(struct prog *p, struct json_object *o, const struct field *f, union datum d,
	  struct err *e)
{
	switch (f->kind) {
	case FIELD_INT:
		strbuf_int(&o->buf, d.i);
		return ERR_OK;
	case FIELD_BOOL:
		if (d.i != 0)
			strbuf_add(&o->buf, "true", 4);
		else
			strbuf_add(&o->buf, "false", 5);
		return ERR_OK;
	case FIELD_JSONB:
		strbuf_add(&o->buf, bytes_data(d.b), bytes_len(d.b));
		return ERR_OK;
	case FIELD_TEXT:
		json_put_string(&o->buf, bytes_data(d.b), bytes_len(d.b));
		return ERR_OK;
	default:
		return jsonb_put_datum(&o->buf, f->type, d, &p->env->type, e);
	}
}

static int
put_object(struct prog *p, const struct insn *i, struct json_object *o, int row, struct err *e)
{
	static const char zero[sizeof(uint32_t)];
	size_t start = o->buf.len;

	strbuf_add(&o->buf, zero, sizeof zero);
	if (o->n == 0)
		strbuf_putc(&o->buf, '{');
	for (int a = 0; a < o->n; a++) {
		const struct field *f = &o->fields[a];
		const struct vec *in = &p->regs[i->args[a]];

		strbuf_add(&o->buf, f->lead, f->len);
		if (vec_null(in, row)) {
			strbuf_add(&o->buf, "null", 4);
			continue;
		}
		int rc = put_value(p, o, f, vec_at(in, row), e);
		if (rc != ERR_OK)
			return rc;
	}
	strbuf_putc(&o->buf, '}');
	if (o->buf.len - start > 0x3fffffff)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "string too long to represent as jsonb string");
	uint32_t len = (uint32_t) (o->buf.len - start - sizeof zero);
	memcpy(o->buf.data + start, &len, sizeof len);
	return ERR_OK;
}

static int
run_json_object(struct prog *p, struct insn *i, struct err *e)
{
	struct json_object *o = i->aux;
	struct vec *dst = reg_out(p, i->dst);
	size_t at = 0;

	/* The buffer belongs to the program: it keeps its size from batch to batch. */
	strbuf_clear(&o->buf);
	for (int k = 0; k < p->n; k++) {
		int rc = put_object(p, i, o, prog_row(p, k), e);
		if (rc != ERR_OK)
			return rc;
	}
	const char *block = arena_dup(p->arena, o->buf.data, o->buf.len);
	for (int k = 0; k < p->n; k++) {
		const struct bytes *b = (const struct bytes *) (block + at);
		dst->v[prog_row(p, k)].b = b;
		at += sizeof(uint32_t) + bytes_len(b);
	}
	return ERR_OK;
}

static enum field_kind
field_kind(const struct type *t)
{
	switch (t->oid) {
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		return FIELD_INT;
	case OID_BOOL:
		return FIELD_BOOL;
	case OID_JSONB:
		return FIELD_JSONB;
	case OID_TEXT:
	case OID_VARCHAR:
		return FIELD_TEXT;
	default:
		return FIELD_OTHER;
	}
}

int
compile_json_object(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct json_object *o = ARENA_NEW(c->arena, struct json_object);

	o->n = x->nargs;
	o->fields = ARENA_ARRAY(c->arena, struct field, x->nargs + 1);
	strbuf_init(&o->buf, c->arena);
	for (int a = 0; a < x->nargs; a++) {
		struct field *f = &o->fields[a];
		struct strbuf lead;
		const struct type *t = x->args[a]->type;

		while (t->kind == TYPE_DOMAIN)
			t = t->base;
		strbuf_init(&lead, c->arena);
		strbuf_puts(&lead, a == 0 ? "{" : ", ");
		json_put_string(&lead, x->names[a], strlen(x->names[a]));
		strbuf_puts(&lead, ": ");
		*f = (struct field){ field_kind(t), lead.data, lead.len, t };
	}
	return compile_simple(c, x->args, x->nargs, run_json_object, o, ret_reg, e);
}
