/* jsonpath_method.c - arithmetic and methods of a path: .type() .size() .double() .datetime() ... */
#include "config.h"
#include "core/type/jsonpath_run.h"

#include <math.h>

#include "core/type/float.h"

static const char *
method_name(enum jp_kind kind)
{
	static const char *const names[] = {
		[JP_TYPE] = "type", [JP_SIZE] = "size", [JP_ABS] = "abs", [JP_FLOOR] = "floor",
		[JP_CEILING] = "ceiling", [JP_DOUBLE] = "double", [JP_DATETIME] = "datetime",
		[JP_KEYVALUE] = "keyvalue",
	};

	return names[kind];
}

/* ---- Arithmetic */

static int
compute(struct jp_exec *x, enum jp_kind op, numeric_t a, numeric_t b, numeric_t *ret, struct err *e)
{
	switch (op) {
	case JP_ADD:
		return numeric_add(x->a, a, b, ret, e);
	case JP_SUB:
		return numeric_sub(x->a, a, b, ret, e);
	case JP_MUL:
		return numeric_mul(x->a, a, b, ret, e);
	case JP_DIV:
		return numeric_div(x->a, a, b, ret, e);
	default:
		return numeric_mod(x->a, a, b, ret, e);
	}
}

static enum jp_status
eval_binary(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	    struct jp_list *found)
{
	static const char *const signs[] = {
		[JP_ADD] = "+", [JP_SUB] = "-", [JP_MUL] = "*", [JP_DIV] = "/", [JP_MOD] = "%"
	};
	struct jp_list left = { 0 }, right = { 0 };
	struct err e = { 0 };
	numeric_t r;

	enum jp_status rc = jp_eval_list(x, n->left, in, true, &left);
	if (rc == JP_FAILED)
		return rc;
	rc = jp_eval_list(x, n->right, in, true, &right);
	if (rc == JP_FAILED)
		return rc;
	for (int side = 0; side < 2; side++) {
		const struct jp_list *l = side == 0 ? &left : &right;
		if (l->n != 1 || !jp_is(&l->at[0], JSON_NUMBER))
			return jp_fail(
				x, ERR_SINGLETON_SQL_JSON_ITEM_REQUIRED,
				"%s operand of jsonpath operator %s is not a single numeric value",
				side == 0 ? "left" : "right", signs[n->kind]);
	}
	if (compute(x, n->kind, jp_numeric(x, &left.at[0]), jp_numeric(x, &right.at[0]), &r, &e) !=
	    ERR_OK)
		return jp_fail_set(x, &e);
	if (n->next == NULL && found == NULL)
		return JP_OK;
	struct jp_item item = jp_number(x, r);
	return jp_next_item(x, n, &item, found);
}

static enum jp_status
eval_sign(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	  struct jp_list *found)
{
	struct jp_list all = { 0 };
	enum jp_status result = JP_NOT_FOUND;

	enum jp_status rc = jp_eval_list(x, n->left, in, true, &all);
	if (rc == JP_FAILED)
		return rc;
	for (int i = 0; i < all.n; i++) {
		struct jp_item item = all.at[i];
		if (jp_is(&item, JSON_NUMBER)) {
			if (found == NULL && n->next == NULL)
				return JP_OK;
		} else {
			if (found == NULL && n->next == NULL)
				continue;
			return jp_fail(
				x, ERR_SQL_JSON_NUMBER_NOT_FOUND,
				"operand of unary jsonpath operator %s is not a numeric value",
				n->kind == JP_PLUS ? "+" : "-");
		}
		if (n->kind == JP_MINUS)
			item = jp_number(x, numeric_neg(x->a, jp_numeric(x, &item)));
		rc = jp_next_item(x, n, &item, found);
		if (rc == JP_FAILED)
			return rc;
		if (rc == JP_OK) {
			if (found == NULL)
				return rc;
			result = rc;
		}
	}
	return result;
}

enum jp_status
jp_eval_arith(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	      struct jp_list *found)
{
	return n->kind == JP_PLUS || n->kind == JP_MINUS ? eval_sign(x, n, in, found)
							 : eval_binary(x, n, in, found);
}

/* ---- Simple methods */

