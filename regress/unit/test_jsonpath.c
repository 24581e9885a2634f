/* test_jsonpath.c - running paths over documents against PostgreSQL's results (jsonpath.def), and
 * the hooks that a host gives. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/func/to_date.h"
#include "core/type/datetime.h"
#include "core/type/jsonpath.h"
#include "regress/unit/tap.h"

static const struct {
	const char *op, *doc, *path, *vars;
	bool silent;
	const char *result;
} cases[] = {
#define PATH(op, doc, path, vars, silent, result) { op, doc, path, vars, silent, result },
#include "regress/unit/jsonpath.def"
#undef PATH
};

static struct arena arena;

static struct json_val
document(const char *s)
{
	const struct bytes *b;
	struct err e = { 0 };

	if (jsonb_parse(&arena, s, strlen(s), &b, &e) != ERR_OK)
		bail("'%s': %s", s, e.message);
	return json_val(b);
}

static int
query(const struct jsonpath *p, const struct jsonpath_run *run, const char **ret, struct err *e)
{
	struct jsonpath_result r;
	struct strbuf b;

	int rc = jsonpath_query(p, run, &r, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, &arena);
	strbuf_putc(&b, '[');
	for (int i = 0; i < r.n; i++) {
		if (i > 0)
			strbuf_puts(&b, ", ");
		strbuf_add(&b, r.items[i].p, r.items[i].len);
	}
	strbuf_putc(&b, ']');
	*ret = b.data;
	return ERR_OK;
}

static const char *
run_case(const char *op, const char *path, struct jsonpath_run *run)
{
	struct jsonpath p;
	struct err e = { 0 };
	const char *text = NULL;
	bool yes = false, null = true;

	run->tz_allowed = *op == 'z';
	op += *op == 'z';
	int rc = jsonpath_parse(&arena, path, strlen(path), &p, &e);
	if (rc == ERR_OK && strcmp(op, "query") == 0) {
		rc = query(&p, run, &text, &e);
	} else if (rc == ERR_OK) {
		rc = (strcmp(op, "exists") == 0 ? jsonpath_exists : jsonpath_match)(&p, run, &yes,
										    &null, &e);
		text = null ? "NULL" : yes ? "true" : "false";
	}
	if (rc == ERR_OK)
		return text;
	return arena_printf(&arena, "%s %s%s%s%s%s", err_sqlstate(e.code), e.message,
			    e.detail[0] != '\0' ? " / " : "", e.detail,
			    e.hint[0] != '\0' ? " / H " : "", e.hint);
}

/* "Matches" when the text contains the pattern. */
static int
fake_regex(void *self, const char *pattern, size_t pattern_len, unsigned flags, const char *text,
	   size_t len, bool *ret, struct err *e UNUSED)
{
	*(unsigned *) self |= flags;
	*ret = memmem(text, len, pattern, pattern_len) != NULL;
	return ERR_OK;
}

static int
read_datetime(void *self UNUSED, const char *text, size_t len, const char *template,
	      size_t template_len, oid_t *ret_type, int64_t *ret, int *ret_zone, struct err *e)
{
	return datetime_by_template(&arena, arena_strndup(&arena, text, len), template,
				    template_len, ret_type, ret, ret_zone, e);
}

static void
check_host(void)
{
	unsigned flags = 0;
	struct jsonpath_host host = { .self = &flags, .regex = fake_regex };
	struct jsonpath_run run = { .arena = &arena,
				    .host = &host,
				    .root = document("[\"abc\", \"b\", 1]") };

	is_str("[\"abc\", \"b\"]",
	       run_case("query", "$[*] ? (@ like_regex \"b\" flag \"iq\")", &run), "like_regex");
	is_int(JP_REGEX_I | JP_REGEX_Q, (int) flags, "its flags");
	run.host = NULL;
	is_str("0A000 like_regex in a jsonpath here is not supported",
	       run_case("query", "$[*] ? (@ like_regex \"b\")", &run), "without a host");
}

int
main(void)
{
	arena_init(&arena, 0);
	const struct jsonpath_host host = { .datetime = read_datetime };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct jsonpath_run run = {
			.arena = &arena,
			.host = &host,
			.root = document(cases[i].doc),
			.vars = document(cases[i].vars),
			.silent = cases[i].silent,
			.tz = tz_utc,
		};
		is_str(cases[i].result, run_case(cases[i].op, cases[i].path, &run), "%s of %s: %s",
		       cases[i].op, cases[i].doc, cases[i].path);
		arena_reset(&arena);
	}
	check_host();
	arena_done(&arena);
	return tap_done();
}
