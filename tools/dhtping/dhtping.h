/* dhtping.h - what the verbs of dhtping share: options */
#ifndef DHTPING_H
#define DHTPING_H

#include "cli/tool.h"

/* What `encode` writes. */
enum dhtping_format { DHTPING_RAW, DHTPING_HEX, DHTPING_PCAP };

struct dhtping_options {
	/* verbs that speak to nodes */
	bool only_ipv4, only_ipv6;
	struct option_list bind;	/* ADDRESS[:PORT], one for each family at most */
	uint64_t rate;			/* packets a second, all together; 0: no limit; UINT64_MAX: not given */
	const char *id;			/* our node id; NULL: drawn for this run */
	const char *external;		/* our address as others see it: makes the id conform (BEP 42) */
	/* look-ups */
	struct option_list bootstrap;	/* HOST:PORT */
	uint64_t timeout;		/* us for a look-up */
	bool trace, scrape, nodes;	/* which records */
	uint64_t max;			/* peers of a torrent; 0: all */
	uint64_t jobs;			/* look-ups at once */
	/* ping, sample */
	uint64_t rounds;		/* -c; 0: not given */
	uint64_t interval, wait, deadline;	/* us; UINT64_MAX: not given */
	const char *file;		/* with targets */
	bool stamps, outstanding;	/* -D, -O */
	const char *target;		/* sample: steers the nodes it tells of */
	/* announce */
	uint64_t port;			/* 0: not given */
	bool implied_port, seed;
	/* get, put */
	const char *key, *salt;		/* put: PEM file; get: the public key */
	bool raw, bencode;
	uint64_t seq, cas;		/* UINT64_MAX: not given */
	/* id */
	const char *random;		/* the last byte, in hex */
	/* decode, encode */
	const char *interface, *filter;
	bool items;
	uint8_t format;			/* enum dhtping_format */
};

void ping_run(struct run *);
void find_node_run(struct run *);
void get_peers_run(struct run *);
void announce_run(struct run *);
void sample_run(struct run *);
void get_run(struct run *);
void put_run(struct run *);
void probe_run(struct run *);
void id_run(struct run *);
void decode_run(struct run *);
void encode_run(struct run *);

#endif
