/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include "tests/check.h"

static uint8_t zip[160];

/* One entry "a" of one byte; `flags` in the local header, `central` in the directory. */
static struct span make_zip(uint8_t flags, uint8_t central)
{
	static const uint8_t local[] =
	    "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1"
	    "\0\0\0a!";
	memset(zip, 0, sizeof(zip));
	memcpy(zip, local, 32);
	zip[6] = flags;
	memcpy(zip + 32, "PK\1\2", 4);
	zip[32 + 8] = central;
	zip[32 + 28] = 1;
	zip[32 + 46] = 'a';
	memcpy(zip + 79, "PK\5\6", 4);
	zip[79 + 16] = 32;
	return span_of(zip, 79 + 22);
}

static void opens_what_is_open(void)
{
	check(!file_locked(make_zip(0, 0)));
	check(!file_locked(span_text("plain text PK\3\4")));
	check(!file_locked(span_of(NULL, 0)));
}

static void sees_the_lock_in_either_place(void)
{
	check_text(file_locked(make_zip(1, 0)), "encrypted zip");
	check_text(file_locked(make_zip(0, 1)), "encrypted zip");
}

static void survives_every_cut(void)
{
	struct span whole = make_zip(0, 1);

	for (uint32_t len = 0; len < whole.len; len++) {
		/* A copy of exactly that size, so that ASan sees a read beyond it. */
		uint8_t cut[160];
		memcpy(cut, whole.at, len);
		check(!file_locked(span_of(cut, len)));
	}
	zip[79 + 16] = 0xff;
	zip[79 + 19] = 0xff;
	check(!file_locked(whole));
	make_zip(0, 0);
	zip[32 + 28] = 0xff;
	zip[32 + 29] = 0xff;
	check(!file_locked(whole));
}

static void sees_locked_office(void)
{
	uint8_t ole[600] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };
	static const char stream[] = "EncryptedPackage";

	check(!file_locked(span_of(ole, sizeof(ole))));
	for (unsigned i = 0; stream[i]; i++)
		ole[512 + 2 * i] = (uint8_t)stream[i];
	check_text(file_locked(span_of(ole, sizeof(ole))), "encrypted office document");
}

CHECK_MAIN(opens_what_is_open, sees_the_lock_in_either_place, survives_every_cut,
    sees_locked_office)
