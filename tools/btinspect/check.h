/* check.h - what the parts of btinspect check share: the torrent that is checked, and how a fault is told */
#ifndef BTINSPECT_CHECK_H
#define BTINSPECT_CHECK_H

#include "codec/metainfo.h"
#include "tools/btinspect/documents.h"

enum {
	/* Findings of one kind that are printed of one torrent; one more record counts the rest. */
	CHECK_ALIKE_MAX = 100, CHECK_NOTES_MAX = 3,
	CHECK_DETAIL = 16,		/* bytes of the file in a record */
	/* Files, folders and trackers that are remembered, 11 bytes each; clashes with further ones are not found. */
	CHECK_NAMES_MAX = 4000000,
	CHECK_COMPONENT_MAX = 255, CHECK_PATH_MAX = 4096,
};

struct check {
	struct run *run;
	struct fault_sink instead;	/* told of findings, which are no records then; NULL: records */
	/* of the torrent that is checked */
	const struct document *document;
	struct metainfo meta;
	uint64_t counts[FAULTS];	/* findings */
	uint64_t hidden[FAULTS];	/* of these, those not printed */
	enum severity worst[FAULTS];	/* of those not printed */
	uint64_t severities[3];		/* findings, by enum severity */
	struct buf message, key;
	/* of all */
	uint64_t torrents, total[3];
	uint64_t faulty;		/* torrents with findings */
};

/* Where a finding is. */
struct check_spot {
	const uint8_t *at;		/* in the torrent file; NULL: nowhere */
	const char *key;		/* path of the value that the reader reads, or of what is wrong */
	const struct bencode *reader;	/* the path goes on to its last token; NULL: key is all of it */
	const char *end;		/* what follows that, ".path"; NULL: nothing */
};

/* Tells of a fault. format says what was found, the fault's row why that is wrong; NULL: the row says it all. */
void check_put(struct check *, enum fault, struct check_spot, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Reads and checks a torrent, with all passes. False: what keeps it from being one is in *error. */
bool check_all(struct check *, const struct document *, struct error *);

/* One part of a path, or the name of a torrent or of one of its files. strict_text: it must be UTF-8. False: it is not. */
bool check_component(struct check *, struct bytes component, struct check_spot, bool strict_text);

/* The passes over what metainfo_parse read, each over what is there. */
void check_paths(struct check *);
void check_links(struct check *);
void check_layers(struct check *);
/* Sizes, counts, texts and times. */
void check_whole(struct check *);

#endif
