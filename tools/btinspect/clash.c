/* clash.c - paths of one torrent that cannot all be stored: duplicates, other case, files that are folders */
#include "tools/btinspect/clash.h"

#include "codec/metainfo.h"

/* Of the torrent's own folder, where all paths begin; 0 is no fingerprint. */
static const struct clash_prints root = { 1, 1 };

/* Bytes of a path whose folders are remembered one by one, 24 bytes for each; no path of a tree is longer. */
enum { STEPS_SIZE = METAINFO_TREE_PATH_MAX };

void clash_begin(struct clashes *clashes, uint64_t files, size_t most)
{
	distinct_reset(&clashes->files, files, most);
	distinct_reset(&clashes->folded, files, most);
	distinct_reset(&clashes->folders, files, most);
	clashes->folder.size = clashes->steps.size = 0;
	clashes->folder_prints = root;
	distinct_add(&clashes->folders, root.exact);
}

/* One part more. It is the fingerprint of a pair, since anything simpler has paths that are alike by design. */
static uint64_t print_part(const struct clashes *clashes, uint64_t before, struct bytes part)
{
	uint64_t pair[2] = { before, distinct_print(&clashes->files, part) };

	return distinct_print(&clashes->files, bytes_at(pair, sizeof pair));
}

/* The part with ASCII letters in lower case. */
static struct bytes lower_case(struct clashes *clashes, struct bytes part)
{
	uint8_t *lower;

	clashes->lower.size = 0;
	lower = buf_reserve(&clashes->lower, part.size);
	for (size_t i = 0; i < part.size; i++)
		lower[i] = part.data[i] | (part.data[i] >= 'A' && part.data[i] <= 'Z' ? 0x20 : 0);
	return bytes_at(lower, part.size);
}

static bool has_upper(struct bytes part)
{
	bool upper = false;

	for (size_t i = 0; i < part.size; i++)
		upper |= part.data[i] >= 'A' && part.data[i] <= 'Z';
	return upper;
}

static void add_part(struct clashes *clashes, struct clash_prints *prints, struct bytes part)
{
	bool same = prints->exact == prints->folded && !has_upper(part);
	struct clash_prints before = *prints;

	prints->exact = print_part(clashes, before.exact, part);
	prints->folded = same ? prints->exact : print_part(clashes, before.folded, lower_case(clashes, part));
}

/* Goes on to the next part that counts. False: there is none. */
static bool next_part(struct bytes *rest, struct bytes *part)
{
	while (rest->data) {
		*part = bytes_split(*rest, '/', rest);
		if (part->size && !bytes_is(*part, "."))
			return true;
	}
	return false;
}

/* The length of the folder of the path: up to its last slash, with it. */
static size_t folder_size(struct bytes path)
{
	const uint8_t *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;

	return slash ? (size_t)(slash - path.data) + 1 : 0;
}

/* A folder, from where the path begins to there: behind a slash. */
struct step {
	size_t end;
	struct clash_prints prints;
};

/*
 * Goes to that folder; what it shares with the one before is known. Adds the folders on the way, if they are not only
 * looked at. What a tree says once stands in the path of each of its files, so that whoever makes all of it anew works
 * for hours on a few megabytes.
 */
static unsigned enter_folder(struct clashes *clashes, struct bytes folder, bool add)
{
	const struct step *steps = (const struct step *)clashes->steps.data;
	struct step step = { 0, root };
	size_t known = 0;
	unsigned clash = 0;

	for (; known < clashes->steps.size / sizeof step; known++) {
		size_t end = steps[known].end;

		if (end > folder.size ||
		    memcmp(clashes->folder.data + step.end, folder.data + step.end, end - step.end) != 0)
			break;
		step = steps[known];
	}
	clashes->steps.size = known * sizeof step;
	clashes->folder.size = step.end;
	buf_append(&clashes->folder, folder.data + step.end, folder.size - step.end);
	for (struct bytes rest = bytes_after(folder, step.end), part; next_part(&rest, &part);) {
		add_part(clashes, &step.prints, part);
		step.end = (size_t)(part.data - folder.data) + part.size + 1;
		if (step.end <= STEPS_SIZE)
			buf_append(&clashes->steps, &step, sizeof step);
		if (add && distinct_add(&clashes->folders, step.prints.exact) &&
		    distinct_has(&clashes->files, step.prints.exact))
			clash |= CLASH_IN_FILE;
	}
	clashes->folder_prints = step.prints;
	return clash;
}

unsigned clash_add(struct clashes *clashes, struct bytes path)
{
	struct bytes folder = bytes_at(path.data, folder_size(path)), name = bytes_after(path, folder.size);
	struct clash_prints prints;
	unsigned clash = enter_folder(clashes, folder, true);

	prints = clashes->folder_prints;
	if (name.size && !bytes_is(name, "."))
		add_part(clashes, &prints, name);
	if (!distinct_add(&clashes->files, prints.exact))
		clash |= CLASH_FILE;
	else if (distinct_has(&clashes->folders, prints.exact))
		clash |= CLASH_FOLDER;
	if (!distinct_add(&clashes->folded, prints.folded) && !(clash & CLASH_FILE))
		clash |= CLASH_CASE;
	return clash;
}

bool clash_leads(struct clashes *clashes, struct bytes folder, struct bytes path)
{
	struct clash_prints prints = root;
	struct bytes part;

	if (folder.size) {
		enter_folder(clashes, folder, false);
		prints = clashes->folder_prints;
	}
	while (next_part(&path, &part)) {
		add_part(clashes, &prints, part);
		if (distinct_has(&clashes->files, prints.exact))
			return true;
	}
	return distinct_has(&clashes->folders, prints.exact);
}

void clash_free(struct clashes *clashes)
{
	distinct_free(&clashes->files);
	distinct_free(&clashes->folded);
	distinct_free(&clashes->folders);
	buf_free(&clashes->folder);
	buf_free(&clashes->steps);
	buf_free(&clashes->lower);
}
