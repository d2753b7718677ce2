/* faults.c - what can be wrong with keys and members: a row for each fault, and how it is told */
#include "tools/peerdump/faults.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/number.h"
#include "text/problem.h"

/*
 * An error makes the tracker fail, or keeps a peer from ever being reached; a
 * warning is wrong but does no harm by itself; a note is what a sound tracker leaves behind
 * too. Any of them makes the exit status 1.
 */
static const struct { const char *code, *severity, *why; } faults[FAULTS] = {
	[FAULT_FOREIGN_MEMBER] = { "foreign_member", "error",
				   "an entry has 22 bytes, and the tracker fails every announce of a "
				   "torrent with another member" },
	[FAULT_NO_ADDRESS] = { "no_address", "error", "neither an IPv4 nor an IPv6 address: nobody can connect" },
	[FAULT_PORT_ZERO] = { "port_zero", "error", "port 0: nobody can connect" },
	[FAULT_SPECIAL_ADDRESS] = { "special_address", "warning", "no peer on the Internet has it" },
	[FAULT_IPV4_MAPPED] = { "ipv4_mapped", "error", "it belongs in the IPv4 part, and clients do not connect to it" },
	[FAULT_DUPLICATE_ENDPOINT] = { "duplicate_endpoint", "warning", "another member of this torrent has it too" },
	[FAULT_STALE] = { "stale", "note", "the tracker does not hand it out any more" },
	[FAULT_FUTURE_SCORE] = { "future_score", "warning", "it is live for too long, and somebody's clock is wrong" },
	[FAULT_BAD_SCORE] = { "bad_score", "error", "no second of an announce" },
	[FAULT_NO_TTL] = { "no_ttl", "warning", "it never expires: the tracker sets 300 s at each announce" },
	[FAULT_ORPHAN_EXT] = { "orphan_ext", "note", "the torrent has no zset any more, and nothing removes this set" },
	[FAULT_BAD_PASSKEY_LENGTH] = { "bad_passkey_length", "error", "a passkey has 32" },
	[FAULT_BAD_HASH] = { "bad_hash", "error", "no base64 of an info hash" },
	[FAULT_NO_TORRENT] = { "no_torrent", "note", "this torrent has no zset any more" },
	[FAULT_WRONG_TYPE] = { "wrong_type", "error", "the tracker fails on it" },
	[FAULT_MODULE_TYPE] = { "module_type", "note", "a module made it, and no command can read what is in there" },
	[FAULT_OLD_KEY] = { "old_key", "warning", "an older form of key, which the tracker of today does not look at" },
	[FAULT_UNKNOWN_KEY] = { "unknown_key", "note", "no key that the tracker makes" },
};

/* ---- telling */

void check_put(struct check *check, enum fault fault, struct bytes member, const char *format, ...)
{
	struct problem problem = {
		.code = bytes_of(faults[fault].code), .severity = bytes_of(faults[fault].severity),
		.place = bytes_of(check->place), .key = check->key->text, .detail = member,
	};
	char found[256];
	va_list arguments;

	check->message.size = 0;
	if (format) {
		va_start(arguments, format);
		vsnprintf(found, sizeof found, format, arguments);
		va_end(arguments);
		buf_format(&check->message, "%s: ", found);
	}
	buf_text(&check->message, faults[fault].why);
	problem.message = buf_bytes(&check->message);
	check->counts[fault]++;
	check->run->report.bad++;
	/* what -n or -m leave out is wrong nevertheless: the search goes on, for the summary and the exit status */
	output_put(&check->run->output, &problem);
}

uint64_t check_total(const struct check *check)
{
	uint64_t total = 0;

	for (size_t i = 0; i < FAULTS; i++)
		total += check->counts[i];
	return total;
}

void check_end(struct check *check)
{
	uint64_t total = check_total(check);
	struct count_text problems, keys;
	struct buf list = { 0 };

	for (size_t i = 0; i < FAULTS; i++)
		if (check->counts[i])
			buf_format(&list, "%s%" PRIu64 " %s", list.size ? ", " : ": ", check->counts[i], faults[i].code);
	if (check->finished)
		report_note(&check->run->report, "%s in %s%s", count_print(&problems, total, "problems"),
			    count_print(&keys, check->source->keys, "keys"), buf_string(&list));
	buf_free(&list);
	buf_free(&check->message);
	distinct_free(&check->endpoints);
}

/* ---- members of a zset */

/* "203.0.113.7 2001:db8::7 port 6881"; an address that is not there is left out. */
struct peer_text { char text[IPV4_ROOM + IPV6_ROOM + 24]; };

