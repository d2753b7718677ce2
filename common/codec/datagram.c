/* datagram.c - a captured frame down to its UDP payload: link layer, VLAN tags, IPv4 or IPv6, UDP */
#include "codec/datagram.h"

#include "base/buf.h"

enum {
	ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100, PROTOCOL_UDP = 17, PROTOCOL_FRAGMENT = 44, PROTOCOL_AUTHENTICATION = 51,
	IPV4_SIZE = 20, IPV6_SIZE = 40, UDP_SIZE = 8,
};

/* What the layers below UDP leave for it. */
struct packet {
	struct bytes rest;	/* from the UDP header on */
	size_t missing;		/* bytes of the packet that the frame has not */
	bool first;		/* a fragment, the first one */
};

static inline unsigned get_16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static inline void put_16(uint8_t *at, unsigned number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

/* ---- the checksum of RFC 1071 */

/*
 * The sum of all words of 16 bits, in the byte order of the machine: the sum does not mind, when both sides are of the
 * same.
 */
static inline uint64_t sum_words(const uint8_t *at, size_t size, uint64_t sum)
{
	uint32_t words[2];
	uint8_t last[8] = { 0 };

	for (; size >= 8; at += 8, size -= 8) {
		memcpy(words, at, 8);
		sum += (uint64_t)words[0] + words[1];
	}
	if (size) {
		memcpy(last, at, size);
		memcpy(words, last, 8);
		sum += (uint64_t)words[0] + words[1];
	}
	return sum;
}

static inline uint16_t sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)((sum >> 16) + sum);
}

/* The header that UDP is summed up with: both addresses, the protocol and the length. */
static uint64_t sum_pseudo(const struct endpoint *from, const struct endpoint *to, size_t size)
{
	size_t address = from->family == 4 ? 4 : 16;
	uint8_t tail[8] = { 0 };

	put_16(tail, (unsigned)(size >> 16));
	put_16(tail + 2, (unsigned)size & 0xffff);
	tail[7] = PROTOCOL_UDP;
	return sum_words(tail, sizeof tail, sum_words(to->address, address, sum_words(from->address, address, 0)));
}

static bool checksum_bad(const struct datagram *datagram, struct bytes udp)
{
	uint64_t pseudo;
	uint16_t found;

	memcpy(&found, udp.data + 6, 2);
	if (!found)
		return datagram->from.family == 6;
	pseudo = sum_pseudo(&datagram->from, &datagram->to, udp.size);
	if (sum_fold(sum_words(udp.data, udp.size, pseudo)) == 0xffff)
		return false;
	/* captured on the host that sent it, before the network card completed it: as yet only the sum of that header */
	return found != sum_fold(pseudo);
}

/* ---- layers, from the inside out */

static enum datagram_verdict decode_udp(const struct packet *packet, struct datagram *datagram)
{
	struct bytes udp = packet->rest;
	size_t size;

	if (udp.size < UDP_SIZE)
		return DATAGRAM_BROKEN;
	datagram->from.port = (uint16_t)get_16(udp.data);
	datagram->to.port = (uint16_t)get_16(udp.data + 2);
	size = get_16(udp.data + 4);
	if (!size)
		size = udp.size;	/* a jumbogram (RFC 2675), or one that the network card was to cut up */
	if (size < UDP_SIZE || (size > udp.size + packet->missing && !packet->first))
		return DATAGRAM_BROKEN;
	datagram->cut = size > udp.size || packet->first;
	if (size < udp.size)
		udp.size = size;
	datagram->payload = bytes_after(udp, UDP_SIZE);
	datagram->bad_checksum = !datagram->cut && checksum_bad(datagram, udp);
	return DATAGRAM_UDP;
}

static enum datagram_verdict decode_ipv4(struct bytes frame, struct datagram *datagram)
{
	struct packet packet = { .rest = frame };
	size_t header, size;
	unsigned fragment;

