/* address.c - IPv4 and IPv6 addresses: RFC 5952 text and back, special ranges */
#include "base/address.h"

#include <endian.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/bytetable.h"
#include "base/hex.h"
#include "base/number.h"

/*
 * Which groups "::" stands for, by the mask of the groups that are zero (bit 0
 * for the first): the longest run of two or more, the first of equal ones. A
 * bit of RUNS_n tells that n groups from there on are zero.
 */
#define RUNS_2(m) ((m) & (m) >> 1)
#define RUNS_3(m) (RUNS_2(m) & (m) >> 2)
#define RUNS_4(m) (RUNS_2(m) & RUNS_2(m) >> 2)
#define RUNS_5(m) (RUNS_4(m) & (m) >> 4)
#define RUNS_6(m) (RUNS_4(m) & RUNS_2(m) >> 4)
#define RUNS_7(m) (RUNS_4(m) & RUNS_4(m) >> 3)
#define RUNS_8(m) (RUNS_4(m) & RUNS_4(m) >> 4)
#define FIRST_RUN(runs, size) (((runs) & -(runs)) * ((1 << (size)) - 1))
#define ELIDED(m) \
	(RUNS_8(m) ? FIRST_RUN(RUNS_8(m), 8) : RUNS_7(m) ? FIRST_RUN(RUNS_7(m), 7) : \
	 RUNS_6(m) ? FIRST_RUN(RUNS_6(m), 6) : RUNS_5(m) ? FIRST_RUN(RUNS_5(m), 5) : \
	 RUNS_4(m) ? FIRST_RUN(RUNS_4(m), 4) : RUNS_3(m) ? FIRST_RUN(RUNS_3(m), 3) : \
	 FIRST_RUN(RUNS_2(m), 2))
static const uint8_t elided[256] = { ALL_BYTES(ELIDED) };

static uint32_t load_le32(const void *at)
{
	uint32_t word;

	memcpy(&word, at, 4);
	return le32toh(word);
}

static uint64_t load_le64(const void *at)
{
	uint64_t word;

	memcpy(&word, at, 8);
	return le64toh(word);
}

static uint32_t load_be32(const void *at)
{
	return __builtin_bswap32(load_le32(at));
}

static uint64_t load_be64(const void *at)
{
	return __builtin_bswap64(load_le64(at));
}

char *ipv4_print(char *at, const struct ipv4 *ip)
{
	for (int i = 0; i < 4; i++) {
		memcpy(at, number_octets[ip->byte[i]].text, 4);
		at += number_octets[ip->byte[i]].size + 1;
	}
	return at - 1;
}

/* The groups [from, to) without leading zeros, each with a colon after it. One store a group, the shift drops its zeros. */
static inline char *print_groups(char *at, const struct ipv6 *ip, const char *digits, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		unsigned group = (unsigned)ip->byte[2 * i] << 8 | ip->byte[2 * i + 1];
		unsigned skip = (((unsigned)__builtin_clz(group | 1) - 16) & ~3u) * 2;	/* bits of text */
		uint64_t text = htole64((load_le32(digits + 4 * i) | (uint64_t)':' << 32) >> skip);

		memcpy(at, &text, 8);
		at += 5 - skip / 8;
	}
	return at;
}

/* Bit i: group i is zero. */
static unsigned zero_groups(const struct ipv6 *ip)
{
#ifdef __SSE2__
	__m128i zero = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)ip), _mm_setzero_si128());

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(zero, _mm_setzero_si128()));
#else
	unsigned zeros = 0;

	for (unsigned i = 0; i < 8; i++)
		zeros |= (unsigned)!(ip->byte[2 * i] | ip->byte[2 * i + 1]) << i;
	return zeros;
#endif
}

char *ipv6_print(char *at, const struct ipv6 *ip)
{
	unsigned zeros = zero_groups(ip), run = elided[zeros], first, last;
	char digits[32];

	/* as inet_ntop: a dotted tail after ::ffff:, and after :: unless more than the first six are zero */
	if ((zeros & 0x7f) == 0x3f || ((zeros & 0x3f) == 0x1f && ip->byte[10] == 0xff && ip->byte[11] == 0xff)) {
		memcpy(at, "::ffff:", 7);
		return ipv4_print(at + (zeros & 0x20 ? 2 : 7), (const struct ipv4 *)(ip->byte + 12));
	}
	hex_print(digits, ip->byte, 16);
	if (!run)
		return print_groups(at, ip, digits, 0, 8) - 1;
	first = (unsigned)__builtin_ctz(run);
	last = 32 - (unsigned)__builtin_clz(run);
	*at = ':';
	at = print_groups(at + !first, ip, digits, 0, first);
	*at++ = ':';
	return print_groups(at, ip, digits, last, 8) - (last < 8);
}

