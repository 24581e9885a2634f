/* main.c - ormdbd: the command line, the data directory, signals, and who connects.
 *
 * The main thread accepts connections and hears signals; workers (net/loop.c) do the rest.
 *   SIGTERM  smart: no new clients, end when the last has left
 *   SIGINT   fast: end every session, then the server
 *   SIGQUIT  immediate: end at once; the next start recovers
 *   SIGHUP   read the configuration again */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "pgwire/net/listen.h"
#include "pgwire/net/loop.h"
#include "pgwire/session/datadir.h"
#include "pgwire/session/maintainer.h"
#include "pgwire/session/process.h"

struct options {
	const char *data, *user, *pwfile;
	bool bootstrap, verify;
	int  nsettings;
	struct { const char *name, *value; } settings[128];
};

static void NORETURN
usage(void)
{
	puts("ormdbd is the ORMDB server.\n\n"
	     "Usage:\n  ormdbd -D DIR [OPTION]...\n\n"
	     "Options:\n"
	     "  -c NAME=VALUE      set a configuration parameter\n"
	     "  -D DIR             data directory (default: $PGDATA)\n"
	     "  -h NAMES           addresses to listen on\n"
	     "  -k DIRECTORY       directory of the Unix socket\n"
	     "  -N COUNT           maximum number of connections\n"
	     "  -p PORT            port\n"
	     "  --NAME=VALUE       set a configuration parameter\n"
	     "  -V, --version      show the version, then exit\n"
	     "  -?, --help         show this help, then exit\n\n"
	     "Options of ormdb init:\n"
	     "  --bootstrap        make the first contents of a data directory, then exit\n"
	     "  -U NAME            its superuser\n"
	     "  --pwfile=FILE      file with the superuser's password\n\n"
	     "Options of ormdb verify:\n"
	     "  --verify           look for damage, then exit: 0 none, 1 some");
	exit(EXIT_SUCCESS);
}

static void NORETURN
die(const char *fmt, const char *what)
{
	fputs("ormdbd: ", stderr);
	fprintf(stderr, fmt, what);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static void NORETURN
die_of(const struct err *e)
{
	log_write(LOG_FATAL, "%s", e->message);
	if (e->detail[0] != '\0')
		log_write(LOG_FATAL, "DETAIL:  %s", e->detail);
	if (e->hint[0] != '\0')
		log_write(LOG_FATAL, "HINT:  %s", e->hint);
	exit(EXIT_FAILURE);
}

/* -- Command line ----------------------------------------------------------------------------------- */
static void
add_setting(struct options *o, const char *name, const char *value)
{
	if (o->nsettings == (int) ARRAY_LEN(o->settings))
		die("too many settings: %s", name);
	o->settings[o->nsettings].name = name;
	o->settings[o->nsettings++].value = value;
}

/* "name=value", dashes in the name meaning underscores.  The name is a copy that lives as long as
 * the process: `ormdb restart` reads the arguments again from /proc. */
static void
add_pair(struct options *o, const char *pair, const char *option)
{
	const char *equals = strchr(pair, '=');

	if (equals == NULL)
		die("%s requires a value", option);
	char *name = strndup(pair, (size_t) (equals - pair));
	if (name == NULL)
		die("out of memory%s", "");
	for (char *p = name; *p != '\0'; p++)
		if (*p == '-')
			*p = '_';
	add_setting(o, name, equals + 1);
}

/* Long options are ours, or settings. */
static void
long_option(struct options *o, const char *arg)
{
	if (strcmp(arg, "help") == 0)
		usage();
	if (strcmp(arg, "version") == 0) {
		puts("ormdbd (ORMDB) " PACKAGE_VERSION);
		exit(EXIT_SUCCESS);
	}
	if (strcmp(arg, "bootstrap") == 0)
		o->bootstrap = true;
	else if (strcmp(arg, "verify") == 0)
		o->verify = true;
	else if (strncmp(arg, "pwfile=", 7) == 0)
		o->pwfile = arg + 7;
	else
		add_pair(o, arg, arg);
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	*o = (struct options) { .data = getenv("PGDATA") };
	for (int c; (c = getopt(argc, argv, "c:D:h:k:N:p:U:V?-:")) != -1; )
		switch (c) {
		case 'c':
			add_pair(o, optarg, "-c");
			break;
		case 'D':
			o->data = optarg;
			break;
		case 'h':
			add_setting(o, "listen_addresses", optarg);
			break;
		case 'k':
			add_setting(o, "unix_socket_directories", optarg);
			break;
		case 'N':
			add_setting(o, "max_connections", optarg);
			break;
		case 'p':
			add_setting(o, "port", optarg);
			break;
		case 'U':
			o->user = optarg;
			break;
		case 'V':
			long_option(o, "version");
			break;
		case '-':
			long_option(o, optarg);
			break;
		default:
			if (optopt == '?' || optopt == 0)
				usage();
			die("Try \"%s --help\" for more information.", "ormdbd");
		}
	if (optind < argc)
		die("invalid argument: \"%s\"", argv[optind]);
	if (o->data == NULL)
		die("no data directory specified\nYou must specify its location with %s or set PGDATA.", "-D");
}

/* -- Start ------------------------------------------------------------------------------------------ */
static void
load_settings(struct server *s, const struct options *o)
{
	const struct setting_change how = { .as = CTX_POSTMASTER, .source = SOURCE_ARGV, .as_reset = true };
	char path[PATH_MAX + 16];
	struct err e = { 0 };

	if (realpath(o->data, s->data_dir) == NULL)
		snprintf(s->data_dir, sizeof s->data_dir, "%s", o->data);
	settings_init(&s->settings, NULL);
	if (settings_load(&s->settings, s->data_dir, false, &e) != ERR_OK)
		die_of(&e);
	for (int i = 0; i < o->nsettings; i++)
		if (settings_set(&s->settings, o->settings[i].name, o->settings[i].value, &how, &e) != ERR_OK)
			die_of(&e);
	settings_force(&s->settings, SET_data_directory, s->data_dir);
	snprintf(path, sizeof path, "%s/ormdb.conf", s->data_dir);
	settings_force(&s->settings, SET_config_file, path);
	snprintf(path, sizeof path, "%s/hba.conf", s->data_dir);
	settings_force(&s->settings, SET_hba_file, path);
}

static void
raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		(void) setrlimit(RLIMIT_NOFILE, &l);
	}
}

