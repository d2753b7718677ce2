/* mask.c - values replaced by keyed ones that keep equality, so that a capture can leave the host */
#include "cli/mask.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/hex.h"
#include "text/escape.h"

enum { DIGEST = 32, MASKED_TEXT = 32, ROUNDS = 8, HALF_MAX = 8, FIELDS_MAX = RECORD_FIELDS_MAX };

struct mask {
	const struct record *record;
	EVP_MAC_CTX *keyed;
	size_t count;
	const struct field *fields[FIELDS_MAX];
	char texts[FIELDS_MAX][MASKED_TEXT];
	void *copy;
};

static void digest(struct mask *mask, const uint8_t *data, size_t size, uint8_t out[DIGEST])
{
	size_t length;

	if (!EVP_MAC_init(mask->keyed, NULL, 0, NULL) || !EVP_MAC_update(mask->keyed, data, size) ||
	    !EVP_MAC_final(mask->keyed, out, &length, DIGEST))
		abort();	/* HMAC of bytes in memory has no way to fail; unmasked data must not go out */
}

/*
 * A permutation of all values of `size` bytes (4 or 16): each round mixes one half
 * with the keyed digest of the other, which can be undone, so no two values meet.
 */
static void permute(struct mask *mask, uint8_t *value, size_t size)
{
	size_t half = size / 2;
	uint8_t input[1 + HALF_MAX], out[DIGEST], *left = value, *right = value + half;

	for (uint8_t round = 0; round < ROUNDS; round++) {
		uint8_t *from = round & 1 ? left : right, *to = round & 1 ? right : left;

		input[0] = (uint8_t)(round | size << 3);
		memcpy(input + 1, from, half);
		digest(mask, input, 1 + half, out);
		for (size_t i = 0; i < half; i++)
			to[i] ^= out[i];
	}
}

static bool all_zero(const uint8_t *value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (value[i])
			return false;
	return true;
}

static bool key_set(struct mask *mask, struct error *error)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};
	const char *given = getenv("PEERUTILS_MASK_KEY");
	uint8_t random[DIGEST];
	bool good;

	/* an empty one is no key: it would be everybody's */
	if (given && !*given)
		given = NULL;
	if (!given && getrandom(random, sizeof random, 0) != sizeof random)
		return fail_system(error, "--mask: no random key: %m");
	mask->keyed = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	good = mask->keyed && EVP_MAC_init(mask->keyed, given ? (const uint8_t *)given : random,
					   given ? strlen(given) : sizeof random, parameters);
	EVP_MAC_free(hmac);
	return good || fail_system(error, "--mask: libcrypto has no HMAC-SHA-256");
}

static bool field_add(struct mask *mask, struct bytes name, struct error *error)
{
	const struct field *field = record_find(mask->record, name);
	struct brief brief;

	if (!field)
		return fail_usage(error, "--mask: '%s' is no column of %s records", escape_brief(&brief, name),
				  mask->record->name);
	if (!field->type->text && field->type != &field_types[FIELD_IPV4] && field->type != &field_types[FIELD_IPV6] &&
	    field->type != &field_types[FIELD_ENDPOINT])
		return fail_usage(error, "--mask: %s is a %s; only text and addresses can be masked", field->name,
				  field->type->name);
	for (size_t i = 0; i < mask->count; i++)
		if (mask->fields[i] == field)
			return true;
	mask->fields[mask->count++] = field;
	return true;
}

struct mask *mask_new(const struct record *record, const char *const *fields, size_t count, struct error *error)
{
	struct mask *mask = calloc(1, sizeof *mask);

	if (!mask || !(mask->copy = malloc(record->size)))
		out_of_memory();
	mask->record = record;
	for (size_t i = 0; i < count; i++) {
		struct bytes rest = bytes_of(fields[i]);

		while (rest.data) {
			if (!field_add(mask, bytes_split(rest, ',', &rest), error)) {
				mask_free(mask);
				return NULL;
			}
		}
	}
	if (key_set(mask, error))
		return mask;
	mask_free(mask);
	return NULL;
}

void mask_free(struct mask *mask)
{
	if (!mask)
		return;
	EVP_MAC_CTX_free(mask->keyed);
	free(mask->copy);
	free(mask);
}

static void mask_text(struct mask *mask, struct bytes *text, char *masked)
{
	uint8_t out[DIGEST];

	if (!text->data)
		return;
	digest(mask, text->data, text->size, out);
	hex_print(masked, out, MASKED_TEXT / 2);
	*text = bytes_at(masked, MASKED_TEXT);
}

static void mask_address(struct mask *mask, uint8_t *value, size_t size)
{
	if (all_zero(value, size))
		return;
	/* all zero would mean "unset": that one value walks on to the next of its cycle */
	do
		permute(mask, value, size);
	while (all_zero(value, size));
}

const void *mask_apply(struct mask *mask, const void *record)
{
	memcpy(mask->copy, record, mask->record->size);
	for (size_t i = 0; i < mask->count; i++) {
		const struct field *field = mask->fields[i];
		uint8_t *value = (uint8_t *)mask->copy + field->offset;
		struct endpoint *endpoint = (void *)value;

		if (field->type->text)
			mask_text(mask, (struct bytes *)(void *)value, mask->texts[i]);
		else if (field->type == &field_types[FIELD_ENDPOINT])
			/* as the address alone would be; the port stays */
			mask_address(mask, endpoint->address, endpoint->family == 6 ? 16 : 4);
		else
			mask_address(mask, value, field->type->size);
	}
	return mask->copy;
}
