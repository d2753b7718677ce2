/* mask.h - values replaced by keyed ones that keep equality, so that a capture can leave the host */
#ifndef CLI_MASK_H
#define CLI_MASK_H

#include "base/error.h"
#include "text/record.h"

struct mask;

/*
 * fields: names of TEXT, IPV4 or IPV6 fields, each possibly several by comma. The key is $PEERUTILS_MASK_KEY, or random
 * for this run. Equal values give equal ones, and (but for chance below 2^-100, for texts) different values different
 * ones: texts become 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104), addresses are permuted (a Feistel network with
 * the same function). Unset stays unset. NULL with ERROR_USAGE when a field cannot be masked.
 */
struct mask *mask_new(const struct record *, const char *const *fields, size_t count, struct error *);
void mask_free(struct mask *);
/* The record with its fields masked: a copy that is good until the next call. */
const void *mask_apply(struct mask *, const void *record);

#endif
