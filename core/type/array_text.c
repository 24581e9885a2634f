/* array_text.c - array literals: `{1,NULL,"a b"}`, `[0:1]={x,y}`, and the vectors' `1 2 3`.
 *
 * A literal is read twice: once for its shape, which can be wrong in many ways that have
 * texts of their own, once for its elements. */
#include "config.h"
#include "core/type/array_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/type/ops.h"

struct literal {
	const char *s, *end;            /* the whole text, for messages */
	struct err *e;
};

static int PRINTF_LIKE(2, 3)
malformed(const struct literal *l, const char *detail, ...)
{
	char text[128];
	va_list ap;

	(void) err_set(l->e, ERR_INVALID_TEXT_REPRESENTATION, "malformed array literal: \"%.*s\"",
	               (int) (l->end - l->s), l->s);
	if (*detail == '\0')
		return l->e->code;
	va_start(ap, detail);
	vsnprintf(text, sizeof text, detail, ap);
	va_end(ap);
	return err_detail(l->e, "%s", text);
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && ascii_space(*p))
		p++;
	return p;
}

/* ---- Dimensions written before the value */

static const char *
skip_number(const char *p, const char *end)
{
	while (p < end && ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+'))
		p++;
	return p;
}

static int32_t
number_at(const char *p, const char *end)
{
	char text[32];
	size_t n = (size_t) (end - p) < sizeof text - 1 ? (size_t) (end - p) : sizeof text - 1;

	memcpy(text, p, n);
	text[n] = '\0';
	return (int32_t) strtol(text, NULL, 10);
}

static int
read_bounds(const struct literal *l, const char **at, int *ndim, int32_t *dim, int32_t *lower)
{
	const char *p = *at, *q;

	for (*ndim = 0; ; ++*ndim) {
		p = skip_space(p, l->end);
		if (p == l->end || *p != '[')
			break;
		p++;
		if (*ndim >= ARRAY_DIM_MAX)
			return err_set(
				l->e, ERR_PROGRAM_LIMIT_EXCEEDED,
				"number of array dimensions (%d) exceeds the maximum allowed (%d)",
				*ndim + 1, ARRAY_DIM_MAX);
		q = skip_number(p, l->end);
		if (q == p)
			return malformed(
				l, "\"[\" must introduce explicitly-specified array dimensions.");
		lower[*ndim] = 1;
		if (q < l->end && *q == ':') {
			lower[*ndim] = number_at(p, q);
			p = q + 1;
			q = skip_number(p, l->end);
			if (q == p)
				return malformed(l, "Missing array dimension value.");
		}
		if (q == l->end || *q != ']')
			return malformed(l, "Missing \"%s\" after array dimensions.", "]");
		int32_t upper = number_at(p, q);
		p = q + 1;
		if (upper < lower[*ndim])
			return err_set(l->e, ERR_ARRAY_SUBSCRIPT_ERROR,
			               "upper bound cannot be less than lower bound");
		int64_t n = (int64_t) upper - lower[*ndim] + 1;
		dim[*ndim] = n > INT32_MAX ? INT32_MAX : (int32_t) n;
	}
	*at = p;
	return ERR_OK;
}

/* ---- Shape */

enum state {
	NOTHING, LEVEL_STARTED, ELEM_STARTED, QUOTED_STARTED, QUOTED_DONE, ELEM_DELIMITED,
	LEVEL_DONE, LEVEL_DELIMITED
};

struct shape {
	enum state state;
	int  level, ndim;
	int  n[ARRAY_DIM_MAX + 1];              /* elements so far in the open level */
	int  last[ARRAY_DIM_MAX + 1];           /* elements of the level closed before; 0: none */
	bool any;                               /* an element was met */
};

static int
shape_open(const struct literal *l, struct shape *sh)
{
	if (sh->state != NOTHING && sh->state != LEVEL_STARTED && sh->state != LEVEL_DELIMITED)
		return malformed(l, "Unexpected \"%c\" character.", '{');
	if (sh->level >= ARRAY_DIM_MAX)
		return err_set(l->e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "number of array dimensions (%d) exceeds the maximum allowed (%d)",
		               sh->level + 1, ARRAY_DIM_MAX);
	sh->state = LEVEL_STARTED;
	sh->n[sh->level++] = 1;
	if (sh->ndim < sh->level)
		sh->ndim = sh->level;
	return ERR_OK;
}

static int
shape_close(const struct literal *l, struct shape *sh)
{
	if (sh->state != ELEM_STARTED && sh->state != QUOTED_DONE && sh->state != LEVEL_DONE &&
	    !(sh->level == 1 && sh->state == LEVEL_STARTED))
		return malformed(l, "Unexpected \"%c\" character.", '}');
	sh->state = LEVEL_DONE;
	sh->level--;
	if (sh->last[sh->level] != 0 && sh->n[sh->level] != sh->last[sh->level])
		return malformed(
			l,
			"Multidimensional arrays must have sub-arrays with matching dimensions.");
	sh->last[sh->level] = sh->n[sh->level];
	return ERR_OK;
}

/* One character outside quotes that is none of { } " \ */
static int
shape_plain(const struct literal *l, struct shape *sh, char c)
{
	if (c == ',') {
		if (sh->state != ELEM_STARTED && sh->state != QUOTED_DONE &&
		    sh->state != LEVEL_DONE)
			return malformed(l, "Unexpected \"%c\" character.", ',');
		sh->state = sh->state == LEVEL_DONE ? LEVEL_DELIMITED : ELEM_DELIMITED;
		sh->n[sh->level - 1]++;
	} else if (!ascii_space(c)) {
		if (sh->state != LEVEL_STARTED && sh->state != ELEM_STARTED &&
		    sh->state != ELEM_DELIMITED)
			return malformed(l, "Unexpected array element.");
		sh->state = ELEM_STARTED;
		sh->any = true;
	}
	return ERR_OK;
}

/* From the first brace to the end of the text. */
static int
read_shape(const struct literal *l, const char *p, struct shape *sh)
{
	bool quoted = false;
	int rc = ERR_OK;

	do {
		if (p == l->end)
			return malformed(l, "Unexpected end of input.");
		if (*p == '\\') {
			if (sh->state != LEVEL_STARTED && sh->state != ELEM_STARTED &&
			    sh->state != QUOTED_STARTED && sh->state != ELEM_DELIMITED)
				return malformed(l, "Unexpected \"%c\" character.", '\\');
			if (sh->state != QUOTED_STARTED)
				sh->state = ELEM_STARTED;
			sh->any = true;
			if (++p == l->end)
				return malformed(l, "Unexpected end of input.");
		} else if (*p == '"') {
			if (sh->state != LEVEL_STARTED && sh->state != QUOTED_STARTED &&
			    sh->state != ELEM_DELIMITED)
				return malformed(l, "Unexpected array element.");
			quoted = !quoted;
			sh->state = quoted ? QUOTED_STARTED : QUOTED_DONE;
			sh->any = true;
		} else if (!quoted) {
			rc = *p == '{' ? shape_open(l, sh) : *p == '}' ? shape_close(l, sh)
			                                               : shape_plain(l, sh, *p);
		}
		p++;
	} while (rc == ERR_OK && sh->level > 0);
	if (rc != ERR_OK)
		return rc;
	if (skip_space(p, l->end) != l->end)
		return malformed(l, "Junk after closing right brace.");
	return ERR_OK;
}

/* ---- Elements */

/* The element at p as text (unescaped); returns what follows it. */
static const char *
read_element(const char *p, const char *end, struct strbuf *to, bool *ret_bare)
{
	size_t keep = 0;                /* up to the last character that trimming must not take */
	bool quoted = false;

	strbuf_clear(to);
	*ret_bare = true;
	for (p = skip_space(p, end); p < end; p++) {
		if (*p == '\\') {
			strbuf_putc(to, *++p);
			keep = to->len;
			*ret_bare = false;
		} else if (*p == '"') {
			quoted = !quoted;
			keep = to->len;
			*ret_bare = false;
		} else if (!quoted && (*p == ',' || *p == '}')) {
			break;
		} else {
			strbuf_putc(to, *p);
			if (quoted || !ascii_space(*p))
				keep = to->len;
		}
	}
	to->len = keep;
	to->data[keep] = '\0';
	return p;
}

static int
read_elements(const struct literal *l, const char *p, const struct type *elem, struct type_env *env,
              int32_t typmod, int ndim, int n, struct array_build *all)
{
	struct strbuf text;
	int level = 0;

	strbuf_init(&text, env->arena);
	while (p < l->end && all->n < n) {
		p = skip_space(p, l->end);
		if (*p == '{') {
			level++;
			p++;
		} else if (*p == '}') {
			level--;
			p++;
		} else if (*p == ',') {
			p++;
		} else {
			bool bare, null;
			union datum d = { .u = 0 };
			if (level != ndim)
				return malformed(l, "%s", "");
			p = read_element(p, l->end, &text, &bare);
			null = bare && same_word(text.data, text.len, "null");
			if (!null) {
				int rc = elem->ops->in(elem, env, text.data, text.len, typmod, &d,
						       l->e);
				if (rc != ERR_OK)
					return rc;
			}
			array_build_add_own(all, d, null);
		}
	}
	return ERR_OK;
}

int
array_parse(const struct type *elem, struct type_env *env, const char *s, size_t len,
	    int32_t typmod, const struct bytes **ret, struct err *e)
{
	struct literal l = { s, s + len, e };
	struct shape sh = { .state = NOTHING };
	int32_t dim[ARRAY_DIM_MAX] = { 0 }, lower[ARRAY_DIM_MAX] = { 0 };
	const char *p = s;
	int ndim, n;

	int rc = read_bounds(&l, &p, &ndim, dim, lower);
	if (rc != ERR_OK)
		return rc;
	if (ndim != 0) {
		if (p == l.end || *p != '=')
			return malformed(&l, "Missing \"%s\" after array dimensions.", "=");
		p = skip_space(p + 1, l.end);
	}
	if (p == l.end || *p != '{')
		return malformed(
			&l, ndim == 0
				    ? "Array value must start with \"{\" or dimension information."
				    : "Array contents must start with \"{\".");
	rc = read_shape(&l, p, &sh);
	if (rc != ERR_OK)
		return rc;
	int found = sh.any ? sh.ndim : 0;
	if (ndim != 0 &&
	    (found != ndim || memcmp(dim, sh.last, sizeof dim[0] * (size_t) ndim) != 0))
		return malformed(&l, "Specified array dimensions do not match array contents.");
	for (int i = 0; ndim == 0 && i < found; i++) {
		dim[i] = sh.last[i];
		lower[i] = 1;
	}
	rc = array_count_items(found, dim, &n, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < found; i++)
		if ((int64_t) lower[i] + dim[i] > INT32_MAX)
			return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			               "array lower bound is too large: %d", lower[i]);
	struct array_build all;
	array_build_init(&all, env->arena, elem);
	rc = read_elements(&l, p, elem, env, typmod, found, n, &all);
	if (rc != ERR_OK)
		return rc;
	if (all.n != n)
		return malformed(&l, "%s", "");
	return array_make_nd(env->arena, elem, found, dim, lower, all.v,
			     all.any_null ? all.nulls : NULL, ret, e);
}

