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

#include "base/buf.h"
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

static bool make_temporary(struct place *place, bool secret, int *fd, struct error *error)
{
	do {
		int size = snprintf(place->temporary, sizeof place->temporary, "%s/.peerutils-%016" PRIx64, place->folder,
				    seed_draw());

		if (size < 0 || (size_t)size >= sizeof place->temporary)
			return fail_system(error, "%s: the name is too long", place->name);
		*fd = open(place->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, place->there || secret ? 0600 : 0666);
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

struct replace {
	struct place place;
	int fd;
	bool as_it_is;		/* a pipe or a device, which is only written to */
};

static bool fail_write(const struct replace *replace, struct error *error)
{
	return fail_system(error, "cannot write to %s: %m", replace->place.name);
}

static bool begin(struct replace *replace, const char *name, bool over, bool secret, struct error *error)
{
	if (find_place(&replace->place, name, over, error))
		return make_temporary(&replace->place, secret, &replace->fd, error);
	if (error->kind != ERROR_NONE)
		return false;
	replace->as_it_is = true;
	replace->fd = open(name, O_WRONLY | O_CLOEXEC);
	return replace->fd >= 0 || fail_name(&replace->place, error);
}

struct replace *replace_open(const char *name, bool over, bool secret, struct error *error)
{
	struct replace *replace = calloc(1, sizeof *replace);

	if (!replace)
		out_of_memory();
	if (begin(replace, name, over, secret, error))
		return replace;
	free(replace);
	return NULL;
}

bool replace_put(struct replace *replace, struct bytes rest, struct error *error)
{
	while (rest.size) {
		ssize_t count = write(replace->fd, rest.data, rest.size);

		if (count >= 0)
			rest = bytes_after(rest, (size_t)count);
		else if (errno != EINTR)
			return fail_write(replace, error);
	}
	return true;
}

bool replace_again(const struct replace *replace)
{
	return !replace->as_it_is;
}

/* All that must be true of the temporary file before it takes the name. */
static bool finish(struct replace *replace, struct bytes beginning, struct error *error)
{
	if (beginning.size && (lseek(replace->fd, 0, SEEK_SET) != 0 || !replace_put(replace, beginning, error)))
		return fail_write(replace, error);
	if (!keep_rights(&replace->place, replace->fd, error))
		return false;
	return !fsync(replace->fd) || errno == EINVAL || errno == ENOTSUP || fail_write(replace, error);
}

bool replace_close(struct replace *replace, struct bytes beginning, struct error *error)
{
	bool good = replace->as_it_is || finish(replace, beginning, error);

	if (close(replace->fd) && good)
		good = fail_write(replace, error);
	replace->fd = -1;
	if (good && !replace->as_it_is) {
		good = take_name(&replace->place, error);
		/* else the old file is there after a crash, or the new one: either is whole */
		if (good && !replace->place.there)
			sync_folder(&replace->place);
	}
	if (good)
		free(replace);
	else
		replace_drop(replace);
	return good;
}

void replace_drop(struct replace *replace)
{
	if (replace->fd >= 0)
		close(replace->fd);
	if (!replace->as_it_is)
		unlink(replace->place.temporary);
	free(replace);
}

bool replace_write(const char *name, bool over, const struct bytes *parts, size_t part_count, struct error *error)
{
	struct replace *replace = replace_open(name, over, false, error);

	if (!replace)
		return false;
	for (size_t i = 0; i < part_count; i++) {
		if (!replace_put(replace, parts[i], error)) {
			replace_drop(replace);
			return false;
		}
	}
	return replace_close(replace, (struct bytes){ 0 }, error);
}

bool replace_check(const char *name, bool over, struct error *error)
{
	struct place place;

	return find_place(&place, name, over, error) || error->kind == ERROR_NONE;
}
