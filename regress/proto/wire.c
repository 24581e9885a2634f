/* wire.c - sending bytes, and taking messages apart. */
#include "config.h"
#include "regress/proto/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

struct wire {
	int    fd;
	char  *out;
	size_t len, cap, start;         /* of the message being made */
	bool   typed;
};

const char *wire_socket, *wire_user = "postgres", *wire_database = "postgres";

struct wire *
wire_open(void)
{
	struct wire *w = calloc(1, sizeof *w);
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof to.sun_path, "%s", wire_socket);
	w->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(w->fd, (struct sockaddr *) &to, sizeof to) != 0) {
		printf("Bail out! %s: %s\n", wire_socket, strerror(errno));
		exit(99);
	}
	return w;
}

void
wire_close(struct wire *w)
{
	(void) close(w->fd);
	free(w->out);
	free(w);
}

void
wire_raw(struct wire *w, const void *bytes, size_t len)
{
	if (w->len + len > w->cap) {
		w->cap = (w->len + len) * 2 + 256;
		w->out = realloc(w->out, w->cap);
	}
	memcpy(w->out + w->len, bytes, len);
	w->len += len;
}

void wire_bytes(struct wire *w, const void *bytes, size_t len) { wire_raw(w, bytes, len); }
void wire_byte(struct wire *w, int byte) { wire_raw(w, &(char) { (char) byte }, 1); }
void wire_int16(struct wire *w, int v) { wire_raw(w, &(uint16_t) { htons((uint16_t) v) }, 2); }
void wire_int32(struct wire *w, int64_t v) { wire_raw(w, &(uint32_t) { htonl((uint32_t) v) }, 4); }
void wire_str(struct wire *w, const char *s) { wire_raw(w, s, strlen(s) + 1); }

void
wire_begin(struct wire *w, char type)
{
	w->typed = type != 0;
	if (w->typed)
		wire_byte(w, type);
	w->start = w->len;
	wire_int32(w, 0);
}

void
wire_end(struct wire *w)
{
	uint32_t len = htonl((uint32_t) (w->len - w->start));

	memcpy(w->out + w->start, &len, 4);
}

