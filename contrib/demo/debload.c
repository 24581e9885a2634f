/* debload.c - the demo's loader: the Debian archive, as this machine's apt knows it, into
 * tables.
 *
 *   debload -d CONNINFO [-s FOLDER] [-f FILE]   into a server: schema.sql and keys.sql are read
 *                                               from FOLDER
 *   debload -o FOLDER [-f FILE]                 into COPY files
 *
 * The text comes from FILE (`-` is stdin), else from `apt-cache dumpavail`.  Not here: the
 * parser (archive.c), COPY itself (sink.c). */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contrib/demo/archive.h"
#include "contrib/demo/sink.h"
#include "core/base/strbuf.h"

static bool quiet;

/* A bar on a terminal; elsewhere one line when the table is done. */
static void
progress(const char *table, int done, int all)
{
	enum { WIDTH = 40 };
	static int last_percent = -1;
	int percent = all == 0 ? 100 : (int) ((int64_t) done * 100 / all);

	if (quiet || (percent == last_percent && done != 0 && done != all))
		return;
	last_percent = percent;
	if (isatty(STDERR_FILENO)) {
		int filled = percent * WIDTH / 100;
		fprintf(stderr, "\r  %-12s [%.*s%*s] %3d%% %7d%s", table, filled,
		        "########################################", WIDTH - filled, "", percent, done,
		        done == all ? "\n" : "");
	} else if (done == all) {
		fprintf(stderr, "  %-12s %7d rows\n", table, all);
	}
}

static void
put_int(struct strbuf *b, int v)
{
	strbuf_int(b, v);
	strbuf_putc(b, '\t');
}

static void
put_int_or_null(struct strbuf *b, int v)
{
	if (v != 0)
		strbuf_int(b, v);
	else
		strbuf_puts(b, "\\N");
	strbuf_putc(b, '\t');
}

/* COPY's text form: the separator, the line end and the backslash are escaped. */
static void
put_text(struct strbuf *b, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		switch (s.at[i]) {
		case '\\': strbuf_puts(b, "\\\\"); break;
		case '\t': strbuf_puts(b, "\\t"); break;
		case '\n': strbuf_puts(b, "\\n"); break;
		case '\r': strbuf_puts(b, "\\r"); break;
		default: strbuf_putc(b, s.at[i]);
		}
	strbuf_putc(b, '\t');
}

static void
put_text_or_null(struct strbuf *b, struct slice s)
{
	if (s.len > 0)
		put_text(b, s);
	else
		strbuf_puts(b, "\\N\t");
}

static void
end_row(struct strbuf *b)
{
	b->data[b->len - 1] = '\n';     /* the separator after the last column */
}

static void
row_of_names(const struct names *names, struct strbuf *b, int i)
{
	put_int(b, i + 1);
	put_text(b, names->item[i]);
}

static void
section_row(const struct archive *a, struct strbuf *b, int i)
{
	row_of_names(&a->section, b, i);
}

static void
source_row(const struct archive *a, struct strbuf *b, int i)
{
	row_of_names(&a->source, b, i);
}

static void
tag_row(const struct archive *a, struct strbuf *b, int i)
{
	row_of_names(&a->tag, b, i);
}

static void
maintainer_row(const struct archive *a, struct strbuf *b, int i)
{
	struct slice name, email;

	archive_split_maintainer(a->maintainer.item[i], &name, &email);
	put_int(b, i + 1);
	put_text(b, name);
	put_text_or_null(b, email);
}

static void
package_row(const struct archive *a, struct strbuf *b, int i)
{
	const struct package *p = &a->package[i];

	put_int(b, i + 1);
	put_text(b, p->name);
	put_text(b, p->version);
	put_text(b, p->architecture);
	put_int(b, p->section);
	put_int(b, p->maintainer);
	put_int(b, p->source);
	put_text_or_null(b, p->installed_size);
	put_text_or_null(b, p->download_size);
	put_text(b, p->priority);
	strbuf_puts(b, p->essential ? "t\t" : "f\t");
	put_text_or_null(b, p->multi_arch);
	put_text_or_null(b, p->homepage);
	put_text(b, p->summary);
	put_text_or_null(b, p->description);
}

static void
dependency_row(const struct archive *a, struct strbuf *b, int i)
{
	const struct dependency *d = &a->dependency[i];

	put_int(b, i + 1);
	put_int(b, d->package);
	put_text(b, (struct slice) { d->kind, strlen(d->kind) });
	put_int(b, d->group);
	put_int(b, d->alternative);
	put_text(b, d->target_name);
	put_int_or_null(b, d->target);
	put_text_or_null(b, d->relation);
	put_text_or_null(b, d->version);
}

static void
package_tag_row(const struct archive *a, struct strbuf *b, int i)
{
	put_int(b, a->package_tag[i].package);
	put_int(b, a->package_tag[i].tag);
}

