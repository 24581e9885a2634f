/* query.c - an entity with its fields and includes: one SELECT of JSON objects. */
#include "config.h"
#include "translate/graph/request.h"

/* -- Levels ------------------------------------------------------------------------------------------ */

static struct range *
add_range(struct request *r, struct query *q, const struct relation *rel, const char *alias)
{
	struct scope s;

	scope_init(&s, NULL, q);
	return range_of_relation(r->b, &s, rel, alias, 0);
}

struct glevel *
level_new(struct request *r, const struct relation *rel, struct glevel *up, const char *include)
{
	struct glevel *l = ARENA_NEW(r->arena, struct glevel);

	l->q = r;
	l->rel = rel;
	l->up = up;
	l->include = include;
	l->depth = up == NULL ? 0 : up->depth + 1;
	l->query = query_new(r->arena, QUERY_SELECT, up == NULL ? NULL : up->query);
	l->range = add_range(r, l->query, rel, rel->o.name);
	if (l->range == NULL)
		return NULL;
	list_push(&l->query->from, r->arena, from_range(r->arena, l->range));
	return l;
}

static struct expr *
range_column(struct request *r, struct range *range, const char *name)
{
	for (int i = 0; i < range->ncols; i++)
		if (range->cols[i].name != NULL && strcmp(range->cols[i].name, name) == 0)
			return expr_var(r->arena, range, i + 1);
	return NULL;
}

struct expr *
level_column(struct glevel *l, const struct column *c)
{
	return range_column(l->q, l->range, c->name);
}

static struct expr *
column_of(struct request *r, struct range *range, const struct relation *rel, int16_t attnum)
{
	return range_column(r, range, rel->cols[attnum - 1].name);
}

struct expr *
equal(struct request *r, struct expr *l, struct expr *right)
{
	return make_op(r->b, "=", l, right, 0);
}

static int
add_equal(struct request *r, struct expr **cond, struct expr *l, struct expr *right)
{
	struct expr *x = equal(r, l, right);

	if (x == NULL)
		return r->b->e->code;
	*cond = expr_and(r->arena, *cond, x);
	return ERR_OK;
}

struct glevel *
link_relation(struct glevel *parent, const struct graph_relation *rel, const char *include)
{
	struct request *r = parent->q;
	struct glevel *l = level_new(r, rel->to, parent, include);
	struct expr *cond = NULL;
	int rc = ERR_OK;

	if (l == NULL)
		return NULL;
	if (rel->via == NULL) {
		for (int i = 0; i < rel->ncols && rc == ERR_OK; i++)
			rc = add_equal(r, &cond, column_of(r, l->range, rel->to, rel->to_cols[i]),
			               column_of(r, parent->range, parent->rel, rel->from_cols[i]));
	} else {
		l->via = add_range(r, l->query, rel->via, "via");
		if (l->via == NULL)
			return NULL;
		list_push(&l->query->from, r->arena, from_range(r->arena, l->via));
		for (int i = 0; i < rel->ncols && rc == ERR_OK; i++)
			rc = add_equal(r, &cond, column_of(r, l->via, rel->via, rel->via_from[i]),
			               column_of(r, parent->range, parent->rel, rel->from_cols[i]));
		for (int i = 0; i < rel->nto && rc == ERR_OK; i++)
			rc = add_equal(r, &cond, column_of(r, l->range, rel->to, rel->to_cols[i]),
			               column_of(r, l->via, rel->via, rel->via_to[i]));
	}
	l->query->where = cond;
	return rc == ERR_OK ? l : NULL;
}

struct expr *
sublink_expr(struct request *r, struct query *q, enum sublink_kind kind, const struct type *t)
{
	struct expr *x = expr_new(r->arena, EXPR_SUBLINK, t, 0);

	x->sub = ARENA_NEW(r->arena, struct sublink);
	x->sub->kind = kind;
	x->sub->query = q;
	q->parent->has_sublinks = true;
	return x;
}

/* -- Paths through to-one relations --------------------------------------------------------------------- */

