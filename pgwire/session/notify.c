/* notify.c - LISTEN and NOTIFY within the process.
 *
 * A notification is queued in its transaction and goes to the inboxes of the listeners when that
 * commits; a listener sends it to its client when it is between transactions.  Channels are those of a
 * database.
 *
 * Lock order: hub lock alone, never with another but conn.lock (taken by conn_wake). */
#include "config.h"
#include "pgwire/session/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNEL_MAX = 63, PAYLOAD_MAX = 7999 };

struct notification {
	struct notification *next;
	int   pid, level;               /* level: savepoints open when it was queued */
	char  kind;                     /* 'N' notify; 'L', 'U', '*': listening begins, ends, ends for all */
	char *payload;
	char  channel[];
};

/* All sessions that listen, with their channels. */
struct listener { struct session *s; struct listener *next; char channel[]; };

static pthread_mutex_t hub_lock = PTHREAD_MUTEX_INITIALIZER;
static struct listener *hub;

static struct notification *
make(const struct session *s, char kind, const char *channel, const char *payload)
{
	size_t n = strlen(channel) + 1, m = strlen(payload) + 1;
	struct notification *x = malloc(sizeof *x + n + m);

	if (x == NULL)
		abort();
	*x = (struct notification) { .pid = s->pid, .level = s->level, .kind = kind };
	memcpy(x->channel, channel, n);
	x->payload = x->channel + n;
	memcpy(x->payload, payload, m);
	return x;
}

static void
append(struct notification_queue *q, struct notification *x)
{
	x->next = NULL;
	if (q->first == NULL)
		__atomic_store_n(&q->first, x, __ATOMIC_RELEASE);       /* notify_deliver() looks without the lock */
	else
		q->last->next = x;
	q->last = x;
}

static struct notification *
take_first(struct notification_queue *q)
{
	struct notification *x = q->first;

	if (x != NULL)
		q->first = x->next;
	return x;
}

/* A channel and its payload stand in a row, each with its zero. */
static size_t
key_len(const struct notification *x)
{
	return (size_t) (x->payload - x->channel) + strlen(x->payload) + 1;
}

int
notify_queue(struct session *s, const char *channel, const char *payload, struct err *e)
{
	if (*channel == '\0')
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "channel name cannot be empty");
	if (strlen(channel) > CHANNEL_MAX)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "channel name too long");
	if (strlen(payload) > PAYLOAD_MAX)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "payload string too long");
	/* The same twice in a transaction is told once. */
	struct notification *x = make(s, 'N', channel, payload);
	if (map_get(&s->notified, x->channel, key_len(x)) != NULL) {
		free(x);
		return ERR_OK;
	}
	map_put(&s->notified, x->channel, key_len(x), x);
	append(&s->outgoing, x);
	return ERR_OK;
}

/* -- The hub, under its lock ------------------------------------------------------------------------ */
static bool
listens(const struct session *s, const char *channel)
{
	for (const struct listener *l = hub; l != NULL; l = l->next)
		if (l->s == s && strcmp(l->channel, channel) == 0)
			return true;
	return false;
}

static void
listen_to(struct session *s, const char *channel)
{
	size_t n = strlen(channel) + 1;

	if (listens(s, channel))
		return;
	struct listener *l = malloc(sizeof *l + n);
	if (l == NULL)
		abort();
	l->s = s;
	l->next = hub;
	memcpy(l->channel, channel, n);
	hub = l;
}

/* channel NULL: all. */
static void
unlisten(const struct session *s, const char *channel)
{
	for (struct listener **at = &hub; *at != NULL; ) {
		struct listener *l = *at;
		if (l->s == s && (channel == NULL || strcmp(l->channel, channel) == 0)) {
			*at = l->next;
			free(l);
		} else {
			at = &l->next;
		}
	}
}

void
notify_channels(struct session *s, void (*fn)(void *arg, const char *name), void *arg)
{
	pthread_mutex_lock(&hub_lock);
	for (const struct listener *l = hub; l != NULL; l = l->next)
		if (l->s == s)
			fn(arg, l->channel);
	pthread_mutex_unlock(&hub_lock);
}

static void
publish(const struct session *from, const struct notification *x)
{
	for (struct listener *l = hub; l != NULL; l = l->next)
		if (l->s->database_oid == from->database_oid && strcmp(l->channel, x->channel) == 0) {
			append(&l->s->inbox, make(from, 'N', x->channel, x->payload));
			if (l->s != from)
				conn_wake(l->s->conn, WAKE_NOTIFY);
		}
}

/* -- The transaction's end ----------------------------------------------------------------------------- */
void
notify_commit(struct session *s)
{
	struct notification *x;

	if (s->outgoing.first == NULL)
		return;
	map_done(&s->notified);
	pthread_mutex_lock(&hub_lock);
	while ((x = take_first(&s->outgoing)) != NULL) {
		switch (x->kind) {
		case 'L':
			listen_to(s, x->channel);
			break;
		case 'U':
			unlisten(s, x->channel);
			break;
		case '*':
			unlisten(s, NULL);
			break;
		default:
			publish(s, x);
		}
		free(x);
	}
	pthread_mutex_unlock(&hub_lock);
}

void
notify_rollback(struct session *s, int level)
{
	struct notification_queue all = s->outgoing;
	struct notification *x;

	s->outgoing = (struct notification_queue) { 0 };
	while ((x = take_first(&all)) != NULL) {
		if (x->level < level) {
			append(&s->outgoing, x);
			continue;
		}
		if (x->kind == 'N')
			map_remove(&s->notified, x->channel, key_len(x));
		free(x);
	}
	if (s->outgoing.first == NULL)
		map_done(&s->notified);
}

void
notify_release(struct session *s, int level)
{
	for (struct notification *x = s->outgoing.first; x != NULL; x = x->next)
		if (x->level >= level)
			x->level = level - 1;
}

void
notify_deliver(struct session *s)
{
	/* Filled under the lock; an unlocked look spares it when there is nothing. */
	if (__atomic_load_n(&s->inbox.first, __ATOMIC_ACQUIRE) == NULL)
		return;
	pthread_mutex_lock(&hub_lock);
	struct notification *x = s->inbox.first;
	s->inbox.first = NULL;
	pthread_mutex_unlock(&hub_lock);
	while (x != NULL) {
		struct notification *next = x->next;
		send_notification(&s->conn->out, x->pid, x->channel, x->payload);
		free(x);
		x = next;
	}
}

void
notify_unlisten_all(struct session *s)
{
	append(&s->outgoing, make(s, '*', "", ""));
}

void
notify_done(struct session *s)
{
	pthread_mutex_lock(&hub_lock);
	unlisten(s, NULL);
	struct notification *x = s->inbox.first;
	s->inbox.first = NULL;
	pthread_mutex_unlock(&hub_lock);
	while (x != NULL) {
		struct notification *next = x->next;
		free(x);
		x = next;
	}
	notify_rollback(s, 0);
}

int
notify_command(struct utility *u, const struct command *c, struct err *e)
{
	const struct cmd_name *n = (const struct cmd_name *) c;
	struct session *s = u->s;

	switch (c->kind) {
	case CMD_NOTIFY:
		return notify_queue(s, n->name, n->payload != NULL ? n->payload : "", e);
	case CMD_LISTEN:
		append(&s->outgoing, make(s, 'L', n->name, ""));
		return ERR_OK;
	default:
		append(&s->outgoing, n->name == NULL ? make(s, '*', "", "") : make(s, 'U', n->name, ""));
		return ERR_OK;
	}
}
