/* regex_funcs.c - ~, regexp_*, substring(... from pattern), SIMILAR TO.
 *
 * Not here: the matcher (regex.h). */
#include "config.h"
#include "core/func/impl.h"

#include "core/func/regex.h"
#include "core/type/array.h"
#include "core/type/text.h"

enum { SPANS_MAX = 128 };

static int
get(union datum pattern, int flags, struct regex **ret, struct err *e)
{
	return regex_get(bytes_data(pattern.b), bytes_len(pattern.b), flags, ret, e);
}

/* ---- ~ ~* !~ !~* */
static int
test(const union datum *args, int flags, bool negate, union datum *ret, struct err *e)
{
	struct regex *r = NULL;
	bool hit = false;
	int rc = get(args[1], flags, &r, e);

	if (rc == ERR_OK)
		rc = regex_test(r, bytes_data(args[0].b), bytes_len(args[0].b), 0, &hit, e);
	if (rc == ERR_OK)
		ret->i = hit != negate;
	return rc;
}

static int
test_batch(const struct vec *args, const uint16_t *sel, int n, int flags, bool negate,
           struct vec *ret, struct err *e)
{
	for (int k = 0; k < n; k++) {
		int i = sel_at(sel, k);
		if (vec_null(ret, i))
			continue;
		const union datum pair[2] = { vec_at(&args[0], i), vec_at(&args[1], i) };
		int rc = test(pair, flags, negate, &ret->v[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

#define REGEX_TEST(name, flags, negate) \
	DEFINE_FUNC(fn_regex_##name) { return test(args, flags, negate, ret, e); } \
	DEFINE_VEC(fn_regex_##name##_vec) { return test_batch(args, sel, n, flags, negate, ret, e); }
REGEX_TEST(match, 0, false)
REGEX_TEST(not_match, 0, true)
REGEX_TEST(imatch, REGEX_ICASE, false)
REGEX_TEST(not_imatch, REGEX_ICASE, true)

/* ---- Flags as text */
static int
parse_flags(union datum text, int *ret, bool *ret_global, struct err *e)
{
	size_t len;
	const char *s = arg_text(text, &len);
	int flags = 0;

	*ret_global = false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == 'g')
			*ret_global = true;
		else if (s[i] == 'b' || s[i] == 'e')
			return err_unsupported(e, "basic and extended regular expressions (options b, e)",
			                       "Write an advanced regular expression.");
		else if ((unsigned char) s[i] >= 0x80 || !rx_option(s[i], &flags))
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "invalid regular expression option: \"%.*s\"",
			               utf8_char_len(s[i]), s + i);
	}
	*ret = flags;
	return ERR_OK;
}

static int
no_global(const struct fcall *c, bool global, struct err *e)
{
	if (!global)
		return ERR_OK;
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "%s() does not support the \"global\" option",
	        c->func->name);
	return strcmp(c->func->name, "regexp_match") == 0
	       ? err_hint(e, "Use the regexp_matches function instead.") : e->code;
}

static int
bad_parameter(const char *name, int64_t v, struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": %d", name,
	               (int) v);
}

/* ---- All matches, one after the other */
struct scan {
	struct regex *r;
	const char *s;
	size_t len, at;
	int nspans;
	struct regex_span span[SPANS_MAX];
	bool over;
};

static int
scan_init(struct scan *sc, union datum text, union datum pattern, int flags, struct err *e)
{
	*sc = (struct scan) { .s = bytes_data(text.b), .len = bytes_len(text.b) };
	int rc = get(pattern, flags, &sc->r, e);
	if (rc != ERR_OK)
		return rc;
	sc->nspans = regex_groups(sc->r) + 1;
	if (sc->nspans > SPANS_MAX)
		return err_set(e, ERR_INVALID_REGULAR_EXPRESSION,
		               "invalid regular expression: regular expression is too complex");
	return ERR_OK;
}

static size_t
after_char(const struct scan *sc, size_t at)
{
	return at < sc->len ? at + (size_t) utf8_char_len(sc->s[at]) : sc->len + 1;
}

static int
scan_next(struct scan *sc, bool *ret, struct err *e)
{
	*ret = false;
	if (sc->over || sc->at > sc->len)
		return ERR_OK;
	int rc = regex_find(sc->r, sc->s, sc->len, sc->at, sc->span, sc->nspans, ret, e);
	if (rc != ERR_OK)
		return rc;
	if (!*ret) {
		sc->over = true;
		return ERR_OK;
	}
	sc->at = (size_t) sc->span[0].end;
	if (sc->span[0].start == sc->span[0].end)       /* or it would be found again */
		sc->at = after_char(sc, sc->at);
	return ERR_OK;
}

static union datum
span_text(struct fcall *c, const struct scan *sc, int i)
{
	return text_datum(fcall_arena(c), sc->s + sc->span[i].start,
	                  (size_t) (sc->span[i].end - sc->span[i].start));
}

/* The groups of a match as text[], or all of it when there are none. */
static union datum
groups_array(struct fcall *c, const struct scan *sc)
{
	struct array_build out;

	array_build_init(&out, fcall_arena(c), type_builtin(OID_TEXT));
	if (sc->nspans == 1)
		array_build_add(&out, span_text(c, sc, 0), false);
	for (int i = 1; i < sc->nspans; i++) {
		bool null = sc->span[i].start < 0;
		array_build_add(&out, null ? (union datum) { 0 } : span_text(c, sc, i), null);
	}
	return datum_bytes(array_build_done(&out, fcall_arena(c)));
}

DEFINE_FUNC(fn_regexp_match)
{
	struct scan sc;
	int flags = 0;
	bool global = false, hit = false;
	int rc = c->nargs > 2 ? parse_flags(args[2], &flags, &global, e) : ERR_OK;

	if (rc == ERR_OK)
		rc = no_global(c, global, e);
	if (rc == ERR_OK)
		rc = scan_init(&sc, args[0], args[1], flags, e);
	if (rc == ERR_OK)
		rc = scan_next(&sc, &hit, e);
	if (rc != ERR_OK)
		return rc;
	if (hit)
		*ret = groups_array(c, &sc);
	*ret_null = !hit;
	return ERR_OK;
}

DEFINE_SRF(fn_regexp_matches)
{
	struct scan sc;
	int flags = 0;
	bool global = false, hit = true;
	const bool null = false;
	int rc = c->nargs > 2 ? parse_flags(args[2], &flags, &global, e) : ERR_OK;

	if (rc == ERR_OK)
		rc = scan_init(&sc, args[0], args[1], flags, e);
	for (bool first = true; rc == ERR_OK && hit && (first || global); first = false) {
		rc = scan_next(&sc, &hit, e);
		if (rc != ERR_OK || !hit)
			break;
		union datum d = groups_array(c, &sc);
		rc = to->push(to, &d, &null, e);
		if (rc == ERR_OK)
			rc = func_cancelled(c, e);
	}
	return rc;
}

/* substring(s from pattern): its first group if it has one, else the match */
DEFINE_FUNC(fn_regex_substring)
{
	struct scan sc;
	bool hit = false;
	int rc = scan_init(&sc, args[0], args[1], 0, e);

	if (rc == ERR_OK)
		rc = scan_next(&sc, &hit, e);
	if (rc != ERR_OK)
		return rc;
	int i = sc.nspans > 1 ? 1 : 0;
	if (!hit || sc.span[i].start < 0)
		*ret_null = true;
	else
		*ret = span_text(c, &sc, i);
	return ERR_OK;
}

/* ---- regexp_replace */
static void
put_replacement(struct strbuf *to, const struct scan *sc, const char *r, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (r[i] != '\\' || i + 1 == len) {
			strbuf_putc(to, r[i]);
			continue;
		}
		char ch = r[++i];
		int group = ch == '&' ? 0 : ch >= '1' && ch <= '9' ? ch - '0' : -1;
		if (group >= 0) {
			if (group < sc->nspans && sc->span[group].start >= 0)
				strbuf_add(to, sc->s + sc->span[group].start,
				           (size_t) (sc->span[group].end - sc->span[group].start));
		} else if (ch == '\\') {
			strbuf_putc(to, '\\');
		} else {
			strbuf_putc(to, '\\');
			strbuf_putc(to, ch);
		}
	}
}