static struct range *
join_to_one(struct glevel *l, const struct graph_relation *rel, struct range *from)
{
	struct request *r = l->q;
	struct expr *on = NULL;

	for (int i = 0; i < l->joined.n; i++) {
		struct to_one *j = l->joined.at[i];
		if (j->rel == rel)
			return j->range;
	}
	struct range *to = add_range(r, l->query, rel->to, rel->name);
	if (to == NULL)
		return NULL;
	for (int i = 0; i < rel->ncols; i++)
		if (add_equal(r, &on, column_of(r, to, rel->to, rel->to_cols[i]), column_of(r, from, rel->from, rel->from_cols[i])) != ERR_OK)
			return NULL;
	struct from *left = l->query->from.at[0];
	for (int i = 1; i < l->query->from.n; i++) {
		struct from *both = ARENA_NEW(r->arena, struct from);
		*both = (struct from) { .is_join = true, .type = JOIN_INNER, .left = left, .right = l->query->from.at[i] };
		left = both;
	}
	struct from *j = ARENA_NEW(r->arena, struct from);
	*j = (struct from) { .is_join = true, .type = JOIN_LEFT, .left = left, .right = from_range(r->arena, to), .on = on };
	l->query->from.n = 1;
	l->query->from.at[0] = j;
	struct to_one *t = ARENA_NEW(r->arena, struct to_one);
	*t = (struct to_one) { rel, to };
	list_push(&l->joined, r->arena, t);
	return to;
}

static struct expr *
via_column(struct glevel *l, const struct at_path *p, const char *name)
{
	struct expr *x = l->via == NULL ? NULL : range_column(l->q, l->via, name);

	if (l->via == NULL)
		(void) request_error(l->q, p, ERR_INVALID_PARAMETER_VALUE, "\"via\" is for includes through a join table");
	else if (x == NULL)
		(void) missing_field(l->q, p, l->via->rel, name);
	return x;
}

static bool
is_version(const struct glevel *l, const char *name)
{
	return strcmp(name, "_version") == 0 && l->rel->kind == REL_TABLE && relation_sysrel(l->rel) == NULL;
}

struct expr *
level_path(struct glevel *l, const struct at_path *p, const char *name)
{
	struct request *r = l->q;
	const struct column *c = find_field(r, l->rel, name);
	const struct relation *rel = l->rel;
	struct range *range = l->range;
	const char *dot;

	if (c != NULL)
		return level_column(l, c);
	if (is_version(l, name))
		return expr_var(r->arena, l->range, COL_VERSION);
	if (strncmp(name, "via.", 4) == 0)
		return via_column(l, p, name + 4);
	while ((dot = strchr(name, '.')) != NULL) {
		const char *step = arena_strndup(r->arena, name, (size_t) (dot - name));
		const struct graph_relation *to = find_relation_named(r, rel, step);
		if (to == NULL) {
			(void) missing_field(r, p, rel, step);
			return NULL;
		}
		if (to->many) {
			(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"%s\" is a to-many relation of \"%s\"", step, rel->o.name);
			(void) err_hint(r->b->e, "Use some, every, none or count.");
			return NULL;
		}
		range = join_to_one(l, to, range);
		if (range == NULL)
			return NULL;
		rel = to->to;
		name = dot + 1;
	}
	struct expr *x = range_column(r, range, name);
	if (x == NULL)
		(void) missing_field(r, p, rel, name);
	return x;
}

/* -- Objects ---------------------------------------------------------------------------------------------- */

struct object_parts { struct list names, args; };

static struct expr *
object_expr(struct request *r, const struct object_parts *o)
{
	struct expr *x = expr_new(r->arena, EXPR_JSON_OBJECT, type_builtin(OID_JSONB), o->args.n);

	x->names = ARENA_ARRAY(r->arena, const char *, o->args.n);
	for (int i = 0; i < o->args.n; i++) {
		x->args[i] = o->args.at[i];
		x->names[i] = o->names.at[i];
	}
	return x;
}

static int
object_add(struct request *r, struct object_parts *o, const struct at_path *p, const char *name, struct expr *x)
{
	if (x == NULL)
		return r->b->e->code;
	for (int i = 0; i < o->names.n; i++)
		if (strcmp(o->names.at[i], name) == 0)
			return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "the result has two keys \"%s\"", name);
	list_push(&o->names, r->arena, name);
	list_push(&o->args, r->arena, x);
	return ERR_OK;
}

