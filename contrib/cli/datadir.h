/* datadir.h - a directory to be filled, and programs run to their end.
 *
 * Owner     nothing is held.
 * Thread    one.
 * Failure   the reason goes to stderr.  Cost: none. */
#ifndef CONTRIB_CLI_DATADIR_H
#define CONTRIB_CLI_DATADIR_H

#include "contrib/cli/cli.h"

enum directory { DIR_CREATED, DIR_EMPTY, DIR_REFUSED };

/* o->data: made, or found empty; everybody else is kept out of it. */
enum directory datadir_prepare(const struct options *o);
/* Whatever has been put there goes away, and the directory too if we made it. */
void datadir_undo(const struct options *o, enum directory made);

/* Its exit status; -1: it could not be run, or was killed. */
int run_program(const char *const *argv);

#endif
