/* node_id.h - node ids of the DHT: the id that an address must have (BEP 42), distance, bucket, what v says of the client */
#ifndef CODEC_NODE_ID_H
#define CODEC_NODE_ID_H

#include "base/endpoint.h"

enum { NODE_ID_SIZE = 20, CLIENT_ROOM = 48, CLIENT_V_MAX = 16 };

/*
 * BEP 42. Exempt: addresses of local networks (10/8, 172.16/12, 192.168/16, 169.254/16, 127/8; ::1, fe80::/10, fc00::/7, and
 * ::ffff:0:0/96). Unknown: there is no address.
 */
enum node_id_verdict { NODE_ID_UNKNOWN, NODE_ID_VALID, NODE_ID_INVALID, NODE_ID_EXEMPT, NODE_ID_VERDICTS };
/* "-", "valid", "invalid", "exempt" */
extern const char *const node_id_verdicts[NODE_ID_VERDICTS];

/*
 * Makes id conform with the address: its first 21 bits are those of crc32c((ip & mask) | r << top), its last byte is
 * `random`, whose low 3 bits are r. The 17 bytes and 3 bits between are left as they are. IPv4: mask 03.0f.3f.ff, over
 * 4 bytes; IPv6: 01.03.07.0f.1f.3f.7f.ff over the first 8. The port does not matter.
 */
void node_id_derive(const struct endpoint *, uint8_t random, uint8_t id[NODE_ID_SIZE]);
enum node_id_verdict node_id_check(const uint8_t id[NODE_ID_SIZE], const struct endpoint *);

/* a XOR b. Distances are ordered as memcmp orders them. */
void node_id_distance(const uint8_t a[NODE_ID_SIZE], const uint8_t b[NODE_ID_SIZE], uint8_t distance[NODE_ID_SIZE]);
/* <0, 0, >0: a is nearer to the target, they are the same, b is nearer. */
int node_id_nearer(const uint8_t target[NODE_ID_SIZE], const uint8_t a[NODE_ID_SIZE], const uint8_t b[NODE_ID_SIZE]);
/* How many leading bits are the same: 0..160. The bucket of a node in the table of another. */
unsigned node_id_shared(const uint8_t a[NODE_ID_SIZE], const uint8_t b[NODE_ID_SIZE]);

/*
 * `v` of a packet, as text: two letters or digits and two bytes of version, "LT 2.0.8" (libtorrent from 2 on: the
 * second byte is minor and tiny, 4 bits each), "UT 0xa95e" of other clients, how they count being unknown; of any other
 * form all of it in hex, with 0x before it. Returns the end; no NUL; at most CLIENT_ROOM bytes, more than 23 of v cut.
 * Whoever parses that back gets the same bytes: client_parse.
 */
char *client_print(char at[CLIENT_ROOM], struct bytes v);
/* The same as a view of `at`; unset if v is. */
static inline struct bytes client_text(char at[CLIENT_ROOM], struct bytes v)
{
	return v.data ? bytes_at(at, (size_t)(client_print(at, v) - at)) : v;
}
/* False: it is none, or more than CLIENT_V_MAX bytes. */
bool client_parse(struct bytes text, uint8_t v[CLIENT_V_MAX], size_t *size);

#endif
