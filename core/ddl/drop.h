/* drop.h - private to core/ddl: what goes when something goes.
 *
 * Owner: the statement's arena.  Thread: one.  Failure: 2BP01 with PostgreSQL's details. */
#ifndef CORE_DDL_DROP_H
#define CORE_DDL_DROP_H

#include "core/ddl/private.h"

enum part_kind { PART_RELATION, PART_COLUMN, PART_DEFAULT, PART_CONSTRAINT, PART_TYPE, PART_DOMAIN_CHECK, PART_SCHEMA };

struct part {
	enum part_kind kind;
	oid_t oid;                      /* relation, type, schema */
	oid_t sub;                      /* attnum; oid of the constraint */
	bool  asked;                    /* named in the command */
	bool  silent;                   /* a part of something that goes: nobody need be told */
	const struct part *because;     /* what it depends on */
	bool  required;                 /* cannot go without `because` going: an identity's sequence */
};

struct drop_set {
	struct ddl *d;
	struct list parts;              /* struct part, in the order found */
	struct list edits;              /* struct relation: copies being changed */
};

struct part *drop_add(struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub, bool silent,
                      const struct part *because);
bool drop_has(const struct drop_set *s, enum part_kind kind, oid_t oid, oid_t sub);
/* dependents.c: everything that depends on what is in the set. */
int  drop_close(struct drop_set *s, struct err *e) MUST_CHECK;
/* "view v", "column a of table t": as PostgreSQL describes objects. */
const char *drop_describe(struct drop_set *s, const struct part *p);
/* drop.c */
int  drop_run(struct drop_set *s, bool cascade, struct err *e) MUST_CHECK;

#endif
