/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

/* Rules and lists of sites on their way to the gates, in one signed file:
 *
 *   otasuke-bundle 1\n
 *   {"name":"rules","version":7,"expires_us":…,"files":[{"path":…,"size":…,"sha256":…}]}\n
 *   PUBLIC-KEY SIGNATURE\n         over the line before (lib/sign, SIGN_BUNDLE)
 *   the files, one behind the other
 *
 * The signature covers the files by their sums: nothing of a file is looked at before its sum
 * was compared.
 *
 * Owns:    nothing; a struct wire_bundle points into the file that was read.
 * Threads: any; no state.
 * Limits:  WIRE_BUNDLE_MAX a bundle, WIRE_BUNDLE_FILES files, names without folders.
 * Serves:  fleet: signed bundles, monotonic version, expiry */
#define WIRE_BUNDLE_MAX   (64u << 20)
#define WIRE_BUNDLE_FILES 64u
#define WIRE_BUNDLE_PATH  64u
#define WIRE_BUNDLE_PART  (256u << 10) /* asked for at once */

struct wire_bundle_file {
	char path[WIRE_BUNDLE_PATH];
	char sha256[65];
	struct span bytes;
};

struct wire_bundle {
	char name[17];
	int64_t version, expires_us;
	struct wire_bundle_file file[WIRE_BUNDLE_FILES];
	unsigned files;
	struct span manifest;         /* what is signed */
	char key[65], signature[129]; /* "" when it is not signed yet */
};

void wire_bundle_sum(struct span bytes, char sum[65]);
/* A file's name in a bundle: letters, digits, . _ - and no dot in front. */
bool wire_bundle_path_fits(const char *path);
/* Takes a bundle apart; sums are compared, the signature is not.  0, or FAIL_FORMAT with the
 * reason. */
int wire_bundle_read(
    struct span file, struct wire_bundle *b, char *why, size_t room) must_use;
/* True when the key (hex) signed it. */
bool wire_bundle_signed(const struct wire_bundle *b, const char *key);
