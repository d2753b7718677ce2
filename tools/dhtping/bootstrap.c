/* bootstrap.c - where look-ups begin: the nodes of -b, of $DHTPING_BOOTSTRAP, or the well-known routers */
#include <stdlib.h>

#include "cli/report.h"
#include "tools/dhtping/host.h"
#include "tools/dhtping/net.h"

static const char routers[] = "router.bittorrent.com:6881,dht.transmissionbt.com:6881,router.utorrent.com:6881,"
			      "dht.libtorrent.org:25401";

/* The names to begin with. */
struct origins {
	struct net *net;
	size_t count;
	struct resolve_name names[RESOLVE_NAMES_MAX];
};

static void add_word(struct origins *origins, struct bytes word)
{
	struct resolve_name *name = &origins->names[origins->count];
	struct error error = { 0 };

	if (!word.size || origins->count == RESOLVE_NAMES_MAX)
		return;
	*name = (struct resolve_name){ .families = net_families(origins->net) };
	if (host_parse(word, &origins->net->run->memory, name, &error)) {
		origins->count++;
		return;
	}
	error.kind = ERROR_USAGE;
	run_error(origins->net->run, &error);
}

/* Separated by commas or blanks. */
static void add_list(struct origins *origins, struct bytes text)
{
	while (text.size) {
		size_t size = 0;

		while (size < text.size && !memchr(", \t\r\n", text.data[size], 5))
			size++;
		add_word(origins, bytes_at(text.data, size));
		text = bytes_after(text, size + (size < text.size));
	}
}

/* True: the user named them. */
static bool find_words(struct origins *origins)
{
	const struct dhtping_options *options = origins->net->run->options;
	const char *list = getenv("DHTPING_BOOTSTRAP");

	for (size_t i = 0; i < options->bootstrap.count; i++)
		add_word(origins, bytes_of(options->bootstrap.words[i]));
	if (options->bootstrap.count)
		return true;
	add_list(origins, bytes_of(list && *list ? list : routers));
	return list && *list;
}

/* Those without an address are told: of the routers only when there is nothing else. */
static void tell_failures(const struct origins *origins, bool named, size_t found)
{
	struct run *run = origins->net->run;

	for (size_t i = 0; i < origins->count; i++) {
		const struct resolve_name *name = &origins->names[i];
		struct error error = { 0 };

		if (name->count)
			continue;
		if (named && found)
			fail_input(&error, ERROR_NOWHERE, "%s: %s", name->host, name->failure);
		else
			fail_system(&error, "%s: %s", name->host, name->failure);
		if (named || !found)
			run_error(run, &error);
		else
			report_detail(&run->report, "%s", error.message);
	}
}

bool net_bootstrap(struct net *net, const struct endpoint **endpoints, size_t *count)
{
	struct origins origins = { .net = net };
	bool named = find_words(&origins);
	struct endpoint *all;
	size_t found;
	struct error error = { 0 };

	*count = 0;
	found = resolve_names(origins.names, origins.count, HOST_RESOLVE_US, &tool_stopped);
	if (tool_stopped)
		return false;
	tell_failures(&origins, named, found);
	if (!found) {
		fail_system(&error, "no node to begin with: %s", named ? "none of those that were named has an address" :
			    "the well-known ones cannot be looked up; -b HOST:PORT or $DHTPING_BOOTSTRAP names others");
		run_error(net->run, &error);
		return false;
	}
	all = arena_alloc(&net->run->memory, origins.count * RESOLVE_ADDRESSES_MAX * sizeof *all);
	for (size_t i = 0; i < origins.count; i++)
		for (size_t k = 0; k < origins.names[i].count; k++)
			all[(*count)++] = origins.names[i].endpoints[k];
	*endpoints = all;
	return true;
}
