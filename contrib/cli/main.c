/* main.c - the command line of ormdb: which command, which options, what they mean.
 *
 * Not here: what the commands do (init.c, control.c, verify.c, restore.c). */
#include "config.h"
#include "contrib/cli/cli.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command {
	const char *name;
	int (*run)(const struct options *o);
	const char *shortopts;          /* what this command takes */
	const char *synopsis, *what;
} commands[] = {
	{ "init", init_run, "D:U:A:Ws",
	  "init -D DIR [-U NAME] [-A METHOD] [--pwfile=FILE | -W] [-s]", "create a data directory" },
	{ "start", control_start, "D:l:o:t:p:wWs",
	  "start -D DIR [-l LOG] [-o OPTIONS] [-t SECONDS] [-p PATH] [-W] [-s]", "start the server" },
	{ "stop", control_stop, "D:m:t:wWs",
	  "stop -D DIR [-m MODE] [-t SECONDS] [-W] [-s]", "stop the server" },
	{ "restart", control_restart, "D:l:o:t:p:m:wWs",
	  "restart -D DIR [-m MODE] [-l LOG] [-o OPTIONS] [-t SECONDS] [-p PATH] [-W] [-s]",
	  "stop, then start" },
	{ "reload", control_reload, "D:s",
	  "reload -D DIR [-s]", "read ormdb.conf and hba.conf again" },
	{ "status", control_status, "D:",
	  "status -D DIR", "say whether a server runs" },
	{ "backup", backup_run, "D:d:U:s",
	  "backup -D DIR [-d CONNINFO] [-U NAME] [-s] TARGET", "copy the data directory of a running server" },
	{ "restore", restore_run, "D:s",
	  "restore -D DIR [-s] BACKUP", "make a data directory from a backup" },
	{ "verify", verify_run, "D:d:U:p:s",
	  "verify -D DIR [-d CONNINFO] [-U NAME] [-p PATH] [-s]", "look for damage" },
};

enum { OPT_PWFILE = 256, OPT_AUTH_LOCAL, OPT_AUTH_HOST };

static const struct option longopts[] = {
	{ "pgdata", required_argument, NULL, 'D' },
	{ "username", required_argument, NULL, 'U' },
	{ "auth", required_argument, NULL, 'A' },
	{ "auth-local", required_argument, NULL, OPT_AUTH_LOCAL },
	{ "auth-host", required_argument, NULL, OPT_AUTH_HOST },
	{ "pwfile", required_argument, NULL, OPT_PWFILE },
	{ "dbname", required_argument, NULL, 'd' },
	{ "log", required_argument, NULL, 'l' },
	{ "mode", required_argument, NULL, 'm' },
	{ "options", required_argument, NULL, 'o' },
	{ "timeout", required_argument, NULL, 't' },
	{ "wait", no_argument, NULL, 'w' },
	{ "no-wait", no_argument, NULL, 'W' },
	{ "pwprompt", no_argument, NULL, 'W' },
	{ "silent", no_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

void
complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("ormdb: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
tell(const struct options *o, const char *fmt, ...)
{
	va_list ap;

	if (o->silent)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	fflush(stdout);
}

static void
usage(void)
{
	puts("ormdb creates, starts, stops and looks after an ORMDB server.\n\nUsage:");
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		printf("  ormdb %-70s %s\n", commands[i].synopsis, commands[i].what);
	puts("\nOptions:\n"
	     "  -D DIR             the data directory (default: $PGDATA)\n"
	     "  -U NAME            name of the superuser (default: the user of the system)\n"
	     "  -A METHOD          authentication for all lines of hba.conf:\n"
	     "                     trust, peer, scram-sha-256, password, reject\n"
	     "                     (default: peer on the socket, scram-sha-256 on TCP)\n"
	     "  --auth-local=METHOD, --auth-host=METHOD\n"
	     "                     the same, for the socket or for TCP alone\n"
	     "  --pwfile=FILE      the superuser's password is the first line of FILE\n"
	     "  -W, --pwprompt     (init) ask for the superuser's password\n"
	     "  -m MODE            smart: wait until clients have left; fast (default): roll back\n"
	     "                     and disconnect; immediate: stop at once and recover at the next start\n"
	     "  -d CONNINFO        the server to ask (default: the one that the data directory names)\n"
	     "  -l LOG             append the server's log to LOG\n"
	     "  -o OPTIONS         options of ormdbd, as for a shell\n"
	     "  -p PATH            the ormdbd to run (default: the one beside ormdb)\n"
	     "  -t SECONDS         how long to wait (default: 60)\n"
	     "  -w, -W             wait (default), or do not\n"
	     "  -s                 say only what goes wrong\n"
	     "  --help, --version");
}

static bool
is_method(const char *method)
{
	static const char *const known[] = {
		"trust", "reject", "peer", "password", "scram-sha-256",
	};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i], method) == 0)
			return true;
	complain("invalid authentication method \"%s\"", method);
	return false;
}

