/* names_own.c - the records of userstats that name torrents or users */
#include "tools/userstats/names_private.h"
#include "tools/userstats/records.h"

const struct record *const names_own[NAMES_OWN] = {
	&torrent_line_record, &who_record, &completed_record, &current_record, &dossier_record, &rank_record, &orphan_record,
	&ghost_record, &shared_record, &limit_record, &drift_record, &sampled_record, &moved_record, NULL
};
