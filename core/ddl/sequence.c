/* sequence.c - CREATE and ALTER SEQUENCE.
 *
 * Not here: the values (seqvalue.c). */
#include "config.h"
#include "core/ddl/acl.h"

#include <inttypes.h>

static int
type_range(const struct type *t, int64_t *min, int64_t *max, struct err *e)
{
	switch (t->oid) {
	case OID_INT2:
		*min = INT16_MIN;
		*max = INT16_MAX;
		return ERR_OK;
	case OID_INT4:
		*min = INT32_MIN;
		*max = INT32_MAX;
		return ERR_OK;
	case OID_INT8:
		*min = INT64_MIN;
		*max = INT64_MAX;
		return ERR_OK;
	default:
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "sequence type must be smallint, integer, or bigint");
	}
}

/* Bounds that were the old type's own follow a new type. */
static int
set_type(const struct def_sequence *def, bool is_new, struct sequence *to, bool *reset_min,
	 bool *reset_max, struct err *e)
{
	int64_t min = 0, max = 0;
	int rc;

	*reset_min = *reset_max = is_new;
	if (!def->set_type) {
		if (is_new)
			to->type = type_builtin(OID_INT8);
		return ERR_OK;
	}
	if (!is_new) {
		rc = type_range(to->type, &min, &max, e);
		if (rc != ERR_OK)
			return rc;
		*reset_max = to->max == max && to->increment > 0;
		*reset_min = to->min == min && to->increment < 0;
	}
	to->type = def->type;
	return type_range(to->type, &min, &max, e);
}

static int
set_bounds(const struct def_sequence *def, struct sequence *to, bool reset_min, bool reset_max,
	   struct err *e)
{
	int64_t min = 0, max = 0;
	int rc;

	rc = type_range(to->type, &min, &max, e);
	if (rc != ERR_OK)
		return rc;
	if (def->set_max && !def->no_max)
		to->max = def->max;
	else if ((def->set_max && def->no_max) || def->no_max || reset_max)
		to->max = to->increment > 0 ? max : -1;
	if (def->set_min && !def->no_min)
		to->min = def->min;
	else if ((def->set_min && def->no_min) || def->no_min || reset_min)
		to->min = to->increment > 0 ? 1 : min;
	if (to->max < min || to->max > max)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "MAXVALUE (%" PRId64 ") is out of range for sequence data type %s",
			       to->max, type_sql_name(to->type));
	if (to->min < min || to->min > max)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "MINVALUE (%" PRId64 ") is out of range for sequence data type %s",
			       to->min, type_sql_name(to->type));
	if (to->min >= to->max)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "MINVALUE (%" PRId64 ") must be less than MAXVALUE (%" PRId64 ")",
			       to->min, to->max);
	return ERR_OK;
}

static int
check_within(const char *what, int64_t v, const struct sequence *s, struct err *e)
{
	if (v < s->min)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "%s value (%" PRId64 ") cannot be less than MINVALUE (%" PRId64 ")",
			       what, v, s->min);
	if (v > s->max)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "%s value (%" PRId64 ") cannot be greater than MAXVALUE (%" PRId64
			       ")",
			       what, v, s->max);
	return ERR_OK;
}

int
ddl_sequence_options(const struct def_sequence *def, bool is_new, struct sequence *to,
		     int64_t *restart, bool *do_restart, struct err *e)
{
	bool reset_min, reset_max;
	int rc;

	rc = set_type(def, is_new, to, &reset_min, &reset_max, e);
	if (rc != ERR_OK)
		return rc;
	if (def->set_increment)
		to->increment = def->increment;
	else if (is_new)
		to->increment = 1;
	if (to->increment == 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "INCREMENT must not be zero");
	if (def->set_cycle)
		to->cycle = def->cycle;
	rc = set_bounds(def, to, reset_min, reset_max, e);
	if (rc != ERR_OK)
		return rc;
	if (def->set_start)
		to->start = def->start;
	else if (is_new)
		to->start = to->increment > 0 ? to->min : to->max;
	rc = check_within("START", to->start, to, e);
	if (rc != ERR_OK)
		return rc;
	*do_restart = def->set_restart;
	*restart = def->restart_default ? to->start : def->restart;
	if (def->set_restart) {
		rc = check_within("RESTART", *restart, to, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (def->set_cache)
		to->cache = def->cache;
	else if (is_new)
		to->cache = 1;
	if (to->cache <= 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "CACHE (%" PRId64 ") must be greater than zero", to->cache);
	return ERR_OK;
}

static const struct column sequence_columns[] = {
	{ .name = "last_value", .attnum = 1, .typmod = -1, .not_null = true, .stats_target = -1 },
	{ .name = "log_cnt", .attnum = 2, .typmod = -1, .not_null = true, .stats_target = -1 },
	{ .name = "is_called", .attnum = 3, .typmod = -1, .not_null = true, .stats_target = -1 },
};

int
ddl_put_sequence(struct ddl *d, oid_t schema, const char *name, char persistence,
		 const struct sequence *s, oid_t *ret_oid, struct err *e)
{
	struct column *cols = arena_dup(d->a, sequence_columns, sizeof sequence_columns);
	struct relation r = {
		.o = { .class = OBJ_RELATION,
		       .oid = draft_new_oid(d->draft),
		       .schema = schema,
		       .owner = d->env->user,
		       .name = name },
		.kind = REL_SEQUENCE,
		.persistence = persistence,
		.ncols = ARRAY_LEN(sequence_columns),
		.cols = cols,
		.seq = s,
	};
	int rc;

	rc = ddl_lock_name(d, schema, name, e);
	if (rc != ERR_OK)
		return rc;
	cols[0].type = cols[1].type = type_builtin(OID_INT8);
	cols[2].type = type_builtin(OID_BOOL);
	r.o.acl = ddl_default_acl(d, &r.o);
	draft_put(d->draft, &r.o);
	*ret_oid = r.o.oid;
	return ERR_OK;
}

/* OWNED BY: same owner and schema as the table. */
static int
check_owner_table(struct ddl *d, const struct def_sequence *def, oid_t schema, oid_t owner,
		  struct err *e)
{
	const struct relation *t;
	int rc;

	if (!def->set_owner || def->owner_table == 0)
		return ERR_OK;
	rc = ddl_lock_relation(d, def->owner_table, LOCK_ACCESS_SHARE, &t, e);
	if (rc != ERR_OK)
		return rc;
	if (t->kind != REL_TABLE)
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "sequence cannot be owned by relation \"%s\"", t->o.name);
	if (t->o.owner != owner)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "sequence must have same owner as table it is linked to");
	if (t->o.schema != schema)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "sequence must be in same schema as table it is linked to");
	return ERR_OK;
}

