/* limit.c - what a Redis server can do at best: sends recorded commands, discards the replies */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <fcntl.h>
#include <unistd.h>

/* The last command of the file must be `ECHO end-of-the-commands`: its reply tells that all others have come. */
static const char last[] = "end-of-the-commands\r\n";

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	size_t sent = 0, kept = 0;
	const char *commands;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), file = argc == 3 ? open(argv[2], O_RDONLY) : -1;

	if (file < 0 || fstat(file, &status) || strlen(argv[1]) >= sizeof address.sun_path) {
		fputs("usage: limit SOCKET COMMANDS\n", stderr);
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	commands = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (commands == MAP_FAILED || connect(fd, (struct sockaddr *)&address, sizeof address)) {
		perror(argv[1]);
		return 2;
	}
	for (;;) {
		struct pollfd poll_fd = { fd, (short)(POLLIN | (sent < (size_t)status.st_size ? POLLOUT : 0)), 0 };
		ssize_t count;

		if (poll(&poll_fd, 1, -1) < 0)
			return 2;
		if (poll_fd.revents & POLLOUT) {
			count = send(fd, commands + sent, (size_t)status.st_size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (count < 0 && errno != EAGAIN)
				return 2;
			sent += count > 0 ? (size_t)count : 0;
		}
		if (!(poll_fd.revents & POLLIN))
			continue;
		/* the end of the last block is kept before the new one, where the mark may straddle them */
		count = recv(fd, buffer + kept, sizeof buffer - kept, MSG_DONTWAIT);
		if (count <= 0)
			return 2;
		kept += (size_t)count;
		if (kept >= sizeof last - 1 && !memcmp(buffer + kept - (sizeof last - 1), last, sizeof last - 1))
			return 0;
		if (kept >= sizeof last) {
			memmove(buffer, buffer + kept - sizeof last, sizeof last);
			kept = sizeof last;
		}
	}
}
