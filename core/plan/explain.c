/* explain.c - what EXPLAIN says of each node of a plan: its title and its properties.
 *
 * Names follow PostgreSQL's where a node does what its namesake does.
 *
 * Not here: expressions (show.c), how text, JSON, XML and YAML look (explain_write.c). */
#include "config.h"
#include "core/plan/explain.h"

#include "core/catalog/partition.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/plan/explain_write.h"
#include "core/plan/show.h"

struct writer {
	struct explain_writer out;
	const struct plan_stmt *stmt;
	const struct explain_options *o;
	const struct plan_counts *counts;
	const char *subplan; /* the next node's name */
};

/* -- Titles ----------------------------------------------------------------------------------------- */

static const char *
join_word(enum join_type t)
{
	switch (t) {
	case JOIN_LEFT:
		return " Left";
	case JOIN_RIGHT:
		return " Right";
	case JOIN_FULL:
		return " Full";
	case JOIN_SEMI:
		return " Semi";
	case JOIN_ANTI:
		return " Anti";
	default:
		return "";
	}
}

static void
scan_title(const struct plan_scan *s, char *title, size_t size)
{
	const char *back = s->backward ? " Backward" : "";
	const char *alias = s->range != NULL && s->range->alias != NULL &&
					    strcmp(s->range->alias, s->rel->o.name) != 0
				    ? s->range->alias
				    : NULL;

	if (s->p.kind == PLAN_CURRENT_OF)
		snprintf(title, size, "Tid Scan on %s", s->rel->o.name);
	else if (s->index == NULL)
		snprintf(title, size, "Seq Scan on %s", s->rel->o.name);
	else
		snprintf(title, size, "Index%s Scan%s using %s on %s", s->index_only ? " Only" : "",
			 back, s->index->o.name, s->rel->o.name);
	if (alias != NULL) {
		strncat(title, " ", size - strlen(title) - 1);
		strncat(title, alias, size - strlen(title) - 1);
	}
}

static void
modify_title(const struct plan_modify *m, char *title, size_t size)
{
	snprintf(title, size, "%s on %s",
		 m->op == QUERY_INSERT   ? "Insert"
		 : m->op == QUERY_UPDATE ? "Update"
		 : m->op == QUERY_MERGE  ? "Merge"
					 : "Delete",
		 m->rel->o.name);
}

static void
node_title(const struct plan *p, char *title, size_t size)
{
	static const char *const names[] = {
		[PLAN_ONE_ROW] = "Result",         [PLAN_EMPTY] = "Result (never)",
		[PLAN_VALUES] = "Values Scan",     [PLAN_FUNCTION] = "Function Scan",
		[PLAN_CTE_SCAN] = "CTE Scan",      [PLAN_WORK_TABLE] = "WorkTable Scan",
		[PLAN_OUTER] = "Outer Rows",       [PLAN_COPY_SOURCE] = "Copy Source",
		[PLAN_FILTER] = "Filter",          [PLAN_PROJECT] = "Project",
		[PLAN_PROJECT_SET] = "ProjectSet", [PLAN_INIT] = "Init",
		[PLAN_WINDOW] = "WindowAgg",       [PLAN_LIMIT] = "Limit",
		[PLAN_APPEND] = "Append",          [PLAN_MERGE_APPEND] = "Merge Append",
		[PLAN_RECURSIVE] = "Recursive Union",
		[PLAN_LOCK_ROWS] = "LockRows",     [PLAN_BUDGET] = "Budget",
	};
	const struct plan_join *j = (const struct plan_join *) p;

	switch (p->kind) {
	case PLAN_SCAN:
	case PLAN_CURRENT_OF:
		scan_title((const struct plan_scan *) p, title, size);
		return;
	case PLAN_JOIN_HASH:
		snprintf(title, size, "Hash%s Join", join_word(j->type));
		return;
	case PLAN_JOIN_MERGE:
		snprintf(title, size, "Merge%s Join", join_word(j->type));
		return;
	case PLAN_JOIN_LOOP:
		snprintf(title, size, "Nested Loop%s", join_word(j->type));
		return;
	case PLAN_JOIN_LOOKUP:
		snprintf(title, size, "Lookup%s Join", join_word(j->type));
		return;
	case PLAN_NEST:
		snprintf(title, size, "Nest%s %s",
			 ((const struct plan_nest *) p)->kind == NEST_JOIN ? " Join" : "",
			 ((const struct plan_nest *) p)->label);
		return;
	case PLAN_AGGREGATE: {
		const struct plan_aggregate *a = (const struct plan_aggregate *) p;
		snprintf(title, size, "%s",
			 a->nsets > 0      ? "MixedAggregate"
			 : a->ngroups == 0 ? "Aggregate"
			 : a->sorted       ? "GroupAggregate"
					   : "HashAggregate");
		return;
	}
	case PLAN_SORT:
		snprintf(title, size, "%s",
			 ((const struct plan_sort *) p)->top != NULL     ? "Top-N Sort"
			 : ((const struct plan_sort *) p)->presorted > 0 ? "Incremental Sort"
									 : "Sort");
		return;
	case PLAN_DISTINCT:
		snprintf(title, size, "%s",
			 ((const struct plan_distinct *) p)->sorted ? "Unique"
								    : "HashAggregate (distinct)");
		return;
	case PLAN_SETOP:
		snprintf(title, size, "HashSetOp %s%s",
			 ((const struct plan_setop *) p)->op == SETOP_INTERSECT ? "Intersect"
										: "Except",
			 ((const struct plan_setop *) p)->all ? " All" : "");
		return;
	case PLAN_MODIFY:
		modify_title((const struct plan_modify *) p, title, size);
		return;
	default:
		snprintf(title, size, "%s", names[p->kind]);
		return;
	}
}

