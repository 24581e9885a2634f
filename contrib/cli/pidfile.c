/* pidfile.c - reading ormdbd.pid.  Writing it is the server's. */
#include "config.h"
#include "contrib/cli/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contrib/cli/cli.h"

enum { LINE_PID = 1, LINE_STARTED = 3, LINE_PORT = 4, LINE_SOCKET = 5, LINE_ADDRESS = 6, LINE_STATUS_MIN = 7 };

static bool
parse(char *text, struct pidfile *ret)
{
	struct pidfile p = { 0 };
	int number = 0;

	for (char *line = text, *next; *line != '\0'; line = next) {
		size_t len = strcspn(line, "\n");
		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		switch (++number) {
		case LINE_PID:
			p.pid = (pid_t) strtol(line, NULL, 10);
			break;
		case LINE_STARTED:
			p.started = strtol(line, NULL, 10);
			break;
		case LINE_PORT:
			p.port = (int) strtol(line, NULL, 10);
			break;
		case LINE_SOCKET:
		case LINE_ADDRESS:
			if (p.host[0] == '\0')
				snprintf(p.host, sizeof p.host, "%.*s", (int) sizeof p.host - 1, line);
			break;
		default:
			if (number >= LINE_STATUS_MIN && strncmp(line, "ready", 5) == 0)
				p.ready = true;
		}
	}
	if (p.pid <= 0)
		return false;
	*ret = p;
	return true;
}

enum pidfile_state
pidfile_read(const char *data, struct pidfile *ret)
{
	char path[PATH_MAX], text[4096];

	snprintf(path, sizeof path, "%s/ormdbd.pid", data);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			return PIDFILE_NONE;
		complain("could not open PID file \"%s\": %s", path, strerror(errno));
		return PIDFILE_BAD;
	}
	ssize_t n = read(fd, text, sizeof text - 1);
	(void) close(fd);
	if (n < 0) {
		complain("could not read PID file \"%s\": %s", path, strerror(errno));
		return PIDFILE_BAD;
	}
	if (n == 0) {
		complain("the PID file \"%s\" is empty", path);
		return PIDFILE_BAD;
	}
	text[n] = '\0';
	if (!parse(text, ret)) {
		complain("invalid data in PID file \"%s\"", path);
		return PIDFILE_BAD;
	}
	return PIDFILE_FOUND;
}

bool
pidfile_alive(pid_t pid)
{
	/* After a crash and a reboot the number may be our own or our shell's. */
	if (pid == getpid() || pid == getppid())
		return false;
	return kill(pid, 0) == 0 || errno == EPERM;
}
