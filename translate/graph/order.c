/* order.c - order_by, and the keyset cursors made of it.
 *
 * A cursor is the row's values of all ordering keys, the primary key last, with a hash of the
 * ordering itself, so that it is not used with another one.  Clients treat it as opaque. */
#include "config.h"
#include "translate/graph/request.h"

#include <stdlib.h>

#include "translate/graph/cursor.h"

static struct expr *
ordering_expr(struct glevel *l, const struct at_path *p, const char *name)
{
	const char *dot = strrchr(name, '.');

	if (find_field(l->q, l->rel, name) == NULL && dot != NULL && strcmp(dot, ".count") == 0) {
		const char *step = arena_strndup(l->q->arena, name, (size_t) (dot - name));
		const struct graph_relation *rel = find_relation_named(l->q, l->rel, step);
		if (rel != NULL && rel->many)
			return count_related(l, rel);
	}
	return level_path(l, p, name);
}

static int
add_key(struct glevel *l, const struct at_path *p, const char *name, bool desc, int nulls)
{
	struct sort_key *k = ARENA_NEW(l->q->arena, struct sort_key);

	k->expr = ordering_expr(l, p, name);
	if (k->expr == NULL || check_sortable(l->q->b, k->expr, k->expr->position) != ERR_OK)
		return l->q->b->e->code;
	k->desc = desc;
	k->nulls_first = nulls < 0 ? desc : nulls == 1;
	list_push(&l->query->order_by, l->q->arena, k);
	return ERR_OK;
}

static int
ordering_object(struct glevel *l, const struct at_path *p, const struct json_node *n)
{
	const struct json_node *field = NULL;
	struct request *r = l->q;
	int nulls = -1, rc = ERR_OK;
	const char *way;

	for (const struct json_node *m = n->child; m != NULL && rc == ERR_OK; m = m->next) {
		if (strcmp(m->key, "nulls") != 0) {
			if (field != NULL)
				return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "an ordering names one field");
			field = m;
			continue;
		}
		rc = get_string(r, p, m, &way);
		if (rc == ERR_OK && strcmp(way, "first") != 0 && strcmp(way, "last") != 0)
			rc = request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"nulls\" is \"first\" or \"last\"");
		nulls = rc == ERR_OK && strcmp(way, "first") == 0;
	}
	if (rc != ERR_OK)
		return rc;
	if (field == NULL)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "an ordering names a field");
	rc = get_string(r, p, field, &way);
	if (rc != ERR_OK)
		return rc;
	if (strcmp(way, "asc") != 0 && strcmp(way, "desc") != 0)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "an ordering is \"asc\" or \"desc\"");
	return add_key(l, p, field->key, way[0] == 'd', nulls);
}

static int
one_ordering(struct glevel *l, const struct at_path *p, const struct json_node *n)
{
	if (n->kind == JSON_OBJECT)
		return ordering_object(l, p, n);
	if (n->kind != JSON_STRING)
		return request_error(l->q, p, ERR_INVALID_PARAMETER_VALUE, "an ordering is \"field\", \"-field\" or {\"field\": \"desc\"}");
	return n->str[0] == '-' ? add_key(l, p, n->str + 1, true, -1) : add_key(l, p, n->str, false, -1);
}

/* The primary key after what was asked: ties have an order too. */
static int
add_unique_keys(struct glevel *l, const struct at_path *p)
{
	const struct index *pk = l->rel->primary;
	int rc = ERR_OK;

	if (pk == NULL)
		return request_error(l->q, p, ERR_FEATURE_NOT_SUPPORTED, "cursors need a primary key on \"%s\"", l->rel->o.name);
	for (int i = 0; i < pk->nkeys && rc == ERR_OK; i++) {
		const struct column *c = &l->rel->cols[pk->cols[i].attnum - 1];
		bool there = false;
		for (int k = 0; k < l->query->order_by.n; k++) {
			const struct expr *x = LIST_AT(struct sort_key, &l->query->order_by, k)->expr;
			there |= x->kind == EXPR_VAR && x->range == l->range && x->col == c->attnum;
		}
		if (!there)
			rc = add_key(l, p, c->name, false, -1);
	}
	return rc;
}

int
bind_ordering(struct glevel *l, const struct at_path *p, const struct json_node *o, bool unique, bool reverse)
{
	const struct json_node *list = json_member(o, "order_by");
	struct at_path at = { p, "order_by", 0 };
	int i = 0, rc = ERR_OK;

	if (list != NULL && list->kind != JSON_ARRAY) {
		rc = one_ordering(l, &at, list);
	} else if (list != NULL) {
		for (const struct json_node *n = list->child; n != NULL && rc == ERR_OK; n = n->next, i++) {
			struct at_path one = { &at, NULL, i };
			rc = one_ordering(l, &one, n);
		}
	}
	if (rc == ERR_OK && unique)
		rc = add_unique_keys(l, &at);
	for (int k = 0; reverse && k < l->query->order_by.n; k++) {
		struct sort_key *key = l->query->order_by.at[k];
		key->desc = !key->desc;
		key->nulls_first = !key->nulls_first;
	}
	return rc;
}

