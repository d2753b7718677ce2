/* roles.c - what a live pair of a user and a torrent is: its role, by the site's row of it and the torrent's poster */
#include "tools/userstats/roles.h"

enum role role_of(const struct standing *standing, uint64_t *uploader)
{
	*uploader = standing->known ? 0 : COUNT_UNSET;
	if (!standing->known)
		return ROLE_NONE;
	if (standing->finished)
		return ROLE_SEEDER;
	if (standing->poster) {
		*uploader = 1;
		return ROLE_SEEDER;
	}
	return standing->row ? ROLE_LEECHER : ROLE_UNKNOWN;
}

struct standing standing_of(const struct pg_row *row, size_t column, struct bytes username)
{
	return (struct standing){
		.known = true, .row = stores_true(row->fields[column]), .finished = stores_true(row->fields[column + 1]),
		.poster = username.data && row->fields[column + 2].data && bytes_equal(username, row->fields[column + 2]),
	};
}
