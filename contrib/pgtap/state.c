/* state.c - counting checks, and the lines they print.
 *
 * The session's setting pgtap.state holds the plan; -1 is no_plan(), an empty value is no plan at
 * all, and a transaction that is rolled back forgets it.  What was run and what failed is counted
 * in the session's memory: a savepoint that is rolled back has printed its lines all the same. */
#include "config.h"
#include "contrib/pgtap/pgtap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/func/session_api.h"

#define SETTING "pgtap.state"

enum { NO_PLAN = -1 };

struct counts { int tests, failed; };

struct state {
	bool set;
	int  plan;
	struct counts *counts;
};

static int
load(struct fcall *c, struct state *ret, struct err *e)
{
	const struct session_api *s = c->env->session;
	const char *text = NULL;
	int rc = s->setting_get(s->self, SETTING, true, &text, e);

	if (rc != ERR_OK)
		return rc;
	struct counts *counts = s->memory(s->self, SETTING, sizeof *counts);
	if (counts == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	*ret = (struct state) { .counts = counts };
	ret->set = text != NULL && sscanf(text, "%d", &ret->plan) == 1;
	return ERR_OK;
}

static int
save(struct fcall *c, const struct state *st, struct err *e)
{
	const struct session_api *s = c->env->session;
	char text[64] = "";

	if (st->set)
		snprintf(text, sizeof text, "%d", st->plan);
	return s->setting_set(s->self, SETTING, text, false, e);
}

static union datum
text_of(struct fcall *c, const struct strbuf *b)
{
	return datum_bytes(bytes_make(c->env->type.arena, b->data, b->len));
}

char *
tap_printf(struct fcall *c, const char *fmt, ...)
{
	struct strbuf b;
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	strbuf_init(&b, c->env->type.arena);
	va_start(ap, fmt);
	vsnprintf(strbuf_room(&b, (size_t) n), (size_t) n + 1, fmt, ap);
	va_end(ap);
	strbuf_wrote(&b, (size_t) n);
	return b.data;
}

void
tap_comment(struct strbuf *to, const char *text)
{
	strbuf_puts(to, "# ");
	for (; *text != '\0'; text++) {
		strbuf_putc(to, *text);
		if (*text == '\n')
			strbuf_puts(to, "# ");
	}
}

int
tap_result(struct fcall *c, bool passed, const char *description, const char *diagnosis,
           union datum *ret, struct err *e)
{
	struct state st;
	struct strbuf b;
	bool named = description != NULL && *description != '\0';
	int rc = load(c, &st, e);

	if (rc != ERR_OK)
		return rc;
	if (!st.set)
		return err_set(e, ERR_RAISE_EXCEPTION,
		               "You tried to run a test without a plan! Gotta have a plan");
	st.counts->tests++;
	st.counts->failed += !passed;
	strbuf_init(&b, c->env->type.arena);
	strbuf_printf(&b, "%sok %d", passed ? "" : "not ", st.counts->tests);
	if (named) {                    /* on one line, whatever the description */
		strbuf_puts(&b, " - ");
		for (const char *at = description; *at != '\0'; at++) {
			strbuf_putc(&b, *at);
			if (*at == '\n')
				strbuf_puts(&b, "# ");
		}
	}
	if (!passed) {
		strbuf_printf(&b, "\n# Failed test %d", st.counts->tests);
		if (named) {
			strbuf_puts(&b, ": \"");
			strbuf_puts(&b, description);
			strbuf_putc(&b, '"');
		}
		if (diagnosis != NULL) {
			strbuf_putc(&b, '\n');
			tap_comment(&b, diagnosis);
		}
	}
	*ret = text_of(c, &b);
	return ERR_OK;
}

const char *
tap_arg(struct fcall *c, const union datum *args, const bool *nulls, int i)
{
	if (i < 0 || i >= c->nargs || (nulls != NULL && nulls[i]))
		return NULL;
	return arena_strndup(c->env->type.arena, bytes_data(args[i].b), bytes_len(args[i].b));
}

const char *
tap_show(struct fcall *c, const union datum *args, const bool *nulls, int i)
{
	if (nulls != NULL && nulls[i])
		return "NULL";
	return type_text(c->arg_types[i], &c->env->type, args[i]);
}

const char *
tap_literal(struct fcall *c, const char *text)
{
	struct strbuf b;

	if (text == NULL)
		return "NULL";
	strbuf_init(&b, c->env->type.arena);
	strbuf_putc(&b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			strbuf_putc(&b, '\'');
		strbuf_putc(&b, *text);
	}
	strbuf_putc(&b, '\'');
	return b.data;
}

static int
begin_plan(struct fcall *c, int plan, struct err *e)
{
	struct state st;
	int rc = load(c, &st, e);

	if (rc != ERR_OK)
		return rc;
	if (st.set)
		return err_set(e, ERR_RAISE_EXCEPTION, "You tried to plan twice!");
	st.set = true;
	st.plan = plan;
	*st.counts = (struct counts) { 0 };
	return save(c, &st, e);
}

int
tap_plan(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
         bool *ret_null, struct err *e)
{
	struct strbuf b;

	if (nulls != NULL && nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = begin_plan(c, (int) args[0].i, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, c->env->type.arena);
	strbuf_printf(&b, "1..%d", (int) args[0].i);
	*ret = text_of(c, &b);
	return ERR_OK;
}

int
tap_no_plan(struct fcall *c, const union datum *args UNUSED, const bool *nulls UNUSED,
            struct row_sink *to UNUSED, struct err *e)
{
	return begin_plan(c, NO_PLAN, e);
}

static int
push_line(struct fcall *c, struct row_sink *to, const struct strbuf *line, struct err *e)
{
	union datum text = text_of(c, line);

	return to->push(to, &text, &(bool) { false }, e);
}

int
tap_finish(struct fcall *c, const union datum *args UNUSED, const bool *nulls UNUSED,
           struct row_sink *to, struct err *e)
{
	struct state st, none = { 0 };
	struct strbuf b;
	int rc = load(c, &st, e);

	if (rc != ERR_OK)
		return rc;
	if (!st.set)
		return err_set(e, ERR_RAISE_EXCEPTION, "# No tests run!");
	rc = save(c, &none, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, c->env->type.arena);
	if (st.plan == NO_PLAN) {
		strbuf_printf(&b, "1..%d", st.counts->tests);
		rc = push_line(c, to, &b, e);
		if (rc != ERR_OK)
			return rc;
		st.plan = st.counts->tests;
		strbuf_init(&b, c->env->type.arena);
	}
	if (st.plan != st.counts->tests)
		strbuf_printf(&b, "# Looks like you planned %d test%s but ran %d", st.plan,
		              st.plan == 1 ? "" : "s", st.counts->tests);
	else if (st.counts->failed != 0)
		strbuf_printf(&b, "# Looks like you failed %d test%s of %d", st.counts->failed,
		              st.counts->failed == 1 ? "" : "s", st.counts->tests);
	return b.len == 0 ? ERR_OK : push_line(c, to, &b, e);
}

int
tap_diag(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
         bool *ret_null, struct err *e UNUSED)
{
	const char *text = tap_arg(c, args, nulls, 0);
	struct strbuf b;

	*ret_null = text == NULL;
	if (text == NULL)
		return ERR_OK;
	strbuf_init(&b, c->env->type.arena);
	tap_comment(&b, text);
	*ret = text_of(c, &b);
	return ERR_OK;
}

int
tap_skip(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
         bool *ret_null UNUSED, struct err *e)
{
	const char *why = tap_arg(c, args, nulls, 0);
	int count = c->nargs > 1 && !(nulls != NULL && nulls[1]) ? (int) args[1].i : 1;
	struct strbuf b;
	struct state st;

	int rc = load(c, &st, e);
	if (rc != ERR_OK)
		return rc;
	if (!st.set)
		return err_set(e, ERR_RAISE_EXCEPTION,
		               "You tried to run a test without a plan! Gotta have a plan");
	strbuf_init(&b, c->env->type.arena);
	for (int i = 0; i < count; i++)
		strbuf_printf(&b, "%sok %d # SKIP %s", i == 0 ? "" : "\n", ++st.counts->tests,
		              why == NULL ? "" : why);
	*ret = text_of(c, &b);
	return ERR_OK;
}
