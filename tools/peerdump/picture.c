/* picture.c - the swarms as a picture for watch --table: how many peers, what changed, how fast, and how it went */
#include "tools/peerdump/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/number.h"
#include "cli/progress.h"
#include "text/time.h"

enum {
	ROWS_MAX = 500,		/* torrents shown, however high the terminal */
	NAME_WIDTH = 2 * HASH_SIZE,
	FIXED_WIDTH = NAME_WIDTH + 4 * 7 + 1,	/* the columns before the sparkline */
};

void picture_open(struct picture *picture, struct output *output, int64_t interval_us)
{
	*picture = (struct picture){ .interval_us = interval_us };
	screen_open(&picture->screen, output);
}

void picture_take(struct picture *picture, const struct look *look, const struct look_torrent *sums, int64_t began_us,
		  int64_t time_us)
{
	struct look_torrent *total = &picture->total;

	picture->look = look;
	picture->looks++;
	picture->failed = 0;
	picture->time_us = time_us;
	memmove(picture->last, picture->last + 1, sizeof picture->last - sizeof *picture->last);
	picture->last[LOOK_HISTORY - 1] = (struct picture_look){
		began_us, sums->joined - sums->moved, sums->left - sums->moved, sums->moved,
	};
	memmove(total->history, total->history + 1, sizeof total->history - sizeof *total->history);
	total->count[LOOK_BEFORE] = total->history[LOOK_HISTORY - 1] = sums->count[LOOK_NOW];
	total->joined = sums->joined;
	total->left = sums->left;
	total->moved = sums->moved;
}

void picture_fail(struct picture *picture)
{
	picture->failed++;
}

/* ---- which torrents */

/* Larger first, equal ones by their hashes. */
static bool goes_before(const struct look_torrent *a, const struct look_torrent *b)
{
	if (a->count[LOOK_BEFORE] != b->count[LOOK_BEFORE])
		return a->count[LOOK_BEFORE] > b->count[LOOK_BEFORE];
	return bytes_compare(a->info_hash, b->info_hash) < 0;
}

/* Those with peers, or with changes at least. */
static bool is_shown(const struct look_torrent *torrent)
{
	return torrent->count[LOOK_BEFORE] || torrent->joined || torrent->left;
}

/* The largest `room` ones, in their order; returns how many they are. */
static size_t choose(const struct look *look, const struct look_torrent **rows, size_t room, size_t *all)
{
	size_t count = 0;

	*all = 0;
	for (size_t i = 0; i < look_torrents(look); i++) {
		const struct look_torrent *torrent = &look->torrents[i];
		size_t at = count;

		if (!is_shown(torrent))
			continue;
		++*all;
		if (count == room && (!room || !goes_before(torrent, rows[count - 1])))
			continue;
		at = count < room ? count++ : count - 1;
		for (; at && goes_before(torrent, rows[at - 1]); at--)
			rows[at] = rows[at - 1];
		rows[at] = torrent;
	}
	return count;
}

/* ---- lines */

/* A count in six columns. */
struct cell { char text[PROGRESS_SCALE_ROOM]; };

static const char *cell_print_count(struct cell *cell, uint32_t count)
{
	if (count > 999999)
		return progress_scale(cell->text, count);
	snprintf(cell->text, sizeof cell->text, "%" PRIu32, count);
	return cell->text;
}

static void put_row(struct picture *picture, const char *name, const struct look_torrent *torrent)
{
	struct screen *screen = &picture->screen;
	char spark[SPARK_ROOM(LOOK_HISTORY)];
	struct cell cells[4];
	size_t columns = screen->width > FIXED_WIDTH ? screen->width - FIXED_WIDTH : 0;

	columns = columns < LOOK_HISTORY ? columns : LOOK_HISTORY;
	screen_line(screen, "%-*s %6s %6s %6s %6s %s", NAME_WIDTH, name,
		    cell_print_count(&cells[0], torrent->count[LOOK_BEFORE]),
		    cell_print_count(&cells[1], torrent->joined - torrent->moved),
		    cell_print_count(&cells[2], torrent->left - torrent->moved), cell_print_count(&cells[3], torrent->moved),
		    spark_print(spark, torrent->history + LOOK_HISTORY - columns, columns, screen->utf8));
}

