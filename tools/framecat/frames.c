/* frames.c - every frame of the named files: soundness, finding the place again, and the byte order's plausibility */
#include "tools/framecat/frames.h"

#include <inttypes.h>

#include "base/number.h"

enum { EVIDENCE_FRAMES = 64 };	/* frames of each window whose numwant is looked at: what is wrong is wrong in all */

void frames_open(struct frames *frames, struct run *run)
{
	static const struct record *const targets[FRAME_LAYOUTS][3] = {
		[FRAME_PASSKEY] = { &frame_record, &oldframe_record, NULL },
		[FRAME_PEERID] = { &oldframe_record, &frame_record, NULL },
	};
	const struct framecat_options *options = run->options;

	*frames = (struct frames){
		.run = run, .layout = &frame_layouts[options->layout], .endian = options->endian,
		.keep = run->common.keep, .files = files_begin(run, run->word_count, run->words),
		.progress = progress_begin(&run->report, "frames"),
	};
	reader_init(&frames->reader, targets[options->layout], NULL, run->common.output.unset);
}

static void complain(struct frames *frames, const char *unit, uint64_t number, const struct error *error)
{
	report_error(&frames->run->report, (struct place){ frames->input.name, unit, number }, error);
	frames->bad++;
}

/* A frame that begins with any of these has an unsound version, so sound captures are never taken for text. */
static bool looks_like_lines(struct bytes start)
{
	static const char *const beginnings[] = { "frame\t", "oldframe\t", "{\"", "#type\t" };

	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (bytes_begin(start, beginnings[i]))
			return true;
	return false;
}

/* Clients ask for 50 or 200 peers, hardly ever for 12800. */
static void gather_evidence(struct frames *frames)
{
	struct frame frame;

	for (size_t at = 0; at < EVIDENCE_FRAMES * FRAME_SIZE && at + FRAME_SIZE <= frames->window.size; at += FRAME_SIZE) {
		if (!frame_sound(frames->layout, frames->window.data + at))
			continue;
		frame_decode(frames->layout, frames->endian, frames->window.data + at, &frame);
		frames->natural += frame.numwant - 1u < 255;
		frames->swapped += frame.numwant && !(frame.numwant & 0xff);
	}
}

static void refill(struct frames *frames, size_t want)
{
	struct error error = { 0 };

	input_skip(&frames->input, frames->at);
	frames->at = 0;
	frames->window = input_fill(&frames->input, want, &error);
	if (error.kind != ERROR_NONE)
		complain(frames, NULL, 0, &error);
	gather_evidence(frames);
	progress_step(&frames->progress, frames->count, frames->input.offset, frames->input.size);
}

static bool next_file(struct frames *frames)
{
	frames->open = files_next(&frames->files, &frames->input);
	if (!frames->open)
		return false;
	reader_restart(&frames->reader);
	refill(frames, FRAME_SIZE);
	frames->lines = !frames->keep && looks_like_lines(frames->window);
	if (frames->lines)
		frames->window = bytes_at(NULL, 0);	/* input_line keeps its own place */
	return true;
}

static void close_file(struct frames *frames)
{
	input_close(&frames->input);
	frames->open = false;
	frames->window = bytes_at(NULL, 0);
	frames->at = 0;
}

static bool next_line(struct frames *frames, struct frame *frame)
{
	struct reading reading;
	struct bytes line;
	uint64_t offset;

	while (!tool_stopped) {
		struct error error = { 0 };

		if (!input_line(&frames->input, &line, &offset, &error)) {
			if (error.kind == ERROR_NONE)
				break;
			complain(frames, "line", frames->input.line, &error);
			if (error.kind != ERROR_INPUT)
				break;
			continue;
		}
		switch (reader_line(&frames->reader, line, &reading, &error)) {
		case READER_RECORD:
			if (reading.record != frames->layout->record) {
				fail_input(&error, 0, "%s line, want %s (see --layout)", reading.record->name,
					   frames->layout->record->name);
				break;
			}
			*frame = *(const struct frame *)reading.value;
			frames->count++;
			return true;
		case READER_NOTHING:
			continue;
		case READER_BAD:
			break;
		}
		error.offset += offset;
		complain(frames, "line", frames->input.line, &error);
	}
	return false;
}

/*
 * The frame where the window stands is not sound: slides until two sound ones
 * stand one after the other, and tells what was wrong and how much was left out.
 */
static void find_place(struct frames *frames)
{
	uint64_t began = frames->input.offset + frames->at, skipped;
	struct count_text count;
	struct error error = { 0 };
	size_t from = frames->at + 1, found, searched = 0;
	bool at_end = false;

	frame_check(frames->layout, frames->window.data + frames->at, began, &error);
	while ((found = frame_find(frames->layout, frames->window, from, at_end, &searched)) == SIZE_MAX && !at_end) {
		frames->at = searched;
		refill(frames, 2 * FRAME_SIZE);
		from = 0;
		at_end = frames->window.size < 2 * FRAME_SIZE;
	}
	frames->at = found == SIZE_MAX ? frames->window.size : found;
	skipped = frames->input.offset + frames->at - began;
	frames->skipped += skipped;
	error_suffix(&error, found == SIZE_MAX ? "; skipped %s, to the end" : "; skipped %s",
		     count_print(&count, skipped, "bytes"));
	complain(frames, "frame", began / FRAME_SIZE + 1, &error);
}

/* Some frames and a clear majority: one odd numwant proves nothing. */
static void tell_endian(struct frames *frames)
{
	enum { ENOUGH = 8 };
	bool few = frames->swapped < ENOUGH && frames->count > frames->swapped;

	if (frames->endian_told || few || !frames->swapped || frames->swapped <= frames->natural)
		return;
	frames->endian_told = true;
	report_note(&frames->run->report, "byte order looks wrong: %" PRIu64 " numwants like 12800, which is 50 swapped, "
		    "and %" PRIu64 " like 50; try --endian=%s", frames->swapped, frames->natural,
		    frames->endian == FRAME_BIG ? "little" : "big");
}

/* The end of a file: a frame that was cut short is told. */
static void end_file(struct frames *frames)
{
	size_t left = frames->window.size - frames->at;
	struct error error = { 0 };

	if (left && !frames->lines && !tool_stopped) {
		fail_input(&error, frames->input.offset + frames->at, "truncated, %zu of %d bytes", left, FRAME_SIZE);
		frames->skipped += left;
		complain(frames, "frame", (frames->input.offset + frames->at) / FRAME_SIZE + 1, &error);
	}
	close_file(frames);
}

bool frames_next_slow(struct frames *frames, struct frame *frame)
{
	while (frames->open || next_file(frames)) {
		if (frames->lines) {
			if (next_line(frames, frame))
				return true;
			close_file(frames);
			continue;
		}
		if (frames->window.size - frames->at < FRAME_SIZE) {
			tell_endian(frames);
			refill(frames, FRAME_SIZE);
			if (frames->window.size < FRAME_SIZE) {
				end_file(frames);
				continue;
			}
		}
		if (tool_stopped) {
			close_file(frames);
			break;
		}
		if (frames->keep || frame_sound(frames->layout, frames->window.data + frames->at))
			return frames_take(frames, frame);
		find_place(frames);
	}
	return false;
}

void frames_close(struct frames *frames)
{
	struct count_text count;

	tell_endian(frames);
	if (frames->open)
		close_file(frames);
	reader_free(&frames->reader);
	progress_end(&frames->progress);
	if (tool_stopped)
		report_note(&frames->run->report, "stopped after %s", count_print(&count, frames->count, "frames"));
}
