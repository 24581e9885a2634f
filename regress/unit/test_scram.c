/* test_scram.c - verifiers, and client messages that are not as they should be.
 *
 * Whole exchanges are libpq's to test (regress/t/proto.t and the clients). */
#include "config.h"
#include "pgwire/net/scram.h"

#include <string.h>

#include "regress/unit/tap.h"

/* Made by PostgreSQL 15 for the password "Gr8-pass word". */
static const char from_pg[] = "SCRAM-SHA-256$4096:MYyi87QDQx4+mDZvjbp/mA==$HCoA9IyzyIdHw4tXOiniwfFfOvUDajpyjDmo3yZOrd0=:"
                              "BEwCjLS/YGUsJpsklBX65QITbCHz5GrEB99FZhJZ+9w=";

static const char *const no_verifiers[] = {
	"", "md5aabbccddeeff00112233445566778899", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:MYyi87QDQx4+mDZvjbp/mA==$a:b",
	"SCRAM-SHA-256$4096:$HCoA9IyzyIdHw4tXOiniwfFfOvUDajpyjDmo3yZOrd0=:BEwCjLS/YGUsJpsklBX65QITbCHz5GrEB99FZhJZ+9w=",
	"SCRAM-SHA-256$4096:MYyi87QDQx4+mDZvjbp/mA==$HCoA9IyzyIdHw4tXOiniwfFfOvUDajpyjDmo3yZOrd0=",
	"SCRAM-SHA-256$4096:MYyi87QDQx4+mDZvjbp/mA==$HCoA:BEwC",
};

static const struct { const char *msg; bool plus, tls; int code; const char *detail; } firsts[] = {
	{ "n,,n=,r=abc", false, false, ERR_OK, NULL },
	{ "y,,n=,r=abc", false, false, ERR_OK, NULL },
	{ "y,,n=,r=abc", false, true, ERR_INVALID_AUTHORIZATION_SPECIFICATION, NULL },
	{ "p=tls-server-end-point,,n=,r=abc", true, true, ERR_OK, NULL },
	{ "p=tls-unique,,n=,r=abc", true, true, ERR_PROTOCOL_VIOLATION, NULL },
	{ "p=tls-server-end-point,,n=,r=abc", false, true, ERR_PROTOCOL_VIOLATION, NULL },
	{ "n,,n=,r=abc", true, true, ERR_PROTOCOL_VIOLATION, NULL },
	{ "", false, false, ERR_PROTOCOL_VIOLATION, "The message is empty." },
	{ "x,,n=,r=abc", false, false, ERR_PROTOCOL_VIOLATION, "Unexpected channel-binding flag." },
	{ "n", false, false, ERR_PROTOCOL_VIOLATION, "Comma expected." },
	{ "n,a=me,n=,r=abc", false, false, ERR_FEATURE_NOT_SUPPORTED, NULL },
	{ "n,,m=x,n=,r=abc", false, false, ERR_FEATURE_NOT_SUPPORTED, NULL },
	{ "n,,r=abc", false, false, ERR_PROTOCOL_VIOLATION, "Expected attribute \"n\"." },
	{ "n,,n=", false, false, ERR_PROTOCOL_VIOLATION, "Expected attribute \"r\"." },
	{ "n,,n=,r=", false, false, ERR_PROTOCOL_VIOLATION, "Expected attribute \"r\"." },
	{ "n,,n=,r=a\tb", false, false, ERR_PROTOCOL_VIOLATION, NULL },
};

static void
test_verifiers(void)
{
	struct scram_verifier v, again;
	struct strbuf mine;

	ok(scram_verifier_parse(from_pg, &v), "PostgreSQL's verifier");
	is_int(4096, v.iterations, "iterations");
	ok(scram_verifier_check(&v, "Gr8-pass word"), "the password");
	ok(!scram_verifier_check(&v, "gr8-pass word"), "another");
	for (unsigned i = 0; i < sizeof no_verifiers / sizeof no_verifiers[0]; i++)
		ok(!scram_verifier_parse(no_verifiers[i], &v), "no verifier: %s", no_verifiers[i]);
	strbuf_init(&mine, NULL);
	ok(scram_verifier_make("s3cret", &mine), "a new one");
	ok(scram_verifier_parse(mine.data, &v) && scram_verifier_check(&v, "s3cret"), "is right for its password");
	strbuf_done(&mine);
	scram_verifier_mock("nobody", &v);
	scram_verifier_mock("nobody", &again);
	is_mem(v.salt, again.salt, v.salt_len, "a stand-in is the same each time");
	scram_verifier_mock("nobody else", &again);
	ok(memcmp(v.salt, again.salt, v.salt_len) != 0, "... but not for everybody");
}

static void
test_first(void)
{
	for (unsigned i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
		struct scram s;
		struct strbuf answer;
		struct err e = { 0 };
		scram_init(&s);
		strbuf_init(&answer, NULL);
		(void) scram_verifier_parse(from_pg, &s.verifier);
		s.plus = firsts[i].plus;
		s.tls = firsts[i].tls;
		int rc = scram_first(&s, firsts[i].msg, strlen(firsts[i].msg), &answer, &e);
		is_str(err_sqlstate(firsts[i].code), err_sqlstate(rc), "first \"%s\"", firsts[i].msg);
		if (firsts[i].detail != NULL)
			is_str(firsts[i].detail, e.detail, "... detail");
		if (rc == ERR_OK)
			ok(strncmp(answer.data, "r=abc", 5) == 0 && strstr(answer.data, ",s=MYyi87QDQx4+mDZvjbp/mA==,i=4096") != NULL,
			   "... answer %s", answer.data);
		strbuf_done(&answer);
		scram_done(&s);
	}
}

static void
test_final(void)
{
	static const struct { const char *tail; int code; } finals[] = {
		{ "c=biws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ERR_OK },
		{ "c=eSws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ERR_PROTOCOL_VIOLATION },
		{ "c=biws,r=%s", ERR_PROTOCOL_VIOLATION },
		{ "c=biws,r=%s,p=AAAA", ERR_PROTOCOL_VIOLATION },
		{ "c=biws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,x=y", ERR_PROTOCOL_VIOLATION },
		{ "c=biws,r=x%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ERR_PROTOCOL_VIOLATION },
		{ "r=%s", ERR_PROTOCOL_VIOLATION },
	};
	for (unsigned i = 0; i < sizeof finals / sizeof finals[0]; i++) {
		struct scram s;
		struct strbuf answer, msg;
		struct err e = { 0 };
		bool match = true;
		scram_init(&s);
		strbuf_init(&answer, NULL);
		strbuf_init(&msg, NULL);
		(void) scram_verifier_parse(from_pg, &s.verifier);
		if (scram_first(&s, "n,,n=,r=abc", 11, &answer, &e) != ERR_OK)
			bail("first: %s", e.message);
		for (const char *p = finals[i].tail; *p != '\0'; p++)
			if (*p == '%') {
				strbuf_puts(&msg, s.nonce);
				p++;
			} else {
				strbuf_putc(&msg, *p);
			}
		strbuf_clear(&answer);
		int rc = scram_final(&s, msg.data, msg.len, &answer, &match, &e);
		is_str(err_sqlstate(finals[i].code), err_sqlstate(rc), "final %s", finals[i].tail);
		if (rc == ERR_OK)
			ok(!match && strncmp(answer.data, "v=", 2) == 0, "a wrong proof is an answer, not an error");
		strbuf_done(&msg);
		strbuf_done(&answer);
		scram_done(&s);
	}
}

int
main(void)
{
	test_verifiers();
	test_first();
	test_final();
	return tap_done();
}