/* From the first of the looks that are remembered, which is only where counting begins, to the last. */
static void put_rates(struct picture *picture)
{
	size_t first = picture->looks < LOOK_HISTORY ? LOOK_HISTORY - picture->looks : 0;
	double joined = 0, left = 0, moved = 0, minutes;

	for (size_t i = first + 1; i < LOOK_HISTORY; i++) {
		joined += picture->last[i].joined;
		left += picture->last[i].left;
		moved += picture->last[i].moved;
	}
	minutes = (double)(picture->last[LOOK_HISTORY - 1].began_us - picture->last[first].began_us) / 60e6;
	if (minutes > 0)
		screen_line(&picture->screen, "a minute: %.1f joined, %.1f left, %.1f moved (in the last %.0f s)",
			    joined / minutes, left / minutes, moved / minutes, minutes * 60);
	else
		screen_line(&picture->screen, "a minute: not known before the second look");
}

/* Why there is nothing new to see, or an empty line. */
static void put_failure(struct picture *picture)
{
	const char *complaint = screen_complaint(&picture->screen);
	const char *colon = strchr(complaint, ':');	/* before it, the program's name */
	struct count_text looks;

	if (!picture->failed)
		screen_line(&picture->screen, "%s", "");
	else
		screen_line(&picture->screen, "%s failed%s", count_print(&looks, picture->failed, "looks"),
			    colon ? colon : "");
}

static void put_head(struct picture *picture)
{
	char time[TIME_ROOM];
	struct screen *screen = &picture->screen;

	*time_print_iso(time, picture->time_us) = 0;
	screen_line(screen, "peerdump watch  %s  look %" PRIu64 ", one every %" PRIi64 " s", time, picture->looks,
		    picture->interval_us / 1000000);
	put_rates(picture);
	put_failure(picture);
	screen_line(screen, "%-*s %6s %6s %6s %6s %s", NAME_WIDTH, "torrent", "peers", "joined", "left", "moved", "history");
}

static void put_torrents(struct picture *picture)
{
	const struct look_torrent *rows[ROWS_MAX];
	struct screen *screen = &picture->screen;
	char name[NAME_WIDTH + 1], all_name[NAME_WIDTH + 1];
	size_t room = screen->height > screen->line + 1 ? screen->height - screen->line - 1 : 0, all, count;
	struct count_text torrents;
	uint64_t shown = 0;

	room = room < ROWS_MAX ? room : ROWS_MAX;
	count = choose(picture->look, rows, room, &all);
	if (all > count && count)	/* its line says how many more there are */
		count--;
	snprintf(all_name, sizeof all_name, "all %s", count_print(&torrents, all, "torrents"));
	put_row(picture, all_name, &picture->total);
	for (size_t i = 0; i < count; i++) {
		if (rows[i]->info_hash.size == HASH_SIZE)
			*hex_print(name, rows[i]->info_hash.data, HASH_SIZE) = 0;
		else
			strcpy(name, "-");
		put_row(picture, name, rows[i]);
		shown += rows[i]->count[LOOK_BEFORE];
	}
	if (all > count)
		screen_line(screen, "and %s with %" PRIu64 " peers", count_print(&torrents, all - count, "smaller torrents"),
			    picture->total.count[LOOK_BEFORE] - shown);
}

void picture_draw(struct picture *picture, struct output *output)
{
	screen_begin(&picture->screen);
	put_head(picture);
	put_torrents(picture);
	screen_show(&picture->screen, output);
}

void picture_close(struct picture *picture, struct output *output)
{
	screen_close(&picture->screen, output);
}
