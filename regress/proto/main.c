/* main.c - protocol tests in raw bytes: proto SOCKET [USER [DATABASE]] */
#include "config.h"

#include <stdio.h>

#include "regress/proto/tests.h"
#include "regress/proto/wire.h"
#include "regress/unit/tap.h"

int
main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: proto SOCKET [USER [DATABASE]]\n", stderr);
		return 2;
	}
	wire_socket = argv[1];
	if (argc > 2)
		wire_user = argv[2];
	if (argc > 3)
		wire_database = argv[3];
	test_start();
	test_query();
	test_extended();
	test_broken();
	return tap_done();
}
