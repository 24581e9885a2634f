/* float.h - reading and showing doubles, for the types and for functions.
 *
 * Owner     nothing is kept.  Thread: any.
 * Failure   22P02 and 22003 with PostgreSQL's texts.
 * Cost      showing: a table look-up and three multiplications; no printf. */
#ifndef CORE_TYPE_FLOAT_H
#define CORE_TYPE_FLOAT_H

#include "core/type/type.h"

/* The fewest digits that read back as the same value; in PostgreSQL's form: 1e+15, 0.0001. */
void double_put(double v, struct strbuf *to);
void float4_put(double v, struct strbuf *to);
/* As SET extra_float_digits says: <= 0 rounds to 15 (or 6) + n digits. */
void double_put_digits(double v, int extra_float_digits, struct strbuf *to);
void float4_put_digits(double v, int extra_float_digits, struct strbuf *to);
/* `v`'s shortest decimal: *ret_digits * 10^*ret_exp, without trailing zeros; v finite, not 0. */
void double_shortest(double v, uint64_t *ret_digits, int *ret_exp);
int  double_parse(const char *s, size_t len, double *ret, struct err *e) MUST_CHECK;
int  float4_parse(const char *s, size_t len, double *ret, struct err *e) MUST_CHECK;
/* NaN is equal to NaN and above everything. */
int  double_cmp(double a, double b);

#endif