/* The n-th match, or all of them when n is 0, looking from the start-th character. */
static int
replace(struct fcall *c, const union datum *args, int flags, int64_t start, int64_t n,
        union datum *ret, struct err *e)
{
	size_t rlen, copied = 0;
	const char *r = arg_text(args[2], &rlen);
	struct scan sc;
	struct strbuf b;
	bool hit = false;
	int rc = scan_init(&sc, args[0], args[1], flags, e);

	if (rc != ERR_OK)
		return rc;
	size_t chars = utf8_length(sc.s, sc.len);
	sc.at = (size_t) start - 1 > chars ? sc.len + 1 : utf8_offset(sc.s, sc.len, (size_t) start - 1);
	strbuf_init(&b, fcall_arena(c));
	for (int64_t count = 1; ; count++) {
		rc = scan_next(&sc, &hit, e);
		if (rc == ERR_OK)
			rc = func_cancelled(c, e);
		if (rc != ERR_OK)
			return rc;
		if (!hit)
			break;
		if (n > 0 && count != n)
			continue;
		strbuf_add(&b, sc.s + copied, (size_t) sc.span[0].start - copied);
		put_replacement(&b, &sc, r, rlen);
		copied = (size_t) sc.span[0].end;
		if (b.len > 0x3fffffff)
			return fail_too_long(e);
		if (n > 0)
			break;
	}
	strbuf_add(&b, sc.s + copied, sc.len - copied);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_regexp_replace) { return replace(c, args, 0, 1, 1, ret, e); }

