/* statement.c - see statement.h.  Every result has the key first, then values in any text form. */
#include "config.h"
#include "regress/history/statement.h"

#include <stddef.h>

/* `other` is a function of the key; `n` moves the index entries at every write. */
const char *const statement_schema =
	"CREATE TABLE history_text (k int PRIMARY KEY, other int, n int, val text);"
	"CREATE INDEX ON history_text (other, n);"
	"CREATE TABLE history_array (k int NOT NULL UNIQUE, other int, n int, val int[]);"
	"CREATE INDEX ON history_array USING hash (other);"
	"CREATE TABLE history_register (k int PRIMARY KEY, other int, n int, prev int, val int);"
	"CREATE INDEX ON history_register (other, val);"
	"CREATE TABLE history_row (k int, pos int, other int, val int, PRIMARY KEY (k, pos));"
	"CREATE INDEX ON history_row (other, pos)";

#define READS(what, from, order)                                                                   \
	[F_KEY] = "SELECT " what " FROM " from " WHERE k = $1::int" order,                         \
	[F_OTHER] = "SELECT " what " FROM " from " WHERE other = $1::int * 7 + 1" order,           \
	[F_RANGE] = "SELECT " what " FROM " from " WHERE k BETWEEN $1::int AND $2::int" order,     \
	[F_FOR_UPDATE] = "SELECT " what " FROM " from " WHERE k = $1::int" order " FOR UPDATE",    \
	[F_FOR_SHARE] = "SELECT " what " FROM " from " WHERE k = $1::int" order " FOR SHARE"

#define WRITES(what, from, set, insert, conflict)                                                  \
	[F_UPDATE] = "UPDATE " from " SET n = n + 1, " set " WHERE k = $1::int RETURNING " what,   \
	[F_UPSERT] =                                                                               \
		"INSERT INTO " from                                                                \
		" (k, other, n, val) VALUES ($1::int, $1::int * 7 + 1, 1, " insert ") "            \
		"ON CONFLICT (k) DO UPDATE SET n = " from ".n + 1, " conflict " RETURNING " what,  \
	[F_UPDATE_RANGE] = "UPDATE " from " SET n = n + 1, " set                                   \
			   " WHERE k BETWEEN $1::int AND $3::int RETURNING " what

#define INSERT_ROW                                                                                 \
	"INSERT INTO history_row SELECT $1::int, coalesce(max(pos), 0) + 1, $1::int * 7 + 1, "     \
	"$2::int "                                                                                 \
	"FROM history_row WHERE k = $1::int RETURNING k"

const char *const statement_text[TABLES][FORMS] = {
	[T_TEXT] = {
		READS("k, val", "history_text", ""),
		WRITES("k, val", "history_text", "val = val || ',' || $2::int::text", "$2::int::text",
		       "val = history_text.val || ',' || excluded.val"),
	},
	[T_ARRAY] = {
		READS("k, val", "history_array", ""),
		WRITES("k, val", "history_array", "val = array_append(val, $2::int)", "ARRAY[$2::int]",
		       "val = history_array.val || excluded.val"),
	},
	[T_REGISTER] = {
		READS("k, prev, val", "history_register", ""),
		WRITES("k, prev, val", "history_register", "prev = val, val = $2::int", "$2::int",
		       "prev = history_register.val, val = excluded.val"),
	},
	[T_ROW] = {
		READS("k, val", "history_row", " ORDER BY k, pos"),
		[F_UPDATE] = INSERT_ROW,
		[F_UPSERT] = INSERT_ROW,
		[F_UPDATE_RANGE] = NULL,
	},
};
