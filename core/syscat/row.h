/* row.h - filling rows of system relations by column.  Inside core/syscat.
 *
 * Columns are named by the enums made from catalogs.def: pg_class_relname is the position of that
 * column.  A column that is not set is null. */
#ifndef CORE_SYSCAT_ROW_H
#define CORE_SYSCAT_ROW_H

#include "core/access/sysrel.h"
#include "core/catalog/catalog.h"
#include "core/func/func.h"

#define SYSREL(name, oid, rowtype, kind) enum { OID_OF_##name = oid,
#define SYSCOL(rel, col, type, notnull) rel##_##col,
#define SYSEND(rel) END_OF_##rel };
/* Each enum counts from its relation's oid; row.c takes that off again. */
#include "core/syscat/catalogs.def"
#undef SYSREL
#undef SYSCOL
#undef SYSEND

enum { ROW_COLS_MAX = 128 };

struct rows {
	struct exec_env *env;
	struct arena *arena;            /* lives as long as the statement */
	struct row_sink *to;
	struct err *e;
	int rc;                         /* the first failure */
	int base;                       /* the relation's oid: its first enum value - 1 */
	union datum v[ROW_COLS_MAX];
	bool null[ROW_COLS_MAX];
};

#define ROWS(env_, to_, e_, rel) { .env = (env_), .arena = (env_)->stmt_arena, .to = (to_), .e = (e_), .base = OID_OF_##rel + 1 }

void row_start(struct rows *r);
void row_int(struct rows *r, int col, int64_t v);       /* bool, char, oid and integers */
void row_float(struct rows *r, int col, double v);
void row_text(struct rows *r, int col, const char *s);  /* name and text; NULL: null */
void row_value(struct rows *r, int col, const struct bytes *b);
void row_int2s(struct rows *r, int col, const struct type *t, int n, const int16_t *v);  /* arrays, int2vector */
void row_oids(struct rows *r, int col, const struct type *t, int n, const oid_t *v);
void row_texts(struct rows *r, int col, int n, const char *const *v);
/* aclitem[], of an object's access list; NULL: null. */
void row_access(struct rows *r, int col, const char *acl);
/* Text form of the column's type. */
void row_input(struct rows *r, int col, const struct type *t, const char *text);
int  row_push(struct rows *r);

typedef int rows_fn(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e);

/* Each produces one relation (named after it). */
#define PRODUCER(rel) rows_fn rows_##rel;
#include "core/syscat/producers.def"
#undef PRODUCER

#endif