DEFINE_FUNC(fn_regexp_replace_flags)
{
	int flags = 0;
	bool global = false;
	size_t len;
	const char *s = arg_text(args[3], &len);

	/* Most likely a start position that was meant as a number. */
	if (len > 0 && s[0] >= '0' && s[0] <= '9') {
		err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid regular expression option: \"%.*s\"", 1, s);
		return err_hint(e, "If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.");
	}
	int rc = parse_flags(args[3], &flags, &global, e);
	return rc != ERR_OK ? rc : replace(c, args, flags, 1, global ? 0 : 1, ret, e);
}

/* (string, pattern, replacement, start [, n [, flags]]) */
DEFINE_FUNC(fn_regexp_replace_from)
{
	int flags = 0;
	bool global = false;
	int64_t n = c->nargs > 4 ? args[4].i : 1;

	if (args[3].i <= 0)
		return bad_parameter("start", args[3].i, e);
	if (n < 0)
		return bad_parameter("n", n, e);
	int rc = c->nargs > 5 ? parse_flags(args[5], &flags, &global, e) : ERR_OK;
	return rc != ERR_OK ? rc : replace(c, args, flags, args[3].i, n, ret, e);
}

/* ---- Splitting: empty matches at the ends or right after another match do not split */
struct split {
	struct fcall *c;
	struct array_build *build;
	struct row_sink *sink;
};

static int
split_emit(struct split *sp, const char *s, size_t len, struct err *e)
{
	union datum d = text_datum(fcall_arena(sp->c), s, len);
	const bool null = false;

	if (sp->sink != NULL)
		return sp->sink->push(sp->sink, &d, &null, e);
	array_build_add(sp->build, d, false);
	return ERR_OK;
}

static int
split(struct split *sp, const union datum *args, struct err *e)
{
	struct fcall *c = sp->c;
	struct scan sc;
	int flags = 0;
	bool global = false, hit = false;
	size_t piece = 0;
	int rc = c->nargs > 2 ? parse_flags(args[2], &flags, &global, e) : ERR_OK;

	if (rc == ERR_OK)
		rc = no_global(c, global, e);
	if (rc == ERR_OK)
		rc = scan_init(&sc, args[0], args[1], flags, e);
	if (rc != ERR_OK)
		return rc;
	sc.nspans = 1;
	for (size_t previous = 0; ; ) {
		rc = scan_next(&sc, &hit, e);
		if (rc != ERR_OK || !hit)
			break;
		size_t start = (size_t) sc.span[0].start, end = (size_t) sc.span[0].end;
		if (start < sc.len && end > previous) {
			rc = split_emit(sp, sc.s + piece, start - piece, e);
			piece = end;
		}
		previous = end;
		if (rc == ERR_OK)
			rc = func_cancelled(c, e);
		if (rc != ERR_OK)
			break;
	}
	return rc != ERR_OK ? rc : split_emit(sp, sc.s + piece, sc.len - piece, e);
}

