/* command.h - bound utility commands: what translate makes of CREATE, ALTER, DROP, SET ...
 *
 * Each command is a struct that starts with `struct command`; core/ddl executes those that
 * change the schema, the session those that change itself.  Names are resolved to oids where
 * the object must exist; expressions are kept as deparsed SQL text after they were bound once
 * to check them.
 *
 * Owner: the statement's arena. */
#ifndef CORE_DDL_COMMAND_H
#define CORE_DDL_COMMAND_H

#include "core/catalog/catalog.h"
#include "core/query/query.h"

enum command_kind {
	/* Transactions: done by the session. */
	CMD_BEGIN, CMD_COMMIT, CMD_ROLLBACK, CMD_SAVEPOINT, CMD_RELEASE, CMD_ROLLBACK_TO,
	CMD_SET_TRANSACTION, CMD_SET_CONSTRAINTS,
	/* The session itself. */
	CMD_SET, CMD_SHOW, CMD_RESET, CMD_DISCARD, CMD_DEALLOCATE, CMD_EXECUTE, CMD_PREPARE,
	CMD_DECLARE, CMD_FETCH, CMD_MOVE, CMD_CLOSE, CMD_LISTEN, CMD_UNLISTEN, CMD_NOTIFY,
	CMD_CHECKPOINT, CMD_LOCK_TABLE, CMD_COPY, CMD_ANALYZE, CMD_VACUUM, CMD_ALTER_SYSTEM,
	/* Schema: done by core/ddl. */
	CMD_CREATE_TABLE, CMD_CREATE_INDEX, CMD_CREATE_SCHEMA, CMD_CREATE_VIEW, CMD_CREATE_SEQUENCE,
	CMD_CREATE_ENUM, CMD_CREATE_RANGE, CMD_CREATE_DOMAIN, CMD_CREATE_COMPOSITE, CMD_CREATE_ROLE, CMD_CREATE_DATABASE,
	CMD_CREATE_TABLE_AS, CMD_REFRESH_MATVIEW, CMD_CREATE_FUNCTION,
	CMD_ALTER_TABLE, CMD_ALTER_SEQUENCE, CMD_ALTER_ENUM, CMD_ALTER_ROLE, CMD_ALTER_DATABASE,
	CMD_RENAME, CMD_SET_SCHEMA, CMD_OWNER, CMD_DROP, CMD_TRUNCATE, CMD_COMMENT,
	CMD_GRANT, CMD_GRANT_ROLE, CMD_REINDEX, CMD_CLUSTER, CMD_ALTER_FUNCTION, CMD_CALL,
	CMD_ALTER_DOMAIN, CMD_DEFAULT_PRIVILEGES, CMD_REASSIGN_OWNED, CMD_DROP_OWNED,
};

struct command { enum command_kind kind; const char *tag; int position; };

/* -- Transactions and session --------------------------------------------------------- */
struct cmd_transaction {                /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT ..., SET TRANSACTION */
	struct command c;
	const char *name;               /* savepoint */
	bool  chain;
	int   isolation;                /* -1 not given; 0 read committed, 1 repeatable read, 2 serializable */
	int   read_only, deferrable;    /* -1 not given */
	bool  session_default;          /* SET SESSION CHARACTERISTICS */
	const char *snapshot;           /* SET TRANSACTION SNAPSHOT */
};
struct cmd_set { struct command c; const char *name; const char *value;  /* NULL: DEFAULT */ bool local; };
struct cmd_name { struct command c; const char *name;  /* NULL: ALL */ const char *payload; };
struct cmd_constraints { struct command c; bool deferred; struct list names;  /* char; empty: ALL */ };
struct cmd_prepare { struct command c; const char *name; struct list types;  /* const struct type */
                     const struct raw_stmt *body; const char *body_text; };
struct cmd_execute { struct command c; const char *name; struct list args;  /* struct expr */ };
struct cmd_cursor { struct command c; const char *name; bool scroll, no_scroll, hold, binary;
                    struct query *query; };
enum fetch_direction { FETCH_FORWARD, FETCH_BACKWARD, FETCH_ABSOLUTE, FETCH_RELATIVE };
struct cmd_fetch { struct command c; const char *name; enum fetch_direction direction; int64_t count;  /* INT64_MAX: ALL */ };
struct cmd_lock { struct command c; struct list tables;  /* struct relation */ int mode; bool nowait; };

