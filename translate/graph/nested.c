/* nested.c - objects with their relations: create, connect, disconnect, set, delete, update. */
#include "config.h"
#include "translate/graph/mutate.h"

static const char *const relation_ops[] = { "create", "connect", "disconnect", "set", "delete", "update", NULL };

static int
each(struct mutation *m, const struct at_path *p, const struct json_node *n,
     int (*fn)(struct mutation *m, const struct at_path *p, const struct json_node *n, void *arg), void *arg)
{
	int i = 0, rc = ERR_OK;

	if (n->kind != JSON_ARRAY)
		return fn(m, p, n, arg);
	for (const struct json_node *c = n->child; c != NULL && rc == ERR_OK; c = c->next, i++) {
		struct at_path at = { p, NULL, i };
		rc = fn(m, &at, c, arg);
	}
	return rc;
}

/* -- Relations whose key is in this row ------------------------------------------------------------------ */

static int
take_key(struct mutation *m, const struct at_path *p, const struct graph_relation *g, const struct row_values *far,
         struct value_set *set)
{
	int rc = ERR_OK;

	for (int i = 0; i < g->ncols && rc == ERR_OK; i++) {
		const struct column *c = &g->from->cols[g->from_cols[i] - 1];
		struct expr *x = far == NULL ? expr_null(m->arena, c->type)
		                             : coerce_to(m->r.b, row_const(m, g->to, far, g->to_cols[i]), c->type, c->typmod,
		                                         COERCE_ASSIGNMENT, 'i', 0);
		rc = value_set_put(m, p, set, c, x);
	}
	return rc;
}

struct linked { const struct graph_relation *g; const struct row_values *row; };

/* The related rows of one row: far.to_cols = row.from_cols. */
static struct expr *
far_of_row(struct mutation *m, struct glevel *l, void *arg)
{
	const struct linked *k = arg;

	return is_row(m, l->range, k->g->to, k->g->ncols, k->g->to_cols, k->g->from, k->row, k->g->from_cols);
}

int
set_owned(struct mutation *m, const struct at_path *p, const struct graph_relation *g, const struct json_node *n,
          struct value_set *set, const struct row_values *row)
{
	struct request *r = &m->r;
	struct row_values far;
	int rc;

	if (n->kind == JSON_NULL)
		return take_key(m, p, g, NULL, set);
	if (n->kind != JSON_OBJECT || n->n != 1)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a to-one relation takes one of create, connect, disconnect, update");
	const struct json_node *op = n->child;
	struct at_path at = { p, op->key, 0 };
	if (strcmp(op->key, "create") == 0) {
		rc = insert_object(m, &at, g->to, op, NULL, &far);
		return rc != ERR_OK ? rc : take_key(m, &at, g, &far, set);
	}
	if (strcmp(op->key, "connect") == 0) {
		rc = find_one(m, &at, g->to, op, &far);
		return rc != ERR_OK ? rc : take_key(m, &at, g, &far, set);
	}
	if (strcmp(op->key, "disconnect") == 0)
		return take_key(m, &at, g, NULL, set);
	if (strcmp(op->key, "update") == 0 && row != NULL) {
		struct linked k = { g, row };
		const struct json_node *s = json_member(op, "set");
		return update_rows(m, &at, g->to, NULL, s != NULL ? s : op, far_of_row, &k, -1, NULL);
	}
	return unknown_key(r, p, op->key, relation_ops);
}

/* -- Relations whose key is in the other row, or in a join table -------------------------------------------- */

struct relating { const struct graph_relation *g; const struct row_values *row; };

static int
insert_join(struct mutation *m, const struct at_path *p, const struct relating *k, const struct row_values *far)
{
	const struct graph_relation *g = k->g;
	struct value_set set;
	struct row_values ignore;
	int rc = ERR_OK;

	value_set_init(m, &set, g->via);
	for (int i = 0; i < g->ncols && rc == ERR_OK; i++)
		rc = value_set_put(m, p, &set, &g->via->cols[g->via_from[i] - 1], row_const(m, g->from, k->row, g->from_cols[i]));
	for (int i = 0; i < g->nto && rc == ERR_OK; i++)
		rc = value_set_put(m, p, &set, &g->via->cols[g->via_to[i] - 1], row_const(m, g->to, far, g->to_cols[i]));
	return rc != ERR_OK ? rc : write_insert(m, p, g->via, &set, &ignore);
}

static int
create_one(struct mutation *m, const struct at_path *p, const struct json_node *n, void *arg)
{
	const struct relating *k = arg;
	const struct graph_relation *g = k->g;
	struct value_set given;
	struct row_values far;
	int rc = ERR_OK;

	if (g->via != NULL) {
		rc = insert_object(m, p, g->to, n, NULL, &far);
		return rc != ERR_OK ? rc : insert_join(m, p, k, &far);
	}
	value_set_init(m, &given, g->to);
	for (int i = 0; i < g->ncols && rc == ERR_OK; i++) {
		const struct column *c = &g->to->cols[g->to_cols[i] - 1];
		rc = value_set_put(m, p, &given, c, coerce_to(m->r.b, row_const(m, g->from, k->row, g->from_cols[i]), c->type, c->typmod,
		                                              COERCE_ASSIGNMENT, 'i', 0));
	}
	return rc != ERR_OK ? rc : insert_object(m, p, g->to, n, &given, &far);
}

