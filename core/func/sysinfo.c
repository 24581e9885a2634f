/* sysinfo.c - what a client asks about the server, the session and its values' types.
 *
 * Not here: functions over the catalog's objects, which core/syscat registers; settings,
 * sequences, locks and signals (session_funcs.c); sizes (size.c). */
#include "config.h"
#include "core/func/impl.h"

#include <stdlib.h>

#include "core/catalog/catalog.h"
#include "core/func/session_api.h"
#include "core/func/textual.h"
#include "core/type/array.h"
#include "core/type/datetime.h"
#include "core/type/text.h"

static inline const struct session_api *
session(const struct fcall *c)
{
	return c->env->session;
}

static int
give_name(struct fcall *c, const char *name, union datum *ret, bool *ret_null)
{
	if (name == NULL)
		*ret_null = true;
	else
		*ret = cstring_datum(fcall_arena(c), name);
	return ERR_OK;
}

DEFINE_FUNC(fn_version)
{
	const char *v = NULL;
	int rc = session(c)->setting_get(session(c)->self, "server_version", true, &v, e);

	if (rc != ERR_OK)
		return rc;
	*ret = cstring_datum(fcall_arena(c),
	                     arena_printf(fcall_arena(c), "PostgreSQL %s on %s, compiled by %s, %d-bit",
	                                  v != NULL ? v : "15",
#if defined(__x86_64__)
	                                  "x86_64-pc-linux-gnu",
#elif defined(__aarch64__)
	                                  "aarch64-unknown-linux-gnu",
#else
	                                  "linux-gnu",
#endif
#if defined(__clang__)
	                                  "clang " __clang_version__,
#else
	                                  "gcc " __VERSION__,
#endif
	                                  (int) sizeof(void *) * 8));
	return ERR_OK;
}

DEFINE_FUNC(fn_current_database) { return give_name(c, session(c)->database(session(c)->self), ret, ret_null); }
DEFINE_FUNC(fn_current_user)     { return give_name(c, session(c)->current_user(session(c)->self), ret, ret_null); }
DEFINE_FUNC(fn_session_user)     { return give_name(c, session(c)->session_user(session(c)->self), ret, ret_null); }
DEFINE_FUNC(fn_current_schema)   { return give_name(c, session(c)->current_schema(session(c)->self), ret, ret_null); }

DEFINE_FUNC(fn_current_schemas)
{
	const oid_t *path = NULL;
	int n = session(c)->search_path(session(c)->self, args[0].i != 0, &path);
	struct array_build out;

	array_build_init(&out, fcall_arena(c), type_builtin(OID_NAME));
	for (int i = 0; i < n; i++) {
		const struct schema *s = catalog_schema_by_oid(c->env->catalog, path[i]);
		if (s != NULL)
			array_build_add(&out, cstring_datum(fcall_arena(c), s->o.name), false);
	}
	ret->b = array_build_done(&out, fcall_arena(c));
	return ERR_OK;
}

DEFINE_FUNC(fn_pg_backend_pid) { ret->i = session(c)->pid(session(c)->self); return ERR_OK; }

/* ---- Encodings: one is spoken, all have names */
static const char *const encodings[] = {
	"SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "UTF8", "MULE_INTERNAL",
	"LATIN1", "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9",
	"LATIN10", "WIN1256", "WIN1258", "WIN866", "WIN874", "KOI8R", "WIN1251", "WIN1252",
	"ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250", "WIN1253", "WIN1254",
	"WIN1255", "WIN1257", "KOI8U", "SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB",
	"SHIFT_JIS_2004",
};

DEFINE_FUNC(fn_client_encoding)
{
	const char *v = "UTF8";
	int rc = session(c)->setting_get(session(c)->self, "client_encoding", true, &v, e);

	return rc == ERR_OK ? give_name(c, v, ret, ret_null) : rc;
}

DEFINE_FUNC(fn_database_encoding) { return give_name(c, "UTF8", ret, ret_null); }

DEFINE_FUNC(fn_pg_encoding_to_char)
{
	int64_t i = args[0].i;

	return give_name(c, i >= 0 && i < (int64_t) ARRAY_LEN(encodings) ? encodings[i] : "", ret,
	                 ret_null);
}

