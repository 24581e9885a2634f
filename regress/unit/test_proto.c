/* test_proto.c - pgwire/proto: good messages, and every way to be bad. */
#include "config.h"
#include "pgwire/proto/backend.h"
#include "pgwire/proto/frontend.h"
#include "pgwire/proto/reader.h"
#include "pgwire/proto/request.h"
#include "pgwire/proto/startup.h"

#include <string.h>

#include "regress/unit/tap.h"

#define V3 "\0\3\0\0"
#define MSG(s) (s), sizeof(s) - 1

/* -- The first packet ---------------------------------------------------------------------- */
static const struct {
	const char *what, *bytes; size_t len; int rc; const char *user, *database;
} startups[] = {
	{ "user and database", MSG(V3 "user\0ann\0database\0shop\0\0"), ERR_OK, "ann", "shop" },
	{ "database defaults", MSG(V3 "user\0ann\0\0"), ERR_OK, "ann", "ann" },
	{ "empty database", MSG(V3 "user\0ann\0database\0\0\0"), ERR_OK, "ann", "ann" },
	{ "newer minor", MSG("\0\3\0\2" "user\0ann\0\0"), ERR_OK, "ann", "ann" },
	{ "a byte left over", MSG(V3 "user\0ann\0\0!"), ERR_PROTOCOL_VIOLATION, NULL, NULL },
	{ "no user", MSG(V3 "database\0d\0\0"), ERR_INVALID_AUTHORIZATION_SPECIFICATION, NULL, NULL },
	{ "protocol 2", MSG("\0\2\0\0" "user\0ann\0\0"), ERR_FEATURE_NOT_SUPPORTED, NULL, NULL },
	{ "bad replication", MSG(V3 "user\0a\0replication\0x\0\0"), ERR_INVALID_PARAMETER_VALUE, NULL, NULL },
};

static void
test_startup(void)
{
	for (unsigned i = 0; i < sizeof startups / sizeof startups[0]; i++) {
		struct startup s = { 0 };
		struct err e = { 0 };
		is_int(startups[i].rc, startup_parse(startups[i].bytes, startups[i].len, &s, &e),
		       "%s: result", startups[i].what);
		is_str(startups[i].user, s.user, "%s: user", startups[i].what);
		is_str(startups[i].database, s.database, "%s: database", startups[i].what);
	}
	for (size_t n = 0; n < startups[0].len; n++) {
		struct startup s = { 0 };
		struct err e = { 0 };
		ok(startup_parse(startups[0].bytes, n, &s, &e) != ERR_OK, "cut at %zu", n);
	}

	char many[4096] = V3 "user\0u\0";
	size_t n = 4 + 7;
	for (int i = 0; i < STARTUP_PARAM_MAX + 1; i++, n += 4)
		memcpy(many + n, "a\0b", 4);
	many[n++] = '\0';
	struct startup s = { 0 };
	struct err e = { 0 };
	is_int(ERR_PROTOCOL_VIOLATION, startup_parse(many, n, &s, &e), "too many parameters");
	err_init(&e);
	static const char pq[] = V3 "user\0u\0_pq_.x\0y\0\0";
	is_int(ERR_OK, startup_parse(pq, sizeof pq - 1, &s, &e), "protocol options");
	ok(s.negotiate && s.nunknown == 1, "... are negotiated");
}

static int
collect(void *arg, const char *name, const char *value, struct err *e)
{
	(void) e;
	strcat(strcat(strcat(strcat(arg, name), "="), value), ";");
	return ERR_OK;
}

static void
test_options(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "-c a=b", "a=b;" },
		{ "  -ca=b --work-mem=1  -c c=d\\ e\\\\ ", "a=b;work_mem=1;c=d e\\;" },
		{ "", "" },
		{ "-c", NULL }, { "-c a", NULL }, { "--a", NULL }, { "x", NULL },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char got[256] = "";
		struct err e = { 0 };
		int rc = startup_options(cases[i].text, collect, got, &e);
		if (cases[i].want == NULL)
			is_int(ERR_SYNTAX_ERROR, rc, "options '%s'", cases[i].text);
		else
			is_str(cases[i].want, got, "options '%s'", cases[i].text);
	}
}

