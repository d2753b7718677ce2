/* verdict.c - what the hashes of the data on disk say of each piece and each file of a torrent */
#include "tools/btinspect/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "tools/btinspect/hasher.h"

/* What is known of a piece; 0: nobody looked at it. */
enum {
	SEEN = 1, BAD_V1 = 2, BAD_V2 = 4, MISSING = 8, UNREADABLE = 16,
	HALVES = 32,	/* of a hybrid: bad in one half, good in the other */
	BAD = BAD_V1 | BAD_V2,
};

struct fault_of_file {
	size_t file;
	int fault;	/* as the hasher tells it */
};

struct verdict {
	struct target *target;
	struct progress *progress;
	struct verdict_totals *totals;
	bool alone, fast;
	uint8_t *pieces;	/* bits as above */
	uint64_t piece_count;
	struct buf faults;	/* struct fault_of_file, told at the end */
	size_t previous;	/* end in the row of the last file with bytes, before the one that is judged */
};

/* ---- pieces, told by the hasher's threads */

/* Compares the root of a piece with what its file should have there. */
static uint8_t compare_root(struct verdict *verdict, const struct hashed_piece *piece, bool good_v1)
{
	const struct layout *layout = &verdict->target->layout;
	uint64_t begin = piece->index * layout->piece_length;
	size_t number = layout_find(layout, begin);
	const struct target_file *file = &verdict->target->files[number];
	size_t at = (size_t)((begin - layout->files[number].offset) / layout->piece_length) * SHA256_SIZE;
	bool good;

	if (!file->expected)
		return verdict->target->sha1 ? 0 : UNREADABLE;
	if (file->gathered) {
		memcpy(file->gathered + at, piece->root, SHA256_SIZE);
		return 0;
	}
	good = !memcmp((const uint8_t *)file->expected + at, piece->root, SHA256_SIZE);
	return (good ? 0 : BAD_V2) | (piece->sha1 && good != good_v1 ? HALVES : 0);
}

static void on_piece(void *context, const struct hashed_piece *piece)
{
	struct verdict *verdict = context;
	const uint8_t *sums = verdict->target->torrent->meta.pieces.data;
	bool good_v1 = !piece->sha1 || !memcmp(sums + piece->index * SHA1_SIZE, piece->sha1, SHA1_SIZE);
	uint8_t found = good_v1 ? SEEN : SEEN | BAD_V1;

	if (piece->state != PIECE_HASHED)
		found |= piece->state == PIECE_MISSING ? MISSING : UNREADABLE;
	if (piece->root)
		found |= compare_root(verdict, piece, good_v1);
	verdict->pieces[piece->index] = found;
}

/* A file that was there when it was looked at, and then could not be read. */
static void on_fault(void *context, size_t number, int fault)
{
	struct verdict *verdict = context;
	struct target_file *file = &verdict->target->files[number];
	struct fault_of_file entry = { number, fault };

	/* that a short file ends early is no news */
	if (fault == FILE_ENDED && file->state == DATA_SHORT)
		return;
	file->state = fault == FILE_ENDED ? DATA_SHORT : fault == ENOENT ? DATA_MISSING : DATA_UNREADABLE;
	buf_append(&verdict->faults, &entry, sizeof entry);
}

static void on_step(void *context, uint64_t done)
{
	struct verdict *verdict = context;

	progress_step(verdict->progress, verdict->totals->bytes + done, done,
		      verdict->alone ? verdict->target->layout.size : 0);
}

/* ---- what can be said when all are told */

static void complain(const struct verdict *verdict, size_t file, const char *why)
{
	struct bytes path = target_path(verdict->target, file);
	struct error error = { 0 };

	fail_input(&error, ERROR_NOWHERE, "%.*s: %s", (int)path.size, path.data, why);
	run_error(verdict->target->run, &error);
}

static uint64_t first_piece(const struct layout *layout, size_t file)
{
	return layout->files[file].offset / layout->piece_length;
}

/* One after the last piece that the file has bytes of. */
static uint64_t piece_after(const struct layout *layout, size_t file)
{
	const struct layout_file *laid = &layout->files[file];

	return laid->length ? (laid->offset + laid->length - 1) / layout->piece_length + 1 : first_piece(layout, file);
}

/*
 * Files whose pieces had nothing to be compared with: their root says whether they are good as a whole. Where the version
 * 1 half has found bad pieces already, these are the bad ones.
 */
