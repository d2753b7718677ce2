/* survey.c - the slots that moved while a cluster was read: gone through by name, until nothing is left that may hide */
#include "tools/peerdump/survey.h"

#include <stdlib.h>

#include "tools/peerdump/scan.h"

struct survey *survey_new(void)
{
	struct survey *survey = calloc(1, sizeof *survey);

	if (!survey)
		out_of_memory();
	nodes_state_clear(&survey->before);
	nodes_state_clear(&survey->now);
	survey->stage = SURVEY_STAGES;
	return survey;
}

bool survey_begin(struct survey *survey, struct nodes *nodes, size_t node, struct error *error)
{
	/* in both: a node that comes later is new to the round that is under way, too */
	return nodes_look(nodes, node, &survey->before, error) && nodes_look(nodes, node, &survey->now, error);
}

/* ---- what to go through */

/* Everybody that serves slots now is known. False: somebody is new or lost, and must be read or waited for first. */
static bool look_at_all(struct scan *scan)
{
	struct survey *survey = scan->survey;
	struct nodes *nodes = scan->masters;
	struct error problem = { 0 };
	size_t count = scan->feeds.count;
	bool all = true;

	nodes_refresh(nodes, &problem);
	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		if (nodes->owner[slot] != NODES_NONE)
			feed_of_master(scan, nodes->owner[slot]);
	if (survey->compared)
		survey->before = survey->now;
	survey->compared = false;
	survey->now = survey->before;
	for (size_t i = 0; i < count; i++) {
		struct feed *feed = scan->feeds.all[i];

		error_clear(&problem);
		if (feed->nodes != nodes || feed->retired || nodes_look(nodes, feed->node, &survey->now, &problem))
			continue;
		all = false;
		if (!mend_lose(scan, feed, &problem))
			break;
	}
	for (size_t i = 0; i < scan->feeds.count; i++)
		all &= !scan->feeds.all[i]->scanning && !scan->feeds.all[i]->lost_us;
	return all;
}

static bool moves(const struct nodes_state *state, size_t slot)
{
	return state->from[slot] != NODES_NONE || state->to[slot] != NODES_NONE;
}

/* A slot that is still on its way was gone through in the right order when that was known from the first. */
static bool suspicious(const struct survey *survey, size_t slot)
{
	const struct nodes_state *before = &survey->before, *now = &survey->now;
	uint16_t owner = now->owner[slot];

	return survey->touched[slot] || before->owner[slot] != owner || before->from[slot] != now->from[slot] ||
	       before->to[slot] != now->to[slot] || (!survey->round && (moves(before, slot) || moves(now, slot))) ||
	       (owner != NODES_NONE && before->epochs[owner] != now->epochs[owner]);
}

static bool find_suspects(struct survey *survey)
{
	bool any = false;

	for (size_t slot = 0; slot < NODES_SLOTS; slot++)
		any |= survey->suspect[slot] = suspicious(survey, slot);
	memset(survey->touched, 0, sizeof survey->touched);
	survey->compared = true;
	return any;
}

/* ---- going through it */

static uint16_t node_of_stage(const struct survey *survey, unsigned stage, size_t slot)
{
	const uint16_t nodes[SURVEY_STAGES] = {
		survey->before.owner[slot], survey->now.from[slot], survey->now.owner[slot], survey->now.to[slot],
	};

	/* twice in a row is once; but one from which a slot came and where it goes back is asked before and after */
	for (unsigned before = stage; before-- > 0 && nodes[before] != NODES_NONE;)
		return nodes[before] == nodes[stage] ? NODES_NONE : nodes[stage];
	return nodes[stage];
}

/* Has any feed something to list in this stage? */
static bool begin_stage(struct scan *scan)
{
	struct survey *survey = scan->survey;
	bool any = false;

	for (size_t i = 0; i < scan->feeds.count; i++)
		if (scan->feeds.all[i]->nodes == scan->masters)
			memset(survey->slots[scan->feeds.all[i]->node], 0, NODES_SLOTS);
	for (size_t slot = 0; slot < NODES_SLOTS; slot++) {
		uint16_t node = survey->suspect[slot] ? node_of_stage(survey, survey->stage, slot) : NODES_NONE;
		struct feed *feed;

		if (node == NODES_NONE)
			continue;
		feed = scan->feeds.by_node[scan->masters != scan->nodes][node];
		if (!feed || !feed->retired)
			feed = feed_of_master(scan, node);
		if (feed->retired)
			continue;
		if (!feed->slots) {
			feed->slots = survey->slots[node];
			feed->slot = 0;
		}
		survey->slots[node][slot] = any = true;
	}
	return any;
}

enum survey_result survey_next(struct scan *scan, struct error *error)
{
	struct survey *survey = scan->survey;
	char text[160];

	while (survey->stage < SURVEY_STAGES && ++survey->stage < SURVEY_STAGES)
		if (begin_stage(scan))
			return SURVEY_MORE;
	if (survey->before.refused) {
		report_note(&scan->run->report, "CLUSTER NODES was refused: if slots have moved meanwhile, "
			    "some of their keys may be missing");
		return SURVEY_DONE;
	}
	if (!look_at_all(scan))
		return tool_stopped ? SURVEY_FAILED : SURVEY_MORE;
	if (!find_suspects(survey))
		return SURVEY_DONE;
	if (survey->round++ == SURVEY_ROUNDS_MAX) {
		fail_system(error, "slots move so fast that keys may be missing: %s",
			    nodes_print_slots(text, sizeof text, survey->suspect));
		return SURVEY_FAILED;
	}
	for (survey->stage = 0; survey->stage < SURVEY_STAGES; survey->stage++)
		if (begin_stage(scan))
			return SURVEY_MORE;
	return SURVEY_MORE;
}
