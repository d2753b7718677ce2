/* metainfo_survey.c - the files of a torrent together: sums, layers, and the two halves of a hybrid against each other */
#include "codec/metainfo_private.h"

#include <inttypes.h>

#include "base/number.h"
#include "text/escape.h"

struct totals {
	uint64_t size, padding, entries, count, pieces;
	bool overflow;
};

struct survey {
	struct metainfo *meta;
	struct teller *teller;
	struct metainfo_layers *layers;	/* NULL: not to be looked at */
	bool unlike;			/* the halves of a hybrid no longer agree */
	struct totals of_list, of_tree;
	struct half list, tree;
};

static void add(struct totals *totals, const struct entry *entry, uint64_t piece_length)
{
	uint64_t *sum = entry->attr & METAINFO_PAD ? &totals->padding : &totals->size;

	totals->entries++;
	totals->count += !(entry->attr & METAINFO_PAD);
	totals->overflow = __builtin_add_overflow(*sum, entry->length, sum) || totals->overflow;
	if (piece_length)
		totals->pieces += entry->length / piece_length + (entry->length % piece_length != 0);
}

static void check_layer(struct survey *survey, const struct entry *entry)
{
	uint64_t piece_length = (uint64_t)survey->meta->piece_length;

	if (!survey->layers || !piece_length || entry->broken || entry->length <= piece_length || !entry->root.data)
		return;
	if (!layers_want(survey->layers, entry->root, (entry->length - 1) / piece_length + 1, survey->teller))
		tell(survey->teller, &survey->tree.reader, FAULT_MISSING_LAYER, entry->root_place, "%s", "");
}

/* Told once: where the two halves no longer agree. half is the one with the file at hand. */
static void tell_unlike(struct survey *survey, const struct half *half, const struct entry *entry, const char *what)
{
	struct brief brief;

	if (!survey->unlike)
		tell(survey->teller, &half->reader, FAULT_HYBRID_FILES, entry->place, "%s '%s'", what,
		     escape_brief(&brief, buf_bytes(&half->path)));
	survey->unlike = true;
}

static void compare_halves(struct survey *survey, const struct entry *listed, const struct entry *branch)
{
	if (listed->broken || branch->broken)
		survey->unlike = true;	/* which was told already */
	else if (!half_same_path(&survey->list, listed, &survey->tree, branch))
		tell_unlike(survey, &survey->list, listed, "the file tree has another file than");
	else if (listed->length != branch->length)
		tell_unlike(survey, &survey->list, listed, "the file tree has another length of");
	else if ((listed->attr ^ branch->attr) & METAINFO_SYMLINK)
		tell_unlike(survey, &survey->list, listed, "only one half has a symlink");
}

/* A file of the list of a hybrid, which is no padding, against the next one of the tree. */
static void survey_beside(struct survey *survey, const struct entry *listed, uint64_t offset)
{
	uint64_t piece_length = (uint64_t)survey->meta->piece_length;
	struct count_text bytes;
	struct entry branch;

	if (listed->length && piece_length && offset % piece_length)
		tell(survey->teller, &survey->list.reader, FAULT_HYBRID_ALIGNMENT, listed->place,
		     "it begins %s behind the border of one", count_print(&bytes, offset % piece_length, "bytes"));
	if (!half_next(&survey->tree, &branch)) {
		tell_unlike(survey, &survey->list, listed, "the file tree does not have");
		return;
	}
	compare_halves(survey, listed, &branch);
	add(&survey->of_tree, &branch, piece_length);
	check_layer(survey, &branch);
}

static void survey_list(struct survey *survey)
{
	struct entry entry;

	while (half_next(&survey->list, &entry)) {
		uint64_t offset = survey->of_list.size + survey->of_list.padding;

		add(&survey->of_list, &entry, (uint64_t)survey->meta->piece_length);
		if (survey->tree.there && !(entry.attr & METAINFO_PAD))
			survey_beside(survey, &entry, offset);
	}
}

static void survey_tree(struct survey *survey)
{
	struct entry entry;

	while (half_next(&survey->tree, &entry)) {
		if (survey->list.there)
			tell_unlike(survey, &survey->tree, &entry, "only the file tree has");
		add(&survey->of_tree, &entry, (uint64_t)survey->meta->piece_length);
		check_layer(survey, &entry);
	}
}

/* broken: some files were, so that what little is left says nothing. */
static void conclude(struct survey *survey, const char *key, struct bytes value, const struct totals *totals, bool broken)
{
	struct metainfo *meta = survey->meta;
	struct teller *teller = survey->teller;
	uint64_t place = metainfo_place(meta, value);

	meta->size = totals->size;
	meta->padding = totals->padding;
	meta->file_count = totals->count;
	meta->piece_count = totals->pieces;
	if (totals->overflow || totals->size > INT64_MAX || totals->padding > INT64_MAX - totals->size) {
		meta->size = meta->padding = meta->piece_count = UINT64_MAX;
		tell_of(teller, true, key, FAULT_SIZE_OVERFLOW, place, "%s", "");
	} else if (!totals->entries && !broken) {
		tell_of(teller, true, key, FAULT_NO_FILES, place, "found no file");
	} else if (!totals->size && !broken) {
		tell_of(teller, true, key, FAULT_ZERO_SIZE, place, "%s", "");
	}
}

void metainfo_survey_files(struct metainfo *meta, bool layers, struct teller *teller)
{
	struct survey survey;
	uint64_t errors = teller->errors;

	survey.meta = meta;
	survey.teller = teller;
	survey.layers = layers ? layers_new(meta, teller) : NULL;
	survey.unlike = false;
	survey.of_list = survey.of_tree = (struct totals){ 0 };
	half_begin(&survey.list, meta, false, metainfo_has_list(meta), teller);
	half_begin(&survey.tree, meta, true, meta->version & METAINFO_V2, teller);
	survey_list(&survey);
	survey_tree(&survey);
	if (survey.layers)
		layers_tell_unused(survey.layers, meta, teller);
	if (survey.list.there && meta->files.data)
		conclude(&survey, "files", meta->files, &survey.of_list, teller->errors > errors);
	else if (survey.list.there)
		conclude(&survey, "length", meta->length, &survey.of_list, teller->errors > errors);
	else if (survey.tree.there)
		conclude(&survey, "file tree", meta->file_tree, &survey.of_tree, teller->errors > errors);
	metainfo_layers_free(survey.layers);
	half_end(&survey.list);
	half_end(&survey.tree);
}
