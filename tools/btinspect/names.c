/* names.c - names of files from a list of them, one a line or ended by NULs */
#include "tools/btinspect/names.h"

#include "cli/tool.h"

bool names_open(struct names *names, const char *list, struct io_wait wait, struct error *error)
{
	*names = (struct names){ .count = 0 };
	return input_open(&names->input, list, wait, &tool_stopped, error);
}

/*
 * The bytes up to the next end of a name, or all there are of a name that is too long, or the last one without its end.
 * False: there are none, or the list cannot be read.
 */
static bool next_part(struct names *names, struct bytes *part, bool *ended, struct error *error)
{
	size_t scanned = 0;
	struct bytes window;
	const uint8_t *end;

	for (;;) {
		window = input_fill(&names->input, scanned + 1, error);
		if (error->kind != ERROR_NONE || tool_stopped || !window.size)
			return false;
		if (!names->known) {
			names->nul = memchr(window.data, 0, window.size);
			names->known = true;
		}
		end = memchr(window.data + scanned, names->nul ? 0 : '\n', window.size - scanned);
		if (end || names->input.ended || window.size > NAMES_SIZE_MAX + 1)
			break;
		scanned = window.size;
	}
	*ended = end;
	*part = bytes_at(window.data, end ? (size_t)(end - window.data) : window.size);
	input_skip(&names->input, part->size + *ended);
	return true;
}

bool names_next(struct names *names, struct bytes *name, struct error *error)
{
	bool ended;

	while (next_part(names, name, &ended, error)) {
		bool rest = names->skipping;

		names->skipping = !ended;
		if (rest)
			continue;
		if (!names->nul && name->size && name->data[name->size - 1] == '\r')
			name->size--;
		if (!name->size)
			continue;
		names->count++;
		if (name->size > NAMES_SIZE_MAX)
			return fail_input(error, ERROR_NOWHERE, "longer than %d bytes", NAMES_SIZE_MAX);
		return true;
	}
	return false;
}

void names_close(struct names *names)
{
	input_close(&names->input);
}