enum copy_format { COPY_TEXT, COPY_CSV, COPY_BINARY };
struct cmd_copy {
	struct command c;
	bool from, program;
	const char *filename;           /* NULL: STDIN or STDOUT */
	const struct relation *rel;     /* NULL: COPY (query) TO */
	struct query *query;            /* TO: the query (of a table too); FROM: the INSERT, source RANGE_COPY */
	struct list columns;            /* const struct column, in the COPY's order */
	enum copy_format format;
	char delimiter, quote, escape;
	const char *null_text, *default_text;
	bool header, header_match, freeze, force_quote_all;
	bool *force_quote, *force_not_null, *force_null;        /* per column of the COPY; NULL: none */
	const char *encoding;
};
struct cmd_tables { struct command c; struct list tables;  /* struct relation; empty: all */
                    bool restart_identity, cascade, verbose;        /* TRUNCATE, ANALYZE, VACUUM, REINDEX */
                    const char *alone; };           /* as what it cannot run in a transaction block; NULL: it can */

/* -- Schema ------------------------------------------------------------------------------ */
struct def_column {
	const char *name;
	const struct type *type;
	int32_t typmod;
	oid_t collation;
	bool  not_null;
	const char *default_sql, *generated_sql;
	char  identity;                 /* 0, 'a', 'd' */
	bool  serial;                   /* serial types: own a sequence */
	struct def_sequence *sequence;  /* identity options; NULL: defaults */
	const char *comment;
	char  storage;                  /* as struct column's; 0: what its type has */
	const char *compression;        /* the method's name; NULL: default */
	int   position;
};
struct def_constraint {
	const char *name;               /* NULL: choose as PostgreSQL does */
	char  type;                     /* enum constraint_type */
	struct list columns;            /* char: names in the new or existing table */
	const char *check_sql;
	oid_t ref_table;                /* 0 with ref_self: the table being created */
	bool  ref_self;
	struct list ref_columns;        /* char; empty: its primary key */
	char  on_update, on_delete, match;
	struct list set_columns;        /* char: ON DELETE SET ... (columns) */
	bool  deferrable, deferred, not_valid, no_inherit, nulls_not_distinct;
	struct list options;            /* p, u: of its index, char "name=value" */
	const char *comment;            /* of a check: of LIKE */
	bool  only;                     /* of a partitioned table: not of its partitions */
	struct list include;            /* char */
	const char *using_index;        /* ADD CONSTRAINT ... USING INDEX */
	int   position;
	oid_t parent;                   /* the partitioned table's constraint that this is a part of */
};
/* PARTITION BY and FOR VALUES (core/catalog/partition.h). */
struct def_partition_key { char strategy; struct list cols;  /* struct def_index_column */ };
struct def_bound_value { char kind;  /* enum partition_value_kind */ struct expr *x; int position; };
struct def_partition_bound { bool is_default; int32_t modulus, remainder;
                             struct list low, high;  /* struct def_bound_value; a list's: low */ int position; };
struct def_sequence {
	bool  set_type, set_start, set_increment, set_min, set_max, set_cache, set_cycle, set_restart, set_owner;
	const struct type *type;
	int64_t start, increment, min, max, cache, restart;
	const char *default_name;       /* of an identity's sequence: the only SEQUENCE NAME taken */
	bool  no_min, no_max, cycle, restart_default;
	oid_t owner_table; int16_t owner_attnum;        /* OWNED BY; 0: NONE */
};
struct def_index_column { const char *name; const char *expr_sql; const struct type *type;
                          bool desc, nulls_first, nulls_given; oid_t opclass /* 0: default */, collation; };
/* like.c: the like of column c of an index of rel. */
struct def_index_column *ddl_index_column_like(struct arena *a, const struct relation *rel, const struct index_column *c);

