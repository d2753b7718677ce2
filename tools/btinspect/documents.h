/* documents.h - what the words of the command line name, one after the other: whole files in memory, and magnet links */
#ifndef BTINSPECT_DOCUMENTS_H
#define BTINSPECT_DOCUMENTS_H

#include "io/input.h"
#include "tools/btinspect/btinspect.h"

enum { DOCUMENT_SIZE_MAX = 256 << 20 };	/* bytes; a torrent of a million files has 76 MB */

/* Good until the next call. */
struct document {
	const char *name;	/* as the user gave it; "-" is stdin; of a magnet link on the command line NULL */
	uint64_t line;		/* of a magnet link in a file: its line; else 0 */
	struct bytes data;	/* the file, or the link without blanks around it */
	bool magnet;		/* the text begins with "magnet:", in either case */
};

/*
 * Words that begin with "magnet:" are links; the others are files, `-` is stdin, and no word at all means stdin unless
 * --files-from names the files. A file that begins with "magnet:" is lines of links. What cannot be read, or is larger than
 * DOCUMENT_SIZE_MAX, is reported and left out. One file is in memory at a time.
 */
struct documents {
	struct run *run;
	size_t word_count, next;
	char **words;
	bool listed;		/* the list of --files-from is open */
	struct input list;
	struct input input;	/* of the document that was handed out */
	bool open, links;	/* links: the open input holds lines of links */
	const char *name;	/* of the open input */
	struct buf names;	/* for the name read from the list */
	uint64_t count;		/* documents handed out */
};

/* count words; more than one verb takes its first words for itself. */
void documents_open(struct documents *, struct run *, size_t word_count, char **words);
/* False: there are no more, or the program was asked to stop. */
bool documents_next(struct documents *, struct document *);
/* Reports a fault of that document: "NAME: byte N: ...". */
void document_error(struct run *, const struct document *, const struct error *);
void documents_close(struct documents *);

#endif
