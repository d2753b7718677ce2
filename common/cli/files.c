/* files.c - the files that a verb reads, one after the other, or stdin */
#include "cli/files.h"

struct files files_begin(struct run *run, size_t count, char **names)
{
	static char stdin_name[] = "-";
	static char *stdin_only[] = { stdin_name };

	if (count)
		return (struct files){ .run = run, .wait = run_wait(run), .count = count, .names = names };
	return (struct files){ .run = run, .wait = run_wait(run), .count = 1, .names = stdin_only };
}

bool files_next(struct files *files, struct input *input)
{
	while (files->next < files->count && !tool_stopped) {
		struct error error = { 0 };

		if (input_open(input, files->names[files->next++], files->wait, &tool_stopped, &error))
			return true;
		if (!tool_stopped)
			run_error(files->run, &error);	/* which names the file */
	}
	return false;
}
