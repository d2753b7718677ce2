/* replace.c - writes a file whole or not at all: a temporary one beside it takes its place */
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/seed.h"

/* What stands at the name, and where the new file goes. */
struct place {
	const char *name;	/* as the user gave it, for messages */
	char path[PATH_MAX];	/* of the file to replace or make: symlinks followed */
	char folder[PATH_MAX];
	char temporary[PATH_MAX];
	bool there;		/* status is of the file at path */
	struct stat status;
};

static bool fail_name(const struct place *place, struct error *error)
{
	return fail_system(error, "%s: %m", place->name);
}

static bool set_folder(struct place *place, struct error *error)
{
	char *slash;

	memcpy(place->folder, place->path, sizeof place->folder);
	slash = strrchr(place->folder, '/');
	if (!slash)
		memcpy(place->folder, ".", 2);
	else
		slash[slash == place->folder] = '\0';
	if (!access(place->folder, W_OK | X_OK))
		return true;
	return fail_system(error, "%s: cannot make a file in its folder: %m", place->name);
}

/* A name that is free: of a dangling symlink, realpath fails too, and the file is refused when it is made. */
static bool find_free(struct place *place, struct error *error)
{
	if (strlen(place->name) >= sizeof place->path)
		return fail_system(error, "%s: the name is too long", place->name);
	memcpy(place->path, place->name, strlen(place->name) + 1);
	return set_folder(place, error);
}

/* False without an error: it is something that is not replaced but written to. */
static bool find_place(struct place *place, const char *name, bool over, struct error *error)
{
	place->name = name;
	place->there = !stat(name, &place->status);
	if (!place->there)
		return errno == ENOENT ? find_free(place, error) : fail_name(place, error);
	if (S_ISDIR(place->status.st_mode)) {
		errno = EISDIR;
		return fail_name(place, error);
	}
	if (!S_ISREG(place->status.st_mode))
		return access(name, W_OK) ? fail_name(place, error) : false;
	if (!over)
		return fail_system(error, "%s: is there already; --force writes over it", name);
	if (access(name, W_OK) || !realpath(name, place->path))
		return fail_name(place, error);
	return set_folder(place, error);
}

static bool write_parts(const struct place *place, int fd, const struct bytes *parts, size_t part_count, struct error *error)
{
	for (size_t i = 0; i < part_count; i++) {
		struct bytes rest = parts[i];

		while (rest.size) {
			ssize_t count = write(fd, rest.data, rest.size);

			if (count >= 0)
				rest = bytes_after(rest, (size_t)count);
			else if (errno != EINTR)
				return fail_system(error, "cannot write to %s: %m", place->name);
		}
	}
	return true;
}

/* What cannot be kept is taken away, never given to others. */
static bool keep_rights(const struct place *place, int fd, struct error *error)
{
	mode_t mode = place->status.st_mode & 07777;

	if (!place->there)
		return true;
	if (fchown(fd, place->status.st_uid, place->status.st_gid)) {
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
		if (fchown(fd, (uid_t)-1, place->status.st_gid))
			mode &= ~(mode_t)S_IRWXG;
	}
	return !fchmod(fd, mode) || fail_name(place, error);
}

static bool make_temporary(struct place *place, int *fd, struct error *error)
{
	do {
		int size = snprintf(place->temporary, sizeof place->temporary, "%s/.peerutils-%016" PRIx64, place->folder, seed_draw());

		if (size < 0 || (size_t)size >= sizeof place->temporary)
			return fail_system(error, "%s: the name is too long", place->name);
		*fd = open(place->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, place->there ? 0600 : 0666);
	} while (*fd < 0 && errno == EEXIST);
	return *fd >= 0 || fail_system(error, "%s: cannot make a file in its folder: %m", place->name);
}

/*
 * Where the name must be free, a file that came meanwhile stays. Not all file systems know of that in a rename, but then of
 * links; one that has neither is left with the look at the beginning.
 */
static bool take_name(const struct place *place, struct error *error)
{
	if (!place->there) {
		if (!renameat2(AT_FDCWD, place->temporary, AT_FDCWD, place->path, RENAME_NOREPLACE))
			return true;
		if (errno != EINVAL && errno != ENOSYS)
			return fail_name(place, error);
		if (!link(place->temporary, place->path))
			return !unlink(place->temporary) || fail_name(place, error);
		if (errno == EEXIST)
			return fail_name(place, error);
	}
	return !rename(place->temporary, place->path) || fail_name(place, error);
}

/* So that a new name outlives a power cut, too. What the folder's file system says of it changes nothing any more. */
static void sync_folder(const struct place *place)
{
	int fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool write_replacing(struct place *place, const struct bytes *parts, size_t part_count, struct error *error)
{
	bool good;
	int fd = -1;

	if (!make_temporary(place, &fd, error))
		return false;
	good = write_parts(place, fd, parts, part_count, error) && keep_rights(place, fd, error);
	if (good && fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		good = fail_system(error, "cannot write to %s: %m", place->name);
	if (close(fd) && good)
		good = fail_system(error, "cannot write to %s: %m", place->name);
	if (good && take_name(place, error)) {
		if (!place->there)	/* else the old file is there after a crash, or the new one: either is whole */
			sync_folder(place);
		return true;
	}
	unlink(place->temporary);
	return false;
}

static bool write_as_it_is(struct place *place, const struct bytes *parts, size_t part_count, struct error *error)
{
	int fd = open(place->name, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return fail_name(place, error);
	good = write_parts(place, fd, parts, part_count, error);
	if (close(fd) && good)
		good = fail_system(error, "cannot write to %s: %m", place->name);
	return good;
}

bool replace_write(const char *name, bool over, const struct bytes *parts, size_t part_count, struct error *error)
{
	struct place place;

	if (find_place(&place, name, over, error))
		return write_replacing(&place, parts, part_count, error);
	return error->kind == ERROR_NONE && write_as_it_is(&place, parts, part_count, error);
}

bool replace_check(const char *name, bool over, struct error *error)
{
	struct place place;

	return find_place(&place, name, over, error) || error->kind == ERROR_NONE;
}
