/* jsonb_parse.c - any JSON text to jsonb's canonical text, in one pass.
 *
 * Members are written as they come; an object whose keys came in order (as they do when jsonb
 * reads its own output) is finished, any other has its members put in order when it closes.
 *
 * Not here: the reading itself (json_lex.c). */
#include "config.h"
#include "core/type/json_lex.h"

#include <stdlib.h>

enum { STRING_MAX = 0x0fffffff };

struct member {
	uint32_t start, end;            /* `"key": value` in the output */
	uint32_t key, key_len;          /* the key, unescaped, in `keys` */
	uint32_t seq;                   /* the order they came in */
};

struct frame {
	bool object;
	bool sorted;                    /* keys have come in strictly rising order */
	uint32_t start;                 /* of the output after the bracket */
	uint32_t members, keys;         /* where its members and keys begin */
	uint32_t n;
};

struct builder {
	struct arena *tmp;
	struct strbuf out, keys, frames, members;
};

static struct frame *
top(struct builder *b)
{
	return b->frames.len == 0 ? NULL
				  : (struct frame *) (void *) (b->frames.data + b->frames.len) - 1;
}

static struct member *
member_at(struct builder *b, uint32_t i)
{
	return (struct member *) (void *) b->members.data + i;
}

/* Before an element of an array or a member of an object. */
static void
begin_item(struct builder *b)
{
	struct frame *f = top(b);

	if (f != NULL && f->n++ > 0)
		strbuf_add(&b->out, ", ", 2);
}

static void
begin_value(struct builder *b)
{
	struct frame *f = top(b);

	if (f != NULL && !f->object)
		begin_item(b);
}

static void
end_value(struct builder *b)
{
	struct frame *f = top(b);

	if (f != NULL && f->object)
		member_at(b, f->members + f->n - 1)->end = (uint32_t) b->out.len;
}

static int
on_open(void *arg, bool object, uint32_t pos UNUSED, struct err *e UNUSED)
{
	struct builder *b = arg;
	struct frame f = { .object = object, .sorted = true };

	begin_value(b);
	strbuf_putc(&b->out, object ? '{' : '[');
	f.start = (uint32_t) b->out.len;
	f.members = (uint32_t) (b->members.len / sizeof(struct member));
	f.keys = (uint32_t) b->keys.len;
	strbuf_add(&b->frames, &f, sizeof f);
	return ERR_OK;
}

static int
check_length(size_t len, struct err *e)
{
	if (len <= STRING_MAX)
		return ERR_OK;
	(void) err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		       "string too long to represent as jsonb string");
	return err_detail(
		e, "Due to an implementation restriction, jsonb strings cannot exceed %d bytes.",
		STRING_MAX);
}

static int
on_key(void *arg, const char *s, size_t len, uint32_t pos UNUSED, struct err *e)
{
	struct builder *b = arg;
	struct frame *f = top(b);
	struct member m = { .key = (uint32_t) b->keys.len, .key_len = (uint32_t) len, .seq = f->n };

	if (f->n > 0) {
		const struct member *last = member_at(b, f->members + f->n - 1);
		if (json_key_cmp(b->keys.data + last->key, last->key_len, s, len) >= 0)
			f->sorted = false;
	}
	begin_item(b);
	m.start = (uint32_t) b->out.len;
	strbuf_add(&b->keys, s, len);
	strbuf_add(&b->members, &m, sizeof m);
	json_put_string(&b->out, s, len);
	strbuf_add(&b->out, ": ", 2);
	return check_length(len, e);
}

static int
on_string(void *arg, const char *s, size_t len, uint32_t pos UNUSED, struct err *e)
{
	struct builder *b = arg;

	begin_value(b);
	json_put_string(&b->out, s, len);
	end_value(b);
	return check_length(len, e);
}

static int
on_number(void *arg, const char *s, size_t len, uint32_t pos UNUSED, struct err *e)
{
	struct builder *b = arg;

	begin_value(b);
	int rc = json_put_number(&b->out, s, len, e);
	end_value(b);
	return rc;
}

static int
on_word(void *arg, enum json_kind kind, uint32_t pos UNUSED, struct err *e UNUSED)
{
	struct builder *b = arg;

	begin_value(b);
	strbuf_puts(&b->out, kind == JSON_TRUE ? "true" : kind == JSON_FALSE ? "false" : "null");
	end_value(b);
	return ERR_OK;
}

static int
member_order(const void *x, const void *y, void *keys)
{
	const struct member *a = x, *b = y;
	int c = json_key_cmp((char *) keys + a->key, a->key_len, (char *) keys + b->key,
			     b->key_len);

	return c != 0 ? c : a->seq < b->seq ? -1 : 1;
}

/* Writes the object's members again in order; of equal keys the last one stays. */
static void
sort_object(struct builder *b, const struct frame *f)
{
	struct member *m = member_at(b, f->members);
	size_t len = b->out.len - f->start;
	char *copy = malloc(len + 1);

	if (copy == NULL) {
		b->tmp->failed = true;
		return;
	}
	memcpy(copy, b->out.data + f->start, len);
	qsort_r(m, f->n, sizeof *m, member_order, b->keys.data);
	b->out.len = f->start;
	bool first = true;
	for (uint32_t i = 0; i < f->n; i++) {
		if (i + 1 < f->n &&
		    json_key_cmp(b->keys.data + m[i].key, m[i].key_len, b->keys.data + m[i + 1].key,
				 m[i + 1].key_len) == 0)
			continue;
		if (!first)
			strbuf_add(&b->out, ", ", 2);
		strbuf_add(&b->out, copy + (m[i].start - f->start), m[i].end - m[i].start);
		first = false;
	}
	free(copy);
}

static int
on_close(void *arg, bool object, struct err *e UNUSED)
{
	struct builder *b = arg;
	struct frame f = *top(b);

	if (object && !f.sorted)
		sort_object(b, &f);
	strbuf_putc(&b->out, object ? '}' : ']');
	b->frames.len -= sizeof f;
	b->members.len = f.members * sizeof(struct member);
	b->keys.len = f.keys;
	end_value(b);
	return ERR_OK;
}

int
jsonb_parse(struct arena *a, const char *s, size_t len, const struct bytes **ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct builder b = { .tmp = &tmp };
	const struct json_events ev = {
		.arg = &b, .unescape = true, .open = on_open, .close = on_close, .key = on_key,
		.string = on_string, .number = on_number, .word = on_word,
	};

	strbuf_init(&b.out, &tmp);
	strbuf_init(&b.keys, &tmp);
	strbuf_init(&b.frames, &tmp);
	strbuf_init(&b.members, &tmp);
	int rc = json_walk(s, len, 0, &ev, e);
	if (rc == ERR_OK)
		rc = arena_check(&tmp, e);
	if (rc == ERR_OK)
		*ret = bytes_make(a, b.out.data, b.out.len);
	return rc;
}
