/* syscat.h - pg_catalog and information_schema as relations whose rows are computed.
 *
 * catalogs.def lists the relations and columns; each file of this folder produces the rows of
 * some of them from the catalog snapshot and the tables of types, functions and operators.
 * views.def holds those that are queries over others.
 *
 * Owner     static tables, made once by syscat_register().
 * Thread    register at start; afterwards any. */
#ifndef CORE_SYSCAT_SYSCAT_H
#define CORE_SYSCAT_SYSCAT_H

#include "core/base/err.h"

struct catalog;

/* Registers the relations (catalog_register_system) and the functions that read the catalog
 * (pg_get_indexdef ...).  Call once, before the catalog is opened. */
void syscat_register(void);

#endif
