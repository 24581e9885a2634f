/* request.c - reading a request's JSON strictly: paths, keys, names, parameters. */
#include "config.h"
#include "translate/graph/request.h"

#include <stdlib.h>

#include "core/catalog/partition.h"

int
request_init(struct request *r, struct binder *b, const char *params, size_t len)
{
	*r = (struct request) { .b = b, .arena = b->arena };
	if (params == NULL)
		return ERR_OK;
	struct json_node *n;
	int rc = json_parse(b->arena, params, len, 0, &n, b->e);
	if (rc != ERR_OK)
		return rc;
	if (n->kind != JSON_OBJECT)
		return err_set(b->e, ERR_INVALID_PARAMETER_VALUE, "graph parameters must be a JSON object");
	r->params = n;
	return ERR_OK;
}

static void
add_path(struct strbuf *to, const struct at_path *p)
{
	if (p == NULL)
		return;
	add_path(to, p->up);
	if (p->key == NULL) {
		strbuf_printf(to, "[%d]", p->index);
		return;
	}
	if (to->len > 0)
		strbuf_putc(to, '.');
	strbuf_puts(to, p->key);
}

const char *
path_text(struct request *r, const struct at_path *p)
{
	struct strbuf b;

	strbuf_init(&b, r->arena);
	add_path(&b, p);
	return b.len > 0 ? b.data : "(root)";
}

int
request_error(struct request *r, const struct at_path *p, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void) err_setv(r->b->e, code, fmt, ap);
	va_end(ap);
	return err_detail(r->b->e, "At %s of the request.", path_text(r, p));
}

/* -- Keys -------------------------------------------------------------------------------------------- */

static const char *
nearest(const char *key, const char *const *known)
{
	const char *best = NULL;
	int least = 4;

	for (; *known != NULL; known++) {
		int d = edit_distance(key, *known, 4);
		if (d < least) {
			least = d;
			best = *known;
		}
	}
	return best;
}

int
unknown_key(struct request *r, const struct at_path *p, const char *key, const char *const *known)
{
	struct at_path at = { p, key, 0 };
	const char *guess = nearest(key, known);

	(void) request_error(r, &at, ERR_INVALID_PARAMETER_VALUE, "unknown key \"%s\" in graph request", key);
	if (guess != NULL)
		return err_hint(r->b->e, "Did you mean \"%s\"?", guess);
	return r->b->e->code;
}

int
check_keys(struct request *r, const struct at_path *p, const struct json_node *o, const char *const *known)
{
	if (o->kind != JSON_OBJECT)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a graph request must be a JSON object here");
	for (const struct json_node *m = o->child; m != NULL; m = m->next) {
		const char *const *k = known;
		while (*k != NULL && strcmp(*k, m->key) != 0)
			k++;
		if (*k == NULL)
			return unknown_key(r, p, m->key, known);
	}
	return ERR_OK;
}

/* -- Names -------------------------------------------------------------------------------------------- */

const struct relation *
find_entity(struct request *r, const struct at_path *p, const char *name)
{
	const struct relation *rel = find_relation(r->b, NULL, name);
	const char *dot = strchr(name, '.');

	if (rel == NULL && dot != NULL)
		rel = find_relation(r->b, arena_strndup(r->arena, name, (size_t) (dot - name)), dot + 1);
	if (rel == NULL && r->b->e->code == ERR_OK)
		(void) request_error(r, p, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", name);
	else if (rel != NULL && rel->kind == REL_TABLE && rel->part_of != 0) {
		const struct relation *whole = partition_root(r->b->catalog, rel);
		(void) request_error(r, p, ERR_WRONG_OBJECT_TYPE, "\"%s\" is a partition of \"%s\", not an entity", name,
		                     whole->o.name);
		(void) err_hint(r->b->e, "Ask for \"%s\".", whole->o.name);
		rel = NULL;
	} else if (rel != NULL && rel->kind != REL_TABLE && rel->kind != REL_VIEW && rel->kind != REL_MATVIEW) {
		(void) request_error(r, p, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table or view", name);
		rel = NULL;
	}
	return rel;
}

const struct list *
relations_of(struct request *r, const struct relation *rel)
{
	struct list *l = map_get(&r->relations, &rel->o.oid, sizeof rel->o.oid);

	if (l == NULL) {
		l = ARENA_NEW(r->arena, struct list);
		graph_relations(r->arena, r->b->catalog, rel, l);
		(void) map_put(&r->relations, &rel->o.oid, sizeof rel->o.oid, l);
	}
	return l;
}

const struct graph_relation *
find_relation_named(struct request *r, const struct relation *rel, const char *name)
{
	return graph_relation_find(relations_of(r, rel), name);
}

const struct column *
find_field(struct request *r, const struct relation *rel, const char *name)
{
	(void) r;
	return relation_column(rel, name);
}

int
missing_field(struct request *r, const struct at_path *p, const struct relation *rel, const char *name)
{
	const char **known = ARENA_ARRAY(r->arena, const char *, rel->ncols + relations_of(r, rel)->n + 1);
	int n = 0;

	for (int i = 0; i < rel->ncols; i++)
		if (!rel->cols[i].dropped)
			known[n++] = rel->cols[i].name;
	const struct list *relations = relations_of(r, rel);
	for (int i = 0; i < relations->n; i++)
		known[n++] = LIST_AT(struct graph_relation, relations, i)->name;
	const char *guess = nearest(name, known);
	(void) request_error(r, p, ERR_UNDEFINED_COLUMN, "entity \"%s\" has no field or relation \"%s\"", rel->o.name, name);
	if (guess != NULL)
		return err_hint(r->b->e, "Did you mean \"%s\"?", guess);
	return r->b->e->code;
}

/* -- Values -------------------------------------------------------------------------------------------- */

bool
is_param(const struct json_node *n)
{
	return n->kind == JSON_OBJECT && n->n == 1 && strcmp(n->child->key, "param") == 0;
}

const struct json_node *
value_node(struct request *r, const struct at_path *p, const struct json_node *n)
{
	if (!is_param(n))
		return n;
	r->once = true;
	if (n->child->kind != JSON_STRING) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"param\" must name a parameter");
		return NULL;
	}
	const struct json_node *v = r->params == NULL ? NULL : json_member(r->params, n->child->str);
	if (v == NULL)
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "there is no parameter \"%s\"", n->child->str);
	return v;
}

int
get_string(struct request *r, const struct at_path *p, const struct json_node *n, const char **ret)
{
	n = value_node(r, p, n);
	if (n == NULL)
		return r->b->e->code;
	if (n->kind != JSON_STRING)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a string is expected");
	*ret = n->str;
	return ERR_OK;
}

int
get_bool(struct request *r, const struct at_path *p, const struct json_node *n, bool *ret)
{
	n = value_node(r, p, n);
	if (n == NULL)
		return r->b->e->code;
	if (n->kind != JSON_TRUE && n->kind != JSON_FALSE)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "true or false is expected");
	*ret = n->kind == JSON_TRUE;
	return ERR_OK;
}

int
get_int(struct request *r, const struct at_path *p, const struct json_node *n, int64_t *ret)
{
	char *end;

	n = value_node(r, p, n);
	if (n == NULL)
		return r->b->e->code;
	if (n->kind != JSON_NUMBER)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a number is expected");
	long long v = strtoll(n->str, &end, 10);
	if (*end != '\0' || v < 0)
		return request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a whole number of 0 or more is expected");
	*ret = v;
	return ERR_OK;
}
