/* fkey_parent.c - keys went away: their children must not exist, or follow.
 *
 * Not here: looking for children (fkey_search.c), what following means (the executor runs it). */
#include "config.h"
#include "core/access/fkey.h"

#include <stdio.h>

#include "core/access/row.h"

struct parent_check {
	struct fkey_search s; /* first: hit() gets it */
	struct check_group *g;
	bool vanished; /* a child was found, and not there any more when its lock was held */
};

static int
violation(struct write_unit *u, const struct check_group *g, const struct pending_key *k,
	  struct err *e)
{
	const struct schema *schema =
		catalog_schema_by_oid(u->stmt->env->catalog, g->child->o.schema);
	const struct type *types[INDEX_COLS_MAX];
	struct strbuf text;

	for (int i = 0; i < g->con->ncols; i++)
		types[i] = g->parent->cols[g->con->ref_cols[i] - 1].type;
	strbuf_init(&text, u->stmt->env->stmt_arena);
	key_text(u, g->parent, g->con->ncols, g->con->ref_cols, NULL, types, k->values, NULL,
		 &text);
	err_set(e, ERR_FOREIGN_KEY_VIOLATION,
		"update or delete on table \"%s\" violates foreign key constraint \"%s\" on table "
		"\"%s\"",
		g->parent->o.name, g->con->name, g->child->o.name);
	(void) err_detail(e, "Key %s is still referenced from table \"%s\".", text.data,
			  g->child->o.name);
	return err_object(e, schema != NULL ? schema->o.name : NULL, g->child->o.name, NULL,
			  g->con->name);
}

/* Does the child still have this key, now that we hold its row? */
static int
refers(const struct fkey_search *s, const struct pending_key *k, const struct bytes *row_key,
       bool *ret_refers, struct err *e)
{
	struct write_unit *u = s->u;
	struct strbuf image;
	bool found;
	int rc;

	strbuf_init(&image, &u->queue);
	rc = txn_get_latest(u->txn, s->child->file, bytes_data(row_key), bytes_len(row_key), &image,
			    &found, e);
	*ret_refers = found && row_plausible(s->child, (const uint8_t *) image.data, image.len);
	for (int c = 0; rc == ERR_OK && *ret_refers && c < s->con->ncols; c++) {
		const struct type *t = s->child->cols[s->con->cols[c] - 1].type;
		union datum v = row_get(s->child, (const uint8_t *) image.data, s->con->cols[c],
					&found),
			    want;
		bool possible;

		rc = fkey_convert(u->stmt->env, s->parent->cols[s->con->ref_cols[c] - 1].type, t,
				  k->values[c], &want, &possible, e);
		if (rc == ERR_OK)
			*ret_refers = !found && possible && t->ops->cmp(t, v, want) == 0;
	}
	return rc;
}

static int
child_found(struct fkey_search *s, const struct pending_key *k, const struct bytes *row_key,
	    bool *ret_stop, struct err *e)
{
	struct parent_check *p = (struct parent_check *) s;
	struct check_group *g = p->g;
	bool restrict_now = (g->update ? g->con->on_update : g->con->on_delete) == 'r';
	enum lock_result result;
	bool holds, back = false;
	int rc;

	(void) ret_stop;
	rc = unit_lock(s->u, LOCK_ROW, s->child->o.oid, bytes_data(row_key), bytes_len(row_key),
		       LOCK_KEY_SHARE, LOCK_WAIT, s->child->o.name, &result, e);
	if (rc == ERR_OK)
		rc = refers(s, k, row_key, &holds, e);
	if (rc == ERR_OK && !holds) /* changed meanwhile, perhaps only its own key */
		p->vanished = true;
	if (rc != ERR_OK || !holds)
		return rc;
	if (!restrict_now) /* another parent may have taken the key */
		rc = fkey_find_parent(s->u, s->con, s->child, g->parent, k->values, true, false,
				      &back, e);
	if (rc != ERR_OK || back)
		return rc;
	return violation(s->u, g, k, e);
}

static int
check_keys(struct write_unit *u, struct check_group *g, const struct list *keys, struct err *e)
{
	struct parent_check p = {
		.s = { .u = u,
		       .con = g->con,
		       .child = g->child,
		       .parent = g->parent,
		       .of_parent = true,
		       .keys = keys,
		       .hit = child_found },
		.g = g,
	};
	int rc;

	do {
		p.vanished = false;
		rc = fkey_search_children(&p.s, e);
	} while (rc == ERR_OK && p.vanished);
	return rc;
}

int
fkey_check_parents(struct write_unit *u, struct check_group *g, struct err *e)
{
	return check_keys(u, g, &g->keys, e);
}

int
fkey_run_action(struct write_unit *u, struct check_group *g, struct err *e)
{
	int ncols = g->con->ncols, n = g->keys.n;
	union datum *old_keys = ARENA_ARRAY(&u->queue, union datum, n * ncols);
	union datum *new_keys = ARENA_ARRAY(&u->queue, union datum, n * ncols);
	bool *new_nulls = ARENA_ARRAY(&u->queue, bool, n *ncols);
	struct fk_action a = {
		.con = g->con,
		.child = g->child,
		.parent = g->parent,
		.update = g->update,
		.ncols = ncols,
		.n = n,
		.action = g->update ? g->con->on_update : g->con->on_delete,
		.old_keys = old_keys,
		.new_keys = g->update ? new_keys : NULL,
		.new_nulls = g->update ? new_nulls : NULL,
	};
	struct list keys;
	int rc;

	for (int i = 0; i < n; i++) {
		const struct pending_key *k = LIST_AT(const struct pending_key, &g->keys, i);

		for (int c = 0; c < ncols; c++) {
			old_keys[i * ncols + c] = k->values[c];
			if (k->new_values != NULL) {
				new_keys[i * ncols + c] = k->new_values[c];
				new_nulls[i * ncols + c] = k->new_nulls[c];
			}
		}
	}
	keys = g->keys;
	g->keys = (struct list){ 0 };
	if (u->hooks.action == NULL)
		return err_unsupported(e, "referential actions", NULL);
	rc = u->hooks.action(u->hooks.arg, u, &a, e);
	/* SET DEFAULT may set what was there: then nothing was written, so nothing else looks. */
	return rc == ERR_OK && a.action == 'd' ? check_keys(u, g, &keys, e) : rc;
}
