/* ddl_sequence.c - CREATE and ALTER SEQUENCE, and the same options of identity columns. */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

static int
owned_by(struct binder *b, const PgQuery__DefElem *d, struct def_sequence *to)
{
	const PgQuery__List *l = d->arg->list;

	to->set_owner = true;
	if (l->n_items == 1) {
		if (strcmp(node_str(l->items[0]), "none") == 0)
			return ERR_OK;
		bind_error(b, 0, ERR_SYNTAX_ERROR, "invalid OWNED BY option");
		return err_hint(b->e, "Specify OWNED BY table.column or OWNED BY NONE.");
	}
	const struct relation *rel = relation_by_names(b, l->n_items - 1, l->items, false);
	if (rel == NULL)
		return b->e->code;
	const char *name = node_str(l->items[l->n_items - 1]);
	const struct column *c = relation_column(rel, name);
	if (c == NULL)
		return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
				  "column \"%s\" of relation \"%s\" does not exist", name,
				  rel->o.name);
	to->owner_table = rel->o.oid;
	to->owner_attnum = c->attnum;
	return ERR_OK;
}

static int
option(struct binder *b, const PgQuery__DefElem *d, struct def_sequence *to)
{
	const char *name = d->defname;
	int32_t typmod;

	if (strcmp(name, "as") == 0) {
		to->set_type = true;
		to->type = bind_type(b, d->arg->type_name, &typmod);
		if (to->type == NULL)
			return b->e->code;
		if (to->type->oid != OID_INT2 && to->type->oid != OID_INT4 &&
		    to->type->oid != OID_INT8)
			return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
					  "sequence type must be smallint, integer, or bigint");
		return ERR_OK;
	}
	if (strcmp(name, "owned_by") == 0)
		return owned_by(b, d, to);
	if (strcmp(name, "cycle") == 0) {
		to->set_cycle = true;
		return def_bool(b, d, &to->cycle) ? ERR_OK : b->e->code;
	}
	if (strcmp(name, "restart") == 0 && d->arg == NULL) {
		to->set_restart = to->restart_default = true;
		return ERR_OK;
	}
	struct {
		const char *name;
		bool *set, *none;
		int64_t *value;
	} numbers[] = {
		{ "start", &to->set_start, NULL, &to->start },
		{ "increment", &to->set_increment, NULL, &to->increment },
		{ "minvalue", &to->set_min, &to->no_min, &to->min },
		{ "maxvalue", &to->set_max, &to->no_max, &to->max },
		{ "cache", &to->set_cache, NULL, &to->cache },
		{ "restart", &to->set_restart, NULL, &to->restart },
	};
	for (unsigned i = 0; i < ARRAY_LEN(numbers); i++) {
		if (strcmp(name, numbers[i].name) != 0)
			continue;
		if (*numbers[i].set)
			return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
					  "conflicting or redundant options");
		*numbers[i].set = true;
		if (d->arg == NULL && numbers[i].none != NULL) {
			*numbers[i].none = true;
			return ERR_OK;
		}
		return def_int(b, d, numbers[i].value) ? ERR_OK : b->e->code;
	}
	if (strcmp(name, "sequence_name") == 0) {
		const PgQuery__List *l = d->arg->list;

		if (to->default_name != NULL &&
		    strcmp(node_str(l->items[l->n_items - 1]), to->default_name) == 0)
			return ERR_OK;
		bind_unsupported(b, at(b, d->location), "SEQUENCE NAME",
				 "The sequence is named table_column_seq.");
		return b->e->code;
	}
	return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR, "option \"%s\" not recognized",
			  name);
}

int
sequence_options(struct binder *b, size_t n, PgQuery__Node *const *list, struct def_sequence *to)
{
	for (size_t i = 0; i < n; i++) {
		int rc = option(b, list[i]->def_elem, to);

		if (rc != ERR_OK)
			return rc;
	}
	if (to->set_increment && to->increment == 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE, "INCREMENT must not be zero");
	if (to->set_cache && to->cache <= 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "CACHE (%lld) must be greater than zero", (long long) to->cache);
	return ERR_OK;
}

int
bind_create_sequence(struct binder *b, const PgQuery__CreateSeqStmt *s, struct statement *st)
{
	struct cmd_create_sequence *c =
		COMMAND_NEW(b, cmd_create_sequence, CMD_CREATE_SEQUENCE, st);

	c->schema = create_schema_oid(b, s->sequence, &c->persistence);
	if (c->schema == 0)
		return b->e->code;
	c->name = s->sequence->relname;
	c->if_not_exists = s->if_not_exists;
	return sequence_options(b, s->n_options, s->options, &c->def);
}

int
bind_alter_sequence(struct binder *b, const PgQuery__AlterSeqStmt *s, struct statement *st)
{
	struct cmd_alter_sequence *c = COMMAND_NEW(b, cmd_alter_sequence, CMD_ALTER_SEQUENCE, st);

	c->rel = find_relation(b, s->sequence->schemaname, s->sequence->relname);
	c->missing = s->sequence->relname;
	if (c->rel == NULL && s->missing_ok)
		return ERR_OK;
	if (c->rel == NULL) {
		c->rel = bind_relation_plain(b, s->sequence);
		return b->e->code;
	}
	if (c->rel->kind != REL_SEQUENCE)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence",
				  c->rel->o.name);
	return sequence_options(b, s->n_options, s->options, &c->def);
}
