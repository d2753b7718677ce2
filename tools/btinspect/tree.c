/* tree.c - btinspect tree: any bencode, value by value */
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include "base/number.h"
#include "base/utf8.h"
#include "codec/bencode.h"
#include "codec/fault.h"
#include "text/escape.h"
#include "text/url.h"
#include "tools/btinspect/documents.h"
#include "tools/btinspect/records.h"

enum {
	FLAWS = 6,		/* bits of enum bencode_flaw */
	LONG_WIDTH = 80,	/* columns of a line of --long */
	INDENT_MAX = 40,
};

struct tree {
	struct run *run;
	const struct document *document;
	bool mask, long_form;
	struct bencode reader;
	struct buf ends;	/* where each list and dictionary ends, as they begin, uint32_t; 0: nowhere */
	size_t ends_used;	/* bytes of that */
	struct buf path, masked, flaws_text, text;
	size_t path_sizes[BENCODE_DEPTH_MAX + 1];	/* of the path, for each depth */
	struct bencode_token key;	/* of the value that comes next */
	uint64_t flawed;	/* values with flaws, they or their keys */
	size_t first_flaw;	/* where the first of them is, and its flaws */
	unsigned first_flaws;
};

/*
 * The length of a list or dictionary is known at its end only, and its record stands before those of what is in it: so all
 * is read twice, and in between four bytes are kept for each of them. What is wrong is told the second time.
 */
static void find_ends(struct tree *tree)
{
	size_t open[BENCODE_DEPTH_MAX];
	struct bencode_token token;
	struct error error = { 0 };
	uint32_t end = 0;

	_Static_assert(DOCUMENT_SIZE_MAX < UINT32_MAX, "offsets fit 32 bits");
	tree->ends.size = tree->ends_used = 0;
	bencode_begin(&tree->reader, tree->document->data);
	while (bencode_next(&tree->reader, &token, &error)) {
		if (token.kind == BENCODE_LIST || token.kind == BENCODE_DICT) {
			end = 0;
			open[token.depth] = tree->ends.size;
			buf_append(&tree->ends, &end, sizeof end);
		} else if (token.kind == BENCODE_END) {
			end = (uint32_t)tree->reader.at;
			memcpy(tree->ends.data + open[token.depth], &end, sizeof end);
		}
	}
}

/* Codes of flaws as `check` has them, by comma. None: unset. */
static struct bytes flaws_text(struct tree *tree, unsigned flaws)
{
	struct buf *text = &tree->flaws_text;

	text->size = 0;
	for (unsigned bit = 0; bit < FLAWS; bit++) {
		if (!(flaws & 1u << bit))
			continue;
		if (text->size)
			buf_byte(text, ',');
		buf_text(text, fault_rows[FAULT_UNSORTED_KEY + bit].code);
	}
	return buf_bytes(text);
}