/* -- Cursors ------------------------------------------------------------------------------------------- */

/* What identifies an ordering: its expressions' columns and directions as asked (not reversed). */
static uint32_t
ordering_hash(struct glevel *l, bool reversed)
{
	uint32_t h = 2166136261u;       /* FNV-1a: stable between processes, unlike hash_bytes() */

	for (int i = 0; i < l->query->order_by.n; i++) {
		const struct sort_key *k = l->query->order_by.at[i];
		const struct expr *x = k->expr;
		const char *name = x->kind == EXPR_VAR && x->col > 0 ? x->range->cols[x->col - 1].name : "?";
		for (; *name != '\0'; name++)
			h = (h ^ (unsigned char) *name) * 16777619u;
		h = (h ^ (unsigned) ((k->desc != reversed) * 2 + (k->nulls_first != reversed))) * 16777619u;
	}
	return h;
}

struct expr *
cursor_expr(struct glevel *l)
{
	struct request *r = l->q;
	int n = l->query->order_by.n;
	struct expr *o = expr_new(r->arena, EXPR_JSON_OBJECT, type_builtin(OID_JSONB), n + 1);
	struct expr **args = ARENA_ARRAY(r->arena, struct expr *, 1);

	o->names = ARENA_ARRAY(r->arena, const char *, n + 1);
	for (int i = 0; i < n; i++) {
		o->names[i] = arena_printf(r->arena, "%d", i);
		o->args[i] = LIST_AT(struct sort_key, &l->query->order_by, i)->expr;
	}
	o->names[n] = "o";
	o->args[n] = expr_const(r->arena, type_builtin(OID_INT8), datum_int(ordering_hash(l, false)));
	args[0] = o;
	return expr_func(r->arena, graph_cursor_func(), type_builtin(OID_TEXT), 1, args);
}

static struct expr *
is_null(struct request *r, struct expr *x, bool null)
{
	struct expr *t = expr_new(r->arena, null ? EXPR_IS_NULL : EXPR_IS_NOT_NULL, type_builtin(OID_BOOL), 1);

	t->args[0] = x;
	return t;
}

/* k comes after v in the key's order. */
static struct expr *
comes_after(struct request *r, const struct sort_key *k, struct expr *v)
{
	if (v->kind == EXPR_CONST && v->is_null)
		return k->nulls_first ? is_null(r, k->expr, false) : expr_bool(r->arena, false);
	struct expr *x = make_op(r->b, k->desc ? "<" : ">", k->expr, v, 0);
	if (x == NULL || k->nulls_first)
		return x;
	struct expr *or = expr_new(r->arena, EXPR_OR, type_builtin(OID_BOOL), 2);
	or->args[0] = x;
	or->args[1] = is_null(r, k->expr, true);
	return or;
}

static struct expr *
is_at(struct request *r, const struct sort_key *k, struct expr *v)
{
	return v->kind == EXPR_CONST && v->is_null ? is_null(r, k->expr, true) : equal(r, k->expr, v);
}

int
bind_cursor(struct glevel *l, const struct at_path *p, const char *cursor, bool before)
{
	struct request *r = l->q;
	const struct list *keys = &l->query->order_by;
	struct json_node *o;
	char *text;

	if (!graph_cursor_decode(r->arena, cursor, &text) ||
	    json_parse(r->arena, text, strlen(text), 0, &o, &(struct err) { 0 }) != ERR_OK || o->kind != JSON_OBJECT ||
	    json_member(o, "o") == NULL || json_member(o, "o")->kind != JSON_NUMBER || o->n != keys->n + 1)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "this is not a cursor of this request");
	if ((uint32_t) strtoul(json_member(o, "o")->str, NULL, 10) != ordering_hash(l, before))
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "the cursor belongs to another ordering");
	struct expr *any = expr_new(r->arena, EXPR_OR, type_builtin(OID_BOOL), keys->n), *prefix = NULL;
	for (int i = 0; i < keys->n; i++) {
		const struct sort_key *k = keys->at[i];
		const struct json_node *n = json_member(o, arena_printf(r->arena, "%d", i));
		struct expr *v = n == NULL ? NULL : json_value(r, p, n, k->expr->type, -1);
		struct expr *after = v == NULL ? NULL : comes_after(r, k, v), *here = after == NULL ? NULL : is_at(r, k, v);
		if (here == NULL)
			return r->b->e->code != ERR_OK ? r->b->e->code
			                               : request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "this is not a cursor of this request");
		any->args[i] = expr_and(r->arena, prefix, after);
		prefix = expr_and(r->arena, prefix, here);
	}
	l->query->where = expr_and(r->arena, l->query->where, any);
	return ERR_OK;
}
