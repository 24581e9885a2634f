/* datadir.c - the directory that init and restore fill, and the programs they run. */
#include "config.h"
#include "contrib/cli/datadir.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
make_path(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof part, "%s", path);
	for (char *c = part + 1; *c != '\0'; c++)
		if (*c == '/' && c[1] != '\0') {
			*c = '\0';
			if (mkdir(part, 0777) != 0 && errno != EEXIST)
				return false;
			*c = '/';
		}
	return mkdir(part, 0700) == 0;
}

enum directory
datadir_prepare(const struct options *o)
{
	struct dirent *entry;
	DIR *dir = opendir(o->data);

	if (dir == NULL && errno == ENOENT) {
		tell(o, "creating directory %s ... ", o->data);
		if (!make_path(o->data)) {
			complain("could not create directory \"%s\": %s", o->data, strerror(errno));
			return DIR_REFUSED;
		}
		tell(o, "ok\n");
		return DIR_CREATED;
	}
	if (dir == NULL) {
		complain("could not access directory \"%s\": %s", o->data, strerror(errno));
		return DIR_REFUSED;
	}
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			break;
	(void) closedir(dir);
	if (entry != NULL) {
		complain("directory \"%s\" exists but is not empty", o->data);
		fprintf(stderr, "HINT: If you want to create a new database system, either remove or empty "
		        "the directory \"%s\" or run ormdb with an argument other than \"%s\".\n",
		        o->data, o->data);
		return DIR_REFUSED;
	}
	tell(o, "fixing permissions on existing directory %s ... ", o->data);
	if (chmod(o->data, 0700) != 0) {
		complain("could not change permissions of directory \"%s\": %s", o->data, strerror(errno));
		return DIR_REFUSED;
	}
	tell(o, "ok\n");
	return DIR_EMPTY;
}

static int
remove_entry(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *at)
{
	return at->level == 0 ? 0 : remove(path);
}

void
datadir_undo(const struct options *o, enum directory made)
{
	(void) nftw(o->data, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (made == DIR_CREATED) {
		fprintf(stderr, "ormdb: removing data directory \"%s\"\n", o->data);
		(void) rmdir(o->data);
	} else {
		fprintf(stderr, "ormdb: removing contents of data directory \"%s\"\n", o->data);
	}
}

/* An interrupt from the terminal reaches the program as it reaches us; it ends, and we are still
 * there to clean up. */
int
run_program(const char *const *argv)
{
	int status;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		execvp(argv[0], (char *const *) (void *) argv);
		complain("could not run \"%s\": %s", argv[0], strerror(errno));
		_exit(CLI_FAILED);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		complain("could not run \"%s\": %s", argv[0], strerror(errno));
		return -1;
	}
	if (WIFSIGNALED(status)) {
		complain("\"%s\" was ended by signal %d", argv[0], WTERMSIG(status));
		return -1;
	}
	return WEXITSTATUS(status);
}
