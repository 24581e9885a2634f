/* settings.c - prints the manual page ormdb.conf(5) from the table of settings. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/settings.h"
#include "core/base/strbuf.h"

static const struct setting *
at(int id)
{
	return setting_at((enum setting_id) id);
}

/* Text between troff's requests: a leading dot or quote is none of ours, a backslash and a
 * minus must be written out. */
static void
print_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
}

static const char *
type_name(const struct setting *s)
{
	static const char *const names[] = {
		[SETTING_BOOL] = "boolean", [SETTING_INT] = "integer", [SETTING_REAL] = "floating point",
		[SETTING_TEXT] = "string", [SETTING_ENUM] = "enum",
	};

	return names[s->type];
}

static const char *
who(const struct setting *s)
{
	switch (s->context) {
	case CTX_INTERNAL: return "It cannot be changed.";
	case CTX_POSTMASTER: return "It is set when the server starts.";
	case CTX_SIGHUP: return "It is set in the file or at start; a reload is enough.";
	case CTX_SUPERUSER_BACKEND: return "Superusers set it when they connect.";
	case CTX_BACKEND: return "It is set when a client connects.";
	case CTX_SUPERUSER: return "Superusers may change it.";
	default: return "Any user may change it for a session.";
	}
}

static void
print_default(const struct setting *s)
{
	struct setting_number number;
	struct strbuf b;
	struct err e = { 0 };

	strbuf_init(&b, NULL);
	if (s->type == SETTING_INT && setting_parse(s, s->def, &number, &e) == ERR_OK)
		setting_format_int(s, number.i, &b);
	else
		strbuf_puts(&b, s->def);
	if (b.len == 0)
		fputs("  Default: empty.", stdout);
	else {
		fputs("  Default: ", stdout);
		print_text(b.data);
		putchar('.');
	}
	strbuf_done(&b);
}

static void
print_setting(const struct setting *s)
{
	struct strbuf b;

	fputs(".TP\n.BR ", stdout);
	print_text(s->name);
	printf(" \" (%s)\"\n", type_name(s));
	print_text(s->text);
	print_default(s);
	if (s->type == SETTING_ENUM) {
		strbuf_init(&b, NULL);
		setting_enum_values(s, &b);
		fputs("  Values: ", stdout);
		for (const char *c = b.data; *c != '\0'; c++)
			if (*c == ',')
				fputs(", ", stdout);
			else if (*c == '-')
				fputs("\\-", stdout);
			else if (*c != '{' && *c != '}' && *c != '"')
				putchar(*c);
		putchar('.');
		strbuf_done(&b);
	}
	printf("  %s\n", (s->flags & SF_FIXED) != 0 ? "Only the default is supported." : who(s));
}

static bool
is_shown(const struct setting *s)
{
	return (s->flags & (SF_HIDDEN | SF_TXN)) == 0;
}

static void
print_category(const char *category)
{
	fputs(".SS ", stdout);
	print_text(category);
	putchar('\n');
	for (int id = 0; id < SETTING_COUNT; id++)
		if (is_shown(at(id)) && strcmp(at(id)->category, category) == 0)
			print_setting(at(id));
}

static bool
is_first_of_category(int id)
{
	for (int i = 0; i < id; i++)
		if (is_shown(at(i)) && strcmp(at(i)->category, at(id)->category) == 0)
			return false;
	return is_shown(at(id));
}

int
main(void)
{
	puts(".\\\" Made from core/base/settings.def.\n"
	     ".TH ORMDB.CONF 5 \"\" \"ORMDB " PACKAGE_VERSION "\" \"ORMDB manual\"\n"
	     ".SH NAME\normdb.conf \\- settings of an ORMDB server\n"
	     ".SH DESCRIPTION\n"
	     "The file lies in the data directory.  A line is\n.IR name \" = \" value ;\n"
	     "a number sign begins a comment, strings stand in single quotes (doubled inside), "
	     "numbers may carry a unit (kB, MB, GB, TB; us, ms, s, min, h, d).\n"
	     ".B include\nand\n.B include_if_exists\nread another file.\n"
	     "Names and meanings are those of PostgreSQL 15 where it has the setting; names that begin "
	     "with\n.B ormdb.\nare this server's own.\n"
	     ".SH SETTINGS");
	for (int id = 0; id < SETTING_COUNT; id++)
		if (is_first_of_category(id))
			print_category(at(id)->category);
	puts(".SH SEE ALSO\n.BR ormdb (1),\n.BR ormdbd (1)");
	return 0;
}