static const char *print_peer(struct peer_text *to, const struct peer *peer)
{
	char *at = to->text;

	if (!ipv4_absent(&peer->ipv4)) {
		at = ipv4_print(at, &peer->ipv4);
		*at++ = ' ';
	}
	if (!ipv6_absent(&peer->ipv6)) {
		at = ipv6_print(at, &peer->ipv6);
		*at++ = ' ';
	}
	snprintf(at, 12, "port %u", peer->port);
	return to->text;
}

/* The two addresses of a peer one by one: the text of the address, or false when there is none. */
static bool take_address(const struct peer *peer, size_t number, char text[IPV6_ROOM + 1], const char **special)
{
	const struct ipv6 *ipv6 = &peer->ipv6;
	const struct ipv4 *ipv4 = &peer->ipv4;

	if (number == 0) {
		*ipv4_print(text, ipv4) = 0;
		*special = ipv4_special(ipv4);
		return !ipv4_absent(ipv4);
	}
	*ipv6_print(text, ipv6) = 0;
	*special = ipv6_special(ipv6);
	return !ipv6_absent(ipv6);
}

static bool new_endpoint(struct check *check, const struct peer *peer, size_t number)
{
	uint8_t form[1 + 16 + 2] = { (uint8_t)number };
	size_t size = number ? 16 : 4;

	memcpy(form + 1, number ? (const void *)&peer->ipv6 : &peer->ipv4, size);
	memcpy(form + 1 + size, &peer->port, 2);
	return distinct_add(&check->endpoints, distinct_print(&check->endpoints, bytes_at(form, 1 + size + 2)));
}

static void check_addresses(struct check *check, struct bytes member, const struct peer *peer)
{
	char text[IPV6_ROOM + 1], both[160];
	const char *special;
	int size = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!take_address(peer, i, text, &special))
			continue;
		if (special && strcmp(special, "ipv4-mapped") == 0)
			check_put(check, FAULT_IPV4_MAPPED, member, "%s is an IPv4-mapped address", text);
		else if (special)	/* told once for each peer, whose addresses are mostly alike in this */
			size += snprintf(both + size, sizeof both - (size_t)size, "%s%s is %s address space",
					 size ? ", " : "", text, special);
		if (!new_endpoint(check, peer, i))
			check_put(check, FAULT_DUPLICATE_ENDPOINT, member, i ? "[%s]:%u" : "%s:%u", text, peer->port);
	}
	if (size)
		check_put(check, FAULT_SPECIAL_ADDRESS, member, "%s", both);
}

static void check_member(struct check *check, struct bytes member)
{
	struct peer peer = { 0 };
	const struct peer_layout *layout = peer_decode(member, &peer);
	struct peer_text text;

	if (!layout) {
		check_put(check, FAULT_FOREIGN_MEMBER, member, "%zu bytes in no known form", member.size);
		return;
	}
	if (layout != &peer_layouts[0])
		check_put(check, FAULT_FOREIGN_MEMBER, member, "text in the older form %s, of %s", layout->name,
			  print_peer(&text, &peer));
	if (ipv4_absent(&peer.ipv4) && ipv6_absent(&peer.ipv6))
		check_put(check, FAULT_NO_ADDRESS, member, NULL);
	if (!peer.port)
		check_put(check, FAULT_PORT_ZERO, member, NULL);
	check_addresses(check, member, &peer);
}

static void check_score(struct check *check, const struct rdb_member *member, int64_t now_us)
{
	const int64_t window_us = PEERDUMP_WINDOW_S * 1000000ll, future_us = CHECK_FUTURE_S * 1000000ll;
	const int64_t most_us = 100000000000ll * 1000000;	/* the year 5138: milliseconds taken for seconds are later */
	struct timestamp seen = peer_seen(member->score);

	if (seen.us <= 0 || seen.us > most_us)
		check_put(check, FAULT_BAD_SCORE, member->text, "score %.17g", member->score);
	else if (seen.us > now_us + future_us)
		check_put(check, FAULT_FUTURE_SCORE, member->text,
			  "the announce is %" PRIi64 " s ahead of the server's clock", (seen.us - now_us) / 1000000);
	else if (seen.us < now_us - window_us)
		check_put(check, FAULT_STALE, member->text, "the announce was %" PRIi64 " s ago",
			  (now_us - seen.us) / 1000000);
}

void check_entries(struct check *check, const struct piece *piece)
{
	/* announces go on while we look */
	int64_t now_us = source_now_us(check->source);

	if (piece->first && piece->key->answers[SCAN_CARD] > 0)
		distinct_reset(&check->endpoints, 2 * (uint64_t)piece->key->answers[SCAN_CARD], CHECK_ENDPOINTS_MAX);
	for (size_t i = 0; i < piece->count; i++) {
		check_member(check, piece->members[i].text);
		check_score(check, &piece->members[i], now_us);
	}
}
