/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

/* What nobody can look into without its password: files that are sent with the password in
 * a second mail (002-33).  APPNOTE.TXT 6.3: 4.3.7 local header, 4.3.12 central directory,
 * 4.3.16 end record; bit 0 of the general purpose flags says encrypted. */
#define ZIP_END_LEN     22u
#define ZIP_COMMENT_MAX 65535u
#define ZIP_ENTRIES_MAX 4096u

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static bool begins(struct span s, const char *magic, uint32_t len)
{
	return s.len >= len && memcmp(s.at, magic, len) == 0;
}

static const uint8_t *find_end_record(struct span zip)
{
	uint32_t least = zip.len > ZIP_END_LEN + ZIP_COMMENT_MAX
			     ? zip.len - ZIP_END_LEN - ZIP_COMMENT_MAX
			     : 0;

	for (uint32_t at = zip.len - ZIP_END_LEN + 1; at-- > least;)
		if (memcmp(zip.at + at, "PK\5\6", 4) == 0)
			return zip.at + at;
	return NULL;
}

static bool directory_is_locked(struct span zip)
{
	const uint8_t *end = zip.len >= ZIP_END_LEN ? find_end_record(zip) : NULL;

	if (!end || le32(end + 16) > zip.len)
		return false;
	struct span left = span_of(zip.at + le32(end + 16), zip.len - le32(end + 16));
	for (unsigned i = 0; i < ZIP_ENTRIES_MAX && begins(left, "PK\1\2", 4); i++) {
		if (left.len < 46)
			return false;
		if (le16(left.at + 8) & 1)
			return true;
		uint32_t len =
		    46u + le16(left.at + 28) + le16(left.at + 30) + le16(left.at + 32);
		if (len > left.len)
			return false;
		left = span_of(left.at + len, left.len - len);
	}
	return false;
}

static bool zip_is_locked(struct span zip)
{
	if (!begins(zip, "PK\3\4", 4) || zip.len < 30)
		return false;
	return le16(zip.at + 6) & 1 || directory_is_locked(zip);
}

/* [MS-OFFCRYPTO] 2.3.4.4: an encrypted document is an OLE file with this stream. */
static bool office_is_locked(struct span ole)
{
	static const char stream[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

	return begins(ole, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) &&
	       memmem(ole.at, ole.len, stream, sizeof(stream)) != NULL;
}

const char *file_locked(struct span whole)
{
	if (zip_is_locked(whole))
		return "encrypted zip";
	if (office_is_locked(whole))
		return "encrypted office document";
	return NULL;
}
