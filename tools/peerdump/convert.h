/* convert.h - the other form of a member: entries as text, text as entries */
#ifndef PEERDUMP_CONVERT_H
#define PEERDUMP_CONVERT_H

#include "tools/peerdump/peerdump.h"

/* One record for each torrent with anything to convert (verb convert). */
struct converted {
	struct bytes info_hash, key;
	uint64_t members, changed, merged, unknown, left;
	uint64_t bytes_before, bytes_after;
};

extern const struct record converted_record;

enum { CONVERT_ROOM = IPV4_ROOM + IPV6_ROOM + 16 };	/* bytes that convert_member may touch */

enum convert_found {
	CONVERT_MADE,		/* the other form was made */
	CONVERT_NOTHING,	/* it has the form that is wanted, or one that is left as it is */
	CONVERT_UNKNOWN,	/* it has no known form, or its entry would be read as something else */
};

/*
 * To CONVERT_BINARY: text in any of the older forms becomes an entry; what was a peer id is lost. To CONVERT_TEXT: an
 * entry becomes `ipv4@ipv6@port`, an absent address nothing at all ("192.0.2.1@@6881"), which is read back as the
 * same entry.
 */
enum convert_found convert_member(enum convert_to, struct bytes member, uint8_t made[CONVERT_ROOM], size_t *size);

#endif
