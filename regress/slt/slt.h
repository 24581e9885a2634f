/* slt.h - records of a sqllogictest file.
 *
 * Owner     slt_open() gives a reader, slt_close() takes it back; the texts of a record belong
 *           to the reader and live until the next slt_read().
 * Thread    one.
 * Failure   SLT_BAD with a message on stderr: the file is not in the format.
 * Cost      the file is read whole. */
#ifndef REGRESS_SLT_SLT_H
#define REGRESS_SLT_SLT_H

#include <stdbool.h>
#include <stddef.h>

enum slt_kind { SLT_STATEMENT, SLT_QUERY, SLT_END, SLT_BAD };
enum slt_sort { SLT_NOSORT, SLT_ROWSORT, SLT_VALUESORT };

struct slt_record {
	enum slt_kind kind;
	int   line;                     /* where it begins */
	bool  expect_error;             /* of a statement */
	bool  applies;                  /* skipif and onlyif let it through */
	const char *types;              /* of a query: one letter a column */
	enum slt_sort sort;
	const char *sql;
	const char *expected;           /* values, each ended by a newline; or "N values hashing to MD5" */
};

struct slt;

struct slt *slt_open(const char *path, const char *engine);
struct slt_record slt_read(struct slt *s);
void slt_close(struct slt *s);

/* Do these values, in their order in the table, answer the query as the record says?
 * `values` is sorted in place. */
bool slt_matches(const struct slt_record *r, char **values, int rows, int columns);

#endif
