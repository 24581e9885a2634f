/* logging.c - what of a session's statements goes to the server log. */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

enum { LOG_STATEMENT_NONE, LOG_STATEMENT_DDL, LOG_STATEMENT_MOD, LOG_STATEMENT_ALL };

static bool
begins(const char *tag, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(tag, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

void
log_statement(struct session *s, const struct raw_stmt_info *info, const char *text)
{
	static const char *const ddl[] = { "CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "REINDEX" };
	static const char *const mod[] = { "INSERT", "UPDATE", "DELETE", "TRUNCATE", "COPY", "MERGE" };
	int64_t level = settings_int(&s->settings, SET_log_statement);

	if (level == LOG_STATEMENT_NONE)
		return;
	if (level == LOG_STATEMENT_ALL || begins(info->tag, ddl, ARRAY_LEN(ddl)) ||
	    (level == LOG_STATEMENT_MOD && begins(info->tag, mod, ARRAY_LEN(mod))))
		log_write(LOG_LOG, "[%d] statement: %s", s->pid, text);
}

void
log_duration(struct session *s, const char *text, int64_t began_us)
{
	int64_t min = settings_int(&s->settings, SET_log_min_duration_statement);

	if (min < 0 && !settings_bool(&s->settings, SET_log_duration))
		return;
	double ms = (double) (conn_clock() - began_us) / 1000;
	if (min >= 0 && ms >= (double) min)
		log_write(LOG_LOG, "[%d] duration: %.3f ms  statement: %s", s->pid, ms, text);
	else if (settings_bool(&s->settings, SET_log_duration))
		log_write(LOG_LOG, "[%d] duration: %.3f ms", s->pid, ms);
}
