/* mutate.c - graph_mutate(): insert, update, upsert, delete, batch, and what they return. */
#include "config.h"
#include "translate/graph/funcs.h"
#include "translate/graph/mutate.h"

#include "storage/txn.h"

/* -- UPDATE ---------------------------------------------------------------------------------------------- */

/* A value, {"inc": n}, {"mul": n}, {"append": v}, {"default": true}. */
struct expr *
set_expr(struct mutation *m, const struct at_path *p, struct range *range, const struct column *c, const struct json_node *n)
{
	struct request *r = &m->r;
	const struct json_node *op = n->kind == JSON_OBJECT && n->n == 1 ? n->child : NULL;
	struct expr *old = expr_var(m->arena, range, c->attnum), *x = NULL;
	bool json = c->type->oid == OID_JSONB || c->type->oid == OID_JSON;

	if (op != NULL && strcmp(op->key, "default") == 0) {
		x = range->query->rules->defaults[c->attnum - 1];
		return x != NULL ? x : expr_null(m->arena, c->type);
	}
	if (op != NULL && (strcmp(op->key, "inc") == 0 || strcmp(op->key, "mul") == 0) && !json) {
		x = json_value(r, p, op, c->type, -1);
		x = x == NULL ? NULL : make_op(r->b, op->key[0] == 'i' ? "+" : "*", old, x, 0);
	} else if (op != NULL && strcmp(op->key, "append") == 0) {
		bool one = type_is_array(c->type) && op->kind != JSON_ARRAY;
		x = json_value(r, p, op, one ? c->type->elem : c->type, -1);
		x = x == NULL ? NULL : make_op(r->b, "||", old, x, 0);
	} else {
		return json_value(r, p, n, c->type, c->typmod);
	}
	return x == NULL ? NULL : assign_coerce(r->b, x, c, 0);
}

static bool
is_writable(struct mutation *m, const struct at_path *p, const struct column *c)
{
	if (c->generated == 0 && c->identity != 'a')
		return true;
	(void) request_error(&m->r, p, ERR_GENERATED_ALWAYS, "column \"%s\" can only be updated to DEFAULT", c->name);
	return false;
}

/* Scalars and owned keys become assignments; the other relations wait for the rows. */
static int
collect_set(struct mutation *m, const struct at_path *p, struct glevel *l, const struct json_node *set, struct value_set *to,
            bool *ret_related)
{
	struct request *r = &m->r;
	int rc = ERR_OK;

	if (set->kind != JSON_OBJECT)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"set\" must be an object");
	for (const struct json_node *n = set->child; n != NULL && rc == ERR_OK; n = n->next) {
		struct at_path at = { p, n->key, 0 };
		const struct column *c = find_field(r, l->rel, n->key);
		const struct graph_relation *g = c != NULL ? NULL : find_relation_named(r, l->rel, n->key);
		bool nested = g != NULL && g->owns && n->kind == JSON_OBJECT && json_member(n, "update") != NULL;
		if (c != NULL)
			rc = is_writable(m, &at, c) ? value_set_put(m, &at, to, c, set_expr(m, &at, l->range, c, n)) : r->b->e->code;
		else if (g == NULL)
			rc = missing_field(r, &at, l->rel, n->key);
		else if (g->owns && !nested)
			rc = set_owned(m, &at, g, n, to, NULL);
		else
			*ret_related = true;
	}
	return rc;
}

static int
update_related(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *set,
               const struct list *rows)
{
	int rc = ERR_OK;

	for (int i = 0; i < rows->n; i++) {
		for (const struct json_node *n = set->child; n != NULL && rc == ERR_OK; n = n->next) {
			struct at_path at = { p, n->key, 0 };
			const struct graph_relation *g = find_field(&m->r, rel, n->key) != NULL ? NULL : find_relation_named(&m->r, rel, n->key);
			if (g == NULL)
				continue;
			if (!g->owns)
				rc = set_related(m, &at, g, n, rows->at[i]);
			else if (n->kind == JSON_OBJECT && json_member(n, "update") != NULL)
				rc = set_owned(m, &at, g, n, NULL, rows->at[i]);
		}
	}
	return rc;
}

