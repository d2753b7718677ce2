/* dht_engine.c - pairs of query and reply a second: the DHT engine, or plain C that matches nothing, against an echo */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "dht/engine.h"
#include "io/udp.h"

enum { BATCH = 64, ROOM = 2048, T_SIZE = 8, T_BEFORE_END = T_SIZE + sizeof "1:y1:qe" - 1, WAIT_MS = 200 };

/* What both ends of the plain side move at once. */
struct batch {
	struct mmsghdr heads[BATCH];
	struct iovec views[BATCH];
	struct sockaddr_in peers[BATCH];
	uint8_t slots[BATCH][ROOM];
};

static void batch_prepare(struct batch *batch)
{
	for (int i = 0; i < BATCH; i++) {
		batch->views[i] = (struct iovec){ batch->slots[i], ROOM };
		batch->heads[i].msg_hdr = (struct msghdr){ &batch->peers[i], sizeof batch->peers[i], &batch->views[i], 1,
							   NULL, 0, 0 };
	}
}

static int open_socket(struct sockaddr_in *local)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 8 << 20;

	*local = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	if (fd < 0 || bind(fd, (struct sockaddr *)local, sizeof *local) ||
	    getsockname(fd, (struct sockaddr *)local, &(socklen_t){ sizeof *local })) {
		perror("socket");
		exit(2);
	}
	return fd;
}

/* The echo: a reply such as nodes give to find_node, with the t of the query, which is the last but y in it. */
static _Noreturn void echo(int fd)
{
	static struct batch batch;
	struct krpc_message reply;
	struct buf wire = { 0 };
	uint8_t nodes[8 * KRPC_NODE4_SIZE], ip[ENDPOINT_V4_SIZE] = { 127, 0, 0, 1, 1, 1 };
	size_t t_at;

	memset(nodes, 'n', sizeof nodes);
	krpc_clear(&reply);
	reply.type = KRPC_REPLY;
	reply.id = bytes_of("abcdefghij0123456789");
	reply.nodes = bytes_at(nodes, sizeof nodes);
	reply.ip = bytes_at(ip, sizeof ip);
	reply.v = bytes_of("LT\x01\x02");
	reply.t = bytes_of("tttttttt");
	krpc_encode(&reply, &wire);
	t_at = (size_t)((uint8_t *)memmem(wire.data, wire.size, "tttttttt", T_SIZE) - wire.data);
	batch_prepare(&batch);
	for (;;) {
		int count = recvmmsg(fd, batch.heads, BATCH, MSG_WAITFORONE, NULL);

		for (int i = 0; i < count; i++) {
			uint8_t t[T_SIZE];

			memcpy(t, batch.slots[i] + batch.heads[i].msg_len - T_BEFORE_END, T_SIZE);
			memcpy(batch.slots[i], wire.data, wire.size);
			memcpy(batch.slots[i] + t_at, t, T_SIZE);
			batch.views[i].iov_len = wire.size;
		}
		for (int sent = 0, more; sent < count; sent += more)
			if ((more = sendmmsg(fd, batch.heads + sent, (unsigned)(count - sent), 0)) <= 0)
				_exit(1);
		for (int i = 0; i < count; i++)
			batch.views[i].iov_len = ROOM;
	}
}

static void find_node(struct krpc_message *message)
{
	krpc_clear(message);
	message->type = KRPC_QUERY;
	message->method = KRPC_FIND_NODE;
	message->target = bytes_of("0123456789abcdefghij");
}

/* The limit: the same packets, made once, nothing read of what comes. Returns the pairs. */
static long run_plain(const struct sockaddr_in *to, long pairs, long window)
{
	static struct batch out, in;
	struct sockaddr_in local;
	struct krpc_message message;
	struct buf wire = { 0 };
	long asked = 0, answered = 0;
	int fd = open_socket(&local);

	find_node(&message);
	message.id = bytes_of("abcdefghij0123456789");
	message.read_only = true;
	message.t = bytes_of("tttttttt");
	krpc_encode(&message, &wire);
	batch_prepare(&out);
	batch_prepare(&in);
	for (int i = 0; i < BATCH; i++) {
		memcpy(out.slots[i], wire.data, wire.size);
		out.views[i].iov_len = wire.size;
		out.peers[i] = *to;
	}
	while (answered < pairs) {
		int count;

		while (asked < pairs && asked - answered + BATCH <= window)
			if ((count = sendmmsg(fd, out.heads, pairs - asked < BATCH ? (unsigned)(pairs - asked) : BATCH,
					      0)) > 0)
				asked += count;
		if (poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, WAIT_MS) == 0)
			break;	/* some were lost */
		while ((count = recvmmsg(fd, in.heads, BATCH, MSG_DONTWAIT, NULL)) > 0)
			answered += count;
	}
	close(fd);
	buf_free(&wire);
	return answered;
}