static void
test_requests(void)
{
	static const struct { const char *what, *bytes; size_t len; int rc; enum request_kind kind; } cases[] = {
		{ "TLS", MSG("\0\0\0\10\4\322\26\57"), ERR_OK, REQUEST_TLS },
		{ "GSS", MSG("\0\0\0\10\4\322\26\60"), ERR_OK, REQUEST_GSS },
		{ "cancel", MSG("\0\0\0\20\4\322\26\56\0\0\0\7keys"), ERR_OK, REQUEST_CANCEL },
		{ "short cancel", MSG("\0\0\0\14\4\322\26\56\0\0\0\7"), ERR_PROTOCOL_VIOLATION, 0 },
		{ "padded TLS", MSG("\0\0\0\11\4\322\26\57x"), ERR_PROTOCOL_VIOLATION, 0 },
		{ "wrong length", MSG("\0\0\0\11\4\322\26\57"), ERR_PROTOCOL_VIOLATION, 0 },
		{ "start", MSG("\0\0\0\11\0\3\0\0\0"), ERR_OK, REQUEST_START },
	};
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct request q = { 0 };
		struct err e = { 0 };
		is_int(cases[i].rc, request_parse(cases[i].bytes, cases[i].len, &q, &e), "%s", cases[i].what);
		is_int(cases[i].kind, q.kind, "%s: kind", cases[i].what);
	}
	is_uint64(0, request_length("\0\0\0\7"), "a length too short");
	is_uint64(0, request_length("\0\0\47\21"), "a length too long");
	is_uint64(0, request_length("\377\377\377\377"), "a negative length");
	is_uint64(10000, request_length("\0\0\47\20"), "the longest length");
}

/* -- Frames --------------------------------------------------------------------------------- */
static void
test_frames(void)
{
	struct frame f;
	struct err e = { 0 };

	is_int(1, frame_parse(MSG("S\0\0\0\4"), true, 1000, &f, &e), "a whole message");
	is_int(0, frame_parse(MSG("S\0\0"), true, 1000, &f, &e), "half a header");
	is_int(0, frame_parse(MSG("Q\0\0\0\7ab"), true, 1000, &f, &e), "half a body");
	is_uint64(3, f.len, "... of this length");
	static const struct { const char *what, *bytes; size_t len; bool login; } bad[] = {
		{ "unknown type", MSG("z\0\0\0\4"), true },
		{ "length 3", MSG("S\0\0\0\3"), true },
		{ "negative length", MSG("S\377\377\377\377"), true },
		{ "over the small limit", MSG("S\0\0\47\25"), true },
		{ "over the large limit", MSG("Q\0\0\3\355"), true },
		{ "query before login", MSG("Q\0\0\0\4"), false },
		{ "password too long", MSG("p\0\1\0\4"), false },
	};
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err b = { 0 };
		is_int(-1, frame_parse(bad[i].bytes, bad[i].len, bad[i].login, 1000, &f, &b), "%s", bad[i].what);
		is_int(ERR_PROTOCOL_VIOLATION, b.code, "%s: code", bad[i].what);
	}
}

/* -- Messages: each good one cut at every length and padded by a byte -------------------------- */
static int
decode(const struct frame *f, struct arena *a, struct err *e)
{
	const char *text;
	union { struct msg_parse p; struct msg_bind b; struct msg_name n; struct msg_execute x; struct msg_call c;
	        struct msg_sasl_start s; } m;

	switch (f->type) {
	case 'Q': return msg_query(f, &text, e);
	case 'P': return msg_parse(f, a, &m.p, e);
	case 'B': return msg_bind(f, a, &m.b, e);
	case 'D': case 'C': return msg_name(f, &m.n, e);
	case 'E': return msg_execute(f, &m.x, e);
	case 'F': return msg_call(f, a, &m.c, e);
	case 'p': return msg_sasl_start(f, &m.s, e);
	default:  return msg_empty(f, e);
	}
}

