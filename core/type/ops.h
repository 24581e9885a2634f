/* ops.h - the method tables that types.def names; for the files of core/type alone.
 *
 * Owner     static, constant.  Thread: any.  Failure and cost: as type.h says of each method. */
#ifndef CORE_TYPE_OPS_H
#define CORE_TYPE_OPS_H

#include "core/type/type.h"

extern const struct type_ops type_ops_boolean, type_ops_bytea, type_ops_char, type_ops_name,
	type_ops_int8, type_ops_int2, type_ops_int4, type_ops_reg, type_ops_text, type_ops_oid,
	type_ops_tid, type_ops_xid, type_ops_xid8, type_ops_json, type_ops_jsonb, type_ops_jsonpath,
	type_ops_node_tree, type_ops_inet, type_ops_cidr, type_ops_macaddr, type_ops_macaddr8,
	type_ops_aclitem, type_ops_float4, type_ops_float8, type_ops_unknown, type_ops_cstring,
	type_ops_refcursor, type_ops_bpchar, type_ops_varchar, type_ops_date, type_ops_time,
	type_ops_timestamp, type_ops_timestamptz, type_ops_interval, type_ops_timetz, type_ops_bit,
	type_ops_varbit, type_ops_numeric, type_ops_record, type_ops_uuid, type_ops_pg_lsn,
	type_ops_void, type_ops_pseudo, type_ops_anyarray, type_ops_array, type_ops_vector,
	type_ops_enum, type_ops_range, type_ops_multirange;

/* `invalid input syntax for type T: "text"`: 22P02. */
int  bad_syntax(struct err *e, const char *type, const char *s, size_t len) MUST_CHECK;
/* `value "text" is out of range for type T`: 22003. */
int  out_of_range(struct err *e, const char *type, const char *s, size_t len) MUST_CHECK;
/* recv met fewer or more bytes than its type has: 22P03 / 08P01 as PostgreSQL. */
int  bad_binary(struct err *e, size_t len, size_t want) MUST_CHECK;

static inline bool
ascii_space(char c)                     /* isspace() of the C locale */
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* ASCII text without regard to case. */
bool same_word(const char *s, size_t len, const char *word);

/* Network byte order. */
static inline uint16_t
get_be16(const void *p)
{
	uint16_t v;
	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}
static inline uint32_t
get_be32(const void *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}
static inline uint64_t
get_be64(const void *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}
void put_be16(struct strbuf *to, uint16_t v);
void put_be32(struct strbuf *to, uint32_t v);
void put_be64(struct strbuf *to, uint64_t v);

/* Decimal digits of v at p, at least `width` of them with leading zeros; returns the end. */
char *put_digits(char *p, uint64_t v, int width);

#endif
