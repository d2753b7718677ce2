/* fault.h - what can be wrong with a torrent: a row for each fault */
#ifndef CODEC_FAULT_H
#define CODEC_FAULT_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/error.h"

/*
 * An error leaves no torrent that all clients would agree on, or none at all. A warning is wrong, but every client
 * makes the same of it, or a sound client is safe from it. A note is odd or worth knowing, and allowed.
 */
enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/* In the order of fault_rows, by what they are about; the names are in fault.c. */
enum fault {
	/* bencode; the six flaws in the order of enum bencode_flaw */
	FAULT_NOT_BENCODE, FAULT_TRAILING_BYTES, FAULT_UNSORTED_KEY, FAULT_DUPLICATE_KEY, FAULT_ZERO_PADDED_INTEGER,
	FAULT_NEGATIVE_ZERO, FAULT_WIDE_INTEGER, FAULT_PADDED_LENGTH,
	/* the dictionaries */
	FAULT_NOT_DICT, FAULT_NO_INFO, FAULT_WRONG_TYPE, FAULT_NO_NAME, FAULT_META_VERSION, FAULT_PRIVATE,
	FAULT_PRIVATE_OUTSIDE,
	/* pieces */
	FAULT_PIECE_LENGTH, FAULT_ODD_PIECE_LENGTH, FAULT_NO_PIECES, FAULT_PIECES_SIZE, FAULT_PIECE_COUNT,
	/* files */
	FAULT_NO_FILES, FAULT_LENGTH_AND_FILES, FAULT_FILE_LENGTH, FAULT_SIZE_OVERFLOW, FAULT_ZERO_SIZE, FAULT_NO_PATH,
	FAULT_SYMLINK_LENGTH, FAULT_SYMLINK_TARGET,
	/* names and paths */
	FAULT_PARENT_COMPONENT, FAULT_DOT_COMPONENT, FAULT_EMPTY_COMPONENT, FAULT_SLASH, FAULT_BACKSLASH, FAULT_NUL,
	FAULT_CONTROL,
	FAULT_NOT_UTF8, FAULT_TEXT_BACKWARDS, FAULT_DIRECTION_MARK, FAULT_WINDOWS_NAME, FAULT_LONG_COMPONENT,
	FAULT_LONG_PATH,
	FAULT_DUPLICATE_PATH, FAULT_CASE_CLASH, FAULT_FILE_AND_FOLDER, FAULT_SYMLINK_OUTSIDE, FAULT_SYMLINK_DANGLING,
	/* the tree of version 2 */
	FAULT_NO_TREE, FAULT_TREE_ROOT, FAULT_TREE_SIBLINGS, FAULT_TREE_PADDING, FAULT_EMPTY_DIRECTORY, FAULT_PIECES_ROOT,
	FAULT_EMPTY_FILE_ROOT, FAULT_NO_LAYERS, FAULT_MISSING_LAYER, FAULT_UNKNOWN_LAYER, FAULT_LAYER_SIZE, FAULT_LAYER_ROOT,
	/* hybrids */
	FAULT_HYBRID_FILES, FAULT_HYBRID_ALIGNMENT,
	/* trackers and other links */
	FAULT_EMPTY_URL, FAULT_URL_BLANKS, FAULT_ANNOUNCE_LIST, FAULT_EMPTY_TIER, FAULT_NODE, FAULT_SIMILAR,
	FAULT_NO_URL, FAULT_URL_SCHEME, FAULT_DUPLICATE_TRACKER,
	FAULT_PUBLIC_PASSKEY, FAULT_PRIVATE_WITHOUT_TRACKER, FAULT_PRIVATE_NODES, FAULT_WEB_SEED_PASSWORD, FAULT_NODE_PORT,
	/* the whole torrent */
	FAULT_LARGE_PIECES, FAULT_MANY_PIECES, FAULT_HUGE, FAULT_LARGE_FILE, FAULT_TEXT_NOT_UTF8,
	FAULT_CREATED_LATER,
	FAULTS
};

struct fault_row {
	const char *code;	/* "unsorted_key" */
	enum severity severity;
	const char *why;	/* what is wrong about it, with BEP and section; follows what was found */
};

extern const struct fault_row fault_rows[FAULTS];
/* "note", "warning", "error" */
extern const char *const severity_names[];

/* One fault found. Good during the call that tells it. */
struct finding {
	enum fault fault;
	enum severity severity;	/* mostly that of the row */
	uint64_t offset;	/* of the first byte of what is wrong, or ERROR_NOWHERE */
	struct bytes path;	/* in the structure, as bencode_path prints it; empty: the whole file */
	struct bytes found;	/* what was found, a complete text; empty: the row says it all */
};

/* Appends what is wrong as one text: what was found, a colon, and why that is wrong. */
void finding_message(const struct finding *, struct buf *);

/* Who is told of faults. Both may be NULL. */
struct fault_sink {
	void (*found)(void *context, const struct finding *);
	void *context;
};

#endif
