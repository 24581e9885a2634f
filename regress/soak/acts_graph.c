/* acts_graph.c - nested writes and reads through the graph functions.
 *
 * What must hold: an author of client N has as many books as its `books` column says, at any
 * time, whatever is written through the graph or through SQL. */
#include "config.h"
#include "regress/soak/soak.h"

/* An author with books, made at once. */
static void
act_create(struct client *c)
{
	int books = below(c, 4);

	if (books == 0)
		(void) run(
			c,
			"SELECT graph_mutate('{\"insert\": {\"entity\": \"soak_author\", \"data\": "
			"{\"client\": %d, \"books\": 0}}}')",
			c->id);
	else
		(void) run(
			c,
			"SELECT graph_mutate('{\"insert\": {\"entity\": \"soak_author\", \"data\": "
			"{\"client\": %d, \"books\": 2, \"soak_book\": {\"create\": "
			"[{\"title\": \"one\"}, {\"title\": \"two %d\"}]}}}}')",
			c->id, books);
}

static void
act_fetch(struct client *c)
{
	(void) run(c,
		   "SELECT graph_query('{\"entity\": \"soak_author\", \"fields\": [\"id\", "
		   "\"books\"], "
		   "\"where\": {\"client\": %d}, \"order_by\": [\"id\"], \"limit\": 20, "
		   "\"include\": {\"soak_book\": {\"fields\": [\"title\"], \"order_by\": "
		   "[\"title\"]}}}')",
		   below(c, 8));
	(void) expect(c, "0",
		      "SELECT count(*) FROM soak_author a WHERE books <> "
		      "(SELECT count(*) FROM soak_book b WHERE b.author_id = a.id)");
}

/* One more book and one less, with the count beside it, in one transaction. */
static void
act_change(struct client *c)
{
	bool fine = run(c, "BEGIN") &&
		    run(c,
			"SELECT graph_mutate('{\"update\": {\"entity\": \"soak_author\", "
			"\"where\": {\"client\": %d}, "
			"\"set\": {\"books\": {\"inc\": 1}}}}')",
			c->id) &&
		    run(c,
			"INSERT INTO soak_book (author_id, title) SELECT id, 'more' FROM "
			"soak_author WHERE client = %d",
			c->id);
	if (!fine || !run(c, below(c, 4) == 0 ? "ROLLBACK" : "COMMIT"))
		undo(c);
}

static void
act_remove(struct client *c)
{
	if (!run(c,
		 "SELECT graph_mutate('{\"delete\": {\"entity\": \"soak_author\", \"where\": "
		 "{\"client\": %d}}}')",
		 c->id))
		undo(c);
}

const struct act graph_acts[] = {
	{ "create", 6, act_create }, { "fetch", 6, act_fetch }, { "change", 4, act_change },
	{ "remove", 3, act_remove }, { NULL, 0, NULL },
};
