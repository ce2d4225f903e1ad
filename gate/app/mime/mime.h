/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/span.h"

/* Reads a mail, or a multipart body, as it comes: headers, parts, decoded bytes.
 * RFC 5322, RFC 2045, RFC 2046, RFC 2047, RFC 2231.
 *
 * Owns:    struct app_mime and the bytes it hands to its sink, until the call returns.
 * Borrows: the bytes fed, during the call.
 * Threads: those of the flow's worker.
 * Limits:  the APP_MIME_… below.  What exceeds them is cut or passed on unparsed, and told
 *          to sink.odd; nothing is ever waited for.
 * Serves:  002-01, 002-63 */
#define APP_MIME_LINE_MAX     4096u /* longer lines are taken in pieces */
#define APP_MIME_HEADER_MAX   8192u /* bytes of one header, unfolded */
#define APP_MIME_NAME_MAX     255u  /* bytes of a file name, of a header's name */
#define APP_MIME_BOUNDARY_MAX 254u
#define APP_MIME_DEPTH_MAX    10u   /* multiparts and mails inside each other */
#define APP_MIME_PARTS_MAX    1000u /* parts of one mail; further ones are skipped */

enum app_mime_odd {
	APP_MIME_LONG_LINE,
	APP_MIME_LONG_HEADER_NAME,
	APP_MIME_LONG_HEADER_VALUE,
	APP_MIME_LONG_BOUNDARY,
	APP_MIME_LONG_FILENAME,
	APP_MIME_BAD_BASE64,
	APP_MIME_BAD_QUOTED,
	APP_MIME_MALFORMED, /* too deep, too many parts, a header without a colon */
};

/* A part that has bytes of its own (no multipart, no mail inside the mail). */
struct app_mime_part {
	unsigned depth; /* 0: the mail itself */
	struct span
	    content_type; /* small letters, "text/plain" when the mail says nothing */
	struct span name; /* of the file, in UTF-8; len 0: none */
	bool attachment;  /* has a name, or says so */
};

/* Where it all goes; every function must be there. */
struct app_mime_sink {
	void *ctx;
	/* A header, unfolded, as sent.  `depth` 0: of the mail itself. */
	void (*header)(void *ctx, unsigned depth, struct span name, struct span value);
	void (*part)(void *ctx, const struct app_mime_part *part);
	void (*bytes)(void *ctx, struct span decoded);
	/* `whole`: nothing of it was lost. */
	void (*part_end)(void *ctx, bool whole);
	void (*odd)(void *ctx, enum app_mime_odd what);
};

struct app_mime;

/* A mail; or, when `boundary` is not empty, the body of a multipart with that boundary. */
struct app_mime *app_mime_new(const struct app_mime_sink *sink, struct span boundary)
    __attribute__((malloc));
void app_mime_free(struct app_mime *m);
void app_mime_feed(struct app_mime *m, struct span bytes);
/* Bytes are missing here: the part that is being read is not whole. */
void app_mime_gap(struct app_mime *m);
/* The last byte was fed; `whole`: and the mail ends here. */
void app_mime_end(struct app_mime *m, bool whole);

/* The parameter `key` of a header's value (`name="a.pdf"`; RFC 2231 continuations and
 * charsets, RFC 2047 words) as UTF-8 into `out`; false when it has none. */
bool app_mime_parameter(struct span value, const char *key, struct buf *out);
/* Replaces RFC 2047 words by what they mean, in UTF-8. */
void app_mime_words(struct span value, struct buf *out);

/* Opens the character sets of Japanese mail once, before the process is locked in: opening
 * one reads files.  Called by app_new(); without it such text stays as sent. */
void app_mime_prepare(void);