/* -- Lists -------------------------------------------------------------------------------------------- */

/* Each string is on `b`, ended by a null byte. */
static void
strings(struct writer *w, const char *name, int n, struct strbuf *b)
{
	char **v = malloc((size_t) n * sizeof *v);
	char *at = b->data;

	for (int i = 0; i < n && v != NULL; i++) {
		v[i] = at;
		at += strlen(at) + 1;
	}
	if (v != NULL)
		ew_strings(&w->out, name, n, v);
	free(v);
}

static void
property_exprs(struct writer *w, const char *name, int n, struct expr *const *exprs,
	       const struct plan *l, const struct plan *r)
{
	struct strbuf b;

	if (n == 0)
		return;
	strbuf_init(&b, NULL);
	for (int i = 0; i < n; i++) {
		if (exprs[i] != NULL)
			plan_show_expr(&b, exprs[i], l, r);
		strbuf_putc(&b, '\0');
	}
	strings(w, name, n, &b);
	strbuf_done(&b);
}

static void
property_expr(struct writer *w, const char *name, struct expr *x, const struct plan *l,
	      const struct plan *r)
{
	struct strbuf b;

	if (x == NULL)
		return;
	strbuf_init(&b, NULL);
	plan_show_expr(&b, x, l, r);
	ew_string(&w->out, name, b.data);
	strbuf_done(&b);
}

static void
property_sort(struct writer *w, const char *name, int n, const struct sort_key *keys,
	      const struct plan *child)
{
	struct strbuf b;

	if (n == 0)
		return;
	strbuf_init(&b, NULL);
	for (int i = 0; i < n; i++) {
		plan_show_expr(&b, keys[i].expr, child, NULL);
		if (keys[i].desc)
			strbuf_puts(&b, " DESC");
		if (keys[i].nulls_first != keys[i].desc)
			strbuf_puts(&b, keys[i].nulls_first ? " NULLS FIRST" : " NULLS LAST");
		strbuf_putc(&b, '\0');
	}
	strings(w, name, n, &b);
	strbuf_done(&b);
}

/* -- Properties by kind ----------------------------------------------------------------------------------- */

static const char *
key_name(const struct relation *rel, const struct index_column *c)
{
	return c == NULL ? "?" : c->attnum > 0 ? rel->cols[c->attnum - 1].name : c->expr_sql;
}

