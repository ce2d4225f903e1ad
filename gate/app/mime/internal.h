/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/mime/mime.h"

enum mime_encoding { MIME_AS_IS, MIME_BASE64, MIME_QUOTED };

/* Undoes a content transfer encoding, byte by byte. */
struct mime_decoder {
	enum mime_encoding encoding;
	uint32_t bits; /* base64: what is not a whole byte yet */
	uint8_t count; /* base64: characters in `bits`; quoted: characters behind '=' */
	uint8_t kept;  /* quoted: the first digit */
	bool padded;   /* base64: '=' was seen */
	bool wrong;
};

/* Decodes `in` into `out`, which has room for as many bytes plus two; returns how many.
 * Line ends are not part of `in`. */
size_t mime_decode(struct mime_decoder *d, struct span in, uint8_t *out);
/* The line ends; returns true when it is a real end of line in the decoded bytes.  *len is
 * set to bytes that were held back and are now in `out` (room for two). */
bool mime_decode_line_end(struct mime_decoder *d, uint8_t *out, size_t *len);

/* charset.c: `text` in `charset` as UTF-8 into `out`; as sent when it is not known. */
void mime_to_utf8(struct span charset, struct span text, struct buf *out);

static inline bool mime_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Equal to `text`, letters of any case. */
bool mime_equal(struct span s, const char *text);
/* Without white space at both ends. */
struct span mime_trim(struct span s);
