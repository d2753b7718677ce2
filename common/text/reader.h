/* reader.h - lines back into records: tagged, under a header, JSON, NAME=VALUE words, bare info hashes, all in one stream */
#ifndef TEXT_READER_H
#define TEXT_READER_H

#include "text/record.h"

enum { READER_COLUMNS_MAX = 128 };	/* further columns of a line or keys of an object are ignored */

/* Where a column of a line goes: what parsing a cell needs, side by side. parse NULL: nowhere. */
struct reader_column {
	bool (*parse)(struct bytes text, void *value, const struct field *, struct arena *, struct error *);
	const struct field *field;
	size_t offset;
	uint64_t bit;
};

/* The columns of a line, and what they are read into. */
struct reader_map {
	const struct record *source;	/* what the tag says; NULL: a line without tag, under a header */
	const struct record *target;
	struct bytes tag;		/* the source's name */
	size_t count;
	struct reader_column columns[READER_COLUMNS_MAX];
};

/* How one target is filled: its struct, as it is when all is unset, and the one being read. */
struct reader_target {
	const struct record *record;
	void *blank, *value;
};

/*
 * Reads each line into the struct of its own type if that is among the targets, else, by the
 * names of the columns, into that of the first target: a `peer` line serves where
 * a `frame` is wanted. Holds memory for one line only.
 */
struct reader {
	struct reader_target *targets;
	size_t target_count;
	struct reader_map *maps;	/* one for each type with a tag, then the header's */
	size_t map_count;
	const struct reader_map *last;	/* of the line before: the next one is mostly of that type */
	struct reader_map *header;	/* NULL: no header in force */
	size_t header_tag;		/* the header's type column, or READER_COLUMNS_MAX */
	bool header_bound;		/* its lines' type is known */
	struct bytes header_names;	/* its text, for binding */
	bool bare;			/* accept info hashes as first words */
	/*
	 * Lines without TAB that are no JSON, header or comment are this field of the first target, a TEXT, as they
	 * stand. NULL: they are read as the others.
	 */
	const struct field *text;
	bool words;			/* accept lines of NAME=VALUE words, which blanks part */
	struct bytes unset;
	struct arena memory, header_memory, line_memory;
};

enum reader_result {
	READER_RECORD,	/* *reading is filled */
	READER_NOTHING,	/* a header, a comment or a blank line */
	READER_BAD,	/* *error says why; error.offset counts from the start of the line */
};

/* What a line gave. value and its views are good until the next reader_line. */
struct reading {
	const struct record *record;	/* the target; its fields number the bits of `present` */
	const struct record *source;	/* the type that the line named, or NULL when it named none */
	void *value;
	uint64_t present;		/* bit i: the line set fields[i] */
};

/*
 * targets: what is read, the first being the default; known: other types whose columns may be taken by
 * name. Both end with NULL; known may be NULL. unset as in struct writer_options.
 */
void reader_init(struct reader *, const struct record *const *targets, const struct record *const *known,
		 const char *unset);
void reader_free(struct reader *);
/* Forgets the header: a new file begins. */
void reader_restart(struct reader *);
enum reader_result reader_line(struct reader *, struct bytes line, struct reading *, struct error *);

/* The bit of `present` for a field of that name; the record must have it. */
uint64_t reading_bit(const struct record *, const char *name);

#endif
