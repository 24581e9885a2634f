/* describe.c - sizes and other facts of objects; the table of functions. */
#include "config.h"
#include "core/syscat/funcs.h"

#include "core/access/table.h"
#include "core/catalog/partition.h"
#include "core/func/session_api.h"
#include "core/syscat/oids.h"
#include "core/type/array.h"
#include "storage/lock.h"
#include "storage/store.h"
#include "storage/txn.h"

/* -- Sizes -------------------------------------------------------------------------------------------------- */

static int64_t
bytes_of(struct fcall *c, const struct relation *r)
{
	struct store *store = txn_store(c->env->txn);

	if (r->kind == REL_INDEX)
		return r->index == NULL || r->index->clustered ? 0 : (int64_t) index_bytes(store, r->index);
	if (r->file == 0 || r->sys != NULL)
		return 0;
	return (int64_t) store_file_bytes(store, r->file);
}

static int64_t
indexes_of(struct fcall *c, const struct relation *r)
{
	int64_t n = 0;

	for (int i = 0; i < r->nindexes; i++)
		if (!r->indexes[i]->clustered)
			n += (int64_t) index_bytes(txn_store(c->env->txn), r->indexes[i]);
	return n;
}

static int
size_result(struct fcall *c, const union datum *args, bool rows, bool indexes, union datum *ret, bool *ret_null)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);

	*ret_null = r == NULL || c->env->txn == NULL;
	if (!*ret_null)
		*ret = datum_int((rows ? bytes_of(c, r) : 0) + (indexes ? indexes_of(c, r) : 0));
	return ERR_OK;
}

int
sys_relation_size(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) e;
	return size_result(c, args, true, false, ret, ret_null);
}

int
sys_total_size(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) e;
	return size_result(c, args, true, true, ret, ret_null);
}

int
sys_indexes_size(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) nulls, (void) e;
	return size_result(c, args, false, true, ret, ret_null);
}

int
sys_database_size(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	int64_t n = 0;

	(void) args, (void) nulls, (void) ret_null, (void) e;
	for (int i = 0; c->env->txn != NULL && i < catalog_count(c->env->catalog, OBJ_RELATION); i++)
		n += bytes_of(c, (const struct relation *) catalog_at(c->env->catalog, OBJ_RELATION, i));
	*ret = datum_int(n);
	return ERR_OK;
}

int
sys_filenode(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);

	(void) nulls, (void) e;
	*ret_null = r == NULL || relation_is_partitioned(r->index != NULL ? r->index->table : r);
	if (!*ret_null)
		*ret = datum_int(r->file);
	return ERR_OK;
}

/* -- Sequences, locks --------------------------------------------------------------------------------------- */

int
sys_sequence_last_value(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	const struct session_api *api = c->env->session;
	int64_t last = 0;
	bool called = false;

	(void) nulls;
	*ret_null = true;
	if (r == NULL || r->kind != REL_SEQUENCE || api == NULL || api->sequence_state == NULL)
		return ERR_OK;
	int rc = api->sequence_state(api->self, r->o.oid, &last, &called, e);
	*ret_null = rc != ERR_OK || !called;
	*ret = datum_int(last);
	return rc;
}


/* -- The table ------------------------------------------------------------------------------------------------ */

void
syscat_register_funcs(void)
{
#define SYSFUNC(oid_, name_, ret_, vol, impl_, n, ...) \
	static const oid_t args_##oid_[n + 1] = { __VA_ARGS__ };
#include "core/syscat/funcs.def"
#undef SYSFUNC
	static const struct func table[] = {
#define SYSFUNC(oid_, name_, ret_, vol, impl_, n, ...) \
		{ .oid = oid_, .name = #name_, .kind = FUNC_NORMAL, .strict = true, .volatility = vol, .ret = OID_##ret_, .nargs = n, \
		  .args = args_##oid_, .impl = sys_##impl_ },
#include "core/syscat/funcs.def"
#undef SYSFUNC
	};

	func_register(table, (int) ARRAY_LEN(table));
}
