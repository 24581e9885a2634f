/* jsonb_edit.c - jsonb values changed: ||, -, #-, jsonb_set, jsonb_insert, subscripts in UPDATE,
 * nulls stripped, pretty text.
 *
 * A document is made a tree, the tree changed, and the tree written: simple, and as fast as
 * reading the document twice. */
#include "config.h"
#include "core/type/json_lex.h"

#include <limits.h>
#include <stdlib.h>

static bool
is_container(const struct json_node *n)
{
	return n->kind == JSON_ARRAY || n->kind == JSON_OBJECT;
}

/* ---- || */

static void
append(struct json_node *to, struct json_node *item)
{
	struct json_node **tail = &to->child;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = item;
	to->n++;
}

static struct json_node *
as_array(struct arena *a, struct json_node *n)
{
	if (n->kind == JSON_ARRAY)
		return n;
	struct json_node *array = json_node_new(a, JSON_ARRAY);
	append(array, n);
	return array;
}

int
jsonb_concat(struct arena *ar, const struct bytes *a, const struct bytes *b,
	     const struct bytes **ret, struct err *e UNUSED)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct json_node *x = jsonb_to_node(&tmp, a), *y = jsonb_to_node(&tmp, b);

	if (x->kind != JSON_OBJECT || y->kind != JSON_OBJECT) {
		x = as_array(&tmp, x);
		y = as_array(&tmp, y);
	}
	struct json_node **tail = &x->child;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = y->child;               /* of equal keys the later one stays */
	*ret = jsonb_from_node(ar, x);
	return ERR_OK;
}

/* ---- Deleting */

static bool
named(const struct json_node *n, bool object, int count, const char *const *keys,
      const size_t *lens)
{
	const char *s = object ? n->key : n->str;
	size_t len = object ? n->key_len : n->len;

	if (!object && n->kind != JSON_STRING)
		return false;
	for (int i = 0; i < count; i++)
		if (keys[i] != NULL && lens[i] == len && memcmp(keys[i], s, len) == 0)
			return true;
	return false;
}

int
jsonb_delete_key(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
		 const size_t *lens, const struct bytes **ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct json_node *x = jsonb_to_node(&tmp, b);

	if (!is_container(x))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot delete from scalar");
	for (struct json_node **at = &x->child; *at != NULL; ) {
		if (named(*at, x->kind == JSON_OBJECT, n, keys, lens))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	*ret = jsonb_from_node(ar, x);
	return ERR_OK;
}

int
jsonb_delete_index(struct arena *ar, const struct bytes *b, int64_t i, const struct bytes **ret,
		   struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct json_node *x = jsonb_to_node(&tmp, b);

	if (!is_container(x))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot delete from scalar");
	if (x->kind == JSON_OBJECT)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "cannot delete from object using integer index");
	if (i < 0)
		i += x->n;
	if (i < 0 || i >= x->n) {
		*ret = b;
		return ERR_OK;
	}
	struct json_node **at = &x->child;
	for (; i > 0; i--)
		at = &(*at)->next;
	*at = (*at)->next;
	*ret = jsonb_from_node(ar, x);
	return ERR_OK;
}

/* ---- Paths */

enum path_op {
	PATH_CREATE,
	PATH_REPLACE,
	PATH_DELETE,
	PATH_INSERT_BEFORE,
	PATH_INSERT_AFTER,
	PATH_FILL
};

struct path_edit {
	struct arena *a;
	enum path_op op;
	int  n;
	const char *const *keys;
	const size_t *lens;
	const struct json_node *value;
	struct err *e;
};

static bool
creates(const struct path_edit *p)
{
	return p->op != PATH_REPLACE && p->op != PATH_DELETE;
}

/* A copy of the new value that takes the place (and name) of another node. */
static struct json_node *
new_value(const struct path_edit *p, const char *key, uint32_t key_len)
{
	struct json_node *n = json_node_new(p->a, p->value->kind);

	*n = *p->value;
	n->key = key;
	n->key_len = key_len;
	n->next = NULL;
	return n;
}

/* What stands below a part of a path that did not exist: {"b": {"c": value}}, [null, value]. */
static struct json_node *
new_branch(const struct path_edit *p, int level, const char *key, size_t key_len)
{
	struct json_node *n;
	int64_t index;

	if (level == p->n) {
		n = new_value(p, key, (uint32_t) key_len);
	} else if (json_path_index(p->keys[level], p->lens[level], &index)) {
		n = json_node_new(p->a, JSON_ARRAY);
		for (; index > 0; index--)
			append(n, json_node_new(p->a, JSON_NULL));
		append(n, new_branch(p, level + 1, NULL, 0));
	} else {
		n = json_node_new(p->a, JSON_OBJECT);
		append(n, new_branch(p, level + 1, p->keys[level], p->lens[level]));
	}
	n->key = key;
	n->key_len = (uint32_t) key_len;
	return n;
}

