/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire/remote.h"

#include <string.h>

const struct conf_row wire_remote_rows[] = {
	{ "mode", CONF_CHOICE, .choices = "protect|observe",
	    .ja = "防御の動き（protect は止める、observe は知らせるだけ）",
	    .en = "protect stops what is dangerous, observe only tells." },
	{ "home_net", CONF_TEXT, .ja = "会社のアドレスの範囲",
	    .en = "Addresses of the company." },
	{ "block_off_business", CONF_BOOL, .ja = "業務外サイトも止める",
	    .en = "Stop off-business sites too." },
	{ "fail_closed", CONF_BOOL, .ja = "調べきれないとき、通さずに止める",
	    .en = "Stop what could not be looked at to the end." },
	{ "clamd.wait_ms", CONF_INT, .least = 10, .most = 60000, .unit = "ms",
	    .ja = "ウイルス検査の返事を待つ時間", .en = "How long a scan may take." },
	{ "file.scan_max", CONF_SIZE, .least = 1024, .most = 2147483647,
	    .unit = "bytes", .ja = "検査するファイルの大きさの上限",
	    .en = "Larger files are followed but not scanned." },
	{ "heartbeat_s", CONF_INT, .least = 1, .most = 3600, .unit = "s",
	    .ja = "稼働確認を送る間隔",
	    .en = "How often the gate says that it works." },
};

const size_t wire_remote_row_count =
    sizeof(wire_remote_rows) / sizeof(wire_remote_rows[0]);

const struct conf_row *wire_remote_find(const char *key)
{
	for (size_t i = 0; i < wire_remote_row_count; i++)
		if (strcmp(wire_remote_rows[i].key, key) == 0)
			return &wire_remote_rows[i];
	return NULL;
}

int wire_remote_check(const char *key, const char *value, struct buf *why)
{
	if (!wire_remote_find(key)) {
		buf_addf(why, "%.64s: not a setting of the centre\n", key);
		return FAIL_FORMAT;
	}
	struct conf *c = conf_new(wire_remote_rows, wire_remote_row_count);
	int err = c ? conf_set(c, "value", key, value, why) : FAIL_MEMORY;
	conf_free(c);
	return err;
}
