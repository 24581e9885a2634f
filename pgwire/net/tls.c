/* tls.c - OpenSSL behind six calls. */
#include "config.h"
#include "pgwire/net/tls.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static SSL_CTX *current;

static const char *
last_error(void)
{
	unsigned long code = ERR_get_error();
	const char *why = code == 0 ? NULL : ERR_reason_error_string(code);

	ERR_clear_error();
	return why == NULL ? "unknown error" : why;
}

static int
check_key_file(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "could not access private key file \"%s\": %s", path,
		               strerror(errno));
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !(st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IRWXO)) == 0)) {
		err_set(e, ERR_CONFIG_FILE_ERROR, "private key file \"%s\" has group or world access", path);
		return err_detail(e, "File must have permissions u=rw (0600) or less if owned by the database user, "
		                  "or permissions u=rw,g=r (0640) or less if owned by root.");
	}
	return ERR_OK;
}

static int
fill_context(SSL_CTX *ctx, const struct tls_files *f, struct err *e)
{
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
	                    SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(ctx, f->only_13 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "could not set minimum SSL protocol version");
	if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "could not load server certificate file \"%s\": %s",
		               f->cert, last_error());
	int rc = check_key_file(f->key, e);
	if (rc != ERR_OK)
		return rc;
	if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "could not load private key file \"%s\": %s", f->key,
		               last_error());
	if (SSL_CTX_check_private_key(ctx) != 1)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "check of private key failed: %s", last_error());
	if (f->ciphers != NULL && SSL_CTX_set_cipher_list(ctx, f->ciphers) != 1)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "could not set the cipher list (no valid ciphers available)");
	return ERR_OK;
}

int
tls_load(const struct tls_files *files, struct err *e)
{
	SSL_CTX *ctx = NULL;

	if (files != NULL) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (ctx == NULL)
			return err_set(e, ERR_CONFIG_FILE_ERROR, "could not create SSL context: %s", last_error());
		int rc = fill_context(ctx, files, e);
		if (rc != ERR_OK) {
			SSL_CTX_free(ctx);
			return rc;
		}
	}
	pthread_mutex_lock(&lock);
	SSL_CTX *old = current;
	current = ctx;
	pthread_mutex_unlock(&lock);
	SSL_CTX_free(old);
	return ERR_OK;
}

bool
tls_enabled(void)
{
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE) != NULL;
}

struct ssl_st *
tls_new(int fd)
{
	SSL *s = NULL;

	pthread_mutex_lock(&lock);
	if (current != NULL)
		s = SSL_new(current);
	pthread_mutex_unlock(&lock);
	if (s != NULL && SSL_set_fd(s, fd) != 1) {
		SSL_free(s);
		s = NULL;
	}
	return s;
}

/* What a result of OpenSSL below 1 means. */
static int
outcome(SSL *s, int n)
{
	switch (SSL_get_error(s, n)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	default:
		return -1;
	}
}

int
tls_accept(struct ssl_st *tls, const char **ret_why)
{
	ERR_clear_error();
	int n = SSL_accept(tls);
	if (n == 1)
		return 1;
	n = outcome(tls, n);
	if (n == -1)
		*ret_why = last_error();
	return n;
}

ssize_t
tls_read(struct ssl_st *tls, void *to, size_t len)
{
	ERR_clear_error();
	int n = SSL_read(tls, to, len > 1 << 30 ? 1 << 30 : (int) len);
	return n > 0 ? n : outcome(tls, n);
}

ssize_t
tls_write(struct ssl_st *tls, const void *from, size_t len)
{
	ERR_clear_error();
	int n = SSL_write(tls, from, len > 1 << 30 ? 1 << 30 : (int) len);
	return n > 0 ? n : outcome(tls, n);
}

void
tls_close(struct ssl_st **tls)
{
	if (*tls == NULL)
		return;
	ERR_clear_error();
	if (SSL_is_init_finished(*tls))
		(void) SSL_shutdown(*tls);
	SSL_free(*tls);
	*tls = NULL;
	ERR_clear_error();
}

const char *
tls_version(struct ssl_st *tls)
{
	return SSL_get_version(tls);
}

const char *
tls_cipher(struct ssl_st *tls)
{
	return SSL_get_cipher_name(tls);
}

int
tls_bits(struct ssl_st *tls)
{
	return SSL_get_cipher_bits(tls, NULL);
}

size_t
tls_server_end_point(struct ssl_st *tls, unsigned char to[64])
{
	X509 *cert = SSL_get_certificate(tls);
	int digest_nid;
	unsigned len = 0;

	if (cert == NULL || !OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest_nid, NULL))
		return 0;
	/* RFC 5929: MD5 and SHA-1 are replaced by SHA-256. */
	const EVP_MD *md = digest_nid == NID_md5 || digest_nid == NID_sha1 || digest_nid == NID_undef
	                   ? EVP_sha256() : EVP_get_digestbynid(digest_nid);
	if (md == NULL || X509_digest(cert, md, to, &len) != 1)
		return 0;
	return len;
}