/* Names compare without case and punctuation: utf-8 is UTF8. */
static bool
same_encoding(const char *s, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		char ch = s[i] >= 'a' && s[i] <= 'z' ? (char) (s[i] - 32) : s[i];
		if (!((ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9')))
			continue;
		while (*name == '_')
			name++;
		if (ch != *name)
			return false;
		name++;
	}
	return *name == '\0';
}

DEFINE_FUNC(fn_pg_char_to_encoding)
{
	size_t len;
	const char *s = arg_text(args[0], &len);

	ret->i = -1;
	if (same_encoding(s, len, "UNICODE"))
		ret->i = 6;
	for (int i = 0; ret->i < 0 && i < (int) ARRAY_LEN(encodings); i++)
		if (same_encoding(s, len, encodings[i]))
			ret->i = i;
	return ERR_OK;
}

/* ---- Types of values */
DEFINE_FUNC(fn_pg_typeof) { ret->i = c->arg_types[0]->oid; return ERR_OK; }

/* The schema of a type that its bare name would not find. */
static void
put_type_schema(struct fcall *c, const struct type *t, struct strbuf *to)
{
	const struct session_api *api = c->env->session;
	const struct type *bare = type_is_array(t) ? t->elem : t;
	const oid_t *path;

	if (api == NULL || c->env->catalog == NULL || bare->schema == 0 || bare->schema == OID_PG_CATALOG)
		return;
	int n = api->search_path(api->self, true, &path);
	for (int i = 0; i < n; i++) {
		if (path[i] == bare->schema)
			return;
		if (catalog_type_by_name(c->env->catalog, path[i], bare->name) != NULL)
			break;
	}
	const struct schema *s = catalog_schema_by_oid(c->env->catalog, bare->schema);
	if (s == NULL)
		return;
	put_ident(to, s->o.name, strlen(s->o.name));
	strbuf_putc(to, '.');
}

DEFINE_FUNC(fn_format_type)
{
	const struct type *t;
	struct strbuf b;

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	if (args[0].i == 0)
		return give_name(c, "-", ret, ret_null);
	t = c->env->catalog != NULL ? catalog_type(c->env->catalog, (oid_t) args[0].i)
	                            : type_builtin((oid_t) args[0].i);
	if (t == NULL)
		return give_name(c, "???", ret, ret_null);
	strbuf_init(&b, fcall_arena(c));
	put_type_schema(c, t, &b);
	type_format(t, nulls[1] ? -1 : args[1].i < 0 ? TYPMOD_GIVEN_NONE : (int32_t) args[1].i, &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_pg_collation_for)
{
	const struct type *t = c->arg_types[0];

	if (!t->collatable && !(type_is_array(t) && t->elem->collatable))
		return err_set(e, ERR_DATATYPE_MISMATCH, "collations are not supported by type %s",
		               type_sql_name(t));
	switch (c->collation) {
	case 0:
		*ret_null = true;
		return ERR_OK;
	case 950:
		return give_name(c, "\"C\"", ret, ret_null);
	case 951:
		return give_name(c, "\"POSIX\"", ret, ret_null);
	default:
		return give_name(c, "\"default\"", ret, ret_null);
	}
}

DEFINE_FUNC(fn_pg_column_size)
{
	const struct type *t = c->arg_types[0];

	ret->i = t->byval ? t->len : (int64_t) bytes_len(args[0].b) + (t->len > 0 ? 0 : 4);
	return ERR_OK;
}

/* ---- Counting nulls among the arguments, or in a VARIADIC array */
static bool
count_nulls(const struct fcall *c, const union datum *args, const bool *nulls, int *ret_nulls,
            int *ret_all)
{
	int n = 0;

	if (c->variadic) {
		struct array a;
		if (nulls[0])
			return false;
		array_open_type(c->arg_types[0], args[0].b, &a);
		for (int i = 0; i < a.n; i++)
			n += array_is_null(&a, i);
		*ret_all = a.n;
	} else {
		for (int i = 0; i < c->nargs; i++)
			n += nulls[i];
		*ret_all = c->nargs;
	}
	*ret_nulls = n;
	return true;
}

DEFINE_FUNC(fn_num_nulls)
{
	int n = 0, all = 0;

	*ret_null = !count_nulls(c, args, nulls, &n, &all);
	ret->i = n;
	return ERR_OK;
}

DEFINE_FUNC(fn_num_nonnulls)
{
	int n = 0, all = 0;

	*ret_null = !count_nulls(c, args, nulls, &n, &all);
	ret->i = all - n;
	return ERR_OK;
}

/* ---- enum: the labels of the argument's type, which may itself be null */
static int
no_labels(const struct type *t, struct err *e)
{
	return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "enum %s contains no values", t->name);
}

DEFINE_FUNC(fn_enum_first)
{
	const struct type *t = c->arg_types[0];

	if (t->nlabels == 0)
		return no_labels(t, e);
	ret->i = t->labels[0].oid;
	return ERR_OK;
}

DEFINE_FUNC(fn_enum_last)
{
	const struct type *t = c->arg_types[0];

	if (t->nlabels == 0)
		return no_labels(t, e);
	ret->i = t->labels[t->nlabels - 1].oid;
	return ERR_OK;
}

DEFINE_FUNC(fn_enum_range)
{
	const struct type *t = c->arg_types[0];
	bool bounds = c->nargs > 1, in = !bounds || nulls[0];
	struct array_build out;

	array_build_init(&out, fcall_arena(c), t);
	for (int i = 0; i < t->nlabels; i++) {
		oid_t label = t->labels[i].oid;
		in = in || label == (oid_t) args[0].i;
		if (in)
			array_build_add(&out, datum_int(label), false);
		if (bounds && !nulls[1] && label == (oid_t) args[1].i)
			break;
	}
	ret->b = array_build_done(&out, fcall_arena(c));
	return ERR_OK;
}

/* ---- Time zones */
static union datum
offset_datum(struct fcall *c, int seconds)
{
	return interval_datum(fcall_arena(c), (struct interval) { .usec = seconds * USEC_PER_SEC });
}

struct stopping { struct fcall *c; struct err *e; };

static bool
must_stop(void *arg)
{
	struct stopping *s = arg;

	return func_cancelled(s->c, s->e) != ERR_OK;
}

DEFINE_SRF(fn_pg_timezone_names)
{
	static const bool no_nulls[4] = { false };
	struct stopping s = { c, e };
	const int n = tz_count(must_stop, &s);

	if (n < 0)
		return e->code;
	for (int i = 0; i < n; i++) {
		const char *name = tz_name_at(i), *abbrev = "";
		const struct timezone *tz = tz_find(name, strlen(name));
		bool dst = false;
		if (tz == NULL)
			continue;
		int east = tz_offset(tz, c->env->now, &dst, &abbrev);
		const union datum row[4] = {
			cstring_datum(fcall_arena(c), name), cstring_datum(fcall_arena(c), abbrev),
			offset_datum(c, east), datum_int(dst),
		};
		int rc = func_cancelled(c, e); /* each zone's file is read the first time */
		if (rc == ERR_OK)
			rc = to->push(to, row, no_nulls, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_pg_timezone_abbrevs)
{
	static const bool no_nulls[3] = { false };

	for (int i = 0; i < tz_abbrev_count(); i++) {
		const struct tz_abbrev *a = tz_abbrev_at(i);
		int east = a->gmtoff;
		bool dst = a->dst;
		if (a->zone != NULL) {
			const struct timezone *tz = tz_find(a->zone, strlen(a->zone));
			if (tz != NULL)
				east = tz_offset(tz, c->env->now, &dst, NULL);
		}
		const union datum row[3] = {
			cstring_datum(fcall_arena(c), a->abbrev), offset_datum(c, east), datum_int(dst),
		};
		int rc = to->push(to, row, no_nulls, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* ---- Answers that are the same on every server of this kind */
DEFINE_FUNC(fn_always_false) { ret->i = 0; return ERR_OK; }
DEFINE_FUNC(fn_always_zero)  { ret->i = 0; return ERR_OK; }
DEFINE_FUNC(fn_always_null)  { *ret_null = true; return ERR_OK; }

DEFINE_FUNC(fn_pg_encoding_max_length)
{
	*ret_null = args[0].i < 0 || args[0].i >= (int64_t) ARRAY_LEN(encodings);
	ret->i = args[0].i == 6 || args[0].i == 7 || args[0].i == 39 ? 4 : 1;
	return ERR_OK;
}

static int64_t started;

__attribute__((constructor)) static void
note_start(void)
{
	started = clock_now();
}

DEFINE_FUNC(fn_server_start) { ret->i = started; return ERR_OK; }
