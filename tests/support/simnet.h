/* simnet.h - a simulated network of DHT nodes for unit tests: virtual time, delay, loss, the dead and the liars */
#ifndef SUPPORT_SIMNET_H
#define SUPPORT_SIMNET_H

/*
 * How to use it:
 *
 *	struct simnet net;
 *	struct engine_options options = unlimited(&seed);		(support/engine.h)
 *	simnet_begin(&net, &(struct simnet_options){ .nodes = 1000, .loss = .02 }, engine_new(&options));
 *	simnet_turn(&net, SIM_DEAD, .2);				a fifth of the honest ones are dead
 *	simnet_connect(&net);						who knows whom: after all turns
 *	simnet_store_peer(&net, info_hash, &peer, 8);			get_peers will find it at the 8 nearest honest ones
 *	... engine_ask(net.engine, ..., net.now_us), lookup_add(lookup, NULL, &net.nodes[0].endpoint) ...
 *	simnet_run(&net, net.now_us + 60 * 1000000, tick, owner);	until that time, or tick says that it is over
 *	simnet_end(&net);						frees the engine too
 *
 * The same options make the same run. All that the engine sends must be sound queries with our id, or the run is aborted.
 * Nodes answer ping, find_node, get_peers, announce_peer, sample_infohashes, get and put (items are stored under the SHA-1
 * that BEP 44 says; signatures are not looked at). Tables are those of BEP 5: up to k nodes for each bucket, chosen at
 * random, the neighbours all. Node i is 45.x.y.z:6881 or [2001:42d:x:yz::1]:6881, with i in it.
 */

#include "sim_answer.h"

enum { SIM_ROUNDS_MAX = 100000 };

static inline void sim_arrive(struct simnet *net, uint32_t number)
{
	struct sim_packet packet = net->packets[number];

	moments_take(&net->arrivals, number);
	net->packets[number].data = NULL;
	if (packet.refusal)
		engine_refused(net->engine, &packet.node, bytes_at(packet.data, packet.size), net->now_us);
	else if (packet.to_us)
		engine_receive(net->engine, &packet.node, bytes_at(packet.data, packet.size), net->now_us);
	else
		sim_serve(net, &packet.node, bytes_at(packet.data, packet.size));
	free(packet.data);
}

/*
 * Lets time pass until `until_us`, or until tick, which is called after all that happens at one moment, returns INT64_MIN;
 * else it returns when it must be called again at the latest (INT64_MAX: need not). tick may be NULL: then the run is over,
 * too, when nothing is left to happen.
 */
static inline void simnet_run(struct simnet *net, int64_t until_us, int64_t (*tick)(void *owner, int64_t now_us),
			      void *owner)
{
	for (unsigned rounds = 0;; rounds++) {
		int64_t next_us = tick ? tick(owner, net->now_us) : INT64_MAX, wake_us;
		struct engine_packet packet;

		if (next_us == INT64_MIN)
			return;
		/*
		 * somebody wants to be woken again and again at a moment that has passed: with a clock of our own it
		 * would be a loop
		 */
		if (rounds == SIM_ROUNDS_MAX)
			abort();
		while (engine_send(net->engine, net->now_us, &packet)) {
			net->asked++;
			sim_post(net, &packet.to, packet.bytes, false, 0);
		}
		wake_us = engine_wake(net->engine);
		next_us = wake_us < next_us ? wake_us : next_us;
		next_us = moments_next(&net->arrivals) < next_us ? moments_next(&net->arrivals) : next_us;
		if (next_us == INT64_MAX && !tick)
			return;
		if (next_us > until_us) {
			net->now_us = until_us > net->now_us ? until_us : net->now_us;
			return;
		}
		if (next_us > net->now_us) {
			net->now_us = next_us;
			rounds = 0;
		}
		while (net->arrivals.count && moments_next(&net->arrivals) <= net->now_us)
			sim_arrive(net, net->arrivals.heap[0].item);
		engine_pass_time(net->engine, net->now_us);
	}
}

#endif
