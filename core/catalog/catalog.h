/* catalog.h - the schema as immutable snapshots, for each database of the data directory.
 *
 * A snapshot (struct catalog) never changes after it is published.  A statement takes the
 * current one (or its transaction's draft), plans and runs against it, and lets it go; readers
 * take no lock (liburcu protects the pointer, a reference count the snapshot).  DDL works on a
 * draft: a private copy whose changed objects are new.  Commit writes the changed objects to
 * the catalog file within the user's transaction and publishes a new snapshot made of the
 * latest one and the changes; rollback drops the draft.
 *
 * A database's snapshot has its own objects and those that all share: roles, databases, comments
 * on them.  Oids are given once for all databases, but a copy of a database keeps the oids of what
 * it copies: so an oid means something in one database only, a file number in all.
 *
 * Owner     catalog_current() gives a reference that catalog_release() takes back; objects
 *           found in a snapshot live as long as it.
 * Thread    snapshots are shared; a draft belongs to its transaction.
 * Cost      lookup by name or oid is one hash probe.  A draft copies the table of pointers and
 *           shares all objects. */
#ifndef CORE_CATALOG_CATALOG_H
#define CORE_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/base/list.h"
#include "core/type/type.h"

/* Oids that PostgreSQL fixes and clients know. */
enum {
	OID_PG_CATALOG = 11, OID_PUBLIC = 2200, OID_INFORMATION_SCHEMA = 13000,
	OID_BOOTSTRAP_ROLE = 10, OID_DATABASE_OWNER = 6171,
	OID_TEMPLATE1 = 1, OID_TEMPLATE0 = 4, OID_DEFAULT_DATABASE = 5, OID_FIRST_USER = 16384,
};

/* Every object: what the catalog file stores under (class, oid). */
enum object_class { OBJ_SCHEMA, OBJ_RELATION, OBJ_TYPE, OBJ_CONSTRAINT_UNUSED, OBJ_ROLE, OBJ_DATABASE,
                    OBJ_COMMENT, OBJ_FUNCTION, OBJ_STATISTICS, OBJ_META, OBJ_DEFAULT_ACL,
                    OBJ_ROLE_SETTING, OBJ_CLASS_COUNT };

struct object {
	enum object_class class;
	oid_t       oid;
	oid_t       schema;             /* 0: objects outside schemas */
	oid_t       owner;
	const char *name;
	const char *acl;                /* core/security/access_list.h; NULL: default privileges */
	uint64_t    version;            /* catalog version that wrote it */
};

struct schema { struct object o; };

struct role {
	struct object o;
	bool superuser, inherit, create_role, create_db, login, replication, bypass_rls;
	int32_t conn_limit;             /* -1: none */
	const char *password;           /* SCRAM-SHA-256$... verifier; NULL: none */
	int64_t valid_until;            /* timestamptz; INT64_MAX: infinity */
	int nmember_of;
	const oid_t *member_of;
	int nadmin_of;
	const oid_t *admin_of;          /* those of them that it may grant */
	int nsettings;
	const char *const *settings;    /* "name=value" of ALTER ROLE SET */
};

struct database { struct object o; int32_t conn_limit; bool allow_conn, is_template; int nsettings; const char *const *settings; };

/* ALTER DEFAULT PRIVILEGES: what new objects of o.owner's in o.schema (0: in any) get. */
struct default_acl { struct object o; char kind;  /* 'r' relations, 'S', 'f', 'T', 'n' */ };

/* ALTER ROLE ... IN DATABASE ... SET, ALTER ROLE ALL SET: 0 is all.  Those of one role or of one
 * database alone are in it. */
struct role_setting { struct object o; oid_t role, database; int nsettings; const char *const *settings; };

/* Something that must not go away while the object exists: a view's tables, a default's sequence. */
struct object_dep {
	enum object_class class;
	oid_t   oid;
	int16_t sub;                    /* attnum; 0: the whole */
};

struct domain_rule { oid_t oid; const char *name, *check_sql; bool validated; };
struct user_type {
	struct object o;
	const struct type *type;
	const struct type *array;
	bool  not_null;                 /* domains from here on */
	const char *default_sql;
	int   nchecks;
	const struct domain_rule *checks;
	oid_t partner;                  /* a range's multirange; a multirange's range */
	oid_t subdiff, opclass, collation;      /* of a range's subtype; subdiff 0: none */
};

