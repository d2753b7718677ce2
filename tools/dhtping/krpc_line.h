/* krpc_line.h - a packet of the DHT as a record, and the record as a packet again */
#ifndef DHTPING_KRPC_LINE_H
#define DHTPING_KRPC_LINE_H

#include "base/buf.h"
#include "codec/krpc.h"
#include "codec/node_id.h"
#include "tools/dhtping/packets.h"
#include "tools/dhtping/records.h"

/*
 * What columns say is taken out of the message; what is left of it becomes `extra`, so that nothing is lost but the
 * order of keys, what stands twice and what follows the packet. A packet that cannot be read, or has more keys than are
 * kept, is `extra` as it is: the flags `broken` and `crowded` say so.
 */

enum { FLAGS_ROOM = 512 };	/* all words that there are */

/* What a record looks into besides the packet. Start with { 0 }. */
struct krpc_text {
	char client[CLIENT_ROOM], flags[FLAGS_ROOM];
	struct buf extra;
};

/* method: of the query that it answers; unset: not known. The message is used up. */
void krpc_line_make(const struct packet *, struct krpc_message *, struct bytes method, struct krpc_text *,
		    struct krpc_line *);
/* Of one that cannot be read. */
void krpc_line_break(const struct packet *, struct krpc_text *, struct krpc_line *);
/*
 * Appends the packet. Columns win over extra; the counts, and q of an answer, are not looked at. scratch is used
 * meanwhile. ERROR_INPUT names the column that is missing or cannot be.
 */
bool krpc_line_encode(const struct krpc_line *, struct buf *scratch, struct buf *out, struct error *);

#endif
