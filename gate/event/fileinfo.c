/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <stdio.h>

static const char *state_name(const struct file *file)
{
	static const char *const names[] = {
		[FILE_OPEN] = "UNKNOWN",
		[FILE_CLOSED] = "CLOSED",
		[FILE_TRUNCATED] = "TRUNCATED",
	};
	return names[file->state];
}

static void put_hex(
    struct event *e, enum record_field f, const uint8_t *bytes, size_t len)
{
	char *text = arena_alloc(&e->text, 2 * len + 1);

	if (!text)
		return;
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	record_text(&e->rec, f, text);
}

void event_file_object(struct event *e, const struct file *file)
{
	struct record *r = &e->rec;

	record_text(r, RECORD_F_FILE_NAME, file->name);
	record_bool(r, RECORD_F_FILE_GAPS, file->state == FILE_TRUNCATED);
	record_text(r, RECORD_F_FILE_STATE, state_name(file));
	if (file->state == FILE_CLOSED) {
		if (e->conf.md5)
			put_hex(e, RECORD_F_FILE_MD5, file->md5, sizeof(file->md5));
		put_hex(e, RECORD_F_FILE_SHA256, file->sha256, sizeof(file->sha256));
	}
	record_bool(r, RECORD_F_FILE_STORED, false);
	record_int(r, RECORD_F_FILE_SIZE, (int64_t)file->size);
	record_int(r, RECORD_F_FILE_TX_ID, (int64_t)file->tx->id);
}

static void tell(
    struct event *e, const struct event_about *about, const struct file *file)
{
	e->counts.files++;
	if (!event_wants(e, RECORD_FILEINFO))
		return;
	event_begin(e, RECORD_FILEINFO, about,
	    file->dir == PACKET_TO_SERVER ? EVENT_AS_CLIENT : EVENT_AS_SERVER);
	event_file_object(e, file);
	event_tx_object(e, about->tx);
	event_send(e);
}

/* The list is newest first; events are told oldest first. */
static void tell_from(
    struct event *e, const struct event_about *about, struct file *file, bool last)
{
	for (unsigned left = 0;; left++) {
		struct file *oldest = NULL;
		for (struct file *f = file; f; f = f->next)
			if (!f->told && (f->state != FILE_OPEN || last))
				oldest = f;
		if (!oldest)
			return;
		oldest->told = true;
		tell(e, about, oldest);
	}
}

void event_files(struct event *e, const struct event_about *about, bool last)
{
	tell_from(e, about, about->tx->files, last);
}

void event_file_list(struct event *e, const struct tx *tx)
{
	struct buf *b = &e->json;

	for (const struct file *f = tx->files; f; f = f->next) {
		buf_add_text(b, f == tx->files ? "[{\"filename\":" : ",{\"filename\":");
		record_quote(span_text(f->name), b);
		buf_addf(b,
		    ",\"gaps\":%s,\"state\":\"%s\",\"stored\":false,\"size\":%llu,"
		    "\"tx_id\":%llu}",
		    f->state == FILE_TRUNCATED ? "true" : "false", state_name(f),
		    (unsigned long long)f->size, (unsigned long long)tx->id);
	}
	if (tx->files)
		buf_add_byte(b, ']');
	event_json(e, RECORD_F_FILES);
}
