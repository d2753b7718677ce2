/* hash.c - an info hash in any of the spellings that people paste */
#include "text/hash.h"

#include "base/base64.h"
#include "base/hex.h"
#include "text/escape.h"

enum { HEX_LENGTH = 2 * HASH_SIZE, BASE32_LENGTH = 32, BASE64_LENGTH = 28 };

/* The value of the first xt=urn:btih: parameter (BEP 9, "magnet URI format"), or none. */
static struct bytes magnet_hash(struct bytes link)
{
	struct bytes rest, parameter;

	bytes_split(link, '?', &rest);
	while (rest.data) {
		parameter = bytes_split(rest, '&', &rest);
		/* BEP 9 writes xt; xt.1, xt.2 come from links with several hashes */
		if (bytes_begin(parameter, "xt.") || bytes_begin(parameter, "xt=")) {
			bytes_split(parameter, '=', &parameter);
			if (parameter.data && bytes_begin(parameter, "urn:btih:"))
				return bytes_after(parameter, 9);
		}
	}
	return (struct bytes){ NULL, 0 };
}

bool hash_parse(struct bytes text, uint8_t hash[HASH_SIZE], struct error *error)
{
	struct bytes spelled = text;
	struct brief brief;

	if (bytes_begin(text, "magnet:")) {
		spelled = magnet_hash(text);
		if (!spelled.data)
			return fail_input(error, ERROR_NOWHERE, "this magnet link has no xt=urn:btih: hash");
	}
	if ((spelled.size == HEX_LENGTH && hex_parse(spelled.data, HASH_SIZE, hash)) ||
	    (spelled.size == BASE32_LENGTH && base32_parse(spelled, hash, HASH_SIZE)) ||
	    (spelled.size == BASE64_LENGTH && base64_parse(spelled, hash, HASH_SIZE)))
		return true;
	return fail_input(error, ERROR_NOWHERE,
			  "'%s' is no info hash: want 40 hexadecimal digits, 32 characters of base32, "
			  "28 of base64 or a magnet link", escape_brief(&brief, text));
}
