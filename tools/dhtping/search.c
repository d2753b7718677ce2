/* search.c - one target looked up in both DHTs at once (IPv4 and IPv6), from the bootstrap nodes or those known by now */
#include "tools/dhtping/search.h"

#include "base/hex.h"

enum {
	SEEDS = 2 * LOOKUP_K,	/* known nodes that a look-up begins with */
	ROOM_NODES = 4,		/* known nodes for each look-up that runs */
};

struct lookup_options search_options(const struct run *run, enum krpc_method method)
{
	const struct dhtping_options *options = run->options;

	return (struct lookup_options){
		.method = method, .time_max_us = options->timeout < INT64_MAX ? (int64_t)options->timeout : 0,
		.scrape = method == KRPC_GET_PEERS && options->scrape, .seq = KRPC_NUMBER_UNSET,
	};
}

/* What the nodes did goes into what is known for the searches that follow. */
static void on_step(void *owner, const struct lookup_step *step)
{
	struct search *search = owner;
	const struct lookup_node *node = step->node;

	if (node->state == LOOKUP_ANSWERED)
		known_add(search->net->known, node->id, &node->endpoint);
	else if (step->event->end != ENGINE_ERROR)
		known_drop(search->net->known, &node->endpoint);
	if (search->step)
		search->step(search->owner, search, step);
}

/* One in that family; NULL: there is nobody to begin with. */
static struct lookup *begin_family(struct search *search, const struct lookup_options *options, unsigned family,
				   const struct endpoint *bootstrap, size_t bootstrap_count)
{
	struct lookup_options chosen = *options;
	struct lookup_calls calls = { .step = on_step, .owner = search };
	struct lookup *lookup;
	size_t known, given;

	if (!net_has(search->net, family))
		return NULL;
	chosen.family = family;
	lookup = lookup_new(search->net->engine, &chosen, &calls);
	given = known = known_seed(search->net->known, lookup, SEEDS);
	for (size_t i = 0; i < bootstrap_count && known < LOOKUP_K; i++) {
		if (bootstrap[i].family != family)
			continue;
		lookup_add(lookup, NULL, &bootstrap[i]);
		given++;
	}
	if (given)
		return lookup;
	lookup_free(lookup);
	return NULL;
}

void search_begin(struct search *search, struct net *net, const struct lookup_options *options,
		  const struct endpoint *bootstrap, size_t bootstrap_count)
{
	*search = (struct search){ .net = net, .began_us = net->now_us };
	memcpy(search->target, options->target, NODE_ID_SIZE);
	search->lookups[0] = begin_family(search, options, 4, bootstrap, bootstrap_count);
	search->lookups[1] = begin_family(search, options, 6, bootstrap, bootstrap_count);
}

bool search_run(struct search *search)
{
	bool over = true;

	for (int i = 0; i < 2; i++) {
		struct lookup *lookup = search->lookups[i];

		if (!lookup)
			continue;
		lookup_run(lookup, search->net->now_us);
		over = lookup_over(lookup) && over;
	}
	return over;
}

int64_t search_wake(const struct search *search)
{
	int64_t wake_us = INT64_MAX;

	for (int i = 0; i < 2; i++)
		if (search->lookups[i] && lookup_wake(search->lookups[i]) < wake_us)
			wake_us = lookup_wake(search->lookups[i]);
	return wake_us;
}

size_t search_nearest(const struct search *search, const struct lookup_node **nodes, size_t max)
{
	size_t count = 0;

	for (int i = 0; i < 2; i++)
		if (search->lookups[i])
			count += lookup_nearest(search->lookups[i], nodes + count, max);
	return count;
}

struct lookup_summary search_summary(const struct search *search)
{
	struct lookup_summary sum = { .began_us = search->began_us, .ended_us = search->began_us };

	for (int i = 0; i < 2; i++) {
		struct lookup_summary part;

		if (!search->lookups[i])
			continue;
		part = lookup_summary(search->lookups[i]);
		sum.asked += part.asked;
		sum.answered += part.answered;
		sum.failed += part.failed;
		sum.told += part.told;
		sum.exhausted = sum.exhausted || part.exhausted;
		if (part.ended_us > sum.ended_us)
			sum.ended_us = part.ended_us;
	}
	return sum;
}

size_t search_room(const struct net *net)
{
	size_t four = known_count(net->known, 4), six = known_count(net->known, 6);

	return 1 + (four > six ? four : six) / ROOM_NODES;
}

void search_end(struct search *search)
{
	lookup_free(search->lookups[0]);
	lookup_free(search->lookups[1]);
	search->lookups[0] = search->lookups[1] = NULL;
}

bool search_finish(struct search *search)
{
	while (!search_run(search))
		if (!net_step(search->net, search_wake(search)))
			return false;
	return true;
}

void search_nothing(const struct search *search, const char *what)
{
	struct error error = { 0 };
	char digits[2 * NODE_ID_SIZE + 1];

	*hex_print(digits, search->target, NODE_ID_SIZE) = 0;
	fail_input(&error, ERROR_NOWHERE, "%s: %s", digits, search_summary(search).answered ? what : "no node answered");
	run_error(search->net->run, &error);
}

void search_conclude(struct net *net)
{
	net_conclude(net);
	net_detail(net);
}

bool search_open(struct net *net, struct run *run)
{
	struct engine_options options;

	if (!net_options(run, &options))
		return false;
	options.timeout_floor_us = SEARCH_CAREFUL_US;
	return net_open(net, run, &options);
}

struct lookup_options search_careful(const struct run *run, enum krpc_method method)
{
	struct lookup_options options = search_options(run, method);

	options.patience_us = SEARCH_CAREFUL_US;
	return options;
}
