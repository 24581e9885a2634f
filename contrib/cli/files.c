/* files.c - the texts of ormdb.conf and hba.conf as `ormdb init` leaves them.
 *
 * Not here: reading them, which is the server's. */
#include "config.h"
#include "contrib/cli/files.h"

void
files_write_conf(FILE *out)
{
	fputs("# ormdb.conf - read when the server starts and, where a setting allows it, at\n"
	      "# `ormdb reload`.  Lines are `name = value`; names and units are PostgreSQL's, those\n"
	      "# that only this server has begin with \"ormdb.\".  A commented line shows the default.\n"
	      "# The command line of ormdbd (-p, -k, -c name=value) wins over this file.\n"
	      "\n"
	      "#listen_addresses = 'localhost'\n"
	      "#port = 5432\n", out);
}

void
files_write_hba(FILE *out, const char *auth_local, const char *auth_host)
{
	fprintf(out,
	        "# hba.conf - who may connect, and how they prove who they are.  Read at start and\n"
	        "# at `ormdb reload`.  The first line that matches decides; no line matching: refused.\n"
	        "#\n"
	        "#   local  DATABASE  USER  METHOD\n"
	        "#   host | hostssl | hostnossl  DATABASE  USER  ADDRESS  METHOD\n"
	        "#\n"
	        "# DATABASE and USER: all, a name, or names separated by commas.  ADDRESS: a network\n"
	        "# such as 192.0.2.0/24 or 2001:db8::/32, or all.\n"
	        "# METHOD: peer (the socket's user must have the role's name), scram-sha-256,\n"
	        "# password (in clear, only over TLS), trust (anybody), reject.\n"
	        "\n"
	        "# TYPE  DATABASE        USER            ADDRESS                 METHOD\n"
	        "local   all             all                                     %s\n"
	        "host    all             all             127.0.0.1/32            %s\n"
	        "host    all             all             ::1/128                 %s\n",
	        auth_local, auth_host, auth_host);
}
