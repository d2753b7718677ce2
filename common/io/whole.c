/* whole.c - regular files read whole, several into one buffer, with as few system calls as that takes */
#include "io/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/input.h"

static int open_now(const char *name)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY, fd = open(name, flags | O_NONBLOCK);

	/* a file server has lent the file to somebody, who is asked for it now: that takes a moment */
	if (fd < 0 && errno == EWOULDBLOCK)
		fd = open(name, flags);
	return fd;
}

/* Room for `want` bytes behind what is there. */
static bool make_room(struct whole *whole, size_t want)
{
	size_t capacity = whole->capacity ? whole->capacity : WHOLE_ROOM;

	if (whole->data && whole->capacity - whole->used >= want)
		return true;
	if (whole->used)
		return false;
	while (capacity < want)
		capacity *= 2;
	whole->data = realloc(whole->data, capacity);
	if (!whole->data)
		out_of_memory();
	whole->capacity = capacity;
	return true;
}

static enum whole_result read_file(struct whole *whole, int fd, const char *name, size_t size, size_t limit,
				   struct bytes *data, struct error *error)
{
	size_t have = 0;

	/* one byte more than it should have: a read that gives less has seen the end, and no other need ask for it */
	while (have <= limit) {
		size_t want = have < size ? size - have + 1 : 1, room;
		ssize_t count;

		/* what is read already is not in `used` yet, so that a buffer with nothing else in it can grow */
		if (!make_room(whole, have + want))
			return WHOLE_NO_ROOM;
		room = whole->capacity - whole->used - have;
		count = read(fd, whole->data + whole->used + have, room);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			input_fail(name, errno, error);
			return WHOLE_FAILED;
		}
		have += (size_t)count;
		if (!count || (have == size && (size_t)count < room)) {
			*data = bytes_at(whole->data + whole->used, have);
			whole->used += have;
			return WHOLE_READ;
		}
	}
	if (lseek(fd, 0, SEEK_SET) == 0)
		return WHOLE_STREAM;
	input_fail(name, errno, error);
	return WHOLE_FAILED;
}

enum whole_result whole_read(struct whole *whole, const char *name, size_t limit, struct bytes *data, int *fd,
			     struct error *error)
{
	enum whole_result result = WHOLE_FAILED;
	struct stat status;

	*fd = open_now(name);
	if (*fd < 0 || fstat(*fd, &status) != 0)
		input_fail(name, errno, error);
	else if (S_ISDIR(status.st_mode))
		input_fail(name, EISDIR, error);
	else if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > limit)
		result = WHOLE_STREAM;
	else
		result = read_file(whole, *fd, name, (size_t)status.st_size, limit, data, error);
	if (*fd >= 0 && result != WHOLE_STREAM)
		close(*fd);
	return result;
}

void whole_clear(struct whole *whole)
{
	whole->used = 0;
	if (whole->capacity > WHOLE_ROOM)
		whole_free(whole);
}

void whole_free(struct whole *whole)
{
	free(whole->data);
	*whole = (struct whole){ 0 };
}
