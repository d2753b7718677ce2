/* lane.c - the bytes of one piece after the other, read from the files that they are in */
#include "tools/btinspect/lane.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AHEAD = 4 << 20 };	/* bytes that the kernel is asked to read ahead */

void lane_close(struct lane *lane)
{
	if (lane->descriptor >= 0)
		close(lane->descriptor);
	lane->descriptor = -1;
}

static bool fail(struct lane *lane, int fault)
{
	lane->faulty = true;
	lane->fault = fault;
	return false;
}

/* Opens the file that the lane is at, unless it is open: a regular one, nothing that blocks when it is opened. */
static bool open_file(struct lane *lane)
{
	const struct layout_file *file = &lane->layout->files[lane->file];
	struct stat status;

	if (lane->descriptor >= 0 && lane->open_file == lane->file)
		return true;
	lane_close(lane);
	lane->descriptor = openat(lane->folder, file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (lane->descriptor < 0 || fstat(lane->descriptor, &status))
		return fail(lane, errno);
	lane->open_file = lane->file;
	if (S_ISREG(status.st_mode))
		return true;
	lane_close(lane);
	return fail(lane, S_ISDIR(status.st_mode) ? EISDIR : FILE_IRREGULAR);
}

/*
 * Asks the kernel to read what comes next of the lane's file: a few MB at a time, so that a disk need not go from lane
 * to lane for each chunk.
 */
static void advise(struct lane *lane, uint64_t limit)
{
	const struct layout_file *file = &lane->layout->files[lane->file];
	uint64_t end = file->offset + file->length < limit ? file->offset + file->length : limit;

	if (lane->at < lane->advised)
		return;
	lane->advised = end - lane->at < AHEAD ? end : lane->at + AHEAD;
	posix_fadvise(lane->descriptor, (off_t)(lane->at - file->offset), (off_t)(lane->advised - lane->at), POSIX_FADV_WILLNEED);
}

/* Bytes of the lane's file, which has them in the layout. */
static bool read_file(struct lane *lane, uint8_t *to, size_t size)
{
	const struct layout_file *file = &lane->layout->files[lane->file];
	uint64_t from = lane->at - file->offset;

	if (!open_file(lane))
		return false;
	advise(lane, lane->end);
	while (size) {
		ssize_t got = pread(lane->descriptor, to, size, (off_t)from);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(lane, got ? errno : FILE_ENDED);
		to += got;
		from += (size_t)got;
		size -= (size_t)got;
	}
	return true;
}

bool lane_fill(struct lane *lane, uint8_t *to, size_t size)
{
	while (size) {
		const struct layout_file *file = &lane->layout->files[lane->file];
		uint64_t left = file->offset + file->length - lane->at;
		size_t part = left < size ? (size_t)left : size;

		if (!left) {
			lane->file++;
			continue;
		}
		if (file->kind == LAYOUT_ZEROS)
			memset(to, 0, part);
		else if (!read_file(lane, to, part))
			return false;
		to += part;
		size -= part;
		lane->at += part;
	}
	return true;
}

bool lane_begin(struct lane *lane, uint64_t piece, uint64_t batch_end, uint64_t *advised)
{
	const struct layout *layout = lane->layout;
	const struct layout_file *file;

	lane->piece = piece;
	lane->at = piece * layout->piece_length;
	lane->end = layout_piece_end(layout, piece);
	lane->file = layout_find(layout, lane->at);
	lane->faulty = false;
	file = &layout->files[lane->file];
	lane->data_end = file->offset + file->length < lane->end ? file->offset + file->length : lane->end;
	for (size_t i = lane->file; i < layout->count && layout->files[i].offset < lane->end; i++)
		if (layout->files[i].kind == LAYOUT_ABSENT && layout->files[i].length)
			return false;
	if (file->kind == LAYOUT_ZEROS)
		return true;
	if (!open_file(lane))
		return false;
	/* one lane asks for the pieces of its neighbours too, if they are small */
	lane->advised = *advised;
	advise(lane, batch_end);
	*advised = lane->advised;
	return true;
}
