/* bind.c - one statement from its tree to its bound form; errors and positions of the binder.
 *
 * Not here: everything about what is inside a statement. */
#include "config.h"
#include "translate/bind.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 12000 }; /* the text's own nesting was checked by nesting.c */

/* -- Positions and errors ------------------------------------------------------ */
/* Byte offset to character number, counting on from the last pair known. */
int
at(struct binder *b, int location)
{
	if (b->text == NULL || location < 0)
		return 0;
	if (b->ascii)
		return location + 1;
	if (location < b->last_byte)
		b->last_byte = b->last_char = 0;
	while (b->last_byte < location && b->text[b->last_byte] != '\0') {
		b->last_byte++;
		if (((unsigned char) b->text[b->last_byte] & 0xC0) != 0x80)
			b->last_char++;
	}
	return b->last_char + 1;
}

int
bind_error(struct binder *b, int position, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (b->e->code != ERR_OK)
		return b->e->code;
	va_start(ap, fmt);
	err_setv(b->e, code, fmt, ap);
	va_end(ap);
	if (position > 0 && b->text != NULL)
		err_at(b->e, position);
	return b->e->code;
}

void *
bind_fail(struct binder *b, int position, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (b->e->code != ERR_OK)
		return NULL;
	va_start(ap, fmt);
	err_setv(b->e, code, fmt, ap);
	va_end(ap);
	if (position > 0 && b->text != NULL)
		err_at(b->e, position);
	return NULL;
}

void *
bind_unsupported(struct binder *b, int position, const char *what, const char *hint)
{
	if (b->e->code != ERR_OK)
		return NULL;
	err_unsupported(b->e, what, hint);
	if (position > 0 && b->text != NULL)
		err_at(b->e, position);
	return NULL;
}

bool
bind_enter(struct binder *b)
{
	if (b->depth++ < DEPTH_MAX)
		return true;
	bind_error(b, 0, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
	b->depth--;
	return false;
}

const char *
printf_str(struct binder *b, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	return arena_strdup(b->arena, buf);
}

const char *
node_str(Node *n)
{
	if (n == NULL)
		return "";
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_STRING:
		return n->string->sval != NULL ? n->string->sval : "";
	case PG_QUERY__NODE__NODE_FLOAT:
		return n->float_->fval;
	default:
		return "";
	}
}

static int
least(int a, int b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

int
node_location(Node *n)
{
	if (n == NULL)
		return -1;
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_COLUMN_REF:
		return n->column_ref->location;
	case PG_QUERY__NODE__NODE_A_CONST:
		return n->a_const->location;
	case PG_QUERY__NODE__NODE_PARAM_REF:
		return n->param_ref->location;
	case PG_QUERY__NODE__NODE_A_EXPR:
		return least(node_location(n->a_expr->lexpr), n->a_expr->location);
	case PG_QUERY__NODE__NODE_BOOL_EXPR:
		return least(n->bool_expr->location,
			     n->bool_expr->n_args > 0 ? node_location(n->bool_expr->args[0]) : -1);
	case PG_QUERY__NODE__NODE_FUNC_CALL:
		return n->func_call->location;
	case PG_QUERY__NODE__NODE_TYPE_CAST:
		return least(node_location(n->type_cast->arg),
			     least(n->type_cast->type_name->location, n->type_cast->location));
	case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
		return node_location(n->collate_clause->arg);
	case PG_QUERY__NODE__NODE_SUB_LINK:
		return least(node_location(n->sub_link->testexpr), n->sub_link->location);
	case PG_QUERY__NODE__NODE_CASE_EXPR:
		return n->case_expr->location;
	case PG_QUERY__NODE__NODE_COALESCE_EXPR:
		return n->coalesce_expr->location;
	case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
		return n->min_max_expr->location;
	case PG_QUERY__NODE__NODE_NULL_TEST:
		return least(node_location(n->null_test->arg), n->null_test->location);
	case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
		return least(node_location(n->boolean_test->arg), n->boolean_test->location);
	case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
		return n->a_array_expr->location;
	case PG_QUERY__NODE__NODE_ROW_EXPR:
		return n->row_expr->location;
	case PG_QUERY__NODE__NODE_A_INDIRECTION:
		return node_location(n->a_indirection->arg);
	case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
		return n->sqlvalue_function->location;
	case PG_QUERY__NODE__NODE_GROUPING_FUNC:
		return n->grouping_func->location;
	case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
		return n->set_to_default->location;
	case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR:
		return n->named_arg_expr->location;
	case PG_QUERY__NODE__NODE_XML_EXPR:
		return n->xml_expr->location;
	case PG_QUERY__NODE__NODE_LIST:
		return n->list->n_items > 0 ? node_location(n->list->items[0]) : -1;
	default:
		return -1;
	}
}

