/* check.c - btinspect check: all that is wrong with a torrent file, and where */
#include "tools/btinspect/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/number.h"
#include "text/problem.h"

/* ---- telling */

static void put_record(struct check *check, enum fault fault, enum severity severity, uint64_t offset, struct bytes key)
{
	struct bytes file = check->document->data;
	struct problem problem = {
		.code = bytes_of(fault_rows[fault].code), .severity = bytes_of(severity_names[severity]), .key = key,
		.message = buf_bytes(&check->message), .path = bytes_of(check->document->name),
	};
	char place[NUMBER_ROOM];

	if (offset != ERROR_NOWHERE) {
		problem.place = bytes_at(place, (size_t)(number_print(place, offset) - place));
		if (offset < file.size) {
			problem.detail = bytes_after(file, (size_t)offset);
			if (problem.detail.size > CHECK_DETAIL)
				problem.detail.size = CHECK_DETAIL;
		}
	}
	/* what -n or -m leave out is wrong nevertheless: the search goes on, for the summary and the exit status */
	output_put(&check->run->output, &problem);
}

/* What metainfo_parse calls too. */
static void take_finding(void *context, const struct finding *finding)
{
	struct check *check = context;
	enum fault fault = finding->fault;
	uint64_t most = finding->severity == SEVERITY_NOTE ? CHECK_NOTES_MAX : CHECK_ALIKE_MAX;

	check->severities[finding->severity]++;
	if (check->instead.found) {
		check->instead.found(check->instead.context, finding);
		return;
	}
	if (check->counts[fault]++ >= most && !check->run->common.verbose) {
		if (!check->hidden[fault]++ || finding->severity > check->worst[fault])
			check->worst[fault] = finding->severity;
		return;
	}
	check->message.size = 0;
	finding_message(finding, &check->message);
	put_record(check, fault, finding->severity, finding->offset,
		   finding->path.size ? finding->path : bytes_at(NULL, 0));
}

void check_put(struct check *check, enum fault fault, struct check_spot spot, const char *format, ...)
{
	struct finding finding = { .fault = fault, .severity = fault_rows[fault].severity, .offset = ERROR_NOWHERE };
	char found[256];
	va_list arguments;

	if (spot.at)
		finding.offset = (uint64_t)(spot.at - check->document->data.data);
	if (format) {
		va_start(arguments, format);
		vsnprintf(found, sizeof found, format, arguments);
		va_end(arguments);
		finding.found = bytes_of(found);
	}
	check->key.size = 0;
	if (spot.key)
		buf_text(&check->key, spot.key);
	if (spot.reader)
		bencode_path(spot.reader, &check->key);
	if (spot.end)
		buf_text(&check->key, spot.end);
	finding.path = buf_bytes(&check->key);
	take_finding(check, &finding);
}

/* ---- one torrent */

/* One record for what was not printed of each kind. */
static void tell_hidden(struct check *check)
{
	for (size_t i = 0; i < FAULTS; i++) {
		if (!check->hidden[i])
			continue;
		check->message.size = 0;
		buf_format(&check->message, "%" PRIu64 " more like these, which -v prints", check->hidden[i]);
		put_record(check, (enum fault)i, check->worst[i], ERROR_NOWHERE, bytes_at(NULL, 0));
	}
}

static void end_torrent(struct check *check)
{
	const struct btinspect_options *options = check->run->options;
	bool faulty = false;

	tell_hidden(check);
	for (size_t i = 0; i < 3; i++) {
		check->total[i] += check->severities[i];
		faulty |= check->severities[i] != 0;
	}
	check->faulty += faulty;
	if (check->severities[SEVERITY_ERROR] || (options->strict && check->severities[SEVERITY_WARNING]))
		check->run->report.bad++;
}

bool check_all(struct check *check, const struct document *document, struct error *error)
{
	struct fault_sink sink = { take_finding, check };

	check->document = document;
	memset(check->counts, 0, sizeof check->counts);
	memset(check->hidden, 0, sizeof check->hidden);
	memset(check->severities, 0, sizeof check->severities);
	metainfo_parse(document->data, &check->meta, &sink, error);
	check_whole(check);
	check_paths(check);
	check_links(check);
	check_layers(check);
	return error->kind == ERROR_NONE;
}

static void check_torrent(struct check *check, const struct document *document)
{
	struct error error = { 0 };

	if (document->magnet) {
		fail_input(&error, ERROR_NOWHERE, "no torrent: only magnet and trackers take magnet links");
		document_error(check->run, document, &error);
		return;
	}
	check->torrents++;
	check_all(check, document, &error);
	end_torrent(check);
	/* what failed without a word to the sink */
	if (error.kind != ERROR_NONE && !check->severities[SEVERITY_ERROR])
		document_error(check->run, document, &error);
}

/* "12 files: 1 error, 3 warnings, 5 notes in 2 of them". Silence means that all are sound; one file speaks for itself. */
static void tell_total(const struct check *check)
{
	struct count_text files, errors, warnings, notes;

	if (check->torrents > 1 && check->faulty)
		report_note(&check->run->report, "%s: %s, %s, %s in %" PRIu64 " of them",
			    count_print(&files, check->torrents, "files"),
			    count_print(&errors, check->total[SEVERITY_ERROR], "errors"),
			    count_print(&warnings, check->total[SEVERITY_WARNING], "warnings"),
			    count_print(&notes, check->total[SEVERITY_NOTE], "notes"), check->faulty);
}

void check_run(struct run *run)
{
	struct check check = { .run = run };
	struct documents documents;
	struct document document;

	documents_open(&documents, run, run->word_count, run->words);
	while (run->output.error.kind == ERROR_NONE && documents_next(&documents, &document))
		check_torrent(&check, &document);
	documents_close(&documents);
	tell_total(&check);
	buf_free(&check.message);
	buf_free(&check.key);
}
