/* progress.c - one line on the terminal for work that takes more than a second */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/report.h"

static bool standing;	/* is there a line on the terminal, which what is printed next would continue? */

static double now(void)
{
	return (double)clock_monotonic_us() / 1e6;
}

static void show(const char *text, size_t size)
{
	if (write(STDERR_FILENO, text, size) < 0)
		return;	/* a terminal that went away; nothing is lost */
}

struct progress progress_begin(const struct report *report, const char *unit)
{
	struct progress progress = { .on = !report->quiet && isatty(STDERR_FILENO), .unit = unit };

	if (progress.on)
		progress.began = progress.last = now();
	return progress;
}

const char *progress_scale(char text[PROGRESS_SCALE_ROOM], double number)
{
	static const char *const prefixes[] = { "", " k", " M", " G", " T" };
	size_t scale = 0;

	for (; number >= 999.5 && scale + 1 < sizeof prefixes / sizeof *prefixes; scale++)
		number /= 1000;
	snprintf(text, PROGRESS_SCALE_ROOM, scale && number < 9.95 ? "%.1f%s" : "%.0f%s", number, prefixes[scale]);
	return text;
}

void progress_step(struct progress *progress, uint64_t count, uint64_t done, uint64_t total)
{
	double time, seconds, share;
	char line[120], number[PROGRESS_SCALE_ROOM], rate[PROGRESS_SCALE_ROOM];
	int size;

	if (!progress->on)
		return;
	time = now();
	if (time - progress->last < (progress->shown ? 0.5 : 1.0))
		return;
	progress->last = time;
	progress->shown = standing = true;
	seconds = time - progress->began;
	size = snprintf(line, sizeof line, "\r\033[K%s %s, %s/s", progress_scale(number, (double)count), progress->unit,
			progress_scale(rate, (double)count / seconds));
	if (total && done && done <= total) {
		share = (double)done / (double)total;
		size += snprintf(line + size, sizeof line - (size_t)size, ", %.0f %%, %.0f s left", 100 * share,
				 seconds * (1 - share) / share);
	}
	show(line, (size_t)size);
}

void progress_wipe(bool stdout_only)
{
	static const char wipe[] = "\r\033[K";

	if (!standing || (stdout_only && !isatty(STDOUT_FILENO)))
		return;
	show(wipe, strlen(wipe));
	standing = false;
}

void progress_end(struct progress *progress)
{
	progress_wipe(false);
	progress->shown = false;
}
