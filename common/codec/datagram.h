/* datagram.h - a captured frame down to its UDP payload: link layer, VLAN tags, IPv4 or IPv6, UDP */
#ifndef CODEC_DATAGRAM_H
#define CODEC_DATAGRAM_H

#include "base/bytes.h"
#include "base/endpoint.h"

/* Link layers by their numbers in capture files (LINKTYPE_..., www.tcpdump.org/linktypes.html). */
enum datagram_link {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_LOOP = 108, LINK_LINUX_SLL = 113, LINK_IPV4 = 228,
	LINK_IPV6 = 229, LINK_LINUX_SLL2 = 276,
};

enum datagram_verdict {
	DATAGRAM_UDP,		/* *datagram is filled */
	DATAGRAM_OTHER,		/* no UDP: ARP, TCP, ... */
	DATAGRAM_FRAGMENT,	/* a part of one, not the first; the first one is DATAGRAM_UDP with cut set */
	DATAGRAM_BROKEN,	/* headers that contradict each other or are cut off */
};

struct datagram {
	struct endpoint from, to;
	uint8_t ttl;		/* or hop limit */
	bool cut;		/* the payload is not all there: snapshot length, or a first fragment */
	/* of UDP; known only where it is not cut. Not bad is 0 (none) in IPv4, and one left to the network card */
	bool bad_checksum;
	bool tagged;		/* came with a VLAN tag */
	uint16_t vlan;		/* its number; of several that of the outermost */
	struct bytes payload;
};

/* Can frames of this link layer be read? */
bool datagram_link_known(int link);
enum datagram_verdict datagram_decode(int link, struct bytes frame, struct datagram *);

enum { DATAGRAM_HEADERS = 40 + 8, DATAGRAM_PAYLOAD_MAX = 65507 };
struct buf;
/*
 * Appends IP and UDP headers (with good checksums) and the payload, as LINK_RAW has it; at most DATAGRAM_PAYLOAD_MAX
 * bytes of payload. from and to are of the same family.
 */
void datagram_encode(const struct datagram *, struct buf *);

#endif
