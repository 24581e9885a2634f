/* log.h - the server log on stderr, one line a message, in PostgreSQL's form.
 *
 * Thread    any; a line is written with one write(2).
 * Failure   a log that cannot be written is lost; logging never fails its caller. */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include "core/base/attr.h"

enum log_level { LOG_DEBUG, LOG_LOG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERROR, LOG_FATAL, LOG_PANIC };

/* Lines below this level are dropped; LOG_LOG counts as shown unless LOG_FATAL is asked for. */
extern enum log_level log_min_level;

void log_write(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
