/* packets.h - every packet of files, stdin or an interface: captures, packets in a row, lines of hex or base64 */
#ifndef DHTPING_PACKETS_H
#define DHTPING_PACKETS_H

#include "cli/files.h"
#include "cli/progress.h"
#include "codec/datagram.h"
#include "io/capture.h"

enum packets_form { PACKETS_CAPTURE, PACKETS_RAW, PACKETS_LINES };

struct packet {
	struct bytes payload;		/* good until the next call */
	int64_t time_us;		/* TIME_UNSET: not known */
	struct datagram datagram;	/* from, to (family 0) and ttl are not known but of a capture */
	uint64_t offset;		/* of the payload's first byte: what errors in it are told by */
};

struct packets {
	struct run *run;
	struct files files;
	struct input input;
	bool open, live;
	enum packets_form form;
	struct capture *capture;
	struct place place;		/* of the last packet */
	struct buf line;		/* the bytes of a line */
	size_t taken;			/* PACKETS_RAW: bytes of the window that the last packet had */
	uint64_t count;			/* packets of all kinds */
	/* frames that are no UDP, parts of datagrams, headers that contradict each other */
	uint64_t other, fragments, broken;
	struct progress progress;
};

void packets_open(struct packets *, struct run *);
/* The next UDP payload; what cannot be read on the way is told. False at the end, or when the program was asked to stop. */
bool packets_next(struct packets *, struct packet *);
/* Tells a fault of that packet. */
void packets_error(struct packets *, const struct packet *, struct error *);
/* Is everything that comes meant to be a packet of the DHT? Else it is whatever was captured. */
static inline bool packets_meant(const struct packets *packets)
{
	return packets->form != PACKETS_CAPTURE;
}
void packets_close(struct packets *);

#endif
