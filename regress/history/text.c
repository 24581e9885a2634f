/* text.c - histories as text, for tests by hand and for those that were found guilty. */
#include "config.h"
#include "regress/history/history.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcomes[] = { "ok", "fail", "info" };

/* Letters are keys -1 to -26, so that they never meet numbers. */
void
key_name(int key, char name[static 16])
{
	if (key < 0 && key >= -26)
		snprintf(name, 16, "%c", (char) ('a' - 1 - key));
	else
		snprintf(name, 16, "%d", key);
}

static int
parse_key(const char *word)
{
	return isalpha((unsigned char) word[0]) ? 'a' - 1 - word[0] : atoi(word);
}

/* "[1 2 3]" */
static bool
parse_list(struct history *h, const char *text, int key, bool tail)
{
	int values[256];
	uint32_t n = 0;
	char *end;

	if (*text++ != '[')
		return false;
	while (*text != ']' && n < 256) {
		values[n++] = (int) strtol(text, &end, 10);
		if (end == text)
			return false;
		for (text = end; *text == ' '; text++)
			;
	}
	history_read(h, key, tail, values, n);
	return *text == ']';
}

static bool
parse_op(struct history *h, const char *text)
{
	char kind, key[16], list[1024];
	int value;
	unsigned undone = 0;

	if (sscanf(text, " %c %15s", &kind, key) != 2)
		return false;
	if (kind == 'w') {
		if (sscanf(text, " w %*s %d undone %u", &value, &undone) < 1)
			return false;
		history_write(h, parse_key(key), value)->undone_by = (uint16_t) undone;
		return true;
	}
	return (kind == 'r' || kind == 't') && sscanf(text, " %*c %*s %1023[^;]", list) == 1 &&
	       parse_list(h, list, parse_key(key), kind == 't');
}

static bool
parse_line(struct history *h, char *line)
{
	char outcome[8], *ops, *save = NULL;
	int client, at = 0, which = 0;
	long long start, end;

	if (sscanf(line, "%7s %d %lld-%lld %n", outcome, &client, &start, &end, &at) != 4)
		return false;
	while (which < 3 && strcmp(outcome, outcomes[which]) != 0)
		which++;
	if (which == 3)
		return false;
	struct txn *t = history_begin(h, client, start);
	t->outcome = (enum outcome) which;
	t->end = end;
	for (ops = strtok_r(line + at, ";", &save); ops != NULL; ops = strtok_r(NULL, ";", &save))
		if (!parse_op(h, ops))
			return false;
	return true;
}

bool
history_parse(struct history *h, const char *text, char *ret_error, size_t size)
{
	char *copy = strdup(text), *save = NULL;
	bool fine = copy != NULL;

	for (char *line = strtok_r(copy, "\n", &save); fine && line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char first = line[strspn(line, " \t")];
		if (first == '\0' || first == '#')
			continue;
		snprintf(ret_error, size, "cannot read: %s", line);
		fine = parse_line(h, line);
	}
	free(copy);
	if (fine)
		ret_error[0] = '\0';
	return fine;
}

void
txn_print(const struct history *h, uint32_t txn, FILE *to)
{
	const struct txn *t = &h->txns[txn];
	char key[16];

	fprintf(to, "%s %d %lld-%lld", outcomes[t->outcome], t->client, (long long) t->start,
		(long long) t->end);
	for (uint32_t i = 0; i < t->ops; i++) {
		const struct op *op = &h->ops[t->op + i];
		key_name(op->key, key);
		fprintf(to, "%s", i > 0 ? "; " : " ");
		if (op->kind == OP_WRITE) {
			fprintf(to, "w %s %d", key, op->value);
			if (op->undone_by != 0)
				fprintf(to, " undone %u", op->undone_by);
			continue;
		}
		fprintf(to, "%c %s [", op->tail ? 't' : 'r', key);
		for (uint32_t v = 0; v < op->len; v++)
			fprintf(to, "%s%d", v > 0 ? " " : "", h->values[op->list + v]);
		fputc(']', to);
	}
	fputc('\n', to);
}

void
history_print(const struct history *h, FILE *to)
{
	for (uint32_t i = 0; i < h->txn_count; i++)
		txn_print(h, i, to);
}