static bool
load_table(struct sink *sink, const struct archive *a, const char *table, const char *columns,
           int rows, void (*put_row)(const struct archive *, struct strbuf *, int))
{
	struct strbuf b;
	bool fine = sink_begin(sink, table, columns);

	strbuf_init(&b, NULL);
	for (int i = 0; i < rows && fine; i++) {
		put_row(a, &b, i);
		end_row(&b);
		fine = sink_rows(sink, &b, false);
		progress(table, i, rows);
	}
	fine = fine && sink_rows(sink, &b, true) && sink_end(sink);
	strbuf_done(&b);
	if (fine)
		progress(table, rows, rows);
	return fine;
}

static bool
load(struct sink *sink, const struct archive *a)
{
	return load_table(sink, a, "section", "id, name", a->section.n, section_row) &&
	       load_table(sink, a, "maintainer", "id, name, email", a->maintainer.n, maintainer_row) &&
	       load_table(sink, a, "source", "id, name", a->source.n, source_row) &&
	       load_table(sink, a, "tag", "id, name", a->tag.n, tag_row) &&
	       load_table(sink, a, "package",
	                  "id, name, version, architecture, section_id, maintainer_id, source_id, "
	                  "installed_size, download_size, priority, essential, multi_arch, homepage, "
	                  "summary, description", a->packages, package_row) &&
	       load_table(sink, a, "dependency",
	                  "id, package_id, kind, group_no, alternative, target_name, target_id, "
	                  "relation, version", a->dependencies, dependency_row) &&
	       load_table(sink, a, "package_tag", "package_id, tag_id", a->package_tags,
	                  package_tag_row);
}

/* The identity columns go on after the numbers that were loaded. */
static bool
set_sequences(struct sink *sink, const struct archive *a)
{
	const struct {
		const char *table;
		int n;
	} all[] = {
		{ "section", a->section.n }, { "maintainer", a->maintainer.n },
		{ "source", a->source.n }, { "tag", a->tag.n }, { "package", a->packages },
		{ "dependency", a->dependencies },
	};
	char sql[128];

	for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
		snprintf(sql, sizeof sql, "SELECT setval('%s_id_seq', %d)", all[i].table, all[i].n);
		if (!sink_sql(sink, sql))
			return false;
	}
	return true;
}

static bool
read_all(FILE *in, struct strbuf *text)
{
	size_t n;

	do {
		n = fread(strbuf_room(text, 1 << 20), 1, 1 << 20, in);
		strbuf_wrote(text, n);
	} while (n > 0);
	return !ferror(in);
}

static bool
read_archive(const char *file, struct strbuf *text)
{
	bool piped = file == NULL;
	FILE *in = piped ? popen("apt-cache dumpavail", "r") :
	           strcmp(file, "-") == 0 ? stdin : fopen(file, "r");

	if (in == NULL || !read_all(in, text)) {
		fprintf(stderr, "debload: %s: %s\n", piped ? "apt-cache" : file, strerror(errno));
		return false;
	}
	if (piped)
		(void) pclose(in);
	else if (in != stdin)
		(void) fclose(in);
	return true;
}

static bool
run(const char *conninfo, const char *folder, const char *sql_folder, const struct archive *a)
{
	char schema[4096], keys[4096];
	struct sink *sink = conninfo != NULL ? sink_open_server(conninfo) : sink_open_files(folder);

	if (sink == NULL)
		return false;
	snprintf(schema, sizeof schema, "%s/schema.sql", sql_folder);
	snprintf(keys, sizeof keys, "%s/keys.sql", sql_folder);
	bool fine = sink_sql_file(sink, schema) && load(sink, a) && set_sequences(sink, a);
	if (fine && conninfo != NULL) {
		if (!quiet)
			fputs("  keys and indexes\n", stderr);
		fine = sink_sql_file(sink, keys);
	}
	sink_close(sink);
	return fine;
}

int
main(int argc, char **argv)
{
	const char *file = NULL, *conninfo = NULL, *folder = NULL, *sql_folder = ".";
	struct archive a = { 0 };
	struct strbuf text;
	int opt;

	while ((opt = getopt(argc, argv, "d:f:o:s:q")) != -1)
		switch (opt) {
		case 'd': conninfo = optarg; break;
		case 'f': file = optarg; break;
		case 'o': folder = optarg; break;
		case 's': sql_folder = optarg; break;
		case 'q': quiet = true; break;
		default: optind = argc + 1;
		}
	if (optind != argc || (conninfo == NULL) == (folder == NULL)) {
		fputs("usage: debload [-q] [-f FILE] -d CONNINFO [-s FOLDER]\n"
		      "       debload [-q] [-f FILE] -o FOLDER\n", stderr);
		return 2;
	}

	strbuf_init(&text, NULL);
	if (!read_archive(file, &text))
		return 1;
	archive_parse(&a, text.data, text.len);
	if (a.packages == 0) {
		fputs("debload: there are no package lists here; run `apt-get update` first\n", stderr);
		return 1;
	}
	bool fine = run(conninfo, folder, sql_folder, &a);
	archive_done(&a);
	strbuf_done(&text);
	return fine ? 0 : 1;
}
