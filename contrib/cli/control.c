/* control.c - start, stop, restart, reload, status: a running server seen through its pid
 * file and its signals.
 *
 * Waiting is polling: the pid file is all that a server of another session shows us.  Not
 * here: reading that file (pidfile.c). */
#include "config.h"
#include "contrib/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contrib/cli/pidfile.h"

enum { POLL_MS = 20, DOT_MS = 1000 };

static bool
data_there(const struct options *o, int *ret_exit)
{
	struct stat st;

	if (stat(o->data, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	complain(errno == ENOENT ? "directory \"%s\" does not exist"
	                         : "could not access directory \"%s\"", o->data);
	*ret_exit = CLI_FAILED;
	return false;
}

/* Poll `done` until it says so or the time is over, with a dot for each second. */
static bool
wait_for(const struct options *o, bool (*done)(void *), void *what)
{
	for (long ms = 0; ms <= (long) o->timeout * 1000; ms += POLL_MS) {
		if (done(what))
			return true;
		if (ms % DOT_MS == 0)
			tell(o, ".");
		nanosleep(&(struct timespec) { .tv_nsec = POLL_MS * 1000000L }, NULL);
	}
	return false;
}

struct start {
	const char *data;
	pid_t child;
	bool  ready, gone;
	int   status;                   /* of the child when gone */
};

static bool
started(void *what)
{
	struct start *s = what;
	struct pidfile p;
	struct stat st;
	char path[PATH_MAX];

	if (waitpid(s->child, &s->status, WNOHANG) == s->child) {
		s->gone = true;
		return true;
	}
	/* The server may be just about to write it. */
	snprintf(path, sizeof path, "%s/ormdbd.pid", s->data);
	if (stat(path, &st) != 0 || st.st_size == 0)
		return false;
	/* A pid file of an earlier, crashed server names another process. */
	if (pidfile_read(s->data, &p) == PIDFILE_FOUND && p.pid == s->child && p.ready)
		s->ready = true;
	return s->ready;
}

/* In the child: become the server.  The shell is there for the -o string; `exec` leaves the
 * server with the pid we know. */
static void NORETURN
become_server(const struct options *o)
{
	int in = open("/dev/null", O_RDONLY);
	char *command;

	(void) setsid();                /* a Ctrl-C in this terminal is not for the server */
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (o->log != NULL) {
		int out = open(o->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (out < 0) {
			complain("could not open log file \"%s\": %s", o->log, strerror(errno));
			_exit(CLI_FAILED);
		}
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
	}
	if (asprintf(&command, "exec \"$0\" -D \"$1\" %s",
	             o->server_options == NULL ? "" : o->server_options) < 0)
		_exit(CLI_FAILED);
	execl("/bin/sh", "sh", "-c", command, o->server, o->data, (char *) NULL);
	complain("could not run \"%s\": %s", o->server, strerror(errno));
	_exit(CLI_FAILED);
}

int
control_start(const struct options *o)
{
	struct start s = { .data = o->data };
	struct pidfile old;
	int exit_code;

	if (!data_there(o, &exit_code))
		return exit_code;
	if (pidfile_read(o->data, &old) == PIDFILE_FOUND && pidfile_alive(old.pid))
		complain("another server might be running; trying to start server anyway");

	fflush(NULL);
	s.child = fork();
	if (s.child < 0) {
		complain("could not start server: %s", strerror(errno));
		return CLI_FAILED;
	}
	if (s.child == 0)
		become_server(o);
	if (!o->wait) {
		tell(o, "server starting\n");
		return CLI_OK;
	}
	tell(o, "waiting for server to start...");
	bool in_time = wait_for(o, started, &s);
	if (s.ready) {
		tell(o, " done\nserver started\n");
		return CLI_OK;
	}
	tell(o, " stopped waiting\n");
	if (in_time)
		complain("could not start server\nExamine the log output.");
	else
		complain("server did not start in time");
	return CLI_FAILED;
}

/* The running server of stop, reload: false when there is none, after saying so. */
static bool
find_server(const struct options *o, struct pidfile *ret)
{
	int exit_code;

	if (!data_there(o, &exit_code))
		return false;
	switch (pidfile_read(o->data, ret)) {
	case PIDFILE_FOUND:
		if (pidfile_alive(ret->pid))
			return true;
		complain("PID file \"%s/ormdbd.pid\" is stale: no process %d\nIs server running?",
		         o->data, (int) ret->pid);
		return false;
	case PIDFILE_NONE:
		complain("PID file \"%s/ormdbd.pid\" does not exist\nIs server running?", o->data);
		return false;
	default:
		return false;
	}
}

static bool
send_signal(pid_t pid, int sig, const char *what)
{
	if (kill(pid, sig) == 0)
		return true;
	complain("could not send %s signal (PID: %d): %s", what, (int) pid, strerror(errno));
	return false;
}

static bool
stopped(void *what)
{
	return !pidfile_alive(*(pid_t *) what);
}

/* Stops the server that find_server() found. */
static int
stop_server(const struct options *o, pid_t pid)
{
	if (!send_signal(pid, o->stop_signal, "stop"))
		return CLI_FAILED;
	if (!o->wait) {
		tell(o, "server shutting down\n");
		return CLI_OK;
	}
	tell(o, "waiting for server to shut down...");
	if (!wait_for(o, stopped, &pid)) {
		tell(o, " failed\n");
		complain("server does not shut down");
		if (o->stop_signal == SIGTERM)
			fputs("HINT: The \"-m fast\" option immediately disconnects sessions rather than\n"
			      "waiting for session-initiated disconnection.\n", stderr);
		return CLI_FAILED;
	}
	tell(o, " done\nserver stopped\n");
	return CLI_OK;
}

int
control_stop(const struct options *o)
{
	struct pidfile p;

	if (!find_server(o, &p))
		return CLI_FAILED;
	return stop_server(o, p.pid);
}

/* The arguments of a process, one after the other; their length, 0 when they cannot be read. */
static size_t
command_line(pid_t pid, char *args, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int) pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, args, size - 1);
	if (fd >= 0)
		(void) close(fd);
	args[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t) n : 0;
}

/* The options that a server was started with, for the shell: all but `ormdbd -D DIR`. */
static void
options_of(pid_t pid, char *to, size_t size)
{
	char args[4096];
	size_t len = command_line(pid, args, sizeof args), n = 0;
	int i = 0;

	to[0] = '\0';
	for (const char *arg = args; arg < args + len; arg += strlen(arg) + 1, i++) {
		if (i < 3)
			continue;
		if (n + 4 * strlen(arg) + 4 > size)
			break;
		n += (size_t) sprintf(to + n, " '");
		for (const char *c = arg; *c != '\0'; c++)
			n += (size_t) sprintf(to + n, *c == '\'' ? "'\\''" : "%c", *c);
		n += (size_t) sprintf(to + n, "'");
	}
}

int
control_restart(const struct options *o)
{
	struct options stop = *o, start = *o;
	char same[16384];
	struct pidfile p;
	int exit_code;

	if (!data_there(o, &exit_code))
		return exit_code;
	switch (pidfile_read(o->data, &p)) {
	case PIDFILE_BAD:
		return CLI_FAILED;
	case PIDFILE_NONE:
		complain("PID file \"%s/ormdbd.pid\" does not exist\nIs server running?\n"
		         "trying to start server anyway", o->data);
		return control_start(o);
	case PIDFILE_FOUND:
		break;
	}
	if (!pidfile_alive(p.pid)) {
		complain("old server process (PID: %d) seems to be gone\nstarting server anyway",
		         (int) p.pid);
		return control_start(o);
	}
	if (start.server_options == NULL) {     /* as it was started */
		options_of(p.pid, same, sizeof same);
		start.server_options = same;
	}
	stop.wait = true;               /* two servers cannot have one directory */
	exit_code = stop_server(&stop, p.pid);
	return exit_code == CLI_OK ? control_start(&start) : exit_code;
}

int
control_reload(const struct options *o)
{
	struct pidfile p;

	if (!find_server(o, &p) || !send_signal(p.pid, SIGHUP, "reload"))
		return CLI_FAILED;
	tell(o, "server signaled\n");
	return CLI_OK;
}

/* The command line of a process, quoted as pg_ctl status shows it. */
static void
print_command_line(pid_t pid)
{
	char args[4096];
	size_t n = command_line(pid, args, sizeof args);

	if (n == 0)
		return;
	for (const char *arg = args; arg < args + n; arg += strlen(arg) + 1)
		printf(arg == args ? "%s" : " \"%s\"", arg);
	putchar('\n');
}

int
control_status(const struct options *o)
{
	struct stat st;
	struct pidfile p;

	if (stat(o->data, &st) != 0 || !S_ISDIR(st.st_mode)) {
		complain("directory \"%s\" does not exist", o->data);
		return CLI_NO_DATA;
	}
	enum pidfile_state state = pidfile_read(o->data, &p);
	if (state == PIDFILE_BAD)
		return CLI_FAILED;
	if (state == PIDFILE_NONE || !pidfile_alive(p.pid)) {
		puts("ormdb: no server running");
		return CLI_NOT_RUNNING;
	}
	printf("ormdb: server is running (PID: %d)\n", (int) p.pid);
	print_command_line(p.pid);
	return CLI_OK;
}
