/* id.c - the verb id: a node id for an address (BEP 42), and one against an address or another id */
#include "base/hex.h"
#include "text/escape.h"
#include "text/hash.h"
#include "tools/dhtping/net.h"
#include "tools/dhtping/records.h"

/* A word of the command line: an id, or an address without a port. */
struct operand {
	bool is_id;
	uint8_t id[NODE_ID_SIZE];
	struct endpoint endpoint;
};

static bool parse_operand(const char *text, struct operand *operand, struct error *error)
{
	struct bytes word = bytes_of(text);
	struct error ignored = { 0 };
	struct brief brief;

	operand->is_id = hash_parse(word, operand->id, &ignored);
	return operand->is_id || endpoint_parse_address(word, &operand->endpoint) ||
	       fail_usage(error, "'%s' is neither an address (without a port) nor a node id", escape_brief(&brief, word));
}

static bool parse_random(const char *text, uint8_t *random, struct error *error)
{
	struct brief brief;

	return (strlen(text) == 2 && hex_parse((const uint8_t *)text, 1, random)) ||
	       fail_usage(error, "--random: '%s' is no byte in hex: want two digits", escape_brief(&brief, bytes_of(text)));
}

static void put_id(struct run *run, const struct operand *id, const struct operand *address)
{
	char text[ENDPOINT_ROOM];
	struct id_line line;

	record_clear(&id_record, &line);
	line.node_id = bytes_at(id->id, NODE_ID_SIZE);
	line.address = bytes_at(text, (size_t)(endpoint_print_address(text, &address->endpoint) - text));
	line.bep42 = (uint8_t)node_id_check(id->id, &address->endpoint);
	if (line.bep42 == NODE_ID_INVALID)
		run->report.status = STATUS_NOTHING;
	output_put(&run->output, &line);
}

static void put_distance(struct run *run, const struct operand *a, const struct operand *b)
{
	uint8_t distance[NODE_ID_SIZE];
	struct id_line line;

	node_id_distance(a->id, b->id, distance);
	record_clear(&id_record, &line);
	line.node_id = bytes_at(a->id, NODE_ID_SIZE);
	line.other = bytes_at(b->id, NODE_ID_SIZE);
	line.distance = bytes_at(distance, NODE_ID_SIZE);
	line.bucket = node_id_shared(a->id, b->id);
	output_put(&run->output, &line);
}

static bool make_id(struct run *run, struct operand *address, struct error *error)
{
	const struct dhtping_options *options = run->options;
	uint8_t random;

	if (address->is_id)
		return fail_usage(error, "id: an address or another id is wanted to compare the id with");
	net_draw(address->id, NODE_ID_SIZE);
	random = address->id[NODE_ID_SIZE - 1];
	if (options->random && !parse_random(options->random, &random, error))
		return false;
	node_id_derive(&address->endpoint, random, address->id);
	put_id(run, address, address);
	return true;
}

static bool compare(struct run *run, const struct operand operands[2], struct error *error)
{
	const struct dhtping_options *options = run->options;

	if (options->random)
		return fail_usage(error, "--random is for an id that is made: give an address alone");
	if (!operands[0].is_id && !operands[1].is_id)
		return fail_usage(error, "id: both are addresses: want an id and an address, or two ids");
	if (operands[0].is_id && operands[1].is_id)
		put_distance(run, &operands[0], &operands[1]);
	else
		put_id(run, &operands[!operands[0].is_id], &operands[operands[0].is_id]);
	return true;
}

void id_run(struct run *run)
{
	struct operand operands[2] = { { .is_id = false } };
	struct error error = { 0 };
	bool good = (run->word_count == 1 || run->word_count == 2) ||
		    fail_usage(&error, "id: want an address, an id and an address, or two ids");

	for (size_t i = 0; good && i < run->word_count; i++)
		good = parse_operand(run->words[i], &operands[i], &error);
	if (good)
		good = run->word_count == 1 ? make_id(run, &operands[0], &error) : compare(run, operands, &error);
	if (!good)
		run_error(run, &error);
}
