/* journal.c - what prune removes, written down before it is removed, byte for byte, so that load can put it back */
#include "tools/peerdump/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct field pruned_fields[] = {
	FIELD(pruned, reason, TEXT, "stale, foreign or orphan_ext"),
	FIELD(pruned, key, TEXT, "the key in Redis"),
	FIELD(pruned, member, HEX, "the member, in hexadecimal"),
	FIELD(pruned, score, TEXT, "its score, exactly as Redis has it; unset in an ext_ set"),
	FIELD(pruned, ttl, U64, "seconds until the key would have expired, unset if it would not"),
	FIELD(pruned, info_hash, HASH, "info hash of the torrent", .width = HASH_SIZE),
	FIELD(pruned, ipv4, IPV4, "IPv4 address of the peer"),
	FIELD(pruned, ipv6, IPV6, "IPv6 address of the peer"),
	FIELD(pruned, port, U64, "TCP port of the peer"),
	FIELD(pruned, seen, TIME, "last announce: the score as a time"),
};

const struct record pruned_record = RECORD("pruned", pruned, pruned_fields, "a member that prune removed");

/* ---- what would make it less than whole */

static const char *leaves_out(const struct output_options *options)
{
	const struct { bool given; const char *name; } rows[] = {
		{ options->format == OUTPUT_CSV, "csv" }, { options->format == OUTPUT_TABLE, "table" },
		{ options->columns != NULL, "output" }, { options->matches.count > 0, "match" },
		{ options->sample > 0, "sample" }, { options->skip > 0, "skip" }, { options->count != UINT64_MAX, "count" },
		{ options->top != NULL, "top" }, { options->masks.count > 0, "mask" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].given)
			return rows[i].name;
	return NULL;
}

static bool check_usage(const struct run *run, bool to_stdout, struct error *error)
{
	const char *name = leaves_out(&run->common.output);

	if (name)
		return fail_usage(error, "--%s goes with --dry-run only: what is removed is printed whole, so that load can "
				  "put it back", name);
	if (to_stdout && isatty(STDOUT_FILENO))
		return fail_usage(error, "what is removed would be known to the terminal alone: "
				  "--journal=FILE keeps it (- is standard output all the same), --dry-run removes nothing");
	return true;
}

/* ---- the file */

/* Somebody's last line may have been cut off by a full disk: ours begin on a line of their own. */
static void end_last_line(struct journal *journal)
{
	struct stat status;
	char last;

	if (!fstat(journal->file, &status) && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    pread(journal->file, &last, 1, status.st_size - 1) == 1 && last != '\n')
		buf_byte(&journal->buf, '\n');
}

static bool open_file(struct journal *journal, const char *name, struct error *error)
{
	const struct output_options *options = &journal->run->common.output;
	struct writer_options writing = { options->format == OUTPUT_JSON ? WRITER_JSON : WRITER_LINES, NULL, options->unset,
					  options->time };

	/* addresses and passkeys are nobody else's business */
	journal->file = open(name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (journal->file < 0)
		return fail_system(error, "%s: %m", name);
	end_last_line(journal);
	if (!writer_init(&journal->writer, &pruned_record, &writing, error))
		return false;
	if (options->header)
		writer_header(&journal->writer, &journal->buf);
	return true;
}

bool journal_open(struct journal *journal, struct run *run)
{
	const struct peerdump_options *options = run->options;
	const char *name = options->journal && strcmp(options->journal, "-") != 0 ? options->journal : NULL;
	struct error error = { 0 };

	*journal = (struct journal){ .run = run, .file = -1 };
	if (options->dry_run)
		return true;
	if (check_usage(run, !options->journal, &error) && (!name || open_file(journal, name, &error)))
		return true;
	journal_close(journal);
	run_error(run, &error);
	return false;
}

void journal_put(struct journal *journal, const struct pruned *pruned)
{
	uint8_t *at;

	if (journal->file < 0) {
		output_put(&journal->run->output, pruned);
		return;
	}
	at = buf_reserve(&journal->buf, writer_room(&journal->writer, pruned));
	journal->buf.size += (size_t)((uint8_t *)writer_put(&journal->writer, (char *)at, pruned) - at);
}

static bool write_all(struct journal *journal, struct error *error)
{
	const char *name = ((const struct peerdump_options *)journal->run->options)->journal;
	size_t done = 0;

	while (done < journal->buf.size) {
		ssize_t count = write(journal->file, journal->buf.data + done, journal->buf.size - done);

		if (count >= 0)
			done += (size_t)count;
		else if (errno != EINTR)
			return fail_system(error, "cannot write to %s: %m", name);
	}
	journal->buf.size = 0;
	return true;
}

/* Pipes and devices cannot be asked for that. */
static bool sync_file(int file, const char *name, struct error *error)
{
	if (fsync(file) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP)
		return true;
	return fail_system(error, "cannot write to %s: %m", name);
}

bool journal_keep(struct journal *journal, struct error *error)
{
	const struct peerdump_options *options = journal->run->options;
	struct output *output = &journal->run->output;

	if (options->dry_run)
		return output->error.kind == ERROR_NONE;
	if (journal->file >= 0)
		return write_all(journal, error) && sync_file(journal->file, options->journal, error);
	output_flush(output);
	return output->error.kind == ERROR_NONE && sync_file(STDOUT_FILENO, "standard output", error);
}

void journal_close(struct journal *journal)
{
	if (journal->file < 0)
		return;
	close(journal->file);
	writer_free(&journal->writer);
	buf_free(&journal->buf);
}
