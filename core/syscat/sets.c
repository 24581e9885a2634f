/* sets.c - catalog functions that give rows or arrays: privileges, options and arrays as rows.
 *
 * Not here: functions with one plain result (define.c, describe.c, visible.c), partitions
 * (partition.c). */
#include "config.h"
#include "core/syscat/funcs.h"

#include "core/type/acl.h"
#include "core/type/array.h"

/* -- Privileges ------------------------------------------------------------------------------------------ */

static const char *const right_names[] = {
	"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE", "TEMPORARY",
	"CONNECT", "SET", "ALTER SYSTEM",
};

static int
srf_aclexplode(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	struct arena *a = c->env->type.arena;
	struct array items;
	union datum d;
	bool null;

	(void) nulls;
	array_open(type_builtin(OID_ACLITEM), args[0].b, &items);
	for (struct array_iter it = array_iter(&items); array_next(&it, &d, &null); ) {
		struct aclitem item = acl_get(d);
		for (size_t i = 0; i < ARRAY_LEN(right_names); i++) {
			const char *name = right_names[i];
			const union datum row[] = {
				datum_int(item.grantor), datum_int(item.grantee), datum_bytes(bytes_make(a, name, strlen(name))),
				datum_int((item.grant_options >> i) & 1),
			};
			int rc = (item.rights >> i) & 1 ? to->push(to, row, (const bool[4]) { false }, e) : ERR_OK;
			if (rc != ERR_OK)
				return rc;
		}
	}
	return ERR_OK;
}

static uint16_t
rights(const char *letters)
{
	uint16_t set = 0;

	for (; *letters != '\0'; letters++)
		set |= (uint16_t) (1u << (strchr(ACL_LETTERS, *letters) - ACL_LETTERS));
	return set;
}

/* What an object without an acl of its own allows: to everybody, and to its owner. */
static const struct { char kind; const char *world, *owner; } defaults[] = {
	{ 'c', "", "" }, { 'r', "", "arwdDxt" }, { 's', "", "rwU" }, { 'd', "Tc", "CTc" }, { 'f', "X", "X" }, { 'l', "U", "U" },
	{ 'L', "", "rw" }, { 'n', "", "UC" }, { 'p', "", "sA" }, { 't', "", "C" }, { 'F', "", "U" }, { 'S', "", "U" },
	{ 'T', "U", "U" },
};

static int
fn_acldefault(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	struct arena *a = c->env->type.arena;
	oid_t owner = (oid_t) args[1].i;
	union datum items[2];
	int n = 0;

	(void) nulls, (void) ret_null;
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		if (defaults[i].kind != (char) args[0].i)
			continue;
		if (defaults[i].world[0] != '\0')
			items[n++] = acl_datum(a, (struct aclitem) { .grantor = owner, .rights = rights(defaults[i].world) });
		if (defaults[i].owner[0] != '\0')
			items[n++] = acl_datum(a, (struct aclitem) { .grantee = owner, .grantor = owner, .rights = rights(defaults[i].owner) });
		*ret = datum_bytes(n == 0 ? array_empty(a, type_builtin(OID_ACLITEM))
		                          : array_make(a, type_builtin(OID_ACLITEM), n, items, NULL));
		return ERR_OK;
	}
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "unrecognized objtype abbreviation: %c", (int) args[0].i);
}

/* -- Arrays ------------------------------------------------------------------------------------------------ */

/* Elements with their number from 1, whatever the lower bound is. */
static int
srf_expandarray(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	struct array items;
	union datum row[2];
	bool null[2] = { false };
	int n = 0, rc = ERR_OK;

	(void) nulls;
	array_open(c->arg_types[0]->elem, args[0].b, &items);
	for (struct array_iter it = array_iter(&items); rc == ERR_OK && array_next(&it, &row[0], &null[0]); ) {
		row[1] = datum_int(++n);
		rc = to->push(to, row, null, e);
	}
	return rc;
}