/* far.to_cols = the row's key, or null when key is NULL. */
static int
point_far(struct mutation *m, const struct at_path *p, const struct relating *k, struct expr *where, struct range *range,
          struct query *q, bool to_null, uint64_t *ret_n)
{
	const struct graph_relation *g = k->g;

	(void) range;
	q->where = where;
	for (int i = 0; i < g->ncols; i++) {
		const struct column *c = &g->to->cols[g->to_cols[i] - 1];
		struct assignment *s = ARENA_NEW(m->arena, struct assignment);
		s->attnum = c->attnum;
		s->expr = to_null ? expr_null(m->arena, c->type)
		                  : coerce_to(m->r.b, row_const(m, g->from, k->row, g->from_cols[i]), c->type, c->typmod,
		                              COERCE_ASSIGNMENT, 'i', 0);
		if (s->expr == NULL)
			return m->r.b->e->code;
		list_push(&q->assignments, m->arena, s);
	}
	return write_run(m, p, q, g->to, NULL, ret_n);
}

static int
connect_one(struct mutation *m, const struct at_path *p, const struct json_node *n, void *arg)
{
	const struct relating *k = arg;
	struct row_values far;
	struct glevel *l;
	uint64_t count;

	if (k->g->via != NULL) {
		int rc = find_one(m, p, k->g->to, n, &far);
		return rc != ERR_OK ? rc : insert_join(m, p, k, &far);
	}
	struct query *q = write_update_query(m, k->g->to, &l);
	struct expr *w = q == NULL ? NULL : bind_filter(l, p, n);
	if (w == NULL)
		return m->r.b->e->code;
	int rc = point_far(m, p, k, w, l->range, q, false, &count);
	if (rc == ERR_OK && count == 0)
		rc = request_error(&m->r, p, ERR_NO_DATA_FOUND, "no row of \"%s\" matches", k->g->to->o.name);
	return rc;
}

/* Rows of the join table that lead from this row to a far row that matches (n NULL: to any). */
static int
delete_joins(struct mutation *m, const struct at_path *p, const struct relating *k, const struct json_node *n)
{
	const struct graph_relation *g = k->g;
	struct glevel *l, *far;
	struct query *q = write_delete_query(m, g->via, &l);
	struct expr *w = q == NULL ? NULL : is_row(m, l->range, g->via, g->ncols, g->via_from, g->from, k->row, g->from_cols);

	if (w == NULL)
		return m->r.b->e->code;
	if (n != NULL) {
		far = level_new(&m->r, g->to, l, "");
		struct expr *match = far == NULL ? NULL : bind_filter(far, p, n);
		if (match == NULL)
			return m->r.b->e->code;
		for (int i = 0; i < g->nto; i++) {
			struct expr *x = equal(&m->r, expr_var(m->arena, far->range, g->to_cols[i]), expr_var(m->arena, l->range, g->via_to[i]));
			if (x == NULL)
				return m->r.b->e->code;
			match = expr_and(m->arena, match, x);
		}
		far->query->where = match;
		query_add_target(m->arena, far->query, expr_const(m->arena, type_builtin(OID_INT4), datum_int(1)), "?column?");
		w = expr_and(m->arena, w, sublink_expr(&m->r, far->query, SUBLINK_EXISTS, type_builtin(OID_BOOL)));
	}
	q->where = w;
	return write_run(m, p, q, g->via, NULL, NULL);
}

static int
disconnect_matching(struct mutation *m, const struct at_path *p, const struct relating *k, const struct json_node *n)
{
	struct linked link = { k->g, k->row };
	struct glevel *l;

	if (k->g->via != NULL)
		return delete_joins(m, p, k, n);
	struct query *q = write_update_query(m, k->g->to, &l);
	struct expr *w = q == NULL ? NULL : far_of_row(m, l, &link);
	if (w == NULL)
		return m->r.b->e->code;
	if (n != NULL) {
		struct expr *match = bind_filter(l, p, n);
		if (match == NULL)
			return m->r.b->e->code;
		w = expr_and(m->arena, w, match);
	}
	return point_far(m, p, k, w, l->range, q, true, NULL);
}

static int
disconnect_one(struct mutation *m, const struct at_path *p, const struct json_node *n, void *arg)
{
	return disconnect_matching(m, p, arg, n->kind == JSON_TRUE ? NULL : n);
}