static int
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	pthread_sigmask(SIG_BLOCK, &set, NULL);         /* inherited by every thread */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static char *
read_password(const char *path)
{
	static char line[1024];
	FILE *in = fopen(path, "re");

	if (in == NULL || fgets(line, sizeof line, in) == NULL)
		die("could not read password from file \"%s\"", path);
	(void) fclose(in);
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0')
		die("password file \"%s\" is empty", path);
	return line;
}

static int
bootstrap(struct server *s, const struct options *o)
{
	struct err e = { 0 };

	if (o->user == NULL)
		die("%s requires -U", "--bootstrap");
	log_min_level = LOG_WARNING;
	if (datadir_check(s->data_dir, &e) != ERR_OK || datadir_lock(s->data_dir, &e) != ERR_OK)
		die_of(&e);
	int rc = server_bootstrap(s, o->user, o->pwfile == NULL ? NULL : read_password(o->pwfile), &e);
	server_close(s);
	datadir_unlock(s->data_dir);
	if (rc != ERR_OK)
		die_of(&e);
	return EXIT_SUCCESS;
}

/* Damage goes to stdout, a line each; what kept us from looking, to stderr. */
static int
verify(struct server *s)
{
	struct err e = { 0 };
	int problems = 0;

	log_min_level = LOG_WARNING;
	if (datadir_check(s->data_dir, &e) != ERR_OK || datadir_lock(s->data_dir, &e) != ERR_OK)
		die_of(&e);
	int rc = server_verify(s, &problems, &e);
	server_close(s);
	datadir_unlock(s->data_dir);
	if (rc != ERR_OK)
		die_of(&e);
	return problems == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* -- Running -------------------------------------------------------------------------------------------- */
static void
accept_all(struct server *s, int listener)
{
	enum { BURST = 64, SPARE = 100 };

	for (int i = 0; i < BURST; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof peer;
		int fd = accept4(listener, (struct sockaddr *) &peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED)
				return;
			log_write(LOG_LOG, "could not accept new connection: %s", strerror(errno));
			nanosleep(&(struct timespec) { .tv_nsec = 100 * 1000000L }, NULL);
			return;
		}
		/* Those that only knock must not use up the descriptors. */
		if (loop_connections(s->loop) > 2 * atomic_load(&s->max_connections) + SPARE)
			(void) close(fd);
		else
			(void) loop_add(s->loop, fd, &peer, len);
	}
}

