/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* RFC 2047 section 2: an encoded word is at most 75 characters, 12 of them its frame, and its
 * line at most 76: the first stands behind "Subject: ". */
#define WORD_BYTES  45u
#define FIRST_BYTES 39u

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void add_base64(struct buf *b, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)bytes[i] << 16;
		if (i + 1 < len)
			v |= (uint32_t)(unsigned char)bytes[i + 1] << 8;
		if (i + 2 < len)
			v |= (unsigned char)bytes[i + 2];
		buf_add_byte(b, (uint8_t)base64[v >> 18]);
		buf_add_byte(b, (uint8_t)base64[v >> 12 & 63]);
		buf_add_byte(b, i + 1 < len ? (uint8_t)base64[v >> 6 & 63] : '=');
		buf_add_byte(b, i + 2 < len ? (uint8_t)base64[v & 63] : '=');
	}
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e ||
		    strchr("=?\"\\<>@,;:()[]", *text))
			return false;
	return true;
}

/* Everything that is not plain is encoded, so that no byte of a text can end its header. */
static void add_words(struct buf *b, const char *text)
{
	const char *space = "";

	if (is_plain(text) && strlen(text) < 60) {
		buf_add_text(b, text);
		return;
	}
	while (*text) {
		size_t len = strlen(text), most = *space ? WORD_BYTES : FIRST_BYTES;
		if (len > most) {
			len = most;
			while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
				len--; /* section 5: whole characters */
		}
		buf_addf(b, "%s=?UTF-8?B?", space);
		add_base64(b, text, len);
		buf_add_text(b, "?=");
		space = "\r\n ";
		text += len;
	}
}

/* RFC 5322 section 3.3, in UTC. */
static void add_date(struct buf *b, int64_t us)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_addf(b, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool notify_address_ok(const char *address)
{
	const char *at = strrchr(address, '@');
	size_t len = strlen(address);

	if (!at || at == address || !at[1] || at - address > 64 ||
	    len > NOTIFY_ADDRESS_MAX || strchr(address, '@') != at || address[0] == '-')
		return false;
	for (; *address; address++)
		if ((unsigned char)*address <= 0x20 ||
		    (unsigned char)*address >= 0x7f ||
		    strchr("()<>[]:;,\\\"", *address))
			return false;
	return true;
}

static bool id_ok(const char *id)
{
	return notify_address_ok(id);
}

static void add_rows(struct buf *b, struct span bytes)
{
	const size_t row = 57; /* 76 characters, RFC 2045 section 6.8 */

	for (size_t at = 0; at < bytes.len; at += row) {
		size_t len = bytes.len - at < row ? bytes.len - at : row;
		add_base64(b, (const char *)bytes.at + at, len);
		buf_add_text(b, "\r\n");
	}
}

static void add_body(struct buf *b, const char *body)
{
	struct buf lines;

	buf_init(&lines, 128u << 10);
	for (; *body; body++) {
		if (*body == '\n')
			buf_add_byte(&lines, '\r');
		buf_add_byte(&lines, (uint8_t)*body);
	}
	add_rows(b, buf_span(&lines));
	b->overflowed |= lines.overflowed;
	buf_fini(&lines);
}

static void add_text_part(struct buf *b, const char *body)
{
	buf_add_text(b, "Content-Type: text/plain; charset=UTF-8\r\n"
			"Content-Transfer-Encoding: base64\r\n\r\n");
	add_body(b, body);
}

/* The boundary has characters that base64 has not: it cannot come inside. */
static void add_parts(struct buf *b, const struct notify_mail *m)
{
	buf_add_text(b, "Content-Type: multipart/mixed; boundary=\"=_otasuke_\"\r\n\r\n"
			"--=_otasuke_\r\n");
	add_text_part(b, m->body);
	buf_addf(b,
	    "--=_otasuke_\r\nContent-Type: %s\r\n"
	    "Content-Disposition: attachment; filename=\"%s\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    m->attachment_type, m->attachment_name);
	add_rows(b, m->attachment);
	buf_add_text(b, "--=_otasuke_--\r\n");
}

int notify_mail_write(const struct notify_mail *m, struct buf *b)
{
	if (!notify_address_ok(m->from) || !notify_address_ok(m->to) ||
	    !id_ok(m->message_id) || (*m->in_reply_to && !id_ok(m->in_reply_to)))
		return FAIL_FORMAT;
	buf_add_text(b, "From: ");
	add_words(b, m->from_name);
	buf_addf(b, " <%s>\r\nTo: <%s>\r\nSubject: ", m->from, m->to);
	add_words(b, m->subject);
	buf_add_text(b, "\r\n");
	add_date(b, m->date_us);
	buf_addf(b, "Message-ID: <%s>\r\n", m->message_id);
	if (*m->in_reply_to)
		buf_addf(b, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", m->in_reply_to,
		    m->in_reply_to);
	buf_add_text(b, "Auto-Submitted: auto-generated\r\n" /* RFC 3834 section 5 */
			"MIME-Version: 1.0\r\n");
	if (m->attachment.len)
		add_parts(b, m);
	else
		add_text_part(b, m->body);
	return b->overflowed ? FAIL_LIMIT : 0;
}