/* The part of an index, or of a partitioned table's key; cols: its n columns. */
static void
key_property(struct writer *w, const char *name, const struct key_range *k,
	     const struct relation *rel, const struct index_column *cols, int n)
{
	struct strbuf b;

	strbuf_init(&b, NULL);
	for (int i = 0; i < k->neq; i++) {
		strbuf_printf(&b, "%s(%s", b.len > 0 ? " AND " : "",
			      key_name(rel, i < n ? &cols[i] : NULL));
		if (k->eq_is_null != NULL && k->eq_is_null[i]) {
			strbuf_puts(&b, " IS NULL");
		} else {
			strbuf_puts(&b, " = ");
			plan_show_expr(&b, k->eq[i], NULL, NULL);
		}
		strbuf_putc(&b, ')');
	}
	const char *col = key_name(rel, k->neq < n ? &cols[k->neq] : NULL);
	if (k->lo != NULL) {
		strbuf_printf(&b, "%s(%s %s ", b.len > 0 ? " AND " : "", col,
			      k->lo_incl ? ">=" : ">");
		plan_show_expr(&b, k->lo, NULL, NULL);
		strbuf_putc(&b, ')');
	}
	if (k->hi != NULL) {
		strbuf_printf(&b, "%s(%s %s ", b.len > 0 ? " AND " : "", col,
			      k->hi_incl ? "<=" : "<");
		plan_show_expr(&b, k->hi, NULL, NULL);
		strbuf_putc(&b, ')');
	}
	if (k->not_null && k->lo == NULL && k->hi == NULL)
		strbuf_printf(&b, "%s(%s IS NOT NULL)", b.len > 0 ? " AND " : "", col);
	if (k->in_list != NULL) {
		strbuf_printf(&b, "%s(%s = ANY (", b.len > 0 ? " AND " : "", col);
		plan_show_expr(&b, k->in_list, NULL, NULL);
		strbuf_puts(&b, "))");
	}
	if (b.len > 0)
		ew_string(&w->out, name, b.data);
	strbuf_done(&b);
}

static void
scan_properties(struct writer *w, const struct plan_scan *s)
{
	key_property(w, "Index Cond", &s->key, s->rel, s->index != NULL ? s->index->cols : NULL,
		     s->index != NULL ? s->index->nkeys : 0);
	property_expr(w, "Filter", s->filter, &s->p, NULL);
}

static void
current_properties(struct writer *w, const struct plan_scan *s)
{
	struct strbuf b;

	strbuf_init(&b, NULL);
	strbuf_printf(&b, "CURRENT OF %s", s->cursor);
	ew_string(&w->out, "TID Cond", b.data);
	strbuf_done(&b);
	property_expr(w, "Filter", s->filter, &s->p, NULL);
}

static void
prune_property(struct writer *w, const struct plan_prune *p)
{
	key_property(w, "Partition Cond", &p->key, p->rel, p->rel->partkey->cols,
		     p->rel->partkey->ncols);
}

/* Of a partitioned table the first partition stands for all. */
static const struct plan_scan *
probed_scan(const struct plan_join *j)
{
	const struct plan *in = j->p.inner;

	return (const struct plan_scan *) (in->kind == PLAN_APPEND
						   ? ((const struct plan_append *) in)->children[0]
						   : in);
}

static void
probed_column(const struct plan_scan *s, int i, struct strbuf *to)
{
	const struct index_column *c = &s->index->cols[i];
	const struct range *r = s->range->whole != NULL ? s->range->whole : s->range;

	if (c->attnum != 0)
		strbuf_printf(to, "%s.%s", r->alias, s->rel->cols[c->attnum - 1].name);
	else
		strbuf_puts(to, c->expr_sql);
}

static void
range_end(const struct plan_join *j, const char *op, const struct expr *x, struct strbuf *to)
{
	strbuf_puts(to, to->len > 0 ? " AND (" : "(");
	probed_column(probed_scan(j), j->nkeys, to);
	strbuf_printf(to, " %s", op);
	if (x != NULL) {
		strbuf_putc(to, ' ');
		plan_show_expr(to, x, j->p.child, NULL);
	}
	strbuf_putc(to, ')');
}

/* Which rows the join's keys, or a lookup's keys and range, let meet. */
static void
join_cond(const struct plan_join *j, struct strbuf *to)
{
	for (int i = 0; i < j->nkeys; i++) {
		if (i > 0)
			strbuf_puts(to, " AND ");
		strbuf_putc(to, '(');
		plan_show_expr(to, j->left_keys[i], j->p.child, NULL);
		strbuf_puts(to, " = ");
		if (j->p.kind == PLAN_JOIN_LOOKUP)
			probed_column(probed_scan(j), i, to);
		else
			plan_show_expr(to, j->right_keys[i], j->p.inner, NULL);
		strbuf_putc(to, ')');
	}
	if (j->lo != NULL)
		range_end(j, j->lo_incl ? ">=" : ">", j->lo, to);
	if (j->hi != NULL)
		range_end(j, j->hi_incl ? "<=" : "<", j->hi, to);
	if (j->not_null && j->lo == NULL && j->hi == NULL)
		range_end(j, "IS NOT NULL", NULL, to);
}

