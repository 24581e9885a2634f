/* oracle.h - what the files of the oracles share.
 *
 * Owner     texts belong to the struct text they are in; text_done() releases them.
 * Thread    one.
 * Failure   memory: the program ends.
 * Cost      none worth naming. */
#ifndef REGRESS_ORACLE_ORACLE_H
#define REGRESS_ORACLE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

/* -- random.c: numbers and texts ---------------------------------------------------- */
struct rng { uint64_t state; };

int  rng_below(struct rng *r, int n);           /* 0 .. n - 1 */
bool rng_chance(struct rng *r, int percent);

struct text { char *at; size_t len, cap; };

void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);
void text_done(struct text *t);

/* -- schema.c ------------------------------------------------------------------------ */
enum column_type { COL_INT, COL_TEXT, COL_NUMERIC, COL_BOOL, COL_DATE, COL_BIGINT, COL_TYPES };
enum { TABLES_MAX = 4, COLUMNS_MAX = 6 };

struct column { char name[16]; enum column_type type; };
struct table  { char name[16]; int ncols; struct column cols[COLUMNS_MAX]; bool large; };
struct schema { int ntables; struct table tables[TABLES_MAX]; };

const char *type_sql(enum column_type t);
void constant(struct rng *r, enum column_type t, struct text *to);      /* never NULL */
void schema_make(struct rng *r, struct schema *s, struct text *ddl);

/* -- query.c -------------------------------------------------------------------------- */
/* A FROM clause and the columns it gives. */
struct source {
	struct text sql;
	bool large;             /* one of its tables is: two would give millions of rows */
	int ncols;
	struct { char name[40]; enum column_type type; } cols[TABLES_MAX * COLUMNS_MAX];
};

void source_make(struct rng *r, const struct schema *s, struct source *ret);
void source_done(struct source *s);
void condition(struct rng *r, const struct schema *s, const struct source *from, int depth,
               struct text *to);
/* A whole statement whose rows do not depend on the plan. */
void statement(struct rng *r, const struct schema *s, struct text *to);

/* -- check.c: the oracles; false after a difference, which is printed ------------------ */
struct trial {
	PGconn *conn, *other;   /* other: NULL, or asked what is asked first */
	struct rng *rng;
	const struct schema *schema;
	const char *ddl;
	uint64_t seed;
	long round;
};

bool check_partition(struct trial *t);
bool check_rewrite(struct trial *t);
bool check_plans(struct trial *t);

#endif
