/* lanes.c - commands on their way to the node of their key, and their answers */
#include "tools/peerdump/lanes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "io/redis_greet.h"

enum { SEND_BLOCK = 64 << 10 };	/* bytes of commands gathered before they are sent */

/* --- the end of a command, of a lane, of all --- */

static void drop(struct lanes *lanes, struct command *command)
{
	lanes->kept_bytes -= command->kept;
	command_free(command);
}

/* The commands before this one are done. */
static void release_until(struct lanes *lanes, struct lane *lane, const struct command *stop)
{
	while (lane->kept.first != stop) {
		struct command *command = command_list_take(&lane->kept);

		if (command->verb != COMMAND_WAIT && !command->refused)
			lanes->owner.done(lanes->owner.context, command);
		drop(lanes, command);
	}
}

void lanes_release(struct lanes *lanes, struct lane *lane)
{
	/* what is to be said again must find those that were for the same key */
	if (!lanes->troubled && !lane->wait_ms)
		release_until(lanes, lane, lane->unanswered);
}

void lanes_lose(struct lanes *lanes, struct lane *lane, const struct error *error)
{
	if (!lanes->nodes[lane->database].cluster || tool_stopped) {
		lanes_fail(lanes, error);
		return;
	}
	lane->lost = lanes->troubled = true;
	lane->unanswered = NULL;
	lane->flight = lane->flight_bytes = 0;
	lane->waiting = lane->probed = false;
	lane->wait_ms = 0;
}

/* What living masters have acknowledged is stored, whatever became of the others. */
static void release_good(struct lanes *lanes, struct lane *lane)
{
	for (struct command *command = lane->kept.first; command && command != lane->unanswered; command = command->next)
		if (command->answered && !command->refused && command->again == COMMAND_GOOD) {
			lanes->owner.done(lanes->owner.context, command);
			command->refused = true;	/* so that it is done only once */
		}
}

void lanes_fail(struct lanes *lanes, const struct error *error)
{
	if (lanes->failed)
		return;
	lanes->failed = true;
	for (struct lane *lane = lanes->all; lane; lane = lane->next)
		if (!lane->lost)
			release_good(lanes, lane);
	lanes->owner.failed(lanes->owner.context, error);
}

/* --- answers --- */

/* A server that waits is silent, so it must not wait for as long as it may be silent. */
static uint32_t wait_limit(const struct lanes *lanes)
{
	uint64_t seconds = ((const struct peerdump_options *)lanes->run->options)->timeout;

	return seconds * 1000 / 2 < LANES_WAIT_MS ? (uint32_t)seconds * 1000 / 2 : LANES_WAIT_MS;
}

/* A WAIT was answered: with all before it, or too late, and then it must do without. */
static void end_wait(struct lanes *lanes, struct lane *lane, const struct redis_item *item)
{
	bool refused = item->kind == REDIS_ERROR, confirmed = item->kind == REDIS_INTEGER && item->integer > 0;
	char words[REDIS_WORDS_ROOM];

	lane->waiting = false;
	lane->wait_ms = confirmed ? wait_limit(lanes) : refused ? 0 : LANES_WAIT_AGAIN_MS;
	if (!confirmed && !lane->late) {
		lane->late = true;
		report_note(&lanes->run->report, "%s: WAIT: %s, so that what it stores may be lost if it fails now",
			    lanes->nodes[lane->database].all[lane->node].name,
			    refused ? redis_print_words(words, item->text) : "no replica has kept up");
	}
	if (!lanes->troubled)
		release_until(lanes, lane, lane->unanswered);
}

static bool read_answer(struct lanes *lanes, struct lane *lane)
{
	struct redis *redis = lanes->nodes[lane->database].all[lane->node].redis;
	struct command *command = lane->unanswered;
	struct redis_reply reply;
	struct error error = { 0 };

	if (!redis || (command->asking && !redis_read(redis, &reply, &error)) || !redis_read(redis, &reply, &error)) {
		lanes_lose(lanes, lane, &error);
		return false;
	}
	lane->unanswered = command->next;
	lane->flight--;
	lane->flight_bytes -= command->kept;
	if (command->verb == COMMAND_WAIT) {
		end_wait(lanes, lane, reply.items);
	} else if (!lanes_hinted(lanes, command, reply.items)) {
		command->answered = true;
		lanes->owner.answered(lanes->owner.context, command, reply.items);
		lanes_release(lanes, lane);
	}
	return true;
}

