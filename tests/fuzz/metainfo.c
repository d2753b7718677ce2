/* metainfo.c - any bytes as a torrent file: totals, walks, links and layers agree with each other */
#include "../support/metainfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_torrent(bytes_at(data ? data : (const uint8_t *)"", size));
	return 0;
}
