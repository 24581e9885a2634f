/* pgtap.h - what the functions of this folder share.
 *
 * Owner     everything is made on the arena of the running batch.
 * Thread    the session's.
 * Failure   P0001 with pgTAP's words for wrong use; errors of the tested SQL become part of the
 *           answer, but for a cancelled statement.
 * Cost      one setting read and written for each check. */
#ifndef CONTRIB_PGTAP_PGTAP_H
#define CONTRIB_PGTAP_PGTAP_H

#include "core/base/strbuf.h"
#include "core/func/func.h"

/* -- state.c: counters and lines ------------------------------------------------------------ */

/* A check has run: writes "ok 1 - text" or "not ok 1 - text" with its diagnosis into *ret.
 * description and diagnosis may be NULL; the diagnosis' lines become comments. */
int tap_result(struct fcall *c, bool passed, const char *description, const char *diagnosis,
               union datum *ret, struct err *e) MUST_CHECK;

/* "# " in front of every line. */
void tap_comment(struct strbuf *to, const char *text);

/* -- What arguments are ---------------------------------------------------------------------- */

/* A NUL-terminated copy of a text, name or char argument; NULL when it is null or absent. */
const char *tap_arg(struct fcall *c, const union datum *args, const bool *nulls, int i);
/* Any value as text; "NULL" when it is null. */
const char *tap_show(struct fcall *c, const union datum *args, const bool *nulls, int i);
char *tap_printf(struct fcall *c, const char *fmt, ...) PRINTF_LIKE(2, 3) NONNULL_RETURN;
const char *tap_literal(struct fcall *c, const char *text);     /* quoted for SQL; NULL for NULL */

/* -- query.c: running SQL -------------------------------------------------------------------- */

struct tap_rows {
	int ncols, n, cap;
	const struct type *const *types;
	const char ***row;              /* row[i][j]: text, or NULL */
};

/* Runs SQL (or the name of a prepared statement) and keeps the rows.  The error of the SQL is in
 * *sql_error, whose code is ERR_OK when there was none; a real error comes back as usual. */
int tap_query(struct fcall *c, const char *sql, struct tap_rows *ret, struct err *sql_error,
              struct err *e) MUST_CHECK;
/* For our own questions, which must not fail: the first value as text; NULL: no row, or null. */
int tap_ask(struct fcall *c, const char *sql, const char **ret, struct err *e) MUST_CHECK;
/* (1,abc,) as a record is shown. */
const char *tap_row_text(struct fcall *c, const struct tap_rows *rows, int i);

/* -- The functions (pgtap.def) ------------------------------------------------------------------ */
#define TAP(oid, name, args, impl) func_impl impl;
#define TAP_SRF(oid, name, args, impl) func_srf_impl impl;
#include "contrib/pgtap/pgtap.def"
#undef TAP
#undef TAP_SRF

#endif
