/* funcs.c - functions that only a session can answer: notifications, reloading. */
#include "config.h"
#include "pgwire/session/session.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/func/func.h"

static struct session *
session_of(const struct fcall *c)
{
	return c->env->session->self;
}

static const char *
text_arg(struct fcall *c, const union datum *args, const bool *nulls, int i)
{
	if (nulls != NULL && nulls[i])
		return "";
	return arena_strndup(c->env->stmt_arena, bytes_data(args[i].b), bytes_len(args[i].b));
}

static int
fn_notify(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null,
          struct err *e)
{
	*ret = datum_bytes(bytes_make(c->env->stmt_arena, "", 0));
	*ret_null = false;
	return notify_queue(session_of(c), text_arg(c, args, nulls, 0), text_arg(c, args, nulls, 1), e);
}

struct channels { struct fcall *c; struct row_sink *to; struct err *e; int rc; };

static void
push_channel(void *arg, const char *name)
{
	struct channels *k = arg;
	const union datum v = datum_bytes(bytes_make(k->c->env->stmt_arena, name, strlen(name)));
	const bool null = false;

	if (k->rc == ERR_OK)
		k->rc = k->to->push(k->to, &v, &null, k->e);
}

static int
fn_listening(struct fcall *c, const union datum *args UNUSED, const bool *nulls UNUSED, struct row_sink *to,
             struct err *e)
{
	struct channels k = { c, to, e, ERR_OK };

	notify_channels(session_of(c), push_channel, &k);
	return k.rc;
}

static int
fn_reload(struct fcall *c, const union datum *args UNUSED, const bool *nulls UNUSED, union datum *ret,
          bool *ret_null, struct err *e)
{
	if (!session_of(c)->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for function pg_reload_conf");
	*ret_null = false;
	*ret = datum_int(kill(getpid(), SIGHUP) == 0);
	return ERR_OK;
}

static const oid_t two_texts[] = { OID_TEXT, OID_TEXT };

static const struct func functions[] = {
	{ .oid = 3036, .name = "pg_notify", .kind = FUNC_NORMAL, .volatility = 'v', .ret = OID_VOID, .nargs = 2,
	  .args = two_texts, .impl = fn_notify, .comment = "send a notification event" },
	{ .oid = 3035, .name = "pg_listening_channels", .kind = FUNC_NORMAL, .volatility = 's', .ret = OID_TEXT,
	  .retset = true, .srf = fn_listening, .comment = "channels this session listens to" },
	{ .oid = 2621, .name = "pg_reload_conf", .kind = FUNC_NORMAL, .volatility = 'v', .ret = OID_BOOL,
	  .impl = fn_reload, .comment = "read the configuration files again" },
};

void
session_register_funcs(void)
{
	func_register(functions, (int) ARRAY_LEN(functions));
}