static void
handle_signal(struct server *s, struct listeners *l, int sig)
{
	switch (sig) {
	case SIGHUP:
		server_reload(s);
		break;
	case SIGTERM:
		if (atomic_load(&s->shutdown) == SHUTDOWN_NONE) {
			log_write(LOG_LOG, "received smart shutdown request");
			atomic_store(&s->shutdown, SHUTDOWN_SMART);
		}
		break;
	case SIGINT:
		if (atomic_load(&s->shutdown) != SHUTDOWN_FAST) {
			log_write(LOG_LOG, "received fast shutdown request");
			atomic_store(&s->shutdown, SHUTDOWN_FAST);
			log_write(LOG_LOG, "aborting any active transactions");
			server_terminate_all(s);
		}
		break;
	default:
		log_write(LOG_LOG, "received immediate shutdown request");
		listen_close(l);
		server_last_words(s, "terminating connection due to immediate shutdown command");
		datadir_unlock(s->data_dir);
		_exit(EXIT_FAILURE);
	}
}

/* Until there is nobody left and we were told to end. */
static void
serve(struct server *s, struct listeners *l, int signals)
{
	enum { ENDING_POLL_MS = 20 };
	struct pollfd fds[LISTEN_MAX + 1];

	fds[0] = (struct pollfd) { .fd = signals, .events = POLLIN };
	for (int i = 0; i < l->n; i++)
		fds[i + 1] = (struct pollfd) { .fd = l->fds[i], .events = POLLIN };
	for (;;) {
		struct signalfd_siginfo info;
		int state = atomic_load(&s->shutdown);
		if (state != SHUTDOWN_NONE && loop_connections(s->loop) == 0)
			return;
		int n = poll(fds, state == SHUTDOWN_FAST ? 1 : (nfds_t) l->n + 1,
		             state == SHUTDOWN_NONE ? -1 : ENDING_POLL_MS);
		if (n <= 0)
			continue;
		while (read(signals, &info, sizeof info) == (ssize_t) sizeof info)
			handle_signal(s, l, (int) info.ssi_signo);
		for (int i = 0; i < l->n; i++)
			if ((fds[i + 1].revents & POLLIN) != 0)
				accept_all(s, l->fds[i]);
	}
}

static void
first_of(const char *list, char *to, size_t size)
{
	snprintf(to, size, "%.*s", (int) strcspn(list, ", "), list);
}

static int
run(struct server *s, int signals)
{
	struct listeners l = { 0 };
	struct err e = { 0 };
	char address[256];
	const struct listen_options lo = {
		.addresses = settings_text(&s->settings, SET_listen_addresses),
		.socket_dirs = settings_text(&s->settings, SET_unix_socket_directories),
		.port = (int) settings_int(&s->settings, SET_port),
		.permissions = (unsigned) settings_int(&s->settings, SET_unix_socket_permissions),
		.group = settings_text(&s->settings, SET_unix_socket_group),
	};

	if (datadir_check(s->data_dir, &e) != ERR_OK || datadir_lock(s->data_dir, &e) != ERR_OK)
		die_of(&e);
	log_write(LOG_LOG, "starting ORMDB " PACKAGE_VERSION " (PostgreSQL " SETTINGS_PG_VERSION " protocol)");
	first_of(lo.addresses, address, sizeof address);
	struct pid_lines lines = { .port = lo.port, .socket_dir = "", .listen_address = address, .status = "starting" };
	int rc = listen_open(&lo, &l, &e);
	if (rc == ERR_OK) {
		lines.socket_dir = l.first_socket_dir != NULL ? l.first_socket_dir : "";
		rc = datadir_write(s->data_dir, &lines, &e);
	}
	if (rc == ERR_OK)
		rc = server_load_access(s, &e);
	if (rc == ERR_OK)
		rc = server_open(s, &e);
	if (rc == ERR_OK)
		rc = server_start(s, &e);
	if (rc == ERR_OK)
		rc = maintainer_start(s, &e);
	if (rc == ERR_OK) {
		log_write(LOG_LOG, "database system is ready to accept connections");
		lines.status = "ready   ";
		rc = datadir_write(s->data_dir, &lines, &e);
	}
	if (rc == ERR_OK) {
		serve(s, &l, signals);
		log_write(LOG_LOG, "shutting down");
		maintainer_stop();
	}
	listen_close(&l);
	server_close(s);
	datadir_unlock(s->data_dir);
	if (rc != ERR_OK)
		die_of(&e);
	log_write(LOG_LOG, "database system is shut down");
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	static struct options o;        /* its names live as long as the process */

	parse_options(argc, argv, &o);
	load_settings(&the_server, &o);
	if (o.bootstrap)
		return bootstrap(&the_server, &o);
	if (o.verify)
		return verify(&the_server);
	raise_file_limit();
	return run(&the_server, block_signals());
}
