/* tests.h - the tests of this folder: each file has one entry.
 *
 * Owner nobody.  Thread one.  Failure: as regress/unit/tap.h.  Cost: some connections each. */
#ifndef REGRESS_PROTO_TESTS_H
#define REGRESS_PROTO_TESTS_H

void test_start(void);
void test_query(void);
void test_extended(void);
void test_broken(void);

#endif