static struct expr *
version_is(struct mutation *m, struct range *range, int64_t version)
{
	struct expr *v = expr_var(m->arena, range, COL_VERSION);

	return equal(&m->r, v, expr_const(m->arena, type_builtin(OID_INT8), datum_int(version)));
}

/* Rows that match but have another version: somebody was faster. */
static int
check_version(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *where, int64_t expected)
{
	struct glevel *l = write_select(m, rel);
	struct list rows = { 0 };

	if (l == NULL)
		return m->r.b->e->code;
	if (where != NULL && (l->query->where = bind_filter(l, p, where)) == NULL)
		return m->r.b->e->code;
	int rc = write_run(m, p, l->query, rel, &rows, NULL);
	if (rc != ERR_OK || rows.n == 0)
		return rc;
	(void) request_error(&m->r, p, ERR_T_R_SERIALIZATION_FAILURE, "the row of \"%s\" has changed: its version is not %lld",
	                     rel->o.name, (long long) expected);
	return err_hint(m->r.b->e, "Read the row again and repeat the change.");
}

int
update_rows(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *where,
            const struct json_node *set, struct expr *(*extra)(struct mutation *, struct glevel *, void *), void *arg,
            int64_t expected_version, struct list *rows)
{
	struct glevel *l;
	struct query *q = write_update_query(m, rel, &l);
	struct at_path w = { p, "where", 0 }, s = { p, "set", 0 };
	struct list own = { 0 };
	struct value_set to;
	bool related = false;

	if (q == NULL)
		return m->r.b->e->code;
	value_set_init(m, &to, rel);
	int rc = collect_set(m, &s, l, set, &to, &related);
	if (rc == ERR_OK && to.n == 0) {        /* nothing of the row itself changes */
		l = write_select(m, rel);
		q = l == NULL ? NULL : l->query;
	}
	if (rc != ERR_OK || q == NULL)
		return m->r.b->e->code;
	if (where != NULL && (q->where = bind_filter(l, &w, where)) == NULL)
		return m->r.b->e->code;
	if (extra != NULL) {
		struct expr *x = extra(m, l, arg);
		if (x == NULL)
			return m->r.b->e->code;
		q->where = expr_and(m->arena, q->where, x);
	}
	if (expected_version >= 0)
		q->where = expr_and(m->arena, q->where, version_is(m, l->range, expected_version));
	for (int i = 0; i < to.n; i++) {
		struct assignment *a = ARENA_NEW(m->arena, struct assignment);
		*a = (struct assignment) { to.cols[i]->attnum, to.exprs[i] };
		list_push(&q->assignments, m->arena, a);
	}
	if (rows == NULL)
		rows = &own;
	rc = write_run(m, p, q, rel, rows, NULL);
	if (rc == ERR_OK && rows->n == 0 && expected_version >= 0)
		rc = check_version(m, &w, rel, where, expected_version);
	return rc == ERR_OK && related ? update_related(m, &s, rel, set, rows) : rc;
}

/* -- Results ------------------------------------------------------------------------------------------------ */

struct returned { struct mutation *m; struct strbuf *to; bool first; };

static int
put_object(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	struct returned *r = arg;

	(void) n, (void) e;
	if (nulls[0])
		return ERR_OK;
	if (!r->first)
		strbuf_puts(r->to, ", ");
	r->first = false;
	strbuf_add(r->to, bytes_data(values[0].b), bytes_len(values[0].b));
	return ERR_OK;
}

