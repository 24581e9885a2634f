/* storage_options.c - WITH (...) of tables, indexes and views: which parameters there are, and what
 * they may be; STORAGE and COMPRESSION of columns.
 *
 * Those of tables and indexes are recorded and shown; the engine needs no such hints.  Those of
 * views mean something: security_barrier, security_invoker, check_option.
 *
 * Source: PostgreSQL 15's storage parameters. */
#include "config.h"
#include "translate/utility.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where a parameter belongs. */
enum { TABLE = 1, TOAST = 2, BTREE = 4, HASH = 8, VIEW = 16 };

static const struct parameter {
	const char *name;
	int of;
	char kind; /* 'b' bool, 'i' integer, 'r' real, 'e' words */
	double min, max;
	const char *words[3], *listed; /* of 'e' */
} parameters[] = {
	{ "autovacuum_enabled", TABLE | TOAST, 'b' },
	{ "user_catalog_table", TABLE, 'b' },
	{ "vacuum_truncate", TABLE | TOAST, 'b' },
	{ "deduplicate_items", BTREE, 'b' },
	{ "security_barrier", VIEW, 'b' },
	{ "security_invoker", VIEW, 'b' },
	{ "fillfactor", TABLE | BTREE | HASH, 'i', 10, 100 },
	{ "toast_tuple_target", TABLE, 'i', 128, 8160 },
	{ "parallel_workers", TABLE, 'i', 0, 1024 },
	{ "autovacuum_vacuum_threshold", TABLE | TOAST, 'i', 0, INT32_MAX },
	{ "autovacuum_vacuum_insert_threshold", TABLE | TOAST, 'i', -1, INT32_MAX },
	{ "autovacuum_analyze_threshold", TABLE, 'i', 0, INT32_MAX },
	{ "autovacuum_vacuum_cost_limit", TABLE | TOAST, 'i', 1, 10000 },
	{ "autovacuum_freeze_min_age", TABLE | TOAST, 'i', 0, 1000000000 },
	{ "autovacuum_multixact_freeze_min_age", TABLE | TOAST, 'i', 0, 1000000000 },
	{ "autovacuum_freeze_max_age", TABLE | TOAST, 'i', 100000, 2000000000 },
	{ "autovacuum_multixact_freeze_max_age", TABLE | TOAST, 'i', 10000, 2000000000 },
	{ "autovacuum_freeze_table_age", TABLE | TOAST, 'i', 0, 2000000000 },
	{ "autovacuum_multixact_freeze_table_age", TABLE | TOAST, 'i', 0, 2000000000 },
	{ "log_autovacuum_min_duration", TABLE | TOAST, 'i', -1, INT32_MAX },
	{ "autovacuum_vacuum_cost_delay", TABLE | TOAST, 'r', 0, 100 },
	{ "autovacuum_vacuum_scale_factor", TABLE | TOAST, 'r', 0, 100 },
	{ "autovacuum_vacuum_insert_scale_factor", TABLE | TOAST, 'r', 0, 100 },
	{ "autovacuum_analyze_scale_factor", TABLE, 'r', 0, 100 },
	{ "vacuum_cleanup_index_scale_factor", BTREE, 'r', 0, 1e10 },
	{ "vacuum_index_cleanup", TABLE | TOAST, 'e', 0, 0, { "auto", "on", "off" },
	  "\"on\", \"off\", and \"auto\"" },
	{ "check_option", VIEW, 'e', 0, 0, { "local", "cascaded" }, "\"local\" and \"cascaded\"" },
};

static int
place(enum options_of of)
{
	static const int places[] = {
		[OPTIONS_TABLE] = TABLE, [OPTIONS_BTREE] = BTREE, [OPTIONS_HASH] = HASH, [OPTIONS_VIEW] = VIEW,
	};

	return of < ARRAY_LEN(places) ? places[of] : 0;
}

enum options_of
options_of_index(const char *method)
{
	return strcmp(method, "btree") == 0  ? OPTIONS_BTREE
	       : strcmp(method, "hash") == 0 ? OPTIONS_HASH
					     : OPTIONS_NONE;
}

static const struct parameter *
find_parameter(struct binder *b, int places, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
		if ((parameters[i].of & places) != 0 && strcmp(parameters[i].name, name) == 0)
			return &parameters[i];
	return bind_fail(b, 0, ERR_INVALID_PARAMETER_VALUE, "unrecognized parameter \"%s\"", name);
}

static bool
is_bool(const char *s)
{
	static const struct {
		const char *word;
		size_t least; /* letters that tell it from the others */
	} words[] = { { "true", 1 }, { "false", 1 }, { "yes", 1 }, { "no", 1 },
		      { "on", 2 },   { "off", 2 },   { "1", 1 },   { "0", 1 } };
	const size_t n = strlen(s);

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (n >= words[i].least && n <= strlen(words[i].word) && strncasecmp(s, words[i].word, n) == 0)
			return true;
	return false;
}

