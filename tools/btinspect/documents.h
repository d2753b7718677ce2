/* documents.h - what the words of the command line name, one after the other: whole files in memory, and magnet links */
#ifndef BTINSPECT_DOCUMENTS_H
#define BTINSPECT_DOCUMENTS_H

#include "cli/progress.h"
#include "io/input.h"
#include "io/whole.h"
#include "tools/btinspect/btinspect.h"
#include "tools/btinspect/names.h"

enum { DOCUMENT_SIZE_MAX = 256 << 20 };	/* bytes; a torrent of a million files has 76 MB */

/* Good until the next call, or longer: see struct documents. */
struct document {
	const char *name;	/* as the user gave it; "-" is stdin; of a magnet link on the command line NULL */
	uint64_t line;		/* of a magnet link in a file: its line; else 0 */
	struct bytes data;	/* the file, or the link without blanks around it */
	bool magnet;		/* the text begins with "magnet:", in either case */
};

/*
 * Words that begin with "magnet:" are links; the others are files, `-` is stdin, and no word at all means stdin unless
 * --files-from names the files; those come after the words. A file that begins with "magnet:", after blanks perhaps, is
 * lines of links. What cannot be read, or is larger than DOCUMENT_SIZE_MAX, is reported and left out. One file is in
 * memory at a time.
 *
 * A verb that works on several documents at once sets `before` after documents_open: then they stay good, WHOLE_ROOM of
 * them, until that is called. It must be done with all of them then. It comes before a wait for input, too, so that
 * nothing is held back.
 */
struct documents {
	struct run *run;
	void (*before)(void *context);
	void *context;
	uint64_t count;			/* documents handed out */
	struct progress progress;	/* of that count; a verb with a progress of its own sets `on` to false */
	/* its own */
	size_t word_count, next;
	char **words;
	bool listed;		/* the list of --files-from is open */
	struct names list;
	struct arena names;	/* from the list, of the documents that are held */
	size_t held;		/* documents handed out that must be good still */
	struct whole whole;
	struct input input;	/* of a document that is no regular file, or has links */
	bool open, links;	/* links: the open input holds lines of links */
	const char *name;	/* of the document that was handed out, or of the open input */
};

/* count words; more than one verb takes its first words for itself. */
void documents_open(struct documents *, struct run *, size_t word_count, char **words);
/* False: there are no more, or the program was asked to stop. */
bool documents_next(struct documents *, struct document *);
/* Calls `before`, if there is something that it must be done with. */
void documents_release(struct documents *);
/* Reports a fault of that document: "NAME: byte N: ...". */
void document_error(struct run *, const struct document *, const struct error *);
/* Calls `before` too, and says how far it came if it was stopped. */
void documents_close(struct documents *);

#endif