/* Relations: tables, views, sequences, indexes (as pg_class has them), composite types. */
enum relkind { REL_TABLE = 'r', REL_VIEW = 'v', REL_MATVIEW = 'm', REL_SEQUENCE = 'S', REL_INDEX = 'i', REL_COMPOSITE = 'c' };

struct column {
	const char *name;
	int16_t attnum;                 /* 1-based; never reused, dropped ones keep theirs */
	const struct type *type;
	int32_t typmod;
	oid_t   collation;
	bool    not_null, dropped;
	char    identity;               /* 0, 'a' always, 'd' by default */
	char    generated;              /* 0, 's' stored */
	oid_t   sequence;               /* owned by identity/serial; 0: none */
	const char *default_sql;        /* deparsed expression; NULL: none */
	/* Value for rows written before ADD COLUMN ... DEFAULT; text form; NULL: null. */
	bool    has_missing, missing_byval;
	union datum missing;            /* on the snapshot's memory */
	int16_t stats_target;
	char    storage, compression;   /* 'p' 'e' 'm' 'x'; 'p' pglz, 'l' lz4; 0: what its type has */
	const char *comment;
	const char *acl;                /* privileges on the column alone; NULL: none */
};

/* How a column lies in a row image (core/access/row.h).  On disk: never renumber. */
enum column_rep { REP_U8 = 1, REP_I16, REP_I32, REP_U32, REP_I64, REP_F32, REP_F64, REP_VAR };

/* Which columns the rows of one layout version have. */
struct layout_col { int16_t attnum; uint8_t rep; };
struct layout_def { uint16_t version; int ncols; const struct layout_col *cols; };

enum { INDEX_COLS_MAX = 32 };

struct index_column {
	int16_t attnum;                 /* 0: expression */
	const char *expr_sql;           /* of an expression column */
	const struct type *type;
	bool    desc, nulls_first;
	oid_t   opclass, collation;
};

enum index_state { INDEX_BUILDING, INDEX_VALID, INDEX_INVALID };

struct index {                          /* is a relation of kind 'i' too, under the same oid */
	struct object o;
	const struct relation *table;   /* back pointer, set when the snapshot is linked */
	oid_t   table_oid;
	uint32_t file;                  /* storage file number; for a primary key: the table's own */
	const char *kind;               /* "btree", "hash", "columnar" */
	bool    primary, unique, nulls_not_distinct;
	bool    clustered;              /* the primary key that clusters the table: no file of its own */
	enum index_state state;
	int     nkeys, ncols;           /* key columns, then INCLUDE columns */
	const struct index_column *cols;
	const char *where_sql;          /* partial; NULL: none */
	oid_t   constraint;             /* it enforces; 0: none */
	const char *comment;
	bool    deferrable;             /* its constraint is: entries carry the row's key */
	uint64_t valid_from;            /* only snapshots with txn_snap_change() >= this may use it */
	int     noptions; const char *const *options;
};

enum constraint_type { CON_PRIMARY = 'p', CON_UNIQUE = 'u', CON_FOREIGN = 'f', CON_CHECK = 'c' };

struct constraint {
	oid_t   oid;
	const char *name;
	char    type;                   /* enum constraint_type */
	bool    deferrable, deferred, validated, no_inherit;
	int     ncols;
	const int16_t *cols;            /* attnums */
	oid_t   index;                  /* p, u: its index; f: the referenced unique index */
	oid_t   ref_table;              /* f */
	const int16_t *ref_cols;
	int     nset;                   /* ON DELETE SET ... (columns); 0: all of cols */
	const int16_t *set_cols;
	char    on_update, on_delete;   /* 'a' no action, 'r' restrict, 'c' cascade, 'n' set null, 'd' set default */
	char    match;                  /* 's' simple, 'f' full */
	const char *check_sql;          /* c */
	const char *comment;            /* also carries '@relation name inverse' */
	oid_t   parent;                 /* the partitioned table's constraint that it is a part of; 0: own */
};

struct sequence {
	oid_t   owner_table; int16_t owner_attnum;      /* OWNED BY; 0: none */
	const struct type *type;
	int64_t start, increment, min, max, cache;
	bool    cycle;
	/* RESTART is transactional: it begins a new count, at `restart`.  Count 0 begins at `start`. */
	uint32_t count;
	int64_t restart;
	/* The current value lives in the sequence file, not in the catalog. */
};

