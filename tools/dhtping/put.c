/* put.c - the verb put: stores an item in the DHT (BEP 44) */
#include <inttypes.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/number.h"
#include "codec/bencode.h"
#include "digest/digest.h"
#include "digest/sign.h"
#include "tools/dhtping/store.h"
#include "tools/dhtping/value.h"

enum { READ_MAX = 64 << 10 };	/* bytes that are read of a value, so that its size can be told: far more than nodes take */

/* What is to be stored. */
struct item {
	struct buf value;	/* bencoded */
	struct sign_key *key;	/* of a mutable one */
	uint8_t public_key[SIGN_KEY_SIZE], signature[SIGN_SIZE];
	uint8_t target[NODE_ID_SIZE];
	int64_t seq;
};

static bool read_value(struct run *run, struct buf *value, struct error *error)
{
	const struct dhtping_options *options = run->options;
	const char *name = run->word_count ? run->words[0] : "-";
	struct input input;
	struct bytes data;
	bool good;

	if (!run->word_count && isatty(STDIN_FILENO))
		report_note(&run->report, "no file is named: reading the terminal, ^D ends that");
	if (!input_open(&input, name, run_wait(run), &tool_stopped, error))
		return false;
	data = input_fill(&input, READ_MAX + 1, error);
	if (data.size > READ_MAX)
		fail_input(error, ERROR_NOWHERE, "the value has more than %d bytes; nodes store at most %d, bencoded",
			   READ_MAX, ITEM_VALUE_MAX);
	if (options->bencode)
		buf_append(value, data.data, data.size);
	else
		bencode_put_string(value, data);
	good = error->kind == ERROR_NONE && item_check(buf_bytes(value), error);
	if (error->kind == ERROR_INPUT) {
		if (error->offset != ERROR_NOWHERE)
			error_prefix(error, "byte %" PRIu64, error->offset);
		error_prefix(error, "%.100s", name);
	}
	input_close(&input);
	return good;
}

/* Numbers of a mutable item: UINT64_MAX stands for "not given". */
static bool check_number(const char *option, uint64_t number, struct error *error)
{
	return number == UINT64_MAX || number <= INT64_MAX ||
	       fail_usage(error, "--%s: want at most %" PRId64, option, INT64_MAX);
}

static bool read_item(struct run *run, struct item *item, struct error *error)
{
	const struct dhtping_options *options = run->options;
	struct bytes salt = bytes_of(options->salt);

	if (run->word_count > 1)
		return fail_usage(error, "found %zu files, want one", run->word_count);
	if (!options->key && (options->salt || options->seq != UINT64_MAX || options->cas != UINT64_MAX))
		return fail_usage(error, "--salt, --seq and --cas are for mutable items: want --key, too");
	if (!check_number("seq", options->seq, error) || !check_number("cas", options->cas, error) ||
	    !item_check_salt(salt, error))
		return false;
	if (options->key) {
		item->key = sign_key_read(options->key, error);
		if (!item->key)
			return false;
		sign_key_public(item->key, item->public_key);
		value_name(bytes_at(item->public_key, sizeof item->public_key), salt, item->target);
	}
	if (!read_value(run, &item->value, error))
		return false;
	if (!item->key)
		sha1_digest(buf_bytes(&item->value), item->target);
	return true;
}

/* Its number, if it was not given one: the next one. */
static bool sign(struct item *item, const struct dhtping_options *options, const struct value *there, struct error *error)
{
	struct buf text = { 0 };

	if (options->seq != UINT64_MAX)
		item->seq = (int64_t)options->seq;
	else if (!there->data.size)
		item->seq = 1;
	else if (there->seq < INT64_MAX)
		item->seq = there->seq + 1;
	else
		return fail_system(error, "the item that is there has the highest sequence number, %" PRId64, INT64_MAX);
	item_signed(&text, bytes_of(options->salt), item->seq, buf_bytes(&item->value));
	sign_make(item->key, buf_bytes(&text), item->signature);
	buf_free(&text);
	return true;
}

static struct krpc_message put_message(const struct item *item, const struct dhtping_options *options)
{
	struct krpc_message message;

	krpc_clear(&message);
	message.type = KRPC_QUERY;
	message.method = KRPC_PUT;
	message.value = buf_bytes(&item->value);
	if (!item->key)
		return message;
	message.public_key = bytes_at(item->public_key, sizeof item->public_key);
	message.signature = bytes_at(item->signature, sizeof item->signature);
	message.seq = item->seq;
	if (options->salt && *options->salt)
		message.salt = bytes_of(options->salt);
	if (options->cas != UINT64_MAX)
		message.cas = (int64_t)options->cas;
	return message;
}

static void note_stored(struct run *run, const struct item *item, const struct stored *stored)
{
	struct count_text nodes;
	char target[2 * NODE_ID_SIZE + 1], key[2 * SIGN_KEY_SIZE + 1];

	*hex_print(target, item->target, NODE_ID_SIZE) = 0;
	*hex_print(key, item->public_key, SIGN_KEY_SIZE) = 0;
	count_print(&nodes, stored->asked, "nodes");
	output_flush(&run->output);
	if (item->key)
		report_note(&run->report, "%s: stored, number %" PRId64 "; the public key is %s; %" PRIu64 " of %s took it",
			    target, item->seq, key, stored->accepted, nodes.text);
	else
		report_note(&run->report, "%s: stored; %" PRIu64 " of %s took it", target, stored->accepted, nodes.text);
}

static void put(struct net *net, struct item *item, const struct endpoint *bootstrap, size_t bootstrap_count)
{
	const struct dhtping_options *options = net->run->options;
	struct value there = value_begin(item->target, bytes_of(options->salt));
	struct stored stored = { 0 };
	struct error error = { 0 };
	struct krpc_message message;
	struct search search;

	if (value_search(&there, &search, net, bootstrap, bootstrap_count)) {
		if (item->key && !sign(item, options, &there, &error)) {
			run_error(net->run, &error);
		} else {
			message = put_message(item, options);
			if (store_ask(&search, &message, &stored) && !stored.accepted)
				search_nothing(&search, "no node took the item");
			else if (stored.accepted)
				note_stored(net->run, item, &stored);
		}
	}
	search_end(&search);
	value_free(&there);
}

void put_run(struct run *run)
{
	const struct endpoint *bootstrap;
	size_t bootstrap_count;
	struct error error = { 0 };
	struct item item = { 0 };
	struct net net;

	if (!read_item(run, &item, &error)) {
		/* nothing can be stored, whatever is wrong */
		if (error.kind == ERROR_INPUT)
			error.kind = ERROR_SYSTEM;
		run_error(run, &error);
	} else if (search_open(&net, run)) {
		if (net_bootstrap(&net, &bootstrap, &bootstrap_count)) {
			put(&net, &item, bootstrap, bootstrap_count);
			search_conclude(&net);
		}
		net_close(&net);
	}
	buf_free(&item.value);
	sign_key_free(item.key);
}