static int
one_field(struct glevel *l, const struct at_path *p, const struct json_node *n, struct object_parts *to)
{
	struct request *r = l->q;
	const char *name, *as;

	if (n->kind == JSON_OBJECT && n->n == 1 && n->child->kind == JSON_STRING) {
		as = n->child->key;
		name = n->child->str;
	} else if (n->kind == JSON_STRING) {
		as = name = n->str;
	} else {
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a field is a name or {\"alias\": \"field\"}");
	}
	return object_add(r, to, p, as, level_path(l, p, name));
}

static int
all_fields(struct glevel *l, const struct at_path *p, struct object_parts *to)
{
	int rc = ERR_OK;

	for (int i = 0; i < l->rel->ncols && rc == ERR_OK; i++)
		if (!l->rel->cols[i].dropped)
			rc = object_add(l->q, to, p, l->rel->cols[i].name, level_column(l, &l->rel->cols[i]));
	return rc;
}

/* graph_blocks gives every row of an entity once, so all its levels fetch what any asks for. */
static struct list *
wanted_of(struct glevel *l)
{
	struct request *r = l->q;
	struct list *w = map_get(&r->wanted, &l->rel->o.oid, sizeof l->rel->o.oid);

	if (w == NULL) {
		w = ARENA_NEW(r->arena, struct list);
		(void) map_put(&r->wanted, &l->rel->o.oid, sizeof l->rel->o.oid, w);
	}
	return w;
}

static void
want_fields(struct glevel *l, const struct object_parts *o)
{
	struct list *w = wanted_of(l);

	for (int i = 0; i < o->names.n; i++) {
		bool there = find_field(l->q, l->rel, o->names.at[i]) == NULL;
		for (int k = 0; k < w->n; k++)
			there |= strcmp(w->at[k], o->names.at[i]) == 0;
		if (!there)
			list_push(w, l->q->arena, o->names.at[i]);
	}
}

static int
add_wanted(struct glevel *l, const struct at_path *p, struct object_parts *to)
{
	struct list *w = wanted_of(l);
	int rc = ERR_OK;

	for (int i = 0; i < w->n && rc == ERR_OK; i++) {
		bool there = false;
		for (int k = 0; k < to->names.n; k++)
			there |= strcmp(to->names.at[k], w->at[i]) == 0;
		if (!there)
			rc = object_add(l->q, to, p, w->at[i], level_path(l, p, w->at[i]));
	}
	return rc;
}

/* ["entity", [key values]] of the row, under a reserved name. */
static int
add_key_member(struct glevel *l, const struct at_path *p, struct object_parts *to)
{
	struct request *r = l->q;
	const struct index *pk = l->rel->primary;
	struct expr *args[INDEX_COLS_MAX];

	if (pk == NULL)
		return request_error(r, p, ERR_FEATURE_NOT_SUPPORTED, "graph_blocks needs a primary key on \"%s\"", l->rel->o.name);
	for (int k = 0; k < pk->nkeys; k++)
		args[k] = column_of(r, l->range, l->rel, pk->cols[k].attnum);
	struct expr *both[2] = { text_const(r, l->rel->o.name, strlen(l->rel->o.name)), args[0] };
	if (pk->nkeys > 1)
		both[1] = make_call(r->b, "jsonb_build_array", pk->nkeys, args, 0);
	return object_add(r, to, p, "$$k", both[1] == NULL ? NULL : make_call(r->b, "jsonb_build_array", 2, both, 0));
}

static int
bind_fields(struct glevel *l, const struct at_path *p, const struct json_node *fields, struct object_parts *to)
{
	struct at_path at = { p, "fields", 0 };
	int i = 0, rc = ERR_OK;

	if (fields == NULL)
		return all_fields(l, p, to);
	if (fields->kind != JSON_ARRAY)
		return request_error(l->q, &at, ERR_INVALID_PARAMETER_VALUE, "\"fields\" must be an array");
	for (const struct json_node *n = fields->child; n != NULL && rc == ERR_OK; n = n->next, i++) {
		struct at_path one = { &at, NULL, i };
		rc = one_field(l, &one, n, to);
	}
	return rc;
}