DEFINE_SRF(fn_regexp_split_to_table)
{
	struct split sp = { .c = c, .sink = to };

	return split(&sp, args, e);
}

DEFINE_FUNC(fn_regexp_split_to_array)
{
	struct array_build build;
	struct split sp = { .c = c, .build = &build };

	array_build_init(&build, fcall_arena(c), type_builtin(OID_TEXT));
	int rc = split(&sp, args, e);
	if (rc == ERR_OK)
		ret->b = array_build_done(&build, fcall_arena(c));
	return rc;
}

/* ---- regexp_count, _like, _instr, _substr */
static int
scan_from(struct fcall *c, const union datum *args, int start_arg, int flags_arg, struct scan *sc,
          struct err *e)
{
	int64_t start = c->nargs > start_arg && start_arg > 0 ? args[start_arg].i : 1;
	int flags = 0;
	bool global = false;
	int rc = ERR_OK;

	if (start <= 0)
		return bad_parameter("start", start, e);
	if (c->nargs > flags_arg)
		rc = parse_flags(args[flags_arg], &flags, &global, e);
	if (rc == ERR_OK)
		rc = no_global(c, global, e);
	if (rc == ERR_OK)
		rc = scan_init(sc, args[0], args[1], flags, e);
	if (rc != ERR_OK)
		return rc;
	size_t chars = utf8_length(sc->s, sc->len);
	sc->at = (size_t) start - 1 > chars ? sc->len + 1
	         : utf8_offset(sc->s, sc->len, (size_t) start - 1);
	return ERR_OK;
}

DEFINE_FUNC(fn_regexp_count)
{
	struct scan sc;
	bool hit = true;
	int64_t n = 0;
	int rc = scan_from(c, args, 2, 3, &sc, e);

	for (sc.nspans = 1; rc == ERR_OK && hit; n += hit)
		rc = scan_next(&sc, &hit, e);
	ret->i = n;
	return rc;
}

DEFINE_FUNC(fn_regexp_like)
{
	int flags = 0;
	bool global = false;
	int rc = c->nargs > 2 ? parse_flags(args[2], &flags, &global, e) : ERR_OK;

	if (rc == ERR_OK)
		rc = no_global(c, global, e);
	return rc != ERR_OK ? rc : test(args, flags, false, ret, e);
}

/* Find the n-th match; which group is wanted is in *group. */
static int
nth_match(struct fcall *c, const union datum *args, int n_arg, int flags_arg, int group_arg,
          struct scan *sc, int *ret_group, bool *ret_hit, struct err *e)
{
	int64_t n = c->nargs > n_arg ? args[n_arg].i : 1;
	int64_t group = c->nargs > group_arg ? args[group_arg].i : 0;

	if (c->nargs > 2 && args[2].i <= 0)
		return bad_parameter("start", args[2].i, e);
	if (n <= 0)
		return bad_parameter("n", n, e);
	if (c->nargs > 4 && strcmp(c->func->name, "regexp_instr") == 0 && args[4].i != 0 && args[4].i != 1)
		return bad_parameter("endoption", args[4].i, e);
	if (group < 0)
		return bad_parameter("subexpr", group, e);
	int rc = scan_from(c, args, 2, flags_arg, sc, e);
	*ret_hit = true;
	for (int64_t i = 0; rc == ERR_OK && *ret_hit && i < n; i++)
		rc = scan_next(sc, ret_hit, e);
	if (group == 1 && sc->nspans == 1)      /* without groups the match counts as the first */
		group = 0;
	if (rc == ERR_OK && (group >= sc->nspans || (*ret_hit && sc->span[group].start < 0)))
		*ret_hit = false;
	*ret_group = (int) group;
	return rc;
}

