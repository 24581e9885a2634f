/* jsonpath_run.c - running a path: accessors, and the entry points.
 *
 * In lax mode arrays are unwrapped and values wrapped where an accessor wants the other, and
 * what is not there is silently nothing; strict mode tells of both.
 *
 * Not here: predicates (jsonpath_pred.c), methods and arithmetic (jsonpath_method.c). */
#include "config.h"
#include "core/type/jsonpath_run.h"

#include <limits.h>

enum jp_status
jp_fail(struct jp_exec *x, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!x->quiet) {
		va_start(ap, fmt);
		(void) err_setv(x->e, code, fmt, ap);
		va_end(ap);
	}
	return JP_FAILED;
}

enum jp_status
jp_fail_set(struct jp_exec *x, struct err *e)
{
	if (!x->quiet && x->e->code == ERR_OK)
		*x->e = *e;
	return JP_FAILED;
}

enum json_kind
jp_kind(const struct jp_item *v)
{
	return json_kind(v->v);
}

struct jp_item
jp_json(const char *p, size_t len)
{
	return (struct jp_item) { .v = { p, len } };
}

struct jp_item
jp_text(struct jp_exec *x, const char *s, size_t len)
{
	struct strbuf b;

	strbuf_init(&b, x->a);
	json_put_string(&b, s, len);
	return jp_json(b.data, b.len);
}

struct jp_item
jp_number(struct jp_exec *x, numeric_t n)
{
	char *text = numeric_text(n, x->a);

	return jp_json(text, strlen(text));
}

numeric_t
jp_numeric(struct jp_exec *x, const struct jp_item *v)
{
	numeric_t n;
	struct err e = { 0 };

	return numeric_parse(x->a, v->v.p, v->v.len, -1, &n, &e) == ERR_OK ? n : numeric_nan(x->a);
}

void
jp_string(struct jp_exec *x, const struct jp_item *v, const char **ret, size_t *ret_len)
{
	if (memchr(v->v.p, '\\', v->v.len) == NULL) {
		*ret = v->v.p + 1;
		*ret_len = v->v.len - 2;
		return;
	}
	struct strbuf b;
	strbuf_init(&b, x->a);
	json_unescape(v->v.p, v->v.len, &b);
	*ret = b.data;
	*ret_len = b.len;
}

