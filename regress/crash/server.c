/* server.c - the server under test: made, started, killed. */
#include "config.h"
#include "regress/crash/crash.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int
server_run(struct crash *c, const char *fmt, ...)
{
	char command[4096];
	va_list ap;

	(void) c;
	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	int status = system(command);
	return status == -1 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

bool
server_init(struct crash *c)
{
	return server_run(c, "'%s/ormdb' init -s -D '%s/data' -U postgres -A trust", c->builddir, c->dir) == 0;
}

/* Small log files and frequent checkpoints: their changes are where engines lose data. */
#define OPTIONS "-k '\\''%s'\\'' -p %d -c listen_addresses= -c shared_buffers=64MB -c max_wal_size=32MB " \
                "-c checkpoint_timeout=30s -c ormdb.min_free_space=32MB"

/* To be asked while nothing fails: a loss of power takes the file's contents along. */
static pid_t
server_pid(const struct crash *c)
{
	char path[TEXT_MAX];
	int pid = 0;

	snprintf(path, sizeof path, "%s/data/ormdbd.pid", c->dir);
	FILE *f = fopen(path, "r");
	if (f != NULL) {
		if (fscanf(f, "%d", &pid) != 1)
			pid = 0;
		(void) fclose(f);
	}
	return pid;
}

bool
server_start(struct crash *c)
{
	atomic_store(&c->down, false);
	if (server_run(c, "%s '%s/ormdb' start -s -t 120 -D '%s/data' -l '%s/log' -o '" OPTIONS "'", power_environment(c), c->builddir, c->dir,
	               c->dir, c->dir, c->port) == 0) {
		c->pid = server_pid(c);
		return true;
	}
	finding(c, "the server does not start");
	(void) server_run(c, "tail -n 20 '%s/log' | sed 's/^/# /'", c->dir);
	return false;
}

static void
wait_gone(pid_t pid)
{
	struct timespec ms = { 0, 1000000 };

	while (kill(pid, 0) == 0)
		nanosleep(&ms, NULL);
}

bool
server_said_why(struct crash *c)
{
	return c->pid <= 1 || kill(c->pid, 0) == 0
	    || server_run(c, "tail -n 20 '%s/log' | grep -q 'the server stops at once'", c->dir) == 0;
}

void
server_kill(struct crash *c)
{
	atomic_store(&c->down, true);
	if (c->pid <= 1)
		return;
	(void) kill(c->pid, SIGKILL);
	wait_gone(c->pid);
	c->pid = 0;
}

bool
server_start_and_kill(struct crash *c, long after_us)
{
	struct timespec t = { 0, after_us * 1000 };

	pid_t child = fork();
	if (child == 0) {
		char command[4096];
		snprintf(command, sizeof command, "%s exec '%s/ormdbd' -D '%s/data' -k '%s' -p %d -c listen_addresses= "
		         ">>'%s/log' 2>&1", power_environment(c), c->builddir, c->dir, c->dir, c->port, c->dir);
		execl("/bin/sh", "sh", "-c", command, (char *) NULL);
		_exit(1);
	}
	nanosleep(&t, NULL);
	(void) kill(child, SIGKILL);
	return waitpid(child, NULL, 0) == child;
}

bool
server_stop(struct crash *c)
{
	atomic_store(&c->down, true);
	c->pid = 0;
	return server_run(c, "'%s/ormdb' stop -s -t 120 -D '%s/data'", c->builddir, c->dir) == 0;
}

/* The server was killed from outside only; it never found a reason to stop by itself. */
bool
server_log_is_clean(struct crash *c)
{
	return server_run(c, "grep -E 'PANIC|[Aa]ssert|damaged|AddressSanitizer|ThreadSanitizer' '%s/log' | head -n 5 | "
	                  "sed 's/^/# /' | grep . && exit 1; exit 0", c->dir) == 0;
}
