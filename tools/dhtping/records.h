/* records.h - the records that dhtping prints */
#ifndef DHTPING_RECORDS_H
#define DHTPING_RECORDS_H

#include "text/record.h"

/* How a query ended: enum engine_end, then what only the verbs know. */
enum dht_status { STATUS_REPLY, STATUS_ERROR, STATUS_TIMEOUT, STATUS_WRONG_ID, STATUS_REFUSED, STATUS_REFLECTED, STATUS_LATE,
		  STATUS_DUPLICATE, STATUS_NO_TOKEN };

/* An answer to a ping, or the lack of one. */
struct pong_line {
	uint64_t seq;			/* from 1, for each target */
	struct endpoint endpoint;
	struct bytes node_id;
	double rtt_ms;
	struct bytes client;		/* client_print */
	uint8_t bep42;			/* enum node_id_verdict */
	struct endpoint external;	/* our address, as it saw it */
	uint8_t status;			/* enum dht_status */
	struct bytes detail;		/* code and text of an error; the id that was expected */
	struct timestamp time;		/* -D */
};

/* A step of a look-up: a query ended. */
struct hop_line {
	struct bytes target;
	uint64_t step;			/* from 1 */
	double time_ms;			/* since the look-up began */
	struct endpoint endpoint;
	struct bytes node_id;
	uint64_t shared;		/* leading bits that its id and the target share */
	uint8_t status;			/* enum dht_status */
	double rtt_ms;
	uint64_t nodes, nearer;		/* in the answer; nearer to the target than all before */
	uint64_t values;
	uint8_t token;			/* 1: it gave one */
	struct bytes client;
};

/* How many there are, by the filters of BEP 33 and by counting. */
struct scrape_line {
	struct bytes info_hash;
	double seeders, downloaders;	/* estimates from the union of the filters; unset: no node sent one */
	uint64_t filters;		/* nodes that sent filters */
	uint64_t peers;			/* distinct ones in values */
	uint64_t nodes;			/* that answered */
};

/* What a node said to announce or put. */
struct answer_line {
	struct bytes target;		/* info hash, or target of the item */
	struct endpoint endpoint;
	struct bytes node_id;
	uint8_t status;			/* enum dht_status */
	uint64_t code;			/* of an error */
	struct bytes detail;
	double rtt_ms;
};

/* An info hash that a node stores. */
struct sample_line {
	struct bytes info_hash;
	struct endpoint endpoint;
	struct bytes node_id;
	uint64_t num, interval;		/* how many it says to store; seconds until others are given */
};

/* An item of BEP 44. */
struct value_line {
	struct bytes target;
	uint8_t kind;			/* 0 immutable, 1 mutable */
	struct bytes public_key, salt;
	uint64_t seq;
	struct bytes signature;
	uint64_t size;			/* bytes of value */
	struct bytes value;		/* bencoded */
	uint64_t nodes;			/* that had it */
};

/* One finding about a node. */
struct probe_line {
	struct endpoint endpoint;
	struct bytes check;		/* "ping", "token_bound", ... */
	struct bytes result;		/* yes, no, ok, bad, none, ... */
	double value;			/* a number: bytes, ms, a factor */
	struct bytes detail;
};

/* An id against an address, or against another id. */
struct id_line {
	struct bytes node_id;
	struct bytes address;
	uint8_t bep42;			/* enum node_id_verdict */
	struct bytes other;
	struct bytes distance;
	uint64_t bucket;		/* leading bits that are the same */
};

/* One packet. */
struct krpc_line {
	struct timestamp time;
	struct endpoint src, dst;
	uint64_t ttl;
	struct bytes t, y;
	struct bytes q;			/* the method; of an answer the one that it answers, as far as known */
	struct bytes id, target;	/* target: or info_hash */
	struct bytes token;
	uint64_t port;			/* announce_peer */
	uint64_t nodes, nodes6, values, samples;	/* how many */
	uint64_t error_code;
	struct bytes error;
	struct bytes client;
	struct endpoint external;	/* ip */
	struct bytes flags;		/* by comma: what it says, and what is odd */
	uint64_t size;			/* bytes of the payload */
	struct bytes extra;		/* the rest of the dictionary, bencoded */
};

/* What is inside a packet: a node, a peer or a sample. */
struct item_line {
	struct timestamp time;
	struct endpoint src;
	struct bytes q;
	uint8_t kind;			/* 0 node, 1 peer, 2 sample */
	struct bytes node_id;
	struct bytes info_hash;
	struct ipv4 ipv4;
	struct ipv6 ipv6;
	uint16_t port;
};

extern const struct record pong_record, hop_record, scrape_record, answer_record, sample_record, value_record, probe_record,
	id_record, krpc_record, item_record;

#endif
