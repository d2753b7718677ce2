/* ping.c - what other clients of a Redis server feel: a PING each millisecond until SIGTERM, then p50, p99 and the worst */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PINGS_MAX = 1 << 20 };

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv)
{
	static double took[PINGS_MAX];
	static const char ping[] = "*1\r\n$4\r\nPING\r\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[64];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), count = 0;

	if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
		fputs("usage: ping SOCKET\n", stderr);
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
		perror(argv[1]);
		return 2;
	}
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	for (double next = now_ms(); !stopped && count < PINGS_MAX; next += 1) {
		double began, wait = next - now_ms();

		if (wait > 0)
			nanosleep(&(struct timespec){ .tv_nsec = (long)(wait * 1e6) }, NULL);
		else
			next -= wait;	/* late by a slow answer: no burst to make up for it */
		began = now_ms();
		if (write(fd, ping, sizeof ping - 1) < 0 || read(fd, answer, sizeof answer) <= 0)
			break;
		took[count++] = now_ms() - began;
	}
	if (!count)
		return 2;
	qsort(took, (size_t)count, sizeof *took, by_size);
	printf("%d PINGs: p50 %.2f ms, p99 %.2f ms, worst %.2f ms\n", count, took[count / 2], took[count / 100 * 99],
	       took[count - 1]);
	return 0;
}
