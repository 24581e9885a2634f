/* err.h - one error: its code, its SQLSTATE and what a client is told of it.
 *
 * Owner     the caller declares `struct err e = { 0 };` and passes &e down; texts live inside.
 * Thread    one error belongs to one thread.
 * Failure   the first err_set() wins: trouble met while undoing never hides its cause.
 *           Texts longer than their field are cut at a UTF-8 boundary.
 * Cost      err_init() clears two words; the texts are touched only on failure.
 *
 * Every function that can fail returns ERR_OK (0) or an enum err_code, and has filled *e.
 * Names and SQLSTATEs follow PostgreSQL 15, appendix A. */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#include "core/base/attr.h"

enum err_code {
	ERR_OK = 0,
#define ERRCODE(name, sqlstate) ERR_##name,
#include "core/base/errcodes.def"
#undef ERRCODE
	ERR_CODE_COUNT
};

enum { ERR_TEXT_MAX = 1024, ERR_NAME_MAX = 64 };

struct err {
	int  code;                      /* enum err_code; 0: nothing went wrong */
	int  position;                  /* 1-based character in the statement; 0: none */
	char message[ERR_TEXT_MAX];
	char detail[ERR_TEXT_MAX];
	char hint[ERR_TEXT_MAX];
	char context[ERR_TEXT_MAX];     /* field W: "JSON data, line 1: ...", "COPY t, line 2" */
	char schema[ERR_NAME_MAX], table[ERR_NAME_MAX], column[ERR_NAME_MAX];
	char datatype[ERR_NAME_MAX], constraint[ERR_NAME_MAX];
	const char *routine;            /* field R of ErrorResponse where a client looks at it */
};

/* Forget an error; the texts are cleared lazily. */
void err_init(struct err *e);

/* Store code and message and return the code.  Does nothing but return the first code when
 * an error is there already. */
int  err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
int  err_setv(struct err *e, enum err_code code, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/* Add to an error that has been set; all return its code, so they can end a chain:
 *     err_set(e, ERR_..., "..."); return err_hint(e, "...");                                */
int  err_detail(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
int  err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
int  err_context(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3); /* a line; inner ones first */
int  err_at(struct err *e, int position);       /* kept only when no position is known yet */
int  err_object(struct err *e, const char *schema, const char *table, const char *column,
                const char *constraint);        /* each may be NULL */

/* The five characters of a code, "00000" for ERR_OK. */
const char *err_sqlstate(int code);

/* 0A000 with what to do instead; hint may be NULL. */
int  err_unsupported(struct err *e, const char *what, const char *hint);

/* What reports an error never returns ERR_OK.  Told so, the compiler sees that a `ret_x` is
 * written wherever the caller goes on, and -Wmaybe-uninitialized stays a warning worth reading. */
#define ERR_NOT_OK(call) \
	({ \
		int not_ok_ = (call); \
		if (not_ok_ == ERR_OK) \
			__builtin_unreachable(); \
		not_ok_; \
	})
#define err_set(...)         ERR_NOT_OK((err_set)(__VA_ARGS__))
#define err_setv(...)        ERR_NOT_OK((err_setv)(__VA_ARGS__))
#define err_unsupported(...) ERR_NOT_OK((err_unsupported)(__VA_ARGS__))

#endif
