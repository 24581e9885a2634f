/* value.c - JSON values as typed constants.
 *
 * A string is read by the type's own input function, so dates, uuids, enums and decimals are
 * written as SQL would take them; numbers and booleans only where the type is one. */
#include "config.h"
#include "translate/graph/request.h"

#include "translate/graph/cache.h"

struct expr *
text_const(struct request *r, const char *s, size_t len)
{
	struct expr *x = expr_const(r->arena, type_builtin(OID_TEXT), datum_bytes(bytes_make(r->arena, s, len)));

	x->collation = type_builtin(OID_TEXT)->collatable ? 100 : 0;
	return x;
}

struct expr *
jsonb_const(struct request *r, const struct json_node *n)
{
	return expr_const(r->arena, type_builtin(OID_JSONB), datum_bytes(jsonb_from_node(r->arena, (struct json_node *) n)));
}

static void *
wrong_kind(struct request *r, const struct at_path *p, const struct type *t, const char *got)
{
	(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a value of type %s cannot be written as a JSON %s",
	                     type_sql_name(t), got);
	return NULL;
}

static bool
takes_number(const struct type *t)
{
	const struct type *b = base_type(t, NULL);

	return b->category == 'N';
}

static struct expr *
read_text(struct request *r, const struct at_path *p, const char *s, size_t len, const struct type *t, int32_t typmod)
{
	struct type_env env = *r->b->env->type;
	union datum d;

	r->once |= base_type(t, NULL)->category == 'D';         /* read by the session's time zone, 'now' by its clock */
	env.arena = r->arena;
	if (t->ops->in(t, &env, s, len, typmod, &d, r->b->e) != ERR_OK) {
		(void) err_detail(r->b->e, "At %s of the request.", path_text(r, p));
		return NULL;
	}
	struct expr *x = expr_const(r->arena, t, d);
	x->collation = t->collatable ? 100 : 0;
	return x;
}

/* An array type from a JSON array: element by element through the array's own text form. */
static struct expr *
read_array(struct request *r, const struct at_path *p, const struct json_node *n, const struct type *t, int32_t typmod)
{
	struct expr *x = expr_new(r->arena, EXPR_ARRAY, t, n->n);
	int i = 0;

	for (const struct json_node *m = n->child; m != NULL; m = m->next, i++) {
		struct at_path at = { p, NULL, i };
		x->args[i] = json_value(r, &at, m, t->elem, typmod);
		if (x->args[i] == NULL)
			return NULL;
	}
	return x;
}

/* {"param": x} as a parameter of the plan.  A null may mean another plan: not here. */
static struct expr *
plan_param(struct request *r, const struct json_node *n, const struct type *t, int32_t typmod)
{
	const struct json_node *v = r->params == NULL || n->child->kind != JSON_STRING ? NULL : json_member(r->params, n->child->str);

	if (v == NULL || v->kind == JSON_NULL || v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		return NULL;
	struct graph_param *g = ARENA_NEW(r->arena, struct graph_param);
	*g = (struct graph_param) { n->child->str, t, typmod };
	list_push(&r->plan_params, r->arena, g);
	struct expr *x = expr_new(r->arena, EXPR_PARAM, t, 0);
	x->number = r->plan_params.n;
	x->typmod = -1;
	x->collation = t->collatable ? 100 : 0;
	return x;
}

struct expr *
json_value(struct request *r, const struct at_path *p, const struct json_node *n, const struct type *t, int32_t typmod)
{
	if (r->keep_params && is_param(n)) {
		struct expr *x = plan_param(r, n, t, typmod);
		if (x != NULL)
			return x;
	}
	n = value_node(r, p, n);
	if (n == NULL)
		return NULL;
	if (t->oid == OID_JSONB)
		return jsonb_const(r, n);
	if (t->oid == OID_JSON) {
		const struct bytes *b = jsonb_from_node(r->arena, (struct json_node *) n);
		return expr_const(r->arena, t, datum_bytes(b));
	}
	switch (n->kind) {
	case JSON_NULL:
		return expr_null(r->arena, t);
	case JSON_STRING:
		return read_text(r, p, n->str, n->len, t, typmod);
	case JSON_NUMBER:
		return takes_number(t) ? read_text(r, p, n->str, n->len, t, typmod) : wrong_kind(r, p, t, "number");
	case JSON_TRUE:
	case JSON_FALSE:
		if (base_type(t, NULL)->oid != OID_BOOL)
			return wrong_kind(r, p, t, "boolean");
		return expr_const(r->arena, t, datum_int(n->kind == JSON_TRUE));
	case JSON_ARRAY:
		return type_is_array(t) ? read_array(r, p, n, t, typmod) : wrong_kind(r, p, t, "array");
	default:
		return wrong_kind(r, p, t, "object");
	}
}
