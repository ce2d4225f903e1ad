/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"
#include "lib/wire/bundle.h"

#include <stdio.h>
#include <stdlib.h>

/* Bundles that the national centre offers.  They lie here until somebody of this centre takes
 * one over, by signing it with the keys that the gates of this centre know. */

int federation_offer_known(struct store_db *db, const char *name, int64_t version)
{
	int64_t one;
	int err = store_get_int(db, &one,
	    "SELECT 1 FROM federation_bundle WHERE name = ? AND version = ?",
	    STORE_ARGS(STORE_TEXT(name), STORE_INT(version)));

	return err == FAIL_MISSING ? 0 : err < 0 ? err : 1;
}

static int keep_parts(struct store_db *db, int64_t id, struct span file)
{
	int err = 0;

	for (int64_t part = 0; file.len && err == 0; part++) {
		uint32_t len =
		    file.len < WIRE_BUNDLE_PART ? (uint32_t)file.len : WIRE_BUNDLE_PART;
		err = store_exec(db,
		    "INSERT INTO federation_bundle_part (federation_bundle_id, part, bytes) "
		    "VALUES (?, ?, ?)",
		    STORE_ARGS(STORE_INT(id), STORE_INT(part),
			STORE_BYTES(span_of(file.at, len))));
		file = span_of(file.at + len, file.len - len);
	}
	return err;
}

/* An older version of the same name that nobody took makes room. */
static int forget_older(struct store_db *db, const char *name, int64_t version)
{
	int err = store_exec(db,
	    "DELETE FROM federation_bundle_part WHERE federation_bundle_id IN (SELECT id FROM "
	    "federation_bundle WHERE name = ? AND version < ?)",
	    STORE_ARGS(STORE_TEXT(name), STORE_INT(version)));

	return err;
}

static int keep_it(
    struct store_db *db, const struct wire_bundle *b, struct span file, int64_t now_us)
{
	char sum[65], detail[96];
	int64_t id = 0;

	wire_bundle_sum(file, sum);
	int err = forget_older(db, b->name, b->version);
	if (err == 0)
		err = store_get_int(db, &id,
		    "INSERT INTO federation_bundle (name, version, sha256, size, expires_us, "
		    "fetched_us) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_TEXT(b->name), STORE_INT(b->version),
			STORE_TEXT(sum), STORE_INT((int64_t)file.len),
			STORE_INT(b->expires_us), STORE_INT(now_us)));
	if (err == 0)
		err = keep_parts(db, id, file);
	(void)snprintf(detail, sizeof(detail), "%s %lld %.12s", b->name,
	    (long long)b->version, sum);
	return err < 0 ? err
		       : store_audit(db, &(struct store_audit){ .at_us = now_us,
					     .action = "bundle.offered",
					     .detail = detail });
}

int federation_offer_keep(struct store_db *db, const char *keys, struct span file,
    int64_t now_us, char *why, size_t room)
{
	struct wire_bundle *b = malloc(sizeof(*b));
	int err = b ? wire_bundle_read(file, b, why, room) : FAIL_MEMORY;

	if (err == 0 &&
	    !federation_signed(keys, SIGN_BUNDLE, b->manifest, b->signature)) {
		(void)snprintf(why, room, "not signed by national.key");
		err = FAIL_DENIED;
	}
	if (err == 0 && b->expires_us <= now_us) {
		(void)snprintf(why, room, "it has expired");
		err = FAIL_DENIED;
	}
	if (err == 0)
		err = keep_it(db, b, file, now_us);
	free(b);
	return err;
}

int federation_offer_file(struct store_db *db, int64_t id, struct buf *file)
{
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT bytes FROM federation_bundle_part WHERE federation_bundle_id = ? ORDER BY "
	    "part",
	    STORE_ARGS(STORE_INT(id)));
	while (store_next(rows)) {
		struct span s = store_col_span(rows, 0);
		buf_add(file, s.at, s.len);
	}
	int err = store_rows_free(rows);
	return err < 0            ? err
	       : file->overflowed ? FAIL_LIMIT
	       : file->len        ? 0
				  : FAIL_MISSING;
}
