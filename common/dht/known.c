/* known.c - nodes that answered in this run, so that the next look-up need not begin at the bootstrap nodes */
#include "dht/known.h"

#include <stdlib.h>

#include "base/buf.h"

struct known_node {
	uint8_t id[NODE_ID_SIZE];
	struct endpoint endpoint;
};

struct region {
	size_t count;
	struct known_node nodes[KNOWN_REGION];
};

/*
 * A region is the first byte of an id: then those nearest to a target are in the order of region XOR that byte of the
 * target.
 */
struct known {
	size_t count[2];			/* IPv4, IPv6 */
	struct region regions[2][KNOWN_REGIONS];
};

struct known *known_new(void)
{
	struct known *known = calloc(1, sizeof *known);

	if (!known)
		out_of_memory();
	return known;
}

void known_free(struct known *known)
{
	free(known);
}

void known_add(struct known *known, const uint8_t id[NODE_ID_SIZE], const struct endpoint *endpoint)
{
	bool ipv6 = endpoint->family == 6;
	struct region *region = &known->regions[ipv6][id[0]];
	struct known_node *node = &region->nodes[region->count];

	for (size_t i = 0; i < region->count; i++)
		if (memcmp(region->nodes[i].id, id, NODE_ID_SIZE) == 0 ||
		    endpoint_equal(&region->nodes[i].endpoint, endpoint))
			return;
	if (region->count == KNOWN_REGION)
		return;
	memcpy(node->id, id, NODE_ID_SIZE);
	node->endpoint = *endpoint;
	region->count++;
	known->count[ipv6]++;
}

void known_drop(struct known *known, const struct endpoint *endpoint)
{
	bool ipv6 = endpoint->family == 6;

	for (size_t i = 0; i < KNOWN_REGIONS; i++) {
		struct region *region = &known->regions[ipv6][i];

		for (size_t j = region->count; j-- > 0;)
			if (endpoint_equal(&region->nodes[j].endpoint, endpoint)) {
				region->nodes[j] = region->nodes[--region->count];
				known->count[ipv6]--;
			}
	}
}

size_t known_count(const struct known *known, unsigned family)
{
	return known->count[family == 6];
}

/* Gives the nearest of a region, at most `most`; returns how many. */
static size_t seed_region(const struct region *region, struct lookup *lookup, size_t most)
{
	const uint8_t *target = lookup_target(lookup);
	const struct known_node *order[KNOWN_REGION];

	for (size_t i = 0; i < region->count; i++) {
		size_t at = i;

		for (; at && node_id_nearer(target, region->nodes[i].id, order[at - 1]->id) < 0; at--)
			order[at] = order[at - 1];
		order[at] = &region->nodes[i];
	}
	if (most > region->count)
		most = region->count;
	for (size_t i = 0; i < most; i++)
		lookup_add(lookup, order[i]->id, &order[i]->endpoint);
	return most;
}

size_t known_seed(const struct known *known, struct lookup *lookup, size_t count)
{
	const struct region *regions = known->regions[lookup_family(lookup) == 6];
	uint8_t first = *lookup_target(lookup);
	size_t given = 0;

	for (size_t distance = 0; distance < KNOWN_REGIONS && given < count; distance++)
		given += seed_region(&regions[first ^ distance], lookup, count - given);
	return given;
}
