/* impl.h - what the files that implement functions share.
 *
 * Private to core/func.  Declares every implementation named in the tables, so that a symbol
 * in a .def and its definition cannot disagree in type.
 *
 * Owner     results are made on the batch arena, fcall_arena(); what must outlive a batch goes
 *           to c->env->stmt_arena through c->memo.
 * Thread    a call site belongs to one query.
 * Failure   as func.h: *ret_null is false on entry, *ret is written on success only. */
#ifndef CORE_FUNC_IMPL_H
#define CORE_FUNC_IMPL_H

#include "core/func/func.h"
#include "storage/lock.h"

#define DEFINE_FUNC(name) \
	int \
	name(struct fcall *c UNUSED, const union datum *args UNUSED, const bool *nulls UNUSED, \
	     union datum *ret UNUSED, bool *ret_null UNUSED, struct err *e UNUSED)

#define DEFINE_SRF(name) \
	int \
	name(struct fcall *c UNUSED, const union datum *args UNUSED, const bool *nulls UNUSED, \
	     struct row_sink *to UNUSED, struct err *e UNUSED)

#define DEFINE_VEC(name) \
	int \
	name(struct fcall *c UNUSED, const struct vec *args UNUSED, const uint16_t *sel UNUSED, int n UNUSED, \
	     struct vec *ret UNUSED, struct err *e UNUSED)

#define FUNC(oid, name, rt, args, vol, nulls, impl)          func_impl impl;
#define FUNC_VEC(oid, name, rt, args, vol, nulls, impl)      func_impl impl; func_vec_impl impl##_vec;
#define FUNC_MORE(oid, name, rt, args, vol, nulls, impl, ...) func_impl impl;
#define SRF(oid, name, rt, args, vol, nulls, impl)           func_srf_impl impl;
#define SRF_MORE(oid, name, rt, args, vol, nulls, impl, ...) func_srf_impl impl;
#define AGG(oid, name, rt, args, impl)                       extern const struct agg impl;
#define AGG_MORE(oid, name, rt, args, impl, ...)             extern const struct agg impl;
#define WINDOW(oid, name, rt, args, impl)                    extern const struct window_func impl;
#define WINDOW_MORE(oid, name, rt, args, impl, ...)          extern const struct window_func impl;
#include "core/func/funcs.def"
#undef FUNC
#undef FUNC_VEC
#undef FUNC_MORE
#undef SRF
#undef SRF_MORE
#undef AGG
#undef AGG_MORE
#undef WINDOW
#undef WINDOW_MORE

static inline struct arena *fcall_arena(struct fcall *c) { return c->env->type.arena; }

/* The bytes of a text argument. */
static inline const char *arg_text(union datum d, size_t *ret_len)
	{ *ret_len = bytes_len(d.b); return bytes_data(d.b); }

static inline union datum text_datum(struct arena *a, const char *s, size_t len)
	{ return datum_bytes(bytes_make(a, s, len)); }
static inline union datum strbuf_datum(struct arena *a, const struct strbuf *b)
	{ return datum_bytes(bytes_make(a, b->data, b->len)); }
static inline union datum cstring_datum(struct arena *a, const char *s)
	{ return text_datum(a, s, strlen(s)); }

/* A NUL-terminated copy on the batch arena. */
static inline char *arg_cstring(struct fcall *c, union datum d)
	{ return arena_strndup(fcall_arena(c), bytes_data(d.b), bytes_len(d.b)); }

/* 57014 when the statement must stop; asked in loops that a user can make long. */
static inline int
func_cancelled(const struct fcall *c, struct err *e)
{
	return lock_check_cancel(c->env->cancel, e);
}

int  fail_too_long(struct err *e);      /* 54000 requested length too large */

/* The row number of the k-th of n selected rows. */
static inline int sel_at(const uint16_t *sel, int k) { return sel == NULL ? k : sel[k]; }

/* Loops of a binary kernel.  The body sees x and y (union datum) and sets r; the three shapes a
 * planner produces (column-column, column-constant, constant-column) get a loop each, without
 * branches, so that the compiler can vectorise them. */
#define VEC_BINARY_LOOP(args, sel, n, ret, ...) do { \
	const union datum *xs_ = (args)[0].v, *ys_ = (args)[1].v; \
	union datum *out_ = (ret)->v; \
	if ((sel) == NULL && (args)[0].stride != 0 && (args)[1].stride != 0) { \
		for (int i_ = 0; i_ < (n); i_++) { \
			const union datum x = xs_[i_], y = ys_[i_]; union datum r; \
			__VA_ARGS__; out_[i_] = r; \
		} \
	} else if ((sel) == NULL && (args)[0].stride != 0) { \
		const union datum y = ys_[0]; \
		for (int i_ = 0; i_ < (n); i_++) { \
			const union datum x = xs_[i_]; union datum r; \
			__VA_ARGS__; out_[i_] = r; \
		} \
	} else { \
		for (int k_ = 0; k_ < (n); k_++) { \
			int i_ = sel_at(sel, k_); \
			const union datum x = vec_at(&(args)[0], i_), y = vec_at(&(args)[1], i_); \
			union datum r; \
			__VA_ARGS__; out_[i_] = r; \
		} \
	} \
} while (0)

#define VEC_UNARY_LOOP(args, sel, n, ret, ...) do { \
	for (int k_ = 0; k_ < (n); k_++) { \
		int i_ = sel_at(sel, k_); \
		const union datum x = vec_at(&(args)[0], i_); union datum r; \
		__VA_ARGS__; (ret)->v[i_] = r; \
	} \
} while (0)

#endif
