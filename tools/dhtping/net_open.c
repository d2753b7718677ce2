/* net_open.c - sockets and engine as the command line wants them: families, addresses, rate, id */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report.h"
#include "io/sockaddr.h"
#include "text/escape.h"
#include "text/hash.h"
#include "tools/dhtping/host.h"
#include "tools/dhtping/net.h"

/* --bind, by family: [0] IPv4, [1] IPv6; family 0: not given. */
static bool parse_binds(const struct dhtping_options *options, struct endpoint binds[2], struct error *error)
{
	for (size_t i = 0; i < options->bind.count; i++) {
		struct bytes word = bytes_of(options->bind.words[i]);
		struct endpoint bind;
		struct brief brief;

		if (!endpoint_parse_address(word, &bind) && !endpoint_parse(word, &bind))
			return fail_usage(error, "--bind: '%s' is no address, and no address with a port",
					  escape_brief(&brief, word));
		if (binds[bind.family == 6].family)
			return fail_usage(error, "--bind: a second IPv%u address, '%s': one for each family", bind.family,
					  escape_brief(&brief, word));
		if (bind.family == 4 ? options->only_ipv6 && !options->only_ipv4 : options->only_ipv4 && !options->only_ipv6)
			return fail_usage(error, "--bind: '%s' is an IPv%u address, and -%d asks for the other family",
					  escape_brief(&brief, word), bind.family, bind.family == 4 ? 6 : 4);
		binds[bind.family == 6] = bind;
	}
	return true;
}

/* Without -4 and -6: those of --bind, or both. */
static bool wants(const struct dhtping_options *options, const struct endpoint binds[2], unsigned family)
{
	if (options->only_ipv4 || options->only_ipv6)
		return family == 4 ? options->only_ipv4 : options->only_ipv6;
	return !options->bind.count || binds[family == 6].family;
}

static bool open_sockets(struct net *net, struct error *error)
{
	const struct dhtping_options *options = net->run->options;
	struct endpoint binds[2] = { { .family = 0 }, { .family = 0 } };
	struct error refused = { 0 };

	if (!parse_binds(options, binds, error))
		return false;
	for (unsigned family = 4; family <= 6; family += 2) {
		const struct endpoint *bind = &binds[family == 6];
		struct udp **udp = &net->udp[family == 6];

		if (!wants(options, binds, family))
			continue;
		*udp = udp_open(family, bind, bind->family ? error : &refused);
		if (!*udp && bind->family)
			return false;
		if (!*udp)
			report_detail(&net->run->report, "no IPv%u: %s", family, refused.message);
	}
	return net->udp[0] || net->udp[1] || fail_system(error, "%s", refused.message);
}

/* The whole of 127/8 and ::1: the kernel sends nothing from there to anywhere else. */
static bool only_loopback(const struct net *net)
{
	for (int i = 0; i < 2; i++) {
		struct endpoint local;

		if (!net->udp[i])
			continue;
		local = udp_local(net->udp[i]);
		if (!endpoint_is_loopback(&local))
			return false;
	}
	return true;
}

/* Our id: the one that is given, or one drawn for this run, which conforms with our address if that is known. */
static bool choose_id(const struct dhtping_options *options, uint8_t id[NODE_ID_SIZE], struct error *error)
{
	struct endpoint external;
	struct brief brief;

	if (options->id && options->external)
		return fail_usage(error, "--id and --external: the one says the id, the other makes one");
	if (options->id) {
		if (hash_parse(bytes_of(options->id), id, error))
			return true;
		error->kind = ERROR_USAGE;
		error_prefix(error, "--id");
		return false;
	}
	net_draw(id, NODE_ID_SIZE);
	if (!options->external)
		return true;
	if (!endpoint_parse_address(bytes_of(options->external), &external))
		return fail_usage(error, "--external: '%s' is no address",
				  escape_brief(&brief, bytes_of(options->external)));
	node_id_derive(&external, (uint8_t)net_random(NULL), id);
	return true;
}

