/* test_settings.c - values as PostgreSQL reads and shows them, and the fate of SET. */
#include "config.h"
#include "core/base/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/tap.h"

static const struct setting_change user = { .as = CTX_USER, .source = SOURCE_SESSION, .transactional = true };
static const struct setting_change local = { .as = CTX_USER, .source = SOURCE_SESSION, .transactional = true,
                                             .local = true };

/* name, value, what SHOW answers (NULL: refused), SQLSTATE, message, detail or hint */
static const struct {
	const char *name, *value, *shown, *state, *message, *more;
} cases[] = {
	{ "work_mem", "64MB", "64MB", NULL, NULL, NULL },
	{ "WORK_MEM", "2097152kB", "2GB", NULL, NULL, NULL },
	{ "work_mem", "1", NULL, "22023",
	  "1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)", NULL },
	{ "work_mem", "64XB", NULL, "22023", "invalid value for parameter \"work_mem\": \"64XB\"",
	  "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"." },
	{ "work_mem", "abc", NULL, "22023", "invalid value for parameter \"work_mem\": \"abc\"", NULL },
	{ "statement_timeout", "30s", "30s", NULL, NULL, NULL },
	{ "statement_timeout", "1.5min", "90s", NULL, NULL, NULL },
	{ "statement_timeout", "90 s", "90s", NULL, NULL, NULL },
	{ "statement_timeout", "0x10", "16ms", NULL, NULL, NULL },
	{ "statement_timeout", "1e3", "1s", NULL, NULL, NULL },
	{ "statement_timeout", "0", "0", NULL, NULL, NULL },
	{ "statement_timeout", "9999999999", NULL, "22023",
	  "invalid value for parameter \"statement_timeout\": \"9999999999\"", "Value exceeds integer range." },
	{ "statement_timeout", "-1", NULL, "22023",
	  "-1 ms is outside the valid range for parameter \"statement_timeout\" (0 .. 2147483647)", NULL },
	{ "statement_timeout", "10 MB", NULL, "22023", "invalid value for parameter \"statement_timeout\": \"10 MB\"",
	  "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"." },
	{ "statement_timeout", "", NULL, "22023", "invalid value for parameter \"statement_timeout\": \"\"", NULL },
	{ "port", "1", NULL, "55P02", "parameter \"port\" cannot be changed without restarting the server", NULL },
	{ "log_connections", "on", NULL, "55P02",
	  "parameter \"log_connections\" cannot be set after connection start", NULL },
	{ "server_version", "1", NULL, "55P02", "parameter \"server_version\" cannot be changed", NULL },
	{ "autovacuum", "off", NULL, "55P02", "parameter \"autovacuum\" cannot be changed now", NULL },
	{ "log_statement", "all", NULL, "42501", "permission denied to set parameter \"log_statement\"", NULL },
	{ "extra_float_digits", "9", NULL, "22023",
	  "9 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)", NULL },
	{ "client_min_messages", "bogus", NULL, "22023", "invalid value for parameter \"client_min_messages\": \"bogus\"",
	  "Available values: debug5, debug4, debug3, debug2, debug1, log, notice, warning, error." },
	{ "client_min_messages", "debug", "debug2", NULL, NULL, NULL },
	{ "client_min_messages", "WARNING", "warning", NULL, NULL, NULL },
	{ "enable_seqscan", "maybe", NULL, "22023", "parameter \"enable_seqscan\" requires a Boolean value", NULL },
	{ "enable_seqscan", "f", "off", NULL, NULL, NULL },
	{ "nosuch", "1", NULL, "42704", "unrecognized configuration parameter \"nosuch\"", NULL },
	{ "a.b", "1", "1", NULL, NULL, NULL },
	{ "a.1b", "1", NULL, "42602", "invalid configuration parameter name \"a.1b\"",
	  "Custom parameter names must be two or more simple identifiers separated by dots." },
	{ "cpu_tuple_cost", "-1", NULL, "22023",
	  "-1 is outside the valid range for parameter \"cpu_tuple_cost\" (0 .. 1.79769e+308)", NULL },
	{ "cpu_tuple_cost", "x", NULL, "22023", "invalid value for parameter \"cpu_tuple_cost\": \"x\"", NULL },
	{ "cpu_tuple_cost", "0.25", "0.25", NULL, NULL, NULL },
	{ "synchronous_commit", "true", "on", NULL, NULL, NULL },
	{ "synchronous_commit", "local", "local", NULL, NULL, NULL },
	{ "application_name", "a\tü", "a???", NULL, NULL, NULL },
	{ "default_transaction_isolation", "read uncommitted", "read uncommitted", NULL, NULL, NULL },
	{ "default_transaction_isolation", "x", NULL, "22023",
	  "invalid value for parameter \"default_transaction_isolation\": \"x\"",
	  "Available values: serializable, repeatable read, read committed, read uncommitted." },
	{ "standard_conforming_strings", "off", NULL, "0A000",
	  "parameter \"standard_conforming_strings\" cannot be set to \"off\"", "Only \"on\" is supported." },
};

static const char *
show(const struct settings *s, const char *name)
{
	static struct strbuf b;
	struct err e = { 0 };
	int id = settings_id(s, name, &e);

	strbuf_done(&b);
	strbuf_init(&b, NULL);
	if (id >= 0)
		settings_show(s, id, &b);
	return b.data;
}

static void
set(struct settings *s, const char *name, const char *value, const struct setting_change *how)
{
	struct err e = { 0 };

	if (settings_set(s, name, value, how, &e) != ERR_OK)
		bail("SET %s = %s: %s", name, value, e.message);
}

static void
test_values(const struct settings *base)
{
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct settings s;
		struct err e = { 0 };
		const char *more;
		settings_init(&s, base);
		int rc = settings_set(&s, cases[i].name, cases[i].value, &user, &e);
		if (cases[i].shown != NULL) {
			is_str(cases[i].shown, rc == ERR_OK ? show(&s, cases[i].name) : e.message,
			       "%s = %s", cases[i].name, cases[i].value);
		} else {
			is_str(cases[i].state, err_sqlstate(rc), "%s = %s: state", cases[i].name, cases[i].value);
			is_str(cases[i].message, e.message, "%s = %s: message", cases[i].name, cases[i].value);
			more = e.hint[0] != '\0' ? e.hint : e.detail[0] != '\0' ? e.detail : NULL;
			is_str(cases[i].more, more, "%s = %s: more", cases[i].name, cases[i].value);
		}
		settings_done(&s);
	}
}

static void
test_transactions(const struct settings *base)
{
	struct settings s;

	settings_init(&s, base);
	set(&s, "work_mem", "1MB", &user);
	settings_rollback_to(&s, 0);
	is_str("4MB", show(&s, "work_mem"), "rollback undoes SET");
	set(&s, "work_mem", "1MB", &user);
	settings_commit(&s);
	is_str("1MB", show(&s, "work_mem"), "commit keeps SET");
	set(&s, "work_mem", "2MB", &local);
	is_str("2MB", show(&s, "work_mem"), "SET LOCAL holds");
	settings_commit(&s);
	is_str("1MB", show(&s, "work_mem"), "... until the end");
	set(&s, "work_mem", "3MB", &user);
	set(&s, "work_mem", "2MB", &local);
	settings_commit(&s);
	is_str("3MB", show(&s, "work_mem"), "SET under SET LOCAL stays");
	set(&s, "work_mem", "2MB", &local);
	set(&s, "work_mem", "5MB", &user);
	settings_commit(&s);
	is_str("5MB", show(&s, "work_mem"), "SET after SET LOCAL stays");
	set(&s, "work_mem", "6MB", &user);
	size_t mark = settings_mark(&s);
	set(&s, "work_mem", "7MB", &user);
	set(&s, "my.own", "x", &user);
	settings_rollback_to(&s, mark);
	is_str("6MB", show(&s, "work_mem"), "rollback to a savepoint");
	is_str("", show(&s, "my.own"), "a custom one is gone, too");
	settings_rollback_to(&s, 0);
	is_str("5MB", show(&s, "work_mem"), "... and of all");
	settings_reset_all(&s, true);
	is_str("4MB", show(&s, "work_mem"), "RESET ALL");
	settings_commit(&s);
	settings_done(&s);
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	if (f == NULL)
		bail("cannot write %s", path);
	fputs(text, f);
	fclose(f);
}

static void
test_files(void)
{
	char dir[] = "settings.XXXXXX";
	struct settings base, s;
	struct err e = { 0 };

	if (mkdtemp(dir) == NULL)
		bail("mkdtemp");
	write_file(dir, "ormdb.conf", "# comment\nwork_mem = 8MB # more\nlock_timeout 5s\n"
	           "search_path = '\"$user\", o''hara'\ninclude 'more.conf'\ninclude_if_exists 'none.conf'\n");
	write_file(dir, "more.conf", "work_mem=16MB\nmyapp.x = 'y'\n");
	settings_init(&base, NULL);
	is_int(ERR_OK, settings_load(&base, dir, false, &e), "load: %s", e.message);
	settings_init(&s, &base);
	is_str("16MB", show(&s, "work_mem"), "the include wins");
	is_str("5s", show(&s, "lock_timeout"), "no equals sign");
	is_str("\"$user\", o'hara", show(&s, "search_path"), "quotes");
	is_str("y", show(&s, "myapp.x"), "a custom one");
	is_int(ERR_OK, settings_file_alter(dir, "work_mem", "32MB", &e), "alter system");
	is_int(ERR_OK, settings_file_alter(dir, "lock_timeout", "it's", &e), "alter system, quote");
	is_int(ERR_OK, settings_file_alter(dir, "lock_timeout", NULL, &e), "alter system reset");
	is_int(ERR_OK, settings_load(&base, dir, true, &e), "reload: %s", e.message);
	ok(settings_follow_base(&s), "the session follows");
	is_str("32MB", show(&s, "work_mem"), "... the new value");
	ok(!settings_follow_base(&s), "... once");
	settings_done(&s);
	settings_done(&base);

	static const struct { const char *text, *message; } bad[] = {
		{ "work_mem 1 2\n", "line 1, near token \"2\"" },
		{ "\nwork_mem = 'x\n", "line 2, near token \"'x\"" },
		{ "work_mem =\n", "line 1, near end of line" },
		{ "1x = 2\n", "line 1, near token \"1x\"" },
		{ "nosuch = 2\n", "unrecognized configuration parameter \"nosuch\"" },
		{ "include 'ormdb.conf'\n", "maximum nesting depth exceeded" },
	};
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err err = { 0 };
		write_file(dir, "ormdb.conf", bad[i].text);
		settings_init(&base, NULL);
		is_int(ERR_CONFIG_FILE_ERROR, settings_load(&base, dir, false, &err), "%s: refused", bad[i].text);
		ok(strstr(err.message, bad[i].message) != NULL, "%s", err.message);
		settings_done(&base);
	}
	char command[256];
	snprintf(command, sizeof command, "rm -r %s", dir);
	if (system(command) != 0)
		diag("%s is left behind", dir);
}

int
main(void)
{
	struct settings base;

	settings_init(&base, NULL);
	test_values(&base);
	test_transactions(&base);
	settings_done(&base);
	test_files();
	return tap_done();
}
