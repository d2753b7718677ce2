/* udp.h - UDP sockets for many packets at once: recvmmsg, sendmmsg, drops and refusals counted */
#ifndef IO_UDP_H
#define IO_UDP_H

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/error.h"

enum {
	UDP_BATCH = 64,			/* packets a call moves, at most */
	UDP_SLOT = 65536,		/* bytes of room for each that comes in */
	UDP_RECEIVE_BUFFER = 8 << 20,	/* asked of the kernel (SO_RCVBUFFORCE, else SO_RCVBUF) */
};

/* One socket, of one family. It is big (UDP_BATCH slots) and comes from udp_open. */
struct udp;

struct udp_packet {
	struct endpoint peer;		/* who sent it, or to whom */
	struct bytes bytes;		/* received: good until the next udp_receive */
	/*
	 * Received: when it came, by clock_monotonic_us, however long it lay in the buffer then; as the kernel noted it
	 * (SO_TIMESTAMPNS), within what the calls of udp_receive leave possible. To send: ignored.
	 */
	int64_t came_us;
};

/*
 * family 4 or 6; bind: address and port, either may be zero; family 0: any. The socket does not block, and IPv6 takes
 * no IPv4. NULL: ERROR_SYSTEM that names the address.
 */
struct udp *udp_open(unsigned family, const struct endpoint *bind, struct error *);
void udp_close(struct udp *);
int udp_fd(const struct udp *);
/* Where it is bound. */
struct endpoint udp_local(const struct udp *);

/* What has come, at most UDP_BATCH packets; 0: nothing there. Never waits. */
size_t udp_receive(struct udp *, struct udp_packet packets[UDP_BATCH]);
/*
 * How many of the packets left, from the first on. Fewer than count: *refusal is errno of the first that did not
 * (udp_refused_for_now says whether it may go later; else, EINVAL, ENETUNREACH, EACCES, EMSGSIZE..., it cannot go there).
 */
size_t udp_send(struct udp *, const struct udp_packet *packets, size_t count, int *refusal);
/* EAGAIN, ENOBUFS, ENOMEM (no room), EPERM (a rule of a firewall). */
bool udp_refused_for_now(int refusal);
/*
 * The next refusal that came back (ICMP port or host unreachable, IP_RECVERR): whom it is about, what of our packet it
 * quotes. False: none. bytes is good until the next call.
 */
bool udp_refusal(struct udp *, struct udp_packet *);
/* Packets that the kernel dropped because they were not fetched in time (SO_RXQ_OVFL), since udp_open. */
uint64_t udp_dropped(const struct udp *);
/* Bytes of receive buffer that the kernel really gave. */
size_t udp_receive_buffer(const struct udp *);

#endif
