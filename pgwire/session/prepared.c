/* prepared.c - statements kept by name: by Parse and by PREPARE, in one list. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/type/text.h"

int
prepared_new(struct session *s, const char *name, const char *text, int ntypes, const oid_t *types,
             struct prepared **ret, struct err *e)
{
	struct prepared *p = calloc(1, sizeof *p);
	struct list raws = { 0 };

	if (p == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	p->refs = 1;
	p->name = arena_strdup(&p->arena, name);
	p->text = arena_strdup(&p->arena, text);
	p->created = s->stmt_now;
	p->ndeclared = ntypes;
	p->declared = arena_dup(&p->arena, types != NULL ? types : (const oid_t[1]) { 0 },
	                        (size_t) (ntypes == 0 ? 1 : ntypes) * sizeof *types);
	int rc = utf8_check(p->text, strlen(p->text), e);
	if (rc == ERR_OK)
		rc = sql_parse(&p->arena, p->text, &raws, e);
	if (rc == ERR_OK && raws.n > 1)
		rc = err_set(e, ERR_SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement");
	if (rc == ERR_OK && raws.n == 1) {
		p->raw = LIST_AT(const struct raw_stmt, &raws, 0);
		p->info = *raw_stmt_info(p->raw);
	}
	if (rc != ERR_OK)
		prepared_unref(&p);
	else
		*ret = p;
	return rc;
}

void
prepared_unref(struct prepared **p)
{
	if (*p != NULL && --(*p)->refs == 0) {
		analysis_unref(&(*p)->a);
		arena_done(&(*p)->arena);
		free(*p);
	}
	*p = NULL;
}

struct prepared *
prepared_find(struct session *s, const char *name)
{
	for (struct prepared *p = s->prepared; p != NULL; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

int
prepared_get(struct session *s, const char *name, struct prepared **ret, struct err *e)
{
	struct prepared *p = prepared_find(s, name);

	if (p != NULL) {
		*ret = p;
		return ERR_OK;
	}
	if (*name == '\0')
		err_set(e, ERR_UNDEFINED_PSTATEMENT, "unnamed prepared statement does not exist");
	else
		err_set(e, ERR_UNDEFINED_PSTATEMENT, "prepared statement \"%s\" does not exist", name);
	e->routine = "FetchPreparedStatement";
	return e->code;
}

int
prepared_keep(struct session *s, struct prepared *p, struct err *e)
{
	if (*p->name == '\0')
		prepared_drop(s, "");
	else if (prepared_find(s, p->name) != NULL)
		return err_set(e, ERR_DUPLICATE_PSTATEMENT, "prepared statement \"%s\" already exists", p->name);
	p->next = s->prepared;
	s->prepared = p;
	return ERR_OK;
}

void
prepared_drop(struct session *s, const char *name)
{
	for (struct prepared **at = &s->prepared; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0) {
			struct prepared *p = *at;
			*at = p->next;
			prepared_unref(&p);
			return;
		}
}

void
prepared_drop_all(struct session *s)
{
	while (s->prepared != NULL) {
		struct prepared *p = s->prepared;
		s->prepared = p->next;
		prepared_unref(&p);
	}
}

/* May the old result description stand for the new one? */
static bool
same_shape(const struct analysis *a, const struct analysis *b)
{
	if (a->returns_rows != b->returns_rows || a->shape.ncols != b->shape.ncols)
		return false;
	for (int i = 0; i < a->shape.ncols; i++)
		if (a->shape.cols[i].type->oid != b->shape.cols[i].type->oid ||
		    a->shape.cols[i].typmod != b->shape.cols[i].typmod ||
		    strcmp(a->shape.cols[i].name, b->shape.cols[i].name) != 0)
			return false;
	return true;
}

int
prepared_analysis(struct session *s, struct prepared *p, struct analysis **ret, struct err *e)
{
	struct analysis *fresh;

	if (p->a != NULL && analysis_is_current(s, p->a)) {
		*ret = p->a;
		return ERR_OK;
	}
	/* Once inferred, parameters keep their types: the client was told. */
	int n = p->a != NULL ? p->a->nparams : p->ndeclared;
	const oid_t *types = p->a != NULL ? p->a->param_oids : p->declared;
	int rc = analysis_new(s, p->raw, p->text, true, n, types, &fresh, e);
	if (rc != ERR_OK)
		return rc;
	if (p->a != NULL && !same_shape(p->a, fresh)) {
		analysis_unref(&fresh);
		err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
		e->routine = "RevalidateCachedQuery";
		return e->code;
	}
	analysis_unref(&p->a);
	p->a = fresh;
	*ret = fresh;
	return ERR_OK;
}

/* -- Plans for one execution ---------------------------------------------------------------------------- */

enum {
	GENERAL_FIRST_COST = 2000,      /* below it another plan cannot save what it takes to make it */
	CUSTOM_TRIES = 5,
};

/* As PostgreSQL does: some executions have plans of their own; the general one is used from then on,
 * unless those were cheaper. */
static bool
wants_custom(struct session *s, const struct prepared *p, const struct exec_params *values)
{
	enum { AUTO, GENERIC, CUSTOM };
	const int64_t mode = settings_int(&s->settings, SET_plan_cache_mode);

	if (values->n == 0 || p->a == NULL || p->a->plan == NULL || p->a->stmt->kind != STMT_QUERY ||
	    mode == GENERIC)
		return false;
	const double cost = p->a->plan->root->cost;
	return mode == CUSTOM || (cost > GENERAL_FIRST_COST && (p->ncustom < CUSTOM_TRIES || cost > p->custom_cost / p->ncustom));
}

int
prepared_custom(struct session *s, struct prepared *p, const struct exec_params *values, struct analysis **ret,
                struct err *e)
{
	*ret = NULL;
	if (!wants_custom(s, p, values))
		return ERR_OK;
	int rc = analysis_for(s, p->a, p->text, values, ret, e);
	if (rc != ERR_OK)
		return rc;
	if (!same_shape(p->a, *ret)) {
		analysis_unref(ret);
		return ERR_OK;
	}
	p->ncustom++;
	p->custom_cost += (*ret)->plan->root->cost;
	return ERR_OK;
}
