/* partition.c - partitioned tables and indexes in pg_catalog: pg_inherits, pg_partitioned_table,
 * keys and bounds as SQL, the tree of parts, what is in a hash partition.
 *
 * Not here: which rows a partition takes, as a condition (partqual.c). */
#include "config.h"
#include "core/catalog/partition.h"

#include "core/func/hash_value.h"
#include "core/func/textual.h"
#include "core/query/query.h"
#include "core/syscat/funcs.h"
#include "core/syscat/oids.h"
#include "core/syscat/row.h"

/* -- pg_inherits: partitions of tables and of indexes ---------------------------------------------------- */

static int
inherits_row(void *arg, const struct relation *r)
{
	struct rows *w = arg;

	if (r->part_of == 0)
		return ERR_OK;
	row_start(w);
	row_int(w, pg_inherits_inhrelid, r->o.oid);
	row_int(w, pg_inherits_inhparent, r->part_of);
	row_int(w, pg_inherits_inhseqno, 1);
	row_int(w, pg_inherits_inhdetachpending, false);
	return row_push(w);
}

int
rows_pg_inherits(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_inherits);

	(void) s;
	return each_relation(env->catalog, inherits_row, &w);
}

/* -- pg_partitioned_table -------------------------------------------------------------------------------- */

static oid_t
default_partition(const struct relation *r)
{
	return r->nparts > 0 && r->parts[r->nparts - 1]->bound->is_default ? r->parts[r->nparts - 1]->o.oid : 0;
}

static int
partitioned_row(void *arg, const struct relation *r)
{
	struct rows *w = arg;
	const struct partition_key *key = r->partkey;
	int16_t attrs[INDEX_COLS_MAX];
	oid_t classes[INDEX_COLS_MAX], collations[INDEX_COLS_MAX];
	struct strbuf exprs;

	if (key == NULL)
		return ERR_OK;
	strbuf_init(&exprs, w->arena);
	for (int i = 0; i < key->ncols; i++) {
		const struct index_column *c = &key->cols[i];
		attrs[i] = c->attnum;
		classes[i] = opclass_of(c->type, key->strategy == PARTITION_HASH ? "hash" : "btree");
		collations[i] = !c->type->collatable ? 0 : c->collation != 0 ? c->collation : 100;
		if (c->attnum == 0)
			strbuf_printf(&exprs, "%s%s", exprs.len > 0 ? ", " : "", c->expr_sql);
	}
	row_start(w);
	row_int(w, pg_partitioned_table_partrelid, r->o.oid);
	row_int(w, pg_partitioned_table_partstrat, key->strategy);
	row_int(w, pg_partitioned_table_partnatts, key->ncols);
	row_int(w, pg_partitioned_table_partdefid, default_partition(r));
	row_int2s(w, pg_partitioned_table_partattrs, type_builtin(OID_INT2VECTOR), key->ncols, attrs);
	row_oids(w, pg_partitioned_table_partclass, type_builtin(OID_OIDVECTOR), key->ncols, classes);
	row_oids(w, pg_partitioned_table_partcollation, type_builtin(OID_OIDVECTOR), key->ncols, collations);
	row_text(w, pg_partitioned_table_partexprs, exprs.len > 0 ? exprs.data : NULL);
	return row_push(w);
}

int
rows_pg_partitioned_table(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_partitioned_table);

	(void) s;
	return each_relation(env->catalog, partitioned_row, &w);
}

/* -- As SQL ---------------------------------------------------------------------------------------------- */

const char *
bound_text(struct arena *a, const struct catalog *c, const struct relation *r)
{
	const struct relation *parent = r->bound == NULL ? NULL : catalog_relation_by_oid(c, r->part_of);
	struct strbuf b;

	if (parent == NULL)
		return NULL;
	strbuf_init(&b, a);
	partition_bound_text(parent->partkey, r->bound, &b);
	return b.data;
}

int
sys_get_partkeydef(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	const struct partition_key *key = r == NULL ? NULL : r->partkey;
	struct strbuf b;

	(void) nulls, (void) e;
	if (key == NULL)
		return text_result(c, NULL, ret, ret_null);
	strbuf_init(&b, c->env->type.arena);
	strbuf_puts(&b, key->strategy == PARTITION_RANGE ? "RANGE (" : key->strategy == PARTITION_LIST ? "LIST (" : "HASH (");
	for (int i = 0; i < key->ncols; i++) {
		const struct index_column *k = &key->cols[i];
		const struct column *col = k->attnum != 0 ? &r->cols[k->attnum - 1] : NULL;
		if (i > 0)
			strbuf_puts(&b, ", ");
		if (col != NULL)
			put_ident(&b, col->name, strlen(col->name));
		else
			key_expression(&b, c->env, r->o.oid, k->expr_sql, false);
		if (col != NULL && k->collation == COLLATION_C && col->collation != COLLATION_C)
			strbuf_puts(&b, " COLLATE \"C\"");
	}
	strbuf_putc(&b, ')');
	return text_result(c, b.data, ret, ret_null);
}

