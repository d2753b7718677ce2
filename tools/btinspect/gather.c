/* gather.c - the files that a new torrent shall have: a file, or all in a folder, sorted */
#include "tools/btinspect/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"

struct walk {
	struct gathered *gathered;
	struct run *run;
	const struct option_list *exclude;
	const struct stat *without;
	size_t root_size;	/* bytes of the path of the folder, with the slash behind it */
	bool good;
};

static void refuse(struct walk *walk, const char *path, int number)
{
	struct error error = { 0 };

	errno = number;
	fail_system(&error, "%s: %m", path);
	run_error(walk->run, &error);
	walk->good = false;
}

static void skip(struct walk *walk, const char *path, const char *what)
{
	walk->gathered->skipped++;
	report_detail(&walk->run->report, "%s: left out, %s", path, what);
}

static void add(struct gathered *gathered, const char *path, const struct stat *status)
{
	if (gathered->count == gathered->capacity) {
		gathered->capacity = gathered->capacity ? 2 * gathered->capacity : 16;
		gathered->files = reallocarray(gathered->files, gathered->capacity, sizeof *gathered->files);
		if (!gathered->files)
			out_of_memory();
	}
	gathered->files[gathered->count++] = (struct gathered_file){
		path, (uint64_t)status->st_size, status->st_mtim, (status->st_mode & S_IXUSR) != 0,
	};
	gathered->size += (uint64_t)status->st_size;
}

static bool excluded(const struct walk *walk, const FTSENT *entry)
{
	const struct stat *without = walk->without, *status = entry->fts_statp;

	if (without && entry->fts_info == FTS_F && status->st_dev == without->st_dev && status->st_ino == without->st_ino)
		return true;
	for (size_t i = 0; i < walk->exclude->count; i++)
		if (!fnmatch(walk->exclude->words[i], entry->fts_path + walk->root_size, 0) ||
		    !fnmatch(walk->exclude->words[i], entry->fts_name, 0))
			return true;
	return false;
}

/* BEP 3 wants UTF-8; of other names each client makes its own, and does not find the file. */
static void refuse_name(struct walk *walk, const char *path)
{
	struct error error = { 0 };

	fail_input(&error, ERROR_NOWHERE, "%s: the name is not UTF-8; with -k it is taken as it stands", path);
	run_error(walk->run, &error);
	walk->good = false;
}

/* "No such file" would be a riddle: each listing of the folder has that name. */
static void refuse_link(struct walk *walk, const char *path)
{
	struct error error = { 0 };

	fail_system(&error, "%s: a symlink to what is not there; --exclude leaves it out", path);
	run_error(walk->run, &error);
	walk->good = false;
}

static void take_file(struct walk *walk, const FTSENT *entry)
{
	const char *path = entry->fts_path + walk->root_size;

	/*
	 * what cannot be read is known now, not after an hour of hashing; accpath is the path: the walk does not change
	 * folders
	 */
	if (!walk->run->common.keep && !utf8_valid(bytes_of(path)))
		refuse_name(walk, path);
	else if (access(entry->fts_accpath, R_OK))
		refuse(walk, entry->fts_path, errno);
	else
		add(walk->gathered, arena_string(&walk->gathered->memory, bytes_of(path)), entry->fts_statp);
}

static void take(struct walk *walk, FTS *tree, FTSENT *entry)
{
	if (entry->fts_level == FTS_ROOTLEVEL && entry->fts_info == FTS_D)
		return;
	if (entry->fts_info != FTS_DP && entry->fts_level > FTS_ROOTLEVEL && excluded(walk, entry)) {
		fts_set(tree, entry, FTS_SKIP);
		return;
	}
	switch (entry->fts_info) {
	case FTS_F: take_file(walk, entry); break;
	case FTS_D: case FTS_DP: break;
	case FTS_DC: skip(walk, entry->fts_path, "a link to a folder that it is in"); break;
	case FTS_SLNONE: refuse_link(walk, entry->fts_path); break;
	case FTS_DEFAULT: skip(walk, entry->fts_path, "neither a file nor a folder"); break;
	default: refuse(walk, entry->fts_path, entry->fts_errno); break;
	}
}

/* Siblings by their names as bytes; so the whole is in the order of components. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void walk_folder(struct walk *walk, char *path)
{
	char *roots[] = { path, NULL };
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;

	if (!tree) {
		refuse(walk, path, errno);
		return;
	}
	while (!tool_stopped && (errno = 0, entry = fts_read(tree)))
		take(walk, tree, entry);
	if (!tool_stopped && errno)
		refuse(walk, path, errno);
	fts_close(tree);
	walk->good = walk->good && !tool_stopped;
}

bool gather(struct gathered *gathered, struct run *run, const char *path, const struct option_list *exclude,
	    const struct stat *without)
{
	struct walk walk = { gathered, run, exclude, without, .good = true };
	struct stat status;
	size_t size = strlen(path);
	char *root;

	*gathered = (struct gathered){ .folder = AT_FDCWD };
	if (stat(path, &status) || access(path, R_OK)) {
		refuse(&walk, path, errno);
		return false;
	}
	if (S_ISREG(status.st_mode)) {
		gathered->single = true;
		add(gathered, path, &status);
		return true;
	}
	if (!S_ISDIR(status.st_mode)) {
		refuse(&walk, path, EINVAL);
		return false;
	}
	while (size > 1 && path[size - 1] == '/')
		size--;
	root = arena_string(&gathered->memory, bytes_at(path, size));
	walk.root_size = size + (path[size - 1] != '/');
	gathered->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (gathered->folder < 0)
		refuse(&walk, path, errno);
	else
		walk_folder(&walk, root);
	return walk.good;
}

bool gather_unchanged(const struct gathered *gathered, struct run *run)
{
	bool good = true;

	for (size_t i = 0; i < gathered->count; i++) {
		const struct gathered_file *file = &gathered->files[i];
		struct error error = { 0 };
		struct stat status;

		if (fstatat(gathered->folder, file->path, &status, 0))
			good = fail_system(&error, "%s: %m", file->path);
		else if ((uint64_t)status.st_size != file->length)
			good = fail_system(&error,
					   "%s: has %jd bytes now and had %" PRIu64 " before: changed while it was hashed",
					   file->path, (intmax_t)status.st_size, file->length);
		else if (status.st_mtim.tv_sec != file->modified.tv_sec || status.st_mtim.tv_nsec != file->modified.tv_nsec)
			good = fail_system(&error, "%s: changed while it was hashed", file->path);
		if (error.kind != ERROR_NONE)
			run_error(run, &error);
	}
	return good;
}

void gather_free(struct gathered *gathered)
{
	if (gathered->folder >= 0)
		close(gathered->folder);
	free(gathered->files);
	arena_free(&gathered->memory);
}