int
ddl_create_sequence(struct ddl *d, const struct cmd_create_sequence *cmd, struct err *e)
{
	struct sequence s = { 0 };
	int64_t restart;
	bool do_restart;
	oid_t oid;
	int rc;

	rc = ddl_check_create(d, cmd->schema, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, cmd->schema, cmd->name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_relation(d->c, cmd->schema, cmd->name) != NULL) {
		if (!cmd->if_not_exists)
			return err_set(e, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists",
				       cmd->name);
		ddl_notice(d, LOG_NOTICE, ERR_DUPLICATE_TABLE,
			   "relation \"%s\" already exists, skipping", cmd->name);
		return ERR_OK;
	}
	rc = ddl_sequence_options(&cmd->def, true, &s, &restart, &do_restart, e);
	if (rc == ERR_OK)
		rc = check_owner_table(d, &cmd->def, cmd->schema, d->env->user, e);
	if (rc != ERR_OK)
		return rc;
	if (cmd->def.set_owner) {
		s.owner_table = cmd->def.owner_table;
		s.owner_attnum = cmd->def.owner_attnum;
	}
	if (do_restart) {
		s.count = 1;
		s.restart = restart;
	}
	return ddl_put_sequence(d, cmd->schema, cmd->name, cmd->persistence, &s, &oid, e);
}

/* Is the sequence that of an identity column?  It must stay its. */
static bool
is_identity(struct ddl *d, const struct relation *seq)
{
	const struct relation *t = catalog_relation_by_oid(d->c, seq->seq->owner_table);

	return t != NULL && seq->seq->owner_attnum > 0 && seq->seq->owner_attnum <= t->ncols &&
	       t->cols[seq->seq->owner_attnum - 1].identity != 0;
}

int
ddl_alter_sequence(struct ddl *d, const struct cmd_alter_sequence *cmd, struct err *e)
{
	const struct relation *found;
	struct relation *r;
	struct sequence *s;
	int64_t restart;
	bool do_restart;
	int rc;

	if (cmd->rel == NULL) {
		ddl_notice(d, LOG_NOTICE, ERR_OK, "relation \"%s\" does not exist, skipping", cmd->missing);
		return ERR_OK;
	}
	rc = ddl_lock_relation(d, cmd->rel->o.oid, LOCK_SHARE_ROW_EXCLUSIVE, &found, e);
	if (rc != ERR_OK)
		return rc;
	if (found->kind != REL_SEQUENCE)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", found->o.name);
	rc = ddl_check_owner(d, &found->o, "sequence", e);
	if (rc != ERR_OK)
		return rc;
	r = ddl_copy_relation(d, found);
	s = (struct sequence *) (uintptr_t) r->seq;
	rc = ddl_sequence_options(&cmd->def, false, s, &restart, &do_restart, e);
	if (rc == ERR_OK)
		rc = check_owner_table(d, &cmd->def, r->o.schema, r->o.owner, e);
	if (rc != ERR_OK)
		return rc;
	if (cmd->def.set_owner) {
		if (is_identity(d, found)) {
			err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				"cannot change ownership of identity sequence");
			return err_detail(e, "Sequence \"%s\" is linked to table \"%s\".",
					  r->o.name,
					  catalog_relation_by_oid(d->c, s->owner_table)->o.name);
		}
		s->owner_table = cmd->def.owner_table;
		s->owner_attnum = cmd->def.owner_attnum;
	}
	if (do_restart) {
		s->count++;
		s->restart = restart;
	}
	ddl_put_relation(d, r);
	return ERR_OK;
}