struct cmd_create_table {
	struct command c;
	oid_t schema; const char *name;
	char  persistence;              /* 'p', 'u', 't' */
	bool  if_not_exists;
	struct list columns;            /* struct def_column */
	struct list constraints;        /* struct def_constraint */
	struct list indexes;            /* struct cmd_create_index without their table: of LIKE */
	struct list options;            /* char "name=value" */
	const char *access_method;      /* USING; NULL: heap */
	char  on_commit;                /* 0, 'p' preserve, 'd' delete rows, 'D' drop */
	const char *matview_sql;        /* a materialized view of this query; NULL: a table */
	bool  populated;                /* it gets rows at once */
	struct def_partition_key *partkey;      /* NULL: not partitioned */
	const struct relation *parent;  /* a partition of it, with this bound; NULL: of none */
	struct def_partition_bound *bound;
};
struct cmd_create_table_as { struct command c; struct cmd_create_table *table; struct query *query;
                             bool with_data; };
struct cmd_refresh { struct command c; const struct relation *rel; bool concurrently, with_data; };
struct cmd_create_index {
	struct command c;
	const struct relation *rel;
	const char *name;               /* NULL: choose */
	const char *kind;               /* "btree" by default */
	bool  unique, nulls_not_distinct, concurrently, if_not_exists;
	bool  only;                     /* of a partitioned table: not of its partitions */
	struct list columns;            /* struct def_index_column */
	struct list include;            /* char */
	const char *where_sql;
	const char *comment;            /* of LIKE */
	struct list options;
};
struct cmd_create_function { struct command c; bool replace; struct function def;  /* o: schema and name */ };
/* ALTER FUNCTION: -1, 0 and NULL: not given. */
struct cmd_alter_function { struct command c; oid_t function; char volatility, parallel; int strict, secdef, leakproof;
                            double cost, rows; struct list set;  /* char "name=value"; "name": RESET; "": RESET ALL */ };
struct cmd_call { struct command c; struct expr *call; };
struct cmd_create_schema { struct command c; const char *name; oid_t owner; bool if_not_exists; };
struct cmd_create_view { struct command c; oid_t schema; const char *name; bool replace; char persistence;
                         bool by_use;          /* temporary because what it shows is */
                         struct list columns;  /* struct def_column */ const char *view_sql;
                         int check_option;  /* 0 none, 1 local, 2 cascaded */ struct list options; };
struct cmd_create_sequence { struct command c; oid_t schema; const char *name; char persistence; bool if_not_exists;
                             struct def_sequence def; };
struct cmd_alter_sequence { struct command c; const struct relation *rel;  /* NULL: IF EXISTS and absent */
                            const char *missing; struct def_sequence def; };
struct cmd_create_range { struct command c; oid_t schema; const char *name; const struct type *sub; oid_t opclass, collation, subdiff;
                          oid_t multi_schema; const char *multi_name;  /* NULL: made from name */ };
struct cmd_create_enum { struct command c; oid_t schema; const char *name; struct list labels;  /* char */ };
struct cmd_create_domain { struct command c; oid_t schema; const char *name; const struct type *base; int32_t typmod;
                           oid_t collation;  /* 0: of the base */
                           bool not_null; const char *default_sql; struct list checks; /* struct def_constraint */ };
enum domain_change { DOMAIN_DEFAULT, DOMAIN_SET_NOT_NULL, DOMAIN_DROP_NOT_NULL, DOMAIN_ADD_CHECK, DOMAIN_DROP_CHECK,
                     DOMAIN_VALIDATE };
struct cmd_alter_domain { struct command c; oid_t domain; enum domain_change what;
                          const char *name;  /* of the check; NULL: choose */ const char *sql;  /* check or default */
                          bool if_exists, not_valid; };
struct cmd_alter_enum { struct command c; const struct type *type; const char *old_label;  /* rename; NULL: add */
                        const char *label, *neighbour; bool after, if_not_exists; };
struct cmd_role { struct command c; const char *name; const struct role *role;  /* ALTER; NULL: ALL */ bool is_user;
                  oid_t in_database;  /* SET: 0: in all */
                  int superuser, inherit, create_role, create_db, login, replication, bypass_rls;  /* -1: not given */
                  bool set_password; const char *password; bool set_limit; int32_t conn_limit;
                  bool set_valid; const char *valid_until; struct list in_roles, members, admins;  /* struct role */
                  const char *set_name, *set_value; bool reset_all; };
struct cmd_database { struct command c; const char *name; oid_t owner; const char *template;
                      bool set_limit; int32_t conn_limit; int allow_conn, is_template;  /* -1: not given */
                      const char *set_name, *set_value; bool reset_all; };

