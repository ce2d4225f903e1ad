/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/mime/internal.h"

static int digit64(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* What was padded begins anew with the next digit: some mailers encode piece by piece. */
static size_t decode_base64(struct mime_decoder *d, struct span in, uint8_t *out)
{
	size_t len = 0;

	for (uint32_t i = 0; i < in.len; i++) {
		int v = digit64(in.at[i]);
		if (in.at[i] == '=') {
			if (d->count == 2 || d->count == 3)
				out[len++] =
				    (uint8_t)(d->bits >> (d->count == 2 ? 4 : 10));
			if (d->count == 3)
				out[len++] = (uint8_t)(d->bits >> 2);
			d->count = 0;
			d->bits = 0;
			continue;
		}
		if (v < 0) {
			d->wrong |= !mime_is_blank(in.at[i]);
			continue;
		}
		d->bits = d->bits << 6 | (uint32_t)v;
		if (++d->count < 4)
			continue;
		out[len++] = (uint8_t)(d->bits >> 16);
		out[len++] = (uint8_t)(d->bits >> 8);
		out[len++] = (uint8_t)d->bits;
		d->bits = 0;
		d->count = 0;
	}
	return len;
}

static int digit16(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What behind '=' is no number stays as it is (RFC 2045 6.7, note on robust decoders). */
static size_t decode_quoted(struct mime_decoder *d, struct span in, uint8_t *out)
{
	size_t len = 0;

	for (uint32_t i = 0; i < in.len; i++) {
		uint8_t c = in.at[i];
		if (d->count == 0) {
			if (c == '=')
				d->count = 1;
			else
				out[len++] = c;
		} else if (d->count == 1 && digit16(c) >= 0) {
			d->kept = c;
			d->count = 2;
		} else if (d->count == 2 && digit16(c) >= 0) {
			out[len++] = (uint8_t)(digit16(d->kept) << 4 | digit16(c));
			d->count = 0;
		} else {
			d->wrong |= !mime_is_blank(c);
			out[len++] = '=';
			if (d->count == 2)
				out[len++] = d->kept;
			out[len++] = c;
			d->count = 0;
		}
	}
	return len;
}

size_t mime_decode(struct mime_decoder *d, struct span in, uint8_t *out)
{
	switch (d->encoding) {
	case MIME_BASE64:
		return decode_base64(d, in, out);
	case MIME_QUOTED:
		return decode_quoted(d, in, out);
	case MIME_AS_IS:
	default:
		if (in.len)
			memcpy(out, in.at, in.len);
		return in.len;
	}
}

bool mime_decode_line_end(struct mime_decoder *d, uint8_t *out, size_t *len)
{
	*len = 0;
	if (d->encoding == MIME_BASE64)
		return false;
	if (d->encoding != MIME_QUOTED || d->count == 0)
		return true;
	bool soft = d->count == 1; /* '=' at the end: the line goes on */
	if (!soft) {
		d->wrong = true;
		out[(*len)++] = '=';
		out[(*len)++] = d->kept;
	}
	d->count = 0;
	return !soft;
}
