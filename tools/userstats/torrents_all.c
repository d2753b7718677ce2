/* torrents_all.c - userstats torrents --all: every torrent of the site, in the order of their numbers */
#include "tools/userstats/torrents.h"

#include <stdlib.h>

#include "base/buf.h"
#include "tools/userstats/split.h"
#include "tools/userstats/watch.h"

/* ---- lines that wait for their entries to be counted: as many as commands may be under way, so in little memory */

enum { QUEUE = 4096 };

struct waiting {
	struct torrent_line line;
	uint8_t hash[HASH_SIZE];
	struct buf title;
	bool answered;
};

struct queue {
	struct stores *stores;
	struct waiting *slots;		/* QUEUE of them */
	uint64_t first, next;		/* what waits; each has the slot of its number modulo QUEUE */
	struct torrent_line blank;
	bool ended;			/* stdout wants no more */
	uint64_t hashless;		/* lines without an info hash */
};

static void queue_open(struct queue *queue, struct stores *stores)
{
	*queue = (struct queue){
		.stores = stores, .slots = calloc(QUEUE, sizeof *queue->slots), .blank = torrents_line(stores),
	};
	if (!queue->slots)
		out_of_memory();
}

static void queue_close(struct queue *queue)
{
	for (size_t i = 0; i < QUEUE; i++)
		buf_free(&queue->slots[i].title);
	free(queue->slots);
}

static bool queue_room(const struct queue *queue)
{
	bool asked = stores_have(queue->stores, STORE_BIT(STORE_TORRENTS));

	return queue->next - queue->first < QUEUE && (!asked || stores_room(queue->stores, STORE_TORRENTS));
}

/* Prints what is complete, in order. */
static void queue_print(struct queue *queue)
{
	for (; queue->first < queue->next && queue->slots[queue->first % QUEUE].answered; queue->first++)
		queue->ended = queue->ended || !watch_put(queue->stores, &queue->slots[queue->first % QUEUE].line);
}

/* The next line; its views of the hash and the title are set by what follows. */
static struct waiting *queue_add(struct queue *queue)
{
	struct waiting *waiting = &queue->slots[queue->next % QUEUE];

	waiting->line = queue->blank;
	return waiting;
}

/* It is complete but for what is live. hash NULL: it has none. */
static void queue_ask(struct queue *queue, struct waiting *waiting, const uint8_t *hash)
{
	queue->hashless += !hash;
	waiting->answered = !hash || !stores_have(queue->stores, STORE_BIT(STORE_TORRENTS));
	if (hash) {
		memmove(waiting->hash, hash, HASH_SIZE);
		waiting->line.info_hash = bytes_at(waiting->hash, HASH_SIZE);
		stores_ask_live(queue->stores, queue->next, hash);
	}
	queue->next++;
	queue_print(queue);
}

static void queue_answer(struct queue *queue, const struct event *event)
{
	struct waiting *waiting = &queue->slots[event->answer.tag % QUEUE];

	waiting->line.live = torrents_live(queue->stores, waiting->hash, event);
	waiting->answered = true;
	queue_print(queue);
}

/* What was not answered never will be. */
static void queue_lose(struct queue *queue)
{
	for (uint64_t i = queue->first; i < queue->next; i++)
		queue->slots[i % QUEUE].answered = true;
	queue_print(queue);
}

/* ---- entries only: lines are made of rows as they come */

static void take_row(struct queue *queue, const struct pg_row *row)
{
	struct waiting *waiting = queue_add(queue);
	struct bytes hash = row->fields[1], title = row->fields[2];
	uint8_t sound[HASH_SIZE];

	waiting->line.tid = stores_int(row->fields[0]);
	waiting->title.size = 0;
	if (title.data) {
		buf_append(&waiting->title, title.data, title.size);
		waiting->line.title = bytes_at(buf_string(&waiting->title), title.size);
	}
	waiting->line.site_uploading = stores_int(row->fields[3]);
	waiting->line.site_downloading = stores_int(row->fields[4]);
	waiting->line.site_finished = stores_int(row->fields[5]);
	queue_ask(queue, waiting, stores_hash(hash, sound) ? sound : NULL);
}

static void all_live(struct queue *queue)
{
	struct event event;

	stores_copy(queue->stores,
		    "SELECT coalesce(t.tid, i.tid)::bigint, t.info_hash::text, i.title::text, c.uploading::bigint, "
		    "c.downloading::bigint, c.finished::bigint FROM @torrents t FULL JOIN @titles i ON i.tid = t.tid "
		    "LEFT JOIN @counters c ON c.tid = coalesce(t.tid, i.tid) ORDER BY 1");
	while (!queue->ended && stores_next(queue->stores, &event)) {
		if (event.kind == EVENT_ROW)
			take_row(queue, &event.row);
		else if (event.kind == EVENT_ANSWER)
			queue_answer(queue, &event);
		else if (event.kind == EVENT_LOST)
			queue_lose(queue);
		queue->stores->hold = !queue_room(queue);
	}
}

/* ---- split by what is live: the pairs first, then the entries */

static void put_counted(struct queue *queue, const struct split *split, uint32_t number, struct torrents_known known)
{
	const struct ids_torrent *torrent = &split->ids.torrents[number];
	struct waiting *waiting = queue_add(queue);

	waiting->line.tid = torrent->tid;
	waiting->line.title = torrent->title;
	waiting->line.site_uploading = torrent->uploading;
	waiting->line.site_downloading = torrent->downloading;
	waiting->line.site_finished = torrent->finished;
	if (torrent->hashed)
		waiting->line.info_hash = bytes_at(torrent->hash, HASH_SIZE);
	torrents_tally(&waiting->line, &split->torrents[number].tally, known);
	queue_ask(queue, waiting, torrent->hashed ? torrent->hash : NULL);
}

static void all_split(struct queue *queue)
{
	struct split split = { 0 };
	struct torrents_known known;
	struct event event;
	uint32_t next = 0;

	if (split_open(&split, queue->stores, IDS_COUNTERS | IDS_TITLED)) {
		known = split_redis(&split, queue->stores);
		do {
			if (next < split.ids.torrent_count && queue_room(queue)) {
				put_counted(queue, &split, next++, known);
				continue;
			}
			if (!stores_next(queue->stores, &event))
				break;
			if (event.kind == EVENT_ANSWER)
				queue_answer(queue, &event);
			else if (event.kind == EVENT_LOST)
				queue_lose(queue);
		} while (!queue->ended && !tool_stopped);
	}
	split_close(&split);
}

void torrents_all(struct stores *stores)
{
	const struct userstats_options *options = stores->run->options;
	struct queue queue;

	queue_open(&queue, stores);
	if (options->live_only)
		all_live(&queue);
	else
		all_split(&queue);
	torrents_tell_hashless(stores, queue.hashless);
	queue_close(&queue);
}
