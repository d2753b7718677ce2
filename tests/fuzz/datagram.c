/* datagram.c - any bytes as captured frames: what is found lies in them, and encoded it is found again */
#include "codec/datagram.h"

#include <assert.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first two bytes are the number of the link layer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct datagram datagram, back;
	struct buf out = { 0 };

	if (size < 2 || datagram_decode(data[0] << 8 | data[1], bytes_at(data + 2, size - 2), &datagram) != DATAGRAM_UDP)
		return 0;
	assert(datagram.payload.data >= data + 2 && datagram.payload.data + datagram.payload.size <= data + size);
	assert(datagram.from.family == datagram.to.family && (datagram.from.family == 4 || datagram.from.family == 6));
	if (datagram.payload.size > DATAGRAM_PAYLOAD_MAX)
		return 0;
	datagram_encode(&datagram, &out);
	assert(datagram_decode(LINK_RAW, buf_bytes(&out), &back) == DATAGRAM_UDP);
	assert(endpoint_equal(&back.from, &datagram.from) && endpoint_equal(&back.to, &datagram.to));
	assert(bytes_equal(back.payload, datagram.payload) && !back.cut && !back.bad_checksum);
	buf_free(&out);
	return 0;
}
