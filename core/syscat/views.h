/* views.h - definitions of system views, in SQL.  Owner: static.  Thread: any. */
#ifndef CORE_SYSCAT_VIEWS_H
#define CORE_SYSCAT_VIEWS_H

/* NULL: not a view (its rows are produced, or it has none). */
const char *system_view_sql(const char *name);
/* Those of information_schema over routines, domains and privileges (infoviews.c). */
const char *information_view_sql(const char *name);

#endif
