/* tz_impl.h - between timezone.c, tz_names.c and tz_icu.c.
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

/* Are there zone files at all?  If not, ICU's data serve. */
bool tz_have_files(void);
struct arena;
struct timezone *tz_load_icu(struct arena *a, const char *name);       /* NULL: no such zone */
void tz_list_icu(void (*add)(const char *name));

#endif
