/* type.h - what the system knows of a type: one record, one table of methods.
 *
 * Built-in types are the rows of types.def and live for ever.  Types a user makes (enum,
 * domain, composite) and their arrays are built by core/catalog with type_make_*() on the
 * memory of the catalog snapshot that owns them; code holds `const struct type *` and never
 * asks which it is.
 *
 * Owner     built-in: static.  User-defined: the catalog snapshot.
 * Thread    immutable once published.
 * Failure   in, recv and casts fail with 22xxx and PostgreSQL's texts; out, send, cmp, hash
 *           and key encoding cannot fail.
 * Source    names, oids, lengths, categories: PostgreSQL 15's pg_type. */
#ifndef CORE_TYPE_TYPE_H
#define CORE_TYPE_TYPE_H

#include "core/base/arena.h"
#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"
#include "core/type/datum.h"

typedef uint32_t oid_t;

/* OID_INT4, OID_TEXT, ...: every built-in type of types.def, arrays as OID_INT4_ARRAY. */
#include "core/type/type_oids.h"

/* How values are read and shown: the settings of a session that types look at. */
struct fmt_settings {
	int  date_style;                /* enum date_style in datetime.h */
	int  date_order;                /* MDY, DMY, YMD */
	int  interval_style;
	int  extra_float_digits;        /* 1: shortest exact (the default) */
	int  bytea_output;              /* 0 hex, 1 escape */
	const struct timezone *tz;      /* datetime.h */
	int64_t now;                    /* transaction start, microseconds since 2000-01-01 UTC */
};
extern const struct fmt_settings fmt_default;   /* ISO, MDY, UTC */

/* What an input or conversion needs beside its value. */
struct type_env {
	struct arena *arena;            /* where the result's bytes go */
	const struct fmt_settings *fmt;
	const struct catalog *catalog;  /* for reg* types and records; may be NULL */
	const struct name_resolver *names; /* regclass and friends: given by the session, or NULL */
};

/* regclass 'x', regtype 'x', ... and their output: implemented above this layer. */
struct name_resolver {
	int (*lookup)(const struct name_resolver *r, oid_t regtype, const char *text, oid_t *ret,
		      struct err *e);
	void (*show)(const struct name_resolver *r, oid_t regtype, oid_t value, struct strbuf *out);
};

struct type;

/* Methods: one constant table per representation, shared by many types. */
struct type_ops {
	/* Text form -> value.  typmod -1: none. */
	int  (*in)(const struct type *t, struct type_env *env, const char *s, size_t len,
	           int32_t typmod, union datum *ret, struct err *e);
	void (*out)(const struct type *t, struct type_env *env, union datum d, struct strbuf *to);
	/* PostgreSQL's binary form; send appends the bytes without their length word. */
	int  (*recv)(const struct type *t, struct type_env *env, const void *p, size_t len,
	             int32_t typmod, union datum *ret, struct err *e);
	void (*send)(const struct type *t, struct type_env *env, union datum d, struct strbuf *to);
	/* Default B-tree order and equality; NULL: the type has none (json, point ...).
	 * Equal values hash equal. */
	int  (*cmp)(const struct type *t, union datum a, union datum b);
	uint64_t (*hash)(const struct type *t, union datum d);
	/* Append a byte string whose memcmp order is cmp's; self-delimiting within a longer key.
	 * NULL: use of the type as an index key is refused. */
	void (*key)(const struct type *t, union datum d, struct strbuf *to);
	/* Read back what key() wrote; NULL: the encoding loses information (char padding, numeric
	 * scale), so index-only reads must fetch the row. Returns the bytes consumed. */
	size_t (*unkey)(const struct type *t, struct arena *a, const void *p, size_t len,
			union datum *ret);
	/* Enforce a typmod (varchar(n), numeric(p,s), timestamp(p), char(n)).  NULL: none. */
	int  (*coerce)(const struct type *t, struct type_env *env, union datum d, int32_t typmod,
	               bool explicit_cast, union datum *ret, struct err *e);
	/* varchar '(10)' <-> typmod; NULL: takes none. */
	int (*typmod_in)(const struct type *t, const int32_t *args, int n, int32_t *ret,
			 struct err *e);
	void (*typmod_out)(const struct type *t, int32_t typmod, struct strbuf *to);
};

