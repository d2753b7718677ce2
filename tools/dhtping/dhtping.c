/* dhtping.c - the mainline DHT from the shell: ping, look up, announce, sample, store, probe, packets to lines and back */
#include "tools/dhtping/dhtping.h"

#include "codec/node.h"
#include "codec/peer.h"
#include "dht/engine.h"
#include "tools/dhtping/records.h"

enum { PING, FIND_NODE, GET_PEERS, ANNOUNCE, SAMPLE, GET, PUT, PROBE, ID, DECODE, ENCODE };

static const struct record *const ping_records[] = { &pong_record, NULL };
static const struct record *const find_node_records[] = { &node_record, &hop_record, NULL };
static const struct record *const get_peers_records[] = { &peer_record, &node_record, &hop_record, &scrape_record, NULL };
static const struct record *const answer_records[] = { &answer_record, NULL };
static const struct record *const sample_records[] = { &sample_record, NULL };
static const struct record *const get_records[] = { &value_record, NULL };
static const struct record *const probe_records[] = { &probe_record, NULL };
static const struct record *const id_records[] = { &id_record, NULL };
static const struct record *const decode_records[] = { &krpc_record, &item_record, NULL };

static size_t choose_trace(const void *options)
{
	return ((const struct dhtping_options *)options)->trace;
}

static size_t choose_peers(const void *options)
{
	const struct dhtping_options *chosen = options;

	return chosen->nodes ? 1 : chosen->trace ? 2 : chosen->scrape ? 3 : 0;
}

static size_t choose_raw(const void *options)
{
	return ((const struct dhtping_options *)options)->raw;
}

static size_t choose_items(const void *options)
{
	return ((const struct dhtping_options *)options)->items;
}

static const struct verb verbs[] = {
	[PING] = { "ping", "[HOST[:PORT]...]", "are these nodes alive: a line for each answer, and statistics",
		   .run = ping_run, .records = ping_records },
	[FIND_NODE] = { "find-node", "TARGET...", "the nodes nearest to an id", .run = find_node_run,
			.records = find_node_records, .choose = choose_trace },
	[GET_PEERS] = { "get-peers", "[INFOHASH...]", "who has a torrent: its peers, as the DHT knows them",
			.run = get_peers_run, .records = get_peers_records, .choose = choose_peers },
	[ANNOUNCE] = { "announce", "[INFOHASH...]", "say that this host has a torrent", .run = announce_run,
		       .records = answer_records },
	[SAMPLE] = { "sample", "[HOST[:PORT]...]", "info hashes that a node stores (BEP 51)", .run = sample_run,
		     .records = sample_records },
	[GET] = { "get", "[TARGET...]", "an item from the DHT (BEP 44)", .run = get_run, .records = get_records,
		  .choose = choose_raw },
	[PUT] = { "put", "[FILE]", "stores an item in the DHT (BEP 44)", .run = put_run, .records = answer_records },
	[PROBE] = { "probe", "[HOST[:PORT]...]", "how good a node is: what it answers, and how", .run = probe_run,
		    .records = probe_records },
	[ID] = { "id", "ADDRESS|NODEID...", "makes or checks a node id for an address (BEP 42); distance of two ids",
		 .run = id_run, .records = id_records },
	[DECODE] = { "decode", "[FILE...]", "captured packets, or hex or base64 of them, to lines", .run = decode_run,
		     .records = decode_records, .choose = choose_items },
	[ENCODE] = { "encode", "[FILE...]", "lines to packets", .run = encode_run },
};

#define ON_LOOKUP (ON_VERB(FIND_NODE) | ON_VERB(GET_PEERS) | ON_VERB(ANNOUNCE) | ON_VERB(GET) | ON_VERB(PUT))
#define ON_TARGETS (ON_VERB(PING) | ON_VERB(SAMPLE) | ON_VERB(PROBE))
#define ON_NETWORK (ON_LOOKUP | ON_TARGETS)

static const char *const formats[] = { "raw", "hex", "pcap", NULL };

