/* compare.c - equality and order of every type.
 *
 * Types whose datum is an integer in the word share one set of functions, floats another,
 * texts a third; everything else goes through its type's cmp method.  Kernels exist for the
 * first three and for numeric.
 * Not here: text patterns (like.c, regex.c), row comparisons (the executor's). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/datetime.h"
#include "core/type/numeric.h"
#include "core/type/record.h"
#include "core/type/text.h"

/* ---- Integers in the word: bool, ints, oid, dates and times */
#define INT_COMPARE(name, op) \
	DEFINE_FUNC(fn_int_##name) { ret->i = args[0].i op args[1].i; return ERR_OK; } \
	DEFINE_VEC(fn_int_##name##_vec) \
	{ \
		VEC_BINARY_LOOP(args, sel, n, ret, r.i = x.i op y.i); \
		return ERR_OK; \
	}
INT_COMPARE(eq, ==)
INT_COMPARE(ne, !=)
INT_COMPARE(lt, <)
INT_COMPARE(le, <=)
INT_COMPARE(gt, >)
INT_COMPARE(ge, >=)

DEFINE_FUNC(fn_int_cmp)
{
	ret->i = (args[0].i > args[1].i) - (args[0].i < args[1].i);
	return ERR_OK;
}

/* ---- Floats: NaN equals itself and is above everything */
static inline bool float_eq(double a, double b) { return a == b || (a != a && b != b); }
static inline bool float_lt(double a, double b) { return a < b || (b != b && a == a); }

#define FLOAT_COMPARE(name, expr) \
	DEFINE_FUNC(fn_float_##name) \
	{ \
		const double a = args[0].f, b = args[1].f; \
		ret->i = expr; \
		return ERR_OK; \
	} \
	DEFINE_VEC(fn_float_##name##_vec) \
	{ \
		VEC_BINARY_LOOP(args, sel, n, ret, { const double a = x.f, b = y.f; r.i = expr; }); \
		return ERR_OK; \
	}
FLOAT_COMPARE(eq, float_eq(a, b))
FLOAT_COMPARE(ne, !float_eq(a, b))
FLOAT_COMPARE(lt, float_lt(a, b))
FLOAT_COMPARE(le, !float_lt(b, a))
FLOAT_COMPARE(gt, float_lt(b, a))
FLOAT_COMPARE(ge, !float_lt(a, b))

DEFINE_FUNC(fn_float_cmp)
{
	ret->i = float_lt(args[0].f, args[1].f) ? -1 : float_lt(args[1].f, args[0].f);
	return ERR_OK;
}

/* ---- Texts, names and bytes, in byte order */
static inline bool
bytes_same(const struct bytes *a, const struct bytes *b)
{
	uint32_t n = bytes_len(a);

	return n == bytes_len(b) && memcmp(a->data, b->data, n) == 0;
}

static inline int
bytes_order(const struct bytes *a, const struct bytes *b)
{
	uint32_t m = bytes_len(a), n = bytes_len(b);
	int d = memcmp(a->data, b->data, m < n ? m : n);

	return d != 0 ? d : (m > n) - (m < n);
}

/* Rows that are null hold no pointer: they are skipped. */
#define BYREF_LOOP(args, sel, n, ret, ...) do { \
	for (int k_ = 0; k_ < (n); k_++) { \
		int i_ = sel_at(sel, k_); \
		if ((ret)->null != NULL && (ret)->null[i_]) \
			continue; \
		const union datum x = vec_at(&(args)[0], i_), y = vec_at(&(args)[1], i_); \
		union datum r; \
		__VA_ARGS__; \
		(ret)->v[i_] = r; \
	} \
} while (0)

#define BYREF_COMPARE(family, name, expr) \
	DEFINE_FUNC(fn_##family##_##name) \
	{ \
		const struct bytes *a = args[0].b, *b = args[1].b; \
		ret->i = expr; \
		return ERR_OK; \
	} \
	DEFINE_VEC(fn_##family##_##name##_vec) \
	{ \
		BYREF_LOOP(args, sel, n, ret, \
		           { const struct bytes *a = x.b, *b = y.b; r.i = expr; }); \
		return ERR_OK; \
	}
BYREF_COMPARE(text, eq, bytes_same(a, b))
BYREF_COMPARE(text, ne, !bytes_same(a, b))
BYREF_COMPARE(text, lt, bytes_order(a, b) < 0)
BYREF_COMPARE(text, le, bytes_order(a, b) <= 0)
BYREF_COMPARE(text, gt, bytes_order(a, b) > 0)
BYREF_COMPARE(text, ge, bytes_order(a, b) >= 0)

DEFINE_FUNC(fn_text_cmp)
{
	int d = bytes_order(args[0].b, args[1].b);

	ret->i = (d > 0) - (d < 0);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_starts_with)
{
	uint32_t n = bytes_len(args[1].b);

	ret->i = n <= bytes_len(args[0].b) && memcmp(args[0].b->data, args[1].b->data, n) == 0;
	return ERR_OK;
}

/* ---- numeric */
BYREF_COMPARE(numeric, eq, numeric_cmp(a, b) == 0)
BYREF_COMPARE(numeric, ne, numeric_cmp(a, b) != 0)
BYREF_COMPARE(numeric, lt, numeric_cmp(a, b) < 0)
BYREF_COMPARE(numeric, le, numeric_cmp(a, b) <= 0)
BYREF_COMPARE(numeric, gt, numeric_cmp(a, b) > 0)
BYREF_COMPARE(numeric, ge, numeric_cmp(a, b) >= 0)

/* ---- Everything else, by the type's own order.  Both arguments have one type. */
static int
no_comparison(const struct type *t, bool equality, struct err *e)
{
	struct strbuf name;

	strbuf_init(&name, NULL);
	type_format(t, -1, &name);
	err_set(e, ERR_UNDEFINED_FUNCTION,
	        equality ? "could not identify an equality operator for type %s"
	                 : "could not identify a comparison function for type %s",
	        name.data);
	strbuf_done(&name);
	return e->code;
}

/* May the columns be compared, as far as the first that differs? */
static int
check_records(const union datum *args, bool equality, struct err *e)
{
	struct record a, b;

	record_open(NULL, args[0].b, &a);
	record_open(NULL, args[1].b, &b);
	for (int i = 0; i < a.n && i < b.n; i++) {
		const struct type *ta, *tb;
		bool na, nb;
		union datum x = record_get(&a, i, &ta, &na), y = record_get(&b, i, &tb, &nb);

		if (ta == NULL || tb == NULL)
			continue;
		if (ta->oid != tb->oid)
			return err_set(e, ERR_DATATYPE_MISMATCH,
			               "cannot compare dissimilar column types %s and %s at record column %d",
			               type_sql_name(ta), type_sql_name(tb), i + 1);
		if (!(equality ? type_has_equality(ta) : type_is_orderable(ta)))
			return no_comparison(ta, equality, e);
		if (na != nb || (!na && ta->ops->cmp(ta, x, y) != 0))
			return ERR_OK;
	}
	return a.n == b.n ? ERR_OK
	                  : err_set(e, ERR_DATATYPE_MISMATCH,
	                            "cannot compare record types with different numbers of columns");
}

static int
any_order(struct fcall *c, const union datum *args, bool equality, int *ret, struct err *e)
{
	const struct type *t = c->arg_types[0];
	int rc = ERR_OK;

	if (t->oid == OID_RECORD || t->kind == TYPE_COMPOSITE)
		rc = check_records(args, equality, e);
	if (rc != ERR_OK)
		return rc;

	if (type_is_array(t) && !(equality ? type_has_equality(t) : type_is_orderable(t)))
		return no_comparison(t->elem, equality, e);
	if (t->ops->cmp == NULL)
		return no_comparison(t, equality, e);
	*ret = t->ops->cmp(t, args[0], args[1]);
	return ERR_OK;
}

#define ANY_COMPARE(name, op, equality) \
	DEFINE_FUNC(fn_any_##name) \
	{ \
		int d = 0, rc = any_order(c, args, equality, &d, e); \
		if (rc != ERR_OK) \
			return rc; \
		ret->i = d op 0; \
		return ERR_OK; \
	}
ANY_COMPARE(eq, ==, true)
ANY_COMPARE(ne, !=, true)
ANY_COMPARE(lt, <, false)
ANY_COMPARE(le, <=, false)
ANY_COMPARE(gt, >, false)
ANY_COMPARE(ge, >=, false)

DEFINE_FUNC(fn_any_cmp)
{
	int d = 0, rc = any_order(c, args, false, &d, e);

	if (rc != ERR_OK)
		return rc;
	ret->i = (d > 0) - (d < 0);
	return ERR_OK;
}

DEFINE_FUNC(fn_any_larger)
{
	int d = 0, rc = any_order(c, args, false, &d, e);

	if (rc != ERR_OK)
		return rc;
	*ret = d > 0 ? args[0] : args[1];
	return ERR_OK;
}

DEFINE_FUNC(fn_any_smaller)
{
	int d = 0, rc = any_order(c, args, false, &d, e);

	if (rc != ERR_OK)
		return rc;
	*ret = d < 0 ? args[0] : args[1];
	return ERR_OK;
}

/* ---- Dates against timestamps: the date is midnight; beyond a timestamp's range it is still
 * ordered, as an infinity would be */
static int
date_ts_order(int64_t date, int64_t ts)
{
	struct err ignored = { 0 };
	int64_t t = 0;

	if (date == DATE_MINUS_INF)
		t = TIMESTAMP_MINUS_INF;
	else if (date == DATE_PLUS_INF)
		t = TIMESTAMP_PLUS_INF;
	else if (date_to_timestamp(date, &t, &ignored) != ERR_OK)
		return ts == TIMESTAMP_PLUS_INF ? -1 : 1;
	return (t > ts) - (t < ts);
}

static int
date_tstz_order(const struct fcall *c, int64_t date, int64_t ts)
{
	struct err ignored = { 0 };
	int64_t t = 0;

	if (date == DATE_MINUS_INF)
		t = TIMESTAMP_MINUS_INF;
	else if (date == DATE_PLUS_INF)
		t = TIMESTAMP_PLUS_INF;
	else if (date_to_timestamptz(date, c->env->type.fmt->tz, &t, &ignored) != ERR_OK)
		return ts == TIMESTAMP_PLUS_INF ? -1 : 1;
	return (t > ts) - (t < ts);
}

/* A local time whose UTC moment is out of range lies beyond every finite one. */
static int
ts_tstz_order(const struct fcall *c, int64_t local, int64_t ts)
{
	struct err ignored = { 0 };
	int64_t t = 0;

	if (timestamp_is_inf(local))
		t = local;
	else if (timestamp_to_utc(local, c->env->type.fmt->tz, &t, &ignored) != ERR_OK)
		return local < 0 ? (ts == TIMESTAMP_MINUS_INF ? 1 : -1)
		                 : (ts == TIMESTAMP_PLUS_INF ? -1 : 1);
	return (t > ts) - (t < ts);
}

#define CROSS_COMPARE(family, order, reverse) \
	DEFINE_FUNC(fn_##family##_eq) { ret->i = (order) == 0; return ERR_OK; } \
	DEFINE_FUNC(fn_##family##_ne) { ret->i = (order) != 0; return ERR_OK; } \
	DEFINE_FUNC(fn_##family##_lt) { ret->i = reverse (order) < 0; return ERR_OK; } \
	DEFINE_FUNC(fn_##family##_le) { ret->i = reverse (order) <= 0; return ERR_OK; } \
	DEFINE_FUNC(fn_##family##_gt) { ret->i = reverse (order) > 0; return ERR_OK; } \
	DEFINE_FUNC(fn_##family##_ge) { ret->i = reverse (order) >= 0; return ERR_OK; } \
	DEFINE_FUNC(fn_##family##_cmp) { ret->i = reverse (order); return ERR_OK; }
CROSS_COMPARE(date_ts, date_ts_order(args[0].i, args[1].i), +)
CROSS_COMPARE(ts_date, date_ts_order(args[1].i, args[0].i), -)
CROSS_COMPARE(date_tstz, date_tstz_order(c, args[0].i, args[1].i), +)
CROSS_COMPARE(tstz_date, date_tstz_order(c, args[1].i, args[0].i), -)
CROSS_COMPARE(ts_tstz, ts_tstz_order(c, args[0].i, args[1].i), +)
CROSS_COMPARE(tstz_ts, ts_tstz_order(c, args[1].i, args[0].i), -)
