/* replay.c - feeds samples to a fuzz target without a fuzzer: whole, cut short at each place, with bytes changed */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CUTS_MAX = 1024,	/* cuts of one sample; a larger one is cut at places spread over it */
	CHANGED_MAX = 512,	/* bytes of one sample that are changed, likewise */
};

static const char *sample;	/* the file at hand, */
static const char *change;	/* what was done to it */
static size_t place;		/* and where: for the sanitizers' report */
static unsigned long inputs;

/* Said once the sanitizers or an assertion have found something: their report does not know which input it was. */
static void say_where(void)
{
	fprintf(stderr, "replay: %s, %s %zu\n", sample, change, place);
}

void __asan_on_error(void);
void __asan_on_error(void)
{
	say_where();
}

void __ubsan_on_report(void);
void __ubsan_on_report(void)
{
	say_where();
}

static void on_abort(int signal_number)
{
	(void)signal_number;
	say_where();
}

/* A block of exactly that size, so that one byte too many is seen. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *block = malloc(size);

	if (!block && size)
		abort();
	if (size)
		memcpy(block, data, size);
	LLVMFuzzerTestOneInput(block, size);
	free(block);
	inputs++;
}

/* From one place to the next. An odd step, so that it does not fall into the step of the format. */
static size_t step_of(size_t size, size_t places_max)
{
	return size <= places_max ? 1 : (size / places_max + 1) | 1;
}

static void run_cut(const uint8_t *data, size_t size)
{
	size_t step = step_of(size, CUTS_MAX);

	change = "cut after byte";
	for (place = 0; place < size; place += step)
		run(data, place);
}

/* One bit, all bits, and the values that formats give a meaning to: nothing, the largest, a digit. */
static void run_changed(uint8_t *data, size_t size)
{
	static const uint8_t values[] = { 0x00, 0xff, 0x7f, 0x80, '0', '9', '-' };
	size_t step = step_of(size, CHANGED_MAX);

	change = "with another byte at";
	for (place = 0; place < size; place += step) {
		uint8_t byte = data[place];

		data[place] = byte ^ 1;
		run(data, size);
		data[place] = (uint8_t)~byte;
		run(data, size);
		for (size_t i = 0; i < sizeof(values); i++) {
			data[place] = values[i];
			run(data, size);
		}
		data[place] = byte;
	}
}

static bool replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, got;

	if (!file) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return false;
	}
	do {
		if (room - size < 65536 && !(data = realloc(data, room += 1 << 20)))
			abort();
		got = fread(data + size, 1, room - size, file);
		size += got;
	} while (got);
	fclose(file);

	sample = path;
	change = "whole, bytes";
	place = size;
	run(data, size);
	run_cut(data, size);
	run_changed(data, size);
	free(data);
	return true;
}

/* A file, or a folder with its files and folders. */
static bool replay(const char *path)
{
	struct stat info;
	struct dirent **names;
	int count;
	bool good = true;

	if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
		return replay_file(path);
	count = scandir(path, &names, NULL, alphasort);
	if (count < 0) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		char *inner = NULL;

		if (names[i]->d_name[0] != '.') {
			if (asprintf(&inner, "%s/%s", path, names[i]->d_name) < 0)
				abort();
			good = replay(inner) && good;
			free(inner);
		}
		free(names[i]);
	}
	free(names);
	return good;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	bool good = true;

	signal(SIGABRT, on_abort);
	for (int i = 1; i < argc; i++)
		good = replay(argv[i]) && good;
	/* The empty input too, whatever the samples are. */
	sample = "empty";
	change = "bytes";
	place = 0;
	run(NULL, 0);
	printf("fuzz: %s: %lu inputs\n", name ? name + 1 : argv[0], inputs);
	return good && inputs > 1 ? 0 : 1;
}
