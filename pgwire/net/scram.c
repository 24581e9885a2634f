/* scram.c - the two exchanges of SCRAM, from the server's side.
 *
 * Texts of errors are PostgreSQL's.  User names in the messages are ignored, as PostgreSQL
 * does: the startup packet said who it is.
 *
 * Not here: passwords are taken as they are; preparing them (SASLprep) changes only some that
 * are not ASCII, and clients that send those prepare them before we see a proof. */
#include "config.h"
#include "pgwire/net/scram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

enum { NONCE_RAW = 18 };

bool
net_random(void *to, size_t len)
{
	return RAND_bytes(to, (int) len) == 1;
}

bool
net_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

/* -- Base64 and HMAC ------------------------------------------------------------------------- */
static void
add_base64(struct strbuf *to, const unsigned char *p, size_t len)
{
	size_t room = (len + 2) / 3 * 4;
	char *at = strbuf_room(to, room + 1);

	strbuf_wrote(to, (size_t) EVP_EncodeBlock((unsigned char *) at, p, (int) len));
}

/* Exactly this base64 text; -1: it is none, or too long for `size`. */
static int
from_base64(const char *text, size_t len, unsigned char *to, size_t size)
{
	unsigned char out[512];

	if (len % 4 != 0 || len == 0 || len / 4 * 3 > sizeof out)
		return -1;
	int n = EVP_DecodeBlock(out, (const unsigned char *) text, (int) len);
	if (n < 0)
		return -1;
	n -= text[len - 1] == '=';
	n -= text[len - 2] == '=';
	if ((size_t) n > size)
		return -1;
	memcpy(to, out, (size_t) n);
	return n;
}

static void
hmac(const unsigned char key[SCRAM_KEY_LEN], const void *text, size_t len, unsigned char ret[SCRAM_KEY_LEN])
{
	unsigned n = SCRAM_KEY_LEN;

	HMAC(EVP_sha256(), key, SCRAM_KEY_LEN, text, len, ret, &n);
}

/* StoredKey and ServerKey of a password. */
static void
derive(const char *password, struct scram_verifier *v)
{
	unsigned char salted[SCRAM_KEY_LEN], client[SCRAM_KEY_LEN];

	PKCS5_PBKDF2_HMAC(password, (int) strlen(password), v->salt, (int) v->salt_len, v->iterations,
	                  EVP_sha256(), SCRAM_KEY_LEN, salted);
	hmac(salted, "Client Key", 10, client);
	SHA256(client, SCRAM_KEY_LEN, v->stored_key);
	hmac(salted, "Server Key", 10, v->server_key);
	OPENSSL_cleanse(salted, sizeof salted);
	OPENSSL_cleanse(client, sizeof client);
}

/* -- Verifiers --------------------------------------------------------------------------------- */
bool
scram_verifier_parse(const char *text, struct scram_verifier *ret)
{
	static const char prefix[] = "SCRAM-SHA-256$";
	struct scram_verifier v;
	char *end;

	if (strncmp(text, prefix, sizeof prefix - 1) != 0)
		return false;
	long iterations = strtol(text + sizeof prefix - 1, &end, 10);
	if (iterations < 1 || iterations > 10000000 || *end != ':')
		return false;
	v.iterations = (int) iterations;
	const char *salt = end + 1, *dollar = strchr(salt, '$');
	if (dollar == NULL)
		return false;
	int n = from_base64(salt, (size_t) (dollar - salt), v.salt, sizeof v.salt);
	const char *stored = dollar + 1, *colon = strchr(stored, ':');
	if (n <= 0 || colon == NULL)
		return false;
	v.salt_len = (size_t) n;
	if (from_base64(stored, (size_t) (colon - stored), v.stored_key, SCRAM_KEY_LEN) != SCRAM_KEY_LEN ||
	    from_base64(colon + 1, strlen(colon + 1), v.server_key, SCRAM_KEY_LEN) != SCRAM_KEY_LEN)
		return false;
	*ret = v;
	return true;
}

bool
scram_verifier_make(const char *password, struct strbuf *to)
{
	struct scram_verifier v = { .iterations = SCRAM_ITERATIONS, .salt_len = SCRAM_SALT_LEN };

	if (!net_random(v.salt, v.salt_len))
		return false;
	derive(password, &v);
	strbuf_printf(to, "SCRAM-SHA-256$%d:", v.iterations);
	add_base64(to, v.salt, v.salt_len);
	strbuf_putc(to, '$');
	add_base64(to, v.stored_key, SCRAM_KEY_LEN);
	strbuf_putc(to, ':');
	add_base64(to, v.server_key, SCRAM_KEY_LEN);
	return true;
}

