/* json_dom.c - JSON as a tree on an arena: for graph requests, and for operations that rebuild.
 *
 * Keys keep their order and duplicates until jsonb_from_node() makes jsonb of them. */
#include "config.h"
#include "core/type/json_lex.h"

#include <stdlib.h>

struct dom_frame {
	struct json_node *node;
	struct json_node **tail;        /* where the next child is linked */
};

struct dom {
	struct arena *a;
	struct json_node *root;
	struct strbuf frames;
	const char *key;                /* of the member whose value comes next */
	uint32_t key_len, key_pos;
};

struct json_node *
json_node_new(struct arena *a, enum json_kind kind)
{
	struct json_node *n = ARENA_NEW(a, struct json_node);

	n->kind = kind;
	return n;
}

static struct json_node *
add_node(struct dom *d, enum json_kind kind, uint32_t pos)
{
	struct json_node *n = json_node_new(d->a, kind);

	n->pos = pos;
	if (d->frames.len == 0) {
		d->root = n;
		return n;
	}
	struct dom_frame *f = (struct dom_frame *) (void *) (d->frames.data + d->frames.len) - 1;
	if (f->node->kind == JSON_OBJECT) {
		n->key = d->key;
		n->key_len = d->key_len;
		n->key_pos = d->key_pos;
	}
	f->node->n++;
	*f->tail = n;
	f->tail = &n->next;
	return n;
}

static int
on_open(void *arg, bool object, uint32_t pos, struct err *e UNUSED)
{
	struct dom *d = arg;
	struct json_node *n = add_node(d, object ? JSON_OBJECT : JSON_ARRAY, pos);
	struct dom_frame f = { n, &n->child };

	strbuf_add(&d->frames, &f, sizeof f);
	return ERR_OK;
}

static int
on_close(void *arg, bool object UNUSED, struct err *e UNUSED)
{
	struct dom *d = arg;

	d->frames.len -= sizeof(struct dom_frame);
	return ERR_OK;
}

static int
on_key(void *arg, const char *s, size_t len, uint32_t pos, struct err *e UNUSED)
{
	struct dom *d = arg;

	d->key = arena_strndup(d->a, s, len);
	d->key_len = (uint32_t) len;
	d->key_pos = pos;
	return ERR_OK;
}

static int
on_string(void *arg, const char *s, size_t len, uint32_t pos, struct err *e UNUSED)
{
	struct dom *d = arg;
	struct json_node *n = add_node(d, JSON_STRING, pos);

	n->str = arena_strndup(d->a, s, len);
	n->len = (uint32_t) len;
	return ERR_OK;
}

static int
on_number(void *arg, const char *s, size_t len, uint32_t pos, struct err *e UNUSED)
{
	struct dom *d = arg;
	struct json_node *n = add_node(d, JSON_NUMBER, pos);

	n->str = arena_strndup(d->a, s, len);
	n->len = (uint32_t) len;
	return ERR_OK;
}

static int
on_word(void *arg, enum json_kind kind, uint32_t pos, struct err *e UNUSED)
{
	add_node(arg, kind, pos);
	return ERR_OK;
}

int
json_parse(struct arena *a, const char *s, size_t len, int max_depth, struct json_node **ret,
	   struct err *e)
{
	struct dom d = { .a = a };
	const struct json_events ev = {
		.arg = &d, .unescape = true, .open = on_open, .close = on_close, .key = on_key,
		.string = on_string, .number = on_number, .word = on_word,
	};

	strbuf_init(&d.frames, a);
	int rc = json_walk(s, len, max_depth, &ev, e);
	if (rc == ERR_OK)
		*ret = d.root;
	return rc;
}

struct json_node *
jsonb_to_node(struct arena *a, const struct bytes *b)
{
	struct json_node *n = NULL;
	struct err e = { 0 };

	if (json_parse(a, bytes_data(b), bytes_len(b), 0, &n, &e) != ERR_OK)
		n = json_node_new(a, JSON_NULL);        /* not reached: jsonb is valid JSON */
	return n;
}

const struct json_node *
json_member_n(const struct json_node *o, const char *key, size_t len)
{
	const struct json_node *found = NULL;

	if (o == NULL || o->kind != JSON_OBJECT)
		return NULL;
	for (const struct json_node *n = o->child; n != NULL; n = n->next)
		if (n->key_len == len && memcmp(n->key, key, len) == 0)
			found = n;
	return found;
}

const struct json_node *
json_member(const struct json_node *o, const char *key)
{
	return json_member_n(o, key, strlen(key));
}

/* ---- Back to text.  Recursion is bounded by the depth of the tree: JSON_DEPTH_MAX. */

static int
node_order(const void *x, const void *y)
{
	const struct json_node *a = *(struct json_node *const *) x,
			       *b = *(struct json_node *const *) y;
	int c = json_key_cmp(a->key, a->key_len, b->key, b->key_len);

	return c != 0 ? c : a->pos < b->pos ? -1 : a->pos > b->pos;
}

/* Sorts the children and drops all but the last of equal keys; `pos` is used for their order. */
static void
sort_members(struct arena *a, struct json_node *o)
{
	uint32_t seq = 0;
	bool sorted = true;

	for (struct json_node *n = o->child; n != NULL; n = n->next) {
		n->pos = seq++;
		if (n->next != NULL &&
		    json_key_cmp(n->key, n->key_len, n->next->key, n->next->key_len) >= 0)
			sorted = false;
	}
	o->n = (int) seq;
	if (sorted)
		return;
	struct json_node **v = arena_alloc(a, seq * sizeof *v);
	seq = 0;
	for (struct json_node *n = o->child; n != NULL; n = n->next)
		v[seq++] = n;
	qsort(v, seq, sizeof *v, node_order);
	struct json_node **tail = &o->child;
	o->n = 0;
	for (uint32_t i = 0; i < seq; i++) {
		if (i + 1 < seq &&
		    json_key_cmp(v[i]->key, v[i]->key_len, v[i + 1]->key, v[i + 1]->key_len) == 0)
			continue;
		*tail = v[i];
		tail = &v[i]->next;
		o->n++;
	}
	*tail = NULL;
}

static void
put_node(struct arena *a, struct json_node *n, struct strbuf *to)
{
	struct err e = { 0 };

	switch (n->kind) {
	case JSON_NULL:
		strbuf_puts(to, "null");
		return;
	case JSON_TRUE:
		strbuf_puts(to, "true");
		return;
	case JSON_FALSE:
		strbuf_puts(to, "false");
		return;
	case JSON_STRING:
		json_put_string(to, n->str, n->len);
		return;
	case JSON_NUMBER:
		if (json_put_number(to, n->str, n->len, &e) != ERR_OK)
			strbuf_add(to, n->str,
				   n->len); /* beyond numeric's range: kept as written */
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	bool object = n->kind == JSON_OBJECT;
	if (object)
		sort_members(a, n);
	strbuf_putc(to, object ? '{' : '[');
	for (struct json_node *c = n->child; c != NULL; c = c->next) {
		if (c != n->child)
			strbuf_add(to, ", ", 2);
		if (object) {
			json_put_string(to, c->key, c->key_len);
			strbuf_add(to, ": ", 2);
		}
		put_node(a, c, to);
	}
	strbuf_putc(to, object ? '}' : ']');
}

const struct bytes *
jsonb_from_node(struct arena *a, struct json_node *n)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct strbuf out;

	strbuf_init(&out, &tmp);
	put_node(&tmp, n, &out);
	return bytes_make(a, out.data, out.len);
}
