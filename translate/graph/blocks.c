/* blocks.c - graph_blocks(): the same answer, normalised for an identity map.
 *
 * One block per distinct entity holds every row once; one block per include path holds the
 * (from key, to key) pairs.  The request runs as graph_query does, with every object carrying its
 * entity and key under reserved names; its objects are then taken apart. */
#include "config.h"
#include "core/type/array.h"
#include "translate/graph/funcs.h"
#include "translate/graph/graph.h"
#include "translate/graph/run.h"

struct block {
	const char *name;               /* entity, or include path */
	bool edge;
	struct list columns;            /* char */
	struct list rows;               /* struct row; edges: struct edge */
	struct map seen;                /* key -> row; pair -> itself */
};
struct row { const char *key; size_t len; struct list values; };       /* json_val per column, NULL: absent */

struct splitter {
	struct arena *arena;
	struct list entities, edges;    /* struct block */
};

static struct block *
block_of(struct splitter *s, struct list *l, const char *name, bool edge)
{
	for (int i = 0; i < l->n; i++)
		if (strcmp(LIST_AT(struct block, l, i)->name, name) == 0)
			return l->at[i];
	struct block *b = ARENA_NEW(s->arena, struct block);
	b->name = name;
	b->edge = edge;
	list_push(l, s->arena, b);
	return b;
}

static int
column_of(struct splitter *s, struct block *b, const char *name, size_t len)
{
	for (int i = 0; i < b->columns.n; i++)
		if (strlen(b->columns.at[i]) == len && memcmp(b->columns.at[i], name, len) == 0)
			return i;
	list_push(&b->columns, s->arena, arena_strndup(s->arena, name, len));
	return b->columns.n - 1;
}

static void
set_value(struct splitter *s, struct row *r, int col, struct json_val v)
{
	while (r->values.n <= col)
		list_push(&r->values, s->arena, NULL);
	if (r->values.at[col] == NULL)
		r->values.at[col] = arena_dup(s->arena, &v, sizeof v);
}

static void
add_edge(struct splitter *s, const char *path, struct json_val from, struct json_val to)
{
	struct block *b = block_of(s, &s->edges, path, true);
	char *pair = arena_alloc(s->arena, from.len + to.len + 5);

	pair[0] = '[';
	memcpy(pair + 1, from.p, from.len);
	memcpy(pair + 1 + from.len, ", ", 2);
	memcpy(pair + 3 + from.len, to.p, to.len);
	pair[from.len + to.len + 3] = ']';
	size_t len = from.len + to.len + 4;
	if (map_get(&b->seen, pair, len) != NULL)
		return;
	(void) map_put(&b->seen, pair, len, b);
	struct json_val *v = ARENA_NEW(s->arena, struct json_val);
	*v = (struct json_val) { pair, len };
	list_push(&b->rows, s->arena, v);
}

static void split_object(struct splitter *s, const char *path, struct json_val o, const struct json_val *parent);

static bool
is_reserved(struct json_val k)
{
	return k.len == 3 && memcmp(k.p, "$$k", 3) == 0;
}

static bool
is_object_with_key(struct json_val v)
{
	return json_kind(v) == JSON_OBJECT && json_get(v, "$$k", 3).p != NULL;
}

/* Includes have names of their own kind; false: a field. */
static bool
split_member(struct splitter *s, const char *path, struct json_val name, struct json_val v, const struct json_val *key)
{
	struct json_iter it;
	struct json_val none, o;

	if (name.len < 3 || memcmp(name.p, "$$i", 3) != 0)
		return false;
	const char *below = path[0] == '\0' ? arena_strndup(s->arena, name.p + 3, name.len - 3)
	                                    : arena_printf(s->arena, "%s.%.*s", path, (int) name.len - 3, name.p + 3);
	(void) block_of(s, &s->edges, below, true);
	if (is_object_with_key(v)) {
		split_object(s, below, v, key);
		return true;
	}
	if (json_kind(v) != JSON_ARRAY)
		return true;
	for (it = json_iter(v); json_next(&it, &none, &o); )
		if (is_object_with_key(o))
			split_object(s, below, o, key);
	return true;
}

static void
split_object(struct splitter *s, const char *path, struct json_val o, const struct json_val *parent)
{
	struct json_val id = json_get(o, "$$k", 3), entity = json_at(id, 0), key = json_at(id, 1), name, v;
	struct block *b = block_of(s, &s->entities, arena_strndup(s->arena, entity.p + 1, entity.len - 2), false);
	struct row *r = map_get(&b->seen, key.p, key.len);

	if (parent != NULL)
		add_edge(s, path, *parent, key);
	if (r == NULL) {
		r = ARENA_NEW(s->arena, struct row);
		r->key = key.p;
		r->len = key.len;
		(void) map_put(&b->seen, key.p, key.len, r);
		list_push(&b->rows, s->arena, r);
	}
	struct json_iter it = json_iter(o);
	while (json_next(&it, &name, &v)) {
		if (is_reserved(name) || split_member(s, path, name, v, &key))
			continue;
		set_value(s, r, column_of(s, b, name.p, name.len), v);
	}
}

