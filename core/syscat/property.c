/* property.c - yes or no: what an index and its access method can do, which relations and columns
 * can be written. */
#include "config.h"
#include "core/syscat/funcs.h"

#include <strings.h>

#include "core/func/session_api.h"
#include "core/syscat/oids.h"

/* -- Indexes --------------------------------------------------------------------------------------------- */

/* Which of them have it: 'b' btree, 'h' hash, '2' both, '0' none; '-': nobody can say. */
struct property { const char *name; char who; };

static int
answer(const struct property *p, int n, const struct bytes *name, bool btree, union datum *ret, bool *ret_null)
{
	*ret_null = true;
	for (int i = 0; i < n; i++)
		if (strlen(p[i].name) == bytes_len(name) &&
		    strncasecmp(p[i].name, bytes_data(name), bytes_len(name)) == 0) {
			*ret = datum_int(p[i].who == '2' || p[i].who == (btree ? 'b' : 'h'));
			*ret_null = p[i].who == '-';
		}
	return ERR_OK;
}

int
sys_indexam_has_property(struct fcall *c UNUSED, const union datum *args, const bool *nulls UNUSED, union datum *ret,
                         bool *ret_null, struct err *e UNUSED)
{
	static const struct property all[] = {
		{ "can_order", 'b' }, { "can_unique", 'b' }, { "can_multi_col", 'b' }, { "can_exclude", '2' }, { "can_include", 'b' },
	};
	const oid_t am = (oid_t) args[0].i;

	*ret_null = am != AM_BTREE && am != AM_HASH;
	return *ret_null ? ERR_OK : answer(all, (int) ARRAY_LEN(all), args[1].b, am == AM_BTREE, ret, ret_null);
}

int
sys_index_has_property(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null,
                       struct err *e UNUSED)
{
	static const struct property all[] = {
		{ "clusterable", 'b' }, { "index_scan", '2' }, { "bitmap_scan", '2' }, { "backward_scan", '2' },
	};
	const struct index *ix = catalog_index_by_oid(c->env->catalog, (oid_t) args[0].i);

	*ret_null = ix == NULL;
	return ix == NULL ? ERR_OK
	                  : answer(all, (int) ARRAY_LEN(all), args[1].b, strcmp(ix->kind, "btree") == 0, ret, ret_null);
}

int
sys_index_column_has_property(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret,
                              bool *ret_null, struct err *e UNUSED)
{
	const struct index *ix = catalog_index_by_oid(c->env->catalog, (oid_t) args[0].i);
	const int64_t n = args[1].i;

	*ret_null = ix == NULL || n < 1 || n > ix->ncols;
	if (*ret_null)
		return ERR_OK;
	const struct index_column *k = &ix->cols[n - 1];
	const bool btree = strcmp(ix->kind, "btree") == 0, key = n <= ix->nkeys, ordered = btree && key;
	const char no = btree && !key ? '-' : '0';       /* a column that is only carried */
	const struct property all[] = {
		{ "asc", ordered && !k->desc ? '2' : no },
		{ "desc", ordered && k->desc ? '2' : no },
		{ "nulls_first", ordered && k->nulls_first ? '2' : no },
		{ "nulls_last", ordered && !k->nulls_first ? '2' : no },
		{ "orderable", ordered ? '2' : '0' },
		{ "distance_orderable", '0' },
		{ "returnable", 'b' },
		{ "search_array", ordered ? '2' : no },
		{ "search_nulls", ordered ? '2' : no },
	};
	return answer(all, (int) ARRAY_LEN(all), args[2].b, btree, ret, ret_null);
}

/* -- What can be written --------------------------------------------------------------------------------- */

enum { CAN_UPDATE = 1 << 2, CAN_INSERT = 1 << 3, CAN_DELETE = 1 << 4 };  /* as the functions' results have it */

/* attnum 0: any column. */
static int
writes(struct fcall *c, oid_t oid, int attnum)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, oid);
	const struct session_api *api = c->env->session;
	bool *cols, any = false;

	if (r != NULL && r->kind == REL_TABLE)
		return CAN_UPDATE | CAN_INSERT | CAN_DELETE;
	if (r == NULL || r->kind != REL_VIEW || r->sys != NULL || api == NULL)
		return 0;
	cols = ARENA_ARRAY(c->env->type.arena, bool, r->ncols + 1);
	if (!api->view_writes(api->self, c->env->type.arena, r, cols))
		return 0;
	for (int i = 0; i < r->ncols; i++)
		any |= cols[i] && (attnum == 0 || attnum == i + 1);
	return CAN_DELETE | (any ? CAN_UPDATE | CAN_INSERT : 0);
}

int
sys_relation_is_updatable(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret,
                          bool *ret_null UNUSED, struct err *e UNUSED)
{
	*ret = datum_int(writes(c, (oid_t) args[0].i, 0));
	return ERR_OK;
}

int
sys_column_is_updatable(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret,
                        bool *ret_null UNUSED, struct err *e UNUSED)
{
	const int both = CAN_UPDATE | CAN_DELETE;

	*ret = datum_int(args[1].i > 0 && (writes(c, (oid_t) args[0].i, (int) args[1].i) & both) == both);
	return ERR_OK;
}
