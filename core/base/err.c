/* err.c - storing errors.  Sending them to clients is pgwire's, logging the session's. */
#include "config.h"
#include "core/base/err.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char sqlstates[ERR_CODE_COUNT][6] = {
	[ERR_OK] = "00000",
#define ERRCODE(name, sqlstate) [ERR_##name] = sqlstate,
#include "core/base/errcodes.def"
#undef ERRCODE
};

void
err_init(struct err *e)
{
	e->code = ERR_OK;
	e->position = 0;
}

/* Format into a field of fixed size; a cut text must not end inside a UTF-8 character. */
static void
fill(char *field, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(field, size, fmt, ap);

	if (n < 0 || (size_t) n < size)
		return;
	size_t end = size - 1;
	while (end > 0 && ((unsigned char) field[end - 1] & 0xC0) == 0x80)
		end--;
	if (end > 0 && (unsigned char) field[end - 1] >= 0xC0)
		end--;
	field[end] = '\0';
}

int
(err_setv)(struct err *e, enum err_code code, const char *fmt, va_list ap)
{
	assert(code != ERR_OK);
	if (e->code != ERR_OK)
		return e->code;
	e->code = code;
	e->detail[0] = e->hint[0] = e->context[0] = '\0';
	e->schema[0] = e->table[0] = e->column[0] = e->datatype[0] = e->constraint[0] = '\0';
	e->position = 0;
	e->routine = NULL;
	fill(e->message, sizeof e->message, fmt, ap);
	return code;
}

int
(err_set)(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int rc = err_setv(e, code, fmt, ap);
	va_end(ap);
	return rc;
}

int
err_detail(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e->detail, sizeof e->detail, fmt, ap);
	va_end(ap);
	return e->code;
}

int
err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e->hint, sizeof e->hint, fmt, ap);
	va_end(ap);
	return e->code;
}

int
err_context(struct err *e, const char *fmt, ...)
{
	va_list ap;
	size_t n = strlen(e->context);

	if (n != 0 && n + 2 < sizeof e->context) {
		e->context[n++] = '\n';
		e->context[n] = '\0';
	}
	va_start(ap, fmt);
	fill(e->context + n, sizeof e->context - n, fmt, ap);
	va_end(ap);
	return e->code;
}

int
err_at(struct err *e, int position)
{
	if (e->position == 0)
		e->position = position;
	return e->code;
}

static void
name(char *field, const char *value)
{
	if (value != NULL)
		snprintf(field, ERR_NAME_MAX, "%s", value);
}

int
err_object(struct err *e, const char *schema, const char *table, const char *column,
           const char *constraint)
{
	name(e->schema, schema);
	name(e->table, table);
	name(e->column, column);
	name(e->constraint, constraint);
	return e->code;
}

const char *
err_sqlstate(int code)
{
	assert(code >= 0 && code < ERR_CODE_COUNT);
	return sqlstates[code];
}

int
(err_unsupported)(struct err *e, const char *what, const char *hint)
{
	err_set(e, ERR_FEATURE_NOT_SUPPORTED, "%s is not supported", what);
	if (hint != NULL)
		err_hint(e, "%s", hint);
	return e->code;
}
