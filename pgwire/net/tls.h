/* tls.h - TLS by OpenSSL: the server's certificate, handshakes, reading and writing.
 *
 * Owner     tls_load() replaces the process's context; connections that have begun keep theirs.
 *           tls_accept() makes a session that tls_close() ends.
 * Thread    a session is used by one thread at a time; loading is done by the main thread.
 * Failure   F0000 for files that cannot be used.
 * Cost      a handshake 0.5-1 ms. */
#ifndef PGWIRE_NET_TLS_H
#define PGWIRE_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/err.h"

struct ssl_st;

enum { TLS_WANT_READ = -2, TLS_WANT_WRITE = -3 };       /* beside -1: failed or ended */

struct tls_files { const char *cert, *key, *ciphers; bool only_13; };

/* files NULL: no TLS. */
int  tls_load(const struct tls_files *files, struct err *e) MUST_CHECK;
bool tls_enabled(void);

struct ssl_st *tls_new(int fd);                         /* NULL: no TLS, or no memory */
/* 1 done, TLS_WANT_*, -1 failed; `ret_why` gets OpenSSL's words. */
int     tls_accept(struct ssl_st *tls, const char **ret_why);
ssize_t tls_read(struct ssl_st *tls, void *to, size_t len);
ssize_t tls_write(struct ssl_st *tls, const void *from, size_t len);
void    tls_close(struct ssl_st **tls);

const char *tls_version(struct ssl_st *tls);
const char *tls_cipher(struct ssl_st *tls);
int         tls_bits(struct ssl_st *tls);

/* The hash of the server's certificate for tls-server-end-point (RFC 5929); 0: none. */
size_t tls_server_end_point(struct ssl_st *tls, unsigned char to[64]);

#endif
