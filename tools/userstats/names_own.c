/* names_own.c - the records of userstats and of other tools' verbs that name torrents or users */
#include "tools/userstats/names_private.h"
#include "tools/userstats/records.h"

/* Of those that stand in another tool, the columns up to the info hash. */
struct foreign {
	struct bytes what, info_hash;
};

static const struct field first_fields[] = {
	FIELD(foreign, info_hash, HASH, "torrent", .width = HASH_SIZE),
};
static const struct field second_fields[] = {
	FIELD(foreign, what, TEXT, "what happened to it"),
	FIELD(foreign, info_hash, HASH, "torrent", .width = HASH_SIZE),
};
static const struct record swarm_record = RECORD("swarm", foreign, first_fields, "peerdump torrents");
static const struct record converted_record = RECORD("converted", foreign, first_fields, "peerdump convert");
static const struct record change_record = RECORD("change", foreign, second_fields, "peerdump watch");
static const struct record difference_record = RECORD("difference", foreign, second_fields, "peerdump diff");
static const struct record scrape_record = RECORD("scrape", foreign, first_fields, "dhtping get-peers");
static const struct record sample_record = RECORD("sample", foreign, first_fields, "dhtping sample");

const struct record *const names_own[NAMES_OWN] = {
	&torrent_line_record, &who_record, &completed_record, &current_record, &dossier_record, &rank_record, &orphan_record,
	&ghost_record, &shared_record, &limit_record, &drift_record, &sampled_record, &moved_record,
	&swarm_record, &converted_record, &change_record, &difference_record, &scrape_record, &sample_record, NULL
};
