/* create.c - btinspect create: a torrent of a file or a folder */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/number.h"
#include "base/utf8.h"
#include "io/replace.h"
#include "text/escape.h"
#include "tools/btinspect/build.h"
#include "tools/btinspect/check.h"
#include "tools/btinspect/outer.h"
#include "tools/btinspect/torrent.h"

enum { ALIKE_MAX = 3 };	/* faults of one kind that are told */

struct creating {
	struct run *run;
	const struct btinspect_options *options;
	const char *path;	/* of the data */
	const char *name, *to;
	bool to_stdout;
	struct outer outer;
	struct gathered gathered;
	struct build build;
	struct buf inner, file;	/* info and piece layers alone; the whole torrent */
	uint64_t told[FAULTS];
};

/* ---- what is asked for */

/* The last part of the path; of . and .. that of where they lead to. */
static bool name_of_path(struct creating *creating, struct error *error)
{
	struct bytes path = bytes_of(creating->path);
	const uint8_t *slash;

	while (path.size > 1 && path.data[path.size - 1] == '/')
		path.size--;
	slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
	if (slash)
		path = bytes_after(path, (size_t)(slash - path.data) + 1);
	creating->name = arena_string(&creating->run->memory, path);
	if (bytes_is(path, ".") || bytes_is(path, "..")) {
		char *real = realpath(creating->path, NULL);

		if (!real)
			return fail_system(error, "%s: %m", creating->path);
		creating->name = arena_string(&creating->run->memory, bytes_of(strrchr(real, '/') + 1));
		free(real);
	}
	return *creating->name || fail_usage(error, "%s has no name: --name=NAME gives it one", creating->path);
}