/* -- Includes ------------------------------------------------------------------------------------------------ */

/* An include that repeats itself: how often still, and the rows already on the path. */
struct recursion { const struct graph_relation *rel; int64_t left; struct glevel *top; };

static int bind_object(struct glevel *l, const struct at_path *p, const struct json_node *o, const struct recursion *rec,
                       const struct json_node *again, const char *again_key, struct expr **ret);

/* This row is none of those from the recursion's top down to its parent. */
static int
not_on_path(struct glevel *l, const struct glevel *top)
{
	struct request *r = l->q;
	const struct index *pk = l->rel->primary;

	if (pk == NULL)
		return request_error(r, NULL, ERR_FEATURE_NOT_SUPPORTED, "a recursive include needs a primary key on \"%s\"", l->rel->o.name);
	for (struct glevel *up = l->up; up != NULL; up = up->up) {
		struct expr *same = NULL;
		for (int k = 0; k < pk->nkeys; k++) {
			int rc = add_equal(r, &same, column_of(r, l->range, l->rel, pk->cols[k].attnum),
			                   column_of(r, up->range, up->rel, pk->cols[k].attnum));
			if (rc != ERR_OK)
				return rc;
		}
		struct expr *differs = expr_new(r->arena, EXPR_NOT, type_builtin(OID_BOOL), 1);
		differs->args[0] = same;
		l->query->where = expr_and(r->arena, l->query->where, differs);
		if (up == top)
			break;
	}
	return ERR_OK;
}

static int
check_depth(struct glevel *l, const struct at_path *p)
{
	const struct fetch_limits *lim = l->q->limits;

	if (lim->depth <= 0 || l->depth <= lim->depth)
		return ERR_OK;
	err_set(l->q->b->e, ERR_PROGRAM_LIMIT_EXCEEDED, "graph request exceeds its depth limit of %lld at include \"%s\"",
	        (long long) lim->depth, l->include);
	(void) p;
	return err_hint(l->q->b->e, "Raise the budget, or ask for fewer levels.");
}

static void
set_budget(struct glevel *l, bool root)
{
	struct fetch_budget *b = ARENA_NEW(l->q->arena, struct fetch_budget);

	*b = (struct fetch_budget) { l->q->limits, l->include, root };
	l->query->budget = b;
}

static int
recursion_of(struct glevel *parent, const struct at_path *p, const struct graph_relation *rel, const struct json_node *v,
             struct recursion *rec)
{
	static const char *const known[] = { "depth", NULL };
	struct request *r = parent->q;
	struct at_path at = { p, "recursive", 0 };
	const struct json_node *n = v->kind == JSON_OBJECT ? json_member(v, "recursive") : NULL;

	*rec = (struct recursion) { .left = -1 };
	if (n == NULL)
		return ERR_OK;
	if (rel->to != rel->from)
		return request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "\"%s\" does not lead from \"%s\" to itself", rel->name,
		                     rel->from->o.name);
	int rc = check_keys(r, &at, n, known);
	const struct json_node *d = rc == ERR_OK ? json_member(n, "depth") : NULL;
	if (rc == ERR_OK && d == NULL)
		rc = request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "\"recursive\" needs a \"depth\"");
	*rec = (struct recursion) { rel, 0, parent };
	return rc != ERR_OK ? rc : get_int(r, &at, d, &rec->left);
}

