/* targets.h - the nodes that a verb is to speak to: HOST:PORT from arguments, -f, stdin, or records of other tools */
#ifndef DHTPING_TARGETS_H
#define DHTPING_TARGETS_H

#include "tools/dhtping/net.h"

struct target {
	const char *name;		/* as it was given */
	struct endpoint endpoint;
	uint8_t id[NODE_ID_SIZE];	/* of a record that has one */
	bool known;
};

enum { TARGETS_MAX = 1 << 20 };

/*
 * Words are HOST, HOST:PORT, ADDRESS, [IPv6]:PORT; "-" reads stdin, `file` (may be NULL) a file, no words and no file
 * stdin: one such word a line, or records with ipv4 or ipv6 and port, or endpoint (node, peer, pong, hop, sample, ...).
 * Names are resolved; the first address of an open family counts. What is no target is told and left out; what is named
 * twice is there once. Returns how many there are; *targets lives in run->memory.
 */
size_t targets_read(struct net *, size_t word_count, char **words, const char *file, struct target **targets);

#endif
