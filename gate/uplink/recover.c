/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/log.h"
#include "lib/record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* One write per record: a killed writer tears at most the last line.  After a power cut
 * there may be zeros or old blocks too. */
static bool is_record(struct span line)
{
	return line.len >= 2 && line.len < RECORD_JSON_MAX && line.at[0] == '{' &&
	       line.at[line.len - 1] == '}' && !memchr(line.at, 0, line.len);
}

void uplink_recover_lines(
    struct span part, struct buf *lines, uint32_t *records, uint32_t *torn)
{
	*records = *torn = 0;
	while (part.len) {
		const uint8_t *end = memchr(part.at, '\n', part.len);
		uint32_t len = end ? (uint32_t)(end - part.at) : part.len;
		if (end && is_record(span_of(part.at, len))) {
			buf_add(lines, part.at, len + 1u);
			++*records;
		} else {
			++*torn;
		}
		if (!end)
			return;
		part = span_of(end + 1, part.len - len - 1);
	}
}

/* In place, so that its number stays with its contents whenever we are killed. */
static int rewrite(int dir, const char *name, struct span lines)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 &&
		    pwrite(fd, lines.at, lines.len, 0) == (ssize_t)lines.len &&
		    ftruncate(fd, lines.len) == 0 && fsync(fd) == 0;

	if (!good)
		log_error("G067", "cannot recover %s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good ? 0 : FAIL_IO;
}

static int recover_part(
    int dir, const struct uplink_segment *part, struct buf *file, struct buf *lines)
{
	struct uplink_segment closed = *part;
	char name[UPLINK_NAME_ROOM];
	uint32_t torn;

	uplink_segment_name(part, name);
	int fail = uplink_file_read(dir, name, file);
	if (fail && fail != FAIL_LIMIT)
		return fail; /* larger than any part of ours: what was read counts */
	uplink_recover_lines(buf_span(file), lines, &closed.records, &torn);
	if (torn)
		log_warn("G068", "%s: %u records kept, %u torn by a crash", name,
		    closed.records, torn);
	if (closed.records == 0)
		return uplink_segment_unlink(dir, part);
	if (lines->len != file->len) {
		fail = rewrite(dir, name, buf_span(lines));
		if (fail)
			return fail;
	}
	closed.state = UPLINK_CLOSED;
	return uplink_segment_rename(dir, part, &closed);
}

int uplink_recover(int dir, const struct uplink_list *l)
{
	int fail = 0;

	for (size_t i = 0; i < l->count && !fail; i++) {
		struct buf file, lines;
		if (l->at[i].state != UPLINK_PART)
			continue;
		buf_init(&file, RECORD_BATCH_BYTES_MAX);
		buf_init(&lines, RECORD_BATCH_BYTES_MAX);
		fail = recover_part(dir, &l->at[i], &file, &lines);
		buf_fini(&file);
		buf_fini(&lines);
	}
	return fail;
}
