/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/file/internal.h"

/* What comes back from the scanner, and files it is asked about.  Invariant: the text ends
 * within its room and is printable; a virus and a lock have a name, clean has none; the same
 * bytes as a file are read within their bounds. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char text[32];

	memset(text, 'x', sizeof(text));
	enum file_scan scan = file_clamd_reply(span_of(bytes, len), text, sizeof(text));
	size_t n = strnlen(text, sizeof(text));
	must(n < sizeof(text));
	for (size_t i = 0; i < n; i++)
		must(text[i] >= 0x20 && text[i] < 0x7f);
	must(scan != FILE_NOT_SCANNED);
	if (scan == FILE_CLEAN)
		must(n == 0);
	if (scan == FILE_INFECTED || scan == FILE_UNSCANNABLE)
		must(n > 0);
	file_locked(span_of(bytes, len));
	return 0;
}