static void read_answers(struct lanes *lanes, struct lane *lane, size_t left, size_t left_bytes)
{
	while (!lanes->failed && lane->flight && (lane->flight > left || lane->flight_bytes > left_bytes))
		if (!read_answer(lanes, lane))
			return;
}

void lanes_drain(struct lanes *lanes)
{
	for (struct lane *lane = lanes->all; lane; lane = lane->next)
		read_answers(lanes, lane, 0, 0);
}

/* --- sending --- */

/* Has the node a replica, which WAIT could wait for? */
static bool probe(struct lanes *lanes, struct lane *lane, struct redis *redis, struct error *error)
{
	const struct nodes *nodes = &lanes->nodes[lane->database];
	struct redis_reply reply;

	lane->probed = true;
	lane->wait_ms = 0;
	lane->wait_bytes = 0;
	if (!nodes->cluster)
		return true;
	redis_queue_text(redis, "INFO", "replication", NULL);
	if (!redis_read(redis, &reply, error))
		return false;
	/* who may not ask finds out by waiting */
	lane->wait_ms = wait_limit(lanes);
	if (reply.items->kind == REDIS_STRING && bytes_is(redis_info(reply.items->text, "connected_slaves"), "0"))
		lane->wait_ms = 0;
	return true;
}

static struct lane *lane_at(struct lanes *lanes, enum database database, size_t node)
{
	struct lane *lane = lanes->of[database][node];

	if (lane)
		return lane;
	lane = calloc(1, sizeof *lane);
	if (!lane)
		out_of_memory();
	lane->node = node;
	lane->database = database;
	*(lanes->last ? &lanes->last->next : &lanes->all) = lane;
	lanes->last = lanes->of[database][node] = lane;
	return lane;
}

static void append(struct lanes *lanes, struct lane *lane, struct command *command)
{
	command->kept = command_bytes(command);
	command_list_add(&lane->kept, command);
	lanes->kept_bytes += command->kept;
	if (lane->lost)
		return;
	if (!lane->unanswered)
		lane->unanswered = command;
	lane->flight++;
	lane->flight_bytes += command->kept;
	lane->wait_bytes += command->kept;
	lanes->commands++;
}

static void queue_wait(struct lanes *lanes, struct lane *lane, struct redis *redis)
{
	char limit[NUMBER_ROOM + 1];

	*number_print(limit, lane->wait_ms) = 0;
	redis_queue_text(redis, command_names[COMMAND_WAIT], "1", limit, NULL);
	append(lanes, lane, command_new(lane->database, COMMAND_WAIT, bytes_of(""), NULL, 0));
	lane->wait_bytes = 0;
	lane->waiting = true;
}

static void queue(struct redis *redis, const struct command *command, struct bytes payload)
{
	struct command_words words;

	if (command->asking)
		redis_queue_text(redis, "ASKING", NULL);
	command_say(command, &words);
	if (command->verb == COMMAND_RESTORE)
		words.all[words.count++] = payload;
	redis_queue(redis, words.count, words.all);
}

static void send_on(struct lanes *lanes, struct lane *lane, struct command *command, struct bytes payload)
{
	struct error error = { 0 };
	struct redis *redis = lane->lost ? NULL : nodes_redis(&lanes->nodes[lane->database], lane->node, &error);

	if (!lane->lost && (!redis || (!lane->probed && !probe(lanes, lane, redis, &error))))
		lanes_lose(lanes, lane, &error);
	if (!lane->lost && !lanes->failed)
		queue(redis, command, payload);
	append(lanes, lane, command);
	if (lane->lost || lanes->failed)
		return;
	if (lane->wait_ms && !lane->waiting && lane->wait_bytes >= LANES_WAIT_BYTES)
		queue_wait(lanes, lane, redis);
	if (redis_queued(redis) >= SEND_BLOCK && !redis_send(redis, &error))
		lanes_lose(lanes, lane, &error);
}