bool
scram_verifier_check(const struct scram_verifier *v, const char *password)
{
	struct scram_verifier mine = *v;

	derive(password, &mine);
	return net_equal(mine.stored_key, v->stored_key, SCRAM_KEY_LEN);
}

void
scram_verifier_mock(const char *user, struct scram_verifier *ret)
{
	static unsigned char secret[SCRAM_KEY_LEN];
	static bool have_secret;
	unsigned char hash[SCRAM_KEY_LEN];

	*ret = (struct scram_verifier) { .iterations = SCRAM_ITERATIONS, .salt_len = SCRAM_SALT_LEN };
	if (!__atomic_load_n(&have_secret, __ATOMIC_ACQUIRE)) {
		unsigned char fresh[SCRAM_KEY_LEN];
		if (net_random(fresh, sizeof fresh) && !__atomic_exchange_n(&have_secret, true, __ATOMIC_ACQ_REL))
			memcpy(secret, fresh, sizeof secret);
	}
	hmac(secret, user, strlen(user), hash);
	memcpy(ret->salt, hash, SCRAM_SALT_LEN);
}

/* -- The exchange --------------------------------------------------------------------------------- */
void
scram_init(struct scram *s)
{
	*s = (struct scram) { 0 };
	strbuf_init(&s->client_first_bare, NULL);
	strbuf_init(&s->server_first, NULL);
	strbuf_init(&s->gs2, NULL);
}

void
scram_done(struct scram *s)
{
	strbuf_done(&s->client_first_bare);
	strbuf_done(&s->server_first);
	strbuf_done(&s->gs2);
}

static int
malformed(struct err *e, const char *detail)
{
	err_set(e, ERR_PROTOCOL_VIOLATION, "malformed SCRAM message");
	return err_detail(e, "%s", detail);
}

/* "k=value" at *p, up to a comma or the end; false: it is not attribute k. */
static bool
attribute(const char **p, char k, const char **ret_value, size_t *ret_len)
{
	const char *at = *p;

	if (at[0] != k || at[1] != '=')
		return false;
	*ret_value = at + 2;
	*ret_len = strcspn(at + 2, ",");
	at += 2 + *ret_len;
	*p = *at == ',' ? at + 1 : at;
	return true;
}

/* The GS2 header: may the client bind to the channel, does it, and must it have? */
static int
check_gs2(struct scram *s, const char **p, struct err *e)
{
	const char *start = *p, *at = start;

	switch (*at) {
	case 'n':
		if (s->plus)
			return malformed(e, "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not "
			                 "include channel binding data.");
		at++;
		break;
	case 'y':
		if (s->plus)
			return malformed(e, "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not "
			                 "include channel binding data.");
		if (s->tls) {
			err_set(e, ERR_INVALID_AUTHORIZATION_SPECIFICATION, "SCRAM channel binding negotiation error");
			return err_detail(e, "The client supports SCRAM channel binding but thinks the server does "
			                  "not.  However, this server does support channel binding.");
		}
		at++;
		break;
	case 'p':
		if (!s->plus)
			return malformed(e, "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM "
			                 "message includes channel binding data.");
		if (strncmp(at, "p=tls-server-end-point,", 23) != 0)
			return err_set(e, ERR_PROTOCOL_VIOLATION, "unsupported SCRAM channel-binding type");
		at += 22;
		break;
	default:
		return malformed(e, "Unexpected channel-binding flag.");
	}
	if (*at != ',')
		return malformed(e, "Comma expected.");
	at++;
	if (*at == 'a')
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "client uses authorization identity, but it is not supported");
	if (*at != ',')
		return malformed(e, "Unexpected attribute in client-first-message.");
	at++;
	strbuf_add(&s->gs2, start, (size_t) (at - start));
	*p = at;
	return ERR_OK;
}

