/* explain_write.c - the four formats of EXPLAIN.
 *
 * The layout of each is PostgreSQL's, which the tools that draw plans read.
 *
 * Not here: what a node has to say (explain.c). */
#include "config.h"
#include "core/plan/explain_write.h"

#include <stdio.h>
#include <string.h>

static void
quoted(struct strbuf *to, const char *s)
{
	strbuf_putc(to, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_printf(to, "\\%c", *s);
		else if (*s == '\n')
			strbuf_puts(to, "\\n");
		else if ((unsigned char) *s < 0x20)
			strbuf_printf(to, "\\u%04x", (unsigned char) *s);
		else
			strbuf_putc(to, *s);
	}
	strbuf_putc(to, '"');
}

static void
xml_text(struct strbuf *to, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			strbuf_puts(to, "&lt;");
		else if (*s == '>')
			strbuf_puts(to, "&gt;");
		else if (*s == '&')
			strbuf_puts(to, "&amp;");
		else
			strbuf_putc(to, *s);
	}
}

/* <Sort-Key>: no spaces, no other signs. */
static void
xml_tag(struct explain_writer *w, const char *before, const char *name, const char *after)
{
	strbuf_puts(w->to, before);
	for (; *name != '\0'; name++)
		strbuf_putc(w->to, *name == ' ' || *name == '/' ? '-' : *name);
	strbuf_puts(w->to, after);
}

/* To where the next property or group begins. */
static void
next_place(struct explain_writer *w)
{
	if (w->format == EXPLAIN_JSON)
		strbuf_printf(w->to, "%s\n%*s", w->first ? "" : ",", w->indent, "");
	else if (w->format == EXPLAIN_YAML && !w->first)
		strbuf_printf(w->to, "\n%*s", w->indent, "");
	else if (w->format == EXPLAIN_XML)
		strbuf_printf(w->to, "%*s", w->indent, "");
	w->first = false;
}

void
ew_begin(struct explain_writer *w)
{
	w->first = true;
	w->indent = w->format == EXPLAIN_YAML ? 0 : 2;
	if (w->format == EXPLAIN_JSON)
		strbuf_putc(w->to, '[');
	else if (w->format == EXPLAIN_XML)
		strbuf_puts(w->to, "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n");
}

void
ew_end(struct explain_writer *w)
{
	if (w->format == EXPLAIN_JSON)
		strbuf_puts(w->to, "\n]");
	else if (w->format == EXPLAIN_XML)
		strbuf_puts(w->to, "</explain>");
}

void
ew_open(struct explain_writer *w, const char *name, const char *key, bool list)
{
	next_place(w);
	switch (w->format) {
	case EXPLAIN_JSON:
		if (key != NULL) {
			quoted(w->to, key);
			strbuf_puts(w->to, ": ");
		}
		strbuf_putc(w->to, list ? '[' : '{');
		w->first = true;
		break;
	case EXPLAIN_XML:
		xml_tag(w, "<", name, ">\n");
		break;
	case EXPLAIN_YAML:
		strbuf_printf(w->to, key != NULL ? "%s: " : "- ", key);
		w->first = key == NULL;
		break;
	default:
		break;
	}
	w->indent += 2;
}

void
ew_close(struct explain_writer *w, const char *name, bool list)
{
	w->indent -= 2;
	if (w->format == EXPLAIN_JSON)
		strbuf_printf(w->to, "\n%*s%c", w->indent, "", list ? ']' : '}');
	else if (w->format == EXPLAIN_XML) {
		strbuf_printf(w->to, "%*s", w->indent, "");
		xml_tag(w, "</", name, ">\n");
	}
	w->first = false;
}

static void
value(struct explain_writer *w, const char *key, const char *v, bool plain)
{
	if (w->format == EXPLAIN_TEXT) {
		strbuf_printf(w->to, "%*s%s: %s\n", w->indent, "", key, v);
		return;
	}
	next_place(w);
	if (w->format == EXPLAIN_XML) {
		xml_tag(w, "<", key, ">");
		xml_text(w->to, v);
		xml_tag(w, "</", key, ">\n");
		return;
	}
	if (w->format == EXPLAIN_JSON)
		quoted(w->to, key);
	else
		strbuf_puts(w->to, key);
	strbuf_puts(w->to, ": ");
	if (plain)
		strbuf_puts(w->to, v);
	else
		quoted(w->to, v);
}

void
ew_string(struct explain_writer *w, const char *key, const char *v)
{
	value(w, key, v, false);
}

void
ew_plain(struct explain_writer *w, const char *key, const char *v)
{
	value(w, key, v, true);
}

void
ew_number(struct explain_writer *w, const char *key, const char *fmt, double v)
{
	char text[64];

	snprintf(text, sizeof text, fmt, v);
	value(w, key, text, true);
}

static void
strings_text(struct explain_writer *w, const char *key, int n, char *const *values)
{
	strbuf_printf(w->to, "%*s%s: ", w->indent, "", key);
	for (int i = 0; i < n; i++)
		strbuf_printf(w->to, "%s%s", i > 0 ? ", " : "", values[i]);
	strbuf_putc(w->to, '\n');
}

static void
strings_json(struct explain_writer *w, const char *key, int n, char *const *values)
{
	next_place(w);
	quoted(w->to, key);
	strbuf_puts(w->to, ": [");
	for (int i = 0; i < n; i++) {
		strbuf_puts(w->to, i > 0 ? ", " : "");
		quoted(w->to, values[i]);
	}
	strbuf_putc(w->to, ']');
}

void
ew_strings(struct explain_writer *w, const char *key, int n, char *const *values)
{
	if (w->format == EXPLAIN_TEXT) {
		strings_text(w, key, n, values);
		return;
	}
	if (w->format == EXPLAIN_JSON) {
		strings_json(w, key, n, values);
		return;
	}
	ew_open(w, key, key, true);
	for (int i = 0; i < n; i++) {
		next_place(w);
		if (w->format == EXPLAIN_XML) {
			strbuf_puts(w->to, "<Item>");
			xml_text(w->to, values[i]);
			strbuf_puts(w->to, "</Item>\n");
		} else {
			strbuf_puts(w->to, "- ");
			quoted(w->to, values[i]);
		}
	}
	ew_close(w, key, true);
}
