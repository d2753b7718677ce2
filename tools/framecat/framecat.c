/* framecat.c - what the proxy really sends: 80-byte announce frames to lines and back */
#include "tools/framecat/framecat.h"

#include "cli/lines.h"
#include "codec/peer.h"
#include "text/escape.h"
#include "tools/framecat/frames.h"

enum { DECODE, ENCODE, STATS };

void decode_run(struct run *run)
{
	struct frames frames;
	struct frame frame;

	frames_open(&frames, run);
	/* looked at before the first frame as well: -n 0 must not wait for one */
	while (!run->output.ended && frames_next(&frames, &frame))
		output_put(&run->output, &frame);
	frames_close(&frames);
}

/* What fills the columns that a line lacks, for each layout. */
struct defaults {
	struct frame frame;
	uint64_t set;	/* as struct reading's `present` */
	uint64_t needed;	/* columns that must come from the line or from here */
};

/* Takes one --set FIELD=VALUE for one layout. False: it is no good there. */
static bool set_default(struct defaults *defaults, const struct record *record, const char *setting, struct arena *memory,
			bool *taken, struct error *error)
{
	struct bytes value, name = bytes_split(bytes_of(setting), '=', &value);
	const struct field *field = record_find(record, name);
	struct brief brief;

	if (!value.data)
		return fail_usage(error, "--set: '%s' is not FIELD=VALUE", escape_brief(&brief, bytes_of(setting)));
	if (!field)
		return true;
	if (!field->type->parse(value, (char *)&defaults->frame + field->offset, field, memory, error)) {
		error->kind = ERROR_USAGE;
		error_prefix(error, "--set %s", field->name);
		return false;
	}
	defaults->set |= reading_bit(record, field->name);
	return *taken = true;
}

static bool make_defaults(const struct run *run, struct defaults defaults[FRAME_LAYOUTS], struct arena *memory,
			  struct error *error)
{
	static const char *const built_in[] = { "version=1", "event=started", "numwant=50" };
	const struct option_list *set = &((const struct framecat_options *)run->options)->set;
	bool taken;

	for (size_t i = 0; i < FRAME_LAYOUTS; i++) {
		const struct record *record = frame_layouts[i].record;

		record_clear(record, &defaults[i].frame);
		defaults[i].set = 0;
		defaults[i].needed = reading_bit(record, "info_hash") | reading_bit(record, "port") |
				     reading_bit(record, "passkey") | reading_bit(record, "peer_id");
		for (size_t j = 0; j < sizeof built_in / sizeof *built_in; j++)
			if (!set_default(&defaults[i], record, built_in[j], memory, &taken, error))
				return false;
	}
	for (size_t j = 0; j < set->count; j++) {
		/* one layout is enough: the other may lack the column, or want a draft of another size */
		taken = false;
		for (size_t i = 0; i < FRAME_LAYOUTS; i++) {
			struct error wrong = { 0 };

			if (!set_default(&defaults[i], frame_layouts[i].record, set->words[j], memory, &taken, &wrong) &&
			    error->kind == ERROR_NONE)
				*error = wrong;
		}
		if (!taken && error->kind != ERROR_NONE)
			return false;
		error_clear(error);
		if (!taken)
			return fail_usage(error, "--set: '%s' begins with no column of frame records", set->words[j]);
	}
	return true;
}

/* Copies the defaults of the columns that the line left unset; false: one that must be there is not. */
static bool fill_missing(const struct defaults *defaults, const struct reading *reading, struct error *error)
{
	uint64_t missing = defaults->set & ~reading->present;
	uint64_t lacking = defaults->needed & ~(reading->present | defaults->set);

	for (; missing; missing &= missing - 1) {
		const struct field *field = &reading->record->fields[__builtin_ctzll(missing)];

		memcpy((char *)reading->value + field->offset, (const char *)&defaults->frame + field->offset,
		       field->type->size);
	}
	if (lacking) {
		const char *name = reading->record->fields[__builtin_ctzll(lacking)].name;

		return fail_input(error, ERROR_NOWHERE, "no %s: the line must have one, or --set %s=... give it", name,
				  name);
	}
	return true;
}

void encode_run(struct run *run)
{
	static const struct record *const targets[FRAME_LAYOUTS][3] = {
		[FRAME_PASSKEY] = { &frame_record, &oldframe_record, NULL },
		[FRAME_PEERID] = { &oldframe_record, &frame_record, NULL },
	};
	static const struct record *const known[] = { &peer_record, &leecher_record, &member_record, NULL };
	const struct framecat_options *options = run->options;
	struct defaults defaults[FRAME_LAYOUTS];
	struct error error = { 0 };
	struct reading reading;
	struct lines lines;

	if (!make_defaults(run, defaults, &run->memory, &error)) {
		run_error(run, &error);
		return;
	}
	lines_open(&lines, run, run->word_count, run->words, targets[options->layout], known, false);
	while (lines_next(&lines, &reading)) {
		size_t layout = reading.record == &frame_record ? FRAME_PASSKEY : FRAME_PEERID;

		error_clear(&error);
		if (!fill_missing(&defaults[layout], &reading, &error) ||
		    !frame_encode(&frame_layouts[layout], options->endian, reading.value,
				  output_room(&run->output, FRAME_SIZE), &error))
			lines_error(&lines, &error);
		else if (!output_made(&run->output, FRAME_SIZE))
			break;
	}
	lines_close(&lines);
}

static const struct record *const decode_records[] = { &frame_record, &oldframe_record, NULL };
static const struct record *const stats_records[] = { &stats_record, NULL };

static size_t choose_layout(const void *options)
{
	return ((const struct framecat_options *)options)->layout;
}

static const struct verb verbs[] = {
	[DECODE] = { "decode", "[FILE...]", "frames to lines", .run = decode_run, .records = decode_records,
		     .choose = choose_layout },
	[ENCODE] = { "encode", "[FILE...]", "lines (frame, oldframe, peer; also JSON) to frames", .run = encode_run },
	[STATS] = { "stats", "[FILE...]", "totals by event and address family, distinct users, torrents and addresses",
		    .run = stats_run, .records = stats_records },
};

static const char *const endians[] = { "little", "big", NULL };
static const char *const layouts[] = { "passkey", "peerid", NULL };

static const struct option_row options[] = {
	OPTION(framecat_options, endian, CHOICE, 0, "endian", "little|big",
	       "byte order of numwant and port (default little)", .choices = endians),
	OPTION(framecat_options, layout, CHOICE, 0, "layout", "passkey|peerid",
	       "layout of the frames: today's, or the older one with peer ids (default passkey)", .choices = layouts),
	OPTION(framecat_options, set, LIST, 0, "set", "FIELD=VALUE", "the value for lines that have none in this column",
	       .verbs = ON_VERB(ENCODE)),
	OPTION(framecat_options, interval, DURATION, 0, "interval", "TIME", "one record for each interval of this length",
	       .min = 1, .verbs = ON_VERB(STATS)),
};

static const struct framecat_options defaults_of_options;

static const struct tool framecat = {
	.name = "framecat", .purpose = "Shows, makes and counts the announce frames that the proxy sends to the tracker.",
	.verbs = verbs, .verb_count = sizeof verbs / sizeof *verbs,
	.options = options, .option_count = sizeof options / sizeof *options,
	.defaults = &defaults_of_options, .options_size = sizeof defaults_of_options,
};

int main(int argc, char **argv)
{
	return tool_run(&framecat, argc, argv);
}
