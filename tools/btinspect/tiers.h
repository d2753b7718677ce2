/* tiers.h - the trackers of a torrent by tier (BEP 12): from options, from torrent files, changed, and written */
#ifndef BTINSPECT_TIERS_H
#define BTINSPECT_TIERS_H

#include "base/buf.h"
#include "cli/tool.h"
#include "codec/metainfo.h"

enum { TIERS_MAX = 10000 };	/* trackers of one torrent that is made or edited */

struct tracker {
	struct bytes url;
	uint64_t tier;		/* never less than that of the one before; numbers may be left out */
};

/* Start with { 0 }. The URLs are views; what they look into must stay. */
struct tiers {
	struct tracker *rows;
	size_t count, capacity;
};

/*
 * Adds a URL that the user gave: it begins a tier, or belongs to the last one. What is there already is left out.
 * ERROR_USAGE: it is no URL of a tracker; the message begins with `where`, and has the URL masked.
 */
bool tiers_add(struct tiers *, const char *where, struct bytes url, bool begin, struct error *);
/* The same for "URL,URL...", which is one tier. */
bool tiers_add_all(struct tiers *, const char *where, struct bytes urls, struct error *);
/* Adds other tiers after these, without URLs that are in these already. */
bool tiers_append(struct tiers *, const struct tiers *others, struct error *);
/* Adds those of a torrent, as they stand but for blanks around them. */
bool tiers_take(struct tiers *, const struct metainfo *, struct error *);
/* Removes those whose URL, or the host in it, matches the pattern (fnmatch; of the host, letters of either case). */
void tiers_remove(struct tiers *, const char *pattern);
bool tiers_match(struct bytes url, const char *pattern);
/* The same URLs in the same tiers? */
bool tiers_equal(const struct tiers *, const struct tiers *);
/* The value of announce-list, bencoded. */
void tiers_put(const struct tiers *, struct buf *);
void tiers_free(struct tiers *);

/* Is it a URL with one of these schemes ("http https"), with a host, of ASCII without blanks and control characters? */
bool url_has_scheme(struct bytes url, const char *schemes);
bool url_is_tracker(struct bytes url);

#endif
