/* explain_write.h - properties and groups of properties, as text, JSON, XML or YAML.
 *
 * Internal to core/plan.  Owner     the caller's; strings are copied out at once.
 * Thread    one.  Failure   none (strbuf's).  Cost: printing. */
#ifndef CORE_PLAN_EXPLAIN_WRITE_H
#define CORE_PLAN_EXPLAIN_WRITE_H

#include "core/base/strbuf.h"
#include "core/plan/explain.h"

struct explain_writer {
	struct strbuf *to;
	enum explain_format format;
	int  indent;
	bool first;             /* nothing yet in the group: no comma; YAML: on this line */
};

void ew_begin(struct explain_writer *w);        /* the document: not for text */
void ew_end(struct explain_writer *w);
/* A group of properties or, `list`, of groups.  `name` is what XML calls it; `key`: under which it stands
 * in its group, NULL in a list.  Text has no groups. */
void ew_open(struct explain_writer *w, const char *name, const char *key, bool list);
void ew_close(struct explain_writer *w, const char *name, bool list);

void ew_string(struct explain_writer *w, const char *key, const char *value);
/* Numbers and booleans: as it stands. */
void ew_plain(struct explain_writer *w, const char *key, const char *value);
void ew_number(struct explain_writer *w, const char *key, const char *fmt, double v);
void ew_strings(struct explain_writer *w, const char *key, int n, char *const *values);

#endif
