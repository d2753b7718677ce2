/* source.c - where keys and members come from: a server, a cluster or an RDB file, all in the same pieces */
#include "tools/peerdump/source.h"

#include "tools/peerdump/live.h"
#include "tools/peerdump/file.h"

bool source_open(struct source *source, struct run *run)
{
	const struct peerdump_options *options = run->options;

	*source = (struct source){ .run = run };
	return options->rdb ? file_open(source) : live_open(source);
}

int64_t source_now_us(const struct source *source)
{
	return source->kind->now_us(source);
}

bool source_begin(struct source *source, enum database database, const struct scan_plan *plans, struct names *names)
{
	return source->kind->begin(source, database, plans, names);
}

bool source_next(struct source *source, struct piece *piece, struct error *error)
{
	return source->kind->next(source, piece, error);
}

void source_end(struct source *source, const struct error *error, uint64_t count, const char *unit)
{
	source->kind->end(source, error, count, unit);
}

bool source_exist(struct source *source, const struct bytes *keys, size_t count, bool *there, struct error *error)
{
	return source->kind->exist(source, keys, count, there, error);
}

void source_close(struct source *source)
{
	source->kind->close(source);
}