static int
bind_include(struct glevel *l, const struct at_path *p, const char *key, const struct json_node *v,
             const struct recursion *deeper, struct object_parts *to)
{
	struct request *r = l->q;
	const char *name = key, *as = key;
	struct recursion rec;
	struct expr *object;
	int rc = ERR_OK;

	if (v->kind == JSON_OBJECT) {
		const struct json_node *n = json_member(v, "relation");
		if (n != NULL)
			rc = get_string(r, p, n, &name);
		n = json_member(v, "as");
		if (n != NULL && rc == ERR_OK)
			rc = get_string(r, p, n, &as);
	} else if (v->kind != JSON_TRUE) {
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "an include is true or an object");
	}
	if (rc != ERR_OK)
		return rc;
	const struct graph_relation *rel = find_relation_named(r, l->rel, name);
	if (rel == NULL)
		return missing_field(r, p, l->rel, name);
	if (deeper != NULL)
		rec = *deeper;
	else if ((rc = recursion_of(l, p, rel, v, &rec)) != ERR_OK)
		return rc;
	const char *include = l->include[0] == '\0' ? as : arena_printf(r->arena, "%s.%s", l->include, as);
	struct glevel *child = link_relation(l, rel, include);
	if (child == NULL)
		return r->b->e->code;
	rc = check_depth(child, p);
	if (rc == ERR_OK && rec.left >= 0)
		rc = not_on_path(child, rec.top);
	if (rc != ERR_OK)
		return rc;
	set_budget(child, false);
	enum sublink_kind kind = rel->many ? SUBLINK_JSON_ARRAY : SUBLINK_JSON_OBJECT;
	if (v->kind == JSON_OBJECT && json_member(v, "aggregate") != NULL) {
		kind = json_member(v, "group_by") != NULL ? SUBLINK_JSON_ARRAY : SUBLINK_JSON_OBJECT;
		rc = bind_aggregate(child, p, v, &object);
	} else {
		rc = bind_object(child, p, v->kind == JSON_OBJECT ? v : NULL, rec.left > 1 ? &rec : NULL, v, key, &object);
	}
	if (rc != ERR_OK)
		return rc;
	query_add_target(r->arena, child->query, object, "object");
	if (r->options->keys)           /* tells includes from fields, empty ones too */
		as = arena_printf(r->arena, "$$i%s", as);
	return object_add(r, to, p, as, sublink_expr(r, child->query, kind, type_builtin(OID_JSONB)));
}

static int
bind_includes(struct glevel *l, const struct at_path *p, const struct json_node *include, struct object_parts *to)
{
	struct at_path at = { p, "include", 0 };
	int rc = ERR_OK;

	if (include == NULL)
		return ERR_OK;
	if (include->kind != JSON_OBJECT)
		return request_error(l->q, &at, ERR_INVALID_PARAMETER_VALUE, "\"include\" must be an object");
	for (const struct json_node *n = include->child; n != NULL && rc == ERR_OK; n = n->next) {
		struct at_path one = { &at, n->key, 0 };
		rc = bind_include(l, &one, n->key, n, NULL, to);
	}
	return rc;
}

/* -- Filters, order, limits ------------------------------------------------------------------------------------ */

static int
bind_limits(struct glevel *l, const struct at_path *p, const struct json_node *o)
{
	struct request *r = l->q;
	const struct json_node *n;
	struct at_path limit = { p, "limit", 0 }, offset = { p, "offset", 0 };
	const struct type *int8 = type_builtin(OID_INT8);
	int64_t v;
	int rc = ERR_OK;

	if ((n = json_member(o, "limit")) != NULL && n->kind != JSON_NULL) {
		rc = get_int(r, &limit, n, &v);
		if (rc == ERR_OK)
			l->query->limit = expr_const(r->arena, int8, datum_int(v));
	}
	if (rc == ERR_OK && (n = json_member(o, "offset")) != NULL && n->kind != JSON_NULL) {
		rc = get_int(r, &offset, n, &v);
		if (rc == ERR_OK)
			l->query->offset = expr_const(r->arena, int8, datum_int(v));
	}
	return rc;
}

static int
bind_condition(struct glevel *l, const struct at_path *p, const struct json_node *o)
{
	const struct json_node *w = json_member(o, "where");
	struct at_path at = { p, "where", 0 };

	if (w == NULL)
		return ERR_OK;
	struct expr *x = bind_filter(l, &at, w);
	if (x == NULL)
		return l->q->b->e->code;
	l->query->where = expr_and(l->q->arena, l->query->where, x);
	return ERR_OK;
}

struct swap { const struct range *from[2]; struct range *to[2]; struct arena *arena; };

