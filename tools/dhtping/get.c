/* get.c - the verb get: an item of the DHT (BEP 44) */
#include "base/hex.h"
#include "codec/bencode.h"
#include "text/hash.h"
#include "tools/dhtping/records.h"
#include "tools/dhtping/value.h"

/* A string as it is, anything else bencoded. */
static void put_raw(struct run *run, struct bytes data)
{
	struct bencode bencode;
	struct bencode_token token;
	struct error error = { 0 };

	bencode_begin(&bencode, data);
	if (bencode_next(&bencode, &token, &error) && token.kind == BENCODE_STRING)
		data = token.text;
	output_bytes(&run->output, data.data, data.size);
}

static void put_record(struct run *run, const struct value *value)
{
	struct value_line line = {
		.target = bytes_at(value->target, NODE_ID_SIZE), .kind = value->changes, .seq = COUNT_UNSET,
		.size = value->data.size, .value = buf_bytes(&value->data), .nodes = value->nodes,
	};

	if (value->changes) {
		line.public_key = bytes_at(value->public_key, sizeof value->public_key);
		line.signature = bytes_at(value->signature, sizeof value->signature);
		line.seq = (uint64_t)value->seq;
		if (value->salt.size)
			line.salt = value->salt;
	}
	output_put(&run->output, &line);
}

/* False: the program was asked to stop. */
static bool get(struct net *net, const uint8_t target[NODE_ID_SIZE],
		const struct endpoint *bootstrap, size_t bootstrap_count)
{
	const struct dhtping_options *options = net->run->options;
	struct value value = value_begin(target, bytes_of(options->salt));
	struct search search;
	bool going;

	if (options->seq != UINT64_MAX)
		value.newer_than = (int64_t)options->seq;
	going = value_search(&value, &search, net, bootstrap, bootstrap_count);
	if (value.data.size && options->raw) {
		put_raw(net->run, buf_bytes(&value.data));
	} else if (value.data.size) {
		put_record(net->run, &value);
	} else if (going) {
		search_nothing(&search, options->seq == UINT64_MAX ? "no node has it" : "no node has a newer value");
	}
	search_end(&search);
	value_free(&value);
	return going;
}

/* One target for each word; with --key the one that it makes. */
static bool read_targets(struct run *run, uint8_t (*targets)[NODE_ID_SIZE], size_t *count, struct error *error)
{
	const struct dhtping_options *options = run->options;
	struct bytes digits = bytes_of(options->key), salt = bytes_of(options->salt);
	uint8_t key[ITEM_PUBLIC_KEY_SIZE];

	if (options->seq != UINT64_MAX && options->seq > INT64_MAX)
		return fail_usage(error, "--seq: want at most %lld", (long long)INT64_MAX);
	if (!item_check_salt(salt, error))
		return false;
	*count = run->word_count;
	for (size_t i = 0; i < run->word_count; i++)
		if (!hash_parse(bytes_of(run->words[i]), targets[i], error))
			return false;
	if (!options->key)
		return run->word_count || fail_usage(error, "want a target, or --key with the public key of a mutable item");
	if (run->word_count)
		return fail_usage(error, "found a target and --key: the key and the salt say what the target is");
	if (digits.size != 2 * sizeof key || !hex_parse(digits.data, sizeof key, key))
		return fail_usage(error, "--key: want a public key, %zu hexadecimal digits", 2 * sizeof key);
	value_name(bytes_at(key, sizeof key), salt, targets[0]);
	*count = 1;
	return true;
}

void get_run(struct run *run)
{
	uint8_t (*targets)[NODE_ID_SIZE] = arena_alloc(&run->memory, (run->word_count + 1) * NODE_ID_SIZE);
	const struct endpoint *bootstrap;
	size_t count = 0, bootstrap_count;
	struct error error = { 0 };
	struct net net;

	if (!read_targets(run, targets, &count, &error)) {
		error.kind = ERROR_USAGE;
		run_error(run, &error);
		return;
	}
	if (!search_open(&net, run))
		return;
	if (net_bootstrap(&net, &bootstrap, &bootstrap_count)) {
		for (size_t i = 0; i < count && get(&net, targets[i], bootstrap, bootstrap_count); i++)
			;
		search_conclude(&net);
	}
	net_close(&net);
}
