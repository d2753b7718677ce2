/* announce.c - the verb announce: nodes near to an info hash are told that this host has the torrent */
#include "tools/dhtping/hashes.h"
#include "tools/dhtping/store.h"

/* False: the program was asked to stop. */
static bool announce(struct net *net, const uint8_t hash[HASH_SIZE],
		     const struct endpoint *bootstrap, size_t bootstrap_count)
{
	const struct dhtping_options *chosen = net->run->options;
	struct lookup_options options = search_careful(net->run, KRPC_GET_PEERS);
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

/* Each as soon as it comes: stdin may be a pipe that trickles. */
static void announce_all(struct net *net, struct hashes *hashes, const struct endpoint *bootstrap, size_t bootstrap_count)
{
	enum lines_result result;
	uint8_t hash[HASH_SIZE];
	bool going = true;

	while (going && (result = hashes_next(hashes, hash)) != LINES_END) {
		if (result == LINES_RECORD) {
			going = announce(net, hash, bootstrap, bootstrap_count);
			continue;
		}
		net->input_fd = hashes_fd(hashes);
		going = net_step(net, INT64_MAX);
		net->input_fd = -1;
	}
}

void announce_run(struct run *run)
{
	const struct dhtping_options *options = run->options;
	const struct endpoint *bootstrap;
	struct error error = { 0 };
	size_t bootstrap_count;
	struct hashes hashes;
	struct net net;

	if (options->port > UINT16_MAX)
		fail_usage(&error, "--port: want at most %d", UINT16_MAX);
	else if (!options->port && !options->implied_port)
		fail_usage(&error, "want --port, where this host has the torrent, or --implied-port");
	if (error.kind != ERROR_NONE) {
		run_error(run, &error);
		return;
	}
	if (!hashes_open(&hashes, run))
		return;
	if (search_open(&net, run)) {
		if (net_bootstrap(&net, &bootstrap, &bootstrap_count)) {
			announce_all(&net, &hashes, bootstrap, bootstrap_count);
			search_conclude(&net);
		}
		net_close(&net);
	}
	hashes_close(&hashes);
}