/* As many at once as the usual rate has, in proportion, and one at least. */
static uint32_t burst_of(uint64_t rate)
{
	uint64_t burst = rate / ENGINE_RATE * ENGINE_BURST + rate % ENGINE_RATE * ENGINE_BURST / ENGINE_RATE;

	return burst < 1 ? 1 : burst > UINT32_MAX ? UINT32_MAX : (uint32_t)burst;
}

bool net_options(struct run *run, struct engine_options *engine)
{
	static const char version[] = PEERUTILS_VERSION;
	const struct dhtping_options *options = run->options;
	const char *minor = strchr(version, '.');
	struct error error = { 0 };

	if (!options->timeout || !options->wait) {
		fail_usage(&error, "--%s: '0' is no time to wait, want more", options->wait ? "timeout" : "wait");
		run_error(run, &error);
		return false;
	}
	*engine = engine_defaults;
	engine->random = net_random;
	engine->version[0] = 'P';
	engine->version[1] = 'U';
	engine->version[2] = (uint8_t)strtoul(version, NULL, 10);
	engine->version[3] = (uint8_t)(minor ? strtoul(minor + 1, NULL, 10) : 0);
	if (options->rate != UINT64_MAX) {
		engine->rate = (double)options->rate;
		engine->burst = burst_of(options->rate);
	}
	if (choose_id(options, engine->id, &error))
		return true;
	run_error(run, &error);
	return false;
}

/* Tells the engine where we are: of a socket that is bound to no address, at each that the machine has. */
static void tell_own(struct net *net)
{
	struct endpoint locals[2] = { { .family = 0 }, { .family = 0 } }, none = { .family = 0 };
	struct ifaddrs *all = NULL;

	for (int i = 0; i < 2; i++) {
		if (!net->udp[i])
			continue;
		locals[i] = udp_local(net->udp[i]);
		engine_own(net->engine, &locals[i]);
	}
	if (getifaddrs(&all))
		return;
	for (struct ifaddrs *at = all; at; at = at->ifa_next) {
		struct sockaddr_storage storage = { .ss_family = AF_UNSPEC };
		struct endpoint own;

		if (at->ifa_addr && (at->ifa_addr->sa_family == AF_INET || at->ifa_addr->sa_family == AF_INET6))
			memcpy(&storage, at->ifa_addr, at->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in) :
			       sizeof(struct sockaddr_in6));
		own = sockaddr_endpoint(&storage);
		if (!own.family || locals[own.family == 6].family != own.family ||
		    memcmp(locals[own.family == 6].address, none.address, sizeof none.address) != 0)
			continue;
		own.port = locals[own.family == 6].port;
		engine_own(net->engine, &own);
	}
	freeifaddrs(all);
}

/* Is there a reader of stdout that can go away while we wait? */
static bool has_reader(void)
{
	struct stat status;

	return fstat(STDOUT_FILENO, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

bool net_open(struct net *net, struct run *run, const struct engine_options *changed)
{
	struct engine_options options;
	struct error error = { 0 };

	*net = (struct net){ .run = run, .input_fd = -1, .reader_watched = has_reader() };
	if (!changed && !net_options(run, &options))
		return false;
	if (changed)
		options = *changed;
	if (!open_sockets(net, &error)) {
		run_error(run, &error);
		net_close(net);
		return false;
	}
	options.loopback_only = only_loopback(net);
	net->progress = progress_begin(&run->report, "answers");
	net->engine = engine_new(&options);
	net->known = known_new();
	net->now_us = net_clock();
	tell_own(net);
	for (int i = 0; i < 2; i++) {
		if (!net->udp[i])
			continue;
		report_detail(&run->report, "IPv%d: receive buffer of %zu bytes", i ? 6 : 4,
			      udp_receive_buffer(net->udp[i]));
	}
	return true;
}

void net_close(struct net *net)
{
	progress_end(&net->progress);
	if (net->engine)
		engine_free(net->engine);
	if (net->known)
		known_free(net->known);
	udp_close(net->udp[0]);
	udp_close(net->udp[1]);
	*net = (struct net){ .input_fd = -1 };
}
