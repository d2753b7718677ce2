/* item.c - an item of the DHT (BEP 44): what its target is the digest of, what is signed, how large it may be */
#include "codec/item.h"

#include "base/number.h"
#include "codec/bencode.h"

void item_signed(struct buf *buf, struct bytes salt, int64_t seq, struct bytes value)
{
	if (salt.size) {
		bencode_put_text(buf, "salt");
		bencode_put_string(buf, salt);
	}
	bencode_put_text(buf, "seq");
	bencode_put_integer(buf, seq);
	bencode_put_text(buf, "v");
	buf_append(buf, value.data, value.size);
}

void item_named(struct buf *buf, struct bytes public_key, struct bytes salt)
{
	buf_append(buf, public_key.data, public_key.size);
	if (salt.size)
		buf_append(buf, salt.data, salt.size);
}

bool item_check_salt(struct bytes salt, struct error *error)
{
	return salt.size <= ITEM_SALT_MAX ||
	       fail_input(error, ERROR_NOWHERE, "the salt has %zu bytes; nodes take at most %d", salt.size, ITEM_SALT_MAX);
}

bool item_check(struct bytes value, struct error *error)
{
	struct bencode bencode;
	struct bencode_token token;
	struct count_text left;

	bencode_begin(&bencode, value);
	bencode.strict = true;
	if (value.size > ITEM_VALUE_MAX)
		return fail_input(error, ERROR_NOWHERE, "the value has %zu bytes, bencoded; nodes store at most %d",
				  value.size, ITEM_VALUE_MAX);
	while (bencode_next(&bencode, &token, error))
		;
	if (error->kind != ERROR_NONE)
		return false;
	return bencode.at == value.size ||
	       fail_input(error, bencode.at, "found %s after the value, expected its end",
			  count_print(&left, value.size - bencode.at, "bytes"));
}