/* Does it begin as a URL? */
static bool is_url(struct bytes text)
{
	size_t i = 0;

	while (i < text.size && i < 8 && (text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'z')
		i++;
	return i && bytes_begin(bytes_after(text, i), "://");
}

static struct bytes shown_value(struct tree *tree, const struct bencode_token *token)
{
	if (token->kind == BENCODE_LIST || token->kind == BENCODE_DICT)
		return bytes_at(NULL, 0);
	if (!tree->mask || token->kind != BENCODE_STRING || !is_url(token->text))
		return token->text;
	tree->masked.size = 0;
	url_mask(token->text, &tree->masked);
	return buf_bytes(&tree->masked);
}

/* The value with its place in the structure; *part is where in the path its own part begins. */
static void fill_line(struct tree *tree, const struct bencode_token *token, struct bencode_line *line, size_t *part)
{
	unsigned flaws = tree->key.flaws | token->flaws;
	uint32_t end;

	line->offset = token->offset;
	line->length = token->size;
	line->depth = token->depth;
	line->kind = token->kind;
	line->value = shown_value(tree, token);
	line->flaws = flaws ? flaws_text(tree, flaws) : bytes_at(NULL, 0);
	if (flaws && !tree->flawed++) {
		tree->first_flaw = tree->key.flaws ? tree->key.offset : token->offset;
		tree->first_flaws = flaws;
	}
	tree->key.flaws = 0;
	*part = tree->path.size = tree->path_sizes[token->depth];
	if (token->depth)
		bencode_path_part(&tree->reader, token->depth - 1, &tree->path);
	line->key = token->depth ? buf_bytes(&tree->path) : bytes_at(NULL, 0);
	if (token->kind == BENCODE_LIST || token->kind == BENCODE_DICT) {
		tree->path_sizes[token->depth + 1] = tree->path.size;
		memcpy(&end, tree->ends.data + tree->ends_used, sizeof end);
		tree->ends_used += sizeof end;
		line->length = end ? end - token->offset : COUNT_UNSET;
	}
}

/* ---- the view for people */

static void put_escaped(struct buf *out, struct bytes text)
{
	char *at = (char *)buf_reserve(out, ESCAPE_GROWTH * text.size + ESCAPE_ROOM);

	out->size += (size_t)(escape_print(at, text) - at);
}

/* As much of a text as could be seen. */
static struct bytes part_seen(struct bytes text)
{
	if (text.size > 4 * LONG_WIDTH) {
		text.size = 4 * LONG_WIDTH;
		while (text.size > 4 * LONG_WIDTH - 3 && (text.data[text.size] & 0xc0) == 0x80)
			text.size--;
	}
	return text;
}

static void put_long_value(struct tree *tree, const struct bencode_line *line)
{
	static const char *const names[] = { [BENCODE_LIST] = "list", [BENCODE_DICT] = "dict" };
	struct bytes seen = part_seen(line->value);
	struct buf *out = &tree->text;

	if (line->kind == BENCODE_INTEGER) {
		put_escaped(out, seen);
	} else if (line->kind != BENCODE_STRING) {
		buf_text(out, names[line->kind]);
		if (line->length != COUNT_UNSET)
			buf_format(out, ", %" PRIu64 " bytes", line->length);
	} else if (utf8_valid(line->value)) {
		buf_byte(out, '"');
		put_escaped(out, seen);
		buf_text(out, seen.size < line->value.size ? "..." : "\"");
	} else {
		buf_format(out, "%zu bytes ", line->value.size);
		for (size_t i = 0; i < line->value.size && i < LONG_WIDTH / 2; i++)
			buf_format(out, "%02x", line->value.data[i]);
	}
}

/*
 * The columns of the terminal that the character at the front takes, and its bytes: of valid UTF-8, two for Chinese,
 * none for an accent that stands on its own. In a locale without UTF-8 each takes one.
 */
static size_t character_columns(struct bytes text, size_t *size)
{
	mbstate_t state = { 0 };
	wchar_t character;
	int columns;

	*size = utf8_next(text);
	if (!*size)
		*size = 1;
	if (mbrtowc(&character, (const char *)text.data, *size, &state) > *size)
		return 1;
	columns = wcwidth(character);
	return columns < 0 ? 1 : (size_t)columns;
}

/* Cuts what begins there to the width of a line, and shows it. */
static void cut_line(struct buf *out, size_t begin)
{
	struct bytes rest = bytes_after(buf_bytes(out), begin);
	size_t columns = 0, cut = begin, size;

	for (; rest.size && columns <= LONG_WIDTH; rest = bytes_after(rest, size)) {
		columns += character_columns(rest, &size);
		if (columns <= LONG_WIDTH - 3)
			cut = out->size - rest.size + size;
	}
	if (columns <= LONG_WIDTH)
		return;
	out->size = cut;
	buf_text(out, "...");
}

static bool put_long(struct tree *tree, const struct bencode_line *line, size_t part)
{
	struct buf *out = &tree->text;
	struct bytes name = line->depth ? bytes_after(line->key, part) : line->path;
	uint64_t indent = 2 * line->depth < INDENT_MAX ? 2 * line->depth : INDENT_MAX;
	size_t name_end;

	if (bytes_begin(name, ".") && line->depth)
		name = bytes_after(name, 1);
	out->size = 0;
	buf_format(out, "%9" PRIu64 "  %*s", line->offset, (int)indent, "");
	put_escaped(out, line->depth ? part_seen(name) : name);
	name_end = out->size;
	buf_text(out, ": ");
	if (line->flaws.data) {
		buf_byte(out, '(');
		buf_append(out, line->flaws.data, line->flaws.size);
		buf_text(out, ") ");
	}
	put_long_value(tree, line);
	/* the name of the file stands whole */
	cut_line(out, line->depth ? 0 : name_end);
	buf_byte(out, '\n');
	return output_bytes(&tree->run->output, out->data, out->size);
}

/* ---- a file */

static void note_flaws(struct tree *tree)
{
	struct count_text count;

	if (tree->flawed)
		report_note(&tree->run->report, "%s: %s not canonical, the first at byte %zu: %s", tree->document->name,
			    count_print(&count, tree->flawed, "values"), tree->first_flaw,
			    bencode_flaw_name(tree->first_flaws & -tree->first_flaws));
}

static void put_values(struct tree *tree, struct error *error)
{
	struct bencode_line line = { .path = bytes_of(tree->document->name) };
	struct bencode_token token;
	struct count_text count;
	size_t part;

	bencode_begin(&tree->reader, tree->document->data);
	while (bencode_next(&tree->reader, &token, error)) {
		if (token.key)
			tree->key = token;
		if (token.key || token.kind == BENCODE_END)
			continue;
		fill_line(tree, &token, &line, &part);
		if (!(tree->long_form ? put_long(tree, &line, part) : output_put(&tree->run->output, &line)) || tool_stopped)
			return;
	}
	if (error->kind == ERROR_NONE && tree->reader.at < tree->document->data.size)
		fail_input(error, tree->reader.at, "found %s more where the value has ended",
			   count_print(&count, tree->document->data.size - tree->reader.at, "bytes"));
}

static void put_document(struct tree *tree, const struct document *document)
{
	struct error error = { 0 };

	if (document->magnet) {
		fail_input(&error, ERROR_NOWHERE, "a magnet link, which is no bencode");
		document_error(tree->run, document, &error);
		return;
	}
	tree->document = document;
	tree->key.flaws = 0;
	tree->flawed = 0;
	find_ends(tree);
	put_values(tree, &error);
	note_flaws(tree);
	if (error.kind != ERROR_NONE)
		document_error(tree->run, document, &error);
}

void tree_run(struct run *run)
{
	const struct btinspect_options *options = run->options;
	struct tree *tree = calloc(1, sizeof *tree);
	struct documents documents;
	struct document document;

	if (!tree)
		out_of_memory();
	tree->run = run;
	tree->mask = !options->reveal;
	tree->long_form = options->long_form;
	if (tree->long_form)
		setlocale(LC_CTYPE, "");	/* the widths of characters are the terminal's */
	documents_open(&documents, run, run->word_count, run->words);
	while (!run->output.ended && documents_next(&documents, &document))
		put_document(tree, &document);
	documents_close(&documents);
	buf_free(&tree->ends);
	buf_free(&tree->path);
	buf_free(&tree->masked);
	buf_free(&tree->flaws_text);
	buf_free(&tree->text);
	free(tree);
}
