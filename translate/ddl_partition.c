/* ddl_partition.c - PARTITION BY, PARTITION OF, FOR VALUES.
 *
 * Not here: the rest of the table (ddl_table.c), what the bounds mean (core/ddl/partition.c). */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

#include "core/catalog/partition.h"

/* -- PARTITION BY -------------------------------------------------------------------- */
struct key_columns {
	struct binder *b;
	const struct table_def *t;
	bool any;
	const char *generated;
};

static int
visit_key_column(struct expr *x, void *arg)
{
	struct key_columns *k = arg;

	if (x->kind != EXPR_VAR || x->col <= 0)
		return 0;
	const struct def_column *c = find_def_column(k->t, x->range->cols[x->col - 1].name);
	k->any = true;
	if (c != NULL && c->generated_sql != NULL)
		k->generated = c->name;
	return 0;
}

static int
key_generated(struct binder *b, const char *column, int position)
{
	bind_error(b, position, ERR_INVALID_OBJECT_DEFINITION,
		   "cannot use generated column in partition key");
	return err_detail(b->e, "Column \"%s\" is a generated column.", column);
}

static int
key_expr(struct binder *b, struct table_def *t, const PgQuery__PartitionElem *el,
	 struct def_index_column *to)
{
	struct key_columns k = { b, t, false, NULL };
	struct scope s;

	scope_init(&s, NULL, NULL);
	(void) scope_add(b, &s, table_row(b, t), true, true);
	struct expr *x = bind_expr_at(b, &s, el->expr, PLACE_PARTITION_KEY);
	if (x != NULL)
		x = resolve_unknown(b, x);
	if (x == NULL)
		return b->e->code;
	(void) expr_walk(x, visit_key_column, &k, true);
	to->type = x->type;
	to->collation = x->collation;
	if (k.generated != NULL)
		return key_generated(b, k.generated, at(b, el->location));
	if (x->kind == EXPR_VAR && x->col > 0) {
		to->name = x->range->cols[x->col - 1].name;
		return ERR_OK;
	}
	if (expr_walk(x, visit_not_immutable, NULL, true) != 0)
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "functions in partition key expression must be marked IMMUTABLE");
	if (!k.any)
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "cannot use constant expression as partition key");
	to->expr_sql = expr_text(b, x);
	return ERR_OK;
}

static bool
is_system_column(const char *name)
{
	static const char *const names[] = { "ctid", "xmin", "cmin", "xmax", "cmax", "tableoid" };

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int
key_column(struct binder *b, struct table_def *t, const PgQuery__PartitionElem *el,
	   struct def_index_column *to)
{
	if (!given(el->name))
		return key_expr(b, t, el, to);
	const struct def_column *c = find_def_column(t, el->name);
	if (c == NULL && is_system_column(el->name))
		return bind_error(b, at(b, el->location), ERR_INVALID_OBJECT_DEFINITION,
				  "cannot use system column \"%s\" in partition key", el->name);
	if (c == NULL)
		return bind_error(b, at(b, el->location), ERR_UNDEFINED_COLUMN,
				  "column \"%s\" named in partition key does not exist", el->name);
	if (c->generated_sql != NULL)
		return key_generated(b, c->name, at(b, el->location));
	to->name = c->name;
	to->type = c->type;
	to->collation = c->collation;
	return ERR_OK;
}

static int
key_options(struct binder *b, const PgQuery__PartitionElem *el, char strategy, struct def_index_column *to)
{
	bool found;

	if (el->n_collation > 0) {
		to->collation = bind_collation(b, el->n_collation, el->collation, at(b, el->location), &found);
		if (!found)
			return b->e->code;
	}
	return bind_opclass(b, strategy == PARTITION_HASH ? "hash" : "btree", el->n_opclass, el->opclass, to->type,
			    &to->opclass);
}

static int
no_opclass(struct binder *b, const struct type *t, char strategy)
{
	const char *method = strategy == PARTITION_HASH ? "hash" : "btree";

	bind_error(b, 0, ERR_UNDEFINED_OBJECT,
		   "data type %s has no default operator class for access method \"%s\"",
		   type_show(b, t), method);
	return err_hint(b->e,
			"You must specify a %s operator class or define a default %s operator "
			"class for the data type.",
			method, method);
}

int
bind_partition_key(struct binder *b, struct table_def *t, const PgQuery__PartitionSpec *s,
		   struct def_partition_key **ret)
{
	static const struct {
		const char *name;
		char strategy;
	} strategies[] = { { "range", PARTITION_RANGE },
			   { "list", PARTITION_LIST },
			   { "hash", PARTITION_HASH } };
	struct def_partition_key *key = ARENA_NEW(b->arena, struct def_partition_key);
	int rc = ERR_OK;

	for (unsigned i = 0; i < ARRAY_LEN(strategies); i++)
		if (strcasecmp(s->strategy, strategies[i].name) == 0)
			key->strategy = strategies[i].strategy;
	if (key->strategy == 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "unrecognized partitioning strategy \"%s\"", s->strategy);
	if (key->strategy == PARTITION_LIST && s->n_part_params != 1)
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "cannot use \"list\" partition strategy with more than one column");
	if (s->n_part_params > INDEX_COLS_MAX)
		return bind_error(b, 0, ERR_TOO_MANY_COLUMNS,
				  "cannot partition using more than %d columns", INDEX_COLS_MAX);
	for (size_t i = 0; rc == ERR_OK && i < s->n_part_params; i++) {
		const PgQuery__PartitionElem *el = s->part_params[i]->partition_elem;
		struct def_index_column *c = ARENA_NEW(b->arena, struct def_index_column);

		rc = key_column(b, t, el, c);
		if (rc == ERR_OK)
			rc = key_options(b, el, key->strategy, c);
		if (rc == ERR_OK && has_language(&(struct expr){ .kind = EXPR_VAR, .type = c->type,
								 .collation = c->collation })) {
			bind_unsupported(b, at(b, el->location),
					 "a partition key ordered by the rules of a language",
					 "Add COLLATE \"C\" to the key.");
			rc = b->e->code;
		}
		if (rc == ERR_OK && (c->type->ops == NULL || c->type->ops->key == NULL))
			rc = no_opclass(b, c->type, key->strategy);
		list_push(&key->cols, b->arena, c);
	}
	*ret = key;
	return rc;
}

