/* files.c - the texts of ormdb.conf and hba.conf as `ormdb init` leaves them.
 *
 * Not here: reading them, which is the server's. */
#include "config.h"
#include "contrib/cli/files.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/settings.h"
#include "core/base/strbuf.h"

/* Belongs into the file: not a fact of the server, not a matter of one session. */
static bool
is_configurable(const struct setting *s)
{
	return s->context != CTX_INTERNAL && (s->flags & (SF_TXN | SF_FIXED | SF_HIDDEN)) == 0;
}

/* name = value, as the file's reader wants it quoted. */
static void
add_assignment(struct strbuf *b, const struct setting *s)
{
	struct setting_number number;
	struct err e = { 0 };

	strbuf_printf(b, "#%s = ", s->name);
	if (s->type == SETTING_INT && (s->flags & SF_OCTAL) == 0 &&
	    setting_parse(s, s->def, &number, &e) == ERR_OK) {
		setting_format_int(s, number.i, b);
	} else if (s->type == SETTING_INT && setting_parse(s, s->def, &number, &e) == ERR_OK) {
		strbuf_printf(b, "%04o", (unsigned) number.i);
	} else if (s->type == SETTING_BOOL || s->type == SETTING_REAL) {
		strbuf_puts(b, s->def);
	} else {
		strbuf_putc(b, '\'');
		for (const char *c = s->def; *c != '\0'; c++) {
			if (*c == '\'')
				strbuf_putc(b, '\'');
			strbuf_putc(b, *c);
		}
		strbuf_putc(b, '\'');
	}
}

static void
write_setting(FILE *out, const struct setting *s)
{
	struct strbuf b;

	strbuf_init(&b, NULL);
	add_assignment(&b, s);
	fprintf(out, "%-47s # %s%s\n", b.data, s->text,
	        s->context == CTX_POSTMASTER ? " (restart)" : "");
	strbuf_done(&b);
}

/* Settings of one category stand together under its name, whatever their order in the table. */
static void
write_category(FILE *out, const char *category)
{
	fprintf(out, "\n# -- %s\n", category);
	for (int id = 0; id < SETTING_COUNT; id++) {
		const struct setting *s = setting_at((enum setting_id) id);
		if (is_configurable(s) && strcmp(s->category, category) == 0)
			write_setting(out, s);
	}
}

static bool
is_first_of_category(int id)
{
	const struct setting *s = setting_at((enum setting_id) id);

	for (int i = 0; i < id; i++) {
		const struct setting *other = setting_at((enum setting_id) i);
		if (is_configurable(other) && strcmp(other->category, s->category) == 0)
			return false;
	}
	return is_configurable(s);
}

void
files_write_conf(FILE *out)
{
	fputs("# ormdb.conf - read when the server starts and at `ormdb reload`; what needs a restart\n"
	      "# says so.  Lines are `name = value`; names and units are PostgreSQL's, those that only\n"
	      "# this server has begin with \"ormdb.\".  A commented line shows the default.  The command\n"
	      "# line of ormdbd (-p, -k, -c name=value) wins over this file.\n", out);
	for (int id = 0; id < SETTING_COUNT; id++)
		if (is_first_of_category(id))
			write_category(out, setting_at((enum setting_id) id)->category);
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
