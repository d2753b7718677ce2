/* wait.h - what is to be done before a wait for input or for a server */
#ifndef IO_WAIT_H
#define IO_WAIT_H

/* Called before a read or a send that would block, so that what was printed so far can go out. */
struct io_wait {
	void (*before)(void *context);
	void *context;
};

#endif
