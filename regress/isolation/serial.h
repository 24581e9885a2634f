/* serial.h - is what happened what some serial order would have done?
 *
 * For specs that say `serializable`: the committed sessions are run one after the other, in
 * every order, on the reference server; a run of the spec is right when one of them gave every
 * committed session the same answers and left the same state.  Who was aborted, and when, is
 * free: that is what serializability promises.
 *
 * Owner     serial_open() .. serial_close(), for one spec.
 * Thread    one.  Failure: the reference's own trouble is printed, and nothing then matches.
 * Cost      n! runs for each set of committed sessions, once. */
#ifndef REGRESS_ISOLATION_SERIAL_H
#define REGRESS_ISOLATION_SERIAL_H

#include "regress/isolation/play.h"

struct serial;

struct serial *serial_open(struct player *reference, const struct spec *s);
void serial_close(struct serial **serial);
bool serial_explains(struct serial *serial, const struct played *p);

#endif