static bool find_name(struct creating *creating, struct error *error)
{
	const char *name = creating->name = creating->options->name;
	struct brief brief;

	if (!name && !name_of_path(creating, error))
		return false;
	if (name && (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")))
		return fail_usage(error, "--name: '%s' is no name of a file", escape_brief(&brief, bytes_of(name)));
	if (!creating->run->common.keep && !utf8_valid(bytes_of(creating->name)))
		return fail_input(error, ERROR_NOWHERE, "%s: the name is not UTF-8; with -k it is taken as it stands",
				  creating->name);
	return true;
}

static bool find_to(struct creating *creating, struct error *error)
{
	struct buf to = { 0 };

	creating->to = creating->options->to;
	creating->to_stdout = creating->to && !strcmp(creating->to, "-") && !creating->options->dry_run;
	if (creating->to_stdout)
		return outer_check_stdout(creating->run, error);
	if (!creating->to) {
		buf_format(&to, "%s.torrent", creating->name);
		creating->to = arena_string(&creating->run->memory, buf_bytes(&to));
		buf_free(&to);
	}
	return creating->options->dry_run || replace_check(creating->to, creating->options->force, error);
}

/* What create says without being asked. */
static bool set_defaults(struct outer *outer, struct error *error)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds = (uint64_t)time(NULL);
	struct brief brief;

	if (!outer->created_by)
		outer->created_by = "peerutils/" PEERUTILS_VERSION;
	if (outer->created)
		return true;
	if (epoch && !number_parse(bytes_of(epoch), INT64_MAX, &seconds))
		return fail_usage(error, "SOURCE_DATE_EPOCH: '%s' is no number of seconds",
				  escape_brief(&brief, bytes_of(epoch)));
	outer->created = "now";
	outer->created_seconds = (int64_t)seconds;
	return true;
}

static bool find_path(struct creating *creating, struct error *error)
{
	if (creating->run->word_count != 1)
		return fail_usage(error, "create wants one PATH, the file or the folder to make a torrent of");
	creating->path = creating->run->words[0];
	return true;
}

/* ---- the work */

/* The keys beside info, as edit sets them. */
static bool finish_file(struct creating *creating, struct error *error)
{
	struct bencode_change changes[OUTER_KEYS];
	struct metainfo inner = { 0 };

	build_write(&creating->build, &creating->inner);
	inner.file = buf_bytes(&creating->inner);
	if (!outer_change(&creating->outer, &inner, changes, &creating->run->memory, error))
		return false;
	bencode_change_apply(inner.file, changes, OUTER_KEYS, &creating->file);
	buf_free(&creating->inner);
	return true;
}

/* A name that readers take amiss, and the like: worth knowing before others meet it. */
static void tell_fault(void *context, const struct finding *finding)
{
	struct creating *creating = context;
	struct buf message = { 0 };
	struct brief key;

	if (finding->severity == SEVERITY_NOTE || creating->told[finding->fault]++ >= ALIKE_MAX)
		return;
	finding_message(finding, &message);
	report_note(&creating->run->report, "%s: %s: %s", creating->to, escape_brief(&key, finding->path),
		    buf_string(&message));
	buf_free(&message);
}

/* Checks it as `btinspect check` does. */
static bool read_back(struct creating *creating, struct torrent *torrent, struct error *error)
{
	struct document document = { .name = creating->to, .data = buf_bytes(&creating->file) };
	struct check check = { .run = creating->run, .instead = { tell_fault, creating } };
	bool good = check_all(&check, &document, error);

	for (size_t i = 0; i < FAULTS; i++)
		if (creating->told[i] > ALIKE_MAX)
			report_note(&creating->run->report, "%s: %" PRIu64 " more of %s", creating->to,
				    creating->told[i] - ALIKE_MAX, fault_rows[i].code);
	buf_free(&check.message);
	buf_free(&check.key);
	if (!good)
		error_prefix(error, "%s would be no torrent", creating->to);
	if (!good && creating->run->common.keep) {
		run_error(creating->run, error);
		error_clear(error);
		good = true;
	}
	torrent->meta = check.meta;
	torrent_hash(torrent);
	return good;
}

static bool gather_files(struct creating *creating, struct error *error)
{
	struct gathered *gathered = &creating->gathered;
	struct stat to;
	bool there = !creating->to_stdout && !stat(creating->to, &to);

	if (!gather(gathered, creating->run, creating->path, &creating->options->exclude, there ? &to : NULL))
		return false;
	if (gathered->skipped)
		report_note(&creating->run->report,
			    "%s: %" PRIu64 " left out, neither files nor folders, or links in a circle", creating->path,
			    gathered->skipped);
	return gathered->size || fail_input(error, ERROR_NOWHERE, "%s: no data, which a torrent must have", creating->path);
}

static bool write_torrent(struct creating *creating, struct error *error)
{
	struct bytes file = buf_bytes(&creating->file);

	if (creating->options->dry_run)
		return true;
	if (creating->to_stdout)
		return output_bytes(&creating->run->output, file.data, file.size);
	return replace_write(creating->to, creating->options->force, &file, 1, error);
}

static bool make(struct creating *creating, struct torrent *torrent, struct error *error)
{
	struct run *run = creating->run;

	return find_path(creating, error) && find_name(creating, error) && find_to(creating, error) &&
	       outer_open(&creating->outer, run, error) && set_defaults(&creating->outer, error) &&
	       gather_files(creating, error) &&
	       build_begin(&creating->build, run, &creating->gathered, bytes_of(creating->name), error) &&
	       build_hash(&creating->build, error) && gather_unchanged(&creating->gathered, run) &&
	       finish_file(creating, error) && read_back(creating, torrent, error) && write_torrent(creating, error);
}

void create_run(struct run *run)
{
	struct creating creating = { .run = run, .options = run->options, .gathered.folder = -1 };
	struct torrent torrent = { 0 };
	struct error error = { 0 };

	if (make(&creating, &torrent, &error)) {
		struct torrent_line line = torrent_line(&torrent, creating.to);

		if (!creating.to_stdout)
			output_put(&run->output, &line);
	} else if (error.kind != ERROR_NONE) {
		run_error(run, &error);
	} else if (tool_stopped) {
		report_note(&run->report, "stopped: nothing was written");
	}
	build_free(&creating.build);
	gather_free(&creating.gathered);
	outer_close(&creating.outer);
	buf_free(&creating.inner);
	buf_free(&creating.file);
}