static void judge_gathered(struct verdict *verdict, size_t number, struct lanes *lanes)
{
	const struct layout *layout = &verdict->target->layout;
	const struct target_file *file = &verdict->target->files[number];
	uint64_t first = first_piece(layout, number), after = piece_after(layout, number);
	uint8_t root[SHA256_SIZE];

	for (uint64_t i = first; i < after; i++)
		if (verdict->pieces[i] != SEEN)
			return;
	merkle_root(lanes, file->gathered, (size_t)(after - first), layout_piece_height(layout),
		    merkle_height(after - first), root);
	for (uint64_t i = first; i < after && memcmp(root, file->expected, SHA256_SIZE); i++)
		verdict->pieces[i] |= verdict->target->sha1 ? BAD_V2 | HALVES : BAD_V2;
}

static void tell_halves(const struct verdict *verdict)
{
	uint64_t count = 0, first = 0;
	struct count_text text;
	struct error error = { 0 };

	for (uint64_t i = verdict->piece_count; i-- > 0;)
		if (verdict->pieces[i] & HALVES) {
			first = i;
			count++;
		}
	if (!count)
		return;
	fail_input(&error, ERROR_NOWHERE,
		   "the halves of the torrent differ: %s, the first %" PRIu64 ", good in one and bad in the other",
		   count_print(&text, count, "pieces"), first);
	document_error(verdict->target->run, verdict->target->document, &error);
}

/* What changed under our eyes, and what the hasher could not read. */
static void tell_changes(const struct verdict *verdict)
{
	struct target *target = verdict->target;
	const struct fault_of_file *faults = (const struct fault_of_file *)verdict->faults.data;

	for (size_t i = 0; i < verdict->faults.size / sizeof *faults; i++)
		complain(verdict, faults[i].file, faults[i].fault == FILE_ENDED ? "became shorter while it was read"
										  : hasher_fault_text(faults[i].fault));
	for (size_t i = 0; i < target->layout.count && !tool_stopped; i++) {
		const struct layout_file *laid = &target->layout.files[i];

		if (target->files[i].role == TARGET_FILE && laid->kind == LAYOUT_DATA && laid->length && !laid->faulty &&
		    target_changed(target, i))
			complain(verdict, i, "changed while it was read");
	}
}

static void hash(struct verdict *verdict, uint64_t threads)
{
	struct target *target = verdict->target;
	struct hasher hasher = {
		.layout = &target->layout, .folder = target->folder, .sha1 = target->sha1, .roots = target->roots,
		.threads = threads, .stop = &tool_stopped,
		.piece = on_piece, .fault = on_fault, .step = on_step, .context = verdict,
	};
	struct lanes *lanes = lanes_new(LANES_SHA256, LANES_BEST);
	struct error error = { 0 };

	if (!hasher_run(&hasher, &error))
		run_error(target->run, &error);
	for (size_t i = 0; i < target->layout.count; i++)
		if (target->files[i].gathered)
			judge_gathered(verdict, i, lanes);
	lanes_free(lanes);
	tell_halves(verdict);
	tell_changes(verdict);
}

/* ---- records */

/* Where the next file begins that has bytes and is no padding; the end of the row if there is none. */
static uint64_t next_data(const struct target *target, size_t file)
{
	for (size_t i = file + 1; i < target->layout.count; i++)
		if (target->layout.files[i].length && target->files[i].role != TARGET_PADDING)
			return target->layout.files[i].offset;
	return UINT64_MAX;
}

/*
 * Counts the pieces of a file. Of a bad piece that has bytes of other files too, nobody can say in which of them the bad
 * byte is: if it has no other bad piece, the state is DATA_UNSURE.
 */
static void judge_pieces(const struct verdict *verdict, size_t number, struct data_line *line)
{
	const struct target *target = verdict->target;
	const struct layout *layout = &target->layout;
	const struct layout_file *laid = &layout->files[number];
	uint64_t after = piece_after(layout, number), next = next_data(target, number);
	bool own_bad = false;

	line->first = first_piece(layout, number);
	line->pieces = after - line->first;
	line->good = line->bad = 0;
	for (uint64_t i = line->first; i < after; i++) {
		uint8_t found = verdict->pieces[i];
		uint64_t begin = i * layout->piece_length;

		if (found == SEEN) {
			line->good++;
			continue;
		}
		if (line->offset == COUNT_UNSET)
			line->offset = begin > laid->offset ? begin - laid->offset : 0;
		if (found & BAD) {
			line->bad++;
			own_bad |= verdict->previous <= begin && next >= begin + layout->piece_length;
		}
	}
	if (line->state != DATA_GOOD && line->state != DATA_LONG)
		return;
	if (own_bad)
		line->state = DATA_BAD;
	else if (line->state == DATA_GOOD && line->good < line->pieces)
		line->state = DATA_UNSURE;
}