/* Statistics of ANALYZE, replaced as one object. */
struct column_stats {
	int16_t attnum;
	float   null_frac, n_distinct, correlation;     /* as pg_statistic: negative = share of rows */
	int32_t width;
	int     nmcv;  const union datum *mcv; const float *mcv_freq;
	int     nhist; const union datum *hist;         /* bounds, equal-height */
	bool    byval;                  /* of mcv and hist */
};
struct table_stats {
	double  rows, bytes;
	int     ncols;
	const struct column_stats *cols;
	int64_t analyzed_at;
};

struct relation {
	struct object o;
	char    kind;                   /* enum relkind */
	char    persistence;            /* 'p', 'u', 't' */
	uint32_t file;                  /* rows; 0: none yet */
	oid_t   row_type, row_type_array;
	int     ncols;                  /* highest attnum: cols[attnum - 1], dropped ones included */
	const struct column *cols;
	uint16_t layout;                /* current row layout version (core/access/row.h) */
	const void *layouts;            /* struct row_layout array, made when the snapshot is linked */
	int     nindexes;
	const struct index *const *indexes;
	const struct index *primary;    /* NULL: clustered by a hidden 8-byte row id */
	int     nconstraints;
	const struct constraint *constraints;
	int     nrefs;                  /* foreign keys of other tables that point here */
	const struct fkey_ref { const struct relation *table; const struct constraint *con; } *refs;
	const char *view_sql;           /* v, m */
	const struct sequence *seq;     /* S */
	const struct index *index;      /* i */
	const struct table_stats *stats;/* NULL: never analyzed */
	bool    rls_enabled, rls_forced;
	int     noptions; const char *const *options;
	const char *comment;
	int     nlayouts; const struct layout_def *layout_defs;         /* all versions rows may have */
	int     ndeps; const struct object_dep *deps;                   /* what it needs, beyond its parts */
	const struct sysrel *sys;       /* computed rows (core/access/sysrel.h); NULL: ordinary */
	const char *access_method;      /* "heap", "columnar" */
	int     check_option;           /* v: 0 none, 1 local, 2 cascaded */
	bool    populated;              /* m */
	char    replica_identity;       /* 0 its primary key, 'n' nothing, 'f' whole rows, 'i': */
	oid_t   replica_index;          /* this one; 0: another choice, or it has gone */
	/* Partitions (core/catalog/partition.h). */
	const struct partition_key *partkey;    /* its rows are in partitions; NULL: they are its own */
	oid_t   part_of;                /* the table (index) it is a partition of; 0: none */
	const struct partition_bound *bound;    /* of a table that is a partition */
	int     nparts;                 /* linked: in the order of the bounds, the default last */
	const struct relation *const *parts;
};

/* How a body was written: as a string, or with its names resolved as BEGIN ATOMIC ... END or RETURN. */
enum function_form { FORM_STRING, FORM_ATOMIC, FORM_RETURN };

/* A function or procedure in SQL.  What a call needs as a struct func is made by core/func/user.h. */
struct function {
	struct object o;
	char    kind;                   /* 'f', 'p' */
	bool    strict, retset, secdef, leakproof;
	char    volatility, parallel;   /* 'i' 's' 'v'; 's' 'r' 'u' */
	double  cost, rows;
	oid_t   ret, variadic;          /* variadic: element type of the last input; 0: none */
	int     nargs, ndefaults;       /* inputs */
	const oid_t *args;
	const char *const *defaults;    /* SQL text of the last ndefaults inputs */
	int     nall;                   /* all parameters, in their order */
	const oid_t *all_types;
	const char *all_modes;          /* one of i o b v t each */
	const char *const *all_names;   /* "" unnamed */
	const char *body;               /* SQL text, parameters as written or $n */
	const char *internal;           /* a constructor of the type `ret`: its name in prosrc; NULL: in SQL */
	uint8_t form;                   /* enum function_form */
	int     nsettings;
	const char *const *settings;    /* "name=value" of SET */
	int     ndeps;
	const struct object_dep *deps;
};

struct catalog;

/* -- Snapshots ------------------------------------------------------------------- */
struct catalogs;                                        /* the process's: the file and all databases */
struct catalog_store;                                   /* one database's: the current snapshot */
struct store;

/* Read the catalog file; an empty one is filled first: the bootstrap role (oid 10, named
 * `superuser`), databases postgres, template0 and template1 with their schemas.  Close after every
 * reference and draft is gone. */
int  catalogs_open(struct store *store, const char *superuser, struct catalogs **ret_all,
                   struct err *e) MUST_CHECK;
