/* lane.c - the bytes of one piece after the other, read from the files that they are in */
#include "tools/btinspect/lane.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
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
	lane->known_end = 0;
	lane->sparse = (uint64_t)status.st_blocks * 512 < (uint64_t)status.st_size;
	if (S_ISREG(status.st_mode))
		return true;
	lane_close(lane);
	return fail(lane, S_ISDIR(status.st_mode) ? EISDIR : FILE_IRREGULAR);
}

/*
 * Asks the kernel to read what comes next of the lane's file: a few MB at a time, so that a disk need not go from lane
 * to lane for each chunk. Pieces of the lanes beside it are in that, if they are small.
 */
static void advise(struct lane *lane)
{
	const struct layout_file *file = &lane->layout->files[lane->file];
	uint64_t end = file->offset + file->length < lane->batch_end ? file->offset + file->length : lane->batch_end;

	lane->advised = end - lane->at < AHEAD ? end : lane->at + AHEAD;
	posix_fadvise(lane->descriptor, (off_t)(lane->at - file->offset), (off_t)(lane->advised - lane->at),
		      POSIX_FADV_WILLNEED);
}

/*
 * Is the lane at a hole of its file, where nothing was ever written? known_end is where that ends. The kernel would make
 * pages of zeros of it, which takes ten times as long as to hash them. Lanes go through a file from its beginning to its
 * end, so what is known holds until then.
 */
static bool in_hole(struct lane *lane)
{
	uint64_t from = lane->at - lane->layout->files[lane->file].offset;
	off_t end;

	if (!lane->sparse || lane->at < lane->known_end)
		return lane->sparse && lane->hole;
	end = lseek(lane->descriptor, (off_t)from, SEEK_DATA);
	/* nothing but a hole up to the end; or that is here, or before */
	if (end < 0 && errno == ENXIO)
		end = lseek(lane->descriptor, 0, SEEK_END);
	lane->hole = end > (off_t)from;
	if (!lane->hole)
		end = lseek(lane->descriptor, (off_t)from, SEEK_HOLE);
	lane->sparse = end > (off_t)from;
	lane->known_end = lane->at + ((uint64_t)end - from);
	return lane->sparse && lane->hole;
}

/*
 * Reads from the lane's file, where it is at. What is in memory is read without asking for more, which would take longer
 * than to look it up does (8 % of all the time).
 */
static ssize_t read_some(struct lane *lane, uint8_t *to, size_t size)
{
	off_t from = (off_t)(lane->at - lane->layout->files[lane->file].offset);
	struct iovec part = { to, size };

	if (in_hole(lane)) {
		if (lane->known_end - lane->at < size)
			size = (size_t)(lane->known_end - lane->at);
		memset(to, 0, size);
		return (ssize_t)size;
	}
	if (lane->at >= lane->advised) {
		ssize_t got = preadv2(lane->descriptor, &part, 1, from, RWF_NOWAIT);

		if (got >= 0)
			return got;
		advise(lane);
	}
	return pread(lane->descriptor, to, size, from);
}

/* Bytes of the lane's file, which has them in the layout. */
static bool read_file(struct lane *lane, uint8_t *to, size_t size)
{
	if (!open_file(lane))
		return false;
	while (size) {
		ssize_t got = read_some(lane, to, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(lane, got ? errno : FILE_ENDED);
		to += got;
		lane->at += (uint64_t)got;
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
		if (file->kind == LAYOUT_ZEROS) {
			memset(to, 0, part);
			lane->at += part;
		} else if (!read_file(lane, to, part)) {
			return false;
		}
		to += part;
		size -= part;
	}
	return true;
}

bool lane_begin(struct lane *lane, uint64_t piece, uint64_t batch_end)
{
	const struct layout *layout = lane->layout;
	const struct layout_file *file;
	size_t open_before = lane->descriptor < 0 ? layout->count : lane->open_file;
	struct iovec one = { &(uint8_t){ 0 }, 1 };

	lane->piece = piece;
	lane->at = piece * layout->piece_length;
	lane->end = layout_piece_end(layout, piece);
	lane->batch_end = batch_end;
	lane->file = layout_find(layout, lane->at);
	lane->advised = 0;
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
	/* the disk can work on the files of all lanes before the first is waited for */
	if (lane->file != open_before && !in_hole(lane) &&
	    preadv2(lane->descriptor, &one, 1, (off_t)(lane->at - file->offset), RWF_NOWAIT) < 0)
		advise(lane);
	return true;
}
