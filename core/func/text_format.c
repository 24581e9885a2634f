/* text_format.c - format(): %s, %I, %L with positions, widths and the - flag; unistr().
 *
 * Not here: to_char (to_char.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/func/textual.h"
#include "core/type/array.h"
#include "core/type/text.h"

struct format {
	struct fcall *c;
	int nargs;                      /* after the template */
	const struct type *const *types;
	const struct type *elem;        /* VARIADIC array: the type of all */
	const union datum *v;
	const bool *nulls;
	const char *p, *end;
	int next;                       /* the argument that comes next, from 1 */
	struct strbuf out;
};

struct directive {
	int  arg;                       /* n$; 0: the next one */
	bool left;
	bool star;                      /* width from an argument */
	int  star_arg;                  /* *n$; 0: the next one */
	int  width;
	char how;
};

static int
fail_end(struct err *e)
{
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "unterminated format() type specifier");
	return err_hint(e, "For a single \"%%\" use \"%%%%\".");
}

static bool
digits(struct format *f, int *ret, struct err *e)
{
	int v = 0;
	bool any = false;

	for (; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++, any = true)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *f->p - '0', &v)) {
			err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
			return false;
		}
	*ret = v;
	return any;
}

static int
fail_zero(struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE,
	               "format specifies argument 0, but arguments are numbered from 1");
}

/* [n$][-][width | * | *n$] and the letter; f->p is behind the % and not at the end. */
static int
parse_directive(struct format *f, struct directive *ret, struct err *e)
{
	struct directive d = { 0 };
	int n = 0;

	if (digits(f, &n, e)) {
		if (f->p >= f->end)
			return fail_end(e);
		if (*f->p != '$') {     /* not a position: a width */
			d.width = n;
			goto letter;
		}
		if (n == 0)
			return fail_zero(e);
		d.arg = n;
		f->p++;
		if (f->p >= f->end)
			return fail_end(e);
	}
	if (e->code != ERR_OK)
		return e->code;
	for (; *f->p == '-'; d.left = true)
		if (++f->p >= f->end)
			return fail_end(e);
	if (*f->p == '*') {
		d.star = true;
		if (++f->p >= f->end)
			return fail_end(e);
		if (digits(f, &n, e)) {
			if (f->p >= f->end)
				return fail_end(e);
			if (*f->p != '$')
				return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				               "width argument position must be ended by \"$\"");
			if (n == 0)
				return fail_zero(e);
			d.star_arg = n;
			if (++f->p >= f->end)
				return fail_end(e);
		}
	} else {
		(void) digits(f, &d.width, e);
		if (e->code == ERR_OK && f->p >= f->end)
			return fail_end(e);
	}
letter:
	if (e->code != ERR_OK)
		return e->code;
	d.how = *f->p++;
	*ret = d;
	return ERR_OK;
}

/* Argument n (0: the next one); the number is in *ret. */
static int
pick(struct format *f, int n, int *ret, struct err *e)
{
	if (n == 0)
		n = f->next;
	if (n > f->nargs)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "too few arguments for format()");
	f->next = n + 1;
	*ret = n - 1;
	return ERR_OK;
}

static inline const struct type *
type_of(const struct format *f, int i)
{
	return f->types != NULL ? f->types[i] : f->elem;
}