	if (frame.size < IPV4_SIZE || frame.data[0] >> 4 != 4)
		return DATAGRAM_BROKEN;
	header = (size_t)(frame.data[0] & 15) * 4;
	size = get_16(frame.data + 2);
	if (!size)
		size = frame.size;	/* one that the network card was to cut up */
	if (header < IPV4_SIZE || size < header || frame.size < header)
		return DATAGRAM_BROKEN;
	if (frame.data[9] != PROTOCOL_UDP)
		return DATAGRAM_OTHER;
	fragment = get_16(frame.data + 6);
	if (fragment & 0x1fff)
		return DATAGRAM_FRAGMENT;
	datagram->ttl = frame.data[8];
	datagram->from.family = datagram->to.family = 4;
	memcpy(datagram->from.address, frame.data + 12, 4);
	memcpy(datagram->to.address, frame.data + 16, 4);
	packet.first = fragment & 0x2000;
	if (size > frame.size)
		packet.missing = size - frame.size;
	else
		packet.rest.size = size;	/* what follows fills a short Ethernet frame up */
	packet.rest = bytes_after(packet.rest, header);
	return decode_udp(&packet, datagram);
}

/* The size of an extension header that others may follow; 0: it is none. */
static size_t extension_size(unsigned protocol, const uint8_t *at)
{
	switch (protocol) {
	case 0: case 43: case 60: case 135: case 139: case 140:
		return (at[1] + (size_t)1) * 8;
	case PROTOCOL_AUTHENTICATION:
		return (at[1] + (size_t)2) * 4;
	case PROTOCOL_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

static enum datagram_verdict decode_ipv6(struct bytes frame, struct datagram *datagram)
{
	static const uint8_t none[8];
	struct packet packet = { .rest = frame };
	unsigned protocol;
	size_t size;

	if (frame.size < IPV6_SIZE || frame.data[0] >> 4 != 6)
		return DATAGRAM_BROKEN;
	protocol = frame.data[6];
	datagram->ttl = frame.data[7];
	datagram->from.family = datagram->to.family = 6;
	memcpy(datagram->from.address, frame.data + 8, 16);
	memcpy(datagram->to.address, frame.data + 24, 16);
	packet.rest = bytes_after(frame, IPV6_SIZE);
	size = get_16(frame.data + 4);
	if (size > packet.rest.size)
		packet.missing = size - packet.rest.size;
	else if (size)
		packet.rest.size = size;
	while (protocol != PROTOCOL_UDP) {
		const uint8_t *at = packet.rest.data;

		size = extension_size(protocol, packet.rest.size >= 8 ? at : none);
		if (!size)
			return DATAGRAM_OTHER;
		if (size > packet.rest.size)
			return DATAGRAM_BROKEN;
		if (protocol == PROTOCOL_FRAGMENT) {
			if (get_16(at + 2) & 0xfff8)
				return DATAGRAM_FRAGMENT;
			packet.first |= at[3] & 1;
		}
		protocol = at[0];
		packet.rest = bytes_after(packet.rest, size);
	}
	return decode_udp(&packet, datagram);
}

/* By the version in its first byte. */
static enum datagram_verdict decode_ip(struct bytes frame, struct datagram *datagram)
{
	return frame.size && frame.data[0] >> 4 == 6 ? decode_ipv6(frame, datagram) : decode_ipv4(frame, datagram);
}

/* What an Ethernet type says, at `type`, and what follows it. */
static enum datagram_verdict decode_ethertype(struct bytes frame, size_t type, size_t header, struct datagram *datagram)
{
	unsigned number;

	if (frame.size < header)
		return DATAGRAM_BROKEN;
	number = get_16(frame.data + type);
	frame = bytes_after(frame, header);
	while (number == ETHERTYPE_VLAN || number == ETHERTYPE_QINQ || number == ETHERTYPE_QINQ_OLD) {
		if (frame.size < 4)
			return DATAGRAM_BROKEN;
		if (!datagram->tagged)
			datagram->vlan = get_16(frame.data) & 0xfff;
		datagram->tagged = true;
		number = get_16(frame.data + 2);
		frame = bytes_after(frame, 4);
	}
	return number == ETHERTYPE_IPV4   ? decode_ipv4(frame, datagram)
	       : number == ETHERTYPE_IPV6 ? decode_ipv6(frame, datagram)
					  : DATAGRAM_OTHER;
}

/*
 * Four bytes with the address family, in the byte order of the machine that captured; IPv6 has another number on each
 * system.
 */
static enum datagram_verdict decode_loopback(struct bytes frame, struct datagram *datagram)
{
	unsigned family;

	if (frame.size < 4)
		return DATAGRAM_BROKEN;
	family = get_16(frame.data) ? frame.data[0] : frame.data[3];
	frame = bytes_after(frame, 4);
	switch (family) {
	case 2: return decode_ipv4(frame, datagram);
	case 10: case 24: case 28: case 30: return decode_ipv6(frame, datagram);
	default: return DATAGRAM_OTHER;
	}
}

bool datagram_link_known(int link)
{
	switch (link) {
	case LINK_NULL: case LINK_ETHERNET: case LINK_RAW: case LINK_LOOP: case LINK_LINUX_SLL: case LINK_IPV4:
	case LINK_IPV6:
	case LINK_LINUX_SLL2:
		return true;
	default:
		return false;
	}
}

enum datagram_verdict datagram_decode(int link, struct bytes frame, struct datagram *datagram)
{
	*datagram = (struct datagram){ .cut = false };
	switch (link) {
	case LINK_ETHERNET: return decode_ethertype(frame, 12, 14, datagram);
	case LINK_LINUX_SLL: return decode_ethertype(frame, 14, 16, datagram);
	case LINK_LINUX_SLL2: return decode_ethertype(frame, 0, 20, datagram);
	case LINK_NULL: case LINK_LOOP: return decode_loopback(frame, datagram);
	case LINK_RAW: return decode_ip(frame, datagram);
	case LINK_IPV4: return decode_ipv4(frame, datagram);
	case LINK_IPV6: return decode_ipv6(frame, datagram);
	default: return DATAGRAM_OTHER;
	}
}

/* ---- the other way */

static void put_ipv4(const struct datagram *datagram, uint8_t *at, size_t udp_size)
{
	uint16_t sum;

	at[0] = 0x45;
	put_16(at + 2, (unsigned)(IPV4_SIZE + udp_size));
	at[6] = 0x40;	/* not to be fragmented */
	at[8] = datagram->ttl;
	at[9] = PROTOCOL_UDP;
	memcpy(at + 12, datagram->from.address, 4);
	memcpy(at + 16, datagram->to.address, 4);
	sum = (uint16_t)~sum_fold(sum_words(at, IPV4_SIZE, 0));
	memcpy(at + 10, &sum, 2);
}

static void put_ipv6(const struct datagram *datagram, uint8_t *at, size_t udp_size)
{
	at[0] = 0x60;
	put_16(at + 4, (unsigned)udp_size);
	at[6] = PROTOCOL_UDP;
	at[7] = datagram->ttl;
	memcpy(at + 8, datagram->from.address, 16);
	memcpy(at + 24, datagram->to.address, 16);
}

void datagram_encode(const struct datagram *datagram, struct buf *out)
{
	size_t udp_size = UDP_SIZE + datagram->payload.size, header = datagram->from.family == 4 ? IPV4_SIZE : IPV6_SIZE;
	uint8_t *at = buf_reserve(out, header + udp_size), *udp = at + header;
	uint16_t sum;

	memset(at, 0, header + UDP_SIZE);
	if (datagram->from.family == 4)
		put_ipv4(datagram, at, udp_size);
	else
		put_ipv6(datagram, at, udp_size);
	put_16(udp, datagram->from.port);
	put_16(udp + 2, datagram->to.port);
	put_16(udp + 4, (unsigned)udp_size);
	if (datagram->payload.size)
		memcpy(udp + UDP_SIZE, datagram->payload.data, datagram->payload.size);
	sum = (uint16_t)~sum_fold(sum_words(udp, udp_size, sum_pseudo(&datagram->from, &datagram->to, udp_size)));
	if (!sum)
		sum = 0xffff;	/* 0 means that there is none */
	memcpy(udp + 6, &sum, 2);
	out->size += header + udp_size;
}
