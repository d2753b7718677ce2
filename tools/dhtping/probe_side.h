/* probe_side.h - the second sockets of probe: queries from another port, with transaction ids of any size */
#ifndef DHTPING_PROBE_SIDE_H
#define DHTPING_PROBE_SIDE_H

#include "tools/dhtping/net.h"

struct probe_side {
	struct udp *udp[2];	/* IPv4, IPv6; as those of the net are */
	int fd;			/* readable when one of them is */
};

/* At the addresses where the net's sockets are bound. False: it was told. */
bool probe_side_open(struct probe_side *, struct net *);
void probe_side_close(struct probe_side *);
/* False: the kernel refuses. */
bool probe_side_send(struct probe_side *, const struct endpoint *to, struct bytes packet);
typedef void probe_side_take(void *owner, const struct endpoint *from, struct bytes packet);
/* Hands what has come to take. */
void probe_side_receive(struct probe_side *, probe_side_take *, void *owner);

#endif
