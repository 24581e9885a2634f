/* text_edit.c - building text: joining, repeating, padding, replacing, splitting.
 *
 * Results whose length a user can choose are refused beyond 1 GiB.
 * Not here: measuring and cutting (text_funcs.c), format() (text_format.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/func/textual.h"
#include "core/type/array.h"
#include "core/type/text.h"

void
text_of(struct fcall *c, const struct type *t, union datum d, struct strbuf *to)
{
	if (t->oid == OID_BOOL)
		strbuf_puts(to, d.i != 0 ? "true" : "false");
	else
		t->ops->out(t, &c->env->type, d, to);
}

static int
join(struct fcall *c, const char *x, size_t nx, const char *y, size_t ny, union datum *ret,
     struct err *e)
{
	struct bytes *b = bytes_try_make(fcall_arena(c), nx + ny);

	if (b == NULL)
		return fail_too_long(e);
	memcpy(b->data, x, nx);
	memcpy(b->data + nx, y, ny);
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_text_cat)        /* also bytea */
{
	return join(c, bytes_data(args[0].b), bytes_len(args[0].b), bytes_data(args[1].b),
	            bytes_len(args[1].b), ret, e);
}

DEFINE_FUNC(fn_text_any_cat)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	text_of(c, c->arg_types[1], args[1], &b);
	return join(c, bytes_data(args[0].b), bytes_len(args[0].b), b.data, b.len, ret, e);
}

DEFINE_FUNC(fn_any_text_cat)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	text_of(c, c->arg_types[0], args[0], &b);
	return join(c, b.data, b.len, bytes_data(args[1].b), bytes_len(args[1].b), ret, e);
}

/* ---- concat, concat_ws: of anything, nulls left out */
static void
concat_one(struct fcall *c, const struct type *t, union datum d, const char *sep, size_t nsep,
           bool *first, struct strbuf *to)
{
	if (!*first)
		strbuf_add(to, sep, nsep);
	*first = false;
	t->ops->out(t, &c->env->type, d, to);   /* booleans as t and f here */
}