/* Bit i is set when byte i of a little-endian word is a dot. */
static unsigned find_dots(uint64_t word)
{
	const uint64_t low_bits = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t other = word ^ UINT64_C(0x2e2e2e2e2e2e2e2e);
	uint64_t is_dot = ~(((other & low_bits) + low_bits) | other | low_bits) >> 7;

	/* the product moves bit 8 * i to bit 56 + i, and no two bits to the same place */
	return (unsigned)(is_dot * UINT64_C(0x0102040810204080) >> 56);
}

/* What octet_value reads, for each value as it is printed: the size, and the digits in the bytes above it. */
#define OCTET_DIGITS(n) \
	((n) < 10 ? 1 | (uint32_t)(n) << 24 : \
	 (n) < 100 ? 2 | (uint32_t)(n) / 10 << 16 | (uint32_t)(n) % 10 << 24 : \
	 3 | (uint32_t)(n) / 100 << 8 | (uint32_t)(n) / 10 % 10 << 16 | (uint32_t)(n) % 10 << 24)
static const uint32_t octet_digits[256] = { ALL_BYTES(OCTET_DIGITS) };

/*
 * The value of an octet of size characters (1 to 3), which are the last of a
 * little-endian word, with anything before them that is zero once they are
 * digits. What is no octet in the one spelling allowed differs from how its
 * value is printed, and then *bad gets bits.
 */
static inline uint8_t octet_value(uint32_t digits, unsigned size, uint32_t *bad)
{
	/* 100 * a + 10 * b + c in the last byte, nothing carried into it from below when they are digits */
	uint8_t value = (uint8_t)(digits * (UINT32_C(100) << 16 | 10 << 8 | 1) >> 24);

	*bad |= octet_digits[value] ^ (digits | size);
	return value;
}

/* The characters from at on, of which the first size count. */
static inline uint32_t first_digits(const uint8_t *at, unsigned size)
{
	return (load_le32(at) ^ 0x30303030) << (32 - 8 * size);
}

/* The characters up to end, of which the last size count. */
static inline uint32_t last_digits(const uint8_t *end, unsigned size)
{
	unsigned others = 32 - 8 * size;

	return (load_le32(end - 4) ^ 0x30303030) >> others << others;
}

/*
 * The dots are found first, all at once, and then the octets are read side by
 * side: a loop over the characters would be mispredicted at most of the dots.
 */
bool ipv4_parse(struct bytes text, struct ipv4 *ip)
{
	unsigned size = (unsigned)text.size, dots, first, second, third, sizes[4];
	uint32_t bad = 0;
	uint8_t byte[4];

	if (text.size < 7 || text.size > 15)
		return false;
	if (size == 7)
		dots = find_dots(load_le32(text.data) | (uint64_t)load_le32(text.data + 3) << 24);
	else
		dots = find_dots(load_le64(text.data)) | find_dots(load_le64(text.data + size - 8)) << (size - 8);
	/* where there is no third dot, it is put where the last octet cannot follow it */
	first = (unsigned)__builtin_ctz(dots | 1 << 16);
	dots &= dots - 1;
	second = (unsigned)__builtin_ctz(dots | 1 << 16);
	dots &= dots - 1;
	third = (unsigned)__builtin_ctz(dots | 1 << 16);
	sizes[0] = first;
	sizes[1] = second - first - 1;
	sizes[2] = third - second - 1;
	sizes[3] = size - third - 1;
	/* each is 1 to 3, and then each load below is inside the text; a fourth dot is no digit */
	if (sizes[0] - 1 > 2 || sizes[1] - 1 > 2 || sizes[2] - 1 > 2 || sizes[3] - 1 > 2)
		return false;
	byte[0] = octet_value(first_digits(text.data, sizes[0]), sizes[0], &bad);
	byte[1] = octet_value(first_digits(text.data + first + 1, sizes[1]), sizes[1], &bad);
	byte[2] = octet_value(last_digits(text.data + third, sizes[2]), sizes[2], &bad);
	byte[3] = octet_value(last_digits(text.data + size, sizes[3]), sizes[3], &bad);
	if (bad)
		return false;
	memcpy(ip, byte, 4);
	return true;
}

enum {
	IPV6_LONGEST = 45,	/* six groups of four digits and a dotted tail */
	MARGIN = 4,		/* zeros before the nibbles of the first group, which may be one digit */
	NIBBLES = MARGIN + 48,
};