static struct expr *
swap_one(struct expr *x, void *arg)
{
	const struct swap *s = arg;

	for (int i = 0; i < 2; i++)
		if (x->kind == EXPR_VAR && s->from[i] != NULL && x->range == s->from[i])
			return expr_var(s->arena, s->to[i], x->col);
	return x;
}

/* A second reading of the same rows, linked to the same parent. */
static struct glevel *
level_again(struct glevel *l)
{
	struct request *r = l->q;
	struct glevel *s = level_new(r, l->rel, l, l->include);

	if (s == NULL)
		return NULL;
	if (l->via != NULL) {
		s->via = add_range(r, s->query, l->via->rel, "via");
		if (s->via == NULL)
			return NULL;
		list_push(&s->query->from, r->arena, from_range(r->arena, s->via));
	}
	struct swap swap = { { l->range, l->via }, { s->range, s->via }, r->arena };
	if (l->query->where != NULL)
		s->query->where = expr_map(r->arena, l->query->where, swap_one, &swap, true);
	return s;
}

/* distinct: the row is the first of its combination, by order_by: one of the keys that a
 * DISTINCT ON over the same rows gives. */
static int
bind_distinct_fields(struct glevel *l, const struct at_path *p, const struct json_node *o)
{
	struct request *r = l->q;
	const struct json_node *d = json_member(o, "distinct");
	const struct index *pk = l->rel->primary;
	struct at_path at = { p, "distinct", 0 };
	int i = 0, rc;

	if (d == NULL)
		return ERR_OK;
	if (d->kind != JSON_ARRAY || d->n == 0)
		return request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "\"distinct\" must be a list of fields");
	if (pk == NULL)
		return request_error(r, &at, ERR_FEATURE_NOT_SUPPORTED, "\"distinct\" needs a primary key on \"%s\"", l->rel->o.name);
	struct glevel *s = level_again(l);
	if (s == NULL)
		return r->b->e->code;
	rc = bind_condition(s, p, o);
	for (const struct json_node *n = d->child; n != NULL && rc == ERR_OK; n = n->next, i++) {
		struct at_path one = { &at, NULL, i };
		struct sort_key *k = ARENA_NEW(r->arena, struct sort_key);
		const char *name;
		rc = get_string(r, &one, n, &name);
		if (rc != ERR_OK)
			break;
		k->expr = level_path(s, &one, name);
		if (k->expr == NULL)
			return r->b->e->code;
		list_push(&s->query->distinct_on, r->arena, k->expr);
		list_push(&s->query->order_by, r->arena, k);
	}
	s->query->distinct = true;
	if (rc == ERR_OK)
		rc = bind_ordering(s, p, o, true, false);
	if (rc != ERR_OK)
		return rc;
	struct expr *x = sublink_expr(r, s->query, SUBLINK_ANY, type_builtin(OID_BOOL));
	x->sub->cmp = ROWCMP_EQ;
	x->sub->ops = ARENA_ARRAY(r->arena, const struct func *, pk->nkeys);
	for (int k = 0; k < pk->nkeys; k++) {
		struct expr *mine = column_of(r, l->range, l->rel, pk->cols[k].attnum);
		struct expr *theirs = column_of(r, s->range, l->rel, pk->cols[k].attnum);
		struct expr *eq = equal(r, mine, theirs);
		if (eq == NULL)
			return r->b->e->code;
		list_push(&x->sub->test, r->arena, mine);
		query_add_target(r->arena, s->query, theirs, l->rel->cols[pk->cols[k].attnum - 1].name);
		x->sub->ops[k] = eq->func;
	}
	l->query->where = expr_and(r->arena, l->query->where, x);
	return ERR_OK;
}

static const char *const include_keys[] = { "fields", "where", "order_by", "limit", "offset", "after", "before", "distinct",
	"include", "recursive", "aggregate", "group_by", "having", "as", "relation", "cursor", "as_of", "with_deleted", NULL };
static const char *const root_keys[] = { "entity", "fields", "where", "order_by", "limit", "offset", "after", "before", "distinct",
	"include", "aggregate", "group_by", "having", "total", "cursor", "budget", "as_of", "with_deleted", NULL };