/* ---- Showing */

static bool
needs_quotes(const char *s, size_t len)
{
	if (len == 0 || same_word(s, len, "null"))
		return true;
	for (size_t i = 0; i < len; i++)
		if (s[i] == '"' || s[i] == '\\' || s[i] == '{' || s[i] == '}' || s[i] == ',' ||
		    ascii_space(s[i]))
			return true;
	return false;
}

/* The element is written in place; if it needs quotes it is moved aside and written again. */
static void
put_element(const struct type *elem, struct type_env *env, union datum d, struct strbuf *to)
{
	size_t at = to->len;

	elem->ops->out(elem, env, d, to);
	size_t len = to->len - at, extra = 2;
	if (!needs_quotes(to->data + at, len))
		return;
	for (size_t i = 0; i < len; i++)
		extra += to->data[at + i] == '"' || to->data[at + i] == '\\';
	(void) strbuf_room(to, extra);
	char *from = to->data + at + len, *p = from + extra;
	*--p = '"';
	while (from > to->data + at) {
		*--p = *--from;
		if (*p == '"' || *p == '\\')
			*--p = '\\';
	}
	*--p = '"';
	strbuf_wrote(to, extra);
}

void
array_put_dims(const struct array *a, struct strbuf *to)
{
	for (int i = 0; i < a->ndim; i++) {
		strbuf_putc(to, '[');
		strbuf_int(to, a->lower[i]);
		strbuf_putc(to, ':');
		strbuf_int(to, (int64_t) a->lower[i] + a->dim[i] - 1);
		strbuf_putc(to, ']');
	}
}

void
array_put(const struct type *elem, struct type_env *env, const struct bytes *b, struct strbuf *to)
{
	struct array a;
	union datum d;
	bool null, bounds = false;
	int at[ARRAY_DIM_MAX] = { 0 };

	array_open(elem, b, &a);
	if (a.n == 0) {
		strbuf_add(to, "{}", 2);
		return;
	}
	for (int i = 0; i < a.ndim; i++)
		bounds |= a.lower[i] != 1;
	if (bounds) {
		array_put_dims(&a, to);
		strbuf_putc(to, '=');
	}
	for (int i = 0; i < a.ndim; i++)
		strbuf_putc(to, '{');
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); ) {
		if (null)
			strbuf_add(to, "NULL", 4);
		else
			put_element(elem, env, d, to);
		int i = a.ndim - 1;
		while (i >= 0 && ++at[i] == a.dim[i]) {
			at[i--] = 0;
			strbuf_putc(to, '}');
		}
		if (i < 0)
			break;
		strbuf_putc(to, ',');
		while (++i < a.ndim)
			strbuf_putc(to, '{');
	}
}
