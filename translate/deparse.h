/* deparse.h - what the files that turn bound trees back into SQL share. */
#ifndef TRANSLATE_DEPARSE_H
#define TRANSLATE_DEPARSE_H

#include "translate/bind.h"

struct deparse {
	struct strbuf *to;
	const struct catalog *catalog;
	struct type_env env; /* for showing constants */
	bool qualify;        /* columns with their range's alias */
	/* The search path of who reads the text: names found there stand alone.  NULL: it is to be
	 * kept, and will be read with pg_catalog and public on the path. */
	const oid_t *path;
	int npath;
	int indent;
	bool lines; /* within a query: CASE takes several lines */
	int case_depth;
	bool names_visible;         /* result columns' names matter: "?column?" is shown */
	const struct query *result; /* whose column names the parts of a set operation take */
	const struct query *query;  /* being shown */
};

void deparse_expr(struct deparse *d, const struct expr *x);
/* An item of a list that a star would expand in: a whole row says its type. */
void deparse_item(struct deparse *d, const struct expr *x);
/* label: 1 always with its type, 0 where needed, -1 never. */
void deparse_const(struct deparse *d, const struct expr *x, int label);
void deparse_hidden(struct deparse *d, const struct expr *x);
void deparse_key(struct deparse *d, const struct expr *x);
/* "schema." where a name without it would not be found. */
void deparse_schema(struct deparse *d, enum object_class class, oid_t schema, const char *name);
void deparse_type(struct deparse *d, const struct type *t, int32_t typmod);
void deparse_select(struct deparse *d, const struct query *q);
void deparse_write(struct deparse *d, const struct query *q);       /* INSERT, UPDATE, DELETE */
/* What of a statement deparse_write() cannot show, in words; NULL: nothing. */
const char *deparse_refuses(const struct query *q);
void deparse_newline(struct deparse *d, int shift);
void deparse_from(struct deparse *d, const struct from *f);
void deparse_targets(struct deparse *d, const struct query *q);
void deparse_sort(struct deparse *d, const struct list *keys);
void deparse_window(struct deparse *d, const struct window *w);
const struct relation *deparse_relation_now(struct deparse *d, const struct relation *rel);
const char *deparse_column_name(struct deparse *d, const struct range *r, int col);
void deparse_relation_name(struct deparse *d, const struct relation *rel);
const char *deparse_range_name(struct deparse *d, const struct range *r);

#endif
