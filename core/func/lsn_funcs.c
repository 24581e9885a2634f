/* lsn_funcs.c - log positions and transaction numbers. */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/numeric.h"

static numeric_t
numeric_from_u64(struct arena *a, uint64_t v)
{
	return numeric_from_int128(a, (__int128) v);
}

DEFINE_FUNC(fn_lsn_sub)
{
	ret->b = numeric_from_int128(fcall_arena(c), (__int128) args[0].u - (__int128) args[1].u);
	return ERR_OK;
}

/* A position from a number; text names the limit that was broken. */
static int
to_lsn(struct fcall *c, numeric_t n, uint64_t *ret, struct err *e)
{
	struct arena *a = fcall_arena(c);
	numeric_t limit = numeric_from_u64(a, UINT64_MAX), half = NULL;
	int64_t low = 0;

	if (numeric_is_nan(n))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot convert NaN to pg_lsn");
	if (numeric_is_inf(n))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot convert infinity to pg_lsn");
	int rc = numeric_round(a, n, 0, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (numeric_sign(n) < 0 || numeric_cmp(n, limit) > 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "pg_lsn out of range");
	if (numeric_to_int64(n, &low)) {
		*ret = (uint64_t) low;
		return ERR_OK;
	}
	rc = numeric_sub(a, n, numeric_from_u64(a, UINT64_C(1) << 63), &half, e);
	if (rc != ERR_OK)
		return rc;
	(void) numeric_to_int64(half, &low);
	*ret = (uint64_t) low + (UINT64_C(1) << 63);
	return ERR_OK;
}

static int
move(struct fcall *c, uint64_t lsn, numeric_t by, bool back, union datum *ret, struct err *e)
{
	struct arena *a = fcall_arena(c);
	numeric_t at = numeric_from_u64(a, lsn);

	if (numeric_is_nan(by))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, back ? "cannot subtract NaN from pg_lsn"
		                                                  : "cannot add NaN to pg_lsn");
	int rc = back ? numeric_sub(a, at, by, &at, e) : numeric_add(a, at, by, &at, e);
	return rc != ERR_OK ? rc : to_lsn(c, at, &ret->u, e);
}

DEFINE_FUNC(fn_lsn_add) { return move(c, args[0].u, args[1].b, false, ret, e); }
DEFINE_FUNC(fn_add_lsn) { return move(c, args[1].u, args[0].b, false, ret, e); }
DEFINE_FUNC(fn_lsn_back) { return move(c, args[0].u, args[1].b, true, ret, e); }
DEFINE_FUNC(fn_numeric_to_lsn) { return to_lsn(c, args[0].b, &ret->u, e); }

DEFINE_FUNC(fn_xid8_to_xid) { ret->u = (uint32_t) args[0].u; return ERR_OK; }
