/* targets.c - the nodes that a verb is to speak to: HOST:PORT from arguments, -f, stdin, or records of other tools */
#include "tools/dhtping/targets.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/table.h"
#include "cli/files.h"
#include "codec/frame.h"
#include "codec/node.h"
#include "codec/peer.h"
#include "text/reader.h"
#include "tools/dhtping/host.h"
#include "tools/dhtping/records.h"

/* What a record of any type says of a node. */
struct target_line {
	struct bytes node_id;
	struct endpoint endpoint;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
};

static const struct field target_fields[] = {
	FIELD(target_line, node_id, HASH, "the node's id", .width = NODE_ID_SIZE),
	FIELD(target_line, endpoint, ENDPOINT, "the node's address and port"),
	FIELD(target_line, ipv4, IPV4, "IPv4 address"),
	FIELD(target_line, ipv6, IPV6, "IPv6 address"),
	FIELD(target_line, port, U16, "UDP port"),
};
static const struct record target_record = RECORD("target", target_line, target_fields, "a node to speak to");

/* A name that waits to be looked up, and where it came from. */
struct waiting {
	size_t target;		/* number of the target that gets the address */
	struct place place;	/* file NULL: the command line */
};

struct gathering {
	struct net *net;
	struct run *run;
	struct buf targets;		/* struct target; endpoint.family 0: left out */
	struct table seen;		/* endpoints, so that nobody is asked twice over */
	size_t waiting_count;
	struct waiting waiting[RESOLVE_NAMES_MAX];
	struct resolve_name names[RESOLVE_NAMES_MAX];
	struct arena hosts;		/* of the names that wait */
	bool full;
};

static struct target *targets_of(struct gathering *gathering)
{
	return (struct target *)gathering->targets.data;
}

static size_t count_of(const struct gathering *gathering)
{
	return gathering->targets.size / sizeof(struct target);
}

/* What is wrong with a word of the command line is wrong with the command line. */
static void tell(struct gathering *gathering, const struct place *place, struct error *error)
{
	if (!place->file)
		error->kind = ERROR_SYSTEM;
	report_error(&gathering->run->report, *place, error);
}

/* Room for one more; NULL: there are enough. */
static struct target *add_target(struct gathering *gathering)
{
	struct target *target;
	struct error error = { 0 };

	if (gathering->full)
		return NULL;
	if (count_of(gathering) == TARGETS_MAX) {
		gathering->full = true;
		fail_input(&error, ERROR_NOWHERE, "more than %d nodes: the others are left out", TARGETS_MAX);
		report_error(&gathering->run->report, (struct place){ NULL, NULL, 0 }, &error);
		return NULL;
	}
	buf_reserve(&gathering->targets, sizeof *target);
	target = targets_of(gathering) + count_of(gathering);
	*target = (struct target){ .name = NULL };
	gathering->targets.size += sizeof *target;
	return target;
}

/* The address is the target's, unless another target has it. */
static void settle(struct gathering *gathering, struct target *target, const struct endpoint *endpoint)
{
	bool added = false;

	table_add(&gathering->seen, bytes_at(endpoint, sizeof *endpoint), &added);
	if (added)
		target->endpoint = *endpoint;
}

/* A verb that was mistyped is taken for a node to ping. */
static const char *verb_hint(const struct gathering *gathering, const struct waiting *waiting, const struct target *target)
{
	if (waiting->place.file || waiting->target || strpbrk(target->name, ".:") || gathering->run->record != &pong_record)
		return "";
	return ", and no such verb ('dhtping --help' lists them)";
}

/* Looks up the names that wait. */
static void look_up(struct gathering *gathering)
{
	resolve_names(gathering->names, gathering->waiting_count, HOST_RESOLVE_US, &tool_stopped);
	for (size_t i = 0; i < gathering->waiting_count && !tool_stopped; i++) {
		struct target *target = &targets_of(gathering)[gathering->waiting[i].target];
		const struct resolve_name *name = &gathering->names[i];
		struct error error = { 0 };

		if (name->count) {
			settle(gathering, target, &name->endpoints[0]);
			continue;
		}
		fail_input(&error, ERROR_NOWHERE, "%s: %s%s%s", target->name, name->failure,
			   verb_hint(gathering, &gathering->waiting[i], target),
			   !name->numeric ? "" :
			   net_has(gathering->net, 4) ? ", and only IPv4 is in use" : ", and only IPv6 is in use");
		tell(gathering, &gathering->waiting[i].place, &error);
	}
	gathering->waiting_count = 0;
	arena_reset(&gathering->hosts);
}

/* 40 digits in hex are asked of no name server. */
static bool is_hash(struct bytes word)
{
	uint8_t hash[NODE_ID_SIZE];

	return word.size == 2 * sizeof hash && hex_parse(word.data, sizeof hash, hash);
}

static void add_word(struct gathering *gathering, struct bytes word, const struct place *place)
{
	struct resolve_name *name = &gathering->names[gathering->waiting_count];
	struct error error = { 0 };
	struct target *target;

	*name = (struct resolve_name){ .families = net_families(gathering->net) };
	if (is_hash(word)) {
		fail_input(&error, ERROR_NOWHERE,
			   "%.*s: an info hash or an id, and no node; get-peers and find-node look it up", (int)word.size,
			   (const char *)word.data);
		tell(gathering, place, &error);
		return;
	}
	if (!host_parse(word, &gathering->hosts, name, &error)) {
		tell(gathering, place, &error);
		return;
	}
	target = add_target(gathering);
	if (!target)
		return;
	target->name = arena_string(&gathering->run->memory, word);
	gathering->waiting[gathering->waiting_count++] = (struct waiting){ count_of(gathering) - 1, *place };
	if (gathering->waiting_count == RESOLVE_NAMES_MAX)
		look_up(gathering);
}

