/* session_funcs.c - functions that ask the session to do something: settings, sequences,
 * advisory locks, signals, sleeping, names looked up at run time.
 *
 * All of it goes through session_api.h; here are only signatures. */
#include "config.h"
#include "core/func/impl.h"

#include <math.h>
#include <time.h>

#include "core/func/session_api.h"
#include "core/type/datetime.h"

static inline const struct session_api *
session(const struct fcall *c)
{
	return c->env->session;
}

/* ---- Settings */
DEFINE_FUNC(fn_current_setting)
{
	const char *v = NULL;
	bool missing_ok = c->nargs > 1 && args[1].i != 0;
	int rc = session(c)->setting_get(session(c)->self, arg_cstring(c, args[0]), missing_ok, &v, e);

	if (rc != ERR_OK)
		return rc;
	if (v == NULL)
		*ret_null = true;
	else
		*ret = cstring_datum(fcall_arena(c), v);
	return ERR_OK;
}

DEFINE_FUNC(fn_set_config)
{
	const char *v = NULL;

	if (nulls[0])
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "SET requires parameter name");
	const char *name = arg_cstring(c, args[0]);
	int rc = session(c)->setting_set(session(c)->self, name,
	                                 nulls[1] ? NULL : arg_cstring(c, args[1]),
	                                 !nulls[2] && args[2].i != 0, e);
	if (rc == ERR_OK)
		rc = session(c)->setting_get(session(c)->self, name, true, &v, e);
	if (rc != ERR_OK)
		return rc;
	if (v == NULL)
		*ret_null = true;
	else
		*ret = cstring_datum(fcall_arena(c), v);
	return ERR_OK;
}

/* ---- Sequences */
DEFINE_FUNC(fn_nextval) { return session(c)->nextval(session(c)->self, (oid_t) args[0].i, &ret->i, e); }
DEFINE_FUNC(fn_currval) { return session(c)->currval(session(c)->self, (oid_t) args[0].i, &ret->i, e); }
DEFINE_FUNC(fn_lastval) { return session(c)->lastval(session(c)->self, &ret->i, e); }
DEFINE_FUNC(fn_setval)
{
	int rc = session(c)->setval(session(c)->self, (oid_t) args[0].i, args[1].i,
	                            c->nargs < 3 || args[2].i != 0, e);

	if (rc == ERR_OK)
		ret->i = args[1].i;
	return rc;
}

/* ---- Advisory locks: one key of 64 bits, or two of 32 */
static int64_t
lock_key(const struct fcall *c, const union datum *args)
{
	return c->nargs == 1 ? args[0].i
	       : (int64_t) ((uint64_t) args[0].i << 32 | (uint32_t) args[1].i);
}

