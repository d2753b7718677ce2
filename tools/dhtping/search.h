/* search.h - one target looked up in both DHTs at once (IPv4 and IPv6), from the bootstrap nodes or those known by now */
#ifndef DHTPING_SEARCH_H
#define DHTPING_SEARCH_H

#include "tools/dhtping/net.h"

/* Set up by search_begin; several may run on one net at the same time. It may not move before search_end. */
struct search {
	struct net *net;
	uint8_t target[NODE_ID_SIZE];
	struct lookup *lookups[2];	/* IPv4, IPv6; NULL: that family is not open, or had nobody to begin with */
	int64_t began_us;
	/* each end of a query; NULL: not wanted */
	void (*step)(void *owner, struct search *, const struct lookup_step *);
	void *owner;
};

/* What lookups of this tool begin with: the method, and what the command line says of time. */
struct lookup_options search_options(const struct run *, enum krpc_method method);
/*
 * Starts: with the nodes known by now, or with bootstrap (that net_bootstrap gave). target is copied from
 * options->target; options->family is set here. step and owner may be set afterwards: nothing is called before
 * search_run.
 */
void search_begin(struct search *, struct net *, const struct lookup_options *, const struct endpoint *bootstrap,
		  size_t bootstrap_count);
/*
 * How many searches may run at once: one before any node is known, and more with every few that are. Were there more,
 * all would ask the same nodes first, and wait for the pace of their addresses.
 */
size_t search_room(const struct net *);
/* Lets it go on; true: over. To be called before each net_step, and after it. */
bool search_run(struct search *);
/*
 * For verbs that must find the very nearest nodes, and not most of them soon: those to store at, those that may have a newer
 * value. A node that is near may then take SEARCH_CAREFUL_US. net_open for that, and the options of the look-ups.
 */
enum { SEARCH_CAREFUL_US = 1000000 };
bool search_open(struct net *, struct run *);
struct lookup_options search_careful(const struct run *, enum krpc_method method);
/* Steps until it is over. False: the program was asked to stop. */
bool search_finish(struct search *);
/* When search_run must be called at the latest: for net_step. */
int64_t search_wake(const struct search *);
/* The nearest nodes that answered, of both families, each nearest first; returns how many (max for each family). */
size_t search_nearest(const struct search *, const struct lookup_node **nodes, size_t max);
/* Asked, answered, failed of both. */
struct lookup_summary search_summary(const struct search *);
/* Complains that the search brought nothing: "TARGET: what", or that no node answered. An ERROR_INPUT. */
void search_nothing(const struct search *, const char *what);
void search_end(struct search *);
/* After the last search of a run: what net_conclude says, and with -v what the net counted. */
void search_conclude(struct net *);

#endif
