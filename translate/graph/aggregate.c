/* aggregate.c - aggregate, group_by and having: numbers in place of rows. */
#include "config.h"
#include "translate/graph/request.h"

struct named { const char *name; struct expr *expr; };

static const struct { const char *key, *func; } aggregates[] = {
	{ "count", "count" }, { "count_distinct", "count" }, { "sum", "sum" }, { "avg", "avg" }, { "min", "min" }, { "max", "max" },
	{ "bool_and", "bool_and" }, { "bool_or", "bool_or" }, { "array_agg", "array_agg" }, { "string_agg", "string_agg" },
};

static int
unknown_aggregate(struct request *r, const struct at_path *p, const char *key)
{
	const char *names[ARRAY_LEN(aggregates) + 2];

	for (size_t i = 0; i < ARRAY_LEN(aggregates); i++)
		names[i] = aggregates[i].key;
	names[ARRAY_LEN(aggregates)] = "percentile";
	names[ARRAY_LEN(aggregates) + 1] = NULL;
	return unknown_key(r, p, key, names);
}

static struct expr *
percentile(struct glevel *l, const struct at_path *p, const struct json_node *n)
{
	struct request *r = l->q;

	if (n->kind != JSON_ARRAY || n->n != 2 || n->child->kind != JSON_STRING || n->child->next->kind != JSON_NUMBER) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"percentile\" takes [field, fraction]");
		return NULL;
	}
	struct expr *x = level_path(l, p, n->child->str);
	struct expr *f = x == NULL ? NULL : json_value(r, p, n->child->next, type_builtin(OID_FLOAT8), -1);
	x = f == NULL ? NULL : coerce_to(r->b, x, type_builtin(OID_FLOAT8), -1, COERCE_EXPLICIT, 'i', 0);
	const struct func *const *all;
	int count = func_candidates("percentile_cont", &all);
	if (x == NULL || count == 0)
		return r->b->e->code != ERR_OK ? NULL : (request_error(r, p, ERR_DATATYPE_MISMATCH, "percentile needs a number"), NULL);
	for (int i = 0; i < count; i++) {
		if (all[i]->ret != OID_FLOAT8)
			continue;
		struct expr *a = expr_new(r->arena, EXPR_AGG, type_builtin(OID_FLOAT8), 1);
		struct sort_key *k = ARENA_NEW(r->arena, struct sort_key);
		a->func = all[i];
		a->args[0] = x;
		k->expr = x;
		list_push(&a->agg_order, r->arena, k);
		list_push(&a->agg_direct, r->arena, f);
		return a;
	}
	return NULL;
}

static struct expr *
one_aggregate(struct glevel *l, const struct at_path *p, const struct json_node *n)
{
	struct request *r = l->q;
	struct expr *args[2], *a;
	size_t i = 0;
	int nargs = 1;

	if (strcmp(n->key, "percentile") == 0)
		return percentile(l, p, n);
	while (i < ARRAY_LEN(aggregates) && strcmp(aggregates[i].key, n->key) != 0)
		i++;
	if (i == ARRAY_LEN(aggregates)) {
		(void) unknown_aggregate(r, p, n->key);
		return NULL;
	}
	if (n->kind != JSON_STRING) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "an aggregate names a field or \"*\"");
		return NULL;
	}
	if (strcmp(n->str, "*") == 0 && strcmp(n->key, "count") == 0) {
		a = make_call(r->b, "count", 0, NULL, 0);
		if (a != NULL)
			a->agg_star = true;
		return a;
	}
	args[0] = level_path(l, p, n->str);
	if (args[0] == NULL)
		return NULL;
	if (strcmp(n->key, "string_agg") == 0) {
		args[0] = coerce_to(r->b, args[0], type_builtin(OID_TEXT), -1, COERCE_EXPLICIT, 'i', 0);
		args[1] = text_const(r, ", ", 2);
		nargs = 2;
	}
	a = args[0] == NULL ? NULL : make_call(r->b, aggregates[i].func, nargs, args, 0);
	if (a != NULL && strcmp(n->key, "count_distinct") == 0)
		a->agg_distinct = true;
	return a;
}