static void
join_properties(struct writer *w, const struct plan_join *j)
{
	struct strbuf b;

	strbuf_init(&b, NULL);
	join_cond(j, &b);
	for (int i = 0; i < j->narms; i++) {
		struct strbuf arm;
		strbuf_init(&arm, NULL);
		join_cond(j->arms[i], &arm);
		if (j->arms[i]->filter != NULL) {
			strbuf_puts(&arm, " AND ");
			plan_show_expr(&arm, j->arms[i]->filter, j->p.child, j->p.inner);
		}
		strbuf_printf(&b, "%s(%s)", i > 0 ? " OR " : "", arm.data);
		strbuf_done(&arm);
	}
	if (b.len > 0)
		ew_string(&w->out,
			 j->p.kind == PLAN_JOIN_LOOKUP  ? "Lookup Cond"
			 : j->p.kind == PLAN_JOIN_MERGE ? "Merge Cond"
							: "Hash Cond",
			 b.data);
	strbuf_done(&b);
	property_expr(w, "Join Filter", j->filter, j->p.child, j->p.inner);
	property_expr(w, "Rows for Each", j->each, NULL, NULL);
}

static void
node_properties(struct writer *w, const struct plan *p)
{
	switch (p->kind) {
	case PLAN_SCAN:
		scan_properties(w, (const struct plan_scan *) p);
		return;
	case PLAN_CURRENT_OF:
		current_properties(w, (const struct plan_scan *) p);
		return;
	case PLAN_FILTER:
		property_expr(w, "Filter", ((const struct plan_filter *) p)->cond, p->child, NULL);
		return;
	case PLAN_JOIN_HASH:
	case PLAN_JOIN_MERGE:
	case PLAN_JOIN_LOOP:
	case PLAN_JOIN_LOOKUP:
		join_properties(w, (const struct plan_join *) p);
		return;
	case PLAN_NEST: {
		const struct plan_nest *n = (const struct plan_nest *) p;
		property_exprs(w, "Batch", n->npass, n->pass, p->child, NULL);
		property_expr(w, "Join Filter", n->join_filter, p->child, NULL);
		return;
	}
	case PLAN_AGGREGATE: {
		const struct plan_aggregate *a = (const struct plan_aggregate *) p;
		property_exprs(w, "Group Key", a->ngroups, a->groups, p->child, NULL);
		return;
	}
	case PLAN_SORT: {
		const struct plan_sort *s = (const struct plan_sort *) p;
		property_sort(w, "Sort Key", s->nkeys, s->keys, p->child);
		return;
	}
	case PLAN_PROJECT:
		if (w->o->verbose)
			property_exprs(w, "Output", p->ncols,
				       ((const struct plan_project *) p)->exprs, p->child, NULL);
		return;
	case PLAN_APPEND:
	case PLAN_MERGE_APPEND: {
		const struct plan_append *a = (const struct plan_append *) p;
		if (a->nkeys > 0)
			property_sort(w, "Sort Key", a->nkeys, a->keys, a->children[0]);
		for (int i = 0; i < a->nprunes; i++)
			prune_property(w, a->prunes[i]);
		return;
	}
	default:
		return;
	}
}

static void
counts_text(struct writer *w, const struct plan *p)
{
	const struct plan_counts *c = &w->counts[p->id];

	if (c->loops == 0) {
		strbuf_puts(w->out.to, " (never executed)");
		return;
	}
	strbuf_puts(w->out.to, " (actual ");
	if (w->o->timing)
		strbuf_printf(w->out.to, "time=%.3f..%.3f ", c->ms_start, c->ms_total);
	strbuf_printf(w->out.to, "rows=%llu loops=%llu)", (unsigned long long) (c->rows / c->loops),
		      (unsigned long long) c->loops);
}

static void node(struct writer *w, const struct plan *p, const char *relation);

static bool
is_append(const struct plan *p)
{
	return p->kind == PLAN_APPEND || p->kind == PLAN_MERGE_APPEND;
}

static void
named_plan(struct writer *w, const char *name, const struct plan *p)
{
	const bool text = w->o->format == EXPLAIN_TEXT;

	w->subplan = name;
	if (text)
		strbuf_printf(w->out.to, "%*s%s\n", w->out.indent - 4, "", name);
	w->out.indent += text ? 2 : 0;
	node(w, p, "InitPlan");
	w->out.indent -= text ? 2 : 0;
}

