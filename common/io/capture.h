/* capture.h - captured packets: pcap and pcapng files, pipes, and interfaces (libpcap) */
#ifndef IO_CAPTURE_H
#define IO_CAPTURE_H

#include "base/bytes.h"
#include "base/error.h"
#include "io/input.h"

struct capture;

struct capture_packet {
	int64_t time_us;	/* since 1970; INT64_MIN: more than fits */
	int link;		/* LINKTYPE_..., as in the file */
	struct bytes frame;	/* what was captured; good until the next call */
	uint64_t number;	/* from 1 */
};

enum { CAPTURE_MAGIC_SIZE = 4 };
/* Do these first bytes begin a pcap (of either byte order, micro- or nanoseconds) or pcapng file? */
bool capture_magic(struct bytes first);

/*
 * A file or a pipe, from where the input's window begins: so it can be looked at before. The input waits and stops as
 * it does elsewhere, must outlive the capture and is not closed with it. NULL with an error: it is no capture.
 */
struct capture *capture_file(struct input *, struct error *);
/*
 * An interface; "any" is all. filter: in libpcap's language, NULL: "udp". Not promiscuous. wait.before is called before
 * a wait. Needs the privilege to capture: ERROR_SYSTEM says so.
 */
struct capture *capture_live(const char *interface, const char *filter, struct io_wait, const volatile bool *stop,
			     struct error *);
/* LINKTYPE_... of all its packets. */
int capture_link(const struct capture *);
/*
 * False at the end (of a file, or *stop), or with an error: ERROR_INPUT, a file that is cut or broken, at its packet
 * `number`, after which nothing can be read of it; or ERROR_SYSTEM.
 */
bool capture_next(struct capture *, struct capture_packet *, struct error *);
/* Packets that the kernel dropped (live). */
uint64_t capture_dropped(struct capture *);
void capture_close(struct capture *);

struct buf;
/*
 * The header of a pcap file of LINKTYPE_RAW with microseconds, and of one packet in it: what encode writes.
 * Little-endian. The time must have seconds of 32 bits: capture_has_time.
 */
void capture_put_header(struct buf *);
bool capture_has_time(int64_t time_us);
void capture_put_packet(struct buf *, int64_t time_us, struct bytes frame);

#endif