/* The nibbles of all hexadecimal digits of the text; bit i is set when character i is one. */
static uint64_t read_nibbles(struct bytes text, uint8_t nibbles[NIBBLES])
{
	uint8_t copy[16] = { 0 };
	uint64_t digits;
	size_t last;

	memset(nibbles, 0, MARGIN);
	nibbles += MARGIN;
	if (text.size < 16) {
		memcpy(copy, text.data, text.size);
		return hex_nibbles(copy, nibbles);
	}
	digits = hex_nibbles(text.data, nibbles);
	if (text.size > 32)
		digits |= (uint64_t)hex_nibbles(text.data + 16, nibbles + 16) << 16;
	last = text.size - 16;
	return digits | (uint64_t)hex_nibbles(text.data + last, nibbles + last) << last;
}

/* Writes the group of at most four digits that ends before character end. */
static inline void read_group(uint8_t *at, const uint8_t *nibbles, uint64_t digits, unsigned end)
{
	unsigned count = (unsigned)__builtin_clzll(~(digits << (64 - end)));
	unsigned others = 8 * (4 - count);
	uint32_t word = load_le32(nibbles + MARGIN + end - 4) >> others << others;

	word = (word << 4 | word >> 8) & 0x00ff00ff;
	at[0] = (uint8_t)word;
	at[1] = (uint8_t)(word >> 16);
}

/* A dotted tail: its octets go to the last two groups, and the text is cut to what is before it. */
static bool read_tail(struct bytes *text, uint64_t *marks, uint8_t byte[16])
{
	struct ipv4 ip;
	unsigned at;

	do {
		at = 63 - (unsigned)__builtin_clzll(*marks);
		if (text->data[at] == ':')
			break;
		*marks ^= UINT64_C(1) << at;
	} while (*marks);
	if (!*marks || !ipv4_parse(bytes_after(*text, at + 1), &ip))
		return false;
	memcpy(byte + 12, ip.byte, 4);
	text->size = at + 1;
	return true;
}

/*
 * "Marks" are what is no digit, and must be colons. Groups are read where
 * they end, those before "::" from the first on, those after it from the last
 * on, so that the zeros between need no counting.
 */
bool ipv6_parse(struct bytes text, struct ipv6 *ip)
{
	uint8_t nibbles[NIBBLES], byte[16] = { 0 };
	unsigned front = 0, back = 8;
	uint64_t digits, marks, pair, ends, before;

	if (text.size < 2 || text.size > IPV6_LONGEST)
		return false;
	digits = read_nibbles(text, nibbles);
	marks = ~digits & ((UINT64_C(1) << text.size) - 1);
	if (!marks || (digits & digits >> 1 & digits >> 2 & digits >> 3 & digits >> 4))
		return false;
	ends = UINT64_C(1) << text.size;
	if (text.data[63 - __builtin_clzll(marks)] == '.') {
		if (!read_tail(&text, &marks, byte))
			return false;
		back = 6;
		ends = 0;	/* the colon before the tail ends the last group */
	}
	pair = marks & marks >> 1;
	/* one "::" at most; the text neither begins nor ends with a single colon */
	if ((pair & (pair - 1)) || (marks & 1 & ~pair) ||
	    (marks << 1 & ends & ~(pair << 2)))
		return false;
	ends = (ends | marks) & ~(marks << 1) & ~UINT64_C(1);
	before = pair ? pair | (pair - 1) : UINT64_MAX;
	for (uint64_t left = ends & before; left; left &= left - 1) {
		unsigned end = (unsigned)__builtin_ctzll(left);

		if (front == back || (end < text.size && text.data[end] != ':'))
			return false;
		read_group(byte + 2 * front++, nibbles, digits, end);
	}
	if (!pair) {
		if (front != back)
			return false;
		memcpy(ip, byte, 16);
		return true;
	}
	for (uint64_t left = ends & ~before; left; ) {
		unsigned end = 63 - (unsigned)__builtin_clzll(left);

		if (front == back || (end < text.size && text.data[end] != ':'))
			return false;
		read_group(byte + 2 * --back, nibbles, digits, end);
		left ^= UINT64_C(1) << end;
	}
	/* the two colons, the second of which ends no group; and at least one group for them to stand for */
	front = front < back ? (unsigned)__builtin_ctzll(pair) : UINT32_MAX;
	if (front == UINT32_MAX || text.data[front] != ':' || text.data[front + 1] != ':')
		return false;
	memcpy(ip, byte, 16);
	return true;
}

/*
 * The first row that matches tells; NULL is an ordinary address inside a
 * special range (anycast services that the registries call globally
 * reachable, and Teredo and 6to4, from which peers did come).
 */
