/* fuzz_types.c - values of every built-in type, in text and binary: what can be read can be
 * written, and read again as the same value. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
die(const struct type *t, const char *what, const char *text)
{
	fprintf(stderr, "%s: %s: %s\n", t->name, what, text);
	abort();
}

/* Text and back; binary and back.  Types without an order (json) are compared as text. */
static void
round_trip(const struct type *t, struct type_env *env, union datum d)
{
	struct strbuf text, again, binary;
	struct err e = { 0 };
	union datum back;

	strbuf_init(&text, env->arena);
	t->ops->out(t, env, d, &text);
	if (t->ops->in(t, env, text.data, text.len, -1, &back, &e) != ERR_OK)
		die(t, e.message, text.data);
	strbuf_init(&again, env->arena);
	t->ops->out(t, env, back, &again);
	if (strcmp(text.data, again.data) != 0)
		die(t, again.data, text.data);
	if (t->ops->send == NULL || t->ops->recv == NULL)
		return;
	strbuf_init(&binary, env->arena);
	t->ops->send(t, env, d, &binary);
	err_init(&e);
	if (t->ops->recv(t, env, binary.data, binary.len, -1, &back, &e) != ERR_OK)
		die(t, e.message, text.data);
	if (t->ops->cmp != NULL && t->ops->cmp(t, d, back) != 0)
		die(t, "binary form is another value", text.data);
	if (t->ops->hash != NULL && t->ops->hash(t, d) != t->ops->hash(t, back))
		die(t, "hash differs", text.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct arena a;
	union datum d;

	if (size < 2)
		return 0;
	const struct type *t = type_builtin_at((data[0] & 0x7f) % type_builtin_count());
	bool binary = (data[0] & 0x80) != 0;
	if (t->kind == TYPE_PSEUDO || t->kind == TYPE_COMPOSITE || t->ops == NULL || t->ops->in == NULL)
		return 0;
	arena_init(&a, 0);
	struct type_env env = { .arena = &a, .fmt = &fmt_default };
	char *copy = malloc(size);      /* ended by NUL, and by the sanitizer's red zone */
	memcpy(copy, data + 1, size - 1);
	copy[size - 1] = '\0';
	int rc = binary ? (t->ops->recv == NULL ? ERR_SYNTAX_ERROR :
	                   t->ops->recv(t, &env, copy, size - 1, -1, &d, &e)) :
	                  t->ops->in(t, &env, copy, strlen(copy), -1, &d, &e);
	if (rc == ERR_OK)
		round_trip(t, &env, d);
	else if (!binary && e.code == ERR_OK)
		die(t, "failed without an error", copy);
	free(copy);
	arena_done(&a);
	return 0;
}