/* One row as `returning` asks: an ordinary graph query for its key. */
static int
return_row(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *returning,
           const struct row_values *row, struct returned *to)
{
	struct json_node *o = arena_dup(m->arena, returning, sizeof *returning);
	const struct index *pk = rel->primary;
	struct expr *object;
	struct plan_stmt *plan;
	int16_t cols[INDEX_COLS_MAX];

	if (pk == NULL)
		return request_error(&m->r, p, ERR_FEATURE_NOT_SUPPORTED, "\"returning\" needs a primary key on \"%s\"", rel->o.name);
	for (int i = 0; i < pk->nkeys; i++)
		cols[i] = pk->cols[i].attnum;
	struct glevel *l = level_new(&m->r, rel, NULL, "");
	if (l == NULL)
		return m->r.b->e->code;
	int rc = bind_level(l, p, o, true, &object);
	if (rc != ERR_OK)
		return rc;
	query_add_target(m->arena, l->query, object, "object");
	struct expr *same = is_row(m, l->range, rel, pk->nkeys, cols, rel, row, cols);
	if (same == NULL)
		return m->r.b->e->code;
	l->query->where = expr_and(m->arena, l->query->where, same);
	rc = graph_plan(m->env, m->arena, l->query, &plan, m->r.b->e);
	return rc != ERR_OK ? rc : graph_run_plan(m->env, m->arena, plan, false, put_object, to, NULL, NULL, m->r.b->e);
}

static int
put_result(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *returning,
           const struct list *rows, uint64_t affected, struct strbuf *to)
{
	struct returned r = { m, to, true };
	struct at_path at = { p, "returning", 0 };
	struct json_node all = { .kind = JSON_OBJECT };
	int rc = ERR_OK;

	strbuf_printf(to, "{\"affected\": %llu, \"rows\": [", (unsigned long long) affected);
	if (returning != NULL && returning->kind == JSON_TRUE)
		returning = &all;
	for (int i = 0; returning != NULL && i < rows->n && rc == ERR_OK; i++)
		rc = return_row(m, &at, rel, returning, rows->at[i], &r);
	strbuf_puts(to, "]}");
	return rc;
}

/* -- Operations ------------------------------------------------------------------------------------------------ */

static const struct relation *
entity_of(struct mutation *m, const struct at_path *p, const struct json_node *o)
{
	const struct json_node *n = json_member(o, "entity");
	struct at_path at = { p, "entity", 0 };
	const char *name;

	if (n == NULL) {
		(void) request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "a mutation names its \"entity\"");
		return NULL;
	}
	return get_string(&m->r, &at, n, &name) != ERR_OK ? NULL : find_entity(&m->r, &at, name);
}

static int
do_insert(struct mutation *m, const struct at_path *p, const struct json_node *o, struct strbuf *to)
{
	static const char *const known[] = { "entity", "data", "returning", NULL };
	int rc = check_keys(&m->r, p, o, known), i = 0;
	const struct relation *rel = rc == ERR_OK ? entity_of(m, p, o) : NULL;
	const struct json_node *data = json_member(o, "data");
	struct at_path at = { p, "data", 0 };
	struct list rows = { 0 };

	if (rel == NULL)
		return m->r.b->e->code;
	if (data == NULL)
		return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "\"insert\" needs \"data\"");
	bool many = data->kind == JSON_ARRAY;
	for (const struct json_node *n = many ? data->child : data; n != NULL && rc == ERR_OK; n = many ? n->next : NULL, i++) {
		struct at_path one = { &at, NULL, i };
		struct row_values *row = ARENA_NEW(m->arena, struct row_values);
		rc = insert_object(m, many ? &one : &at, rel, n, NULL, row);
		list_push(&rows, m->arena, row);
	}
	return rc != ERR_OK ? rc : put_result(m, p, rel, json_member(o, "returning"), &rows, (uint64_t) rows.n, to);
}

