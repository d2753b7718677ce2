/* btinspect.h - what the verbs of btinspect share: options */
#ifndef BTINSPECT_H
#define BTINSPECT_H

#include "cli/tool.h"

/* Which halves of a torrent `create` makes. */
enum btinspect_format { BTINSPECT_V1, BTINSPECT_V2, BTINSPECT_HYBRID };

/* What `edit` does with the private flag. */
enum btinspect_private { PRIVATE_KEEP, PRIVATE_SET, PRIVATE_CLEAR };

struct btinspect_options {
	const char *files_from;		/* file with the names of the files to read; NULL: none */
	bool reveal;			/* passkeys of trackers as they are */
	bool long_form;			/* show: a view for people */
	bool strict;			/* check: what is merely tolerated is an error too */
	bool version_2;			/* pieces: those of the v2 half of a hybrid */
	uint64_t threads;		/* verify, create; 0: one for each CPU */
	bool fast;			/* verify: sizes and times only */
	/* create and edit */
	/* file to write; NULL: beside what is read (edit), NAME.torrent (create); "-": stdout */
	const char *to;
	bool force;			/* write over a file that is there */
	bool dry_run;
	uint8_t format;			/* enum btinspect_format */
	uint64_t piece_length;		/* bytes; 0: chosen by the size */
	const char *name;
	struct option_list trackers, add_trackers, remove_trackers, replace, web_seeds, http_seeds, nodes;
	const char *trackers_from;	/* file with tiers of trackers: one a line, an empty line between tiers */
	const char *replace_from;	/* edit: file with lines OLD=NEW */
	uint8_t private;		/* enum btinspect_private */
	const char *source, *comment, *created_by, *created;	/* NULL: as it is; "": none */
	struct option_list exclude;	/* patterns */
	bool padding;			/* create --format v1: files begin at pieces' borders */
	bool change_info;		/* edit: the info hash may change */
};

void show_run(struct run *);
void files_run(struct run *);
void trackers_run(struct run *);
void pieces_run(struct run *);
void infohash_run(struct run *);
void magnet_run(struct run *);
void check_run(struct run *);
void tree_run(struct run *);
void json_run(struct run *);
void bencode_run(struct run *);
void verify_run(struct run *);
void create_run(struct run *);
void edit_run(struct run *);

#endif
