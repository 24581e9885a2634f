/* sink.h - where the rows go: COPY text into files, or into a server.
 *
 * Owner     sink_open_*() gives one sink, sink_close() takes it back.
 * Thread    one.
 * Failure   false, after a message on stderr; then only sink_close() is legal.
 * Cost      rows are collected and passed on in pieces of 64 KiB. */
#ifndef CONTRIB_DEMO_SINK_H
#define CONTRIB_DEMO_SINK_H

#include <stdbool.h>

#include "core/base/strbuf.h"

struct sink;

struct sink *sink_open_files(const char *folder);
struct sink *sink_open_server(const char *conninfo);
bool sink_sql(struct sink *s, const char *sql);         /* nothing, with files */
bool sink_sql_file(struct sink *s, const char *path);
bool sink_begin(struct sink *s, const char *table, const char *columns);
bool sink_rows(struct sink *s, struct strbuf *rows, bool force);        /* empties rows */
bool sink_end(struct sink *s);
void sink_close(struct sink *s);

#endif
