/* init.c - `ormdb init`: an empty directory becomes a data directory.
 *
 * This program makes the directory and its two configuration files; `ormdbd --bootstrap`
 * then makes the store with its catalogs, so that only the server knows their form.
 * Whatever goes wrong, the directory is left as it was found (datadir.c). */
#include "config.h"
#include "contrib/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "contrib/cli/datadir.h"
#include "contrib/cli/files.h"

static bool
write_files(const struct options *o)
{
	static const char *const names[] = { "ormdb.conf", "hba.conf" };
	char path[PATH_MAX];

	tell(o, "creating configuration files ... ");
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof path, "%s/%s", o->data, names[i]);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
		if (out == NULL) {
			complain("could not open file \"%s\" for writing: %s", path, strerror(errno));
			return false;
		}
		if (i == 0)
			files_write_conf(out);
		else
			files_write_hba(out, o->auth_local, o->auth_host);
		if (ferror(out) || fsync(fd) != 0 || fclose(out) != 0) {
			complain("could not write file \"%s\": %s", path, strerror(errno));
			return false;
		}
	}
	tell(o, "ok\n");
	return true;
}

/* One line from the terminal, unseen. */
static bool
ask(const char *prompt, char *line, size_t size)
{
	struct termios before, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;

	fputs(prompt, stdout);
	fflush(stdout);
	if (terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t) ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool got = fgets(line, (int) size, stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		putchar('\n');
	}
	if (got)
		line[strcspn(line, "\r\n")] = '\0';
	return got;
}

/* Ask twice; the password goes to the server in an anonymous file, never to disk. */
static bool
prompt_password(char *path, size_t size)
{
	char first[1024], again[1024];

	if (!ask("Enter new superuser password: ", first, sizeof first) ||
	    !ask("Enter it again: ", again, sizeof again))
		return false;
	if (strcmp(first, again) != 0) {
		fputs("Passwords didn't match.\n", stderr);
		return false;
	}
	int fd = memfd_create("password", 0);
	if (fd < 0 || write(fd, first, strlen(first)) != (ssize_t) strlen(first) ||
	    lseek(fd, 0, SEEK_SET) != 0) {
		complain("could not pass the password on: %s", strerror(errno));
		return false;
	}
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return true;
}

static bool
is_password_method(const char *method)
{
	return strcmp(method, "password") == 0 || strcmp(method, "scram-sha-256") == 0;
}

static bool
bootstrap(const struct options *o, const char *user, const char *pwfile)
{
	char pwoption[PATH_MAX + 16];
	const char *argv[8];
	int n = 0;

	argv[n++] = o->server;
	argv[n++] = "--bootstrap";
	argv[n++] = "-D";
	argv[n++] = o->data;
	argv[n++] = "-U";
	argv[n++] = user;
	if (pwfile != NULL) {
		snprintf(pwoption, sizeof pwoption, "--pwfile=%s", pwfile);
		argv[n++] = pwoption;
	}
	argv[n] = NULL;

	tell(o, "creating system catalogs ... ");
	int code = run_program(argv);
	if (code == 0)
		tell(o, "ok\n");
	else if (code > 0)
		complain("\"%s --bootstrap\" failed", o->server);
	return code == 0;
}

static bool
check(struct options *o)
{
	if (o->auth_local == NULL)
		o->auth_local = "peer";
	if (o->auth_host == NULL)
		o->auth_host = "scram-sha-256";
	if (strcmp(o->auth_host, "peer") == 0)  /* as initdb: peer has no meaning on TCP */
		o->auth_host = "scram-sha-256";
	if (o->user != NULL && strncmp(o->user, "pg_", 3) == 0) {
		complain("superuser name \"%s\" is disallowed; role names cannot begin with \"pg_\"",
		         o->user);
		return false;
	}
	if (o->prompt && o->pwfile != NULL) {
		complain("password prompt and password file cannot be specified together");
		return false;
	}
	if (is_password_method(o->auth_local) && is_password_method(o->auth_host) &&
	    !o->prompt && o->pwfile == NULL) {
		complain("must specify a password for the superuser to enable password authentication");
		return false;
	}
	if (o->pwfile != NULL && access(o->pwfile, R_OK) != 0) {
		complain("could not open file \"%s\" for reading: %s", o->pwfile, strerror(errno));
		return false;
	}
	return true;
}

int
init_run(const struct options *given)
{
	struct options o = *given;
	struct passwd *me = getpwuid(geteuid());
	char prompted[64];

	if (o.user == NULL && me == NULL) {
		complain("could not look up effective user ID %d: user does not exist", (int) geteuid());
		return CLI_FAILED;
	}
	if (!check(&o))
		return CLI_FAILED;
	const char *user = o.user != NULL ? o.user : me->pw_name;
	if (o.prompt && !prompt_password(prompted, sizeof prompted))
		return CLI_FAILED;

	if (me != NULL)
		tell(&o, "The files belonging to this database system will be owned by user \"%s\".\n\n",
		     me->pw_name);
	enum directory made = datadir_prepare(&o);
	if (made == DIR_REFUSED)
		return CLI_FAILED;
	if (!write_files(&o) || !bootstrap(&o, user, o.prompt ? prompted : o.pwfile)) {
		datadir_undo(&o, made);
		return CLI_FAILED;
	}
	tell(&o, "\nSuccess. You can now start the database server using:\n\n    ormdb start -D %s\n\n",
	     o.data);
	return CLI_OK;
}
