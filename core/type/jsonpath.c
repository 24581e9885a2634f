/* jsonpath.c - the jsonpath type: refused until its language is understood. */
#include "config.h"
#include "core/type/ops.h"

static int
in_jsonpath(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s UNUSED,
	    size_t len UNUSED, int32_t typmod UNUSED, union datum *ret UNUSED, struct err *e)
{
	return err_unsupported(e, "jsonpath", "Use the operators ->, #> and @> instead.");
}

static int
recv_jsonpath(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
              union datum *ret, struct err *e)
{
	return in_jsonpath(t, env, p, len, typmod, ret, e);
}

static void
out_jsonpath(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	     struct strbuf *to)
{
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

const struct type_ops type_ops_jsonpath = {
	.in = in_jsonpath, .out = out_jsonpath, .recv = recv_jsonpath, .send = out_jsonpath,
};