#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct {
	uint32_t prefix;
	unsigned bits;
	const char *word;
} ipv4_ranges[] = {
	{ IPV4(0, 0, 0, 0), 32, "unspecified" },
	{ IPV4(0, 0, 0, 0), 8, "this-network" },
	{ IPV4(10, 0, 0, 0), 8, "private" },
	{ IPV4(100, 64, 0, 0), 10, "shared" },
	{ IPV4(127, 0, 0, 0), 8, "loopback" },
	{ IPV4(169, 254, 0, 0), 16, "link-local" },
	{ IPV4(172, 16, 0, 0), 12, "private" },
	{ IPV4(192, 0, 0, 9), 32, NULL },
	{ IPV4(192, 0, 0, 10), 32, NULL },
	{ IPV4(192, 0, 0, 0), 24, "reserved" },
	{ IPV4(192, 0, 2, 0), 24, "documentation" },
	{ IPV4(192, 88, 99, 0), 24, "6to4-relay" },
	{ IPV4(192, 168, 0, 0), 16, "private" },
	{ IPV4(198, 18, 0, 0), 15, "benchmarking" },
	{ IPV4(198, 51, 100, 0), 24, "documentation" },
	{ IPV4(203, 0, 113, 0), 24, "documentation" },
	{ IPV4(224, 0, 0, 0), 4, "multicast" },
	{ IPV4(255, 255, 255, 255), 32, "broadcast" },
	{ IPV4(240, 0, 0, 0), 4, "reserved" },
};

const char *ipv4_special(const struct ipv4 *ip)
{
	uint32_t address = load_be32(ip);

	for (size_t i = 0; i < sizeof ipv4_ranges / sizeof *ipv4_ranges; i++)
		if ((address ^ ipv4_ranges[i].prefix) >> (32 - ipv4_ranges[i].bits) == 0)
			return ipv4_ranges[i].word;
	return NULL;
}

/* The first four groups and the last two: no prefix has bits in the two between. */
#define GROUPS(a, b, c, d) ((uint64_t)(a) << 48 | (uint64_t)(b) << 32 | (uint64_t)(c) << 16 | (uint64_t)(d))

static const struct {
	uint64_t high, low;
	unsigned bits;
	const char *word;
} ipv6_ranges[] = {
	{ GROUPS(0, 0, 0, 0), 0, 128, "unspecified" },
	{ GROUPS(0, 0, 0, 0), 1, 128, "loopback" },
	{ GROUPS(0, 0, 0, 0), GROUPS(0, 0xffff, 0, 0), 96, "ipv4-mapped" },
	{ GROUPS(0, 0, 0, 0), 0, 96, "ipv4-compatible" },
	{ GROUPS(0x64, 0xff9b, 0, 0), 0, 96, "nat64" },
	{ GROUPS(0x64, 0xff9b, 1, 0), 0, 48, "nat64" },
	{ GROUPS(0x100, 0, 0, 0), 0, 64, "discard" },
	{ GROUPS(0x2001, 0, 0, 0), 0, 32, NULL },
	{ GROUPS(0x2001, 1, 0, 0), 1, 128, NULL },
	{ GROUPS(0x2001, 1, 0, 0), 2, 128, NULL },
	{ GROUPS(0x2001, 1, 0, 0), 3, 128, NULL },
	{ GROUPS(0x2001, 2, 0, 0), 0, 48, "benchmarking" },
	{ GROUPS(0x2001, 3, 0, 0), 0, 32, NULL },
	{ GROUPS(0x2001, 4, 0x112, 0), 0, 48, NULL },
	{ GROUPS(0x2001, 0x20, 0, 0), 0, 28, NULL },
	{ GROUPS(0x2001, 0x30, 0, 0), 0, 28, NULL },
	{ GROUPS(0x2001, 0, 0, 0), 0, 23, "reserved" },
	{ GROUPS(0x2001, 0xdb8, 0, 0), 0, 32, "documentation" },
	{ GROUPS(0x3fff, 0, 0, 0), 0, 20, "documentation" },
	/* all other addresses that were ever given to anybody */
	{ GROUPS(0x2000, 0, 0, 0), 0, 3, NULL },
	{ GROUPS(0x5f00, 0, 0, 0), 0, 16, "segment-routing" },
	{ GROUPS(0xfc00, 0, 0, 0), 0, 7, "private" },
	{ GROUPS(0xfe80, 0, 0, 0), 0, 10, "link-local" },
	{ GROUPS(0xfec0, 0, 0, 0), 0, 10, "site-local" },
	{ GROUPS(0xff00, 0, 0, 0), 0, 8, "multicast" },
};

const char *ipv6_special(const struct ipv6 *ip)
{
	uint64_t high = load_be64(ip->byte), low = load_be64(ip->byte + 8);

	for (size_t i = 0; i < sizeof ipv6_ranges / sizeof *ipv6_ranges; i++) {
		unsigned bits = ipv6_ranges[i].bits;
		uint64_t first = high ^ ipv6_ranges[i].high, last = low ^ ipv6_ranges[i].low;

		if (bits <= 64 ? first >> (64 - bits) == 0 : (first | last >> (128 - bits)) == 0)
			return ipv6_ranges[i].word;
	}
	return "reserved";
}
