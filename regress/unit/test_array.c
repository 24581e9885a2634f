/* test_array.c - subscripts, slices, assignment, append and concatenation of int[] against
 * PostgreSQL's results (array.def); reading arrays of every width; the limits. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/array.h"
#include "core/type/datetime.h"
#include "regress/unit/tap.h"

static const struct { const char *op, *x, *y, *z, *result; } cases[] = {
#define ARR(op, x, y, z, result) { op, x, y, z, result },
#include "regress/unit/array.def"
#undef ARR
};

static struct arena arena;
static struct type_env env = { .arena = &arena, .fmt = &fmt_default };
static const struct type *ints, *elem;

static const struct bytes *
array(const char *s)
{
	union datum d;
	struct err e = { 0 };

	if (s == NULL)
		return NULL;
	if (ints->ops->in(ints, &env, s, strlen(s), -1, &d, &e) != ERR_OK)
		bail("'%s': %s", s, e.message);
	return d.b;
}

/* "1:2 3: :" or "1 2": bounds of each dimension. */
struct subs {
	int n;
	int32_t lower[8], upper[8];
	bool has_lower[8], has_upper[8];
};

static struct subs
read_subs(const char *s)
{
	struct subs r = { 0 };

	while (*s != '\0') {
		char *end;
		r.lower[r.n] = (int32_t) strtol(s, &end, 10);
		r.has_lower[r.n] = end != s;
		s = end;
		if (*s == ':') {
			r.upper[r.n] = (int32_t) strtol(s + 1, &end, 10);
			r.has_upper[r.n] = end != s + 1 && s[1] != ' ';
			if (s[1] == ' ' || s[1] == '\0')
				end = (char *) (uintptr_t) (s + 1);
			s = end;
		}
		r.n++;
		while (*s == ' ')
			s++;
	}
	return r;
}

static int
run(size_t i, const char **ret, struct err *e)
{
	const char *op = cases[i].op, *y = cases[i].y, *z = cases[i].z;
	const struct bytes *x = array(cases[i].x), *r = NULL;
	struct array a;
	struct subs s = y != NULL && *y != '{' && *y != '[' ? read_subs(y) : (struct subs) { 0 };
	int rc = ERR_OK;

	*ret = NULL;
	if (strcmp(op, "elem") == 0) {
		bool null = true;
		if (x != NULL) {
			array_open_type(ints, x, &a);
			union datum d = array_element(&a, s.n, s.lower, &null);
			*ret = null ? NULL : type_text(elem, &env, d);
		}
		return ERR_OK;
	}
	if (strcmp(op, "contains") == 0 || strcmp(op, "overlaps") == 0) {
		bool yes = (*op == 'c' ? array_contains : array_overlaps)(elem, x, array(y));
		*ret = yes ? "true" : "false";
		return ERR_OK;
	}
	if (strcmp(op, "dims") == 0) {
		struct strbuf b;
		strbuf_init(&b, &arena);
		array_open_type(ints, x, &a);
		array_put_dims(&a, &b);
		*ret = b.len == 0 ? NULL : b.data;
		return ERR_OK;
	}
	if (strcmp(op, "slice") == 0)
		rc = x == NULL ? ERR_OK
			       : array_slice(&arena, elem, x, s.n, s.lower, s.upper, s.has_lower,
					     s.has_upper, &r, e);
	else if (strcmp(op, "set") == 0)
		rc = array_set(&arena, elem, x, s.n, s.lower, datum_int(atoi(z)), false, &r, e);
	else if (strcmp(op, "setslice") == 0)
		rc = array_set_slice(&arena, elem, x, s.n, s.lower, s.upper, s.has_lower,
				     s.has_upper, array(z), &r, e);
	else if (strcmp(op, "append") == 0)
		rc = array_append(&arena, elem, x, datum_int(9), y == NULL, &r, e);
	else if (strcmp(op, "prepend") == 0)
		rc = array_prepend(&arena, elem, datum_int(9), y == NULL, x, &r, e);
	else
		rc = array_cat(&arena, elem, x, array(y), &r, e);
	if (rc == ERR_OK && r != NULL)
		*ret = type_text(ints, &env, datum_bytes(r));
	return rc;
}