/* -- FOR VALUES ---------------------------------------------------------------------- */
static const char *
key_column_name(struct binder *b, const struct relation *parent, int i)
{
	const struct index_column *c = &parent->partkey->cols[i];

	(void) b;
	return c->attnum != 0 ? parent->cols[c->attnum - 1].name : c->expr_sql;
}

static bool
is_word(Node *n, const char *word)
{
	return n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && n->column_ref->n_fields == 1 &&
	       strcasecmp(node_str(n->column_ref->fields[0]), word) == 0;
}

static int
bound_value(struct binder *b, const struct relation *parent, int col, Node *n,
	    struct def_bound_value *to)
{
	const struct index_column *c = &parent->partkey->cols[col];
	struct scope s;

	scope_init(&s, NULL, NULL);
	s.place = PLACE_PARTITION_BOUND;
	struct expr *x = bind_expr(b, &s, n);
	if (x == NULL)
		return b->e->code;
	int position = x->position;
	x = coerce_to(b, x, c->type, -1, COERCE_ASSIGNMENT, 'i', position);
	if (x == NULL && b->e->code == ERR_OK)
		return bind_error(b, position, ERR_DATATYPE_MISMATCH,
				  "specified value cannot be cast to type %s for column \"%s\"",
				  type_show(b, c->type), key_column_name(b, parent, col));
	if (x == NULL)
		return b->e->code;
	to->kind = VALUE_PLAIN;
	to->x = x;
	to->position = position;
	return ERR_OK;
}

static int
range_end(struct binder *b, const struct relation *parent, size_t n, PgQuery__Node *const *nodes,
	  const char *which, struct list *to)
{
	char open = 0;

	if ((int) n != parent->partkey->ncols)
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "%s must specify exactly one value per partitioning column",
				  which);
	for (size_t i = 0; i < n; i++) {
		struct def_bound_value *v = ARENA_NEW(b->arena, struct def_bound_value);
		int rc = ERR_OK;

		v->position = at(b, node_location(nodes[i]));
		if (is_word(nodes[i], "minvalue"))
			v->kind = VALUE_MIN;
		else if (is_word(nodes[i], "maxvalue"))
			v->kind = VALUE_MAX;
		else
			rc = bound_value(b, parent, (int) i, nodes[i], v);
		if (rc != ERR_OK)
			return rc;
		if (open != 0 && v->kind != open)
			return bind_error(b, v->position, ERR_DATATYPE_MISMATCH,
					  "every bound following %s must also be %s",
					  open == VALUE_MIN ? "MINVALUE" : "MAXVALUE",
					  open == VALUE_MIN ? "MINVALUE" : "MAXVALUE");
		if (v->kind != VALUE_PLAIN)
			open = v->kind;
		list_push(to, b->arena, v);
	}
	return ERR_OK;
}

static int
wrong_bound(struct binder *b, const PgQuery__PartitionBoundSpec *s, const char *kind)
{
	return bind_error(b, at(b, s->location), ERR_INVALID_TABLE_DEFINITION,
			  "invalid bound specification for a %s partition", kind);
}

static int
hash_bound(struct binder *b, const PgQuery__PartitionBoundSpec *s, struct def_partition_bound *to)
{
	if (s->strategy[0] != 'h')
		return wrong_bound(b, s, "hash");
	if (s->modulus <= 0)
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "modulus for hash partition must be an integer value greater "
				  "than zero");
	if (s->remainder < 0)
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "remainder for hash partition must be an integer value greater "
				  "than or equal to zero");
	if (s->remainder >= s->modulus)
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "remainder for hash partition must be less than modulus");
	to->modulus = s->modulus;
	to->remainder = s->remainder;
	return ERR_OK;
}

