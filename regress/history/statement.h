/* statement.h - the tables of the workload and the statements on them.
 *
 * The key says the table: texts, arrays, registers and rows in turn.
 *
 * Owner     nobody.
 * Thread    any.
 * Failure   none.
 * Cost      none. */
#ifndef REGRESS_HISTORY_STATEMENT_H
#define REGRESS_HISTORY_STATEMENT_H

enum table { T_TEXT, T_ARRAY, T_REGISTER, T_ROW, TABLES };

enum form {
	F_KEY,   /* reads: by primary key ($1) */
	F_OTHER, /* by the secondary index ($1) */
	F_RANGE, /* by a range of keys ($1 to $2) */
	F_FOR_UPDATE,
	F_FOR_SHARE, /* by key */
	F_UPDATE,    /* writes: key $1, value $2 */
	F_UPSERT,
	F_UPDATE_RANGE, /* keys $1 to $3, value $2; NULL for rows */
	FORMS
};
enum { STATEMENTS = TABLES * FORMS };

extern const char *const statement_text[TABLES][FORMS];
extern const char *const statement_schema;

#endif