void
jp_list_add(struct jp_exec *x, struct jp_list *l, const struct jp_item *v)
{
	if (l->n == l->cap) {
		int cap = l->cap == 0 ? 8 : l->cap * 2;
		struct jp_item *at = arena_alloc(x->a, sizeof *at * (size_t) cap);
		if (l->n != 0)
			memcpy(at, l->at, sizeof *at * (size_t) l->n);
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = *v;
}

enum jp_status
jp_next_item(struct jp_exec *x, const struct jp_node *n, const struct jp_item *v,
	     struct jp_list *found)
{
	if (n != NULL && n->next != NULL)
		return jp_eval(x, n->next, v, found);
	if (found != NULL)
		jp_list_add(x, found, v);
	return JP_OK;
}

/* Is the search over: an error, or a first result when no more is asked? */
static bool
done(enum jp_status s, const struct jp_list *found)
{
	return s == JP_FAILED || (s == JP_OK && found == NULL);
}

/* Members or elements of `in` at depths first..last (1: its own), each through n. */
static enum jp_status
eval_any(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	 struct jp_list *found, uint32_t level, uint32_t first, uint32_t last,
	 bool ignore_structure, bool unwrap)
{
	enum jp_status rc = JP_NOT_FOUND;
	struct json_iter it = json_iter(in->v);
	struct json_val v;

	if (level > last)
		return JP_NOT_FOUND;
	while (json_next(&it, NULL, &v)) {
		struct jp_item item = jp_json(v.p, v.len);
		bool nested = json_kind(v) >= JSON_ARRAY;
		if (level >= first ||
		    (first == JP_LEVEL_LAST && last == JP_LEVEL_LAST && !nested)) {
			if (n != NULL) {
				bool saved = x->ignore_structure;
				x->ignore_structure |= ignore_structure;
				rc = jp_eval_with(x, n, &item, found, unwrap);
				x->ignore_structure = saved;
				if (done(rc, found))
					return rc;
			} else if (found != NULL) {
				jp_list_add(x, found, &item);
				rc = JP_OK;
			} else {
				return JP_OK;
			}
		}
		if (level < last && nested) {
			rc = eval_any(x, n, &item, found, level + 1, first, last, ignore_structure,
				      unwrap);
			if (done(rc, found))
				return rc;
		}
	}
	return rc;
}

enum jp_status
jp_eval_elements(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
		 struct jp_list *found, bool unwrap)
{
	return eval_any(x, n, in, found, 1, 1, 1, false, unwrap);
}

static enum jp_status
structural(struct jp_exec *x, enum err_code code, const char *text)
{
	return x->ignore_structure ? JP_NOT_FOUND : jp_fail(x, code, "%s", text);
}

/* ---- Accessors */

static enum jp_status
eval_key(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	 struct jp_list *found, bool unwrap)
{
	if (jp_is(in, JSON_OBJECT)) {
		struct json_val v = json_get(in->v, n->str, n->len);
		if (v.p != NULL) {
			struct jp_item item = jp_json(v.p, v.len);
			return jp_next_item(x, n, &item, found);
		}
		if (x->ignore_structure)
			return JP_NOT_FOUND;
		return jp_fail(x, ERR_SQL_JSON_MEMBER_NOT_FOUND,
			       "JSON object does not contain key \"%s\"", n->str);
	}
	if (unwrap && jp_is(in, JSON_ARRAY))
		return jp_eval_elements(x, n, in, found, false);
	return structural(x, ERR_SQL_JSON_MEMBER_NOT_FOUND,
			  "jsonpath member accessor can only be applied to an object");
}

static enum jp_status
eval_any_key(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	     struct jp_list *found, bool unwrap)
{
	if (jp_is(in, JSON_OBJECT))
		return eval_any(x, n->next, in, found, 1, 1, 1, false, x->lax);
	if (unwrap && jp_is(in, JSON_ARRAY))
		return jp_eval_elements(x, n, in, found, false);
	return structural(x, ERR_SQL_JSON_OBJECT_NOT_FOUND,
			  "jsonpath wildcard member accessor can only be applied to an object");
}

static enum jp_status
eval_any_array(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	       struct jp_list *found)
{
	if (jp_is(in, JSON_ARRAY))
		return eval_any(x, n->next, in, found, 1, 1, 1, false, x->lax);
	if (x->lax)
		return jp_next_item(x, n, in, found);
	return structural(x, ERR_SQL_JSON_ARRAY_NOT_FOUND,
			  "jsonpath wildcard array accessor can only be applied to an array");
}

static enum jp_status
eval_subscript(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in, int64_t *ret)
{
	struct jp_list l = { 0 };
	numeric_t v;
	struct err e = { 0 };

	enum jp_status rc = jp_eval(x, n, in, &l);
	if (rc == JP_FAILED)
		return rc;
	if (l.n != 1 || !jp_is(&l.at[0], JSON_NUMBER))
		return jp_fail(x, ERR_INVALID_SQL_JSON_SUBSCRIPT,
			       "jsonpath array subscript is not a single numeric value");
	if (numeric_trunc(x->a, jp_numeric(x, &l.at[0]), 0, &v, &e) != ERR_OK ||
	    !numeric_to_int64(v, ret) || *ret < INT_MIN || *ret > INT_MAX)
		return jp_fail(x, ERR_INVALID_SQL_JSON_SUBSCRIPT,
			       "jsonpath array subscript is out of integer range");
	return JP_OK;
}

static enum jp_status
eval_range(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in, int64_t from,
	   int64_t to, struct jp_list *found)
{
	enum jp_status rc = JP_NOT_FOUND;
	struct json_iter it = json_iter(in->v);
	struct json_val v;

	if (!jp_is(in, JSON_ARRAY))
		return from <= to ? jp_next_item(x, n, in, found) : JP_NOT_FOUND;
	for (int64_t i = 0; i <= to && json_next(&it, NULL, &v); i++) {
		if (i < from)
			continue;
		struct jp_item item = jp_json(v.p, v.len);
		rc = jp_next_item(x, n, &item, found);
		if (done(rc, found))
			return rc;
	}
	return rc;
}

static enum jp_status
eval_index(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	   struct jp_list *found)
{
	enum jp_status rc = JP_NOT_FOUND;
	bool array = jp_is(in, JSON_ARRAY);

	if (!array && !x->lax)
		return structural(x, ERR_SQL_JSON_ARRAY_NOT_FOUND,
				  "jsonpath array accessor can only be applied to an array");
	int64_t size = array ? json_count(in->v) : 1, saved = x->last;
	x->last = size - 1;
	for (int i = 0; i < n->nsubs; i++) {
		int64_t from = 0, to;
		rc = eval_subscript(x, n->subs[2 * i], in, &from);
		to = from;
		if (rc == JP_OK && n->subs[2 * i + 1] != NULL)
			rc = eval_subscript(x, n->subs[2 * i + 1], in, &to);
		if (rc == JP_FAILED)
			break;
		if (!x->ignore_structure && (from < 0 || from > to || to >= size)) {
			rc = jp_fail(x, ERR_INVALID_SQL_JSON_SUBSCRIPT,
				     "jsonpath array subscript is out of bounds");
			break;
		}
		rc = eval_range(x, n, in, from < 0 ? 0 : from, to >= size ? size - 1 : to, found);
		if (done(rc, found))
			break;
	}
	x->last = saved;
	return rc;
}

/* ** with its levels */
static enum jp_status
eval_levels(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	    struct jp_list *found)
{
	enum jp_status rc = JP_NOT_FOUND;

	if (n->first == 0) {
		bool saved = x->ignore_structure;
		x->ignore_structure = true;
		rc = jp_next_item(x, n, in, found);
		x->ignore_structure = saved;
		if (done(rc, found))
			return rc;
	}
	if (in->type == 0 && jp_kind(in) >= JSON_ARRAY)
		rc = eval_any(x, n->next, in, found, 1, n->first, n->last, true, x->lax);
	return rc;
}

static enum jp_status
eval_filter(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	    struct jp_list *found, bool unwrap)
{
	if (unwrap && jp_is(in, JSON_ARRAY))
		return jp_eval_elements(x, n, in, found, false);
	const struct jp_item *saved = x->current;
	x->current = in;
	enum jp_bool b = jp_eval_bool(x, n->left, in);
	x->current = saved;
	if (x->fatal)
		return JP_FAILED;
	return b == JP_TRUE ? jp_next_item(x, n, in, found) : JP_NOT_FOUND;
}

static enum jp_status
eval_variable(struct jp_exec *x, const struct jp_node *n, struct jp_list *found)
{
	struct json_val v = { NULL, 0 };

	if (x->run->vars.p != NULL)
		v = json_get(x->run->vars, n->str, n->len);
	if (v.p == NULL) {
		x->fatal = true;
		(void) err_set(x->e, ERR_UNDEFINED_OBJECT,
			       "could not find jsonpath variable \"%s\"", n->str);
		return JP_FAILED;
	}
	struct jp_item item = jp_json(v.p, v.len);
	return jp_next_item(x, n, &item, found);
}

static enum jp_status
eval_predicate(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	       struct jp_list *found)
{
	enum jp_bool b = jp_eval_bool(x, n, in);

	if (x->fatal)
		return JP_FAILED;
	if (n->next == NULL && found == NULL)
		return JP_OK;
	struct jp_item item = b == JP_TRUE    ? jp_json("true", 4)
			      : b == JP_FALSE ? jp_json("false", 5)
					      : jp_json("null", 4);
	return jp_next_item(x, n, &item, found);
}

enum jp_status
jp_eval_with(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
	     struct jp_list *found, bool unwrap)
{
	struct jp_item item;

	switch (n->kind) {
	case JP_NULL: case JP_STRING: case JP_NUMERIC: case JP_BOOL:
		item = jp_json(n->v.p, n->v.len);
		return jp_next_item(x, n, &item, found);
	case JP_VARIABLE:
		return eval_variable(x, n, found);
	case JP_ROOT:
		item = jp_json(x->run->root.p, x->run->root.len);
		return jp_next_item(x, n, &item, found);
	case JP_CURRENT:
		return jp_next_item(x, n, x->current, found);
	case JP_LAST:
		item = jp_number(x, numeric_from_int(x->a, x->last));
		return jp_next_item(x, n, &item, found);
	case JP_KEY:
		return eval_key(x, n, in, found, unwrap);
	case JP_ANY_KEY:
		return eval_any_key(x, n, in, found, unwrap);
	case JP_ANY_ARRAY:
		return eval_any_array(x, n, in, found);
	case JP_INDEX:
		return eval_index(x, n, in, found);
	case JP_ANY:
		return eval_levels(x, n, in, found);
	case JP_FILTER:
		return eval_filter(x, n, in, found, unwrap);
	case JP_ADD:
	case JP_SUB:
	case JP_MUL:
	case JP_DIV:
	case JP_MOD:
	case JP_PLUS:
	case JP_MINUS:
		return jp_eval_arith(x, n, in, found);
	case JP_TYPE: case JP_SIZE: case JP_ABS: case JP_FLOOR: case JP_CEILING: case JP_DOUBLE:
	case JP_DATETIME: case JP_KEYVALUE:
		return jp_eval_method(x, n, in, found, unwrap);
	default:
		return eval_predicate(x, n, in, found);
	}
}

enum jp_status
jp_eval(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in, struct jp_list *found)
{
	return jp_eval_with(x, n, in, found, x->lax);
}

enum jp_status
jp_eval_list(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in, bool unwrap,
	     struct jp_list *found)
{
	struct jp_list all = { 0 };

	if (!unwrap || !x->lax)
		return jp_eval(x, n, in, found);
	enum jp_status rc = jp_eval(x, n, in, &all);
	if (rc == JP_FAILED)
		return rc;
	for (int i = 0; i < all.n; i++) {
		if (jp_is(&all.at[i], JSON_ARRAY))
			(void) jp_eval_elements(x, NULL, &all.at[i], found, false);
		else
			jp_list_add(x, found, &all.at[i]);
	}
	return JP_OK;
}

enum jp_status
jp_eval_list_quiet(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
		   bool unwrap, struct jp_list *found)
{
	bool saved = x->quiet;

	x->quiet = true;
	enum jp_status rc =
		found != NULL ? jp_eval_list(x, n, in, unwrap, found) : jp_eval(x, n, in, NULL);
	x->quiet = saved;
	return rc;
}

/* ---- Entry points */

static int
start(const struct jsonpath *p, const struct jsonpath_run *run, struct jp_list *found,
      enum jp_status *ret, struct err *e)
{
	struct jp_item root = jp_json(run->root.p, run->root.len);
	struct jp_exec x = {
		.run = run, .a = run->arena, .lax = !p->strict, .ignore_structure = !p->strict,
		.quiet = run->silent, .current = &root, .last = -1, .e = e,
	};

	if (run->vars.p != NULL && json_kind(run->vars) != JSON_OBJECT) {
		(void) err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "\"vars\" argument is not an object");
		return err_detail(e, "Jsonpath parameters should be encoded as key-value pairs of "
				     "\"vars\" object.");
	}
	*ret = jp_eval(&x, p->root, &root, found);
	return *ret == JP_FAILED && (x.fatal || !run->silent) ? e->code : ERR_OK;
}