static int
list_bound(struct binder *b, const struct relation *parent, const PgQuery__PartitionBoundSpec *s,
	   struct def_partition_bound *to)
{
	if (s->strategy[0] != 'l')
		return wrong_bound(b, s, "list");
	for (size_t i = 0; i < s->n_listdatums; i++) {
		struct def_bound_value *v = ARENA_NEW(b->arena, struct def_bound_value);
		int rc = bound_value(b, parent, 0, s->listdatums[i], v);

		if (rc != ERR_OK)
			return rc;
		list_push(&to->low, b->arena, v);
	}
	return ERR_OK;
}

int
bind_partition_bound(struct binder *b, const struct relation *parent,
		     const PgQuery__PartitionBoundSpec *s, struct def_partition_bound **ret)
{
	struct def_partition_bound *to = ARENA_NEW(b->arena, struct def_partition_bound);
	int rc = ERR_OK;

	*ret = to;
	to->position = at(b, s->location);
	to->is_default = s->is_default;
	if (s->is_default && parent->partkey->strategy == PARTITION_HASH)
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "a hash-partitioned table may not have a default partition");
	if (s->is_default)
		return ERR_OK;
	switch (parent->partkey->strategy) {
	case PARTITION_HASH:
		return hash_bound(b, s, to);
	case PARTITION_LIST:
		return list_bound(b, parent, s, to);
	default:
		if (s->strategy[0] != 'r')
			return wrong_bound(b, s, "range");
		rc = range_end(b, parent, s->n_lowerdatums, s->lowerdatums, "FROM", &to->low);
		return rc == ERR_OK ? range_end(b, parent, s->n_upperdatums, s->upperdatums, "TO", &to->high)
				    : rc;
	}
}

/* -- PARTITION OF -------------------------------------------------------------------- */
static void
parent_checks(struct binder *b, struct table_def *t, const struct relation *parent)
{
	for (int i = 0; i < parent->nconstraints; i++) {
		const struct constraint *c = &parent->constraints[i];

		if (c->type != CON_CHECK || c->no_inherit)
			continue;
		struct def_constraint *d = ARENA_NEW(b->arena, struct def_constraint);
		d->type = c->type;
		d->name = c->name;
		d->check_sql = c->check_sql;
		d->parent = c->oid;
		list_push(t->constraints, b->arena, d);
	}
}

/* The parent's columns and checks; the default's own sequence stays the parent's. */
int
bind_partition_of(struct binder *b, struct table_def *t, const PgQuery__CreateStmt *c,
		  struct cmd_create_table *cmd)
{
	const struct relation *parent = bind_relation_plain(b, c->inh_relations[0]->range_var);

	if (parent == NULL)
		return b->e->code;
	if (!relation_is_partitioned(parent))
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION, "\"%s\" is not partitioned",
				  parent->o.name);
	cmd->parent = parent;
	for (int i = 0; i < parent->ncols; i++) {
		const struct column *from = &parent->cols[i];

		if (from->dropped)
			continue;
		struct def_column *d = ARENA_NEW(b->arena, struct def_column);
		*d = (struct def_column){ .name = from->name,
					  .type = from->type,
					  .typmod = from->typmod,
					  .collation = from->collation,
					  .not_null = from->not_null,
					  .storage = from->storage,
					  .compression = compression_name(from) };
		if (from->generated != 0)
			d->generated_sql = from->default_sql;
		else if (from->identity == 0)
			d->default_sql = from->default_sql;
		list_push(t->columns, b->arena, d);
	}
	parent_checks(b, t, parent);
	return bind_partition_bound(b, parent, c->partbound, &cmd->bound);
}

/* -- ALTER TABLE ... ATTACH, DETACH -------------------------------------------------- */
int
bind_partition_command(struct binder *b, const struct relation *rel, const PgQuery__PartitionCmd *p,
		       bool attach, struct alter_action *to)
{
	if (!relation_is_partitioned(rel->index != NULL ? rel->index->table : rel)) {
		if (rel->index != NULL) {
			bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
				   "ALTER action ATTACH PARTITION cannot be performed on relation "
				   "\"%s\"",
				   rel->o.name);
			return err_detail(b->e, "This operation is not supported for indexes.");
		}
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION, "table \"%s\" is not partitioned",
				  rel->o.name);
	}
	to->partition = bind_relation_plain(b, p->name);
	if (to->partition == NULL)
		return b->e->code;
	if (!attach && p->concurrent) {
		bind_unsupported(b, 0, "DETACH PARTITION CONCURRENTLY",
				 "Use DETACH PARTITION: it waits for the statements that are running.");
		return b->e->code;
	}
	return attach && rel->index == NULL ? bind_partition_bound(b, rel, p->bound, &to->bound) : ERR_OK;
}