static void
test_messages(void)
{
	static const struct { char type; const char *body; size_t len; } good[] = {
		{ 'Q', MSG("select 1\0") },
		{ 'P', MSG("s\0select $1\0\0\2\0\0\0\27\0\0\0\0") },
		{ 'B', MSG("p\0s\0\0\1\0\1\0\2\0\0\0\1x\377\377\377\377\0\1\0\0") },
		{ 'D', MSG("Ss\0") }, { 'C', MSG("P\0") },
		{ 'E', MSG("p\0\0\0\0\5") },
		{ 'F', MSG("\0\0\0\1\0\0\0\1\0\0\0\2ab\0\0") },
		{ 'p', MSG("SCRAM-SHA-256\0\0\0\0\3n,,") },
		{ 'S', MSG("") },
	};
	static const struct { const char *what; char type; const char *body; size_t len; } bad[] = {
		{ "65,535 types in 2 bytes", 'P', MSG("\0\0\377\377ab") },
		{ "value length -2", 'B', MSG("\0\0\0\0\0\1\377\377\377\376\0\0") },
		{ "value longer than the message", 'B', MSG("\0\0\0\0\0\1\177\377\377\377\0\0") },
		{ "format 2", 'B', MSG("\0\0\0\1\0\2\0\0\0\0") },
		{ "describe X", 'D', MSG("Xs\0") },
		{ "no NUL", 'Q', MSG("select 1") },
		{ "text after NUL", 'Q', MSG("select 1\0 2\0") },
	};
	ARENA_AUTO struct arena a = { 0 };
	char copy[256];

	for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct frame f = { good[i].type, good[i].len, good[i].body };
		struct err e = { 0 };
		is_int(ERR_OK, decode(&f, &a, &e), "%c: whole", f.type);
		for (f.len = 0; f.len < good[i].len; f.len++) {
			err_init(&e);
			is_int(ERR_PROTOCOL_VIOLATION, decode(&f, &a, &e), "%c: cut at %zu", f.type, f.len);
		}
		memcpy(copy, good[i].body, good[i].len);
		copy[good[i].len] = '\0';
		f.body = copy;
		f.len = good[i].len + 1;
		err_init(&e);
		is_int(ERR_PROTOCOL_VIOLATION, decode(&f, &a, &e), "%c: padded", f.type);
	}
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct frame f = { bad[i].type, bad[i].len, bad[i].body };
		struct err e = { 0 };
		is_int(ERR_PROTOCOL_VIOLATION, decode(&f, &a, &e), "%s", bad[i].what);
	}
}

/* -- Writing ------------------------------------------------------------------------------------ */
static size_t flushed;

static bool
count(void *arg, struct strbuf *out)
{
	(void) arg;
	flushed += out->len;
	return true;
}

static void
test_writer(void)
{
	struct writer w = { .flush = count };
	struct err e = { 0 };

	strbuf_init(&w.out, NULL);
	send_ready(&w, 'I');
	is_mem("Z\0\0\0\5I", w.out.data, 6, "ready");
	strbuf_clear(&w.out);
	err_set(&e, ERR_UNIQUE_VIOLATION, "dup");
	err_object(&e, "public", "t", NULL, "t_pkey");
	err_at(&e, 7);
	send_error(&w, LOG_ERROR, &e);
	static const char want[] = "SERROR\0VERROR\0C23505\0Mdup\0P7\0spublic\0tt\0nt_pkey\0";
	is_mem(want, w.out.data + 5, sizeof want - 1, "error fields");
	strbuf_clear(&w.out);
	for (int i = 0; i < 10000; i++)
		send_complete(&w, "SELECT 1");
	writer_flush(&w);
	is_uint64(10000 * 14, flushed, "everything goes out once");
	ok(w.out.cap < 4 * WRITER_FLUSH_AT, "... and the buffer stays small");
	strbuf_done(&w.out);
}

int
main(void)
{
	test_startup();
	test_options();
	test_requests();
	test_frames();
	test_messages();
	test_writer();
	return tap_done();
}
