/* framecat.h - what the verbs of framecat share: options */
#ifndef FRAMECAT_H
#define FRAMECAT_H

#include "cli/tool.h"
#include "codec/frame.h"

struct framecat_options {
	uint8_t endian;		/* enum frame_endian */
	uint8_t layout;		/* FRAME_PASSKEY or FRAME_PEERID */
	uint64_t interval;	/* seconds; 0: one record for all */
	struct option_list set;	/* FIELD=VALUE */
};

extern const struct record stats_record;

void decode_run(struct run *);
void encode_run(struct run *);
void stats_run(struct run *);

#endif