/* "name=value" texts, as options of relations are kept. */
static int
srf_options(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	struct arena *a = c->env->type.arena;
	struct array items;
	union datum d;
	bool null;

	(void) nulls;
	array_open(type_builtin(OID_TEXT), args[0].b, &items);
	for (struct array_iter it = array_iter(&items); array_next(&it, &d, &null); ) {
		if (null)
			continue;
		const char *text = bytes_data(d.b), *equals = memchr(text, '=', bytes_len(d.b));
		size_t len = equals == NULL ? bytes_len(d.b) : (size_t) (equals - text);
		const union datum row[] = {
			datum_bytes(bytes_make(a, text, len)),
			equals == NULL ? datum_int(0) : datum_bytes(bytes_make(a, equals + 1, bytes_len(d.b) - len - 1)),
		};
		int rc = to->push(to, row, (const bool[2]) { false, equals == NULL }, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* -- The table ------------------------------------------------------------------------------------------------ */

#define ARGS_(...) .nargs = (int) (sizeof((const oid_t[]) { __VA_ARGS__ }) / sizeof(oid_t)), .args = (const oid_t[]) { __VA_ARGS__ }
#define OUTS_(...) .nouts = (int) (sizeof((const struct func_out[]) { __VA_ARGS__ }) / sizeof(struct func_out)), \
	.outs = (const struct func_out[]) { __VA_ARGS__ }
#define NAMES_(...) .arg_names = (const char *const[]) { __VA_ARGS__ }
#define SET .kind = FUNC_NORMAL, .strict = true, .retset = true
#define VALUE .kind = FUNC_NORMAL, .strict = true

static const struct func table[] = {
	{ .oid = 3425, .name = "pg_partition_ancestors", SET, .volatility = 'v', ARGS_(OID_REGCLASS), NAMES_("partitionid"), .srf = srf_partition_ancestors,
	  OUTS_({ "relid", OID_REGCLASS }), .ret = OID_REGCLASS },
	{ .oid = 3423, .name = "pg_partition_tree", SET, .volatility = 'v', ARGS_(OID_REGCLASS), NAMES_("rootrelid"), .srf = srf_partition_tree,
	  OUTS_({ "relid", OID_REGCLASS }, { "parentrelid", OID_REGCLASS }, { "isleaf", OID_BOOL }, { "level", OID_INT4 }), .ret = OID_RECORD },
	{ .oid = 3424, .name = "pg_partition_root", VALUE, .volatility = 'i', .ret = OID_REGCLASS, ARGS_(OID_REGCLASS), .impl = sys_partition_root },
	{ .oid = 5028, .name = "satisfies_hash_partition", .kind = FUNC_NORMAL, .volatility = 'i', .ret = OID_BOOL,
	  ARGS_(OID_OID, OID_INT4, OID_INT4, OID_ANY), .variadic = OID_ANY, .impl = fn_satisfies_hash_partition },
	{ .oid = 1689, .name = "aclexplode", SET, .volatility = 's', ARGS_(OID_ACLITEM_ARRAY), NAMES_("acl"), .srf = srf_aclexplode,
	  OUTS_({ "grantor", OID_OID }, { "grantee", OID_OID }, { "privilege_type", OID_TEXT }, { "is_grantable", OID_BOOL }), .ret = OID_RECORD },
	{ .oid = 2289, .name = "pg_options_to_table", SET, .volatility = 's', ARGS_(OID_TEXT_ARRAY), NAMES_("options_array"), .srf = srf_options,
	  OUTS_({ "option_name", OID_TEXT }, { "option_value", OID_TEXT }), .ret = OID_RECORD },
	{ .oid = 3943, .name = "acldefault", VALUE, .volatility = 'i', .ret = OID_ACLITEM_ARRAY, ARGS_(OID_CHAR, OID_OID), .impl = fn_acldefault },
	{ .oid = 13208, .name = "_pg_expandarray", SET, .volatility = 'i', ARGS_(OID_ANYARRAY), .srf = srf_expandarray,
	  OUTS_({ "x", OID_ANYELEMENT }, { "n", OID_INT4 }), .ret = OID_RECORD },
};

void
syscat_register_sets(void)
{
	func_register(table, (int) ARRAY_LEN(table));
}
