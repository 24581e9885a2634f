/* registry.c - the tables of functions, operators and casts, and finding things in them.
 *
 * Built once, at the first question or registration; afterwards everything is read only.
 * Not here: choosing among overloads (translate/), calling (call.c). */
#include "config.h"
#include "core/func/func.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/func/impl.h"
#include "core/func/jsonish.h"
#include "core/type/jsonpath.h"

#define COUNT_ARGS_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, n, ...) n
#define COUNT_ARGS(...) COUNT_ARGS_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define OIDS1(a)        OID_##a
#define OIDS2(a, ...)   OID_##a, OIDS1(__VA_ARGS__)
#define OIDS3(a, ...)   OID_##a, OIDS2(__VA_ARGS__)
#define OIDS4(a, ...)   OID_##a, OIDS3(__VA_ARGS__)
#define OIDS5(a, ...)   OID_##a, OIDS4(__VA_ARGS__)
#define OIDS6(a, ...)   OID_##a, OIDS5(__VA_ARGS__)
#define OIDS7(a, ...)   OID_##a, OIDS6(__VA_ARGS__)
#define OIDS8(a, ...)   OID_##a, OIDS7(__VA_ARGS__)
#define OIDS9(a, ...)   OID_##a, OIDS8(__VA_ARGS__)
#define OIDS10(a, ...)  OID_##a, OIDS9(__VA_ARGS__)
#define OIDS11(a, ...)  OID_##a, OIDS10(__VA_ARGS__)
#define OIDS12(a, ...)  OID_##a, OIDS11(__VA_ARGS__)
#define PASTE_(a, b)    a##b
#define PASTE(a, b)     PASTE_(a, b)

#define ARGS(...)       .nargs = COUNT_ARGS(__VA_ARGS__), \
	.args = (const oid_t[]) { PASTE(OIDS, COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__) }
#define NOARGS          .nargs = 0
#define STRICT          true
#define NULLS           false
#define VARIADIC(t)     .variadic = OID_##t
#define NAMES(...)      .arg_names = (const char *const[]) { __VA_ARGS__ }
#define DEFAULTS(...)   .ndefaults = COUNT_ARGS(__VA_ARGS__), \
	.defaults = (const char *const[]) { __VA_ARGS__ }
#define OUT(nm, t)      { nm, OID_##t }
#define OUTS(...)       .outs = (const struct func_out[]) { __VA_ARGS__ }, \
	.nouts = sizeof((const struct func_out[]) { __VA_ARGS__ }) / sizeof(struct func_out)

#define ROW(o, nm, rt, vol, nulls) \
	.oid = o, .name = nm, .ret = OID_##rt, .volatility = vol, .strict = nulls
#define FUNC(o, nm, rt, as, vol, nulls, sym) \
	{ ROW(o, nm, rt, vol, nulls), as, .kind = FUNC_NORMAL, .impl = sym },
