/* capture.c - captured packets: pcap and pcapng files, pipes, and interfaces (libpcap) */
#include "io/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/buf.h"

enum {
	SNAPSHOT = 262144,		/* bytes of a frame: all of it, whatever its kind */
	KERNEL_BUFFER = 16 << 20,	/* bytes of packets that wait for us */
	STOP_CHECK_MS = 250,		/* as for input.c */
	/* the number that files have for what libpcap calls DLT_RAW, which differs by system */
	LINKTYPE_RAW = 101,
};

struct capture {
	pcap_t *pcap;
	struct input *input;		/* of a file; NULL: an interface */
	const char *name;
	int link;
	int fd;				/* of an interface */
	struct io_wait wait;
	const volatile bool *stop;
	uint64_t count;
	struct error failed;		/* of a read, which libpcap can only tell as errno */
};

bool capture_magic(struct bytes first)
{
	static const uint8_t magics[][CAPTURE_MAGIC_SIZE] = {
		{ 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 }, /* microseconds */
		{ 0xa1, 0xb2, 0x3c, 0x4d }, { 0x4d, 0x3c, 0xb2, 0xa1 }, /* nanoseconds */
		{ 0xa1, 0xb2, 0xcd, 0x34 }, { 0x34, 0xcd, 0xb2, 0xa1 }, /* modified by Alexey Kuznetsov */
		{ 0x0a, 0x0d, 0x0d, 0x0a }, /* pcapng */
	};

	for (size_t i = 0; first.size >= CAPTURE_MAGIC_SIZE && i < sizeof magics / sizeof *magics; i++)
		if (!memcmp(first.data, magics[i], CAPTURE_MAGIC_SIZE))
			return true;
	return false;
}

/* Numbers of link layers are the same in files and in libpcap, but for a few. */
static int link_number(pcap_t *pcap)
{
	int link = pcap_datalink(pcap);

	return link == DLT_RAW ? LINKTYPE_RAW : link;
}

static struct capture *capture_new(const volatile bool *stop)
{
	struct capture *capture = calloc(1, sizeof *capture);

	if (!capture)
		out_of_memory();
	capture->fd = -1;
	capture->stop = stop;
	return capture;
}

/* ---- files: libpcap reads from a FILE, which reads from our input */

static ssize_t read_input(void *context, char *at, size_t size)
{
	struct capture *capture = context;
	struct bytes window = input_fill(capture->input, 1, &capture->failed);

	if (!window.size && capture->failed.kind != ERROR_NONE) {
		errno = EIO;
		return -1;
	}
	if (size > window.size)
		size = window.size;
	memcpy(at, window.data, size);
	input_skip(capture->input, size);
	return (ssize_t)size;
}

struct capture *capture_file(struct input *input, struct error *error)
{
	struct capture *capture = capture_new(input->stop);
	char reason[PCAP_ERRBUF_SIZE] = "";
	FILE *file;

	capture->input = input;
	capture->name = input->name;
	file = fopencookie(capture, "r", (cookie_io_functions_t){ .read = read_input });
	if (!file || setvbuf(file, NULL, _IOFBF, INPUT_WINDOW / 4))
		out_of_memory();
	__fsetlocking(file, FSETLOCKING_BYCALLER);	/* one thread reads; libpcap asks twice for each packet */
	capture->pcap = pcap_fopen_offline(file, reason);
	if (capture->pcap) {
		capture->link = link_number(capture->pcap);
		return capture;
	}
	if (capture->failed.kind != ERROR_NONE)
		*error = capture->failed;
	else
		fail_input(error, ERROR_NOWHERE, "%s", reason);
	fclose(file);
	free(capture);
	return NULL;
}

/* ---- interfaces */

static bool fail_live(const char *interface, pcap_t *pcap, int status, struct error *error)
{
	const char *reason = pcap_geterr(pcap), *kind = pcap_statustostr(status);

	if (!strncmp(reason, kind, strlen(kind)))
		return fail_system(error, "cannot capture on %s: %s", interface, reason);
	return fail_system(error, "cannot capture on %s: %s%s%s", interface, kind, *reason ? ": " : "", reason);
}

static bool activate(pcap_t *pcap, const char *interface, const char *filter, struct error *error)
{
	struct bpf_program program;
	char reason[PCAP_ERRBUF_SIZE] = "";
	int status;

	pcap_set_snaplen(pcap, SNAPSHOT);
	pcap_set_promisc(pcap, 0);
	pcap_set_immediate_mode(pcap, 1);
	pcap_set_buffer_size(pcap, KERNEL_BUFFER);
	status = pcap_activate(pcap);
	if (status < 0)
		return fail_live(interface, pcap, status, error);
	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return fail_usage(error, "filter '%s': %s", filter, pcap_geterr(pcap));
	status = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (status < 0)
		return fail_live(interface, pcap, status, error);
	if (pcap_setnonblock(pcap, 1, reason) < 0)
		return fail_system(error, "cannot capture on %s: %s", interface, reason);
	return true;
}

