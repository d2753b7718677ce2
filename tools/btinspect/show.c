/* show.c - btinspect show: one record for each torrent, or a view for people */
#include "tools/btinspect/batch.h"
#include "tools/btinspect/view.h"

static void print_record(void *context, struct run *run, const struct torrent *torrent, const char *path)
{
	struct torrent_line line = torrent_line(torrent, path);

	(void)context;
	output_put(&run->output, &line);
}

/* An empty line parts each from the one before. */
static void print_view(void *context, struct run *run, const struct torrent *torrent, const char *path)
{
	bool *first = context;

	if (!*first)
		output_bytes(&run->output, "\n", 1);
	*first = false;
	view_torrent(run, torrent, path);
}

void show_run(struct run *run)
{
	const struct btinspect_options *options = run->options;
	bool first = true;

	batch_run(run, torrent_parse, options->long_form ? print_view : print_record, &first);
}
