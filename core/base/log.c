/* log.c - server log lines: time, process, level, text. */
#include "config.h"
#include "core/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum log_level log_min_level = LOG_LOG;

void
log_write(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = {
		"DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC"
	};
	char line[4096];
	struct timeval now;
	struct tm tm;
	va_list ap;

	if (level < log_min_level)
		return;
	gettimeofday(&now, NULL);
	gmtime_r(&now.tv_sec, &tm);
	size_t n = strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S", &tm);
	n += (size_t) snprintf(line + n, sizeof line - n, ".%03d UTC [%d] %s:  ",
	                       (int) (now.tv_usec / 1000), (int) getpid(), names[level]);
	va_start(ap, fmt);
	int m = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
	va_end(ap);
	n += m < 0 ? 0 : (size_t) m;
	if (n > sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