static bool
set_mode(struct options *o, const char *mode)
{
	if (strcmp(mode, "s") == 0 || strcmp(mode, "smart") == 0)
		o->stop_signal = SIGTERM;
	else if (strcmp(mode, "f") == 0 || strcmp(mode, "fast") == 0)
		o->stop_signal = SIGINT;
	else if (strcmp(mode, "i") == 0 || strcmp(mode, "immediate") == 0)
		o->stop_signal = SIGQUIT;
	else {
		complain("unrecognized shutdown mode \"%s\"", mode);
		return false;
	}
	return true;
}

static bool
set_timeout(struct options *o, const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (end == text || *end != '\0' || seconds < 0 || seconds > INT_MAX / 1000) {
		complain("invalid timeout \"%s\"", text);
		return false;
	}
	o->timeout = (int) seconds;
	return true;
}

static bool
set_option(struct options *o, const struct command *c, int opt, const char *arg)
{
	bool init = c->run == init_run;

	if (opt < 256 && strchr(c->shortopts, opt) == NULL)
		return false;
	if (opt >= 256 && !init)
		return false;
	switch (opt) {
	case 'D': o->data = arg; return true;
	case 'd': o->conninfo = arg; return true;
	case 'U': o->user = arg; return true;
	case 'A': o->auth_local = o->auth_host = arg; return is_method(arg);
	case 'l': o->log = arg; return true;
	case 'o': o->server_options = arg; return true;
	case 'p': o->server = arg; return true;
	case 's': o->silent = true; return true;
	case 'w': o->wait = true; return true;
	case 'W': *(init ? &o->prompt : &o->wait) = init; return true;
	case 'm': return set_mode(o, arg);
	case 't': return set_timeout(o, arg);
	case OPT_PWFILE: o->pwfile = arg; return true;
	case OPT_AUTH_LOCAL: o->auth_local = arg; return is_method(arg);
	case OPT_AUTH_HOST: o->auth_host = arg; return is_method(arg);
	default: return false;
	}
}

/* The ormdbd beside this program: the build tree and an installation both have them so. */
static const char *
beside_us(void)
{
	static char path[PATH_MAX + sizeof "ormdbd"];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);

	if (n > 0) {
		path[n] = '\0';
		char *slash = strrchr(path, '/');
		strcpy(slash == NULL ? path : slash + 1, "ormdbd");
		if (access(path, X_OK) == 0)
			return path;
	}
	return "ormdbd";        /* the shell looks in $PATH */
}

static const struct command *
find_command(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct options o = { .wait = true, .timeout = 60, .stop_signal = SIGINT };
	int opt;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
		usage();
		return CLI_OK;
	}
	if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
		puts("ormdb (ORMDB) " PACKAGE_VERSION);
		return CLI_OK;
	}
	const struct command *c = argc > 1 ? find_command(argv[1]) : NULL;
	if (c == NULL) {
		if (argc > 1)
			complain("unrecognized operation mode \"%s\"", argv[1]);
		else
			complain("no operation specified");
		fputs("Try \"ormdb --help\" for more information.\n", stderr);
		return CLI_FAILED;
	}

	o.data = getenv("PGDATA");
	o.server = beside_us();
	if (argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-?") == 0)) {
		printf("%s\n\nUsage:\n  ormdb %s\n", c->what, c->synopsis);
		return CLI_OK;
	}
	argv[1] = argv[0];
	while ((opt = getopt_long(argc - 1, argv + 1, "D:U:A:d:l:o:p:t:m:wWs", longopts, NULL)) != -1)
		if (opt == '?' || !set_option(&o, c, opt, optarg)) {
			fprintf(stderr, "Usage: ormdb %s\n", c->synopsis);
			return CLI_FAILED;
		}
	if (optind < argc - 1 && c->run == init_run && o.data == NULL)
		o.data = argv[1 + optind++];    /* as initdb takes it */
	if (optind < argc - 1 && (c->run == backup_run || c->run == restore_run))
		o.target = argv[1 + optind++];
	if (optind < argc - 1) {
		complain("too many command-line arguments (first is \"%s\")", argv[1 + optind]);
		return CLI_FAILED;
	}
	if (o.target == NULL && (c->run == backup_run || c->run == restore_run)) {
		complain("no backup directory specified");
		fprintf(stderr, "Usage: ormdb %s\n", c->synopsis);
		return CLI_FAILED;
	}
	if ((o.data == NULL || *o.data == '\0') && o.conninfo == NULL) {
		complain("no database directory specified and environment variable PGDATA unset");
		fputs("Try \"ormdb --help\" for more information.\n", stderr);
		return CLI_FAILED;
	}
	return c->run(&o);
}
