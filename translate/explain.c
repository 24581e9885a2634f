/* explain.c - EXPLAIN and its options. */
#include "config.h"
#include "translate/utility.h"

#include <string.h>
#include <strings.h>

static int
option(struct binder *b, const PgQuery__DefElem *d, struct explain_options *o, bool *timing,
       bool *summary, bool *wal)
{
	static const struct {
		const char *name;
		size_t offset;
	} flags[] = {
		{ "analyze", offsetof(struct explain_options, analyze) },
		{ "verbose", offsetof(struct explain_options, verbose) },
		{ "costs", offsetof(struct explain_options, costs) },
		{ "buffers", offsetof(struct explain_options, buffers) },
		{ "timing", offsetof(struct explain_options, timing) },
		{ "summary", offsetof(struct explain_options, summary) },
		{ "settings", offsetof(struct explain_options, settings) },
	};
	const char *v = def_text(b, d);

	for (unsigned i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(d->defname, flags[i].name) == 0) {
			bool *at_flag = (bool *) ((char *) o + flags[i].offset);

			*timing |= at_flag == &o->timing;
			*summary |= at_flag == &o->summary;
			return def_bool(b, d, at_flag) ? ERR_OK : b->e->code;
		}
	if (strcmp(d->defname, "wal") == 0)
		return def_bool(b, d, wal) ? ERR_OK : b->e->code;
	if (strcmp(d->defname, "format") != 0)
		return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
				  "unrecognized EXPLAIN option \"%s\"", d->defname);
	static const char *const formats[] = { "text", "json", "xml", "yaml" };
	for (unsigned i = 0; i < ARRAY_LEN(formats); i++)
		if (strcasecmp(v, formats[i]) == 0) {
			o->format = (enum explain_format) i;
			return ERR_OK;
		}
	return bind_error(b, at(b, d->location), ERR_INVALID_PARAMETER_VALUE,
			  "unrecognized value for EXPLAIN option \"%s\": \"%s\"", d->defname, v);
}

static int
read_options(struct binder *b, const PgQuery__ExplainStmt *x, struct explain_options *o)
{
	bool timing = false, summary = false, wal = false;

	o->costs = true;
	for (size_t i = 0; i < x->n_options; i++) {
		int rc = option(b, x->options[i]->def_elem, o, &timing, &summary, &wal);

		if (rc != ERR_OK)
			return rc;
	}
	if (wal && !o->analyze)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "EXPLAIN option WAL requires ANALYZE");
	if (!timing)
		o->timing = o->analyze;
	if (o->timing && !o->analyze)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "EXPLAIN option TIMING requires ANALYZE");
	if (!summary)
		o->summary = o->analyze;
	return ERR_OK;
}

int
bind_explain(struct binder *b, const PgQuery__ExplainStmt *x, struct statement *st)
{
	struct statement *inner;
	int rc = read_options(b, x, &st->explain);

	if (rc != ERR_OK)
		return rc;
	rc = statement_bind(b, x->query, &inner);
	if (rc != ERR_OK)
		return rc;
	switch (inner->kind) {
	case STMT_QUERY:
	case STMT_DECLARE_CURSOR:
	case STMT_CREATE_TABLE_AS:
		st->query = inner->query;
		break;
	case STMT_EXECUTE: /* its plan is found when it runs */
		break;
	default:
		return bind_error(b, 0, ERR_SYNTAX_ERROR,
				  "EXPLAIN of this statement is not possible");
	}
	st->kind = STMT_EXPLAIN;
	st->command = inner->command;
	st->read_only = !st->explain.analyze || inner->read_only;
	return ERR_OK;
}
