/* error.h - the first failure, and where it happened */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum error_kind {
	ERROR_NONE,
	ERROR_INPUT,	/* this piece of input is bad; others may be good (exit status 1) */
	ERROR_SYSTEM,	/* a file, a server or the machine refused (exit status 2) */
	ERROR_USAGE,	/* the command line is wrong (exit status 2) */
};

#define ERROR_NOWHERE UINT64_MAX	/* an offset that is not known */

/*
 * Filled by the first failure and left alone by later ones, so that calls
 * chain with && and the message tells the cause, not the consequence.
 * Start with { 0 }. message is complete: lower case, no full stop, what was
 * found and what was expected.
 */
struct error {
	enum error_kind kind;
	uint64_t offset;	/* bytes from the start of the input, or ERROR_NOWHERE */
	const char *like;	/* the message's format: equal pointers are the same complaint */
	char message[240];
};

/* As { 0 }, but without touching the message: for loops that go through millions of good records. */
static inline void error_clear(struct error *error)
{
	error->kind = ERROR_NONE;
}

/* Each returns false, always, so that a function can end with `return fail_input(...)`. */
bool fail_input(struct error *, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool fail_system(struct error *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool fail_usage(struct error *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "what: " before the message of a failure, for the layer that knows more of the place. */
void error_prefix(struct error *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts more after the message: what was done about it. */
void error_suffix(struct error *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
