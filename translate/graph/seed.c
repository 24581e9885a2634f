/* seed.c - the GraphQuery IR in JSON, turned into the graph language before it is bound.
 *
 *   {"root_entity": E, "fields": [...], "filter": {"expression": {...}}, "includes": [{"path":
 *    "a.b", ...}], "order_by": [{"field", "direction"}], "pagination": {"limit", "offset", "cursor"}}
 *
 * Values are plain or tagged ({"Int32": 5}, "Null"). */
#include "config.h"
#include "translate/graph/request.h"

bool
is_seed_query(const struct json_node *o)
{
	return json_member(o, "root_entity") != NULL;
}

static struct json_node *
put(struct request *r, struct json_node *o, const char *key, const struct json_node *value)
{
	struct json_node *n = arena_dup(r->arena, value, sizeof *value), **at = &o->child;

	n->key = key;
	n->key_len = key == NULL ? 0 : (uint32_t) strlen(key);
	n->next = NULL;
	while (*at != NULL)
		at = &(*at)->next;
	*at = n;
	o->n++;
	return n;
}

static struct json_node *
string_node(struct request *r, const char *s)
{
	struct json_node *n = json_node_new(r->arena, JSON_STRING);

	n->str = s;
	n->len = (uint32_t) strlen(s);
	return n;
}

/* {"Int32": 5} -> 5; "Null" -> null; a plain value is itself. */
static const struct json_node *
seed_value(struct request *r, const struct json_node *v)
{
	static const char *const tags[] = { "Bool", "Int32", "Int64", "Float32", "Float64", "String", "Timestamp", "Uuid", "Bytes",
		                            "Decimal", NULL };

	if (v->kind == JSON_STRING && strcmp(v->str, "Null") == 0)
		return json_node_new(r->arena, JSON_NULL);
	if (v->kind == JSON_OBJECT && v->n == 1)
		for (const char *const *t = tags; *t != NULL; t++)
			if (strcmp(v->child->key, *t) == 0)
				return v->child;
	return v;
}

static const char *
seed_field(const struct json_node *o)
{
	const struct json_node *f = o->kind == JSON_OBJECT ? json_member(o, "field") : o->kind == JSON_STRING ? o : NULL;

	return f != NULL && f->kind == JSON_STRING ? f->str : NULL;
}

static const struct { const char *seed, *key; } tests[] = {
	{ "Eq", "eq" }, { "Ne", "ne" }, { "Lt", "lt" }, { "Le", "le" }, { "Gt", "gt" }, { "Ge", "ge" },
	{ "Like", "like" }, { "NotLike", "not_like" }, { "ILike", "ilike" }, { "In", "in" }, { "NotIn", "not_in" },
	{ "IsNull", "is_null" }, { "IsNotNull", "is_null" },
};

static int seed_filter(struct request *r, const struct at_path *p, const struct json_node *x, struct json_node **ret);

static int
seed_test(struct request *r, const struct at_path *p, const struct json_node *x, size_t t, struct json_node **ret)
{
	const char *field = seed_field(x), *pattern = x->kind == JSON_OBJECT && json_member(x, "pattern") != NULL ? "pattern" : "value";
	struct json_node *o = json_node_new(r->arena, JSON_OBJECT), *test = json_node_new(r->arena, JSON_OBJECT);

	if (field == NULL)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"%s\" needs a \"field\"", tests[t].seed);
	if (strcmp(tests[t].key, "is_null") == 0) {
		put(r, test, "is_null", json_node_new(r->arena, tests[t].seed[2] == 'N' && tests[t].seed[3] == 'u' ? JSON_TRUE : JSON_FALSE));
	} else if (strcmp(tests[t].key, "in") == 0 || strcmp(tests[t].key, "not_in") == 0) {
		const struct json_node *vs = json_member(x, "values");
		struct json_node *list = json_node_new(r->arena, JSON_ARRAY);
		if (vs == NULL || vs->kind != JSON_ARRAY)
			return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"%s\" needs \"values\"", tests[t].seed);
		for (const struct json_node *v = vs->child; v != NULL; v = v->next)
			put(r, list, NULL, seed_value(r, v));
		put(r, test, tests[t].key, list);
	} else {
		const struct json_node *v = json_member(x, pattern);
		if (v == NULL)
			return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"%s\" needs a \"value\"", tests[t].seed);
		put(r, test, tests[t].key, seed_value(r, v));
	}
	put(r, o, field, test);
	*ret = o;
	return ERR_OK;
}