/* array_get and array_next agree, for elements of each width and for bytes. */
static void
check_reading(void)
{
	static const struct { const char *type, *in;
	} kinds[] = {
		{ "_bool", "{t,NULL,f}" },         { "_int2", "{-1,NULL,32767}" },
		{ "_int4", "{-1,NULL,5}" },        { "_int8", "{-1,NULL,9223372036854775807}" },
		{ "_float4", "{1.5,NULL,-0}" },    { "_float8", "{1.5,NULL,NaN}" },
		{ "_oid", "{4294967295,NULL,0}" }, { "_date", "{1999-12-31,NULL,infinity}" },
		{ "_text", "{a,NULL,\"\"}" },      { "_numeric", "{1.50,NULL,-3}" },
		{ "_char", "{a,NULL,b}" },
	};

	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		const struct type *t = type_builtin_by_name(kinds[k].type);
		union datum d, v, w;
		struct err e = { 0 };
		struct array a;
		bool null, null2;
		if (t->ops->in(t, &env, kinds[k].in, strlen(kinds[k].in), -1, &d, &e) != ERR_OK)
			bail("%s", e.message);
		is_str(kinds[k].in, type_text(t, &env, d), "%s", kinds[k].type);
		array_open_type(t, d.b, &a);
		is_int(3, array_count(d.b), "%s: elements", kinds[k].type);
		is_int((int) t->elem->oid, (int) array_elem_oid(d.b), "%s: element type",
		       kinds[k].type);
		struct array_iter it = array_iter(&a);
		for (int i = 0; array_next(&it, &v, &null); i++) {
			w = array_get(&a, i, &null2);
			ok(null == null2 && null == (i == 1) &&
				   (null || t->elem->ops->cmp(t->elem, v, w) == 0),
			   "%s: element %d", kinds[k].type, i);
		}
	}
}

static void
check_building(void)
{
	struct array_build b;
	const struct bytes *parts[2], *r;
	struct err e = { 0 };

	array_build_init(&b, &arena, elem);
	is_str("{}", type_text(ints, &env, datum_bytes(array_build_done(&b, &arena))),
	       "nothing built");
	for (int i = 0; i < 40; i++)
		array_build_add(&b, datum_int(i), i == 39);
	is_int(40, array_count(array_build_done(&b, &arena)), "forty built");
	parts[0] = array("{1,2}");
	parts[1] = array("{3,4}");
	ok(array_stack(&arena, elem, 2, parts, &r, &e) == ERR_OK, "stack");
	is_str("{{1,2},{3,4}}", type_text(ints, &env, datum_bytes(r)), "ARRAY[[1,2],[3,4]]");
	parts[1] = array("{3}");
	is_int(ERR_ARRAY_SUBSCRIPT_ERROR, array_stack(&arena, elem, 2, parts, &r, &e),
	       "of unequal shape");
	int32_t dim[2] = { 100000, 100000 }, one[2] = { 1, 1 };
	err_init(&e);
	is_int(ERR_PROGRAM_LIMIT_EXCEEDED,
	       array_make_nd(&arena, elem, 2, dim, one, NULL, NULL, &r, &e), "too many");
}

int
main(void)
{
	arena_init(&arena, 0);
	ints = type_builtin(OID_INT4_ARRAY);
	elem = ints->elem;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = { 0 };
		const char *got;
		if (run(i, &got, &e) != ERR_OK)
			got = arena_printf(&arena, "%s %s%s%s", err_sqlstate(e.code), e.message,
			                   e.detail[0] != '\0' ? " / " : "", e.detail);
		is_str(cases[i].result, got, "%s(%s, %s, %s)", cases[i].op,
		       cases[i].x != NULL ? cases[i].x : "NULL",
		       cases[i].y != NULL ? cases[i].y : "NULL", cases[i].z);
		arena_reset(&arena);
	}
	check_reading();
	check_building();
	arena_done(&arena);
	return tap_done();
}
