/* udp.c - UDP sockets for many packets at once: recvmmsg, sendmmsg, drops and refusals counted */
#include "io/udp.h"

#include <errno.h>
#include <time.h>
#include <linux/errqueue.h>	/* which needs the former */
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/sockaddr.h"

enum {
	/* the count of drops, when it came */
	CONTROL_ROOM = CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(struct timespec)),
	REFUSAL_CONTROL_ROOM = 256,	/* what the kernel tells of a refusal, with the address of who refused */
	QUOTE_ROOM = 2048,		/* a refusal quotes less: the smallest packet that every link must carry */
	SEND_BUFFER = 1 << 20,
	/*
	 * A refusal that comes back makes the next call of the socket fail, whatever that call is about. So it is tried
	 * again; what fails so often in a row fails for a reason of its own.
	 */
	TRIES = 4,
};

struct udp {
	int fd;
	unsigned family;
	struct endpoint local;
	uint64_t dropped;
	uint32_t drops_seen;		/* as the kernel counts them: 32 bits, since the socket was made */
	size_t receive_buffer;
	size_t filled;			/* headers that the last receive has changed */
	int64_t emptied_us;		/* all that came before it was taken */
	struct mmsghdr in[UDP_BATCH], out[UDP_BATCH];
	struct iovec in_views[UDP_BATCH], out_views[UDP_BATCH];
	struct sockaddr_storage from[UDP_BATCH], to[UDP_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[UDP_BATCH][CONTROL_ROOM];
	uint8_t quote[QUOTE_ROOM];
	uint8_t slots[UDP_BATCH][UDP_SLOT];
};

/* What the kernel writes over at each receive. */
static void restore_header(struct udp *udp, size_t i)
{
	udp->in[i].msg_hdr = (struct msghdr){
		.msg_name = &udp->from[i], .msg_namelen = sizeof udp->from[i], .msg_iov = &udp->in_views[i], .msg_iovlen = 1,
		.msg_control = udp->control[i], .msg_controllen = CONTROL_ROOM,
	};
}

static void prepare_headers(struct udp *udp)
{
	for (size_t i = 0; i < UDP_BATCH; i++) {
		udp->in_views[i] = (struct iovec){ udp->slots[i], UDP_SLOT };
		restore_header(udp, i);
		udp->out[i].msg_hdr = (struct msghdr){
			.msg_name = &udp->to[i], .msg_iov = &udp->out_views[i], .msg_iovlen = 1,
		};
	}
}

static bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* As much buffer as there may be: more than the system's limit is for root. Less than asked for is no failure. */
static void size_buffers(struct udp *udp)
{
	int given = 0;
	socklen_t size = sizeof given;

	if (!set_option(udp->fd, SOL_SOCKET, SO_RCVBUFFORCE, UDP_RECEIVE_BUFFER))
		set_option(udp->fd, SOL_SOCKET, SO_RCVBUF, UDP_RECEIVE_BUFFER);
	if (!set_option(udp->fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER))
		set_option(udp->fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
	if (!getsockopt(udp->fd, SOL_SOCKET, SO_RCVBUF, &given, &size) && given > 0)
		udp->receive_buffer = (size_t)given;
}

static bool open_socket(struct udp *udp)
{
	bool v4 = udp->family == 4;

	udp->fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (udp->fd < 0 || (!v4 && !set_option(udp->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)))
		return false;
	/* without these it works, only that less is known */
	set_option(udp->fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	set_option(udp->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	set_option(udp->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
	size_buffers(udp);
	return true;
}

static bool bind_socket(struct udp *udp, const struct endpoint *where)
{
	struct sockaddr_storage storage;
	socklen_t size = sockaddr_make(where, &storage);

	if (bind(udp->fd, (struct sockaddr *)&storage, size) ||
	    getsockname(udp->fd, (struct sockaddr *)&storage, &(socklen_t){ sizeof storage }))
		return false;
	udp->local = sockaddr_endpoint(&storage);
	return true;
}

struct udp *udp_open(unsigned family, const struct endpoint *bind, struct error *error)
{
	struct udp *udp = calloc(1, sizeof *udp);
	struct endpoint where = bind->family ? *bind : (struct endpoint){ .port = bind->port, .family = (uint16_t)family };
	char text[ENDPOINT_ROOM];

	if (!udp)
		out_of_memory();
	udp->family = family;
	udp->emptied_us = clock_monotonic_us();
	if (open_socket(udp) && bind_socket(udp, &where)) {
		prepare_headers(udp);
		return udp;
	}
	*endpoint_print(text, &where) = 0;
	fail_system(error, "cannot send from %s: %m", text);
	udp_close(udp);
	return NULL;
}

void udp_close(struct udp *udp)
{
	if (!udp)
		return;
	if (udp->fd >= 0)
		close(udp->fd);
	free(udp);
}

int udp_fd(const struct udp *udp)
{
	return udp->fd;
}

struct endpoint udp_local(const struct udp *udp)
{
	return udp->local;
}

uint64_t udp_dropped(const struct udp *udp)
{
	return udp->dropped;
}

size_t udp_receive_buffer(const struct udp *udp)
{
	return udp->receive_buffer;
}

/* A packet says how many were dropped before it; those that came before the first drop say nothing. */
static void count_drops(struct udp *udp, struct cmsghdr *part)
{
	uint32_t drops;

	memcpy(&drops, CMSG_DATA(part), sizeof drops);
	udp->dropped += drops - udp->drops_seen;
	udp->drops_seen = drops;
}

/* Both clocks at the end of a receive. */
struct now { int64_t real_us, monotonic_us; };

/*
 * How long ago the kernel noted it. Somebody may have set the real clock since: what that makes impossible is not
 * believed.
 */
static int64_t came_us(const struct udp *udp, struct cmsghdr *part, const struct now *now)
{
	struct timespec noted;
	int64_t us;

	memcpy(&noted, CMSG_DATA(part), sizeof noted);
	us = now->monotonic_us - (now->real_us - ((int64_t)noted.tv_sec * 1000000 + noted.tv_nsec / 1000));
	return us < udp->emptied_us ? udp->emptied_us : us < now->monotonic_us ? us : now->monotonic_us;
}

/* What the kernel tells of a packet besides. */
static void read_control(struct udp *udp, struct msghdr *header, const struct now *now, struct udp_packet *packet)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SO_RXQ_OVFL)
			count_drops(udp, part);
		else if (part->cmsg_type == SCM_TIMESTAMPNS)
			packet->came_us = came_us(udp, part, now);
	}
}

size_t udp_receive(struct udp *udp, struct udp_packet packets[UDP_BATCH])
{
	int64_t begun_us = clock_monotonic_us();
	struct now now;
	bool emptied;
	int count = -1;

	for (size_t i = 0; i < udp->filled; i++)
		restore_header(udp, i);
	udp->filled = 0;
	errno = 0;
	for (int tries = 0; count < 0 && errno != EAGAIN && tries < TRIES; tries++)
		count = recvmmsg(udp->fd, udp->in, UDP_BATCH, MSG_DONTWAIT, NULL);
	emptied = count < 0 ? errno == EAGAIN : count < UDP_BATCH;
	udp->filled = count > 0 ? (size_t)count : 0;
	now.real_us = clock_real_us();
	now.monotonic_us = clock_monotonic_us();
	for (size_t i = 0; i < udp->filled; i++) {
		packets[i] = (struct udp_packet){
			sockaddr_endpoint(&udp->from[i]), bytes_at(udp->slots[i], udp->in[i].msg_len), now.monotonic_us,
		};
		if (udp->in[i].msg_hdr.msg_controllen)
			read_control(udp, &udp->in[i].msg_hdr, &now, &packets[i]);
	}
	if (emptied)
		udp->emptied_us = begun_us;
	return udp->filled;
}

bool udp_refused_for_now(int refusal)
{
	return refusal == EAGAIN || refusal == ENOBUFS || refusal == ENOMEM || refusal == EPERM;
}

static size_t send_batch(struct udp *udp, const struct udp_packet *packets, size_t count, int *refusal)
{
	size_t sent = 0;
	unsigned tries = 0;

	for (size_t i = 0; i < count; i++) {
		udp->out[i].msg_hdr.msg_namelen = sockaddr_make(&packets[i].peer, &udp->to[i]);
		udp->out_views[i] = (struct iovec){ (void *)(uintptr_t)packets[i].bytes.data, packets[i].bytes.size };
	}
	while (sent < count) {
		int some = sendmmsg(udp->fd, udp->out + sent, (unsigned)(count - sent), MSG_DONTWAIT);

		if (some > 0) {
			sent += (size_t)some;
			tries = 0;
		} else if (udp_refused_for_now(errno) || ++tries == TRIES) {
			*refusal = errno;
			return sent;
		}
	}
	return sent;
}

size_t udp_send(struct udp *udp, const struct udp_packet *packets, size_t count, int *refusal)
{
	size_t sent = 0;

	while (sent < count) {
		size_t batch = count - sent < UDP_BATCH ? count - sent : UDP_BATCH;
		size_t some = send_batch(udp, packets + sent, batch, refusal);

		sent += some;
		if (some < batch)
			break;
	}
	return sent;
}

/*
 * Did it tell that nobody there takes our packets? A packet that was too big for a part of the way is no refusal of
 * that kind.
 */
static bool is_refusal(const struct udp *udp, struct msghdr *header)
{
	int level = udp->family == 4 ? IPPROTO_IP : IPPROTO_IPV6, type = udp->family == 4 ? IP_RECVERR : IPV6_RECVERR;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		struct sock_extended_err told;

		if (part->cmsg_level != level || part->cmsg_type != type)
			continue;
		memcpy(&told, CMSG_DATA(part), sizeof told);
		return told.ee_errno && told.ee_errno != EMSGSIZE && told.ee_origin != SO_EE_ORIGIN_LOCAL;
	}
	return false;
}

bool udp_refusal(struct udp *udp, struct udp_packet *packet)
{
	for (;;) {
		_Alignas(struct cmsghdr) uint8_t control[REFUSAL_CONTROL_ROOM];
		struct sockaddr_storage about;
		struct iovec view = { udp->quote, QUOTE_ROOM };
		struct msghdr header = {
			.msg_name = &about, .msg_namelen = sizeof about, .msg_iov = &view, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof control,
		};
		ssize_t size = recvmsg(udp->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return false;
		if (!is_refusal(udp, &header))
			continue;
		*packet = (struct udp_packet){ .peer = sockaddr_endpoint(&about),
					       .bytes = bytes_at(udp->quote, (size_t)size) };
		return true;
	}
}
