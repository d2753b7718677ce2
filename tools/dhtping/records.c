/* records.c - the records that dhtping prints */
#include "tools/dhtping/records.h"

#include "text/cell.h"

/* enum node_id_verdict */
static const struct field_word verdicts[] = {
	FIELD_WORD_ROW("-"), FIELD_WORD_ROW("valid"), FIELD_WORD_ROW("invalid"), FIELD_WORD_ROW("exempt"), { .size = 0 },
};

/* enum dht_status */
static const struct field_word statuses[] = {
	FIELD_WORD_ROW("reply"), FIELD_WORD_ROW("error"), FIELD_WORD_ROW("timeout"), FIELD_WORD_ROW("wrong_id"),
	FIELD_WORD_ROW("refused"), FIELD_WORD_ROW("reflected"), FIELD_WORD_ROW("late"), FIELD_WORD_ROW("duplicate"),
	FIELD_WORD_ROW("no_token"), { .size = 0 },
};

static const struct field pong_fields[] = {
	FIELD(pong_line, seq, U64, "number of the ping to this node, from 1"),
	FIELD(pong_line, endpoint, ENDPOINT, "the node's address and port"),
	FIELD(pong_line, node_id, HASH, "the node's id", .width = 20),
	FIELD(pong_line, rtt_ms, REAL, "milliseconds until the answer came"),
	FIELD(pong_line, client, TEXT, "its client, as v tells it"),
	FIELD(pong_line, bep42, WORD, "is the id one that the address may have: valid, invalid, exempt (a local address)",
	      .words = verdicts),
	FIELD(pong_line, external, ENDPOINT, "our address, as the node saw it"),
	FIELD(pong_line, status, WORD, "reply, duplicate, late, error, wrong_id, reflected; timeout and refused with -O",
	      .words = statuses),
	FIELD(pong_line, detail, TEXT, "the error that the node sent, or what else there is to say"),
	FIELD(pong_line, time, TIME, "when the answer came (with -D)"),
};
const struct record pong_record = RECORD("pong", pong_line, pong_fields, "an answer to a ping");

static const struct field hop_fields[] = {
	FIELD(hop_line, target, HASH, "what is looked for", .width = 20),
	FIELD(hop_line, step, U64, "number of the step, from 1"),
	FIELD(hop_line, time_ms, REAL, "milliseconds since the look-up began"),
	FIELD(hop_line, endpoint, ENDPOINT, "who was asked"),
	FIELD(hop_line, node_id, HASH, "the node's id", .width = 20),
	FIELD(hop_line, shared, U64, "leading bits that the id and the target share: the more, the nearer"),
	FIELD(hop_line, status, WORD, "how the query ended, as in pong", .words = statuses),
	FIELD(hop_line, rtt_ms, REAL, "milliseconds until the answer came"),
	FIELD(hop_line, nodes, U64, "nodes in the answer"),
	FIELD(hop_line, nearer, U64, "those that are nearer than all known before"),
	FIELD(hop_line, values, U64, "peers in the answer"),
	FIELD(hop_line, token, U8, "1: the node takes announces"),
	FIELD(hop_line, client, TEXT, "its client, as v tells it"),
};
const struct record hop_record = RECORD("hop", hop_line, hop_fields, "a step of a look-up");

static const struct field scrape_fields[] = {
	FIELD(scrape_line, info_hash, HASH, "info hash", .width = 20),
	FIELD(scrape_line, seeders, REAL, "seeds, estimated from the filters of all nodes (BEP 33)"),
	FIELD(scrape_line, downloaders, REAL, "downloaders, estimated likewise"),
	FIELD(scrape_line, filters, U64, "nodes that sent filters"),
	FIELD(scrape_line, peers, U64, "distinct peers that nodes named"),
	FIELD(scrape_line, nodes, U64, "nodes that answered"),
};
const struct record scrape_record = RECORD("scrape", scrape_line, scrape_fields, "how many have a torrent, by BEP 33");

static const struct field answer_fields[] = {
	FIELD(answer_line, target, HASH, "the info hash, or the target of the item", .width = 20),
	FIELD(answer_line, endpoint, ENDPOINT, "the node's address and port"),
	FIELD(answer_line, node_id, HASH, "the node's id", .width = 20),
	FIELD(answer_line, status, WORD, "reply: accepted; else how it ended, as in pong; no_token: it takes none",
	      .words = statuses),
	FIELD(answer_line, code, U64, "code of an error"),
	FIELD(answer_line, detail, TEXT, "text of an error"),
	FIELD(answer_line, rtt_ms, REAL, "milliseconds until the answer came"),
};
const struct record answer_record = RECORD("answer", answer_line, answer_fields, "what a node said to an announce or a put");

static const struct field sample_fields[] = {
	FIELD(sample_line, info_hash, HASH, "an info hash that the node stores peers for", .width = 20),
	FIELD(sample_line, endpoint, ENDPOINT, "the node's address and port"),
	FIELD(sample_line, node_id, HASH, "the node's id", .width = 20),
	FIELD(sample_line, num, U64, "how many info hashes the node says to have"),
	FIELD(sample_line, interval, U64, "seconds before it gives other samples"),
};
const struct record sample_record = RECORD("sample", sample_line, sample_fields, "an info hash that a node stores (BEP 51)");

