/* test_type_io.c - the text forms of all types against PostgreSQL's answers (type_io.def), and
 * that every value survives its own text and binary forms. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/type/datetime.h"
#include "core/type/type.h"
#include "regress/unit/tap.h"

static const struct {
	const char *type;
	int  typmod;
	const char *in, *out, *error;
} cases[] = {
#define IO(type, typmod, in, out, error) { type, typmod, in, out, error },
#include "regress/unit/type_io.def"
#undef IO
};

static struct arena arena;
static struct fmt_settings settings;
static struct type_env env = { .arena = &arena, .fmt = &settings };

static const char *
error_text(const struct err *e)
{
	const char *detail = e->detail[0] != '\0' ? " / " : "",
		   *hint = e->hint[0] != '\0' ? " / H " : "";

	return arena_printf(&arena, "%s %s%s%s%s%s", err_sqlstate(e->code), e->message, detail,
			    e->detail, hint, e->hint);
}

/* A value read back from its text and its binary form is the same value. */
static void
check_round_trip(const struct type *t, union datum d, const char *what)
{
	struct strbuf wire;
	union datum back;
	struct err e = { 0 };
	char *text = type_text(t, &env, d);

	int rc = t->ops->in(t, &env, text, strlen(text), -1, &back, &e);
	is_str(text, rc == ERR_OK ? type_text(t, &env, back) : e.message, "%s: text again", what);
	strbuf_init(&wire, &arena);
	t->ops->send(t, &env, d, &wire);
	err_init(&e);
	rc = t->ops->recv(t, &env, wire.data, wire.len, -1, &back, &e);
	is_str(text, rc == ERR_OK ? type_text(t, &env, back) : e.message, "%s: binary again", what);
	if (rc == ERR_OK && type_has_equality(t)) {
		is_int(0, t->ops->cmp(t, d, back), "%s: equal to itself", what);
		ok(t->ops->hash(t, d) == t->ops->hash(t, back), "%s: equal hashes", what);
	}
	/* cut at every length: never a crash */
	for (size_t n = 0; n < wire.len; n++) {
		err_init(&e);
		char *cut = arena_dup(&arena, wire.data, n + 1);
		(void) !t->ops->recv(t, &env, cut, n, -1, &back, &e);
	}
}

int
main(void)
{
	arena_init(&arena, 0);
	settings = fmt_default;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct type *t = type_builtin_by_name(cases[i].type);
		struct err e = { 0 };
		union datum d = { .u = 0 };
		char what[160];
		snprintf(what, sizeof what, "%s '%.80s'", cases[i].type, cases[i].in);
		int rc = t->ops->in(t, &env, cases[i].in, strlen(cases[i].in), cases[i].typmod, &d,
				    &e);
		is_str(cases[i].out, rc == ERR_OK ? type_text(t, &env, d) : NULL, "%s", what);
		is_str(cases[i].error, rc != ERR_OK ? error_text(&e) : NULL, "%s: error", what);
		if (rc == ERR_OK)
			check_round_trip(t, d, what);
	}
	arena_done(&arena);
	return tap_done();
}
