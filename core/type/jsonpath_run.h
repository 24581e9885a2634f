/* jsonpath_run.h - the state of a running path; between jsonpath_run.c, jsonpath_pred.c and
 * jsonpath_method.c.
 *
 * Owner     items live on the run's arena.  Thread: one.
 * Failure   a run returns enum jp_status; JP_FAILED has set *e, or not when errors are quiet.
 * Cost      as jsonpath.h. */
#ifndef CORE_TYPE_JSONPATH_RUN_H
#define CORE_TYPE_JSONPATH_RUN_H

#include "core/type/datetime.h"
#include "core/type/jsonpath.h"

/* A value met on the way: JSON text, or a date or time that .datetime() made. */
struct jp_item {
	struct json_val v;
	oid_t type;                     /* of a date or time; 0: JSON */
	int64_t t;                      /* its value */
	int  zone;                      /* timetz: seconds west of UTC */
};

struct jp_list {
	struct jp_item *at;
	int  n, cap;
};

enum jp_status { JP_OK, JP_NOT_FOUND, JP_FAILED };
enum jp_bool { JP_FALSE, JP_TRUE, JP_UNKNOWN };

struct jp_exec {
	const struct jsonpath_run *run;
	struct arena *a;
	bool lax;
	bool ignore_structure;          /* structural errors are no errors now */
	bool quiet;                     /* errors are not told */
	bool fatal;                     /* a failure that no silence hides */
	const struct jp_item *current;  /* @ */
	int64_t last;                   /* of the innermost subscripted array */
	struct err *e;
};

/* An error of the path: told, or only JP_FAILED. */
enum jp_status jp_fail(struct jp_exec *x, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* *e is set already. */
enum jp_status jp_fail_set(struct jp_exec *x, struct err *e);

/* found NULL: whether there is a result is all that is asked. */
enum jp_status jp_eval(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
		       struct jp_list *found);
enum jp_status jp_eval_with(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
			    struct jp_list *found, bool unwrap);
/* All results, arrays among them replaced by their elements where `unwrap` and lax. */
enum jp_status jp_eval_list(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
			    bool unwrap, struct jp_list *found);
enum jp_status jp_eval_list_quiet(struct jp_exec *x, const struct jp_node *n,
				  const struct jp_item *in, bool unwrap, struct jp_list *found);
/* The accessor after n, or the end of the chain. */
enum jp_status jp_next_item(struct jp_exec *x, const struct jp_node *n, const struct jp_item *v,
			    struct jp_list *found);
void jp_list_add(struct jp_exec *x, struct jp_list *l, const struct jp_item *v);
struct jp_item jp_json(const char *p, size_t len);
struct jp_item jp_text(struct jp_exec *x, const char *s, size_t len);  /* a string */
struct jp_item jp_number(struct jp_exec *x, numeric_t n);
numeric_t jp_numeric(struct jp_exec *x, const struct jp_item *v);      /* of a JSON number */
/* The characters of a JSON string. */
void jp_string(struct jp_exec *x, const struct jp_item *v, const char **ret, size_t *ret_len);
enum json_kind jp_kind(const struct jp_item *v);
static inline bool
jp_is(const struct jp_item *v, enum json_kind k)
{
	return v->type == 0 && jp_kind(v) == k;
}

/* jsonpath_pred.c */
enum jp_bool jp_eval_bool(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in);

/* jsonpath_method.c */
enum jp_status jp_eval_method(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
			      struct jp_list *found, bool unwrap);
enum jp_status jp_eval_arith(struct jp_exec *x, const struct jp_node *n, const struct jp_item *in,
			     struct jp_list *found);
/* -1, 0, 1; or 2: not comparable; or 3: only with a time zone (an error has been told). */
int  jp_cmp_datetime(struct jp_exec *x, const struct jp_item *a, const struct jp_item *b);
/* The elements of an array, one after the other, through n. */
enum jp_status jp_eval_elements(struct jp_exec *x, const struct jp_node *n,
				const struct jp_item *in, struct jp_list *found, bool unwrap);

#endif
