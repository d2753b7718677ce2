/* fault.c - what can be wrong with a torrent: a row for each fault */
#include "codec/fault.h"

const char *const severity_names[] = { "note", "warning", "error" };

const struct fault_row fault_rows[FAULTS] = {
	[FAULT_NOT_BENCODE] = { "not_bencode", SEVERITY_ERROR, "this is no bencode (BEP 3)" },
	[FAULT_TRAILING_BYTES] = { "trailing_bytes", SEVERITY_WARNING, "nothing may follow the dictionary that the file is" },
	[FAULT_UNSORTED_KEY] = { "unsorted_key", SEVERITY_WARNING, "keys are sorted as raw bytes (BEP 3)" },
	[FAULT_DUPLICATE_KEY] = { "duplicate_key", SEVERITY_WARNING, "each key stands once; the first one is read" },
	[FAULT_ZERO_PADDED_INTEGER] = { "zero_padded_integer", SEVERITY_WARNING, "integers have no leading zeros (BEP 3)" },
	[FAULT_NEGATIVE_ZERO] = { "negative_zero", SEVERITY_WARNING, "there is no -0 (BEP 3)" },
	[FAULT_WIDE_INTEGER] = { "wide_integer", SEVERITY_WARNING, "clients read 64 bits" },
	[FAULT_PADDED_LENGTH] = { "padded_length", SEVERITY_WARNING, "lengths of strings have no leading zeros" },
};
