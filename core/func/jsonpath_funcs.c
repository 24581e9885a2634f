/* jsonpath_funcs.c - jsonb_path_*, @? and @@.
 *
 * The path is parsed once per call site and kept for as long as the same path comes: it is
 * almost always a constant.
 * Not here: reading and running paths (core/type/jsonpath.h), templates (to_date.c). */
#include "config.h"
#include "core/func/jsonish.h"

#include "core/func/regex.h"
#include "core/func/to_date.h"
#include "core/type/jsonpath.h"

struct path_memo {
	const struct bytes *text;       /* the path below, as text */
	struct jsonpath path;
};

static int
parsed_path(struct fcall *c, const struct bytes *text, const struct jsonpath **ret, struct err *e)
{
	struct path_memo *m = c->memo;
	size_t len = bytes_len(text);

	if (m == NULL || bytes_len(m->text) != len ||
	    memcmp(bytes_data(m->text), bytes_data(text), len) != 0) {
		/* Paths that differ from row to row must not pile up where nothing is given back. */
		struct arena *a = m == NULL ? c->env->stmt_arena : fcall_arena(c);
		struct path_memo *fresh = ARENA_NEW(a, struct path_memo);
		fresh->text = bytes_make(a, bytes_data(text), len);
		int rc = jsonpath_parse(a, bytes_data(fresh->text), len, &fresh->path, e);
		if (rc != ERR_OK)
			return rc;
		if (m == NULL)
			c->memo = fresh;
		m = fresh;
	}
	*ret = &m->path;
	return ERR_OK;
}

static int
get_regex(const char *pattern, size_t len, unsigned flags, struct regex **ret, struct err *e)
{
	int how = (flags & JP_REGEX_I) != 0 ? REGEX_ICASE : 0;

	if ((flags & JP_REGEX_Q) != 0)
		how |= REGEX_LITERAL;
	else if ((flags & JP_REGEX_S) == 0)
		how |= REGEX_NL_STOP;
	if ((flags & (JP_REGEX_Q | JP_REGEX_M)) == JP_REGEX_M)
		how |= REGEX_NL_ANCHOR;
	return regex_get(pattern, len, how, ret, e);
}

int
jsonpath_check_regex(const char *pattern, size_t len, unsigned flags, struct err *e)
{
	struct regex *r = NULL;

	return get_regex(pattern, len, flags, &r, e);
}

static int
path_regex(void *self UNUSED, const char *pattern, size_t pattern_len, unsigned flags,
           const char *text, size_t len, bool *ret, struct err *e)
{
	struct regex *r = NULL;
	int rc = get_regex(pattern, pattern_len, flags, &r, e);

	return rc != ERR_OK ? rc : regex_test(r, text, len, 0, ret, e);
}

static int
path_datetime(void *self, const char *text, size_t len, const char *template, size_t template_len,
              oid_t *ret_type, int64_t *ret, int *ret_zone, struct err *e)
{
	struct fcall *c = self;

	return datetime_by_template(fcall_arena(c), arena_strndup(fcall_arena(c), text, len), template,
	                            template_len, ret_type, ret, ret_zone, e);
}

/* One call of any of the functions: (target, path [, vars, silent]). */
struct path_call {
	const struct jsonpath *path;
	struct jsonpath_host host;
	struct jsonpath_run run;
};

static int
open_call(struct fcall *c, const union datum *args, bool tz, struct path_call *ret, struct err *e)
{
	bool is_operator = c->func->nargs == 2;

	ret->host = (struct jsonpath_host) {
		.self = c, .regex = path_regex, .datetime = path_datetime,
	};
	ret->run = (struct jsonpath_run) {
		.arena = fcall_arena(c), .host = &ret->host, .root = json_val(args[0].b),
		.silent = is_operator || args[3].i != 0,
		.tz_allowed = tz, .tz = c->env->type.fmt->tz,
	};
	if (!is_operator)
		ret->run.vars = json_val(args[2].b);
	return parsed_path(c, args[1].b, &ret->path, e);
}

typedef int path_test(const struct jsonpath *, const struct jsonpath_run *, bool *, bool *,
                      struct err *);

static int
test(struct fcall *c, const union datum *args, bool tz, path_test *how, union datum *ret,
     bool *ret_null, struct err *e)
{
	struct path_call p;
	bool yes = false;
	int rc = open_call(c, args, tz, &p, e);

	if (rc == ERR_OK)
		rc = how(p.path, &p.run, &yes, ret_null, e);
	if (rc == ERR_OK)
		ret->i = yes;
	return rc;
}

DEFINE_FUNC(fn_jsonb_path_exists)    { return test(c, args, false, jsonpath_exists, ret, ret_null, e); }
DEFINE_FUNC(fn_jsonb_path_exists_tz) { return test(c, args, true, jsonpath_exists, ret, ret_null, e); }
DEFINE_FUNC(fn_jsonb_path_match)     { return test(c, args, false, jsonpath_match, ret, ret_null, e); }
DEFINE_FUNC(fn_jsonb_path_match_tz)  { return test(c, args, true, jsonpath_match, ret, ret_null, e); }

static int
query(struct fcall *c, const union datum *args, bool tz, struct jsonpath_result *ret, struct err *e)
{
	struct path_call p;
	int rc = open_call(c, args, tz, &p, e);

	*ret = (struct jsonpath_result) { 0 };
	return rc != ERR_OK ? rc : jsonpath_query(p.path, &p.run, ret, e);
}

static int
query_rows(struct fcall *c, const union datum *args, bool tz, struct row_sink *to, struct err *e)
{
	struct jsonpath_result r;
	int rc = query(c, args, tz, &r, e);

	for (int i = 0; rc == ERR_OK && i < r.n; i++) {
		union datum d = text_datum(fcall_arena(c), r.items[i].p, r.items[i].len);
		rc = to->push(to, &d, &(bool) { false }, e);
	}
	return rc;
}

DEFINE_SRF(fn_jsonb_path_query)    { return query_rows(c, args, false, to, e); }
DEFINE_SRF(fn_jsonb_path_query_tz) { return query_rows(c, args, true, to, e); }

static int
query_array(struct fcall *c, const union datum *args, bool tz, union datum *ret, struct err *e)
{
	struct jsonpath_result r;
	struct strbuf b;
	int rc = query(c, args, tz, &r, e);

	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '[');
	for (int i = 0; i < r.n; i++) {
		if (i > 0)
			strbuf_puts(&b, ", ");
		strbuf_add(&b, r.items[i].p, r.items[i].len);
	}
	strbuf_putc(&b, ']');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_jsonb_path_query_array)    { return query_array(c, args, false, ret, e); }
DEFINE_FUNC(fn_jsonb_path_query_array_tz) { return query_array(c, args, true, ret, e); }

static int
query_first(struct fcall *c, const union datum *args, bool tz, union datum *ret, bool *ret_null,
            struct err *e)
{
	struct jsonpath_result r;
	int rc = query(c, args, tz, &r, e);

	if (rc == ERR_OK && r.n > 0)
		*ret = text_datum(fcall_arena(c), r.items[0].p, r.items[0].len);
	else
		*ret_null = true;
	return rc;
}

DEFINE_FUNC(fn_jsonb_path_query_first)    { return query_first(c, args, false, ret, ret_null, e); }
DEFINE_FUNC(fn_jsonb_path_query_first_tz) { return query_first(c, args, true, ret, ret_null, e); }
