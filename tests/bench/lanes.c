/* lanes.c - MB/s of one core for each way of computing SHA-1 and SHA-256 in lanes: how many busy, median of 5 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "digest/lanes.h"

enum { RUNS = 5, PIECE = 64 << 10, TURN_MS = 60 };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* That many pieces side by side, which stay in the second cache, again and again. All digests go into *all. */
static double measure(struct lanes *lanes, const uint8_t *memory, unsigned busy, uint8_t *all)
{
	uint8_t digests[LANES][DIGEST_SIZE_MAX];
	struct bytes rest[LANES] = { { NULL, 0 } };
	double rates[RUNS];

	for (unsigned lane = 0; lane < busy; lane++)
		rest[lane] = bytes_at(memory + lane * PIECE, PIECE);
	for (int run = 0; run < RUNS; run++) {
		double began = now_ms(), bytes = 0, took;

		do {
			lanes_end(lanes, rest, digests);
			bytes += (double)busy * PIECE;
			took = now_ms() - began;
		} while (took < TURN_MS);
		rates[run] = bytes / took / 1e3;
		for (unsigned lane = 0; lane < busy; lane++)
			*all ^= digests[lane][0];
	}
	qsort(rates, RUNS, sizeof *rates, by_size);
	return rates[RUNS / 2];
}

int main(int argc, char **argv)
{
	static const unsigned busy[] = { 1, 4, 8, 12, LANES };
	static const char *const sums[] = { [LANES_SHA1] = "sha1", [LANES_SHA256] = "sha256" };
	uint8_t *memory = malloc(LANES * PIECE), all = 0;

	(void)argv;
	for (size_t i = 0; i < LANES * PIECE; i++)
		memory[i] = (uint8_t)(i * 2654435761u >> 24);
	printf("  %-20s", "busy lanes");
	for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
		printf(" %8u", busy[i]);
	for (int sum = LANES_SHA1; sum <= LANES_SHA256; sum++)
		for (int engine = 0; engine < LANES_ENGINES; engine++) {
			struct lanes *lanes = lanes_new(sum, engine);

			if (!lanes)
				continue;
			printf("\n  %-6s %-12s%s", sums[sum], lanes_name(engine),
			       (int)lanes_best(sum) == engine ? "*" : " ");
			for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
				printf(" %8.0f", measure(lanes, memory, busy[i], &all));
			lanes_free(lanes);
		}
	printf("\n");
	free(memory);
	/* never: that the digests are looked at keeps them from being left out */
	return argc == 1000 ? all : 0;
}