DEFINE_FUNC(fn_regexp_instr)
{
	struct scan sc;
	int group = 0;
	bool hit = false;
	int rc = nth_match(c, args, 3, 5, 6, &sc, &group, &hit, e);

	if (rc != ERR_OK)
		return rc;
	bool want_end = c->nargs > 4 && args[4].i == 1;
	size_t at = hit ? (size_t) (want_end ? sc.span[group].end : sc.span[group].start) : 0;
	ret->i = hit ? (int64_t) utf8_length(sc.s, at) + 1 : 0;
	return ERR_OK;
}

DEFINE_FUNC(fn_regexp_substr)
{
	struct scan sc;
	int group = 0;
	bool hit = false;
	int rc = nth_match(c, args, 3, 4, 5, &sc, &group, &hit, e);

	if (rc != ERR_OK)
		return rc;
	*ret_null = !hit;
	if (hit)
		*ret = span_text(c, &sc, group);
	return ERR_OK;
}

/* ---- SIMILAR TO: the pattern as an advanced regular expression */
static int
similar(struct fcall *c, union datum pattern, const char *esc, size_t elen, union datum *ret,
        struct err *e)
{
	size_t len;
	const char *p = arg_text(pattern, &len);
	bool after_escape = false, in_class = false;
	int quotes = 0;
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	strbuf_puts(&b, "^(?:");
	for (size_t i = 0, n; i < len; i += n) {
		n = (size_t) utf8_char_len(p[i]);
		if (after_escape) {
			after_escape = false;
			if (p[i] == '"' && !in_class) {         /* the borders of SUBSTRING's middle part */
				if (quotes == 2)
					return err_set(e, ERR_INVALID_USE_OF_ESCAPE_CHARACTER,
					               "SQL regular expression may not contain more than two escape-double-quote separators");
				strbuf_puts(&b, quotes++ == 0 ? "){1,1}?(" : "){1,1}(?:");
				continue;
			}
			strbuf_putc(&b, '\\');
			strbuf_add(&b, p + i, n);
		} else if (elen != 0 && n == elen && memcmp(p + i, esc, n) == 0) {
			after_escape = true;
		} else if (in_class) {
			if (p[i] == '\\')
				strbuf_putc(&b, '\\');
			strbuf_add(&b, p + i, n);
			in_class = p[i] != ']';
		} else {
			in_class = p[i] == '[';
			if (p[i] == '%')
				strbuf_puts(&b, ".*");
			else if (p[i] == '_')
				strbuf_putc(&b, '.');
			else if (p[i] == '(')
				strbuf_puts(&b, "(?:");
			else if (p[i] == '\\' || p[i] == '.' || p[i] == '^' || p[i] == '$')
				strbuf_printf(&b, "\\%c", p[i]);
			else
				strbuf_add(&b, p + i, n);
		}
	}
	strbuf_puts(&b, ")$");
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

static int
check_escape(const char *esc, size_t len, struct err *e)
{
	if (len == 0 || (size_t) utf8_char_len(*esc) == len)
		return ERR_OK;
	err_set(e, ERR_INVALID_ESCAPE_SEQUENCE, "invalid escape string");
	return err_hint(e, "Escape string must be empty or one character.");
}

DEFINE_FUNC(fn_similar_to_escape)
{
	size_t len = 1;
	const char *esc = c->nargs > 1 ? arg_text(args[1], &len) : "\\";
	int rc = check_escape(esc, len, e);

	return rc != ERR_OK ? rc : similar(c, args[0], esc, len, ret, e);
}

/* The old form: a null escape is the default one. */
DEFINE_FUNC(fn_similar_escape)
{
	size_t len = 1;

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	const char *esc = nulls[1] ? "\\" : arg_text(args[1], &len);
	int rc = check_escape(esc, len, e);
	return rc != ERR_OK ? rc : similar(c, args[0], esc, len, ret, e);
}

/* substring(s similar pattern escape esc) */
DEFINE_FUNC(fn_similar_substring)
{
	union datum v[2] = { args[0], { 0 } };
	size_t len;
	const char *esc = arg_text(args[2], &len);
	int rc = check_escape(esc, len, e);

	if (rc == ERR_OK)
		rc = similar(c, args[1], esc, len, &v[1], e);
	return rc != ERR_OK ? rc : fn_regex_substring(c, v, NULL, ret, ret_null, e);
}
