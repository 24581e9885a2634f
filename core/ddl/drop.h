/* drop.h - private to core/ddl: what goes when something goes.
 *
 * Owner: the statement's arena.  Thread: one.  Failure: 2BP01 with PostgreSQL's details. */
#ifndef CORE_DDL_DROP_H
#define CORE_DDL_DROP_H

#include "core/ddl/private.h"

enum part_kind {
	PART_RELATION,
	PART_COLUMN,
	PART_DEFAULT,
	PART_CONSTRAINT,
	PART_TYPE,
	PART_DOMAIN_CHECK,
	PART_SCHEMA,
	PART_FUNCTION
};

struct part {
	enum part_kind kind;
	oid_t oid;                  /* relation, type, schema, function */
	oid_t sub;                  /* attnum; oid of the constraint, of the domain's check */
	bool asked;                 /* named in the command */
	bool silent;                /* a part of something that goes: nobody need be told */
	const struct part *because; /* what it depends on */
	bool through_array;         /* `because` is a type, and its array is used */
	bool through_row_type;      /* `because` is a table, and its row type is used */
	bool required;              /* cannot go without `because` going: an identity's sequence */
};

struct drop_set {
	struct ddl *d;
	struct list asked;    /* struct part: named in the command */
	struct list parts;    /* struct part: what goes, each after its dependents */
	struct list seen;     /* struct part: parts, and those being looked at */
	struct list children; /* struct part: of the one in hand */
	struct list edits;    /* struct relation: copies being changed */
};

void drop_ask(struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub);
bool drop_has(const struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub);
/* dependents.c: everything that depends on what is asked for. */
int drop_close(struct drop_set *s, struct err *e) MUST_CHECK;
/* "view v", "column a of table t": as PostgreSQL describes objects. */
const char *drop_describe(struct drop_set *s, const struct part *p);
/* drop.c */
int drop_run(struct drop_set *s, bool cascade, struct err *e) MUST_CHECK;

#endif
