/* error.c - the first failure, and where it happened */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0)))
static bool fail(struct error *error, enum error_kind kind, uint64_t offset,
		 const char *format, va_list arguments)
{
	if (error->kind != ERROR_NONE)
		return false;
	error->kind = kind;
	error->offset = offset;
	error->like = format;
	vsnprintf(error->message, sizeof error->message, format, arguments);
	return false;
}

bool fail_input(struct error *error, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail(error, ERROR_INPUT, offset, format, arguments);
	va_end(arguments);
	return false;
}

bool fail_system(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail(error, ERROR_SYSTEM, ERROR_NOWHERE, format, arguments);
	va_end(arguments);
	return false;
}

bool fail_usage(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail(error, ERROR_USAGE, ERROR_NOWHERE, format, arguments);
	va_end(arguments);
	return false;
}

void error_prefix(struct error *error, const char *format, ...)
{
	char message[sizeof error->message];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof message)
		return;
	snprintf(message + size, sizeof message - (size_t)size, ": %.*s",
		 (int)(sizeof message - (size_t)size), error->message);
	memcpy(error->message, message, sizeof message);
}

void error_suffix(struct error *error, const char *format, ...)
{
	size_t used = strlen(error->message);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->message + used, sizeof error->message - used, format, arguments);
	va_end(arguments);
}
