/* cursor.c - DECLARE, FETCH, MOVE, CLOSE.
 *
 * A cursor that may move backwards keeps the rows it has read, so its position is a number and
 * any move is arithmetic.  NO SCROLL keeps nothing.  At commit WITH HOLD reads what is left. */
#include "config.h"
#include "pgwire/session/portal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1024 };

/* -- The rows of a cursor ------------------------------------------------------------------------- */
static int64_t
known_rows(const struct portal *p)
{
	return p->store == NULL ? 0 : p->store_base + rowstore_count(p->store);
}

/* Have rows up to number k in the store, if there are so many. */
static int
read_up_to(struct portal *p, int64_t k, struct err *e)
{
	while (!p->exhausted && !p->held && known_rows(p) < k) {
		bool end;
		int64_t more = k == INT64_MAX ? 0 : k - known_rows(p);
		int rc = portal_store_more(p, more, &end, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* Rows number from, from + step, ... n of them. */
static int
emit(struct portal *p, int64_t from, int step, int64_t n, struct dest *to, struct err *e)
{
	for (int64_t done = 0; done < n; ) {
		ARENA_AUTO struct arena a = { 0 };
		struct batch b;
		int part = n - done > CHUNK ? CHUNK : (int) (n - done);
		int rc = rowstore_read(p->store, from + done * step - 1 - p->store_base, step, part, &a, &b, e);
		if (rc == ERR_OK && to != NULL)
			rc = to->rows(to, &b, 0, part, e);
		if (rc != ERR_OK)
			return rc;
		done += part;
	}
	return ERR_OK;
}

static int
forward_only(struct err *e)
{
	err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "cursor can only scan forward");
	return err_hint(e, "Declare it with SCROLL option to enable backward scan.");
}

/* -- NO SCROLL: straight from the executor ----------------------------------------------------------- */
struct counting { struct dest d; struct portal *p; struct dest *to; uint64_t n; };

static int
count_rows(struct dest *d, const struct batch *b, int from, int n, struct err *e)
{
	struct counting *c = (struct counting *) d;

	c->n += (uint64_t) n;
	if (n > 0)
		portal_set_here(c->p, b, batch_row(b, from + n - 1));
	return c->to == NULL ? ERR_OK : c->to->rows(c->to, b, from, n, e);
}

static int
stream(struct portal *p, int64_t n, struct dest *to, uint64_t *ret_n, struct err *e)
{
	struct counting c = { .d = { .rows = count_rows }, .p = p, .to = to };
	bool end = true;
	int rc = ERR_OK;

	if (!p->exhausted)
		rc = portal_skip(p, n == INT64_MAX ? 0 : n, &c.d, &end, e);
	p->pos += (int64_t) c.n;
	if ((int64_t) c.n < n)
		portal_leave(p); /* behind the last row */
	*ret_n = c.n;
	return rc;
}

/* -- Moves ------------------------------------------------------------------------------------------------ */
static int
fetch_forward(struct portal *p, int64_t n, struct dest *to, uint64_t *ret_n, struct err *e)
{
	if (p->no_scroll && !p->held)
		return stream(p, n, to, ret_n, e);
	int64_t last = n > INT64_MAX - p->pos ? INT64_MAX : p->pos + n;
	int rc = read_up_to(p, last, e);
	if (rc != ERR_OK)
		return rc;
	int64_t have = known_rows(p), from = p->pos + 1;
	int64_t got = have < from ? 0 : (last < have ? last : have) - from + 1;
	if (got > 0)
		rc = emit(p, from, 1, got, to, e);
	p->pos = got < n ? have + 1 : p->pos + got;
	*ret_n = (uint64_t) got;
	return rc;
}

static int
fetch_backward(struct portal *p, int64_t n, struct dest *to, uint64_t *ret_n, struct err *e)
{
	if (p->no_scroll || p->store_base > 0)
		return forward_only(e);
	int64_t got = p->pos - 1 < n ? p->pos - 1 : n;
	if (got < 0)
		got = 0;
	int rc = got > 0 ? emit(p, p->pos - 1, -1, got, to, e) : ERR_OK;
	p->pos = got < n ? 0 : p->pos - got;
	*ret_n = (uint64_t) got;
	return rc;
}

/* To row number k itself, and give it. */
static int
fetch_at(struct portal *p, int64_t k, struct dest *to, uint64_t *ret_n, struct err *e)
{
	uint64_t skipped;
	int rc;

	*ret_n = 0;
	if (p->no_scroll && !p->held) {
		if (k <= p->pos)
			return forward_only(e);
		rc = k - p->pos > 1 ? stream(p, k - p->pos - 1, NULL, &skipped, e) : ERR_OK;
		return rc == ERR_OK ? stream(p, 1, to, ret_n, e) : rc;
	}
	if (k <= 0) {
		if (p->store_base > 0)
			return forward_only(e);
		p->pos = 0;
		return ERR_OK;
	}
	rc = read_up_to(p, k, e);
	if (rc != ERR_OK)
		return rc;
	if (k > known_rows(p)) {
		p->pos = known_rows(p) + 1;
		return ERR_OK;
	}
	if (k <= p->store_base)
		return forward_only(e);
	p->pos = k;
	*ret_n = 1;
	return emit(p, k, 1, 1, to, e);
}

int
portal_fetch(struct portal *p, const struct cmd_fetch *f, struct dest *to, uint64_t *ret_n, struct err *e)
{
	int64_t n = f->count;
	bool forward = f->direction == FETCH_FORWARD;
	int rc;

	*ret_n = 0;
	switch (f->direction) {
	case FETCH_FORWARD:
	case FETCH_BACKWARD:
		if (n < 0) {
			forward = !forward;
			n = n == INT64_MIN ? INT64_MAX : -n;
		}
		if (n == 0)
			return p->pos == 0 || (p->store != NULL && p->pos > known_rows(p)) ? ERR_OK : fetch_at(p, p->pos, to, ret_n, e);
		return forward ? fetch_forward(p, n, to, ret_n, e) : fetch_backward(p, n, to, ret_n, e);
	case FETCH_ABSOLUTE:
		if (n >= 0)
			return fetch_at(p, n, to, ret_n, e);
		if (p->no_scroll)
			return forward_only(e);
		rc = read_up_to(p, INT64_MAX, e);
		return rc == ERR_OK ? fetch_at(p, known_rows(p) + 1 + n, to, ret_n, e) : rc;
	case FETCH_RELATIVE:
		return fetch_at(p, p->pos + n, to, ret_n, e);
	}
	return ERR_OK;
}

int
portal_hold(struct portal *p, struct err *e)
{
	bool end;
	int rc = ERR_OK;

	if (p->store == NULL)
		p->store_base = p->pos;
	if (!p->exhausted)
		rc = portal_store_more(p, 0, &end, e);
	p->held = rc == ERR_OK;
	return rc;
}

/* -- Commands ------------------------------------------------------------------------------------------------ */
/* The statement's tree goes with its message, the cursor stays: it gets a tree of its own. */
static int
own_analysis(struct utility *u, struct portal *p, struct err *e)
{
	const struct raw_stmt_info *info = raw_stmt_info(u->a->raw);
	struct list raws = { 0 };
	struct analysis *a;

	p->text = arena_strndup(&p->arena, info->text, (size_t) info->len);
	int rc = sql_parse(&p->arena, p->text, &raws, e);
	if (rc != ERR_OK)
		return rc;
	rc = analysis_new(u->s, LIST_AT(const struct raw_stmt, &raws, 0), p->text, u->params->n > 0, u->a->nparams,
	                  u->a->param_oids, &a, e);
	if (rc == ERR_OK)
		portal_set_analysis(p, a);
	return rc;
}

static int
declare(struct utility *u, const struct cmd_cursor *c, struct err *e)
{
	struct session *s = u->s;
	struct portal *p;

	if (!c->hold && s->tx != TX_BLOCK && u->single)
		return tx_require_block(s, "DECLARE CURSOR", e);
	if (portal_find(s, c->name) != NULL && *c->name != '\0')
		return err_set(e, ERR_DUPLICATE_CURSOR, "cursor \"%s\" already exists", c->name);
	int rc = portal_new(s, c->name, &p, e);
	if (rc != ERR_OK)
		return rc;
	p->cursor = true;
	p->scroll = c->scroll;
	p->no_scroll = c->no_scroll;
	p->hold = c->hold;
	p->binary = c->binary;
	rc = own_analysis(u, p, e);
	if (rc != ERR_OK) {
		portal_drop(s, p);
		return rc;
	}
	/* The parameters live in the portal that declares. */
	p->params = *u->params;
	if (p->params.n > 0) {
		union datum *values = arena_dup(&p->arena, p->params.values, (size_t) p->params.n * sizeof *values);
		for (int i = 0; i < p->params.n; i++)
			if (!p->params.nulls[i])
				values[i] = datum_copy(&p->arena, values[i], p->params.types[i]->byval);
		p->params.values = values;
		p->params.nulls = arena_dup(&p->arena, p->params.nulls, (size_t) p->params.n * sizeof(bool));
	}
	/* The snapshot is that of the declaration: open now, fetch nothing. */
	rc = portal_start_cursor(p, e);
	if (rc != ERR_OK)
		portal_drop(s, p);
	return rc;
}

static int
find(struct session *s, const char *name, struct portal **ret, struct err *e)
{
	*ret = portal_find(s, name);
	if (*ret == NULL)
		return err_set(e, ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", name);
	if ((*ret)->running)
		return err_set(e, ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is in use", name);
	return ERR_OK;
}

static int
fetch(struct utility *u, const struct cmd_fetch *f, struct err *e)
{
	bool move = f->c.kind == CMD_MOVE;
	struct portal *p;
	uint64_t n = 0;

	int rc = find(u->s, f->name, &p, e);
	if (rc != ERR_OK)
		return rc;
	if (p->failed)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run", p->name);
	if (!p->cursor) {
		if (f->direction != FETCH_FORWARD || f->count < 0)
			return forward_only(e);
		p->no_scroll = true;
	}
	if (!move && u->to->start != NULL)
		rc = u->to->start(u->to, &p->shape, e);
	if (rc == ERR_OK) {
		p->running = true;
		rc = portal_fetch(p, f, move ? NULL : u->to, &n, e);
		p->running = false;
	}
	p->failed = rc != ERR_OK;
	snprintf(u->tag, sizeof u->tag, "%s %" PRIu64, move ? "MOVE" : "FETCH", n);
	return rc;
}

int
cursor_command(struct utility *u, const struct command *c, struct err *e)
{
	struct portal *p;
	int rc;

	switch (c->kind) {
	case CMD_DECLARE:
		return declare(u, (const struct cmd_cursor *) c, e);
	case CMD_FETCH:
	case CMD_MOVE:
		return fetch(u, (const struct cmd_fetch *) c, e);
	default:
		break;
	}
	const struct cmd_name *n = (const struct cmd_name *) c;
	if (n->name == NULL) {
		for (struct portal *at = u->s->portals, *next; at != NULL; at = next) {
			next = at->next;
			if (at->cursor && !at->running)
				portal_drop(u->s, at);
		}
		snprintf(u->tag, sizeof u->tag, "CLOSE CURSOR ALL");
		return ERR_OK;
	}
	rc = find(u->s, n->name, &p, e);
	if (rc == ERR_OK)
		portal_drop(u->s, p);
	return rc;
}