struct capture *capture_live(const char *interface, const char *filter, struct io_wait wait, const volatile bool *stop,
			     struct error *error)
{
	struct capture *capture = capture_new(stop);
	char reason[PCAP_ERRBUF_SIZE] = "";

	capture->name = interface;
	capture->wait = wait;
	capture->pcap = pcap_create(interface, reason);
	if (!capture->pcap) {
		fail_system(error, "cannot capture on %s: %s", interface, reason);
		free(capture);
		return NULL;
	}
	if (!activate(capture->pcap, interface, filter ? filter : "udp", error)) {
		capture_close(capture);
		return NULL;
	}
	capture->fd = pcap_get_selectable_fd(capture->pcap);
	capture->link = link_number(capture->pcap);
	return capture;
}

/* Until there may be another packet. False: the program was asked to stop. */
static bool wait_packet(struct capture *capture)
{
	struct pollfd poller = { .fd = capture->fd, .events = POLLIN };

	if (capture->wait.before)
		capture->wait.before(capture->wait.context);
	while (!(capture->stop && *capture->stop))
		if (poll(&poller, 1, STOP_CHECK_MS) > 0)
			return true;
	return false;
}

/* ---- both */

/* A file may say any number of seconds. */
static int64_t moment_of(const struct timeval *stamp)
{
	int64_t us;

	if (__builtin_mul_overflow((int64_t)stamp->tv_sec, INT64_C(1000000), &us) ||
	    __builtin_add_overflow(us, (int64_t)stamp->tv_usec, &us))
		return INT64_MIN;
	return us;
}

static bool fail_next(struct capture *capture, struct error *error)
{
	if (capture->failed.kind != ERROR_NONE)
		*error = capture->failed;
	else if (capture->input)
		fail_input(error, ERROR_NOWHERE, "%s", pcap_geterr(capture->pcap));
	else
		fail_system(error, "capture on %s ended: %s", capture->name, pcap_geterr(capture->pcap));
	return false;
}

bool capture_next(struct capture *capture, struct capture_packet *packet, struct error *error)
{
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int result;

	do {
		if (capture->stop && *capture->stop)
			return false;
		result = pcap_next_ex(capture->pcap, &header, &data);
	} while (result == 0 && !capture->input && wait_packet(capture));
	if (result == 1) {
		packet->time_us = moment_of(&header->ts);
		packet->link = capture->link;
		packet->frame = bytes_at(data, header->caplen);
		packet->number = ++capture->count;
		return true;
	}
	/* a file that was left in its middle because of a signal is not cut */
	if (result == PCAP_ERROR && !(capture->stop && *capture->stop)) {
		packet->number = capture->count + 1;
		return fail_next(capture, error);
	}
	return false;
}

int capture_link(const struct capture *capture)
{
	return capture->link;
}

uint64_t capture_dropped(struct capture *capture)
{
	struct pcap_stat stat;

	if (capture->input || pcap_stats(capture->pcap, &stat) < 0)
		return 0;
	return (uint64_t)stat.ps_drop + stat.ps_ifdrop;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	pcap_close(capture->pcap);	/* and with it the FILE */
	free(capture);
}

/* ---- writing */

static void put_32(struct buf *out, uint32_t number)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		buf_byte(out, (uint8_t)(number >> shift));
}

void capture_put_header(struct buf *out)
{
	put_32(out, 0xa1b2c3d4);
	put_32(out, 2 | 4 << 16);	/* version 2.4 */
	put_32(out, 0);
	put_32(out, 0);
	put_32(out, SNAPSHOT);
	put_32(out, LINKTYPE_RAW);
}

/* Readers take the 32 bits of seconds with a sign or without. */
bool capture_has_time(int64_t time_us)
{
	return time_us >= INT32_MIN * INT64_C(1000000) && time_us < ((int64_t)UINT32_MAX + 1) * 1000000;
}

void capture_put_packet(struct buf *out, int64_t time_us, struct bytes frame)
{
	int64_t seconds = time_us / 1000000, rest = time_us % 1000000;

	if (rest < 0) {
		seconds--;
		rest += 1000000;
	}
	put_32(out, (uint32_t)seconds);
	put_32(out, (uint32_t)rest);
	put_32(out, (uint32_t)frame.size);
	put_32(out, (uint32_t)frame.size);
	buf_append(out, frame.data, frame.size);
}