static int
split_row(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	struct splitter *s = arg;

	(void) n;
	if (!nulls[0])
		split_object(s, "", json_val(datum_copy(s->arena, values[0], false).b), NULL);
	return arena_check(s->arena, e);
}

/* -- Rows of the result ------------------------------------------------------------------------------- */

static void
put_rows(struct strbuf *to, const struct block *b)
{
	strbuf_putc(to, '[');
	for (int i = 0; i < b->rows.n; i++) {
		if (i > 0)
			strbuf_puts(to, ", ");
		if (b->edge) {
			const struct json_val *pair = b->rows.at[i];
			strbuf_add(to, pair->p, pair->len);
			continue;
		}
		const struct row *r = b->rows.at[i];
		strbuf_putc(to, '[');
		for (int c = 0; c < b->columns.n; c++) {
			const struct json_val *v = c < r->values.n ? r->values.at[c] : NULL;
			if (c > 0)
				strbuf_puts(to, ", ");
			if (v == NULL)
				strbuf_puts(to, "null");
			else
				strbuf_add(to, v->p, v->len);
		}
		strbuf_putc(to, ']');
	}
	strbuf_putc(to, ']');
}

static int
push_block(struct splitter *s, struct block *b, int seq, struct type_env *type, struct row_sink *to, struct err *e)
{
	const struct type *array = type_builtin(OID_TEXT_ARRAY);
	union datum v[5];
	bool null[5] = { false };
	struct strbuf text, rows;

	if (b->edge && b->columns.n == 0) {
		list_push(&b->columns, s->arena, "from_key");
		list_push(&b->columns, s->arena, "to_key");
	}
	strbuf_init(&text, s->arena);
	strbuf_putc(&text, '{');
	for (int i = 0; i < b->columns.n; i++) {
		if (i > 0)
			strbuf_putc(&text, ',');
		json_put_string(&text, b->columns.at[i], strlen(b->columns.at[i]));
	}
	strbuf_putc(&text, '}');
	strbuf_init(&rows, s->arena);
	put_rows(&rows, b);
	v[0] = datum_int(seq);
	v[1] = datum_bytes(bytes_make(s->arena, b->edge ? "edge" : "entity", b->edge ? 4 : 6));
	v[2] = datum_bytes(bytes_make(s->arena, b->name, strlen(b->name)));
	int rc = array->ops->in(array, type, text.data, text.len, -1, &v[3], e);
	v[4] = datum_bytes(bytes_make(s->arena, rows.data, rows.len));
	map_done(&b->seen);
	return rc != ERR_OK ? rc : to->push(to, v, null, e);
}

static int
blocks_srf(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct graph_options o = { .keys = true };
	struct graph_request_info info;
	struct splitter s = { .arena = &a };
	struct bind_env env;
	struct type_env type;
	struct query *q;
	struct plan_stmt *plan;
	bool params = c->nargs > 1 && (nulls == NULL || !nulls[1]);
	int seq = 0;

	int rc = graph_bind_env(c->env, &a, &env, &type, e);
	if (rc == ERR_OK)
		rc = graph_bind_query(&env, bytes_data(args[0].b), bytes_len(args[0].b), params ? bytes_data(args[1].b) : NULL,
		                      params ? bytes_len(args[1].b) : 0, &o, &q, &info, e);
	if (rc == ERR_OK)
		rc = graph_plan(c->env, &a, q, &plan, e);
	if (rc == ERR_OK)
		rc = graph_run_plan(c->env, &a, plan, false, split_row, &s, NULL, NULL, e);
	for (int i = 0; i < s.entities.n && rc == ERR_OK; i++)
		rc = push_block(&s, s.entities.at[i], seq++, &type, to, e);
	for (int i = 0; i < s.edges.n && rc == ERR_OK; i++)
		rc = push_block(&s, s.edges.at[i], seq++, &type, to, e);
	return rc;
}

void
graph_register_blocks(void)
{
	static const oid_t jsonb[] = { OID_JSONB, OID_JSONB }, text[] = { OID_TEXT, OID_JSONB };
	static const char *const names[] = { "q", "params" }, *const defaults[] = { "'{}'::jsonb" };
	static const struct func_out outs[] = { { "seq", OID_INT4 }, { "kind", OID_TEXT }, { "name", OID_TEXT },
		                                { "columns", OID_TEXT_ARRAY }, { "rows", OID_JSONB } };
	static const struct func f[] = {
		{ .oid = 9884, .name = "graph_blocks", .kind = FUNC_NORMAL, .strict = true, .retset = true, .volatility = 's',
		  .ret = OID_RECORD, .nargs = 2, .ndefaults = 1, .args = jsonb, .arg_names = names, .defaults = defaults, .nouts = 5,
		  .outs = outs, .srf = blocks_srf, .comment = "a graph as normalised blocks: entities once, edges per include path" },
		{ .oid = 9889, .name = "graph_blocks", .kind = FUNC_NORMAL, .strict = true, .retset = true, .volatility = 's',
		  .ret = OID_RECORD, .nargs = 2, .ndefaults = 1, .args = text, .arg_names = names, .defaults = defaults, .nouts = 5,
		  .outs = outs, .srf = blocks_srf, .comment = "a graph as normalised blocks: entities once, edges per include path" },
	};

	func_register(f, 2);
}