#define FUNC_VEC(o, nm, rt, as, vol, nulls, sym) \
	{ ROW(o, nm, rt, vol, nulls), as, .kind = FUNC_NORMAL, .impl = sym, .vec = sym##_vec },
#define FUNC_MORE(o, nm, rt, as, vol, nulls, sym, ...) \
	{ ROW(o, nm, rt, vol, nulls), as, .kind = FUNC_NORMAL, .impl = sym, __VA_ARGS__ },
#define SRF(o, nm, rt, as, vol, nulls, sym) \
	{ ROW(o, nm, rt, vol, nulls), as, .kind = FUNC_NORMAL, .retset = true, .srf = sym },
#define SRF_MORE(o, nm, rt, as, vol, nulls, sym, ...) \
	{ ROW(o, nm, rt, vol, nulls), as, .kind = FUNC_NORMAL, .retset = true, .srf = sym, __VA_ARGS__ },
#define AGG(o, nm, rt, as, sym) \
	{ ROW(o, nm, rt, 'i', NULLS), as, .kind = FUNC_AGGREGATE, .agg = &sym },
#define AGG_MORE(o, nm, rt, as, sym, ...) \
	{ ROW(o, nm, rt, 'i', NULLS), as, .kind = FUNC_AGGREGATE, .agg = &sym, __VA_ARGS__ },
#define WINDOW(o, nm, rt, as, sym) \
	{ ROW(o, nm, rt, 'i', NULLS), as, .kind = FUNC_WINDOW, .window = &sym },
#define WINDOW_MORE(o, nm, rt, as, sym, ...) \
	{ ROW(o, nm, rt, 'i', NULLS), as, .kind = FUNC_WINDOW, .window = &sym, __VA_ARGS__ },

static const struct func builtin_funcs[] = {
#include "core/func/funcs.def"
};

static const struct operator operators[] = {
#define OPERATOR(o, nm, l, r, rt, f, com, neg, sel) \
	{ .oid = o, .name = nm, .left = OID_##l, .right = OID_##r, .ret = OID_##rt, .func = f, \
	  .commutator = com, .negator = neg, .restrict_class = sel },
#include "core/func/operators.def"
};

static const struct cast casts[] = {
#define CAST(src, dst, f, ctx, how) \
	{ .source = OID_##src, .target = OID_##dst, .func = f, .context = ctx, .method = how },
#include "core/func/casts.def"
};

enum { NOPERATORS = ARRAY_LEN(operators), NCASTS = ARRAY_LEN(casts) };

/* All of one name, one after the other in `all`. */
struct overloads {
	int n;
	const void **at;
};

static struct {
	pthread_once_t once;
	const struct func **funcs;      /* in order of registration */
	int nfuncs, cap;
	struct map func_names, func_oids;
	struct map op_names, op_oids;
	struct map cast_pairs;
} reg = { .once = PTHREAD_ONCE_INIT };

static void *
reg_alloc(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL) {
		log_write(LOG_FATAL, "out of memory: %zu bytes", size);
		abort();
	}
	return p;
}

static void
overloads_add(struct map *names, const char *name, const void *item)
{
	struct overloads *o = map_gets(names, name);

	if (o == NULL) {
		o = reg_alloc(NULL, sizeof *o);
		*o = (struct overloads) { 0 };
		(void) map_puts(names, name, o);
	}
	o->at = reg_alloc(o->at, (size_t) (o->n + 1) * sizeof *o->at);
	o->at[o->n++] = item;
}

static void
add_funcs(const struct func *table, int n)
{
	if (reg.nfuncs + n > reg.cap) {
		reg.cap = (reg.nfuncs + n) * 2;
		reg.funcs = reg_alloc(reg.funcs, (size_t) reg.cap * sizeof *reg.funcs);
	}
	for (int i = 0; i < n; i++) {
		assert(map_get(&reg.func_oids, &table[i].oid, sizeof table[i].oid) == NULL);
		reg.funcs[reg.nfuncs++] = &table[i];
		overloads_add(&reg.func_names, table[i].name, &table[i]);
		(void) map_put(&reg.func_oids, &table[i].oid, sizeof table[i].oid, (void *) &table[i]);
	}
}

static void
build(void)
{
	jsonpath_set_regex_check(jsonpath_check_regex);
	add_funcs(builtin_funcs, ARRAY_LEN(builtin_funcs));
	for (int i = 0; i < NOPERATORS; i++) {
		overloads_add(&reg.op_names, operators[i].name, &operators[i]);
		(void) map_put(&reg.op_oids, &operators[i].oid, sizeof operators[i].oid,
		               (void *) &operators[i]);
	}
	for (int i = 0; i < NCASTS; i++)        /* source and target lie side by side: the key */
		(void) map_put(&reg.cast_pairs, &casts[i].source, 2 * sizeof(oid_t), (void *) &casts[i]);
}

static inline void
ready(void)
{
	(void) pthread_once(&reg.once, build);
}

void
func_register(const struct func *table, int n)
{
	ready();
	add_funcs(table, n);
}

int
func_candidates(const char *name, const struct func *const **ret)
{
	ready();
	const struct overloads *o = map_gets(&reg.func_names, name);

	if (o == NULL)
		return 0;
	*ret = (const struct func *const *) o->at;
	return o->n;
}

const struct func *
func_by_oid(oid_t oid)
{
	ready();
	return map_get(&reg.func_oids, &oid, sizeof oid);
}

int
func_count(void)
{
	ready();
	return reg.nfuncs;
}

const struct func *
func_at(int i)
{
	assert(i >= 0 && i < reg.nfuncs);
	return reg.funcs[i];
}

int
operator_candidates(const char *name, const struct operator *const **ret)
{
	ready();
	const struct overloads *o = map_gets(&reg.op_names, name);

	if (o == NULL)
		return 0;
	*ret = (const struct operator *const *) o->at;
	return o->n;
}

const struct operator *
operator_by_oid(oid_t oid)
{
	ready();
	return map_get(&reg.op_oids, &oid, sizeof oid);
}

const struct operator *
operator_exact(const char *name, oid_t left, oid_t right)
{
	const struct operator *const *at = NULL;
	int n = operator_candidates(name, &at);

	for (int i = 0; i < n; i++)
		if (at[i]->left == left && at[i]->right == right)
			return at[i];
	return NULL;
}

int
operator_count(void)
{
	return NOPERATORS;
}

const struct operator *
operator_at(int i)
{
	assert(i >= 0 && i < NOPERATORS);
	return &operators[i];
}

const struct cast *
cast_find(oid_t source, oid_t target)
{
	const oid_t pair[2] = { source, target };

	ready();
	return map_get(&reg.cast_pairs, pair, sizeof pair);
}

int
cast_count(void)
{
	return NCASTS;
}

const struct cast *
cast_at(int i)
{
	assert(i >= 0 && i < NCASTS);
	return &casts[i];
}