/* What runs once for the whole statement, below its root. */
static void
init_plans(struct writer *w)
{
	char name[256];

	for (int i = 0; i < w->stmt->nctes; i++) {
		snprintf(name, sizeof name, "CTE %s", w->stmt->ctes[i].cte->name);
		named_plan(w, name, w->stmt->ctes[i].plan);
	}
	for (int i = 0; i < w->stmt->ninits; i++) {
		snprintf(name, sizeof name, "InitPlan %d (returns $%d)", i + 1, i);
		named_plan(w, name, w->stmt->inits[i].plan);
	}
}

static void
children(struct writer *w, const struct plan *p)
{
	const struct plan_append *a = (const struct plan_append *) p;

	if (p == w->stmt->root)
		init_plans(w);
	if (p->child != NULL)
		node(w, p->child, "Outer");
	if (p->inner != NULL)
		node(w, p->inner,
		     p->kind == PLAN_NEST     ? "SubPlan"
		     : p->kind == PLAN_INIT   ? "InitPlan"
		     : p->kind == PLAN_MODIFY ? "Conflict"
					      : "Inner");
	if (is_append(p))
		for (int i = 0; i < a->nchildren; i++)
			node(w, a->children[a->backward ? a->nchildren - 1 - i : i], "Member");
}

static bool
has_children(const struct writer *w, const struct plan *p)
{
	return p->child != NULL || p->inner != NULL || is_append(p) ||
	       (p == w->stmt->root && (w->stmt->ninits > 0 || w->stmt->nctes > 0));
}

static int
plan_width(const struct plan *p)
{
	int width = 0;

	for (int i = 0; i < p->ncols; i++)
		width += p->cols[i].type->len > 0 ? p->cols[i].type->len : 32;
	return width;
}

static void
node_text(struct writer *w, const struct plan *p)
{
	struct strbuf *to = w->out.to;
	char title[512];

	node_title(p, title, sizeof title);
	if (w->out.indent > 0)
		strbuf_printf(to, "%*s->  ", w->out.indent - 4, "");
	strbuf_puts(to, title);
	if (w->o->costs)
		strbuf_printf(to, "  (cost=%.2f..%.2f rows=%.0f width=%d)", p->cost_start, p->cost, p->rows,
			      plan_width(p));
	if (w->counts != NULL)
		counts_text(w, p);
	strbuf_putc(to, '\n');
	w->out.indent += 2;
	node_properties(w, p);
	if (w->counts != NULL && w->counts[p->id].probes > 0)
		ew_number(&w->out, "Probes", "%.0f", (double) w->counts[p->id].probes);
	if (w->counts != NULL && w->counts[p->id].spilled > 0)
		ew_number(&w->out, "Disk", "%.0f kB", (double) w->counts[p->id].spilled / 1024);
	w->out.indent += 4;
	children(w, p);
	w->out.indent -= 6;
}

/* -- Nodes for tools --------------------------------------------------------------------------------------- */

static const char *
join_type_name(enum join_type t)
{
	const char *word = join_word(t);

	return *word == '\0' ? "Inner" : word + 1;
}

static void
scan_words(struct writer *w, const struct plan_scan *s)
{
	if (s->index != NULL) {
		ew_string(&w->out, "Scan Direction", s->backward ? "Backward" : "Forward");
		ew_string(&w->out, "Index Name", s->index->o.name);
	}
	ew_string(&w->out, "Relation Name", s->rel->o.name);
	ew_string(&w->out, "Alias", s->range->alias);
}