static int
do_update(struct mutation *m, const struct at_path *p, const struct json_node *o, struct strbuf *to)
{
	static const char *const known[] = { "entity", "where", "set", "expected_version", "returning", NULL };
	int rc = check_keys(&m->r, p, o, known);
	const struct relation *rel = rc == ERR_OK ? entity_of(m, p, o) : NULL;
	const struct json_node *set = json_member(o, "set"), *v = json_member(o, "expected_version");
	struct list rows = { 0 };
	int64_t version = -1;

	if (rel == NULL)
		return m->r.b->e->code;
	if (set == NULL)
		return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "\"update\" needs \"set\"");
	if (v != NULL && (rc = get_int(&m->r, p, v, &version)) != ERR_OK)
		return rc;
	rc = update_rows(m, p, rel, json_member(o, "where"), set, NULL, NULL, version, &rows);
	return rc != ERR_OK ? rc : put_result(m, p, rel, json_member(o, "returning"), &rows, (uint64_t) rows.n, to);
}

static int
field_list(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *n, struct list *to)
{
	int rc = ERR_OK;

	if (n->kind != JSON_ARRAY)
		return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "a list of fields is expected");
	for (const struct json_node *f = n->child; f != NULL && rc == ERR_OK; f = f->next) {
		const char *name;
		rc = get_string(&m->r, p, f, &name);
		const struct column *c = rc == ERR_OK ? find_field(&m->r, rel, name) : NULL;
		if (rc == ERR_OK && c == NULL)
			rc = missing_field(&m->r, p, rel, name);
		list_push(to, m->arena, c);
	}
	return rc;
}

static bool
holds(const struct list *l, const void *x)
{
	for (int i = 0; i < l->n; i++)
		if (l->at[i] == x)
			return true;
	return false;
}

static int
upsert_one(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *n,
           const struct list *on, const struct list *update, struct list *rows)
{
	struct value_set set;
	struct list all = { 0 };
	int rc = ERR_OK;

	if (n->kind != JSON_OBJECT)
		return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "an object of fields is expected");
	value_set_init(m, &set, rel);
	for (const struct json_node *f = n->child; f != NULL && rc == ERR_OK; f = f->next) {
		struct at_path at = { p, f->key, 0 };
		const struct column *c = find_field(&m->r, rel, f->key);
		const struct graph_relation *g = c == NULL ? find_relation_named(&m->r, rel, f->key) : NULL;
		if (c != NULL)
			rc = value_set_put(m, &at, &set, c, json_value(&m->r, &at, f, c->type, c->typmod));
		else if (g != NULL && g->owns)
			rc = set_owned(m, &at, g, f, &set, NULL);
		else
			rc = g != NULL ? request_error(&m->r, &at, ERR_FEATURE_NOT_SUPPORTED, "to-many relations in an upsert")
			               : missing_field(&m->r, &at, rel, f->key);
	}
	for (int i = 0; i < set.n; i++)
		if (!holds(on, set.cols[i]))
			list_push(&all, m->arena, set.cols[i]);
	return rc != ERR_OK ? rc : write_upsert(m, p, rel, &set, on, update != NULL ? update : &all, rows);
}

static int
do_upsert(struct mutation *m, const struct at_path *p, const struct json_node *o, struct strbuf *to)
{
	static const char *const known[] = { "entity", "data", "on", "update", "returning", NULL };
	int rc = check_keys(&m->r, p, o, known), i = 0;
	const struct relation *rel = rc == ERR_OK ? entity_of(m, p, o) : NULL;
	const struct json_node *data = json_member(o, "data"), *on = json_member(o, "on"), *update = json_member(o, "update");
	struct at_path at = { p, "data", 0 }, at_on = { p, "on", 0 }, at_update = { p, "update", 0 };
	struct list rows = { 0 }, keys = { 0 }, sets = { 0 };

	if (rel == NULL)
		return m->r.b->e->code;
	if (data == NULL)
		return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "\"upsert\" needs \"data\"");
	if (on != NULL)
		rc = field_list(m, &at_on, rel, on, &keys);
	for (int k = 0; on == NULL && rel->primary != NULL && k < rel->primary->nkeys; k++)
		list_push(&keys, m->arena, &rel->cols[rel->primary->cols[k].attnum - 1]);
	if (rc == ERR_OK && update != NULL)
		rc = field_list(m, &at_update, rel, update, &sets);
	bool many = data->kind == JSON_ARRAY;
	for (const struct json_node *n = many ? data->child : data; n != NULL && rc == ERR_OK; n = many ? n->next : NULL, i++) {
		struct at_path one = { &at, NULL, i };
		rc = upsert_one(m, many ? &one : &at, rel, n, &keys, update != NULL ? &sets : NULL, &rows);
	}
	return rc != ERR_OK ? rc : put_result(m, p, rel, json_member(o, "returning"), &rows, (uint64_t) rows.n, to);
}

