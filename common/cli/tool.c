/* tool.c - one run of a program: parse, choose the verb, run it, close stdout, exit status */
#include "cli/tool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/common.h"
#include "cli/help.h"

volatile bool tool_stopped;
static volatile sig_atomic_t stop_signal;

static void on_stop(int number)
{
	stop_signal = number;
	__atomic_store_n(&tool_stopped, true, __ATOMIC_RELAXED);	/* threads may look at it */
}

/*
 * SIGINT and SIGTERM let the record and the summary be finished (a second one
 * ends at once). SIGPIPE is ignored so that a dead server is an error with a name;
 * a dead reader of stdout is noticed in output_flush.
 */
static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;

	/* a program started in the background by a shell without job control must stay deaf to ^C */
	if (!sigaction(SIGINT, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static void flush_before_wait(void *context)
{
	output_flush(context);
}

struct io_wait run_wait(struct run *run)
{
	return (struct io_wait){ flush_before_wait, &run->output };
}

void run_error(struct run *run, const struct error *error)
{
	report_error(&run->report, (struct place){ NULL, NULL, 0 }, error);
	if (error->kind == ERROR_USAGE)
		report_note(&run->report, "try '%s --help'", run->tool->name);
}

/* The number of the verb of that name; verb_count: there is none. */
static size_t find_verb(const struct tool *tool, const char *name)
{
	size_t i = 0;

	while (i < tool->verb_count && (!name || strcmp(name, tool->verbs[i].name) != 0))
		i++;
	return i;
}

static uint64_t verb_bit(const void *context, const char *word)
{
	const struct tool *tool = context;
	size_t number = find_verb(tool, word);

	return ON_VERB(number < tool->verb_count ? number : 0);
}

/* Takes the verb from the front of the words, or the default one. */
static void choose_verb(struct run *run)
{
	size_t number = find_verb(run->tool, run->word_count ? run->words[0] : NULL);

	run->verb_named = number < run->tool->verb_count;
	run->verb = &run->tool->verbs[run->verb_named ? number : 0];
	run->words += run->verb_named;
	run->word_count -= run->verb_named;
}

/* Each option that was given must go with the verb. */
static bool check_options(const struct run *run, const struct option_set *set, struct error *error)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct option_row *row = &set->rows[i];

		if (!(set->used >> i & 1))
			continue;
		if (!option_goes_with(row, run->tool, run->verb))
			return fail_usage(error, "--%s does not go with %s", row->name, run->verb->name);
		if (row->verbs & ON_RECORDS && !run->record)
			return fail_usage(error, "--%s is for records, and %s prints text with the other options", row->name,
					  run->verb->name);
	}
	return true;
}

/* What must not be seen by default is masked as if --mask said so. */
static void mask_secrets(struct run *run)
{
	struct option_list *masks = &run->common.output.masks;
	const char **words;
	size_t secrets = 0;

	if (!run->record || !run->tool->secrets || run->tool->reveals(run->options))
		return;
	while (run->tool->secrets[secrets])
		secrets++;
	words = arena_alloc(&run->memory, (masks->count + secrets) * sizeof *words);
	if (masks->count)
		memcpy(words, masks->words, masks->count * sizeof *words);
	masks->words = words;
	for (size_t i = 0; i < secrets; i++)
		if (record_find(run->record, bytes_of(run->tool->secrets[i])))
			masks->words[masks->count++] = run->tool->secrets[i];
}

static bool prepare(struct run *run, int argc, char **argv, void *options, struct error *error)
{
	struct option_set sets[] = {
		{ .rows = run->tool->options, .count = run->tool->option_count, .values = options },
		{ .rows = common_rows, .count = common_row_count, .values = &run->common },
	};

	memcpy(options, run->tool->defaults, run->tool->options_size);
	run->common = common_defaults;
	if (!options_parse(sets, 2, argc, argv, &run->memory, verb_bit, run->tool, &run->words, &run->word_count, error))
		return false;
	choose_verb(run);
	run->report.quiet = run->common.quiet;
	run->report.verbose = run->common.verbose;
	if (run->common.help || run->common.version || run->common.list)
		return true;
	if (run->verb->records)
		run->record = run->verb->records[run->verb->choose ? run->verb->choose(options) : 0];
	return check_options(run, &sets[0], error) && check_options(run, &sets[1], error);
}

/* The verb, or what was asked for instead of it. */
static void perform(struct run *run, struct error *error)
{
	bool about = run->common.help || run->common.version || run->common.list || run->common.fields;
	bool draws = run->verb->draws && run->common.output.format == OUTPUT_TABLE;

	if (!about)
		mask_secrets(run);
	if (!output_open(&run->output, about || draws ? NULL : run->record, &run->common.output, error)) {
		run_error(run, error);
		return;
	}
	if (!about)
		run->verb->run(run);
	else if (!help_print(run, error))
		run_error(run, error);
}

/*
 * A closed stdin, stdout or stderr stays of no use: else the first socket would take its number, and what is printed
 * would go to that server. (An open takes the lowest number that is free.)
 */
static void hold_streams(void)
{
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
		if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int tool_run(const struct tool *tool, int argc, char **argv)
{
	struct run run = { .tool = tool, .report.program = tool->name };
	struct error error = { 0 };
	void *options = calloc(1, tool->options_size);
	int status;

	if (!options)
		out_of_memory();
	hold_streams();
	catch_signals();
	run.options = options;
	if (prepare(&run, argc, argv, options, &error))
		perform(&run, &error);
	else
		run_error(&run, &error);
	if (!output_close(&run.output))
		run_error(&run, &run.output.error);
	report_finish(&run.report);
	status = report_status(&run.report);
	arena_free(&run.memory);
	free(options);
	if (stop_signal && !(run.interruptible && stop_signal == SIGINT)) {
		/* let the shell see what ended us */
		signal(stop_signal, SIG_DFL);
		raise(stop_signal);
	}
	return status;
}
