/* scram.h - SCRAM-SHA-256 as a server speaks it (RFC 5802, RFC 7677), and the verifiers that
 * stand for passwords in the catalog.
 *
 * Owner     a struct scram belongs to one login.
 * Thread    one at a time.
 * Failure   08P01 for malformed messages; a wrong proof is an answer, not an error.
 * Cost      a new verifier is 4,096 HMACs (about 2 ms); checking a proof is four. */
#ifndef PGWIRE_NET_SCRAM_H
#define PGWIRE_NET_SCRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/strbuf.h"

enum { SCRAM_KEY_LEN = 32, SCRAM_SALT_LEN = 16, SCRAM_ITERATIONS = 4096, SCRAM_SALT_MAX = 64 };

struct scram_verifier {
	int iterations;
	size_t salt_len;
	unsigned char salt[SCRAM_SALT_MAX];
	unsigned char stored_key[SCRAM_KEY_LEN], server_key[SCRAM_KEY_LEN];
};

/* "SCRAM-SHA-256$4096:salt$StoredKey:ServerKey" */
bool scram_verifier_parse(const char *text, struct scram_verifier *ret);
/* A verifier for a password, with a new salt; false: no randomness. */
bool scram_verifier_make(const char *password, struct strbuf *to);
bool scram_verifier_check(const struct scram_verifier *v, const char *password);
/* For a user that does not exist or has no password: always the same salt for the same name, so
 * that the answer tells nothing; no password matches. */
void scram_verifier_mock(const char *user, struct scram_verifier *ret);

struct scram {
	struct scram_verifier verifier;
	bool doomed;                    /* a mock verifier: fail whatever comes */
	bool plus;                      /* SCRAM-SHA-256-PLUS was chosen */
	bool tls;                       /* ... could have been */
	size_t binding_len;
	unsigned char binding[64];      /* tls-server-end-point */
	struct strbuf client_first_bare, server_first, gs2;
	char nonce[128];
};

void scram_init(struct scram *s);
void scram_done(struct scram *s);
/* client-first-message -> server-first-message. */
int  scram_first(struct scram *s, const char *msg, size_t len, struct strbuf *ret_answer, struct err *e) MUST_CHECK;
/* client-final-message -> server-final-message; *ret_match tells whether the password was right. */
int  scram_final(struct scram *s, const char *msg, size_t len, struct strbuf *ret_answer, bool *ret_match,
                 struct err *e) MUST_CHECK;

/* Secure random bytes (cancel keys, nonces); false: none to be had. */
bool net_random(void *to, size_t len);
/* Do they differ?  In time that does not depend on where. */
bool net_equal(const void *a, const void *b, size_t len);

#endif