static int
do_delete(struct mutation *m, const struct at_path *p, const struct json_node *o, struct strbuf *to)
{
	static const char *const known[] = { "entity", "where", "expected_version", "returning", NULL };
	int rc = check_keys(&m->r, p, o, known);
	const struct relation *rel = rc == ERR_OK ? entity_of(m, p, o) : NULL;
	const struct json_node *where = json_member(o, "where"), *returning = json_member(o, "returning"), *v = json_member(o, "expected_version");
	struct at_path w = { p, "where", 0 };
	struct list rows = { 0 };
	struct glevel *l;
	int64_t version = -1;
	struct strbuf before;

	if (rel == NULL)
		return m->r.b->e->code;
	if (v != NULL && (rc = get_int(&m->r, p, v, &version)) != ERR_OK)
		return rc;
	/* What is returned is read while it is still there. */
	strbuf_init(&before, m->arena);
	if (returning != NULL) {
		l = write_select(m, rel);
		if (l == NULL || (where != NULL && (l->query->where = bind_filter(l, &w, where)) == NULL))
			return m->r.b->e->code;
		rc = write_run(m, p, l->query, rel, &rows, NULL);
		if (rc == ERR_OK)
			rc = put_result(m, p, rel, returning, &rows, (uint64_t) rows.n, &before);
	}
	struct query *q = rc == ERR_OK ? write_delete_query(m, rel, &l) : NULL;
	if (q == NULL || (where != NULL && (q->where = bind_filter(l, &w, where)) == NULL))
		return m->r.b->e->code;
	if (version >= 0)
		q->where = expr_and(m->arena, q->where, version_is(m, l->range, version));
	rows = (struct list) { 0 };
	rc = write_run(m, p, q, rel, &rows, NULL);
	if (rc == ERR_OK && rows.n == 0 && version >= 0)
		rc = check_version(m, &w, rel, where, version);
	if (rc != ERR_OK)
		return rc;
	if (returning == NULL)
		return put_result(m, p, rel, NULL, &rows, (uint64_t) rows.n, to);
	strbuf_add(to, before.data, before.len);
	return ERR_OK;
}

static const struct { const char *key; int (*run)(struct mutation *, const struct at_path *, const struct json_node *, struct strbuf *); } ops[] = {
	{ "insert", do_insert }, { "update", do_update }, { "upsert", do_upsert }, { "delete", do_delete },
};

static int
one_mutation(struct mutation *m, const struct at_path *p, const struct json_node *o, struct strbuf *to)
{
	static const char *const known[] = { "insert", "update", "upsert", "delete", "batch", "idempotency_key", NULL };
	struct json_node *native;
	int rc = ERR_OK;

	if (o->kind == JSON_OBJECT && is_seed_mutation(o)) {
		rc = seed_mutation(&m->r, o, &native);
		if (rc != ERR_OK)
			return rc;
		o = native;
	}
	rc = check_keys(&m->r, p, o, known);
	if (rc == ERR_OK && o->n != 1)
		rc = request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "a mutation is one of insert, update, upsert, delete, batch");
	if (rc != ERR_OK)
		return rc;
	struct at_path at = { p, o->child->key, 0 };
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].key, o->child->key) == 0)
			return ops[i].run(m, &at, o->child, to);
	return unknown_key(&m->r, p, o->child->key, known);
}

