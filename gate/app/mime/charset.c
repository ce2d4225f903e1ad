/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/mime/internal.h"

#include <iconv.h>
#include <pthread.h>

#define CHARSET_TEXT_MAX 8192u /* bytes converted at once */

/* The sets that mail in Japan is written in, and what the names of older mailers mean.
 * Others stay as sent: opening a set by a name from the net would load code by that name. */
static struct {
	const char *name, *library;
	iconv_t open;
	bool ready;
} sets[] = {
	{ .name = "iso-2022-jp", .library = "ISO-2022-JP-2" },
	{ .name = "iso-2022-jp-ms", .library = "ISO-2022-JP-2" },
	{ .name = "shift_jis", .library = "CP932" },
	{ .name = "shift-jis", .library = "CP932" },
	{ .name = "x-sjis", .library = "CP932" },
	{ .name = "windows-31j", .library = "CP932" },
	{ .name = "cp932", .library = "CP932" },
	{ .name = "euc-jp", .library = "EUC-JP" },
	{ .name = "iso-8859-1", .library = "ISO-8859-1" },
	{ .name = "windows-1252", .library = "CP1252" },
	{ .name = "gb2312", .library = "GBK" },
	{ .name = "gbk", .library = "GBK" },
	{ .name = "big5", .library = "BIG5" },
	{ .name = "euc-kr", .library = "EUC-KR" },
};

#define SET_COUNT (sizeof(sets) / sizeof(sets[0]))

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* iconv_t keeps a state */

static void open_all(void)
{
	for (size_t i = 0; i < SET_COUNT; i++) {
		sets[i].open = iconv_open("UTF-8", sets[i].library);
		sets[i].ready =
		    sets[i].open != (iconv_t)-1; /* NOLINT: iconv(3) says so */
	}
}

void app_mime_prepare(void)
{
	pthread_once(&once, open_all);
}

/* What cannot be converted becomes '?', one byte at a time. */
static void convert(iconv_t set, struct span text, struct buf *out)
{
	char room[CHARSET_TEXT_MAX];
	char *in = (char *)(uintptr_t)text.at;
	size_t in_left = text.len;

	iconv(set, NULL, NULL, NULL, NULL);
	while (in_left && !out->overflowed) {
		char *at = room;
		size_t left = sizeof(room) - 1;
		size_t before = in_left;
		size_t r = iconv(set, &in, &in_left, &at, &left);
		if (r == (size_t)-1 && in_left == before && left == sizeof(room) - 1) {
			*at++ = '?';
			in++;
			in_left--;
		}
		buf_add(out, room, (size_t)(at - room));
	}
}

void mime_to_utf8(struct span charset, struct span text, struct buf *out)
{
	for (size_t i = 0; i < SET_COUNT; i++) {
		if (!sets[i].ready || !mime_equal(charset, sets[i].name))
			continue;
		pthread_mutex_lock(&lock);
		convert(sets[i].open, text, out);
		pthread_mutex_unlock(&lock);
		return;
	}
	buf_add(out, text.at, text.len);
}
