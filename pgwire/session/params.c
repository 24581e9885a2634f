/* params.c - parameters of Bind: text or binary values of the types the statement has found. */
#include "config.h"
#include "pgwire/session/portal.h"

#include <string.h>

#include "core/type/text.h"
#include "pgwire/proto/frontend.h"

/* Text that is not an input function's to check must be valid UTF-8 all the same. */
static int
decode_text(struct portal *p, const struct type *t, const struct msg_value *v, union datum *ret, struct err *e)
{
	struct type_env env = { .arena = &p->arena, .fmt = &p->s->fmt, .catalog = p->a->catalog, .names = &p->s->names };

	const char *text = v->p;
	size_t len = (size_t) v->len;
	int rc = session_value_in(p->s, &p->arena, t, 0, &text, &len, e);

	if (rc == ERR_OK)
		rc = utf8_check(text, len, e);
	if (rc == ERR_OK)
		rc = t->ops->in(t, &env, arena_strndup(&p->arena, text, len), len, -1, ret, e);
	return rc;
}

static int
decode_binary(struct portal *p, const struct type *t, const struct msg_value *v, int number, union datum *ret,
              struct err *e)
{
	struct type_env env = { .arena = &p->arena, .fmt = &p->s->fmt, .catalog = p->a->catalog, .names = &p->s->names };

	if (t->ops->recv == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "no binary input function available for type %s",
		               type_sql_name(t));
	const char *bytes = v->p;
	size_t len = (size_t) v->len;
	int rc = session_value_in(p->s, &p->arena, t, 1, &bytes, &len, e);
	if (rc == ERR_OK)
		rc = t->ops->recv(t, &env, bytes, len, -1, ret, e);
	if (rc == ERR_PROTOCOL_VIOLATION && e->message[0] == '\0')
		rc = err_set(e, ERR_INVALID_BINARY_REPRESENTATION, "incorrect binary data format in bind parameter %d",
		             number);
	return rc;
}

int
params_decode(struct portal *p, const struct msg_bind *m, struct err *e)
{
	int n = m->nvalues;
	union datum *values = ARENA_ARRAY(&p->arena, union datum, n + 1);
	bool *nulls = ARENA_ARRAY(&p->arena, bool, n + 1);

	if (m->nformats > 1 && m->nformats != n)
		return err_set(e, ERR_PROTOCOL_VIOLATION, "bind message has %d parameter formats but %d parameters",
		               m->nformats, n);
	if (n != p->a->nparams)
		return err_set(e, ERR_PROTOCOL_VIOLATION,
		               "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
		               n, m->statement, p->a->nparams);
	for (int i = 0; i < n; i++) {
		const struct msg_value *v = &m->values[i];
		int16_t format = m->nformats == 0 ? 0 : m->nformats == 1 ? m->formats[0] : m->formats[i];
		nulls[i] = v->len < 0;
		if (nulls[i])
			continue;
		int rc = format == 0 ? decode_text(p, p->a->param_types[i], v, &values[i], e)
		                     : decode_binary(p, p->a->param_types[i], v, i + 1, &values[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	p->params = (struct exec_params) { .n = n, .values = values, .nulls = nulls, .types = p->a->param_types };
	return ERR_OK;
}
