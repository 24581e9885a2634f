/* files.h - the two configuration files of a new data directory.
 *
 * Owner     the caller owns the stream.
 * Thread    one.
 * Failure   as stdio: the caller looks at ferror() and fclose().
 * Cost      some kilobytes of text. */
#ifndef CONTRIB_CLI_FILES_H
#define CONTRIB_CLI_FILES_H

#include <stdio.h>

void files_write_conf(FILE *out);
void files_write_hba(FILE *out, const char *auth_local, const char *auth_host);

#endif
