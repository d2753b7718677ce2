/* metainfo_private.h - what the parts of metainfo share: telling faults, a reader set amid the file, the walks */
#ifndef CODEC_METAINFO_PRIVATE_H
#define CODEC_METAINFO_PRIVATE_H

#include "codec/metainfo.h"

enum { TELL_MAX = 1000 };	/* findings of one fault; the rest of them are told as one, with their number */

/* Who is told, and what was told so far. */
struct teller {
	const struct fault_sink *sink;
	struct error *error;		/* of the first fault that is an error; NULL: not wanted */
	uint64_t errors;		/* how many those were */
	struct buf path, text;		/* of the finding at hand */
	struct { uint64_t count, offset; enum severity severity; } told[FAULTS];
};

/*
 * A fault at the token that the reader read last, of the severity of its row. The format is what was found; "" is nothing.
 * A teller NULL: nobody wants to know.
 */
void tell(struct teller *, const struct bencode *, enum fault, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void tell_as(struct teller *, const struct bencode *, enum fault, enum severity, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* The same about the value of a key of info, or (info false) of the outer dictionary. key NULL: about the dictionary. */
void tell_of(struct teller *, bool info, const char *key, enum fault, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* Tells how many findings were not told one by one, and frees the buffers. */
void teller_end(struct teller *);

/* Is the key inside the file tree, but not inside what describes a file there? Their order is the order of the files. */
bool metainfo_in_tree(const struct bencode *);
/* Is the place inside info? */
bool metainfo_in_info(const struct bencode *);
/* A key that stands twice: of severity least, or an error if the key decides what data a torrent is of. */
void tell_duplicate(struct teller *, const struct bencode *, const struct bencode_token *key, enum severity least);
/* A value that is not what its key wants: "a string, not an integer". */
void tell_type(struct teller *, const struct bencode *, const struct bencode_token *value, enum severity,
	       const char *wanted);

/*
 * Sets a reader before the value of that key of info (or of the outer dictionary), so that offsets and paths are those in
 * the whole file. Its depth is that of the value: the walk is over when an END has that depth.
 */
void metainfo_reader(struct bencode *, const struct metainfo *, bool info, const char *key, struct bytes value);
/* Where a view begins in the file. */
uint64_t metainfo_place(const struct metainfo *, struct bytes view);

/* What a dictionary says of a file, in the list and in the tree alike. */
struct entry {
	uint64_t length;
	unsigned attr;		/* enum metainfo_attr */
	unsigned components, components_utf8;	/* of the two paths; 0: there is none */
	uint64_t place, root_place;
	struct bytes root;
	bool has_length, has_path, has_root, has_target;
	bool broken;		/* no length, or no path */
};

/* A directory of the tree around the place. */
struct level {
	uint32_t path_size;	/* of the path up to it */
	bool file;		/* it is a file */
	size_t place;		/* of its key */
};

/* One half of a torrent, and the place in it. */
struct half {
	const struct metainfo *meta;
	struct teller *teller;
	bool tree, there, ended;
	unsigned base;		/* depth of the list or the tree itself */
	struct bencode reader;
	struct error error;	/* of the reader: there is none, metainfo_parse went through all of it */
	struct buf path, path_utf8, target;
	struct level levels[BENCODE_DEPTH_MAX];	/* of the tree */
	unsigned level_count;
};

/* Begins the list or (tree) the tree; there false: as if the torrent had none. meta must stay. */
void half_begin(struct half *, const struct metainfo *, bool tree, bool there, struct teller *);
/* The next file, be it broken; path, path_utf8 and target are its own until the next call. False: the end. */
bool half_next(struct half *, struct entry *);
void half_end(struct half *);
/* Does the file of the list have that path in the tree? */
bool half_same_path(const struct half *list, const struct entry *listed, const struct half *tree,
		    const struct entry *branch);
/* Are the files those of the version 1 half? A file tree goes before it when there are no pieces. */
bool metainfo_has_list(const struct metainfo *);

/*
 * The parts of metainfo_parse that go through the values that the dictionaries only noted, and fill in what is counted
 * there.
 */
/* layers: are they all there, to be looked at? */
void metainfo_survey_files(struct metainfo *, bool layers, struct teller *);
void metainfo_survey_links(struct metainfo *, struct teller *);

/* The layers, with faults told. */
struct metainfo_layers *layers_new(const struct metainfo *, struct teller *);
/* There is a file of that root, larger than a piece, which wants a layer of that many pieces. False: there is no layer. */
bool layers_want(struct metainfo_layers *, struct bytes root, uint64_t pieces, struct teller *);
/* Tells of layers that no file wanted. */
void layers_tell_unused(struct metainfo_layers *, const struct metainfo *, struct teller *);

#endif
