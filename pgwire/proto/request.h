/* request.h - the first packet of a connection, which has no type byte: start, cancel, or an
 * offer of encryption.
 *
 * Owner     results point into the packet.  Thread: any.
 * Failure   08P01; 0A000 for a protocol we do not speak.  Nothing is allocated: these bytes
 *           come from a stranger. */
#ifndef PGWIRE_PROTO_REQUEST_H
#define PGWIRE_PROTO_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

enum { REQUEST_LEN_MAX = 10000 };       /* as PostgreSQL's MAX_STARTUP_PACKET_LENGTH */

enum request_kind { REQUEST_START, REQUEST_CANCEL, REQUEST_TLS, REQUEST_GSS };

struct request {
	enum request_kind kind;
	int32_t pid;                    /* CANCEL */
	const unsigned char *key;       /* CANCEL: the secret */
	size_t  key_len;
};

/* How long is the packet that starts with these 4 bytes?  0: refuse. */
size_t request_length(const void *bytes);
/* `packet` includes its length word. */
int    request_parse(const void *packet, size_t len, struct request *ret, struct err *e) MUST_CHECK;

#endif