const char *
place_name(enum place p)
{
	static const char *const names[] = {
		[PLACE_OTHER] = "this context",
		[PLACE_SELECT] = "SELECT",
		[PLACE_WHERE] = "WHERE",
		[PLACE_HAVING] = "HAVING",
		[PLACE_FILTER] = "FILTER",
		[PLACE_JOIN_ON] = "JOIN/ON",
		[PLACE_JOIN_USING] = "JOIN/USING",
		[PLACE_FROM_SUBSELECT] = "sub-SELECT in FROM",
		[PLACE_FROM_FUNCTION] = "function in FROM",
		[PLACE_GROUP_BY] = "GROUP BY",
		[PLACE_ORDER_BY] = "ORDER BY",
		[PLACE_DISTINCT_ON] = "DISTINCT ON",
		[PLACE_LIMIT] = "LIMIT",
		[PLACE_OFFSET] = "OFFSET",
		[PLACE_RETURNING] = "RETURNING",
		[PLACE_VALUES] = "VALUES",
		[PLACE_VALUES_SINGLE] = "VALUES",
		[PLACE_INSERT_TARGET] = "INSERT",
		[PLACE_UPDATE_SOURCE] = "UPDATE",
		[PLACE_WINDOW_PARTITION] = "window PARTITION BY",
		[PLACE_WINDOW_ORDER] = "window ORDER BY",
		[PLACE_WINDOW_RANGE] = "window RANGE",
		[PLACE_WINDOW_ROWS] = "window ROWS",
		[PLACE_WINDOW_GROUPS] = "window GROUPS",
		[PLACE_CHECK] = "CHECK",
		[PLACE_DOMAIN_CHECK] = "CHECK",
		[PLACE_DEFAULT] = "DEFAULT",
		[PLACE_GENERATED] = "GENERATED AS",
		[PLACE_INDEX_EXPR] = "index expression",
		[PLACE_INDEX_WHERE] = "index predicate",
		[PLACE_PARTITION_KEY] = "PARTITION BY",
		[PLACE_ALTER_USING] = "USING",
		[PLACE_EXECUTE] = "EXECUTE",
		[PLACE_POLICY] = "POLICY",
		[PLACE_COPY_WHERE] = "WHERE",
		[PLACE_MERGE_WHEN] = "MERGE WHEN",
		[PLACE_TABLESAMPLE] = "function in FROM",
		[PLACE_CALL] = "CALL",
		[PLACE_PARTITION_BOUND] = "partition bound",
	};

	return names[p];
}

/* -- Statements ---------------------------------------------------------------- */
static bool
query_reads_only(const struct query *q)
{
	if (q->kind != QUERY_SELECT || q->row_marks.n > 0)
		return false;
	for (int i = 0; i < q->ctes.n; i++)
		if (LIST_AT(struct cte, &q->ctes, i)->query->kind != QUERY_SELECT)
			return false;
	return true;
}

static int
bind_query_statement(struct binder *b, Node *n, struct statement *to)
{
	to->query = bind_query(b, NULL, n, true);
	if (to->query == NULL)
		return b->e->code;
	if (b->env->function != NULL && b->env->function->last) {
		to->query = fit_result(b, b->env->function, to->query);
		if (to->query == NULL)
			return b->e->code;
	}
	to->kind = STMT_QUERY;
	to->read_only = query_reads_only(to->query);
	return params_check(b, to->query);
}

int
statement_bind(struct binder *b, Node *n, struct statement **ret)
{
	struct statement *st = ARENA_NEW(b->arena, struct statement);
	int rc;

	st->tag = stmt_tag(n);
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		if (n->select_stmt->into_clause != NULL) {
			rc = bind_utility(b, n, st);
			break;
		}
		rc = bind_query_statement(b, n, st);
		break;
	case PG_QUERY__NODE__NODE_INSERT_STMT:
	case PG_QUERY__NODE__NODE_UPDATE_STMT:
	case PG_QUERY__NODE__NODE_DELETE_STMT:
	case PG_QUERY__NODE__NODE_MERGE_STMT:
		rc = bind_query_statement(b, n, st);
		break;
	default:
		rc = bind_utility(b, n, st);
		break;
	}
	if (rc == ERR_OK)
		rc = b->e->code; /* options that are only read report this way */
	if (rc == ERR_OK)
		*ret = st;
	return rc;
}

int
sql_bind(struct bind_env *env, const struct raw_stmt *raw, struct statement **ret, struct err *e)
{
	struct binder b = { .arena = env->arena,
			    .env = env,
			    .catalog = env->catalog,
			    .e = e,
			    .fixed_path = env->kept_text,
			    .text = raw->whole,
			    .ascii = raw->ascii,
			    .raw = raw };
	struct statement *st;
	int rc = statement_bind(&b, raw->node, &st);

	if (rc == ERR_OK)
		rc = arena_check(env->arena, e);
	if (rc == ERR_OK)
		*ret = st;
	return rc;
}
