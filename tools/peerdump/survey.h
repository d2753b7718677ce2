/* survey.h - the slots that moved while a cluster was read: gone through by name, until nothing is left that may hide */
#ifndef PEERDUMP_SURVEY_H
#define PEERDUMP_SURVEY_H

#include "io/nodes.h"

struct scan;
struct feed;

/*
 * A key is missed when it moves from a node that SCAN has not yet shown it at to one where SCAN is past its place. What
 * the masters say of themselves when SCAN begins and when all is read tells which slots that may be: those with
 * another owner, on their way then or now, those whose keys were not where they should be, and all those of a node
 * whose epoch has changed: a slot may have left and come back. Their keys are listed by CLUSTER GETKEYSINSLOT, first at
 * the node that they leave, then at the one where they arrive, and those that did not come by yet are read; then the
 * masters are asked again, until they say what they said before.
 */
enum {
	SURVEY_STAGES = 4,	/* former owner, node that it leaves, owner, node where it arrives */
	SURVEY_ROUNDS_MAX = 64,
};

struct survey {
	struct nodes_state before, now;
	bool touched[NODES_SLOTS];	/* a key was not where it should be */
	bool suspect[NODES_SLOTS];
	/* for each node, in this stage; memory is only taken for those that have some */
	bool slots[NODES_MAX][NODES_SLOTS];
	bool compared;		/* `now` is whole, and the suspects are found */
	unsigned round, stage;		/* stage SURVEY_STAGES: none */
};

struct survey *survey_new(void);
/* Notes what a master says when SCAN begins there. False: it does not answer. */
bool survey_begin(struct survey *, struct nodes *, size_t node, struct error *);
enum survey_result { SURVEY_FAILED, SURVEY_MORE, SURVEY_DONE };
/*
 * All that was to be read is: is there more to go through? Then feeds have slots to list. Fails when slots move faster
 * than they can be listed.
 */
enum survey_result survey_next(struct scan *, struct error *);

#endif