static int
refuse_later_keys(struct request *r, const struct json_node *o)
{
	const struct json_node *n = json_member(o, "with_deleted");

	if (json_member(o, "as_of") != NULL)
		return err_unsupported(r->b->e, "\"as_of\" in a graph request", "History is not kept yet; read the current rows.");
	if (n != NULL && n->kind != JSON_FALSE)
		return err_unsupported(r->b->e, "\"with_deleted\" in a graph request", "Rows are not soft-deleted yet.");
	return ERR_OK;
}

static int
bind_keyset(struct glevel *l, const struct at_path *p, const struct json_node *o)
{
	const struct json_node *after = json_member(o, "after"), *before = json_member(o, "before");
	struct at_path at = { p, after != NULL ? "after" : "before", 0 };
	const char *text;

	if (after != NULL && after->kind == JSON_NULL)
		after = NULL;
	if (before != NULL && before->kind == JSON_NULL)
		before = NULL;
	if (after != NULL && before != NULL)
		return request_error(l->q, p, ERR_INVALID_PARAMETER_VALUE, "\"after\" and \"before\" exclude each other");
	if (after == NULL && before == NULL)
		return ERR_OK;
	int rc = get_string(l->q, &at, after != NULL ? after : before, &text);
	return rc != ERR_OK ? rc : bind_cursor(l, &at, text, before != NULL);
}

static int
bind_object(struct glevel *l, const struct at_path *p, const struct json_node *o, const struct recursion *rec,
            const struct json_node *again, const char *again_key, struct expr **ret)
{
	struct request *r = l->q;
	struct object_parts to = { 0 };
	bool cursor = false;
	int rc = ERR_OK;

	if (o != NULL) {
		const struct json_node *n = json_member(o, "cursor");
		bool paged = json_member(o, "after") != NULL || json_member(o, "before") != NULL;
		rc = check_keys(r, p, o, l->up == NULL ? root_keys : include_keys);
		if (rc == ERR_OK)
			rc = refuse_later_keys(r, o);
		if (rc == ERR_OK && n != NULL)
			rc = get_bool(r, p, n, &cursor);
		if (rc == ERR_OK)
			rc = bind_distinct_fields(l, p, o);
		if (rc == ERR_OK)
			rc = bind_condition(l, p, o);
		if (rc == ERR_OK)
			rc = bind_ordering(l, p, o, cursor || paged || (l->up == NULL && r->options->cursor_column),
			                   json_member(o, "before") != NULL && json_member(o, "before")->kind != JSON_NULL);
		if (rc == ERR_OK)
			rc = bind_keyset(l, p, o);
		if (rc == ERR_OK)
			rc = bind_limits(l, p, o);
	}
	if (rc == ERR_OK)
		rc = bind_fields(l, p, o == NULL ? NULL : json_member(o, "fields"), &to);
	if (rc == ERR_OK && r->options->keys) {
		if (r->gathering)
			want_fields(l, &to);
		rc = add_wanted(l, p, &to);
		if (rc == ERR_OK)
			rc = add_key_member(l, p, &to);
	}
	if (rc == ERR_OK && o != NULL)
		rc = bind_includes(l, p, json_member(o, "include"), &to);
	if (rc == ERR_OK && rec != NULL) {
		struct recursion next = { rec->rel, rec->left - 1, rec->top };
		rc = bind_include(l, p, again_key, again, &next, &to);
	}
	if (rc == ERR_OK && cursor)
		rc = object_add(r, &to, p, "_cursor", cursor_expr(l));
	if (rc == ERR_OK)
		*ret = object_expr(r, &to);
	return rc;
}

int
bind_level(struct glevel *l, const struct at_path *p, const struct json_node *o, bool root, struct expr **ret_object)
{
	int rc;

	set_budget(l, root);
	if (json_member(o, "aggregate") != NULL) {
		rc = check_keys(l->q, p, o, root_keys);
		if (rc == ERR_OK)
			rc = refuse_later_keys(l->q, o);
		return rc != ERR_OK ? rc : bind_aggregate(l, p, o, ret_object);
	}
	return bind_object(l, p, o, NULL, NULL, NULL, ret_object);
}