static int
seed_filter(struct request *r, const struct at_path *p, const struct json_node *x, struct json_node **ret)
{
	struct json_node *o = json_node_new(r->arena, JSON_OBJECT), *part;
	int rc = ERR_OK;

	if (x->kind != JSON_OBJECT || x->n != 1)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a filter expression is an object with one operator");
	const struct json_node *op = x->child;
	struct at_path at = { p, op->key, 0 };
	bool or = strcmp(op->key, "Or") == 0;
	if ((strcmp(op->key, "And") == 0 || or) && op->kind == JSON_ARRAY) {
		struct json_node *list = json_node_new(r->arena, JSON_ARRAY);
		for (const struct json_node *n = op->child; n != NULL && rc == ERR_OK; n = n->next) {
			rc = seed_filter(r, &at, n, &part);
			if (rc == ERR_OK)
				put(r, list, NULL, part);
		}
		put(r, o, or ? "or" : "and", list);
		*ret = o;
		return rc;
	}
	if (strcmp(op->key, "Not") == 0) {
		rc = seed_filter(r, &at, op, &part);
		if (rc == ERR_OK)
			put(r, o, "not", part);
		*ret = o;
		return rc;
	}
	for (size_t t = 0; t < ARRAY_LEN(tests); t++)
		if (strcmp(tests[t].seed, op->key) == 0)
			return seed_test(r, &at, op, t, ret);
	static const char *const known[] = { "Eq", "Ne", "Lt", "Le", "Gt", "Ge", "In", "NotIn", "IsNull", "IsNotNull", "Like",
		                             "NotLike", "ILike", "And", "Or", "Not", NULL };
	return unknown_key(r, p, op->key, known);
}

static int
seed_order(struct request *r, const struct at_path *p, const struct json_node *list, struct json_node *to)
{
	struct json_node *out = json_node_new(r->arena, JSON_ARRAY);

	for (const struct json_node *n = list->child; n != NULL; n = n->next) {
		const char *field = seed_field(n);
		const struct json_node *way = n->kind == JSON_OBJECT ? json_member(n, "direction") : NULL;
		if (field == NULL)
			return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "an ordering needs a \"field\"");
		bool desc = way != NULL && way->kind == JSON_STRING && (way->str[0] == 'D' || way->str[0] == 'd');
		struct json_node *o = json_node_new(r->arena, JSON_OBJECT);
		put(r, o, field, string_node(r, desc ? "desc" : "asc"));
		put(r, out, NULL, o);
	}
	put(r, to, "order_by", out);
	return ERR_OK;
}

/* What a root and an include have in common. */
static int
seed_common(struct request *r, const struct at_path *p, const struct json_node *o, struct json_node *to)
{
	const struct json_node *n;
	int rc = ERR_OK;

	if ((n = json_member(o, "fields")) != NULL && n->kind == JSON_ARRAY && n->n > 0)
		put(r, to, "fields", n);
	if ((n = json_member(o, "filter")) != NULL && n->kind == JSON_OBJECT) {
		struct json_node *where;
		const struct json_node *x = json_member(n, "expression");
		rc = seed_filter(r, p, x != NULL ? x : n, &where);
		if (rc == ERR_OK)
			put(r, to, "where", where);
	}
	if (rc == ERR_OK && (n = json_member(o, "order_by")) != NULL && n->kind == JSON_ARRAY && n->n > 0)
		rc = seed_order(r, p, n, to);
	if (rc == ERR_OK && (n = json_member(o, "pagination")) != NULL && n->kind == JSON_OBJECT) {
		static const char *const known[] = { "limit", "offset", "cursor", NULL };
		rc = check_keys(r, p, n, known);
		for (const struct json_node *m = n->child; m != NULL && rc == ERR_OK; m = m->next)
			if (m->kind != JSON_NULL)
				put(r, to, strcmp(m->key, "cursor") == 0 ? "after" : m->key, m);
	}
	return rc;
}

/* The include object at a dotted path below o; made on the way where absent. */
static struct json_node *
include_at(struct request *r, struct json_node *o, const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, ".");
		struct json_node *inc = (struct json_node *) json_member(o, "include");
		const char *key = arena_strndup(r->arena, path, len);
		if (inc == NULL)
			inc = put(r, o, "include", json_node_new(r->arena, JSON_OBJECT));
		o = (struct json_node *) json_member(inc, key);
		if (o == NULL)
			o = put(r, inc, key, json_node_new(r->arena, JSON_OBJECT));
		path += len + (path[len] == '.');
	}
	return o;
}