static int edit_value(const struct path_edit *p, int level, struct json_node **at);

static int
edit_object(const struct path_edit *p, int level, struct json_node *o)
{
	const char *key = p->keys[level];
	size_t len = p->lens[level];
	bool last = level == p->n - 1;
	struct json_node **at = &o->child;

	while (*at != NULL && ((*at)->key_len != len || memcmp((*at)->key, key, len) != 0))
		at = &(*at)->next;
	if (*at == NULL) {
		if (last ? creates(p) : p->op == PATH_FILL)
			*at = new_branch(p, level + 1, key, len);
		return ERR_OK;
	}
	if (!last)
		return edit_value(p, level + 1, at);
	if (p->op == PATH_INSERT_BEFORE || p->op == PATH_INSERT_AFTER) {
		(void) err_set(p->e, ERR_INVALID_PARAMETER_VALUE, "cannot replace existing key");
		return err_hint(p->e, "Try using the function jsonb_set to replace key value.");
	}
	struct json_node *rest = (*at)->next;
	if (p->op == PATH_DELETE) {
		*at = rest;
		return ERR_OK;
	}
	*at = new_value(p, (*at)->key, (*at)->key_len);
	(*at)->next = rest;
	return ERR_OK;
}

static int
edit_array(const struct path_edit *p, int level, struct json_node *o)
{
	bool last = level == p->n - 1;
	int64_t i;
	int n = 0;

	for (struct json_node *c = o->child; c != NULL; c = c->next)
		n++;
	if (!json_path_index(p->keys[level], p->lens[level], &i))
		return err_set(p->e, ERR_INVALID_TEXT_REPRESENTATION,
		               "path element at position %d is not an integer: \"%.*s\"", level + 1,
		               (int) p->lens[level], p->keys[level]);
	bool before_all = i < 0 && -i > n;
	if (before_all && p->op == PATH_FILL)
		return err_set(p->e, ERR_INVALID_PARAMETER_VALUE,
			       "path element at position %d is out of range: %d", level + 1,
			       (int) i);
	if (i < 0)
		i += n;
	if (last && creates(p) && (before_all || (n == 0 && p->op != PATH_FILL))) {
		struct json_node *v = new_value(p, NULL, 0);
		v->next = o->child;
		o->child = v;
		return ERR_OK;
	}
	if (before_all)
		return ERR_OK;
	if (i >= n) {
		if (!(last ? creates(p) : p->op == PATH_FILL))
			return ERR_OK;
		for (int64_t gap = n; p->op == PATH_FILL && gap < i; gap++)
			append(o, json_node_new(p->a, JSON_NULL));
		append(o, new_branch(p, level + 1, NULL, 0));
		return ERR_OK;
	}
	struct json_node **at = &o->child;
	for (; i > 0; i--)
		at = &(*at)->next;
	if (!last)
		return edit_value(p, level + 1, at);
	struct json_node *old = *at, *v = p->op == PATH_DELETE ? NULL : new_value(p, NULL, 0);
	switch (p->op) {
	case PATH_DELETE:
		*at = old->next;
		break;
	case PATH_INSERT_BEFORE:
		v->next = old;
		*at = v;
		break;
	case PATH_INSERT_AFTER:
		v->next = old->next;
		old->next = v;
		break;
	default:
		v->next = old->next;
		*at = v;
	}
	return ERR_OK;
}

static int
edit_value(const struct path_edit *p, int level, struct json_node **at)
{
	if (p->keys[level] == NULL)
		return err_set(p->e, ERR_NULL_VALUE_NOT_ALLOWED,
			       "path element at position %d is null", level + 1);
	if ((*at)->kind == JSON_OBJECT)
		return edit_object(p, level, *at);
	if ((*at)->kind == JSON_ARRAY)
		return edit_array(p, level, *at);
	if (p->op == PATH_FILL) {
		(void) err_set(p->e, ERR_INVALID_PARAMETER_VALUE, "cannot replace existing key");
		return err_detail(
			p->e,
			"The path assumes key is a composite object, but it is a scalar value.");
	}
	return ERR_OK;          /* a scalar has no such path */
}

static int
edit_path(struct arena *ar, const struct bytes *b, enum path_op op, int n, const char *const *keys,
          const size_t *lens, const struct bytes *v, const struct bytes **ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct json_node *root = jsonb_to_node(&tmp, b);
	struct path_edit p = {
		&tmp, op, n, keys, lens, v != NULL ? jsonb_to_node(&tmp, v) : NULL, e
	};

	if (!is_container(root) && op != PATH_FILL)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot %s path in scalar",
		               op == PATH_DELETE ? "delete" : "set");
	if (n == 0 || (root->child == NULL && !creates(&p))) {
		*ret = b;
		return ERR_OK;
	}
	int rc = edit_value(&p, 0, &root);
	if (rc == ERR_OK)
		*ret = jsonb_from_node(ar, root);
	return rc;
}

