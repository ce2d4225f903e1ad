/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"
#include "gate/app/mime/mime.h"

#include <stdlib.h>

/* What came out, mixed into one number. */
struct result {
	uint64_t sum;
	unsigned open, parts;
	uint64_t bytes;
};

static void mix(struct result *r, struct span s)
{
	for (uint32_t i = 0; i < s.len; i++)
		r->sum = (r->sum ^ s.at[i]) * 0x100000001b3u;
}

static void on_header(void *ctx, unsigned depth, struct span name, struct span value)
{
	must(depth <= APP_MIME_DEPTH_MAX && name.len <= APP_MIME_NAME_MAX);
	must(value.len <= APP_MIME_HEADER_MAX);
	mix(ctx, name);
	mix(ctx, value);
}

static void on_part(void *ctx, const struct app_mime_part *part)
{
	struct result *r = ctx;

	must(r->open++ == 0 && ++r->parts <= APP_MIME_PARTS_MAX);
	must(part->name.len <= APP_MIME_NAME_MAX);
	mix(r, part->content_type);
	mix(r, part->name);
}

static void on_bytes(void *ctx, struct span bytes)
{
	struct result *r = ctx;

	must(r->open == 1);
	r->bytes += bytes.len;
	mix(r, bytes);
}

static void on_part_end(void *ctx, bool whole)
{
	struct result *r = ctx;

	must(r->open-- == 1);
	r->sum += whole;
}

static void on_odd(void *ctx, enum app_mime_odd what)
{
	struct result *r = ctx;

	r->sum += 1 + (unsigned)what;
}

static struct result run(
    const uint8_t *bytes, size_t len, struct span boundary, size_t step)
{
	struct result r = { .sum = 0xcbf29ce484222325u };
	const struct app_mime_sink sink = { .ctx = &r,
		.header = on_header,
		.part = on_part,
		.bytes = on_bytes,
		.part_end = on_part_end,
		.odd = on_odd };
	struct app_mime *m = app_mime_new(&sink, boundary);

	must(m);
	for (size_t at = 0; at < len; at += step)
		app_mime_feed(
		    m, span_of(bytes + at, step < len - at ? step : len - at));
	app_mime_end(m, true);
	app_mime_free(m);
	must(r.open == 0);
	return r;
}

/* Invariant: parts open and close in pairs within the limits; no more comes out than goes
 * in; all at once and byte by byte give the same.  First byte odd: the body of a form. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	struct span boundary = span_of("x", bytes[0] & 1);
	app_mime_prepare();
	struct result whole = run(bytes + 1, len - 1, boundary, len);
	struct result cut = run(bytes + 1, len - 1, boundary, 1);
	must(whole.sum == cut.sum && whole.bytes == cut.bytes);
	must(whole.bytes <= len);
	return 0;
}
