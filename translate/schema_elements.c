/* schema_elements.c - what CREATE SCHEMA makes inside the schema, as statements of their own.
 *
 * In the order in which they can be made: sequences, tables, views, indexes, grants, however they
 * were written.  Each names the schema; what else they name is looked for there first, which is
 * the session's to see to. */
#include "config.h"
#include "translate/parse.h"

#include <string.h>

struct elements {
	struct arena *a;
	const struct raw_stmt *of;
	const char *schema;
	struct list *to; /* struct raw_stmt */
	struct err *e;
};

enum { SEQUENCES, TABLES, VIEWS, INDEXES, TRIGGERS, GRANTS, KINDS };

static int
kind_of(const PgQuery__Node *n)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		return SEQUENCES;
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		return TABLES;
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		return VIEWS;
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		return INDEXES;
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		return TRIGGERS;
	default:
		return GRANTS;
	}
}

/* The relation as one of the schema's. */
static PgQuery__RangeVar *
inside(struct elements *x, const PgQuery__RangeVar *rv)
{
	PgQuery__RangeVar *to = arena_dup(x->a, rv, sizeof *rv);

	if (rv->schemaname == NULL || rv->schemaname[0] == '\0')
		to->schemaname = arena_strdup(x->a, x->schema);
	else if (strcmp(rv->schemaname, x->schema) != 0)
		err_set(x->e, ERR_INVALID_SCHEMA_DEFINITION,
			"CREATE specifies a schema (%s) different from the one being created (%s)",
			rv->schemaname, x->schema);
	return to;
}

/* A copy of the node whose own relation is in the schema: trees are not changed. */
#define WITH_RELATION(field, of) \
	do { \
		copy->field = arena_dup(x->a, n->field, sizeof *n->field); \
		copy->field->of = inside(x, n->field->of); \
	} while (0)

static const PgQuery__Node *
qualified(struct elements *x, const PgQuery__Node *n)
{
	PgQuery__Node *copy = arena_dup(x->a, n, sizeof *n);

	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		WITH_RELATION(create_seq_stmt, sequence);
		break;
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		WITH_RELATION(create_stmt, relation);
		break;
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		WITH_RELATION(view_stmt, view);
		break;
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		WITH_RELATION(index_stmt, relation);
		break;
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		WITH_RELATION(create_trig_stmt, relation);
		break;
	default:
		break;
	}
	return copy;
}

static void
add(struct elements *x, const PgQuery__Node *n)
{
	struct raw_stmt *r = arena_dup(x->a, x->of, sizeof *r);

	r->node = n;
	r->info.tag = stmt_tag(n);
	list_push(x->to, x->a, r);
}

bool
sql_has_schema_elements(const struct raw_stmt *raw)
{
	return raw->node->node_case == PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT &&
	       raw->node->create_schema_stmt->n_schema_elts > 0;
}

int
sql_schema_elements(struct arena *a, const struct raw_stmt *raw, const char *schema,
		    struct list *ret, struct err *e)
{
	const PgQuery__CreateSchemaStmt *s = raw->node->create_schema_stmt;
	const PgQuery__Node **nodes = ARENA_ARRAY(a, const PgQuery__Node *, s->n_schema_elts);
	struct elements x = { .a = a, .of = raw, .schema = schema, .to = ret, .e = e };

	for (size_t i = 0; i < s->n_schema_elts && e->code == ERR_OK; i++)
		nodes[i] = qualified(&x, s->schema_elts[i]);
	for (int kind = 0; kind < KINDS && e->code == ERR_OK; kind++)
		for (size_t i = 0; i < s->n_schema_elts; i++)
			if (kind_of(nodes[i]) == kind)
				add(&x, nodes[i]);
	return e->code;
}