static enum jp_status
method_type(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	    struct jp_list *found)
{
	const char *name =
		in->type != 0 ? type_sql_name(type_builtin(in->type)) : json_typeof(in->v);
	struct jp_item item = jp_text(x, name, strlen(name));

	return jp_next_item(x, n, &item, found);
}

static enum jp_status
method_size(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	    struct jp_list *found)
{
	int64_t size = 1;

	if (jp_is(in, JSON_ARRAY)) {
		size = json_count(in->v);
	} else if (!x->lax) {
		if (x->ignore_structure)
			return JP_NOT_FOUND;
		return jp_fail(x, ERR_SQL_JSON_ARRAY_NOT_FOUND,
			       "jsonpath item method .%s() can only be applied to an array",
			       "size");
	}
	struct jp_item item = jp_number(x, numeric_from_int(x->a, size));
	return jp_next_item(x, n, &item, found);
}

static enum jp_status
method_number(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	      struct jp_list *found)
{
	struct err e = { 0 };
	numeric_t r = NULL;
	int rc = ERR_OK;

	if (!jp_is(in, JSON_NUMBER))
		return jp_fail(x, ERR_NON_NUMERIC_SQL_JSON_ITEM,
			       "jsonpath item method .%s() can only be applied to a numeric value",
			       method_name(n->kind));
	numeric_t v = jp_numeric(x, in);
	if (n->kind == JP_ABS)
		r = numeric_abs(x->a, v);
	else if (n->kind == JP_FLOOR)
		rc = numeric_floor(x->a, v, &r, &e);
	else
		rc = numeric_ceil(x->a, v, &r, &e);
	if (rc != ERR_OK)
		return jp_fail_set(x, &e);
	struct jp_item item = jp_number(x, r);
	return jp_next_item(x, n, &item, found);
}

static enum jp_status
method_double(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	      struct jp_list *found)
{
	struct jp_item item = *in;
	struct err e = { 0 };
	double v;

	if (jp_is(in, JSON_NUMBER)) {
		if (double_parse(in->v.p, in->v.len, &v, &e) != ERR_OK || !isfinite(v))
			return jp_fail(x, ERR_NON_NUMERIC_SQL_JSON_ITEM,
				       "numeric argument of jsonpath item method .%s() is out of "
				       "range for type double precision",
				       "double");
	} else if (jp_is(in, JSON_STRING)) {
		const char *s;
		size_t len;
		jp_string(x, in, &s, &len);
		if (double_parse(s, len, &v, &e) != ERR_OK || !isfinite(v))
			return jp_fail(x, ERR_NON_NUMERIC_SQL_JSON_ITEM,
				       "string argument of jsonpath item method .%s() is not a "
				       "valid representation of a double precision number",
				       "double");
		item = jp_number(x, numeric_from_double(x->a, v));
	} else {
		return jp_fail(x, ERR_NON_NUMERIC_SQL_JSON_ITEM,
			       "jsonpath item method .%s() can only be applied to a string or "
			       "numeric value",
			       "double");
	}
	return jp_next_item(x, n, &item, found);
}

/* {"id": ..., "key": ..., "value": ...} of each member; the id tells objects apart. */
static enum jp_status
method_keyvalue(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
		struct jp_list *found)
{
	enum jp_status rc = JP_NOT_FOUND;
	struct json_val k, v;

	if (!jp_is(in, JSON_OBJECT))
		return jp_fail(x, ERR_SQL_JSON_OBJECT_NOT_FOUND,
			       "jsonpath item method .%s() can only be applied to an object",
			       "keyvalue");
	int64_t id = in->v.p >= x->run->root.p && in->v.p < x->run->root.p + x->run->root.len
			     ? in->v.p - x->run->root.p : 0;
	for (struct json_iter it = json_iter(in->v); json_next(&it, &k, &v); ) {
		struct strbuf b;
		strbuf_init(&b, x->a);
		strbuf_puts(&b, "{\"id\": ");
		strbuf_int(&b, id);
		strbuf_puts(&b, ", \"key\": \"");
		strbuf_add(&b, k.p, k.len);
		strbuf_puts(&b, "\", \"value\": ");
		strbuf_add(&b, v.p, v.len);
		strbuf_putc(&b, '}');
		struct jp_item item = jp_json(b.data, b.len);
		rc = jp_next_item(x, n, &item, found);
		if (rc == JP_FAILED || (rc == JP_OK && found == NULL))
			return rc;
	}
	return rc;
}

