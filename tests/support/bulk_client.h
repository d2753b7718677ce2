/* bulk_client.h - one that asks a farm of Redis servers in bulk, and keeps count of what it is told */
#ifndef SUPPORT_BULK_CLIENT_H
#define SUPPORT_BULK_CLIENT_H

#include "io/bulk.h"
#include "tests/support/redis_farm.h"

struct client {
	struct nodes nodes;
	struct bulk *bulk;
	unsigned seen[KEYS], told[KEYS];
	size_t answers, late;	/* late: those that came after one with a higher tag */
	struct error error;
};

static inline void open_client(struct client *client, const struct nodes_options *options)
{
	memset(client, 0, sizeof *client);
	if (!nodes_open(&client->nodes, options, &client->error))
		fail_msg("%s", client->error.message);
	client->bulk = bulk_open(&client->nodes);
}

static inline void begin(struct client *client, uint32_t timeout_ms)
{
	static char host[] = "127.0.0.1";
	const struct nodes_options options = {
		.address = { .host = host, .port = farm.ports[0], .command_timeout_ms = timeout_ms },
	};

	assert_int_equal(pthread_create(&farm.thread, NULL, run_farm, NULL), 0);
	open_client(client, &options);
	assert_int_equal(client->nodes.cluster, farm.cluster);
}

static inline void end(struct client *client)
{
	bulk_close(client->bulk);
	nodes_close(&client->nodes);
}

static inline void put_get(struct client *client, unsigned key)
{
	char text[16];
	struct bytes words[] = { bytes_of("GET"), bytes_at(text, 0) };

	words[1].size = (size_t)snprintf(text, sizeof text, "k%u", key);
	bulk_put(client->bulk, key, 2, words);
}

static inline void take_keys(struct client *client, const struct bulk_answer *answer, bool ask)
{
	uint64_t key;

	for (size_t i = 0; i < answer->count; i++) {
		assert_true(number_parse(bytes_after(answer->items[i].text, 1), KEYS - 1, &key));
		if (ask && !client->told[key])
			put_get(client, (unsigned)key);
		client->told[key]++;
	}
}

/* Asks for the keys below `keys` in their order, while there is room; until the end of it. */
static inline enum bulk_tried run(struct client *client, unsigned keys, bool ask_told)
{
	struct bulk_answer answer;
	unsigned put = 0;
	uint64_t last = 0;

	for (;;) {
		struct redis *all[FAKES];
		bool ready[FAKES];
		enum bulk_tried tried;

		while (put < keys && bulk_room(client->bulk))
			put_get(client, put++);
		tried = bulk_try(client->bulk, &answer, &client->error);
		if (tried == BULK_LATER) {
			assert_true(redis_wait(all, bulk_connections(client->bulk, all, FAKES), NULL, UINT32_MAX, ready,
					       &client->error));
		} else if (tried != BULK_ANSWER) {
			return tried;
		} else if (answer.keys) {
			take_keys(client, &answer, ask_told);
		} else {
			assert_int_equal(answer.count, 1);
			assert_int_equal(answer.items->kind, REDIS_INTEGER);
			assert_int_equal(answer.items->integer, answer.tag);
			client->seen[answer.tag]++;
			client->answers++;
			client->late += answer.tag < last;
			last = answer.tag;
		}
	}
}

static inline void run_whole(struct client *client, unsigned keys)
{
	if (run(client, keys, false) != BULK_END)
		fail_msg("%s", client->error.message);
	for (unsigned i = 0; i < keys; i++)
		assert_int_equal(client->seen[i], 1);
	assert_int_equal(client->answers, keys);
}

static inline void assert_all_told(const struct client *client)
{
	for (size_t i = 0; i < KEYS; i++)
		assert_true(client->told[i]);
}

/* Each key that SCAN tells of is asked for once. */
static inline void run_told(struct client *client)
{
	if (run(client, 0, true) != BULK_END)
		fail_msg("%s", client->error.message);
	assert_all_told(client);
	assert_int_equal(client->answers, KEYS);
}

static inline void assert_failed(struct client *client, unsigned keys, const char *message)
{
	struct bulk_answer answer;
	struct error again = { 0 };

	assert_int_equal(run(client, keys, false), BULK_FAILED);
	if (!strstr(client->error.message, message))
		fail_msg("\"%s\", which should have \"%s\" in it", client->error.message, message);
	assert_int_equal(bulk_try(client->bulk, &answer, &again), BULK_FAILED);
	assert_string_equal(again.message, client->error.message);
}

#endif