/* -- The tree -------------------------------------------------------------------------------------------- */

/* Can it have parts, that is: is it a partitioned table, or an index of one? */
static bool
has_parts(const struct relation *r)
{
	return relation_is_partitioned(r->index != NULL ? r->index->table : r);
}

struct tree_node { const struct relation *r; int level; };

/* The parts of each level after those of the level above, by oid. */
int
srf_partition_tree(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	const struct catalog *cat = c->env->catalog;
	const struct relation *top = catalog_relation_by_oid(cat, (oid_t) args[0].i);
	struct arena *a = c->env->type.arena;
	struct list nodes = { 0 };
	int rc = ERR_OK;

	(void) nulls;
	if (top != NULL && (has_parts(top) || top->part_of != 0))
		list_push(&nodes, a, arena_dup(a, &(struct tree_node) { top, 0 }, sizeof(struct tree_node)));
	for (int i = 0; i < nodes.n && rc == ERR_OK; i++) {
		const struct tree_node *n = LIST_AT(const struct tree_node, &nodes, i);
		const union datum row[] = { datum_int(n->r->o.oid), datum_int(n->r->part_of), datum_int(!has_parts(n->r)),
			                    datum_int(n->level) };
		for (int k = 0; has_parts(n->r) && k < catalog_count(cat, OBJ_RELATION); k++) {
			const struct relation *r = (const struct relation *) catalog_at(cat, OBJ_RELATION, k);
			struct tree_node below = { r, n->level + 1 };
			if (r->part_of == n->r->o.oid)
				list_push(&nodes, a, arena_dup(a, &below, sizeof below));
		}
		rc = to->push(to, row, (const bool[4]) { false, n->r->part_of == 0 }, e);
	}
	return rc;
}

int
srf_partition_ancestors(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	int rc = ERR_OK;

	(void) nulls;
	if (r != NULL && !has_parts(r) && r->part_of == 0)
		return ERR_OK;
	for (; r != NULL && rc == ERR_OK; r = r->part_of != 0 ? catalog_relation_by_oid(c->env->catalog, r->part_of) : NULL) {
		union datum oid = datum_int(r->o.oid);
		rc = to->push(to, &oid, (const bool[1]) { false }, e);
	}
	return rc;
}

int
sys_partition_root(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);

	(void) nulls, (void) e;
	*ret_null = r == NULL || (!has_parts(r) && r->part_of == 0);
	if (!*ret_null)
		*ret = datum_int(partition_root(c->env->catalog, r)->o.oid);
	return ERR_OK;
}

/* -- Of hash partitions ------------------------------------------------------------------------------------ */

static int
check_hash_arguments(struct fcall *c, const struct relation *r, const union datum *args, struct err *e)
{
	const int nkeys = c->nargs - 3;

	if (r == NULL)
		return err_set(e, ERR_UNDEFINED_TABLE, "could not open relation with OID %u", (unsigned) args[0].i);
	if (r->partkey == NULL || r->partkey->strategy != PARTITION_HASH)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "\"%s\" is not a hash partitioned table", r->o.name);
	if (args[1].i <= 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "modulus for hash partition must be an integer value greater than zero");
	if (args[2].i < 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "remainder for hash partition must be an integer value greater than or equal to zero");
	if (args[2].i >= args[1].i)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "remainder for hash partition must be less than modulus");
	if (c->variadic)
		return err_unsupported(e, "satisfies_hash_partition() of an array", "Give the columns one by one.");
	if (nkeys != r->partkey->ncols)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "number of partitioning columns (%d) does not match number of partition keys provided (%d)",
		               r->partkey->ncols, nkeys);
	for (int i = 0; i < nkeys; i++)
		if (c->arg_types[3 + i]->oid != r->partkey->cols[i].type->oid)
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "column %d of the partition key has type %s, but supplied value is of type %s", i + 1,
			               type_sql_name(r->partkey->cols[i].type), type_sql_name(c->arg_types[3 + i]));
	return ERR_OK;
}

/* Would a row with these columns of the key be in the partition of this modulus and remainder? */
int
fn_satisfies_hash_partition(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null,
                            struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	uint64_t hash = 0;
	int rc;

	(void) ret_null;
	*ret = datum_int(false);
	if (nulls[0] || nulls[1] || nulls[2])
		return ERR_OK;
	rc = check_hash_arguments(c, r, args, e);
	for (int i = 3; i < c->nargs && rc == ERR_OK; i++)
		if (!nulls[i])
			rc = hash_partition_column(c->env->type.arena, c->arg_types[i], args[i], &hash, e);
	if (rc == ERR_OK)
		*ret = datum_int(hash % (uint64_t) args[1].i == (uint64_t) args[2].i);
	return rc;
}
