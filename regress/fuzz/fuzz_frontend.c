/* fuzz_frontend.c - a stream of messages after the startup: frontend.c. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire/proto/frontend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
sum_values(int n, const struct msg_value *v)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++)
		for (int32_t k = 0; k < v[i].len; k++)
			sum += (unsigned char) v[i].p[k];
	return sum;
}

/* Reads every byte that a decoder says is there. */
static size_t
decode(const struct frame *f, struct arena *a, struct err *e)
{
	const char *text;
	struct msg_parse parse;
	struct msg_bind bind;
	struct msg_name name;
	struct msg_execute execute;
	struct msg_call call;
	struct msg_sasl_start sasl;
	size_t sum = 0;

	switch (f->type) {
	case 'Q': case 'f':
		return msg_query(f, &text, e) == ERR_OK ? strlen(text) : 0;
	case 'p':
		if (msg_sasl_start(f, &sasl, e) == ERR_OK)
			return strlen(sasl.mechanism) + (size_t) (sasl.len < 0 ? 0 : sasl.len);
		return 0;
	case 'P':
		if (msg_parse(f, a, &parse, e) != ERR_OK)
			return 0;
		for (int i = 0; i < parse.ntypes; i++)
			sum += parse.types[i];
		return sum + strlen(parse.name) + strlen(parse.text);
	case 'B':
		if (msg_bind(f, a, &bind, e) != ERR_OK)
			return 0;
		for (int i = 0; i < bind.nformats; i++)
			sum += (size_t) bind.formats[i];
		for (int i = 0; i < bind.nresult_formats; i++)
			sum += (size_t) bind.result_formats[i];
		return sum + strlen(bind.portal) + strlen(bind.statement) + sum_values(bind.nvalues, bind.values);
	case 'D': case 'C':
		return msg_name(f, &name, e) == ERR_OK ? strlen(name.name) : 0;
	case 'E':
		return msg_execute(f, &execute, e) == ERR_OK ? strlen(execute.portal) : 0;
	case 'F':
		return msg_call(f, a, &call, e) == ERR_OK ? sum_values(call.nvalues, call.values) : 0;
	default:
		return msg_empty(f, e) == ERR_OK;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static volatile size_t sink;
	struct arena a;

	if (size == 0)
		return 0;
	bool authenticated = (data[0] & 1) != 0;
	data++;
	size--;
	arena_init(&a, 0);
	while (size > 0) {
		struct err e = { 0 };
		struct frame f;
		if (frame_parse((const char *) data, size, authenticated, 1 << 20, &f, &e) != 1)
			break;
		if (f.len > size - FRAME_HEADER)
			abort();
		/* A copy of just the body, so that a read behind it is seen. */
		char *body = malloc(f.len);
		memcpy(body, f.body, f.len);
		struct frame copy = { f.type, f.len, body };
		sink += decode(&copy, &a, &e);
		free(body);
		arena_reset(&a);
		data += FRAME_HEADER + f.len;
		size -= FRAME_HEADER + f.len;
	}
	arena_done(&a);
	return 0;
}