/* A field, {"alias": "field"} or {"alias": {"date_trunc": [unit, field]}}. */
static struct expr *
group_expr(struct glevel *l, const struct at_path *p, const struct json_node *n, const char **ret_name)
{
	struct request *r = l->q;

	if (n->kind == JSON_STRING) {
		*ret_name = n->str;
		return level_path(l, p, n->str);
	}
	if (n->kind != JSON_OBJECT || n->n != 1) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a group is a field or {\"alias\": ...}");
		return NULL;
	}
	const struct json_node *v = n->child, *t = v->kind == JSON_OBJECT ? json_member(v, "date_trunc") : v;
	*ret_name = n->child->key;
	if (v->kind == JSON_STRING)
		return level_path(l, p, v->str);
	if (strcmp(v->key, "date_trunc") == 0 && v->kind == JSON_ARRAY) {
		t = v;
		*ret_name = "date_trunc";
	}
	if (t == NULL || t->kind != JSON_ARRAY || t->n != 2 || t->child->kind != JSON_STRING || t->child->next->kind != JSON_STRING) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"date_trunc\" takes [unit, field]");
		return NULL;
	}
	struct expr *args[2] = { text_const(r, t->child->str, t->child->len), level_path(l, p, t->child->next->str) };
	return args[1] == NULL ? NULL : make_call(r->b, "date_trunc", 2, args, 0);
}

static struct expr *
find_named(const struct list *l, const char *name)
{
	for (int i = 0; i < l->n; i++)
		if (strcmp(LIST_AT(struct named, l, i)->name, name) == 0)
			return LIST_AT(struct named, l, i)->expr;
	return NULL;
}

static int
add_named(struct request *r, const struct at_path *p, struct list *to, const char *name, struct expr *x)
{
	if (x == NULL)
		return r->b->e->code;
	if (find_named(to, name) != NULL)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "the result has two keys \"%s\"", name);
	struct named *n = ARENA_NEW(r->arena, struct named);
	*n = (struct named) { name, x };
	list_push(to, r->arena, n);
	return ERR_OK;
}

static int
bind_groups(struct glevel *l, const struct at_path *p, const struct json_node *o, struct list *to)
{
	const struct json_node *g = json_member(o, "group_by");
	struct at_path at = { p, "group_by", 0 };
	int i = 0, rc = ERR_OK;

	if (g == NULL)
		return ERR_OK;
	if (g->kind != JSON_ARRAY)
		return request_error(l->q, &at, ERR_INVALID_PARAMETER_VALUE, "\"group_by\" must be an array");
	for (const struct json_node *n = g->child; n != NULL && rc == ERR_OK; n = n->next, i++) {
		struct at_path one = { &at, NULL, i };
		const char *name = NULL;
		struct expr *x = group_expr(l, &one, n, &name);
		rc = add_named(l->q, &one, to, name, x);
		if (rc == ERR_OK)
			list_push(&l->query->group_by, l->q->arena, x);
	}
	return rc;
}

/* having: tests over the aliases, in the form of where's field tests. */
static int
bind_having(struct glevel *l, const struct at_path *p, const struct json_node *o, const struct list *names)
{
	struct request *r = l->q;
	const struct json_node *h = json_member(o, "having");
	struct at_path at = { p, "having", 0 };

	if (h == NULL)
		return ERR_OK;
	if (h->kind != JSON_OBJECT)
		return request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "\"having\" must be an object");
	for (const struct json_node *n = h->child; n != NULL; n = n->next) {
		struct at_path one = { &at, n->key, 0 };
		struct expr *x = find_named(names, n->key);
		if (x == NULL)
			return request_error(r, &one, ERR_UNDEFINED_COLUMN, "\"%s\" is not a group or aggregate of this request", n->key);
		x = bind_value_tests(l, &one, x, n);
		if (x == NULL)
			return r->b->e->code;
		l->query->having = expr_and(r->arena, l->query->having, x);
	}
	return ERR_OK;
}