struct asker { struct engine *engine; struct engine_query query; long asked, answered, pairs; };

static void ask(struct asker *asker, int64_t now_us)
{
	if (asker->asked < asker->pairs && engine_ask(asker->engine, &asker->query, now_us))
		asker->asked++;
}

static void on_end(void *owner, const struct engine_event *event)
{
	struct asker *asker = owner;

	asker->answered += event->end == ENGINE_REPLY;
	ask(asker, event->now_us);
}

/* 64 bits of the kernel's in a large block at a time, as dhtping draws them. */
static uint64_t draw(void *unused)
{
	static uint64_t block[32];
	static unsigned left;

	(void)unused;
	if (!left) {
		if (getentropy(block, sizeof block))
			exit(2);
		left = sizeof block / sizeof *block;
	}
	return block[--left];
}

static void move(struct asker *asker, struct udp *udp)
{
	struct udp_packet packets[UDP_BATCH];
	struct engine_packet packet;
	int64_t now_us = clock_monotonic_us();
	size_t count;
	int refusal;

	do {
		for (count = 0; count < UDP_BATCH && engine_send(asker->engine, now_us, &packet); count++)
			packets[count] = (struct udp_packet){ .peer = packet.to, .bytes = packet.bytes };
		for (size_t sent = 0; sent < count;)
			sent += udp_send(udp, packets + sent, count - sent, &refusal);
	} while (count == UDP_BATCH);
	poll(&(struct pollfd){ udp_fd(udp), POLLIN, 0 }, 1, WAIT_MS);
	do {
		count = udp_receive(udp, packets);
		now_us = clock_monotonic_us();
		for (size_t i = 0; i < count; i++)
			engine_receive(asker->engine, &packets[i].peer, packets[i].bytes, packets[i].came_us);
	} while (count == UDP_BATCH);
	engine_pass_time(asker->engine, now_us);
}

static long run_engine(const struct sockaddr_in *to, long pairs, long window)
{
	struct engine_options options = engine_defaults;
	struct endpoint local = { .family = 4, .address = { 127, 0, 0, 1 } };
	struct error error = { 0 };
	struct udp *udp = udp_open(4, &local, &error);
	struct krpc_message message;
	struct asker asker = { .pairs = pairs };

	if (!udp) {
		fprintf(stderr, "%s\n", error.message);
		exit(2);
	}
	options.rate = options.ip_rate = 0;
	options.random = draw;
	asker.engine = engine_new(&options);
	find_node(&message);
	local.port = ntohs(to->sin_port);
	asker.query = (struct engine_query){
		.to = local, .expected_id = (const uint8_t *)"abcdefghij0123456789", .message = &message, .done = on_end,
		.owner = &asker,
	};
	while (asker.asked < window && asker.asked < pairs)
		ask(&asker, clock_monotonic_us());
	while (engine_flight(asker.engine))
		move(&asker, udp);
	engine_free(asker.engine);
	udp_close(udp);
	return asker.answered;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to;
	struct rusage usage;
	long pairs = argc == 4 ? strtol(argv[2], NULL, 10) : 0, window = argc == 4 ? strtol(argv[3], NULL, 10) : 0, answered;
	double wall, cpu;
	int fd = open_socket(&to);
	pid_t responder;

	if (pairs <= 0 || window < BATCH) {
		fputs("usage: dht_engine engine|plain PAIRS WINDOW\n", stderr);
		return 2;
	}
	responder = fork();
	if (responder == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo(fd);
	}
	close(fd);
	wall = (double)clock_monotonic_us();
	answered = strcmp(argv[1], "plain") == 0 ? run_plain(&to, pairs, window) : run_engine(&to, pairs, window);
	wall = ((double)clock_monotonic_us() - wall) / 1e6;
	getrusage(RUSAGE_SELF, &usage);
	cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	kill(responder, SIGKILL);
	waitpid(responder, NULL, 0);
	/* pairs a second, CPU microseconds of this side for a pair, those without an answer in time */
	printf("%.0f %.3f %ld\n", (double)answered / wall, cpu * 1e6 / (double)answered, pairs - answered);
	return 0;
}
