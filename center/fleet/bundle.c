/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include "lib/wire/bundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int keep_parts(struct store_db *db, int64_t id, struct span file)
{
	int err = 0;

	for (int64_t part = 0; file.len && err == 0; part++) {
		uint32_t len =
		    file.len < WIRE_BUNDLE_PART ? file.len : WIRE_BUNDLE_PART;
		err = store_exec(db,
		    "INSERT INTO bundle_part (bundle_id, part, bytes) VALUES (?, ?, ?)",
		    STORE_ARGS(STORE_INT(id), STORE_INT(part),
			STORE_BYTES(span_of(file.at, len))));
		file = span_of(file.at + len, file.len - len);
	}
	return err;
}

static int newest(
    struct store_db *db, int64_t chamber_id, const char *name, int64_t *version)
{
	return store_get_int(db, version,
	    "SELECT COALESCE(max(version), 0) FROM bundle WHERE chamber_id = ? AND name = ?",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_TEXT(name)));
}

int fleet_bundle_publish(struct store_db *db, const struct fleet_by *by,
    struct fleet_bundle *p, char *why, size_t room)
{
	static struct wire_bundle b; /* large; the writer is one thread */
	char sum[65], detail[128];
	int64_t last = 0;
	int err = wire_bundle_read(p->file, &b, why, room);

	if (err == 0 && !wire_bundle_signed(&b, by->keys->now.public) &&
	    !wire_bundle_signed(&b, by->keys->next.public)) {
		snprintf(why, room, "none of this centre's keys signed it");
		return FAIL_DENIED;
	}
	if (err == 0 && b.expires_us <= by->now_us) {
		snprintf(why, room, "it has expired");
		return FAIL_DENIED;
	}
	if (err == 0)
		err = newest(db, p->chamber_id, b.name, &last);
	if (err == 0 && b.version <= last) {
		snprintf(why, room, "version %" PRId64 " is there already", last);
		return FAIL_CONFLICT;
	}
	if (err < 0)
		return err;
	wire_bundle_sum(p->file, sum);
	err = store_get_int(db, &p->id,
	    "INSERT INTO bundle (chamber_id, name, version, sha256, size, expires_us, "
	    "published_us, published_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(p->chamber_id), STORE_TEXT(b.name),
		STORE_INT(b.version), STORE_TEXT(sum), STORE_INT(p->file.len),
		STORE_INT(b.expires_us), STORE_INT(by->now_us),
		STORE_ID(by->account_id)));
	if (err == 0)
		err = keep_parts(db, p->id, p->file);
	snprintf(
	    detail, sizeof(detail), "%s %" PRId64 " %.12s", b.name, b.version, sum);
	return err < 0 ? err : fleet_audit(db, by, 0, "bundle.publish", detail);
}

int fleet_bundle_part(struct store_db *db, int64_t gate_id, const char *name,
    int64_t version, int64_t part, struct buf *bytes)
{
	struct store_rows *rows;
	bool found = false;

	/* Only of the gate's own chamber. */
	store_query(db, &rows,
	    "SELECT p.bytes FROM bundle_part p JOIN bundle b ON b.id = p.bundle_id JOIN "
	    "company c ON c.chamber_id = b.chamber_id JOIN gate g ON g.company_id = c.id "
	    "WHERE g.id = ? AND b.name = ? AND b.version = ? AND p.part = ?",
	    STORE_ARGS(STORE_INT(gate_id), STORE_TEXT(name), STORE_INT(version),
		STORE_INT(part)));
	if (store_next(rows)) {
		struct span s = store_col_span(rows, 0);
		buf_add(bytes, s.at, s.len);
		found = true;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}