void
wire_flush(struct wire *w)
{
	for (size_t sent = 0; sent < w->len; ) {
		ssize_t n = send(w->fd, w->out + sent, w->len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			break;          /* the server has closed: the next read shows it */
		sent += (size_t) n;
	}
	w->len = 0;
}

void
wire_query(struct wire *w, const char *sql)
{
	wire_begin(w, 'Q');
	wire_str(w, sql);
	wire_end(w);
}

void
wire_parse(struct wire *w, const char *name, const char *sql, int ntypes, const uint32_t *types)
{
	wire_begin(w, 'P');
	wire_str(w, name);
	wire_str(w, sql);
	wire_int16(w, ntypes);
	for (int i = 0; i < ntypes; i++)
		wire_int32(w, types[i]);
	wire_end(w);
}

void
wire_bind(struct wire *w, const char *portal, const char *statement, int n, const char *const *values)
{
	wire_begin(w, 'B');
	wire_str(w, portal);
	wire_str(w, statement);
	wire_int16(w, 0);
	wire_int16(w, n);
	for (int i = 0; i < n; i++)
		if (values[i] == NULL) {
			wire_int32(w, -1);
		} else {
			wire_int32(w, (int64_t) strlen(values[i]));
			wire_bytes(w, values[i], strlen(values[i]));
		}
	wire_int16(w, 0);
	wire_end(w);
}

static void
named(struct wire *w, char type, char what, const char *name)
{
	wire_begin(w, type);
	wire_byte(w, what);
	wire_str(w, name);
	wire_end(w);
}

void wire_describe(struct wire *w, char what, const char *name) { named(w, 'D', what, name); }
void wire_close_object(struct wire *w, char what, const char *name) { named(w, 'C', what, name); }

void
wire_execute(struct wire *w, const char *portal, int rows)
{
	wire_begin(w, 'E');
	wire_str(w, portal);
	wire_int32(w, rows);
	wire_end(w);
}

void
wire_sync(struct wire *w)
{
	wire_begin(w, 'S');
	wire_end(w);
}

/* 1: there, 0: closed, -1: silence. */
static int
receive(struct wire *w, void *to, size_t len)
{
	for (size_t got = 0; got < len; ) {
		struct pollfd p = { .fd = w->fd, .events = POLLIN };
		if (poll(&p, 1, WAIT_MS) <= 0)
			return -1;
		ssize_t n = recv(w->fd, (char *) to + got, len - got, 0);
		if (n <= 0)
			return 0;
		got += (size_t) n;
	}
	return 1;
}

int
wire_read_byte(struct wire *w)
{
	unsigned char byte;

	return receive(w, &byte, 1) == 1 ? byte : -1;
}

bool
wire_is_closed(struct wire *w)
{
	char byte;
	int rc;

	while ((rc = receive(w, &byte, 1)) == 1)
		;
	return rc == 0;
}

static void
take_error(struct answer *a, const char *body)
{
	for (; *body != '\0'; body += strlen(body) + 1)
		switch (*body) {
		case 'C': snprintf(a->sqlstate, sizeof a->sqlstate, "%s", body + 1); break;
		case 'V': snprintf(a->severity, sizeof a->severity, "%s", body + 1); break;
		case 'M': snprintf(a->message, sizeof a->message, "%s", body + 1); break;
		}
}

static void
take_row(struct answer *a, const char *body, size_t len)
{
	uint32_t n;

	a->value_len = -2;              /* a row without columns */
	if (len < 6)
		return;
	memcpy(&n, body + 2, 4);
	a->value_len = (int32_t) ntohl(n);
	if (a->value_len < 0 || (size_t) a->value_len >= sizeof a->value)
		return;
	memcpy(a->value, body + 6, (size_t) a->value_len);
	a->value[a->value_len] = '\0';
}

static void
note(struct answer *a, char letter)
{
	size_t n = strlen(a->seen);

	if (n + 1 < sizeof a->seen && !(letter == 'S' && n > 0 && a->seen[n - 1] == 'S'))
		a->seen[n] = letter;
}

struct answer
wire_read(struct wire *w, char last, int count)
{
	struct answer a = { .value_len = -3 };
	uint32_t len;
	char type, *body;

	wire_flush(w);
	while (count > 0) {
		int rc = receive(w, &type, 1);
		if (rc == 1)
			rc = receive(w, &len, 4);
		if (rc == 1) {
			len = ntohl(len) - 4;
			body = calloc(1, (size_t) len + 1);
			rc = receive(w, body, len);
		}
		if (rc != 1) {
			note(&a, rc == 0 ? '-' : '!');
			break;
		}
		note(&a, type);
		if (type == 'E')
			take_error(&a, body);
		if (type == 'D')
			take_row(&a, body, len);
		if (type == 'C')
			snprintf(a.tag, sizeof a.tag, "%s", body);
		if (type == 'Z')
			note(&a, body[0]);
		if (type == 'K') {
			memcpy(&a.pid, body, 4);
			memcpy(&a.key, body + 4, 4);
		}
		free(body);
		count -= type == last;
	}
	return a;
}

struct wire *
wire_login(void)
{
	struct wire *w = wire_open();

	wire_begin(w, 0);
	wire_int32(w, 3 << 16);
	wire_str(w, "user");
	wire_str(w, wire_user);
	wire_str(w, "database");
	wire_str(w, wire_database);
	wire_byte(w, 0);
	wire_end(w);
	struct answer a = wire_read(w, 'Z', 1);
	if (strcmp(a.seen, "RSKZI") != 0)
		printf("# login: %s %s %s\n", a.seen, a.sqlstate, a.message);
	return w;
}
