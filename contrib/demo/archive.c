/* archive.c - stanzas of `apt-cache dumpavail` into packages, dependencies and tags.
 *
 * The format is deb822: `Field: value`, continued on lines that begin with a blank, stanzas
 * separated by an empty line.  Not here: where the text comes from, where the rows go
 * (debload.c, sink.c). */
#include "config.h"
#include "contrib/demo/archive.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more in an array that grows by doubling. */
#define GROW(array, n, cap) ((array) = grow((array), (n), &(cap), sizeof *(array)))

static void *
grow(void *array, int n, int *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap == 0 ? 1024 : *cap * 2;
	array = realloc(array, (size_t) *cap * size);
	if (array == NULL) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return array;
}

static struct slice
trim(struct slice s)
{
	while (s.len > 0 && isspace((unsigned char) s.at[0]))
		s = (struct slice) { s.at + 1, s.len - 1 };
	while (s.len > 0 && isspace((unsigned char) s.at[s.len - 1]))
		s.len--;
	return s;
}

static bool
equals(struct slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

/* Cuts the part before `separator` off *rest; false when nothing is left. */
static bool
cut(struct slice *rest, char separator, struct slice *ret_part)
{
	if (rest->at == NULL || rest->len == 0)
		return false;
	const char *end = memchr(rest->at, separator, rest->len);
	size_t len = end == NULL ? rest->len : (size_t) (end - rest->at);
	size_t used = end == NULL ? len : len + 1;

	*ret_part = trim((struct slice) { rest->at, len });
	*rest = (struct slice) { rest->at + used, rest->len - used };
	return true;
}

static int
number_of(struct names *names, struct slice text)
{
	void *known = map_get(&names->map, text.at, text.len);

	if (known != NULL)
		return (int) (intptr_t) known;
	GROW(names->item, names->n, names->cap);
	names->item[names->n++] = text;
	map_put(&names->map, text.at, text.len, (void *) (intptr_t) names->n);
	return names->n;
}

/* "name:any (>= 1.2)" */
static void
add_alternative(struct archive *a, struct dependency d, struct slice text)
{
	const char *open = memchr(text.at, '(', text.len);
	struct slice name = text;

	if (open != NULL) {
		name = trim((struct slice) { text.at, (size_t) (open - text.at) });
		struct slice in = { open + 1, text.len - (size_t) (open + 1 - text.at) };
		if (in.len > 0 && in.at[in.len - 1] == ')')
			in.len--;
		in = trim(in);
		size_t n = 0;
		while (n < in.len && strchr("<>=", in.at[n]) != NULL)
			n++;
		d.relation = (struct slice) { in.at, n };
		d.version = trim((struct slice) { in.at + n, in.len - n });
	}
	const char *colon = memchr(name.at, ':', name.len);
	if (colon != NULL)
		name.len = (size_t) (colon - name.at);
	if (name.len == 0)
		return;
	d.target_name = name;
	GROW(a->dependency, a->dependencies, a->dependency_cap);
	a->dependency[a->dependencies++] = d;
}

static void
add_dependencies(struct archive *a, int package, const char *kind, struct slice value)
{
	struct slice group, alternative;
	struct dependency d = { .package = package, .kind = kind };

	while (cut(&value, ',', &group)) {
		if (group.len == 0)
			continue;
		d.group++;
		d.alternative = 0;
		while (cut(&group, '|', &alternative)) {
			d.alternative++;
			add_alternative(a, d, alternative);
		}
	}
}

static void
add_tags(struct archive *a, int package, struct slice value)
{
	int first = a->package_tags;
	struct slice text;

	while (cut(&value, ',', &text)) {
		if (text.len == 0)
			continue;
		int tag = number_of(&a->tag, text), i = first;
		while (i < a->package_tags && a->package_tag[i].tag != tag)
			i++;
		if (i < a->package_tags)        /* named twice */
			continue;
		GROW(a->package_tag, a->package_tags, a->package_tag_cap);
		a->package_tag[a->package_tags++] = (struct package_tag) { package, tag };
	}
}

void
archive_split_maintainer(struct slice whole, struct slice *ret_name, struct slice *ret_email)
{
	const char *open = memchr(whole.at, '<', whole.len);

	*ret_name = whole;
	*ret_email = (struct slice) { 0 };
	if (open == NULL)
		return;
	*ret_name = trim((struct slice) { whole.at, (size_t) (open - whole.at) });
	struct slice mail = { open + 1, whole.len - (size_t) (open + 1 - whole.at) };
	const char *close = memchr(mail.at, '>', mail.len);
	if (close != NULL)
		mail.len = (size_t) (close - mail.at);
	*ret_email = trim(mail);
}

/* The same person is written with other blanks, or with more people behind: the first name
 * and address make the number. */
static int
maintainer_of(struct archive *a, struct slice text)
{
	struct slice name, email;
	void *known = map_get(&a->maintainer.map, text.at, text.len);

	if (known != NULL)
		return (int) (intptr_t) known;
	archive_split_maintainer(text, &name, &email);
	if (email.len > 0) {
		char *plain = arena_printf(&a->arena, "%.*s <%.*s>", (int) name.len, name.at,
		                           (int) email.len, email.at);
		text = (struct slice) { plain, strlen(plain) };
	}
	return number_of(&a->maintainer, text);
}

/* The fields of one stanza as they stand in the text. */
enum field {
	F_PACKAGE, F_VERSION, F_ARCHITECTURE, F_SECTION, F_MAINTAINER, F_SOURCE, F_INSTALLED_SIZE,
	F_SIZE, F_PRIORITY, F_ESSENTIAL, F_MULTI_ARCH, F_HOMEPAGE, F_DESCRIPTION, F_TAG,
	F_DEPENDENCIES,                 /* the kinds, from here on */
	F_COUNT = F_DEPENDENCIES + 8
};
static const struct {
	const char *name, *kind;
} fields[F_COUNT] = {
	[F_PACKAGE] = { "Package", NULL },
	[F_VERSION] = { "Version", NULL },
	[F_ARCHITECTURE] = { "Architecture", NULL },
	[F_SECTION] = { "Section", NULL },
	[F_MAINTAINER] = { "Maintainer", NULL },
	[F_SOURCE] = { "Source", NULL },
	[F_INSTALLED_SIZE] = { "Installed-Size", NULL },
	[F_SIZE] = { "Size", NULL },
	[F_PRIORITY] = { "Priority", NULL },
	[F_ESSENTIAL] = { "Essential", NULL },
	[F_MULTI_ARCH] = { "Multi-Arch", NULL },
	[F_HOMEPAGE] = { "Homepage", NULL },
	[F_DESCRIPTION] = { "Description", NULL },
	[F_TAG] = { "Tag", NULL },
	[F_DEPENDENCIES] = { "Pre-Depends", "pre-depends" },
	{ "Depends", "depends" },
	{ "Recommends", "recommends" },
	{ "Suggests", "suggests" },
	{ "Enhances", "enhances" },
	{ "Breaks", "breaks" },
	{ "Conflicts", "conflicts" },
	{ "Replaces", "replaces" },
};

/* Reads the fields of the stanza at `text`; returns where the next one begins. */
static const char *
read_stanza(const char *text, const char *end, struct slice value[F_COUNT])
{
	int current = -1;

	memset(value, 0, F_COUNT * sizeof *value);
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t) (end - text));
		const char *next = eol == NULL ? end : eol + 1;
		size_t len = (size_t) ((eol == NULL ? end : eol) - text);
		if (len == 0)
			return next;
		if (*text == ' ' || *text == '\t') {
			if (current >= 0)
				value[current].len = (size_t) (text + len - value[current].at);
		} else {
			const char *colon = memchr(text, ':', len);
			size_t name = colon == NULL ? 0 : (size_t) (colon - text);
			current = -1;
			for (int f = 0; f < F_COUNT && name > 0; f++)
				if (equals((struct slice) { text, name }, fields[f].name)) {
					value[f] = (struct slice) { colon + 1, len - name - 1 };
					current = f;
					break;
				}
		}
		text = next;
	}
	return text;
}

