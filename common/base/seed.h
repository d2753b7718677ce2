/* seed.h - a number for hashes that nobody can choose collisions for */
#ifndef BASE_SEED_H
#define BASE_SEED_H

#include <stdint.h>

/*
 * Drawn anew at each call (getrandom). Only a kernel without getrandom gives none, and then it is 0: a fixed seed still
 * tells keys apart.
 */
uint64_t seed_draw(void);

#endif