enum alter_kind {
	ALTER_ADD_COLUMN, ALTER_DROP_COLUMN, ALTER_COLUMN_TYPE, ALTER_SET_DEFAULT, ALTER_DROP_DEFAULT,
	ALTER_SET_NOT_NULL, ALTER_DROP_NOT_NULL, ALTER_ADD_IDENTITY, ALTER_SET_IDENTITY, ALTER_DROP_IDENTITY,
	ALTER_DROP_EXPRESSION, ALTER_ADD_CONSTRAINT, ALTER_DROP_CONSTRAINT, ALTER_VALIDATE_CONSTRAINT,
	ALTER_CONSTRAINT, ALTER_SET_STATISTICS, ALTER_SET_STORAGE, ALTER_SET_COMPRESSION, ALTER_SET_OPTIONS, ALTER_RESET_OPTIONS,
	ALTER_ENABLE_RLS, ALTER_DISABLE_RLS, ALTER_FORCE_RLS, ALTER_NO_FORCE_RLS, ALTER_OWNER,
	ALTER_SET_LOGGED, ALTER_SET_UNLOGGED, ALTER_ATTACH_PARTITION, ALTER_DETACH_PARTITION,
	ALTER_REPLICA_IDENTITY,
};
struct alter_action {
	enum alter_kind kind;
	const char *name;               /* column or constraint */
	struct def_column *column;      /* ADD_COLUMN; COLUMN_TYPE: new type; SET_STORAGE, SET_COMPRESSION */
	struct def_constraint *constraint;
	const char *sql;                /* default, USING expression */
	struct def_sequence *sequence;
	bool  if_exists, if_not_exists, cascade;
	int   number;                   /* SET_STATISTICS; REPLICA_IDENTITY: PostgreSQL's letter */
	oid_t owner;
	struct list options;
	const struct relation *partition;       /* ATTACH, DETACH: a table; an index of an index */
	struct def_partition_bound *bound;
};
struct cmd_alter_table { struct command c; const struct relation *rel;  /* NULL: IF EXISTS and absent */
                         const char *missing_name; bool only; struct list actions; /* struct alter_action */ };

enum object_kind { OBJECT_TABLE, OBJECT_VIEW, OBJECT_MATVIEW, OBJECT_INDEX, OBJECT_SEQUENCE, OBJECT_SCHEMA,
                   OBJECT_TYPE, OBJECT_DOMAIN, OBJECT_COLUMN, OBJECT_CONSTRAINT, OBJECT_ROLE, OBJECT_DATABASE,
                   OBJECT_FUNCTION, OBJECT_PROCEDURE, OBJECT_DOMAIN_CONSTRAINT, OBJECT_ATTRIBUTE, OBJECT_ENUM_LABEL };
struct object_ref { enum object_kind kind; oid_t oid; const char *sub;  /* column, constraint, label */
                    const char *missing;  /* IF EXISTS and absent: the name for the notice */ };
struct cmd_drop { struct command c; struct list objects;  /* struct object_ref */ bool cascade, if_exists, concurrently; };
struct cmd_rename { struct command c; struct object_ref object; const char *new_name; };
struct cmd_set_schema { struct command c; struct object_ref object; oid_t schema; };
struct cmd_owner { struct command c; struct object_ref object; oid_t owner; };
struct cmd_comment { struct command c; struct object_ref object; const char *text;  /* NULL: remove */ };
/* On columns when some are given. */
struct def_privilege { const char *name;  /* NULL: ALL */ struct list columns;  /* char */ };
struct cmd_grant { struct command c; bool grant, grant_option, cascade; struct list objects;  /* struct object_ref */
                   struct list privileges;  /* struct def_privilege */
                   struct list grantees;  /* const struct role; NULL element: PUBLIC */ };
/* ALTER DEFAULT PRIVILEGES: of new objects of these roles. */
struct cmd_default_privileges { struct command c; struct list roles, schemas;  /* struct role, struct schema; empty: all */
                                char kind;  /* struct default_acl */ struct cmd_grant grant; };
struct cmd_owned { struct command c; struct list roles;  /* struct role */ oid_t new_owner; bool cascade; };
struct cmd_grant_role { struct command c; bool grant, admin_option; struct list roles, members;  /* struct role */ };

#endif
