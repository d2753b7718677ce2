/* seed.c - a number for hashes that nobody can choose collisions for */
#include "base/seed.h"

#include <errno.h>
#include <sys/random.h>

uint64_t seed_draw(void)
{
	uint64_t seed = 0;
	ssize_t size;

	do
		size = getrandom(&seed, sizeof seed, 0);
	while (size < 0 && errno == EINTR);
	return seed;
}
