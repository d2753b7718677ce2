/* get_peers.c - the verb get-peers: who has a torrent, as the DHT knows it; how many (BEP 33), or which nodes know */
#include <math.h>

#include "base/clock.h"
#include "codec/bloom.h"
#include "codec/peer.h"
#include "tools/dhtping/batch.h"
#include "tools/dhtping/records.h"

enum {
	PEERS_MAX = 1 << 16,	/* so many peers of a torrent are told apart; of those after them one may be printed twice */
	SECOND_US = 1000000,
};

/* What nodes say of one torrent. */
struct swarm {
	struct distinct peers;
	uint64_t count;
	uint64_t filters;
	uint8_t seeds[BLOOM_SIZE], downloaders[BLOOM_SIZE];
};

static const struct dhtping_options *options_of(const struct job *job)
{
	return job->batch->run->options;
}

static void begin(struct job *job)
{
	struct swarm *swarm = job->own;

	distinct_reset(&swarm->peers, PEERS_MAX, PEERS_MAX);
	swarm->count = swarm->filters = 0;
	memset(swarm->seeds, 0, BLOOM_SIZE);
	memset(swarm->downloaders, 0, BLOOM_SIZE);
}

static void put_peer(struct job *job, const struct endpoint *endpoint)
{
	const struct dhtping_options *options = options_of(job);

	if (options->trace || options->scrape || options->nodes)
		return;
	job->batch->printed++;
	output_put(&job->batch->run->output, &(struct peer){
		.info_hash = bytes_at(job->search.target, NODE_ID_SIZE), .ipv4 = endpoint_get_ipv4(endpoint),
		.ipv6 = endpoint_get_ipv6(endpoint), .port = endpoint->port,
		.seen = { clock_real_us() / SECOND_US * SECOND_US },
	});
}

/* Nobody can be reached at port 0, or at no address. */
static bool is_peer(const struct endpoint *endpoint)
{
	static const uint8_t none[sizeof endpoint->address];

	return endpoint->port && memcmp(endpoint->address, none, sizeof none) != 0;
}

static void take_values(struct job *job, struct bytes values)
{
	struct swarm *swarm = job->own;
	uint64_t max = options_of(job)->max;
	struct endpoint endpoint;

	while (!job->enough && krpc_value_next(&values, &endpoint)) {
		if (!is_peer(&endpoint) ||
		    !distinct_add(&swarm->peers, distinct_print(&swarm->peers, bytes_at(&endpoint, sizeof endpoint))))
			continue;
		swarm->count++;
		put_peer(job, &endpoint);
		job->enough = swarm->count == max || job->batch->run->output.ended;
	}
}

static void take_filters(struct swarm *swarm, const struct krpc_message *message)
{
	if (message->seeds_filter.size != BLOOM_SIZE && message->peers_filter.size != BLOOM_SIZE)
		return;
	swarm->filters++;
	if (message->seeds_filter.size == BLOOM_SIZE)
		bloom_merge(swarm->seeds, message->seeds_filter.data);
	if (message->peers_filter.size == BLOOM_SIZE)
		bloom_merge(swarm->downloaders, message->peers_filter.data);
}

/* Only what the node itself answered, once. */
static void step(struct job *job, const struct lookup_step *step)
{
	enum engine_end how = step->event->end;

	if (step->node->state != LOOKUP_ANSWERED || (how != ENGINE_REPLY && how != ENGINE_LATE))
		return;
	take_filters(job->own, step->event->message);
	take_values(job, step->event->message->values);
}

static void put_scrape(struct job *job)
{
	const struct swarm *swarm = job->own;

	job->batch->printed++;
	output_put(&job->batch->run->output, &(struct scrape_line){
		.info_hash = bytes_at(job->search.target, NODE_ID_SIZE),
		.seeders = swarm->filters ? bloom_estimate(swarm->seeds) : (double)NAN,
		.downloaders = swarm->filters ? bloom_estimate(swarm->downloaders) : (double)NAN,
		.filters = swarm->filters, .peers = swarm->count, .nodes = search_summary(&job->search).answered,
	});
}

/* Nodes that are asked for filters may leave the peers out. */
static bool has_somebody(const struct swarm *swarm)
{
	return swarm->count || bloom_estimate(swarm->seeds) > 0 || bloom_estimate(swarm->downloaders) > 0;
}

static void end(struct job *job)
{
	const struct dhtping_options *options = options_of(job);
	const struct swarm *swarm = job->own;

	job->found = has_somebody(swarm);
	if (options->trace)
		return;
	if (options->scrape)
		put_scrape(job);
	else if (options->nodes)
		job->batch->printed += batch_put_nodes(job);
}

static void leave(void *own)
{
	struct swarm *swarm = own;

	distinct_free(&swarm->peers);
}

void get_peers_run(struct run *run)
{
	const struct dhtping_options *options = run->options;
	static const struct batch_verb verb = {
		.method = KRPC_GET_PEERS, .own_size = sizeof(struct swarm), .begin = begin, .step = step, .end = end,
		.leave = leave,
	};

	struct error error = { 0 };

	if (options->nodes && (options->trace || options->scrape)) {
		fail_usage(&error, "--nodes and --%s: each prints records of its own, want one of them",
			   options->trace ? "trace" : "scrape");
		run_error(run, &error);
		return;
	}
	batch_run(run, &verb);
}
