/* announce.c - the verb announce: nodes near to an info hash are told that this host has the torrent */
#include <inttypes.h>

#include "base/number.h"
#include "tools/dhtping/hashes.h"
#include "tools/dhtping/store.h"

/* False: the program was asked to stop. */
static bool announce(struct net *net, const uint8_t hash[HASH_SIZE],
		     const struct endpoint *bootstrap, size_t bootstrap_count, struct stored *stored)
{
	uint64_t accepted = stored->accepted;
	const struct dhtping_options *chosen = net->run->options;
	struct lookup_options options = search_careful(net->run, KRPC_GET_PEERS);
	struct krpc_message message;
	struct search search;
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
	going = search_finish(&search) && store_ask(&search, &message, stored);
	if (going && stored->accepted == accepted)
		search_nothing(&search, "no node took the announce");
	search_end(&search);
	return going;
}

static void note_announced(struct net *net, uint64_t announced, const struct stored *stored)
{
	struct count_text torrents, nodes;

	if (!net_answered(net))
		return;
	output_flush(&net->run->output);
	report_note(&net->run->report, "announced %" PRIu64 " of %s; %" PRIu64 " of %s took it", announced,
		    count_print(&torrents, net->done, "torrents"), stored->accepted,
		    count_print(&nodes, stored->asked, "nodes"));
}

/* Each as soon as it comes: stdin may be a pipe that trickles. */
static void announce_all(struct net *net, struct hashes *hashes, const struct endpoint *bootstrap, size_t bootstrap_count)
{
	enum lines_result result;
	uint8_t hash[HASH_SIZE];
	struct stored stored = { 0 };
	uint64_t announced = 0;
	bool going = true;

	net->total = hashes_count(hashes);
	while (going && (result = hashes_next(hashes, hash)) != LINES_END) {
		if (result == LINES_RECORD) {
			uint64_t accepted = stored.accepted;

			going = announce(net, hash, bootstrap, bootstrap_count, &stored);
			announced += stored.accepted > accepted;
			net->done++;
			continue;
		}
		net->input_fd = hashes_fd(hashes);
		going = net_step(net, INT64_MAX);
		net->input_fd = -1;
	}
	note_announced(net, announced, &stored);
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