enum type_kind { TYPE_BASE = 'b', TYPE_COMPOSITE = 'c', TYPE_DOMAIN = 'd', TYPE_ENUM = 'e',
                 TYPE_PSEUDO = 'p', TYPE_RANGE = 'r', TYPE_MULTIRANGE = 'm' };

struct enum_label {
	oid_t oid;
	float order;                    /* enumsortorder */
	const char *name;
};

struct type {
	oid_t oid;
	const char *name;               /* pg_type.typname: "int4", "_int4", "varchar" */
	const char *sql_name; /* format_type's: "integer", "character varying"; NULL: name */
	oid_t schema;                   /* pg_catalog for built-in */
	int16_t len;                    /* typlen */
	bool  byval;                    /* datum in the word (our sense), not PostgreSQL's */
	bool  is_float;                 /* .f rather than .i */
	char  kind;                     /* enum type_kind */
	char  category;                 /* typcategory */
	bool  preferred;
	char  align, storage;           /* typalign, typstorage, for pg_type */
	bool  collatable;
	const struct type_ops *ops;
	const struct type *elem;        /* arrays: element type */
	oid_t array;                    /* oid of the array over this type; 0: none */

	/* By kind. */
	int   nlabels;                                  /* enum, in sort order */
	const struct enum_label *labels;
	const struct type *base;                        /* domain */
	int32_t base_typmod;
	oid_t collation;                                /* domain: its own; 0: of its base */
	oid_t relation;                                 /* composite: its relation */
	int   nattrs;                                   /* composite: dropped columns left out */
	const struct type_attr *attrs;
	const struct type *sub;                         /* range: subtype; multirange: its range */
};

struct type_attr {
	const char *name;
	const struct type *type;
	int32_t typmod;
};

/* NULL when there is no such built-in type. */
const struct type *type_builtin(oid_t oid);
const struct type *type_builtin_by_name(const char *name);
int  type_builtin_count(void);
const struct type *type_builtin_at(int i);              /* in order of oid */

/* Types over user objects; memory from the given arena. */
struct type *type_make_array(struct arena *a, oid_t oid, const char *name, const struct type *elem);
struct type *type_make_enum(struct arena *a, oid_t oid, const char *name, oid_t schema,
                            const struct enum_label *labels, int n);

struct type *type_make_domain(struct arena *a, oid_t oid, const char *name, oid_t schema,
                              const struct type *base, int32_t typmod);
struct type *type_make_composite(struct arena *a, oid_t oid, const char *name, oid_t schema,
                                 oid_t relation, const struct type_attr *attrs, int n);
struct type *type_make_range(struct arena *a, oid_t oid, const char *name, oid_t schema,
                             const struct type *subtype);
struct type *type_make_multirange(struct arena *a, oid_t oid, const char *name, oid_t schema,
                                  const struct type *range);

/* Any type by oid: built-in, or asked of the resolver that the catalog has set for the process
 * (values of type record and anyarray know their types by oid only); NULL: none. */
const struct type *type_lookup(oid_t oid);
void type_set_resolver(const struct type *(*resolve)(oid_t oid));

/* int2vector and oidvector (category 'A'), all T[], and record[] (category 'P'). */
static inline bool
type_is_array(const struct type *t)
{
	return t->elem != NULL && (t->category == 'A' || t->kind == TYPE_PSEUDO);
}

/* Are two values known to be equal or not (GROUP BY, DISTINCT, UNION), and has it an order (ORDER BY, a
 * key of a B-tree)?  xid and aclitem have the first alone, json neither.  Asks the element types of arrays,
 * ranges and composites too; ops->cmp and ops->key of those are never NULL. */
bool type_has_equality(const struct type *t);
bool type_is_orderable(const struct type *t);

/* Shorthands. */
static inline const char *
type_sql_name(const struct type *t)
{
	return t->sql_name != NULL ? t->sql_name : t->name;
}
/* "character varying(10)", "integer[]": format_type(oid, NULL or typmod).  -1: no typmod is
 * asked about; TYPMOD_GIVEN_NONE: a column has none, which for bpchar and bit is not the type
 * that SQL means by "character" and "bit". */
enum { TYPMOD_GIVEN_NONE = -2 };
void type_format(const struct type *t, int32_t typmod, struct strbuf *to);
bool type_eq(const struct type *t, union datum a, union datum b);
char *type_text(const struct type *t, struct type_env *env, union datum d);      /* on env->arena */

#endif
