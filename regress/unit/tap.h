/* tap.h - a test program speaks the Test Anything Protocol.
 *
 * Owner     nobody: counters live in tap.c.
 * Thread    the checks may be called from any thread; lines are never mixed.
 * Failure   a failed check prints what was expected and what came, and the program goes on;
 *           tap_done() returns the exit status.  bail() ends the program at once.
 * Cost      one line of output for each check.
 *
 * Expected values come first: is_int(expected, actual, "what").  The plan is printed at the
 * end by tap_done(); a program that dies before it has failed. */
#ifndef REGRESS_UNIT_TAP_H
#define REGRESS_UNIT_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAP_FMT(f, a) __attribute__((format(printf, f, a)))

bool ok(bool passed, const char *fmt, ...) TAP_FMT(2, 3);
bool is_int(int expected, int actual, const char *fmt, ...) TAP_FMT(3, 4);
bool is_int64(int64_t expected, int64_t actual, const char *fmt, ...) TAP_FMT(3, 4);
bool is_uint64(uint64_t expected, uint64_t actual, const char *fmt, ...) TAP_FMT(3, 4);
bool is_double(double expected, double actual, const char *fmt, ...) TAP_FMT(3, 4);
bool is_str(const char *expected, const char *actual, const char *fmt, ...) TAP_FMT(3, 4);
bool is_mem(const void *expected, const void *actual, size_t len, const char *fmt, ...)
	TAP_FMT(4, 5);

void diag(const char *fmt, ...) TAP_FMT(1, 2);          /* a comment line */
void skip(int count, const char *fmt, ...) TAP_FMT(2, 3);       /* these checks cannot run here */
void skip_all(const char *fmt, ...) TAP_FMT(1, 2) __attribute__((noreturn));
void bail(const char *fmt, ...) TAP_FMT(1, 2) __attribute__((noreturn));

int  tap_done(void);                                    /* end main() with: return tap_done(); */

#endif
