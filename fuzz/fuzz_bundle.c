/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "lib/wire/bundle.h"

/* Invariant: a bundle that was read has names without folders and files that lie inside it;
 * one that was not says why. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct wire_bundle b;
	char why[128] = "";

	if (wire_bundle_read(span_of(bytes, len), &b, why, sizeof(why)) < 0) {
		must(why[0]);
		return 0;
	}
	must(b.files > 0 && b.version > 0);
	for (unsigned i = 0; i < b.files; i++) {
		must(wire_bundle_path_fits(b.file[i].path));
		must(b.file[i].bytes.at >= bytes &&
		     b.file[i].bytes.at + b.file[i].bytes.len <= bytes + len);
	}
	return 0;
}
