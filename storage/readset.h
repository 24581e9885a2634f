/* readset.h - the key ranges a serializable transaction has looked at.  Private to storage/.
 *
 * Thread    the transaction's.  Failure: without memory it grows to "whole file", never
 *           shrinks.  Cost: one copy of two keys a range; beyond a limit a file's ranges
 *           become the whole file. */
#ifndef STORAGE_READSET_H
#define STORAGE_READSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/writeset.h"

struct readset;

struct readset *readset_new(void);
void            readset_free(struct readset *r);
/* lo <= key <= hi, or key < hi when hi is exclusive; NULL: no bound on that side. */
void readset_add(struct readset *r, uint32_t file, const void *lo, size_t lolen,
                 const void *hi, size_t hilen, bool hi_exclusive);
size_t readset_bytes(const struct readset *r);
/* Has this write set a key in one of the ranges? */
bool readset_meets(const struct readset *r, const struct ws *ws);

#endif