static int
bad_value(struct binder *b, const struct parameter *p, const char *type, const char *value)
{
	return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE, "invalid value for %s option \"%s\": %s", type,
			  p->name, value);
}

static int
check_number(struct binder *b, const struct parameter *p, const char *value)
{
	const bool whole = p->kind == 'i';
	char *end;
	const double v = whole ? (double) strtoll(value, &end, 10) : strtod(value, &end);

	if (end == value || *end != '\0')
		return bad_value(b, p, whole ? "integer" : "floating point", value);
	if (v >= p->min && v <= p->max)
		return ERR_OK;
	bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE, "value %s out of bounds for option \"%s\"", value, p->name);
	return whole ? err_detail(b->e, "Valid values are between \"%.0f\" and \"%.0f\".", p->min, p->max)
		     : err_detail(b->e, "Valid values are between \"%f\" and \"%f\".", p->min, p->max);
}

static int
check_value(struct binder *b, const struct parameter *p, const char *value)
{
	if (p->kind == 'i' || p->kind == 'r')
		return check_number(b, p, value);
	if (p->kind == 'b')
		return is_bool(value) ? ERR_OK : bad_value(b, p, "boolean", value);
	for (size_t i = 0; i < ARRAY_LEN(p->words) && p->words[i] != NULL; i++)
		if (strcasecmp(value, p->words[i]) == 0)
			return ERR_OK;
	bad_value(b, p, "enum", value);
	return err_detail(b->e, "Valid values are %s.", p->listed);
}

static int
check_twice(struct binder *b, PgQuery__Node *const *list, size_t i)
{
	const PgQuery__DefElem *d = list[i]->def_elem;

	for (size_t k = 0; k < i; k++)
		if (strcmp(list[k]->def_elem->defname, d->defname) == 0 &&
		    given(list[k]->def_elem->defnamespace) == given(d->defnamespace))
			return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
					  "parameter \"%s\" specified more than once", d->defname);
	return ERR_OK;
}

/* What tables had long ago. */
static int
check_oids(struct binder *b, const PgQuery__DefElem *d, bool *ret_skip)
{
	bool on;

	*ret_skip = strcmp(d->defname, "oids") == 0 && !given(d->defnamespace);
	if (!*ret_skip)
		return ERR_OK;
	if (!def_bool(b, d, &on))
		return b->e->code;
	return on ? bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED, "tables declared WITH OIDS are not supported")
		  : ERR_OK;
}

int
bind_options(struct binder *b, enum options_of of, size_t n, PgQuery__Node *const *list, struct list *ret)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__DefElem *d = list[i]->def_elem;
		const bool toast = given(d->defnamespace) && of == OPTIONS_TABLE;
		const char *value = d->arg != NULL ? def_text(b, d) : "true";
		bool skip = false;

		if (given(d->defnamespace) && (!toast || strcmp(d->defnamespace, "toast") != 0))
			return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
					  "unrecognized parameter namespace \"%s\"", d->defnamespace);
		if (of == OPTIONS_TABLE && check_oids(b, d, &skip) != ERR_OK)
			return b->e->code;
		if (skip)
			continue;
		const struct parameter *p = find_parameter(b, toast ? TOAST : place(of), d->defname);
		if (p == NULL || check_twice(b, list, i) != ERR_OK || check_value(b, p, value) != ERR_OK)
			return b->e->code;
		if (!toast) /* long values have no table of their own here */
			list_push(ret, b->arena, printf_str(b, "%s=%s", d->defname, value));
	}
	return ERR_OK;
}

int
bind_option_names(struct binder *b, size_t n, PgQuery__Node *const *list, struct list *ret)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__DefElem *d = list[i]->def_elem;

		if (d->arg != NULL)
			return bind_error(b, 0, ERR_SYNTAX_ERROR, "RESET must not include values for parameters");
		if (!given(d->defnamespace))
			list_push(ret, b->arena, d->defname);
	}
	return ERR_OK;
}

int
take_check_option(struct list *options)
{
	int option = 0, n = 0;

	for (int i = 0; i < options->n; i++) {
		const char *o = LIST_AT(const char, options, i);

		if (strncmp(o, "check_option=", 13) == 0)
			option = strcasecmp(o + 13, "local") == 0 ? 1 : 2;
		else
			options->at[n++] = options->at[i];
	}
	options->n = n;
	return option;
}

const char *
compression_name(const struct column *c)
{
	return c->compression == 0 ? NULL : c->compression == 'p' ? "pglz" : "lz4";
}

/* ALTER COLUMN ... SET STORAGE. */
int
bind_storage(struct binder *b, const char *name, char *ret)
{
	static const char *const names[] = { "plain", "external", "extended", "main" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcasecmp(name, names[i]) == 0) {
			*ret = "pexm"[i];
			return ERR_OK;
		}
	return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE, "invalid storage type \"%s\"", name);
}
