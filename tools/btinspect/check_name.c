/* check_name.c - what can be wrong with one part of a path: bytes that no name should have, and names that lead elsewhere */
#include "tools/btinspect/check.h"

#include <strings.h>

#include "base/utf8.h"
#include "text/escape.h"

/* What a byte may be, apart from harmless. */
enum { CONTROL = 1, NUL = 2, SLASH = 4, BACKSLASH = 8, FORBIDDEN = 16, HIGH = 32 };

static const uint8_t classes[256] = {
	[0] = NUL, [1 ... 0x1f] = CONTROL, [0x7f] = CONTROL, ['/'] = SLASH, ['\\'] = BACKSLASH, [0x80 ... 0xff] = HIGH,
	['<'] = FORBIDDEN, ['>'] = FORBIDDEN, [':'] = FORBIDDEN, ['"'] = FORBIDDEN, ['|'] = FORBIDDEN, ['?'] = FORBIDDEN,
	['*'] = FORBIDDEN,
};

/* ---- beyond ASCII */

enum { C1 = 64, MARK = 128, BACKWARDS = 256, NOT_UTF8 = 512 };

/* The class of one sequence of UTF-8 beyond ASCII. */
static unsigned class_of(const uint8_t *at, unsigned size)
{
	unsigned last = at[size - 1];

	if (size == 2 && at[0] == 0xc2 && last < 0xa0)
		return C1;			/* U+0080..U+009F */
	if (size == 2 && at[0] == 0xd8 && last == 0x9c)
		return MARK;			/* U+061C */
	if (size != 3 || at[0] != 0xe2)
		return 0;
	if (at[1] == 0x80 && (last == 0xad || last == 0xae))
		return BACKWARDS;		/* U+202D, U+202E: overrides */
	if (at[1] == 0x80 && (last == 0x8e || last == 0x8f || (last >= 0xaa && last <= 0xac)))
		return MARK;			/* U+200E, U+200F, U+202A..U+202C */
	if (at[1] == 0x81 && last >= 0xa6 && last <= 0xa9)
		return MARK;			/* U+2066..U+2069 */
	return 0;
}

static unsigned classes_beyond_ascii(struct bytes text)
{
	unsigned found = 0;

	while (text.size) {
		unsigned size = utf8_next(text);

		if (!size)
			found |= NOT_UTF8;
		if (size > 1)
			found |= class_of(text.data, size);
		text = bytes_after(text, size ? size : 1);
	}
	return found;
}

/* ---- Windows */

/* CON, NUL, COM1... are devices there, with any extension. */
static bool device_name(struct bytes name)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL" };
	struct bytes rest, base = bytes_split(name, '.', &rest);
	const char *text = (const char *)base.data;

	while (base.size && base.data[base.size - 1] == ' ')
		base.size--;
	if (base.size == 4 && base.data[3] >= '1' && base.data[3] <= '9')
		return !strncasecmp(text, "COM", 3) || !strncasecmp(text, "LPT", 3);
	for (size_t i = 0; base.size == 3 && i < sizeof devices / sizeof *devices; i++)
		if (!strncasecmp(text, devices[i], 3))
			return true;
	return false;
}

static void check_windows(struct check *check, struct bytes component, struct check_spot spot, unsigned found)
{
	struct brief brief;
	uint8_t last = component.data[component.size - 1];

	if (device_name(component))
		check_put(check, FAULT_WINDOWS_NAME, spot, "'%s' is a device", escape_brief(&brief, component));
	else if (found & FORBIDDEN)
		check_put(check, FAULT_WINDOWS_NAME, spot, "'%s' has one of <>:\"|?*", escape_brief(&brief, component));
	else if (last == '.' || last == ' ')
		check_put(check, FAULT_WINDOWS_NAME, spot, "'%s' ends with a %s", escape_brief(&brief, component),
			  last == '.' ? "dot" : "blank");
}

/* ---- all of it */

/* What is wrong with single bytes or characters: a row for each class. */
static const struct { unsigned class; enum fault fault; const char *what; } rows[] = {
	{ SLASH, FAULT_SLASH, "a slash" }, { BACKSLASH, FAULT_BACKSLASH, "a backslash" }, { NUL, FAULT_NUL, "a NUL byte" },
	{ CONTROL | C1, FAULT_CONTROL, "a control character" },
	{ BACKWARDS, FAULT_TEXT_BACKWARDS, "an override of the direction of text (U+202D, U+202E)" },
	{ MARK, FAULT_DIRECTION_MARK, "a mark for the direction of text" },
};

static void check_rows(struct check *check, struct bytes component, struct check_spot spot, unsigned found)
{
	struct brief brief;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (found & rows[i].class)
			check_put(check, rows[i].fault, spot, "'%s' has %s", escape_brief(&brief, component), rows[i].what);
}

bool check_component(struct check *check, struct bytes component, struct check_spot spot, bool strict_text)
{
	unsigned found = 0;
	struct brief brief;

	for (size_t i = 0; i < component.size; i++)
		found |= classes[component.data[i]];
	if (found & HIGH)
		found |= classes_beyond_ascii(component);
	if (!component.size) {
		check_put(check, FAULT_EMPTY_COMPONENT, spot, NULL);
		return true;
	}
	if (bytes_is(component, "."))
		check_put(check, FAULT_DOT_COMPONENT, spot, "'.'");
	else if (bytes_is(component, ".."))
		check_put(check, FAULT_PARENT_COMPONENT, spot, "'..'");
	else
		check_windows(check, component, spot, found);
	if (found & ~HIGH)
		check_rows(check, component, spot, found);
	if (component.size > CHECK_COMPONENT_MAX)
		check_put(check, FAULT_LONG_COMPONENT, spot, "%zu bytes", component.size);
	if (!(found & NOT_UTF8))
		return true;
	if (strict_text)
		check_put(check, FAULT_NOT_UTF8, spot, "'%s'", escape_brief(&brief, component));
	return false;
}
