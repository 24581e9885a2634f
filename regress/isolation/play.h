/* play.h - playing one order of a spec's steps on one server.
 *
 * A step is sent and then watched until its session has answered, or until the server says
 * that it is blocked (pg_blocking_pids); then the next one is sent.  A step whose session is
 * still blocked waits its turn, so every order can be played.  Sessions that wait for each
 * other in a circle are waited for: the server has to break it.
 *
 * Owner     play_open() .. play_close(); a `played` is plain data, played_done() frees texts.
 * Thread    a player belongs to one thread; two players may play at once.
 * Failure   played.broken says what went wrong with the playing itself; NULL: nothing.
 * Cost      a connection for each session and order. */
#ifndef REGRESS_ISOLATION_PLAY_H
#define REGRESS_ISOLATION_PLAY_H

#include "core/base/strbuf.h"
#include "regress/isolation/spec.h"

struct player;

/* What became of one turn. */
struct said {
	struct turn turn;
	char *waits;    /* "a, b; c": whom it waited for, one after the other; NULL: nobody */
	int after;      /* it was answered when so many turns had been said */
	char *result;   /* rows, tags, errors */
	char *error;    /* SQLSTATE; or NULL */
};

struct played {
	struct said said[TURNS_MAX]; /* in the order of being sent */
	int n;
	char *check;
	char *broken;
};

struct player *play_open(const char *conninfo);
void play_close(struct player **player);
void play(struct player *p, const struct spec *s, const struct order *o, struct played *ret);
void played_done(struct played *p);

/* A session whose last step is answered with COMMIT has committed. */
bool played_committed(const struct played *p, const struct spec *s, int session);
/* The whole as text, to compare and to show. */
void played_text(const struct played *p, const struct spec *s, struct strbuf *to);


#endif
