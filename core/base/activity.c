/* activity.c - the table of sessions' activities. */
#include "config.h"
#include "core/base/activity.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct activity {
	pthread_mutex_t lock;
	bool used;
	struct activity_info info;
};

static struct activity *table;
static int size;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

void
activity_init(int slots)
{
	table = calloc((size_t) slots, sizeof *table);
	if (table == NULL)
		abort();
	size = slots;
	for (int i = 0; i < slots; i++)
		pthread_mutex_init(&table[i].lock, NULL);
}

struct activity *
activity_open(void)
{
	struct activity *found = NULL;

	pthread_mutex_lock(&table_lock);
	for (int i = 0; i < size && found == NULL; i++)
		if (!table[i].used)
			found = &table[i];
	if (found != NULL) {
		pthread_mutex_lock(&found->lock);
		memset(&found->info, 0, sizeof found->info);
		found->used = true;
		pthread_mutex_unlock(&found->lock);
	}
	pthread_mutex_unlock(&table_lock);
	return found;
}

void
activity_close(struct activity **a)
{
	if (*a == NULL)
		return;
	pthread_mutex_lock(&table_lock);
	pthread_mutex_lock(&(*a)->lock);
	(*a)->used = false;
	pthread_mutex_unlock(&(*a)->lock);
	pthread_mutex_unlock(&table_lock);
	*a = NULL;
}

struct activity_info *
activity_edit(struct activity *a)
{
	pthread_mutex_lock(&a->lock);
	return &a->info;
}

void
activity_done(struct activity *a)
{
	pthread_mutex_unlock(&a->lock);
}

void
activity_report(struct activity *a, enum activity_state state, const char *query, int64_t now)
{
	struct activity_info *i = activity_edit(a);

	i->state = state;
	i->state_change = now;
	if (query != NULL) {
		size_t n = strnlen(query, sizeof i->query - 1);
		while (n > 0 && n == sizeof i->query - 1 && ((unsigned char) query[n] & 0xc0) == 0x80)
			n--;            /* never half a character */
		memcpy(i->query, query, n);
		i->query[n] = '\0';
		i->query_start = now;
	}
	activity_done(a);
}

const char *
activity_state_name(enum activity_state s)
{
	static const char *const names[] = { "starting", "idle", "active", "idle in transaction",
	                                     "idle in transaction (aborted)", "disabled" };
	return names[s];
}

void
activity_list(void (*fn)(void *arg, const struct activity_info *info), void *arg)
{
	for (int i = 0; i < size; i++) {
		struct activity *a = &table[i];
		struct activity_info copy;
		pthread_mutex_lock(&a->lock);
		bool used = a->used;
		if (used)
			copy = a->info;
		pthread_mutex_unlock(&a->lock);
		if (used)
			fn(arg, &copy);
	}
}
