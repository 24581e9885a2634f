/* verify.c - is an index equal to its table?
 *
 * Every entry that a row asks for is looked up; then the entries are counted.  Entries have
 * different keys, so when all are found and there are no more, the two are equal.
 *
 * Not here: foreign keys and files, which the session looks at. */
#include "config.h"
#include "core/ddl/private.h"

#include <inttypes.h>
#include <stdio.h>

#include "storage/cursor.h"
#include "storage/txn.h"

struct comparison {
	struct entry_walk walk; /* first: check_entry() gets it */
	struct txn *txn;
	struct strbuf found;
	uint64_t rows, missing, different;
};

static int
check_entry(struct entry_walk *w, const struct index_row *row, struct err *e)
{
	struct comparison *c = (struct comparison *) w;
	bool found;
	int rc;

	(void) row;
	c->rows++;
	strbuf_clear(&c->found);
	rc = txn_get(c->txn, w->ix->file, w->key.data, w->key.len, &c->found, &found, e);
	if (rc != ERR_OK)
		return rc;
	if (!found)
		c->missing++;
	else if (c->found.len != w->value.len ||
		 (c->found.len != 0 && memcmp(c->found.data, w->value.data, c->found.len) != 0))
		c->different++;
	return ERR_OK;
}

static int
count_entries(struct txn *txn, const struct index *ix, const int *cancel, uint64_t *ret,
	      struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	uint64_t n = 0;
	bool found;
	int rc = cursor_open(txn, ix->file, &c, e);

	if (rc == ERR_OK)
		rc = cursor_first(c, &found, e);
	while (rc == ERR_OK && found) {
		if (++n % BATCH_ROWS == 0 && cancel != NULL)
			rc = lock_check_cancel(cancel, e);
		if (rc == ERR_OK)
			rc = cursor_next(c, &found, e);
	}
	*ret = n;
	return rc;
}

static int
verify_index(struct ddl *d, const struct relation *table, const struct index *ix,
	     struct ddl_report *to, struct err *e)
{
	struct comparison c = { .walk = { .entry = check_entry, .rows.snapshot = true },
				.txn = d->env->exec->txn };
	uint64_t entries = 0;
	char text[200];
	int rc;

	strbuf_init(&c.found, NULL);
	rc = ddl_walk_entries(d, table, ix, &c.walk, e);
	strbuf_done(&c.found);
	if (rc == ERR_OK)
		rc = count_entries(c.txn, ix, d->env->exec->cancel, &entries, e);
	if (rc != ERR_OK || (c.missing == 0 && c.different == 0 && entries == c.rows))
		return rc;
	snprintf(text, sizeof text,
		 "index does not match its table: of %" PRIu64 " rows %" PRIu64
		 " have no entry and %" PRIu64 " a wrong one; the index has %" PRIu64 " entries",
		 c.rows, c.missing, c.different, entries);
	return to->say(to, &ix->o, text, e);
}

int
ddl_verify_indexes(struct ddl_env *env, const struct relation *table, struct ddl_report *to,
		   struct err *e)
{
	struct ddl d = { .env = env, .a = env->exec->stmt_arena,
			 .c = (struct catalog *) (uintptr_t) env->exec->catalog };
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < table->nindexes; i++) {
		const struct index *ix = table->indexes[i];

		if (ix->state == INDEX_VALID && index_has_own_file(ix))
			rc = verify_index(&d, table, ix, to, e);
	}
	return rc;
}
