/* net.h - the engine on real sockets: opening, the one loop that moves packets and time, the summary of what was counted */
#ifndef DHTPING_NET_H
#define DHTPING_NET_H

#include "cli/progress.h"
#include "dht/engine.h"
#include "dht/known.h"
#include "io/udp.h"
#include "tools/dhtping/dhtping.h"

struct net {
	struct run *run;
	struct engine *engine;
	struct udp *udp[2];		/* IPv4, IPv6; NULL: not used, or the machine has none */
	int64_t now_us;			/* monotonic, as of the last step */
	int input_fd;			/* a step ends when it can be read; -1: none */
	struct known *known;		/* nodes that answered in this run */
	int refusal;			/* during `done` of REFUSED: errno of the send; 0: it came back (ICMP) */
	/* IPv4, IPv6: since when the kernel refuses for now all that is sent; 0: it does not */
	int64_t blocked_us[2];
	bool block_told[2];
	int64_t flushed_us;		/* when stdout was flushed last */
	bool reader_watched;		/* stdout is a pipe or socket, whose end is to be noticed */
	bool left;			/* did any packet leave? */
	int unsent;			/* errno of the last one that could not; 0: none */
	/*
	 * shown while answers are waited for; of the whole, in a measure of the verb's own, so much is done; total 0:
	 * unknown
	 */
	struct progress progress;
	uint64_t done, total;
};

/*
 * Opens the sockets that -4, -6 and --bind ask for (by default both, and one that the machine cannot open is left out),
 * with random ports, and the engine with the options' rate and id. False: it was told.
 */
bool net_open(struct net *, struct run *, const struct engine_options *changed);
void net_close(struct net *);
/* The usual engine options for these command line options: for verbs that change some before net_open. */
bool net_options(struct run *, struct engine_options *);

/*
 * Sends what may leave, waits until something comes, the engine's next moment, until_us or input_fd, and takes what
 * came. False: the program was asked to stop. `done` functions are called from here.
 */
bool net_step(struct net *, int64_t until_us);
/* Can it send to that family? */
bool net_has(const struct net *, unsigned family);
/* The same of both: bits 1 IPv4, 2 IPv6. */
unsigned net_families(const struct net *);
/* On -v: what was sent and received, by name, where not 0. */
void net_detail(const struct net *);
/* Did any node answer anything in this run? */
bool net_answered(const struct net *);
/* For verbs that look up, in the end: if nobody answered, the exit status, and why that may be. */
void net_conclude(struct net *);

/* The monotonic clock of the engine, and 64 bits of the kernel's randomness (buffered). */
int64_t net_clock(void);
uint64_t net_random(void *);
/* Fills that many bytes with it. */
void net_draw(void *at, size_t size);

/*
 * Bootstrap nodes: -b, else $DHTPING_BOOTSTRAP (by comma or blanks), else the well-known routers; names are resolved,
 * at most 5 s. Those of the families that are open. False: none could be resolved; it was told.
 */
bool net_bootstrap(struct net *, const struct endpoint **endpoints, size_t *count);

#endif
