/* tap.c - counting and printing for tap.h. */
#include "config.h"
#include "regress/unit/tap.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int run, failed;

/* The name of a check stands on one line and must not look like a TAP directive. */
static void
print_name(const char *fmt, va_list ap)
{
	char name[512];

	vsnprintf(name, sizeof name, fmt, ap);
	for (char *c = name; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\r')
			*c = ' ';
		if (*c == '#')
			*c = '/';
	}
	printf(" - %s\n", name);
}

/* Prints the line of one check; the caller has taken the lock and adds its comments. */
static void
report(bool passed, const char *fmt, va_list ap)
{
	run++;
	if (!passed)
		failed++;
	printf("%s %d", passed ? "ok" : "not ok", run);
	print_name(fmt, ap);
}

/* Every line of a text as a comment, so that it cannot be read as a result. */
static void
comment(const char *label, const char *text)
{
	printf("# %s", label);
	if (text == NULL) {
		puts("NULL");
		return;
	}
	for (const char *c = text; *c != '\0'; c++) {
		putchar(*c);
		if (*c == '\n')
			fputs("#   ", stdout);
	}
	putchar('\n');
}

#define CHECK(passed_, on_failure) \
	bool passed = (passed_); \
	va_list ap; \
	pthread_mutex_lock(&lock); \
	va_start(ap, fmt); \
	report(passed, fmt, ap); \
	va_end(ap); \
	if (!passed) { \
		on_failure; \
	} \
	fflush(stdout); \
	pthread_mutex_unlock(&lock); \
	return passed

bool
ok(bool condition, const char *fmt, ...)
{
	CHECK(condition, (void) 0);
}

bool
is_int(int expected, int actual, const char *fmt, ...)
{
	CHECK(expected == actual, printf("# expected %d\n#      got %d\n", expected, actual));
}

bool
is_int64(int64_t expected, int64_t actual, const char *fmt, ...)
{
	CHECK(expected == actual,
	      printf("# expected %" PRId64 "\n#      got %" PRId64 "\n", expected, actual));
}

bool
is_uint64(uint64_t expected, uint64_t actual, const char *fmt, ...)
{
	CHECK(expected == actual,
	      printf("# expected %" PRIu64 "\n#      got %" PRIu64 "\n", expected, actual));
}

bool
is_double(double expected, double actual, const char *fmt, ...)
{
	CHECK(expected == actual || (isnan(expected) && isnan(actual)),
	      printf("# expected %.17g\n#      got %.17g\n", expected, actual));
}

bool
is_str(const char *expected, const char *actual, const char *fmt, ...)
{
	CHECK(expected == actual ||
	      (expected != NULL && actual != NULL && strcmp(expected, actual) == 0),
	      comment("expected ", expected); comment("     got ", actual));
}

static void
comment_hex(const char *label, const unsigned char *bytes, size_t len)
{
	printf("# %s", label);
	for (size_t i = 0; i < len && i < 64; i++)
		printf("%02x", bytes[i]);
	puts(len > 64 ? "..." : "");
}

bool
is_mem(const void *expected, const void *actual, size_t len, const char *fmt, ...)
{
	CHECK(memcmp(expected, actual, len) == 0,
	      comment_hex("expected ", expected, len); comment_hex("     got ", actual, len));
}

void
diag(const char *fmt, ...)
{
	va_list ap;
	char text[1024];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&lock);
	comment("", text);
	fflush(stdout);
	pthread_mutex_unlock(&lock);
}

void
skip(int count, const char *fmt, ...)
{
	va_list ap;
	char why[256];

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&lock);
	for (int i = 0; i < count; i++)
		printf("ok %d # SKIP %s\n", ++run, why);
	fflush(stdout);
	pthread_mutex_unlock(&lock);
}

void
skip_all(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("1..0 # SKIP ", stdout);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(0);
}

void
bail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("Bail out! ", stdout);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	_Exit(99);
}

int
tap_done(void)
{
	printf("1..%d\n", run);
	if (failed != 0)
		printf("# %d of %d failed\n", failed, run);
	fflush(stdout);
	return failed == 0 && run > 0 ? 0 : 1;
}
