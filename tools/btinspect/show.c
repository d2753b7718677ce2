/* show.c - btinspect show: one record for each torrent, or a view for people */
#include "tools/btinspect/torrent.h"
#include "tools/btinspect/view.h"

void show_run(struct run *run)
{
	const struct btinspect_options *options = run->options;
	struct documents documents;
	struct document document;
	struct torrent torrent;
	bool first = true;

	documents_open(&documents, run, run->word_count, run->words);
	while (!run->output.ended && documents_next(&documents, &document)) {
		if (!torrent_read(run, &document, &torrent))
			continue;
		if (options->long_form) {
			if (!first)
				output_bytes(&run->output, "\n", 1);
			view_torrent(run, &document, &torrent);
			first = false;
		} else {
			struct torrent_line line = torrent_line(&torrent, document.name);

			output_put(&run->output, &line);
		}
	}
	documents_close(&documents);
}
