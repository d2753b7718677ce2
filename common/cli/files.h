/* files.h - the files that a verb reads, one after the other, or stdin */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli/tool.h"

struct files {
	struct run *run;
	struct io_wait wait;	/* run_wait, or more */
	size_t count, next;
	char **names;
};

/* count 0 means stdin. */
struct files files_begin(struct run *, size_t count, char **names);
/* Opens the next one that can be opened; the others are reported. False: none is left, or the program was asked to stop. */
bool files_next(struct files *, struct input *);

#endif