#define ADVISORY_LOCK(name, mode, try_only, xact) \
	DEFINE_FUNC(fn_advisory_##name) \
	{ \
		bool got = false; \
		int rc = session(c)->advisory_lock(session(c)->self, lock_key(c, args), \
		                                   c->nargs == 2, mode, try_only, xact, &got, e); \
		ret->i = try_only && got; \
		return rc; \
	}
ADVISORY_LOCK(lock, 'x', false, false)
ADVISORY_LOCK(lock_shared, 's', false, false)
ADVISORY_LOCK(try_lock, 'x', true, false)
ADVISORY_LOCK(try_lock_shared, 's', true, false)
ADVISORY_LOCK(xact_lock, 'x', false, true)
ADVISORY_LOCK(xact_lock_shared, 's', false, true)
ADVISORY_LOCK(try_xact_lock, 'x', true, true)
ADVISORY_LOCK(try_xact_lock_shared, 's', true, true)

#define ADVISORY_UNLOCK(name, mode) \
	DEFINE_FUNC(fn_advisory_##name) \
	{ \
		bool had = false; \
		int rc = session(c)->advisory_unlock(session(c)->self, lock_key(c, args), \
		                                     c->nargs == 2, mode, false, &had, e); \
		ret->i = had; \
		return rc; \
	}
ADVISORY_UNLOCK(unlock, 'x')
ADVISORY_UNLOCK(unlock_shared, 's')

DEFINE_FUNC(fn_advisory_unlock_all)
{
	bool had = false;

	ret->i = 0;
	return session(c)->advisory_unlock(session(c)->self, 0, false, 'x', true, &had, e);
}

/* ---- Other sessions */
static int
signal_backend(struct fcall *c, int64_t pid, bool terminate, union datum *ret, struct err *e)
{
	bool done = false;
	int rc = session(c)->cancel_backend(session(c)->self, (int) pid, terminate, &done, e);

	ret->i = done;
	return rc;
}

DEFINE_FUNC(fn_pg_cancel_backend) { return signal_backend(c, args[0].i, false, ret, e); }
DEFINE_FUNC(fn_pg_terminate_backend)
{
	if (args[1].i < 0)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "\"timeout\" must not be negative");
	return signal_backend(c, args[0].i, true, ret, e);
}

DEFINE_FUNC(fn_pg_export_snapshot)
{
	const char *name = NULL;
	int rc = session(c)->export_snapshot(session(c)->self, &name, e);

	if (rc == ERR_OK)
		*ret = datum_bytes(bytes_make(c->env->type.arena, name, (uint32_t) strlen(name)));
	return rc;
}

DEFINE_FUNC(fn_txid_written)
{
	ret->u = session(c)->txid_written(session(c)->self);
	*ret_null = ret->u == 0;
	return ERR_OK;
}

DEFINE_FUNC(fn_txid) { ret->u = session(c)->txid(session(c)->self); return ERR_OK; }

/* ---- Sleeping in short naps, so that a cancel is seen */
enum { NAP_USEC = 20000 };

static int
sleep_until(struct fcall *c, int64_t when, struct err *e)
{
	for (;;) {
		int rc = func_cancelled(c, e);
		if (rc != ERR_OK)
			return rc;
		int64_t left = when - clock_now();
		if (left <= 0)
			return ERR_OK;
		int64_t nap = left < NAP_USEC ? left : NAP_USEC;
		(void) nanosleep(&(struct timespec) { .tv_nsec = nap * 1000 }, NULL);
	}
}

DEFINE_FUNC(fn_pg_sleep)
{
	double usec = args[0].f * (double) USEC_PER_SEC;

	ret->i = 0;
	if (!(usec > 0))
		return ERR_OK;
	return sleep_until(c, usec > 9e17 ? INT64_MAX : clock_now() + (int64_t) usec, e);
}

DEFINE_FUNC(fn_pg_sleep_for)
{
	int64_t when = 0, now = clock_now();
	int rc = timestamptz_add(now, interval_get(args[0]), c->env->type.fmt->tz, &when, e);

	ret->i = 0;
	return rc != ERR_OK ? rc : sleep_until(c, when, e);
}

DEFINE_FUNC(fn_pg_sleep_until)
{
	ret->i = 0;
	return sleep_until(c, args[0].i, e);
}

/* ---- The peer's address and the server's; a Unix socket has none */
static int
address(struct fcall *c, const char *addr, union datum *ret, bool *ret_null, struct err *e)
{
	const struct type *t = type_builtin(OID_INET);

	*ret_null = addr == NULL;
	return addr == NULL ? ERR_OK : t->ops->in(t, &c->env->type, addr, strlen(addr), -1, ret, e);
}

DEFINE_FUNC(fn_inet_client_addr)
{
	return address(c, session(c)->client_addr(session(c)->self), ret, ret_null, e);
}

DEFINE_FUNC(fn_inet_server_addr)
{
	int port;

	return address(c, session(c)->server_addr(session(c)->self, &port), ret, ret_null, e);
}

DEFINE_FUNC(fn_inet_server_port)
{
	int port;

	*ret_null = session(c)->server_addr(session(c)->self, &port) == NULL;
	ret->i = port;
	return ERR_OK;
}

DEFINE_FUNC(fn_current_query)
{
	const char *text = session(c)->running(session(c)->self);

	*ret_null = text == NULL;
	if (text != NULL)
		*ret = cstring_datum(fcall_arena(c), text);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_client_port)
{
	*ret_null = session(c)->client_addr(session(c)->self) == NULL;
	ret->i = session(c)->client_port(session(c)->self);
	return ERR_OK;
}

/* ---- to_regclass and kin: null where a cast would fail to find */
DEFINE_FUNC(fn_to_reg)
{
	const struct name_resolver *names = c->env->type.names;
	struct err trouble = { 0 };
	oid_t oid = 0;

	if (names == NULL) {
		*ret_null = true;
		return ERR_OK;
	}
	switch (names->lookup(names, c->func->ret, arg_cstring(c, args[0]), &oid, &trouble)) {
	case ERR_OK:
		ret->u = oid;
		return ERR_OK;
	case ERR_UNDEFINED_TABLE:
	case ERR_UNDEFINED_OBJECT:
	case ERR_UNDEFINED_FUNCTION:
	case ERR_UNDEFINED_SCHEMA:
	case ERR_AMBIGUOUS_FUNCTION:
		*ret_null = true;
		return ERR_OK;
	default:
		*e = trouble;
		return trouble.code;
	}
}

/* text to regclass, as a cast */
DEFINE_FUNC(fn_text_to_regclass)
{
	const struct type *t = type_builtin(OID_REGCLASS);

	return t->ops->in(t, &c->env->type, bytes_data(args[0].b), bytes_len(args[0].b), -1, ret, e);
}
