/* probe_side.c - the second sockets of probe */
#include "tools/dhtping/probe_side.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

bool probe_side_open(struct probe_side *side, struct net *net)
{
	struct error error = { 0 };

	*side = (struct probe_side){ .fd = epoll_create1(EPOLL_CLOEXEC) };
	if (side->fd < 0)
		fail_system(&error, "cannot wait for two sockets: %s", strerror(errno));
	for (int i = 0; i < 2 && error.kind == ERROR_NONE; i++) {
		struct epoll_event event = { .events = EPOLLIN };
		struct endpoint bind;

		if (!net->udp[i])
			continue;
		bind = udp_local(net->udp[i]);
		bind.port = 0;
		side->udp[i] = udp_open(i ? 6 : 4, &bind, &error);
		if (side->udp[i] && epoll_ctl(side->fd, EPOLL_CTL_ADD, udp_fd(side->udp[i]), &event) < 0)
			fail_system(&error, "cannot wait for two sockets: %s", strerror(errno));
	}
	if (error.kind == ERROR_NONE)
		return true;
	run_error(net->run, &error);
	probe_side_close(side);
	return false;
}

void probe_side_close(struct probe_side *side)
{
	if (side->fd >= 0)
		close(side->fd);
	udp_close(side->udp[0]);
	udp_close(side->udp[1]);
}

bool probe_side_send(struct probe_side *side, const struct endpoint *to, struct bytes packet)
{
	struct udp_packet one = { .peer = *to, .bytes = packet };
	int refusal;

	return udp_send(side->udp[to->family == 6], &one, 1, &refusal) == 1;
}

void probe_side_receive(struct probe_side *side, probe_side_take *take, void *owner)
{
	struct udp_packet packets[UDP_BATCH], refusal;

	for (int i = 0; i < 2; i++) {
		size_t count = side->udp[i] ? udp_receive(side->udp[i], packets) : 0;

		for (size_t k = 0; k < count; k++)
			take(owner, &packets[k].peer, packets[k].bytes);
		/* what cannot be reached is silent: taken so that it does not wake us again and again */
		while (side->udp[i] && udp_refusal(side->udp[i], &refusal))
			continue;
	}
}
