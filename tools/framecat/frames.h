/* frames.h - every frame of the named files: soundness, finding the place again, and the byte order's plausibility */
#ifndef FRAMECAT_FRAMES_H
#define FRAMECAT_FRAMES_H

#include "cli/files.h"
#include "cli/progress.h"
#include "text/reader.h"
#include "tools/framecat/framecat.h"

/*
 * Goes through the files in order. What is not sound is reported and skipped (with --keep each 80 bytes are a frame).
 * A file of record lines is read as such: its frame lines count as frames.
 */
struct frames {
	struct run *run;
	const struct frame_layout *layout;
	enum frame_endian endian;
	bool keep;
	struct files files;
	struct input input;
	bool open, lines;		/* lines: the open file holds record lines */
	struct reader reader;		/* for them */
	struct bytes window;		/* of the input; the next frame is at `at` */
	size_t at;
	uint64_t count, bad, skipped;	/* of all files: frames, complaints, bytes left out */
	uint64_t natural, swapped;	/* of the frames looked at: numwants that look right as they are, or swapped */
	bool endian_told;
	struct progress progress;
};

void frames_open(struct frames *, struct run *);
/* The way of frames_next that is not straight on: more input, another file, a bad frame. */
bool frames_next_slow(struct frames *, struct frame *);
/* The end: says what could only be seen by then. */
void frames_close(struct frames *);

/* Decodes the frame at the place where the window stands. */
static inline bool frames_take(struct frames *frames, struct frame *frame)
{
	frame_decode(frames->layout, frames->endian, frames->window.data + frames->at, frame);
	frames->at += FRAME_SIZE;
	frames->count++;
	return true;
}

/* The next frame; its views are good until the next call. False at the end. */
static inline bool frames_next(struct frames *frames, struct frame *frame)
{
	if (frames->window.size - frames->at >= FRAME_SIZE &&
	    (frames->keep || frame_sound(frames->layout, frames->window.data + frames->at)))
		return frames_take(frames, frame);
	return frames_next_slow(frames, frame);
}

#endif