static int
concat(struct fcall *c, const union datum *args, const bool *nulls, int from, const char *sep,
       size_t nsep, union datum *ret, bool *ret_null)
{
	struct arena *a = fcall_arena(c);
	bool first = true;
	struct strbuf b;

	strbuf_init(&b, a);
	if (c->variadic) {
		if (nulls[from]) {
			*ret_null = true;
			return ERR_OK;
		}
		struct array arr;
		const struct type *elem = c->arg_types[from]->elem;
		array_open(elem, args[from].b, &arr);
		struct array_iter it = array_iter(&arr);
		union datum d;
		bool null;
		while (array_next(&it, &d, &null))
			if (!null)
				concat_one(c, elem, d, sep, nsep, &first, &b);
	} else {
		for (int i = from; i < c->nargs; i++)
			if (!nulls[i])
				concat_one(c, c->arg_types[i], args[i], sep, nsep, &first, &b);
	}
	*ret = strbuf_datum(a, &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_concat) { return concat(c, args, nulls, 0, "", 0, ret, ret_null); }

DEFINE_FUNC(fn_text_concat_ws)
{
	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	return concat(c, args, nulls, 1, bytes_data(args[0].b), bytes_len(args[0].b), ret, ret_null);
}

/* ---- repeat, pad */
DEFINE_FUNC(fn_text_repeat)
{
	size_t len;
	const char *s = arg_text(args[0], &len);
	size_t times = args[1].i < 0 ? 0 : (size_t) args[1].i, total;

	if (__builtin_mul_overflow(len, times, &total) || total > 0x3ffffffb)
		return fail_too_long(e);
	struct bytes *b = bytes_try_make(fcall_arena(c), total);
	if (b == NULL)
		return fail_too_long(e);
	for (size_t at = 0; at < total; at += len)
		memcpy(b->data + at, s, len);
	ret->b = b;
	return ERR_OK;
}

/* n characters of the repeated fill. */
static void
put_fill(struct strbuf *to, const char *fill, size_t len, size_t chars, size_t n)
{
	for (; n >= chars; n -= chars)
		strbuf_add(to, fill, len);
	strbuf_add(to, fill, utf8_offset(fill, len, n));
}

static int
pad(struct fcall *c, const union datum *args, bool left, union datum *ret, struct err *e)
{
	size_t len, nfill = 1;
	const char *s = arg_text(args[0], &len);
	const char *fill = c->nargs > 2 ? arg_text(args[2], &nfill) : " ";
	size_t want = args[1].i < 0 ? 0 : (size_t) args[1].i;
	size_t chars = utf8_length(s, len), fill_chars = utf8_length(fill, nfill);
	struct strbuf b;

	if (want > 0x3ffffffb / 4)
		return fail_too_long(e);
	if (chars >= want) {
		*ret = text_datum(fcall_arena(c), s, utf8_offset(s, len, want));
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	if (left && nfill != 0)
		put_fill(&b, fill, nfill, fill_chars, want - chars);
	strbuf_add(&b, s, len);
	if (!left && nfill != 0)
		put_fill(&b, fill, nfill, fill_chars, want - chars);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_lpad) { return pad(c, args, true, ret, e); }
DEFINE_FUNC(fn_text_rpad) { return pad(c, args, false, ret, e); }

/* ---- replace, translate, reverse */
DEFINE_FUNC(fn_text_replace)
{
	size_t len, nold, nnew;
	const char *s = arg_text(args[0], &len), *end = s + len;
	const char *old = arg_text(args[1], &nold), *new = arg_text(args[2], &nnew);
	const char *hit = nold == 0 || len == 0 ? NULL : memmem(s, len, old, nold);
	struct strbuf b;

	if (hit == NULL) {
		*ret = args[0];
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	for (; hit != NULL; hit = memmem(s, (size_t) (end - s), old, nold)) {
		strbuf_add(&b, s, (size_t) (hit - s));
		strbuf_add(&b, new, nnew);
		s = hit + nold;
		if (b.len > 0x3fffffff)
			return fail_too_long(e);
	}
	strbuf_add(&b, s, (size_t) (end - s));
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_translate)
{
	size_t len, nfrom, nto;
	const char *s = arg_text(args[0], &len), *from = arg_text(args[1], &nfrom);
	const char *into = arg_text(args[2], &nto);
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	for (size_t i = 0; i < len; ) {
		size_t n = (size_t) utf8_char_len(s[i]);
		size_t f = 0, chars = 0;
		while (f < nfrom) {
			size_t m = (size_t) utf8_char_len(from[f]);
			if (m == n && memcmp(from + f, s + i, n) == 0)
				break;
			f += m;
			chars++;
		}
		if (f >= nfrom) {
			strbuf_add(&b, s + i, n);
		} else {
			size_t t = utf8_offset(into, nto, chars);
			if (t < nto)
				strbuf_add(&b, into + t, (size_t) utf8_char_len(into[t]));
		}
		i += n;
	}
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_reverse)
{
	size_t len;
	const char *s = arg_text(args[0], &len);
	struct bytes *b = bytes_make(fcall_arena(c), NULL, len);

	for (size_t i = 0; i < len; ) {
		size_t n = (size_t) utf8_char_len(s[i]);
		memcpy(b->data + len - i - n, s + i, n);
		i += n;
	}
	ret->b = b;
	return ERR_OK;
}

/* ---- Splitting.  The next piece up to sep; false: this was the last. */
static bool
split_next(const char **s, size_t *len, const char *sep, size_t nsep, const char **piece, size_t *n)
{
	const char *hit = nsep == 0 || *len < nsep ? NULL : memmem(*s, *len, sep, nsep);

	*piece = *s;
	if (hit == NULL) {
		*n = *len;
		return false;
	}
	*n = (size_t) (hit - *s);
	*len -= *n + nsep;
	*s = hit + nsep;
	return true;
}

DEFINE_FUNC(fn_text_split_part)
{
	size_t len, nsep, n;
	const char *s = arg_text(args[0], &len), *sep = arg_text(args[1], &nsep), *piece;
	int64_t field = args[2].i;
	struct arena *a = fcall_arena(c);

	if (field == 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "field position must not be zero");
	if (field < 0) {                /* from the end: count the pieces first */
		const char *p = s;
		size_t left = len;
		int64_t pieces = 1;
		while (split_next(&p, &left, sep, nsep, &piece, &n))
			pieces++;
		field += pieces + 1;
		if (len == 0)
			field = 0;
	}
	*ret = text_datum(a, "", 0);
	for (int64_t i = 1; field >= 1; i++) {
		bool more = split_next(&s, &len, sep, nsep, &piece, &n);
		if (i == field)
			*ret = text_datum(a, piece, n);
		if (i == field || !more)
			break;
	}
	return ERR_OK;
}

/* string_to_array and string_to_table: each piece goes to `each`; a piece equal to the third
 * argument is null.  A null separator takes the text apart into characters. */
struct splitter {
	struct fcall *c;
	const char *null_text;          /* NULL: none */
	size_t null_len;
	struct array_build *build;
	struct row_sink *sink;
};

static int
split_emit(struct splitter *sp, const char *p, size_t n, struct err *e)
{
	bool null = sp->null_text != NULL && n == sp->null_len && memcmp(p, sp->null_text, n) == 0;
	union datum d = { 0 };

	if (sp->build != NULL) {
		if (!null)
			d = text_datum(sp->build->arena, p, n);
		array_build_add(sp->build, d, null);
		return ERR_OK;
	}
	if (!null)
		d = text_datum(fcall_arena(sp->c), p, n);
	return sp->sink->push(sp->sink, &d, &null, e);
}

static int
split_all(struct splitter *sp, const union datum *args, const bool *nulls, struct err *e)
{
	size_t len, nsep = 0, n;
	const char *s = arg_text(args[0], &len), *piece;
	int rc;

	if (sp->c->nargs > 2 && !nulls[2])
		sp->null_text = arg_text(args[2], &sp->null_len);
	if (len == 0)
		return ERR_OK;
	if (nulls[1]) {
		for (; len > 0; s += n, len -= n) {
			n = (size_t) utf8_char_len(*s);
			rc = split_emit(sp, s, n, e);
			if (rc != ERR_OK)
				return rc;
		}
		return ERR_OK;
	}
	const char *sep = arg_text(args[1], &nsep);
	for (bool more = true; more; ) {
		more = split_next(&s, &len, sep, nsep, &piece, &n);
		rc = split_emit(sp, piece, n, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_FUNC(fn_string_to_array)
{
	struct arena *a = fcall_arena(c);
	struct array_build build;
	struct splitter sp = { .c = c, .build = &build };

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	array_build_init(&build, a, type_builtin(OID_TEXT));
	int rc = split_all(&sp, args, nulls, e);
	if (rc != ERR_OK)
		return rc;
	ret->b = array_build_done(&build, a);
	return ERR_OK;
}

DEFINE_SRF(fn_string_to_table)
{
	struct splitter sp = { .c = c, .sink = to };

	return nulls[0] ? ERR_OK : split_all(&sp, args, nulls, e);
}
