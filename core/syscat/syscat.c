/* syscat.c - the system relations as the catalog sees them, made once from the tables. */
#include "config.h"
#include "core/syscat/syscat.h"

#include <assert.h>

#include "core/syscat/funcs.h"
#include "core/syscat/row.h"
#include "core/syscat/views.h"

enum { RELATIONS_MAX = 256 };

static struct arena arena;              /* lives as long as the process */
static const struct relation *relations[RELATIONS_MAX];
static int count;

static const struct { const char *name; rows_fn *rows; } producers[] = {
#define PRODUCER(rel) { #rel, rows_##rel },
#include "core/syscat/producers.def"
#undef PRODUCER
};

static int
no_rows(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	(void) s, (void) env, (void) to, (void) e;
	return ERR_OK;
}

static rows_fn *
producer(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(producers); i++)
		if (strcmp(producers[i].name, name) == 0)
			return producers[i].rows;
	return no_rows;
}

struct building {
	struct relation *rel;
	char kind;
	struct column cols[ROW_COLS_MAX];
};

static void
begin(struct building *b, const char *name, char kind, oid_t oid, oid_t schema)
{
	b->rel = ARENA_NEW(&arena, struct relation);
	b->rel->o = (struct object) { .class = OBJ_RELATION, .oid = oid, .schema = schema, .owner = OID_BOOTSTRAP_ROLE,
		                      .name = name, .acl = "{=r/10}" };
	b->rel->persistence = 'p';
	b->kind = kind;
}

static void
add_column(struct building *b, const char *name, oid_t type, bool not_null)
{
	struct relation *r = b->rel;
	const struct type *t = type_builtin(type);

	assert(t != NULL && r->ncols < ROW_COLS_MAX);
	b->cols[r->ncols] = (struct column) { .name = name, .attnum = (int16_t) (r->ncols + 1), .type = t, .typmod = -1,
		                              .collation = t->collatable ? 100 : 0, .not_null = not_null };
	r->ncols++;
}

static void
finish(struct building *b)
{
	struct relation *r = b->rel;
	const char *sql = system_view_sql(r->o.name);

	r->cols = arena_dup(&arena, b->cols, (size_t) r->ncols * sizeof *b->cols);
	r->kind = sql != NULL ? REL_VIEW : REL_TABLE;
	r->view_sql = sql;
	if (sql == NULL) {
		struct sysrel *s = ARENA_NEW(&arena, struct sysrel);
		s->kind = b->kind;
		s->rows = producer(r->o.name);
		s->row_estimate = s->rows == no_rows ? 1 : 200;
		r->sys = s;
	}
	relations[count++] = r;
}

void
syscat_register(void)
{
	struct building b;

#define SYSREL(name, oid, rowtype, kind) begin(&b, #name, kind, oid, OID_PG_CATALOG);
#define SYSCOL(rel, col, type, notnull) add_column(&b, #col, OID_##type, notnull);
#define SYSEND(rel) finish(&b);
#include "core/syscat/catalogs.def"
#undef SYSREL
#define SYSREL(name, oid, rowtype, kind) begin(&b, #name, kind, oid, OID_INFORMATION_SCHEMA);
#include "core/syscat/infoschema.def"
#undef SYSREL
#undef SYSCOL
#undef SYSEND
	catalog_register_system(relations, count);
	syscat_register_funcs();
	syscat_register_sets();
}