static int
bind_group_order(struct glevel *l, const struct at_path *p, const struct json_node *o, const struct list *names)
{
	struct request *r = l->q;
	const struct json_node *list = json_member(o, "order_by");
	struct at_path at = { p, "order_by", 0 };

	for (const struct json_node *n = list == NULL ? NULL : list->child; n != NULL; n = n->next) {
		struct sort_key *k = ARENA_NEW(r->arena, struct sort_key);
		const char *name = n->kind == JSON_STRING ? n->str : n->kind == JSON_OBJECT && n->n > 0 ? n->child->key : "";
		k->desc = name[0] == '-' || (n->kind == JSON_OBJECT && n->n > 0 && n->child->kind == JSON_STRING && strcmp(n->child->str, "desc") == 0);
		name += name[0] == '-';
		k->nulls_first = k->desc;
		k->expr = find_named(names, name);
		if (k->expr == NULL)
			return request_error(r, &at, ERR_UNDEFINED_COLUMN, "\"%s\" is not a group or aggregate of this request", name);
		list_push(&l->query->order_by, r->arena, k);
	}
	return ERR_OK;
}

static int
group_limits(struct glevel *l, const struct at_path *p, const struct json_node *o)
{
	const struct json_node *limit = json_member(o, "limit"), *offset = json_member(o, "offset");
	int64_t v;
	int rc = ERR_OK;

	if (limit != NULL && (rc = get_int(l->q, p, limit, &v)) == ERR_OK)
		l->query->limit = expr_const(l->q->arena, type_builtin(OID_INT8), datum_int(v));
	if (rc == ERR_OK && offset != NULL && (rc = get_int(l->q, p, offset, &v)) == ERR_OK)
		l->query->offset = expr_const(l->q->arena, type_builtin(OID_INT8), datum_int(v));
	return rc;
}

int
bind_aggregate(struct glevel *l, const struct at_path *p, const struct json_node *o, struct expr **ret_object)
{
	struct request *r = l->q;
	const struct json_node *a = json_member(o, "aggregate"), *w = json_member(o, "where");
	struct at_path at = { p, "aggregate", 0 }, where = { p, "where", 0 };
	struct list names = { 0 };
	int rc = ERR_OK;

	if (a->kind != JSON_OBJECT)
		return request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "\"aggregate\" must be an object");
	if (json_member(o, "fields") != NULL || json_member(o, "include") != NULL)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"aggregate\" excludes \"fields\" and \"include\"");
	if (w != NULL) {
		struct expr *x = bind_filter(l, &where, w);
		if (x == NULL)
			return r->b->e->code;
		l->query->where = expr_and(r->arena, l->query->where, x);
	}
	rc = bind_groups(l, p, o, &names);
	for (const struct json_node *n = a->child; n != NULL && rc == ERR_OK; n = n->next) {
		struct at_path one = { &at, n->key, 0 };
		if (n->kind != JSON_OBJECT || n->n != 1)
			return request_error(r, &one, ERR_INVALID_PARAMETER_VALUE, "an aggregate is {\"function\": \"field\"}");
		rc = add_named(r, &one, &names, n->key, one_aggregate(l, &one, n->child));
	}
	l->query->has_aggs = true;
	if (rc == ERR_OK)
		rc = bind_having(l, p, o, &names);
	if (rc == ERR_OK)
		rc = bind_group_order(l, p, o, &names);
	if (rc == ERR_OK)
		rc = group_limits(l, p, o);
	if (rc != ERR_OK)
		return rc;
	struct expr *x = expr_new(r->arena, EXPR_JSON_OBJECT, type_builtin(OID_JSONB), names.n);
	x->names = ARENA_ARRAY(r->arena, const char *, names.n);
	for (int i = 0; i < names.n; i++) {
		x->names[i] = LIST_AT(struct named, &names, i)->name;
		x->args[i] = LIST_AT(struct named, &names, i)->expr;
	}
	*ret_object = x;
	return ERR_OK;
}
