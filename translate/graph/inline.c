/* inline.c - graph_query('...') in FROM becomes the sub-query that it stands for.
 *
 * So a request that is known when its statement is bound is planned with it: it can be joined,
 * filtered and limited, and EXPLAIN shows its levels. */
#include "config.h"
#include "translate/bind.h"
#include "translate/graph/funcs.h"
#include "translate/graph/graph.h"

static const struct bytes *
const_bytes(const struct expr *x)
{
	return x->kind == EXPR_CONST && !x->is_null ? x->value.b : NULL;
}

int
graph_inline(struct binder *b, struct range *r)
{
	const struct expr *x = r->funcs.n == 1 ? r->funcs.at[0] : NULL;
	struct graph_options o = { 0 };
	struct graph_request_info info;
	struct query *q;

	if (x == NULL || x->kind != EXPR_FUNC || r->ordinality || x->nargs < 1 ||
	    (x->func->oid != GRAPH_QUERY_OID && x->func->oid != GRAPH_QUERY_TEXT_OID))
		return ERR_OK;
	const struct bytes *json = const_bytes(x->args[0]), *params = x->nargs > 1 ? const_bytes(x->args[1]) : NULL;
	if (json == NULL || (x->nargs > 1 && params == NULL))
		return ERR_OK;
	int rc = graph_bind_query(b->env, bytes_data(json), bytes_len(json), params != NULL ? bytes_data(params) : NULL,
	                          params != NULL ? bytes_len(params) : 0, &o, &q, &info, b->e);
	if (rc != ERR_OK)
		return rc;
	q->parent = r->query;
	r->kind = RANGE_SUBQUERY;
	r->sub = q;
	r->funcs = (struct list) { 0 };
	r->lateral = false;
	return ERR_OK;
}
