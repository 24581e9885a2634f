/* startup.c - decoding the startup message.
 *
 * These bytes come from a stranger: nobody is authenticated yet and no TLS may be in force.
 * So the parser allocates nothing, keeps a fixed limit on parameters, and refuses a message
 * with a byte left over; a client that pads is a client probing for overflows.
 *
 * Not here: TLS and cancel requests (request.c), what parameters mean (the session). */
#include "config.h"
#include "pgwire/proto/startup.h"

#include <string.h>

#include "pgwire/proto/reader.h"

static int
parse_replication(const char *value, bool *ret, struct err *e)
{
	static const char *const yes[] = { "true", "on", "yes", "1", "database" };
	static const char *const no[] = { "false", "off", "no", "0" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (strcmp(value, yes[i]) == 0) {
			*ret = true;
			return ERR_OK;
		}
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (strcmp(value, no[i]) == 0)
			return ERR_OK;
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"replication\": \"%s\"", value);
}

static int
take_param(struct startup *s, const char *name, const char *value, struct err *e)
{
	if (strcmp(name, "user") == 0)
		s->user = value;
	else if (strcmp(name, "database") == 0)
		s->database = value;
	else if (strcmp(name, "options") == 0)
		s->options = value;
	else if (strcmp(name, "replication") == 0)
		return parse_replication(value, &s->replication, e);
	else if (strncmp(name, "_pq_.", 5) == 0)
		s->unknown[s->nunknown++] = name;
	else
		s->params[s->nparams++] = (struct startup_param) { name, value };
	return ERR_OK;
}

int
startup_parse(const void *body, size_t len, struct startup *ret, struct err *e)
{
	struct reader r = reader_make(body, len);
	struct startup s = { .version = reader_u32(&r) };
	unsigned major = s.version >> 16, minor = s.version & 0xffff;

	if (major != PROTOCOL_MAJOR)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
		               "unsupported frontend protocol %u.%u: server supports %d.0 to %d.%d",
		               major, minor, PROTOCOL_MAJOR, PROTOCOL_MAJOR, PROTOCOL_MINOR);
	for (int n = 0; ; n++) {
		const char *name = reader_str(&r);
		if (*name == '\0')
			break;          /* the terminator, or a bad reader */
		const char *value = reader_str(&r);
		if (n == STARTUP_PARAM_MAX)
			return err_set(e, ERR_PROTOCOL_VIOLATION, "more than %d startup parameters",
			               STARTUP_PARAM_MAX);
		int rc = take_param(&s, name, value, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (!reader_done(&r))
		return err_set(e, ERR_PROTOCOL_VIOLATION,
		               "invalid startup packet layout: expected terminator as last byte");
	if (s.user == NULL || *s.user == '\0')
		return err_set(e, ERR_INVALID_AUTHORIZATION_SPECIFICATION,
		               "no PostgreSQL user name specified in startup packet");
	if (s.database == NULL || *s.database == '\0')
		s.database = s.user;
	s.negotiate = minor > PROTOCOL_MINOR || s.nunknown > 0;
	*ret = s;
	return ERR_OK;
}

enum { OPTION_LEN_MAX = 8192 };

/* The next word, blanks separating, backslash taking the next byte as it is. */
static bool
next_word(const char **p, char word[OPTION_LEN_MAX])
{
	const char *at = *p;
	size_t n = 0;

	while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
		at++;
	if (*at == '\0')
		return false;
	while (*at != '\0' && *at != ' ' && !(*at >= '\t' && *at <= '\r') && n < OPTION_LEN_MAX - 1) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		word[n++] = *at++;
	}
	word[n] = '\0';
	*p = at;
	return true;
}

int
startup_options(const char *options, int (*fn)(void *arg, const char *name, const char *value, struct err *e),
                void *arg, struct err *e)
{
	char word[OPTION_LEN_MAX];

	while (next_word(&options, word)) {
		char *name = word;
		bool is_long = strncmp(word, "--", 2) == 0;
		if (is_long) {
			name = word + 2;
		} else if (strcmp(word, "-c") == 0) {
			if (!next_word(&options, word))
				return err_set(e, ERR_SYNTAX_ERROR, "-c requires a value");
		} else if (strncmp(word, "-c", 2) == 0) {
			name = word + 2;
		} else {
			return err_set(e, ERR_SYNTAX_ERROR, "invalid command-line argument for server process: %s", word);
		}
		char *equals = strchr(name, '=');
		if (equals == NULL)
			return err_set(e, ERR_SYNTAX_ERROR, is_long ? "--%s requires a value" : "-c %s requires a value",
			               name);
		*equals = '\0';
		for (char *c = name; *c != '\0'; c++)
			if (*c == '-')
				*c = '_';
		int rc = fn(arg, name, equals + 1, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}