void catalogs_close(struct catalogs **all);
/* NULL: there is none.  What is got stays good while something keeps the database from being dropped:
 * a lock on it (LOCK_SHARED_OBJECT) or a session in it.  Number 0 has the shared objects alone. */
struct catalog_store *catalogs_find(struct catalogs *all, oid_t database);
/* The current snapshots of all databases; fn gives the references back. */
void catalogs_each(struct catalogs *all, void (*fn)(void *arg, struct catalog *c), void *arg);
struct catalogs *catalog_store_all(struct catalog_store *cs);
struct store *catalog_store_store(struct catalog_store *cs);
oid_t catalog_store_database(const struct catalog_store *cs);
struct catalog_store *catalog_owner(const struct catalog *c);           /* whose snapshot this is */
/* Types of values that know their type by oid only (records) are looked up in the catalog that the
 * thread has entered.  A session enters the statement's catalog. */
void catalog_enter(const struct catalog *c);            /* NULL: leave */
const struct catalog *catalog_entered(void);            /* NULL: none */
/* core/access makes the row layouts; set once, before catalogs_open(). */
void catalog_set_layout_maker(const void *(*make)(struct arena *a, const struct relation *rel));

struct catalog *catalog_current(struct catalog_store *cs);      /* a new reference */
void     catalog_retain(struct catalog *c);
void     catalog_release(struct catalog *c);
/* Has somebody committed a change of this relation, its indexes or references since?  Ask after
 * locking it. */
bool     catalog_is_stale(const struct catalog *c, oid_t rel);
uint64_t catalog_version(const struct catalog *c);      /* unique per published or draft state */

/* -- Lookups: NULL when absent ------------------------------------------------------ */
const struct schema   *catalog_schema(const struct catalog *c, const char *name);
const struct schema   *catalog_schema_by_oid(const struct catalog *c, oid_t oid);
const struct relation *catalog_relation(const struct catalog *c, oid_t schema, const char *name);       /* system ones too */
const struct relation *catalog_relation_by_oid(const struct catalog *c, oid_t oid);
const struct type     *catalog_type(const struct catalog *c, oid_t oid);       /* built-in too */
const struct type     *catalog_type_by_name(const struct catalog *c, oid_t schema, const char *name);
const struct role     *catalog_role(const struct catalog *c, const char *name);
const struct role     *catalog_role_by_oid(const struct catalog *c, oid_t oid);
const struct database *catalog_database(const struct catalog *c, const char *name);
const struct database *catalog_own_database(const struct catalog *c);  /* the one whose snapshot it is */
const struct constraint *catalog_constraint_by_oid(const struct catalog *c, oid_t oid,
                                                   const struct relation **ret_table);
/* The functions of a name in a schema: how many; catalog_function(c, *ret_first + i) are they. */
int  catalog_functions(const struct catalog *c, oid_t schema, const char *name, int *ret_first);
const struct function *catalog_function(const struct catalog *c, int i);
const struct function *catalog_function_by_oid(const struct catalog *c, oid_t oid);
/* All objects of a class in order of oid: for pg_catalog and drop dependencies. */
int  catalog_count(const struct catalog *c, enum object_class class);
const struct object *catalog_at(const struct catalog *c, enum object_class class, int i);

const struct index    *catalog_index_by_oid(const struct catalog *c, oid_t oid);
const struct object   *catalog_object(const struct catalog *c, enum object_class class, oid_t oid);
const char            *catalog_comment(const struct catalog *c, enum object_class class, oid_t oid, int32_t sub);
int  catalog_system_count(void);
const struct relation *catalog_system_at(int i);
const struct column *relation_column(const struct relation *r, const char *name);     /* live ones */
bool  relation_option(const struct relation *r, const char *name);      /* of WITH (...): given, and true */

/* A domain's default, its own or that of the domain it is over; NULL: none. */
static inline const char *
catalog_domain_default(const struct catalog *c, const struct type *t)
{
	for (; t != NULL && t->kind == TYPE_DOMAIN; t = t->base) {
		const struct user_type *u = (const struct user_type *) catalog_object(c, OBJ_TYPE, t->oid);

		if (u != NULL && u->default_sql != NULL)
			return u->default_sql;
	}
	return NULL;
}

/* System relations (pg_class, information_schema.tables ...) are relations too: they come from
 * core/syscat, which registers a table of them; their rows are produced on demand. */
struct sysrel;
void catalog_register_system(const struct relation *const *rels, int n);
const struct sysrel *relation_sysrel(const struct relation *r);  /* NULL: an ordinary relation */

#endif