int
seed_query(struct request *r, const struct json_node *o, struct json_node **ret)
{
	static const char *const known[] = { "root_entity", "fields", "filter", "includes", "order_by", "pagination", NULL };
	static const char *const included[] = { "path", "fields", "filter", "order_by", "pagination", NULL };
	struct json_node *to = json_node_new(r->arena, JSON_OBJECT);
	int i = 0, rc = check_keys(r, NULL, o, known);

	if (rc != ERR_OK)
		return rc;
	put(r, to, "entity", json_member(o, "root_entity"));
	rc = seed_common(r, NULL, o, to);
	const struct json_node *list = json_member(o, "includes");
	for (const struct json_node *n = list == NULL ? NULL : list->child; n != NULL && rc == ERR_OK; n = n->next, i++) {
		struct at_path up = { NULL, "includes", 0 }, at = { &up, NULL, i };
		rc = check_keys(r, &at, n, included);
		const struct json_node *path = rc == ERR_OK ? json_member(n, "path") : NULL;
		if (rc == ERR_OK && (path == NULL || path->kind != JSON_STRING))
			rc = request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "an include needs a \"path\"");
		if (rc == ERR_OK)
			rc = seed_common(r, &at, n, include_at(r, to, path->str));
	}
	*ret = to;
	return rc;
}

/* -- Mutations: {"Insert": {"entity": E, "data": [{"field", "value"}]}} ... ------------------------------ */

static const struct { const char *seed, *key; } writes[] = {
	{ "Insert", "insert" }, { "Update", "update" }, { "Delete", "delete" }, { "Upsert", "upsert" },
};

bool
is_seed_mutation(const struct json_node *o)
{
	for (size_t i = 0; i < ARRAY_LEN(writes); i++)
		if (o->n == 1 && strcmp(o->child->key, writes[i].seed) == 0)
			return true;
	return false;
}

static int
seed_data(struct request *r, const struct at_path *p, const struct json_node *list, struct json_node **ret)
{
	struct json_node *o = json_node_new(r->arena, JSON_OBJECT);

	if (list == NULL || list->kind != JSON_ARRAY)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"data\" must be a list of fields and values");
	for (const struct json_node *n = list->child; n != NULL; n = n->next) {
		const char *field = seed_field(n);
		const struct json_node *v = n->kind == JSON_OBJECT ? json_member(n, "value") : NULL;
		if (field == NULL || v == NULL)
			return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "each of \"data\" has a \"field\" and a \"value\"");
		put(r, o, field, seed_value(r, v));
	}
	*ret = o;
	return ERR_OK;
}

int
seed_mutation(struct request *r, const struct json_node *o, struct json_node **ret)
{
	static const char *const known[] = { "entity", "id", "data", NULL };
	struct json_node *to = json_node_new(r->arena, JSON_OBJECT), *op = json_node_new(r->arena, JSON_OBJECT), *data = NULL;
	const struct json_node *w = o->child, *id = json_member(w, "id");
	struct at_path at = { NULL, w->key, 0 };
	size_t i = 0;
	int rc = check_keys(r, &at, w, known);

	while (strcmp(writes[i].seed, w->key) != 0)
		i++;
	if (rc == ERR_OK && json_member(w, "entity") == NULL)
		rc = request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "a mutation names its \"entity\"");
	if (rc == ERR_OK)
		put(r, op, "entity", json_member(w, "entity"));
	if (rc == ERR_OK && strcmp(writes[i].key, "delete") != 0) {
		rc = seed_data(r, &at, json_member(w, "data"), &data);
		if (rc == ERR_OK && strcmp(writes[i].key, "upsert") == 0 && id != NULL && id->kind != JSON_NULL)
			put(r, data, "id", seed_value(r, id));
		if (rc == ERR_OK)
			put(r, op, strcmp(writes[i].key, "update") == 0 ? "set" : "data", data);
	}
	if (rc == ERR_OK && (strcmp(writes[i].key, "update") == 0 || strcmp(writes[i].key, "delete") == 0)) {
		struct json_node *where = json_node_new(r->arena, JSON_OBJECT);
		if (id == NULL)
			return request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "\"%s\" needs an \"id\"", w->key);
		put(r, where, "id", seed_value(r, id));
		put(r, op, "where", where);
	}
	put(r, to, writes[i].key, op);
	*ret = to;
	return rc;
}
