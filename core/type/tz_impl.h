/* tz_impl.h - between timezone.c and tz_names.c.
 *
 * Owner     tz_read_file()'s bytes are the caller's, from malloc.  Thread: any.
 * Failure   false or NULL: there is no such zone.  Cost: a few system calls. */
#ifndef CORE_TYPE_TZ_IMPL_H
#define CORE_TYPE_TZ_IMPL_H

#include <stdbool.h>
#include <stddef.h>

/* The file of a zone, whatever the case of the name; its name as the system writes it. */
bool tz_find_file(const char *name, char *path, size_t path_size, char *canonical,
		  size_t canonical_size);
unsigned char *tz_read_file(const char *path, size_t *ret_len);        /* NULL: not a zone file */

#endif
