/* edit.c - copies of catalog objects to change; files that come and go with a transaction.
 *
 * Not here: which changes make sense (the families). */
#include "config.h"
#include "core/ddl/private.h"

#include "core/access/row.h"
#include "storage/store.h"

struct relation *
ddl_copy_relation(struct ddl *d, const struct relation *r)
{
	struct relation *to = arena_dup(d->a, r, sizeof *r);

	to->cols = arena_dup(d->a, r->cols, (size_t) r->ncols * sizeof *r->cols);
	to->constraints =
		arena_dup(d->a, r->constraints, (size_t) r->nconstraints * sizeof *r->constraints);
	if (r->seq != NULL)
		to->seq = arena_dup(d->a, r->seq, sizeof *r->seq);
	if (r->index != NULL)
		to->index = arena_dup(d->a, r->index, sizeof *r->index);
	return to;
}

struct column *
ddl_columns(struct relation *r)
{
	return (struct column *) (uintptr_t) r->cols;
}

struct constraint *
ddl_constraints(struct relation *r)
{
	return (struct constraint *) (uintptr_t) r->constraints;
}

struct constraint *
ddl_add_constraint_slot(struct ddl *d, struct relation *r)
{
	struct constraint *more = ARENA_ARRAY(d->a, struct constraint, r->nconstraints + 1);

	if (r->nconstraints > 0)
		memcpy(more, r->constraints, (size_t) r->nconstraints * sizeof *more);
	r->constraints = more;
	return &more[r->nconstraints++];
}

void
ddl_put_relation(struct ddl *d, struct relation *r)
{
	draft_put(d->draft, &r->o);
}

void
ddl_put_index(struct ddl *d, const struct index *ix)
{
	const struct relation *old = catalog_relation_by_oid(d->c, ix->o.oid);
	struct relation r =
		old != NULL ? *old : (struct relation){ .kind = REL_INDEX, .persistence = 'p' };

	r.o = ix->o;
	r.o.class = OBJ_RELATION;
	r.index = ix;
	draft_put(d->draft, &r.o);
}

/* The newest layout: all live columns. */
void
ddl_new_layout(struct ddl *d, struct relation *r)
{
	struct layout_def *defs = ARENA_ARRAY(d->a, struct layout_def, r->nlayouts + 1);
	struct layout_col *cols = ARENA_ARRAY(d->a, struct layout_col, r->ncols);
	struct layout_def *def = &defs[r->nlayouts];

	if (r->nlayouts > 0)
		memcpy(defs, r->layout_defs, (size_t) r->nlayouts * sizeof *defs);
	def->version = (uint16_t) (r->layout + 1);
	def->cols = cols;
	for (int i = 0; i < r->ncols; i++)
		if (!r->cols[i].dropped)
			cols[def->ncols++] =
				(struct layout_col){ r->cols[i].attnum,
						     (uint8_t) row_rep(r->cols[i].type) };
	r->layout = def->version;
	r->layout_defs = defs;
	r->nlayouts++;
}

/* --- files ------------------------------------------------------------------------------------ */

struct file_end {
	struct store *store;
	uint32_t file;
};

static void
doom_on_abort(void *arg)
{
	struct file_end *f = arg;

	store_file_doom(f->store, f->file);
}

static void
settle_on_commit(void *arg, uint64_t change)
{
	struct file_end *f = arg;

	(void) change;
	store_file_settle(f->store, f->file);
}

static void
doom_on_commit(void *arg, uint64_t change)
{
	struct file_end *f = arg;

	(void) change;
	store_file_doom(f->store, f->file);
}

/* The callbacks may run after the statement's arena is gone; what they need is small and stays. */
static struct file_end *
file_end(struct ddl *d, uint32_t file)
{
	struct file_end *f = unit_alloc(d->env->unit, sizeof *f);

	f->store = catalog_store_store(d->env->store);
	f->file = file;
	return f;
}

int
ddl_new_file(struct ddl *d, enum store_kind kind, uint32_t *ret_file, struct err *e)
{
	uint32_t file;
	int rc;

	rc = store_file_new(catalog_store_store(d->env->store), kind, &file, e);
	if (rc == ERR_OK)
		rc = txn_on_end(d->env->exec->txn, settle_on_commit, doom_on_abort,
				file_end(d, file), e);
	if (rc == ERR_OK)
		*ret_file = file;
	return rc;
}

int
ddl_drop_file(struct ddl *d, uint32_t file, struct err *e)
{
	if (file == 0)
		return ERR_OK;
	return txn_on_end(d->env->exec->txn, doom_on_commit, NULL, file_end(d, file), e);
}

const char *
ddl_schema_name(const struct ddl *d, oid_t schema)
{
	const struct schema *s = catalog_schema_by_oid(d->c, schema);

	return s != NULL ? s->o.name : "";
}