/* The endpoint that a record says, if it is one of a family in use; else the error says why not. */
static struct endpoint endpoint_of(const struct gathering *gathering, const struct target_line *line, struct error *error)
{
	struct endpoint endpoint = line->endpoint;
	char text[ENDPOINT_ROOM];

	if (!endpoint.family && !ipv4_absent(&line->ipv4) && net_has(gathering->net, 4))
		endpoint = endpoint_ipv4(line->ipv4, line->port);
	else if (!endpoint.family && !ipv6_absent(&line->ipv6))
		endpoint = endpoint_ipv6(line->ipv6, line->port);
	else if (!endpoint.family && !ipv4_absent(&line->ipv4))
		endpoint = endpoint_ipv4(line->ipv4, line->port);
	if (!endpoint.family) {
		fail_input(error, ERROR_NOWHERE, "no node: it has no endpoint, and no ipv4 or ipv6 with a port");
	} else if (!endpoint.port) {
		fail_input(error, ERROR_NOWHERE, "no node: its port is 0");
	} else if (!net_has(gathering->net, endpoint.family)) {
		*endpoint_print(text, &endpoint) = 0;
		fail_input(error, ERROR_NOWHERE, "%s: IPv%u is not in use", text, endpoint.family);
	}
	if (error->kind != ERROR_NONE)
		endpoint.family = 0;
	return endpoint;
}

static bool add_record(struct gathering *gathering, const struct target_line *line, struct error *error)
{
	struct endpoint endpoint = endpoint_of(gathering, line, error);
	char text[ENDPOINT_ROOM];
	struct target *target;

	if (!endpoint.family)
		return false;
	target = add_target(gathering);
	if (!target)
		return true;
	target->name = arena_string(&gathering->run->memory,
				    bytes_at(text, (size_t)(endpoint_print(text, &endpoint) - text)));
	target->known = line->node_id.size == NODE_ID_SIZE;
	if (target->known)
		memcpy(target->id, line->node_id.data, NODE_ID_SIZE);
	settle(gathering, target, &endpoint);
	return true;
}

/* A line is a word, or a record: those have TABs or braces. */
static void take_line(struct gathering *gathering, struct reader *reader, struct bytes line, const struct place *place)
{
	struct error error = { 0 };
	struct reading reading;
	bool word = line.size && !memchr("{#", line.data[0], 2) && !memchr(line.data, '\t', line.size);

	if (word && !reader->header) {
		add_word(gathering, bytes_trim(line), place);
		return;
	}
	switch (reader_line(reader, line, &reading, &error)) {
	case READER_RECORD:
		if (!add_record(gathering, reading.value, &error))
			tell(gathering, place, &error);
		break;
	case READER_BAD:
		tell(gathering, place, &error);
		break;
	case READER_NOTHING:
		break;
	}
}

static void read_file(struct gathering *gathering, const char *name)
{
	static const struct record *const wanted[] = { &target_record, NULL };
	static const struct record *const known[] = {
		&node_record, &peer_record, &pong_record, &hop_record, &answer_record, &sample_record, &probe_record,
		&item_record, &frame_record, NULL,
	};
	char *names[] = { (char *)(uintptr_t)name };
	struct files files = files_begin(gathering->run, 1, names);
	struct reader reader;
	struct input input;
	struct bytes line = { NULL, 0 };
	uint64_t offset;

	if (!files_next(&files, &input))
		return;
	reader_init(&reader, wanted, known, gathering->run->common.output.unset);
	while (!gathering->full && !tool_stopped) {
		struct error error = { 0 };
		bool read = input_line(&input, &line, &offset, &error);
		struct place place = { input.name, "line", input.line };

		if (read)
			take_line(gathering, &reader, line, &place);
		else if (error.kind != ERROR_NONE)
			report_error(&gathering->run->report, place, &error);
		if (!read && error.kind != ERROR_INPUT)
			break;
	}
	look_up(gathering);	/* while the name of the file is good */
	reader_free(&reader);
	input_close(&input);
}

/* Without those that have no address, or one that another has; in the order in which they came. */
static size_t copy_targets(struct gathering *gathering, struct target **targets)
{
	const struct target *from = targets_of(gathering);
	size_t count = 0;

	*targets = arena_alloc(&gathering->run->memory, gathering->targets.size + 1);
	for (size_t i = 0; i < count_of(gathering); i++)
		if (from[i].endpoint.family)
			(*targets)[count++] = from[i];
	return count;
}

size_t targets_read(struct net *net, size_t word_count, char **words, const char *file, struct target **targets)
{
	struct gathering *gathering = calloc(1, sizeof *gathering);
	struct error error = { 0 };
	size_t count;

	if (!gathering)
		out_of_memory();
	gathering->net = net;
	gathering->run = net->run;
	for (size_t i = 0; i < word_count && !tool_stopped; i++) {
		if (strcmp(words[i], "-") == 0)
			read_file(gathering, words[i]);
		else
			add_word(gathering, bytes_of(words[i]), &(struct place){ NULL, NULL, 0 });
	}
	if (file)
		read_file(gathering, file);
	else if (!word_count && isatty(STDIN_FILENO))
		fail_usage(&error, "no node: expected HOST:PORT, or -f FILE");
	else if (!word_count)
		read_file(gathering, "-");
	if (error.kind != ERROR_NONE)
		run_error(net->run, &error);
	look_up(gathering);
	count = copy_targets(gathering, targets);
	buf_free(&gathering->targets);
	table_free(&gathering->seen);
	arena_free(&gathering->hosts);
	free(gathering);
	return count;
}
