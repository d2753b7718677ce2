/* lines.h - every record line of the named files: the one loop that all reading verbs share */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "cli/files.h"
#include "cli/progress.h"
#include "text/reader.h"

/*
 * Goes through the files in order; what cannot be read is reported and left out. Fill nothing by hand, except after
 * lines_open `files.wait`, for a verb with more to do before a wait for input than flush stdout (run_wait), and
 * `reader.text`.
 */
struct lines {
	struct run *run;
	struct reader reader;
	struct files files;
	bool open;
	struct input input;
	uint64_t line_offset;		/* of the line read last */
	uint64_t count;			/* records read */
	struct progress progress;
};

/*
 * files: none means stdin. targets, known: as reader_init. bare: accept info hashes as first words.
 */
void lines_open(struct lines *, struct run *, size_t file_count, char **files, const struct record *const *targets,
		const struct record *const *known, bool bare);
/* The next record; false at the end of the last file or when the program was asked to stop. */
bool lines_next(struct lines *, struct reading *);
enum lines_result { LINES_END, LINES_RECORD, LINES_LATER };
/* The same without waiting. LINES_LATER: no whole line is there by now; to be called again when lines_fd can be read. */
enum lines_result lines_try(struct lines *, struct reading *);
int lines_fd(const struct lines *);
/* Where the last record came from. */
struct place lines_place(const struct lines *);
/* Reports a fault of the last record that only the verb could see. */
void lines_error(struct lines *, struct error *);
void lines_close(struct lines *);

#endif