static void put_file(struct verdict *verdict, size_t number)
{
	struct target *target = verdict->target;
	const struct layout_file *laid = &target->layout.files[number];
	const struct target_file *file = &target->files[number];
	struct data_line line = {
		.info_hash = target->torrent->id, .kind = DATA_FILE, .state = file->state,
		.first = COUNT_UNSET, .pieces = COUNT_UNSET, .good = COUNT_UNSET, .bad = COUNT_UNSET, .offset = COUNT_UNSET,
		.length = laid->length, .size = file->size, .modified = { file->modified_us },
		.path = target_path(target, number),
	};

	if (laid->length && !verdict->fast)
		judge_pieces(verdict, number, &line);
	if (line.offset == COUNT_UNSET && line.state == DATA_LONG)
		line.offset = laid->length;
	else if (line.offset == COUNT_UNSET && line.state != DATA_GOOD && file->role == TARGET_FILE)
		line.offset = line.state == DATA_SHORT ? file->size : 0;
	verdict->totals->files++;
	verdict->totals->file_states[line.state]++;
	if (laid->length)
		verdict->previous = laid->offset + laid->length;
	/* what -n or -m leave out counts all the same: for the summary, and for the exit status */
	output_put(&target->run->output, &line);
}

/* Bad before missing: what was read says more. */
static enum data_state state_of(uint8_t found)
{
	return found & BAD ? DATA_BAD : found & MISSING ? DATA_MISSING : found & UNREADABLE ? DATA_UNREADABLE : DATA_GOOD;
}

/* False: no more records are wanted. */
static bool put_run(struct verdict *verdict, uint64_t first, uint64_t after, enum data_state state)
{
	struct target *target = verdict->target;
	const struct layout *layout = &target->layout;
	uint64_t begin = first * layout->piece_length, end = layout_piece_end(layout, first);
	size_t number = layout_find(layout, begin);
	struct data_line line = {
		.info_hash = target->torrent->id, .kind = DATA_RUN, .state = (uint8_t)state, .first = first,
		.pieces = after - first, .good = 0, .bad = state == DATA_BAD ? after - first : 0, .offset = COUNT_UNSET,
		.size = COUNT_UNSET, .modified = { TIME_UNSET },
	};

	for (uint64_t i = first; i < after; i++)
		line.length += layout_piece_end(layout, i) - i * layout->piece_length;
	/* the first file that has bytes of the first piece; there is none if it is padding only */
	while (number < layout->count && layout->files[number].offset < end &&
	       (!layout->files[number].length || target->files[number].role == TARGET_PADDING))
		number++;
	if (number < layout->count && layout->files[number].offset < end) {
		line.offset = begin > layout->files[number].offset ? begin - layout->files[number].offset : 0;
		line.path = target_path(target, number);
	}
	return output_put(&target->run->output, &line);
}

static void put_runs(struct verdict *verdict)
{
	uint64_t after;

	for (uint64_t i = 0; i < verdict->piece_count; i = after) {
		enum data_state state = state_of(verdict->pieces[i]);

		for (after = i + 1; after < verdict->piece_count && state_of(verdict->pieces[after]) == state; after++)
			;
		if (state != DATA_GOOD && !put_run(verdict, i, after, state))
			return;
	}
}

static void put_files(struct verdict *verdict)
{
	struct target *target = verdict->target;

	for (size_t i = 0; i < target->layout.count; i++)
		if (target->files[i].role != TARGET_PADDING)
			put_file(verdict, i);
}

static void count(struct verdict *verdict)
{
	struct verdict_totals *totals = verdict->totals;

	for (uint64_t i = 0; i < verdict->piece_count; i++) {
		totals->good += verdict->pieces[i] == SEEN;
		totals->bad += (verdict->pieces[i] & BAD) != 0;
		totals->unchecked += !verdict->pieces[i];
	}
	totals->pieces += verdict->piece_count;
	totals->bytes += verdict->target->layout.size;
	totals->torrents++;
}

void verdict_find(struct target *target, bool alone, struct progress *progress, struct verdict_totals *totals)
{
	const struct btinspect_options *options = target->run->options;
	struct verdict verdict = {
		.target = target, .progress = progress, .totals = totals, .alone = alone, .fast = options->fast,
	};

	if (!options->fast) {
		verdict.piece_count = layout_pieces(&target->layout);
		verdict.pieces = calloc(verdict.piece_count + 1, 1);
		if (!verdict.pieces)
			out_of_memory();
		hash(&verdict, options->threads);
	}
	put_files(&verdict);
	put_runs(&verdict);
	count(&verdict);
	buf_free(&verdict.faults);
	free(verdict.pieces);
}