static void
put_datetime(const struct jp_item *v, const struct timezone *tz, struct strbuf *to)
{
	strbuf_putc(to, '"');
	if (v->type == OID_TIMETZ)
		timetz_put_xsd((struct timetz) { v->t, v->zone }, to);
	else if (v->type == OID_TIME)
		time_put(v->t, to);
	else if (v->type == OID_TIMESTAMPTZ && v->zone != 0)
		datetime_put_json(v->type, v->t, tz_fixed(-v->zone), to);
	else
		datetime_put_json(v->type, v->t, v->type == OID_TIMESTAMPTZ ? tz_utc : tz, to);
	strbuf_putc(to, '"');
}

int
jsonpath_query(const struct jsonpath *p, const struct jsonpath_run *run,
	       struct jsonpath_result *ret, struct err *e)
{
	struct jp_list found = { 0 };
	enum jp_status status = JP_OK;
	struct jsonpath_result r = { 0 };

	int rc = start(p, run, &found, &status, e);
	if (rc != ERR_OK)
		return rc;
	r.failed = status == JP_FAILED;
	r.items = arena_alloc(run->arena, sizeof *r.items * (size_t) (found.n + 1));
	for (int i = 0; i < found.n; i++) {
		struct json_val v = found.at[i].v;
		if (found.at[i].type != 0) {
			struct strbuf b;
			strbuf_init(&b, run->arena);
			put_datetime(&found.at[i], run->tz, &b);
			v = (struct json_val) { b.data, b.len };
		}
		r.items[r.n++] = v;
	}
	r.cap = found.n + 1;
	*ret = r;
	return ERR_OK;
}