static const struct field_word value_kinds[] = { FIELD_WORD_ROW("immutable"), FIELD_WORD_ROW("mutable"), { .size = 0 } };

static const struct field value_fields[] = {
	FIELD(value_line, target, HASH, "where it is stored", .width = 20),
	FIELD(value_line, kind, WORD, "immutable or mutable", .words = value_kinds),
	FIELD(value_line, public_key, HEX, "key that it is signed with", .width = 32),
	FIELD(value_line, salt, TEXT, "salt"),
	FIELD(value_line, seq, U64, "sequence number"),
	FIELD(value_line, signature, HEX, "signature, which was checked", .width = 64),
	FIELD(value_line, size, U64, "bytes of the value"),
	FIELD(value_line, value, TEXT, "the value, bencoded"),
	FIELD(value_line, nodes, U64, "nodes that had it"),
};
const struct record value_record = RECORD("value", value_line, value_fields, "an item of the DHT (BEP 44)");

static const struct field probe_fields[] = {
	FIELD(probe_line, endpoint, ENDPOINT, "the node's address and port"),
	FIELD(probe_line, check, TEXT, "what was looked at"),
	FIELD(probe_line, result, TEXT, "what was found, in a word"),
	FIELD(probe_line, value, REAL, "the same as a number, where it is one"),
	FIELD(probe_line, detail, TEXT, "more about it"),
};
const struct record probe_record = RECORD("probe", probe_line, probe_fields, "a finding about a node");

static const struct field id_fields[] = {
	FIELD(id_line, node_id, HASH, "a node id", .width = 20),
	FIELD(id_line, address, TEXT, "an address"),
	FIELD(id_line, bep42, WORD, "may the address have the id: valid, invalid, exempt (a local address)",
	      .words = verdicts),
	FIELD(id_line, other, HASH, "another id", .width = 20),
	FIELD(id_line, distance, HEX, "the XOR of both", .width = 20),
	FIELD(id_line, bucket, U64, "leading bits that they share: the bucket of one in the table of the other"),
};
const struct record id_record = RECORD("id", id_line, id_fields, "a node id against an address or another id");

static const struct field krpc_fields[] = {
	FIELD(krpc_line, time, TIME, "when it was captured"),
	FIELD(krpc_line, src, ENDPOINT, "who sent it"),
	FIELD(krpc_line, dst, ENDPOINT, "to whom"),
	FIELD(krpc_line, ttl, U64, "time to live, or hop limit"),
	FIELD(krpc_line, t, HEX, "transaction id"),
	FIELD(krpc_line, y, TEXT, "q: a query, r: a reply, e: an error"),
	FIELD(krpc_line, q, TEXT, "the method; of an answer that of its query, or as its keys tell"),
	FIELD(krpc_line, id, HASH, "the sender's node id", .width = 20),
	FIELD(krpc_line, target, HASH, "target or info hash that is asked for", .width = 20),
	FIELD(krpc_line, token, HEX, "token"),
	FIELD(krpc_line, port, U64, "port that is announced"),
	FIELD(krpc_line, nodes, U64, "IPv4 nodes in it"),
	FIELD(krpc_line, nodes6, U64, "IPv6 nodes in it"),
	FIELD(krpc_line, values, U64, "peers in it"),
	FIELD(krpc_line, samples, U64, "info hashes in it"),
	FIELD(krpc_line, error_code, U64, "code of an error"),
	FIELD(krpc_line, error, TEXT, "text of an error"),
	FIELD(krpc_line, client, TEXT, "the sender's client, as v tells it"),
	FIELD(krpc_line, external, ENDPOINT, "the receiver's address, as the sender saw it (ip)"),
	FIELD(krpc_line, flags, TEXT, "what it says of itself, and what is odd about it, by comma"),
	FIELD(krpc_line, size, U64, "bytes of the packet"),
	FIELD(krpc_line, extra, HEX, "what no column has, as a bencoded dictionary"),
};
RECORD_COMPILED(krpc, krpc_fields)
const struct record krpc_record = RECORD("krpc", krpc_line, krpc_fields, "a packet of the DHT", .line = krpc_line,
					 .json = krpc_json);

static const struct field_word item_kinds[] = { FIELD_WORD_ROW("node"), FIELD_WORD_ROW("peer"), FIELD_WORD_ROW("sample"),
						{ .size = 0 } };

static const struct field item_fields[] = {
	FIELD(item_line, time, TIME, "when the packet was captured"),
	FIELD(item_line, src, ENDPOINT, "who sent it"),
	FIELD(item_line, q, TEXT, "the method, as in krpc"),
	FIELD(item_line, kind, WORD, "node, peer or sample", .words = item_kinds),
	FIELD(item_line, node_id, HASH, "a node's id", .width = 20),
	FIELD(item_line, info_hash, HASH, "a sample; the torrent of a peer, if its query was captured too", .width = 20),
	FIELD(item_line, ipv4, IPV4, "IPv4 address"),
	FIELD(item_line, ipv6, IPV6, "IPv6 address"),
	FIELD(item_line, port, U16, "port"),
};
const struct record item_record = RECORD("item", item_line, item_fields, "what is inside a packet");
