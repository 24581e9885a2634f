/* encoding.c - the client's character set (client_encoding): what it sends is made UTF-8, what it is
 * sent is made its own.
 *
 * All its character sets have ASCII in them, so only what has other bytes is looked at.  A value that
 * has a character which the client does not know is an error (22P05); in names and messages such a
 * character is sent as "?".
 *
 * Not here: the tables (core/type/charset.h), COPY's ENCODING (copy_input.c, copy_write.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "core/type/charset.h"
#include "core/type/text.h"

static bool
is_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char) s[i] >= 0x80)
			return false;
	return true;
}

/* Names and messages: a writer's recode function. */
static void
put_string(void *arg, const char *text, size_t len, struct strbuf *out)
{
	const struct session *s = arg;
	const size_t start = out->len;
	struct err e = { 0 };

	if (is_ascii(text, len)) {
		strbuf_add(out, text, len);
		return;
	}
	if (charset_from_utf8(s->charset, text, len, out, &e) == ERR_OK)
		return;
	out->len = start;
	for (size_t i = 0, n; i < len; i += n) {
		const size_t at = out->len;

		n = (size_t) utf8_char_len(text[i]);
		if (n > len - i)
			n = len - i;
		if (charset_from_utf8(s->charset, text + i, n, out, &e) != ERR_OK) {
			out->len = at;
			strbuf_putc(out, '?');
		}
	}
}

const struct charset *
charset_of_client(const char *name)
{
	const struct charset *c = charset_by_name(name);

	return c == NULL || charset_is_utf8(c) ? NULL : c;
}

void
session_set_charset(struct session *s)
{
	s->charset = charset_of_client(settings_text(&s->settings, SET_client_encoding));
	s->conn->out.recode = s->charset != NULL ? put_string : NULL;
	s->conn->out.recode_arg = s;
}

int
session_text(struct session *s, struct arena *a, const char **text, size_t *len, struct err *e)
{
	struct strbuf to;

	if (s->charset == NULL || is_ascii(*text, *len))
		return ERR_OK;
	strbuf_init(&to, a);
	int rc = charset_to_utf8(s->charset, *text, *len, &to, e);
	if (rc == ERR_OK) {
		*text = to.data;
		*len = to.len;
	}
	return rc;
}

/* -- Values in binary form ------------------------------------------------------------------------------- */
enum text_in { TEXT_NONE, TEXT_WHOLE, TEXT_INSIDE };

/* Is a value's binary form text, or does it have texts with their lengths in it? */
static enum text_in
text_in(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	if (type_is_array(t))
		return text_in(t->elem) != TEXT_NONE ? TEXT_INSIDE : TEXT_NONE;
	if (t->sub != NULL)
		return text_in(t->sub) != TEXT_NONE ? TEXT_INSIDE : TEXT_NONE;
	if (t->kind == TYPE_COMPOSITE)
		return TEXT_INSIDE;
	if (t->kind == TYPE_ENUM)
		return TEXT_WHOLE;
	switch (t->oid) {
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_BPCHAR:
	case OID_NAME:
	case OID_UNKNOWN:
	case OID_JSON:
	case OID_JSONB:
		return TEXT_WHOLE;
	case OID_RECORD:
		return TEXT_INSIDE;
	default:
		return TEXT_NONE;
	}
}

static int
refuse_inside(const struct session *s, const struct type *t, struct err *e)
{
	err_set(e, ERR_FEATURE_NOT_SUPPORTED, "binary values of type %s are not supported with client_encoding %s",
	        type_sql_name(t), charset_name(s->charset));
	return err_hint(e, "Use the text format, or client_encoding UTF8.");
}

int
session_value_in(struct session *s, struct arena *a, const struct type *t, int16_t format, const char **p, size_t *len,
                 struct err *e)
{
	const enum text_in in = s->charset == NULL ? TEXT_NONE : format == 0 ? TEXT_WHOLE : text_in(t);

	if (in == TEXT_INSIDE)
		return refuse_inside(s, t, e);
	return in == TEXT_WHOLE ? session_text(s, a, p, len, e) : ERR_OK;
}

int
session_value_out(struct session *s, const struct type *t, int16_t format, struct strbuf *out, size_t start,
                  struct err *e)
{
	const enum text_in in = s->charset == NULL ? TEXT_NONE : format == 0 ? TEXT_WHOLE : text_in(t);

	if (in == TEXT_INSIDE)
		return refuse_inside(s, t, e);
	if (in == TEXT_NONE || is_ascii(out->data + start, out->len - start))
		return ERR_OK;
	/* Not of s->msg, which lasts for the whole answer. */
	ARENA_AUTO struct arena a = { 0 };
	const size_t len = out->len - start;
	const char *text = arena_dup(&a, out->data + start, len);
	out->len = start;
	return charset_from_utf8(s->charset, text, len, out, e);
}
