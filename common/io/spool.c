/* spool.c - a copy of a pipe in a temporary file, so that what came through it can be read again */
#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_spool(const struct spool *spool, const char *what, struct error *error)
{
	return fail_system(error, "%s: %s: %s", spool->folder, what, strerror(errno));
}

bool spool_open(struct spool *spool, struct error *error)
{
	const char *folder = getenv("TMPDIR");
	char name[4096];

	*spool = (struct spool){ .folder = folder && *folder ? folder : "/tmp", .fd = -1 };
	if ((size_t)snprintf(name, sizeof name, "%s/peerutils-XXXXXX", spool->folder) >= sizeof name)
		errno = ENAMETOOLONG;
	else
		spool->fd = mkostemp(name, O_CLOEXEC);
	if (spool->fd < 0)
		return fail_spool(spool, "cannot make a temporary file", error);
	unlink(name);
	return true;
}

bool spool_write(struct spool *spool, struct bytes bytes, struct error *error)
{
	while (bytes.size) {
		ssize_t count = write(spool->fd, bytes.data, bytes.size);

		if (count < 0 && errno != EINTR)
			return fail_spool(spool, "cannot write to a temporary file", error);
		if (count > 0)
			bytes = bytes_after(bytes, (size_t)count);
	}
	return true;
}

bool spool_replace(struct spool *spool, struct input *input, uint64_t offset, struct error *error)
{
	struct stat status;

	if (fstat(spool->fd, &status) != 0 || dup3(spool->fd, input->fd, O_CLOEXEC) < 0)
		return fail_spool(spool, "cannot read a temporary file", error);
	spool_close(spool);
	input->regular = true;
	input->size = offset + (uint64_t)status.st_size;
	return input_rewind(input, 0, offset, error);
}

void spool_close(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
}