/* The far rows of this row: a condition over them, through the join table when there is one. */
static struct expr *
related_rows(struct mutation *m, struct glevel *l, void *arg)
{
	const struct relating *k = arg;
	const struct graph_relation *g = k->g;
	struct linked link = { g, k->row };

	if (g->via == NULL)
		return far_of_row(m, l, &link);
	struct glevel *via = level_new(&m->r, g->via, l, "");
	struct expr *w = via == NULL ? NULL : is_row(m, via->range, g->via, g->ncols, g->via_from, g->from, k->row, g->from_cols);
	for (int i = 0; w != NULL && i < g->nto; i++) {
		struct expr *x = equal(&m->r, expr_var(m->arena, via->range, g->via_to[i]), expr_var(m->arena, l->range, g->to_cols[i]));
		w = x == NULL ? NULL : expr_and(m->arena, w, x);
	}
	if (w == NULL)
		return NULL;
	via->query->where = w;
	query_add_target(m->arena, via->query, expr_const(m->arena, type_builtin(OID_INT4), datum_int(1)), "?column?");
	return sublink_expr(&m->r, via->query, SUBLINK_EXISTS, type_builtin(OID_BOOL));
}

static int
delete_one(struct mutation *m, const struct at_path *p, const struct json_node *n, void *arg)
{
	struct relating *k = arg;
	struct glevel *l;
	struct query *q = write_delete_query(m, k->g->to, &l);
	struct expr *w = q == NULL ? NULL : related_rows(m, l, k);
	struct expr *match = w == NULL || n->kind == JSON_TRUE ? NULL : bind_filter(l, p, n);

	if (w == NULL || (match == NULL && n->kind != JSON_TRUE))
		return m->r.b->e->code;
	q->where = expr_and(m->arena, w, match);
	return write_run(m, p, q, k->g->to, NULL, NULL);
}

static int
update_one(struct mutation *m, const struct at_path *p, const struct json_node *n, void *arg)
{
	static const char *const known[] = { "where", "set", NULL };
	int rc = check_keys(&m->r, p, n, known);
	const struct json_node *set = rc == ERR_OK ? json_member(n, "set") : NULL;

	if (rc == ERR_OK && set == NULL)
		rc = request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "\"update\" needs a \"set\"");
	return rc != ERR_OK ? rc : update_rows(m, p, ((struct relating *) arg)->g->to, json_member(n, "where"), set, related_rows, arg, -1, NULL);
}

int
set_related(struct mutation *m, const struct at_path *p, const struct graph_relation *g, const struct json_node *n,
            const struct row_values *row)
{
	struct relating k = { g, row };
	int rc = check_keys(&m->r, p, n, relation_ops);

	for (const struct json_node *op = n->child; op != NULL && rc == ERR_OK; op = op->next) {
		struct at_path at = { p, op->key, 0 };
		if (strcmp(op->key, "create") == 0)
			rc = each(m, &at, op, create_one, &k);
		else if (strcmp(op->key, "connect") == 0)
			rc = each(m, &at, op, connect_one, &k);
		else if (strcmp(op->key, "disconnect") == 0)
			rc = each(m, &at, op, disconnect_one, &k);
		else if (strcmp(op->key, "delete") == 0)
			rc = each(m, &at, op, delete_one, &k);
		else if (strcmp(op->key, "update") == 0)
			rc = each(m, &at, op, update_one, &k);
		else {                  /* set: these and no others */
			rc = disconnect_matching(m, &at, &k, NULL);
			if (rc == ERR_OK)
				rc = each(m, &at, op, connect_one, &k);
		}
	}
	return rc;
}

/* -- Objects -------------------------------------------------------------------------------------------------- */

static int
insert_member(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *n,
              struct value_set *set, bool *ret_later)
{
	const struct column *c = find_field(&m->r, rel, n->key);

	*ret_later = false;
	if (c != NULL)
		return value_set_put(m, p, set, c, json_value(&m->r, p, n, c->type, c->typmod));
	const struct graph_relation *g = find_relation_named(&m->r, rel, n->key);
	if (g == NULL)
		return missing_field(&m->r, p, rel, n->key);
	*ret_later = !g->owns;
	return g->owns ? set_owned(m, p, g, n, set, NULL) : ERR_OK;
}

int
insert_object(struct mutation *m, const struct at_path *p, const struct relation *rel, const struct json_node *o,
              struct value_set *given, struct row_values *ret)
{
	struct value_set set;
	bool later = false;
	int rc = ERR_OK;

	if (o->kind != JSON_OBJECT)
		return request_error(&m->r, p, ERR_INVALID_PARAMETER_VALUE, "an object of fields is expected");
	if (!bind_enter(m->r.b))
		return m->r.b->e->code;
	if (given != NULL)
		set = *given;
	else
		value_set_init(m, &set, rel);
	for (const struct json_node *n = o->child; n != NULL && rc == ERR_OK; n = n->next) {
		struct at_path at = { p, n->key, 0 };
		rc = insert_member(m, &at, rel, n, &set, &later);
	}
	if (rc == ERR_OK)
		rc = write_insert(m, p, rel, &set, ret);
	for (const struct json_node *n = o->child; n != NULL && rc == ERR_OK; n = n->next) {
		struct at_path at = { p, n->key, 0 };
		const struct graph_relation *g = find_field(&m->r, rel, n->key) != NULL ? NULL : find_relation_named(&m->r, rel, n->key);
		if (g != NULL && !g->owns)
			rc = set_related(m, &at, g, n, ret);
	}
	bind_leave(m->r.b);
	return rc;
}