/* ---- datetime() */

static enum jp_status
method_datetime(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
		struct jp_list *found)
{
	const struct jsonpath_host *host = x->run->host;
	struct jp_item item = { .type = 0 };
	struct err e = { 0 };
	const char *s;
	size_t len;
	int rc;

	if (!jp_is(in, JSON_STRING))
		return jp_fail(x, ERR_INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
			       "jsonpath item method .%s() can only be applied to a string",
			       "datetime");
	jp_string(x, in, &s, &len);
	if (host == NULL || host->datetime == NULL)
		rc = err_unsupported(&e, "the jsonpath method .datetime() here", NULL);
	else
		rc = host->datetime(host->self, s, len, n->left != NULL ? n->left->str : NULL,
				    n->left != NULL ? n->left->len : 0, &item.type, &item.t,
				    &item.zone, &e);
	return rc != ERR_OK ? jp_fail_set(x, &e) : jp_next_item(x, n, &item, found);
}

static const struct timezone *
zone_of(const struct jp_exec *x)
{
	return x->run->tz != NULL ? x->run->tz : tz_utc;
}

/* Dates and timestamps of all kinds as moments; local ones need the session's zone. */
static bool
moment(struct jp_exec *x, const struct jp_item *v, int64_t *ret)
{
	struct err e = { 0 };
	int64_t t = v->t;

	if (v->type == OID_DATE && date_to_timestamp(v->t, &t, &e) != ERR_OK)
		return false;
	if (v->type == OID_TIMESTAMPTZ)
		*ret = t;
	else
		return timestamp_to_utc(t, zone_of(x), ret, &e) == ERR_OK;
	return true;
}

static bool
is_time(const struct jp_item *v)
{
	return v->type == OID_TIME || v->type == OID_TIMETZ;
}
static bool
is_zoned(const struct jp_item *v)
{
	return v->type == OID_TIMETZ || v->type == OID_TIMESTAMPTZ;
}

int
jp_cmp_datetime(struct jp_exec *x, const struct jp_item *a, const struct jp_item *b)
{
	int64_t t = a->t, u = b->t;
	struct err e = { 0 };

	if (is_time(a) != is_time(b))
		return 2;
	if (is_zoned(a) != is_zoned(b) && !x->run->tz_allowed) {
		const struct jp_item *local = is_zoned(a) ? b : a, *zoned = is_zoned(a) ? a : b;
		x->fatal = true;
		(void) err_set(x->e, ERR_FEATURE_NOT_SUPPORTED,
			       "cannot convert value from %s to %s without time zone usage",
			       type_builtin(local->type)->name, type_builtin(zoned->type)->name);
		(void) err_hint(x->e, "Use *_tz() function for time zone support.");
		return 3;
	}
	if (is_time(a) && (is_zoned(a) || is_zoned(b))) {
		struct timetz v = is_zoned(a) ? (struct timetz){ t, a->zone }
					      : time_to_timetz(t, zone_of(x), clock_now());
		struct timetz w = is_zoned(b) ? (struct timetz){ u, b->zone }
					      : time_to_timetz(u, zone_of(x), clock_now());
		return timetz_cmp(v, w);
	}
	if (is_zoned(a) || is_zoned(b)) {
		if (!moment(x, a, &t) || !moment(x, b, &u))
			return 2;
	} else if (a->type != b->type) {
		if ((a->type == OID_DATE && date_to_timestamp(t, &t, &e) != ERR_OK) ||
		    (b->type == OID_DATE && date_to_timestamp(u, &u, &e) != ERR_OK))
			return 2;
	}
	return t < u ? -1 : t > u;
}

enum jp_status
jp_eval_method(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	       struct jp_list *found, bool unwrap)
{
	if (n->kind == JP_TYPE)
		return method_type(x, n, in, found);
	if (n->kind == JP_SIZE)
		return method_size(x, n, in, found);
	if (unwrap && jp_is(in, JSON_ARRAY))
		return jp_eval_elements(x, n, in, found, false);
	switch (n->kind) {
	case JP_DOUBLE:
		return method_double(x, n, in, found);
	case JP_DATETIME:
		return method_datetime(x, n, in, found);
	case JP_KEYVALUE:
		return method_keyvalue(x, n, in, found);
	default:
		return method_number(x, n, in, found);
	}
}