static int
star_width(struct format *f, struct directive *d, struct err *e)
{
	int i = 0;
	int rc = pick(f, d->star_arg, &i, e);

	if (rc != ERR_OK)
		return rc;
	if (f->nulls != NULL && f->nulls[i]) {
		d->width = 0;
		return ERR_OK;
	}
	const struct type *t = type_of(f, i);
	union datum v = f->v[i];
	if (t->oid != OID_INT4 && t->oid != OID_INT2) {         /* through its text */
		const struct type *int4 = type_builtin(OID_INT4);
		struct strbuf b;
		strbuf_init(&b, fcall_arena(f->c));
		t->ops->out(t, &f->c->env->type, v, &b);
		rc = int4->ops->in(int4, &f->c->env->type, b.data, b.len, -1, &v, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (v.i < 0) {
		d->left = true;
		if (v.i == INT32_MIN)
			return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
		v.i = -v.i;
	}
	d->width = (int) v.i;
	return ERR_OK;
}

static void
put_padded(struct strbuf *to, const char *s, size_t len, const struct directive *d)
{
	size_t chars = d->width > 0 ? utf8_length(s, len) : 0;
	size_t fill = (size_t) d->width > chars ? (size_t) d->width - chars : 0;

	for (size_t i = 0; !d->left && i < fill; i++)
		strbuf_putc(to, ' ');
	strbuf_add(to, s, len);
	for (size_t i = 0; d->left && i < fill; i++)
		strbuf_putc(to, ' ');
}

static int
put_value(struct format *f, const struct directive *d, int i, struct err *e)
{
	struct arena *a = fcall_arena(f->c);
	struct strbuf text, quoted;

	if (f->nulls != NULL && f->nulls[i]) {
		if (d->how == 'I')
			return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
			               "null values cannot be formatted as an SQL identifier");
		put_padded(&f->out, "NULL", d->how == 'L' ? 4 : 0, d);
		return ERR_OK;
	}
	const struct type *t = type_of(f, i);
	strbuf_init(&text, a);
	t->ops->out(t, &f->c->env->type, f->v[i], &text);
	if (d->how == 's') {
		put_padded(&f->out, text.data, text.len, d);
		return ERR_OK;
	}
	strbuf_init(&quoted, a);
	if (d->how == 'I')
		put_ident(&quoted, text.data, text.len);
	else
		put_literal(&quoted, text.data, text.len);
	put_padded(&f->out, quoted.data, quoted.len, d);
	return ERR_OK;
}

static int
run(struct format *f, struct err *e)
{
	while (f->p < f->end) {
		struct directive d;
		int i = 0;

		if (*f->p != '%') {
			strbuf_putc(&f->out, *f->p++);
			continue;
		}
		if (++f->p >= f->end)
			return fail_end(e);
		if (*f->p == '%') {
			strbuf_putc(&f->out, *f->p++);
			continue;
		}
		int rc = parse_directive(f, &d, e);
		if (rc != ERR_OK)
			return rc;
		if (d.how != 's' && d.how != 'I' && d.how != 'L') {
			const char *at = f->p - 1;
			err_set(e, ERR_INVALID_PARAMETER_VALUE,
			        "unrecognized format() type specifier \"%.*s\"",
			        utf8_char_len(*at), at);
			return err_hint(e, "For a single \"%%\" use \"%%%%\".");
		}
		if (d.star)
			rc = star_width(f, &d, e);
		if (rc == ERR_OK)
			rc = pick(f, d.arg, &i, e);
		if (rc == ERR_OK)
			rc = put_value(f, &d, i, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_FUNC(fn_format)
{
	struct format f = { .c = c, .next = 1 };

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	if (c->variadic && !nulls[1]) {
		struct array a;
		union datum *v = NULL;
		bool *n = NULL;
		array_open_type(c->arg_types[1], args[1].b, &a);
		(void) array_to_datums(&a, fcall_arena(c), &v, &n);
		f.nargs = a.n;
		f.elem = c->arg_types[1]->elem;
		f.v = v;
		f.nulls = n;
	} else if (!c->variadic) {
		f.nargs = c->nargs - 1;
		f.types = c->arg_types + 1;
		f.v = args + 1;
		f.nulls = nulls + 1;
	}
	f.p = bytes_data(args[0].b);
	f.end = f.p + bytes_len(args[0].b);
	strbuf_init(&f.out, fcall_arena(c));
	int rc = run(&f, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(fcall_arena(c), &f.out);
	return rc;
}

/* ---- unistr: \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX */
static bool
hex_digits(const char *p, const char *end, int n, uint32_t *ret)
{
	uint32_t v = 0;

	if (end - p < n)
		return false;
	for (int i = 0; i < n; i++) {
		char ch = p[i];
		int d = ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
		        : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
		if (d < 0)
			return false;
		v = v << 4 | (uint32_t) d;
	}
	*ret = v;
	return true;
}

/* The bytes an escape takes behind its backslash; 0: it is none. */
static int
escape(const char *p, const char *end, uint32_t *ret)
{
	if (hex_digits(p, end, 4, ret))
		return 4;
	if (p < end && *p == 'u' && hex_digits(p + 1, end, 4, ret))
		return 5;
	if (p < end && *p == '+' && hex_digits(p + 1, end, 6, ret))
		return 7;
	if (p < end && *p == 'U' && hex_digits(p + 1, end, 8, ret))
		return 9;
	return 0;
}

static int
fail_surrogate(struct err *e)
{
	return err_set(e, ERR_SYNTAX_ERROR, "invalid Unicode surrogate pair");
}

DEFINE_FUNC(fn_unistr)
{
	const char *p = bytes_data(args[0].b), *end = p + bytes_len(args[0].b);
	uint32_t high = 0, v = 0;
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	while (p < end) {
		int n = 0;
		char utf8[4];
		if (*p == '\\' && (p + 1 >= end || p[1] != '\\')) {
			n = escape(p + 1, end, &v);
			if (n == 0) {
				err_set(e, ERR_SYNTAX_ERROR, "invalid Unicode escape");
				return err_hint(e, "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
			}
			if (v == 0 || v > 0x10ffff)
				return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				               "invalid Unicode code point: %04X", v);
		}
		bool low = n != 0 && v >= 0xdc00 && v <= 0xdfff;
		if (low != (high != 0))
			return fail_surrogate(e);
		if (n == 0) {
			strbuf_putc(&b, *p);
			p += *p == '\\' ? 2 : 1;
			continue;
		}
		p += 1 + n;
		if (v >= 0xd800 && v <= 0xdbff) {
			high = v;
			continue;
		}
		if (low)
			v = 0x10000 + ((high & 0x3ff) << 10) + (v & 0x3ff);
		high = 0;
		strbuf_add(&b, utf8, (size_t) utf8_encode(v, utf8));
	}
	if (high != 0)
		return fail_surrogate(e);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}