int
jsonpath_exists(const struct jsonpath *p, const struct jsonpath_run *run, bool *ret, bool *ret_null,
		struct err *e)
{
	struct jp_list found = { 0 };
	enum jp_status status = JP_OK;

	/* strict: every value must be met, or an error may be missed */
	int rc = start(p, run, p->strict ? &found : NULL, &status, e);
	if (rc != ERR_OK)
		return rc;
	*ret_null = status == JP_FAILED;
	*ret = p->strict ? found.n > 0 : status == JP_OK;
	return ERR_OK;
}

int
jsonpath_match(const struct jsonpath *p, const struct jsonpath_run *run, bool *ret, bool *ret_null,
	       struct err *e)
{
	struct jp_list found = { 0 };
	enum jp_status status = JP_OK;

	int rc = start(p, run, &found, &status, e);
	if (rc != ERR_OK)
		return rc;
	enum json_kind kind = status != JP_FAILED && found.n == 1 && found.at[0].type == 0
				      ? jp_kind(&found.at[0])
				      : JSON_OBJECT;
	*ret_null = kind != JSON_TRUE && kind != JSON_FALSE;
	*ret = kind == JSON_TRUE;
	if (*ret_null && kind != JSON_NULL && !run->silent)
		return err_set(e, ERR_SINGLETON_SQL_JSON_ITEM_REQUIRED,
			       "single boolean result is expected");
	return ERR_OK;
}