/* The title in PostgreSQL's words for it, and what else it says of the node. */
static void
node_words(struct writer *w, const struct plan *p, const char *relation)
{
	const struct plan_scan *s = (const struct plan_scan *) p;
	const struct plan_aggregate *a = (const struct plan_aggregate *) p;
	const bool joins = p->kind == PLAN_JOIN_HASH || p->kind == PLAN_JOIN_MERGE ||
			   p->kind == PLAN_JOIN_LOOP || p->kind == PLAN_JOIN_LOOKUP;
	char title[512];

	node_title(p, title, sizeof title);
	ew_string(&w->out, "Node Type",
		  p->kind == PLAN_SCAN        ? s->index == NULL  ? "Seq Scan"
						: s->index_only ? "Index Only Scan"
								: "Index Scan"
		  : p->kind == PLAN_JOIN_HASH ? "Hash Join"
		  : p->kind == PLAN_JOIN_MERGE ? "Merge Join"
		  : joins                     ? "Nested Loop"
		  : p->kind == PLAN_AGGREGATE ? "Aggregate"
		  : p->kind == PLAN_MODIFY    ? "ModifyTable"
					      : title);
	if (p->kind == PLAN_AGGREGATE)
		ew_string(&w->out, "Strategy",
			  a->nsets > 0      ? "Mixed"
			  : a->ngroups == 0 ? "Plain"
			  : a->sorted       ? "Sorted"
					    : "Hashed");
	if (p->kind == PLAN_MODIFY)
		ew_string(&w->out, "Operation", strtok(title, " "));
	if (relation != NULL)
		ew_string(&w->out, "Parent Relationship", relation);
	if (w->subplan != NULL)
		ew_string(&w->out, "Subplan Name", w->subplan);
	w->subplan = NULL;
	ew_plain(&w->out, "Parallel Aware", "false");
	ew_plain(&w->out, "Async Capable", "false");
	if (joins)
		ew_string(&w->out, "Join Type", join_type_name(((const struct plan_join *) p)->type));
	if (p->kind == PLAN_SCAN || p->kind == PLAN_CURRENT_OF)
		scan_words(w, s);
	if (p->kind == PLAN_MODIFY)
		ew_string(&w->out, "Relation Name", ((const struct plan_modify *) p)->rel->o.name);
}

static void
node_numbers(struct writer *w, const struct plan *p)
{
	const struct plan_counts *c = w->counts != NULL ? &w->counts[p->id] : NULL;

	if (w->o->costs) {
		ew_number(&w->out, "Startup Cost", "%.2f", p->cost_start);
		ew_number(&w->out, "Total Cost", "%.2f", p->cost);
		ew_number(&w->out, "Plan Rows", "%.0f", p->rows);
		ew_number(&w->out, "Plan Width", "%.0f", plan_width(p));
	}
	if (c == NULL)
		return;
	if (w->o->timing) {
		ew_number(&w->out, "Actual Startup Time", "%.3f", c->ms_start);
		ew_number(&w->out, "Actual Total Time", "%.3f", c->ms_total);
	}
	ew_number(&w->out, "Actual Rows", "%.0f", c->loops > 0 ? (double) (c->rows / c->loops) : 0);
	ew_number(&w->out, "Actual Loops", "%.0f", (double) c->loops);
	if (c->probes > 0)
		ew_number(&w->out, "Probes", "%.0f", (double) c->probes);
}

static void
node_group(struct writer *w, const struct plan *p, const char *relation)
{
	ew_open(&w->out, "Plan", relation == NULL ? "Plan" : NULL, false);
	node_words(w, p, relation);
	node_numbers(w, p);
	node_properties(w, p);
	if (has_children(w, p)) {
		ew_open(&w->out, "Plans", "Plans", true);
		children(w, p);
		ew_close(&w->out, "Plans", true);
	}
	ew_close(&w->out, "Plan", false);
}

static void
node(struct writer *w, const struct plan *p, const char *relation)
{
	if (w->o->format == EXPLAIN_TEXT)
		node_text(w, p);
	else
		node_group(w, p, relation);
}

/* -- The whole ------------------------------------------------------------------------------------------------ */

static void
summary(struct writer *w, const struct explain_times *t)
{
	const char *unit = w->o->format == EXPLAIN_TEXT ? "%.3f ms" : "%.3f";

	if (w->o->summary && t != NULL)
		ew_number(&w->out, "Planning Time", unit, t->planning_ms);
	if (w->o->analyze && w->o->format != EXPLAIN_TEXT) {
		ew_open(&w->out, "Triggers", "Triggers", true);
		ew_close(&w->out, "Triggers", true);
	}
	if (w->o->summary && w->o->analyze && t != NULL)
		ew_number(&w->out, "Execution Time", unit, t->execution_ms);
}

void
plan_explain(const struct plan_stmt *s, const struct explain_options *o,
	     const struct plan_counts *counts, const struct explain_times *times, struct strbuf *to)
{
	struct writer w = { .out = { .to = to, .format = o->format }, .stmt = s, .o = o, .counts = counts };

	if (o->format == EXPLAIN_TEXT) {
		node(&w, s->root, NULL);
		summary(&w, times);
		return;
	}
	ew_begin(&w.out);
	ew_open(&w.out, "Query", NULL, false);
	node(&w, s->root, NULL);
	summary(&w, times);
	ew_close(&w.out, "Query", false);
	ew_end(&w.out);
}
