/* picture.h - the swarms as a picture for watch --table: how many peers, what changed, how fast, and how it went */
#ifndef PEERDUMP_PICTURE_H
#define PEERDUMP_PICTURE_H

#include "cli/screen.h"
#include "tools/peerdump/look.h"

/* The sums of one look. */
struct picture_look {
	int64_t began_us;
	uint32_t joined, left, moved;	/* those that moved are in no other */
};

struct picture {
	struct screen screen;
	int64_t interval_us, time_us;
	uint64_t looks;
	uint64_t failed;		/* looks since the last one that did not fail */
	const struct look *look;
	struct look_torrent total;
	struct picture_look last[LOOK_HISTORY];	/* the latest at the end */
};

void picture_open(struct picture *, struct output *, int64_t interval_us);
/* A look was taken; sums: of look_count, with those that moved. The look must stay until picture_close. */
void picture_take(struct picture *, const struct look *, const struct look_torrent *sums, int64_t began_us, int64_t time_us);
/* A look failed. */
void picture_fail(struct picture *);
/* Draws what is known, as large as the terminal is now. */
void picture_draw(struct picture *, struct output *);
void picture_close(struct picture *, struct output *);

#endif
