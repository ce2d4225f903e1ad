/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/match/match.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* Buffers as transforms leave them.  Two rooms take turns; a chain reads one and writes the
 * other. */

static uint8_t *get_room(struct transform_room *r, unsigned which, size_t need)
{
	if (need > MATCH_TRANSFORM_MAX)
		return NULL;
	if (r->size[which] < need || !r->at[which]) {
		size_t size = need < 4096 ? 4096 : need * 2;
		uint8_t *more = realloc(r->at[which], size);
		if (!more)
			return NULL;
		r->at[which] = more;
		r->size[which] = size;
	}
	return r->at[which];
}

void detect_match_transform_fini(struct transform_room *r)
{
	free(r->at[0]);
	free(r->at[1]);
	*r = (struct transform_room){ 0 };
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= 9 && c <= 13);
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t url_decode(struct span in, uint8_t *out)
{
	size_t n = 0;

	for (uint32_t i = 0; i < in.len; i++) {
		uint8_t c = in.at[i];
		if (c == '%' && in.len - i > 2 && hex_value(in.at[i + 1]) >= 0 &&
		    hex_value(in.at[i + 2]) >= 0) {
			c = (uint8_t)(hex_value(in.at[i + 1]) << 4 |
				      hex_value(in.at[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		out[n++] = c;
	}
	return n;
}

static size_t without_space(struct span in, uint8_t *out, bool keep_one)
{
	size_t n = 0;

	for (uint32_t i = 0; i < in.len; i++) {
		if (!is_space(in.at[i]))
			out[n++] = in.at[i];
		else if (keep_one && (i == 0 || !is_space(in.at[i - 1])))
			out[n++] = in.at[i];
	}
	return n;
}

static size_t change_case(struct span in, uint8_t *out, uint8_t first, uint8_t last)
{
	for (uint32_t i = 0; i < in.len; i++)
		out[i] =
		    in.at[i] >= first && in.at[i] <= last ? in.at[i] ^ 32 : in.at[i];
	return in.len;
}

/* "Name: Value\r\n": what stands before the colon, in small letters. */
static size_t lower_names(struct span in, uint8_t *out)
{
	bool name = true;

	for (uint32_t i = 0; i < in.len; i++) {
		uint8_t c = in.at[i];
		if (c == ':')
			name = false;
		else if (c == '\n')
			name = true;
		out[i] = name && c >= 'A' && c <= 'Z' ? c + 32 : c;
	}
	return in.len;
}

/* Lines that begin with a colon are left out. */
static size_t without_pseudo(struct span in, uint8_t *out)
{
	size_t n = 0;

	for (uint32_t i = 0; i < in.len;) {
		const uint8_t *nl = memchr(in.at + i, '\n', in.len - i);
		uint32_t len = nl ? (uint32_t)(nl - (in.at + i)) + 1 : in.len - i;
		if (in.at[i] != ':') {
			memcpy(out + n, in.at + i, len);
			n += len;
		}
		i += len;
	}
	return n;
}

static size_t digest(struct span in, uint8_t *out, const EVP_MD *md)
{
	unsigned n = 0;

	if (EVP_Digest(in.at, in.len, out, &n, md, NULL) != 1)
		return 0;
	return n;
}

static size_t captured(struct transform_room *room, const struct transform *t,
    struct span in, uint8_t *out)
{
	struct regex_hit hit;

	if (!detect_match_regex_run(t->re, room->regex, in, 0, &hit))
		return 0;
	struct span got = detect_match_regex_capture(room->regex, in);
	if (got.len)
		memcpy(out, got.at, got.len);
	return got.len;
}

static size_t decoded(const struct transform *t, struct span in, uint8_t *out)
{
	uint32_t offset = (uint32_t)t->b;

	if (offset >= in.len)
		return 0;
	uint32_t len = in.len - offset;
	if (t->a && (uint32_t)t->a < len)
		len = (uint32_t)t->a;
	return detect_match_decode64(in.at + offset, len, out, in.len, t->mode == 1);
}

static size_t apply(struct transform_room *room, const struct transform *t,
    struct span in, uint8_t *out)
{
	switch (t->kind) {
	case TRANSFORM_LOWER:
		return change_case(in, out, 'A', 'Z');
	case TRANSFORM_UPPER:
		return change_case(in, out, 'a', 'z');
	case TRANSFORM_STRIP_SPACE:
		return without_space(in, out, false);
	case TRANSFORM_COMPRESS_SPACE:
		return without_space(in, out, true);
	case TRANSFORM_DOTPREFIX:
		out[0] = '.';
		if (in.len)
			memcpy(out + 1, in.at, in.len);
		return (size_t)in.len + 1;
	case TRANSFORM_URL_DECODE:
		return url_decode(in, out);
	case TRANSFORM_MD5:
		return digest(in, out, EVP_md5());
	case TRANSFORM_SHA1:
		return digest(in, out, EVP_sha1());
	case TRANSFORM_SHA256:
		return digest(in, out, EVP_sha256());
	case TRANSFORM_XOR:
		for (uint32_t i = 0; i < in.len; i++)
			out[i] = in.at[i] ^ t->key[i % t->key_len];
		return in.len;
	case TRANSFORM_PCRE:
		return captured(room, t, in, out);
	case TRANSFORM_BASE64:
		return decoded(t, in, out);
	case TRANSFORM_HEADER_LOWER:
		return lower_names(in, out);
	case TRANSFORM_STRIP_PSEUDO:
		return without_pseudo(in, out);
	default:
		return 0;
	}
}

struct span detect_match_transform(
    struct transform_room *room, const struct source *s, struct span in)
{
	for (unsigned i = 0; i < s->transforms; i++) {
		uint8_t *out = get_room(room, i & 1, (size_t)in.len + EVP_MAX_MD_SIZE);
		if (!out)
			return span_of(NULL, 0);
		in = span_of(out, apply(room, &s->transform[i], in, out));
	}
	return in;
}