static void
add_package(struct archive *a, struct slice value[F_COUNT])
{
	static const struct slice unknown = { "unknown", 7 }, optional = { "optional", 8 };
	struct slice description, source;

	for (int f = 0; f < F_COUNT; f++)
		value[f] = trim(value[f]);
	if (value[F_PACKAGE].len == 0 || value[F_VERSION].len == 0 ||
	    map_get(&a->by_name, value[F_PACKAGE].at, value[F_PACKAGE].len) != NULL)
		return;         /* another architecture or version of a package that we have */
	GROW(a->package, a->packages, a->package_cap);
	struct package *p = &a->package[a->packages++];
	int number = a->packages;

	map_put(&a->by_name, value[F_PACKAGE].at, value[F_PACKAGE].len, (void *) (intptr_t) number);
	source = value[F_PACKAGE];
	if (value[F_SOURCE].len > 0)
		cut(&value[F_SOURCE], ' ', &source);    /* "name (version)" */
	*p = (struct package) {
		.name = value[F_PACKAGE],
		.version = value[F_VERSION],
		.architecture = value[F_ARCHITECTURE].len > 0 ? value[F_ARCHITECTURE] : unknown,
		.installed_size = value[F_INSTALLED_SIZE],
		.download_size = value[F_SIZE],
		.priority = value[F_PRIORITY].len > 0 ? value[F_PRIORITY] : optional,
		.essential = equals(value[F_ESSENTIAL], "yes"),
		.multi_arch = value[F_MULTI_ARCH],
		.homepage = value[F_HOMEPAGE],
		.section = number_of(&a->section, value[F_SECTION].len > 0 ? value[F_SECTION] : unknown),
		.maintainer = maintainer_of(a, value[F_MAINTAINER].len > 0 ? value[F_MAINTAINER] : unknown),
		.source = number_of(&a->source, source),
	};
	description = value[F_DESCRIPTION];
	if (!cut(&description, '\n', &p->summary))
		p->summary = (struct slice) { "", 0 };
	p->description = trim(description);

	for (int f = F_DEPENDENCIES; f < F_COUNT; f++)
		add_dependencies(a, number, fields[f].kind, value[f]);
	add_tags(a, number, value[F_TAG]);
}

void
archive_parse(struct archive *a, const char *text, size_t len)
{
	struct slice value[F_COUNT];

	for (const char *end = text + len; text < end; ) {
		text = read_stanza(text, end, value);
		add_package(a, value);
	}
	/* Names can be resolved only now: a package may depend on a later one. */
	for (int i = 0; i < a->dependencies; i++) {
		struct dependency *d = &a->dependency[i];
		d->target = (int) (intptr_t) map_get(&a->by_name, d->target_name.at, d->target_name.len);
	}
}

void
archive_done(struct archive *a)
{
	struct names *all[] = { &a->section, &a->maintainer, &a->source, &a->tag };

	for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
		map_done(&all[i]->map);
		free(all[i]->item);
	}
	map_done(&a->by_name);
	arena_done(&a->arena);
	free(a->package);
	free(a->dependency);
	free(a->package_tag);
}
