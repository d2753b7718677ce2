/* screen.c - a picture that fills the terminal and is drawn again and again; elsewhere one block of lines after the other */
#include "cli/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* ECMA-48, and the private modes of xterm that all terminals have: 1049 the alternate screen, 25 the cursor. */
#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"

enum { LINE_ROOM = 1024 };

static volatile sig_atomic_t changed;

/* ---- signals */

static void show(const char *sequence)
{
	ssize_t written = write(STDOUT_FILENO, sequence, strlen(sequence));

	(void)written;	/* a terminal that went away needs no restoring */
}

static void on_resize(int number)
{
	(void)number;
	changed = 1;
}

/* ^Z: the shell gets the terminal as it was; afterwards it is ours again. */
static void on_stop(int number)
{
	struct sigaction stop = { .sa_handler = SIG_DFL }, ours;
	int error = errno;
	sigset_t set;

	show(LEAVE);
	sigaction(number, &stop, &ours);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);	/* here it stops, until SIGCONT */
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(number, &ours, NULL);
	show(ENTER);
	changed = 1;
	errno = error;
}

static void catch_signals(bool ours)
{
	struct sigaction resize = { .sa_handler = ours ? on_resize : SIG_DFL };
	struct sigaction stop = { .sa_handler = ours ? on_stop : SIG_DFL }, before;

	sigaction(SIGWINCH, &resize, NULL);
	if (!sigaction(SIGTSTP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGTSTP, &stop, NULL);
}

bool screen_changed(void)
{
	bool was = changed;

	changed = 0;
	return was;
}

/* ---- complaints */

static void divert(struct screen *screen)
{
	int file = isatty(STDERR_FILENO) ? memfd_create("complaints", MFD_CLOEXEC) : -1;

	screen->stderr_copy = file < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (screen->stderr_copy < 0) {
		if (file >= 0)
			close(file);
		return;
	}
	fcntl(file, F_SETFL, O_APPEND);
	dup2(file, STDERR_FILENO);
	screen->diverted = file;
}

/* Takes what was written meanwhile out of the file; of much, whole lines from the end. */
static void collect(struct screen *screen)
{
	struct buf *kept = &screen->complaints;
	const uint8_t *newline;
	ssize_t count;
	off_t at = 0;

	while ((count = pread(screen->diverted, buf_reserve(kept, SCREEN_KEPT), SCREEN_KEPT, at)) > 0) {
		kept->size += (size_t)count;
		at += count;
		if (kept->size <= SCREEN_KEPT)
			continue;
		newline = memchr(kept->data + kept->size - SCREEN_KEPT, '\n', SCREEN_KEPT);
		newline = newline ? newline + 1 : kept->data + kept->size;
		kept->size = (size_t)(kept->data + kept->size - newline);
		memmove(kept->data, newline, kept->size);
	}
	if (at && ftruncate(screen->diverted, 0) < 0)
		kept->size = 0;	/* memory that cannot be given back: rather nothing twice */
}

const char *screen_complaint(struct screen *screen)
{
	const struct buf *kept = &screen->complaints;
	const uint8_t *before;

	if (screen->diverted < 0)
		return "";
	collect(screen);
	screen->last.size = 0;
	if (kept->size) {
		before = memrchr(kept->data, '\n', kept->size - 1);
		before = before ? before + 1 : kept->data;
		buf_append(&screen->last, before, (size_t)(kept->data + kept->size - 1 - before));
	}
	return buf_string(&screen->last);
}

static void restore_stderr(struct screen *screen)
{
	if (screen->diverted < 0)
		return;
	collect(screen);
	dup2(screen->stderr_copy, STDERR_FILENO);
	close(screen->stderr_copy);
	close(screen->diverted);
	if (screen->complaints.size && write(STDERR_FILENO, screen->complaints.data, screen->complaints.size) < 0)
		screen->complaints.size = 0;	/* stderr is gone: there is nobody to tell */
}

/* ---- pictures */

static void emit(struct output *output, const char *text)
{
	output_bytes(output, text, strlen(text));
}

void screen_open(struct screen *screen, struct output *output)
{
	const char *kind = getenv("TERM");

	*screen = (struct screen){
		.terminal = isatty(STDOUT_FILENO) && kind && strcmp(kind, "dumb") != 0, .stderr_copy = -1, .diverted = -1,
	};
	setlocale(LC_CTYPE, "");
	screen->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!screen->terminal)
		return;
	catch_signals(true);
	divert(screen);
	emit(output, ENTER);
	output_flush(output);
}

void screen_begin(struct screen *screen)
{
	struct winsize size;

	screen->width = SCREEN_WIDTH;
	screen->height = SCREEN_HEIGHT;
	if (screen->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
		screen->width = size.ws_col;
		screen->height = size.ws_row;
	}
	screen->line = 0;
	screen->text.size = 0;
}

/* The bytes of so many characters of UTF-8, or all. */
static size_t cut(const char *text, unsigned width)
{
	size_t size = 0;

	for (; text[size]; size++)
		if (((uint8_t)text[size] & 0xc0) != 0x80 && !width--)
			break;
	return size;
}

void screen_line(struct screen *screen, const char *format, ...)
{
	char line[LINE_ROOM];
	va_list arguments;
	size_t size;

	if (screen->line == screen->height)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	size = cut(line, screen->width);
	while (size && line[size - 1] == ' ')
		size--;
	if (screen->terminal && screen->line)
		buf_text(&screen->text, "\r\n");	/* not after the last one, which would scroll */
	buf_append(&screen->text, line, size);
	/* a character in the last column leaves the cursor there, and it would be erased */
	if (screen->terminal && cut(line, screen->width - 1) >= size)
		buf_text(&screen->text, REST_OF_LINE);
	if (!screen->terminal)
		buf_byte(&screen->text, '\n');
	screen->line++;
}

void screen_show(struct screen *screen, struct output *output)
{
	if (screen->terminal)
		emit(output, HOME);
	output_bytes(output, screen->text.data, screen->text.size);
	if (!screen->terminal)
		emit(output, "\n");
	else if (screen->line < screen->height)
		emit(output, "\r\n" REST_OF_SCREEN);
	output_flush(output);
}

void screen_close(struct screen *screen, struct output *output)
{
	if (screen->terminal) {
		emit(output, LEAVE);
		output_flush(output);
		catch_signals(false);
	}
	restore_stderr(screen);
	buf_free(&screen->text);
	buf_free(&screen->complaints);
	buf_free(&screen->last);
}

const char *spark_print(char *text, const uint32_t *counts, size_t count, bool utf8)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
	uint32_t most = 0;
	char *at = text;

	for (size_t i = 0; i < count; i++)
		most = counts[i] > most ? counts[i] : most;
	for (size_t i = 0; i < count; i++) {
		/* a few are not none */
		size_t height = counts[i] ? 1 + (size_t)((uint64_t)counts[i] * 7 / most) : 0;

		at = stpcpy(at, (utf8 ? blocks : ascii)[height]);
	}
	*at = 0;
	return text;
}
