/* announce.c - the verb announce: nodes near to an info hash are told that this host has the torrent */
#include "text/hash.h"
#include "tools/dhtping/store.h"

/* False: the program was asked to stop. */
static bool announce(struct net *net, const uint8_t hash[HASH_SIZE], const struct endpoint *bootstrap, size_t bootstrap_count)
{
	const struct dhtping_options *chosen = net->run->options;
	struct lookup_options options = search_options(net->run, KRPC_GET_PEERS);
	struct krpc_message message;
	struct search search;
	size_t accepted = 0;
	bool going;

	krpc_clear(&message);
	message.type = KRPC_QUERY;
	message.method = KRPC_ANNOUNCE_PEER;
	message.info_hash = bytes_at(hash, HASH_SIZE);
	message.port = chosen->port ? (int64_t)chosen->port : KRPC_NUMBER_UNSET;
	message.implied_port = chosen->implied_port;
	message.seed = chosen->seed;
	memcpy(options.target, hash, sizeof options.target);
	search_begin(&search, net, &options, bootstrap, bootstrap_count);
	going = search_finish(&search) && store_ask(&search, &message, &accepted);
	if (going && !accepted)
		search_nothing(&search, "no node took the announce");
	search_end(&search);
	return going;
}

static bool check(struct run *run, struct error *error)
{
	const struct dhtping_options *options = run->options;

	if (options->port > UINT16_MAX)
		return fail_usage(error, "--port: want at most 65535");
	if (!options->port && !options->implied_port)
		return fail_usage(error, "want --port, where this host has the torrent, or --implied-port");
	return run->word_count || fail_usage(error, "want an info hash");
}

void announce_run(struct run *run)
{
	const struct endpoint *bootstrap;
	struct error error = { 0 };
	size_t bootstrap_count;
	uint8_t (*hashes)[HASH_SIZE] = arena_alloc(&run->memory, (run->word_count + 1) * HASH_SIZE);
	struct net net;
	bool good = check(run, &error);

	for (size_t i = 0; i < run->word_count && good; i++)
		good = hash_parse(bytes_of(run->words[i]), hashes[i], &error) || (error.kind = ERROR_USAGE, false);
	if (!good) {
		run_error(run, &error);
		return;
	}
	if (!net_open(&net, run, NULL))
		return;
	if (net_bootstrap(&net, &bootstrap, &bootstrap_count)) {
		for (size_t i = 0; i < run->word_count && announce(&net, hashes[i], bootstrap, bootstrap_count); i++)
			;
		if (!net_answered(&net))
			run->report.status = STATUS_SILENT;
	}
	net_close(&net);
}