int
jsonb_delete_path(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
		  const size_t *lens, const struct bytes **ret, struct err *e)
{
	return edit_path(ar, b, PATH_DELETE, n, keys, lens, NULL, ret, e);
}

int
jsonb_set(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
	  const size_t *lens, const struct bytes *v, bool create, const struct bytes **ret,
	  struct err *e)
{
	return edit_path(ar, b, create ? PATH_CREATE : PATH_REPLACE, n, keys, lens, v, ret, e);
}

int
jsonb_insert(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
	     const size_t *lens, const struct bytes *v, bool after, const struct bytes **ret,
	     struct err *e)
{
	return edit_path(ar, b, after ? PATH_INSERT_AFTER : PATH_INSERT_BEFORE, n, keys, lens, v,
			 ret, e);
}

int
jsonb_set_subscript(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
		    const size_t *lens, const struct bytes *v, const struct bytes **ret,
		    struct err *e)
{
	int64_t index;

	if (b == NULL) {                /* nothing yet: the first subscript says what it becomes */
		bool array = n > 0 && keys[0] != NULL && json_path_index(keys[0], lens[0], &index);
		b = bytes_make(ar, array ? "[]" : "{}", 2);
	}
	return edit_path(ar, b, PATH_FILL, n, keys, lens, v, ret, e);
}

/* ---- Nulls stripped: members, not elements */

static void
strip(struct json_node *n)
{
	for (struct json_node **at = &n->child; *at != NULL; ) {
		if (n->kind == JSON_OBJECT && (*at)->kind == JSON_NULL) {
			*at = (*at)->next;
			continue;
		}
		if (is_container(*at))
			strip(*at);
		at = &(*at)->next;
	}
}

const struct bytes *
jsonb_strip_nulls(struct arena *ar, const struct bytes *b)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct json_node *n = jsonb_to_node(&tmp, b);

	strip(n);
	return jsonb_from_node(ar, n);
}

/* Order and duplicates stay; numbers stay as written. */
static void
put_compact(const struct json_node *n, struct strbuf *to)
{
	bool object = n->kind == JSON_OBJECT;

	if (!is_container(n)) {
		if (n->kind == JSON_STRING)
			json_put_string(to, n->str, n->len);
		else if (n->kind == JSON_NUMBER)
			strbuf_add(to, n->str, n->len);
		else
			strbuf_puts(to, n->kind == JSON_TRUE    ? "true"
					: n->kind == JSON_FALSE ? "false"
								: "null");
		return;
	}
	strbuf_putc(to, object ? '{' : '[');
	for (const struct json_node *c = n->child; c != NULL; c = c->next) {
		if (c != n->child)
			strbuf_putc(to, ',');
		if (object) {
			json_put_string(to, c->key, c->key_len);
			strbuf_putc(to, ':');
		}
		put_compact(c, to);
	}
	strbuf_putc(to, object ? '}' : ']');
}

void
json_strip_nulls(struct json_val v, struct strbuf *to)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct json_node *n;
	struct err e = { 0 };

	if (json_parse(&tmp, v.p, v.len, 0, &n, &e) != ERR_OK) {
		strbuf_add(to, v.p, v.len);     /* \u0000: cannot be unescaped, stays as it is */
		return;
	}
	strip(n);
	put_compact(n, to);
}

/* ---- Pretty */

static void
new_line(struct strbuf *to, int level)
{
	strbuf_putc(to, '\n');
	for (int i = 0; i < level; i++)
		strbuf_add(to, "    ", 4);
}

static void
put_pretty(struct json_val v, int level, struct strbuf *to)
{
	enum json_kind kind = json_kind(v);
	struct json_iter it = json_iter(v);
	struct json_val k, x;
	bool first = true;

	if (kind < JSON_ARRAY) {
		strbuf_add(to, v.p, v.len);
		return;
	}
	strbuf_putc(to, kind == JSON_OBJECT ? '{' : '[');
	while (json_next(&it, &k, &x)) {
		if (!first)
			strbuf_putc(to, ',');
		first = false;
		new_line(to, level + 1);
		if (kind == JSON_OBJECT) {
			strbuf_add(to, k.p - 1, k.len + 2);
			strbuf_add(to, ": ", 2);
		}
		put_pretty(x, level + 1, to);
	}
	new_line(to, level);
	strbuf_putc(to, kind == JSON_OBJECT ? '}' : ']');
}

void
jsonb_pretty(const struct bytes *b, struct strbuf *to)
{
	put_pretty(json_val(b), 0, to);
}
