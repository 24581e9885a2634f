/* test_type_order.c - cmp, hash, key and unkey of every ordered type: all pairs of type_order.def,
 * and random integers, doubles, texts and numerics; binary forms of type_send.def. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/datetime.h"
#include "core/type/type.h"
#include "regress/unit/tap.h"

static const struct { const char *type; int rank; const char *in; } values[] = {
#define ORDER(type, rank, in) { type, rank, in },
#include "regress/unit/type_order.def"
#undef ORDER
};

static const struct { const char *type, *in, *hex; } sends[] = {
#define SEND(type, in, hex) { type, in, hex },
#include "regress/unit/type_send.def"
#undef SEND
};

static struct arena arena;
static struct type_env env = { .arena = &arena, .fmt = &fmt_default };

static union datum
value(const struct type *t, const char *in)
{
	union datum d = { .u = 0 };
	struct err e = { 0 };

	if (t->ops->in(t, &env, in, strlen(in), -1, &d, &e) != ERR_OK)
		bail("%s '%s': %s", t->name, in, e.message);
	return d;
}

static int
sign(int v)
{
	return v < 0 ? -1 : v > 0;
}

/* The key followed by 0xff, as another column might follow: it must not disturb the order. */
static struct strbuf
key_of(const struct type *t, union datum d)
{
	struct strbuf k;

	strbuf_init(&k, &arena);
	t->ops->key(t, d, &k);
	return k;
}

static int
cmp_keys(const struct strbuf *a, const struct strbuf *b)
{
	int c = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return c != 0 ? sign(c) : sign((int) a->len - (int) b->len);
}

/* Is one key the beginning of another?  Then what follows it would matter. */
static bool
is_prefix(const struct strbuf *a, const struct strbuf *b)
{
	size_t n = a->len < b->len ? a->len : b->len;

	return a->len != b->len && memcmp(a->data, b->data, n) == 0;
}

static bool
pair_holds(const struct type *t, union datum a, union datum b, int want)
{
	struct strbuf x = key_of(t, a), y = key_of(t, b);

	return t->ops->cmp(t, a, b) == want && t->ops->cmp(t, b, a) == -want &&
	       cmp_keys(&x, &y) == want && !is_prefix(&x, &y) &&
	       (want != 0 || t->ops->hash(t, a) == t->ops->hash(t, b));
}

static void
check_unkey(const struct type *t, union datum d, const char *what)
{
	struct strbuf k = key_of(t, d);
	union datum back;

	if (t->ops->unkey == NULL)
		return;
	size_t len = k.len;
	strbuf_add(&k, "\xff\xff", 2);
	is_int((int) len, (int) t->ops->unkey(t, &arena, k.data, k.len, &back), "%s: key read back",
	       what);
	is_str(type_text(t, &env, d), type_text(t, &env, back), "%s: value of the key", what);
}

static void
check_table(void)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const struct type *t = type_builtin_by_name(values[i].type);
		union datum a = value(t, values[i].in);
		check_unkey(t, a, values[i].in);
		for (size_t j = i; j < sizeof values / sizeof values[0]; j++) {
			if (strcmp(values[i].type, values[j].type) != 0)
				break;
			ok(pair_holds(t, a, value(t, values[j].in),
				      sign(values[i].rank - values[j].rank)),
			   "%s '%s' and '%s'", t->name, values[i].in, values[j].in);
		}
	}
}

static void
check_send(void)
{
	for (size_t i = 0; i < sizeof sends / sizeof sends[0]; i++) {
		const struct type *t = type_builtin_by_name(sends[i].type);
		struct strbuf b, hex;
		strbuf_init(&b, &arena);
		strbuf_init(&hex, &arena);
		t->ops->send(t, &env, value(t, sends[i].in), &b);
		for (size_t k = 0; k < b.len; k++)
			strbuf_printf(&hex, "%02x", (unsigned char) b.data[k]);
		is_str(sends[i].hex, hex.data, "send %s '%s'", t->name, sends[i].in);
	}
}

static void
check_random(const char *name, void (*make)(char *text, size_t size))
{
	const struct type *t = type_builtin_by_name(name);
	char x[64], y[64];
	int wrong = 0;

	for (int i = 0; i < 20000; i++) {
		make(x, sizeof x);
		make(y, sizeof y);
		union datum a = value(t, x), b = value(t, y);
		if (!pair_holds(t, a, b, sign(t->ops->cmp(t, a, b)))) {
			diag("%s: '%s' and '%s'", name, x, y);
			wrong++;
		}
		arena_reset(&arena);
	}
	is_int(0, wrong, "%s: 20000 random pairs", name);
}

static void
random_int(char *text, size_t size)
{
	snprintf(text, size, "%ld", random() >> (random() % 31) << 1 ^ -(random() & 1));
}

static void
random_numeric(char *text, size_t size)
{
	int digits = (int) (random() % 25);
	size_t n = 0;

	if (random() % 2 == 0)
		text[n++] = '-';
	text[n++] = (char) ('0' + random() % 3);
	for (int i = 0; i < digits && n + 12 < size; i++)
		text[n++] = (char) ('0' + (random() % 4 == 0 ? random() % 10 : 0));
	text[n++] = '.';
	for (int i = 0; i < 8; i++)
		text[n++] = (char) ('0' + (random() % 3 == 0 ? random() % 10 : 0));
	text[n] = '\0';
}

static void
random_text(char *text, size_t size)
{
	size_t n = (size_t) (random() % 6);

	for (size_t i = 0; i < n && i + 1 < size; i++)
		text[i] = "ab\1\377"[random() % 4];
	text[n] = '\0';
}

int
main(void)
{
	srandom(1);
	arena_init(&arena, 0);
	check_table();
	check_send();
	check_random("int8", random_int);
	check_random("float8", random_numeric);
	check_random("numeric", random_numeric);
	check_random("bytea", random_text);
	check_random("text", random_text);
	arena_done(&arena);
	return tap_done();
}