static int
run_mutation(struct mutation *m, const struct json_node *o, struct strbuf *to)
{
	const struct json_node *batch = o->kind == JSON_OBJECT ? json_member(o, "batch") : o->kind == JSON_ARRAY ? o : NULL;
	struct at_path at = { NULL, "batch", 0 };
	int i = 0, rc = ERR_OK;

	if (o->kind == JSON_OBJECT && json_member(o, "idempotency_key") != NULL)
		return err_unsupported(m->r.b->e, "\"idempotency_key\" in a graph mutation",
		                       "Give the rows a unique key of your own and use upsert.");
	if (batch == NULL)
		return one_mutation(m, NULL, o, to);
	if (batch->kind != JSON_ARRAY)
		return request_error(&m->r, &at, ERR_INVALID_PARAMETER_VALUE, "\"batch\" must be an array");
	strbuf_putc(to, '[');
	for (const struct json_node *n = batch->child; n != NULL && rc == ERR_OK; n = n->next, i++) {
		struct at_path one = { &at, NULL, i };
		if (i > 0)
			strbuf_puts(to, ", ");
		rc = one_mutation(m, &one, n, to);
	}
	strbuf_putc(to, ']');
	return rc;
}

static int
mutate_func(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct mutation m = { .env = c->env, .arena = &a };
	struct graph_options o = { 0 };
	struct fetch_limits none = { 0 };
	struct bind_env env;
	struct type_env type;
	struct json_node *root;
	struct strbuf out;
	bool params = c->nargs > 1 && (nulls == NULL || !nulls[1]);

	if (c->env->unit == NULL)
		return err_set(e, ERR_READ_ONLY_SQL_TRANSACTION, "cannot execute %s in a read-only transaction", "graph_mutate");
	int rc = graph_bind_env(c->env, &a, &env, &type, e);
	if (rc != ERR_OK)
		return rc;
	struct binder b = { .arena = &a, .env = &env, .catalog = c->env->catalog, .e = e };
	rc = request_init(&m.r, &b, params ? bytes_data(args[1].b) : NULL, params ? bytes_len(args[1].b) : 0);
	m.r.options = &o;
	m.r.limits = &none;
	if (rc == ERR_OK)
		rc = json_parse(&a, bytes_data(args[0].b), bytes_len(args[0].b), 0, &root, e);
	strbuf_init(&out, &a);
	if (rc == ERR_OK)
		rc = run_mutation(&m, root, &out);
	map_done(&m.r.relations);
	if (rc != ERR_OK)
		return rc;
	*ret_null = false;
	*ret = datum_bytes(bytes_make(c->env->type.arena, out.data, out.len));
	return arena_check(&a, e);
}

void
graph_register_mutate(void)
{
	static const oid_t jsonb[] = { OID_JSONB, OID_JSONB }, text[] = { OID_TEXT, OID_JSONB };
	static const char *const names[] = { "m", "params" }, *const defaults[] = { "'{}'::jsonb" };
	static const struct func f[] = {
		{ .oid = 9885, .name = "graph_mutate", .kind = FUNC_NORMAL, .strict = true, .volatility = 'v', .ret = OID_JSONB,
		  .nargs = 2, .ndefaults = 1, .args = jsonb, .arg_names = names, .defaults = defaults, .impl = mutate_func,
		  .comment = "write whole object graphs, all or nothing" },
		{ .oid = 9891, .name = "graph_mutate", .kind = FUNC_NORMAL, .strict = true, .volatility = 'v', .ret = OID_JSONB,
		  .nargs = 2, .ndefaults = 1, .args = text, .arg_names = names, .defaults = defaults, .impl = mutate_func,
		  .comment = "write whole object graphs, all or nothing" },
	};

	func_register(f, 2);
}