int
scram_first(struct scram *s, const char *msg, size_t len, struct strbuf *ret_answer, struct err *e)
{
	unsigned char raw[NONCE_RAW];
	const char *value;
	size_t n;
	struct strbuf nonce;

	if (len == 0)
		return malformed(e, "The message is empty.");
	if (strlen(msg) != len)
		return malformed(e, "Message length does not match input length.");
	int rc = check_gs2(s, &msg, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_puts(&s->client_first_bare, msg);
	if (*msg == 'm')
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "client requires an unsupported SCRAM extension");
	if (!attribute(&msg, 'n', &value, &n))
		return malformed(e, "Expected attribute \"n\".");
	if (!attribute(&msg, 'r', &value, &n) || n == 0)
		return malformed(e, "Expected attribute \"r\".");
	for (size_t i = 0; i < n; i++)
		if (value[i] < 0x21 || value[i] > 0x7e)
			return err_set(e, ERR_PROTOCOL_VIOLATION, "non-printable characters in SCRAM nonce");
	if (n > sizeof s->nonce - 32)
		return malformed(e, "The nonce is too long.");
	if (!net_random(raw, sizeof raw))
		return err_set(e, ERR_INTERNAL_ERROR, "could not generate random nonce");
	strbuf_init(&nonce, NULL);
	strbuf_add(&nonce, value, n);
	add_base64(&nonce, raw, sizeof raw);
	snprintf(s->nonce, sizeof s->nonce, "%s", nonce.data);
	strbuf_done(&nonce);

	strbuf_printf(&s->server_first, "r=%s,s=", s->nonce);
	add_base64(&s->server_first, s->verifier.salt, s->verifier.salt_len);
	strbuf_printf(&s->server_first, ",i=%d", s->verifier.iterations);
	strbuf_add(ret_answer, s->server_first.data, s->server_first.len);
	return ERR_OK;
}

/* c=: what the client says it bound to must be what we see. */
static bool
binding_matches(const struct scram *s, const char *value, size_t len)
{
	struct strbuf raw, want;

	strbuf_init(&raw, NULL);
	strbuf_init(&want, NULL);
	strbuf_add(&raw, s->gs2.data, s->gs2.len);
	if (s->plus)
		strbuf_add(&raw, s->binding, s->binding_len);
	add_base64(&want, (unsigned char *) raw.data, raw.len);
	bool same = want.len == len && memcmp(want.data, value, len) == 0;
	strbuf_done(&raw);
	strbuf_done(&want);
	return same;
}

static bool
proof_matches(const struct scram *s, const char *auth, size_t auth_len, const unsigned char *proof)
{
	unsigned char signature[SCRAM_KEY_LEN], client[SCRAM_KEY_LEN], stored[SCRAM_KEY_LEN];

	hmac(s->verifier.stored_key, auth, auth_len, signature);
	for (int i = 0; i < SCRAM_KEY_LEN; i++)
		client[i] = proof[i] ^ signature[i];
	SHA256(client, SCRAM_KEY_LEN, stored);
	return net_equal(stored, s->verifier.stored_key, SCRAM_KEY_LEN) && !s->doomed;
}

int
scram_final(struct scram *s, const char *msg, size_t len, struct strbuf *ret_answer, bool *ret_match,
            struct err *e)
{
	const char *start = msg, *value, *proof = NULL;
	unsigned char key[SCRAM_KEY_LEN], signature[SCRAM_KEY_LEN];
	struct strbuf auth;
	size_t n;

	if (len == 0)
		return malformed(e, "The message is empty.");
	if (strlen(msg) != len)
		return malformed(e, "Message length does not match input length.");
	if (!attribute(&msg, 'c', &value, &n))
		return malformed(e, "Expected attribute \"c\".");
	if (!binding_matches(s, value, n))
		return s->plus ? err_set(e, ERR_INVALID_AUTHORIZATION_SPECIFICATION, "SCRAM channel binding check failed")
		               : err_set(e, ERR_PROTOCOL_VIOLATION, "unexpected SCRAM channel-binding attribute in client-final-message");
	if (!attribute(&msg, 'r', &value, &n))
		return malformed(e, "Expected attribute \"r\".");
	if (n != strlen(s->nonce) || memcmp(value, s->nonce, n) != 0) {
		err_set(e, ERR_PROTOCOL_VIOLATION, "invalid SCRAM response");
		return err_detail(e, "Nonce does not match.");
	}
	for (;;) {                      /* extensions may come before the proof */
		proof = msg;
		if (*msg == '\0')
			return malformed(e, "Expected attribute \"p\".");
		if (attribute(&msg, 'p', &value, &n))
			break;
		if (msg[1] != '=')
			return malformed(e, "Expected attribute \"p\".");
		char any = *msg;
		(void) attribute(&msg, any, &value, &n);
	}
	if (from_base64(value, n, key, sizeof key) != SCRAM_KEY_LEN)
		return malformed(e, "Malformed proof in client-final-message.");
	if (*msg != '\0')
		return malformed(e, "Garbage found at the end of client-final-message.");

	strbuf_init(&auth, NULL);
	strbuf_printf(&auth, "%s,%s,", s->client_first_bare.data, s->server_first.data);
	strbuf_add(&auth, start, (size_t) (proof - 1 - start));
	*ret_match = proof_matches(s, auth.data, auth.len, key);
	hmac(s->verifier.server_key, auth.data, auth.len, signature);
	strbuf_done(&auth);
	strbuf_puts(ret_answer, "v=");
	add_base64(ret_answer, signature, sizeof signature);
	return ERR_OK;
}