void lanes_send(struct lanes *lanes, struct command *command, struct bytes payload)
{
	enum database database = lanes->one_database ? DATABASE_TORRENTS : command->database;
	struct nodes *nodes = &lanes->nodes[database];
	size_t node;
	int64_t ignored;

	if (!lanes->open[database] && !peerdump_nodes(lanes->run, database, nodes, &ignored)) {
		lanes->failed = true;
		command_free(command);
		return;
	}
	lanes->open[database] = true;
	command->asking = command->again == COMMAND_ASK;
	node = command->asking ? command->node : nodes->owner[nodes->cluster ? command->slot : 0];
	command->placed = command->asking;
	command->again = COMMAND_GOOD;
	if (node == NODES_NONE) {
		command_list_add(&lanes->homeless, command);
		lanes->troubled = lanes->unready = true;
		return;
	}
	send_on(lanes, lane_at(lanes, database, node), command, payload);
}

static void send_owed(struct lanes *lanes)
{
	struct command *command;

	while (!lanes->failed && (command = command_list_take(&lanes->owed)))
		lanes_send(lanes, command, bytes_at(NULL, 0));
}

/* --- for who has commands --- */

static void read_some(struct lanes *lanes)
{
	/* half of them: those were sent long ago, so that their answers are here */
	for (struct lane *lane = lanes->all; lane; lane = lane->next)
		if (lane->flight >= LANES_FLIGHT_MAX || lane->flight_bytes >= LANES_FLIGHT_BYTES_MAX)
			read_answers(lanes, lane, LANES_FLIGHT_MAX / 2, LANES_FLIGHT_BYTES_MAX / 2);
}

void lanes_put(struct lanes *lanes, struct command *command, struct bytes payload)
{
	send_owed(lanes);
	if (lanes->failed) {
		command_free(command);
		return;
	}
	lanes_send(lanes, command, payload);
	read_some(lanes);
	if (lanes->troubled && !lanes->failed)
		lanes_repair(lanes);
	if (lanes->kept_bytes >= LANES_KEPT_BYTES_MAX)
		lanes_settle(lanes);
}

void lanes_owe(struct lanes *lanes, struct command *command)
{
	command_list_add(&lanes->owed, command);
}

void lanes_catch_up(struct lanes *lanes)
{
	lanes_drain(lanes);
	if (lanes->troubled && !lanes->failed)
		lanes_repair(lanes);
	send_owed(lanes);
}

static bool unsettled(const struct lanes *lanes)
{
	for (const struct lane *lane = lanes->all; lane; lane = lane->next)
		if (lane->kept.first)
			return true;
	return lanes->owed.first || lanes->troubled;
}

void lanes_settle(struct lanes *lanes)
{
	while (!lanes->failed && unsettled(lanes)) {
		send_owed(lanes);
		for (struct lane *lane = lanes->all; lane; lane = lane->next)
			if (lane->kept.first && lane->wait_ms && !lane->waiting && !lane->lost)
				queue_wait(lanes, lane, lanes->nodes[lane->database].all[lane->node].redis);
		lanes_catch_up(lanes);
	}
}

bool lanes_open(struct lanes *lanes, struct run *run, const struct lanes_owner *owner, int64_t *now_us)
{
	*lanes = (struct lanes){ .run = run, .owner = *owner };
	lanes->open[DATABASE_TORRENTS] = peerdump_nodes(run, DATABASE_TORRENTS, &lanes->nodes[DATABASE_TORRENTS], now_us);
	lanes->failed = !lanes->open[DATABASE_TORRENTS];
	lanes->one_database = !lanes->failed && (lanes->nodes[DATABASE_TORRENTS].cluster || peerdump_one_database(run));
	return !lanes->failed;
}

static void free_list(struct command_list *list)
{
	struct command *command;

	while ((command = command_list_take(list)))
		command_free(command);
}

void lanes_close(struct lanes *lanes)
{
	struct lane *lane, *next;

	for (lane = lanes->all; lane; lane = next) {
		next = lane->next;
		free_list(&lane->kept);
		free(lane);
	}
	free_list(&lanes->owed);
	free_list(&lanes->homeless);
	for (size_t database = 0; database < DATABASES; database++)
		if (lanes->open[database])
			nodes_close(&lanes->nodes[database]);
}