static const struct option_row options[] = {
	OPTION(dhtping_options, only_ipv4, FLAG, '4', "ipv4", NULL, "speak to nodes over IPv4 only", .verbs = ON_NETWORK),
	OPTION(dhtping_options, only_ipv6, FLAG, '6', "ipv6", NULL, "speak to nodes over IPv6 only", .verbs = ON_NETWORK),
	OPTION(dhtping_options, bind, LIST, 0, "bind", "ADDRESS[:PORT]", "send from this address; one for each family",
	       .verbs = ON_NETWORK),
	OPTION(dhtping_options, rate, NUMBER, 0, "rate", "N",
	       "at most N packets a second, all together (default 250; 0: no limit)",
	       .verbs = ON_NETWORK),
	OPTION(dhtping_options, id, TEXT, 0, "id", "NODEID", "our node id (default: drawn for each run)",
	       .verbs = ON_NETWORK),
	OPTION(dhtping_options, external, TEXT, 0, "external", "ADDRESS",
	       "our address as others see it, so that our id conforms with it (BEP 42)", .verbs = ON_NETWORK),
	OPTION(dhtping_options, bootstrap, LIST, 'b', "bootstrap", "HOST:PORT",
	       "a node to begin with (default: $DHTPING_BOOTSTRAP, then the well-known routers)", .verbs = ON_LOOKUP),
	OPTION(dhtping_options, timeout, PERIOD, 0, "timeout", "TIME", "give a look-up up after that time (default 15)",
	       .verbs = ON_LOOKUP),
	OPTION(dhtping_options, trace, FLAG, 0, "trace", NULL, "print each step of the look-up instead of what it finds",
	       .verbs = ON_VERB(FIND_NODE) | ON_VERB(GET_PEERS)),
	OPTION(dhtping_options, scrape, FLAG, 0, "scrape", NULL,
	       "estimate how many seeds and downloaders there are (BEP 33)", .verbs = ON_VERB(GET_PEERS)),
	OPTION(dhtping_options, nodes, FLAG, 0, "nodes", NULL, "print the nodes nearest to the info hash instead of peers",
	       .verbs = ON_VERB(GET_PEERS)),
	OPTION(dhtping_options, max, NUMBER, 0, "max", "N", "stop a look-up once it has N peers", .min = 1,
	       .verbs = ON_VERB(GET_PEERS)),
	OPTION(dhtping_options, jobs, NUMBER, 0, "jobs", "N", "look up N info hashes at once (default 16)", .min = 1,
	       .verbs = ON_VERB(GET_PEERS)),
	OPTION(dhtping_options, rounds, NUMBER, 'c', "rounds", "N", "ask each node N times (ping: without it until ^C, "
	       "nodes of a list once; sample: with its interval between; default 1)",
	       .min = 1, .verbs = ON_VERB(PING) | ON_VERB(SAMPLE)),
	OPTION(dhtping_options, interval, PERIOD, 'i', "interval", "TIME",
	       "time between two pings of a node (default 1; 0: back to back)", .verbs = ON_VERB(PING)),
	OPTION(dhtping_options, wait, PERIOD, 'W', "wait", "TIME",
	       "how long an answer is waited for (default: by the answers seen, at most 10)", .verbs = ON_TARGETS),
	OPTION(dhtping_options, deadline, PERIOD, 'w', "deadline", "TIME", "end after that time, whatever was answered",
	       .verbs = ON_VERB(PING)),
	OPTION(dhtping_options, file, TEXT, 'f', "file", "FILE", "read nodes from a file: words or records; - is stdin",
	       .verbs = ON_TARGETS),
	OPTION(dhtping_options, stamps, FLAG, 'D', "timestamps", NULL, "fill the column time", .verbs = ON_VERB(PING)),
	OPTION(dhtping_options, outstanding, FLAG, 'O', "outstanding", NULL, "print a line for what was not answered, too",
	       .verbs = ON_VERB(PING)),
	OPTION(dhtping_options, target, TEXT, 0, "target", "NODEID", "ask for nodes near to this id, too",
	       .verbs = ON_VERB(SAMPLE)),
	OPTION(dhtping_options, port, NUMBER, 'p', "port", "PORT", "the port on which this host has the torrent", .min = 1,
	       .verbs = ON_VERB(ANNOUNCE)),
	OPTION(dhtping_options, implied_port, FLAG, 0, "implied-port", NULL,
	       "nodes take the port that the packet comes from", .verbs = ON_VERB(ANNOUNCE)),
	OPTION(dhtping_options, seed, FLAG, 0, "seed", NULL, "this host has all of it (BEP 33)", .verbs = ON_VERB(ANNOUNCE)),
	OPTION(dhtping_options, key, TEXT, 0, "key", "KEY",
	       "a mutable item: put: PEM file with the private key; get: the public key, in hex",
	       .verbs = ON_VERB(GET) | ON_VERB(PUT)),
	OPTION(dhtping_options, salt, TEXT, 0, "salt", "TEXT", "salt of a mutable item",
	       .verbs = ON_VERB(GET) | ON_VERB(PUT)),
	OPTION(dhtping_options, seq, NUMBER, 0, "seq", "N", "sequence number of a mutable item (get: only newer ones)",
	       .verbs = ON_VERB(GET) | ON_VERB(PUT)),
	OPTION(dhtping_options, cas, NUMBER, 0, "cas", "N", "store only where the sequence number is N",
	       .verbs = ON_VERB(PUT)),
	OPTION(dhtping_options, raw, FLAG, 0, "raw", NULL, "print the value alone: a string as it is, else bencoded",
	       .verbs = ON_VERB(GET)),
	OPTION(dhtping_options, bencode, FLAG, 0, "bencode", NULL, "what is stored is bencode already",
	       .verbs = ON_VERB(PUT)),
	OPTION(dhtping_options, random, TEXT, 0, "random", "HH",
	       "last byte of the id that is made, in hex (default: random)", .verbs = ON_VERB(ID)),
	OPTION(dhtping_options, interface, TEXT, 'i', "interface", "NAME", "capture on this interface; any: all of them",
	       .verbs = ON_VERB(DECODE)),
	OPTION(dhtping_options, filter, TEXT, 0, "filter", "EXPRESSION",
	       "which packets to capture (pcap-filter(7); default udp)", .verbs = ON_VERB(DECODE)),
	OPTION(dhtping_options, items, FLAG, 0, "items", NULL,
	       "one record for each node, peer and sample inside the packets", .verbs = ON_VERB(DECODE)),
	OPTION(dhtping_options, format, CHOICE, 0, "format", "raw|hex|pcap",
	       "what to write: packets one after the other, hex lines, a capture file (default raw)",
	       .choices = formats, .verbs = ON_VERB(ENCODE)),
};

static const struct dhtping_options defaults_of_options = {
	.rate = UINT64_MAX, .timeout = 15000000, .jobs = 16,
	.interval = UINT64_MAX, .wait = UINT64_MAX, .deadline = UINT64_MAX, .seq = UINT64_MAX, .cas = UINT64_MAX,
};

static const struct tool dhtping = {
	.name = "dhtping", .purpose = "Asks the mainline DHT: pings, looks up, announces, samples; shows its packets.",
	.verbs = verbs, .verb_count = sizeof verbs / sizeof *verbs,
	.options = options, .option_count = sizeof options / sizeof *options,
	.defaults = &defaults_of_options, .options_size = sizeof defaults_of_options,
};

int main(int argc, char **argv)
{
	return tool_run(&dhtping, argc, argv);
}
