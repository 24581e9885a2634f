/* played.c - what one playing of an order gave, as facts and as text. */
#include "config.h"
#include "regress/isolation/play.h"

#include <stdlib.h>

void
played_done(struct played *p)
{
	for (int i = 0; i < p->n; i++) {
		free(p->said[i].waits);
		free(p->said[i].result);
		free(p->said[i].error);
	}
	free(p->check);
	free(p->broken);
	*p = (struct played){ .n = 0 };
}

bool
played_committed(const struct played *p, const struct spec *s, int session)
{
	for (int i = p->n; i-- > 0;)
		if (p->said[i].turn.session == session)
			return p->said[i].turn.step == s->sessions[session].nsteps - 1 &&
			       p->said[i].result != NULL &&
			       strcmp(p->said[i].result, "  COMMIT\n") == 0;
	return false;
}

/* Held turns of two sessions may have been said in either order: show them by their places. */
static const struct said *
said_at(const struct played *p, int at)
{
	for (int i = 0; i < p->n; i++)
		if (p->said[i].turn.at == at)
			return &p->said[i];
	return NULL;
}

void
played_text(const struct played *p, const struct spec *s, struct strbuf *to)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		const struct said *said = said_at(p, i);
		if (said == NULL)
			continue;
		const struct spec_session *session = &s->sessions[said->turn.session];

		strbuf_printf(to, "%s.%s", session->name, session->steps[said->turn.step].name);
		if (said->waits != NULL)
			strbuf_printf(to, " (waits for %s, until turn %d)", said->waits, said->after);
		strbuf_printf(to, "\n%s", said->result == NULL ? "  no answer\n" : said->result);
	}
	strbuf_printf(to, "check\n%s", p->check == NULL ? "" : p->check);
	if (p->broken != NULL)
		strbuf_printf(to, "BROKEN %s\n", p->broken);
}
