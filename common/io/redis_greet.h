/* redis_greet.h - the first words with a Redis server: password, database, and what its refusals mean */
#ifndef IO_REDIS_GREET_H
#define IO_REDIS_GREET_H

#include "io/redis.h"

enum { REDIS_WORDS_ROOM = 160 };

/* AUTH, SELECT and PING, sent at once. The errors never hold the password, not even when the server's words do. */
bool redis_greet(struct redis *, const struct redis_address *, struct error *);
/* The start of the server's words, which may be anybody's, without what a terminal would act on. Returns text. */
const char *redis_print_words(char text[REDIS_WORDS_ROOM], struct bytes words);
/* The value of the line "name:value" in what INFO says; unset when it does not say. */
struct bytes redis_info(struct bytes text, const char *name);

#endif
