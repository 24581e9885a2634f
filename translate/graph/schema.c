/* schema.c - graph_schema(): entities, fields, relations, constraints, as one JSON document. */
#include "config.h"
#include "core/graph/relation.h"
#include "core/type/json.h"
#include "translate/graph/funcs.h"

static void
put_columns(struct json_out *o, const struct relation *r, int n, const int16_t *cols)
{
	json_out_array(o);
	for (int i = 0; i < n; i++)
		json_out_string(o, r->cols[cols[i] - 1].name);
	json_out_array_end(o);
}

static void
put_fields(struct json_out *o, const struct relation *r, struct arena *a)
{
	json_out_key(o, "fields");
	json_out_array(o);
	for (int i = 0; i < r->ncols; i++) {
		const struct column *c = &r->cols[i];
		struct strbuf type;
		if (c->dropped)
			continue;
		strbuf_init(&type, a);
		type_format(c->type, c->typmod, &type);
		json_out_object(o);
		json_out_key(o, "name");
		json_out_string(o, c->name);
		json_out_key(o, "type");
		json_out_string(o, type.data);
		json_out_key(o, "nullable");
		json_out_bool(o, !c->not_null);
		json_out_key(o, "default");
		if (c->default_sql != NULL)
			json_out_string(o, c->default_sql);
		else
			json_out_null(o);
		json_out_key(o, "generated");
		json_out_bool(o, c->generated != 0 || c->identity != 0);
		if (c->type->kind == TYPE_ENUM) {
			json_out_key(o, "values");
			json_out_array(o);
			for (int k = 0; k < c->type->nlabels; k++)
				json_out_string(o, c->type->labels[k].name);
			json_out_array_end(o);
		}
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void
put_constraints(struct json_out *o, const struct relation *r)
{
	json_out_key(o, "constraints");
	json_out_array(o);
	for (int i = 0; i < r->nconstraints; i++) {
		const struct constraint *c = &r->constraints[i];
		json_out_object(o);
		json_out_key(o, "name");
		json_out_string(o, c->name);
		json_out_key(o, "type");
		json_out_string(o, c->type == CON_PRIMARY ? "primary key" : c->type == CON_UNIQUE ? "unique"
		                   : c->type == CON_FOREIGN ? "foreign key" : "check");
		json_out_key(o, "fields");
		put_columns(o, r, c->ncols, c->cols);
		if (c->check_sql != NULL) {
			json_out_key(o, "check");
			json_out_string(o, c->check_sql);
		}
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void
put_relations(struct json_out *o, const struct catalog *c, const struct relation *r, struct arena *a)
{
	struct list relations = { 0 };

	graph_relations(a, c, r, &relations);
	json_out_key(o, "relations");
	json_out_array(o);
	for (int i = 0; i < relations.n; i++) {
		const struct graph_relation *g = relations.at[i];
		json_out_object(o);
		json_out_key(o, "name");
		json_out_string(o, g->name);
		json_out_key(o, "to");
		json_out_string(o, g->to->o.name);
		json_out_key(o, "cardinality");
		json_out_string(o, g->many ? "many" : "one");
		json_out_key(o, "optional");
		json_out_bool(o, g->optional);
		json_out_key(o, "constraint");
		json_out_string(o, g->con->name);
		json_out_key(o, "fields");
		put_columns(o, r, g->ncols, g->from_cols);
		if (g->via != NULL) {
			json_out_key(o, "via");
			json_out_string(o, g->via->o.name);
		}
		/* The same key seen from the other side. */
		struct list back = { 0 };
		graph_relations(a, c, g->to, &back);
		for (int k = 0; k < back.n; k++) {
			const struct graph_relation *b = back.at[k];
			bool same = g->via == NULL ? b->con == g->con && b->via == NULL && b->owns != g->owns
			                           : b->via == g->via && b->con == g->near && b->near == g->con;
			if (!same)
				continue;
			json_out_key(o, "inverse");
			json_out_string(o, b->name);
			break;
		}
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static bool
is_entity(const struct relation *r)
{
	return (r->kind == REL_TABLE || r->kind == REL_VIEW || r->kind == REL_MATVIEW) && relation_sysrel(r) == NULL &&
	       r->part_of == 0 && r->o.schema != OID_PG_CATALOG && r->o.schema != OID_INFORMATION_SCHEMA;
}

static int
schema_func(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const struct catalog *cat = c->env->catalog;
	struct strbuf b;

	(void) args, (void) nulls;
	strbuf_init(&b, &a);
	struct json_out o = json_out(&b);
	json_out_object(&o);
	json_out_key(&o, "version");
	json_out_int(&o, (int64_t) catalog_version(cat));
	json_out_key(&o, "entities");
	json_out_array(&o);
	for (int i = 0; i < catalog_count(cat, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(cat, OBJ_RELATION, i);
		if (!is_entity(r))
			continue;
		const struct schema *s = catalog_schema_by_oid(cat, r->o.schema);
		json_out_object(&o);
		json_out_key(&o, "name");
		json_out_string(&o, r->o.name);
		json_out_key(&o, "schema");
		json_out_string(&o, s != NULL ? s->o.name : "");
		json_out_key(&o, "kind");
		json_out_string(&o, r->kind == REL_TABLE ? "table" : "view");
		put_fields(&o, r, &a);
		json_out_key(&o, "key");
		json_out_array(&o);
		for (int k = 0; r->primary != NULL && k < r->primary->nkeys; k++)
			json_out_string(&o, r->cols[r->primary->cols[k].attnum - 1].name);
		json_out_array_end(&o);
		put_relations(&o, cat, r, &a);
		put_constraints(&o, r);
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
	json_out_object_end(&o);
	*ret_null = false;
	*ret = datum_bytes(bytes_make(c->env->type.arena, b.data, b.len));
	return arena_check(&a, e);
}

void
graph_register_schema(void)
{
	static const struct func f[] = {
		{ .oid = 9883, .name = "graph_schema", .kind = FUNC_NORMAL, .strict = true, .volatility = 's', .ret = OID_JSONB,
		  .impl = schema_func, .comment = "entities, fields, relations and constraints" },
	};

	func_register(f, 1);
}
