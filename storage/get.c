/* get.c - point reads: one key, one value, no cursor kept. */
#include "config.h"

#include <assert.h>

#include "storage/cursor_private.h"

enum txn_own
txn_own(struct txn *txn, uint32_t file, const void *key, size_t klen, bool current_command_too)
{
	const struct ws_file *f = txn->ws == NULL ? NULL : ws_find(txn->ws, file);
	const struct ws_entry *n = f == NULL ? NULL : ws_get(f, key, klen);
	const struct ws_version *v = n == NULL ? NULL
		: ws_visible(n, current_command_too ? COMMAND_ALL : txn_frame(txn)->command);

	return v == NULL ? TXN_OWN_NONE
	     : (v->flags & WS_DELETED) != 0 ? TXN_OWN_DELETED : TXN_OWN_VALUE;
}

/* In our own writes: true when they decide. */
static bool
get_own(struct txn *txn, uint32_t file, const void *key, size_t klen, uint32_t command,
        struct strbuf *ret_value, bool *ret_found)
{
	const struct ws_file *f = txn->ws == NULL ? NULL : ws_find(txn->ws, file);
	const struct ws_entry *n = f == NULL ? NULL : ws_get(f, key, klen);
	const struct ws_version *v = n == NULL ? NULL : ws_visible(n, command);

	if (v == NULL)
		return false;
	*ret_found = (v->flags & WS_DELETED) == 0;
	if (*ret_found && ret_value != NULL)
		strbuf_add(ret_value, v->value, v->vlen);
	return true;
}

static int
get_engine(struct txn *txn, struct view *v, uint32_t file, const void *key, size_t klen,
           struct strbuf *ret_value, bool *ret_found, struct err *e)
{
	WT_ITEM item = { .data = key, .size = klen };
	WT_CURSOR *c;

	if (UNLIKELY(v->broken))
		return txn_fail_serialization(e);
	int rc = engine_cursor(txn->store, v->g, file, &c, e);
	if (rc != ERR_OK)
		return rc;
	*ret_found = false;
	if (c == NULL)
		return ERR_OK;
	if (klen == 0) {                        /* the engine has no empty keys */
		engine_cursor_idle(v->g, c);
		return ERR_OK;
	}
	c->set_key(c, &item);
	int wt = WT(c->search(c));
	if (wt == 0 && ret_value != NULL && (wt = WT(c->get_value(c, &item))) == 0)
		strbuf_add(ret_value, item.data, item.size);
	if (wt == 0)
		*ret_found = true;
	engine_cursor_idle(v->g, c);
	if (wt == 0 || wt == WT_NOTFOUND)
		return ERR_OK;
	v->broken = true;
	return engine_fail(wt, e, "read");
}

int
txn_get(struct txn *txn, uint32_t file, const void *key, size_t klen, struct strbuf *ret_value,
        bool *ret_found, struct err *e)
{
	const struct frame *frame = txn_frame(txn);

	assert(frame != NULL);
	if (txn->reads != NULL)
		readset_add(txn->reads, file, key, klen, key, klen, false);
	if (get_own(txn, file, key, klen, frame->command, ret_value, ret_found))
		return ERR_OK;
	return get_engine(txn, frame->view, file, key, klen, ret_value, ret_found, e);
}

int
txn_get_latest(struct txn *txn, uint32_t file, const void *key, size_t klen,
               struct strbuf *ret_value, bool *ret_found, struct err *e)
{
	struct view *v;

	/* Also what is read for a write: a savepoint may undo the write, not what came of the read. */
	if (txn->reads != NULL)
		readset_add(txn->reads, file, key, klen, key, klen, false);
	if (get_own(txn, file, key, klen, COMMAND_ALL, ret_value, ret_found))
		return ERR_OK;
	int rc = txn_latest(txn, &v, e);
	if (rc != ERR_OK)
		return rc;
	return get_engine(txn, v, file, key, klen, ret_value, ret_found, e);
}
